"""The surplus of a site: what the sun leaves for charging, from the grid's power and what the chargers are told to take.

Meter values of chargers come late, so the draw of a charger is taken from its limit, once the car has been seen to follow it. Who gets
the surplus is decided elsewhere (`allocation.py`); no sensor is judged here (`sensors.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .wiring import NOMINAL_VOLTAGE

LOWEST_OFFSET = -1.0  # A, more than that a car does not draw beyond its offer; a meter that says so is wrong
SETTLE = 12.0  # s after a write until charger, car and the grid's sensor have followed; shorter ones oscillate
SETTLE_AFTER_START = 20.0  # s more after a start or a change of phases; see `ChargerDraw.written_at`
WINDOW = 10.0  # s, mean of the samples; evens out sensors that are faster than a car


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerDraw:
    """What one charger is told and does; currents in A per phase, times in s."""

    limit: float  # in force, 0: paused
    phases: int
    measured: float | None  # by its meter values, None: unknown
    measured_at: float | None
    written_at: float  # last write; one that started charging or changed phases counts `SETTLE_AFTER_START` later
    drawing: bool  # the car takes what it is offered, as far as is known
    offset: float  # that it takes less than it is offered
    voltage: float = NOMINAL_VOLTAGE  # V


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusState:
    """The settled samples of the window, (time, W), and the surplus in W; while not `settled` it is the last that was."""

    samples: tuple[tuple[float, float], ...] = ()
    surplus: float = 0.0
    settled: bool = False
    known: bool = False  # there was one that had settled


def draw_of(charger: ChargerDraw) -> float:
    """Return what a charger takes, in W: by its limit while the car draws, else by its meter."""
    if charger.drawing and charger.limit > 0:
        return max(0.0, charger.limit - charger.offset) * charger.voltage * charger.phases
    return (charger.measured or 0.0) * charger.voltage * charger.phases


def learned_offset(charger: ChargerDraw) -> float:
    """Return the offset (A) after a meter value, the same as before if the car has not settled or does not draw."""
    if charger.measured is None or charger.measured_at is None or charger.limit <= 0 or charger.measured <= 0:
        return charger.offset
    if charger.measured_at < charger.written_at + SETTLE:
        return charger.offset
    return min(charger.limit, max(LOWEST_OFFSET, charger.limit - charger.measured))


def estimate_surplus(
    state: SurplusState,
    now: float,
    grid: float,
    battery: float,
    chargers: Sequence[ChargerDraw],
) -> SurplusState:
    """Return the surplus that all chargers together may take, after a new sample of the grid's power (W, import +).

    `battery` is the power in W that counts as available: its charging if the chargers go first, less its discharging.
    """
    if any(now < charger.written_at + SETTLE for charger in chargers):
        return SurplusState(surplus=state.surplus, known=state.known)
    power = sum(draw_of(charger) for charger in chargers) - grid + battery
    samples = (*(item for item in state.samples if item[0] > now - WINDOW), (now, power))
    surplus = sum(item[1] for item in samples) / len(samples)
    return SurplusState(samples=samples, surplus=surplus, settled=True, known=True)
