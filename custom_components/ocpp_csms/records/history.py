"""The history of finished transactions: written month by month, read in the executor when somebody asks, never held in memory.

A record is one of a charge point and a transaction id: what is put again replaces what was there, in whatever month. A crash between
any two writes loses nothing and doubles nothing. What cannot be read stays as it is; all else goes on.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.issue_set import IssueSet

from .history_files import HistoryFileError, HistoryFiles, Row
from .history_index import HistoryIndex
from .record import Key, Record, month_of

_LOGGER = logging.getLogger(__name__)

type Visitor = Callable[[Sequence[Record]], bool]
"""Takes the records of a month, newest first, and says whether it wants older ones. It runs in the executor."""

_ISSUE = "history_unreadable"


@dataclass(frozen=True, slots=True)
class Span:
    """A time, open where an end is None: `since` is part of it, `until` is not. In UTC."""

    since: datetime | None = None
    until: datetime | None = None


class History:
    """The finished transactions of one central system."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Read nothing yet."""
        self._hass = hass
        self._files = history_files(hass, entry_id)
        self._index = HistoryIndex()
        self._lock = asyncio.Lock()
        self._months: frozenset[str] = frozenset()
        self._broken: dict[str, Path] = {}
        self._issues = IssueSet(hass, entry_id, (_ISSUE,))

    async def async_load(self) -> None:
        """Learn which months there are, and finish what a crash has cut short. No month is read for it, as a rule."""
        async with self._lock:
            await self._hass.async_add_executor_job(self._load)
        self._show()

    @property
    def months(self) -> list[str]:
        """The months that there are records of, oldest first."""
        return sorted(self._months)

    async def async_put(self, records: Iterable[Record]) -> list[Record]:
        """Keep records, each instead of what was known of it. Return those that are on disk; the others may be put again."""
        frozen = [record.frozen() for record in records]
        async with self._lock:
            kept = await self._hass.async_add_executor_job(self._put, frozen)
        self._show()
        return kept

    async def async_scan(self, span: Span, visit: Visitor, newer: Iterable[Record] = ()) -> None:
        """Hand `visit` the records of months that touch a time, the newest month first; it chooses among them itself.

        `newer` are records that are not in the files yet, or not as they are now: they go before those.
        """
        frozen = [record.frozen() for record in newer]
        async with self._lock:
            await self._hass.async_add_executor_job(self._scan, span, visit, frozen)
        self._show()

    @callback
    def stop(self) -> None:
        """Take back what was said of files that cannot be read; it is said again when they are needed again."""
        self._issues.clear()

    @callback
    def _show(self) -> None:
        files = ", ".join(path.name for path in self._broken.values())
        self._issues.show({_ISSUE: {"files": files}} if files else {})

    # In the executor, one at a time

    def _load(self) -> None:
        self._months = frozenset(self._files.months())
        try:
            self._index = HistoryIndex.from_dict(self._files.read_index() or {})
        except AttributeError, KeyError, TypeError, ValueError:
            self._index = HistoryIndex()
            for month in self.months:
                self._index.note(self._read(month))
            self._index.moves = ()
        try:
            self._finish_moves()
        except HistoryFileError as error:
            _LOGGER.warning("%s; it is tried again at the next start", error)

    def _put(self, records: Sequence[Record]) -> list[Record]:
        kept: list[Record] = []
        try:
            # The index goes first: from then on a crash leaves enough to finish the move, or to undo it.
            self._index.note(records)
            self._files.write_index(self._index.as_dict())
            for month in sorted({record.month for record in records}):
                kept += self._merge(month, [record for record in records if record.month == month])
            self._finish_moves()
        except HistoryFileError as error:
            _LOGGER.warning("%s; what was charged is kept elsewhere until it can", error)
        return kept

    def _merge(self, month: str, records: Sequence[Record]) -> Sequence[Record]:
        """Write records to their month; return those that are there now."""
        rows = {record.key: record.as_dict() for record in records}
        if (known := self._rows(month)) is None:
            return []
        self._files.write(month, [*(row for row in known if _key_of(row) not in rows), *rows.values()])
        self._months |= {month}
        return records

    def _finish_moves(self) -> None:
        """Let records leave the months that they have left. One that did not arrive stays where it was."""
        if not self._index.moves:
            return
        open_moves = []
        for move in self._index.moves:
            place = self._index.place_of(move.key)
            arrived = place is not None and move.key in map(_key_of, self._rows(place) or ())
            if not arrived:
                self._index.put_back(move)
            elif place != move.month and (rows := self._rows(move.month)) is not None:
                self._files.write(move.month, [row for row in rows if _key_of(row) != move.key])
            elif place != move.month:
                open_moves.append(move)
        self._index.moves = tuple(open_moves)
        self._files.write_index(self._index.as_dict())

    def _scan(self, span: Span, visit: Visitor, newer: Sequence[Record]) -> None:
        instead = {record.key for record in newer}
        left = {move.key: move.month for move in self._index.moves}
        months = {month for month in self._months if self._index.may_reach(month, span.since)}
        months |= {record.month for record in newer}
        for month in sorted(months, reverse=True):
            if span.until is not None and month > month_of(span.until):
                continue
            records = [
                record for record in self._read(month) if record.key not in instead and left.get(record.key) != month
            ]
            records += [record for record in newer if record.month == month]
            if not visit(sorted(records, key=lambda record: record.order, reverse=True)):
                return

    def _read(self, month: str) -> list[Record]:
        """Return the records of a month; one that cannot be read does not take the others with it."""
        records = []
        for row in self._rows(month) or ():
            try:
                records.append(Record.from_dict(row))
            except AttributeError, KeyError, TypeError, ValueError:
                _LOGGER.warning("A record in %s cannot be read; it stays there", self._files.path(month))
        return records

    def _rows(self, month: str) -> list[Row] | None:
        """Return the rows of a month; None, and an issue, if its file cannot be read."""
        try:
            rows = self._files.read(month)
        except HistoryFileError as error:
            if month not in self._broken:
                _LOGGER.warning("%s: it cannot be read", error.path)
            self._broken[month] = error.path
            return None
        self._broken.pop(month, None)
        return rows


def history_files(hass: HomeAssistant, entry_id: str) -> HistoryFiles:
    """Return the files that the history of an entry is kept in."""
    return HistoryFiles(Path(hass.config.path(STORAGE_DIR)), f"{DOMAIN}.{entry_id}.history")


def _key_of(row: Row) -> Key | None:
    """Return what tells a record from others; None for a row that is none."""
    match row:
        case {"charge_point": str(identity), "transaction": {"transaction_id": str(transaction_id)}}:
            return identity, transaction_id
    return None
