"""TC_010 to TC_012, TC_017, TC_018, TC_026, TC_028, TC_030, TC_031: starting, stopping and unlocking from Home Assistant."""

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.conformance.house import CARD, House

from .station import Station


async def test_tc_010_remote_start_with_the_car_plugged_in(house: House, charger: Station) -> None:
    """The charge point is told exactly the connector and the card, and asks for the card as for any other."""
    await charger.report(1, "Preparing")
    assert await house.act("start_transaction", connector=1, id_tag=CARD) == {"status": "Accepted"}
    assert await charger.heard("RemoteStartTransaction") == {"connectorId": 1, "idTag": CARD}
    assert (await charger.present())["status"] == "Accepted"
    await charger.charge_unasked()
    await house.shows("switch.CP1_1_charge", "on")


async def test_tc_010_remote_start_by_the_switch(house: House, charger: Station) -> None:
    """It uses the tag for remote starts, which the house accepts though nobody has entered it."""
    await charger.report(1, "Preparing")
    await house.use("turn_on", "switch.CP1_1_charge")
    request = await charger.heard("RemoteStartTransaction")
    assert request == {"connectorId": 1, "idTag": "HomeAssistant"}
    assert (await charger.present(request["idTag"]))["status"] == "Accepted"
    await charger.charge_unasked(request["idTag"])
    await house.shows("sensor.CP1_1_status", "charging")


async def test_tc_011_1_remote_start_before_the_car_is_plugged_in(house: House, charger: Station) -> None:
    """The car may come later."""
    await house.act("start_transaction", connector=1, id_tag=CARD)
    assert await charger.heard("RemoteStartTransaction") == {"connectorId": 1, "idTag": CARD}
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    await charger.charge_unasked()
    await house.shows("sensor.CP1_1_status", "charging")


async def test_tc_011_2_remote_start_but_no_car_comes(house: House, charger: Station) -> None:
    """The connector is free again, and can be started again."""
    await house.act("start_transaction", connector=1, id_tag=CARD)
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_status", "available")
    await house.shows("switch.CP1_1_charge", "off")
    charger.forget_calls()
    await house.act("start_transaction", connector=1, id_tag=CARD)
    assert await charger.heard("RemoteStartTransaction") == {"connectorId": 1, "idTag": CARD}


async def test_tc_012_remote_stop(house: House, charger: Station) -> None:
    """The charge point is told the id of the transaction; what it says of the end is shown."""
    transaction_id = await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    await house.use("turn_off", "switch.CP1_1_charge")
    assert await charger.heard("RemoteStopTransaction") == {"transactionId": transaction_id}
    await charger.end(transaction_id, "Remote")
    await charger.leave()
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["reason"]) == (str(transaction_id), "Remote")
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_017_1_unlock_of_a_socket(house: House, charger: Station) -> None:
    """The button unlocks."""
    await house.use("press", "button.CP1_1_unlock")
    assert await charger.heard("UnlockConnector") == {"connectorId": 1}


async def test_tc_017_2_unlock_of_a_fixed_cable(house: House, charger: Station) -> None:
    """The charge point cannot; the person is told what it answered."""
    charger.answers["UnlockConnector"] = {"status": "NotSupported"}
    with pytest.raises(HomeAssistantError, match="NotSupported"):
        await house.use("press", "button.CP1_1_unlock")
    assert await charger.heard("UnlockConnector") == {"connectorId": 1}


async def test_tc_018_1_unlock_during_a_transaction(house: House, charger: Station) -> None:
    """The transaction ends with it."""
    transaction_id = await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    await house.use("press", "button.CP1_1_unlock")
    assert await charger.heard("UnlockConnector") == {"connectorId": 1}
    await charger.report(1, "Finishing")
    await charger.end(transaction_id, "UnlockCommand")
    await charger.report(1, "Available")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert event["reason"] == "UnlockCommand"
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_026_a_remote_start_that_is_rejected_is_no_start(house: House, charger: Station) -> None:
    """The person is told; nothing is shown as running."""
    charger.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError, match="Rejected"):
        await house.act("start_transaction", connector=1, id_tag=CARD)
    assert await charger.heard("RemoteStartTransaction") == {"connectorId": 1, "idTag": CARD}
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_028_a_stop_of_a_transaction_that_nobody_knows_is_sent(house: House, charger: Station) -> None:
    """The charge point may know better; it rejects it, and the person is told."""
    charger.answers["RemoteStopTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError, match="Rejected"):
        await house.act("stop_transaction", transaction_id="4711")
    assert await charger.heard("RemoteStopTransaction") == {"transactionId": 4711}


async def test_tc_028_a_stop_that_is_rejected_is_no_stop(house: House, charger: Station) -> None:
    """The transaction goes on."""
    transaction_id = await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    charger.answers["RemoteStopTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError, match="Rejected"):
        await house.use("turn_off", "switch.CP1_1_charge")
    assert await charger.heard("RemoteStopTransaction") == {"transactionId": transaction_id}
    await house.shows("switch.CP1_1_charge", "on")


async def test_tc_030_an_unlock_that_fails_is_told(house: House, charger: Station) -> None:
    """With what the charge point answered."""
    charger.answers["UnlockConnector"] = {"status": "UnlockFailed"}
    with pytest.raises(HomeAssistantError, match="UnlockFailed"):
        await house.use("press", "button.CP1_1_unlock")
    assert await charger.heard("UnlockConnector") == {"connectorId": 1}


async def test_tc_031_an_unlock_of_a_connector_that_does_not_exist_is_answered(house: House, charger: Station) -> None:
    """Nobody but the charge point knows that it does not: its answer is handed back."""
    charger.answers["UnlockConnector"] = {"status": "NotSupported"}
    answer = await house.act("call", action="UnlockConnector", payload={"connectorId": 9})
    assert answer == {"status": "NotSupported"}
    assert await charger.heard("UnlockConnector") == {"connectorId": 9}
