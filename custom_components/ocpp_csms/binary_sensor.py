"""Binary sensors: connection, problems, cable, flow of energy, and what charging control is held back by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control.controlled import ControlStatus
from .csms.charge_point import ChargePoint
from .csms.model import Connector, ConnectorStatus, ErrorCode
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry
from .sensors.external_limits import was_limited

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppBinarySensorDescription(OcppEntityDescription, BinarySensorEntityDescription):
    """One binary sensor."""

    value_fn: Callable[[ChargePoint, Connector], bool | None]


@dataclass(frozen=True, kw_only=True)
class OcppControlBinarySensorDescription(OcppEntityDescription, BinarySensorEntityDescription):
    """One binary sensor of what charging control does with a connector."""

    keys: tuple[str, ...] | None = ("control",)
    needs_control: bool = True
    value_fn: Callable[[ControlStatus], bool]


def _problem(charge_point: ChargePoint, _connector: Connector) -> bool | None:
    """Return whether the charge point or one of its connectors reports a fault; None before the first report."""
    reported = [connector for connector in charge_point.connectors.values() if connector.status is not None]
    if not reported:
        return None
    return any(
        connector.status is ConnectorStatus.FAULTED or connector.error_code not in (None, ErrorCode.NO_ERROR)
        for connector in reported
    )


def _external_limit(prefix: str) -> OcppBinarySensorDescription:
    """Return the row that says whether somebody else limits the charger, or one of its connectors."""
    return OcppBinarySensorDescription(
        key="externally_limited",
        translation_key=f"{prefix}externally_limited",
        keys=("external_limit",),
        exists_fn=was_limited,
        value_fn=lambda _, connector: connector.external_limit is not None,
    )


CHARGE_POINT_BINARY_SENSORS = (
    _external_limit("charge_point_"),
    OcppBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        value_fn=lambda charge_point, _: charge_point.connected,
    ),
    OcppBinarySensorDescription(
        key="problem",
        keys=("status", "error_code"),
        every_connector=True,
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_problem,
    ),
)

CONNECTOR_BINARY_SENSORS = (
    _external_limit(""),
    OcppBinarySensorDescription(
        key="plugged_in",
        keys=("status", "transaction"),
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=lambda _, connector: connector.plugged_in,
    ),
    OcppBinarySensorDescription(
        key="charging",
        keys=("status", "power"),
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        value_fn=lambda _, connector: connector.charging,
    ),
)

CONNECTOR_CONTROL = (
    OcppControlBinarySensorDescription(key="fuse_limiting", value_fn=lambda status: status.fuse_limited),
    OcppControlBinarySensorDescription(
        key="failsafe",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda status: status.failsafe,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the binary sensors of all charge points."""
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppBinarySensor,
        charge_point_rows=CHARGE_POINT_BINARY_SENSORS,
        connector_rows=CONNECTOR_BINARY_SENSORS,
    )
    async_add_charge_point_entities(
        entry, async_add_entities, OcppControlBinarySensor, connector_rows=CONNECTOR_CONTROL
    )


class OcppBinarySensor(OcppValueEntity, BinarySensorEntity):
    """A binary sensor of a charge point or connector."""

    entity_description: OcppBinarySensorDescription

    @override
    def _read(self) -> bool | None:
        return self.entity_description.value_fn(self.charge_point, self.connector)

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value


class OcppControlBinarySensor(OcppValueEntity, BinarySensorEntity):
    """A binary sensor of what charging control does with a connector."""

    entity_description: OcppControlBinarySensorDescription

    @override
    def _read(self) -> bool | None:
        if (loop := self._runtime.control.loop) is None:
            return None
        return self.entity_description.value_fn(loop.of(self.charge_point, self.number).status)

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value
