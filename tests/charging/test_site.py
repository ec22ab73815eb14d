"""The modes of charging, in a closed loop: what a connector is told, and why."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, SiteConfig

from .site_plant import Car, Charger, House

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
MIN_SOLAR = ConnectorConfig(mode=ChargingMode.MIN_SOLAR)
FAST = ConnectorConfig(mode=ChargingMode.FAST)
SCHEDULED = ConnectorConfig(mode=ChargingMode.SCHEDULED)
SWITCHING = replace(SOLAR, phase_counts=(1, 3), share=0.5)


def surplus_of(charger: Charger, house: House) -> float:
    """What the sun leaves for the charger now, W."""
    return house.sun(house.now) - house.load(house.now)


# Solar


def test_solar_starts_when_there_is_sun() -> None:
    """With the current that takes the surplus, in the first minutes."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(300)
    assert charger.power == pytest.approx(surplus_of(charger, house), abs=150)
    assert house.last.reason is Reason.TRACKING


def test_solar_waits_without_sun() -> None:
    """At night nothing is written."""
    charger = Charger(SOLAR)
    house = House(charger)
    house.run(900)
    assert (charger.writes, house.last.reason) == (0, Reason.WAITING_SURPLUS)


def test_a_start_says_so() -> None:
    """The step that ends a pause is called starting."""
    charger = Charger(SOLAR)
    moments = House(charger, sun=8000).run(60)
    first = next(moment for moment in moments if moment.of("one").write)
    assert first.of("one").reason is Reason.STARTING


def test_solar_follows_the_sun() -> None:
    """More and less sun is more and less current, within a minute."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(300)
    for sun in (10000, 6000):
        house.sun = lambda _, sun=sun: float(sun)  # type: ignore[misc]  # bound now
        house.run(90)
        assert charger.power == pytest.approx(surplus_of(charger, house), abs=300)


def test_solar_pauses_when_the_sun_has_gone() -> None:
    """Not at the first cloud, and not much later."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(900)
    house.sun = lambda _: 0.0
    house.run(30)
    assert charger.limit > 0
    house.run(600)
    assert (charger.limit, house.last.reason) == (0, Reason.WAITING_SURPLUS)


def test_a_kettle_does_not_stop_charging() -> None:
    """2 kW for 90 s are held out."""
    charger = Charger(SOLAR)
    house = House(charger, sun=6500)
    house.run(900)
    house.load = lambda now: 2300.0 if 900 < now <= 990 else 300.0
    house.run(300)
    assert charger.starts == 1


def test_too_little_sun_is_held_and_called_so() -> None:
    """Below the share of sun that is wanted, but not worth a stop yet."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(900)
    house.sun = lambda _: 2000.0
    house.run(60)
    assert (charger.limit, house.last.reason) == (6, Reason.HOLDING)


def test_the_grid_allowance_counts_as_sun() -> None:
    """With 2 kW of the grid allowed, 3.6 kW of sun are enough for three phases."""
    plain, allowed = Charger(SOLAR), Charger(replace(SOLAR, grid_allowance=2000.0))
    for charger in (plain, allowed):
        House(charger, sun=3000).run(900)
    assert (plain.limit, allowed.limit > 6) == (0, True)


def test_nothing_is_written_inside_the_deadband() -> None:
    """A sun that trembles by 150 W is followed once."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(300)
    writes = charger.writes
    house.sun = lambda now: 8000.0 + 150 * (now // 10 % 2)
    house.run(1800)
    assert charger.writes <= writes + 1


@pytest.mark.parametrize("interval", [1, 10, 30])
@pytest.mark.parametrize("effect", [3, 10])
def test_a_fast_sensor_and_a_slow_charger_do_not_oscillate(interval: int, effect: int) -> None:
    """A step of the sun costs a few writes, whatever the delays are."""
    charger = Charger(SOLAR, effect=effect)
    house = House(charger, sun=6000)
    house.grid_interval = interval
    house.run(600)
    writes = charger.writes
    house.sun = lambda _: 9000.0
    house.run(600)
    assert charger.power == pytest.approx(8700, abs=200)
    assert charger.writes - writes <= 3


def test_steps_between_samples_write_nothing() -> None:
    """With a sensor every minute there are six steps for each sample, and one write at most."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.grid_interval = 60
    house.run(601)
    assert charger.writes <= 2
    assert all(moment.now % 60 == 1 for moment in house.moments if moment.of("one").write)


def test_a_mode_that_was_fast_before_is_not_called_so_between_samples() -> None:
    """The reason of another mode is not carried on."""
    charger = Charger(FAST)
    house = House(charger, sun=12000)
    house.run(305)
    charger.config = SOLAR
    moments = house.run(5)
    assert {moment.of("one").reason for moment in moments} == {Reason.HOLDING}


def test_a_limit_above_the_maximum_is_brought_down_at_once() -> None:
    """A connector that was set to 32 A by hand obeys the mode's maximum without waiting for a sample."""
    charger = Charger(replace(SOLAR, maximum=16.0), limit=32.0)
    house = House(charger, sun=20000)
    house.run(20)
    assert charger.limit == 16


def test_a_minimum_above_the_maximum_is_the_maximum() -> None:
    """Then the maximum is all there is."""
    charger = Charger(replace(SOLAR, minimum=20.0, maximum=10.0))
    moments = House(charger, sun=12000).run(600)
    assert {moment.of("one").current for moment in moments} <= {0.0, 10.0}
    assert charger.limit == 10


# Phases


def test_more_sun_is_charged_with_more_phases() -> None:
    """From one to three when one is not enough, and back; a change of phases is called so."""
    charger = Charger(SWITCHING, phases=1)
    house = House(charger, sun=2500)
    house.run(600)
    assert charger.phases == 1
    house.sun = lambda _: 9000.0
    moments = house.run(1200)
    assert charger.phases == 3
    assert Reason.SWITCHING_PHASES in {moment.of("one").reason for moment in moments}
    assert charger.power == pytest.approx(surplus_of(charger, house), abs=300)
    house.sun = lambda _: 2500.0
    house.run(3600)
    assert (charger.phases, charger.switches) == (1, 2)


def test_a_car_with_one_phase_is_charged_by_what_it_takes() -> None:
    """On three phases it was offered three times the power that it takes; seen once, its current is right."""
    charger = Charger(SOLAR, car=Car(phases=1))
    house = House(charger, sun=5000)
    house.run(300)
    house.sun = lambda _: 3300.0
    house.run(900)
    assert charger.power == pytest.approx(surplus_of(charger, house), abs=200)


def test_a_car_with_one_phase_is_not_switched_to_and_fro() -> None:
    """Its charger could use three phases, the car cannot: tried once, and back."""
    charger = Charger(SWITCHING, phases=1, car=Car(phases=1))
    House(charger, sun=9000).run(7200)
    assert charger.switches <= 2


# The other modes


def test_min_solar_never_pauses() -> None:
    """Neither at night nor between samples, and it takes the sun when there is some."""
    charger = Charger(MIN_SOLAR)
    house = House(charger)
    assert all(moment.of("one").current >= 6 for moment in house.run(900))
    assert charger.limit == 6
    house.sun = lambda _: 9000.0
    house.run(300)
    assert charger.limit > 10
    house.sun = lambda _: 0.0
    assert all(moment.of("one").current >= 6 for moment in house.run(900))


def test_min_solar_does_not_wait_for_a_sample() -> None:
    """A car that is plugged in between two samples of a slow sensor charges with the minimum at once."""
    charger = Charger(MIN_SOLAR, plugged_in=False)
    house = House(charger)
    house.grid_interval = 60
    house.run(125)
    charger.plug_in()
    house.run(10)
    assert charger.limit == 6


def test_fast_charges_at_the_maximum() -> None:
    """At once, whatever the sun does."""
    charger = Charger(FAST)
    house = House(charger)
    house.run(60)
    assert (charger.limit, charger.writes, house.last.reason) == (16, 1, Reason.FAST)


def test_fast_uses_all_phases() -> None:
    """A connector that charged with one phase is switched."""
    charger = Charger(replace(FAST, phase_counts=(1, 3)), limit=10.0, phases=1)
    House(charger).run(60)
    assert (charger.limit, charger.phases) == (16, 3)


def test_off_pauses() -> None:
    """With one write, with or without a car."""
    for plugged_in in (True, False):
        charger = Charger(replace(FAST, mode=ChargingMode.OFF), limit=16.0, plugged_in=plugged_in)
        House(charger, sun=9000).run(60)
        assert (charger.limit, charger.writes) == (0, 1)


def test_scheduled_waits_until_it_is_due() -> None:
    """Sun or no sun; then it charges at the maximum."""
    charger = Charger(SCHEDULED, limit=16.0)
    house = House(charger, sun=9000)
    house.run(60)
    assert (charger.limit, house.last.reason) == (0, Reason.SCHEDULED_WAIT)
    charger.due = True
    house.run(60)
    assert (charger.limit, house.last.reason) == (16, Reason.SCHEDULED_CHARGE)


def test_solar_that_is_due_charges_without_sun() -> None:
    """A plan for the morning goes before the sun."""
    charger = Charger(SOLAR, due=True)
    house = House(charger)
    house.run(60)
    assert (charger.limit, house.last.reason) == (16, Reason.SCHEDULED_CHARGE)
    charger.due = False
    house.run(900)
    assert charger.limit == 0


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.FAST, ChargingMode.MIN_SOLAR])
def test_the_energy_limit_ends_charging(mode: ChargingMode) -> None:
    """2 kWh, then a pause until the next car."""
    charger = Charger(ConnectorConfig(mode=mode, energy_limit=2.0))
    house = House(charger, sun=12000)
    house.run(1800)
    assert charger.energy == pytest.approx(2, abs=0.1)
    assert (charger.limit, house.last.reason) == (0, Reason.ENERGY_REACHED)


def test_an_energy_limit_of_zero_is_none() -> None:
    """As the user sees it: 0 means no limit."""
    charger = Charger(replace(FAST, energy_limit=0.0))
    House(charger).run(60)
    assert charger.limit == 16


def test_a_manual_charger_is_left_alone() -> None:
    """Whatever is in force, whoever set it."""
    charger = Charger(ConnectorConfig(), limit=13.0)
    house = House(charger, sun=9000)
    house.run(300)
    assert (charger.writes, house.last.reason, house.last.current) == (0, Reason.MANUAL, 13)


def test_a_limit_set_by_hand_is_put_in_force() -> None:
    """As after a mode that had another."""
    charger = Charger(ConnectorConfig(manual_limit=10.0), limit=16.0)
    House(charger).run(30)
    assert (charger.limit, charger.writes) == (10, 1)


def test_without_a_car_nothing_is_written() -> None:
    """And the reason says so."""
    charger = Charger(FAST, plugged_in=False)
    house = House(charger, sun=9000)
    house.run(300)
    assert (charger.writes, house.last.reason) == (0, Reason.NOT_PLUGGED_IN)


def test_the_next_car_begins_anew() -> None:
    """What was learned of one car is forgotten when it leaves."""
    charger = Charger(SOLAR, car=Car(offset=2.0))
    house = House(charger, sun=9000)
    house.run(300)
    assert house.state.connectors["one"].offset == pytest.approx(2)
    charger.unplug()
    house.run(20)
    assert house.state.connectors["one"].offset == pytest.approx(0.3)
    assert house.state.connectors["one"].offered_since is None


def test_a_refused_limit_says_so() -> None:
    """The reason is the refusal; it is for others to try again."""
    charger = Charger(FAST, refuses=True)
    house = House(charger)
    house.run(30)
    assert (house.last.reason, charger.limit) == (Reason.LIMIT_REJECTED, 0)


# Several


def test_what_one_car_cannot_take_with_its_phases_is_for_another() -> None:
    """The first could take three times as much once it switches; until then an even share would leave sun over."""
    one = Charger(SWITCHING, "one", car=Car(phases=1), car_phases=1, phases=1)
    two = Charger(SOLAR, "two")
    House(one, two, sun=10_600).run(1800)
    assert one.power == pytest.approx(3600, abs=200)
    assert two.power == pytest.approx(6700, abs=400)


def test_the_sun_is_shared_fairly() -> None:
    """Two chargers of the same priority, sun enough for both: half each."""
    one, two = Charger(SOLAR, "one"), Charger(SOLAR, "two")
    House(one, two, sun=12300).run(1800)
    assert one.power + two.power == pytest.approx(12000, abs=500)
    assert one.power == pytest.approx(two.power, abs=700)


def test_the_higher_priority_has_the_sun_first() -> None:
    """The other one waits for its turn, and says so."""
    low, high = Charger(replace(SOLAR, priority=1), "low"), Charger(replace(SOLAR, priority=9), "high")
    house = House(low, high, sun=7300)
    house.run(1800)
    assert high.power == pytest.approx(7000, abs=400)
    assert low.power == 0
    assert house.last.reason is Reason.WAITING_TURN


def test_who_has_less_takes_its_turn() -> None:
    """Sun for one of two: after a quarter of an hour the other one charges."""
    one, two = Charger(SOLAR, "one"), Charger(SOLAR, "two")
    House(one, two, sun=5300).run(7200)
    assert one.energy > 2
    assert two.energy > 2


def test_what_others_take_is_not_sun() -> None:
    """A fast charger and one that follows the sun: the second has what the first leaves."""
    fast, solar = Charger(FAST, "fast"), Charger(SOLAR, "solar")
    House(fast, solar, sun=17000).run(900)
    assert solar.power == pytest.approx(17000 - 300 - fast.power, abs=300)


# The battery


@pytest.mark.parametrize(("soc", "charges"), [(40.0, False), (60.0, True), (None, True)])
def test_the_battery_goes_first_until_it_is_full_enough(soc: float | None, charges: bool) -> None:
    """5 kW go into it: they are the car's above its priority SoC, or where nobody knows it."""
    charger = Charger(SOLAR)
    house = House(charger, config=SiteConfig(priority_soc=50.0), sun=5300)
    house.battery, house.battery_soc = -5000.0, soc
    house.run(60)
    assert (charger.limit > 0) is charges


def test_the_battery_does_not_charge_the_car() -> None:
    """What it gives is no sun: grid power near zero, and no surplus."""
    charger = Charger(SOLAR)
    house = House(charger, config=SiteConfig(priority_soc=50.0), load=5000)
    house.battery, house.battery_soc = 5000.0, 90.0
    house.run(600)
    assert charger.limit == 0
    assert house.moments[-1].site.surplus == pytest.approx(-5000)
