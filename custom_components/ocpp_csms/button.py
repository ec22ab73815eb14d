"""Buttons: restart, refresh, unlock, log, and starting the search for a way to tell limits afresh. A press that the charge point refuses raises an error with its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import command_errors
from .csms.charge_point import ChargePoint
from .entity import OcppEntity, OcppEntityDescription, async_add_charge_point_entities
from .files.logs import LogWish
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppButtonDescription(OcppEntityDescription, ButtonEntityDescription):
    """One button and its command."""

    press_fn: Callable[[ChargePoint, int], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class OcppLogButtonDescription(OcppEntityDescription, ButtonEntityDescription):
    """A button that asks for a log."""


async def _forget_limit_strategy(charge_point: ChargePoint, _number: int) -> None:
    charge_point.limits.forget()
    charge_point.flush()


CHARGE_POINT_BUTTONS = (
    OcppButtonDescription(
        key="reset",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charge_point, _: charge_point.reset(hard=True),
    ),
    OcppButtonDescription(
        key="soft_reset",
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charge_point, _: charge_point.reset(hard=False),
    ),
    OcppButtonDescription(
        key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=lambda charge_point, _: charge_point.refresh(),
    ),
    OcppButtonDescription(
        key="sync_local_list",
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=lambda charge_point, _: charge_point.local_list.is_supported,
        press_fn=lambda charge_point, _: charge_point.local_list.bring_in_step(),
    ),
    OcppButtonDescription(
        key="forget_limit_strategy",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        always_available=True,
        press_fn=_forget_limit_strategy,
    ),
)

LOG_BUTTONS = (OcppLogButtonDescription(key="get_log", entity_category=EntityCategory.DIAGNOSTIC),)

CONNECTOR_BUTTONS = (
    OcppButtonDescription(
        key="unlock",
        press_fn=lambda charge_point, number: charge_point.unlock(number),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of all charge points."""
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppButton,
        charge_point_rows=CHARGE_POINT_BUTTONS,
        connector_rows=CONNECTOR_BUTTONS,
    )
    async_add_charge_point_entities(entry, async_add_entities, OcppLogButton, charge_point_rows=LOG_BUTTONS)


class OcppButton(OcppEntity, ButtonEntity):
    """A button of a charge point or connector. It shows nothing but whether it can be pressed."""

    entity_description: OcppButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the command. Raises HomeAssistantError when it was not carried out."""
        with command_errors(self.charge_point):
            await self.entity_description.press_fn(self.charge_point, self.number)


class OcppLogButton(OcppEntity, ButtonEntity):
    """Asks for the log; a notification tells when it has come."""

    entity_description: OcppLogButtonDescription

    @override
    async def async_press(self) -> None:
        """Ask. Raises HomeAssistantError when the charge point does not agree."""
        with command_errors(self.charge_point):
            await self._runtime.logs.async_request(self.charge_point, LogWish())
