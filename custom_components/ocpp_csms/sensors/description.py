"""What a row of the sensors' tables is. The tables are in `sensor` and the modules it takes them from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.sensor import SensorEntityDescription

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector
from custom_components.ocpp_csms.entity import OcppEntityDescription

type SensorValue = str | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class OcppSensorDescription(OcppEntityDescription, SensorEntityDescription):
    """One sensor.

    `coalesce` holds a value that changes with every message back to one state a second; a change of `prompt_keys` is shown at once.
    """

    value_fn: Callable[[ChargePoint, Connector], SensorValue]
    coalesce: bool = False
    prompt_keys: tuple[str, ...] = ()
