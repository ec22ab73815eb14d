"""A whole day, compressed: the sun of the benchmark over a house in a real Home Assistant, with a charger on a real socket."""

import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.simulator import Car
from scripts.solar_benchmark.traces import Sky, house_power, solar_power
from tests.control.chargers import HouseFactory
from tests.control.house import Inside

pytestmark = pytest.mark.timeout(240)

SEED = 307  # the day of the picture in the documentation
STEP = 30.0  # s
HOURS = 17


async def test_a_day_of_broken_clouds(house: HouseFactory, inside: Inside) -> None:
    """Most of what the sun leaves goes into the car, little of the grid, and the charger's memory is spared."""
    sun, load = solar_power(Sky.BROKEN, SEED), house_power(SEED)
    last = len(sun) - 1
    home = await house(
        cars=[Car(capacity_wh=200_000.0, max_current=16.0)],
        configuration={},
        solar=lambda second: float(sun[min(int(second), last)]),
        load=lambda second: float(load[min(int(second), last)]),
    )
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(HOURS * 3600 - 60, step=STEP)
    left = sum(max(surplus, 0.0) for _, surplus, _ in home.history) * STEP / 3600
    assert home.from_sun > 0.8 * left
    assert home.from_grid < 6500
    assert home.chargers[0].profile_writes < 35 * HOURS
    assert inside.status.solar_share is not None
    assert inside.status.solar_share > 80
