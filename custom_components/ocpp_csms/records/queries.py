"""Questions to the history: which records, page by page, and what they add up to. Pure: records are handed in, newest first.

A page takes every record that a time touches; what adds up takes those that began in it, so that each counts in one month only.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from .history import Span
from .record import Record

MOST_ON_PAGE = 500

type Timing = Callable[[Record, Span], bool]


class Visitor(Protocol):
    """What is made of records, month by month."""

    def visit(self, records: Sequence[Record]) -> bool:
        """Take the records of a month, newest first; return whether older ones are wanted."""


class CursorError(ValueError):
    """A text is no cursor that a page has returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records are wanted; None does not matter. Tags are compared without regard to case (OCPP 1.6 §7.28).

    Those of whole charge points, and of single connectors of others. `id_tag` is the number of a tag, or the name that it had.
    """

    span: Span = field(default_factory=Span)
    charge_points: frozenset[str] | None = None
    connectors: frozenset[tuple[str, int]] = frozenset()
    id_tag: str | None = None
    parent: str | None = None

    def matches(self, record: Record, timing: Timing) -> bool:
        """Whether a record is wanted."""
        transaction = record.transaction
        return (
            self._is_from(record.charge_point, transaction.connector)
            and (self.id_tag is None or fold(self.id_tag) in (fold(transaction.id_tag), fold(transaction.tag_name)))
            and (self.parent is None or fold(transaction.parent) == fold(self.parent))
            and timing(record, self.span)
        )

    def _is_from(self, charge_point: str, connector: int) -> bool:
        return (
            self.charge_points is None
            or charge_point in self.charge_points
            or (charge_point, connector) in self.connectors
        )


def touches(record: Record, span: Span) -> bool:
    """Whether a transaction ran at any moment of a time."""
    ended = record.stopped
    return (span.until is None or record.started < span.until) and (
        span.since is None or ended is None or ended > span.since or record.started >= span.since
    )


def began_in(record: Record, span: Span) -> bool:
    """Whether a transaction began within a time."""
    return (span.until is None or record.started < span.until) and (span.since is None or record.started >= span.since)


def fold(id_tag: str | None) -> str | None:
    """Return what two spellings of a tag have in common."""
    return None if id_tag is None else id_tag.strip().casefold()


@dataclass(slots=True)
class Page:
    """A page of records, newest first, from behind `cursor` on. `following` is the cursor of the next page, if there is more."""

    query: Query
    limit: int = MOST_ON_PAGE
    cursor: Cursor | None = None
    records: list[Record] = field(default_factory=list)
    following: Cursor | None = None

    @property
    def span(self) -> Span:
        """The time that need be looked at."""
        if self.cursor is None:
            return self.query.span
        # The record that the cursor names is not wanted again, others that began at the same moment are.
        until = self.cursor.started + timedelta(microseconds=1)
        return Span(self.query.span.since, min(until, self.query.span.until or until))

    def visit(self, records: Sequence[Record]) -> bool:
        """Take what is wanted; return whether there is room for more."""
        for record in records:
            if self.cursor is not None and record.order >= (self.cursor.started, self.cursor.name):
                continue
            if not self.query.matches(record, touches):
                continue
            if len(self.records) == self.limit:
                last = self.records[-1]
                self.following = Cursor(*last.order)
                return False
            self.records.append(record)
        return True


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last record of a page, by its place among others."""

    started: datetime
    name: str

    def __str__(self) -> str:
        """Return the text that `parse` takes."""
        return f"{self.started.isoformat()} {self.name}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the cursor that a page has returned as a text. Raises CursorError."""
        moment, _, name = text.partition(" ")
        try:
            started = datetime.fromisoformat(moment)
            return cls(started.astimezone(UTC), name)
        except (ValueError, OverflowError) as error:
            raise CursorError(text) from error


@dataclass(slots=True)
class Listing:
    """All records that began in a time, oldest first at the end."""

    query: Query
    records: list[Record] = field(default_factory=list)

    def visit(self, records: Sequence[Record]) -> bool:
        """Take what is wanted; there is always room for more."""
        self.records += (record for record in records if self.query.matches(record, began_in))
        return True

    def in_order(self) -> list[Record]:
        """Return them, oldest first."""
        return self.records[::-1]


@dataclass(slots=True)
class Total:
    """What the records of one tag in one month add up to.

    Energies in kWh. What no record tells is None; `unpriced` counts those without a cost where others have one.
    """

    month: str
    id_tag: str | None
    tag_name: str | None
    currency: str | None = None
    transactions: int = 0
    energy: float = 0.0
    duration: timedelta = timedelta()
    cost: float | None = None
    reference_cost: float | None = None
    solar_energy: float | None = None
    unpriced: int = 0
    session_keys: set[tuple[str, str]] = field(default_factory=set)

    @property
    def sessions(self) -> int:
        """How often a car was plugged in: a session may have several transactions."""
        return len(self.session_keys)

    def add(self, record: Record, now: datetime) -> None:
        """Count a record in; one that runs counts until `now`."""
        transaction = record.transaction
        self.transactions += 1
        self.session_keys.add((record.charge_point, transaction.session))
        self.energy = round(self.energy + transaction.energy, 6)
        self.duration += max((transaction.stopped or now) - transaction.started, timedelta())
        self.cost = _sum(self.cost, transaction.cost)
        self.reference_cost = _sum(self.reference_cost, transaction.reference_cost)
        self.solar_energy = _sum(self.solar_energy, transaction.solar_energy)
        self.unpriced += transaction.cost is None
        self.tag_name = self.tag_name or transaction.tag_name  # the newest comes first


@dataclass(slots=True)
class Totals:
    """Records added up by month (of the home's zone), tag and currency."""

    query: Query
    zone: tzinfo
    now: datetime
    totals: dict[tuple[str, str, str], Total] = field(default_factory=dict)

    def visit(self, records: Sequence[Record]) -> bool:
        """Count in what is wanted; there is always more."""
        for record in records:
            if self.query.matches(record, began_in):
                self._total_of(record).add(record, self.now)
        return True

    def in_order(self) -> list[Total]:
        """Return the totals by month, newest first, and tag."""
        ordered = sorted(self.totals.items(), key=lambda item: item[0][1:])
        return [total for _, total in sorted(ordered, key=lambda item: item[0][0], reverse=True)]

    def _total_of(self, record: Record) -> Total:
        transaction = record.transaction
        month = record.started.astimezone(self.zone).strftime("%Y-%m")
        key = month, fold(transaction.id_tag) or "", transaction.currency or ""
        if key not in self.totals:
            self.totals[key] = Total(month, transaction.id_tag, transaction.tag_name, transaction.currency)
        return self.totals[key]


def _sum(total: float | None, value: float | None) -> float | None:
    return total if value is None else round((total or 0.0) + value, 6)


def hourly(records: Iterable[Record]) -> dict[int, float]:
    """Return the energy (kWh) of all records by hours: POSIX time divided by 3600."""
    hours: dict[int, float] = {}
    for record in records:
        for interval, energy in record.transaction.intervals.items():
            hours[interval // 4] = hours.get(interval // 4, 0.0) + energy
    return hours
