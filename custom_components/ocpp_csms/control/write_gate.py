"""When a limit may be written to a connector, for all that is known of the writes before. No current is decided on here."""

from dataclasses import dataclass
import math

from custom_components.ocpp_csms.charging.connector import SAME
from custom_components.ocpp_csms.charging.observation import ConnectorDecision
from custom_components.ocpp_csms.csms.model import Connector

from .limit_in_force import LimitInForce

_REFUSED = 900.0  # s for which a limit that was refused is not tried again
_REFUSED_LESS = 60.0  # s for which less is not tried again, twice as long each time
_FAILED = 30.0  # s after any other failure
_FAILED_LESS = 9.0
_ATTEMPTS_APART = 1.0  # s, at most one write: what is told and what is confirmed may differ for ever
_HANDS_OFF = 15.0  # s after the user has taken over


@dataclass(slots=True)
class WriteGate:
    """What became of the writes to a connector. Times in s since 1970."""

    blocked_until: float = -math.inf  # no write before
    blocked_less_until: float = -math.inf  # not even of less
    refusals: int = 0  # one after the other
    rejected: bool = False
    attempted_at: float = -math.inf  # last write, whatever became of it
    transaction: str | None = None  # that runs

    def lets_pass(self, connector: Connector, in_force: LimitInForce, decision: ConnectorDecision, now: float) -> bool:
        """Whether it makes sense to write a decision now."""
        if now - self.attempted_at < _ATTEMPTS_APART:
            return False
        limit, written_at = in_force.limit, in_force.written_at
        lowers = limit is not None and decision.current < limit
        if connector.limit_ignored:
            told = limit is not None and abs(limit - decision.current) < SAME
            if told or now - written_at < (_REFUSED_LESS if lowers else _REFUSED):
                return False
        return now >= (self.blocked_less_until if lowers else self.blocked_until)

    def accepted(self) -> None:
        """A limit was taken."""
        self.rejected, self.refusals = False, 0

    def refused(self, now: float) -> None:
        """A limit was refused: the next one has time; one of less has not as much."""
        self.rejected = True
        self.blocked_until = now + _REFUSED
        self.blocked_less_until = now + min(_REFUSED_LESS * 2**self.refusals, _REFUSED)
        self.refusals += 1

    def failed(self, now: float) -> None:
        """Nobody knows whether a limit was taken."""
        self.rejected, self.refusals = False, 0
        self.blocked_until, self.blocked_less_until = now + _FAILED, now + _FAILED_LESS

    def hands_off(self, now: float) -> None:
        """The user is about to write by hand; less goes all the same."""
        self.blocked_until = now + _HANDS_OFF

    def open(self) -> None:
        """The user has chosen a mode: it begins at once."""
        self.blocked_until = -math.inf

    def notice(self, connector: Connector) -> None:
        """Notice a transaction that has started: what was refused without one is tried again at once."""
        running = connector.running_transaction
        if running is not None and running.transaction_id != self.transaction:
            self.blocked_until = self.blocked_less_until = -math.inf
            self.accepted()
        self.transaction = None if running is None else running.transaction_id

    def rejects(self, connector: Connector, now: float) -> bool:
        """Whether the charge point does not take, or not follow, what it is told."""
        return connector.limit_ignored or (self.rejected and now < self.blocked_until)
