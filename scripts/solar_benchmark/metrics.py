"""What a day is judged by: one set of figures per day, means over days. Figures only, no words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
import math
import statistics

import numpy as np
from numpy.typing import NDArray

from .plant import MAXIMUM, MINIMUM, VOLTAGE
from .traces import Trace

WATT_SECONDS_PER_KWH = 3.6e6
COST_OF_START = COST_OF_PHASE_SWITCH = 0.1  # kWh in J
DRAWING = 100.0  # W above which the car counts as charging
WORTH_WRITING = 500.0  # W of surplus above which an hour counts for writes per hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was done to the charger in a day."""

    starts: float = math.nan
    phase_switches: float = math.nan
    writes: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The figures of a day, or means over days; NaN where a figure has no meaning."""

    solar: float  # kWh of sun that went into the car
    grid: float  # kWh of the grid that went into the car
    capture: float  # % of the surplus that went into the car
    self_consumption: float  # % of the solar yield that was used in house and car
    starts: float
    phase_switches: float
    writes_per_hour: float  # in the hours with surplus or charging
    error: float  # W, mean distance from the best power that needs no import

    @property
    def score(self) -> float:
        """J: kWh a day by which controllers are compared, at a share of sun of 50 %."""
        return self.solar - self.grid - COST_OF_START * self.starts - COST_OF_PHASE_SWITCH * self.phase_switches


def best_without_import(surplus: Trace, modes: Sequence[int]) -> Trace:
    """Return the highest power that the charger can give at each second without import, W, if switching were free."""
    sun = np.maximum(surplus, 0)
    best = np.zeros_like(sun)
    for phases in modes:
        if phases:
            possible = sun >= MINIMUM * VOLTAGE * phases
            best = np.where(possible, np.maximum(best, np.minimum(sun, MAXIMUM * VOLTAGE * phases)), best)
    return best


def measure(car: Trace, solar: Trace, surplus: Trace, modes: Sequence[int], counts: Counts) -> Metrics:
    """Return the figures of a day from the power of the car, of the solar system and the surplus, W each second."""
    sun = np.maximum(surplus, 0)
    used = _kwh(np.minimum(car, sun))
    active = (sun > WORTH_WRITING) | (car > DRAWING)
    return Metrics(
        solar=used,
        grid=_kwh(np.maximum(car - sun, 0)),
        capture=_percent(used, _kwh(sun)),
        self_consumption=100 - _percent(_kwh(np.maximum(sun - car, 0)), _kwh(solar)),
        starts=counts.starts,
        phase_switches=counts.phase_switches,
        writes_per_hour=counts.writes * 3600 / max(1, int(active.sum())),
        error=float(np.abs(car - best_without_import(surplus, modes)).mean()),
    )


def mean(several: Iterable[Metrics]) -> Metrics:
    """Return the mean of each figure."""
    days = list(several)
    return Metrics(
        **{field.name: statistics.fmean(getattr(day, field.name) for day in days) for field in fields(Metrics)}
    )


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean, 0 for a single value."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def _kwh(power: NDArray[np.float64]) -> float:
    return float(power.sum()) / WATT_SECONDS_PER_KWH


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
