"""The house of the demonstration: sun with clouds, what is switched on in it, and what its meters show.

Time passes only through `advance`; nothing here knows Home Assistant or OCPP. Powers in W, energies in kWh, currents in A. The panels
feed three phases; what is switched on is on the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math
from random import Random

DAY = 2400.0
"""The s of real time that a day takes."""

_DAYLIGHT = 0.9  # of a day; the rest is night
_PEAK = 8200.0  # W of the panels at noon, without a cloud
_BASE_LOAD = 350.0  # W
_KETTLE = 2000.0  # W
_VOLTAGE = 230.0  # V
_CLOUD_EDGE = 12.0  # s for the shadow of a cloud to pass over two thirds of the panels


@dataclass(slots=True)
class Meters:
    """What the meters of the house show; grid and currents are above zero while it takes power."""

    solar: float = 0.0
    grid: float = 0.0
    currents: tuple[float, float, float] = (0.0, 0.0, 0.0)
    produced: float = 0.0
    imported: float = 0.0
    exported: float = 0.0


class Day:
    """The power of the sun through one day after the other, with clouds that come and go; call it with the s since its start."""

    def __init__(self, seed: int, *, begins_at: float = 0.1) -> None:
        """`begins_at` is the part of the first day that is over."""
        self._random = Random(seed)  # noqa: S311 - weather, not cryptography
        self._begun = begins_at * DAY
        self._now = 0.0
        self._until = self._random.uniform(240, 420)
        self._covered = False
        self._shade = self._target = 1.0

    def __call__(self, now: float) -> float:
        """Return the W at a time that is no earlier than the last."""
        if now >= self._until:
            self._covered = not self._covered
            self._target = self._random.uniform(0.15, 0.5) if self._covered else self._random.uniform(0.9, 1.0)
            self._until = now + (self._random.uniform(120, 270) if self._covered else self._random.uniform(180, 420))
        self._shade += (self._target - self._shade) * -math.expm1((self._now - now) / _CLOUD_EDGE)
        self._now = now
        hour = (self._begun + now) % DAY / (DAY * _DAYLIGHT)
        height = math.sin(math.pi * hour) if hour < 1 else 0.0
        return _PEAK * math.pow(height, 1.3) * self._shade


class Kettle:
    """Switched on now and then, for a minute and a half; call it with the s since its start."""

    def __init__(self, seed: int) -> None:
        """Begin with it off."""
        self._random = Random(seed)  # noqa: S311 - habits, not cryptography
        self._on_at = self._random.uniform(120, 300)

    def __call__(self, now: float) -> float:
        """Return the W at a time that is no earlier than the last."""
        if now >= self._on_at + 90:
            self._on_at = now + self._random.uniform(240, 720)
        return _KETTLE if now >= self._on_at else 0.0


class House:
    """A house with panels on its roof, and its meters."""

    def __init__(self, sun: Callable[[float], float], load: Callable[[float], float] = lambda _now: 0.0) -> None:
        """`sun` and `load` say the W at a time in s; the load comes on top of what is always on."""
        self.meters = Meters()
        self._sun = sun
        self._load = load
        self._now = 0.0

    def advance(self, seconds: float, cars: Sequence[Sequence[float]]) -> Meters:
        """Let time pass while each car takes so many W from the phases that it is connected to, and read the meters."""
        self._now += seconds
        meters, hours = self.meters, seconds / 3600 / 1000
        meters.solar = self._sun(self._now)
        phases = [_BASE_LOAD + self._load(self._now), 0.0, 0.0]
        for phase in range(3):
            phases[phase] += sum(car[phase] for car in cars if phase < len(car)) - meters.solar / 3
        meters.grid = sum(phases)
        one, two, three = (power / _VOLTAGE for power in phases)
        meters.currents = one, two, three
        meters.produced += meters.solar * hours
        meters.imported += max(meters.grid, 0.0) * hours
        meters.exported += max(-meters.grid, 0.0) * hours
        return meters
