"""The firmware of a charge point: which version runs. OCPP offers no list of versions, so which one is the latest stays unknown."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.update import UpdateDeviceClass, UpdateEntity, UpdateEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .csms.model import StationInfo
from .entity import OcppEntity, OcppEntityDescription, async_add_charge_point_entities
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppUpdateDescription(OcppEntityDescription, UpdateEntityDescription):
    """One piece of software of a charge point."""


CHARGE_POINT_UPDATES = (
    OcppUpdateDescription(
        key="firmware",
        keys=("info",),
        device_class=UpdateDeviceClass.FIRMWARE,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the firmware entities of all charge points."""
    async_add_charge_point_entities(entry, async_add_entities, OcppUpdate, charge_point_rows=CHARGE_POINT_UPDATES)


class OcppUpdate(OcppEntity, UpdateEntity):
    """The firmware that a charge point reported in its last boot."""

    entity_description: OcppUpdateDescription

    @override
    def _read(self) -> StationInfo:
        return self.charge_point.info

    @override
    def _show(self, value: StationInfo) -> None:
        self._attr_installed_version = value.firmware
        self._attr_title = " ".join(part for part in (value.vendor, value.model) if part) or None
