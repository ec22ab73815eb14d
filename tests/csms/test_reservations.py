"""The book of reservations: what holds, and how each reservation ends."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Start
from custom_components.ocpp_csms.csms.reservations import MOST_OPEN, Reservation, Reservations, ReservationStatus
from tests.csms.central import NOON

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def asked(book: Reservations, connector: int = 1, **changes: Any) -> Reservation:
    """Enter a reservation for ANNA until one o'clock; nothing has been answered."""
    wanted: dict[str, Any] = {"id_tag": "ANNA", "parent": None, "expiry": NOON + HOUR, "now": NOON} | changes
    return book.announce(connector, wanted.pop("id_tag"), wanted.pop("parent"), **wanted)


def reserved(book: Reservations, connector: int = 1, **changes: Any) -> Reservation:
    """Enter a reservation that the charge point has agreed to."""
    return book.accepted(asked(book, connector, **changes).reservation_id)


def start(connector: int = 1, **fields: Any) -> Start:
    """Return the start of a transaction by ANNA at five past twelve."""
    said: dict[str, Any] = {"at": NOON + 5 * MINUTE, "id_tag": "ANNA"} | fields
    return Start(connector=connector, meter_start=0.0, fingerprint="", **said)


def status_of(book: Reservations, item: Reservation) -> ReservationStatus:
    """Return how far a reservation is."""
    found = book.find(item.reservation_id)
    assert found is not None
    return found.status


def test_what_is_asked_for_does_not_hold_yet() -> None:
    """It may: so it can be given up."""
    book = Reservations()
    item = asked(book)
    assert book.active_on(1) is None
    assert book.open_on(1) == item


def test_what_is_agreed_to_holds() -> None:
    """On its connector, and on no other."""
    book = Reservations()
    item = reserved(book)
    assert book.active_on(1) == item
    assert book.active_on(2) is None
    assert book.active_on(0) is None


def test_nothing_is_remembered_of_what_was_refused() -> None:
    """As if nobody had asked."""
    book = Reservations()
    book.withdraw(asked(book).reservation_id)
    assert book.all() == ()
    assert not book.any_on(1)


@given(st.lists(st.integers(-100, 100), max_size=30))
def test_no_id_repeats(seconds: list[int]) -> None:
    """However the clock jumps, and though what was refused is forgotten; not even when nothing was saved before a restart."""
    book, ids = Reservations(), []
    for moved in seconds:
        now = NOON + timedelta(seconds=moved)
        item = asked(book, now=now, expiry=now + HOUR)
        ids.append(item.reservation_id)
        book.withdraw(item.reservation_id)
    later = NOON + timedelta(seconds=200)
    ids.append(asked(Reservations(book.snapshot()), now=later, expiry=later + HOUR).reservation_id)
    ids.append(asked(Reservations(), now=later + HOUR, expiry=later + 2 * HOUR).reservation_id)
    assert len(set(ids)) == len(ids)
    assert all(0 < item < 2**31 for item in ids)


@pytest.mark.parametrize("expiry", [NOON, NOON - MINUTE])
def test_a_reservation_must_end_in_the_future(expiry: datetime) -> None:
    """Nothing is entered."""
    book = Reservations()
    with pytest.raises(InvalidRequestError, match="reservation_in_past"):
        asked(book, expiry=expiry)
    assert book.all() == ()


def test_a_reservation_ends_within_a_year() -> None:
    """What is further away is a slip."""
    with pytest.raises(InvalidRequestError, match="reservation_too_long"):
        asked(Reservations(), expiry=NOON + timedelta(days=367))


def test_there_cannot_be_too_many() -> None:
    """What has ended does not count."""
    book = Reservations()
    items = [reserved(book) for _ in range(MOST_OPEN)]
    with pytest.raises(InvalidRequestError, match="too_many_reservations"):
        asked(book)
    book.cancelled(items[0].reservation_id)
    reserved(book)


def test_only_the_last_that_have_ended_are_remembered() -> None:
    """Memory is bounded; what holds is never forgotten."""
    book = Reservations()
    held = reserved(book, 2)
    for _ in range(100):
        book.cancelled(reserved(book).reservation_id)
    assert len(book.all()) < 50
    assert book.active_on(2) == held


def test_a_reservation_expires() -> None:
    """At its time, not before; also one that was never answered."""
    book = Reservations()
    item, unanswered = reserved(book), asked(book, 2, expiry=NOON + 2 * HOUR)
    assert book.next_expiry == NOON + HOUR
    assert book.expire(NOON + HOUR - MINUTE) == set()
    assert book.expire(NOON + HOUR) == {1}
    assert status_of(book, item) is ReservationStatus.EXPIRED
    assert book.next_expiry == NOON + 2 * HOUR
    assert book.expire(NOON + 3 * HOUR) == {2}
    assert status_of(book, unanswered) is ReservationStatus.EXPIRED
    assert book.next_expiry is None


def test_what_is_cancelled_does_not_hold() -> None:
    """The charge point has agreed."""
    book = Reservations()
    item = reserved(book)
    cancelled = book.cancelled(item.reservation_id)
    assert cancelled is not None
    assert cancelled.status is ReservationStatus.CANCELLED
    assert book.active_on(1) is None


def test_what_has_ended_or_is_not_known_cannot_be_cancelled() -> None:
    """What became of it stays."""
    book = Reservations()
    item = reserved(book)
    book.used(item.reservation_id, "7")
    assert book.cancelled(item.reservation_id) is None
    assert status_of(book, item) is ReservationStatus.USED
    assert book.cancelled(42) is None


@pytest.mark.parametrize("at", [NOON + MINUTE, NOON + 57 * MINUTE])
def test_available_before_the_answer_does_not_hide_that_it_was_cancelled(at: datetime) -> None:
    """A charge point tells that it is free as soon as it has given the reservation up, and the news may come in first."""
    book = Reservations()
    item = reserved(book)
    book.status_told(1, ConnectorStatus.RESERVED, NOON)
    book.status_told(1, ConnectorStatus.AVAILABLE, at)
    assert book.cancelled(item.reservation_id) is not None
    assert status_of(book, item) is ReservationStatus.CANCELLED


# What the charge point tells


def test_reserved_bears_out_what_was_not_answered() -> None:
    """The answer was lost, the reservation was not."""
    book = Reservations()
    item = asked(book)
    assert book.status_told(1, ConnectorStatus.RESERVED, NOON) == {1}
    assert status_of(book, item) is ReservationStatus.ACTIVE
    assert book.accepted(item.reservation_id).shown


def test_reserved_bears_out_no_reservation_of_another_connector() -> None:
    """Nor one that has expired."""
    book = Reservations()
    asked(book)
    assert book.status_told(2, ConnectorStatus.RESERVED, NOON) == set()
    assert book.status_told(1, ConnectorStatus.RESERVED, NOON + 2 * HOUR) == set()


def test_reserved_once_more_says_nothing_new() -> None:
    """A status is told again after a reconnect."""
    book = Reservations()
    reserved(book)
    assert book.status_told(1, ConnectorStatus.RESERVED, NOON) == {1}
    assert book.status_told(1, ConnectorStatus.RESERVED, NOON) == set()


@pytest.mark.parametrize(
    ("at", "status"),
    [(NOON + 10 * MINUTE, ReservationStatus.DROPPED), (NOON + 57 * MINUTE, ReservationStatus.EXPIRED)],
)
def test_available_ends_what_was_borne_out(at: datetime, status: ReservationStatus) -> None:
    """Near its end it has expired by the charge point's clock; before, the charge point has dropped it."""
    book = Reservations()
    item = reserved(book)
    book.status_told(1, ConnectorStatus.RESERVED, NOON)
    assert book.status_told(1, ConnectorStatus.AVAILABLE, at) == {1}
    assert status_of(book, item) is status


def test_available_does_not_end_what_was_never_shown() -> None:
    """Some charge points do not report Reserved, and an old status may still be on its way."""
    book = Reservations()
    item = reserved(book)
    assert book.status_told(1, ConnectorStatus.AVAILABLE, NOON + MINUTE) == set()
    assert book.active_on(1) == item


@pytest.mark.parametrize("status", [ConnectorStatus.FAULTED, ConnectorStatus.INOPERATIVE])
def test_a_connector_out_of_order_is_not_reserved(status: ConnectorStatus) -> None:
    """OCPP 1.6 §5.13: the charge point ends the reservation."""
    book = Reservations()
    item, other = reserved(book), reserved(book, 2)
    assert book.status_told(1, status, NOON + MINUTE) == {1}
    assert status_of(book, item) is ReservationStatus.DROPPED
    assert book.active_on(2) == other


def test_a_charge_point_out_of_order_has_no_reservations() -> None:
    """Connector 0 stands for all."""
    book = Reservations()
    for connector in (0, 1, 2):
        reserved(book, connector)
    assert book.status_told(0, ConnectorStatus.FAULTED, NOON + MINUTE) == {0, 1, 2}


def test_a_charge_point_that_is_available_as_a_whole_keeps_its_reservations() -> None:
    """Connector 0 is never Reserved (OCPP 1.6 §4.9): that it is available says nothing of a connector."""
    book = Reservations()
    item = reserved(book)
    book.status_told(1, ConnectorStatus.RESERVED, NOON)
    assert book.status_told(0, ConnectorStatus.AVAILABLE, NOON + MINUTE) == set()
    assert book.active_on(1) is not None
    assert status_of(book, item) is ReservationStatus.ACTIVE


def test_a_dropped_reservation_that_is_shown_again_holds() -> None:
    """A charge point that was out of service for a moment has kept it."""
    book = Reservations()
    item = reserved(book)
    book.status_told(1, ConnectorStatus.INOPERATIVE, NOON + MINUTE)
    assert book.status_told(1, ConnectorStatus.RESERVED, NOON + 2 * MINUTE) == {1}
    assert status_of(book, item) is ReservationStatus.ACTIVE


@pytest.mark.parametrize("status", [ConnectorStatus.PREPARING, ConnectorStatus.CHARGING, ConnectorStatus.FINISHING])
def test_other_statuses_say_nothing(status: ConnectorStatus) -> None:
    """The transaction will tell whether it was used."""
    book = Reservations()
    item = reserved(book)
    assert book.status_told(1, status, NOON + MINUTE) == set()
    assert book.active_on(1) == item


# Who uses it


def test_a_start_that_names_a_reservation_uses_it() -> None:
    """Whoever it was for."""
    book = Reservations()
    item = reserved(book)
    assert book.used_by(start(2, id_tag="BOB", reservation=item.reservation_id), NOON) == item
    assert book.used_by(start(reservation=42), NOON) is None


@pytest.mark.parametrize(
    ("connector", "fields", "uses"),
    [
        (1, {}, True),
        (1, {"id_tag": " anna "}, True),
        (1, {"id_tag": "BOB"}, False),
        (1, {"id_tag": "BOB", "parent": "family"}, True),
        (1, {"id_tag": "BOB", "parent": "NEIGHBOURS"}, False),
        (1, {"id_tag": "FAMILY"}, True),
        (1, {"id_tag": None}, False),
        (2, {}, False),
        (1, {"at": NOON - HOUR}, False),
        (1, {"at": NOON - MINUTE}, True),
        (1, {"at": None}, True),
    ],
)
def test_a_start_on_the_connector_by_the_tag_or_its_group_uses_it(
    connector: int, fields: dict[str, Any], uses: bool
) -> None:
    """Though it does not name the reservation; but not one that had begun before, told late. Clocks differ a little."""
    book = Reservations()
    item = reserved(book, parent="FAMILY")
    assert book.used_by(start(connector, **fields), NOON + 5 * MINUTE) == (item if uses else None)


def test_without_a_group_only_the_tag_uses_it() -> None:
    """No parent is no common parent."""
    book = Reservations()
    reserved(book)
    assert book.used_by(start(id_tag="BOB"), NOON) is None


def test_a_reservation_of_any_connector_is_used_on_any() -> None:
    """Wherever its tag starts."""
    book = Reservations()
    item = reserved(book, 0)
    assert book.used_by(start(2), NOON) == item


@pytest.mark.parametrize(
    ("at", "uses"), [(NOON + 30 * MINUTE, True), (NOON + HOUR, False), (NOON - HOUR, False), (None, False)]
)
def test_a_start_that_is_told_late_is_judged_by_its_own_time(at: datetime | None, uses: bool) -> None:
    """The charge point was offline when the reservation was used, and until it had expired."""
    book = Reservations()
    item = reserved(book)
    book.expire(NOON + 2 * HOUR)
    found = book.used_by(start(at=at), NOON + 3 * HOUR)
    assert (found is not None) is uses
    assert found is None or found.reservation_id == item.reservation_id


def test_a_reservation_is_used_once() -> None:
    """The first transaction is the one."""
    book = Reservations()
    item = reserved(book)
    assert book.used(item.reservation_id, "7") == {1}
    assert book.used(item.reservation_id, "8") == set()
    used = book.find(item.reservation_id)
    assert used is not None
    assert (used.status, used.transaction_id) == (ReservationStatus.USED, "7")
    assert book.used_by(start(), NOON + 5 * MINUTE) is None
    assert book.used(42, "9") == set()


def test_what_happened_before_the_answer_stands() -> None:
    """The car had started already when the charge point said yes."""
    book = Reservations()
    item = asked(book)
    book.used(item.reservation_id, "7")
    assert book.accepted(item.reservation_id).status is ReservationStatus.USED


# What is kept


def test_reservations_survive_a_restart() -> None:
    """All that is known of them."""
    book = Reservations()
    item = reserved(book, parent="FAMILY")
    book.status_told(1, ConnectorStatus.RESERVED, NOON)
    book.used(reserved(book, 2).reservation_id, "7")
    again = Reservations(book.snapshot())
    assert again.all() == book.all()
    assert again.active_on(1) == book.find(item.reservation_id)


def test_what_cannot_be_read_does_not_take_the_others_with_it(caplog: pytest.LogCaptureFixture) -> None:
    """It is forgotten, and the log says so."""
    book = Reservations()
    item = reserved(book)
    stored = book.snapshot()
    stored["items"] += [{"id": 1}, {**stored["items"][0], "id": 2, "expiry": "soon"}]
    assert Reservations(stored).all() == (item,)
    assert caplog.messages == ["A reservation cannot be read and is forgotten"] * 2
