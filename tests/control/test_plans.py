"""A plan is carried out: the car charges when prices and departure say so, and not otherwise."""

from datetime import timedelta
from itertools import pairwise

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode
from tests.control.chargers import HouseFactory
from tests.control.house import GRID, House, Inside
from tests.sites import PRICE

HALF_HOUR = timedelta(minutes=30)


def set_prices(hass: HomeAssistant, *prices: float) -> None:
    """Let the price entity tell the prices of the next half hours."""
    now = dt_util.utcnow()
    data = [{"start": now + number * HALF_HOUR, "price": price} for number, price in enumerate(prices)]
    hass.states.async_set(PRICE, str(prices[0]), {"data": data})


def runs(home: House) -> list[float]:
    """Return the minutes, from the start, at which the car began to charge."""
    return [round(this[0] / 60) for last, this in pairwise(home.history) if last[2] == 0 < this[2]]


@pytest.mark.parametrize("site_data", [{"grid_power": GRID, "price": PRICE}], ids=["price"])
@pytest.mark.parametrize(("in_one_go", "begins"), [(False, [30, 88]), (True, [30])], ids=["cheapest", "in one go"])
async def test_a_schedule_is_kept(
    hass: HomeAssistant,
    house: HouseFactory,
    inside: Inside,
    in_one_go: bool,
    begins: list[int],
) -> None:
    """In the cheapest half hours, or, if the user wants it so, in the cheapest single run; as much as is needed either way."""
    home = await house()
    await home.run(60)
    set_prices(hass, 0.5, 0.1, 0.3, 0.15, 0.5, 0.5)
    inside.want(in_one_go=in_one_go, deadline=dt_util.utcnow() + timedelta(hours=3), departure_energy=11.0)
    inside.set_mode(ChargingMode.SCHEDULED)
    start = home.seconds
    await home.run(3 * 3600, step=20)
    assert [round(begin - start / 60) for begin in runs(home)] == pytest.approx(begins, abs=3)
    assert home.from_grid == pytest.approx(11000, rel=0.05)
