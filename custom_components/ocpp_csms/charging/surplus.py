"""The surplus of a site: what the sun leaves for charging, from the grid's power and what the chargers are told to take.

Meter values of chargers come late, so the draw of a charger is taken from its limit, once the car has been seen to follow it. Who gets
the surplus is decided elsewhere (`allocation.py`); no sensor is judged here (`sensors.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

LOWEST_OFFSET = -1.0  # A, more than that a car does not draw beyond its offer; a meter that says so is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusConfig:
    """How a surplus is estimated."""

    voltage: float = 230.0  # V
    settle: float = (
        12.0  # s after a write until charger, car and the grid's sensor have followed; shorter ones oscillate
    )
    settle_start: float = 20.0  # s more after a start or a change of phases; see `ChargerDraw.written_at`
    window: float = 10.0  # s, mean of the samples; evens out sensors that are faster than a car
    reserve: float = 0.0  # W that are left to the grid


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerDraw:
    """What one charger is told and does; currents in A per phase, times in s."""

    limit: float  # in force, 0: paused
    phases: int
    measured: float | None  # by its meter values, None: unknown
    measured_at: float | None
    written_at: float  # last write; one that started charging or changed phases counts `settle_start` later
    drawing: bool  # the car takes what it is offered, as far as is known
    offset: float  # that it takes less than it is offered


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusState:
    """The settled samples of the window, (time, W), and the surplus of the last of them."""

    samples: tuple[tuple[float, float], ...] = ()
    surplus: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The surplus in W; while not `settled` it is the last that was."""

    surplus: float
    settled: bool


def draw_of(charger: ChargerDraw, cfg: SurplusConfig) -> float:
    """Return what a charger takes, in W: by its limit while the car draws, else by its meter."""
    if charger.drawing and charger.limit > 0:
        return max(0.0, charger.limit - charger.offset) * cfg.voltage * charger.phases
    return (charger.measured or 0.0) * cfg.voltage * charger.phases


def learned_offset(charger: ChargerDraw, cfg: SurplusConfig) -> float:
    """Return the offset (A) after a meter value, the same as before if the car has not settled or does not draw."""
    if charger.measured is None or charger.measured_at is None or charger.limit <= 0 or charger.measured <= 0:
        return charger.offset
    if charger.measured_at < charger.written_at + cfg.settle:
        return charger.offset
    return min(charger.limit, max(LOWEST_OFFSET, charger.limit - charger.measured))


def estimate_surplus(
    state: SurplusState,
    now: float,
    grid: float,
    battery: float,
    chargers: Sequence[ChargerDraw],
    cfg: SurplusConfig,
) -> tuple[SurplusState, Estimate]:
    """Return the surplus that all chargers together may take, after a new sample of the grid's power (W, import +).

    `battery` is the power in W that counts as available: its charging if the chargers go first, less its discharging.
    """
    if any(now < charger.written_at + cfg.settle for charger in chargers):
        return SurplusState(surplus=state.surplus), Estimate(surplus=state.surplus, settled=False)
    power = sum(draw_of(charger, cfg) for charger in chargers) - grid + battery - cfg.reserve
    samples = (*(item for item in state.samples if item[0] > now - cfg.window), (now, power))
    surplus = sum(item[1] for item in samples) / len(samples)
    return SurplusState(samples=samples, surplus=surplus), Estimate(surplus=surplus, settled=True)
