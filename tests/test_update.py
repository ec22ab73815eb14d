"""The firmware entity shows what runs, and claims to know nothing of what could."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import StationInfo
from tests.scripted import INFO, assert_platform, entity_id, state


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
    """How far it has got nobody says."""
    await hass.async_block_till_done()
    shown = []
    for report in (
        lambda: charge_point.firmware_update_reported(running=True),
        lambda: charge_point.booted(INFO, triggered=False),
    ):
        report()
        charge_point.flush()
        found = hass.states.get(entity_id(hass, "update", "CP1_0_firmware"))
        assert found is not None
        shown.append((found.attributes["in_progress"], found.attributes["update_percentage"]))
    assert shown == [(True, None), (False, None)]
