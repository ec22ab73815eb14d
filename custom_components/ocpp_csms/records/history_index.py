"""The index of the history: until when the records of a month reach, and which month the latest records are in. Plain data.

With it a month need not be opened to know that it holds nothing of a time, and a record whose start is put right leaves its old month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .record import Key, Record

# Of each charge point: more than the ledger keeps, which is where corrections come from.
KEPT_PLACES = 100


@dataclass(frozen=True, slots=True)
class Move:
    """A record that is to leave a month because it has come to another."""

    key: Key
    month: str


@dataclass(slots=True)
class HistoryIndex:
    """What is known of the months without opening them. `ends` in UTC; a month that it does not name may reach to any time."""

    ends: dict[str, datetime] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)  # charge point → transaction id → month
    moves: tuple[Move, ...] = ()  # that a crash may have cut short

    def note(self, records: Iterable[Record]) -> tuple[Move, ...]:
        """Note where records are about to be written; return what must leave another month after that."""
        moves: list[Move] = []
        for record in records:
            identity, transaction_id = record.key
            places = self.places.setdefault(identity, {})
            before = places.pop(transaction_id, None)
            if before is not None and before != record.month:
                moves.append(Move(record.key, before))
            places[transaction_id] = record.month
            while len(places) > KEPT_PLACES:
                del places[next(iter(places))]
            self._reach(record)
        self.moves = (*self.moves, *moves)
        return self.moves

    def place_of(self, key: Key) -> str | None:
        """Return the month of a record, if it is one of the latest."""
        identity, transaction_id = key
        return self.places.get(identity, {}).get(transaction_id)

    def put_back(self, move: Move) -> None:
        """Note that a record is still in the month that it was to leave."""
        identity, transaction_id = move.key
        self.places.setdefault(identity, {})[transaction_id] = move.month

    def may_reach(self, month: str, since: datetime | None) -> bool:
        """Whether a month may hold a record that had not ended at a time."""
        end = self.ends.get(month)
        return since is None or end is None or end >= since

    def as_dict(self) -> dict[str, Any]:
        """Return the index as JSON."""
        return {
            "ends": {month: end.isoformat() for month, end in self.ends.items()},
            "places": self.places,
            "moves": [[*move.key, move.month] for move in self.moves],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `as_dict` returned. Raises AttributeError, KeyError, TypeError or ValueError for anything else."""
        return cls(
            ends={month: datetime.fromisoformat(end) for month, end in stored["ends"].items()},
            places={identity: dict(places) for identity, places in stored["places"].items()},
            moves=tuple(Move((identity, number), month) for identity, number, month in stored["moves"]),
        )

    def _reach(self, record: Record) -> None:
        ended = record.stopped or record.started
        self.ends[record.month] = max(ended, self.ends.get(record.month, ended))
