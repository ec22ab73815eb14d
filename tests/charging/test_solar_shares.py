"""The surplus of a new sample, and which connector may see how much of it."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.connector import ConnectorState
from custom_components.ocpp_csms.charging.health import Health
from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorObservation,
    SiteConfig,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.sensors import SignTest
from custom_components.ocpp_csms.charging.solar_shares import estimated, least_power, solar_shares
from custom_components.ocpp_csms.charging.surplus import SurplusState

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
SWITCHING = replace(SOLAR, phase_counts=(1, 3))
NOW = 1000.0
TAKEN = 9.7 * 230  # W on each phase, by a car that draws 0.3 A less than the 10 A that it is offered


def car(key: str, config: ConnectorConfig = SOLAR, limit: float = 0.0, phases: int = 3) -> ConnectorObservation:
    """A car that has followed its limit."""
    taken = max(limit - 0.3, 0.0)
    return ConnectorObservation(key=key, config=config, limit=limit, phases=phases, measured=taken, measured_at=NOW - 5)


def shares(surplus: float, *cars: ConnectorObservation, caps: dict[str, float] | None = None) -> dict[str, float]:
    """What each sees of the surplus, to a W."""
    known = {item.key: ConnectorState() for item in cars}
    seen = solar_shares(surplus, known, caps or {}, SiteObservation(now=NOW, connectors=cars))
    return {key: round(share) for key, share in seen.items()}


def test_nobody_who_asks_the_sun_sees_nothing() -> None:
    """There may be no car, or none for the sun."""
    assert shares(5000) == {}
    assert shares(5000, car("a", replace(SOLAR, mode=ChargingMode.FAST))) == {}


def test_what_cars_of_other_modes_take_is_not_shared() -> None:
    """It is in the surplus, for all cars' power is."""
    fast = car("fast", replace(SOLAR, mode=ChargingMode.FAST), limit=10.0)
    assert shares(10_000, fast, car("solar")) == {"solar": round(10_000 - 3 * TAKEN)}


def test_what_is_left_is_shown_to_one_that_could_use_more_phases() -> None:
    """Both charge with 16 A on one phase, and only one of them can change to three."""
    fixed, able = car("a", replace(SOLAR, phase_counts=(1,)), 16.0, 1), car("b", SWITCHING, 16.0, 1)
    assert shares(9000, fixed, able) == {"a": 3680, "b": 5320}


def test_of_several_that_could_use_more_the_first_in_priority_sees_the_rest() -> None:
    """The others see what they can take as they are."""
    first, second = car("b", replace(SWITCHING, priority=9), 16.0, 1), car("a", SWITCHING, 16.0, 1)
    assert shares(9000, first, second) == {"a": 3680, "b": 5320}


def test_one_that_the_fuse_pauses_comes_last() -> None:
    """It cannot take any."""
    assert shares(5000, car("a"), car("b"), caps={"a": 0.0}) == {"a": 0, "b": 5000}


def test_the_least_power_is_that_of_the_fewest_phases() -> None:
    """6 A on one of them."""
    assert least_power(car("a", SWITCHING)) == 1380


@pytest.mark.parametrize(
    ("slopes", "surplus"),
    [((), 3 * TAKEN + 1000), ((0.0, 0.0, 0.0), 1000)],
    ids=["sees the cars", "does not see them"],
)
def test_the_surplus_is_what_the_sensor_leaves(slopes: tuple[float, ...], surplus: float) -> None:
    """What cars take is part of it, unless the sensor does not know of them."""
    health, observation = Health(sign=SignTest(slopes)), SiteObservation(now=NOW, connectors=(car("a", limit=10.0),))
    state = estimated(SurplusState(), {"a": ConnectorState()}, observation, SiteConfig(), health, -1000.0)
    assert state.surplus == pytest.approx(surplus)
    assert state.settled


@pytest.mark.parametrize(
    ("power", "charge", "surplus"),
    [(2000.0, 90.0, -1000), (-2000.0, 90.0, 3000), (-2000.0, 70.0, 1000), (-2000.0, None, 3000)],
    ids=["gives", "full enough", "not full enough", "nobody knows how full"],
)
def test_what_charges_the_battery_is_surplus_once_it_is_full_enough(
    power: float, charge: float | None, surplus: float
) -> None:
    """What it gives is not the sun's."""
    observation = SiteObservation(now=NOW, battery=power, battery_soc=charge)
    state = estimated(SurplusState(), {}, observation, SiteConfig(priority_soc=80.0), Health(), -1000.0)
    assert state.surplus == surplus
