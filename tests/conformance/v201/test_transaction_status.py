"""TC_E_29 to TC_E_34: what became of a transaction, and whether the station has more to tell."""

from tests.conformance.house import House

from .station import Station, meter_value
from .transaction import Transaction

QUEUED = {"ongoingIndicator": True, "messagesInQueue": True}


async def _charging(house: House, charger: Station) -> Transaction:
    transaction = await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    return transaction


async def _reconnects(house: House, charger: Station) -> None:
    """Lose the connection and come back without a boot. What is asked unbidden then, a little later, a person asks for at once."""
    await charger.drop()
    await house.shows("binary_sensor.CP1_0_connected", "off")
    charger.forget_calls()
    await charger.connect()
    await house.shows("binary_sensor.CP1_0_connected", "on")
    await house.use("press", "button.CP1_0_refresh")


async def test_tc_e_29_a_transaction_that_runs_and_has_more_to_tell(house: House, charger: Station) -> None:
    """After a reconnect the station is asked for it by its id; what comes late is taken."""
    transaction = await _charging(house, charger)
    charger.answers["GetTransactionStatus"] = QUEUED
    await _reconnects(house, charger)
    assert await charger.heard("GetTransactionStatus") == {"transactionId": transaction.id}
    await transaction.event("MeterValuePeriodic", offline=True, meterValue=[meter_value(4200)])
    await house.shows("sensor.CP1_1_energy", "4.2")
    await house.shows("switch.CP1_1_charge", "on")


async def test_tc_e_30_a_transaction_that_runs_and_has_told_all(house: House, charger: Station) -> None:
    """On request, by its id."""
    transaction = await _charging(house, charger)
    charger.answers["GetTransactionStatus"] = {"ongoingIndicator": True, "messagesInQueue": False}
    charger.forget_calls()
    payload = {"transactionId": transaction.id}
    answer = await house.act("call", action="GetTransactionStatus", payload=payload)
    assert answer == charger.answers["GetTransactionStatus"]
    assert await charger.heard("GetTransactionStatus") == payload
    await house.shows("switch.CP1_1_charge", "on")


async def test_tc_e_31_a_transaction_that_ended_and_has_more_to_tell(house: House, charger: Station) -> None:
    """Its end came first; the two events before it come late, and bring it back to life no more."""
    transaction = await _charging(house, charger)
    charger.answers["GetTransactionStatus"] = {"ongoingIndicator": False, "messagesInQueue": True}
    await _reconnects(house, charger)
    assert await charger.heard("GetTransactionStatus") == {"transactionId": transaction.id}
    await charger.report(1, "Available")
    first, second = transaction.skip(2)
    await transaction.end("EVCommunicationLost", "EVDisconnected", "Idle", offline=True)
    payload = {"transactionId": transaction.id}
    answer = await house.act("call", action="GetTransactionStatus", payload=payload)
    assert answer == charger.answers["GetTransactionStatus"]
    await transaction.event("StopAuthorized", kind="Updated", offline=True, seqNo=first)
    await transaction.event("ChargingStateChanged", "EVConnected", kind="Updated", offline=True, seqNo=second)
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert event["transaction_id"] == transaction.id
    await house.shows("switch.CP1_1_charge", "off")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_e_33_a_station_that_has_more_to_tell(house: House, charger: Station) -> None:
    """On request, without an id."""
    transaction = await _charging(house, charger)
    charger.answers["GetTransactionStatus"] = QUEUED
    await _reconnects(house, charger)
    await charger.heard("GetTransactionStatus")
    charger.answers["GetTransactionStatus"] = {"messagesInQueue": True}
    answer = await house.act("call", action="GetTransactionStatus", payload={})
    assert answer == {"messagesInQueue": True}
    assert await charger.heard("GetTransactionStatus") == {}
    await transaction.event("MeterValuePeriodic", offline=True, meterValue=[meter_value(4200)])
    await house.shows("sensor.CP1_1_energy", "4.2")


async def test_tc_e_34_a_station_that_has_told_all(house: House, charger: Station) -> None:
    """On request, without an id."""
    answer = await house.act("call", action="GetTransactionStatus", payload={})
    assert answer == {"messagesInQueue": False}
    assert await charger.heard("GetTransactionStatus") == {}
