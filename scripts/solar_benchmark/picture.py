"""A picture of one day as SVG: power over time, ours above the model of evcc, with the phases in use as a band."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .metrics import Metrics
from .runs import Recording
from .traces import DAY_START, HOUR, SECONDS, Day, Trace

WIDTH, LEFT, RIGHT = 1000, 50, 25
TOP, PANEL, GAP, BAND = 70, 250, 95, 14  # px: title and legend, plot, between plots, band of phases
HIGHEST = 10.0  # kW
STEP = 60  # s that a point is the mean of
COLOURS = {"solar": "#f5c542", "surplus": "#8a6d00", "car": "#0b6bcb"}
BANDS = {0: "#e4e4e4", 1: "#7fb7ea", 3: "#0b4f94"}
STYLE = "text{font:13px sans-serif;fill:#333}.small{font-size:11px;fill:#666}.title{font-size:16px;font-weight:bold}"


@dataclass(frozen=True, slots=True)
class Panel:
    """One controller on the day: its name, what it did, the figures."""

    name: str
    recording: Recording
    metrics: Metrics


def draw(day: Day, panels: list[Panel]) -> str:
    """Return the picture."""
    height = TOP + len(panels) * (PANEL + GAP)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(f'A day of {day.sky} clouds, charged by the sun')}</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            *_legend(day),
            *(line for index, panel in enumerate(panels) for line in _panel(day, panel, TOP + index * (PANEL + GAP))),
            "</svg>\n",
        ]
    )


def _legend(day: Day) -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="24">A day of {day.sky} clouds (seed {day.seed}), charger that switches phases</text>'
    x = LEFT
    boxes = (
        ("solar power", COLOURS["solar"]),
        ("surplus without the car", COLOURS["surplus"]),
        ("car", COLOURS["car"]),
    )
    phases = ((f"{count} phase{'s' if count > 1 else ''}" if count else "pause", BANDS[count]) for count in BANDS)
    for name, colour in (*boxes, *phases):
        yield f'<rect x="{x}" y="38" width="18" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 24}" y="48">{name}</text>'
        x += 50 + 7 * len(name)


def _panel(day: Day, panel: Panel, top: int) -> Iterator[str]:
    """Draw one plot with its band."""
    m, bottom = panel.metrics, top + 20 + PANEL
    figures = (
        f"{m.solar:.1f} kWh sun, {m.grid:.1f} kWh grid, {m.starts:.0f} starts, {m.phase_switches:.0f} phase switches, "
        f"{m.writes_per_hour:.0f} writes an hour"
    )
    yield f'<text x="{LEFT}" y="{top + 10}"><tspan font-weight="bold">{escape(panel.name)}</tspan>: {figures}</text>'
    yield from _axes(bottom)
    sun = _points(day.solar, bottom)
    yield f'<path d="M{_x(0):.0f},{bottom} L{sun} L{_x(SECONDS):.0f},{bottom} Z" fill="{COLOURS["solar"]}" opacity=".35"/>'
    yield _line(_points(np.maximum(day.surplus, 0), bottom), COLOURS["surplus"], 0.7)
    yield _line(_points(panel.recording.car, bottom), COLOURS["car"], 1.6)
    yield from _band(panel.recording.phases, bottom + 6)


def _axes(bottom: int) -> Iterator[str]:
    for power in range(0, int(HIGHEST) + 1, 2):
        y = _y(power * 1000, bottom)
        yield f'<path d="M{LEFT},{y:.0f} H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield f'<text class="small" x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{power} kW</text>'
    for hour in range(6, 23, 2):
        x = _x(hour * HOUR - DAY_START)
        yield f'<text class="small" x="{x:.0f}" y="{bottom + BAND + 20}" text-anchor="middle">{hour}:00</text>'


def _band(phases: NDArray[np.int64], top: int) -> Iterator[str]:
    """Draw the phases in use, one box for each stretch."""
    changes = [0, *(np.flatnonzero(np.diff(phases)) + 1).tolist(), len(phases)]
    for begin, end in pairwise(changes):
        width = _x(end) - _x(begin)
        colour = BANDS[int(phases[begin])]
        yield f'<rect x="{_x(begin):.1f}" y="{top}" width="{width:.2f}" height="{BAND}" fill="{colour}"/>'


def _line(points: str, colour: str, width: float) -> str:
    return f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _points(power: Trace, bottom: int) -> str:
    """Return the points of a line: means of a minute, at its middle."""
    minutes = power.reshape(-1, STEP).mean(axis=1).tolist()
    return " ".join(f"{_x((index + 0.5) * STEP):.1f},{_y(watts, bottom):.1f}" for index, watts in enumerate(minutes))


def _x(second: float) -> float:
    return LEFT + second / SECONDS * (WIDTH - LEFT - RIGHT)


def _y(watts: float, bottom: int) -> float:
    return bottom - watts / 1000 / HIGHEST * PANEL
