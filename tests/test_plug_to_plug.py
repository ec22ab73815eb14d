"""From plug to plug over a real socket: a simulated charger, the central system, and what people see and press."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from tests.conftest import SimulatorFactory
from tests.hands import number, press, until
from tests.scripted import entity_id, state


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
    charger.refuse("RemoteStartTransaction", "Rejected")
    with pytest.raises(HomeAssistantError, match="CP1 refused RemoteStartTransaction: it answered Rejected"):
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


def _device_id(hass: HomeAssistant) -> str:
    entry = er.async_get(hass).async_get(entity_id(hass, "sensor", "CP1_0_status"))
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id
