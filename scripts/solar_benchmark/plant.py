"""The plant: a car, a charger that obeys late, and sensors that report late, in steps of one second.

What a controller may see and do is what an integration can: sensors that have arrived, and writes of a limit. Nothing here
decides anything.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import math

VOLTAGE = 230.0  # V, each phase
MINIMUM, MAXIMUM = 6.0, 16.0  # A, each phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantConfig:
    """How fast the plant is; seconds and amperes."""

    profile_latency: int = 3  # from a write to its effect
    grid_interval: int = 10
    solar_interval: int | None = None  # None: no sensor of the solar system
    meter_interval: int = 10  # of the charger's meter values
    sensor_latency: int = 1
    step: float = 0.1  # A, resolution of the charger's limit; it rounds down
    car_offset: float = 0.3  # A that the car draws less than it is offered
    start_delay: int = 12  # from the end of a pause to the first current
    switch_pause: int = 20  # without current, when the phases change
    ramp_up: float = 1.5  # A/s
    ramp_down: float = 8.0  # A/s


@dataclass(frozen=True, slots=True)
class Reading[T]:
    """What a sensor measured, and when."""

    time: int
    value: T


class Sensor[T]:
    """Measures at a fixed interval and reports later."""

    def __init__(self, interval: int, latency: int, shift: int = 0) -> None:
        """Measure whenever `now + shift` is a multiple of the interval."""
        self._interval, self._latency, self._shift = interval, latency, shift
        self._under_way: deque[tuple[int, Reading[T]]] = deque()
        self.latest: Reading[T] | None = None

    def tick(self, now: int, measure: Callable[[], T]) -> None:
        """Measure when it is time; deliver what has arrived."""
        if (now + self._shift) % self._interval == 0:
            self._under_way.append((now + self._latency, Reading(now, measure())))
        while self._under_way and self._under_way[0][0] <= now:
            self.latest = self._under_way.popleft()[1]


@dataclass(frozen=True, slots=True)
class Write:
    """A limit on its way to the charger."""

    due: int
    current: float
    phases: int


@dataclass(frozen=True, slots=True)
class Draw:
    """What the car draws: W, and A on each phase in use."""

    power: float
    current: float


class Plant:
    """Car, charger and sensors of one day."""

    def __init__(self, phases: int, config: PlantConfig | None = None) -> None:
        """Begin paused, with a car plugged in."""
        self.config = config = config or PlantConfig()
        self.phases = phases  # in force
        self.limit = 0.0  # A in force; below the minimum: paused
        self.current = 0.0  # A on each phase in use
        self.starts = self.phase_switches = self.writes = 0
        self.grid = Sensor[float](config.grid_interval, config.sensor_latency)
        self.solar = Sensor[float](config.solar_interval or 1, config.sensor_latency)
        self.meter = Sensor[Draw](config.meter_interval, config.sensor_latency, shift=4)
        self._writes: deque[Write] = deque()
        self._start_left = config.start_delay
        self._switch_left = 0
        self._resuming = False  # after a change of phases, which is not a start

    def write(self, now: int, current: float, phases: int | None = None) -> None:
        """Send a limit (0: pause), and the phases when they are to change."""
        self.writes += 1
        step = self.config.step
        current = math.floor(current / step + 1e-9) * step
        self._writes.append(Write(now + self.config.profile_latency, current, phases or self.phases))

    def tick(self, now: int, surplus: float, solar: float = 0.0) -> float:
        """Live for one second; return the power of the car, W. Surplus is what the house leaves of the sun, W."""
        while self._writes and self._writes[0].due <= now:
            self._obey(self._writes.popleft())
        self._draw()
        power = self.current * VOLTAGE * self.phases
        self.grid.tick(now, lambda: power - surplus)
        self.meter.tick(now, lambda: Draw(power, self.current))
        if self.config.solar_interval:
            self.solar.tick(now, lambda: solar)
        return power

    def _obey(self, write: Write) -> None:
        """Put a limit in force; a change of phases interrupts the current."""
        if write.phases != self.phases:
            self.phases = write.phases
            self.phase_switches += 1
            self._switch_left = self.config.switch_pause
            self._resuming = self.current > 0
            self.current = 0.0
        self.limit = write.current

    def _draw(self) -> None:
        """Move the current of the car towards what it is offered."""
        drew = self.current > 0
        self._switch_left = max(0, self._switch_left - 1)
        target = self._target()
        difference = target - self.current
        if abs(difference) > 0.02:
            difference = max(-self.config.ramp_down, min(self.config.ramp_up, difference))
        self.current += difference
        if target == 0 and self.current < 1:
            self.current = 0.0
        if self.current > 0 and not drew:
            self.starts += not self._resuming
            self._resuming = False
        if self.limit < MINIMUM:
            self._resuming = False

    def _target(self) -> float:
        """Return the current that the car aims at, A."""
        if self.limit < MINIMUM:
            self._start_left = self.config.start_delay
            return 0.0
        if self._switch_left:
            return 0.0
        if self.current <= 0:
            self._start_left -= 1
            if self._start_left > 0:
                return 0.0
        return max(MINIMUM - 0.3, min(self.limit, MAXIMUM) - self.config.car_offset)
