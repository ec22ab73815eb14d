"""Between the `ocpp` package's dataclasses and the JSON objects on the wire, and how timestamps are written.

OCPP-J, section 4: keys are camelCase, absent values are left out. Which dataclasses there are differs by version.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
import re
from types import ModuleType
from typing import Any

type Payload = dict[str, Any]


def to_payload(message: object) -> Payload:
    """Return the JSON object of a request or response dataclass."""
    payload = _wire(message)
    if not isinstance(payload, dict):
        raise TypeError(f"not a message: {message!r}")
    return payload


def requests_of(calls: ModuleType) -> Mapping[str, type]:
    """Return the request dataclass of each action in a module `call` of the `ocpp` package."""
    return {
        name: message for name, message in vars(calls).items() if isinstance(message, type) and is_dataclass(message)
    }


def to_request(request: type, payload: Payload) -> Any:
    """Return the request dataclass of an incoming call. Raises TypeError where a field is missing or one too many."""
    return request(**{_snake_case(key): value for key, value in payload.items()})


def as_sent(value: object) -> Mapping[str, Any]:
    """Return an object within a request as it came; {} where there is none. The `ocpp` package says it is another type."""
    return value if isinstance(value, dict) else {}


def read_timestamp(text: str) -> datetime:
    """Read a dateTime; without a zone it is UTC. Raises TypeError and ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def timestamp(moment: datetime, *, zone: bool = True) -> str:
    """Write a UTC moment as OCPP's dateTime, to the millisecond."""
    text = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{text}Z" if zone else text


def _wire(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {_camel_case(name): _wire(item) for name, item in named if item is not None}
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
