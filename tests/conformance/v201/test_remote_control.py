"""TC_F_01 to TC_F_06: starting and unlocking from Home Assistant."""

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import CARD, House

from .station import Station, token
from .transaction import Transaction


async def _is_asked_to_start(house: House, charger: Station) -> int:
    """Start by the action; return the number of the remote start."""
    assert await house.act("start_transaction", connector=1, id_tag=CARD) == {"status": "Accepted"}
    request = await charger.heard("RequestStartTransaction")
    assert (request["evseId"], request["idToken"]) == (1, token(CARD))
    assert "chargingProfile" not in request
    number: int = request["remoteStartId"]
    return number


def _info(number: int) -> Payload:
    return {"remoteStartId": number}


@pytest.mark.parametrize("card", [CARD, None])
async def test_tc_f_01_remote_start_with_the_car_plugged_in(house: House, charger: Station, card: str | None) -> None:
    """The transaction runs already, the answer names it; then it is authorized, with its token or by the number alone, and charges."""
    transaction = await Transaction(charger).plug_in()
    charger.answers["RequestStartTransaction"] = {"status": "Accepted", "transactionId": transaction.id}
    number = await _is_asked_to_start(house, charger)
    await transaction.event("RemoteStart", card=card, info=_info(number))
    await transaction.authorized().charge()
    await house.shows("sensor.CP1_1_status", "charging")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_f_01_remote_start_by_the_switch(house: House, charger: Station) -> None:
    """It uses the tag for remote starts, which the house accepts though nobody has entered it."""
    await charger.report(1, "Occupied")
    await house.use("turn_on", "switch.CP1_1_charge")
    request = await charger.heard("RequestStartTransaction")
    assert request["idToken"] == {"idToken": "HomeAssistant", "type": "Central"}
    answer = await charger.call("Authorize", {"idToken": request["idToken"]})
    assert answer["idTokenInfo"]["status"] == "Accepted"
    transaction = Transaction(charger)
    answer = await transaction.event(
        "RemoteStart", "Charging", at_evse=True, info=_info(request["remoteStartId"]), idToken=request["idToken"]
    )
    assert answer["idTokenInfo"]["status"] == "Accepted"
    await house.shows("sensor.CP1_1_status", "charging")


async def test_tc_f_02_remote_start_of_a_station_that_asks_for_the_token(house: House, charger: Station) -> None:
    """It is accepted as when it is presented; the car comes later."""
    number = await _is_asked_to_start(house, charger)
    assert (await charger.present())["status"] == "Accepted"
    await _comes_later(house, charger, number)


async def _comes_later(house: House, charger: Station, number: int, card: str | None = CARD) -> None:
    transaction = Transaction(charger)
    answer = await transaction.event("RemoteStart", card=card, info=_info(number))
    assert card is None or answer["idTokenInfo"]["status"] == "Accepted"
    await transaction.authorized().charge()
    await house.shows("sensor.CP1_1_status", "charging")
    await house.shows("switch.CP1_1_charge", "on")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


@pytest.mark.parametrize("card", [CARD, None])
async def test_tc_f_03_remote_start_of_a_station_that_does_not_ask(
    house: House, charger: Station, card: str | None
) -> None:
    """The token comes with the transaction alone, if at all: the number tells whose it is. The car comes later."""
    await _comes_later(house, charger, await _is_asked_to_start(house, charger), card)


async def test_tc_f_04_remote_start_but_no_car_comes(house: House, charger: Station) -> None:
    """The transaction is over, and another can be started."""
    number = await _is_asked_to_start(house, charger)
    transaction = Transaction(charger)
    await transaction.accepted("RemoteStart", info=_info(number))
    await transaction.event("EVConnectTimeout")
    await transaction.end("EVConnectTimeout", "Timeout")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert event["reason"] == "Timeout"
    await house.shows("switch.CP1_1_charge", "off")
    assert await _is_asked_to_start(house, charger) != number


async def test_tc_f_06_unlock_without_a_transaction(house: House, charger: Station) -> None:
    """The button unlocks: EVSE and connector are named."""
    await house.use("press", "button.CP1_1_unlock")
    assert await charger.heard("UnlockConnector") == {"evseId": 1, "connectorId": 1}
