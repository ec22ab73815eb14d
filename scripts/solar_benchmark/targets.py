"""Targets: a bound in words, a figure, and whether the figure keeps the bound."""

from collections.abc import Iterator
from dataclasses import dataclass
import operator
import re
import statistics

from .cases import (
    COMPARED_SHARE,
    DEFAULT_SHARE,
    USUAL,
    WITH_SOLAR_SENSOR,
    Case,
    FuseCase,
    FuseSystem,
    System,
    Wiring,
    ours,
)
from .metrics import mean
from .our_fuse import Knowledge
from .plant import PlantConfig
from .runs import Results
from .traces import Sky

FIXED_SHARE = 0.75
COMPARISONS = {"≥": operator.ge, "≤": operator.le, ">": operator.gt, "<": operator.lt}


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparison with a number: `≥ 45.2 kWh`."""

    sign: str
    value: float
    unit: str = ""

    @classmethod
    def parse(cls, text: str) -> Bound:
        """Read a bound; ValueError when it is none."""
        match = re.fullmatch(r"([≥≤<>])\s*(-?\d+(?:\.\d+)?)\s*(.*)", text.strip())
        if match is None:
            raise ValueError(f"not a bound: {text!r}")
        return cls(match[1], float(match[2]), match[3])

    def holds(self, figure: float) -> bool:
        """Tell whether a figure keeps the bound, as measured, not as printed."""
        return bool(COMPARISONS[self.sign](figure, self.value))

    def __str__(self) -> str:
        """Return the bound in words, with two decimals at most."""
        number = f"{self.value:.2f}".rstrip("0").rstrip(".")
        return f"{self.sign} {number} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Target:
    """One target: what is measured, its bound, the figure."""

    name: str
    bound: Bound
    figure: float

    @property
    def met(self) -> bool:
        """Whether the figure keeps the bound."""
        return self.bound.holds(self.figure)


def percent(share: float) -> str:
    """Return a share in words."""
    return f"{share * 100:.0f} %"


def judge(results: Results) -> list[Target]:
    """Return all targets with their figures, on broken clouds."""
    return [*_switching(results), *_fixed(results), *_score(results), *_fuse(results)]


def _switching(results: Results) -> Iterator[Target]:
    """The charger that switches phases, at the default share."""
    share = DEFAULT_SHARE[Wiring.SWITCHING]
    found = mean(results.days[ours(Sky.BROKEN, Wiring.SWITCHING)])
    name = f"1p3p at {percent(share)}"
    for figure, bound, value in (
        ("solar", "≥ 45.2 kWh", found.solar),
        ("grid", "≤ 4.8 kWh", found.grid),
        ("starts", "≤ 8", found.starts),
        ("phase switches", "≤ 14", found.phase_switches),
        ("writes per hour", "≤ 35", found.writes_per_hour),
    ):
        yield Target(f"{name}: {figure}", Bound.parse(bound), value)
    slow = PlantConfig(grid_interval=60)
    found = mean(results.days[ours(Sky.BROKEN, Wiring.SWITCHING, plant=slow)])
    yield Target(f"{name}, grid sensor 60 s: grid", Bound.parse("≤ 5 kWh"), found.grid)


def _fixed(results: Results) -> Iterator[Target]:
    """Chargers that cannot switch: better than the model of evcc in every figure."""
    for wiring in (Wiring.ONE_PHASE, Wiring.THREE_PHASES):
        found = mean(results.days[ours(Sky.BROKEN, wiring, FIXED_SHARE)])
        other = mean(results.days[Case(sky=Sky.BROKEN, wiring=wiring, system=System.EVCC)])
        name = f"{wiring} at {percent(FIXED_SHARE)} against the evcc model"
        yield Target(f"{name}: solar", Bound(">", other.solar, "kWh"), found.solar)
        yield Target(f"{name}: grid", Bound("<", other.grid, "kWh"), found.grid)
        yield Target(f"{name}: starts", Bound("<", other.starts), found.starts)
        yield Target(f"{name}: writes per hour", Bound("<", other.writes_per_hour), found.writes_per_hour)


def _score(results: Results) -> Iterator[Target]:
    """J at a share of 50 %, without and with a sensor of the solar system."""
    for words, plant in (("", USUAL), (", with solar sensor", WITH_SOLAR_SENSOR)):
        found = mean(results.days[ours(Sky.BROKEN, Wiring.SWITCHING, COMPARED_SHARE, plant)])
        name = f"1p3p at {percent(COMPARED_SHARE)}{words}"
        yield Target(f"{name}: J", Bound.parse("≥ 40 kWh"), found.score)
        yield Target(f"{name}: writes per hour", Bound.parse("≤ 30"), found.writes_per_hour)


def _fuse(results: Results) -> Iterator[Target]:
    """Three chargers behind 3 x 25 A."""
    for interval, bound in ((10, "≤ 90 s"), (1, "≤ 40 s")):
        case = FuseCase(system=FuseSystem.OURS, chargers=3, sensor_interval=interval, knowledge=Knowledge.METERED)
        overload = statistics.fmean(run.overload for run in results.fuse[case])
        yield Target(f"three chargers, sensor {interval} s: above 30 A", Bound.parse(bound), overload)
