"""The base of entities: availability, direct addressing, writes only on change, and entities that come and go without a reload."""

from datetime import timedelta
from math import nan

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateReportedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Reading
from tests.scripted import ENERGY, INFO, POWER, ScriptedDialect, entity_id, report, sample, state, states_written


def power(watts: float) -> Reading:
    """Return a reading of active power."""
    return Reading("Power.Active.Import", float(watts), "W")


@pytest.mark.usefixtures("init_integration")
async def test_before_a_charge_point_has_connected_its_entities_are_unavailable(hass: HomeAssistant) -> None:
    """The connectivity sensor says why."""
    assert state(hass, "binary_sensor", "CP1_0_connected") == "off"
    assert state(hass, "sensor", "CP1_0_status") == STATE_UNAVAILABLE
    assert state(hass, "button", "CP1_0_reset") == STATE_UNAVAILABLE


async def test_what_was_not_reported_is_unknown(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """A connected charge point without values has no values."""
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_energy") == STATE_UNKNOWN


async def test_entities_follow_the_connection(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """They are unavailable while the socket is down, and what was current before is not taken for current afterwards."""
    sample(charge_point, 1, POWER)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor", "CP1_0_connected") == "on"
    assert state(hass, "sensor", "CP1_1_power") == "11000.0"

    charge_point.detach(far_end)
    assert state(hass, "binary_sensor", "CP1_0_connected") == "off"
    assert state(hass, "sensor", "CP1_1_power") == STATE_UNAVAILABLE
    assert state(hass, "switch", "CP1_1_charge") == STATE_UNAVAILABLE

    charge_point.attach(far_end, "127.0.0.1")
    assert state(hass, "binary_sensor", "CP1_0_connected") == "on"
    assert state(hass, "sensor", "CP1_1_power") == STATE_UNKNOWN


async def test_remembered_facts_stay_while_the_charge_point_is_offline(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Firmware and version do not change with the connection."""
    charge_point.booted(INFO, triggered=True)
    charge_point.flush()
    charge_point.detach(far_end)
    firmware = hass.states.get(entity_id(hass, "update", "CP1_0_firmware"))
    assert firmware is not None
    assert firmware.attributes["installed_version"] == "1.0.0"
    assert state(hass, "sensor", "CP1_0_ocpp_version") == "1.6"


async def test_a_change_writes_only_the_entities_that_show_it(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """A new power is the business of the power sensor alone."""
    sample(charge_point, 1, POWER, ENERGY)
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    take = states_written(hass)
    sample(charge_point, 1, power(7000), ENERGY)
    await hass.async_block_till_done()
    assert take() == [entity_id(hass, "sensor", "CP1_1_power")]


async def test_the_same_value_again_writes_nothing(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Neither a changed nor a reported state."""
    sample(charge_point, 1, POWER)
    await hass.async_block_till_done()
    reported: list[str] = []

    @callback
    def note(event: Event[EventStateReportedData]) -> None:
        reported.append(event.data["entity_id"])

    hass.bus.async_listen("state_reported", note, callback(lambda _: True))
    take = states_written(hass)
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    sample(charge_point, 1, POWER)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    assert take() == []
    assert reported == []


async def test_measuring_sensors_write_at_once_and_then_once_a_second(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """The first change shows immediately, the newest of the others a second later."""
    sample(charge_point, 1, power(1000))
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_power") == "1000.0"
    sample(charge_point, 1, power(2000))
    sample(charge_point, 1, power(3000))
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_power") == "1000.0"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1.1))
    assert state(hass, "sensor", "CP1_1_power") == "3000.0"


async def test_a_lost_connection_shows_at_once(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Also for a sensor that has just written."""
    sample(charge_point, 1, power(1000))
    sample(charge_point, 1, power(2000))
    charge_point.detach(far_end)
    assert state(hass, "sensor", "CP1_1_power") == STATE_UNAVAILABLE


async def test_a_status_is_never_held_back(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Each change is a state of its own."""
    shown = []
    for status in (ConnectorStatus.PREPARING, ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV):
        report(charge_point, 1, status)
        shown.append(state(hass, "sensor", "CP1_1_status"))
    assert shown == ["preparing", "charging", "suspended_ev"]


async def test_only_finite_numbers_reach_a_state(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """What is not a number is no value."""
    sample(charge_point, 1, power(1000))
    charge_point.connectors[1].readings["power"] = nan  # type: ignore[index]  # what no dialect should let through
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    assert state(hass, "sensor", "CP1_1_power") == STATE_UNKNOWN


async def test_a_quantity_gets_its_entity_when_it_is_first_reported(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint
) -> None:
    """No reload is needed."""
    await hass.async_block_till_done()
    assert entity_registry.async_get_entity_id("sensor", "ocpp_csms", "CP1_1_soc") is None
    sample(charge_point, 1, Reading("SoC", 42.0, "Percent", location="EV"))
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_soc") == "42.0"


async def test_an_entity_that_once_existed_is_there_again_after_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """It is unavailable while the charge point is offline, not gone."""
    sample(charge_point, 1, Reading("SoC", 42.0, "Percent", location="EV"))
    await hass.async_block_till_done()
    charge_point.detach(far_end)
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    found = hass.states.get(entity_id(hass, "sensor", "CP1_1_soc"))
    assert found is not None
    assert found.state == STATE_UNAVAILABLE
    assert "restored" not in found.attributes


async def test_the_entities_of_an_only_connector_sit_on_the_charge_point(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint
) -> None:
    """It has no device of its own."""
    await hass.async_block_till_done()
    own = entity_registry.async_get(entity_id(hass, "sensor", "CP1_0_status"))
    connectors = entity_registry.async_get(entity_id(hass, "sensor", "CP1_1_status"))
    assert own is not None
    assert connectors is not None
    assert own.device_id == connectors.device_id
    assert entity_registry.async_get_entity_id("switch", "ocpp_csms", "CP1_1_availability") is None


async def test_a_second_connector_gives_each_a_device_and_keeps_unique_ids(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    charge_point: ChargePoint,
) -> None:
    """The entities of the first one move to its new device; both can be taken out of service alone."""
    await hass.async_block_till_done()
    report(charge_point, 2, ConnectorStatus.CHARGING)
    await hass.async_block_till_done()
    own, first, second = (
        entity_registry.async_get(entity_id(hass, "sensor", f"CP1_{number}_status")) for number in (0, 1, 2)
    )
    assert own is not None
    assert first is not None
    assert second is not None
    assert len({own.device_id, first.device_id, second.device_id}) == 3
    assert second.device_id is not None
    child = device_registry.async_get(second.device_id)
    assert isinstance(child, dr.ChildDeviceEntry)
    assert child.parent_device_id == own.device_id
    assert state(hass, "sensor", "CP1_2_status") == "charging"
    assert state(hass, "switch", "CP1_1_availability") == "on"


async def test_a_charge_point_that_is_added_gets_entities_without_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """And one that is removed takes its entities with it, while the other keeps its own."""
    subentry = ConfigSubentryData(
        data={"charge_point_id": "CP2"}, subentry_type="charge_point", title="Garage", unique_id="CP2"
    )
    added = MockConfigEntry(subentries_data=[subentry]).subentries
    [new] = added.values()
    hass.config_entries.async_add_subentry(init_integration, new)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor", "CP2_0_connected") == "off"

    hass.config_entries.async_remove_subentry(init_integration, new.subentry_id)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get_entity_id("binary_sensor", "ocpp_csms", "CP2_0_connected") is None
    assert state(hass, "binary_sensor", "CP1_0_connected") == "off"


async def test_nothing_of_a_removed_charge_point_stays_with_the_entry(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Chargers may come and go for years between two restarts."""
    subentry = ConfigSubentryData(
        data={"charge_point_id": "CP2"}, subentry_type="charge_point", title="Garage", unique_id="CP2"
    )
    [new] = MockConfigEntry(subentries_data=[subentry]).subentries.values()
    before = list(init_integration._on_unload or ())  # noqa: SLF001 nothing else shows what the entry would call
    hass.config_entries.async_add_subentry(init_integration, new)
    await hass.async_block_till_done()
    removed: ChargePoint = init_integration.runtime_data.central.charge_points["CP2"]
    hass.config_entries.async_remove_subentry(init_integration, new.subentry_id)
    await hass.async_block_till_done()
    assert init_integration._on_unload == before  # noqa: SLF001 as above
    assert removed._observers._listeners == {}  # noqa: SLF001 nobody may be left to tell


async def test_after_unloading_nobody_listens(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """A change of the model reaches no entity any more."""
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await hass.async_block_till_done()
    take = states_written(hass)
    report(charge_point, 1, ConnectorStatus.CHARGING)
    sample(charge_point, 1, POWER)
    await hass.async_block_till_done()
    assert take() == []
