"""Runs the cases on the seeds, several days at a time, and collects the figures."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.ocpp_csms.charging.law import LawConfig

from .cases import Case, FuseCase, FuseSystem, System, all_cases, fuse_cases
from .controllers import Controller, NaiveBlueprint
from .evcc_model import EvccConfig, EvccModel
from .fuse_plant import EvccCircuit, FuseController, FuseMetrics, FusePlant, NoControl, house_currents, simulate
from .metrics import Counts, Metrics, best_without_import, measure
from .optimum import clairvoyant
from .our_fuse import OurFuse
from .our_law import OurLaw
from .plant import MAXIMUM, MINIMUM, VOLTAGE, Plant, Sensor
from .traces import Day, Sky, Trace, day

FUSE_CHARGERS = (1, 3)


@dataclass(frozen=True, slots=True)
class Recording:
    """What happened on a day: power of the car, W, and the phases that it drew on, each second."""

    car: Trace
    phases: NDArray[np.int64]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Results:
    """All figures of one run, one per seed, in the order of the seeds."""

    seeds: tuple[int, ...]
    days: dict[Case, list[Metrics]] = field(default_factory=dict)
    fuse: dict[FuseCase, list[FuseMetrics]] = field(default_factory=dict)


def controller_of(case: Case) -> Controller:
    """Return a new controller."""
    if case.system is System.NAIVE:
        return NaiveBlueprint()
    if case.system is System.EVCC:
        return EvccModel(EvccConfig(switches_phases=len(case.wiring.modes) > 2, whole_amperes=case.plant.step == 1))
    share = case.share if case.share is not None else 0.5
    return OurLaw(
        LawConfig(
            phase_modes=case.wiring.modes,
            minimum=MINIMUM,
            maximum=MAXIMUM,
            share=share,
            voltage=VOLTAGE,
            step=case.plant.step,
        )
    )


def record(case: Case, of: Day) -> Recording:
    """Run one case on one day."""
    if case.system is System.CLAIRVOYANT:
        path = clairvoyant(of.surplus, case.wiring.modes)
        return Recording(path.car, path.phases, path.counts)
    if case.system is System.NO_IMPORT:
        car = best_without_import(of.surplus, case.wiring.modes)
        return Recording(car, (car > 0).astype(np.int64), Counts())
    return drive(controller_of(case), Plant(case.wiring.modes[-1], case.plant), of.surplus, of.solar)


def drive(controller: Controller, plant: Plant, surplus: Trace, solar: Trace) -> Recording:
    """Run a controller on a plant for as long as the traces last."""
    car = np.zeros(len(surplus))
    phases = np.zeros(len(surplus), dtype=np.int64)
    for now, (left, sun) in enumerate(zip(surplus.tolist(), solar.tolist(), strict=True)):
        car[now] = power = plant.tick(now, left, sun)
        phases[now] = plant.phases if power > 0 else 0
        controller.act(now, plant)
    counts = Counts(starts=plant.starts, phase_switches=plant.phase_switches, writes=plant.writes)
    return Recording(car, phases, counts)


def run_day(cases: Sequence[Case], sky: Sky, seed: int) -> dict[Case, Metrics]:
    """Run all cases on one day."""
    of = day(sky, seed)
    recordings = ((case, record(case, of)) for case in cases)
    return {case: measure(r.car, of.solar, of.surplus, case.wiring.modes, r.counts) for case, r in recordings}


def run_fuse(cases: Sequence[FuseCase], seed: int) -> dict[FuseCase, FuseMetrics]:
    """Run all fuse cases on one seed."""
    house = house_currents(seed)
    return {
        case: simulate(
            FusePlant(house, case.initial, Sensor(case.sensor_interval, case.sensor_latency)), fuse_controller_of(case)
        )
        for case in cases
    }


def fuse_controller_of(case: FuseCase) -> FuseController:
    """Return a new controller."""
    if case.system is FuseSystem.NONE:
        return NoControl()
    return EvccCircuit(case.loop) if case.system is FuseSystem.EVCC else OurFuse(case.initial, case.knowledge)


def run_all(seeds: Sequence[int], progress: Callable[[int, int], None]) -> Results:
    """Run everything on as many processes as there are cores; `progress` hears of jobs done and jobs in all."""
    cases = all_cases()
    keepers = [case for chargers in FUSE_CHARGERS for case in fuse_cases(chargers)]
    days = {
        (sky, seed): partial(run_day, [case for case in cases if case.sky is sky], sky, seed)
        for seed in seeds
        for sky in Sky
    }
    fuses = {seed: partial(run_fuse, keepers, seed) for seed in seeds}
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        of_days = {key: pool.submit(job) for key, job in days.items()}
        of_fuses = {key: pool.submit(job) for key, job in fuses.items()}
        futures: list[Future[Any]] = [*of_days.values(), *of_fuses.values()]
        for done, _ in enumerate(as_completed(futures), start=1):
            progress(done, len(futures))
        return Results(
            seeds=tuple(seeds),
            days={case: [of_days[case.sky, seed].result()[case] for seed in seeds] for case in cases},
            fuse={case: [of_fuses[seed].result()[case] for seed in seeds] for case in keepers},
        )


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read `301-324`, `7` or `1-3,9`; ValueError when it is none of these, or names a seed twice."""
    seeds = tuple(seed for part in text.split(",") for seed in _seeds(part))
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"no seeds, or one twice: {text!r}")
    return seeds


def _seeds(part: str) -> Iterable[int]:
    first, dash, last = part.partition("-")
    return range(int(first), int(last if dash else first) + 1)
