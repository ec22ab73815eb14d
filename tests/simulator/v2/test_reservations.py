"""Reservations of an EVSE, of a type of connector, or of any (H01 to H04)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import events, judge, plugs


def request(evse: int | None = 1, *, number: int = 1, minutes: float = 10, **others: Any) -> dict[str, Any]:
    """The payload of ReserveNow for the token MINE."""
    expiry = datetime.now(UTC) + timedelta(minutes=minutes)
    place = {} if evse is None else {"evseId": evse}
    token = {"idToken": "MINE", "type": "ISO14443"}
    return {"id": number, "expiryDateTime": expiry.isoformat(), "idToken": token, **place, **others}


async def reserve(central: Central, *args: Any, **others: Any) -> str:
    """Reserve and return the status."""
    answer = await central.call("ReserveNow", request(*args, **others))
    return str(answer["status"])


async def test_an_evse_is_kept_for_whom_it_was_reserved(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await reserve(central) == "Accepted"
    await charge_point.wait_status(1, "Reserved")
    assert plugs(central)[-1] == "Reserved"
    assert not await charge_point.present_card(1, "OTHER")
    assert await charge_point.present_card(1, "MINE")
    await charge_point.plug_in(1)
    assert events(central)[0]["reservationId"] == 1
    assert charge_point.connector(1).reservation is None


async def test_the_group_of_the_reservation_may_charge(central: Central, charge_point: SimulatedChargePoint) -> None:
    group = {"idToken": "FAMILY", "type": "Central"}
    await reserve(central, groupIdToken=group)
    central.answers["Authorize"] = judge("Accepted", groupIdToken=group)
    assert await charge_point.present_card(1, "OTHER")


async def test_a_reservation_ends_by_itself(central: Central, charge_point: SimulatedChargePoint) -> None:
    await reserve(central, minutes=1)
    await charge_point.tick(61)
    assert plugs(central)[-1] == "Available"
    assert central.payloads("ReservationStatusUpdate") == [{"reservationId": 1, "reservationUpdateStatus": "Expired"}]


async def test_a_reservation_is_cancelled(central: Central, charge_point: SimulatedChargePoint) -> None:
    await reserve(central)
    assert await central.call("CancelReservation", {"reservationId": 1}) == {"status": "Accepted"}
    await charge_point.wait_status(1, "Available")
    assert await central.call("CancelReservation", {"reservationId": 1}) == {"status": "Rejected"}


async def test_a_reservation_ends_where_the_evse_goes_out_of_service(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await reserve(central)
    await central.call("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert (await central.wait_call("ReservationStatusUpdate"))["reservationUpdateStatus"] == "Removed"
    assert await reserve(central) == "Unavailable"
    assert await reserve(central, None) == "Unavailable"


async def test_what_is_taken_or_broken_cannot_be_reserved(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.plug_in(1)
    assert await reserve(central) == "Occupied"
    assert await reserve(central, None) == "Occupied"
    await charge_point.fault(1)
    assert await reserve(central) == "Faulted"
    assert await reserve(central, None) == "Faulted"
    assert await reserve(central, 7) == "Rejected"


async def test_a_reservation_replaces_the_one_with_its_number(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await reserve(central)
    assert await reserve(central, number=2) == "Occupied"
    assert await reserve(central, minutes=1) == "Accepted"
    await charge_point.tick(61)
    assert plugs(central)[-1] == "Available"


async def test_any_evse_may_be_reserved(central: Central, dial: Dial) -> None:
    """The last one that is free is kept."""
    charge_point = await dial(connectors=2)
    assert await reserve(central, None) == "Accepted"
    await charge_point.plug_in(1)
    assert await charge_point.present_card(1, "OTHER")
    assert not await charge_point.present_card(2, "OTHER")
    assert await reserve(central, None, number=2) == "Occupied"
    await charge_point.plug_in(2)
    assert await charge_point.present_card(2, "MINE")
    assert events(central)[-1]["reservationId"] == 1


@pytest.mark.parametrize(("kind", "status"), [("cType2", "Accepted"), ("cCCS2", "Rejected")])
async def test_a_type_of_connector_may_be_reserved(
    central: Central, charge_point: SimulatedChargePoint, kind: str, status: str
) -> None:
    assert await reserve(central, None, connectorType=kind) == status


@pytest.mark.parametrize("key", ["ReservationCtrlr.Enabled", "ReservationCtrlr.NonEvseSpecific"])
async def test_reservations_may_be_off(central: Central, charge_point: SimulatedChargePoint, key: str) -> None:
    charge_point.configure(key, "false")
    assert await reserve(central, None) == "Rejected"
