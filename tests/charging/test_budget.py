"""How often limits may be written: a memory that wears out is spared, safety never waits."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.budget import (
    BURST,
    LAYERS_PER_DAY,
    PER_DAY,
    PER_HOUR,
    Budget,
    WriteKind,
    kind_of_change,
    refilled,
    spend,
    wait,
)

TIMES = st.lists(st.floats(0, 3600), max_size=300).map(sorted)
KINDS = st.sampled_from(WriteKind)


def writes(budget: Budget, times: list[float], kind: WriteKind) -> tuple[Budget, list[float]]:
    """Try to write at these times; return the budget after, and when it was possible."""
    done = []
    for now in times:
        if wait(budget, now, kind) == 0:
            budget = spend(budget, now, kind)
            done.append(now)
    return budget, done


@given(TIMES)
def test_what_is_wanted_goes_no_more_often_than_the_budget_allows(times: list[float]) -> None:
    """In any stretch of time: the burst, and one a minute."""
    _, done = writes(Budget(), times, WriteKind.WANTED)
    for first in range(len(done)):
        for last in range(first, len(done)):
            assert last - first + 1 <= BURST + (done[last] - done[first]) * PER_HOUR / 3600 + 1e-6


@given(TIMES, st.floats(0, 3600), st.sampled_from([WriteKind.SAFETY, WriteKind.TRIM]))
def test_less_current_always_goes(times: list[float], now: float, kind: WriteKind) -> None:
    """Whatever was spent."""
    budget = Budget()
    for moment in times:
        budget = spend(budget, moment, WriteKind.SAFETY)
        budget = spend(budget, moment, WriteKind.WANTED)
    assert wait(budget, now, kind) == 0


def test_less_current_does_not_count_for_the_day() -> None:
    """Who lowers often may still raise."""
    budget = Budget()
    for _ in range(2 * PER_DAY):
        budget = spend(spend(budget, 0.0, WriteKind.SAFETY), 0.0, WriteKind.TRIM)
    assert budget.day == PER_DAY
    assert spend(budget, 60.0, WriteKind.WANTED).day == PER_DAY - 1


def test_a_little_less_current_leaves_the_reserve_to_what_matters() -> None:
    """It takes from one that is full only."""
    budget, _ = writes(Budget(), [0.0] * BURST, WriteKind.WANTED)
    once = spend(budget, 0.0, WriteKind.TRIM)
    assert once.reserve == budget.reserve - 1
    assert spend(once, 0.0, WriteKind.TRIM) == once
    assert spend(once, 0.0, WriteKind.SAFETY).reserve == once.reserve - 1


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [(10, 10.1, "wanted"), (10, 10, "wanted"), (10, 9.1, "trim"), (10, 9, "safety"), (10, 0, "safety")],
)
def test_what_kind_of_write_a_change_is(before: float, after: float, kind: str) -> None:
    """An ampere less matters."""
    assert kind_of_change(before, after) == kind


def test_a_day_has_its_own_bound() -> None:
    """Of a full budget and what grows back."""
    every_minute = [60.0 * minute for minute in range(24 * 60)]
    _, done = writes(Budget(), every_minute, WriteKind.WANTED)
    assert PER_DAY <= len(done) <= 2 * PER_DAY


def test_who_waits_as_long_as_told_may_write() -> None:
    """Not sooner."""
    budget, done = writes(Budget(), [0.0] * 20, WriteKind.WANTED)
    assert len(done) == BURST
    seconds = wait(budget, 0.0, WriteKind.WANTED)
    assert seconds == pytest.approx(60)
    assert wait(budget, seconds - 1, WriteKind.WANTED) > 0
    assert wait(budget, seconds, WriteKind.WANTED) == 0


def test_the_layers_are_written_a_few_times_a_day() -> None:
    """Apart from the dynamic limit."""
    budget, done = writes(Budget(), [0.0] * 20, WriteKind.LAYER)
    assert len(done) == LAYERS_PER_DAY
    assert wait(budget, 0.0, WriteKind.LAYER) == pytest.approx(86400 / LAYERS_PER_DAY)
    assert wait(budget, 0.0, WriteKind.WANTED) == 0


def test_less_current_takes_from_the_reserve_once_the_rest_is_gone() -> None:
    """So that more current does not wait longer for it."""
    budget, _ = writes(Budget(), [0.0] * BURST, WriteKind.WANTED)
    after = spend(budget, 0.0, WriteKind.SAFETY)
    assert (after.tokens, after.reserve) == (0, budget.reserve - 1)
    assert spend(Budget(), 0.0, WriteKind.SAFETY).tokens == BURST - 1


@given(st.lists(st.tuples(st.floats(0, 1e6), KINDS), max_size=50), st.floats(0, 1e6))
def test_a_budget_stays_within_its_bounds(steps: list[tuple[float, WriteKind]], now: float) -> None:
    """Also when the clock is put back."""
    budget = Budget()
    for moment, kind in steps:
        budget = spend(budget, moment, kind)
    held = refilled(budget, now)
    assert 0 <= held.tokens <= BURST
    assert 0 <= held.day <= PER_DAY
    assert 0 <= held.layers <= LAYERS_PER_DAY
    assert held.reserve >= 0


def test_a_clock_that_is_put_back_does_not_stop_the_budget() -> None:
    """It goes on from there."""
    budget, _ = writes(Budget(), [1e6] * BURST, WriteKind.WANTED)
    budget = refilled(budget, 1000.0)
    assert wait(budget, 1060.0, WriteKind.WANTED) == 0
