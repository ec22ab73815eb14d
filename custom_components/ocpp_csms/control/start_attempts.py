"""Whether to start a transaction for a car that waits for one. Where only known tags may charge, a card decides, not we."""

from dataclasses import dataclass

from custom_components.ocpp_csms.csms.model import ENDED_BY_HAND, Connector, ConnectorStatus

_PATIENCE = 20.0  # s for a charge point to start a transaction by itself
_MOST = 3  # how often one is started for a car
_WAITING = frozenset({ConnectorStatus.PREPARING, ConnectorStatus.FINISHING})


@dataclass(slots=True)
class StartAttempts:
    """The attempts for the car that is there. Times in s since 1970."""

    count: int = 0
    waiting_since: float | None = None  # plugged in, and no transaction
    overruled: str | None = None  # transaction in which charging was ended by hand before the user chose a mode

    def is_due(self, connector: Connector, *, wanted: bool, now: float) -> bool:
        """Whether a car waits that is `wanted` to charge. It has begun to wait with the first call that says so."""
        if not (wanted and self._waits(connector)):
            self.waiting_since = None
            return False
        if self.waiting_since is None:
            self.waiting_since = now
        return self.count < _MOST and now - self.waiting_since >= _PATIENCE

    def _waits(self, connector: Connector) -> bool:
        last = connector.transaction
        if last is not None and last.reason in ENDED_BY_HAND:
            # Whoever has ended it does not want another one, until the user chooses a mode.
            return last.transaction_id == self.overruled and connector.status in _WAITING
        return connector.status is ConnectorStatus.PREPARING

    def made(self, now: float) -> None:
        """A transaction is being started."""
        self.count += 1
        self.waiting_since = now

    def mode_chosen(self, connector: Connector) -> None:
        """The user has chosen a mode: what ended before does not count any more."""
        self.count = 0
        last = connector.transaction
        is_over = last is not None and (not last.running or last.reason is not None)
        self.overruled = last.transaction_id if last is not None and is_over else None

    def car_left(self) -> None:
        """The next car has its own attempts."""
        self.count, self.waiting_since = 0, None
