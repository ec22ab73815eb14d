"""Sensors that fall silent, freeze, lie or are connected the wrong way round."""

import math

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.sensors import (
    CurrentSigns,
    FrozenWatch,
    PowerSample,
    SampleHistory,
    SignTest,
    SignVerdict,
    are_plausible,
    compare_signs,
    failsafe_current,
    is_stale,
    plausible,
    watch_frozen,
)

# Silence


def history(*times: float) -> SampleHistory:
    """The history of samples at these times."""
    result = SampleHistory()
    for at in times:
        result = result.add(at)
    return result


def test_the_interval_is_the_median_of_the_last_ones() -> None:
    """One outage does not make a fast sensor a slow one."""
    assert history(0, 10, 20, 500, 510).median_interval == 10


def test_an_interval_takes_two_samples() -> None:
    """The first says when, not how often."""
    assert history().median_interval is None
    assert history(5).median_interval is None
    assert (history().last, history(5).last) == (None, 5)


def test_only_the_last_samples_are_remembered() -> None:
    """A sensor that has become slower is a slow one soon."""
    assert history(*range(50), *range(60, 160, 10)).median_interval == 10
    assert len(history(*range(50)).times) == 10


def test_a_sample_twice_is_one() -> None:
    """Nor does time run backwards."""
    assert history(5, 5, 3).times == (5,)


@pytest.mark.parametrize(("interval", "limit"), [(None, 60), (1, 60), (15, 60), (60, 240)])
def test_a_sensor_is_stale_after_a_minute_or_four_of_its_intervals(interval: float | None, limit: float) -> None:
    """Whichever is longer."""
    assert not is_stale(1000 + limit, 1000, interval)
    assert is_stale(1000 + limit + 0.1, 1000, interval)


def test_a_sensor_that_was_never_heard_of_is_stale() -> None:
    """It may not exist."""
    assert is_stale(0, None, None)


# Values that cannot be


@pytest.mark.parametrize(
    ("value", "fuse_power", "believed"),
    [
        (51_750, 17_250, True),
        (-51_751, 17_250, False),
        (-99_000, None, True),
        (1e9, None, False),
        (math.nan, None, False),
        (-math.inf, 17_250, False),
    ],
)
def test_a_power_is_believed_if_it_can_be_true(value: float, fuse_power: float | None, believed: bool) -> None:
    """Three times the fuse, or 100 kW if it is not known."""
    assert plausible(value, fuse_power) == (value if believed else None)


def frozen(*samples: tuple[float, float, float, float]) -> bool:
    """What is found after samples of (time, value, W the cars were told, W they took)."""
    watch, result = FrozenWatch(), False
    for at, value, told, taken in samples:
        watch, result = watch_frozen(watch, at, value, told=told, taken=taken)
    return result


def test_a_value_that_ignores_a_car_for_ten_minutes_is_frozen() -> None:
    """However soon after it froze the car was told to take more."""
    assert frozen((0, -5000, 0, 0), (10, -5000, 5000, 0), (20, -5000, 11000, 4000), (600, -5000, 11000, 11000))


def test_a_value_that_stays_while_nothing_happens_is_not_frozen() -> None:
    """A quiet night."""
    assert not frozen((0, 250, 0, 0), (300, 250, 900, 900), (6000, 250, 0, 0))


def test_a_meter_of_a_car_that_comes_late_proves_nothing() -> None:
    """The grid's value has followed already."""
    assert not frozen((0, 3250, 3000, 0), (30, 3250, 3000, 3000), (900, 3250, 3000, 3000))


def test_a_car_that_does_not_take_what_it_is_told_proves_nothing() -> None:
    """It is full, or asleep."""
    assert not frozen((0, 250, 0, 0), (300, 250, 3000, 0), (900, 250, 0, 0))


def test_ten_minutes_begin_with_the_value() -> None:
    """What the cars did before does not count."""
    assert not frozen((0, 250, 0, 0), (300, 250, 3000, 3000), (599, 250, 0, 0))
    assert not frozen((0, 250, 3000, 3000), (300, 251, 0, 0), (950, 251, 0, 0))


# What is done meanwhile


@pytest.mark.parametrize(
    ("mode", "stale_for", "limit", "current"),
    [
        (ChargingMode.SOLAR, 0, 10, 10),
        (ChargingMode.SOLAR, 59, 10, 10),
        (ChargingMode.SOLAR, 60, 10, 6),
        (ChargingMode.SOLAR, 299, 10, 6),
        (ChargingMode.SOLAR, 299, 0, 0),
        (ChargingMode.SOLAR, 300, 10, 0),
        (ChargingMode.SOLAR, math.inf, 10, 0),
        (ChargingMode.MIN_SOLAR, 0, 10, 6),
        (ChargingMode.MIN_SOLAR, 9999, 0, 6),
    ],
)
def test_each_mode_has_its_reaction_to_a_stale_grid_sensor(
    mode: ChargingMode, stale_for: float, limit: float, current: float
) -> None:
    """As in the failsafe table: held, the minimum, a pause."""
    assert failsafe_current(mode, stale_for, limit, 6.0) == current


# The sign


def verdict(*steps: tuple[float, float], seconds: float = 30) -> SignVerdict:
    """What is found after steps of (W of the cars, W of the grid)."""
    test = SignTest()
    for ev, grid in steps:
        test = test.observe(PowerSample(at=0, grid=400, ev=0), PowerSample(at=seconds, grid=400 + grid, ev=ev))
    return test.verdict


def test_a_grid_that_rises_with_the_car_is_right() -> None:
    """Give or take what the house does."""
    assert verdict((4000, 4100), (-4000, -3800), (6000, 6000)) is SignVerdict.OK


def test_a_grid_that_falls_with_the_car_is_inverted() -> None:
    """Plus and minus are the other way round."""
    assert verdict((4000, -4100), (-4000, 3800), (6000, -6000)) is SignVerdict.INVERTED


def test_a_grid_that_does_not_notice_the_car_is_blind() -> None:
    """The charger is connected before the meter."""
    assert verdict((4000, 100), (-4000, 200), (6000, 0)) is SignVerdict.BLIND


def test_nothing_is_decided_before_the_third_step() -> None:
    """Two can agree by chance."""
    assert verdict() is SignVerdict.UNDECIDED
    assert verdict((4000, 4000), (4000, 4000)) is SignVerdict.UNDECIDED


def test_a_kettle_during_one_start_does_no_harm() -> None:
    """The two others agree."""
    assert verdict((1400, 1400), (1400, 3400), (-1400, -1400)) is SignVerdict.OK
    assert verdict((1400, -1400), (1400, 600), (-1400, 1400)) is SignVerdict.INVERTED


def test_steps_that_contradict_each_other_decide_nothing() -> None:
    """Until most agree."""
    assert verdict((4000, 4000), (4000, -4000), (4000, 0)) is SignVerdict.UNDECIDED
    assert verdict((4000, 4000), (4000, -4000), (4000, 0), (4000, 4000), (4000, 4000)) is SignVerdict.OK
    assert verdict((4000, 4000), (4000, -4000), (4000, 0), (4000, 4000)) is SignVerdict.UNDECIDED
    assert verdict(*[(4000, 2000)] * 3) is SignVerdict.UNDECIDED
    assert verdict((4000, 40_000), (4000, 20_000), (4000, 9000)) is SignVerdict.UNDECIDED


def test_a_step_of_less_than_a_kilowatt_says_nothing() -> None:
    """The house does as much by itself. Nor does one without a number."""
    assert verdict(*[(900, 900)] * 5) is SignVerdict.UNDECIDED
    assert verdict(*[(4000, math.nan)] * 5, *[(math.nan, 4000)] * 5) is SignVerdict.UNDECIDED


@pytest.mark.parametrize("seconds", [0, -5, 121])
def test_a_step_that_takes_long_says_nothing(seconds: float) -> None:
    """Within two minutes, and forwards."""
    assert verdict(*[(4000, 4000)] * 5, seconds=seconds) is SignVerdict.UNDECIDED


@given(st.sampled_from([(1, SignVerdict.OK), (-1, SignVerdict.INVERTED), (0, SignVerdict.BLIND)]), st.data())
def test_noise_of_the_house_and_one_kettle_do_not_change_the_verdict(
    slope: tuple[int, SignVerdict], data: st.DataObject
) -> None:
    """Three starts of 1.4 to 11 kW, one of them with anything."""
    powers = data.draw(st.lists(st.floats(1400, 11_000), min_size=3, max_size=3))
    noise = data.draw(st.lists(st.floats(-500, 500), min_size=2, max_size=2))
    kettle = data.draw(st.floats(-9000, 9000))
    steps = [(power, slope[0] * power + extra) for power, extra in zip(powers, [*noise, kettle], strict=True)]
    assert verdict(*data.draw(st.permutations(steps))) is slope[1]


def test_a_remembered_test_has_the_verdict_it_had() -> None:
    """What is no number was never a slope, and of many the last nine count."""
    assert SignTest.remembered([-1.0, -0.9, math.nan, -1.1]).verdict is SignVerdict.INVERTED
    assert SignTest.remembered([-1.0] * 9 + [1.0] * 9).slopes == (1.0,) * 9
    assert SignTest.remembered([]) == SignTest()


# Currents of the phases


@pytest.mark.parametrize(
    ("currents", "well"),
    [
        ((75.0, -75.0, 0.0), True),
        ((75.1, 0.0, 0.0), False),
        ((0.0, -75.1, 0.0), False),
        ((0.0, 0.0, math.nan), False),
        ((math.inf, 0.0, 0.0), False),
    ],
)
def test_currents_of_three_times_the_fuse_are_implausible(currents: tuple[float, float, float], well: bool) -> None:
    """As is what is no number, in either direction."""
    assert are_plausible(currents, 25.0) is well


def compared(*samples: tuple[float, float], apart: float = 0.0, signs: CurrentSigns | None = None) -> CurrentSigns:
    """What is known after samples of power (W) and of the current of each phase (A), every 10 s."""
    signs = signs or CurrentSigns()
    for count, (power, current) in enumerate(samples):
        at = 10.0 * count
        signs = compare_signs(signs, power, at, (current, current, current), at + apart)
    return signs


def test_import_with_currents_that_flow_out_three_times_in_a_row_is_inverted() -> None:
    """Twice is not enough, and one that fits begins anew."""
    bad, good = (600.0, -1.0), (600.0, 1.0)
    assert compared(bad, bad, bad).inverted
    assert not compared(bad, bad, good, bad, bad).inverted


def test_currents_once_found_inverted_stay_so() -> None:
    """One phase alone may be the wrong way round: a sum that fits proves nothing."""
    assert compared(*[(600.0, -1.0)] * 3, *[(600.0, 5.0)] * 9).inverted


@pytest.mark.parametrize("sample", [(500.0, -9.0), (600.0, -0.3), (-3000.0, 5.0), (-3000.0, -5.0), (3000.0, 5.0)])
def test_no_other_contradiction_is_one(sample: tuple[float, float]) -> None:
    """A little import, or export that seems to be import: it is no danger to the fuse."""
    assert not compared(*[sample] * 5).inverted


def test_samples_of_different_times_are_not_compared() -> None:
    """A cloud may have passed between them."""
    assert compared(*[(600.0, -2.0)] * 5, apart=5.0).inverted
    assert not compared(*[(600.0, -2.0)] * 5, apart=5.1).inverted


def test_a_power_that_is_slower_than_the_currents_counts_once() -> None:
    """The same sample of it says nothing more."""
    signs = CurrentSigns()
    for at in (1.0, 2.0, 3.0, 4.0):
        signs = compare_signs(signs, 600.0, 1.0, (-2.0, -2.0, -2.0), at)
    assert signs.contradictions == 1
