"""Numbers: the limits of a connector, as the charge point confirmed them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription
from homeassistant.const import UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import command_errors
from .csms.charge_point import ChargePoint
from .csms.model import Connector
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppNumberDescription(OcppEntityDescription, NumberEntityDescription):
    """One number, its upper end and the command that sets it."""

    value_fn: Callable[[ChargePoint, Connector], float | None]
    maximum_fn: Callable[[ChargePoint], float]
    set_fn: Callable[[ChargePoint, int, float], Awaitable[None]]


def _maximum_power(charge_point: ChargePoint) -> float:
    """Return the power in W that flows at the highest current the user allows."""
    settings = charge_point.settings
    return round(settings.watts(settings.maximum_current))


CONNECTOR_NUMBERS = (
    OcppNumberDescription(
        key="current_limit",
        keys=("limit",),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        native_step=1,
        value_fn=lambda _, connector: connector.limit,
        maximum_fn=lambda charge_point: charge_point.settings.maximum_current,
        set_fn=lambda charge_point, number, amperes: charge_point.set_limit(number, amperes),
    ),
    OcppNumberDescription(
        key="power_limit",
        keys=("limit",),
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=0,
        native_step=10,
        entity_registry_enabled_default=False,
        value_fn=lambda charge_point, connector: charge_point.power_limit(connector.number),
        maximum_fn=_maximum_power,
        set_fn=lambda charge_point, number, watts: charge_point.set_power_limit(number, watts),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the numbers of all charge points."""
    async_add_charge_point_entities(entry, async_add_entities, OcppNumber, connector_rows=CONNECTOR_NUMBERS)


class OcppNumber(OcppValueEntity, NumberEntity):
    """A limit of a connector."""

    entity_description: OcppNumberDescription

    @override
    def _read(self) -> tuple[float | None, float]:
        description = self.entity_description
        return description.value_fn(self.charge_point, self.connector), description.maximum_fn(self.charge_point)

    @override
    def _show(self, value: tuple[float | None, float]) -> None:
        self._attr_native_value, self._attr_native_max_value = value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send the limit; the state follows when the charge point has confirmed it. Raises HomeAssistantError."""
        with command_errors(self.charge_point):
            await self.entity_description.set_fn(self.charge_point, self.number, value)
