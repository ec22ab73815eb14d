"""How often limits may be written: charge points keep every profile in a memory that wears out.

Pure. A bucket of tokens for what is wanted, no more than so many of them a day; a few a day for the layers that hardly change. Less
current is counted, in a reserve of its own once the tokens are gone, but bounded by nothing: a fuse does not wait. What bounds it is that
current can only be lowered as often as it was raised, or little by little. Times in s, any monotonic zero.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

PER_HOUR = 60
BURST = 6
PER_DAY = 600
RESERVE_PER_HOUR = 30
LAYERS_PER_DAY = 10

_MATTERS = 1.0  # A
_HOUR = 3600.0
_DAY = 86400.0


class WriteKind(StrEnum):
    """Why a limit is written."""

    WANTED = "wanted"  # more current, or a refresh
    SAFETY = "safety"  # less current: never held back
    TRIM = "trim"  # a little less current: never held back either, but it leaves the reserve to what matters
    LAYER = "layer"  # the ceiling and the fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left."""

    tokens: float = BURST
    reserve: float = RESERVE_PER_HOUR
    day: float = PER_DAY  # of what is wanted
    layers: float = LAYERS_PER_DAY
    at: float = 0.0


def kind_of_change(before: float, after: float) -> WriteKind:
    """Return what kind of write it is to go from one limit to another, in A."""
    if after >= before:
        return WriteKind.WANTED
    return WriteKind.SAFETY if before - after >= _MATTERS else WriteKind.TRIM


def refilled(budget: Budget, now: float) -> Budget:
    """Return the budget as it has grown until now."""
    elapsed = max(now - budget.at, 0.0)
    return Budget(
        tokens=min(budget.tokens + elapsed * PER_HOUR / _HOUR, BURST),
        reserve=min(budget.reserve + elapsed * RESERVE_PER_HOUR / _HOUR, RESERVE_PER_HOUR),
        day=min(budget.day + elapsed * PER_DAY / _DAY, PER_DAY),
        layers=min(budget.layers + elapsed * LAYERS_PER_DAY / _DAY, LAYERS_PER_DAY),
        at=now,  # a clock that was put back goes on from there
    )


def wait(budget: Budget, now: float, kind: WriteKind) -> float:
    """Return for how many seconds such a write has to wait; 0 when it may go, which less current always may."""
    if kind in {WriteKind.SAFETY, WriteKind.TRIM}:
        return 0.0
    held = refilled(budget, now)
    if kind is WriteKind.LAYER:
        return max(1.0 - held.layers, 0.0) * _DAY / LAYERS_PER_DAY
    return max(max(1.0 - held.tokens, 0.0) * _HOUR / PER_HOUR, max(1.0 - held.day, 0.0) * _DAY / PER_DAY)


def spend(budget: Budget, now: float, kind: WriteKind) -> Budget:
    """Return the budget after a write.

    Less current takes a token while there is one, then from the reserve (a little less only while that is full), and goes in any case.
    It does not count for the day.
    """
    held = refilled(budget, now)
    if kind is WriteKind.LAYER:
        return replace(held, layers=max(held.layers - 1.0, 0.0))
    if kind is WriteKind.WANTED:
        return replace(held, tokens=max(held.tokens - 1.0, 0.0), day=max(held.day - 1.0, 0.0))
    if held.tokens >= 1.0:
        return replace(held, tokens=held.tokens - 1.0)
    spared = kind is WriteKind.TRIM and held.reserve < RESERVE_PER_HOUR
    return held if spared else replace(held, reserve=max(held.reserve - 1.0, 0.0))
