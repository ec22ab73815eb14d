"""The firmware of a charge point: which version runs, which one the user offers, and how its installation goes. OCPP has no list of versions."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import command_errors
from .csms.errors import InvalidRequestError
from .csms.files import firmware
from .csms.model import StationInfo
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .files.firmware_offers import FirmwareOffer, FirmwareWish
from .runtime import OcppConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OcppUpdateDescription(OcppEntityDescription, UpdateEntityDescription):
    """One piece of software of a charge point."""


CHARGE_POINT_UPDATES = (
    OcppUpdateDescription(
        key="firmware",
        keys=("info", firmware.KEY),
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
    """The firmware that a charge point reported in its last boot, and the one that it is offered."""

    entity_description: OcppUpdateDescription

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """Whatever else is offered can be installed: makers number as they like, and going back must be possible."""
        return latest_version != installed_version

    @override
    async def async_install(self, version: str | None, backup: bool, **kwargs: Any) -> None:
        """Order the installation. Raises HomeAssistantError when the charge point does not agree; a later failure becomes an issue."""
        with command_errors(self.charge_point):
            offer = self._runtime.firmware.offer(self.charge_point)
            if offer is None:
                raise InvalidRequestError("no_firmware_offered")
            await self._runtime.firmware.async_install(self.charge_point, offer, FirmwareWish())

    @override
    def _read(self) -> tuple[StationInfo, bool, int | None, FirmwareOffer | None]:
        told = self.charge_point.firmware
        return self.charge_point.info, told.running, told.progress, self._runtime.firmware.offer(self.charge_point)

    @override
    def _show(self, value: tuple[StationInfo, bool, int | None, FirmwareOffer | None]) -> None:
        info, self._attr_in_progress, self._attr_update_percentage, offer = value
        self._attr_installed_version = info.firmware
        self._attr_latest_version = offer.version if offer is not None else None
        self._attr_title = " ".join(part for part in (info.vendor, info.model) if part) or None
        self._attr_supported_features = UpdateEntityFeature.PROGRESS
        if offer is not None:
            self._attr_supported_features |= UpdateEntityFeature.INSTALL
