"""The ledger of transactions: ids that never repeat, retries that find their transaction again, and what survives a crash.

Pure bookkeeping; whoever owns the ledger saves `snapshot()` when `changed` is called. Ids are reserved in blocks that are saved before the
first of them is given out, so that not even a crash between an answer and the next save lets one repeat.
Source: OCPP 1.6 §4.8, §4.10 (StartTransaction, StopTransaction), errata 3.18 (retries, transactionId -1); OCPP 2.0.1 part 2 E
(the charge point chooses the id).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
import logging
from typing import Any

from .model import Start, Transaction

_LOGGER = logging.getLogger(__name__)

RESERVED_IDS = 1000
KEPT_PER_CHARGE_POINT = 20
_EPOCH_OF_IDS = 1_600_000_000


class Ledger:
    """All transactions of one central system, by charge point identity."""

    def __init__(self, stored: Mapping[str, Any] | None, changed: Callable[[bool], None], now: datetime) -> None:
        """Restore what `snapshot` returned. `changed(urgent)` is called when there is something new to save."""
        stored = stored or {}
        self._changed = changed
        # A fresh ledger starts at seconds since September 2020: a charge point that still holds ids of an earlier installation meets no twin.
        first = max(int(now.timestamp()) - _EPOCH_OF_IDS, 1)
        self._next_id = max(int(stored.get("reserved", 0)) + 1, first)
        self._reserved = self._next_id + RESERVED_IDS
        self._transactions: dict[str, list[Transaction]] = {
            identity: _transactions_from(items) for identity, items in stored.get("transactions", {}).items()
        }

    def start(self, identity: str, start: Start, now: datetime) -> tuple[Transaction, bool]:
        """Return the transaction of a start and whether it is new.

        A retry carries the same fingerprint (in 1.6 connector, tag, time and meter value as sent) and finds the transaction of the
        first try. Without a believable time only a running transaction is found: the next start may look the same. An id that the
        charge point has chosen is never given to a second transaction.
        """
        for known in self._of(identity):
            retried = known.fingerprint == start.fingerprint and (start.at is not None or known.running)
            if retried or known.transaction_id == start.transaction_id:
                return known, False
        transaction = Transaction(
            start.transaction_id or self._take_id(identity),
            start.connector,
            start.at or now,
            start.id_tag,
            start.meter_start,
            reservation=start.reservation,
            fingerprint=start.fingerprint,
        )
        self._append(identity, transaction)
        return transaction, True

    def adopt(self, identity: str, connector: int, transaction_id: str, at: datetime) -> Transaction:
        """Take up a transaction that was running before the central system knew of it."""
        transaction = Transaction(transaction_id, connector, at, adopted=True)
        self._append(identity, transaction)
        return transaction

    def transient_id(self, identity: str) -> str:
        """Return an id for a transaction that is not booked: it never repeats either."""
        reserved = self._reserved
        transaction_id = self._take_id(identity)
        if self._reserved != reserved:
            self._changed(True)
        return transaction_id

    def find(self, identity: str, transaction_id: str) -> Transaction | None:
        """Return a transaction of the charge point by its id, running or ended, if the ledger still has it."""
        for transaction in reversed(self._of(identity)):
            if transaction.transaction_id == transaction_id:
                return transaction
        return None

    def running(self, identity: str, connector: int) -> Transaction | None:
        """Return the newest transaction that runs on the connector."""
        for transaction in reversed(self._of(identity)):
            if transaction.connector == connector and transaction.running:
                return transaction
        return None

    def latest(self, identity: str, connector: int) -> Transaction | None:
        """Return the newest transaction of the connector, running or ended."""
        for transaction in reversed(self._of(identity)):
            if transaction.connector == connector:
                return transaction
        return None

    def stop(
        self,
        transaction: Transaction,
        *,
        stopped: datetime,
        meter_stop: float | None,
        reason: str | None,
        inferred: bool = False,
    ) -> bool:
        """End a transaction; return whether it was running. `meter_stop` in kWh.

        A stop that comes after an inferred end tells the truth about it; one that is repeated only adds the reason that was missing.
        """
        was_running = transaction.running
        if was_running or (transaction.inferred_end and not inferred):
            transaction.stopped = max(stopped, transaction.started)
            transaction.meter_stop = meter_stop
            transaction.reason = reason
            transaction.inferred_end = inferred
        elif transaction.reason is None and reason is not None:
            transaction.reason = reason
        else:
            return False
        self._changed(True)
        return was_running

    def reopen(self, transaction: Transaction) -> None:
        """Take back an end that was inferred: the transaction goes on."""
        transaction.stopped, transaction.inferred_end = None, False
        self._changed(True)

    def identify(self, transaction: Transaction, id_tag: str) -> bool:
        """Note whose transaction it is, once; return whether that was not known."""
        if transaction.id_tag is not None:
            return False
        transaction.id_tag = id_tag
        self._changed(True)
        return True

    def supersede(self, identity: str, newest: Transaction, at: datetime) -> list[Transaction]:
        """End the other transactions that still run on the connector of `newest`; return them."""
        others = [
            other
            for other in self._of(identity)
            if other is not newest and other.running and other.connector == newest.connector
        ]
        for other in others:
            self.stop(other, stopped=at, meter_stop=None, reason=None, inferred=True)
        return others

    def forget(self, identity: str) -> None:
        """Drop the transactions of a charge point that was removed."""
        if self._transactions.pop(identity, None) is not None:
            self._changed(True)

    def touched(self) -> None:
        """Tell that a running transaction's energy has changed: worth saving, not at once."""
        self._changed(False)

    def snapshot(self) -> dict[str, Any]:
        """Return what must be kept, as JSON."""
        return {
            "reserved": self._reserved,
            "transactions": {
                identity: [_transaction_to(item) for item in items] for identity, items in self._transactions.items()
            },
        }

    def _take_id(self, identity: str) -> str:
        taken = {transaction.transaction_id for transaction in self._of(identity)}
        while str(self._next_id) in taken:  # an adopted transaction may carry a number of ours
            self._next_id += 1
        taken_id = self._next_id
        self._next_id += 1
        if self._reserved - self._next_id < RESERVED_IDS // 2:
            self._reserved += RESERVED_IDS
        return str(taken_id)

    def _append(self, identity: str, transaction: Transaction) -> None:
        transactions = self._transactions.setdefault(identity, [])
        transactions.append(transaction)
        _drop_oldest_ended(transactions)
        self._changed(True)

    def _of(self, identity: str) -> list[Transaction]:
        return self._transactions.get(identity, [])


def _drop_oldest_ended(transactions: list[Transaction]) -> None:
    surplus = len(transactions) - KEPT_PER_CHARGE_POINT
    if surplus > 0:
        ended: Iterable[Transaction] = [item for item in transactions if not item.running][:surplus]
        for transaction in ended:
            transactions.remove(transaction)


def _transaction_to(item: Transaction) -> dict[str, Any]:
    return {
        "id": item.transaction_id,
        "connector": item.connector,
        "started": item.started.isoformat(),
        "id_tag": item.id_tag,
        "meter_start": item.meter_start,
        "energy": item.energy,
        "stopped": item.stopped.isoformat() if item.stopped else None,
        "meter_stop": item.meter_stop,
        "reason": item.reason,
        "adopted": item.adopted,
        "inferred_end": item.inferred_end,
        "reservation": item.reservation,
        "fingerprint": item.fingerprint,
    }


def _transactions_from(items: Iterable[Mapping[str, Any]]) -> list[Transaction]:
    """Restore transactions; one that cannot be read does not take the others with it."""
    transactions = []
    for item in items:
        try:
            transactions.append(_transaction_from(item))
        except KeyError, TypeError, ValueError:
            _LOGGER.warning("A transaction of the ledger cannot be read and is forgotten")
    return transactions


def _transaction_from(item: Mapping[str, Any]) -> Transaction:
    return Transaction(
        transaction_id=item["id"],
        connector=item["connector"],
        started=datetime.fromisoformat(item["started"]),
        id_tag=item["id_tag"],
        meter_start=item["meter_start"],
        energy=item["energy"],
        stopped=datetime.fromisoformat(item["stopped"]) if item["stopped"] else None,
        meter_stop=item["meter_stop"],
        reason=item["reason"],
        adopted=item["adopted"],
        inferred_end=item["inferred_end"],
        reservation=item["reservation"],
        fingerprint=item["fingerprint"],
    )
