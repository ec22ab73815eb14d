"""Which phases to charge with, or none: what a change of mode is expected to gain, in Wh.

Modes, utilities and costs are plain numbers here; the law of a connector (`law.py`) says what they are. No current is chosen here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import math

# Every figure was found by simulation of clouds, with 100 Wh of harm for each start and each change of phases.
FAST_SECONDS = 60.0  # s, time constant of what is so now; long enough to miss a kettle's switch-on
UNREST_SECONDS = 1500.0  # s, time constant of the deviation of the utilities
REGRET_WEIGHT = 0.41  # of the energy already lost by staying
REGRET_LIMIT = 500.0  # Wh lost by staying after which hope for better weather ends
PRESENT_SECONDS = 300.0  # s that the present is taken to last at least
CALM_SECONDS = 1300.0  # s that it lasts longer when nothing stirs
CALM_DEVIATION = 1000.0  # W, deviation at which half of that is left
WEATHER_SECONDS = 3300.0  # s that the weather is taken to last
WEATHER_BOUND = 300.0  # Wh, most that the weather can be worth: one can always change back
START_COST = 50.0  # Wh
STOP_COST = 140.0  # Wh, dearer than a start: it will be followed by one
MORE_PHASES_COST = 360.0  # Wh, with the seconds that the car does not draw
FEWER_PHASES_COST = 490.0  # Wh, dearer: most clouds are gone sooner than the phases could be back
PHASES_UNREST = 240.0  # s of the deviation that a change of phases must gain besides: where clouds pass, one waits
START_UNREST = 150.0  # s, the same for starts and stops
LESS_EXPONENT = -2.0  # of the grid's weight, in the cost of less power: who dislikes the grid has less patience
START_DWELL = 120.0  # s that a pause lasts at least
STOP_DWELL = 180.0  # s that charging lasts at least
PHASES_DWELL = 240.0  # s between changes of phases at least; contactors wear
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known of the utilities (W) of the modes, each in the order of the modes.

    `fast` and `slow` are exponential means, `square` those of the squared differences between two modes (W²), `weather` is what to
    expect of the hour, `regret` what each mode would have gained over the present one (Wh).
    """

    fast: tuple[float, ...]
    slow: tuple[float, ...]
    square: tuple[tuple[float, ...], ...]
    weather: tuple[float, ...]
    regret: tuple[float, ...]


def first_outlook(utilities: Sequence[float]) -> Outlook:
    """Return the outlook after the first sample: it will stay as it is."""
    present = tuple(utilities)
    return Outlook(
        fast=present,
        slow=present,
        square=tuple(tuple((one - other) ** 2 for other in present) for one in present),
        weather=present,
        regret=(0.0,) * len(present),
    )


def observe(
    outlook: Outlook, utilities: Sequence[float], weather: Sequence[float], current: int, elapsed: float
) -> Outlook:
    """Return the outlook after `elapsed` s with these utilities, while the mode at index `current` was in force."""
    fast_gain, slow_gain = 1 - math.exp(-elapsed / FAST_SECONDS), 1 - math.exp(-elapsed / UNREST_SECONDS)
    return Outlook(
        fast=_approached(outlook.fast, utilities, fast_gain),
        slow=_approached(outlook.slow, utilities, slow_gain),
        square=tuple(
            _approached(row, [(one - other) ** 2 for other in utilities], slow_gain)
            for row, one in zip(outlook.square, utilities, strict=True)
        ),
        weather=tuple(weather),
        regret=tuple(
            max(0.0, lost + (now - utilities[current]) * elapsed / _SECONDS_PER_HOUR)
            for lost, now in zip(outlook.regret, utilities, strict=True)
        ),
    )


def _approached(means: Sequence[float], values: Sequence[float], gain: float) -> tuple[float, ...]:
    return tuple(mean + gain * (value - mean) for mean, value in zip(means, values, strict=True))


def forgiven(outlook: Outlook) -> Outlook:
    """Return the outlook without regrets, as it is after a change of mode."""
    return replace(outlook, regret=(0.0,) * len(outlook.regret))


def deviation(outlook: Outlook, current: int, other: int) -> float:
    """Return the usual deviation of the difference between two modes, in W."""
    return math.sqrt(max(0.0, outlook.square[other][current] - (outlook.slow[other] - outlook.slow[current]) ** 2))


def advantage(outlook: Outlook, current: int, other: int) -> float:
    """Return what the mode `other` is expected to gain over `current`, in Wh: what was lost, what is so now, the weather."""
    calm = CALM_SECONDS / (1 + (deviation(outlook, current, other) / CALM_DEVIATION) ** 2)
    now = (PRESENT_SECONDS + calm) * (outlook.fast[other] - outlook.fast[current]) / _SECONDS_PER_HOUR
    weather = WEATHER_SECONDS * (outlook.weather[other] - outlook.weather[current]) / _SECONDS_PER_HOUR
    return REGRET_WEIGHT * outlook.regret[other] + now + WEATHER_BOUND * math.tanh(weather / WEATHER_BOUND)


def hurdle(outlook: Outlook, modes: Sequence[int], current: int, other: int, grid_weight: float) -> float:
    """Return what a change must gain to be made, in Wh: its cost, and more the less steady the weather is."""
    unrest = PHASES_UNREST
    if not modes[current]:
        cost, unrest = START_COST, START_UNREST
    elif not modes[other]:
        cost, unrest = STOP_COST, START_UNREST
    else:
        cost = MORE_PHASES_COST if modes[other] > modes[current] else FEWER_PHASES_COST
    if modes[other] < modes[current]:
        cost *= math.pow(max(grid_weight, 1.0), LESS_EXPONENT)
    return cost + unrest * deviation(outlook, current, other) / _SECONDS_PER_HOUR


def dwell(present: int, other: int) -> float:
    """Return how long charging with `present` phases lasts at least before it changes to `other`, in s."""
    if not present:
        return START_DWELL
    return PHASES_DWELL if other else STOP_DWELL


def better_mode(
    outlook: Outlook, modes: Sequence[int], current: int, since_change: float, grid_weight: float
) -> int | None:
    """Return the index of the mode to change to, None: none is worth it, or it is too early."""
    worth = {
        index: max(
            advantage(outlook, current, index) / hurdle(outlook, modes, current, index, grid_weight),
            outlook.regret[index] / REGRET_LIMIT,
        )
        for index in range(len(modes))
        if index != current
    }
    if not worth:
        return None
    best = max(worth, key=worth.__getitem__)
    early = since_change < dwell(modes[current], modes[best])
    return None if early or worth[best] < 1 else best
