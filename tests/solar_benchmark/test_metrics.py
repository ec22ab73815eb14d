"""The figures of a day, on days that are reckoned by hand."""

import math

import numpy as np
import pytest

from scripts.solar_benchmark.metrics import Counts, Metrics, best_without_import, mean, measure, standard_error

HOUR = 3600


def hours(*watts: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a trace with an hour of each power."""
    return np.repeat(np.array(watts, dtype=np.float64), HOUR)


def test_energy_of_the_car_is_split_into_sun_and_grid() -> None:
    """In each second the sun comes first; export of another hour does not pay for it."""
    found = measure(hours(2000, 3000), hours(4500, 1500), hours(4000, 1000), (0, 1), Counts())
    assert [found.solar, found.grid] == pytest.approx([3.0, 2.0])


def test_capture_is_the_share_of_the_surplus_and_self_consumption_that_of_the_yield() -> None:
    """A negative surplus is none: the house alone imports then."""
    found = measure(hours(2000, 0), hours(4500, 500), hours(4000, -1000), (0, 1), Counts())
    assert found.capture == pytest.approx(50)
    assert found.self_consumption == pytest.approx(100 - 100 * 2000 / 5000)


def test_a_day_without_sun_has_no_share_of_it() -> None:
    """No division by zero."""
    found = measure(hours(0), hours(0), hours(-300), (0, 1), Counts())
    assert (found.solar, found.capture) == (0, 0)


def test_writes_count_for_the_hours_with_surplus_or_charging() -> None:
    """The night dilutes nothing."""
    found = measure(hours(0, 0, 2000, 0), hours(0, 800, 0, 400), hours(0, 600, 0, 400), (0, 1), Counts(writes=30))
    assert found.writes_per_hour == pytest.approx(15)


def test_the_best_power_without_import_jumps_over_what_no_mode_can_give() -> None:
    """1380 W is the least on one phase, 4140 W on three; 3680 W the most on one."""
    surplus = np.array([-5.0, 1379, 1380, 3000, 4000, 4140, 20000])
    assert best_without_import(surplus, (0, 1, 3)).tolist() == [0, 0, 1380, 3000, 3680, 4140, 11040]
    assert best_without_import(surplus, (0, 3)).tolist() == [0, 0, 0, 0, 0, 4140, 11040]


def test_the_error_is_the_distance_from_the_best_power() -> None:
    """Above and below count alike."""
    found = measure(hours(1500, 2500), hours(2000, 2000), hours(2000, 2000), (0, 1), Counts())
    assert found.error == pytest.approx(500)


def test_j_weighs_energy_and_switching() -> None:
    """A start costs as much as 100 Wh of the grid, a change of phases too."""
    found = measure(hours(2000), hours(1500), hours(1500), (0, 1), Counts(starts=3, phase_switches=2, writes=0))
    assert found.score == pytest.approx(1.5 - 0.5 - 0.3 - 0.2)


def test_means_are_taken_figure_by_figure() -> None:
    """What has no meaning on the days has none in the mean."""
    days = [measure(hours(w), hours(1500), hours(1500), (0, 1), Counts(starts=w / 500)) for w in (1000, 2000)]
    found = mean(days)
    assert isinstance(found, Metrics)
    assert [found.solar, found.grid, found.starts] == pytest.approx([1.25, 0.25, 3])
    assert math.isnan(found.writes_per_hour)


def test_the_standard_error_falls_with_the_number_of_days() -> None:
    """And is 0 where nothing can be said."""
    assert standard_error([1.0]) == 0
    assert standard_error([1.0, 3.0]) == pytest.approx(1.0)
