"""The ledger of transactions: ids that never repeat, retries that find their transaction again, and what survives a crash.

Holds what runs and what has ended of late: enough to recognise what is told twice or late. What has ended goes to an archive, which is
somebody else's (`unarchived`, `archived`), so that a start does not rewrite the past. Pure bookkeeping; whoever owns the ledger saves
`snapshot()` when `changed` is called. Ids are reserved in blocks that are saved before the first of them is given out, so that not even
a crash between an answer and the next save lets one repeat.
Source: OCPP 1.6 §4.8, §4.10 (StartTransaction, StopTransaction), errata 3.18 (retries, transactionId -1); OCPP 2.0.1 part 2 E
(the charge point chooses the id).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
import logging
from typing import Any

from custom_components.ocpp_csms.csms.model import Start

from .transactions import Repair, Transaction

_LOGGER = logging.getLogger(__name__)

RESERVED_IDS = 1000
KEPT_PER_CHARGE_POINT = 20
MOST_UNARCHIVED = 1000
_EPOCH_OF_IDS = 1_600_000_000


@dataclass(frozen=True, slots=True)
class Finished:
    """An ended transaction for the archive: whose it is, itself, and what it was when it was handed out."""

    identity: str
    transaction: Transaction
    kept: Mapping[str, Any]


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
        # Charge points that were removed, and have something that is not in the archive yet
        self._leaving: set[str] = set()
        archived: Mapping[str, Sequence[str]] = stored.get("archived", {})
        self._archived = {  # by object: ids of transactions are unique for one charge point only
            id(transaction)
            for identity, transactions in self._transactions.items()
            for transaction in transactions
            if not transaction.running and transaction.transaction_id in archived.get(identity, ())
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
            told_start=now,
            tag_name=start.tag_name,
            parent=start.parent,
        )
        transaction.session = transaction.transaction_id
        if start.at is None:
            transaction.repaired(Repair.START_TIME)
        self._append(identity, transaction)
        return transaction, True

    def started(self, transaction: Transaction, start: Start) -> None:
        """Take over what the start of an adopted transaction tells after all, as far as it can be."""
        if start.at is not None and start.at <= transaction.started:
            transaction.started = start.at
        if transaction.meter_start is None:
            transaction.meter_start = start.meter_start
        if transaction.id_tag is None:
            transaction.id_tag, transaction.tag_name, transaction.parent = start.id_tag, start.tag_name, start.parent
        transaction.reservation = transaction.reservation or start.reservation
        transaction.offline = transaction.offline or start.offline
        transaction.adopted = False
        transaction.forgive(Repair.ADOPTED)
        if transaction.meter_start is not None:
            transaction.forgive(Repair.METER_START_MISSING)
        self.corrected(transaction)

    def adopt(self, identity: str, connector: int, transaction_id: str, at: datetime) -> Transaction:
        """Take up a transaction that was running before the central system knew of it."""
        transaction = Transaction(transaction_id, connector, at, adopted=True, session=transaction_id, told_start=at)
        transaction.repaired(Repair.ADOPTED)
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

    def latest(self, identity: str, connector: int) -> Transaction | None:
        """Return the newest transaction of the connector, running or ended."""
        return next(iter(reversed(self.on(identity, connector))), None)

    def on(self, identity: str, connector: int) -> list[Transaction]:
        """Return the transactions of a connector that are still kept here."""
        return [transaction for transaction in self._of(identity) if transaction.connector == connector]

    def stop(
        self,
        transaction: Transaction,
        *,
        stopped: datetime,
        meter_stop: float | None,
        reason: str | None,
        told: datetime | None = None,
        inferred: bool = False,
    ) -> bool:
        """End a transaction; return whether it was running. `meter_stop` in kWh, `told` is when we heard of it.

        A stop that comes after an inferred end tells the truth about it; one that is repeated only adds the reason that was missing.
        """
        was_running = transaction.running
        if was_running or (transaction.inferred_end and not inferred):
            if stopped < transaction.started:
                transaction.repaired(Repair.STOP_BEFORE_START)
            transaction.stopped = max(stopped, transaction.started)
            transaction.meter_stop = meter_stop
            transaction.reason = reason or transaction.reason
            transaction.told_stop = told or stopped
            transaction.inferred_end = inferred
            if inferred:
                transaction.repaired(Repair.END_INFERRED)
            else:
                transaction.forgive(Repair.END_INFERRED)
        elif transaction.reason is None and reason is not None:
            transaction.reason = reason
        else:
            return False
        self.corrected(transaction)
        return was_running

    def corrected(self, transaction: Transaction) -> None:
        """Tell that a transaction is not what it was when it was saved, or archived, last."""
        self._archived.discard(id(transaction))
        self._changed(True)

    def reopen(self, transaction: Transaction) -> None:
        """Take back an end that was inferred: the transaction goes on."""
        transaction.stopped, transaction.inferred_end, transaction.meter_stop = None, False, None
        transaction.forgive(Repair.END_INFERRED)
        self.corrected(transaction)

    def identify(self, transaction: Transaction, id_tag: str) -> bool:
        """Note whose transaction it is, once; return whether that was not known."""
        if transaction.id_tag is not None:
            return False
        transaction.id_tag = id_tag
        self.corrected(transaction)
        return True

    def supersede(self, identity: str, newest: Transaction, at: datetime) -> list[Transaction]:
        """End the other transactions that still run on the connector of `newest`; return them."""
        others = [
            other
            for other in self._of(identity)
            if other is not newest and other.running and other.connector == newest.connector
        ]
        for other in others:
            self.stop(other, stopped=at, meter_stop=None, reason=None, told=at, inferred=True)
        return others

    def forget(self, identity: str, now: datetime) -> None:
        """Drop the transactions of a charge point that was removed, once they are in the archive; what still runs ends now."""
        for transaction in self._of(identity):
            if transaction.running:
                self.stop(transaction, stopped=now, meter_stop=None, reason=None, told=now, inferred=True)
        if self._of(identity):
            self._leaving.add(identity)
            self._drop_leaving()
            self._changed(True)

    def transactions(self) -> list[tuple[str, Transaction]]:
        """Return what runs and what has ended of late, with the identity of its charge point."""
        return [(identity, item) for identity, items in self._transactions.items() for item in items]

    def unarchived(self) -> list[Finished]:
        """Return the ended transactions that are not in the archive as they are now."""
        return [
            Finished(identity, transaction, transaction.as_dict())
            for identity, transactions in self._transactions.items()
            for transaction in transactions
            if not transaction.running and id(transaction) not in self._archived
        ]

    def archived(self, finished: Iterable[Finished]) -> None:
        """Note what is in the archive now; what has changed since it was handed out is not."""
        for item in finished:
            is_kept = any(other is item.transaction for other in self._of(item.identity))
            if is_kept and item.transaction.as_dict() == item.kept:
                self._archived.add(id(item.transaction))
        for transactions in self._transactions.values():
            self._drop_oldest_ended(transactions)
        self._drop_leaving()
        self._changed(False)

    def session(self, identity: str, session: str) -> list[Transaction]:
        """Return the transactions of a session that are still kept here, in order."""
        return [transaction for transaction in self._of(identity) if transaction.session == session]

    def running_of(self, id_tag: str) -> list[Transaction]:
        """Return the transactions that run with a tag, at whatever charge point."""
        folded = id_tag.strip().casefold()
        return [
            transaction
            for transactions in self._transactions.values()
            for transaction in transactions
            if transaction.running and (transaction.id_tag or "").strip().casefold() == folded
        ]

    def touched(self) -> None:
        """Tell that a running transaction's energy, or a session, has changed: worth saving, not at once."""
        self._changed(False)

    def snapshot(self) -> dict[str, Any]:
        """Return what must be kept, as JSON."""
        return {
            "reserved": self._reserved,
            "transactions": {
                identity: [item.as_dict() for item in items] for identity, items in self._transactions.items()
            },
            "archived": {
                identity: [item.transaction_id for item in items if id(item) in self._archived]
                for identity, items in self._transactions.items()
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

    def _drop_leaving(self) -> None:
        """Let go of what is in the archive of charge points that were removed."""
        for identity in list(self._leaving):
            rest = [item for item in self._of(identity) if id(item) not in self._archived]
            self._archived.difference_update(map(id, self._of(identity)))
            if rest:
                self._transactions[identity] = rest
            else:
                del self._transactions[identity]
                self._leaving.discard(identity)

    def _append(self, identity: str, transaction: Transaction) -> None:
        self._leaving.discard(identity)
        transactions = self._transactions.setdefault(identity, [])
        transactions.append(transaction)
        self._drop_oldest_ended(transactions)
        self._changed(True)

    def _drop_oldest_ended(self, transactions: list[Transaction]) -> None:
        """Keep no more than are needed: of the ended ones the latest, and those that are not in the archive yet."""
        surplus = len(transactions) - KEPT_PER_CHARGE_POINT
        if surplus <= 0:
            return
        dropped = {id(item) for item in [it for it in transactions if id(it) in self._archived][:surplus]}
        lost = len(transactions) - len(dropped) - MOST_UNARCHIVED
        if lost > 0:  # nobody takes them: memory is not without end
            rest = (id(item) for item in transactions if not item.running and id(item) not in dropped)
            dropped.update(islice(rest, lost))
        transactions[:] = [item for item in transactions if id(item) not in dropped]
        self._archived -= dropped

    def _of(self, identity: str) -> list[Transaction]:
        return self._transactions.get(identity, [])


def migrated(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ledger as `snapshot` returns it now, of one that was saved by the first version (which kept no archive, and one record less wide)."""
    transactions = {
        identity: [
            {("transaction_id" if name == "id" else name): value for name, value in item.items() if value is not None}
            for item in items
        ]
        for identity, items in stored.get("transactions", {}).items()
    }
    return {**stored, "transactions": transactions}


def _transactions_from(items: Iterable[Mapping[str, Any]]) -> list[Transaction]:
    """Restore transactions; one that cannot be read does not take the others with it."""
    transactions = []
    for item in items:
        try:
            transactions.append(Transaction.from_dict(item))
        except KeyError, TypeError, ValueError:
            _LOGGER.warning("A transaction of the ledger cannot be read and is forgotten")
    return transactions
