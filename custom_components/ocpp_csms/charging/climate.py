"""The weather of the hours: how far the surplus stays below its envelope, and what that makes of a mode.

The envelope is what there is when no cloud passes and nobody cooks. It follows the sun at once, and so the remembered shares of it stay
true while the sun rises and sets. Learned from the surplus alone; no hour, no season, no size of a roof is known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

ENVELOPE_SECONDS = 11000.0  # s, time constant of the envelope's sinking; longer than clouds, shorter than a day
SMOOTH_SECONDS = 30.0  # s, of the surplus that lifts the envelope; a single wrong sample lifts it little
RISE_SECONDS = 280.0  # s, time constant; no sun rises faster, so that a gap in the clouds is told from it
MEMORY_SECONDS = 3300.0  # s, time constant with which shares are forgotten
LOWEST_ENVELOPE = 200.0  # W, below it is night: nothing is learned
STEPS = 24  # classes of shares from 0 to 1; the utilities bend within some hundred W
_HIGHEST = STEPS * 6 // 5  # class of all that is 1.2 and more


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """The envelope of the surplus in W, the smoothed surplus in W, and how often (any unit) each share of the envelope was there."""

    envelope: float = 0.0
    smooth: float = 0.0
    often: tuple[float, ...] = (0.0,) * (_HIGHEST + 2)


def observe(climate: Climate, surplus: float, elapsed: float) -> Climate:
    """Return the climate after `elapsed` s with a surplus in W."""
    power = max(surplus, 0.0)
    smooth = climate.smooth + (1 - exp(-elapsed / SMOOTH_SECONDS)) * (power - climate.smooth)
    envelope = max(climate.envelope * exp(-elapsed / ENVELOPE_SECONDS), smooth)
    if envelope <= LOWEST_ENVELOPE:
        return Climate(envelope=envelope, smooth=smooth, often=climate.often)
    often = _shrunk(climate.often, climate.envelope * exp(elapsed / RISE_SECONDS) / envelope)
    keep = exp(-elapsed / MEMORY_SECONDS)
    often = [weight * keep for weight in often]
    _add(often, min(power / envelope * STEPS, _HIGHEST), 1 - keep)
    return Climate(envelope=envelope, smooth=smooth, often=tuple(often))


def _add(often: list[float], position: float, weight: float) -> None:
    """Add a weight between two classes."""
    step = int(position)
    often[step] += weight * (1 - (position - step))
    often[step + 1] += weight * (position - step)


def _shrunk(often: Sequence[float], ratio: float) -> Sequence[float]:
    """Return what was learned under an envelope that turned out too low: the same powers are smaller shares of it."""
    if ratio >= 1:
        return often
    shrunk = [0.0] * len(often)
    for step, weight in enumerate(often):
        if weight > 0:
            _add(shrunk, step * ratio, weight)
    return shrunk


def expected(climate: Climate, utility: Callable[[float], float]) -> float | None:
    """Return the mean of a utility of the surplus in such a weather; None: there is no sun, or nothing was learned."""
    total = sum(climate.often)
    if climate.envelope <= LOWEST_ENVELOPE or total <= 0:
        return None
    unit = climate.envelope / STEPS
    return sum(weight * utility(step * unit) for step, weight in enumerate(climate.often) if weight > 0) / total
