"""What happens when a sensor dies, lies or comes back: each row of the failsafe table that is pure, in a closed loop."""

from collections.abc import Callable
from dataclasses import replace
import math

import pytest

from custom_components.ocpp_csms.charging.connector import ConnectorState
from custom_components.ocpp_csms.charging.fuse import FuseConfig
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorDecision,
    ConnectorObservation,
    SiteConfig,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.protection import FuseWatch, protect
from custom_components.ocpp_csms.charging.sensors import CurrentSigns

from .site_plant import Car, Charger, House, Moment

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
MIN_SOLAR = ConnectorConfig(mode=ChargingMode.MIN_SOLAR)
FAST = ConnectorConfig(mode=ChargingMode.FAST)
FUSE = SiteConfig(fuse=FuseConfig(rating=25), fuse_power=17250.0)
STRICT = SiteConfig(fuse=FuseConfig(rating=25, strict=True))
STALE = 60  # s of silence


def charging(config: ConnectorConfig, site: SiteConfig | None = None) -> tuple[House, Charger]:
    """Return a house whose car has been charging for a while, from sun enough for 11 A."""
    charger = Charger(config)
    house = House(charger, config=site, sun=8000)
    if site is not None:
        house.currents = lambda _: (2.0, 2.0, 2.0)
    house.run(401)
    return house, charger


def limits(moments: list[Moment]) -> list[float]:
    """The limits that were in force."""
    return [moment.limits["one"] for moment in moments]


def decisions(moments: list[Moment]) -> list[ConnectorDecision]:
    """What was decided for the first charger."""
    return [moment.of("one") for moment in moments]


# Grid sensor unavailable, unknown or stale


def test_grid_sensor_stale_solar_holds_then_falls_then_pauses() -> None:
    """The limit holds for 60 s more, then the minimum, after five minutes a pause."""
    house, charger = charging(SOLAR)
    held = charger.limit
    house.silent = True
    house.run(STALE + 55)
    assert charger.limit == held > 6
    assert (house.last.reason, house.last.failsafe) == (Reason.SENSOR_STALE, True)
    house.run(20)
    assert charger.limit == 6
    house.run(300 - 90)
    assert charger.limit == 6
    house.run(40)
    assert charger.limit == 0


def test_grid_sensor_stale_solar_never_raises() -> None:
    """Neither a current nor out of a pause."""
    house, _ = charging(SOLAR)
    house.silent = True
    made = limits(house.run(1200))
    assert made == sorted(made, reverse=True)


def test_grid_sensor_stale_min_solar_charges_with_the_minimum() -> None:
    """And does not pause."""
    house, charger = charging(MIN_SOLAR)
    house.silent = True
    house.run(STALE + 20)
    assert charger.limit == 6
    house.run(1200)
    assert (charger.limit, house.last.failsafe) == (6, True)


def test_grid_sensor_stale_fast_goes_on() -> None:
    """It does not ask the grid."""
    house, charger = charging(FAST)
    house.silent = True
    house.run(1200)
    assert (charger.limit, house.last.reason, house.last.failsafe) == (16, Reason.FAST, False)


def test_grid_sensor_stale_fast_with_a_fuse_obeys_the_sensors_of_the_phases() -> None:
    """As long as they speak, nothing changes; what they say is obeyed."""
    house, charger = charging(FAST, FUSE)
    house.silent = True
    house.run(600)
    assert charger.limit == 16
    house.currents = lambda _: (14.0, 2.0, 2.0)
    house.run(20)
    assert charger.limit == 10


@pytest.mark.parametrize("mode", [ChargingMode.OFF, ChargingMode.SCHEDULED, ChargingMode.MANUAL])
def test_grid_sensor_stale_is_no_matter_to_modes_that_do_not_ask_it(mode: ChargingMode) -> None:
    """Nothing is failsafe there."""
    house, _ = charging(ConnectorConfig(mode=mode))
    house.silent = True
    assert not any(made.failsafe for made in decisions(house.run(600)))


def test_grid_sensor_stale_is_no_matter_to_a_plan_that_is_due() -> None:
    """The deadline goes before the sun."""
    house, charger = charging(SOLAR)
    house.silent, charger.due = True, True
    house.run(600)
    assert charger.limit == 16


def test_a_slow_grid_sensor_is_stale_after_four_of_its_intervals() -> None:
    """One that speaks every minute may miss three."""
    house, _ = charging(SOLAR)
    house.grid_interval = 60
    house.run(1200)
    house.silent = True
    house.run(200)
    assert not house.last.failsafe
    house.run(60)
    assert house.last.failsafe


@pytest.mark.parametrize(("config", "limit"), [(SOLAR, 0), (MIN_SOLAR, 6)])
def test_grid_sensor_unavailable_is_like_a_stale_one(config: ConnectorConfig, limit: float) -> None:
    """At once, for it is known."""
    house, charger = charging(config)
    house.sensor = lambda _: None
    house.run(20)
    assert house.last.failsafe
    house.run(320)
    assert charger.limit == limit
    assert house.moments[-1].site.surplus is None


def test_grid_sensor_never_heard_of_starts_nothing() -> None:
    """As after a restart: what was charging holds for a minute."""
    idle, busy = Charger(SOLAR, "idle"), Charger(SOLAR, "busy", limit=10.0)
    house = House(idle, busy, sun=9000)
    house.silent = True
    house.run(50)
    assert (idle.limit, busy.limit) == (0, 10)
    house.run(300)
    assert (idle.limit, busy.limit) == (0, 0)


def test_a_failsafe_obeys_minimum_and_maximum() -> None:
    """A limit that was set by hand is not held if the mode does not allow it."""
    for limit, held in ((32.0, 16.0), (4.0, 0.0)):
        charger = Charger(SOLAR, limit=limit)
        house = House(charger)
        house.silent = True
        house.run(30)
        assert charger.limit == held


# Implausible values


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e9, -1e9])
@pytest.mark.parametrize("site", [None, FUSE])
def test_implausible_values_are_like_a_stale_sensor(value: float, site: SiteConfig | None) -> None:
    """No number, or 1 GW: nothing is followed, and in the end a pause."""
    house, charger = charging(SOLAR, site)
    held = charger.limit
    house.sensor = lambda _: value
    moments = house.run(50)
    assert charger.limit == held
    assert decisions(moments)[-1].failsafe
    house.run(320)
    assert charger.limit == 0


def test_three_times_the_power_of_the_fuse_is_implausible() -> None:
    """Some more than the fuse is not: it bears that for a while."""
    for factor, well in ((2.9, True), (3.1, False)):
        house, _ = charging(SOLAR, FUSE)
        house.sensor = lambda _, factor=factor: factor * 17250.0  # type: ignore[misc]  # bound now
        house.run(20)
        assert house.last.failsafe is not well


def test_a_frozen_value_is_like_a_stale_sensor() -> None:
    """The very same for ten minutes while the car changed by more than 1 kW."""
    house, charger = charging(SOLAR)
    house.sensor = lambda _: -40.0  # as it was, nearly
    house.run(200)
    charger.config = replace(SOLAR, maximum=8.0)
    house.run(390)
    assert charger.limit == 8
    assert not house.last.failsafe
    house.run(30)
    assert (house.last.failsafe, house.last.reason) == (True, Reason.SENSOR_STALE)
    house.run(320)
    assert charger.limit == 0


def test_a_quiet_night_is_not_frozen() -> None:
    """The same value for hours while no car changes."""
    charger = Charger(SOLAR)
    house = House(charger)
    assert not any(made.failsafe for made in decisions(house.run(3600)))


# Recovery


@pytest.mark.parametrize(
    "fault",
    [
        lambda house: setattr(house, "silent", True),
        lambda house: setattr(house, "sensor", lambda _: None),
        lambda house: setattr(house, "sensor", lambda _: math.nan),
    ],
)
def test_a_sensor_that_comes_back_is_followed_again(fault: Callable[[House], None]) -> None:
    """With the first good sample nothing is failsafe, and the sun is taken again."""
    house, charger = charging(SOLAR)
    fault(house)
    house.run(900)
    assert charger.limit == 0
    house.silent, house.sensor = False, lambda power: power
    house.run(20)
    assert not house.last.failsafe
    house.run(600)
    assert charger.power == pytest.approx(7700, abs=200)


# Phase-current sensors


@pytest.mark.parametrize("config", [FAST, SOLAR, ConnectorConfig()])
def test_phase_sensor_stale_caps_at_the_fallback(config: ConnectorConfig) -> None:
    """After 30 s of silence, in every mode, and not before."""
    charger = Charger(config, limit=16.0)
    house = House(charger, config=FUSE, sun=15000)
    house.currents = lambda _: (2.0, 2.0, 2.0)
    house.run(201)
    house.currents_silent = True
    house.run(29)
    assert charger.limit == 16
    house.run(15)
    assert charger.limit == 6
    assert (house.last.reason, house.last.failsafe) == (Reason.SENSOR_STALE, True)
    house.run(600)
    assert charger.limit == 6


def test_phase_sensor_stale_strict_pauses_two_minutes_later() -> None:
    """Where the user wants it so."""
    house, charger = charging(FAST, STRICT)
    house.currents_silent = True
    house.run(140)
    assert charger.limit == 6
    house.run(30)
    assert (charger.limit, house.last.reason) == (0, Reason.SENSOR_STALE)


def test_phase_sensor_stale_never_raises() -> None:
    """A car that is plugged in meanwhile is no exception to the fallback."""
    house, charger = charging(FAST, FUSE)
    house.currents_silent = True
    house.run(60)
    charger.unplug()
    house.run(60)
    charger.plug_in()
    assert max(limits(house.run(300))) == 6
    assert house.moments[-1].site.headroom is None


def test_phase_sensor_stale_adds_no_phases() -> None:
    """Nobody knows what flows there."""
    charger = Charger(ConnectorConfig(mode=ChargingMode.FAST, phase_counts=(1, 3)), limit=10.0, phases=1)
    house = House(charger, config=FUSE)
    house.run(300)
    assert (charger.phases, charger.limit) == (1, 6)


def test_phase_sensor_recovers() -> None:
    """A minute after it speaks again the limit rises."""
    house, charger = charging(FAST, STRICT)
    house.currents_silent = True
    house.run(200)
    house.currents_silent = False
    house.run(50)
    assert charger.limit == 0
    house.run(40)
    assert charger.limit == 16


@pytest.mark.parametrize("value", [1e9, -1e9, 75.1, math.nan, math.inf])
def test_implausible_currents_are_like_stale_sensors(value: float) -> None:
    """They hold nothing down for themselves, and free nothing either: after 30 s the fallback, and it is said why."""
    house, charger = charging(FAST, FUSE)
    house.clamps = lambda _: value
    house.run(25)
    assert (charger.limit, house.state.fuse.implausible) == (16, True)
    house.run(25)
    assert (charger.limit, house.last.reason) == (6, Reason.SENSOR_STALE)
    assert (house.state.fuse.implausible, house.state.fuse.stale) == (True, True)
    house.clamps = lambda current: current
    house.run(100)
    assert (charger.limit, house.state.fuse.implausible, house.state.fuse.stale) == (16, False, False)


def test_currents_that_are_silent_are_not_called_implausible() -> None:
    """There is no value to be wrong."""
    house, _ = charging(FAST, FUSE)
    house.currents_silent = True
    house.run(100)
    assert (house.state.fuse.stale, house.state.fuse.implausible) == (True, False)


def test_currents_with_the_wrong_sign_are_found_and_count_as_import() -> None:
    """The grid's power says import while they flow out: after three samples the fuse is guarded again."""
    charger = Charger(FAST, limit=16.0)
    house = House(charger, config=FUSE)
    house.currents = lambda _: (17.0, 17.0, 17.0)
    house.clamps = lambda current: -current
    house.run(15)
    assert (charger.limit, house.state.fuse.inverted) == (16, False)
    house.run(30)
    assert house.state.fuse.inverted
    assert charger.limit == 7
    house.run(600)
    assert charger.limit == pytest.approx(7, abs=0.4)


def test_with_other_signs_the_house_is_looked_at_anew() -> None:
    """What it seemed to take before would make the car's part of the current seem larger than it may be."""
    watch = FuseWatch(house=(-40.0,) * 3, signs=CurrentSigns(contradictions=2))
    car = ConnectorObservation(key="one", config=FAST, limit=16.0, previous_limit=6.0, written_at=95.0)
    observation = SiteObservation(now=100.0, grid_at=100.0, currents=(-30.0,) * 3, currents_at=100.0, connectors=(car,))
    watch, _, _ = protect(watch, {"one": ConnectorState()}, observation, FuseConfig(rating=25), 9000.0)
    assert (watch.inverted, watch.house) == (True, (24.0, 24.0, 24.0))


def test_currents_found_inverted_are_so_after_a_silence() -> None:
    """It is not forgotten with the samples."""
    charger = Charger(FAST, limit=16.0)
    house = House(charger, config=FUSE)
    house.currents, house.clamps = lambda _: (2.0, 2.0, 2.0), lambda current: -current
    house.run(60)
    house.currents_silent = True
    house.run(60)
    assert (house.state.fuse.stale, house.state.fuse.inverted) == (True, True)


def test_without_a_grid_sensor_the_sign_of_the_currents_is_believed() -> None:
    """Nothing can be told."""
    charger = Charger(FAST, limit=16.0)
    house = House(charger, config=FUSE)
    house.silent, house.currents, house.clamps = True, lambda _: (2.0, 2.0, 2.0), lambda current: -current
    house.run(300)
    assert not house.state.fuse.inverted


# A car that is woken


def test_a_sensor_that_dies_during_a_pulse_ends_the_pulse() -> None:
    """What is held is what the sun gave, not what was to wake the car."""
    charger = Charger(SOLAR, car=Car(asleep=True))
    house = House(charger, sun=6000)
    while charger.limit != 12:
        house.run(1)
    house.sensor = lambda _: None
    house.run(15)
    assert 6 <= charger.limit < 12


# A car that comes while the grid sensor is bad


def test_a_car_that_comes_while_the_sensor_is_silent_is_not_held_at_the_limit_of_the_last_one() -> None:
    """Nobody has granted it to this car: a pause until the sensor is back."""
    house, charger = charging(SOLAR)
    assert charger.limit > 6
    charger.unplug()
    house.silent = True
    house.run(300)
    charger.plug_in()
    house.run(20)
    assert (charger.limit, house.last.reason, house.last.failsafe) == (0, Reason.SENSOR_STALE, True)
    house.silent = False
    house.run(300)
    assert charger.limit > 6


def test_a_car_that_comes_before_the_first_sample_is_not_charged() -> None:
    """Also within the minute in which others are held."""
    charger = Charger(SOLAR, limit=10.0, plugged_in=False)
    house = House(charger)
    house.silent = True
    house.run(15)
    charger.plug_in()
    house.run(15)
    assert charger.limit == 0


def test_a_car_whose_charge_point_has_not_said_yet_that_it_is_there_is_held() -> None:
    """After a restart nobody has seen it away."""
    charger = Charger(SOLAR, limit=10.0, plug_known=False)
    house = House(charger)
    house.silent = True
    house.run(15)
    charger.plug_known = True
    house.run(15)
    assert charger.limit == 10


@pytest.mark.parametrize("mode", [ChargingMode.FAST, ChargingMode.MANUAL, ChargingMode.MIN_SOLAR])
def test_what_another_mode_has_granted_is_not_held_for_the_sun(mode: ChargingMode) -> None:
    """Solar mode was chosen while nobody knew the surplus."""
    house, charger = charging(ConnectorConfig(mode=mode, manual_limit=10.0))
    assert charger.limit >= 6
    house.sensor = lambda _: None
    house.run(20)
    charger.config = SOLAR
    house.run(20)
    assert charger.limit == 0
