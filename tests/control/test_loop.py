"""Charging control in a real Home Assistant, with simulated chargers on real sockets and a simulated house: the whole loop."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.const import CONF_ID_TAG_POLICY, SUBENTRY_CHARGE_POINT, SUBENTRY_SITE
from custom_components.ocpp_csms.control.goals import CarPhases, PhaseChoice
from custom_components.ocpp_csms.csms.cards.authorization import Policy
from custom_components.ocpp_csms.simulator import Car
from tests.control.chargers import HouseFactory
from tests.control.house import CURRENTS, GRID, Inside
from tests.hands import press
from tests.words import words

DIMMER = "binary_sensor.dimmer"
PRICE = "sensor.price"
BATTERY = {"battery_power": "sensor.battery", "battery_soc": "sensor.soc"}


@pytest.fixture
def site_data() -> dict[str, Any]:
    """What the user set for the house; tests override the fixture."""
    return {"grid_power": GRID}


@pytest.fixture
def subentries(site_data: dict[str, Any]) -> list[ConfigSubentryData]:
    """Two chargers with 16 A, of which the first has a car as a rule, and the house."""
    chargers = [
        ConfigSubentryData(
            data={"charge_point_id": identity, "maximum_current": 16.0},
            subentry_type=SUBENTRY_CHARGE_POINT,
            title=identity,
            unique_id=identity,
        )
        for identity in ("CP1", "CP2")
    ]
    return [*chargers, ConfigSubentryData(data=site_data, subentry_type=SUBENTRY_SITE, title="Home", unique_id="site/")]


async def test_without_a_mode_nothing_is_done(house: HouseFactory, inside: Inside) -> None:
    """Manual is the default, and leaves the charger alone."""
    home = await house(solar=lambda _: 5000.0)
    await home.run(600)
    assert home.chargers[0].profile_writes == 0
    assert home.cars == pytest.approx(11000, rel=0.02)


async def test_charging_follows_the_sun(house: HouseFactory, inside: Inside) -> None:
    """The car takes what is left of the sun, and nothing from the grid to speak of."""
    home = await house(solar=lambda second: 7000.0 if second < 1800 else 9000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(900)
    assert home.cars == pytest.approx(6700, abs=300)
    await home.run(1500)
    assert home.cars == pytest.approx(8700, abs=300)
    assert inside.reason in {Reason.TRACKING, Reason.HOLDING}


async def test_without_sun_charging_pauses_and_the_transaction_goes_on(house: HouseFactory, inside: Inside) -> None:
    """It resumes when the sun is back."""
    home = await house(solar=lambda second: 0.0 if 1200 < second < 3000 else 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(900)
    transaction = home.chargers[0].connector(1).transaction_id
    assert home.cars > 7000
    await home.run(1200)
    assert home.cars == 0
    assert inside.reason is Reason.WAITING_SURPLUS
    await home.run(1800)
    assert home.cars > 7000
    assert home.chargers[0].connector(1).transaction_id == transaction


async def test_a_silent_grid_sensor_ends_in_a_pause(house: HouseFactory, inside: Inside) -> None:
    """First it holds, then it goes to the minimum, after five minutes it pauses."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(900)
    home.silent = True
    await home.run(60)
    assert home.cars > 7000
    await home.run(120)
    assert home.cars == pytest.approx(4140, rel=0.03)
    assert inside.reason is Reason.SENSOR_STALE
    await home.run(300)
    assert home.cars == 0


async def test_when_charging_will_begin_is_foretold(hass: HomeAssistant, house: HouseFactory, inside: Inside) -> None:
    """About to the minute, as long as the sun stays as it is."""
    home = await house(solar=lambda seconds: 8000.0 if seconds > 600 else 300.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(540)
    state = hass.states.get("sensor.cp1_next_decision")
    assert state is not None
    assert state.state == STATE_UNKNOWN
    await home.run(100)
    foretold = inside.status.next_decision
    assert foretold is not None
    for _ in range(60):
        await home.run(10)
        if inside.reason is not Reason.WAITING_SURPLUS:
            break
    assert abs(foretold - dt_util.utcnow()) <= timedelta(seconds=90)


async def test_when_a_plan_will_charge_is_foretold(house: HouseFactory, inside: Inside) -> None:
    """Without prices, as late as it can; then until the car has what it needs."""
    home = await house()
    inside.want(deadline=dt_util.utcnow() + timedelta(hours=3), departure_energy=11.0)
    inside.set_mode(ChargingMode.SCHEDULED)
    await home.run(20)
    waiting = inside.status
    begin = waiting.next_decision
    assert begin is not None
    assert begin == waiting.planned_start
    await home.run((begin - dt_util.utcnow()).total_seconds() + 60, step=20)
    assert home.cars > 0
    assert inside.status.planned_start is None
    end = inside.status.next_decision
    assert end is not None
    assert begin + timedelta(minutes=50) < end < begin + timedelta(minutes=90)


@pytest.mark.parametrize(("phases", "charges"), [(CarPhases.AUTO, False), (CarPhases.ONE, True)])
async def test_who_says_that_the_car_has_one_phase_need_not_wait_for_the_sun_of_three(
    house: HouseFactory, inside: Inside, phases: CarPhases, charges: bool
) -> None:
    """Nobody could have seen it before it charges."""
    home = await house(cars=[Car(max_current=16.0, phases=1)], solar=lambda _: 2500.0, autostart_tag=None)
    inside.want(car_phases=phases)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(1200)
    assert (home.cars > 1000) is charges


async def test_the_sun_of_a_session_is_counted(house: HouseFactory, inside: Inside) -> None:
    """By the register of the charger."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(3600)
    assert inside.status.solar_energy == pytest.approx(home.from_sun / 1000, rel=0.1)
    assert inside.status.solar_share is not None
    assert inside.status.solar_share > 85


@pytest.mark.parametrize(
    "site_data",
    [
        {
            "grid_power": GRID,
            "fuse": 25.0,
            **dict(zip(("phase_l1", "phase_l2", "phase_l3"), CURRENTS, strict=True)),
        }
    ],
)
async def test_the_fuse_is_kept_in_every_mode(house: HouseFactory, inside: Inside) -> None:
    """A big load makes the car take less at once; when it is gone, the car goes back to what it took."""
    home = await house(load=lambda second: 9000.0 if 600 < second < 1200 else 300.0)
    inside.set_mode(ChargingMode.FAST)
    await home.run(500)
    assert home.currents[0] == pytest.approx(16, abs=0.2)
    await home.run(200)
    assert home.currents[0] <= 25 - 13
    await home.run(900)
    assert home.currents[0] == pytest.approx(16, abs=0.2)


@pytest.mark.parametrize("site_data", [{"grid_power": GRID, "fuse": 25.0, "phase_l1": GRID}])
async def test_the_fuse_of_a_house_with_one_phase_is_kept_by_the_power_of_the_grid(
    house: HouseFactory, inside: Inside
) -> None:
    """One sensor tells sun and fuse: 13 A of other loads leave 11 A of 24."""
    home = await house(load=lambda second: 3000.0 if second > 300 else 300.0, cars=[Car(max_current=16.0, phases=1)])
    inside.set_mode(ChargingMode.FAST)
    await home.run(280)
    assert home.currents[0] == pytest.approx(16, abs=0.2)
    await home.run(200)
    assert home.currents[0] == pytest.approx(25 - 1 - 3000 / 230, abs=0.5)


async def test_two_cars_share_the_sun(house: HouseFactory, init_integration: MockConfigEntry) -> None:
    """None is forgotten, and nothing is taken from the grid for it."""
    home = await house(solar=lambda _: 11000.0, cars=[Car(max_current=16.0), Car(max_current=16.0)])
    for identity in ("CP1", "CP2"):
        Inside(init_integration, identity).set_mode(ChargingMode.SOLAR)
    await home.run(900)
    assert home.cars == pytest.approx(10700, abs=800)
    assert all(item.connector(1).current >= 5.8 for item in home.chargers)


# What people do


@pytest.mark.parametrize(
    ("domain", "service", "unique_id", "data", "current"),
    [
        ("number", "set_value", "CP1_1_current_limit", {"value": 9}, 9.0),
        ("switch", "turn_on", "CP1_1_pause", {}, 0.0),
        ("switch", "turn_off", "CP1_1_charge", {}, 0.0),
    ],
    ids=["number", "pause", "charge"],
)
async def test_what_is_set_by_hand_goes_before_the_sun_until_the_car_leaves(
    hass: HomeAssistant,
    house: HouseFactory,
    inside: Inside,
    domain: str,
    service: str,
    unique_id: str,
    data: dict[str, float],
    current: float,
) -> None:
    """Control does not fight a person, and comes back for the next car."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    await press(hass, domain, service, unique_id, **data)
    await home.run(200)
    assert inside.in_mode(ChargingMode.MANUAL)
    assert home.currents[0] == pytest.approx(current, abs=0.3)
    await home.chargers[0].unplug(1)
    await home.run(20)
    assert inside.in_mode(ChargingMode.SOLAR)
    await home.chargers[0].plug_in(1)
    await home.run(300)
    assert home.cars == pytest.approx(7700, abs=500)


async def test_what_is_set_by_hand_in_manual_mode_changes_no_mode(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """None comes back when the car leaves."""
    home = await house()
    await press(hass, "number", "set_value", "CP1_1_current_limit", value=9)
    await home.run(30)
    assert home.currents[0] == pytest.approx(9, abs=0.2)
    await home.chargers[0].unplug(1)
    await home.run(20)
    assert inside.in_mode(ChargingMode.MANUAL)


async def test_off_is_off(house: HouseFactory, inside: Inside) -> None:
    """Whatever the sun does, and fast is fast again."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    assert home.cars == 0
    assert inside.reason is Reason.OFF
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)


async def test_back_in_manual_mode_the_limit_set_by_hand_holds(house: HouseFactory, inside: Inside) -> None:
    """None was set: the highest."""
    home = await house()
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    inside.set_mode(ChargingMode.MANUAL)
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)
    assert inside.status.target_current is None


async def test_solar_with_a_minimum_never_pauses(house: HouseFactory, inside: Inside) -> None:
    """And takes more where there is more."""
    home = await house(solar=lambda second: 0.0 if second < 400 else 9000.0)
    inside.set_mode(ChargingMode.MIN_SOLAR)
    await home.run(360)
    assert home.cars == pytest.approx(4140, rel=0.03)
    await home.run(300)
    assert home.cars == pytest.approx(8700, abs=500)


async def test_the_number_of_phases_is_what_the_user_chooses(house: HouseFactory, inside: Inside) -> None:
    """Where the charger can switch; else all there are."""
    home = await house(configuration={})
    inside.set_mode(ChargingMode.FAST)
    for choice, power in ((PhaseChoice.ONE, 3680), (PhaseChoice.THREE, 11000), (PhaseChoice.AUTO, 11000)):
        inside.want(phases=choice)
        await home.run(150)
        assert home.cars == pytest.approx(power, rel=0.03)


# Starts


async def test_where_the_charger_waits_for_a_start_one_is_sent(house: HouseFactory, inside: Inside) -> None:
    """For a car that shall charge; in manual mode the user starts."""
    home = await house(autostart_tag=None)
    await home.run(60)
    assert home.cars == 0
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    assert home.starts == 0
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)
    assert home.starts == 1


async def test_a_start_that_fails_is_not_sent_for_ever(house: HouseFactory, inside: Inside) -> None:
    """Three times for a car, and again when the user chooses a mode."""
    home = await house(autostart_tag=None)
    home.chargers[0].refuse(words(home.chargers[0]).start, "Rejected")
    inside.set_mode(ChargingMode.FAST)
    await home.run(200)
    assert home.starts == 3
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.starts > 3


@pytest.mark.parametrize("entry_options", [{CONF_ID_TAG_POLICY: Policy.LISTED_ONLY}], ids=["known only"])
async def test_a_car_that_waits_for_its_transaction_begins_with_what_the_sun_gives(
    house: HouseFactory, inside: Inside
) -> None:
    """Until then it is no load, costs no writes, and is said to wait."""
    home = await house(solar=lambda seconds: 8000.0 if seconds < 900 else 5000.0 + seconds % 60, autostart_tag=None)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(600)
    assert (home.cars, inside.reason) == (0, Reason.WAITING_START)
    assert inside.control.surplus == pytest.approx(7700, abs=100)
    writes = home.chargers[0].profile_writes
    await home.run(600)
    assert home.chargers[0].profile_writes - writes <= 2  # so that it does not lapse
    await inside.point.start(1)
    await home.run(60)
    assert home.cars == pytest.approx(4700, abs=300)


@pytest.mark.parametrize("entry_options", [{CONF_ID_TAG_POLICY: Policy.LISTED_ONLY}], ids=["known only"])
async def test_where_only_known_tags_may_charge_nothing_is_started(house: HouseFactory, inside: Inside) -> None:
    """A card decides who charges, not the sun."""
    home = await house(autostart_tag=None)
    inside.set_mode(ChargingMode.FAST)
    await home.run(120)
    assert home.starts == 0
    assert home.cars == 0


@pytest.mark.parametrize("entry_options", [{CONF_ID_TAG_POLICY: Policy.LISTED_ONLY}], ids=["known only"])
async def test_what_a_car_begins_with_is_told_when_its_transaction_begins(house: HouseFactory, inside: Inside) -> None:
    """Not at the next sample."""
    home = await house(solar=lambda seconds: 5000.0 if seconds < 600 else 8000.0, autostart_tag=None)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(900)
    waiting = inside.connector.limit
    assert waiting == pytest.approx(6.8, abs=0.5)
    await inside.point.start(1)
    await home.settle()
    assert inside.connector.limit == pytest.approx(11, abs=1)


async def test_who_ends_a_transaction_with_a_card_gets_no_other(house: HouseFactory, inside: Inside) -> None:
    """Until the user chooses a mode again."""
    home = await house(autostart_tag=None)
    inside.set_mode(ChargingMode.FAST)
    await home.chargers[0].present_card(1, "CAR")
    await home.run(60)
    assert home.cars > 10_000
    await home.chargers[0].present_card(1, "CAR")
    await home.run(120)
    assert home.cars == 0
    assert home.starts == 0
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.cars > 10_000


# What else the user may have


@pytest.mark.parametrize("site_data", [{"grid_power": GRID, "charger_circuit": 10.0}], ids=["circuit"])
async def test_the_circuit_of_the_chargers_is_kept(house: HouseFactory, inside: Inside) -> None:
    """Whatever the main fuse is."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.currents[0] == pytest.approx(10, abs=0.2)
    assert inside.status.fuse_limited


@pytest.mark.parametrize(
    "site_data",
    [{"grid_power": GRID, "dimmer": DIMMER}, {"grid_power": GRID, "dimmer": DIMMER, "dimmed_power": 5000.0}],
    ids=["4.2 kW", "5 kW"],
)
async def test_while_the_grid_operator_dims_no_charger_takes_more(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, site_data: dict[str, Any]
) -> None:
    """At once, and only as long as it lasts."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    await home.run(30)
    hass.states.async_set(DIMMER, "on")
    await home.run(30)
    assert 4000 < home.cars <= site_data.get("dimmed_power", 4200.0)
    assert inside.reason is Reason.DIMMED
    hass.states.async_set(DIMMER, "off")
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)


@pytest.mark.parametrize("site_data", [{"grid_power": GRID, "price": PRICE}], ids=["price"])
async def test_while_energy_is_cheap_charging_does_not_wait_for_the_sun(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """A price that nobody knows is not cheap."""
    home = await house()
    inside.set_mode(ChargingMode.SOLAR)
    inside.want(price_limit=0.1)
    await home.run(900)
    assert home.cars == 0
    hass.states.async_set(PRICE, "0.08")
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)
    assert inside.reason is Reason.SCHEDULED_CHARGE
    hass.states.async_set(PRICE, "unavailable")
    await home.run(900)
    assert home.cars == 0


async def test_a_deadline_goes_before_the_sun_and_with_the_car(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """What is needed in an hour cannot wait for the sun; for the next car there is none."""
    home = await house()
    inside.set_mode(ChargingMode.SOLAR)
    inside.want(deadline=dt_util.utcnow() + timedelta(minutes=20), departure_energy=5.0)
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)
    assert inside.reason is Reason.SCHEDULED_CHARGE
    await home.chargers[0].unplug(1)
    await home.run(20)
    assert inside.goals.deadline is not None
    await home.run(1200)
    assert inside.goals.deadline is None


async def test_a_session_ends_at_its_limit_of_energy(house: HouseFactory, inside: Inside) -> None:
    """The transaction goes on, without current."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    inside.want(energy_limit=1.0)
    await home.run(500)
    assert home.cars == 0
    assert inside.reason is Reason.ENERGY_REACHED
    assert home.from_grid == pytest.approx(1000, abs=100)


async def test_a_manual_limit_above_what_the_charger_may_give_is_that(house: HouseFactory, inside: Inside) -> None:
    """It was set when the charger could give more; nothing is written again and again."""
    home = await house()
    inside.want(manual_limit=32.0)
    await home.run(60)
    assert home.chargers[0].profile_writes == 0
    assert inside.reason is Reason.MANUAL
    assert inside.control.headroom is None


@pytest.mark.parametrize("site_data", [{"grid_power": GRID, **BATTERY}], ids=["battery"])
@pytest.mark.parametrize(
    ("watts", "soc", "age", "counts"),
    [
        (-4000.0, 80, 0, -4000.0),
        (-4000.0, 30, 0, 0.0),
        (-4000.0, 80, 1000, 0.0),
        (2000.0, 80, 1000, 2000.0),
        (-1e9, 80, 0, 0.0),
    ],
    ids=["full enough", "charges first", "silent", "silent while it discharges", "implausible"],
)
async def test_what_charges_the_battery_is_for_the_cars_once_it_is_full_enough(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    house: HouseFactory,
    inside: Inside,
    watts: float,
    soc: int,
    age: float,
    counts: float,
) -> None:
    """But not if nobody has heard of it for a quarter of an hour, or if it cannot be. What it gives is not sun."""
    hass.states.async_set(BATTERY["battery_power"], str(watts), {ATTR_UNIT_OF_MEASUREMENT: "W"})
    hass.states.async_set(BATTERY["battery_soc"], str(soc))
    freezer.tick(age)
    home = await house(solar=lambda _: 3300.0)
    await home.run(60)
    assert inside.control.surplus == pytest.approx(3000 - counts, abs=150)


async def test_the_surplus_is_shown_in_steps(house: HouseFactory, inside: Inside) -> None:
    """Of size and time, also where the sensor is fast."""
    home = await house(solar=lambda second: 5000.0 + 37 * second)
    shown: list[float | None] = []
    undo = inside.control.listen(lambda: shown.append(inside.control.surplus))
    await home.run(60, step=1)
    undo()
    assert 5 <= len(shown) <= 8
    assert all(value is not None and value % 10 == 0 for value in shown)


async def test_what_a_mode_decides_is_told_once(hass: HomeAssistant, house: HouseFactory, inside: Inside) -> None:
    """For notifications: with the mode, the reason and the current."""
    told: list[tuple[str, str]] = []
    inside.point.listen_events(
        lambda event: told.append((event.type, event.data["reason"])) if event.kind == "charging_decision" else None
    )
    home = await house(solar=lambda second: 0.0 if 1200 < second < 3000 else 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(4200)
    assert told == [("paused", "waiting_surplus"), ("started", "starting")]
