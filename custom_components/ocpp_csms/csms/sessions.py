"""Transactions and energy of one charge point: what starts, runs and ends on which connector, and what it has taken.

Joins the ledger (ids, retries), the energy meters (registers) and the connectors of the model. Pure: no socket, no version; time is given.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .energy import EnergyMeter
from .ledger import Ledger
from .metering import MeterSample, import_register
from .model import IN_TRANSACTION, NO_CABLE, Connector, Event, Quantity, Start, Transaction
from .observers import Observers

# So long a charge point may say that a connector is free before the StopTransaction that belongs to it; then it counts as lost.
LOST_STOP_GRACE = timedelta(seconds=60)
_REMEMBERED_STRAYS = 20


class Sessions:
    """The transactions of one charge point."""

    def __init__(
        self, identity: str, ledger: Ledger, observers: Observers, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Restore the meters that `snapshot` returned."""
        self._identity = identity
        self._ledger = ledger
        self._observers = observers
        self._doubted: dict[int, datetime] = {}  # connectors whose status contradicts their transaction, and since when
        self._connected: datetime | None = None  # what was queued before can be told from then on
        self._strays: tuple[str, ...] = ()  # ids that were stopped and never known
        self._meters = {int(number): EnergyMeter.from_dict(item) for number, item in (stored or {}).items()}

    def snapshot(self) -> dict[str, Any]:
        """Return the meters as JSON."""
        return {str(number): meter.as_dict() for number, meter in self._meters.items()}

    def restore(self, connector: Connector, shown: str | None) -> None:
        """Put what is remembered of a connector back into the model: the transaction that was `shown` or still runs, and the register.

        While a transaction runs, what was saved of the register may be older than what was shown: the next value is waited for.
        """
        latest = self._ledger.latest(self._identity, connector.number)
        if latest is not None and (latest.running or latest.transaction_id == shown):
            connector.transaction = latest
        register = self._meter(connector.number).register
        if register is not None and (latest is None or not latest.running):
            connector.readings[Quantity.ENERGY] = register

    def start(self, connector: Connector, start: Start, now: datetime) -> tuple[Transaction, bool]:
        """Book a start, or find the transaction that a retried start belongs to; return the transaction and whether it is new."""
        transaction, new = self._ledger.start(self._identity, start, now)
        if new:
            self.confirmed(connector)
            for other in self._ledger.supersede(self._identity, transaction, transaction.started):
                self._emit("stopped", other)
            self._meter(connector.number).begin(start.meter_start, transaction.started)
            self._show(connector, transaction)
            self._update_energy(connector)
            self._emit("started", transaction)
        return transaction, new

    def stop(
        self,
        transaction_id: str | None,
        connector_of: Callable[[int], Connector],
        *,
        stopped: datetime,
        meter_stop: float | None,
        reason: str | None,
        samples: Iterable[MeterSample] = (),
    ) -> Connector | None:
        """Book a stop; return the connector if the transaction was running there. An unknown id touches nothing."""
        transaction = self.find(transaction_id)
        if transaction is None:
            if transaction_id is not None:
                self._strays = (*self._strays, transaction_id)[-_REMEMBERED_STRAYS:]
            return None
        connector = connector_of(transaction.connector)
        self.sampled(connector, samples, transaction.transaction_id, stopped)
        return self.end(connector, transaction, stopped=stopped, meter_stop=meter_stop, reason=reason)

    def end(
        self,
        connector: Connector,
        transaction: Transaction,
        *,
        stopped: datetime,
        meter_stop: float | None = None,
        reason: str | None = None,
        inferred: bool = False,
    ) -> Connector | None:
        """End a transaction; return its connector if it was the running one there. `inferred`: nobody told that it has ended."""
        current = connector.transaction is transaction
        put_right = transaction.inferred_end and not inferred
        if not self._ledger.stop(transaction, stopped=stopped, meter_stop=meter_stop, reason=reason, inferred=inferred):
            if put_right:
                self._put_right(connector, transaction, current=current)
            return None
        if current:
            self.confirmed(connector)
            if not inferred:  # else the meter waits for the stop that may still come, or for the next start
                self._end_metering(connector, transaction)
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

    def find(self, transaction_id: str | None) -> Transaction | None:
        """Return a transaction of the charge point by its id, running or ended."""
        return self._ledger.find(self._identity, transaction_id) if transaction_id else None

    def identify(self, connector: Connector, transaction: Transaction, id_tag: str) -> None:
        """Note whose transaction it is, if that was not known."""
        if self._ledger.identify(transaction, id_tag):
            self._mark(connector)

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
        self, connector: Connector, samples: Iterable[MeterSample], transaction_id: str | None, now: datetime
    ) -> None:
        """Feed the registers among the samples; `transaction_id` is the running transaction they name, if any."""
        if transaction_id is not None and (
            connector.transaction is None or connector.transaction.transaction_id != transaction_id
        ):
            self._follow(connector, transaction_id, now)
        shown = connector.transaction
        if shown is not None and shown.inferred_end and shown.transaction_id == transaction_id:
            self._reopen(connector, shown)
        fed = False
        meter = self._meter(connector.number)
        for sample in samples:
            register = import_register(sample.readings)
            if register is not None:
                meter.feed(register, sample.at or now)
                fed = True
        if fed:
            self._update_energy(connector)

    def forget(self, number: int) -> None:
        """Drop the register of a connector that does not exist."""
        self._meters.pop(number, None)

    def unplugged(self, connector: Connector) -> None:
        """A new car may come: the ended transaction is no longer shown."""
        if connector.transaction is not None and not connector.transaction.running:
            connector.transaction = None
            self._mark(connector)

    def updated(self, connector: Connector) -> None:
        """Tell that the running transaction goes on under another status."""
        if (running := connector.running_transaction) is not None:
            self._emit("updated", running)

    def _follow(self, connector: Connector, transaction_id: str, now: datetime) -> None:
        """A sample names another transaction than the one shown: show the one it names, adopt one that nobody knows."""
        known = self._ledger.find(self._identity, transaction_id)
        if known is None:
            if not self._may_adopt(connector, transaction_id):
                return
            adopted = self._ledger.adopt(self._identity, connector.number, transaction_id, now)
            for other in self._ledger.supersede(self._identity, adopted, now):
                self._emit("stopped", other)
            self._meter(connector.number).begin(None, now)
            self._show(connector, adopted)
            self._emit("started", adopted)
        elif known.running and known.connector == connector.number:
            self._show(connector, known)

    def _reopen(self, connector: Connector, transaction: Transaction) -> None:
        """An end was inferred, and yet the charge point charges on with this transaction: it has not ended."""
        if connector.status in IN_TRANSACTION:
            self._ledger.reopen(transaction)
            self._mark(connector)
            self._emit("updated", transaction)

    def _may_adopt(self, connector: Connector, transaction_id: str) -> bool:
        """Whether an unknown id is that of a running transaction: not on a free connector, not over one whose start we know, not a stray."""
        shown = connector.transaction
        return (
            connector.number != 0
            and transaction_id not in self._strays
            and connector.status not in NO_CABLE
            and (shown is None or not shown.running or shown.adopted)
        )

    def _put_right(self, connector: Connector, transaction: Transaction, *, current: bool) -> None:
        """Take over the energy that a late stop tells of; where another came since, only of registers that both start and stop have read."""
        start, stop = transaction.meter_start, transaction.meter_stop
        if current:
            self._end_metering(connector, transaction)
        elif start and stop is not None and stop - start > transaction.energy:
            transaction.energy = round(stop - start, 6)
        self._mark(connector)
        self._emit("updated", transaction)

    def _end_metering(self, connector: Connector, ended: Transaction) -> None:
        self._meter(connector.number).end(ended.meter_stop, ended.stopped or ended.started)
        self._update_energy(connector)

    def _update_energy(self, connector: Connector) -> None:
        """Carry the believed register and the session's energy over to the model."""
        meter = self._meter(connector.number)
        if meter.register is not None and connector.readings.get(Quantity.ENERGY) != meter.register:
            if Quantity.ENERGY not in connector.readings:
                self._observers.mark(connector.number, "quantities")
            connector.readings[Quantity.ENERGY] = meter.register
            self._observers.mark(connector.number, Quantity.ENERGY)
            self._ledger.touched()
        transaction = connector.transaction
        if transaction is not None and meter.session is not None and transaction.energy != meter.session:
            transaction.energy = meter.session
            self._observers.mark(connector.number, "session_energy")
            self._ledger.touched()

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
                },
            )
        )

    def _meter(self, number: int) -> EnergyMeter:
        return self._meters.setdefault(number, EnergyMeter())
