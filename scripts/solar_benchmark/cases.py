"""What is compared: skies, wirings, controllers, and plants that are slower or coarser than the usual one. Data only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from .our_fuse import Knowledge
from .plant import PlantConfig
from .traces import Sky


class System(StrEnum):
    """What decides on the current."""

    NAIVE = "naive blueprint"
    EVCC = "evcc model"
    OURS = "ours"
    CLAIRVOYANT = "clairvoyant"
    NO_IMPORT = "optimum without import"


class Wiring(StrEnum):
    """Which phases the charger can use."""

    ONE_PHASE = "1p"
    THREE_PHASES = "3p"
    SWITCHING = "1p3p"

    @property
    def modes(self) -> tuple[int, ...]:
        """The phases that it may charge with, ascending; 0: a pause."""
        return {Wiring.ONE_PHASE: (0, 1), Wiring.THREE_PHASES: (0, 3), Wiring.SWITCHING: (0, 1, 3)}[self]


# Least share of sun in what is charged, as the integration proposes it.
DEFAULT_SHARE = {Wiring.ONE_PHASE: 0.75, Wiring.THREE_PHASES: 0.75, Wiring.SWITCHING: 0.6}
COMPARED_SHARE = 0.5  # at which J weighs sun and grid alike
SHARES = (0.5, 0.6, 0.75)
USUAL = PlantConfig()
WITH_SOLAR_SENSOR = PlantConfig(solar_interval=10)
VARIATIONS = {
    "as usual: grid sensor 10 s, profile in force after 3 s": USUAL,
    "grid sensor 1 s": PlantConfig(grid_interval=1),
    "grid sensor 30 s": PlantConfig(grid_interval=30),
    "grid sensor 60 s": PlantConfig(grid_interval=60),
    "profile in force after 10 s": PlantConfig(profile_latency=10),
    "grid sensor 1 s, profile after 10 s": PlantConfig(grid_interval=1, profile_latency=10),
    "whole amperes": PlantConfig(step=1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One controller on one kind of day."""

    sky: Sky
    wiring: Wiring
    system: System
    share: float | None = None  # of ours
    plant: PlantConfig = field(default=USUAL)


def shares_of(wiring: Wiring) -> tuple[float, ...]:
    """Return the shares that ours is shown with, ascending, its default among them."""
    return tuple(sorted({*SHARES, DEFAULT_SHARE[wiring]}))


def ours(sky: Sky, wiring: Wiring, share: float | None = None, plant: PlantConfig = USUAL) -> Case:
    """Return the case of our law, at its default share unless another is given."""
    share = DEFAULT_SHARE[wiring] if share is None else share
    return Case(sky=sky, wiring=wiring, system=System.OURS, share=share, plant=plant)


def compared(sky: Sky, wiring: Wiring) -> list[Case]:
    """Return the rows of the main tables. The naive blueprint cannot switch phases."""
    systems = [System.NAIVE] if wiring is not Wiring.SWITCHING else []
    return [
        *(Case(sky=sky, wiring=wiring, system=system) for system in (*systems, System.EVCC)),
        *(ours(sky, wiring, share) for share in shares_of(wiring)),
        *(Case(sky=sky, wiring=wiring, system=system) for system in (System.CLAIRVOYANT, System.NO_IMPORT)),
    ]


def robustness(plant: PlantConfig) -> list[Case]:
    """Return the rows of one variation of the plant."""
    sky, wiring = Sky.BROKEN, Wiring.SWITCHING
    return [Case(sky=sky, wiring=wiring, system=System.EVCC, plant=plant), ours(sky, wiring, plant=plant)]


def solar_sensor(sky: Sky, wiring: Wiring) -> list[tuple[Case, Case]]:
    """Return pairs of rows without and with a sensor of the solar system: all wirings where clouds pass, else one is enough."""
    if sky is not Sky.BROKEN and wiring is not Wiring.SWITCHING:
        return []
    shares = sorted({COMPARED_SHARE, DEFAULT_SHARE[wiring]})
    return [(ours(sky, wiring, share), ours(sky, wiring, share, WITH_SOLAR_SENSOR)) for share in shares]


def all_cases() -> list[Case]:
    """Return every case once, in the order in which the tables want them."""
    return list(dict.fromkeys(_cases()))


def _cases() -> Iterator[Case]:
    for sky, wiring in product(Sky, Wiring):
        yield from compared(sky, wiring)
        for pair in solar_sensor(sky, wiring):
            yield from pair
    for plant in VARIATIONS.values():
        yield from robustness(plant)


class FuseSystem(StrEnum):
    """What keeps the fuse."""

    NONE = "no control"
    EVCC = "evcc model"
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseCase:
    """One way to keep the fuse; seconds."""

    system: FuseSystem
    chargers: int
    sensor_interval: int = 10
    loop: int = 30  # of the evcc model
    knowledge: Knowledge = Knowledge.EXACT  # of the chargers' currents

    @property
    def sensor_latency(self) -> int:
        """A fast sensor is read from the meter's own port, a slow one over a network."""
        return 1 if self.sensor_interval == 1 else 2

    @property
    def initial(self) -> list[float]:
        """A at the beginning: one charger at full power, as in published figures; several wait for their first limit."""
        begins_at_full_power = self.chargers == 1 or self.system is FuseSystem.NONE
        return [16.0 if begins_at_full_power else 0.0] * self.chargers


# Sensor and loop, s. Several chargers in a loop of 10 s act on readings older than their last writes with a sensor of 10 s.
EVCC_LOOPS = {1: ((10, 30), (10, 10), (1, 30), (1, 10)), 3: ((10, 30), (1, 30), (1, 10))}


def fuse_cases(chargers: int) -> list[FuseCase]:
    """Return the rows of the fuse table."""
    evcc = (
        FuseCase(system=FuseSystem.EVCC, chargers=chargers, sensor_interval=sensor, loop=loop)
        for sensor, loop in EVCC_LOOPS[chargers]
    )
    own = (
        FuseCase(system=FuseSystem.OURS, chargers=chargers, sensor_interval=sensor, knowledge=knowledge)
        for knowledge, sensor in product((Knowledge.EXACT, Knowledge.METERED), (10, 1))
    )
    return [FuseCase(system=FuseSystem.NONE, chargers=chargers), *evcc, *own]
