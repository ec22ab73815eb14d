"""A charge point is asked for reservations, and what it tells of them is kept in step."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from custom_components.ocpp_csms.csms import reserving
from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.reservations import Reservation, ReservationStatus
from tests.csms.central import NOON
from tests.csms.dialect import Station
from tests.csms.scripted_charge_point import TIMEOUT

HOUR = timedelta(hours=1)


@pytest.fixture
def marked(station: Station) -> list[int]:
    """The connectors whose reservation has changed, as listeners are told."""
    told: list[int] = []
    station.status("Available")
    for number in (0, 1):
        station.charge_point.listen(number, ("reservation",), partial(told.append, number))
    return told


async def reserve(station: Station, connector: int = 1, id_tag: str | None = "ANNA") -> Reservation:
    """Reserve for an hour."""
    return await station.charge_point.reserve(connector, station.clock.now + HOUR, id_tag)


def sent(station: Station, action: str) -> list[dict[str, Any]]:
    """Return the payloads of the calls of an action."""
    return [payload for name, payload in station.rpc.calls if name == action]


def all_reservations(station: Station) -> tuple[Reservation, ...]:
    """Return what is remembered."""
    return station.charge_point.reserving.book.all()


async def test_a_charge_point_is_asked_to_reserve(station: Station, marked: list[int]) -> None:
    """For a tag, until a time; what it agrees to holds, and is told."""
    item = await reserve(station)
    assert sent(station, "ReserveNow") == [
        {
            "connectorId": 1,
            "expiryDate": "2026-11-20T13:00:00Z",
            "idTag": "ANNA",
            "reservationId": item.reservation_id,
        }
    ]
    assert item.status is ReservationStatus.ACTIVE
    assert station.charge_point.reserving.open_on(1) == item
    assert set(marked) == {1}


async def test_the_group_of_the_tag_is_told(station: Station, marked: list[int]) -> None:
    """So that another tag of it is let in (TC_053)."""
    station.authorization = Authorization(tags={"1": IdTag("ANNA", parent="FAMILY")})
    await reserve(station)
    assert sent(station, "ReserveNow")[0]["parentIdTag"] == "FAMILY"


async def test_without_a_tag_the_connector_is_kept_for_remote_starts(station: Station, marked: list[int]) -> None:
    """The tag that charging is started with from here."""
    await reserve(station, id_tag=None)
    assert sent(station, "ReserveNow")[0]["idTag"] == "HomeAssistant"


async def test_the_charge_point_goes_by_its_own_clock(station: Station, marked: list[int]) -> None:
    """It is told the time that its clock will show then."""
    station.charge_point.clock_told(NOON + timedelta(minutes=10))
    item = await reserve(station)
    assert sent(station, "ReserveNow")[0]["expiryDate"] == "2026-11-20T13:10:00Z"
    assert item.expiry == NOON + HOUR


@pytest.mark.parametrize("status", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_nothing_is_stored_of_what_is_refused(station: Station, marked: list[int], status: str) -> None:
    """The refusal says how it was answered (TC_048)."""
    station.rpc.answers["ReserveNow"] = {"status": status}
    with pytest.raises(RefusedError, match=status):
        await reserve(station)
    assert all_reservations(station) == ()


async def test_a_charge_point_that_knows_no_reservations_has_none(station: Station, marked: list[int]) -> None:
    """It answers with an error."""
    station.rpc.answers["ReserveNow"] = CallFailedError("ReserveNow", "NotImplemented")
    with pytest.raises(CallFailedError):
        await reserve(station)
    assert all_reservations(station) == ()


@pytest.mark.parametrize("error", [CallTimeoutError("ReserveNow", 30), NotConnectedError("gone")])
async def test_what_was_not_answered_may_hold(station: Station, marked: list[int], error: Exception) -> None:
    """The status of the connector tells; it can be given up in any case."""
    station.rpc.answers["ReserveNow"] = error
    with pytest.raises(type(error)):
        await reserve(station)
    [item] = all_reservations(station)
    assert item.status is ReservationStatus.UNCONFIRMED
    assert station.charge_point.reserving.book.active_on(1) is None
    station.status("Reserved")
    assert station.charge_point.reserving.book.active_on(1) is not None
    await station.charge_point.cancel_reservation(item.reservation_id)
    assert station.charge_point.reserving.book.open_on(1) is None


@pytest.mark.parametrize(
    ("connector", "id_tag", "ends", "reason"),
    [
        (7, "ANNA", HOUR, "unknown_connector"),
        (1, "X" * 21, HOUR, "id_tag_too_long"),
        (1, "ANNA", timedelta(), "reservation_in_past"),
    ],
)
async def test_what_makes_no_sense_is_not_sent(
    station: Station, marked: list[int], connector: int, id_tag: str, ends: timedelta, reason: str
) -> None:
    """The reason is said."""
    with pytest.raises(InvalidRequestError, match=reason):
        await station.charge_point.reserve(connector, NOON + ends, id_tag)
    assert sent(station, "ReserveNow") == []


async def test_who_is_not_connected_cannot_be_asked(station: Station, marked: list[int]) -> None:
    """Nor to give a reservation up."""
    station.disconnect()
    with pytest.raises(NotConnectedError):
        await reserve(station)
    with pytest.raises(NotConnectedError):
        await station.charge_point.cancel_reservation(42)


# Any connector


@pytest.mark.parametrize("told", [True, False], ids=["told before", "asked now"])
@pytest.mark.parametrize(("value", "reservable"), [("true", True), ("false", False)])
async def test_any_connector_is_reserved_only_where_that_is_possible(
    station: Station, marked: list[int], value: str, reservable: bool, told: bool
) -> None:
    """The charge point says so in a configuration key, which it is asked for if need be (TC_049)."""
    key = {"key": "ReserveConnectorZeroSupported", "value": value, "readonly": True}
    station.rpc.answers["GetConfiguration"] = {"configurationKey": [key]}
    if told:
        await station.charge_point.get_configuration()
    if reservable:
        item = await reserve(station, 0)
        assert station.charge_point.reserving.book.active_on(0) == item
        assert set(marked) == {0}
    else:
        with pytest.raises(InvalidRequestError, match="any_connector_not_reservable"):
            await reserve(station, 0)
    assert len(sent(station, "GetConfiguration")) == 1


async def test_who_does_not_know_the_key_cannot_reserve_any_connector(station: Station, marked: list[int]) -> None:
    """It is optional."""
    with pytest.raises(InvalidRequestError, match="any_connector_not_reservable"):
        await reserve(station, 0)


@pytest.mark.parametrize(
    ("profiles", "zero", "offered"),
    [
        ("Core,Reservation", "true", {0, 1}),
        ("Core,Reservation", "false", {1}),
        ("Core", "true", set()),
        (None, None, set()),
    ],
)
async def test_the_charge_point_says_what_it_offers(
    station: Station, profiles: str | None, zero: str | None, offered: set[int]
) -> None:
    """By its feature profiles, and by a key for any connector."""
    values = {"SupportedFeatureProfiles": profiles, "ReserveConnectorZeroSupported": zero}
    station.charge_point.configuration_read(
        {key: ConfigurationKey(key, value, readonly=True) for key, value in values.items() if value is not None}
    )
    assert {number for number in (0, 1) if station.charge_point.reserving.is_offered(number)} == offered


async def test_what_has_been_reserved_can_be(station: Station, marked: list[int]) -> None:
    """Whatever the charge point says of itself."""
    await reserve(station)
    assert station.charge_point.reserving.is_offered(1)


# Giving up


async def test_a_reservation_is_given_up(station: Station, marked: list[int]) -> None:
    """TC_051."""
    item = await reserve(station)
    marked.clear()
    await station.charge_point.cancel_reservation(item.reservation_id)
    assert sent(station, "CancelReservation") == [{"reservationId": item.reservation_id}]
    assert marked == [1]
    with pytest.raises(InvalidRequestError, match="no_reservation"):
        station.charge_point.reserving.open_on(1)


async def test_what_the_charge_point_does_not_give_up_stays(station: Station, marked: list[int]) -> None:
    """TC_052."""
    item = await reserve(station)
    station.rpc.answers["CancelReservation"] = {"status": "Rejected"}
    with pytest.raises(RefusedError, match="Rejected"):
        await station.charge_point.cancel_reservation(item.reservation_id)
    assert station.charge_point.reserving.open_on(1) == item


async def test_a_reservation_that_nobody_knows_here_can_be_given_up(station: Station, marked: list[int]) -> None:
    """It was made elsewhere."""
    await station.charge_point.cancel_reservation(42)
    assert sent(station, "CancelReservation") == [{"reservationId": 42}]
    assert marked == []


# Its end


async def test_a_transaction_that_names_the_reservation_is_linked_to_it(station: Station, marked: list[int]) -> None:
    """TC_046: the reservation is used up, the transaction says which one, and its events do."""
    item = await reserve(station)
    marked.clear()
    transaction = station.start(idTag="ANNA", reservationId=item.reservation_id)
    assert marked == [1]
    [used] = all_reservations(station)
    assert (used.status, used.transaction_id) == (ReservationStatus.USED, str(transaction))
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation == item.reservation_id
    assert station.told()[0].data["reservation"] == item.reservation_id


async def test_a_transaction_of_the_group_is_linked_though_it_names_nothing(
    station: Station, marked: list[int]
) -> None:
    """TC_053."""
    station.authorization = Authorization(
        tags={"1": IdTag("ANNA", parent="FAMILY"), "2": IdTag("BOB", parent="FAMILY")}
    )
    item = await reserve(station)
    station.start(idTag="BOB")
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation == item.reservation_id


async def test_a_transaction_of_somebody_else_is_not_linked(station: Station, marked: list[int]) -> None:
    """The reservation stays."""
    item = await reserve(station)
    station.start(idTag="BOB")
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation is None
    assert station.charge_point.reserving.open_on(1) == item


async def test_a_retried_start_is_linked_as_the_first(station: Station, marked: list[int]) -> None:
    """The same transaction, used once."""
    item = await reserve(station)
    assert station.start(idTag="ANNA") == station.start(idTag="ANNA")
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation == item.reservation_id


async def test_a_start_that_names_a_reservation_of_others_keeps_the_name(station: Station, marked: list[int]) -> None:
    """Nobody knows it here."""
    station.start(reservationId=42)
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation == 42
    assert all_reservations(station) == ()


async def test_a_reservation_of_a_number_that_cannot_be_kept_is_none(station: Station, marked: list[int]) -> None:
    """The transaction is saved all the same."""
    station.start(reservationId=10**30)
    running = station.charge_point.connectors[1].running_transaction
    assert running is not None
    assert running.reservation is None


async def test_a_reservation_expires_when_the_charge_point_says_so(station: Station, marked: list[int]) -> None:
    """TC_047: the connector was reserved, and is available at the end."""
    item = await reserve(station)
    station.status("Reserved")
    marked.clear()
    station.clock.advance(minutes=60)
    station.status("Available")
    assert marked == [1]
    assert all_reservations(station)[0].reservation_id == item.reservation_id
    assert all_reservations(station)[0].status is ReservationStatus.EXPIRED


async def test_a_reservation_expires_by_itself(
    station: Station, marked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charge point that does not tell is not waited for."""
    monkeypatch.setattr(reserving, "_LATE", 0.0)
    told = asyncio.Event()
    await station.charge_point.reserve(1, NOON + timedelta(milliseconds=20), "ANNA")
    station.charge_point.listen(1, ("reservation",), told.set)
    station.clock.advance(seconds=1)
    async with asyncio.timeout(TIMEOUT):
        await told.wait()
    assert all_reservations(station)[0].status is ReservationStatus.EXPIRED


async def test_what_expires_during_a_break_has_ended_at_the_next_connection(
    station: Station, marked: list[int]
) -> None:
    """Nobody watches the time in between."""
    await reserve(station)
    station.disconnect()
    station.clock.advance(minutes=61)
    station.connect()
    assert all_reservations(station)[0].status is ReservationStatus.EXPIRED


async def test_reservations_survive_a_restart(station: Station, marked: list[int]) -> None:
    """With the rest of what is known of the charge point."""
    item = await reserve(station)
    again = Station(stored=station.snapshot())
    assert again.charge_point.reserving.open_on(1) == item


async def test_a_reservation_is_saved_at_once() -> None:
    """A crash must not make us forget what the charger holds."""
    saves: list[bool] = []
    station = Station(changed=saves.append)
    station.connect()
    station.status("Available")
    saves.clear()
    await reserve(station)
    station.disconnect()
    assert True in saves
