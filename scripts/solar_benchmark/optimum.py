"""What nobody can reach without knowing the clouds to come: the best path of a day, found backwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .metrics import COST_OF_PHASE_SWITCH, COST_OF_START, Counts
from .plant import MAXIMUM, MINIMUM, VOLTAGE
from .traces import Trace

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What switching costs, Wh; pausing is free, and one kWh of the grid weighs as much as one of the sun."""

    start: float = 1000 * COST_OF_START
    phase_switch: float = 1000 * COST_OF_PHASE_SWITCH


@dataclass(frozen=True, slots=True)
class Path:
    """The best path: power of the car, W, and phases in use, each second; 0 phases: pause."""

    car: Trace
    phases: NDArray[np.int64]

    @property
    def counts(self) -> Counts:
        """Starts and changes of phases on the path."""
        before, after = np.concatenate(([0], self.phases[:-1])), self.phases
        return Counts(
            starts=int(((after > 0) & (before == 0)).sum()),
            phase_switches=int(((after > 0) & (before > 0) & (after != before)).sum()),
        )


def clairvoyant(surplus: Trace, modes: Sequence[int], costs: Costs | None = None) -> Path:
    """Return the path with the greatest J: solar less grid and costs of switching. The first of the modes, a pause, is the beginning.

    Tracking is perfect and everything takes effect at once, so the figures are a bound, not an aim.
    """
    costs = costs or Costs()
    sun = np.maximum(surplus, 0)
    power = np.array([np.clip(sun, MINIMUM * VOLTAGE * m, MAXIMUM * VOLTAGE * m) if m else 0 * sun for m in modes])
    gain = (np.minimum(power, sun) - np.maximum(power - sun, 0)) / SECONDS_PER_HOUR
    switching = np.array([[_cost(a, b, costs) for b in modes] for a in modes])
    everything = np.arange(len(modes))
    value = np.where(everything == 0, 0.0, -np.inf)
    origin = np.zeros((len(sun), len(modes)), dtype=np.int64)
    for second in range(len(sun)):
        options = value[:, None] - switching
        origin[second] = options.argmax(axis=0)
        value = options[origin[second], everything] + gain[:, second]
    path = np.zeros(len(sun), dtype=np.int64)
    mode = int(value.argmax())
    for second in range(len(sun) - 1, -1, -1):
        path[second] = mode
        mode = origin[second, mode]
    return Path(np.choose(path, power), np.array(modes)[path])


def _cost(before: int, after: int, costs: Costs) -> float:
    """Return what the change of phases costs, Wh."""
    if after in {before, 0}:
        return 0.0
    return costs.start if before == 0 else costs.phase_switch
