"""A simulated OCPP 1.6-J charge point over a real socket, for tests, demonstrations and people.

Shares nothing with the central system but the `ocpp` package's messages, so that the two cannot err together, and
imports nothing of Home Assistant. Run it with `python -m simulator` from inside `custom_components/ocpp_csms`.
"""

from .charge_point import SimulatedChargePoint
from .physics import Car
from .quirks import PRESETS, Quirks, ValueStyle
from .transport import CallError, NoAnswer, Offline

__all__ = ["PRESETS", "CallError", "Car", "NoAnswer", "Offline", "Quirks", "SimulatedChargePoint", "ValueStyle"]
