"""The fuse: what is left on each phase, and a cap that falls at once and rises late."""

import math

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.fuse import (
    CapState,
    Flow,
    FuseConfig,
    cap_step,
    flow_between,
    headroom,
    likely_flow,
    needs_lowering,
    stale_cap_step,
)
from custom_components.ocpp_csms.charging.wiring import MINIMUM_CURRENT

CONFIG = FuseConfig(rating=25)
ALL = (0, 1, 2)

currents = st.floats(0, 40)
samples = st.lists(
    st.tuples(st.floats(0.5, 200), st.floats(-20, 40)), min_size=1, max_size=30
)  # s since the last, A available


def caps(availables: list[tuple[float, float]], set_current: float = 16) -> list[float]:
    """The caps over (time, available), when every cap is obeyed and all of it used."""
    state, result = CapState(), []
    for now, available in availables:
        state, set_current = cap_step(state, now, set_current, available)
        result.append(set_current)
    return result


def settled(current: float, limit: float = 16) -> Flow:
    """A connector on three phases whose last write is long ago."""
    return Flow(phases=ALL, limit=limit, previous=limit, written_at=0, measured=current, measured_at=990)


# Headroom


def test_the_headroom_is_what_the_fuse_leaves_and_what_the_chargers_take_already() -> None:
    """25 A less 1 A margin, on the phase with 20 A of which 10 A are the car's: 14 A."""
    assert headroom((20, 10, 24), (10, 10, 10), CONFIG) == (14, 24, 10)


def test_what_is_exported_adds_to_the_headroom() -> None:
    """A phase that exports 10 A bears 10 A more."""
    assert headroom((-10, 0, 0), (0, 0, 0), CONFIG) == (34, 24, 24)


def test_an_overloaded_phase_has_less_headroom_than_the_chargers_take() -> None:
    """The excess of the phase is taken off what they take, and below 0 if they cannot make up for it."""
    assert headroom((30, 40, 10), (16, 5, 0), CONFIG) == (10, -11, 14)


def test_the_chargers_own_circuit_limits_too() -> None:
    """The lesser of both fuses counts."""
    assert headroom((0, 0, 20), (0, 0, 0), FuseConfig(rating=25, circuit=16)) == (16, 16, 4)


def test_a_current_that_is_no_number_leaves_nothing() -> None:
    """Neither NaN nor infinity can be trusted."""
    assert headroom((math.nan, math.inf, -math.inf), (0, 0, 0), CONFIG) == (0, 0, 0)


# What the chargers take


def test_a_meter_value_of_after_the_last_write_is_believed() -> None:
    """The car draws less than it is offered, and the meter knows."""
    flow = Flow(phases=ALL, limit=16, previous=10, written_at=100, measured=12.5, measured_at=110)
    assert flow_between(flow, 112) == (12.5, 12.5)


def test_just_after_a_write_the_car_may_draw_the_old_or_the_new_current() -> None:
    """Whether it has followed yet nobody knows."""
    flow = Flow(phases=ALL, limit=10, previous=16, written_at=100, measured=15.7, measured_at=99)
    assert flow_between(flow, 104) == (10, 15.7)


def test_a_car_that_had_time_to_follow_is_no_longer_above_its_limit() -> None:
    """The meter value is older than the write, but the charger has obeyed by now."""
    flow = Flow(phases=ALL, limit=10, previous=16, written_at=100, measured=15.7, measured_at=99)
    assert flow_between(flow, 109) == (10, 10)


def test_a_car_that_has_not_started_yet_may_do_so_at_any_time() -> None:
    """A meter value of 0 shortly after the end of a pause does not say that it draws nothing."""
    flow = Flow(phases=ALL, limit=16, previous=0, written_at=100, measured=0, measured_at=115)
    assert flow_between(flow, 120) == (0, 16)


def test_a_car_that_has_just_started_still_rises() -> None:
    """A meter value within its ramp is not its last word."""
    flow = Flow(phases=ALL, limit=16, previous=0, written_at=100, measured=4, measured_at=118)
    assert flow_between(flow, 120) == (4, 16)


def test_a_car_that_does_not_start_takes_nothing() -> None:
    """After half a minute a meter value of 0 is believed."""
    flow = Flow(phases=ALL, limit=16, previous=0, written_at=100, measured=0, measured_at=131)
    assert flow_between(flow, 135) == (0, 0)


def test_without_a_meter_the_limit_is_taken_for_the_current() -> None:
    """At first it may still be the one before."""
    flow = Flow(phases=ALL, limit=16, previous=6, written_at=100)
    assert flow_between(flow, 103) == (6, 16)
    assert flow_between(flow, 131) == (16, 16)


def test_a_step_that_a_car_explains_is_not_taken_for_the_houses() -> None:
    """The limit went from 16 to 10 A, and so did the grid: the house still takes its 4 A."""
    flow = Flow(phases=(1,), limit=10, previous=16, written_at=100, measured=16, measured_at=99)
    assert likely_flow((4, 14, 4), (4, 4, 4), [flow], 105) == (0, 10, 0)
    assert likely_flow((4, 20, 4), (4, 4, 4), [flow], 105) == (0, 16, 0)


def test_a_step_that_no_car_explains_is_the_houses() -> None:
    """A kettle of 9 A on L1 while the car draws a steady 10 A."""
    assert likely_flow((23, 14, 14), (4, 4, 4), [settled(10)], 1000) == (10, 10, 10)


def test_at_first_the_cars_are_taken_to_draw_the_least() -> None:
    """It leaves the least headroom. The same after a sample that was no number."""
    flow = Flow(phases=ALL, limit=16, previous=6, written_at=999)
    assert likely_flow((20, 20, 20), None, [flow], 1000) == (6, 6, 6)
    assert likely_flow((math.nan, 20, 20), (4, math.nan, 4), [flow], 1000) == (6, 6, 16)


@given(
    st.tuples(currents, currents, currents),
    st.tuples(currents, currents, currents),
    st.floats(0, 60),
    currents,
    currents,
)
def test_the_likely_flow_is_always_a_possible_one(
    grid: tuple[float, float, float], house: tuple[float, float, float], age: float, before: float, limit: float
) -> None:
    """Whatever the grid and the house are said to be."""
    flow = Flow(phases=ALL, limit=limit, previous=before, written_at=100)
    low, high = flow_between(flow, 100 + age)
    assert all(low <= current <= high for current in likely_flow(grid, house, [flow], 100 + age))


# The cap


def test_a_cap_falls_with_the_first_sample_that_says_so() -> None:
    """There is no waiting for anything."""
    assert caps([(0, 20), (1, 9)]) == [16, 9]


def test_less_than_the_minimum_is_a_pause() -> None:
    """No car charges with 5.9 A."""
    assert caps([(0, 5.9)]) == [0]


def test_no_current_that_is_no_number_is_a_pause() -> None:
    """What is not known is not there."""
    assert caps([(0, math.nan)]) == [0]


def test_a_cap_rises_after_a_minute_of_headroom() -> None:
    """Not a second before."""
    assert caps([(0, 10), (1, 14), (30, 14), (60, 15), (61, 15)]) == [10, 10, 10, 10, 15]


def test_a_moment_without_headroom_starts_the_minute_again() -> None:
    """10.4 A are no headroom over 10 A."""
    assert caps([(0, 10), (1, 14), (60, 10.4), (61, 14), (120, 14), (121, 14)]) == [10, 10, 10, 10, 10, 14]


def test_after_a_pause_it_takes_two_minutes() -> None:
    """And half an ampere more than the minimum."""
    assert caps([(0, 3), (10, 6.4), (20, 8), (139, 8), (140, 8)]) == [0, 0, 0, 0, 8]


def test_a_cap_rises_to_no_more_than_is_there_now() -> None:
    """What was there a moment ago does not count."""
    assert caps([(0, 10), (1, 20), (61, 10.6)]) == [10, 10, 10.6]


def test_what_was_granted_stays_granted_while_less_is_set() -> None:
    """A cloud lowers the current to 8 A; back up to 16 A there is nothing to wait for."""
    state, _ = cap_step(CapState(), 0, 16, 16.3)
    state, cap = cap_step(state, 1, 8, 16.3)
    assert cap == 16


def test_a_limit_below_the_minimum_grants_nothing() -> None:
    """Whoever set 3 A has paused the car; it takes the minute until there is more."""
    assert cap_step(CapState(), 0, 3, 16)[1] == 0
    assert cap_step(CapState(since=0), 60, 3, 16)[1] == 16


@pytest.mark.parametrize(
    ("set_current", "cap", "lower"), [(10, 9.9, False), (10, 9.7, True), (10, 16, False), (6, 0, True), (0, 0, False)]
)
def test_a_limit_is_lowered_unless_the_difference_is_none(set_current: float, cap: float, lower: bool) -> None:
    """0.2 A is noise."""
    assert needs_lowering(set_current, cap) is lower


@given(samples, currents)
def test_a_cap_is_never_above_what_is_available_nor_below_the_minimum(
    steps: list[tuple[float, float]], set_current: float
) -> None:
    """It is 0, or from the minimum to what is available."""
    state, now = CapState(), 0.0
    for wait, available in steps:
        now += wait
        state, cap = cap_step(state, now, set_current, available)
        assert cap == 0 or MINIMUM_CURRENT <= cap <= available
        set_current = cap


@given(samples, currents)
@example(steps=[(1.0, 6.0), (60.0, 6.0)], set_current=0.0)
def test_a_cap_rises_only_after_a_minute(steps: list[tuple[float, float]], set_current: float) -> None:
    """Between a cap and a higher one there is at least a minute of headroom above the limit."""
    state, now = CapState(cap=set_current), 0.0
    headroom_since = math.inf
    for wait, available in steps:
        now += wait
        if available < max(set_current + 0.5, MINIMUM_CURRENT):
            headroom_since = math.inf
        else:
            headroom_since = min(headroom_since, now)
        state, cap = cap_step(state, now, set_current, available)
        if cap > set_current:
            assert now - headroom_since >= 60
        set_current = cap


# Stale data


def test_a_short_silence_changes_nothing() -> None:
    """30 s are within what sensors do."""
    assert stale_cap_step(CapState(cap=16), 30, CONFIG)[1] == 16


def test_on_stale_data_the_cap_is_the_fallback_current() -> None:
    """As low as the user says that the fuse bears blindly."""
    assert stale_cap_step(CapState(cap=16), 31, CONFIG)[1] == 6


def test_two_minutes_later_a_strict_fuse_pauses() -> None:
    """Another one stays at the fallback."""
    assert stale_cap_step(CapState(cap=16), 151, FuseConfig(rating=25, strict=True))[1] == 0
    assert stale_cap_step(CapState(cap=16), 151, CONFIG)[1] == 6


def test_a_pause_stays_one_on_stale_data() -> None:
    """Nothing rises blindly."""
    assert stale_cap_step(CapState(cap=0, paused=True), 31, CONFIG)[1] == 0


def test_without_any_sample_ever_the_fallback_is_granted() -> None:
    """After a restart with a sensor that is gone, a car can still charge slowly."""
    assert stale_cap_step(CapState(), math.inf, CONFIG)[1] == 6


def test_a_fallback_below_the_minimum_is_a_pause() -> None:
    """Nothing between 0 and the minimum is offered."""
    assert stale_cap_step(CapState(cap=16), 31, FuseConfig(rating=25, fallback=5))[1] == 0


def test_after_stale_data_the_cap_rises_as_after_any_lack_of_headroom() -> None:
    """The minute begins with the first new sample."""
    state, _ = cap_step(CapState(), 0, 10, 20)
    state, cap = stale_cap_step(state, 40, CONFIG)
    state, cap = cap_step(state, 70, cap, 20)
    assert cap == 6
    assert cap_step(state, 130, cap, 20)[1] == 20


@given(st.none() | st.just(0.0) | st.floats(6, 32), st.lists(st.floats(0, 400), min_size=2), st.booleans())
def test_a_cap_never_rises_on_stale_data(cap: float | None, ages: list[float], strict: bool) -> None:
    """However long it lasts."""
    state, last = CapState(cap=cap), math.inf if cap is None else cap
    for age in sorted(ages):
        state, now = stale_cap_step(state, age, FuseConfig(rating=25, strict=strict))
        assert now <= last
        assert now == 0 or now >= MINIMUM_CURRENT
        last = now
