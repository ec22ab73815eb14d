"""TC_H_01 to TC_H_22: keeping an EVSE for somebody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import CARD, FAMILY, SIBLING, House

from .station import Station, token
from .transaction import Transaction


@pytest.fixture
async def charger(charger: Station, house: House) -> Station:
    """CP1, which can keep any of its EVSEs."""
    charger.variables |= {"ReservationCtrlr.Enabled": "true", "ReservationCtrlr.NonEvseSpecific": "true"}
    await house.act("get_configuration")
    charger.forget_calls()
    return charger


async def reserve(house: House, minutes: int = 5, **target: Any) -> Payload:
    """Reserve for Anna's card; return the answer of the action."""
    answer: Payload = await house.act("reserve", id_tag=CARD, duration={"minutes": minutes}, **target)
    return answer


async def the_only_one(house: House) -> Payload:
    """Return the only reservation that the house knows."""
    [reservation] = (await house.act("get_reservations"))["reservations"]
    return dict(reservation)


async def _is_reserved(house: House, charger: Station, minutes: int = 5) -> Payload:
    """Reserve EVSE 1; return what the station was asked."""
    answer = await reserve(house, minutes, connector=1)
    assert answer["status"] == "Accepted"
    request = await charger.heard("ReserveNow")
    assert (request["evseId"], request["idToken"], request["id"]) == (1, token(CARD), answer["reservation_id"])
    assert "connectorType" not in request
    expiry = datetime.fromisoformat(request["expiryDateTime"])
    assert datetime.now(UTC) < expiry < datetime.now(UTC) + timedelta(hours=1)
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_status", "reserved")
    await house.shows("sensor.CP1_1_reservation", "Anna's card")
    return request


async def test_tc_h_01_a_reserved_evse_is_used(house: House, charger: Station) -> None:
    """The reservation is shown; the transaction that names it uses it up."""
    request = await _is_reserved(house, charger)
    transaction = Transaction(charger)
    await transaction.present()
    await transaction.accepted("Authorized", at_evse=True, reservationId=request["id"])
    await house.shows("sensor.CP1_1_reservation", "unknown")
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", transaction.id)


async def test_tc_h_01_a_reserved_evse_is_used_by_a_car_that_is_plugged_in_first(
    house: House, charger: Station
) -> None:
    """The transaction has begun with the cable; the reservation is used up when the card names it."""
    request = await _is_reserved(house, charger)
    transaction = await Transaction(charger).plug_in()
    assert (await the_only_one(house))["state"] == "active"
    await transaction.present()
    await transaction.accepted("Authorized", reservationId=request["id"])
    await house.shows("sensor.CP1_1_reservation", "unknown")
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", transaction.id)


async def _is_over(house: House, charger: Station, request: Payload, status: str, state: str) -> None:
    payload = {"reservationId": request["id"], "reservationUpdateStatus": status}
    assert await charger.call("ReservationStatusUpdate", payload) == {}
    await house.shows("sensor.CP1_1_reservation", "unknown")
    assert (await the_only_one(house))["state"] == state


async def test_tc_h_07_a_reservation_expires(house: House, charger: Station) -> None:
    """The station says so when the time has come; the EVSE is free again."""
    request = await _is_reserved(house, charger)
    await charger.report(1, "Available")
    await _is_over(house, charger, request, "Expired", "expired")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_h_08_any_evse_is_reserved(house: House, charger: Station) -> None:
    """No EVSE is named, and no type of connector."""
    assert (await reserve(house, connector=0))["status"] == "Accepted"
    await _is_for_any_evse(charger)
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_status", "reserved")


async def _is_for_any_evse(charger: Station) -> int:
    request = await charger.heard("ReserveNow")
    assert request["idToken"] == token(CARD)
    assert "evseId" not in request
    assert "connectorType" not in request
    number: int = request["id"]
    return number


@pytest.mark.parametrize("evses", [2])
async def test_tc_h_14_as_many_reservations_as_evses(house: House, charger: Station) -> None:
    """Each has a number of its own; all EVSEs are kept then."""
    numbers = set()
    for _ in range(2):
        assert (await reserve(house, connector=0))["status"] == "Accepted"
        numbers.add(await _is_for_any_evse(charger))
    assert len(numbers) == 2
    for evse in (1, 2):
        await charger.report(evse, "Reserved")
        await house.shows(f"sensor.CP1_{evse}_status", "reserved")


async def test_tc_h_15_a_type_of_connector_is_reserved(house: House, charger: Station) -> None:
    """No EVSE is named."""
    assert (await reserve(house, connector_type="type_2_socket"))["status"] == "Accepted"
    request = await charger.heard("ReserveNow")
    assert (request["connectorType"], request["idToken"]) == ("sType2", token(CARD))
    assert "evseId" not in request
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_status", "reserved")


async def test_tc_h_17_a_reservation_is_cancelled(house: House, charger: Station) -> None:
    """By its number."""
    request = await _is_reserved(house, charger)
    assert await house.act("cancel_reservation", reservation_id=request["id"]) == {"status": "Accepted"}
    assert await charger.heard("CancelReservation") == {"reservationId": request["id"]}
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_reservation", "unknown")
    assert (await the_only_one(house))["state"] == "cancelled"


async def test_tc_h_19_a_card_of_the_same_group_uses_the_reservation(house: House, charger: Station) -> None:
    """The station is told the group, and hears that the other card is of it."""
    request = await _is_reserved(house, charger)
    assert request["groupIdToken"]["idToken"] == FAMILY
    transaction = Transaction(charger, card=SIBLING)
    verdict = await charger.present(SIBLING)
    assert (verdict["status"], verdict["groupIdToken"]["idToken"]) == ("Accepted", FAMILY)
    await transaction.accepted("Authorized", at_evse=True, reservationId=request["id"])
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", transaction.id)


async def test_tc_h_20_a_reservation_ends_with_a_fault(house: House, charger: Station) -> None:
    """The station takes it back, long before its time."""
    request = await _is_reserved(house, charger, minutes=50)
    await charger.report(1, "Faulted")
    await house.shows("sensor.CP1_1_status", "faulted")
    await _is_over(house, charger, request, "Removed", "dropped")


async def test_tc_h_22_a_station_may_reject_reservations(house: House, charger: Station) -> None:
    """The answer says so, and nothing is kept."""
    charger.answers["ReserveNow"] = {"status": "Rejected"}
    assert (await reserve(house, connector=1))["status"] == "Rejected"
    assert (await charger.heard("ReserveNow"))["evseId"] == 1
    assert (await house.act("get_reservations"))["reservations"] == []
