"""The fuse, the circuit of the chargers and the grid operator's dimmer, in a closed loop and in every mode."""

from dataclasses import replace
import math

import pytest

from custom_components.ocpp_csms.charging.fuse import FuseConfig, PhaseCurrents
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, SiteConfig
from custom_components.ocpp_csms.charging.site import SiteState

from .site_plant import Car, Charger, House

FAST = ConnectorConfig(mode=ChargingMode.FAST)
SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
MANUAL = ConnectorConfig()
FUSE = SiteConfig(fuse=FuseConfig(rating=25), fuse_power=17250.0)  # 24 A with its margin
CIRCUIT = SiteConfig(fuse=FuseConfig(rating=math.inf, circuit=20.0))
IDLE: PhaseCurrents = (2.0, 2.0, 2.0)


def house_with(*cars: Charger, currents: PhaseCurrents = IDLE, config: SiteConfig = FUSE, sun: float = 0) -> House:
    """Return a house with sensors of its phases."""
    house = House(*cars, config=config, sun=sun)
    house.currents = lambda _: currents
    return house


def change(house: House, currents: PhaseCurrents) -> None:
    """Let the house take other currents from now on."""
    house.currents = lambda _: currents


# Down


@pytest.mark.parametrize(
    ("mode", "sun"),
    [
        (ChargingMode.FAST, 0.0),
        (ChargingMode.SOLAR, 15000.0),
        (ChargingMode.MIN_SOLAR, 15000.0),
        (ChargingMode.MANUAL, 0.0),
    ],
)
def test_the_limit_falls_at_the_first_sample_above(mode: ChargingMode, sun: float) -> None:
    """In every mode: with 14 A of the house on one phase, 10 A are left."""
    charger = Charger(ConnectorConfig(mode=mode), limit=16.0)
    house = house_with(charger, sun=sun)
    house.run(400)
    assert charger.limit == 16
    change(house, (14, 2, 2))
    moments = house.run(10)
    first = next(moment for moment in moments if moment.of("one").fuse_limited)
    assert first.now % 10 == 1
    assert first.of("one").write
    assert (charger.limit, house.last.reason) == (10, Reason.LIMITED_FUSE)


def test_the_cap_is_what_the_worst_phase_leaves() -> None:
    """The phases of the others do not matter."""
    charger = Charger(FAST, limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, (2, 8.5, 12.55))
    house.run(20)
    assert charger.limit == pytest.approx(11.4)  # in steps of 0.1 A, never above


def test_whole_amperes_are_rounded_down() -> None:
    """A charger that takes whole amperes is told the whole ones below the cap, once."""
    charger = Charger(replace(FAST, step=1.0), limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, (12.3, 2, 2))
    house.run(50)
    assert (charger.limit, charger.writes) == (11, 1)


def test_less_than_a_car_can_charge_with_is_a_pause() -> None:
    """Below 6 A, in every mode; the user's own minimum counts in the modes but not by hand."""
    charger = Charger(FAST, limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, (19, 2, 2))
    house.run(20)
    assert (charger.limit, house.last.reason) == (0, Reason.PAUSED_FUSE)


@pytest.mark.parametrize(("mode", "limit"), [(ChargingMode.FAST, 0), (ChargingMode.MANUAL, 8)])
def test_the_minimum_of_the_user_is_one_of_the_modes(mode: ChargingMode, limit: float) -> None:
    """With 8 A left and a minimum of 10 A a mode pauses; what is set by hand is only made less."""
    charger = Charger(ConnectorConfig(mode=mode, minimum=10.0), limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, (16, 2, 2))
    house.run(20)
    assert charger.limit == limit


def test_what_is_a_little_too_much_is_left_alone() -> None:
    """A cap 0.1 A below the limit is worth no write."""
    charger = Charger(FAST, limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, (8.1, 2, 2))
    house.run(100)
    assert charger.writes == 0


# Up


@pytest.mark.parametrize(("currents", "after"), [((14, 2, 2), 60), ((20, 2, 2), 120)])
def test_the_limit_rises_late(currents: PhaseCurrents, after: int) -> None:
    """After 60 s of headroom, 120 s after a pause."""
    charger = Charger(FAST, limit=16.0)
    house = house_with(charger)
    house.run(200)
    change(house, currents)
    house.run(100)
    low = charger.limit
    change(house, IDLE)
    house.run(after)
    assert charger.limit == low
    house.run(20)
    assert charger.limit == 16


def test_a_trembling_house_is_not_written_after() -> None:
    """Headroom that moves by 0.3 A costs a write or two, not one for each sample."""
    charger = Charger(FAST, limit=16.0)
    house = house_with(charger)
    house.currents = lambda now: (12.0 + 0.3 * (now // 10 % 2), 2.0, 2.0)
    house.run(1800)
    assert charger.writes <= 2


def test_a_manual_charger_gets_back_its_limit() -> None:
    """The one that the user has set."""
    charger = Charger(replace(MANUAL, manual_limit=13.0), limit=13.0)
    house = house_with(charger, currents=(15, 2, 2))
    house.run(60)
    assert charger.limit == 9
    change(house, IDLE)
    house.run(120)
    assert (charger.limit, house.last.reason) == (13, Reason.MANUAL)


@pytest.mark.parametrize("currents", [(15, 2, 2), (22, 2, 2)])
def test_a_manual_charger_gets_back_what_held_before(currents: PhaseCurrents) -> None:
    """Where the user has set nothing, and then it is left alone again."""
    charger = Charger(MANUAL, limit=14.0)
    house = house_with(charger, currents=currents)
    house.run(60)
    assert charger.limit in {0, 9}
    change(house, IDLE)
    house.run(200)
    assert (charger.limit, charger.writes) == (14, 2)
    assert house.state.connectors["one"].held_back is None


def test_a_manual_limit_of_nothing_stays_a_pause() -> None:
    """The user has paused."""
    charger = Charger(replace(MANUAL, manual_limit=0.0), limit=0.0)
    house = house_with(charger)
    house.run(300)
    assert (charger.writes, house.last.reason) == (0, Reason.MANUAL)


@pytest.mark.parametrize("online", [True, False])
def test_what_was_held_back_outlives_a_restart(online: bool) -> None:
    """It is told with each decision, and taken from the configuration where nothing is remembered."""
    charger = Charger(MANUAL, limit=14.0)
    house = house_with(charger, currents=(15, 2, 2))
    house.run(60)
    assert (charger.limit, house.last.held_back) == (9, 14)
    house.state, charger.online = SiteState(), online
    charger.config = replace(MANUAL, held_back=house.last.held_back)
    change(house, IDLE)
    house.run(60)
    charger.online = True
    moments = house.run(200)
    assert (charger.limit, house.last.held_back) == (14, None)
    assert moments[-1].of("one").reason is Reason.MANUAL


def test_what_was_held_back_is_kept_while_nobody_knows_what_is_in_force() -> None:
    """The limit of a charger that is offline may be a guess."""
    charger = Charger(replace(MANUAL, held_back=14.0), limit=14.0, online=False)
    house = House(charger)
    house.run(60)
    assert house.last.held_back == 14
    charger.limit, charger.online = 9.0, True
    house.run(60)
    assert charger.limit == 14


def test_an_unplugged_manual_charger_is_no_matter_of_the_fuse() -> None:
    """Nothing flows: no write, no reason of the fuse."""
    charger = Charger(MANUAL, limit=16.0, plugged_in=False)
    house = house_with(charger, currents=(23, 23, 23))
    house.run(100)
    assert (charger.writes, house.last.reason, house.last.fuse_limited) == (0, Reason.MANUAL, False)


def test_what_was_held_back_is_forgotten_with_the_mode() -> None:
    """By hand again, what is in force is left alone."""
    charger = Charger(MANUAL, limit=16.0)
    house = house_with(charger, currents=(15, 2, 2))
    house.run(60)
    charger.config = replace(SOLAR, maximum=8.0)
    house.run(20)
    charger.config = MANUAL
    change(house, IDLE)
    house.run(200)
    assert charger.limit < 10


def test_more_than_the_maximum_of_a_mode_is_given_back_too() -> None:
    """32 A by hand are 32 A again."""
    charger = Charger(MANUAL, limit=32.0)
    config = SiteConfig(fuse=FuseConfig(rating=50))
    house = house_with(charger, currents=(40, 2, 2), config=config)
    house.run(60)
    assert charger.limit == 9
    change(house, IDLE)
    house.run(200)
    assert charger.limit == 32


# The sun under a fuse


def test_a_change_of_phases_is_no_surprise_to_the_fuse() -> None:
    """The car ramps for a while: what its meter does not show yet is not taken for the house's."""
    charger = Charger(replace(SOLAR, phase_counts=(1, 3), share=0.5), phases=1)
    house = house_with(charger, sun=3000, currents=(5, 2, 2))
    house.run(600)
    house.sun = lambda _: 12000.0
    moments = house.run(1200)
    assert charger.phases == 3
    assert not any(moment.of("one").fuse_limited for moment in moments)


def test_the_sun_of_one_whose_phase_is_full_is_the_other_one_s() -> None:
    """It could not take it."""
    one_phase = replace(SOLAR, phase_counts=(1,))
    first = Charger(replace(one_phase, grid_phases=(0,), priority=9), "first", phases=1)
    second = Charger(replace(one_phase, grid_phases=(1,)), "second", phases=1)
    house_with(first, second, currents=(22, 2, 2), sun=2500).run(600)
    assert (first.limit, second.limit > 6) == (0, True)


def test_what_the_sun_will_hardly_bring_is_left_to_others() -> None:
    """At 6 A it may be 10 A soon: of 24 A a fast charger gets what is left then."""
    solar, fast = Charger(SOLAR, "solar"), Charger(FAST, "fast")
    house = House(solar, fast, config=SiteConfig(fuse=FuseConfig(rating=math.inf, circuit=24.0)))
    house.sun = lambda _: 4500.0 + fast.power  # 4.2 kW are left for the other
    house.run(900)
    assert 6 <= solar.limit < 7
    assert fast.limit == pytest.approx(24 - 4 - solar.limit)


def test_the_fuse_does_not_slow_the_sun() -> None:
    """With headroom enough a jump of the sun is followed in one write, as without a fuse."""
    charger = Charger(SOLAR)
    house = house_with(charger, sun=5000)
    house.run(400)
    writes = charger.writes
    house.sun = lambda _: 12000.0
    house.run(60)
    assert (charger.limit, charger.writes - writes) == (16, 1)
    assert not any(moment.of("one").fuse_limited for moment in house.moments if moment.now > 100)


def test_a_law_that_wants_more_is_called_limited_all_the_time() -> None:
    """Also between samples, and while it has just not asked."""
    charger = Charger(SOLAR)
    house = house_with(charger, currents=(14, 2, 2), sun=12000)
    house.run(400)
    moments = house.run(200)
    assert {moment.of("one").reason for moment in moments} == {Reason.LIMITED_FUSE}
    assert charger.limit == 10


def test_more_phases_are_not_taken_where_there_is_no_room() -> None:
    """The sun is enough for three phases, the second one is full: one phase goes on."""
    charger = Charger(replace(SOLAR, phase_counts=(1, 3), share=0.5), phases=1)
    house = house_with(charger, currents=(2, 20, 2), sun=9000)
    moments = house.run(2400)
    assert (charger.phases, charger.limit) == (1, 16)
    assert all(max(moment.currents) <= 24 for moment in moments)


def test_fast_takes_one_phase_where_three_do_not_fit() -> None:
    """Better than none."""
    charger = Charger(replace(FAST, phase_counts=(1, 3)), phases=1)
    house_with(charger, currents=(2, 20, 2)).run(300)
    assert (charger.phases, charger.limit) == (1, 16)


def test_a_car_with_one_phase_does_not_care_for_the_others() -> None:
    """Its meter says which it uses; the second phase is full."""
    charger = Charger(FAST, limit=16.0, car=Car(phases=1), written_at=0.0)
    house = house_with(charger)
    house.run(15)
    change(house, (2, 24, 24))
    moments = house.run(200)
    assert all(moment.of("one").current == 16 for moment in moments)


# Several


def test_two_chargers_share_the_circuit() -> None:
    """20 A for both: 10 A each; there is no main fuse to watch, and no sensor."""
    one, two = Charger(FAST, "one"), Charger(FAST, "two")
    moments = House(one, two, config=CIRCUIT).run(600)
    assert (one.limit, two.limit) == (10, 10)
    assert all(sum(moment.limits.values()) <= 20 for moment in moments)


def test_a_new_car_makes_the_other_shrink_first() -> None:
    """The limits together are never more than the circuit bears."""
    one, two = Charger(FAST, "one"), Charger(FAST, "two", plugged_in=False)
    house = House(one, two, config=CIRCUIT)
    house.run(200)
    assert one.limit == 16
    two.plug_in()
    moments = house.run(300)
    assert all(sum(moment.limits.values()) <= 20 for moment in moments)
    assert (one.limit, two.limit) == (10, 10)


def test_an_idle_car_leaves_its_share_and_keeps_its_limit_if_nobody_wants_it() -> None:
    """The other one gets all that it can use; alone, nothing is written."""
    one, two = Charger(FAST, "one", car=Car(full=True)), Charger(FAST, "two")
    house = House(one, two, config=CIRCUIT)
    house.run(600)
    assert (one.limit, two.limit) == (0, 16)
    alone = Charger(FAST, limit=16.0)
    house = House(alone, config=CIRCUIT)
    house.run(60)
    alone.car.full = True
    house.run(600)
    assert (alone.limit, alone.writes) == (16, 0)


def test_an_idle_car_is_offered_no_more_than_before() -> None:
    """There is room again, but it takes nothing: no write."""
    idle, other = Charger(FAST, "idle", limit=10.0), Charger(FAST, "other", limit=10.0)
    house = House(idle, other, config=CIRCUIT)
    house.run(100)
    idle.car.full = True
    house.run(60)
    other.unplug()
    house.run(55)
    writes, limit = idle.writes, idle.limit
    house.run(600)
    assert (idle.writes, idle.limit) == (writes, limit)
    assert limit == 10


def test_a_charger_that_waits_for_its_time_leaves_the_fuse_to_others() -> None:
    """Off, not due, or with all the energy it may have."""
    for config in (
        replace(FAST, mode=ChargingMode.OFF),
        replace(FAST, mode=ChargingMode.SCHEDULED),
        replace(FAST, energy_limit=0.001),
    ):
        waiting, other = Charger(config, "waiting"), Charger(FAST, "other")
        waiting.energy = 1.0
        House(waiting, other, config=CIRCUIT).run(300)
        assert other.limit == 16


def test_three_chargers_where_two_fit_take_turns() -> None:
    """18 A are three times 6 A, 16 A are not: all of them charge in an hour."""
    chargers = [Charger(FAST, key) for key in ("one", "two", "three")]
    house = House(*chargers, config=SiteConfig(fuse=FuseConfig(rating=math.inf, circuit=16.0)))
    moments = house.run(4800)
    assert all(charger.energy > 1 for charger in chargers)
    assert all(sum(moment.limits.values()) <= 16.001 for moment in moments)


def test_a_charger_that_is_offline_is_not_written_to() -> None:
    """Whatever the fuse asks."""
    charger = Charger(FAST, limit=16.0, online=False)
    house = house_with(charger, currents=(20, 2, 2))
    house.run(100)
    assert charger.writes == 0


@pytest.mark.parametrize(("limit", "left"), [(16.0, 0.0), (0.0, 14.0)])
def test_the_budget_counts_a_charger_that_is_offline(limit: float, left: float) -> None:
    """With its limit, or with the 6 A that it falls back to by itself."""
    lost, other = Charger(FAST, "lost", limit=limit, online=False), Charger(FAST, "other")
    House(lost, other, config=CIRCUIT).run(300)
    assert other.limit == left


@pytest.mark.parametrize(("fallback", "left"), [(6.0, 14.0), (0.0, 16.0), (12.0, 8.0), (None, 10.0)])
def test_a_charger_that_is_alone_for_long_has_fallen_back(fallback: float | None, left: float) -> None:
    """A quarter of an hour after it was last heard of its limit ends; one without a fallback keeps it."""
    lost = Charger(replace(FAST, maximum=10.0, fallback=fallback), "lost", limit=10.0)
    other = Charger(FAST, "other")
    house = House(lost, other, config=CIRCUIT)
    house.run(1800)
    lost.online = False
    house.run(890)
    assert other.limit == min(10.0, left)
    house.run(200)
    assert other.limit == left


def test_what_a_charger_no_longer_takes_after_its_fallback_is_not_free_twice() -> None:
    """Its last meter value is an old one: the house did not become smaller."""
    lost, other = Charger(FAST, "lost", limit=9.0), Charger(FAST, "other")
    house = house_with(lost, other, currents=(6, 6, 6))
    house.run(600)
    lost.online = False
    house.run(880)
    assert other.limit == 9
    lost.car.offset = 3.0  # it takes what it falls back to
    moments = house.run(900)
    assert other.limit == pytest.approx(12, abs=0.4)
    assert max(max(moment.currents) for moment in moments) <= 24


def test_the_budget_counts_a_limit_that_is_refused() -> None:
    """It stays in force, so the other one has to be content with the rest."""
    stubborn, other = Charger(FAST, "stubborn", limit=12.0, refuses=True), Charger(FAST, "other")
    House(stubborn, other, config=CIRCUIT).run(300)
    assert (stubborn.limit, other.limit) == (12, 8)


# The dimmer


def test_dimmed_three_phases_charge_with_a_little_more_than_six_ampere() -> None:
    """4.2 kW are 6.08 A; when it is over, all comes back."""
    charger = Charger(FAST, limit=16.0)
    house = House(charger)
    house.dimmed = True
    house.run(20)
    assert (charger.limit, charger.phases, house.last.reason) == (6.0, 3, Reason.DIMMED)
    house.dimmed = False
    house.run(20)
    assert charger.limit == 16


def test_dimmed_to_less_it_falls_to_one_phase() -> None:
    """4 kW are less than 6 A on three phases; a charger that cannot switch pauses."""
    config = SiteConfig(dimmed_power=4000.0)
    switching, fixed = Charger(replace(FAST, phase_counts=(1, 3)), limit=16.0), Charger(FAST, limit=16.0)
    for charger in (switching, fixed):
        house = House(charger, config=config)
        house.dimmed = True
        house.run(60)
    assert (switching.limit, switching.phases, switching.power <= 4000) == (16, 1, True)
    assert fixed.limit == 0


def test_dimmed_a_weak_wish_is_left_alone() -> None:
    """What is less than allowed needs no dimming."""
    charger = Charger(replace(FAST, maximum=6.0), limit=6.0)
    house = House(charger)
    house.dimmed = True
    house.run(60)
    assert (charger.writes, house.last.reason) == (0, Reason.FAST)


def test_dimmed_by_hand_gets_back_what_held_before() -> None:
    """A manual charger is dimmed like all others."""
    charger = Charger(MANUAL, limit=16.0)
    house = House(charger)
    house.dimmed = True
    house.run(60)
    assert charger.limit == 6
    house.dimmed = False
    house.run(60)
    assert (charger.limit, charger.writes) == (16, 2)


def test_dimmed_a_pulse_that_wakes_is_dimmed_too() -> None:
    """No attempt goes beyond what the grid operator allows."""
    charger = Charger(FAST, limit=16.0, car=Car(asleep=True))
    house = House(charger)
    house.dimmed = True
    house.run(20)
    assert all(moment.of("one").current <= 6.1 for moment in house.run(600))


def test_the_headroom_is_told() -> None:
    """What may flow in addition on each phase."""
    house = house_with(Charger(FAST, plugged_in=False), currents=(5, 10, 24))
    assert house.run(20)[-1].site.headroom == (19, 14, 0)
