"""What is run: the loads, how long and how often, and the systems beside each other, each load in turn on all of them."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
import statistics
import sys
import time
from typing import Any

from . import before
from .bench_host import ROOT, BenchHost, Drive, Measurement, running
from .charger import Charger
from .load import flood, pace, sample
from .systems import FLOOR, INTEGRATION, INTEGRATION_V201, LIBRARY, OURS, OURS_V201, SYSTEMS, SYSTEMS_V201, System, past

PACED_CHARGE_POINTS = 50
SETTLE = 2.5  # seconds after the last boot: a central system asks charge points for their configuration then
WARM_UP = 0.2  # seconds
RECORDED_FLOOD = 0.4  # seconds; the recorder needs many times as long to write what comes of it
AUDIT = 2.1  # seconds; long enough for an entity that writes once a second to write twice


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: seconds of one window, and how many windows of each load make one figure."""

    flood_seconds: float
    flood_rounds: int
    pace_seconds: float
    pace_rounds: int
    sustained_seconds: float
    memory_charge_points: int  # 0: memory is not measured
    charge_points: tuple[int, ...]
    recorder_charge_points: tuple[int, ...]
    systems: tuple[System, ...]


FULL = Plan(
    flood_seconds=1,
    flood_rounds=5,
    pace_seconds=5,
    pace_rounds=2,
    sustained_seconds=20,
    memory_charge_points=200,
    charge_points=(1, 10, 50),
    recorder_charge_points=(1, 10, 50),
    systems=SYSTEMS + SYSTEMS_V201,
)
QUICK = Plan(
    flood_seconds=0.5,
    flood_rounds=1,
    pace_seconds=2,
    pace_rounds=1,
    sustained_seconds=2,
    memory_charge_points=50,
    charge_points=(1, 50),
    recorder_charge_points=(50,),
    systems=SYSTEMS + OURS_V201,
)
# Beside another revision. A ratio near 1 needs rounds more than it needs yardsticks.
QUICK_AGAINST = Plan(
    flood_seconds=0.4,
    flood_rounds=5,
    pace_seconds=2,
    pace_rounds=3,
    sustained_seconds=0,
    memory_charge_points=0,
    charge_points=(1, 50),
    recorder_charge_points=(50,),
    systems=OURS + OURS_V201,
)


def against(plan: Plan, versions: Iterable[type[Charger]]) -> Plan:
    """Return the plan with what it has of the integration at another revision as well, which serves these charge points."""
    served = set(versions)
    return replace(
        plan,
        systems=plan.systems + tuple(past(s) for s in OURS + OURS_V201 if s in plan.systems and s.charger in served),
    )


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One load: its name, the number of charge points, and whether the recorder runs."""

    load: str
    charge_points: int
    recorder: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes and counts of one system: its code and listener, each entity, each idle connected charge point beyond entities."""

    server: float
    entity: float
    charge_point: float
    new_threads: int
    connect_seconds: float  # for all charge points to dial in and boot at once
    charge_points: int


@dataclass(frozen=True, slots=True)
class Growth:
    """One load on one system as a multiple of that on another: 1 = the same."""

    processor_per_message: float
    p50: float
    p99: float


@dataclass
class Results:
    """All figures of one run, medians over the rounds."""

    loads: dict[Case, dict[System, Measurement]] = field(default_factory=dict)
    growth: dict[Case, dict[System, Growth]] = field(default_factory=dict)  # now ÷ before, by the system of now
    versions: dict[Case, dict[System, Growth]] = field(default_factory=dict)  # 2.0.1 ÷ 1.6, by the system of 1.6
    audits: dict[Case, dict[System, dict[str, Any]]] = field(default_factory=dict)
    complaints: dict[System, dict[str, list[str]]] = field(default_factory=dict)
    sustained: list[tuple[Measurement, float]] = field(default_factory=list)  # long flood: figures, growth in bytes
    memory: dict[System, Memory] = field(default_factory=dict)


def tree(system: System) -> Path:
    """Return the folder whose custom_components/ the system runs."""
    return before.TREE if system.before else ROOT


def median(measurements: Iterable[Measurement]) -> Measurement:
    """Return the median of each figure."""
    several = list(measurements)
    return Measurement(**{f.name: statistics.median(getattr(m, f.name) for m in several) for f in fields(Measurement)})


def growth(now: Sequence[Measurement], then: Sequence[Measurement]) -> Growth:
    """Return the median of the ratios within each round: what disturbs the machine for longer than a round cancels out."""
    ratios = {
        f.name: statistics.median(getattr(a, f.name) / getattr(b, f.name) for a, b in zip(now, then, strict=True))
        for f in fields(Growth)
    }
    return Growth(**ratios)


class Run:
    """One run of a plan; it tells its progress on standard error."""

    def __init__(self, plan: Plan) -> None:
        """Prepare an empty run."""
        self.results = Results()
        self._plan = plan
        self._began = time.monotonic()

    async def all(self) -> Results:
        """Run everything."""
        for recorder, counts in ((False, self._plan.charge_points), (True, self._plan.recorder_charge_points)):
            for charge_points in counts:
                await self._loads(charge_points, recorder=recorder)
        if self._plan.memory_charge_points:
            self._progress("memory")
            measured = (FLOOR, LIBRARY, INTEGRATION, INTEGRATION_V201)
            memories = await asyncio.gather(*(measure_memory(s, self._plan.memory_charge_points) for s in measured))
            self.results.memory = dict(zip(measured, memories, strict=True))
        self._progress("done")
        return self.results

    async def _loads(self, charge_points: int, *, recorder: bool) -> None:
        """Put all loads for this number of charge points on all systems."""
        plan = self._plan
        self._progress(f"{charge_points} charge points{' with recorder' if recorder else ''}")
        async with AsyncExitStack() as stack:
            starting = (
                stack.enter_async_context(running(s, charge_points, tree=tree(s), recorder=recorder))
                for s in plan.systems
            )
            hosts = await asyncio.gather(*starting)
            for host in hosts:
                await host.connect(charge_points)
                await host.start_charging()
            await asyncio.sleep(SETTLE)
            for host in hosts:
                await host.measure(partial(flood, seconds=WARM_UP, message=sample))
            case = Case("flood", charge_points, recorder)
            if not recorder:
                # Before the minute is over after which the integration saves what must survive.
                audited = partial(flood, seconds=AUDIT, message=sample)
                audits = await asyncio.gather(*(host.audit(audited) for host in hosts))
                self.results.audits[case] = dict(zip(plan.systems, audits, strict=True))
            if charge_points == PACED_CHARGE_POINTS:
                paced = partial(pace, seconds=plan.pace_seconds, message=sample)
                await self._rounds(Case("paced", charge_points, recorder), hosts, paced, plan.pace_rounds)
            seconds, rounds = (
                (RECORDED_FLOOD, min(2, plan.flood_rounds)) if recorder else (plan.flood_seconds, plan.flood_rounds)
            )
            await self._rounds(case, hosts, partial(flood, seconds=seconds, message=sample), rounds)
            if not recorder:
                heartbeats = partial(flood, seconds=plan.flood_seconds / 2, message=Charger.heartbeat)
                await self._rounds(Case("heartbeat", charge_points, recorder), hosts, heartbeats, plan.flood_rounds)
            if recorder and charge_points == PACED_CHARGE_POINTS and plan.sustained_seconds:
                await self._sustained(next(host for host in hosts if host.system == INTEGRATION))
            for host in hosts:
                for kind, messages in (await host.ask("complaints")).items():
                    self.results.complaints.setdefault(host.system, {}).setdefault(kind, []).extend(messages)

    async def _rounds(self, case: Case, hosts: Sequence[BenchHost], drive: Drive, rounds: int) -> None:
        """Measure the load on one system after the other, several times, so that a disturbance of the machine meets all.

        Every other round goes backwards: who comes later has no advantage.
        """
        several: dict[System, list[Measurement]] = {host.system: [] for host in hosts}
        for number in range(rounds):
            for host in hosts if number % 2 == 0 else reversed(hosts):
                several[host.system].append(await host.measure(drive))
        self.results.loads[case] = {system: median(measurements) for system, measurements in several.items()}
        if then := {now: several[past(now)] for now in OURS + OURS_V201 if past(now) in several}:
            self.results.growth[case] = {now: growth(several[now], then[now]) for now in then}
        pairs = [(v16, v201) for v16, v201 in zip(OURS, OURS_V201, strict=True) if {v16, v201} <= several.keys()]
        self.results.versions[case] = {v16: growth(several[v201], several[v16]) for v16, v201 in pairs}

    async def _sustained(self, host: BenchHost) -> None:
        """Flood for long: does anything pile up?"""
        before = await host.ask("memory")
        drive = partial(flood, seconds=self._plan.sustained_seconds, message=sample)
        measurement = await host.measure(drive)
        after = await host.ask("memory")
        self.results.sustained.append((measurement, after["rss"] - before["rss"]))

    def _progress(self, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._began:5.0f} s  {text}\n")


async def measure_memory(system: System, charge_points: int) -> Memory:
    """Measure resident memory of idle charge points, in a process that knows them and their entities from the process before.

    What a charge point costs is measured on the second half of them: the first pays what is needed once.
    """
    async with running(system, 0) as none, running(system, charge_points) as host:
        server = none.started["rss"] - none.started["core_rss"]
        empty = await none.ask("memory")
        await host.connect(charge_points)
    async with running(system, charge_points, keep=True) as host:
        unconnected = await host.ask("memory")
        await host.connect(charge_points // 2)
        await asyncio.sleep(SETTLE)
        half = await host.ask("memory")
        await host.connect(charge_points // 2)
        await asyncio.sleep(SETTLE)
        whole = await host.ask("memory")
        await host.disconnect()
        began = time.monotonic()
        await host.connect(charge_points)
        seconds = time.monotonic() - began
        after = await host.ask("memory")
    entities = unconnected["states"] - empty["states"]
    return Memory(
        charge_points=charge_points,
        server=server,
        entity=(unconnected["rss"] - empty["rss"]) / entities if entities else 0,
        charge_point=(whole["rss"] - half["rss"]) / (charge_points // 2),
        new_threads=after["threads"] - unconnected["threads"],
        connect_seconds=seconds,
    )
