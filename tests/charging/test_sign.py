"""The sign self-test in a closed loop: what the first starts of cars tell of the grid sensor, and what is put off until they have."""

import math

import pytest

from custom_components.ocpp_csms.charging.fuse import FuseConfig
from custom_components.ocpp_csms.charging.health import is_measuring
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, SiteConfig
from custom_components.ocpp_csms.charging.sensors import SignVerdict
from custom_components.ocpp_csms.charging.site import remembering

from .site_plant import Charger, House

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
MIN_SOLAR = ConnectorConfig(mode=ChargingMode.MIN_SOLAR)
FUSE = SiteConfig(fuse=FuseConfig(rating=25), fuse_power=17250.0)


def sessions(house: House, charger: Charger, count: int) -> None:
    """Let cars come and go, each from a pause; the load is never quite the same."""
    house.load, load = (lambda now: load(now) + now % 70 * 0.3), house.load
    for _ in range(count):
        charger.limit = 0.0
        house.run(200)
        charger.plug_in()
        house.run(600)
        charger.unplug()


def test_an_inverted_sensor_is_found_and_not_believed() -> None:
    """Its sun is the house's load: more current seems to be more sun, until three starts have told."""
    charger = Charger(SOLAR, plugged_in=False)
    house = House(charger, load=6000)
    house.sensor = lambda power: -power
    sessions(house, charger, 3)
    assert house.state.health.sign.verdict is SignVerdict.INVERTED
    charger.plug_in()
    house.run(60)
    assert (charger.limit, house.last.failsafe, house.last.reason) == (0, True, Reason.SENSOR_STALE)
    assert house.moments[-1].site.surplus is None


def test_an_inverted_sensor_leaves_min_solar_its_minimum() -> None:
    """Which needs no sensor."""
    charger = Charger(MIN_SOLAR, plugged_in=False)
    house = House(charger, load=6000)
    house.sensor = lambda power: -power
    sessions(house, charger, 3)
    charger.plug_in()
    house.run(60)
    assert (charger.limit, house.last.failsafe) == (6, True)


def test_a_sensor_that_does_not_see_the_charger_shows_what_is_left_for_it() -> None:
    """Found after three starts; from then on the car takes what the sun leaves, not twice of it."""
    charger = Charger(SOLAR, plugged_in=False)
    house = House(charger, sun=7000)
    house.sensor = lambda power: power - charger.power
    sessions(house, charger, 3)
    assert house.state.health.sign.verdict is SignVerdict.BLIND
    charger.plug_in()
    house.run(600)
    assert charger.power == pytest.approx(6700, abs=200)


def test_a_good_sensor_passes() -> None:
    """With three starts at most."""
    charger = Charger(SOLAR, plugged_in=False)
    house = House(charger, sun=7000)
    sessions(house, charger, 3)
    assert house.state.health.sign.verdict is SignVerdict.OK


def test_what_was_known_of_an_inverted_sensor_can_be_remembered() -> None:
    """After a restart it is not believed for another three starts."""
    charger = Charger(SOLAR, limit=10.0)
    house = House(charger, load=6000)
    house.state = remembering([-1.0, -0.95, -1.02])
    house.sensor = lambda power: -power
    house.run(20)
    assert (charger.limit, house.state.health.sign.verdict) == (0, SignVerdict.INVERTED)


# Meter values that come late


def swaying(now: int) -> float:
    """Thin clouds: the limit follows them every half a minute."""
    return 6500 + 600 * math.sin(now / 48)


@pytest.mark.parametrize("interval", [30, 60])
@pytest.mark.parametrize("begin", range(0, 60, 10))
def test_a_good_sensor_passes_though_meter_values_are_late(interval: int, begin: int) -> None:
    """Whenever they come: the limit stays until the power of the start has been shown."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=interval)
    house = House(charger)
    house.sun = swaying
    house.run(begin)
    sessions(house, charger, 3)
    assert house.state.health.sign.verdict is SignVerdict.OK


@pytest.mark.parametrize("interval", [30, 60])
def test_an_inverted_sensor_is_found_though_meter_values_are_late(interval: int) -> None:
    """After as many starts."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=interval)
    house = House(charger)
    house.load, house.sensor = swaying, lambda power: -power
    sessions(house, charger, 3)
    assert house.state.health.sign.verdict is SignVerdict.INVERTED


def started(charger: Charger, config: SiteConfig | None = None) -> House:
    """Return a house with sun for 12 A, in which a car has begun to charge half a minute ago."""
    house = House(charger, config=config, sun=9000)
    house.currents = lambda _: (2.0, 2.0, 2.0)
    house.run(200)
    charger.plug_in()
    while not charger.limit:
        house.run(1)
    house.run(35)
    return house


def measures(house: House) -> bool:
    """Whether a start is being measured."""
    observation = house.observe()
    return is_measuring(house.state.health, observation.connectors, observation.now)


def test_a_start_is_measured_before_the_sun_is_followed() -> None:
    """A cloud waits for the meter value, and no longer."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=60)
    house = started(charger)
    begun, limit = charger.written_at, charger.limit
    house.sun = lambda _: 6000.0
    while measures(house):
        assert charger.limit == limit
        house.run(1)
    assert 60 < house.now - begun < 120
    house.run(30)
    assert charger.limit < limit - 3


def test_once_the_sensor_has_passed_the_sun_is_followed_at_once() -> None:
    """There is nothing left to be measured."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=60)
    house = started(charger)
    house.state = remembering([1.0, 1.0, 1.0])
    limit = charger.limit
    house.sun = lambda _: 6000.0
    house.run(30)
    assert charger.limit < limit - 3


def test_a_start_that_no_meter_shows_is_waited_for_two_minutes() -> None:
    """Then the sun is followed again."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=None)
    house = started(charger)
    limit = charger.limit
    house.sun = lambda _: 6000.0
    house.run(75)
    assert charger.limit == limit
    house.run(40)
    assert charger.limit < limit - 3


def test_a_start_that_is_measured_is_lowered_for_the_fuse_at_once() -> None:
    """An oven is switched on."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=60)
    house = started(charger, FUSE)
    assert measures(house)
    house.currents = lambda _: (16.0, 2.0, 2.0)
    house.run(15)
    assert charger.limit == pytest.approx(8, abs=0.3)


def test_a_start_that_is_measured_is_lowered_for_the_grid_operator_at_once() -> None:
    """4.2 kW on three phases."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=60)
    house = started(charger)
    assert measures(house)
    house.dimmed = True
    house.run(15)
    assert charger.limit == 6


def test_a_start_that_is_measured_obeys_a_new_maximum_at_once() -> None:
    """The user knows why."""
    charger = Charger(SOLAR, plugged_in=False, meter_interval=60)
    house = started(charger)
    assert measures(house)
    charger.config = ConnectorConfig(mode=ChargingMode.SOLAR, maximum=8.0)
    house.run(15)
    assert charger.limit == 8
