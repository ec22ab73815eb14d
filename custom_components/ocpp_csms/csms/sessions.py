"""Transactions and energy of one charge point: what starts, runs and ends on which connector, and what it has taken.

Joins the ledger (ids, retries), the energy meters (registers) and the connectors of the model. Pure: no socket, no version; time is given.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from .energy import EnergyMeter
from .ledger import Ledger
from .metering import MeterSample, import_register
from .model import Connector, Event, Quantity, Transaction
from .observers import Observers


class Sessions:
    """The transactions of one charge point."""

    def __init__(
        self, identity: str, ledger: Ledger, observers: Observers, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Restore the meters that `snapshot` returned."""
        self._identity = identity
        self._ledger = ledger
        self._observers = observers
        self._meters = {int(number): EnergyMeter.from_dict(item) for number, item in (stored or {}).items()}

    def snapshot(self) -> dict[str, Any]:
        """Return the meters as JSON."""
        return {str(number): meter.as_dict() for number, meter in self._meters.items()}

    def restore(self, connector: Connector) -> None:
        """Put what is remembered of a connector back into the model: its last transaction and its register."""
        connector.transaction = self._ledger.latest(self._identity, connector.number)
        register = self._meter(connector.number).register
        if register is not None:
            connector.readings[Quantity.ENERGY] = register

    def start(
        self,
        connector: Connector,
        *,
        started: datetime,
        id_tag: str | None,
        meter_start: float | None,
        fingerprint: str,
        clock_believed: bool,
        reservation: int | None,
        transaction_id: str | None = None,
    ) -> Transaction:
        """Book a start, or find the transaction that a retried start belongs to. `meter_start` in kWh."""
        transaction, new = self._ledger.start(
            self._identity,
            connector.number,
            started=started,
            id_tag=id_tag,
            meter_start=meter_start,
            fingerprint=fingerprint,
            clock_believed=clock_believed,
            reservation=reservation,
            transaction_id=transaction_id,
        )
        if new:
            for other in self._ledger.supersede(self._identity, transaction, started):
                self._emit("stopped", other)
            self._meter(connector.number).begin(meter_start, started)
            self._show(connector, transaction)
            self._update_energy(connector)
            self._emit("started", transaction)
        return transaction

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
    ) -> Connector | None:
        """End a transaction; return its connector if it was the running one there."""
        current = connector.transaction is transaction
        if not self._ledger.stop(transaction, stopped=stopped, meter_stop=meter_stop, reason=reason):
            return None
        if current:
            self._meter(connector.number).end(meter_stop, stopped)
            self._update_energy(connector)
        self._mark(connector)
        self._emit("stopped", transaction)
        return connector if current else None

    def find(self, transaction_id: str | None) -> Transaction | None:
        """Return a transaction of the charge point by its id, running or ended."""
        return self._ledger.find(self._identity, transaction_id) if transaction_id else None

    def identify(self, connector: Connector, transaction: Transaction, id_tag: str) -> None:
        """Note whose transaction it is, if that was not known."""
        if self._ledger.identify(transaction, id_tag):
            self._mark(connector)

    def is_over(self, connector: Connector, transaction_id: str | None) -> bool:
        """Whether a sample belongs to a transaction that has ended, and nothing runs on its connector now."""
        shown = connector.transaction
        if transaction_id is None or (shown is not None and shown.running):
            return False
        transaction = self._ledger.find(self._identity, transaction_id)
        return transaction is not None and not transaction.running

    def sampled(
        self, connector: Connector, samples: Iterable[MeterSample], transaction_id: str | None, now: datetime
    ) -> None:
        """Feed the registers among the samples; `transaction_id` is the running transaction they name, if any."""
        if transaction_id is not None and (
            connector.transaction is None or connector.transaction.transaction_id != transaction_id
        ):
            self._follow(connector, transaction_id, now)
        fed = False
        meter = self._meter(connector.number)
        for sample in samples:
            register = import_register(sample.readings)
            if register is not None:
                meter.feed(register, sample.at or now)
                fed = True
        if fed:
            self._update_energy(connector)

    def unplugged(self, connector: Connector) -> None:
        """A new car may come: the ended transaction is no longer shown."""
        if connector.transaction is not None and not connector.transaction.running:
            connector.transaction = None
            self._mark(connector)

    def updated(self, connector: Connector) -> None:
        """Tell that the running transaction goes on under another status."""
        if connector.transaction is not None and connector.transaction.running:
            self._emit("updated", connector.transaction)

    def _follow(self, connector: Connector, transaction_id: str, now: datetime) -> None:
        """A sample names another transaction than the one shown: show the one it names, adopt one that nobody knows."""
        known = self._ledger.find(self._identity, transaction_id)
        if known is None:
            adopted = self._ledger.adopt(self._identity, connector.number, transaction_id, now)
            for other in self._ledger.supersede(self._identity, adopted, now):
                self._emit("stopped", other)
            self._meter(connector.number).begin(None, now)
            self._show(connector, adopted)
            self._emit("started", adopted)
        elif known.running and known.connector == connector.number:
            self._show(connector, known)

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
