"""Reserving at one charge point: asks it, and keeps what is remembered in step with what it tells and with the time.

What is remembered, and how a reservation ends, is in `reservations`. Source: OCPP 1.6 §5.1, §5.13, §9.3; 2.0.1 part 2, H01, H02.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from .booking.transactions import Transaction
from .charge_point_state import ChargePointEnvironment, ChargePointState
from .dialect import Dialect
from .errors import CallTimeoutError, CommandError, InvalidRequestError, NotConnectedError
from .model import ConnectorStatus, Start
from .requests import CancelReservation, ConnectorType, ReserveNow
from .reservations import Reservation, Reservations, ReservationStatus

_LATE = 1.0  # s after its time that an expiry is noticed, at the least


class Reserving:
    """The reservations of one charge point."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        mark: Callable[[int, str], None],
        reach: Callable[[], Dialect],
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Restore what `snapshot` returned in `stored`. `reach` returns the dialect or raises `NotConnectedError`."""
        self._point = point
        self._environment = environment
        self._mark = mark
        self._reach = reach
        self._timer: asyncio.TimerHandle | None = None
        self.book = Reservations(stored)

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return self.book.snapshot()

    def is_offered(self, connector: int) -> bool:
        """Whether the connector (0: any) can be reserved, as far as the charge point has told, or has been."""
        features = self._point.features
        told = features.reservations and (connector != 0 or features.any_connector is True)
        return told or self.book.any_on(connector)

    async def reserve(
        self, connector: int, id_tag: str, expiry: datetime, connector_type: ConnectorType | None = None
    ) -> Reservation:
        """Ask for a reservation; it holds when this returns. Raises the exceptions of `errors`.

        One that was not answered is remembered as unconfirmed: it may hold, and can be cancelled.
        """
        dialect = self._reach()
        if connector == 0:
            await self._check_any_connector(dialect)
        now = self._environment.clock()
        listed = self._point.authorization.find(id_tag)
        parent = listed.parent if listed else None
        item = self.book.announce(connector, id_tag, parent, expiry=expiry, now=now)
        self._changed({connector})
        try:
            await dialect.request(
                ReserveNow(
                    reservation_id=item.reservation_id,
                    connector=connector,
                    id_tag=id_tag,
                    expiry=expiry + self._point.clock_skew.value,  # it goes by its own clock
                    parent=parent,
                    connector_type=connector_type,
                )
            )
        except CallTimeoutError, NotConnectedError:
            raise
        except CommandError:
            self.book.withdraw(item.reservation_id)
            self._changed({connector})
            raise
        item = self.book.accepted(item.reservation_id)
        self._changed({connector})
        return item

    def open_on(self, connector: int) -> Reservation:
        """Return the reservation of a connector (0: the newest for any). Raises `InvalidRequestError("no_reservation")`."""
        if (found := self.book.open_on(connector)) is None:
            raise InvalidRequestError("no_reservation")
        return found

    async def cancel(self, reservation_id: int) -> None:
        """Give a reservation up, known or not; a refusal changes nothing. Raises the exceptions of `errors`."""
        await self._reach().request(CancelReservation(reservation_id=reservation_id))
        item = self.book.cancelled(reservation_id)
        if item is not None:
            self._changed({item.connector})

    def connected(self) -> None:
        """A connection has opened: what has expired meanwhile has ended."""
        self._expire()

    def stop(self) -> None:
        """Watch the time no more, until the next connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def status_told(self, connector: int, status: ConnectorStatus) -> None:
        """Take a status that the charge point reports of a connector (0: of itself)."""
        now = self._environment.clock()
        self._changed(self.book.status_told(connector, status, now) | self.book.expire(now))

    def ended(self, reservation_id: int, status: ReservationStatus) -> None:
        """The charge point says itself that a reservation has ended, and how."""
        self._changed(self.book.ended(reservation_id, status))

    def claim(self, start: Start) -> Start:
        """Return the start of a transaction with the reservation that it uses, if there is one."""
        item = self.book.used_by(start, self._environment.clock())
        return start if item is None else replace(start, reservation=item.reservation_id)

    def identified(self, transaction: Transaction, reservation: int | None) -> None:
        """It has become known whose transaction it is: the reservation that it names, or one for its tag, is used up."""
        start = Start(
            connector=transaction.connector,
            at=transaction.started,
            id_tag=transaction.id_tag,
            meter_start=transaction.meter_start,
            fingerprint=transaction.transaction_id,
            reservation=transaction.reservation or reservation,
            parent=transaction.parent,
        )
        transaction.reservation = self.claim(start).reservation
        self.used(transaction)

    def used(self, transaction: Transaction) -> None:
        """A transaction has started: the reservation that it names is used up."""
        if transaction.reservation is not None:
            self._changed(self.book.used(transaction.reservation, transaction.transaction_id))

    async def _check_any_connector(self, dialect: Dialect) -> None:
        """Raise `InvalidRequestError` unless the charge point can reserve any of its connectors; it is asked if it has not told."""
        if self._point.features.any_connector is None:
            known, _unknown = await dialect.get_configuration([self._point.features.any_connector_key])
            self._point.configuration_keys_read(known)
            self._point.flush()
        if not self._point.features.any_connector:
            raise InvalidRequestError("any_connector_not_reservable")

    def _expire(self) -> None:
        self._timer = None
        self._changed(self.book.expire(self._environment.clock()))
        self._watch()
        self._point.flush()

    def _watch(self) -> None:
        """Look again when the next reservation expires."""
        self.stop()
        if self._point.connected and (expiry := self.book.next_expiry) is not None:
            remaining = (expiry - self._environment.clock()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(max(remaining, 0.0) + _LATE, self._expire)

    def _changed(self, connectors: set[int]) -> None:
        if not connectors:
            return
        for number in connectors:
            self._mark(number, "reservation")
        self._environment.changed(True)  # what a charger holds must be known after a crash
        self._watch()
