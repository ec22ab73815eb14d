"""TC_046 to TC_053: keeping a connector for somebody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.conformance.house import CARD, FAMILY, SIBLING, House

from .station import Station


async def reserve(house: House, connector: int = 1) -> dict[str, Any]:
    """Reserve for Anna's card, for five minutes; return the answer of the action."""
    answer: dict[str, Any] = await house.act("reserve", connector=connector, id_tag=CARD, duration={"minutes": 5})
    return answer


async def the_only_one(house: House) -> dict[str, Any]:
    """Return the only reservation that the house knows."""
    [reservation] = (await house.act("get_reservations"))["reservations"]
    return dict(reservation)


async def test_tc_046_a_reserved_connector_is_used(house: House, charger: Station) -> None:
    """The reservation is shown; the transaction that names it uses it up."""
    answer = await reserve(house)
    assert answer["status"] == "Accepted"
    request = await charger.heard("ReserveNow")
    assert (request["connectorId"], request["idTag"]) == (1, CARD)
    assert request["reservationId"] == answer["reservation_id"]
    assert datetime.now(UTC) < datetime.fromisoformat(request["expiryDate"]) < datetime.now(UTC) + timedelta(hours=1)
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_status", "reserved")
    await house.shows("sensor.CP1_1_reservation", "Anna's card")

    transaction_id = await charger.charge(reservationId=request["reservationId"])
    await house.shows("sensor.CP1_1_reservation", "unknown")
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", str(transaction_id))


async def test_tc_047_a_reservation_expires(house: House, charger: Station, freezer: FrozenDateTimeFactory) -> None:
    """Nobody comes in time: the connector is free again."""
    await reserve(house)
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_reservation", "Anna's card")
    freezer.tick(timedelta(minutes=5, seconds=1))
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_reservation", "unknown")
    await house.shows("sensor.CP1_1_status", "available")
    assert (await the_only_one(house))["state"] == "expired"


async def test_tc_048_1_a_faulted_connector_is_not_reserved(house: House, charger: Station) -> None:
    """The answer says so, and nothing is kept."""
    await _is_not_reserved(house, charger, "Faulted")


async def test_tc_048_2_an_occupied_connector_is_not_reserved(house: House, charger: Station) -> None:
    """The answer says so, and nothing is kept."""
    await charger.report(1, "Preparing")
    await _is_not_reserved(house, charger, "Occupied")


async def test_tc_048_3_a_connector_out_of_service_is_not_reserved(house: House, charger: Station) -> None:
    """It was taken out of service before."""
    answer = await house.act("change_availability", connector=1, availability="inoperative")
    assert answer == {"status": "Accepted"}
    assert await charger.heard("ChangeAvailability") == {"connectorId": 1, "type": "Inoperative"}
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")
    await _is_not_reserved(house, charger, "Unavailable")


async def test_tc_048_4_a_charge_point_may_reject_reservations(house: House, charger: Station) -> None:
    """The answer says so, and nothing is kept."""
    await _is_not_reserved(house, charger, "Rejected")


async def _is_not_reserved(house: House, charger: Station, status: str) -> None:
    charger.answers["ReserveNow"] = {"status": status}
    assert (await reserve(house))["status"] == status
    assert (await charger.heard("ReserveNow"))["connectorId"] == 1
    assert (await house.act("get_reservations"))["reservations"] == []


async def test_tc_049_any_connector_is_reserved(house: House, charger: Station) -> None:
    """Where the charge point can do that; the transaction may use any connector then."""
    key = {"key": "ReserveConnectorZeroSupported", "readonly": True, "value": "true"}
    charger.answers["GetConfiguration"] = {"configurationKey": [key]}
    answer = await reserve(house, connector=0)
    assert answer["status"] == "Accepted"
    request = await charger.heard("ReserveNow")
    assert (request["connectorId"], request["idTag"]) == (0, CARD)
    transaction_id = await charger.charge(reservationId=request["reservationId"])
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", str(transaction_id))


async def test_tc_051_a_reservation_is_cancelled(house: House, charger: Station) -> None:
    """By its id."""
    answer = await reserve(house)
    await charger.report(1, "Reserved")
    await house.shows("sensor.CP1_1_reservation", "Anna's card")
    reservation_id = answer["reservation_id"]
    assert await house.act("cancel_reservation", reservation_id=reservation_id) == {"status": "Accepted"}
    assert await charger.heard("CancelReservation") == {"reservationId": reservation_id}
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_reservation", "unknown")
    assert (await the_only_one(house))["state"] == "cancelled"


async def test_tc_052_a_reservation_whose_cancelling_is_rejected_holds(house: House, charger: Station) -> None:
    """The answer says so."""
    answer = await reserve(house)
    await charger.report(1, "Reserved")
    charger.answers["CancelReservation"] = {"status": "Rejected"}
    refused = await house.act("cancel_reservation", reservation_id=answer["reservation_id"])
    assert refused["status"] == "Rejected"
    assert await charger.heard("CancelReservation") == {"reservationId": answer["reservation_id"]}
    await house.shows("sensor.CP1_1_reservation", "Anna's card")
    assert (await the_only_one(house))["state"] == "active"


@pytest.mark.parametrize("named", [True, False], ids=["named by the transaction", "not named"])
async def test_tc_053_a_card_of_the_same_group_uses_the_reservation(
    house: House, charger: Station, named: bool
) -> None:
    """The charge point is told the group, and asks for the other card's."""
    answer = await reserve(house)
    request = await charger.heard("ReserveNow")
    assert (request["idTag"], request["parentIdTag"]) == (CARD, FAMILY)
    await charger.report(1, "Reserved")
    verdict = await charger.present(SIBLING)
    assert (verdict["status"], verdict["parentIdTag"]) == ("Accepted", FAMILY)
    fields = {"reservationId": answer["reservation_id"]} if named else {}
    transaction_id = await charger.charge(SIBLING, **fields)
    used = await the_only_one(house)
    assert (used["state"], used["transaction_id"]) == ("used", str(transaction_id))
