"""The devices of an entry: the central system, its charge points, and the connectors of those that have two or more.

Devices are made here, parents first; entities only point at them. Nothing here talks to a charger.
"""

from datetime import timedelta

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import AnyDeviceEntry, ChildDeviceInfo, DeviceEntryType, DeviceInfo
from homeassistant.util.dt import utcnow

from .const import DOMAIN, NAME
from .csms.charge_point import ChargePoint

# Chargers tell of their connectors one by one. Entities this young are in no automation yet: they may still be named after their connector.
_UNUSED = timedelta(minutes=10)


class Devices:
    """Keeps the device registry in step with the charge points of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Work for this entry."""
        self._entry = entry
        self._registry = dr.async_get(hass)
        self._entities = er.async_get(hass)
        self._ids: dict[str, str] = {}  # by identity; that of the central system is the entry's id

    @callback
    def update_central_system(self) -> None:
        """Create or refresh the device of the central system itself. Comes before all others."""
        device = self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, self._entry.entry_id)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=NAME,
            name=self._entry.title,
        )
        self._ids[self._entry.entry_id] = device.id

    @callback
    def update_charge_point(self, charge_point: ChargePoint, subentry: ConfigSubentry) -> None:
        """Create or refresh the device of a charge point, and one for each connector when there are two or more.

        A connector that has become the only one goes back to the charge point.
        """
        info = charge_point.info
        device = self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            identifiers={(DOMAIN, charge_point.identity)},
            name=subentry.title,
            manufacturer=info.vendor,
            model=info.model,
            serial_number=info.serial,
            sw_version=info.firmware,
            via_device_id=self._ids[self._entry.entry_id],
        )
        self._ids[charge_point.identity] = device.id
        for number in _connectors_with_devices(charge_point):
            child = self._registry.async_get_or_create_child(
                config_entry_id=self._entry.entry_id,
                config_subentry_id=subentry.subentry_id,
                identifiers={_connector_identifier(charge_point, number)},
                parent_device_id=device.id,
                translation_key="connector",
                translation_placeholders={"number": str(number)},
            )
            self._move_entities(charge_point.identity, number, device.id, child.id)
        if len(numbers := _connectors(charge_point)) == 1:
            self._take_back(charge_point, numbers[0], device.id)

    def central_system_info(self) -> DeviceInfo:
        """Return what an entity of the central system gives as its device."""
        return DeviceInfo(identifiers={(DOMAIN, self._entry.entry_id)})

    def info(self, charge_point: ChargePoint, connector: int) -> DeviceInfo | ChildDeviceInfo:
        """Return what an entity of a connector gives as its device; connector 0 is the charge point, whose device must be there."""
        if connector not in _connectors_with_devices(charge_point):
            return DeviceInfo(identifiers={(DOMAIN, charge_point.identity)})
        return ChildDeviceInfo(
            identifiers={_connector_identifier(charge_point, connector)},
            parent_device_id=self._ids[charge_point.identity],
            translation_key="connector",
            translation_placeholders={"number": str(connector)},
        )

    def _take_back(self, charge_point: ChargePoint, number: int, parent: str) -> None:
        child = self._registry.async_get_child_device_by_identifier(
            _connector_identifier(charge_point, number), self._entry.entry_id
        )
        if child is not None:
            self._move_entities(charge_point.identity, number, child.id, parent)
            self._registry.async_remove_device(child.id)

    def _move_entities(self, identity: str, connector: int, from_device: str, to_device: str) -> None:
        """Move the entities of a connector that was thought the only one until another appeared, or the other way round."""
        for entity in er.async_entries_for_device(self._entities, from_device, include_disabled_entities=True):
            if entity.unique_id.startswith(f"{identity}_{connector}_"):
                moved = self._entities.async_update_entity(entity.entity_id, device_id=to_device)
                if utcnow() - moved.created_at < _UNUSED:
                    new_id = self._entities.async_regenerate_entity_id(moved)
                    self._entities.async_update_entity(moved.entity_id, new_entity_id=new_id)


def locate(device: AnyDeviceEntry) -> tuple[str, int]:
    """Return the identity of the charge point a device stands for, and the connector (0: the charge point itself).

    The device of the central system yields an identity that no charge point has.
    """
    identity, _, number = next(text for domain, text in device.identifiers if domain == DOMAIN).partition("/")
    return identity, int(number or 0)


def _connector_identifier(charge_point: ChargePoint, number: int) -> tuple[str, str]:
    # A slash cannot be part of an identity: connector 1 of CP and a charge point called CP_1 never meet.
    return (DOMAIN, f"{charge_point.identity}/{number}")


def _connectors_with_devices(charge_point: ChargePoint) -> list[int]:
    numbers = _connectors(charge_point)
    return numbers if len(numbers) > 1 else []


def _connectors(charge_point: ChargePoint) -> list[int]:
    return sorted(number for number in charge_point.connectors if number > 0)
