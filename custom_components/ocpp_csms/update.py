"""The firmware of a charge point: which version runs, and whether it is being replaced. OCPP offers no list of versions, so which one is the latest stays unknown."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .csms.model import StationInfo
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppUpdateDescription(OcppEntityDescription, UpdateEntityDescription):
    """One piece of software of a charge point."""


CHARGE_POINT_UPDATES = (
    OcppUpdateDescription(
        key="firmware",
        keys=("info", "firmware_updating"),
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


class OcppUpdate(OcppValueEntity, UpdateEntity):
    """The firmware that a charge point reported in its last boot."""

    entity_description: OcppUpdateDescription

    _attr_supported_features = UpdateEntityFeature.PROGRESS

    @override
    def _read(self) -> tuple[StationInfo, bool]:
        return self.charge_point.info, self.charge_point.firmware_updating

    @override
    def _show(self, value: tuple[StationInfo, bool]) -> None:
        info, self._attr_in_progress = value
        self._attr_installed_version = info.firmware
        self._attr_title = " ".join(part for part in (info.vendor, info.model) if part) or None
