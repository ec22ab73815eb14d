"""When a limit that a charge point has confirmed is told again. Pure; the reasons are in OCPP 1.6 §3.13 and in what charge points forget."""

from dataclasses import dataclass
from enum import StrEnum

from .profiles import DEAD_MAN, Kind, Limit, Purpose, Strategy

REFRESH_AFTER = DEAD_MAN / 2
"""Seconds after which a limit with a dead man is written again."""

_RECONNECT_PAUSE = 300.0  # s between two writes that only a new connection asks for: some dial in every minute
_JUST_WRITTEN = 60.0  # s


class Occasion(StrEnum):
    """What has happened."""

    WISH = "wish"  # the user, an automation or a mode wants a limit
    BOOT = "boot"
    RECONNECT = "reconnect"
    TRANSACTION = "transaction"  # one has started
    RESUMED = "resumed"  # charging has begun again by itself
    REFRESH = "refresh"
    CONTRADICTED = "contradicted"
    SWITCHED = "switched"  # no current flows any more: the number of phases may change
    IMPROVABLE = "improvable"  # it is followed, and may have a dead man too


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A limit that a charge point has accepted. `at` in s; `transaction_id`: of the transaction it was for.

    `contradicted`: it does not hold as far as is known, and must be told again.
    """

    limit: Limit
    strategy: Strategy
    at: float
    transaction_id: str | None = None
    contradicted: bool = False

    @property
    def as_tried(self) -> bool:
        """Whether it was written just as the strategy says: without a transaction, one for transactions falls back on the default."""
        return self.strategy.purpose is not Purpose.TX or self.transaction_id is not None

    def has_lapsed(self, now: float) -> bool:
        """Whether the fallback holds by now."""
        return self.strategy.expires(self.limit) and now - self.at >= DEAD_MAN


def needs_reapply(
    occasion: Occasion, applied: Applied | None, wanted: Limit, now: float, *, transaction_id: str | None = None
) -> bool:
    """Whether the wanted limit must be written. `applied`: what holds as far as is known; None: nothing is known."""
    if applied is None or applied.limit != wanted or applied.contradicted or applied.has_lapsed(now):
        return True
    age = now - applied.at
    match occasion:
        case Occasion.BOOT | Occasion.CONTRADICTED | Occasion.IMPROVABLE:
            return True
        case Occasion.TRANSACTION:
            bound = applied.strategy.purpose is Purpose.TX or applied.strategy.kind is Kind.RELATIVE
            return (bound and applied.transaction_id != transaction_id) or age >= _JUST_WRITTEN
        case Occasion.RECONNECT:
            return age >= _RECONNECT_PAUSE
        case Occasion.RESUMED:
            return age >= REFRESH_AFTER
        case Occasion.REFRESH:
            return applied.strategy.expires(wanted) and age >= REFRESH_AFTER
    return False  # a wish that holds already
