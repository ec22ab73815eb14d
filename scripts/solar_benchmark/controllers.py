"""What every controller is, and the simplest of them: the blueprint that people write for themselves."""

import math
from typing import Protocol

from .plant import MAXIMUM, MINIMUM, VOLTAGE, Plant


class Controller(Protocol):
    """Looks at the plant once a second, and writes limits."""

    def act(self, now: int, plant: Plant) -> None:
        """Do what is to be done at this second."""


class NaiveBlueprint:
    """Every ten seconds: add the export to the current, in whole amperes; below 6 A pause. No timers, no dead band."""

    INTERVAL = 10  # s

    def __init__(self) -> None:
        """Begin paused."""
        self._current = 0.0

    def act(self, now: int, plant: Plant) -> None:
        """Follow the last reading of the grid."""
        grid = plant.grid.latest
        if now % self.INTERVAL or grid is None:
            return
        wanted = math.floor(self._current - grid.value / (VOLTAGE * plant.phases))
        current = 0.0 if wanted < MINIMUM else min(MAXIMUM, float(wanted))
        if current != self._current:
            plant.write(now, current)
            self._current = current
