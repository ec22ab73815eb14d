"""A simulated charge point of OCPP 1.6, 2.0.1 or 2.1 over a real socket, for tests, demonstrations and people.

Shares nothing with the central system but the `ocpp` package's messages, so that the two cannot err together, and
imports nothing of Home Assistant. Run this folder: `python custom_components/ocpp_csms/simulator`.
"""

from .charge_point import SimulatedChargePoint
from .physics import Car, WakeUp
from .presets import PRESETS, VENDORS, combined
from .quirks import (
    AvailabilityStyle,
    CompositeAnswer,
    ConnectorStyle,
    EvseStyle,
    OfferedReading,
    Quirks,
    UploadStyle,
    ValueStyle,
)
from .transport import CallError, NoAnswer, Offline

__all__ = [
    "PRESETS",
    "VENDORS",
    "AvailabilityStyle",
    "CallError",
    "Car",
    "CompositeAnswer",
    "ConnectorStyle",
    "EvseStyle",
    "NoAnswer",
    "OfferedReading",
    "Offline",
    "Quirks",
    "SimulatedChargePoint",
    "UploadStyle",
    "ValueStyle",
    "WakeUp",
    "combined",
]
