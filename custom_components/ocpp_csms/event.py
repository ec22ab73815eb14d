"""Events: what happened once, told to automations with all the charge point said of it."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .csms.model import Event
from .entity import OcppEntity, OcppEntityDescription, async_add_charge_point_entities, one_of_several, the_only_one
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppEventDescription(OcppEntityDescription, EventEntityDescription):
    """One kind of event; the key is the kind.

    With `every_connector` the entity tells the events of the whole charge point, and of which connector they are, if that is known.
    """


CHARGE_POINT_EVENTS = (
    OcppEventDescription(key="boot", event_types=["boot"], entity_category=EntityCategory.DIAGNOSTIC),
    OcppEventDescription(
        key="security_event", event_types=["security_event"], entity_category=EntityCategory.DIAGNOSTIC
    ),
    OcppEventDescription(
        key="variable_event",
        event_types=["alerting", "delta", "periodic"],
        every_connector=True,
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=lambda charge_point, _: charge_point.features.variable_events,
    ),
    OcppEventDescription(key="data_transfer", event_types=["data_transfer"], entity_category=EntityCategory.DIAGNOSTIC),
    # A card is held to a charge point: for which connector shows later, if at all. There is one entity for all its connectors.
    OcppEventDescription(
        key="id_tag_presented",
        event_types=["accepted", "rejected"],
        every_connector=True,
        provisional=True,
        exists_fn=one_of_several,
    ),
)

CONNECTOR_EVENTS = (
    OcppEventDescription(
        key="charging_needs",
        event_types=["charging_needs"],
        exists_fn=lambda charge_point, _: charge_point.features.charging_needs,
    ),
    OcppEventDescription(key="transaction", event_types=["started", "stopped", "updated"]),
    OcppEventDescription(
        key="charging_decision",
        event_types=["started", "paused", "car_not_drawing", "car_full"],
        needs_control=True,
    ),
    OcppEventDescription(
        key="id_tag_presented",
        event_types=["accepted", "rejected"],
        every_connector=True,
        provisional=True,
        exists_fn=the_only_one,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the event entities of all charge points."""
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppEvent,
        charge_point_rows=CHARGE_POINT_EVENTS,
        connector_rows=CONNECTOR_EVENTS,
    )


class OcppEvent(OcppEntity, EventEntity):
    """One kind of event of a charge point or connector."""

    entity_description: OcppEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the events of the charge point."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charge_point.listen_events(self._happened))

    @callback
    def _happened(self, event: Event) -> None:
        """Tell an event of this kind that happened here."""
        if event.kind != self.entity_description.key:
            return
        if self.entity_description.every_connector:
            self._trigger_event(event.type, {**event.data, "connector": event.connector or None})
        elif event.connector == self.number:
            self._trigger_event(event.type, dict(event.data))
        else:
            return
        self.async_write_ha_state()
