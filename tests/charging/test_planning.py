"""Plans: in time before all else, then cheap, in runs that are worth it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import math
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.planning import (
    RESERVE,
    Demand,
    Plan,
    PriceSlot,
    energy_needed,
    is_due,
    must_start_now,
    plan_cheapest,
    plan_in_one_go,
    running_slot,
)

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(hours: float) -> datetime:
    """So many hours from now."""
    return NOW + hours * HOUR


def hourly(*prices: float, start: datetime = NOW, length: timedelta = HOUR) -> list[PriceSlot]:
    """Slots of one length, one after the other."""
    return [PriceSlot(start + i * length, start + (i + 1) * length, price) for i, price in enumerate(prices)]


def planned(plan: Plan) -> list[tuple[float, float]]:
    """The slots in hours from now."""
    return [(round((start - NOW) / HOUR, 6), round((end - NOW) / HOUR, 6)) for start, end in plan.slots]


def demand(hours: float, deadline: float = 8, **options: Any) -> Demand:
    """A demand that takes so many hours at 10 kW, the reserve included."""
    return Demand(now=NOW, deadline=at(deadline), energy=hours * 10 / (1 + RESERVE), power=10, **options)


def cheapest(hours: float, prices: list[PriceSlot], deadline: float = 8, **options: Any) -> Plan:
    """A plan for so many hours of charging."""
    return plan_cheapest(demand(hours, deadline, **options), prices)


def in_one_go(hours: float, prices: list[PriceSlot], deadline: float = 8, **options: Any) -> Plan:
    """A plan for so many hours of charging without a break."""
    return plan_in_one_go(demand(hours, deadline, **options), prices)


# Which slots


def test_the_cheapest_hours_are_planned() -> None:
    """Two of eight."""
    result = cheapest(2, hourly(5, 1, 6, 7, 2, 8, 9, 9))
    assert planned(result) == [(1, 2), (4, 5)]
    assert result.energy == pytest.approx(20)


def test_the_reserve_is_planned_too() -> None:
    """5 % more than asked for."""
    assert plan_cheapest(
        Demand(now=NOW, deadline=at(8), energy=20, power=10), hourly(*[5] * 8)
    ).energy == pytest.approx(21)


def test_at_equal_prices_it_charges_late() -> None:
    """And in one run."""
    assert planned(cheapest(1.5, hourly(*[3] * 8))) == [(6.5, 8)]


def test_the_dearest_slot_is_used_in_part() -> None:
    """An hour at 1, half of the hour next to it."""
    assert planned(cheapest(1.5, hourly(9, 9, 3, 1, 9, 9, 9, 9))) == [(2.5, 4)]


def test_a_run_lasts_half_an_hour_at_least() -> None:
    """Though a quarter would do to complete the energy."""
    assert planned(cheapest(1.25, hourly(1, 9, 9, 9, 2, 9, 9, 9))) == [(0, 1), (4.5, 5)]


def test_a_cheap_quarter_alone_is_no_run() -> None:
    """Half an hour at a mean of 5 is dearer than two quarters at 4."""
    prices = hourly(9, 1, 9, 9, 4, 4, 9, 9, length=15 * MINUTE)
    assert planned(cheapest(0.5, prices, 2)) == [(1, 1.5)]


def test_quarters_next_to_a_run_extend_it() -> None:
    """They begin nothing new."""
    prices = hourly(9, 9, 2, 1, 1, 3, 9, 9, length=15 * MINUTE)
    assert planned(cheapest(1, prices, 2)) == [(0.5, 1.5)]


def test_very_little_energy_has_a_short_run() -> None:
    """Six minutes are all that is needed."""
    assert planned(cheapest(0.1, hourly(5, 1, 6, 7, 7, 7, 7, 7))) == [(1.9, 2)]


def test_negative_prices_are_the_best() -> None:
    """One is paid to charge."""
    assert planned(cheapest(1, hourly(0, 1, -3, 0, 0, 0, 0, 0))) == [(2, 3)]


def test_in_one_go_it_takes_the_cheapest_single_run() -> None:
    """The cheapest two hours in a row, though one cheaper hour stands alone."""
    assert planned(in_one_go(2, hourly(1, 9, 9, 9, 3, 3, 9, 9))) == [(4, 6)]


def test_a_single_run_may_begin_within_a_slot() -> None:
    """It ends with the cheap hours."""
    assert planned(in_one_go(2.5, hourly(9, 9, 4, 1, 1, 5, 9, 9))) == [(2.5, 5)]


# Prices as they come


def test_slots_may_come_in_any_order_and_twice() -> None:
    """Two days' lists that overlap."""
    prices = hourly(5, 1, 6, 7, 2, 8, 9, 9)
    assert cheapest(2, [*reversed(prices), *prices]) == cheapest(2, prices)


def test_where_prices_contradict_each_other_the_dearer_counts() -> None:
    """Hour 1 is said to cost 1 and 9."""
    prices = [*hourly(5, 1, 6, 7, 2, 8, 9, 9), PriceSlot(at(1), at(2), 9)]
    assert planned(cheapest(1, prices)) == [(4, 5)]


def test_prices_that_are_no_numbers_are_no_prices() -> None:
    """A gap, and a gap is not cheap."""
    assert planned(cheapest(2, hourly(5, math.nan, 3, -math.inf, 2, 8, 9, 9))) == [(2, 3), (4, 5)]


def test_a_gap_counts_as_the_dearest_price_that_is_known() -> None:
    """It is used when nothing else is left."""
    prices = [*hourly(5), *hourly(2, 8, start=at(2))]
    assert planned(cheapest(2, prices, 4)) == [(0, 1), (2, 3)]
    assert planned(cheapest(3.5, prices, 4)) == [(0, 1), (1.5, 4)]


def test_slots_of_the_past_and_beyond_the_deadline_do_not_count() -> None:
    """However cheap."""
    prices = [*hourly(0, 0, start=at(-2)), *hourly(3, 2, 3), *hourly(0, start=at(3))]
    assert planned(cheapest(1, prices, 3)) == [(1, 2)]


def test_a_slot_that_ends_before_it_begins_is_none() -> None:
    """It has no price to give."""
    assert planned(cheapest(1, [PriceSlot(at(2), at(1), 0)])) == [(7, 8)]


def test_without_prices_it_starts_as_late_as_it_can() -> None:
    """The deadline is all there is."""
    assert planned(cheapest(3, [])) == [(5, 8)]
    assert planned(in_one_go(3, [])) == [(5, 8)]


def test_it_waits_for_prices_if_there_is_time_after_the_known_ones() -> None:
    """Tomorrow's may be lower."""
    assert planned(cheapest(3, hourly(5, 6, 5, 6))) == [(5, 8)]
    assert planned(in_one_go(3, hourly(5, 6, 5, 6))) == [(5, 8)]


def test_if_the_time_after_the_known_prices_is_too_short_the_rest_is_before() -> None:
    """Two hours without a price, one at the lowest known."""
    assert planned(cheapest(3, hourly(5, 6, 4, 6, 5, 6))) == [(2, 3), (6, 8)]


def test_a_single_run_may_reach_beyond_the_known_prices() -> None:
    """That part counts as the dearest."""
    assert planned(in_one_go(3, hourly(9, 9, 9, 9, 1, 1))) == [(4, 7)]


def test_a_change_of_the_clocks_moves_nothing() -> None:
    """The hour from 2 to 3 comes twice on 25 October 2026 in Berlin; the second one is the cheapest."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    prices = [
        PriceSlot((start + i * HOUR).astimezone(berlin), (start + (i + 1) * HOUR).astimezone(berlin), price)
        for i, price in enumerate([5, 6, 7, 1, 8, 9])
    ]
    now, due = datetime(2026, 10, 25, tzinfo=berlin), datetime(2026, 10, 25, 5, tzinfo=berlin)
    result = plan_cheapest(Demand(now=now, deadline=due, energy=10 / (1 + RESERVE), power=10), prices)
    assert result.slots == ((start + 3 * HOUR, start + 4 * HOUR),)
    assert result.latest_start == start + 5 * HOUR


def test_a_time_without_a_zone_is_refused() -> None:
    """It would mean another hour elsewhere."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        PriceSlot(naive, NOW, 1)
    with pytest.raises(ValueError, match="no time zone"):
        Demand(now=naive, deadline=NOW, energy=1, power=1)
    with pytest.raises(ValueError, match="no time zone"):
        Demand(now=NOW, deadline=naive, energy=1, power=1)


# What is possible


def test_a_deadline_in_the_past_charges_now() -> None:
    """The car is still wanted."""
    result = cheapest(2, hourly(5, 1), -1)
    assert planned(result) == [(0, 2)]
    assert must_start_now(result, NOW)


def test_too_little_time_is_used_wholly() -> None:
    """Whatever it costs."""
    result = cheapest(9, hourly(*[5] * 8))
    assert planned(result) == [(0, 8)]
    assert result.energy == pytest.approx(80)
    assert must_start_now(result, NOW)


def test_just_enough_time_is_enough() -> None:
    """Not a minute to lose."""
    result = cheapest(8, hourly(*[5] * 8))
    assert planned(result) == [(0, 8)]
    assert must_start_now(result, NOW)


def test_nothing_needed_is_nothing_planned() -> None:
    """The energy is there already."""
    for energy in (0, -3, math.nan):
        result = plan_cheapest(Demand(now=NOW, deadline=at(-1), energy=energy, power=10), hourly(1))
        assert (result.slots, result.energy) == ((), 0)
        assert not must_start_now(result, NOW)


@pytest.mark.parametrize("power", [0, -1, math.nan])
def test_without_power_nothing_can_be_planned(power: float) -> None:
    """The caller knows what the connector has."""
    with pytest.raises(ValueError, match="kW"):
        Demand(now=NOW, deadline=at(8), energy=10, power=power)


def test_waiting_is_over_when_the_deadline_says_so() -> None:
    """Three hours are needed by eight."""
    result = cheapest(3, hourly(*[5] * 8))
    assert result.latest_start == at(5)
    assert not must_start_now(result, at(4.9))
    assert must_start_now(result, at(5))


def test_the_sun_makes_the_part_from_the_grid_smaller() -> None:
    """Of 30 kWh the sun will give 5, and 10 of 20 by the deadline. More than the car can take does not count."""
    demanded = Demand(now=NOW, deadline=at(8), energy=30, power=10)
    forecast = [(at(-1), at(0), 50.0), (at(1), at(2), 5.0), (at(7), at(9), 20.0), (at(3), at(3.5), math.nan)]
    result = plan_cheapest(replace(demanded, solar_forecast=forecast), hourly(*[5] * 8))
    assert result.energy == pytest.approx((30 - 15) * (1 + RESERVE))
    result = plan_cheapest(replace(demanded, solar_forecast=[(at(1), at(2), 99.0)]), hourly(*[5] * 8))
    assert result.energy == pytest.approx((30 - 10) * (1 + RESERVE))


def test_where_the_sun_brings_it_all_nothing_is_planned() -> None:
    """Neither in one go nor where it is cheapest."""
    forecast = [(at(1), at(5), 99.0)]
    assert cheapest(3, hourly(*[5] * 8), solar_forecast=forecast).slots == ()
    assert in_one_go(3, hourly(*[5] * 8), solar_forecast=forecast).slots == ()


# Running


def test_a_running_slot_is_kept_to_its_end() -> None:
    """Though prices that have just come are lower."""
    result = cheapest(2, hourly(5, 1, 1, 1, 1, 1, 1, 1), running=(at(-0.5), at(0.5)))
    assert planned(result) == [(0, 0.5), (6.5, 8)]


def test_a_running_slot_goes_on_if_little_would_be_left() -> None:
    """20 minutes are no reason to stop and start again."""
    assert planned(cheapest(50 / 60, hourly(5, 1, 1, 1), 4, running=(at(-0.5), at(0.5)))) == [(0, round(50 / 60, 6))]


def test_a_running_slot_is_not_longer_than_needed() -> None:
    """The energy is there before its end."""
    assert planned(cheapest(0.25, hourly(*[5] * 8), running=(at(-1), at(1)))) == [(0, 0.25)]


@pytest.mark.parametrize("method", [cheapest, in_one_go])
def test_a_slot_that_is_just_over_goes_on_if_little_is_left(method: Callable[..., Plan]) -> None:
    """The car has taken less than was planned."""
    assert planned(method(0.25, hourly(5, 1, 1, 1), 4, running=(at(-1), at(-0.01)))) == [(0, 0.25)]


def test_a_slot_that_is_over_or_to_come_does_not_run() -> None:
    """It binds nobody."""
    prices = hourly(5, 1, 6, 7, 2, 8, 9, 9)
    assert cheapest(0.25, prices, running=(at(-1), at(-0.1))) == cheapest(0.25, prices)
    for running in ((at(-1), at(0)), (at(1), at(2))):
        assert cheapest(2, prices, running=running) == cheapest(2, prices)


def test_a_single_run_that_has_begun_runs_on() -> None:
    """It would be none otherwise."""
    assert planned(in_one_go(2, hourly(5, 1, 1, 1, 1, 1, 1, 1), running=(at(-1), at(0.1)))) == [(0, 2)]


def test_a_running_slot_counts_when_it_waits_for_prices() -> None:
    """What it takes is not needed later."""
    assert planned(cheapest(3, hourly(5, 6, 5, 6), running=(at(-0.5), at(1)))) == [(0, 1), (6, 8)]


def test_charging_is_due_within_the_slots() -> None:
    """From the first moment to just before the last."""
    result = cheapest(2, hourly(5, 1, 6, 7, 2, 8, 9, 9))
    assert [is_due(result, at(hours)) for hours in (0.9, 1, 1.9, 2, 4.5)] == [False, True, True, False, True]
    assert running_slot(result, at(1.5)) == (at(1), at(2))


def test_planning_again_every_minute_does_not_flap() -> None:
    """A car that takes a little less than planned, quarter-hourly prices: as many starts as the first plan has runs."""
    prices = hourly(*[(7 * i) % 11 for i in range(48)], length=15 * MINUTE)
    left, now, running, starts = 30 / (1 + RESERVE), NOW, None, 0
    first = cheapest(3, prices, 12)
    while now < at(12):
        current = plan_cheapest(Demand(now=now, deadline=at(12), energy=left, power=10, running=running), prices)
        before, running = running, running_slot(current, now)
        starts += before is None and running is not None
        left -= 9.7 / 60 if running else 0
        now += MINUTE
    assert left <= 0
    assert starts <= len(first.slots)


# Energy


@pytest.mark.parametrize(("soc", "target", "kwh"), [(20, 80, 40), (80, 80, 0), (90, 80, 0)])
def test_the_energy_follows_from_the_state_of_charge(soc: float, target: float, kwh: float) -> None:
    """60 kWh usable, 90 % of what is charged arrives."""
    assert energy_needed(soc, target, 60) == pytest.approx(kwh)


# Whatever comes

prices_of_a_day = st.lists(st.integers(-5, 40).map(float) | st.just(math.nan), max_size=30)
lengths = st.sampled_from([15 * MINUTE, 30 * MINUTE, HOUR])
deadlines = st.floats(0.1, 30)
hours_needed = st.floats(0.05, 30)
offsets = st.integers(-120, 60).map(lambda minutes: minutes * MINUTE)


@given(prices_of_a_day, lengths, offsets, deadlines, hours_needed, st.sampled_from([cheapest, in_one_go]))
def test_a_plan_is_long_enough_and_in_time(
    prices: list[float],
    length: timedelta,
    offset: timedelta,
    deadline: float,
    hours: float,
    method: Callable[..., Plan],
) -> None:
    """Within now and the deadline, in order, without overlaps."""
    slots = hourly(*prices, start=NOW + offset, length=length)
    ends = planned(method(hours, slots, deadline))
    assert sum(end - start for start, end in ends) >= min(hours, deadline) - 1e-4
    assert all(-1e-6 <= start < end <= deadline + 1e-6 for start, end in ends)
    assert all(this[1] < following[0] for this, following in pairwise(ends))
    assert method is not in_one_go or len(ends) == 1
    assert all(end - start >= min(0.5, hours, deadline) - 1e-4 for start, end in ends)


@given(st.lists(st.integers(-5, 40), min_size=4, max_size=24), st.floats(0.5, 20))
def test_no_cheaper_slot_is_left_while_a_dearer_one_is_used(prices: list[int], hours: float) -> None:
    """Of slots that are long enough for a run."""
    result = cheapest(hours, hourly(*prices), len(prices))

    def used(hour: int) -> bool:
        return any(start < hour + 1 - 1e-4 and hour + 1e-4 < end for start, end in planned(result))

    dearest = max(price for hour, price in enumerate(prices) if used(hour))
    assert all(used(hour) or price >= dearest for hour, price in enumerate(prices))


@given(prices_of_a_day, st.floats(0.5, 10), st.randoms(use_true_random=False))
def test_the_order_of_the_slots_does_not_matter(prices: list[float], hours: float, random: Random) -> None:
    """The same slots make the same plan."""
    slots = hourly(*prices)
    shuffled = list(slots)
    random.shuffle(shuffled)
    assert cheapest(hours, slots, 12) == cheapest(hours, shuffled, 12)
