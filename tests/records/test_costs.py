"""What charging costs: each quarter of an hour at the price of its time, and nothing guessed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN, SUBENTRY_SITE
from custom_components.ocpp_csms.records.costs import Costs, Tariff, per_kwh, tariff_of

from .charges import at, transaction

SENSOR = "sensor.price"
NOON = at(10, 12)
BOTH = Tariff(SENSOR, 0.30)

type Until = Callable[[datetime], None]


@pytest.fixture
def until(freezer: FrozenDateTimeFactory) -> Until:
    """A function that lets time pass; it begins at noon."""
    freezer.move_to(NOON)
    return freezer.move_to


@pytest.fixture
def costs(hass: HomeAssistant, until: Until) -> Costs:
    """The costs of an entry without a tariff."""
    return Costs(hass)


async def show(hass: HomeAssistant, price: object, unit: str | None = "EUR/kWh") -> None:
    """Let the sensor show a price."""
    hass.states.async_set(SENSOR, str(price), {} if unit is None else {"unit_of_measurement": unit})
    await hass.async_block_till_done()


async def test_without_a_tariff_nothing_is_counted(hass: HomeAssistant, costs: Costs) -> None:
    """Neither now nor at the end."""
    charged = transaction(1, NOON)
    costs.settle(charged)
    assert (charged.cost, charged.currency, charged.repairs) == (None, None, ())
    assert (costs.so_far([charged]), costs.price_now) == (None, None)


async def test_a_fixed_price_is_that_of_all_energy(hass: HomeAssistant, costs: Costs) -> None:
    """Whatever the time."""
    costs.apply(Tariff(fixed=0.25))
    charged = transaction(1, NOON, energy=8.0)
    costs.settle(charged)
    assert (charged.cost, charged.reference_cost, charged.currency) == (2.0, None, "EUR")
    assert costs.price_now == 0.25


async def test_each_quarter_has_the_price_of_its_time(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """Half of the energy before the price changes, half after it."""
    await show(hass, 0.10)
    costs.apply(Tariff(SENSOR))
    until(NOON + timedelta(hours=1))
    await show(hass, 0.30)
    assert costs.price_now == 0.30
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, hours=2, energy=8.0)
    costs.settle(charged)
    assert charged.cost == pytest.approx(1.6)
    assert charged.reference_cost is None


async def test_with_both_the_sensor_decides_and_the_fixed_price_is_the_reference(
    hass: HomeAssistant, costs: Costs, until: Until
) -> None:
    """What it has cost, and what the employer pays."""
    await show(hass, 0.10)
    costs.apply(BOTH)
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, energy=8.0)
    costs.settle(charged)
    assert charged.cost == pytest.approx(0.8)
    assert charged.reference_cost == pytest.approx(2.4)


async def test_energy_that_is_told_late_has_the_price_of_its_time(
    hass: HomeAssistant, costs: Costs, until: Until
) -> None:
    """A charge point that was offline for a day, and Home Assistant restarted in between."""
    await show(hass, 0.10)
    costs.apply(Tariff(SENSOR))
    until(NOON + timedelta(hours=2))
    await show(hass, 0.90)
    until(NOON + timedelta(hours=26))
    stored = costs.snapshot()
    costs.stop()
    again = Costs(hass)
    again.apply(Tariff(SENSOR), stored)
    charged = transaction(1, NOON, energy=8.0, offline=True)
    again.settle(charged)
    again.stop()
    assert charged.cost == pytest.approx(0.8)


async def test_the_fixed_price_stands_in_for_one_that_is_not_known(
    hass: HomeAssistant, costs: Costs, until: Until
) -> None:
    """While the sensor shows nothing."""
    await show(hass, "unavailable")
    costs.apply(BOTH)
    until(NOON + timedelta(hours=1))
    await show(hass, 0.10)
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, hours=2, energy=8.0)
    costs.settle(charged)
    assert charged.cost == pytest.approx(4 * 0.30 + 4 * 0.10)


async def test_what_has_no_price_has_no_cost(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """It is marked in the record, until the price is known."""
    costs.apply(Tariff(SENSOR))
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, energy=8.0)
    costs.settle(charged)
    assert (charged.cost, charged.currency, charged.repairs) == (None, None, ("price_unknown",))
    assert costs.so_far([charged]) is None
    costs.apply(Tariff(fixed=0.25))
    costs.settle(charged)
    assert (charged.cost, charged.repairs) == (2.0, ())


async def test_a_cost_is_not_forgotten_with_the_prices_of_its_time(
    hass: HomeAssistant, costs: Costs, until: Until
) -> None:
    """A record that is put right after weeks keeps what is known of it, with a mark."""
    costs.apply(Tariff(SENSOR))
    charged = transaction(1, NOON, energy=8.0, cost=1.5, currency="EUR")
    costs.settle(charged)
    assert (charged.cost, charged.repairs) == (1.5, ("price_unknown",))


async def test_energy_that_no_quarter_has_needs_a_fixed_price(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """Of a record of the first version nobody knows when it took its energy."""
    await show(hass, 0.10)
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, energy=8.0)
    charged.intervals.clear()
    costs.apply(Tariff(SENSOR))
    assert costs.so_far([charged]) is None
    costs.apply(BOTH)
    assert costs.so_far([charged]) == pytest.approx(2.4)


async def test_a_session_costs_what_its_transactions_cost(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """One that has ended costs what its record says, one that runs what it has taken so far."""
    costs.apply(Tariff(fixed=0.25))
    ended = transaction(1, NOON, energy=8.0, cost=5.0)
    running = transaction(2, NOON + timedelta(hours=3), hours=None, energy=4.0)
    assert costs.so_far([ended, running]) == 6.0
    assert costs.so_far([]) == 0.0


async def test_another_sensor_does_not_change_what_was(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """What the first one showed is still the price of its time; only the new one is listened to."""
    await show(hass, 0.10)
    hass.states.async_set("sensor.other", "0.50")
    costs.apply(Tariff(SENSOR))
    until(NOON + timedelta(hours=1))
    costs.apply(Tariff("sensor.other"))
    await show(hass, 9.0)
    until(NOON + timedelta(hours=2))
    charged = transaction(1, NOON, hours=2, energy=8.0)
    costs.settle(charged)
    assert charged.cost == pytest.approx(4 * 0.10 + 4 * 0.50)


async def test_no_sensor_is_listened_to_without_need(hass: HomeAssistant, costs: Costs, until: Until) -> None:
    """Once it is taken away, its changes are nobody's business; a fixed price that changes alone changes no sensor."""
    await show(hass, 0.10)
    costs.apply(BOTH)
    costs.apply(Tariff(SENSOR, 0.5))
    await show(hass, 0.20)
    assert costs.price_now == 0.20
    costs.apply(Tariff(fixed=0.5))
    await show(hass, 0.30)
    assert costs.price_now == 0.5


async def test_prices_of_another_sensor_than_before_the_restart_are_kept(
    hass: HomeAssistant, costs: Costs, until: Until
) -> None:
    """But its price is not taken to have held in between, however like it looks."""
    await show(hass, 0.10)
    hass.states.async_set("sensor.other", "0.10")
    costs.apply(Tariff(SENSOR))
    until(NOON + timedelta(hours=1))
    stored = costs.snapshot()
    until(NOON + timedelta(hours=2))
    again = Costs(hass)
    again.apply(Tariff("sensor.other"), stored)
    assert again.so_far([transaction(1, NOON, hours=1)]) is not None
    assert again.so_far([transaction(2, NOON + timedelta(hours=1), hours=1)]) is None
    again.stop()


@pytest.mark.parametrize(
    "stored",
    [{}, {"sensor": SENSOR, "quarters": 7, "price": 1, "until": 0}, {"sensor": SENSOR, "quarters": {"x": [1, 2]}}],
)
async def test_prices_that_cannot_be_read_begin_anew(hass: HomeAssistant, costs: Costs, stored: dict[str, Any]) -> None:
    """The price of now is known all the same."""
    await show(hass, 0.10)
    costs.apply(Tariff(SENSOR), stored)
    assert costs.price_now == 0.10


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("EUR/kWh", 1.0),
        ("€/kWh", 1.0),
        (None, 1.0),
        ("", 1.0),
        ("ct/kWh", 0.01),
        ("Cent / kWh", 0.01),
        ("p/kWh", 0.01),
        ("öre/kWh", 0.01),
        ("EUR/MWh", 0.001),
        ("ct/MWh", 0.00001),
        ("EUR/Wh", 1000.0),
        ("EUR/month", 1.0),
    ],
)
def test_prices_are_brought_to_the_unit_of_the_currency_per_kwh(unit: str | None, factor: float) -> None:
    """What a unit does not say is taken for the usual."""
    assert per_kwh(unit) == pytest.approx(factor)


async def test_cents_are_no_euros(hass: HomeAssistant, costs: Costs) -> None:
    """The unit of the sensor counts."""
    await show(hass, 32.5, "ct/kWh")
    costs.apply(Tariff(SENSOR))
    assert costs.price_now == pytest.approx(0.325)


# Where the tariff comes from


def entry_of(options: dict[str, Any], site: dict[str, Any] | None = None) -> MockConfigEntry:
    """Return an entry with these options, and a site if there is one."""
    subentries = (
        [] if site is None else [{"data": site, "subentry_type": SUBENTRY_SITE, "title": "", "unique_id": "site/"}]
    )
    return MockConfigEntry(domain=DOMAIN, options=options, subentries_data=subentries)


@pytest.mark.parametrize(
    ("options", "site", "tariff"),
    [
        ({}, None, None),
        ({}, {}, None),
        ({"fixed_price": 0.3}, None, Tariff(None, 0.3)),
        ({"fixed_price": 0.0}, None, Tariff(None, 0.0)),
        ({"price": "sensor.a"}, {"price": "sensor.b"}, Tariff("sensor.a")),
        ({"fixed_price": 0.3}, {"price": "sensor.b"}, Tariff("sensor.b", 0.3)),
    ],
)
def test_the_options_go_before_the_site(
    options: dict[str, Any], site: dict[str, Any] | None, tariff: Tariff | None
) -> None:
    """Who plans by one price may pay another; who has told the price of the site need not tell it again."""
    assert tariff_of(entry_of(options, site)) == tariff
