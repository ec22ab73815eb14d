"""The fuse scenario: chargers behind a main fuse of three phases while big single-phase loads come and go, in steps of one second.

The cars want all they can get. Nothing here decides anything.
"""

from collections import deque
from dataclasses import dataclass
from functools import cache
import random
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .plant import MAXIMUM, MINIMUM, VOLTAGE, Sensor

SECONDS = 4 * 3600
RATING = 25.0  # A, each phase
OVERLOAD = 30.0  # A, well above the rating
PHASES = 3
WRITE_LATENCY = 3  # s
METER_INTERVAL, METER_LATENCY = 10, 1  # s, of the chargers' meter values
CAR_OFFSET = 0.3  # A that a car draws less than it is offered
RAMP_UP, RAMP_DOWN = 1.5, 8.0  # A/s

type Currents = NDArray[np.float64]  # A, phases x seconds


@cache
def house_currents(seed: int) -> Currents:
    """Return what the house draws on each phase, A: loads of 4 to 14 A for 1 to 25 minutes, which overlap; 23 A at most."""
    chance = random.Random(seed * 31 + 7)  # noqa: S311 - a sequence that can be repeated
    house = np.zeros((PHASES, SECONDS))
    for phase in range(PHASES):
        house[phase] += chance.uniform(1, 3)
        second = 0
        while second < SECONDS:
            second += int(chance.expovariate(1 / 900))
            duration = int(chance.uniform(60, 1500))
            house[phase, second : second + duration] += chance.uniform(4, 14)
    return np.minimum(house, 23.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sensors tell of one moment: A on each phase of the grid connection, and of each charger (three phases alike)."""

    grid: tuple[float, float, float]
    chargers: tuple[float, ...]


class FuseController(Protocol):
    """Looks at the plant once a second, and writes limits."""

    def act(self, now: int, plant: FusePlant) -> None:
        """Do what is to be done at this second."""


class FusePlant:
    """Chargers, cars and the sensor of the phase currents."""

    def __init__(self, house: Currents, limits: list[float], sensor: Sensor[Sample]) -> None:
        """Begin with cars that draw at the given limits, A."""
        self.written = list(limits)  # A, as last written, for each charger
        self.writes = self.pauses = 0
        self.sensor = sensor
        self.meter = Sensor[tuple[float, ...]](METER_INTERVAL, METER_LATENCY, shift=4)  # A of each charger
        self._limits = list(limits)  # in force
        self._currents = list(limits)
        self._house = house
        self._under_way: deque[tuple[int, int, float]] = deque()

    def write(self, now: int, charger: int, current: float) -> None:
        """Send a limit to a charger, A; 0: pause."""
        self.writes += 1
        self.pauses += current == 0
        self.written[charger] = current
        self._under_way.append((now + WRITE_LATENCY, charger, current))

    def tick(self, now: int) -> Sample:
        """Live for one second; return the currents."""
        while self._under_way and self._under_way[0][0] <= now:
            _, charger, limit = self._under_way.popleft()
            self._limits[charger] = limit
        self._currents = [_drawn(c, limit) for c, limit in zip(self._currents, self._limits, strict=True)]
        together = sum(self._currents)
        house = self._house[:, now]
        sample = Sample(
            (float(house[0]) + together, float(house[1]) + together, float(house[2]) + together), tuple(self._currents)
        )
        self.sensor.tick(now, lambda: sample)
        self.meter.tick(now, lambda: sample.chargers)
        return sample


def _drawn(current: float, limit: float) -> float:
    """Return what a car draws a second later, A."""
    target = limit - CAR_OFFSET if limit >= MINIMUM else 0.0
    current += max(-RAMP_DOWN, min(RAMP_UP, target - current))
    return 0.0 if target == 0 and current < 1 else current


class NoControl:
    """Everybody takes 16 A."""

    def act(self, now: int, plant: FusePlant) -> None:
        """Leave the limits as they are."""


class EvccCircuit:
    """A model of evcc's circuit: one charger each round in turn, which gets what the others leave of the fuse, without margin."""

    def __init__(self, interval: int = 30) -> None:
        """Run every so many seconds."""
        self._interval = interval

    def act(self, now: int, plant: FusePlant) -> None:
        """Run one round of the loop when it is due."""
        latest = plant.sensor.latest
        if now % self._interval or latest is None:
            return
        charger = now // self._interval % len(plant.written)
        possible = latest.value.chargers[charger] + RATING - max(latest.value.grid)
        current = min(MAXIMUM, possible) if possible >= MINIMUM else 0.0
        if abs(current - plant.written[charger]) > 0.01:
            plant.write(now, charger, current)


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseMetrics:
    """The figures of one run, or means over runs."""

    over_rating: float  # s
    overload: float  # s above 30 A
    highest: float  # A
    energy: float  # kWh into all cars
    writes: float
    pauses: float


def simulate(plant: FusePlant, controller: FuseController) -> FuseMetrics:
    """Run the scenario."""
    over_rating = overload = 0
    highest = charged = 0.0
    for now in range(SECONDS):
        sample = plant.tick(now)
        worst = max(sample.grid)
        over_rating += worst > RATING
        overload += worst > OVERLOAD
        highest = max(highest, worst)
        charged += sum(sample.chargers)
        controller.act(now, plant)
    return FuseMetrics(
        over_rating=over_rating,
        overload=overload,
        highest=highest,
        energy=charged * PHASES * VOLTAGE / 3.6e6,
        writes=plant.writes,
        pauses=plant.pauses,
    )
