"""The clairvoyant path is the best of all paths."""

from itertools import pairwise, product

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scripts.solar_benchmark.optimum import Costs, clairvoyant

MODES = (0, 1, 3)


def value(surplus: list[float], path: tuple[int, ...], costs: Costs) -> float:
    """Return what a path is worth, Wh."""
    worth = 0.0
    for sun, phases in zip(surplus, path, strict=True):
        sun = max(0.0, sun)
        power = min(max(sun, 1380.0 * phases), 3680.0 * phases)
        worth += (min(power, sun) - max(0.0, power - sun)) / 3600
    for before, after in pairwise((0, *path)):
        worth -= costs.start * (before == 0 < after) + costs.phase_switch * (0 < before != after > 0)
    return worth


@given(
    surplus=st.lists(st.floats(-2000, 12000), min_size=1, max_size=6),
    start=st.floats(0, 3),
    phase_switch=st.floats(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_no_path_is_worth_more(surplus: list[float], start: float, phase_switch: float) -> None:
    """Against all paths of a toy day, with costs of the size of what seconds yield."""
    costs = Costs(start=start, phase_switch=phase_switch)
    found = clairvoyant(np.array(surplus), MODES, costs)
    best = max(value(surplus, path, costs) for path in product(MODES, repeat=len(surplus)))
    assert value(surplus, tuple(found.phases.tolist()), costs) == pytest.approx(best, abs=1e-9)


def test_the_path_says_what_the_car_draws_and_what_was_switched() -> None:
    """Power follows the sun within the bounds of the mode."""
    found = clairvoyant(np.array([0.0, 2000, 2000, 12000, 12000, 0]), MODES, Costs(start=0.1, phase_switch=0.1))
    assert found.phases.tolist() == [0, 1, 1, 3, 3, 0]
    assert found.car.tolist() == [0, 2000, 2000, 11040, 11040, 0]
    assert (found.counts.starts, found.counts.phase_switches) == (1, 1)


def test_a_short_cloud_is_not_worth_a_stop() -> None:
    """If a start costs more than the import of its seconds."""
    sun = np.array([3000.0, 3000, 0, 3000, 3000])
    assert clairvoyant(sun, (0, 1), Costs(start=1.0)).counts.starts == 1
    assert clairvoyant(sun, (0, 1), Costs(start=0.1)).counts.starts == 2
