"""Sessions: the transactions of a charge point and the energy they take, without a socket."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.booking.ledger import Ledger
from custom_components.ocpp_csms.csms.booking.sessions import Sessions
from custom_components.ocpp_csms.csms.booking.transactions import Repair, Transaction
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import Connector, ConnectorStatus, Event, Quantity, Reading, Start
from custom_components.ocpp_csms.csms.observers import Observers
from tests.csms.central import NOON


class Bookkeeping:
    """The sessions of CP1, what they tell, and its connectors."""

    def __init__(self, stored: dict[str, Any] | None = None) -> None:
        """Begin with two connectors, or go on with what was kept."""
        stored = stored or {}
        self.ledger = Ledger(stored.get("ledger"), lambda urgent: None, NOON)
        self.observers = Observers()
        self.late: list[tuple[int, datetime]] = []
        self.skew = timedelta()
        self.sessions = Sessions(
            "CP1",
            self.ledger,
            self.observers,
            stored.get("meters"),
            late=lambda number, since: self.late.append((number, since)),
            skew=lambda: self.skew,
        )
        self.connectors = {1: Connector(1), 2: Connector(2)}
        self.events: list[Event] = []
        self.observers.listen_events(self.events.append)
        for number, connector in self.connectors.items():
            self.sessions.restore(connector, *stored.get("connectors", {}).get(number, (None,)))

    def start(self, connector: int = 1, *, meter_start: float | None = 10.0, fingerprint: str = "a") -> Transaction:
        """Book a start at noon."""
        start = Start(connector=connector, at=NOON, id_tag="CARD", meter_start=meter_start, fingerprint=fingerprint)
        transaction, _new = self.sessions.start(self.connectors[connector], start, NOON)
        self.observers.flush()
        return transaction

    def sample(
        self, energy: float, *, minutes: float = 1, transaction_id: str | None = None, connector: int = 1
    ) -> None:
        """Feed a value (kWh) of the register, measured some minutes after noon."""
        at = NOON + timedelta(minutes=minutes)
        reading = Reading("Energy.Active.Import.Register", energy, "kWh")
        self.sessions.sampled(self.connectors[connector], [MeterSample(at, (reading,))], transaction_id, at)
        self.observers.flush()

    def stop(
        self, transaction_id: str | None, meter_stop: float | None = None, *, reason: str | None = None
    ) -> Connector | None:
        """Book a stop an hour after noon."""
        stopped = self.sessions.stop(
            transaction_id,
            self.connectors.__getitem__,
            at=NOON + timedelta(hours=1),
            meter_stop=meter_stop,
            reason=reason,
            now=NOON + timedelta(hours=1),
        )
        self.observers.flush()
        return stopped

    def restarted(self) -> Bookkeeping:
        """Return what goes on after a restart."""
        connectors = {
            number: (self.shown(number), connector.session.as_dict() if connector.session else None)
            for number, connector in self.connectors.items()
        }
        return Bookkeeping(
            {"ledger": self.ledger.snapshot(), "meters": self.sessions.snapshot(), "connectors": connectors}
        )

    def shown(self, connector: int = 1) -> str | None:
        """Return the id of the transaction that a connector shows."""
        transaction = self.connectors[connector].transaction
        return transaction.transaction_id if transaction else None

    def told(self) -> list[tuple[str, str]]:
        """Return types and transactions of the events."""
        return [(event.type, event.data["transaction_id"]) for event in self.events]


def the_start(fingerprint: str, meter_start: float, at: datetime) -> Start:
    """Return a start on connector 1."""
    return Start(connector=1, at=at, id_tag="CARD", meter_start=meter_start, fingerprint=fingerprint)


def test_a_session_counts_from_its_start() -> None:
    """Register and energy are carried over to the connector."""
    books = Bookkeeping()
    transaction = books.start()
    books.sample(10.5)
    assert transaction.energy == pytest.approx(0.5)
    assert books.connectors[1].readings[Quantity.ENERGY] == pytest.approx(10.5)
    assert books.stop(transaction.transaction_id, 12.0) is books.connectors[1]
    assert transaction.energy == pytest.approx(2.0)
    assert books.told() == [("started", transaction.transaction_id), ("stopped", transaction.transaction_id)]


def test_a_retried_start_does_not_start_the_count_again() -> None:
    """And is not told."""
    books = Bookkeeping()
    first = books.start()
    books.sample(11)
    assert books.start() is first
    assert first.energy == pytest.approx(1)
    assert len(books.events) == 1


@pytest.mark.parametrize("transaction_id", ["1", None, ""])
def test_an_unknown_stop_touches_nothing(transaction_id: str | None) -> None:
    """The running transaction goes on."""
    books = Bookkeeping()
    running = books.start()
    assert books.stop(transaction_id) is None
    assert running.running


def test_a_repeated_stop_is_no_news() -> None:
    """It is not told again."""
    books = Bookkeeping()
    running = books.start()
    books.stop(running.transaction_id, 12)
    assert books.stop(running.transaction_id, 50) is None
    assert running.energy == pytest.approx(2)
    assert len(books.events) == 2


def test_the_stop_of_a_superseded_transaction_leaves_the_running_one() -> None:
    """Its session goes on."""
    books = Bookkeeping()
    first = books.start()
    second = books.start(meter_start=11, fingerprint="b")
    assert books.stop(first.transaction_id, 12) is None
    assert books.connectors[1].transaction is second
    assert second.running


def test_a_transaction_survives_a_restart_with_its_energy() -> None:
    """By the ledger and the meters that were kept."""
    before = Bookkeeping()
    transaction_id = before.start().transaction_id
    before.sample(11)
    after = Bookkeeping({"ledger": before.ledger.snapshot(), "meters": before.sessions.snapshot()})
    restored = after.connectors[1].transaction
    assert restored is not None
    assert Quantity.ENERGY not in after.connectors[1].readings  # what was saved may be older than what was shown
    after.sample(12, minutes=30, transaction_id=transaction_id)
    assert restored.energy == pytest.approx(2)
    assert after.connectors[1].readings[Quantity.ENERGY] == pytest.approx(12)
    assert after.connectors[2].transaction is None
    assert after.events == []


def test_a_sample_of_an_unknown_transaction_is_adopted() -> None:
    """What was adopted before it has ended; the session counts from the register at that time."""
    books = Bookkeeping()
    books.sample(20, transaction_id="4710")
    books.sample(21, minutes=2, transaction_id="4711")
    books.sample(22, minutes=3, transaction_id="4711")
    adopted = books.connectors[1].transaction
    assert adopted is not None
    assert (adopted.transaction_id, adopted.adopted) == ("4711", True)
    assert adopted.energy == pytest.approx(2)
    assert books.told() == [("started", "4710"), ("stopped", "4710"), ("started", "4711")]


def test_an_unknown_id_does_not_end_a_transaction_whose_start_is_known() -> None:
    """It is that of another central system, or of yesterday."""
    books = Bookkeeping()
    running = books.start()
    books.sample(20, transaction_id="4711")
    assert books.shown() == running.transaction_id
    assert running.running


def test_an_id_that_was_stopped_unknown_is_not_adopted_afterwards() -> None:
    """Closing meter values come after the StopTransaction."""
    books = Bookkeeping()
    assert books.stop("77") is None
    books.sample(20, transaction_id="77")
    assert books.shown() is None


def test_nothing_is_adopted_on_the_charge_point_itself() -> None:
    """Connector 0 has no plug."""
    books = Bookkeeping()
    books.connectors[0] = Connector(0)
    books.sample(20, transaction_id="77", connector=0)
    assert books.shown(0) is None


def test_a_sample_of_another_running_transaction_shows_that_one() -> None:
    """Where it runs on this connector."""
    books = Bookkeeping()
    running = books.start()
    ended = books.start(2, fingerprint="b")
    books.connectors[1].transaction = None
    books.sample(11, transaction_id=running.transaction_id)
    assert books.shown() == running.transaction_id
    books.sample(12, minutes=2, transaction_id=ended.transaction_id)
    assert books.shown() == running.transaction_id


def test_a_late_sample_of_an_ended_transaction_does_not_bring_it_back() -> None:
    """Nor is it over for a connector on which another runs."""
    books = Bookkeeping()
    first = books.start()
    books.stop(first.transaction_id, 12)
    connector = books.connectors[1]
    assert books.sessions.is_over(connector, first.transaction_id)
    assert not books.sessions.is_over(connector, None)
    assert not books.sessions.is_over(connector, "4711")
    second = books.start(meter_start=12, fingerprint="b")
    assert not books.sessions.is_over(connector, first.transaction_id)
    books.sample(13, transaction_id=first.transaction_id)
    assert connector.transaction is second


def test_the_first_value_of_a_register_is_a_new_quantity() -> None:
    """So that an entity can be made for it; later ones only change it."""
    books, told = Bookkeeping(), []
    books.observers.listen(1, ("quantities",), lambda: told.append("quantities"))
    books.observers.listen(1, (Quantity.ENERGY,), lambda: told.append("energy"))
    books.sample(10)
    books.sample(10, minutes=2)
    books.sample(11, minutes=3)
    assert sorted(told[:2]) == ["energy", "quantities"]
    assert told[2:] == ["energy"]


def test_a_new_car_takes_the_ended_transaction_away_a_running_one_stays() -> None:
    """The connector shows none, or the one that runs."""
    books = Bookkeeping()
    running = books.start()
    connector = books.connectors[1]
    books.sessions.plugged_in(connector, NOON)
    assert books.shown() == running.transaction_id
    books.stop(running.transaction_id)
    books.sessions.unplugged(connector, NOON)
    assert books.shown() == running.transaction_id
    books.sessions.plugged_in(connector, NOON)
    assert books.shown() is None
    assert connector.session_energy == 0


def test_a_session_is_the_time_a_car_is_plugged_in() -> None:
    """Two transactions of one car are one session: their energies add up, and it began with the cable."""
    books = Bookkeeping()
    connector = books.connectors[1]
    plugged_in = NOON - timedelta(minutes=10)
    books.sessions.plugged_in(connector, plugged_in)
    first = books.start()
    books.stop(first.transaction_id, 12.0)
    second = books.start(meter_start=12.0, fingerprint="b")
    books.sample(13.0, minutes=90)
    assert connector.session_energy == pytest.approx(3.0)
    assert connector.session is not None
    assert connector.session.started == plugged_in
    assert (second.session, second.plugged_in) == (first.transaction_id, plugged_in)


@pytest.mark.parametrize("reason", [None, "EVDisconnected"])
def test_another_car_has_another_session(reason: str | None) -> None:
    """Whether its cable was seen, or the reason of the stop tells of it."""
    books = Bookkeeping()
    connector = books.connectors[1]
    first = books.start()
    books.stop(first.transaction_id, 12.0, reason=reason)
    if reason is None:
        books.sessions.unplugged(connector, NOON)
    second = books.start(meter_start=12.0, fingerprint="b")
    assert second.session == second.transaction_id
    assert connector.session_energy == 0


def test_a_session_survives_a_restart() -> None:
    """With all its transactions."""
    books = Bookkeeping()
    books.stop(books.start().transaction_id, 12.0)
    second = books.start(meter_start=12.0, fingerprint="b")
    books.sample(13.0, minutes=90)
    after = Bookkeeping({"ledger": books.ledger.snapshot(), "meters": books.sessions.snapshot()})
    assert after.connectors[1].session_energy == pytest.approx(3.0)
    assert after.shown() == second.transaction_id


def test_a_car_that_has_left_before_a_restart_shares_no_session_with_the_next() -> None:
    """Its session is over, though nobody has seen the next cable: it was plugged in during the restart."""
    books = Bookkeeping()
    first = books.start()
    books.stop(first.transaction_id, 12.0)
    books.sessions.unplugged(books.connectors[1], NOON + timedelta(hours=2))
    after = books.restarted()
    assert after.shown() == first.transaction_id
    assert after.connectors[1].session_energy == pytest.approx(2.0)
    second = after.start(meter_start=12.0, fingerprint="b")
    assert second.session == second.transaction_id


def test_a_car_that_waits_through_a_restart_is_known_since_it_came() -> None:
    """Also when it has not charged yet."""
    books = Bookkeeping()
    books.sessions.plugged_in(books.connectors[1], NOON - timedelta(hours=1))
    after = books.restarted()
    assert after.connectors[1].session_energy == 0.0
    assert after.start().plugged_in == NOON - timedelta(hours=1)


def test_what_was_begun_before_the_connection_was_told_late() -> None:
    """It is marked, and is a session of its own: nobody saw the cable."""
    books = Bookkeeping()
    books.start(fingerprint="before")
    books.stop(books.shown(), 11.0)
    books.sessions.connected(NOON + timedelta(hours=4))
    told = NOON + timedelta(hours=4, minutes=1)
    late, _new = books.sessions.start(books.connectors[1], the_start("late", 11.0, NOON + timedelta(hours=2)), told)
    soon, _new = books.sessions.start(books.connectors[2], the_start("soon", 11.0, told), told)
    assert (late.offline, late.session, late.told_start) == (True, late.transaction_id, told)
    assert not soon.offline


def test_a_session_that_is_told_when_the_car_has_gone_is_over_with_its_transaction() -> None:
    """The status of now came first, and nobody will tell of that cable any more."""
    books = Bookkeeping()
    connector = books.connectors[1]
    connector.status = ConnectorStatus.AVAILABLE
    books.stop(books.start().transaction_id, 12.0)
    assert connector.session is not None
    assert connector.session.ended == NOON + timedelta(hours=1)


def test_an_old_start_does_not_end_what_began_after_it() -> None:
    """A queue that comes in the wrong order: the old transaction is booked, and takes its energy from its own ends."""
    books = Bookkeeping()
    connector = books.connectors[1]
    running, _new = books.sessions.start(connector, the_start("b", 15.0, NOON + timedelta(hours=2)), NOON)
    old, _new = books.sessions.start(connector, the_start("a", 10.0, NOON), NOON)
    books.sample(10.4, minutes=30, transaction_id=old.transaction_id)
    assert books.shown() == running.transaction_id
    books.stop(old.transaction_id, 15.0)
    assert (running.running, old.running) == (True, False)
    assert running.energy == 0.0
    assert old.energy == pytest.approx(5.0)
    assert sum(old.intervals.values()) == pytest.approx(5.0)


def test_the_next_start_tells_what_a_lost_end_did_not() -> None:
    """What the register shows then was taken by the transaction whose end nobody told; a late stop knows better."""
    books = Bookkeeping()
    lost = books.start()
    books.sample(11.0, minutes=30)
    later = NOON + timedelta(hours=2)
    books.sessions.start(books.connectors[1], the_start("b", 13.0, later), later)
    assert lost.energy == pytest.approx(3.0)
    assert lost.meter_stop == 13.0
    assert lost.repairs == (Repair.END_INFERRED, Repair.METER_STOP_OF_NEXT)
    books.stop(lost.transaction_id, 12.5)
    assert lost.meter_stop == 12.5
    assert Repair.END_INFERRED not in lost.repairs


def test_a_stop_that_comes_after_all_stands_for_itself() -> None:
    """Where it agrees with the next start, nothing was repaired in the end."""
    books = Bookkeeping()
    lost = books.start()
    later = NOON + timedelta(hours=2)
    books.sessions.start(books.connectors[1], the_start("b", 13.0, later), later)
    books.stop(lost.transaction_id, 13.0)
    assert lost.energy == pytest.approx(3.0)
    assert lost.repairs == ()


def test_a_stop_without_a_register_is_marked_also_when_it_comes_late() -> None:
    """What the next start told of it stays."""
    books = Bookkeeping()
    lost = books.start()
    later = NOON + timedelta(hours=2)
    books.sessions.start(books.connectors[1], the_start("b", 10.0, later), later)
    books.stop(lost.transaction_id, None)
    assert lost.energy == 0.0
    assert lost.repairs == (Repair.METER_STOP_MISSING,)


def test_start_and_stop_decide_to_the_watt_hour() -> None:
    """Values in between may be rounded."""
    books = Bookkeeping()
    transaction = books.start(meter_start=10.004)
    books.sample(12.1)
    books.stop(transaction.transaction_id, 12.057)
    assert transaction.energy == pytest.approx(2.053)
    assert sum(transaction.intervals.values()) == pytest.approx(2.053)
    assert not transaction.repairs


@pytest.mark.parametrize("meter_stop", [9e6, 0.0, 5.0])
def test_a_stop_that_cannot_be_true_is_marked(meter_stop: float) -> None:
    """What was counted stays."""
    books = Bookkeeping()
    transaction = books.start()
    books.sample(12.0)
    books.stop(transaction.transaction_id, meter_stop)
    assert transaction.energy == pytest.approx(2.0)
    assert transaction.repairs == (Repair.METER_STOP_IGNORED,)


def test_a_start_that_cannot_be_true_is_marked() -> None:
    """A register that is told as 0 because it was not known yet; the stop is believed, and not marked."""
    books = Bookkeeping()
    transaction = books.start(meter_start=0.0)
    books.sample(1203.0, minutes=10)
    books.sample(1204.0, minutes=20)
    books.stop(transaction.transaction_id, 1205.0)
    assert transaction.energy == pytest.approx(2.0)
    assert transaction.repairs == (Repair.METER_START_IGNORED,)


def test_missing_ends_are_marked() -> None:
    """It counts from the first value to the last."""
    books = Bookkeeping()
    transaction = books.start(meter_start=None)
    books.sample(12.0)
    books.sample(13.0, minutes=30)
    books.stop(transaction.transaction_id)
    assert transaction.energy == pytest.approx(1.0)
    assert transaction.repairs == (Repair.METER_START_MISSING, Repair.METER_STOP_MISSING)


def test_the_record_holds_what_was_measured() -> None:
    """Peak power, the number of samples, and the limit that was in force at the end."""
    books = Bookkeeping()
    connector = books.connectors[1]
    transaction = books.start()
    for power in (7000.0, 11000.0, 9000.0):
        connector.readings[Quantity.POWER] = power
        books.sample(11.0, transaction_id=transaction.transaction_id)
        books.sessions.powered(connector)
    connector.limit = 13.0
    books.stop(transaction.transaction_id, 11.5)
    assert (transaction.peak_power, transaction.samples, transaction.limit) == (11000.0, 3, 13.0)
    connector.readings[Quantity.POWER] = 12000.0
    books.sessions.powered(connector)
    assert transaction.peak_power == 11000.0


def test_energy_that_becomes_known_after_a_silence_is_told() -> None:
    """Since the register was heard last; a register that has not moved is no news."""
    books = Bookkeeping()
    books.start()
    books.sample(11.0, minutes=5)
    books.sessions.tell_late()
    books.sample(11.0, minutes=100)
    books.sessions.tell_late()
    assert books.late == []
    books.sample(18.0, minutes=200)
    books.sessions.tell_late()
    books.sessions.tell_late()
    assert books.late == [(1, NOON + timedelta(minutes=100))]


def test_a_clock_that_is_slow_makes_nothing_late() -> None:
    """Its values are hours old by its own clock, and as young as any."""
    books = Bookkeeping()
    books.skew = -timedelta(hours=5)
    books.start()
    reading = Reading("Energy.Active.Import.Register", 11.0, "kWh")
    for minutes in (1, 2, 3):
        at, now = NOON + timedelta(minutes=minutes), NOON + timedelta(hours=5, minutes=minutes)
        sample = MeterSample(at, (replace(reading, value=11.0 + minutes),))
        books.sessions.sampled(books.connectors[1], [sample], None, now)
        if minutes == 1:
            books.sessions.tell_late()  # nobody knew it yet
            books.late.clear()
    books.sessions.tell_late()
    assert books.late == []


def test_only_a_running_transaction_is_updated() -> None:
    """As an event."""
    books = Bookkeeping()
    connector = books.connectors[1]
    books.sessions.updated(connector)
    running = books.start()
    books.sessions.updated(connector)
    books.stop(running.transaction_id)
    books.sessions.updated(connector)
    books.observers.flush()
    assert [event.type for event in books.events] == ["started", "updated", "stopped"]
