"""Files as a user knows them, with a simulated charger at the other end: from the button to the log, from the upload to the new version."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.files.firmware import FirmwareStatus
from custom_components.ocpp_csms.files.kept import firmware_folder, logs_folder
from tests.conftest import SimulatorFactory
from tests.scripted import entity_id, state
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("own_folder")


async def until_configured(charge_point: ChargePoint) -> None:
    """Return once the charger has told its configuration."""
    await until(charge_point, ("configuration",), lambda: charge_point.configuration)


async def test_a_log_comes_at_the_press_of_a_button(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The charger sends it to Home Assistant, which shows that it is there."""
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    await simulator()
    await until_configured(charge_point)
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id(hass, "button", "CP1_0_get_log")}, blocking=True
    )
    await until(charge_point, ("log_status",), lambda: charge_point.logs.status.value == "uploaded")
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_log_status") == "uploaded"
    [log] = logs_folder(hass, init_integration.entry_id, "CP1").iterdir()
    assert log.stat().st_size


async def test_uploaded_firmware_is_installed(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The charger fetches it from Home Assistant, and starts with it."""
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    folder = firmware_folder(hass, init_integration.entry_id, "CP1")
    folder.mkdir(parents=True)
    (folder / "sim-2.0.bin").write_bytes(b"firmware")
    subentry = next(iter(init_integration.subentries.values()))
    offer = {"version": "sim-2.0", "file": "sim-2.0.bin"}
    hass.config_entries.async_update_subentry(init_integration, subentry, data={**subentry.data, "firmware": offer})
    simulated = await simulator()
    await until_configured(charge_point)
    await hass.async_block_till_done()
    assert state(hass, "update", "CP1_0_firmware") == STATE_ON
    await hass.services.async_call(
        "update", "install", {"entity_id": entity_id(hass, "update", "CP1_0_firmware")}, blocking=True
    )
    await simulated.tick(1)
    await until(charge_point, ("firmware",), lambda: charge_point.firmware.status is FirmwareStatus.INSTALLED)
    await hass.async_block_till_done()
    assert state(hass, "update", "CP1_0_firmware") == STATE_OFF
