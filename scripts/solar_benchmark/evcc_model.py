"""A model of how evcc charges by the sun: our own code for its documented behaviour, with its defaults. It is not evcc.

A loop of 30 s on the last raw readings; enabling takes 1 min and disabling 3 min of unbroken wish; phases 3 → 1 after 3 min,
1 → 3 after 1 min, at once while nothing is drawn; a new limit whenever the wish has changed.
"""

from dataclasses import dataclass
import math

from .plant import MAXIMUM, MINIMUM, VOLTAGE, Draw, Plant

LONG_AGO = -1e9
SWITCH_LOCKOUT = 60  # s between changes of phases
HEADROOM = 2.0  # A above the measured current that a car may have been offered


@dataclass(frozen=True, slots=True, kw_only=True)
class EvccConfig:
    """Settings of evcc, with its defaults; seconds and amperes."""

    switches_phases: bool = False
    interval: int = 30
    enable_delay: int = 60
    disable_delay: int = 180
    whole_amperes: bool = False  # it truncates for chargers that take no fractions


class EvccModel:
    """One load point in the mode "solar"."""

    def __init__(self, config: EvccConfig | None = None) -> None:
        """Begin disabled."""
        self._config = config or EvccConfig()
        self._enabled = False
        self._offered = 0.0  # A
        self._timer: float | None = None  # since when it wants to enable or disable
        self._phase_timer: float | None = None  # since when it wants other phases
        self._switched = LONG_AGO

    def act(self, now: int, plant: Plant) -> None:
        """Run one round of the loop when it is due."""
        grid = plant.grid.latest
        if now % self._config.interval or grid is None:
            return
        draw = plant.meter.latest.value if plant.meter.latest else Draw(0.0, 0.0)
        before = plant.phases
        phases = self._phases(now, plant, grid.value, draw)
        offered = min(draw.current + HEADROOM, self._offered) if draw.current > 0 else 0.0
        if before == 1 and phases == 3:
            offered /= 3
        target = max(0.0, offered - grid.value / (VOLTAGE * phases))
        self._apply(now, plant, self._current(now, target, grid.value, phases), phases)

    def _phases(self, now: int, plant: Plant, grid: float, draw: Draw) -> int:
        """Return the phases to charge with, and write when they change."""
        phases = plant.phases
        if not self._config.switches_phases or now - self._switched <= SWITCH_LOCKOUT:
            return phases
        wanted, delay = self._wanted_phases(phases, draw.power - grid, grid), self._config.enable_delay
        if wanted == phases:
            self._phase_timer = None
            return phases
        if wanted < phases:
            delay = self._config.disable_delay
        if draw.current <= 0:
            self._phase_timer = LONG_AGO
        elif self._phase_timer is None:
            self._phase_timer = now
        if self._phase_timer is None or now - self._phase_timer < delay:
            return phases
        self._phase_timer = None
        self._switched = now
        plant.write(now, self._offered if self._enabled else 0, wanted)
        return wanted

    def _wanted_phases(self, phases: int, available: float, grid: float) -> int:
        """Return the phases that suit the available power, W."""
        if phases > 1 and (grid > 0 or not self._enabled) and available / (phases * VOLTAGE) < MINIMUM:
            return 1
        if phases == 1 and available / VOLTAGE > MAXIMUM and available / (3 * VOLTAGE) >= MINIMUM:
            return 3
        return phases

    def _current(self, now: int, target: float, grid: float, phases: int) -> float:
        """Return the current to offer, A: the target, with the delays of enabling and disabling."""
        if self._enabled and target < MINIMUM:
            saved = VOLTAGE * MINIMUM * (phases - 1) if self._phase_timer is not None else 0.0
            done = self._wanted_for(now, self._config.disable_delay, wanted=grid - saved >= 0)
            return 0.0 if done else MINIMUM
        if not self._enabled:
            done = self._wanted_for(now, self._config.enable_delay, wanted=target >= MINIMUM)
            return MINIMUM if done else 0.0
        self._timer = None
        return min(target, MAXIMUM)

    def _wanted_for(self, now: int, delay: int, *, wanted: bool) -> bool:
        """Tell whether something has been wanted for the whole delay; one reading against it starts the delay afresh."""
        if not wanted:
            self._timer = None
            return False
        if self._timer is None:
            self._timer = now
        if now - self._timer < delay:
            return False
        self._timer = None
        return True

    def _apply(self, now: int, plant: Plant, current: float, phases: int) -> None:
        """Write the limit when it is another one, and enable or disable."""
        if self._config.whole_amperes:
            current = float(math.floor(current))
        enable = current >= MINIMUM
        if enable and abs(current - self._offered) > 1e-9:
            plant.write(now, current, phases)
            self._offered = current
        if enable == self._enabled:
            return
        plant.write(now, current if enable else 0, phases)
        if not enable:
            self._offered = 0.0
        self._enabled = enable
