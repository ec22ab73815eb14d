"""How much of a list a charging station takes in one message, and cutting lists accordingly.

Pure. Source: OCPP 2.0.1 part 2 §2.1 (ItemsPerMessage, BytesPerMessage), B05.FR.11, B06.FR.05, D01.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from custom_components.ocpp_csms.csms.model import ConfigurationKey

from .device_model import Told

_UNKNOWN_ITEMS = 10  # in a message, where a station does not tell: few enough for small ones
DECIDING_KEYS = tuple(
    f"DeviceDataCtrlr.{limit}[{message}]"
    for message in ("GetVariables", "SetVariables")
    for limit in ("ItemsPerMessage", "BytesPerMessage")
)
_FRAME = 120  # bytes of a message without its items: brackets, id, action, the name of the list


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """The most items of a message, and its most bytes (None: not told)."""

    items: int = _UNKNOWN_ITEMS
    bytes: int | None = None


def limits_of(configuration: Mapping[str, ConfigurationKey], message: str) -> MessageLimits:
    """Return what a station says about a message of the device model, e.g. `GetVariables`."""
    told = Told(configuration)
    return MessageLimits(
        told.positive(f"DeviceDataCtrlr.ItemsPerMessage[{message}]") or _UNKNOWN_ITEMS,
        told.positive(f"DeviceDataCtrlr.BytesPerMessage[{message}]"),
    )


def split(items: Sequence[Mapping[str, Any]], limits: MessageLimits) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the items in parts that fit in a message each; one that does not fit at all goes alone."""
    part: list[Mapping[str, Any]] = []
    size = _FRAME
    for item in items:
        length = len(orjson.dumps(item)) + 1
        if part and (len(part) >= limits.items or (limits.bytes is not None and size + length > limits.bytes)):
            yield part
            part, size = [], _FRAME
        part.append(item)
        size += length
    if part:
        yield part
