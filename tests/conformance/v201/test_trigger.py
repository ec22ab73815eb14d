"""TC_F_11 to TC_F_27: asking a station for its messages."""

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station, meter_value
from .transaction import Transaction

EVSE = {"evse": {"id": 1}}


async def _is_triggered(house: House, charger: Station, message: str, expected: Payload, **target: int) -> None:
    """Ask for a message and wait until exactly that was asked for."""
    charger.forget_calls()
    assert await house.act("trigger_message", message=message, **target) == {"status": "Accepted"}
    assert await charger.told("TriggerMessage", requestedMessage=message) == {"requestedMessage": message} | expected


async def test_tc_f_11_meter_values_of_an_evse(house: House, charger: Station) -> None:
    """What comes on request is shown."""
    await _is_triggered(house, charger, "MeterValues", EVSE, connector=1)
    assert await charger.call("MeterValues", {"evseId": 1, "meterValue": [meter_value(4200, "Trigger")]}) == {}
    await house.shows("sensor.CP1_1_energy", "4.2")


@pytest.mark.parametrize("evses", [2])
async def test_tc_f_12_meter_values_of_all_evses(house: House, charger: Station) -> None:
    """No EVSE is named; each sends its own."""
    await _is_triggered(house, charger, "MeterValues", {})
    for evse in (1, 2):
        payload = {"evseId": evse, "meterValue": [meter_value(1000 * evse, "Trigger")]}
        assert await charger.call("MeterValues", payload) == {}
        await house.shows(f"sensor.CP1_{evse}_energy", f"{evse}.0")


async def test_tc_f_13_the_transaction_event_of_an_evse(house: House, charger: Station) -> None:
    """It brings its meter values."""
    transaction = await Transaction(charger).charge()
    await _is_triggered(house, charger, "TransactionEvent", EVSE, connector=1)
    value = meter_value(4200, "Trigger")
    await transaction.event("Trigger", "Charging", at_evse=True, meterValue=[value])
    await house.shows("sensor.CP1_1_energy", "4.2")
    await house.shows("sensor.CP1_1_status", "charging")


@pytest.mark.parametrize("evses", [2])
async def test_tc_f_14_the_transaction_events_of_all_evses(house: House, charger: Station) -> None:
    """No EVSE is named, not even in the events: their transactions are known."""
    transactions = {evse: await Transaction(charger, evse).charge() for evse in (1, 2)}
    await _is_triggered(house, charger, "TransactionEvent", {})
    for evse, transaction in transactions.items():
        value = meter_value(1000 * evse, "Trigger")
        await transaction.event("Trigger", "Charging", meterValue=[value])
        await house.shows(f"sensor.CP1_{evse}_energy", f"{evse}.0")


async def test_tc_f_15_the_status_of_logs(house: House, charger: Station) -> None:
    """Nothing is uploaded."""
    await _is_triggered(house, charger, "LogStatusNotification", {})
    assert await charger.call("LogStatusNotification", {"status": "Idle"}) == {}


async def test_tc_f_18_the_status_of_firmware(house: House, charger: Station) -> None:
    """Nothing is installed."""
    await _is_triggered(house, charger, "FirmwareStatusNotification", {})
    assert await charger.call("FirmwareStatusNotification", {"status": "Idle"}) == {}


async def test_tc_f_20_a_heartbeat(house: House, charger: Station) -> None:
    """It is answered with the time."""
    await _is_triggered(house, charger, "Heartbeat", {})
    assert "currentTime" in await charger.call("Heartbeat")


async def test_tc_f_23_the_status_of_a_free_evse(house: House, charger: Station) -> None:
    """It is asked for by EVSE and connector, as the specification wants it."""
    await _reports_on_request(house, charger, "Available", "available")


async def test_tc_f_24_the_status_of_an_occupied_evse(house: House, charger: Station) -> None:
    """It is asked for by EVSE and connector, as the specification wants it."""
    await charger.report(1, "Occupied")
    await _reports_on_request(house, charger, "Occupied", "preparing")


async def _reports_on_request(house: House, charger: Station, status: str, shown: str) -> None:
    expected = {"evse": {"id": 1, "connectorId": 1}}
    await _is_triggered(house, charger, "StatusNotification", expected, connector=1)
    await charger.report(1, status)
    await house.shows("sensor.CP1_1_status", shown)


async def test_tc_f_27_a_trigger_that_is_not_implemented(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["TriggerMessage"] = {"status": "NotImplemented"}
    answer = await house.act("trigger_message", message="MeterValues", connector=1)
    assert answer["status"] == "NotImplemented"
