"""The sensors of limits that somebody else has set, such as the grid operator; their platform is `sensor`. They are there once one was told."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector

from .description import OcppSensorDescription


def was_limited(_charge_point: ChargePoint, connector: Connector) -> bool:
    """Whether there is such a limit."""
    return connector.external_limit is not None


def _amperes(charge_point: ChargePoint, connector: Connector) -> float | None:
    """Return the limit in A per phase; None while there is none, or it was not told how high it is."""
    told = connector.external_limit
    if told is None or told.limit is None:
        return None
    amperes = charge_point.settings.wiring.amperes(told.limit) if told.unit == "W" else told.limit
    return round(amperes, 2)


def _row(prefix: str) -> OcppSensorDescription:
    return OcppSensorDescription(
        key="external_limit",
        translation_key=f"{prefix}external_limit",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        exists_fn=was_limited,
        value_fn=_amperes,
    )


CONNECTOR_EXTERNAL_LIMIT = _row("")
CHARGE_POINT_EXTERNAL_LIMIT = _row("charge_point_")
