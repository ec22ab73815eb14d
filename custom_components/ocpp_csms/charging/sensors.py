"""Whether the sensors of the house can be trusted, and what to do while they cannot. Not what is done with their values.

Powers are in W, import positive, already converted and signed by the settings; times are s of any monotonic clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
import math
from statistics import median
from typing import Self

from .modes import ChargingMode

_STALE_AFTER = 60.0  # s, for a sensor that is faster than every 15 s
_STALE_INTERVALS = 4
_KEPT_SAMPLES = 10
_FUSE_FACTOR = 3  # a house takes no more than this many times what its fuse is for
_ABSURD = 100_000.0  # W, where no fuse is known
_FROZEN_AFTER = 600.0  # s
_CLEAR_IMPORT = 500.0  # W
_CLEAR_EXPORT = -1.0  # A of all phases together
_CONTRADICTIONS = 3  # in a row
_TOGETHER = 5.0  # s between two samples at most that show the same; in more the house changes
_FROZEN_CHANGE = 1000.0  # W
_HOLD = 60.0  # s
_PAUSE_AFTER = 300.0  # s


@dataclass(frozen=True, slots=True)
class SampleHistory:
    """When the last samples of a sensor came, the oldest first. Unchanged values count if the sensor reported them."""

    times: tuple[float, ...] = ()

    def add(self, at: float) -> Self:
        """Return the history with one more sample; one that is no later than the last is none."""
        if self.times and at <= self.times[-1]:
            return self
        return replace(self, times=(*self.times, at)[-_KEPT_SAMPLES:])

    @property
    def last(self) -> float | None:
        """When the last sample came."""
        return self.times[-1] if self.times else None

    @property
    def median_interval(self) -> float | None:
        """The s between samples; None before the second."""
        if len(self.times) < 2:
            return None
        return median(later - earlier for earlier, later in pairwise(self.times))


def is_stale(now: float, last_sample: float | None, median_interval: float | None) -> bool:
    """Whether a sensor has been silent for too long: more than 60 s and more than 4 of its intervals. Never heard of: stale."""
    if last_sample is None:
        return True
    return now - last_sample > max(_STALE_AFTER, _STALE_INTERVALS * (median_interval or 0.0))


def plausible(value: float, fuse_power: float | None) -> float | None:
    """Return a power that can be true, or None. `fuse_power` is what the main fuse allows on all phases in W; None: unknown."""
    most = _ABSURD if fuse_power is None else _FUSE_FACTOR * fuse_power
    return value if math.isfinite(value) and abs(value) <= most else None


def are_plausible(currents: Sequence[float], rating: float) -> bool:
    """Whether the currents of the phases (A) can be true, at a main fuse of `rating` A."""
    return all(math.isfinite(current) and abs(current) <= _FUSE_FACTOR * rating for current in currents)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSigns:
    """What the power of the grid has told about the signs of the currents. Times of the last samples that were compared, in s."""

    grid_at: float | None = None
    currents_at: float | None = None
    contradictions: int = 0  # in a row
    inverted: bool = False  # for good: nobody knows whether all phases are, so none of their signs is believed any more


def compare_signs(
    signs: CurrentSigns, power: float, grid_at: float, currents: Sequence[float], currents_at: float
) -> CurrentSigns:
    """Return what is known after the newest samples of power (W) and currents (A) of the grid, import positive.

    Only the contradiction that is a danger counts: clear import, and currents that flow out. It takes three in a row of samples that
    are both new and of the same time.
    """
    is_new = grid_at != signs.grid_at and currents_at != signs.currents_at
    if not is_new or abs(grid_at - currents_at) > _TOGETHER:
        return signs
    contradicts = power > _CLEAR_IMPORT and sum(currents) < _CLEAR_EXPORT
    count = signs.contradictions + 1 if contradicts else 0
    return CurrentSigns(
        grid_at=grid_at,
        currents_at=currents_at,
        contradictions=count,
        inverted=signs.inverted or count >= _CONTRADICTIONS,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """The least and the most of a power in W."""

    least: float
    most: float

    def over(self, power: float) -> Span:
        """Return the span with one more value."""
        return Span(min(self.least, power), max(self.most, power))

    @property
    def is_wide(self) -> bool:
        """Whether the grid's power must have changed with it."""
        return self.most - self.least > _FROZEN_CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenWatch:
    """Since when a sensor has shown the very same value, and what all cars together were told and took in that time."""

    value: float | None = None
    since: float = 0.0
    told: Span = Span(0.0, 0.0)
    taken: Span = Span(0.0, 0.0)


def watch_frozen(
    watch: FrozenWatch, now: float, value: float, *, told: float, taken: float
) -> tuple[FrozenWatch, bool]:
    """Return whether the value is frozen: exactly the same for 10 minutes while the cars' power changed by more than 1 kW.

    Both must have changed: what the cars were told (W), for their meters come after that of the grid, and what they took.
    """
    if value != watch.value:
        return FrozenWatch(value=value, since=now, told=Span(told, told), taken=Span(taken, taken)), False
    watch = replace(watch, told=watch.told.over(told), taken=watch.taken.over(taken))
    return watch, now - watch.since >= _FROZEN_AFTER and watch.told.is_wide and watch.taken.is_wide


def failsafe_current(mode: ChargingMode, stale_for: float, limit: float, minimum: float) -> float:
    """Return the A that a mode that follows the sun offers `stale_for` s after the grid sensor was found not to be trusted.

    `limit` is what the sun has granted. It is held for a minute, then it is the minimum at most, and in the end a pause.
    """
    if mode is ChargingMode.MIN_SOLAR:
        return minimum
    if stale_for < _HOLD:
        return limit
    return min(limit, minimum) if stale_for < _PAUSE_AFTER else 0.0


def next_failsafe(stale_for: float) -> float | None:
    """Return in how many s a solar mode will do less than now, after so many of silence; None: it does not get any less."""
    return next((after - stale_for for after in (_HOLD, _PAUSE_AFTER) if stale_for < after), None)


class SignVerdict(StrEnum):
    """What the sign self-test found."""

    OK = "ok"
    INVERTED = "inverted"
    BLIND = "blind"  # the sensor does not see the charger: its power must not be added to the surplus
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSample:
    """The house at one time."""

    at: float
    grid: float  # W that are not from the house's own: import + discharge of the battery, else a battery hides the car
    ev: float  # W of all cars


_SIGNIFICANT = 1000.0  # W
_LONGEST_STEP = 120.0  # s, in more the house changes too much
_NEAR = 0.4  # from the slope that is expected
_STEPS = 3
_REMEMBERED = 9


@dataclass(frozen=True, slots=True)
class SignTest:
    """Compares how the grid's power changes with that of the cars, at their first starts and stops.

    Feed it each start and stop: `before` is the last grid sample before our write (or before the current changed by itself), `after`
    the first one for which the car's meter value shows the new, settled power, both with the meter value of the cars at that time.
    """

    slopes: tuple[float, ...] = ()

    @classmethod
    def remembered(cls, slopes: Iterable[float]) -> Self:
        """Return the test as it was, from the slopes it had, the oldest first; what is no number is left out."""
        return cls(tuple(slope for slope in slopes if math.isfinite(slope))[-_REMEMBERED:])

    def observe(self, before: PowerSample, after: PowerSample) -> Self:
        """Return the test with one more step; one of less than 1 kW, or of more than 2 minutes, says nothing."""
        change = after.ev - before.ev
        if not 0 < after.at - before.at <= _LONGEST_STEP or not abs(change) >= _SIGNIFICANT:
            return self
        slope = (after.grid - before.grid) / change
        return replace(self, slopes=(*self.slopes, slope)[-_REMEMBERED:]) if math.isfinite(slope) else self

    @property
    def verdict(self) -> SignVerdict:
        """What at least three steps say, more than half of them the same. So a kettle during one of three does no harm."""
        if len(self.slopes) < _STEPS:
            return SignVerdict.UNDECIDED
        for verdict, expected in ((SignVerdict.OK, 1.0), (SignVerdict.INVERTED, -1.0), (SignVerdict.BLIND, 0.0)):
            if 2 * sum(abs(slope - expected) <= _NEAR for slope in self.slopes) > len(self.slopes):
                return verdict
        return SignVerdict.UNDECIDED
