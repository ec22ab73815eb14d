"""The reservations of one charge point: what was asked for, what holds, and how each has ended.

Pure bookkeeping: time is given, nothing is sent. How a charge point is asked is in `reserving`. Source: OCPP 1.6 §3.13, §5.13, 2.0.1
part 2, H01…H04 (a reservation ends when a transaction uses it, when it expires, or when its connector becomes Faulted or Unavailable).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
import logging
from typing import Any

from .errors import InvalidRequestError
from .model import ConnectorStatus, Start

_LOGGER = logging.getLogger(__name__)

MOST_OPEN = 20  # reservations of one charge point at a time
LONGEST = timedelta(days=366)
_KEPT_ENDED = 20
_EPOCH_OF_IDS = 1_600_000_000
_CLOCKS_DIFFER = timedelta(minutes=5)


class ReservationStatus(StrEnum):
    """How far a reservation is."""

    UNCONFIRMED = "unconfirmed"  # asked for, and not answered
    ACTIVE = "active"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DROPPED = "dropped"  # the charge point has given it up before its time


_OPEN = frozenset({ReservationStatus.UNCONFIRMED, ReservationStatus.ACTIVE})
_MAY_BE_CANCELLED = _OPEN | {ReservationStatus.DROPPED, ReservationStatus.EXPIRED}
_MAY_HOLD_AGAIN = frozenset({ReservationStatus.UNCONFIRMED, ReservationStatus.DROPPED})
_GIVES_UP = frozenset({ConnectorStatus.INOPERATIVE, ConnectorStatus.FAULTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A connector (0: any) that is kept for a tag, or one of the same group, until a time in UTC.

    `shown`: the charge point has reported the connector as reserved. `transaction_id` is the transaction that has used it.
    """

    reservation_id: int
    connector: int
    id_tag: str
    expiry: datetime
    created: datetime
    parent: str | None = None
    status: ReservationStatus = ReservationStatus.UNCONFIRMED
    shown: bool = False
    transaction_id: str | None = None

    @property
    def open(self) -> bool:
        """Whether it holds, or may hold."""
        return self.status in _OPEN

    def is_for(self, id_tag: str, parent: str | None) -> bool:
        """Whether it is for a tag with this parent: for the tag itself, or for its group."""
        groups = {_folded(text) for text in (id_tag, parent) if text}
        return _folded(self.id_tag) == _folded(id_tag) or (self.parent is not None and _folded(self.parent) in groups)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "id": self.reservation_id,
            "connector": self.connector,
            "id_tag": self.id_tag,
            "expiry": self.expiry.isoformat(),
            "created": self.created.isoformat(),
            "parent": self.parent,
            "status": self.status.value,
            "shown": self.shown,
            "transaction": self.transaction_id,
        }


class Reservations:
    """The open reservations of one charge point and the last that have ended. Methods that change one return its connector's number."""

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        """Restore what `snapshot` returned."""
        stored = stored or {}
        self._last_id = int(stored.get("last_id", 0))
        self._items = {item.reservation_id: item for item in _restored(stored.get("items", ()))}

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {"last_id": self._last_id, "items": [item.as_dict() for item in self._items.values()]}

    def all(self) -> tuple[Reservation, ...]:
        """Return the open ones and the last that have ended, oldest first."""
        return tuple(self._items.values())

    def find(self, reservation_id: int) -> Reservation | None:
        """Return a reservation by its id, open or ended, if it is still known."""
        return self._items.get(reservation_id)

    def open_on(self, connector: int) -> Reservation | None:
        """Return the newest reservation of a connector that holds or may hold; connector 0: one that is for any."""
        return self._newest(connector, _OPEN)

    def active_on(self, connector: int) -> Reservation | None:
        """Return the newest reservation of a connector that holds; connector 0: one that is for any."""
        return self._newest(connector, {ReservationStatus.ACTIVE})

    def any_on(self, connector: int) -> bool:
        """Whether there is, or was of late, a reservation of the connector; connector 0: one that is for any."""
        return any(item.connector == connector for item in self._items.values())

    @property
    def next_expiry(self) -> datetime | None:
        """When the next open reservation expires."""
        return min((item.expiry for item in self._items.values() if item.open), default=None)

    def announce(
        self, connector: int, id_tag: str, parent: str | None, *, expiry: datetime, now: datetime
    ) -> Reservation:
        """Enter a reservation that the charge point will be asked for. Its id is one that it has not had before.

        Raises `InvalidRequestError`: `reservation_in_past`, `reservation_too_long`, `too_many_reservations`.
        """
        if expiry <= now:
            raise InvalidRequestError("reservation_in_past")
        if expiry - now > LONGEST:
            raise InvalidRequestError("reservation_too_long", days=LONGEST.days)
        if sum(item.open for item in self._items.values()) >= MOST_OPEN:
            raise InvalidRequestError("too_many_reservations", most=MOST_OPEN)
        # By the time, so that no id repeats even if the last one was not saved.
        self._last_id = max(self._last_id + 1, int(now.timestamp()) - _EPOCH_OF_IDS)
        announced = Reservation(
            reservation_id=self._last_id, connector=connector, id_tag=id_tag, parent=parent, expiry=expiry, created=now
        )
        self._items[announced.reservation_id] = announced
        self._drop_oldest_ended()
        return announced

    def accepted(self, reservation_id: int) -> Reservation:
        """The charge point has agreed to a reservation that was announced. What it has told meanwhile stands."""
        item = self._items[reservation_id]
        unanswered = item.status is ReservationStatus.UNCONFIRMED
        return self._change(item, status=ReservationStatus.ACTIVE) if unanswered else item

    def withdraw(self, reservation_id: int) -> None:
        """The charge point has refused: there is nothing to remember."""
        del self._items[reservation_id]

    def cancelled(self, reservation_id: int) -> Reservation | None:
        """The charge point has agreed to give a reservation up; return it if it is known and had not been used or cancelled.

        That the connector is free again may have come in before the answer.
        """
        item = self._items.get(reservation_id)
        if item is None or item.status not in _MAY_BE_CANCELLED:
            return None
        return self._change(item, status=ReservationStatus.CANCELLED)

    def expire(self, now: datetime) -> set[int]:
        """End what has reached its time."""
        expired = [item for item in self._items.values() if item.open and item.expiry <= now]
        return {self._change(item, status=ReservationStatus.EXPIRED).connector for item in expired}

    def status_told(self, connector: int, status: ConnectorStatus, now: datetime) -> set[int]:
        """Take the status that a charge point reports of a connector (0: of itself).

        Reserved bears a reservation out. Available ends one that had been borne out, out of service and faulted end every one:
        of connector 0 those of all connectors.
        """
        if status is ConnectorStatus.RESERVED:
            return self._borne_out(connector, now)
        if status not in _GIVES_UP and status is not ConnectorStatus.AVAILABLE:
            return set()
        told = [
            item
            for item in self._items.values()
            if item.status is ReservationStatus.ACTIVE
            and (item.shown or status in _GIVES_UP)
            and (item.connector == connector or (not connector and status in _GIVES_UP))
        ]
        return {self._change(item, status=_given_up(item, now)).connector for item in told}

    def ended(self, reservation_id: int, status: ReservationStatus) -> set[int]:
        """The charge point says that it does not hold a reservation any more, which it may have held."""
        item = self._items.get(reservation_id)
        return set() if item is None or not item.open else {self._change(item, status=status).connector}

    def used_by(self, start: Start, now: datetime) -> Reservation | None:
        """Return the reservation that the start of a transaction uses: the one it names, else one for its tag or the tag's group.

        What is told late is judged by its own time.
        """
        if start.reservation is not None:
            return self._items.get(start.reservation)
        return next(
            (
                item
                for item in reversed(self._items.values())
                if _fits(item, start, now) and item.is_for(start.id_tag or "", start.parent)
            ),
            None,
        )

    def used(self, reservation_id: int, transaction_id: str) -> set[int]:
        """A transaction has used a reservation, known or not; the first to do so is the one."""
        item = self._items.get(reservation_id)
        if item is None or item.status is ReservationStatus.USED:
            return set()
        return {self._change(item, status=ReservationStatus.USED, transaction_id=transaction_id).connector}

    def _borne_out(self, connector: int, now: datetime) -> set[int]:
        for item in reversed(self._items.values()):
            if item.connector != connector or item.expiry <= now:
                continue
            if item.status in _MAY_HOLD_AGAIN or (item.status is ReservationStatus.ACTIVE and not item.shown):
                return {self._change(item, status=ReservationStatus.ACTIVE, shown=True).connector}
        return set()

    def _newest(self, connector: int, statuses: Iterable[ReservationStatus]) -> Reservation | None:
        found = (
            item for item in reversed(self._items.values()) if item.connector == connector and item.status in statuses
        )
        return next(found, None)

    def _change(self, item: Reservation, **changes: Any) -> Reservation:
        changed = self._items[item.reservation_id] = replace(item, **changes)
        return changed

    def _drop_oldest_ended(self) -> None:
        ended = [item.reservation_id for item in self._items.values() if not item.open]
        for reservation_id in ended[: max(0, len(ended) - _KEPT_ENDED)]:
            del self._items[reservation_id]


def _fits(item: Reservation, start: Start, now: datetime) -> bool:
    """Whether a reservation held when and where a transaction has started."""
    if item.connector not in (0, start.connector):
        return False
    if item.open:
        return item.created - _CLOCKS_DIFFER <= (start.at or now)
    if item.status is not ReservationStatus.EXPIRED or start.at is None:
        return False
    return item.created - _CLOCKS_DIFFER <= start.at < item.expiry


def _given_up(item: Reservation, now: datetime) -> ReservationStatus:
    """Return what it means that a charge point does not hold a reservation any more: near its end, clocks differ."""
    near = item.expiry - _CLOCKS_DIFFER <= now
    return ReservationStatus.EXPIRED if near else ReservationStatus.DROPPED


def _folded(id_tag: str) -> str:
    return id_tag.strip().casefold()


def _restored(items: Iterable[Mapping[str, Any]]) -> list[Reservation]:
    """Restore reservations; one that cannot be read does not take the others with it."""
    restored = []
    for item in items:
        try:
            restored.append(_reservation_from(item))
        except KeyError, TypeError, ValueError:
            _LOGGER.warning("A reservation cannot be read and is forgotten")
    return restored


def _reservation_from(item: Mapping[str, Any]) -> Reservation:
    return Reservation(
        reservation_id=item["id"],
        connector=item["connector"],
        id_tag=item["id_tag"],
        expiry=datetime.fromisoformat(item["expiry"]),
        created=datetime.fromisoformat(item["created"]),
        parent=item["parent"],
        status=ReservationStatus(item["status"]),
        shown=item["shown"],
        transaction_id=item["transaction"],
    )
