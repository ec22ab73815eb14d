"""The sensors of reservations; their platform is `sensor`. They are there where a charger offers reservations, or has had one."""

from datetime import datetime

from homeassistant.components.sensor import SensorDeviceClass

from custom_components.ocpp_csms.cards.tag_names import tag_name
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector

from .description import OcppSensorDescription


def _is_offered(charge_point: ChargePoint, connector: Connector) -> bool:
    """Whether the connector (0: any of the charger's) can be reserved, or has been."""
    return charge_point.reserving.is_offered(connector.number)


def _reserved_for(charge_point: ChargePoint, connector: Connector) -> str | None:
    """Return whom the connector is kept for."""
    reservation = charge_point.reserving.book.active_on(connector.number)
    return None if reservation is None else tag_name(charge_point, reservation.id_tag)


def _reserved_until(charge_point: ChargePoint, connector: Connector) -> datetime | None:
    """Return until when the connector is kept."""
    reservation = charge_point.reserving.book.active_on(connector.number)
    return None if reservation is None else reservation.expiry


def _rows(prefix: str) -> tuple[OcppSensorDescription, ...]:
    """Return the rows of a connector, or those of any connector, which have other names."""
    return (
        OcppSensorDescription(
            key="reservation", translation_key=f"{prefix}reservation", exists_fn=_is_offered, value_fn=_reserved_for
        ),
        OcppSensorDescription(
            key="reserved_until",
            translation_key=f"{prefix}reserved_until",
            keys=("reservation",),
            device_class=SensorDeviceClass.TIMESTAMP,
            exists_fn=_is_offered,
            value_fn=_reserved_until,
        ),
    )


CONNECTOR_RESERVATION = _rows("")
ANY_CONNECTOR_RESERVATION = _rows("any_connector_")  # of the charger as a whole
