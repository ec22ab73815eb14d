"""TC_B_20 to TC_B_27: restarts of the station and of one EVSE, at once and when nothing goes on."""

from tests.conformance.house import CARD, House

from .station import Station
from .transaction import Transaction


async def test_tc_b_20_a_restart_when_nothing_runs(house: House, charger: Station) -> None:
    """The button sends it; the station restarts and is accepted again."""
    await house.use("press", "button.CP1_0_soft_reset")
    assert await charger.heard("Reset") == {"type": "OnIdle"}
    await charger.power_cycle("RemoteReset")
    await house.shows("binary_sensor.CP1_0_connected", "on")
    await house.shows("sensor.CP1_1_status", "available")


async def _charging(house: House, charger: Station) -> Transaction:
    transaction = await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    return transaction


async def _ends_by_itself(house: House, transaction: Transaction) -> None:
    await house.shows("switch.CP1_1_charge", "on")
    await transaction.accepted("StopAuthorized", "EVConnected", CARD)
    await transaction.end("EVCommunicationLost", "EVDisconnected", "Idle")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["reason"]) == (transaction.id, "EVDisconnected")


async def _ends_at_once(house: House, transaction: Transaction) -> None:
    await transaction.end("ResetCommand", "ImmediateReset", "EVConnected")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["reason"]) == (transaction.id, "ImmediateReset")
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_b_21_a_restart_after_the_transaction(house: House, charger: Station) -> None:
    """The station schedules it, and the transaction ends by itself."""
    transaction = await _charging(house, charger)
    charger.answers["Reset"] = {"status": "Scheduled"}
    assert await house.act("reset", type="soft") == {"status": "Scheduled"}
    assert await charger.heard("Reset") == {"type": "OnIdle"}
    await _ends_by_itself(house, transaction)
    await charger.power_cycle("ScheduledReset")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_b_22_a_restart_during_a_transaction(house: House, charger: Station) -> None:
    """It ends the transaction; the car is still there when the station is back."""
    transaction = await _charging(house, charger)
    await house.use("press", "button.CP1_0_reset")
    assert await charger.heard("Reset") == {"type": "Immediate"}
    await _ends_at_once(house, transaction)
    await charger.drop()
    await charger.connect()
    assert (await charger.boot("RemoteReset"))["status"] == "Accepted"
    await charger.report(1, "Occupied")
    await house.until("sensor.CP1_1_status", lambda shown: shown.state in {"preparing", "finishing"})
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_b_25_a_restart_of_an_evse_when_nothing_runs(house: House, charger: Station) -> None:
    """It is named."""
    assert await house.act("reset", connector=1, type="soft") == {"status": "Accepted"}
    assert await charger.heard("Reset") == {"type": "OnIdle", "evseId": 1}


async def test_tc_b_26_a_restart_of_an_evse_after_its_transaction(house: House, charger: Station) -> None:
    """It is scheduled, and the transaction ends by itself."""
    transaction = await _charging(house, charger)
    charger.answers["Reset"] = {"status": "Scheduled"}
    assert await house.act("reset", connector=1, type="soft") == {"status": "Scheduled"}
    assert await charger.heard("Reset") == {"type": "OnIdle", "evseId": 1}
    await _ends_by_itself(house, transaction)


async def test_tc_b_27_a_restart_of_an_evse_during_its_transaction(house: House, charger: Station) -> None:
    """It ends the transaction."""
    transaction = await _charging(house, charger)
    assert await house.act("reset", connector=1, type="hard") == {"status": "Accepted"}
    assert await charger.heard("Reset") == {"type": "Immediate", "evseId": 1}
    await _ends_at_once(house, transaction)
