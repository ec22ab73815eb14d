"""A simulated OCPP 1.6-J charge point over a real socket, for tests, demonstrations and people.

Shares nothing with the central system but the `ocpp` package's messages, so that the two cannot err together, and
imports nothing of Home Assistant. Run this folder: `python custom_components/ocpp_csms/simulator`.
"""

from .charge_point import SimulatedChargePoint
from .physics import Car, WakeUp
from .presets import PRESETS, VENDORS, combined
from .quirks import CompositeAnswer, OfferedReading, Quirks, UploadStyle, ValueStyle
from .transport import CallError, NoAnswer, Offline

__all__ = [
    "PRESETS",
    "VENDORS",
    "CallError",
    "Car",
    "CompositeAnswer",
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
