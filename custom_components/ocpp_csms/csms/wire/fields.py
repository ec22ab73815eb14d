"""Single fields of payloads, in any version of OCPP: what stands there becomes a text, a number or an object, or None where it is neither.

Pure, and the home of tolerance: no value raises, and what is unambiguous is understood. What a field means is left to the dialects,
sampled values to `metering`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from custom_components.ocpp_csms.csms.model import MAX_CONNECTORS

LARGEST_INTEGER = 2**63 - 1  # that JSON files and databases take
LONGEST_TEXT = 255  # characters: no field that is kept is longer in any version


def text(value: object) -> str | None:
    """Return a text, cut to `LONGEST_TEXT`; what is empty, or the word null, is None."""
    if value is None or isinstance(value, (dict, list)):
        return None
    stripped = str(value).strip()[:LONGEST_TEXT]
    return stripped if stripped and stripped.casefold() != "null" else None


def folded(value: object) -> str:
    """Return the name of an enum for comparison without regard to case; empty for what is no text."""
    return value.strip().casefold() if isinstance(value, str) else ""


def number(value: Any) -> int | None:
    """Return an integer, also from a float and from a text of either."""
    if isinstance(value, bool):
        return None
    for read in (int, lambda value: int(float(value))):  # a float alone would round large numbers
        try:
            return read(value)
        except TypeError, ValueError, OverflowError:
            continue
    return None


def positive(value: Any) -> int | None:
    """Return a positive integer that can be kept; None for anything else: 0 and -1 stand for "none" on many charge points."""
    found = number(value)
    return found if found is not None and 0 < found <= LARGEST_INTEGER else None


def connector_number(value: object) -> int | None:
    """Return the number of a connector or an EVSE, 0 for the whole charge point or if none is said; None for what none has."""
    found = 0 if value is None else number(value)
    return found if found is not None and 0 <= found <= MAX_CONNECTORS else None


def nested(value: object) -> Mapping[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def names(value: str | None) -> list[str]:
    """Split a comma list of names; blanks and empty entries are dropped."""
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def time_text(at: datetime) -> str:
    """Write a time as OCPP wants it: RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
