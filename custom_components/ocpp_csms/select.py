"""Selects: the charging mode of a connector, with how many phases it charges, and how many the car can use."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charging.modes import ChargingMode
from .commands import command_errors
from .control.goals import CarPhases, PhaseChoice
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppSelectDescription(OcppEntityDescription, SelectEntityDescription):
    """One select."""


CONNECTOR_MODES = (
    OcppSelectDescription(
        key="charging_mode",
        keys=("goals",),
        needs_control=True,
        always_available=True,
        options=[mode.value for mode in ChargingMode],
    ),
)

CONNECTOR_PHASES = (
    OcppSelectDescription(
        key="phases",
        keys=("goals",),
        always_available=True,
        entity_category=EntityCategory.CONFIG,
        options=[choice.value for choice in PhaseChoice],
        exists_fn=lambda charge_point, _: charge_point.limits.can_switch_phases,
    ),
)


CONNECTOR_CAR_PHASES = (
    OcppSelectDescription(
        key="car_phases",
        keys=("goals",),
        needs_control=True,
        always_available=True,
        entity_category=EntityCategory.CONFIG,
        options=[choice.value for choice in CarPhases],
        exists_fn=lambda charge_point, _: charge_point.settings.phases > 1,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the selects of all charge points."""
    async_add_charge_point_entities(entry, async_add_entities, OcppModeSelect, connector_rows=CONNECTOR_MODES)
    async_add_charge_point_entities(entry, async_add_entities, OcppPhaseSelect, connector_rows=CONNECTOR_PHASES)
    async_add_charge_point_entities(entry, async_add_entities, OcppCarPhaseSelect, connector_rows=CONNECTOR_CAR_PHASES)


class OcppSelect(OcppValueEntity, SelectEntity):
    """A choice that is kept here."""

    entity_description: OcppSelectDescription

    @override
    def _show(self, value: str) -> None:
        self._attr_current_option = value


class OcppModeSelect(OcppSelect):
    """What decides on the current of a connector."""

    @property
    @override
    def options(self) -> list[str]:
        """The modes; those that follow the sun need a grid meter."""
        loop = self._runtime.control.loop
        has_meter = loop is not None and loop.settings.grid is not None
        return [mode.value for mode in ChargingMode if has_meter or not mode.follows_sun]

    @override
    def _read(self) -> str:
        return self._runtime.control.goals.of(self.charge_point, self.number).mode.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Let this mode decide from now on."""
        self._runtime.control.set_mode(self.charge_point, self.number, ChargingMode(option))


class OcppPhaseSelect(OcppSelect):
    """With how many phases a connector charges, where the charge point can choose."""

    @override
    def _read(self) -> str:
        return self._runtime.control.goals.of(self.charge_point, self.number).phases.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Keep the choice. A mode follows it with its next decision; without one, the limit is told with it now. Raises HomeAssistantError."""
        choice = PhaseChoice(option)
        mode = self._runtime.control.goals.of(self.charge_point, self.number).mode
        if self._runtime.control.loop is None or mode is ChargingMode.MANUAL:
            with command_errors(self.charge_point):
                await self._tell(choice)
        self._runtime.control.goals.update(self.charge_point, self.number, phases=choice)

    async def _tell(self, choice: PhaseChoice) -> None:
        """Tell the limit of now for as many phases as chosen, all if none were. Raises the exceptions of `csms.errors`."""
        settings, connector = self.charge_point.settings, self.connector
        phases = settings.phases if choice is PhaseChoice.AUTO else int(choice)
        if phases == (connector.phases or settings.phases):
            return
        amperes = settings.maximum_current if connector.limit is None else connector.limit
        await self.charge_point.set_limit(self.number, amperes, phases=phases)


class OcppCarPhaseSelect(OcppSelect):
    """How many phases the car can use, for those who know it before it is seen."""

    @override
    def _read(self) -> str:
        return self._runtime.control.goals.of(self.charge_point, self.number).car_phases.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Keep the choice; the modes reckon with it from now on."""
        self._runtime.control.goals.update(self.charge_point, self.number, car_phases=CarPhases(option))
