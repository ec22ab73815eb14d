"""Sessions: the transactions of a charge point and the energy they take, without a socket."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.ledger import Ledger
from custom_components.ocpp_csms.csms.metering import MeterSample
from custom_components.ocpp_csms.csms.model import Connector, Event, Quantity, Reading, Start, Transaction
from custom_components.ocpp_csms.csms.observers import Observers
from custom_components.ocpp_csms.csms.sessions import Sessions
from tests.csms.central import NOON


class Bookkeeping:
    """The sessions of CP1, what they tell, and its connectors."""

    def __init__(self, stored: dict[str, Any] | None = None) -> None:
        """Begin with two connectors, or go on with what was kept."""
        stored = stored or {}
        self.ledger = Ledger(stored.get("ledger"), lambda urgent: None, NOON)
        self.observers = Observers()
        self.sessions = Sessions("CP1", self.ledger, self.observers, stored.get("meters"))
        self.connectors = {1: Connector(1), 2: Connector(2)}
        self.events: list[Event] = []
        self.observers.listen_events(self.events.append)
        for connector in self.connectors.values():
            self.sessions.restore(connector, None)

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

    def stop(self, transaction_id: str | None, meter_stop: float | None = None) -> Connector | None:
        """Book a stop an hour after noon."""
        stopped = self.sessions.stop(
            transaction_id,
            self.connectors.__getitem__,
            stopped=NOON + timedelta(hours=1),
            meter_stop=meter_stop,
            reason=None,
        )
        self.observers.flush()
        return stopped

    def shown(self, connector: int = 1) -> str | None:
        """Return the id of the transaction that a connector shows."""
        transaction = self.connectors[connector].transaction
        return transaction.transaction_id if transaction else None

    def told(self) -> list[tuple[str, str]]:
        """Return types and transactions of the events."""
        return [(event.type, event.data["transaction_id"]) for event in self.events]


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


def test_a_new_car_takes_the_ended_session_away_a_running_one_stays() -> None:
    """The connector shows none, or the one that runs."""
    books = Bookkeeping()
    running = books.start()
    connector = books.connectors[1]
    books.sessions.unplugged(connector)
    assert books.shown() == running.transaction_id
    books.stop(running.transaction_id)
    books.sessions.unplugged(connector)
    assert books.shown() is None
    books.sessions.unplugged(connector)


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
