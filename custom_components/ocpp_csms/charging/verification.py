"""Whether a limit that a charge point has accepted is followed: by what it measures, what it offers, or what it says its schedule is.

Pure. What is measured alone says that a limit is exceeded; the offer, then the composite schedule, say so where nothing is measured. That
takes two samples some time apart: cars take seconds to come down, and some charge points jump for a moment when a profile comes. What
stays far below a limit says nothing about it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .wiring import MINIMUM_CURRENT

SETTLE = 15.0  # s after a write: the current may still be on its way
PERSISTENCE = 10.0  # s for which a limit must be exceeded
TOLERANCE = 1.0  # A above the limit that meters and cars take
NEAR = 1.5  # A below the limit: what comes so near is held by it


class LimitVerdict(StrEnum):
    """What the evidence says."""

    OPEN = "open"
    FOLLOWED = "followed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a charge point tells, in A per phase; None: not told. `was_drawing`: current flowed when the limit was written."""

    measured: float | None = None
    offered: float | None = None
    composite: float | None = None
    was_drawing: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch over one written limit. `exceeded_since`: the time of the first sample above it; `offer_lies` is learned for good."""

    limit: float
    written: float
    exceeded_since: float | None = None
    offer_lies: bool = False


def highest_tolerated(limit: float) -> float:
    """Return the current in A above which a limit is exceeded. Between 0 and the minimum some charge points offer the minimum."""
    return (max(limit, MINIMUM_CURRENT) if limit >= 1.0 else limit) + TOLERANCE


def judge(watch: Watch, evidence: Evidence, now: float) -> tuple[Watch, LimitVerdict]:
    """Weigh a sample; return the watch to go on with, and the verdict."""
    if now - watch.written < SETTLE:
        return watch, LimitVerdict.OPEN
    measured, offered, top = evidence.measured, evidence.offered, highest_tolerated(watch.limit)
    held = measured is not None and watch.limit >= MINIMUM_CURRENT and watch.limit - NEAR <= measured <= top
    stopped = measured is not None and watch.limit < 1.0 and evidence.was_drawing and measured <= TOLERANCE
    if held or stopped:
        lies = watch.offer_lies or (offered is not None and offered > top)
        return replace(watch, exceeded_since=None, offer_lies=lies), LimitVerdict.FOLLOWED
    offer = None if watch.offer_lies else offered
    said = evidence.composite if offer is None else offer
    highest = said if measured is None else measured
    if highest is not None and highest > top:
        if watch.exceeded_since is None:
            return replace(watch, exceeded_since=now), LimitVerdict.OPEN
        persists = now - watch.exceeded_since >= PERSISTENCE
        return watch, LimitVerdict.CONTRADICTED if persists else LimitVerdict.OPEN
    watch = replace(watch, exceeded_since=None)
    borne_out = any(value is not None and _is_near(value, watch.limit) for value in (offer, evidence.composite))
    return watch, LimitVerdict.FOLLOWED if borne_out else LimitVerdict.OPEN


def _is_near(value: float, limit: float) -> bool:
    return value <= highest_tolerated(limit) and (limit < MINIMUM_CURRENT or value >= limit - NEAR)
