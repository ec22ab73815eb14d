"""Hours of statistics are put right: each shows its own energy, the sum of all stays what it was."""

from collections.abc import Mapping

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.records.energy_hours import HourRow, LateEnergy, corrected, counted


def rows(*changes: float | None, first: int = 10, state: float = 100.0) -> list[HourRow]:
    """Return the rows of consecutive hours that used so much; None for an hour without a row."""
    made, total = [], 0.0
    for number, change in enumerate(changes):
        if change is not None:
            total += change
            made.append(HourRow(first + number, state + total, total))
    return made


def changes_after(known: list[HourRow], written: list[HourRow]) -> Mapping[int, float]:
    """Return what each hour uses by the rows that there are then."""
    there = {row.hour: row for row in known} | {row.hour: row for row in written}
    changes, previous = {}, 0.0
    for hour in sorted(there):
        changes[hour] = round(there[hour].sum - previous, 6)
        previous = there[hour].sum
    return changes


def test_hours_without_a_row_get_one() -> None:
    """Off at 12:20, back at 15: what was used in between stood in no hour yet."""
    known = rows(1.0, 2.0, 0.5)
    late = LateEnergy(since=12, first_heard=15, last_heard=15)
    written = corrected(known, {12: 1.5, 13: 3.0, 14: 2.0}, late, end=15, total=9.5)
    assert written == [HourRow(12, 104.5, 4.5), HourRow(13, 107.5, 7.5), HourRow(14, 109.5, 9.5)]


def test_an_hour_that_used_nothing_needs_no_row() -> None:
    """It is no different from one that has none."""
    written = corrected(rows(1.0), {11: 0.0, 12: 2.0}, LateEnergy(11, 13, 13), end=13, total=3.0)
    assert [row.hour for row in written] == [12]


def test_the_hour_of_the_news_keeps_its_own_energy() -> None:
    """It was over before it could be put right: it shows what was used in it, the hours before have the rest."""
    known = rows(1.0, None, None, 6.0)
    written = corrected(known, {11: 2.0, 12: 3.0, 13: 1.0}, LateEnergy(11, 13, 13), end=14, total=7.0)
    assert changes_after(known, written) == {10: 1.0, 11: 2.0, 12: 3.0, 13: 1.0}


def test_news_that_were_shown_an_hour_later_count_in_neither_hour() -> None:
    """Heard just before twelve o'clock is over, shown just after: both hours keep what they used."""
    known = rows(1.0, 2.0, 0.0, 5.0)  # 1.5 of hour 11 stand in hour 13
    written = corrected(known, {11: 3.5}, LateEnergy(11, 12, 12), end=14, total=8.0)
    assert changes_after(known, written) == {10: 1.0, 11: 3.5, 12: 0.0, 13: 3.5}


def test_news_of_several_hours_leave_each_its_own() -> None:
    """Half of what was late came in one hour, half in a later one; what is charged meanwhile stays where it is."""
    known = rows(1.0, None, 2.5, 3.5)  # hour 11 used 4: half stands in 12, half in 13
    written = corrected(known, {11: 4.0, 12: 0.5, 13: 1.5}, LateEnergy(11, 12, 13), end=14, total=7.0)
    assert changes_after(known, written) == {10: 1.0, 11: 4.0, 12: 0.5, 13: 1.5}


def test_what_was_recorded_at_the_time_stays() -> None:
    """Energy outside of transactions belongs to the hour that it was recorded in."""
    known = rows(1.0, 2.0)
    assert corrected(known, {11: 0.5}, LateEnergy(11, 12, 12), end=12, total=3.0) == []


def test_no_row_goes_beyond_what_has_been_counted() -> None:
    """What transactions say may be more than the register has gained: no later hour may come out negative."""
    written = corrected(rows(1.0), {11: 5.0, 12: 5.0}, LateEnergy(11, 13, 13), end=13, total=7.0)
    assert [row.sum for row in written] == [6.0, 7.0]


def test_before_the_first_row_there_is_nothing() -> None:
    """What was used before the sensor was recorded is no part of its sum."""
    known = rows(0.5, first=12)
    written = corrected(known, {10: 9.0, 11: 9.0, 12: 1.5, 13: 1.0}, LateEnergy(10, 14, 14), end=14, total=2.5)
    assert written == [HourRow(12, 101.5, 1.5), HourRow(13, 102.5, 2.5)]


def test_without_any_row_there_is_nothing_to_put_right() -> None:
    """The first one is the zero point."""
    assert corrected([], {12: 1.0}, LateEnergy(12, 13, 13), end=13, total=1.0) == []


def test_news_of_several_times_are_one() -> None:
    """From the earliest on."""
    assert LateEnergy(12, 15, 15).also(LateEnergy(11, 16, 17)) == LateEnergy(11, 15, 17)


@given(
    st.lists(st.floats(0, 5), min_size=3, max_size=12),
    st.lists(st.floats(0, 5), min_size=12, max_size=12),
    st.integers(10, 21),
    st.integers(0, 3),
)
def test_putting_right_twice_comes_to_the_same(
    recorded: list[float], used: list[float], since: int, heard_for: int
) -> None:
    """And never lets a sum fall, nor pass what has been counted."""
    known = rows(*recorded)
    end = 10 + len(recorded)
    late = LateEnergy(since, end, end + heard_for)
    total = known[-1].sum + 7.0
    wanted = {10 + number: energy for number, energy in enumerate(used)}
    first = corrected(known, wanted, late, end=end + 2, total=total)
    there = sorted(
        ({row.hour: row for row in known} | {row.hour: row for row in first}).values(), key=lambda row: row.hour
    )
    assert corrected(there, wanted, late, end=end + 2, total=total) == []
    sums = [row.sum for row in there]
    assert sums == sorted(sums)
    assert sums[-1] <= total + 1e-6


# Statistics of our own


def test_hours_are_counted_from_the_row_before() -> None:
    """Only those that used something have one."""
    assert counted(rows(1.0), {11: 2.0, 12: 0.0, 13: 0.5}, 11) == [HourRow(11, 3.0, 3.0), HourRow(13, 3.5, 3.5)]


def test_what_is_there_and_right_is_not_written_again() -> None:
    """Each hour all day long."""
    assert counted(rows(1.0, 2.0), {10: 1.0, 11: 2.0}, 10) == []


def test_later_hours_follow_what_is_put_right() -> None:
    """Also to less: a correction may take energy away."""
    assert counted(rows(1.0, 2.0, 3.0), {12: 3.0}, 11) == [HourRow(11, 1.0, 1.0), HourRow(12, 4.0, 4.0)]


def test_counting_begins_with_nothing() -> None:
    """The first row of a tag."""
    assert counted([], {9: 4.0, 12: 1.5}, 10) == [HourRow(12, 1.5, 1.5)]


@given(st.dictionaries(st.integers(0, 30), st.floats(0, 50)), st.dictionaries(st.integers(0, 30), st.floats(0, 50)))
def test_counting_again_comes_to_what_is_true_now(before: dict[int, float], now: dict[int, float]) -> None:
    """Whatever was counted before: the difference of two rows is what their hour has used."""
    known = counted([], before, 0)
    written = counted(known, now, 0)
    changes = changes_after(known, written)
    assert {hour: change for hour, change in changes.items() if abs(change) > 1e-5} == pytest.approx(
        {hour: energy for hour, energy in now.items() if energy > 1e-5}, abs=1e-4
    )
