"""Switches: charge, pause, in service, whether the way to tell limits is settled, and goals. Each shows what holds and nothing else."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import command_errors
from .csms.charge_point import ChargePoint
from .csms.model import Connector
from .entity import OcppEntityDescription, OcppValueEntity, always, async_add_charge_point_entities, one_of_several
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppSwitchDescription(OcppEntityDescription, SwitchEntityDescription):
    """One switch and the commands behind its two positions.

    A switch that is in the wanted position already sends nothing, unless that is about to change: by a command that is not answered yet,
    by the end of a transaction that is doubted, or, where a command `undoes_scheduled`, by what the charge point has accepted for later.
    One that `takes_over` ends a charging mode until the car is unplugged: who presses it wants to decide. In the position `frees` it
    also does so when it is there already, for a mode may hold the car at 0 A all the same.
    """

    value_fn: Callable[[ChargePoint, Connector], bool | None]
    on_fn: Callable[[ChargePoint, int], Awaitable[object]]
    off_fn: Callable[[ChargePoint, int], Awaitable[object]]
    undoes_scheduled: bool = False
    takes_over: bool = False
    frees: bool | None = None


@dataclass(frozen=True, kw_only=True)
class OcppGoalSwitchDescription(OcppEntityDescription, SwitchEntityDescription):
    """One yes or no of `Goals`, by its name there."""

    keys: tuple[str, ...] | None = ("goals",)
    needs_control: bool = True
    always_available: bool = True
    entity_category: EntityCategory | None = EntityCategory.CONFIG


def _has_reported(connector: Connector) -> bool:
    """Return whether anything is known of what the connector does, told on this connection or remembered."""
    return connector.status is not None or connector.transaction is not None


def _charge(_charge_point: ChargePoint, connector: Connector) -> bool | None:
    """Return whether a transaction runs that somebody has authorized; None before the first report."""
    if connector.running_transaction is not None:
        return not connector.awaits_authorization
    return False if _has_reported(connector) else None


def _pause(_charge_point: ChargePoint, connector: Connector) -> bool | None:
    """Return whether charging is held; None before the first report, unless a limit was confirmed earlier."""
    if connector.paused:
        return True
    return False if connector.limit is not None or _has_reported(connector) else None


def _pinned(charge_point: ChargePoint, _connector: Connector) -> bool | None:
    """Return whether the charge point is told limits in the present way whatever becomes of it; None before the first limit."""
    search = charge_point.limits.search
    return None if search is None else search.pinned


async def _pin(charge_point: ChargePoint, _number: int) -> None:
    charge_point.limits.pin(pinned=True)


async def _unpin(charge_point: ChargePoint, _number: int) -> None:
    charge_point.limits.pin(pinned=False)


def _availability(
    value_fn: Callable[[ChargePoint, Connector], bool | None],
    exists_fn: Callable[[ChargePoint, Connector], bool] = always,
) -> OcppSwitchDescription:
    """Return the row of the switch that takes a connector, or the whole charge point, in and out of service."""
    return OcppSwitchDescription(
        key="availability",
        keys=("operative",),
        entity_category=EntityCategory.CONFIG,
        exists_fn=exists_fn,
        value_fn=value_fn,
        on_fn=lambda charge_point, number: charge_point.set_availability(number, operative=True),
        off_fn=lambda charge_point, number: charge_point.set_availability(number, operative=False),
        undoes_scheduled=True,
    )


CHARGE_POINT_SWITCHES = (
    _availability(lambda charge_point, _: charge_point.operative),
    OcppSwitchDescription(
        key="limit_strategy_pinned",
        keys=("limits",),
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        always_available=True,
        value_fn=_pinned,
        on_fn=_pin,
        off_fn=_unpin,
    ),
)

CONNECTOR_SWITCHES = (
    OcppSwitchDescription(
        key="charge",
        keys=("transaction", "status"),
        value_fn=_charge,
        on_fn=lambda charge_point, number: charge_point.start(number),
        off_fn=lambda charge_point, number: charge_point.stop(number),
        takes_over=True,
        frees=True,
    ),
    OcppSwitchDescription(
        key="pause",
        keys=("paused", "limit", "transaction", "status"),
        value_fn=_pause,
        on_fn=lambda charge_point, number: charge_point.pause(number),
        off_fn=lambda charge_point, number: charge_point.resume(number),
        takes_over=True,
        frees=False,
    ),
    _availability(lambda _, connector: connector.operative, exists_fn=one_of_several),
)

CONNECTOR_GOALS = (OcppGoalSwitchDescription(key="in_one_go"),)


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
    async_add_charge_point_entities(entry, async_add_entities, OcppGoalSwitch, connector_rows=CONNECTOR_GOALS)


class OcppSwitch(OcppValueEntity, SwitchEntity):
    """A switch of a charge point or connector."""

    entity_description: OcppSwitchDescription
    _under_way = 0  # commands that are not answered yet: the position may be about to change

    @override
    def _read(self) -> bool | None:
        return self.entity_description.value_fn(self.charge_point, self.connector)

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Send the command; the state follows when the charge point reports it. Raises HomeAssistantError."""
        await self._take_position(True, self.entity_description.on_fn)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Send the command; the state follows when the charge point reports it. Raises HomeAssistantError."""
        await self._take_position(False, self.entity_description.off_fn)

    async def _take_position(self, position: bool, command: Callable[[ChargePoint, int], Awaitable[object]]) -> None:
        doubted = self.charge_point.is_doubted(self.number)
        may_change = self._under_way or doubted or self.entity_description.undoes_scheduled
        if self._read() is position and not may_change:
            if position is self.entity_description.frees and self._runtime.control.holds(
                self.charge_point, self.number
            ):
                self._runtime.control.take_over(self.charge_point, self.number)
            return
        self._under_way += 1
        try:
            with command_errors(self.charge_point), self._by_hand():
                await command(self.charge_point, self.number)
        finally:
            self._under_way -= 1

    def _by_hand(self) -> AbstractContextManager[None]:
        """Let the charging mode yield to what is done inside, if the switch takes over."""
        if not self.entity_description.takes_over:
            return nullcontext()
        return self._runtime.control.by_hand(self.charge_point, self.number)


class OcppGoalSwitch(OcppValueEntity, SwitchEntity):
    """A yes or no that the user wants the charging modes to go by. It is kept here; the charge point need not be connected."""

    entity_description: OcppGoalSwitchDescription

    @override
    def _read(self) -> bool:
        return bool(
            getattr(self._runtime.control.goals.of(self.charge_point, self.number), self.entity_description.key)
        )

    @override
    def _show(self, value: bool) -> None:
        self._attr_is_on = value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Keep the yes."""
        self._keep(wanted=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Keep the no."""
        self._keep(wanted=False)

    def _keep(self, *, wanted: bool) -> None:
        self._runtime.control.goals.update(self.charge_point, self.number, **{self.entity_description.key: wanted})
