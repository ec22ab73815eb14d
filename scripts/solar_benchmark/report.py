"""Figures as text: Markdown tables that read well in a terminal too. Every table says its seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
import math
import statistics

from scripts.benchmark.report import table

from .cases import (
    DEFAULT_SHARE,
    VARIATIONS,
    Case,
    FuseCase,
    FuseSystem,
    System,
    Wiring,
    compared,
    fuse_cases,
    robustness,
    solar_sensor,
)
from .fuse_plant import FuseMetrics
from .metrics import Metrics, mean, standard_error
from .runs import FUSE_CHARGERS, Results
from .targets import Target, percent
from .traces import Sky

HEAD = (
    "J",
    "solar kWh",
    "grid kWh",
    "capture %",
    "self-use %",
    "starts",
    "phase sw.",
    "writes/h",
    "error W",
)
FUSE_HEAD = ("s > 25 A", "s > 30 A", "highest A", "kWh", "writes", "pauses")
CHARGERS = {1: "One charger", 3: "Three chargers"}
SKIES = {Sky.BROKEN: "Broken clouds", Sky.OVERCAST: "Overcast", Sky.CLEAR: "Clear"}


def seeds_text(seeds: Sequence[int]) -> str:
    """Return seeds in words: `seeds 301-324`, or all of them when they do not follow each other."""
    first, last = seeds[0], seeds[-1]
    if len(seeds) == 1:
        return f"seed {first}"
    if tuple(seeds) == tuple(range(first, last + 1)):
        return f"seeds {first}–{last}"
    return f"seeds {', '.join(map(str, seeds))}"


def targets_section(targets: Sequence[Target], results: Results) -> str:
    """Return the table of targets and verdicts."""
    rows = [[t.name, str(t.bound), f"{t.figure:.2f}", "met" if t.met else "missed"] for t in targets]
    heading = f"Means over {seeds_text(results.seeds)}, broken clouds unless it is about the fuse."
    return f"{heading}\n\n{table(['target', 'bound', 'figure', 'verdict'], rows)}"


def tables_section(results: Results) -> str:
    """Return all tables."""
    parts = [
        *(part for sky in Sky for part in (f"### {SKIES[sky]}", _day_table(results, sky))),
        "### Slower and coarser plants",
        _robustness_table(results),
        "### A sensor of the solar system",
        _sensor_table(results),
        "### The fuse",
        *(_fuse_table(results, chargers) for chargers in FUSE_CHARGERS),
    ]
    return "\n\n".join(parts)


def _day_table(results: Results, sky: Sky) -> str:
    """Return the table of one kind of days."""
    rows = [
        [f"{wiring}: {_name(case)}", *_cells(results.days[case])] for wiring in Wiring for case in compared(sky, wiring)
    ]
    return _captioned("Means a day", results, ["charger and controller", *HEAD], rows)


def _name(case: Case) -> str:
    """Return the controller in words; bold: ours as the integration proposes it."""
    if case.system is not System.OURS or case.share is None:
        return str(case.system)
    name = f"{case.system}, {percent(case.share)}"
    return f"**{name}**" if case.share == DEFAULT_SHARE[case.wiring] else name


def _robustness_table(results: Results) -> str:
    """Return the table of the variations of the plant."""
    rows = [
        [f"{words}: {_name(case)}", *_cells(results.days[case])]
        for words, plant in VARIATIONS.items()
        for case in robustness(plant)
    ]
    return _captioned("Broken clouds, 1p3p; means a day", results, ["plant and controller", *HEAD], rows)


def _sensor_table(results: Results) -> str:
    """Return the table of ours without and with a sensor of the solar system."""
    head = ["ours", "J without", "J with", "difference of J", "grid without", "with", "writes/h without", "with"]
    rows = [
        [f"{sky}, {wiring}, {percent(without.share or 0)}", *_pair(results.days[without], results.days[sensed])]
        for sky in Sky
        for wiring in Wiring
        for without, sensed in solar_sensor(sky, wiring)
    ]
    return _captioned("Means a day; the difference with its standard error", results, head, rows)


def _pair(without: Sequence[Metrics], sensed: Sequence[Metrics]) -> list[str]:
    gains = [b.score - a.score for a, b in zip(without, sensed, strict=True)]
    a, b = mean(without), mean(sensed)
    return [
        *(f"{a.score:.2f}", f"{b.score:.2f}", f"{statistics.fmean(gains):+.2f} ± {standard_error(gains):.2f}"),
        *(f"{a.grid:.2f}", f"{b.grid:.2f}", f"{a.writes_per_hour:.1f}", f"{b.writes_per_hour:.1f}"),
    ]


def _cells(days: Sequence[Metrics]) -> list[str]:
    """Return the figures of a row."""
    m = mean(days)
    figures = (
        *((m.score, 2), (m.solar, 2), (m.grid, 2), (m.capture, 1), (m.self_consumption, 1)),
        *((m.starts, 1), (m.phase_switches, 1), (m.writes_per_hour, 1), (m.error, 0)),
    )
    return ["–" if math.isnan(value) else f"{value:.{digits}f}" for value, digits in figures]


def _fuse_table(results: Results, chargers: int) -> str:
    """Return the table of the fuse scenario."""
    rows = [[_fuse_name(case), *_fuse_cells(results.fuse[case])] for case in fuse_cases(chargers)]
    words = f"{CHARGERS[chargers]} of 3 × 16 A behind 3 × 25 A, four hours; means a run"
    return _captioned(words, results, ["fuse", *FUSE_HEAD], rows)


def _fuse_name(case: FuseCase) -> str:
    if case.system is FuseSystem.NONE:
        return str(case.system)
    sensor = f"{case.system}, sensor {case.sensor_interval} s"
    return f"{sensor}, loop {case.loop} s" if case.system is FuseSystem.EVCC else f"{sensor}, {case.knowledge}"


def _fuse_cells(runs: Sequence[FuseMetrics]) -> list[str]:
    means = [statistics.fmean(getattr(run, figure.name) for run in runs) for figure in fields(FuseMetrics)]
    return [f"{value:.{0 if index < 2 else 1}f}" for index, value in enumerate(means)]


def _captioned(words: str, results: Results, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"{words}, {seeds_text(results.seeds)}.\n\n{table(head, rows)}"
