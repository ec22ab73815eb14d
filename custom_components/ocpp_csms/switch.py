"""Switches: charge, pause, in service. Each shows what the charge point confirmed and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import command_errors
from .csms.charge_point import ChargePoint
from .csms.model import Connector
from .entity import OcppEntity, OcppEntityDescription, async_add_charge_point_entities, one_of_several
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppSwitchDescription(OcppEntityDescription, SwitchEntityDescription):
    """One switch and the commands behind its two positions."""

    value_fn: Callable[[ChargePoint, Connector], bool | None]
    on_fn: Callable[[ChargePoint, int], Awaitable[object]]
    off_fn: Callable[[ChargePoint, int], Awaitable[object]]


CHARGE_POINT_SWITCHES = (
    OcppSwitchDescription(
        key="availability",
        keys=("operative",),
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda charge_point, _: charge_point.operative,
        on_fn=lambda charge_point, number: charge_point.set_availability(number, operative=True),
        off_fn=lambda charge_point, number: charge_point.set_availability(number, operative=False),
    ),
)

CONNECTOR_SWITCHES = (
    OcppSwitchDescription(
        key="charge",
        keys=("transaction",),
        value_fn=lambda _, connector: connector.transaction is not None and connector.transaction.running,
        on_fn=lambda charge_point, number: charge_point.start(number),
        off_fn=lambda charge_point, number: charge_point.stop(number),
    ),
    OcppSwitchDescription(
        key="pause",
        keys=("paused",),
        value_fn=lambda _, connector: connector.paused,
        on_fn=lambda charge_point, number: charge_point.pause(number),
        off_fn=lambda charge_point, number: charge_point.resume(number),
    ),
    OcppSwitchDescription(
        key="availability",
        keys=("operative",),
        entity_category=EntityCategory.CONFIG,
        exists_fn=one_of_several,
        value_fn=lambda _, connector: connector.operative,
        on_fn=lambda charge_point, number: charge_point.set_availability(number, operative=True),
        off_fn=lambda charge_point, number: charge_point.set_availability(number, operative=False),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches of all charge points."""
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppSwitch,
        charge_point_rows=CHARGE_POINT_SWITCHES,
        connector_rows=CONNECTOR_SWITCHES,
    )


class OcppSwitch(OcppEntity, SwitchEntity):
    """A switch of a charge point or connector."""

    entity_description: OcppSwitchDescription

    @override
    def _read(self) -> bool | None:
        return self.entity_description.value_fn(self.charge_point, self.connector)

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Send the command; the state follows when the charge point reports it. Raises HomeAssistantError."""
        with command_errors(self.charge_point):
            await self.entity_description.on_fn(self.charge_point, self.number)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Send the command; the state follows when the charge point reports it. Raises HomeAssistantError."""
        with command_errors(self.charge_point):
            await self.entity_description.off_fn(self.charge_point, self.number)
