"""Single fields of payloads, in any version of OCPP: what stands there becomes a text, a number or an object, or None where it is neither.

Pure, and tolerant: no value raises. What a field means is left to the dialects; whole payloads are mended in `validation`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .charge_point import MAX_CONNECTORS

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
    """Return an integer, also from a text."""
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except TypeError, ValueError, OverflowError:
        return None


def connector_number(value: object) -> int | None:
    """Return the number of a connector or an EVSE, 0 for the whole charge point; None for what no charge point has."""
    found = number(value)
    return found if found is not None and 0 <= found <= MAX_CONNECTORS else None


def nested(value: object) -> Mapping[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def time_text(at: datetime) -> str:
    """Write a time as OCPP wants it: RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
