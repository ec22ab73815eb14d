"""The grid sensor from one observation to the next: fresh, plausible, alive, and the right way round."""

from dataclasses import replace
import math

import pytest

from custom_components.ocpp_csms.charging.health import (
    Health,
    examine,
    is_measuring,
    power_of,
    trusted_power,
    trusts_sign,
)
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorObservation,
    SiteConfig,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.sensors import PowerSample, SignTest, SignVerdict

CONFIG = SiteConfig()
CAR = ConnectorObservation(key="one", config=ConnectorConfig(), measured=0.0, measured_at=0.0)


def examined(
    health: Health, now: float, grid: float | None, *cars: ConnectorObservation
) -> tuple[Health, float | None]:
    """The health after a sample, and what of it can be used."""
    at = None if grid is None else now
    return examine(health, SiteObservation(now=now, grid=grid, grid_at=at, connectors=cars), CONFIG)


def charging(now: float, current: float, written_at: float) -> ConnectorObservation:
    """A car that has followed its limit, by a fresh meter value."""
    return replace(CAR, limit=current, measured=current, measured_at=now, written_at=written_at, phases_used=3)


def changes(*powers: tuple[float, float], house: float = 500.0, noise: float = 0.0) -> Health:
    """The health after changes of the car to (A, W that the grid shows more), each in a calm house for two minutes."""
    health, now, written, grid = Health(), 0.0, 0.0, house
    for current, more in powers:
        written, grid = now, grid + more
        for count in range(12):
            now += 10
            power = grid + noise * (count % 2)
            health = examined(health, now, power, charging(now, current, written))[0]
    return health


START = 16 * 3 * 230.0
STARTS = ((0, 0), (16, START), (0, -START), (16, START))


# Samples


def test_a_sample_that_is_well_can_be_used() -> None:
    """Once: the same sample again is no news."""
    health, usable = examined(Health(), 1, 500.0)
    assert (usable, health.bad_for(1)) == (500, None)
    again = examine(health, SiteObservation(now=5, grid=500.0, grid_at=1), CONFIG)
    assert again[1] is None
    assert again[0].bad_since is None


def test_an_unchanged_value_of_a_new_sample_counts() -> None:
    """The sensor lives."""
    health = Health()
    for now in range(1, 1000, 10):
        health, usable = examined(health, now, 500.0)
        assert usable == 500
    assert health.bad_for(1000) is None


def test_before_the_first_sample_it_cannot_be_trusted() -> None:
    """From the first step on, which is when the time begins to run."""
    health, usable = examined(Health(), 100, None)
    assert usable is None
    assert examined(health, 130, None)[0].bad_for(130) == 30


def test_a_value_that_is_missing_is_bad_at_once() -> None:
    """And well again with the next one."""
    health, _ = examined(Health(), 1, 500.0)
    health, _ = examined(health, 11, None)
    assert health.bad_for(15) == 4
    assert examined(health, 21, 500.0)[0].bad_for(21) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -1e9])
def test_a_value_that_cannot_be_is_not_used(value: float) -> None:
    """It is bad until a good one comes."""
    health, _ = examined(Health(), 1, 500.0)
    health, usable = examined(health, 11, value)
    assert (usable, health.implausible, health.bad_for(11)) == (None, True, 0)
    health, usable = examined(health, 21, 500.0)
    assert (usable, health.implausible, health.bad_for(21)) == (500, False, None)


def test_what_is_bad_stays_bad_since_then() -> None:
    """Of one kind or another."""
    health, _ = examined(Health(), 1, 500.0)
    health, _ = examined(health, 11, math.nan)
    health, _ = examined(health, 21, None)
    assert health.bad_for(31) == 20


# The power of a car


def test_a_paused_charger_that_says_nothing_more_takes_nothing() -> None:
    """Its last meter value is from before the pause."""
    paused = replace(CAR, limit=0.0, measured=16.0, measured_at=95.0, written_at=100.0)
    assert power_of(paused) == 0


def test_a_charger_that_charges_on_in_a_pause_is_believed() -> None:
    """Its meter says so long after."""
    disobedient = replace(CAR, limit=0.0, measured=16.0, measured_at=150.0, written_at=100.0)
    assert power_of(disobedient) == pytest.approx(START)


def test_no_car_takes_nothing() -> None:
    """Whatever the last meter value was."""
    assert power_of(replace(CAR, plugged_in=False, limit=16.0, measured=16.0)) == 0


def test_a_car_with_one_phase_takes_a_third() -> None:
    """The meter knows how many phases it uses."""
    assert power_of(replace(CAR, limit=16.0, measured=16.0, phases_used=1)) == pytest.approx(START / 3)


# The sign


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, SignVerdict.OK), (-1.0, SignVerdict.INVERTED), (0.0, SignVerdict.BLIND), (1 / 3, SignVerdict.UNDECIDED)],
)
def test_three_changes_of_a_car_tell_the_sign(factor: float, verdict: SignVerdict) -> None:
    """As much as the car, against it, nothing at all; a third of it may be a charger whose phases nobody knows."""
    health = changes(*((current, factor * more) for current, more in STARTS))
    assert health.sign.verdict is verdict
    assert trusts_sign(health) is (verdict is not SignVerdict.INVERTED)


def test_a_paused_charger_need_not_send_meter_values() -> None:
    """Many are silent then; its start tells all the same."""
    health, now = Health(), 0.0
    for current in (0.0, 16.0):
        written = now
        for _ in range(12):
            now += 10
            car = charging(now, current, written) if current else replace(CAR, measured=None, measured_at=None)
            health, _ = examined(health, now, 500 + current * 3 * 230, car)
    assert list(health.sign.slopes) == pytest.approx([1])


def test_two_changes_do_not_tell() -> None:
    """It takes three."""
    assert changes(*STARTS[:3]).sign.verdict is SignVerdict.UNDECIDED


def test_a_restless_house_tells_nothing() -> None:
    """3 kW come and go all the time."""
    assert changes(*STARTS, noise=3000.0).sign.slopes == ()


def test_the_sun_that_a_car_follows_does_not_make_a_sensor_blind() -> None:
    """The sun rises by as much as the car takes: the grid stays where it is, but it stirred before."""
    health, now = Health(), 0.0
    for start in range(6):
        current = 16.0 if start % 2 else 6.0
        written = now
        for count in range(12):
            now += 10
            grid = 0.0 if count < 10 else (-START / 2 if current < 10 else START / 2)  # a cloud, and then we write
            health, _ = examined(health, now, grid, charging(now, current, written))
    assert health.sign.slopes == ()


def test_a_change_in_several_writes_is_one() -> None:
    """A start, and the right current half a minute later."""
    health, now, written = Health(), 0.0, 0.0
    for count in range(30):
        now += 10
        current, grid = (0.0, 500.0) if count < 10 else (16.0, 500.0 + START)
        if count in {10, 13}:
            written = now - 1
        measured_at = written if now < written + 25 else now
        car = replace(charging(now, current, written), measured_at=measured_at)
        health, _ = examined(health, now, grid, car)
    assert list(health.sign.slopes) == pytest.approx([1])


def test_a_change_that_takes_too_long_is_none() -> None:
    """In minutes the house changes too much."""
    health, now, written = Health(), 0.0, 0.0
    for count in range(40):
        now += 10
        current, grid = (0.0, 500.0) if count < 10 else (16.0, 500.0 + START)
        if 10 <= count < 25:
            written = now - 1  # again and again
        car = replace(charging(now, current, written), measured_at=written if now < written + 25 else now)
        health, _ = examined(health, now, grid, car)
    assert health.sign.slopes == ()


def test_what_the_battery_does_is_no_house() -> None:
    """It discharges for the car, the grid shows nothing: the sensor is good."""
    health, now = Health(), 0.0
    for current in (0.0, 16.0, 0.0, 16.0):
        written = now
        for _ in range(12):
            now += 10
            observation = SiteObservation(
                now=now, grid=0.0, grid_at=now, battery=current * 3 * 230, connectors=(charging(now, current, written),)
            )
            health, _ = examine(health, observation, CONFIG)
    assert health.sign.verdict is SignVerdict.OK


def test_a_sensor_that_has_passed_is_not_tested_again() -> None:
    """Chance would have it otherwise some day."""
    health = changes(*STARTS, (0, 0), (16, 0), (0, 0), (16, 0), (0, 0))
    assert health.sign.verdict is SignVerdict.OK


@pytest.mark.parametrize(("slope", "power"), [(1.0, 700.0), (0.5, 700.0), (-1.0, None), (0.0, None)])
def test_a_power_is_trusted_unless_its_sensor_failed_the_test(slope: float, power: float | None) -> None:
    """Or it does not see the chargers: then it is not that of the grid connection."""
    observation = SiteObservation(now=5.0, grid=700.0, grid_at=5.0)
    health, _ = examine(Health(sign=SignTest((slope,) * 3)), observation, CONFIG)
    assert trusted_power(health, observation) == power


BEGUN = replace(CAR, limit=10.0, written_at=100.0, began=True)
CALM = Health(before=PowerSample(at=95.0, grid=500.0, ev=0.0))


@pytest.mark.parametrize(
    ("health", "car", "now", "measuring"),
    [
        (CALM, BEGUN, 110.0, True),
        (CALM, BEGUN, 220.0, True),
        (CALM, BEGUN, 221.0, False),
        (CALM, replace(BEGUN, began=False), 110.0, False),
        (CALM, replace(BEGUN, limit=0.0), 110.0, False),
        (CALM, replace(BEGUN, plugged_in=False), 110.0, False),
        (Health(), BEGUN, 110.0, False),
        (replace(CALM, sign=SignTest((1.0,) * 2)), BEGUN, 110.0, True),
        (replace(CALM, sign=SignTest((1.0,) * 3)), BEGUN, 110.0, False),
        (replace(CALM, sign=SignTest((-1.0,) * 3)), BEGUN, 110.0, False),
    ],
    ids=["just", "still", "over", "tracking", "paused", "gone", "restless", "second", "passed", "failed"],
)
def test_a_start_is_measured(health: Health, car: ConnectorObservation, now: float, measuring: bool) -> None:
    """For two minutes, after a calm, until the sensor has passed or failed; one of several cars is enough."""
    assert is_measuring(health, [CAR, car], now) is measuring


def test_a_power_is_not_trusted_while_its_sensor_is_bad() -> None:
    """Silent, say."""
    observation = SiteObservation(now=5.0, grid=700.0, grid_at=5.0)
    health, _ = examine(Health(), observation, CONFIG)
    silent = replace(observation, now=500.0)
    health, _ = examine(health, silent, CONFIG)
    assert trusted_power(health, silent) is None
