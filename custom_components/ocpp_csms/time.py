"""Times: when the car must be ready. It is the user's, kept here; no charger knows of it."""

from dataclasses import dataclass
from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppTimeDescription(OcppEntityDescription, TimeEntityDescription):
    """One time."""


CONNECTOR_TIMES = (
    OcppTimeDescription(
        key="departure",
        keys=("goals",),
        needs_control=True,
        always_available=True,
        entity_category=EntityCategory.CONFIG,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the times of all charge points."""
    async_add_charge_point_entities(entry, async_add_entities, OcppDeparture, connector_rows=CONNECTOR_TIMES)


class OcppDeparture(OcppValueEntity, TimeEntity):
    """The time of each day by which the car must be ready."""

    entity_description: OcppTimeDescription

    @override
    def _read(self) -> time:
        return self._runtime.control.goals.of(self.charge_point, self.number).departure

    @override
    def _show(self, value: time) -> None:
        self._attr_native_value = value

    @override
    async def async_set_value(self, value: time) -> None:
        """Keep the time; it takes the place of a single day's deadline."""
        self._runtime.control.goals.update(self.charge_point, self.number, departure=value, deadline=None)
