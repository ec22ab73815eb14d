"""Energy over time: quarters of an hour that add up."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.interval_energy import end_at, quarter_of, settle, spread
from custom_components.ocpp_csms.csms.booking.transactions import INTERVAL
from tests.csms.central import NOON

QUARTER = timedelta(minutes=15)
FIRST = int(NOON.timestamp() // INTERVAL)

MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))


def test_a_gain_within_a_quarter_is_its() -> None:
    """And is added to what it has."""
    intervals = {FIRST: 1.0}
    spread(intervals, NOON, NOON + timedelta(minutes=10), 0.5)
    assert intervals == {FIRST: 1.5}


def test_a_gain_is_spread_evenly_over_time() -> None:
    """Half an hour and five minutes on either side."""
    intervals: dict[int, float] = {}
    spread(intervals, NOON + timedelta(minutes=10), NOON + timedelta(minutes=50), 4.0)
    assert intervals == {FIRST: 0.5, FIRST + 1: 1.5, FIRST + 2: 1.5, FIRST + 3: 0.5}


def test_the_quarter_that_begins_at_the_end_has_none_of_it() -> None:
    """The last value at a full hour belongs to the hour before."""
    intervals: dict[int, float] = {}
    spread(intervals, NOON, NOON + 2 * QUARTER, 2.0)
    assert intervals == {FIRST: 1.0, FIRST + 1: 1.0}


def test_a_gain_without_a_length_counts_where_it_ends() -> None:
    """Also one whose moments are the wrong way round."""
    intervals: dict[int, float] = {}
    spread(intervals, NOON + QUARTER, NOON, 2.0)
    assert intervals == {FIRST: 2.0}


def test_a_silence_of_years_says_nothing_of_when() -> None:
    """It counts over its last week: memory is bounded."""
    intervals: dict[int, float] = {}
    spread(intervals, NOON - timedelta(days=3650), NOON, 70.0)
    assert len(intervals) == 7 * 96
    assert min(intervals) == FIRST - 7 * 96
    assert sum(intervals.values()) == pytest.approx(70.0)


@given(begin=MOMENTS, end=MOMENTS, gain=st.floats(0, 1000))
@example(begin=datetime(2015, 1, 1, tzinfo=UTC), end=datetime(2015, 2, 1, tzinfo=UTC), gain=0.03125)
def test_nothing_is_lost_on_the_way(begin: datetime, end: datetime, gain: float) -> None:
    """Whatever the moments are; no quarter loses energy."""
    intervals: dict[int, float] = {}
    spread(intervals, begin, end, gain)
    assert sum(intervals.values()) == pytest.approx(gain, abs=1e-3)
    assert all(energy >= -1e-6 for energy in intervals.values())


@given(
    energies=st.dictionaries(st.integers(FIRST, FIRST + 50), st.floats(0, 5), max_size=20),
    total=st.floats(0, 100),
)
def test_quarters_settle_to_what_turned_out_to_be_right(energies: dict[int, float], total: float) -> None:
    """More or less than they had; none is negative."""
    settle(energies, total, NOON)
    assert sum(energies.values()) == pytest.approx(total, abs=1e-4)
    assert all(energy >= 0 for energy in energies.values())


def test_nothing_is_taken_after_the_end() -> None:
    """A value that came too late counts in the last quarter."""
    intervals = {FIRST: 1.0, FIRST + 2: 0.5, FIRST + 3: 0.25}
    end_at(intervals, NOON + QUARTER)
    assert intervals == {FIRST: 1.0, FIRST + 1: 0.75}
    end_at(intervals, NOON + QUARTER)
    assert intervals == {FIRST: 1.0, FIRST + 1: 0.75}


def test_the_last_quarters_bear_the_difference() -> None:
    """What was believed longest is believed most."""
    intervals = {FIRST: 1.0, FIRST + 1: 1.0, FIRST + 2: 0.25}
    settle(intervals, 1.5, NOON)
    assert intervals == {FIRST: 1.0, FIRST + 1: 0.5, FIRST + 2: 0.0}
    settle(intervals, 1.75, NOON)
    assert intervals == {FIRST: 1.0, FIRST + 1: 0.5, FIRST + 2: 0.25}


@given(moment=MOMENTS)
def test_a_moment_is_in_its_quarter(moment: datetime) -> None:
    """From its beginning on, and not at its end."""
    quarter = quarter_of(moment)
    assert quarter.begin <= moment < quarter.end
    assert quarter.end - quarter.begin == QUARTER
