"""The ledger: ids that never repeat, retries that find their transaction, and what survives."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.ledger import (
    KEPT_PER_CHARGE_POINT,
    MOST_UNARCHIVED,
    RESERVED_IDS,
    Ledger,
    migrated,
)
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.model import Start
from tests.csms.central import NOON


def ledger(
    stored: Mapping[str, Any] | None = None, changed: Callable[[bool], None] = lambda urgent: None, now: datetime = NOON
) -> Ledger:
    """Return a ledger at noon."""
    return Ledger(stored, changed, now)


def start(
    ledger: Ledger, identity: str = "CP1", connector: int = 1, fingerprint: str = "a", **fields: Any
) -> Transaction:
    """Book a start and return its transaction."""
    return ledger.start(identity, the_start(connector, fingerprint, **fields), NOON)[0]


def the_start(connector: int = 1, fingerprint: str = "a", **fields: Any) -> Start:
    """Return a start at noon."""
    known: dict[str, Any] = {"at": NOON, "id_tag": "CARD", "meter_start": 1.0} | fields
    return Start(connector=connector, fingerprint=fingerprint, **known)


def test_ids_are_positive_numbers_that_rise() -> None:
    """Also over charge points; they fit into 32 bits."""
    book = ledger()
    ids = [int(start(book, identity, fingerprint=str(n)).transaction_id) for n in range(3) for identity in ("A", "B")]
    assert ids == sorted(set(ids))
    assert all(0 < transaction_id < 2**31 for transaction_id in ids)


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_ids_are_positive_whatever_the_clock_says(now: datetime) -> None:
    """A machine without battery starts in 1970."""
    assert int(start(ledger(now=now)).transaction_id) > 0


def test_a_new_installation_meets_no_ids_of_an_earlier_one() -> None:
    """Ids of a fresh ledger follow the clock: a charge point may still hold one of last week's."""
    last_week, now = ledger(now=NOON - timedelta(days=7)), ledger()
    assert int(start(now).transaction_id) > int(start(last_week).transaction_id) + 100_000


def test_a_retried_start_finds_its_transaction() -> None:
    """The same connector, tag, time and meter value: the first answer got lost."""
    book = ledger()
    first, new = book.start("CP1", the_start(), NOON)
    again, anew = book.start("CP1", the_start(), NOON + timedelta(minutes=1))
    assert (new, anew) == (True, False)
    assert again is first


def test_a_retried_start_of_an_ended_transaction_finds_it_too() -> None:
    """A queue may be sent twice as a whole."""
    book = ledger()
    first = start(book)
    book.stop(first, stopped=NOON, meter_stop=2.0, reason=None)
    assert start(book) is first


def test_a_start_without_a_believable_time_is_no_retry_of_an_ended_one() -> None:
    """A charge point whose clock was never set sends the same start each time; while it runs it is a retry."""
    book = ledger()
    first = start(book, at=None)
    assert start(book, at=None) is first
    book.stop(first, stopped=NOON, meter_stop=None, reason=None)
    assert start(book, at=None) is not first


def test_the_same_start_of_another_charge_point_is_another_transaction() -> None:
    """Retries are looked for per charge point."""
    book = ledger()
    assert start(book, "CP1").transaction_id != start(book, "CP2").transaction_id


def test_a_transaction_survives_a_restart() -> None:
    """All of it, by way of JSON."""
    book = ledger()
    running = start(book, reservation=7)
    ended = start(book, connector=2, fingerprint="b")
    ended.energy = 3.5
    book.stop(ended, stopped=NOON + timedelta(hours=1), meter_stop=4.5, reason="Local")
    restored = ledger(json.loads(json.dumps(book.snapshot())))
    assert restored.find("CP1", running.transaction_id) == running
    assert restored.find("CP1", ended.transaction_id) == ended
    assert start(restored) == running


def test_no_id_repeats_after_a_crash() -> None:
    """What was saved before the crash reserves the ids that were given out after it."""
    book = ledger()
    saved = book.snapshot()
    lost = {start(book, fingerprint=str(n)).transaction_id for n in range(RESERVED_IDS // 2)}
    restored = ledger(saved)
    assert not lost & {start(restored, fingerprint=str(n)).transaction_id for n in range(RESERVED_IDS // 2)}


def test_the_reserve_grows_before_it_is_used_up() -> None:
    """At any moment the last save reserves more ids than have been given out since."""
    saved: list[int] = []
    book = ledger(changed=lambda urgent: saved.append(book.snapshot()["reserved"]))
    saved.append(book.snapshot()["reserved"])
    for number in range(RESERVED_IDS + 10):
        before = saved[-1]
        assert int(start(book, fingerprint=str(number)).transaction_id) <= before


@given(st.lists(st.sampled_from(["start", "save", "crash"]), max_size=60))
def test_ids_never_repeat(story: list[str]) -> None:
    """Whatever the order of starts, saves and crashes; a save precedes the first start of each run."""
    book, given_out = ledger(), set()
    saved = book.snapshot()
    for number, step in enumerate(story):
        if step == "start":
            transaction_id = start(book, fingerprint=str(number)).transaction_id
            assert transaction_id not in given_out
            given_out.add(transaction_id)
        elif step == "save":
            saved = json.loads(json.dumps(book.snapshot()))
        else:
            book = ledger(saved)
            saved = json.loads(json.dumps(book.snapshot()))


def test_a_stop_ends_a_transaction_once() -> None:
    """A repeated stop only adds the reason that was missing."""
    book = ledger()
    transaction = start(book)
    assert book.stop(transaction, stopped=NOON, meter_stop=2.0, reason=None)
    assert not book.stop(transaction, stopped=NOON + timedelta(hours=1), meter_stop=9.0, reason="Local")
    assert not book.stop(transaction, stopped=NOON, meter_stop=9.0, reason="Other")
    assert (transaction.stopped, transaction.meter_stop, transaction.reason) == (NOON, 2.0, "Local")


def test_a_stop_before_the_start_is_at_the_start() -> None:
    """No session lasts less than no time."""
    book = ledger()
    transaction = start(book)
    book.stop(transaction, stopped=NOON - timedelta(hours=1), meter_stop=None, reason=None)
    assert transaction.stopped == NOON


def test_an_adopted_transaction_keeps_its_id_and_no_other_gets_it() -> None:
    """Its number may be one that would come next."""
    book = ledger()
    following = str(int(start(book).transaction_id) + 1)
    adopted = book.adopt("CP1", 1, following, NOON)
    assert adopted.adopted
    assert book.find("CP1", following) is adopted
    assert start(book, fingerprint="b").transaction_id != following


def test_the_newest_on_a_connector_is_found() -> None:
    """Running or not."""
    book = ledger()
    first, second = start(book), start(book, fingerprint="b")
    other = start(book, connector=2, fingerprint="c")
    book.stop(second, stopped=NOON, meter_stop=None, reason=None)
    assert book.latest("CP1", 1) is second
    assert book.latest("CP1", 2) is other
    assert book.on("CP1", 1) == [first, second]
    assert book.latest("CP1", 3) is None
    assert book.latest("CP2", 1) is None
    assert book.find("CP1", "1") is None


def test_a_new_transaction_ends_the_others_of_its_connector() -> None:
    """Those of other connectors go on."""
    book = ledger()
    first, other, second = start(book), start(book, connector=2, fingerprint="b"), start(book, fingerprint="c")
    assert book.supersede("CP1", second, NOON) == [first]
    assert (first.running, other.running, second.running) == (False, True, True)


def test_old_transactions_are_dropped_running_ones_are_kept() -> None:
    """So many are kept of each charge point."""
    book = ledger()
    running = start(book, connector=2)
    for number in range(KEPT_PER_CHARGE_POINT + 5):
        book.stop(start(book, fingerprint=str(number)), stopped=NOON, meter_stop=None, reason=None)
        book.archived(book.unarchived())
    assert len(book.snapshot()["transactions"]["CP1"]) <= KEPT_PER_CHARGE_POINT + 1
    assert book.find("CP1", running.transaction_id) is running


def test_a_removed_charge_point_is_forgotten_once_it_is_in_the_archive() -> None:
    """Its transactions only; what still runs ends, and what it has charged is not lost."""
    book = ledger()
    running = start(book, "CP1")
    start(book, "CP2")
    book.forget("CP1", NOON)
    book.forget("CP3", NOON)
    [finished] = book.unarchived()
    assert (finished.transaction, finished.transaction.inferred_end) == (running, True)
    book.archived([finished])
    assert list(book.snapshot()["transactions"]) == ["CP2"]


def test_a_charge_point_that_comes_back_is_not_forgotten() -> None:
    """It was removed and added again before its transactions were in the archive."""
    book = ledger()
    start(book, "CP1")
    book.forget("CP1", NOON)
    back = start(book, "CP1", fingerprint="b")
    book.archived(book.unarchived())
    assert back in book.running_of("CARD")


def test_starts_and_stops_are_saved_at_once_energy_is_not() -> None:
    """A meter value a second is not worth a write a second."""
    saves: list[bool] = []
    book = ledger(changed=saves.append)
    transaction = start(book)
    book.touched()
    book.stop(transaction, stopped=NOON, meter_stop=None, reason=None)
    assert saves == [True, False, True]


def test_what_has_ended_is_for_the_archive_until_it_is_there() -> None:
    """Also after a restart: nothing is lost, and nothing is handed out for ever."""
    book = ledger()
    ended = start(book)
    start(book, connector=2, fingerprint="b")
    assert book.unarchived() == []
    book.stop(ended, stopped=NOON, meter_stop=2.0, reason=None)
    again = ledger(json.loads(json.dumps(book.snapshot())))
    [finished] = again.unarchived()
    assert (finished.identity, finished.transaction.transaction_id) == ("CP1", ended.transaction_id)
    again.archived([finished])
    assert again.unarchived() == []
    assert ledger(json.loads(json.dumps(again.snapshot()))).unarchived() == []


def test_what_changes_while_it_is_archived_is_archived_again() -> None:
    """A correction that comes in between is not lost."""
    book = ledger()
    ended = start(book)
    book.stop(ended, stopped=NOON, meter_stop=2.0, reason=None)
    [finished] = book.unarchived()
    book.stop(ended, stopped=NOON, meter_stop=2.0, reason="Local")
    book.archived([finished])
    [corrected] = book.unarchived()
    assert corrected.kept["reason"] == "Local"


def test_what_nobody_archives_is_kept_within_bounds() -> None:
    """A disk that is full for years costs the oldest, and never what runs."""
    book = ledger()
    running = start(book, connector=2)
    for number in range(MOST_UNARCHIVED + 10):
        book.stop(start(book, fingerprint=str(number)), stopped=NOON, meter_stop=None, reason=None)
    assert MOST_UNARCHIVED - 1 <= len(book.unarchived()) <= MOST_UNARCHIVED
    assert running in book.running_of("card ")


def test_a_ledger_of_the_first_version_is_read() -> None:
    """It named the id otherwise and knew no archive: all that has ended goes there."""
    stored = {
        "reserved": 500,
        "transactions": {
            "CP1": [
                {
                    "id": "7",
                    "connector": 1,
                    "started": NOON.isoformat(),
                    "id_tag": "CARD",
                    "meter_start": 1.0,
                    "energy": 2.0,
                    "stopped": NOON.isoformat(),
                    "meter_stop": 3.0,
                    "reason": "Local",
                    "adopted": False,
                    "inferred_end": False,
                    "reservation": None,
                    "fingerprint": "a",
                }
            ]
        },
    }
    book = ledger(migrated(stored))
    [finished] = book.unarchived()
    assert finished.transaction == Transaction(
        "7", 1, NOON, "CARD", 1.0, 2.0, NOON, 3.0, "Local", fingerprint="a", session="7"
    )
