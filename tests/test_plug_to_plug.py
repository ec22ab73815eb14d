"""From plug to plug over a real socket: a simulated charger, the central system, and what people see and press."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.conftest import SimulatorFactory
from tests.hands import number, press, until
from tests.scripted import entity_id, state
from tests.words import words


async def test_a_car_is_charged(hass: HomeAssistant, simulator: SimulatorFactory) -> None:
    """Plug in, start, limit, pause, resume, stop: each is what the charger does, and shows."""
    charger = await simulator("CP1", connectors=1)
    await charger.wait_accepted()
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "available")

    await charger.plug_in(1)
    await until(hass, "binary_sensor", "CP1_1_plugged_in", lambda it: it.state == "on")

    await press(hass, "switch", "turn_on", "CP1_1_charge")
    await until(hass, "switch", "CP1_1_charge", lambda it: it.state == "on")
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "charging")
    assert state(hass, "sensor", "CP1_1_id_tag") == "Home Assistant"

    await press(hass, "number", "set_value", "CP1_1_current_limit", value=10)
    assert float(state(hass, "number", "CP1_1_current_limit")) == 10
    await charger.tick(120)
    await until(hass, "sensor", "CP1_1_power", lambda it: 6500 < number(it) < 7300)
    assert charger.connector(1).current == pytest.approx(10)

    await press(hass, "switch", "turn_on", "CP1_1_pause")
    await charger.tick(120)
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "suspended_evse")
    assert state(hass, "switch", "CP1_1_charge") == "on"
    assert state(hass, "switch", "CP1_1_pause") == "on"

    await press(hass, "switch", "turn_off", "CP1_1_pause")
    await charger.tick(120)
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "charging")

    await press(hass, "switch", "turn_off", "CP1_1_charge")
    stopped = await until(hass, "event", "CP1_1_transaction", lambda it: it.attributes.get("event_type") == "stopped")
    assert stopped.attributes["energy"] > 0.2
    assert state(hass, "switch", "CP1_1_charge") == "off"
    session = float(state(hass, "sensor", "CP1_1_session_energy"))
    assert session == pytest.approx(stopped.attributes["energy"], abs=0.001)


async def test_a_charger_that_refuses_is_quoted(hass: HomeAssistant, simulator: SimulatorFactory) -> None:
    """The state stays what it was."""
    charger = await simulator("CP1", connectors=1)
    await charger.wait_accepted()
    await charger.plug_in(1)
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "preparing")
    start = words(charger).start
    charger.refuse(start, "Rejected")
    with pytest.raises(HomeAssistantError, match=f"CP1 refused {start}: it answered Rejected"):
        await press(hass, "switch", "turn_on", "CP1_1_charge")
    assert state(hass, "switch", "CP1_1_charge") == "off"


async def test_a_charger_that_is_cut_off_shows(hass: HomeAssistant, simulator: SimulatorFactory) -> None:
    """And is back when it has dialled in again."""
    charger = await simulator("CP1", connectors=2)
    await charger.wait_accepted()
    await until(hass, "sensor", "CP1_2_status", lambda it: it.state == "available")
    await charger.go_offline()
    await until(hass, "sensor", "CP1_2_status", lambda it: it.state == "unavailable")
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await hass.services.async_call(
            "ocpp_csms",
            "get_configuration",
            {"device_id": _device_id(hass)},
            blocking=True,
            return_response=True,
        )
    await charger.go_online()
    await until(hass, "sensor", "CP1_2_status", lambda it: it.state == "available")


@pytest.mark.parametrize("ocpp_version", ["1.6"], ids=["from 1.6"])
@pytest.mark.parametrize("newer", ["2.0.1", "2.1"])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_charger_that_is_upgraded_is_the_same_to_its_user(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory, newer: str
) -> None:
    """Device, entities and energy go on, without a reload; only the version is another."""
    runtime = init_integration.runtime_data
    charger = await simulator("CP1")
    await charger.wait_accepted()
    await _charge_an_hour(hass, charger)
    device, entities = _device_id(hass), _entities(hass)
    energy = float(state(hass, "sensor", "CP1_1_energy"))
    await charger.stop()

    charger = await simulator("CP1", version=newer)
    await charger.wait_accepted()
    await until(hass, "sensor", "CP1_0_ocpp_version", lambda it: it.state == newer)
    await _charge_an_hour(hass, charger)
    grown = charger.connector(1).register_wh / 1000  # its register begins anew
    await until(hass, "sensor", "CP1_1_energy", lambda it: float(it.state) == pytest.approx(energy + grown, abs=0.01))
    assert _device_id(hass) == device
    assert entities <= _entities(hass)
    assert init_integration.runtime_data is runtime


async def _charge_an_hour(hass: HomeAssistant, charger: SimulatedChargePoint) -> None:
    """Plug in, charge and pull the cable."""
    await charger.plug_in(1)
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "preparing")
    await press(hass, "switch", "turn_on", "CP1_1_charge")
    await charger.wait_status(1, "Charging")
    await charger.tick(3600)
    await press(hass, "switch", "turn_off", "CP1_1_charge")
    await until(hass, "switch", "CP1_1_charge", lambda it: it.state == "off")
    await charger.unplug(1)
    await until(hass, "sensor", "CP1_1_status", lambda it: it.state == "available")


def _entities(hass: HomeAssistant) -> set[tuple[str, str]]:
    registry = er.async_get(hass)
    return {(item.entity_id, item.unique_id) for item in registry.entities.values() if item.platform == DOMAIN}


def _device_id(hass: HomeAssistant) -> str:
    entry = er.async_get(hass).async_get(entity_id(hass, "sensor", "CP1_0_status"))
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id
