"""What is foretold comes true if all stays as it is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.foresight import next_decision
from custom_components.ocpp_csms.charging.fuse import FuseConfig
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, SiteConfig
from custom_components.ocpp_csms.charging.sensors import SignTest

from .site_plant import Car, Charger, House

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
SWITCHING = ConnectorConfig(mode=ChargingMode.SOLAR, phase_counts=(1, 3), share=0.5)
FUSE = SiteConfig(fuse=FuseConfig(rating=25), fuse_power=17250.0)
SLACK = 20  # s: a step comes every 10 s, and the surplus is a mean over as many


def foretold(house: House) -> float | None:
    """Return when the first connector will be decided on anew, as it is told now."""
    connector = house.observe().connectors[0]
    return next_decision(house.state, connector, house.last, house.now)


def run_until(house: House, happened: Callable[[], bool]) -> int:
    """Live until something has happened; return when."""
    for _ in range(3600):
        house.run(1)
        if happened():
            return house.now
    raise AssertionError("it never happened")


def day(before: float, after: float, config: ConnectorConfig = SOLAR, at: int = 900) -> House:
    """Return a house in which the sun (W) has just changed for good."""
    house = House(Charger(config))
    house.sun = lambda now: before if now < at else after
    house.run(at + 20)
    return house


def test_a_start_is_foretold() -> None:
    """The sun has come out."""
    house = day(300.0, 8000.0)
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.current > 0) == pytest.approx(told, abs=SLACK)


def test_a_stop_is_foretold() -> None:
    """The sun has gone."""
    house = day(8000.0, 300.0)
    assert house.chargers[0].limit > 0
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.current == 0) == pytest.approx(told, abs=SLACK)


def test_a_change_of_phases_is_foretold() -> None:
    """There is more sun than one phase can take."""
    house = day(2500.0, 9000.0, SWITCHING)
    assert house.chargers[0].phases == 1
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.phases == 3) == pytest.approx(told, abs=SLACK)


@pytest.mark.parametrize("sun", [200.0, 8000.0], ids=["night", "noon"])
def test_where_nothing_will_change_nothing_is_foretold(sun: float) -> None:
    """It waits at night and charges at noon."""
    assert foretold(day(sun, sun)) is None


@pytest.mark.parametrize("mode", [ChargingMode.MANUAL, ChargingMode.OFF, ChargingMode.FAST])
def test_modes_that_wait_for_nothing_foretell_nothing(mode: ChargingMode) -> None:
    """The user decides next."""
    assert foretold(day(3000.0, 3000.0, ConnectorConfig(mode=mode))) is None


def test_a_mode_that_has_no_choice_foretells_nothing() -> None:
    """It neither pauses nor changes its phases."""
    assert foretold(day(300.0, 8000.0, ConnectorConfig(mode=ChargingMode.MIN_SOLAR))) is None


def test_what_a_silent_sensor_leads_to_is_foretold() -> None:
    """The minimum, then a pause, then nothing more."""
    house = day(8000.0, 8000.0)
    house.silent = True
    run_until(house, lambda: house.last.reason is Reason.SENSOR_STALE)
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.current == 6) == pytest.approx(told, abs=SLACK)
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.current == 0) == pytest.approx(told, abs=SLACK)
    assert foretold(house) is None


def test_of_an_inverted_sensor_nothing_is_foretold() -> None:
    """It stays what it is until the user turns it round."""
    house = day(8000.0, 8000.0)
    house.silent = True
    run_until(house, lambda: house.last.reason is Reason.SENSOR_STALE)
    health = replace(house.state.health, sign=SignTest.remembered([-1.0] * 3))
    house.state = replace(house.state, health=health)
    assert foretold(house) is None


def test_the_next_attempt_to_wake_a_car_is_foretold() -> None:
    """The last one was of no use; the next comes a quarter of an hour later."""
    house = House(Charger(SOLAR, car=Car(asleep=True)), sun=8000)
    run_until(house, lambda: house.last.reason is Reason.CAR_NOT_DRAWING and not house.chargers[0].limit)
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.chargers[0].limit > 0) == pytest.approx(told, abs=SLACK)


def test_the_end_of_a_limit_by_the_fuse_is_foretold() -> None:
    """The oven is off."""
    house = House(Charger(ConnectorConfig(mode=ChargingMode.FAST)), config=FUSE)
    house.currents = lambda now: (21.0, 1.0, 1.0) if now < 300 else (1.0, 1.0, 1.0)
    house.run(290)
    assert house.last.reason is Reason.PAUSED_FUSE
    assert foretold(house) is None
    house.run(20)
    told = foretold(house)
    assert told is not None
    assert run_until(house, lambda: house.last.current > 6) == pytest.approx(told, abs=SLACK)


def test_what_should_have_happened_is_not_foretold() -> None:
    """A time that has passed tells nobody anything."""
    house = day(300.0, 8000.0)
    told = foretold(house)
    assert told is not None
    assert next_decision(house.state, house.observe().connectors[0], house.last, told + 1) is None
