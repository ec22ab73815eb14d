"""Synthetic days: what the sun gives and what the house takes, second by second.

All randomness comes from `random.Random` of a seed, so a day is the same on every machine. Nothing here knows of cars or
chargers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
import random

import numpy as np
from numpy.typing import NDArray

type Trace = NDArray[np.float64]  # W, one value a second from DAY_START on

HOUR = 3600
DAY_START = 5 * HOUR  # seconds after midnight; the car is plugged in from the first second to the last
DAY_END = 22 * HOUR
SECONDS = DAY_END - DAY_START
PEAK = 8000.0  # W of the solar system under a clear sky
SUNRISE, SUNSET = 5.3 * HOUR, 21.5 * HOUR


class Sky(StrEnum):
    """Kinds of days."""

    BROKEN = "broken"  # a clear morning, cumulus from 10:30 to 16:00, thinner clouds later
    OVERCAST = "overcast"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what the sun gives and what the house takes without the car, W."""

    sky: Sky
    seed: int
    solar: Trace
    house: Trace

    @property
    def surplus(self) -> Trace:
        """What the car may take without import, W; negative when the house alone imports."""
        return self.solar - self.house


@cache
def day(sky: Sky, seed: int) -> Day:
    """Return the day of a seed."""
    return Day(sky, seed, solar_power(sky, seed), house_power(seed))


def solar_power(sky: Sky, seed: int) -> Trace:
    """Return the power of the solar system, W: a clear sky times what the clouds let through, with some noise."""
    chance = random.Random(seed)  # noqa: S311 - a sequence that can be repeated
    time = np.arange(SECONDS) + DAY_START
    clear = PEAK * np.sin(np.pi * np.clip((time - SUNRISE) / (SUNSET - SUNRISE), 0, 1)) ** 1.25
    transmittance = np.array(list(_clouds(sky, chance)))
    noise = np.array(list(_flicker(chance)))
    power: Trace = np.maximum(0, clear * (transmittance + noise))
    return power


def _mean_durations(sky: Sky, second: int) -> tuple[float, float]:
    """Return how long a cloud and a gap last at this time, s."""
    if sky is Sky.CLEAR:
        return 120, 3600
    if sky is Sky.OVERCAST:
        return 1800, 120
    hour = (second + DAY_START) / HOUR
    if hour < 10.5:
        return 60, 1500
    return (180, 240) if hour < 16.0 else (420, 180)


def _clouds(sky: Sky, chance: random.Random) -> Iterator[float]:
    """Yield what the clouds let through, 0..1 and a little more at their edges.

    Clouds and gaps take turns; each lasts an exponentially distributed time and has edges of 5 to 40 s.
    """
    brightest_gap = 1.08 if sky is Sky.BROKEN else 1.0
    second, cloudy, now = 0, False, 1.0
    while second < SECONDS:
        cloud, gap = _mean_durations(sky, second)
        cloudy = not cloudy
        duration = max(10, int(chance.expovariate(1.0 / (cloud if cloudy else gap))))
        target = chance.uniform(0.18, 0.55) if cloudy else chance.uniform(0.92, brightest_gap)
        edge = chance.randint(5, 40)
        for _ in range(min(duration, SECONDS - second)):
            now += (target - now) / edge * 1.5
            yield now
        second += duration


def _flicker(chance: random.Random) -> Iterator[float]:
    """Yield noise of the sky that fades with a time constant of 20 s."""
    noise = 0.0
    for _ in range(SECONDS):
        noise += -noise / 20 + chance.gauss(0, 0.004)
        yield noise


class _House:
    """Adds appliances to the base load."""

    def __init__(self, chance: random.Random) -> None:
        self.power = np.full(SECONDS, 230.0)
        self._chance = chance

    def run(self, start: float, duration: float, watts: float) -> None:
        """Run an appliance from a second of the day on."""
        first = max(0, int(start - DAY_START))
        self.power[first : first + int(duration)] += watts

    def about(self, hour: float, spread: float) -> float:
        """Return a second of the day near an hour."""
        return hour * HOUR + self._chance.uniform(-spread, spread)


def house_power(seed: int) -> Trace:
    """Return what the house takes without the car, W: base load, fridge, kettle, hob, oven, washing machine, dishwasher."""
    chance = random.Random(seed * 7919 + 13)  # noqa: S311 - a sequence that can be repeated
    house = _House(chance)
    fridge: float = DAY_START
    while fridge < DAY_END:
        house.run(fridge, 900, 110)
        fridge += chance.uniform(2000, 3200)
    for hour in (6.7, 7.2, 10.1, 13.0, 15.6, 17.5):  # kettle, coffee
        house.run(house.about(hour, 900), chance.uniform(90, 200), 2000)
    house.about(12.2, 600)  # drawn and not used: keeps the sequence that published figures are based on
    hob = house.about(12.1, 900)
    for turn in range(45):
        house.run(hob + 45 * turn, chance.uniform(8, 20), 1800)
    oven = house.about(18.2, 900)
    house.run(oven, 600, 2800)
    for turn in range(20):
        house.run(oven + 600 + 160 * turn, 50, 2800)
    washing = chance.uniform(9.5, 14) * HOUR
    house.run(washing, 1300, 2100)
    house.run(washing + 1300, 4000, 200)
    dishes = chance.uniform(13, 15) * HOUR
    house.run(dishes, 1100, 1900)
    house.run(dishes + 2600, 900, 1900)
    power: Trace = house.power + np.array([chance.gauss(0, 15) for _ in range(SECONDS)])
    return power
