"""Event entities tell automations what happened, where, and with what."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Event
from tests.scripted import (
    INFO,
    ScriptedDialect,
    assert_platform,
    entity_id,
    report,
    start_transaction,
    stop_transaction,
)


def event(hass: HomeAssistant, unique_id: str) -> State:
    """Return the state of an event entity."""
    found = hass.states.get(entity_id(hass, "event", unique_id))
    assert found is not None
    return found


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_event_entities(
    hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Each has its name and its event types."""
    far_end.told_features = Features(variable_events=True, charging_needs=True)
    charge_point.configuration_read({})
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert_platform(hass, "event", snapshot)


async def test_a_transaction_is_told_from_start_to_stop(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """With its id, tag, energy and reason."""
    await hass.async_block_till_done()
    transaction = start_transaction(charge_point)
    started = event(hass, "CP1_1_transaction")
    assert started.attributes["event_type"] == "started"
    assert started.attributes["id_tag"] == "04A2B3C4"
    assert started.attributes["transaction_id"] == transaction.transaction_id

    report(charge_point, 1, ConnectorStatus.CHARGING)
    assert event(hass, "CP1_1_transaction").attributes["event_type"] == "updated"

    stop_transaction(charge_point, transaction, meter_stop=1240.5)
    stopped = event(hass, "CP1_1_transaction")
    assert stopped.attributes["event_type"] == "stopped"
    assert stopped.attributes["energy"] == 6.0
    assert stopped.attributes["reason"] == "EVDisconnected"


async def test_a_transaction_belongs_to_its_connector(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The other connector's entity stays silent."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    start_transaction(charge_point, 2)
    assert event(hass, "CP1_1_transaction").state == STATE_UNKNOWN
    assert event(hass, "CP1_2_transaction").attributes["event_type"] == "started"


async def test_a_tag_at_a_charge_point_with_one_connector_is_presented_there(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint
) -> None:
    """There is no other it could be meant for."""
    await hass.async_block_till_done()
    charge_point.authorize("04A2B3C4")
    charge_point.flush()
    presented = event(hass, "CP1_1_id_tag_presented")
    assert presented.attributes["event_type"] == "accepted"
    assert presented.attributes["id_tag"] == "04A2B3C4"
    assert entity_registry.async_get_entity_id("event", "ocpp_csms", "CP1_0_id_tag_presented") is None


async def test_a_tag_at_a_charge_point_with_several_connectors_is_presented_to_it(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint
) -> None:
    """For which connector is not known; so there is one entity, under the id that the only connector's had."""
    await hass.async_block_till_done()
    only = entity_id(hass, "event", "CP1_1_id_tag_presented")
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert entity_id(hass, "event", "CP1_0_id_tag_presented") == only
    for number in (1, 2):
        assert entity_registry.async_get_entity_id("event", "ocpp_csms", f"CP1_{number}_id_tag_presented") is None
    charge_point.authorize("")
    charge_point.flush()
    presented = event(hass, "CP1_0_id_tag_presented")
    assert presented.attributes["event_type"] == "rejected"
    assert presented.attributes["connector"] is None


async def test_a_tag_of_which_the_connector_is_known_is_told_with_it(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """As where a transaction starts with a tag that nobody asked about before."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    presented = Event("id_tag_presented", "accepted", 2, {"id_tag": "04A2B3C4", "name": None})
    charge_point._observers.emit(presented)  # noqa: SLF001 what a start emits is the model's test
    charge_point.flush()
    assert event(hass, "CP1_0_id_tag_presented").attributes["connector"] == 2


async def test_a_boot_is_told(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """But not one that was asked for."""
    await hass.async_block_till_done()
    charge_point.booted(INFO, triggered=True)
    charge_point.flush()
    assert event(hass, "CP1_0_boot").state == STATE_UNKNOWN
    charge_point.booted(INFO, triggered=False)
    charge_point.flush()
    assert event(hass, "CP1_0_boot").attributes["event_type"] == "boot"


async def test_what_a_charger_tells_of_its_variables_is_an_event(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Of all its connectors in one place; a charger that never tells has no such entity."""
    await hass.async_block_till_done()
    assert entity_registry.async_get_entity_id("event", "ocpp_csms", "CP1_0_variable_event") is None
    far_end.told_features = Features(variable_events=True)
    charge_point.configuration_read({})
    charge_point.flush()
    await hass.async_block_till_done()
    data = {"component": "EVSE", "variable": "Power", "value": "7400", "severity": 5}
    charge_point.announce(Event("variable_event", "alerting", 1, data))
    charge_point.flush()
    attributes = event(hass, "CP1_0_variable_event").attributes
    assert (attributes["event_type"], attributes["connector"], attributes["value"]) == ("alerting", 1, "7400")


async def test_what_a_car_needs_is_an_event_of_its_connector(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Where the charger hears of it."""
    far_end.told_features = Features(charging_needs=True)
    charge_point.configuration_read({})
    charge_point.flush()
    await hass.async_block_till_done()
    charge_point.announce(Event("charging_needs", "charging_needs", 1, {"energy": 20000.0}))
    charge_point.flush()
    assert event(hass, "CP1_1_charging_needs").attributes["energy"] == 20000.0


async def test_security_events_and_vendor_data_are_told(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """With all they carry."""
    await hass.async_block_till_done()
    charge_point.security_event("TamperDetectionActivated", "door")
    charge_point.data_transferred("com.example", "Hello", "42")
    charge_point.flush()
    security = event(hass, "CP1_0_security_event").attributes
    assert (security["type"], security["tech_info"]) == ("TamperDetectionActivated", "door")
    data = event(hass, "CP1_0_data_transfer").attributes
    assert (data["vendor_id"], data["message_id"], data["data"]) == ("com.example", "Hello", "42")
