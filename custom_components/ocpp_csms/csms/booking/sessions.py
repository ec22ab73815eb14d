"""Transactions of one charge point: what starts, runs and ends on which connector, and which session each belongs to.

Joins the ledger (ids, retries), the registers (`session_metering`) and the connectors of the model. Pure: no socket, no version; time is given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import IN_TRANSACTION, NO_CABLE, Connector, Event, Quantity, Start
from custom_components.ocpp_csms.csms.observers import Observers

from .ledger import Ledger
from .session_metering import LateEnergy, SessionMetering
from .transactions import Repair, Session, Transaction

# So long a charge point may say that a connector is free before the StopTransaction that belongs to it; then it counts as lost.
LOST_STOP_GRACE = timedelta(seconds=60)
# What is older than the connection was told late, if it is told soon after the connection has opened.
_TOLD_LATE = timedelta(seconds=60)
_CATCHING_UP = timedelta(minutes=15)
_REMEMBERED_STRAYS = 20
_CAR_LEFT = "EVDisconnected"  # reason (OCPP 1.6 §7.36)


class Sessions:
    """The transactions of one charge point."""

    def __init__(
        self,
        identity: str,
        ledger: Ledger,
        observers: Observers,
        stored: Mapping[str, Any] | None = None,
        *,
        late: LateEnergy = lambda number, since: None,
        skew: Callable[[], timedelta] = timedelta,
    ) -> None:
        """Restore the meters that `snapshot` returned. `late` is told of connectors whose register has caught up with the past.

        `skew` returns by how much the charge point's clock is ahead.
        """
        self._identity = identity
        self._ledger = ledger
        self._observers = observers
        self._doubted: dict[int, datetime] = {}  # connectors whose status contradicts their transaction, and since when
        self._connected: datetime | None = None  # what was queued before can be told from then on
        self._strays: tuple[str, ...] = ()  # ids that were stopped and never known
        self._metering = SessionMetering(observers, touched=ledger.touched, late=late, skew=skew, stored=stored)

    def snapshot(self) -> dict[str, Any]:
        """Return the meters as JSON."""
        return self._metering.snapshot()

    def restore(self, connector: Connector, shown: str | None, session: Mapping[str, Any] | None = None) -> None:
        """Put what is remembered of a connector back into the model: the transaction that was `shown` or still runs, its `session`, the register.

        While a transaction runs, what was saved of the register may be older than what was shown: the next value is waited for.
        """
        latest = self._ledger.latest(self._identity, connector.number)
        if latest is not None and (latest.running or latest.transaction_id == shown):
            connector.transaction = latest
            connector.session = Session(latest.plugged_in, self._ledger.session(self._identity, latest.session))
            if session is not None and latest.transaction_id == shown:
                connector.session.ended = Session.from_dict(session, []).ended
        elif session is not None and shown is None:
            connector.session = Session.from_dict(session, [])  # a car was plugged in, and nothing had begun
        register = self._metering.register(connector.number)
        if register is not None and (latest is None or not latest.running):
            connector.readings[Quantity.ENERGY] = register

    def start(self, connector: Connector, start: Start, now: datetime) -> tuple[Transaction, bool]:
        """Book a start, or find the transaction that a retried start belongs to; return the transaction and whether its start is news.

        One that is older than the newest of its connector comes out of a queue: it is booked, and does not end that one. The start of one
        that came without it puts it right.
        """
        transaction, new = self._ledger.start(self._identity, start, now)
        if not new:
            tells_whose = transaction.id_tag is None and start.id_tag is not None and not transaction.running
            is_news = transaction.adopted or tells_whose
            if is_news:
                self._started_after_all(connector, transaction, start, now)
            return transaction, is_news
        transaction.offline = start.offline or self._told_late(start.at, now)
        others = [other for other in self._ledger.on(self._identity, connector.number) if other is not transaction]
        if not any(_is_older(transaction, other) for other in others):
            self._begin(connector, transaction, others[-1] if others else None, now)
        self._emit("started", transaction)
        return transaction, True

    def start_of_ended(self, connector: Connector, start: Start, now: datetime) -> Transaction | None:
        """Book a start that is told with its end; None if it cannot be booked beside the transaction that runs."""
        running = connector.running_transaction
        if running is None or running.transaction_id == start.transaction_id:
            return self.start(connector, start, now)[0]
        if not _began_before(start.at, start.meter_start, running):
            return None
        return self.start(connector, start, now)[0]

    def _started_after_all(self, connector: Connector, transaction: Transaction, start: Start, now: datetime) -> None:
        """Take over what the start of a transaction tells that came without it: since when, from which register, and whose it is."""
        self._ledger.started(transaction, start)
        if transaction.running:
            self._metering.begin(connector, transaction, now)
        else:
            self._metering.settle(transaction)
        self._mark(connector)
        self._emit("updated", transaction)

    def _begin(self, connector: Connector, transaction: Transaction, before: Transaction | None, now: datetime) -> None:
        """Let a new transaction be the one that runs on the connector, after the one that was there before."""
        self.confirmed(connector)
        ended = self._ledger.supersede(self._identity, transaction, transaction.started)
        if before is not None and before.inferred_end:
            self._metering.end_with_next(connector, before, transaction.meter_start)
            self._ledger.corrected(before)
        for other in ended:
            self._emit("stopped", other)
        self._join(connector, transaction)
        self._show(connector, transaction)
        self._metering.begin(connector, transaction, now)

    def stop(
        self,
        transaction_id: str | None,
        connector_of: Callable[[int], Connector],
        *,
        at: datetime | None,
        meter_stop: float | None,
        reason: str | None,
        now: datetime,
        samples: Sequence[MeterSample] = (),
        meter_start: float | None = None,
        offline: bool = False,
    ) -> Connector | None:
        """Book a stop; return the connector if the transaction was running there. An unknown id touches nothing.

        `at` is None where its time cannot be believed; `meter_start` counts if the start has told none, `offline` is what the charge
        point says of when it could tell.
        """
        transaction = self.find(transaction_id)
        if transaction is None:
            if transaction_id is not None:
                self._strays = (*self._strays, transaction_id)[-_REMEMBERED_STRAYS:]
            return None
        connector = connector_of(transaction.connector)
        news = transaction.running or transaction.inferred_end
        if news:
            if at is None:
                transaction.repaired(Repair.STOP_TIME)
            transaction.offline = transaction.offline or offline or self._told_late(at, now)
            if transaction.meter_start is None:
                transaction.meter_start = meter_start
        self.sampled(connector, samples, transaction.transaction_id, at or now)
        return self.end(connector, transaction, stopped=at or now, meter_stop=meter_stop, reason=reason, told=now)

    def end(
        self,
        connector: Connector,
        transaction: Transaction,
        *,
        stopped: datetime,
        meter_stop: float | None = None,
        reason: str | None = None,
        told: datetime | None = None,
        inferred: bool = False,
    ) -> Connector | None:
        """End a transaction; return its connector if it was the running one there. `inferred`: nobody told that it has ended."""
        current = connector.transaction is transaction
        put_right = transaction.inferred_end and not inferred
        was_running = self._ledger.stop(
            transaction, stopped=stopped, meter_stop=meter_stop, reason=reason, told=told, inferred=inferred
        )
        if not was_running:
            if put_right:
                self._put_right(connector, transaction, told or stopped, current=current)
            return None
        if current:
            self.confirmed(connector)
            transaction.limit = connector.limit
            if not inferred:  # else the meter waits for the stop that may still come, or for the next start
                self._metering.end(connector, transaction, told or stopped)
            if reason == _CAR_LEFT or connector.status in NO_CABLE:  # what comes out of a queue comes after the status
                self._end_session(connector, stopped)
        elif not inferred:
            self._metering.settle(transaction)
        self._mark(connector)
        self._emit("stopped", transaction)
        return connector if current else None

    def connected(self, now: datetime) -> None:
        """A connection has opened: a StopTransaction that could not be sent gets its time anew."""
        self._connected = now

    def contradicted(self, connector: Connector, now: datetime) -> None:
        """The charge point says that the connector is free: if a transaction runs there, its end may have been lost."""
        if connector.running_transaction is not None:
            self._doubted.setdefault(connector.number, now)

    def goes_on(self, connector: Connector, transaction: Transaction, at: datetime | None) -> None:
        """The charge point says that a transaction went on at a time (None: now): its end was not lost, or inferred wrongly.

        Nothing is opened again that another transaction has followed.
        """
        if connector.transaction is not transaction:
            return
        since = self._doubted.get(connector.number)
        if since is not None and (at is None or at >= since):
            self.confirmed(connector)
        ended = transaction.stopped
        if transaction.inferred_end and ended is not None and (at is None or at > ended):
            self._open_again(connector, transaction)

    def confirmed(self, connector: Connector) -> None:
        """The status and the transaction of the connector agree."""
        self._doubted.pop(connector.number, None)

    def is_doubted(self, connector: Connector) -> bool:
        """Whether the transaction of the connector has probably ended already."""
        return connector.number in self._doubted

    def lost_stops(self, now: datetime) -> dict[int, datetime]:
        """Return the connectors whose transaction has been contradicted for so long that its StopTransaction counts as lost, and since when."""
        told = now - LOST_STOP_GRACE
        if self._connected is not None and self._connected > told:
            return {}
        return {number: since for number, since in self._doubted.items() if since <= told}

    def without_id(self, connectors: Iterable[Connector], meter_stop: float | None) -> str | None:
        """Return the id of the only transaction that runs, if a register of its end in kWh can be that of its connector."""
        running = [item for item in connectors if item.running_transaction is not None]
        if len(running) != 1 or running[0].running_transaction is None:
            return None
        fits = meter_stop is not None and self._metering.fits(running[0].number, meter_stop)
        return running[0].running_transaction.transaction_id if fits else None

    def find(self, transaction_id: str | None) -> Transaction | None:
        """Return a transaction of the charge point by its id, running or ended."""
        return self._ledger.find(self._identity, transaction_id) if transaction_id else None

    def identify(self, connector: Connector, transaction: Transaction, id_tag: str) -> None:
        """Note whose transaction it is, if that was not known."""
        if self._ledger.identify(transaction, id_tag):
            self._mark(connector)

    def held(self, connector: Connector, transaction: Transaction, reason: str | None) -> None:
        """Note why nobody may charge any more in a transaction that goes on; None: somebody may again."""
        if transaction.running and transaction.reason != reason:
            transaction.reason = reason
            self._ledger.touched()
            self._mark(connector)
            self._emit("updated", transaction)

    def is_over(self, connector: Connector, transaction_id: str | None) -> bool:
        """Whether a sample belongs to a transaction that has ended, and nothing runs on its connector now.

        An end that nobody told is believed only where there is no cable.
        """
        if transaction_id is None or connector.running_transaction is not None:
            return False
        transaction = self._ledger.find(self._identity, transaction_id)
        if transaction is None or transaction.running:
            return False
        return not transaction.inferred_end or connector.status in NO_CABLE

    def sampled(
        self, connector: Connector, samples: Sequence[MeterSample], transaction_id: str | None, now: datetime
    ) -> None:
        """Feed the registers among the samples; `transaction_id` is the running transaction they name, if any."""
        if transaction_id is not None and (
            connector.transaction is None or connector.transaction.transaction_id != transaction_id
        ):
            self._follow(connector, transaction_id, now)
        shown = connector.transaction
        if shown is not None and shown.inferred_end and shown.transaction_id == transaction_id:
            self._reopen(connector, shown)
        if shown is not None and shown.transaction_id == transaction_id:
            shown.samples += len(samples)
        self._metering.feed(connector, samples, now)

    def powered(self, connector: Connector) -> None:
        """Keep the highest power of the running transaction, as it was measured."""
        transaction = connector.transaction
        power = connector.readings.get(Quantity.POWER)
        if transaction is None or power is None or transaction.stopped is not None:
            return
        if transaction.peak_power is None or power > transaction.peak_power:
            transaction.peak_power = power

    @property
    def has_doubts(self) -> bool:
        """Whether the status of a connector contradicts its transaction."""
        return bool(self._doubted)

    @property
    def has_late(self) -> bool:
        """Whether there is something for `tell_late` to tell."""
        return bool(self._metering.late_since)

    def tell_late(self) -> None:
        """Tell of the connectors whose register has caught up with the past since the last time."""
        self._metering.tell_late()

    def forget(self, number: int) -> None:
        """Drop the register of a connector that does not exist."""
        self._metering.forget(number)

    def plugged_in(self, connector: Connector, at: datetime) -> None:
        """A car has come: a session begins, and an ended transaction is no longer shown.

        One that runs already is part of it, and what charges at once may be one whose end was a wrong guess.
        """
        shown = connector.transaction
        guessed = shown is not None and shown.inferred_end and connector.status in IN_TRANSACTION
        if connector.running_transaction is not None or guessed:
            return
        connector.session = Session(plugged_in=at)
        connector.transaction = None
        self._ledger.touched()
        self._mark(connector)

    def unplugged(self, connector: Connector, at: datetime) -> None:
        """The car has gone: what starts next is another session."""
        self._end_session(connector, at)

    def updated(self, connector: Connector) -> None:
        """Tell that the running transaction goes on under another status."""
        if (running := connector.running_transaction) is not None:
            self._emit("updated", running)

    def _follow(self, connector: Connector, transaction_id: str, now: datetime) -> None:
        """A sample names another transaction than the one shown: show the one it names, adopt one that nobody knows."""
        known, shown = self._ledger.find(self._identity, transaction_id), connector.transaction
        if known is None:
            if self._may_adopt(connector, transaction_id):
                self._adopt(connector, transaction_id, now, now)
        elif (
            known.running
            and known.connector == connector.number
            and not (shown is not None and _is_older(known, shown))
        ):
            self._show(connector, known)

    def _adopt(self, connector: Connector, transaction_id: str, at: datetime, now: datetime) -> None:
        adopted = self._ledger.adopt(self._identity, connector.number, transaction_id, at)
        for other in self._ledger.supersede(self._identity, adopted, at):
            self._emit("stopped", other)
        self._join(connector, adopted)
        self._show(connector, adopted)
        self._metering.begin(connector, adopted, now)
        self._emit("started", adopted)

    def _reopen(self, connector: Connector, transaction: Transaction) -> None:
        """An end was inferred, and yet the charge point charges on with this transaction: it has not ended."""
        if connector.status in IN_TRANSACTION:
            self._open_again(connector, transaction)

    def _open_again(self, connector: Connector, transaction: Transaction) -> None:
        self._ledger.reopen(transaction)
        if connector.session is not None:
            connector.session.ended = None
        self._mark(connector)
        self._emit("updated", transaction)

    def found(self, connector: Connector, transaction_id: str, at: datetime | None, now: datetime) -> None:
        """A transaction goes on at a time that nobody has seen start. It is adopted, and has followed one of which nothing as new is known."""
        running = connector.running_transaction
        if running is not None and at is not None and at > (running.metered or running.started):
            if connector.status not in NO_CABLE and transaction_id not in self._strays:
                self.confirmed(connector)
                self._adopt(connector, transaction_id, at, now)
        elif self._may_adopt(connector, transaction_id):
            self._adopt(connector, transaction_id, min(at or now, now), now)

    def _may_adopt(self, connector: Connector, transaction_id: str) -> bool:
        """Whether an unknown id is that of a running transaction: not on a free connector, not over one whose start we know, not a stray."""
        shown = connector.transaction
        return (
            connector.number != 0
            and transaction_id not in self._strays
            and connector.status not in NO_CABLE
            and (shown is None or not shown.running or shown.adopted)
        )

    def _put_right(self, connector: Connector, transaction: Transaction, now: datetime, *, current: bool) -> None:
        """Take over what a late stop tells of the energy; where another transaction came since, only registers of both ends can say it."""
        if current:
            self._metering.end(connector, transaction, now)
        else:
            self._metering.settle(transaction)
        self._mark(connector)
        self._emit("updated", transaction)

    def _join(self, connector: Connector, transaction: Transaction) -> None:
        """Let a transaction be part of the session of the car that is plugged in, or begin one. One that was told late has its own."""
        session = connector.session
        if session is None or session.ended is not None or (transaction.offline and session.transactions):
            session = connector.session = Session()
        session.transactions.append(transaction)
        transaction.session = session.transactions[0].transaction_id
        transaction.plugged_in = session.plugged_in

    def _end_session(self, connector: Connector, at: datetime) -> None:
        if connector.session is not None and connector.session.ended is None:
            connector.session.ended = at
            self._ledger.touched()
            self._mark(connector)

    def _told_late(self, at: datetime | None, now: datetime) -> bool:
        """Whether something happened before the charge point could tell."""
        if at is None or self._connected is None:
            return False
        return at < self._connected - _TOLD_LATE and now - self._connected < _CATCHING_UP

    def _show(self, connector: Connector, transaction: Transaction) -> None:
        connector.transaction = transaction
        self._mark(connector)

    def _mark(self, connector: Connector) -> None:
        self._observers.mark(connector.number, "transaction")
        self._observers.mark(connector.number, "session_energy")

    def _emit(self, type_: str, transaction: Transaction) -> None:
        self._observers.emit(
            Event(
                "transaction",
                type_,
                transaction.connector,
                {
                    "transaction_id": transaction.transaction_id,
                    "id_tag": transaction.id_tag,
                    "energy": round(transaction.energy, 3),
                    "reason": transaction.reason,
                    "reservation": transaction.reservation,
                },
            )
        )


def _is_older(transaction: Transaction, other: Transaction) -> bool:
    """Whether a transaction began before another. Where a register is missing, its clock is believed if it says itself that it is late."""
    if transaction.meter_start is None or other.meter_start is None:
        return transaction.offline and transaction.started < other.started
    return _began_before(transaction.started, transaction.meter_start, other)


def _began_before(at: datetime | None, register: float | None, other: Transaction) -> bool:
    """Whether a start is older than that of a transaction, by its clock and by its register: a clock may have been set back."""
    if at is None or register is None or other.meter_start is None:
        return False
    return at < other.started and register < other.meter_start
