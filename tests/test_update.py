"""The firmware entity shows what runs and what is offered, and installs it; of other versions it claims to know nothing."""

from dataclasses import replace
from typing import Any

from homeassistant.components.update import UpdateEntityFeature
from homeassistant.components.update.const import DATA_COMPONENT
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallFailedError
from custom_components.ocpp_csms.csms.files.firmware import FirmwareStatus
from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.csms.requests import UpdateFirmware
from tests.scripted import INFO, ScriptedDialect, assert_platform, entity_id, state


def attribute(hass: HomeAssistant, name: str) -> Any:
    """Return an attribute of the firmware entity."""
    found = hass.states.get(entity_id(hass, "update", "CP1_0_firmware"))
    assert found is not None
    return found.attributes[name]


def offer(hass: HomeAssistant, entry: MockConfigEntry, **firmware: str) -> None:
    """Offer firmware to CP1."""
    subentry = next(iter(entry.subentries.values()))
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "firmware": firmware})


async def install(hass: HomeAssistant) -> None:
    """Install what is offered, as a person does."""
    target = {"entity_id": entity_id(hass, "update", "CP1_0_firmware")}
    await hass.services.async_call("update", "install", target, blocking=True)


async def test_the_firmware_entity(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """It has a name, a class, the installed version and a title."""
    charge_point.booted(INFO, triggered=True)
    charge_point.flush()
    await hass.async_block_till_done()
    assert_platform(hass, "update", snapshot)


async def test_a_new_firmware_shows_after_its_boot(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Which version is the latest nobody says."""
    await hass.async_block_till_done()
    charge_point.booted(StationInfo(firmware="2.0.0"), triggered=True)
    charge_point.flush()
    found = hass.states.get(entity_id(hass, "update", "CP1_0_firmware"))
    assert found is not None
    assert found.attributes["installed_version"] == "2.0.0"
    assert found.attributes["title"] is None
    assert state(hass, "update", "CP1_0_firmware") == STATE_UNKNOWN


async def test_a_firmware_update_shows_until_the_next_boot(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """How far it has got is told by its steps."""
    await hass.async_block_till_done()
    shown = []
    for report in (
        lambda: charge_point.firmware.reported(FirmwareStatus.DOWNLOADING, None),
        lambda: charge_point.firmware.reported(FirmwareStatus.INSTALLING, None),
        lambda: charge_point.booted(INFO, triggered=False),
    ):
        report()
        charge_point.flush()
        shown.append((attribute(hass, "in_progress"), attribute(hass, "update_percentage")))
    assert shown == [(True, 10), (True, 70), (False, None)]


async def test_what_is_offered_can_be_installed(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The charger is told where it is; the update is done when it starts with that version."""
    charge_point.booted(INFO, triggered=True)
    offer(hass, init_integration, version="0.9", location="https://example.org/fw.bin")
    await hass.async_block_till_done()
    assert state(hass, "update", "CP1_0_firmware") == STATE_ON  # also an older version than the one that runs
    assert attribute(hass, "latest_version") == "0.9"
    await install(hass)
    [request] = [call[1] for call in far_end.calls if call[0] == "request" and isinstance(call[1], UpdateFirmware)]
    assert request.location == "https://example.org/fw.bin"
    charge_point.booted(replace(INFO, firmware="0.9"), triggered=False)
    charge_point.flush()
    assert state(hass, "update", "CP1_0_firmware") == STATE_OFF


async def test_a_refused_installation_raises(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Nothing is shown as under way."""
    charge_point.booted(INFO, triggered=True)
    offer(hass, init_integration, version="2.0", location="https://example.org/fw.bin")
    await hass.async_block_till_done()
    far_end.answers["UpdateFirmware"] = CallFailedError("UpdateFirmware", "NotImplemented")
    with pytest.raises(HomeAssistantError, match="CP1 answered UpdateFirmware with the error NotImplemented"):
        await install(hass)
    assert attribute(hass, "in_progress") is False


async def test_without_an_offer_there_is_nothing_to_install(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """It may have been taken back at the last moment."""
    charge_point.booted(INFO, triggered=True)
    await hass.async_block_till_done()
    entity = hass.data[DATA_COMPONENT].get_entity(entity_id(hass, "update", "CP1_0_firmware"))
    assert entity is not None
    assert not entity.supported_features & UpdateEntityFeature.INSTALL
    with pytest.raises(HomeAssistantError, match="No firmware is offered to CP1"):
        await entity.async_install(None, backup=False)
