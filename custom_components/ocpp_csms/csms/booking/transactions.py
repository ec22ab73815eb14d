"""Transactions and sessions: what is kept of every charge. Plain data and its shape as JSON; no rule, no clock.

A session is the time a car is plugged in; it holds one or more transactions. Energies in kWh, times in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

INTERVAL = 900
"""Seconds of one interval: energy is kept by quarters of an hour, which is how electricity is priced."""


class Repair(StrEnum):
    """What was not told, or could not be true, and how the record came to its figure all the same."""

    ADOPTED = "adopted"  # it ran before we knew of it: its start is when we heard of it
    START_TIME = "start_time"  # the time of its start could not be believed: ours stands for it
    STOP_TIME = "stop_time"
    STOP_BEFORE_START = "stop_before_start"
    END_INFERRED = "end_inferred"  # nobody told that it ended
    METER_START_MISSING = "meter_start_missing"  # counted from the first value
    METER_START_IGNORED = "meter_start_ignored"  # contradicted by what was measured
    METER_STOP_MISSING = "meter_stop_missing"  # counted to the last value
    METER_STOP_IGNORED = "meter_stop_ignored"
    METER_STOP_OF_NEXT = "meter_stop_of_next"  # the register at the start of the next transaction stands for it
    REGISTER_RESTARTED = "register_restarted"  # the counter started afresh in between
    REGISTER_RECONCILED = "register_reconciled"  # values in between counted differently: start and stop decide
    SESSION_REGISTER = "session_register"  # the register counts from the start of each transaction
    PRICE_UNKNOWN = "price_unknown"  # part of the energy has no price


@dataclass(slots=True)
class Transaction:
    """One charging transaction, from its start on: the record of what was charged.

    `transaction_id` is the text of OCPP 2.x or the number of 1.6 as a text. `energy` is what it has taken so far: never negative.
    `started` and `stopped` are the charge point's times where they can be believed, `told_start` and `told_stop` ours; `offline` marks
    one that was begun or ended while the charge point could not tell. One that runs has a `reason` while charging is over for who has begun
    it, and only the cable ends it. `intervals` is its energy by quarters of an hour: POSIX time of
    their start divided by `INTERVAL` → kWh. `fingerprint` is what a retried start has in common with the first. `inferred_end` marks an
    end that nobody told: a later StopTransaction puts it right. `adopted` marks one that ran before the central system knew of it.
    `session` is the transaction id of the first of its session. `limit` is the last confirmed limit in A, `peak_power` in W. Costs are in
    `currency`: `cost` by the price that is paid, `reference_cost` by another that is agreed.
    """

    transaction_id: str
    connector: int
    started: datetime
    id_tag: str | None = None
    meter_start: float | None = None
    energy: float = 0.0
    stopped: datetime | None = None
    meter_stop: float | None = None
    reason: str | None = None
    adopted: bool = False
    inferred_end: bool = False
    reservation: int | None = None
    fingerprint: str | None = None
    session: str = ""
    plugged_in: datetime | None = None
    told_start: datetime | None = None
    told_stop: datetime | None = None
    offline: bool = False
    tag_name: str | None = None
    parent: str | None = None
    intervals: dict[int, float] = field(default_factory=dict)
    metered: datetime | None = None  # until when `energy` is counted
    peak_power: float | None = None
    samples: int = 0
    limit: float | None = None
    repairs: tuple[str, ...] = ()
    cost: float | None = None
    reference_cost: float | None = None
    currency: str | None = None
    solar_energy: float | None = None

    @property
    def running(self) -> bool:
        """Whether the transaction has not ended."""
        return self.stopped is None

    def repaired(self, repair: Repair) -> None:
        """Note once what was put right."""
        if repair.value not in self.repairs:
            self.repairs = (*self.repairs, repair.value)

    def forgive(self, repair: Repair) -> None:
        """Take a note back: it was told after all."""
        self.repairs = tuple(name for name in self.repairs if name != repair.value)

    def as_dict(self) -> dict[str, Any]:
        """Return the transaction as JSON; what says nothing is left out."""
        kept: dict[str, Any] = {}
        for name, default in _KEPT:
            value = getattr(self, name)
            if value == default:
                continue
            if name in _TIMES:
                value = value.isoformat()
            elif name == "intervals":
                value = {str(start): energy for start, energy in value.items()}
            kept[name] = value
        return kept

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `as_dict` returned. Raises KeyError, TypeError or ValueError for anything else."""
        values = {name: stored[name] for name in _NAMES & stored.keys()}
        for name in _TIMES & values.keys():
            values[name] = datetime.fromisoformat(values[name])
        values["intervals"] = {int(start): float(energy) for start, energy in values.get("intervals", {}).items()}
        values["repairs"] = tuple(values.get("repairs", ()))
        transaction = cls(**values)
        transaction.session = transaction.session or transaction.transaction_id
        return transaction


_TIMES = frozenset(("started", "stopped", "plugged_in", "told_start", "told_stop", "metered"))
_NAMES = frozenset(item.name for item in fields(Transaction))
_REQUIRED = object()  # equals nothing: always kept
_KEPT = tuple(
    (
        item.name,
        _REQUIRED
        if item.name in {"transaction_id", "connector", "started"}
        else ({} if item.name == "intervals" else item.default),
    )
    for item in fields(Transaction)
)


@dataclass(slots=True)
class Session:
    """The time a car is plugged in: its transactions in order. `plugged_in` is None where that was not seen, `ended` while it has not gone."""

    plugged_in: datetime | None = None
    transactions: list[Transaction] = field(default_factory=list)
    ended: datetime | None = None

    @property
    def energy(self) -> float:
        """What all its transactions have taken, in kWh."""
        if len(self.transactions) == 1:  # as it nearly always is
            return self.transactions[0].energy
        return round(sum(transaction.energy for transaction in self.transactions), 6)

    @property
    def started(self) -> datetime | None:
        """When the car was plugged in, as far as that is known."""
        if self.plugged_in is not None or not self.transactions:
            return self.plugged_in
        return self.transactions[0].started

    def as_dict(self) -> dict[str, Any]:
        """Return its times as JSON: its transactions are kept elsewhere."""
        times = {"plugged_in": self.plugged_in, "ended": self.ended}
        return {name: time.isoformat() for name, time in times.items() if time is not None}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], transactions: list[Transaction]) -> Self:
        """Restore what `as_dict` returned. Raises TypeError or ValueError for anything else."""
        times = {name: datetime.fromisoformat(stored[name]) for name in ("plugged_in", "ended") if name in stored}
        return cls(transactions=transactions, **times)
