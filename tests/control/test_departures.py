"""When price, deadline and what the car needs say to charge: at the right time, once, and in any case early enough."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.planning import PriceSlot
from custom_components.ocpp_csms.control import departures as module
from custom_components.ocpp_csms.control.departures import Departures
from custom_components.ocpp_csms.control.goals import Goals
from custom_components.ocpp_csms.control.solar_forecast import SolarSlot
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Quantity, Reading
from tests.scripted import report, sample, start_transaction
from tests.sites import PRICE, charger

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
SEVEN = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
POWER = 16 * 230 * 3 / 1000  # kW

SCHEDULED = Goals(mode=ChargingMode.SCHEDULED, departure_energy=2 * POWER)


@pytest.fixture
def subentries() -> list[Any]:
    """CP1 with 16 A."""
    return [charger(maximum_current=16.0)]


@pytest.fixture(autouse=True)
async def _evening(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """It is eight in the evening, and the home is where the clocks show UTC."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(EVENING)


class Plans:
    """Plans for connector 1 of a charge point, in a house with forecasts of prices and sun."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is known yet."""
        self.prices: list[PriceSlot] = []
        self.sun: list[SolarSlot] = []
        self.asked = 0
        self.departures = Departures(hass, PRICE)
        self._hass = hass
        self._freezer = freezer
        monkeypatch.setattr(module, "async_price_slots", self._async_prices)
        monkeypatch.setattr(module, "async_solar_forecast", self._async_sun)

    async def start(self) -> None:
        """Begin, with the forecasts that there are."""
        self.departures.start()
        await self._hass.async_block_till_done(wait_background_tasks=True)

    def due(self, point: ChargePoint, goals: Goals, phases: int = 3) -> bool:
        """Return whether it shall charge now."""
        return self.departures.is_due(point, 1, goals, phases)

    async def pass_time(self, **time: float) -> None:
        """Let time pass for Home Assistant."""
        self._freezer.tick(timedelta(**time))
        async_fire_time_changed(self._hass)
        await self._hass.async_block_till_done(wait_background_tasks=True)

    async def charge(
        self,
        point: ChargePoint,
        goals: Goals,
        hours: float,
        transaction: Transaction | None = None,
        phases: int = 3,
        power: float = POWER,
    ) -> list[tuple[datetime, datetime]]:
        """Let time pass in minutes with a car that charges whenever it shall; return when it did."""
        spans: list[tuple[datetime, datetime]] = []
        for _ in range(round(hours * 60)):
            begin = dt_util.utcnow()
            due = self.due(point, goals, phases)
            await self.pass_time(minutes=1)
            if due:
                if transaction is not None:
                    transaction.energy += power * phases / 3 / 60
                first = spans.pop()[0] if spans and spans[-1][1] == begin else begin
                spans.append((first, dt_util.utcnow()))
        return spans

    async def _async_prices(self, _hass: HomeAssistant, _entity_id: str) -> tuple[PriceSlot, ...]:
        self.asked += 1
        return tuple(self.prices)

    async def _async_sun(self, _hass: HomeAssistant) -> tuple[SolarSlot, ...]:
        return tuple(self.sun)


@pytest.fixture
def plans(hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plans]:
    """Plans; the test begins them."""
    made = Plans(hass, freezer, monkeypatch)
    yield made
    made.departures.stop()


def hourly(*prices: float, begin: datetime = EVENING) -> list[PriceSlot]:
    """Return a price for each hour from `begin` on."""
    hours = [begin + timedelta(hours=count) for count in range(len(prices) + 1)]
    return [PriceSlot(hours[count], hours[count + 1], price) for count, price in enumerate(prices)]


NIGHT = (0.40, 0.38, 0.30, 0.25, 0.12, 0.20, 0.11, 0.20, 0.28, 0.33, 0.36)
"""From 20 to 7: cheapest from 0 to 1 and from 2 to 3."""


def at(hour: int, minute: int = 0, day: int = 21) -> datetime:
    """Return a time of the night."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def length(spans: list[tuple[datetime, datetime]]) -> timedelta:
    """Return for how long it charged."""
    return sum((end - begin for begin, end in spans), timedelta())


async def test_it_is_charged_when_it_is_cheapest(plans: Plans, charge_point: ChargePoint) -> None:
    """As long as the car needs and a little more, and the user is told when it begins."""
    plans.prices = hourly(*NIGHT)
    await plans.start()
    transaction = start_transaction(charge_point)
    assert not plans.due(charge_point, SCHEDULED)
    next_start = plans.departures.next_start(charge_point, 1)
    spans = await plans.charge(charge_point, SCHEDULED, 11, transaction)
    assert next_start == spans[0][0]
    assert timedelta(hours=2) <= length(spans) <= timedelta(hours=2, minutes=10)
    assert all(begin >= at(23, 45, 20) and end <= at(3, 15) for begin, end in spans)
    assert any(begin <= at(0) and end >= at(1) for begin, end in spans)


async def test_in_one_go_it_is_charged_in_the_cheapest_single_run(plans: Plans, charge_point: ChargePoint) -> None:
    """Also through an hour that is dearer, and to the end whatever prices come meanwhile."""
    plans.prices = hourly(*NIGHT)
    await plans.start()
    transaction = start_transaction(charge_point)
    goals = replace(SCHEDULED, departure_energy=3 * POWER, in_one_go=True)
    [(begin, half)] = await plans.charge(charge_point, goals, 5.5, transaction)
    assert begin == at(0)
    plans.prices = hourly(*[0.4] * 8, *[0.01] * 3)
    [(again, end)] = await plans.charge(charge_point, goals, 5.5, transaction)
    assert again == half
    assert at(3) <= end <= at(3, 10)
    assert transaction.energy == pytest.approx(3 * POWER, rel=0.05)


async def test_a_car_that_takes_less_than_was_planned_is_not_left_with_a_little_for_later(
    plans: Plans, charge_point: ChargePoint
) -> None:
    """A run goes on until the energy is there."""
    plans.prices = hourly(*NIGHT)
    await plans.start()
    transaction = start_transaction(charge_point)
    goals = replace(SCHEDULED, departure_energy=3 * POWER, in_one_go=True)
    [(begin, end)] = await plans.charge(charge_point, goals, 11, transaction, power=0.6 * POWER)
    assert begin == at(0)
    assert end == at(5)
    assert transaction.energy == pytest.approx(3 * POWER)


async def test_in_one_go_or_not_is_changed_at_once(plans: Plans, charge_point: ChargePoint) -> None:
    """The plan is another."""
    plans.prices = hourly(0.1, 0.5, 0.1, 0.5, 0.2, 0.2, *[0.5] * 5)
    await plans.start()
    goals = replace(SCHEDULED, departure_energy=2 / 1.05 * POWER)
    assert plans.due(charge_point, goals)
    assert not plans.due(charge_point, replace(goals, in_one_go=True))
    assert plans.departures.next_start(charge_point, 1) == at(0)


async def test_without_prices_it_begins_as_late_as_it_can(plans: Plans, charge_point: ChargePoint) -> None:
    """In one go, with a little time to spare."""
    await plans.start()
    transaction = start_transaction(charge_point)
    [(begin, end)] = await plans.charge(charge_point, SCHEDULED, 11, transaction)
    assert at(4, 50) <= begin <= at(5)
    assert end <= at(7)
    assert transaction.energy == pytest.approx(2 * POWER, rel=0.05)


async def test_a_car_that_is_not_ready_in_time_goes_on(plans: Plans, charge_point: ChargePoint) -> None:
    """Until it is; who left it for a meeting at nine would not thank for a stop at seven."""
    await plans.start()
    transaction = start_transaction(charge_point)
    goals = replace(SCHEDULED, departure_energy=12 * POWER)
    [(begin, end)] = await plans.charge(charge_point, goals, 20, transaction)
    assert begin <= at(0)
    assert end > at(7)
    assert transaction.energy == pytest.approx(12 * POWER, rel=0.02)


async def test_a_car_that_comes_after_the_departure_has_until_the_next(plans: Plans, charge_point: ChargePoint) -> None:
    """It is not late for the last one."""
    await plans.start()
    transaction = start_transaction(charge_point)
    await plans.charge(charge_point, SCHEDULED, 14, transaction)
    plans.departures.forget(charge_point.identity, 1)
    assert not plans.due(charge_point, replace(SCHEDULED, departure_energy=2 * POWER + transaction.energy))


async def test_while_it_charges_there_is_no_next_start(plans: Plans, charge_point: ChargePoint) -> None:
    """And none where nothing is planned."""
    await plans.start()
    assert plans.departures.next_start(charge_point, 1) is None
    assert plans.due(charge_point, Goals(mode=ChargingMode.SCHEDULED, departure_energy=500.0))
    assert plans.departures.next_start(charge_point, 1) is None


async def test_prices_that_are_gone_are_still_true(plans: Plans, charge_point: ChargePoint) -> None:
    """What was known of the night holds, whatever became of the entity."""
    plans.prices = hourly(*NIGHT)
    await plans.start()
    plans.prices = []
    transaction = start_transaction(charge_point)
    spans = await plans.charge(charge_point, SCHEDULED, 11, transaction)
    assert all(begin >= at(23, 45, 20) and end <= at(3, 15) for begin, end in spans)


async def test_after_the_last_known_price_the_latest_start_counts(plans: Plans, charge_point: ChargePoint) -> None:
    """The deadline goes before the price."""
    plans.prices = hourly(0.5, 0.5)
    await plans.start()
    plans.prices = []
    transaction = start_transaction(charge_point)
    [(begin, end)] = await plans.charge(charge_point, SCHEDULED, 11, transaction)
    assert at(4, 50) <= begin <= at(5)
    assert end <= at(7)


async def test_prices_that_come_late_are_taken_as_soon_as_the_entity_has_them(
    hass: HomeAssistant, plans: Plans, charge_point: ChargePoint
) -> None:
    """After a start of Home Assistant, and when those of tomorrow are out; not more than once a minute."""
    await plans.start()
    plans.due(charge_point, SCHEDULED)
    assert plans.departures.next_start(charge_point, 1) > at(4)  # type: ignore[operator]  # there is one
    plans.prices = hourly(*NIGHT)
    hass.states.async_set(PRICE, "0.4")
    await plans.pass_time(seconds=61)
    hass.states.async_set(PRICE, "0.5")
    hass.states.async_set(PRICE, "0.6")
    await plans.pass_time(seconds=1)
    assert plans.asked == 2
    plans.due(charge_point, SCHEDULED)
    assert plans.departures.next_start(charge_point, 1) < at(1)  # type: ignore[operator]  # there is one


async def test_prices_are_asked_for_every_quarter_of_an_hour(plans: Plans) -> None:
    """Until the end."""
    await plans.start()
    for _ in range(4):
        await plans.pass_time(minutes=15)
    assert plans.asked == 5
    plans.departures.stop()
    await plans.pass_time(minutes=15)
    assert plans.asked == 5


async def test_nobody_is_asked_twice_at_a_time(
    hass: HomeAssistant, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And at the end nobody is waited for."""
    never = asyncio.Event()

    async def wait(*_arguments: object) -> tuple[PriceSlot, ...]:
        plans.asked += 1
        await never.wait()
        return ()

    monkeypatch.setattr(module, "async_price_slots", wait)
    plans.departures.start()
    for _ in range(3):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=16))
        await hass.async_block_till_done()
    assert plans.asked == 1
    plans.departures.stop()


async def test_without_a_price_entity_only_the_sun_is_asked_for(
    hass: HomeAssistant, plans: Plans, charge_point: ChargePoint
) -> None:
    """And nothing is ever cheap."""
    departures = Departures(hass, None)
    departures.start()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert plans.asked == 0
    assert not departures.is_due(charge_point, 1, Goals(mode=ChargingMode.SOLAR, price_limit=1.0), 3)
    departures.stop()


async def test_a_refresh_does_not_end_the_slot_in_which_it_charges(plans: Plans, charge_point: ChargePoint) -> None:
    """Even if other hours have become cheaper."""
    plans.prices = hourly(0.10, *[0.30] * 10)
    await plans.start()
    goals = Goals(mode=ChargingMode.SCHEDULED, departure_energy=0.9 * POWER)
    transaction = start_transaction(charge_point)
    [(begin, _)] = await plans.charge(charge_point, goals, 0.4, transaction)
    plans.prices = hourly(0.10, *[0.01] * 10)
    [(again, end)] = await plans.charge(charge_point, goals, 1, transaction)
    assert again == EVENING + timedelta(minutes=24)
    assert end - begin >= timedelta(minutes=50)


async def test_other_wishes_make_another_plan_at_once(plans: Plans, charge_point: ChargePoint) -> None:
    """And so does another number of phases."""
    await plans.start()
    assert not plans.due(charge_point, SCHEDULED)
    assert plans.due(charge_point, Goals(mode=ChargingMode.SCHEDULED, departure_energy=10.5 * POWER))
    six_hours = Goals(mode=ChargingMode.SCHEDULED, departure_energy=6 * POWER)
    assert not plans.due(charge_point, six_hours)
    assert plans.due(charge_point, six_hours, phases=1)
    slow = Goals(mode=ChargingMode.SCHEDULED, departure_energy=6 * POWER, maximum_current=6.0)
    assert plans.due(charge_point, slow)
    fast = Goals(mode=ChargingMode.SCHEDULED, departure_energy=10.5 * POWER, maximum_current=32.0)
    assert plans.due(charge_point, fast)  # the charge point does not give more than 16 A


async def test_a_deadline_in_the_past_means_now(plans: Plans, charge_point: ChargePoint) -> None:
    """Until the car has what it needs."""
    await plans.start()
    transaction = start_transaction(charge_point)
    goals = Goals(mode=ChargingMode.SCHEDULED, departure_energy=POWER, deadline=EVENING - timedelta(hours=3))
    [(begin, end)] = await plans.charge(charge_point, goals, 3, transaction)
    assert begin == EVENING
    assert timedelta(minutes=58) <= end - begin <= timedelta(minutes=66)


async def test_the_state_of_charge_tells_what_is_needed(plans: Plans, charge_point: ChargePoint) -> None:
    """Where the capacity of the battery is known."""
    await plans.start()
    goals = Goals(mode=ChargingMode.SCHEDULED, target_soc=80.0, battery_capacity=90.0, departure_energy=0.0)
    assert not plans.due(charge_point, goals)
    sample(charge_point, 1, Reading("SoC", 10.0, "Percent"))
    assert charge_point.connectors[1].readings[Quantity.SOC] == 10
    await plans.pass_time(minutes=2)
    plans.due(charge_point, goals)
    start = plans.departures.next_start(charge_point, 1)
    assert start is not None
    # 63 kWh and the losses, 5 % to be safe
    assert SEVEN - start == pytest.approx(timedelta(hours=63 / 0.9 * 1.05 / POWER), abs=timedelta(minutes=1))
    sample(charge_point, 1, Reading("SoC", 80.0, "Percent"))
    await plans.pass_time(minutes=2)
    assert not plans.due(charge_point, goals)
    assert plans.departures.next_start(charge_point, 1) is None


@pytest.mark.parametrize(
    ("now", "departure", "deadline"),
    [
        # 2027-03-28, 2 o'clock is followed by 3
        (datetime(2027, 3, 27, 22, 0, tzinfo=UTC), time(7), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),
        (datetime(2027, 3, 26, 22, 0, tzinfo=UTC), time(7), datetime(2027, 3, 27, 6, 0, tzinfo=UTC)),
        (datetime(2027, 3, 27, 22, 0, tzinfo=UTC), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # 2026-10-25, 3 o'clock is followed by 2
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), time(7), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), time(7), datetime(2026, 10, 26, 6, 0, tzinfo=UTC)),
    ],
    ids=["spring", "the day before", "in the hour that is not", "autumn", "at the very time"],
)
async def test_a_departure_is_at_the_time_of_the_clock_on_the_wall(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    plans: Plans,
    charge_point: ChargePoint,
    now: datetime,
    departure: time,
    deadline: datetime,
) -> None:
    """Also in the nights in which the clocks are changed."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(now)
    await plans.start()
    plans.due(charge_point, Goals(mode=ChargingMode.SCHEDULED, departure_energy=POWER / 1.05, departure=departure))
    assert plans.departures.next_start(charge_point, 1) == deadline - timedelta(hours=1)


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.MIN_SOLAR, ChargingMode.SCHEDULED])
@pytest.mark.parametrize(
    ("price", "due"), [("0.10", True), ("-0.02", True), ("0.11", False), ("unavailable", False), (None, False)]
)
async def test_at_a_low_price_it_does_not_wait(
    hass: HomeAssistant, plans: Plans, charge_point: ChargePoint, mode: ChargingMode, price: str | None, due: bool
) -> None:
    """At the limit and below; what is not known is not low."""
    await plans.start()
    if price is not None:
        hass.states.async_set(PRICE, price)
    assert plans.due(charge_point, Goals(mode=mode, price_limit=0.10)) is due
    assert not plans.due(charge_point, Goals(mode=mode))


@pytest.mark.parametrize("mode", [ChargingMode.MANUAL, ChargingMode.OFF, ChargingMode.FAST, ChargingMode.SOLAR])
async def test_modes_without_a_deadline_have_no_plan(
    hass: HomeAssistant, plans: Plans, charge_point: ChargePoint, mode: ChargingMode
) -> None:
    """And one that there was is forgotten."""
    await plans.start()
    plans.due(charge_point, SCHEDULED)
    assert plans.departures.next_start(charge_point, 1) is not None
    assert not plans.due(charge_point, Goals(mode=mode))
    assert plans.departures.next_start(charge_point, 1) is None


async def test_a_car_that_has_left_has_no_plan(plans: Plans, charge_point: ChargePoint) -> None:
    """Nobody knows what the next one needs."""
    await plans.start()
    plans.due(charge_point, SCHEDULED)
    plans.departures.forget("CP1", 1)
    assert plans.departures.next_start(charge_point, 1) is None


# Solar modes with a deadline

SUNNY = Goals(mode=ChargingMode.SOLAR, departure_energy=2 * POWER, deadline=at(15))


async def test_the_sun_has_until_the_latest_start(plans: Plans, charge_point: ChargePoint) -> None:
    """Then it is charged in one go until the car has what it needs, whatever the prices were."""
    plans.prices = hourly(*NIGHT)
    await plans.start()
    transaction = start_transaction(charge_point)
    [(begin, end)] = await plans.charge(charge_point, SUNNY, 20, transaction)
    assert at(12, 50) <= begin <= at(13)
    assert end <= at(15)
    assert transaction.energy == pytest.approx(2 * POWER, rel=0.05)


async def test_what_the_sun_has_brought_is_not_charged_again(plans: Plans, charge_point: ChargePoint) -> None:
    """The later it must begin."""
    await plans.start()
    transaction = start_transaction(charge_point)
    transaction.energy = POWER
    [(begin, end)] = await plans.charge(charge_point, SUNNY, 20, transaction)
    assert at(13, 50) <= begin <= at(14)
    assert end <= at(15)


async def test_what_the_sun_will_not_bring_is_charged_where_it_is_cheap(
    plans: Plans, charge_point: ChargePoint
) -> None:
    """Where a forecast says how much that is."""
    plans.prices = hourly(*NIGHT, *[0.3] * 8)
    plans.sun = [SolarSlot(at(9 + hour), at(10 + hour), POWER * 0.5) for hour in range(4)]
    await plans.start()
    transaction = start_transaction(charge_point)
    spans = await plans.charge(charge_point, SUNNY, 11, transaction)
    assert timedelta(minutes=45) <= length(spans) <= timedelta(minutes=60)
    assert all(begin >= at(23, 59, 20) and end <= at(3) for begin, end in spans)


async def test_sun_that_was_promised_and_does_not_come_is_made_up_for(plans: Plans, charge_point: ChargePoint) -> None:
    """In time."""
    plans.sun = [SolarSlot(at(9 + hour), at(10 + hour), 50.0) for hour in range(6)]
    await plans.start()
    transaction = start_transaction(charge_point)
    [(begin, end)] = await plans.charge(charge_point, SUNNY, 20, transaction)
    assert at(12, 50) <= begin <= at(13)
    assert end <= at(15)
    assert transaction.energy == pytest.approx(2 * POWER, rel=0.05)


async def test_without_a_car_nothing_is_asked_of_the_connector(plans: Plans, charge_point: ChargePoint) -> None:
    """A connector that has told no energy needs all of it."""
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await plans.start()
    assert plans.due(charge_point, Goals(mode=ChargingMode.SCHEDULED, departure_energy=12 * POWER))
