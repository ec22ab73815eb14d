"""Sharing fuse and sun: strict between classes, fair within, in turn when it is not enough for all."""

from dataclasses import replace
import math
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.allocation import PhaseClaim, SolarClaim, allocate, share_surplus

NOW = 10_000.0
LONG_AGO = NOW - 3600
JUST_NOW = NOW - 60
ONE_PHASE = SolarClaim(key="a", priority=5, minimum=1380, maximum=3680)


def car(key: str, **fields: float | bool | tuple[int, ...] | None) -> PhaseClaim:
    """A car on three phases that takes 6 to 16 A."""
    return replace(PhaseClaim(key=key, priority=5, minimum=6, maximum=16), **fields)  # type: ignore[arg-type] # they fit


def solar(key: str, **fields: float | bool | None) -> SolarClaim:
    """A car on one phase that takes 1380 to 3680 W."""
    return replace(ONE_PHASE, key=key, **fields)  # type: ignore[arg-type] # values fit their fields


def share(headroom: float, *claims: PhaseClaim) -> dict[str, float]:
    """What each gets of the same headroom on three phases, to a milliampere."""
    return {key: round(value, 3) for key, value in allocate((headroom,) * 3, claims, NOW).items()}


def seen(surplus: float, *claims: SolarClaim) -> dict[str, float]:
    """What each sees of the surplus, to a mW."""
    return {key: round(value, 3) for key, value in share_surplus(surplus, claims, NOW).items()}


# The fuse


@pytest.mark.parametrize(("headroom", "current"), [(-5, 0), (5.9, 0), (6, 6), (11.5, 11.5), (40, 16), (math.inf, 16)])
def test_one_car_gets_what_is_there_within_its_limits(headroom: float, current: float) -> None:
    """Or nothing."""
    assert share(headroom, car("a")) == {"a": current}


def test_nobody_gets_nothing() -> None:
    """There may be no car."""
    assert share(20) == {}


def test_cars_of_the_same_class_share_alike() -> None:
    """Each gets half."""
    assert share(20, car("a"), car("b")) == {"a": 10, "b": 10}


def test_what_one_cannot_use_goes_to_the_others() -> None:
    """A car with a maximum of 8 A leaves the rest."""
    assert share(21, car("a", maximum=8), car("b")) == {"a": 8, "b": 13}


def test_a_higher_class_takes_all_it_can_first() -> None:
    """The lower one gets the rest if that is enough for it."""
    assert share(24, car("a", priority=1), car("b", priority=10)) == {"a": 8, "b": 16}
    assert share(20, car("a", priority=1), car("b", priority=10)) == {"a": 0, "b": 16}


def test_a_car_on_one_phase_does_not_burden_the_others() -> None:
    """A full L2 concerns only who uses L2."""
    result = allocate((16, 7, 16), [car("a", phases=(0,)), car("b", phases=(1,)), car("c", phases=(2,))], NOW)
    assert result == {"a": 16, "b": 7, "c": 16}


def test_a_shared_phase_stops_those_on_it_and_the_others_rise_on() -> None:
    """Cars a and b share L1; c has L2 and L3 for itself."""
    result = allocate((14, 30, 30), [car("a", phases=(0,)), car("b", phases=(0, 1)), car("c", phases=(2,))], NOW)
    assert result == {"a": 7, "b": 7, "c": 16}


def test_if_not_all_fit_the_least_energy_of_the_session_is_served() -> None:
    """13 A are enough for two of three."""
    result = share(13, car("a", session_energy=9), car("b", session_energy=1), car("c", session_energy=4))
    assert result == {"a": 0, "b": 6.5, "c": 6.5}


def test_one_that_is_served_keeps_its_turn() -> None:
    """Another that has less energy waits for a quarter of an hour."""
    served, waiting = car("a", session_energy=9, served_since=NOW - 899), car("b")
    assert share(11, served, waiting) == {"a": 11, "b": 0}
    assert share(11, replace(served, served_since=NOW - 900), waiting) == {"a": 0, "b": 11}


def test_a_car_that_fits_beside_the_first_is_served_though_another_waits() -> None:
    """Car b waits for L1; c needs L3 only."""
    cars = [
        car("a", phases=(0,)),
        car("b", phases=(0, 1, 2), session_energy=1),
        car("c", phases=(2,), session_energy=2),
    ]
    assert allocate((8, 20, 20), cars, NOW) == {"a": 8, "b": 0, "c": 16}


def test_for_a_newly_plugged_car_the_others_shrink() -> None:
    """It has not been served yet, and has its share."""
    assert share(20, car("a", served_since=JUST_NOW), car("b")) == {"a": 10, "b": 10}


def test_an_idle_car_gets_its_minimum_of_what_is_left() -> None:
    """No more, however much there is."""
    assert share(30, car("a"), car("b", active=False)) == {"a": 16, "b": 6}


def test_an_idle_car_gets_nothing_that_an_active_one_can_use() -> None:
    """Even if its class is higher."""
    assert share(20, car("a", priority=1), car("b", priority=10, active=False)) == {"a": 16, "b": 0}


def test_a_claim_that_contradicts_itself_gets_nothing() -> None:
    """A minimum above the maximum cannot be served."""
    assert share(30, car("a", minimum=10, maximum=6), car("b", active=False, minimum=10, maximum=6)) == {"a": 0, "b": 0}


phase_sets = st.sampled_from([(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
phase_claims = st.builds(
    PhaseClaim,
    key=st.sampled_from("abcdefgh"),
    priority=st.integers(1, 3),
    minimum=st.sampled_from([6.0, 8.0, 13.0]),
    maximum=st.floats(6, 32),
    active=st.booleans(),
    session_energy=st.floats(0, 50),
    served_since=st.none() | st.floats(NOW - 2000, NOW),
    phases=phase_sets,
)
many_phase_claims = st.lists(phase_claims, max_size=6, unique_by=lambda claim: claim.key)
headrooms = st.tuples(*[st.floats(-30, 100)] * 3)


@given(headrooms, many_phase_claims)
def test_no_phase_is_given_away_twice(headroom: tuple[float, float, float], claims: list[PhaseClaim]) -> None:
    """The sum on each phase is the headroom or less."""
    shares = allocate(headroom, claims, NOW)
    for phase in range(3):
        assert sum(shares[claim.key] for claim in claims if phase in claim.phases) <= max(0, headroom[phase]) + 1e-6


@given(headrooms, many_phase_claims)
def test_each_gets_nothing_or_what_it_can_charge_with(
    headroom: tuple[float, float, float], claims: list[PhaseClaim]
) -> None:
    """Never less than its minimum, never more than its maximum."""
    shares = allocate(headroom, claims, NOW)
    assert all(shares[claim.key] == 0 or claim.minimum <= shares[claim.key] <= claim.maximum for claim in claims)


@given(headrooms, many_phase_claims, st.randoms(use_true_random=False))
def test_the_order_of_the_claims_does_not_matter(
    headroom: tuple[float, float, float], claims: list[PhaseClaim], random: Random
) -> None:
    """Not even for the last digit."""
    shuffled = list(claims)
    random.shuffle(shuffled)
    assert allocate(headroom, claims, NOW) == allocate(headroom, shuffled, NOW)


@given(headrooms, many_phase_claims)
def test_a_lower_class_takes_nothing_from_a_higher_one(
    headroom: tuple[float, float, float], claims: list[PhaseClaim]
) -> None:
    """Without the lower classes the highest gets the very same."""
    active = [claim for claim in claims if claim.active]
    highest = [claim for claim in active if claim.priority == max(claim.priority for claim in active)]
    shares = allocate(headroom, claims, NOW)
    assert all(shares[key] == value for key, value in allocate(headroom, highest, NOW).items())


@given(headrooms, many_phase_claims)
def test_nothing_is_left_that_a_served_car_could_use(
    headroom: tuple[float, float, float], claims: list[PhaseClaim]
) -> None:
    """Each served one is at its maximum or has a phase that is used up."""
    shares = allocate(headroom, claims, NOW)
    left = [headroom[phase] - sum(shares[claim.key] for claim in claims if phase in claim.phases) for phase in range(3)]
    for claim in claims:
        if claim.active and shares[claim.key]:
            assert shares[claim.key] >= claim.maximum - 1e-6 or min(left[phase] for phase in claim.phases) < 1e-6


@given(st.floats(-10, 60), st.floats(0, 20), phase_claims)
def test_more_headroom_never_gives_a_single_car_less(headroom: float, more: float, claim: PhaseClaim) -> None:
    """It is monotone."""
    less, greater = (allocate((amount,) * 3, [claim], NOW)[claim.key] for amount in (headroom, headroom + more))
    assert less <= greater


# The sun


@pytest.mark.parametrize("surplus", [-2000, 0, 500, 2000, 9000])
def test_a_single_claim_sees_all_of_the_surplus(surplus: float) -> None:
    """Its law weighs what lacks, and what is too much."""
    assert seen(surplus, solar("a")) == {"a": surplus}


def test_a_surplus_for_all_is_shared() -> None:
    """Alike above the minima."""
    assert seen(4000, solar("a"), solar("b")) == {"a": 2000, "b": 2000}


def test_a_small_and_a_large_minimum_share_what_is_above() -> None:
    """A car on three phases has its 4140 W first."""
    assert seen(6520, solar("a"), solar("b", minimum=4140, maximum=11040)) == {"a": 1880, "b": 4640}


def test_a_surplus_not_enough_for_all_is_for_those_in_turn() -> None:
    """The first takes what it can; the next sees what it leaves."""
    assert seen(2000, solar("a"), solar("b", session_energy=5)) == {"a": 2000, "b": 0}
    assert seen(2500, solar("a", maximum=1500), solar("b", session_energy=5)) == {"a": 1500, "b": 1000}


def test_a_surplus_not_enough_for_one_is_seen_by_the_first_in_line() -> None:
    """So its law can weigh how much of it would be sun."""
    assert seen(1000, solar("a", session_energy=5), solar("b")) == {"a": 0, "b": 1000}


def test_one_that_charges_by_the_sun_keeps_its_turn() -> None:
    """For a quarter of an hour."""
    assert seen(2000, solar("a", session_energy=5, served_since=JUST_NOW), solar("b")) == {"a": 2000, "b": 0}
    assert seen(2000, solar("a", session_energy=5, served_since=LONG_AGO), solar("b")) == {"a": 0, "b": 2000}


def test_what_the_next_in_line_still_takes_is_not_shown_to_the_first() -> None:
    """Both charge and a cloud comes: the first must not take what the second has not given up yet."""
    both = solar("a", taking=1500), solar("b", taking=1380, session_energy=5)
    assert seen(2700, *both) == {"a": 1380, "b": 1320}
    assert seen(2000, *both) == {"a": 1380, "b": 620}


def test_the_highest_class_sees_the_surplus_first() -> None:
    """What is left after its maximum is for the next."""
    assert seen(5000, solar("a", priority=1), solar("b", priority=9)) == {"a": 1320, "b": 3680}
    assert seen(3000, solar("a", priority=1), solar("b", priority=9)) == {"a": 0, "b": 3000}


def test_an_idle_car_sees_what_the_others_leave() -> None:
    """Though its class be higher."""
    assert seen(5000, solar("a"), solar("b", priority=9, active=False)) == {"a": 3680, "b": 1320}


def test_a_negative_surplus_is_seen_by_the_last_that_charges() -> None:
    """The lowest class gives up first; nobody has any sun."""
    cars = solar("a", priority=9, taking=2000), solar("b", priority=5, taking=1380), solar("c", priority=1)
    assert seen(-500, *cars) == {"a": 0, "b": -500, "c": 0}


def test_a_negative_surplus_while_nobody_charges_is_seen_by_the_first_in_line() -> None:
    """It is not lost."""
    assert seen(-500, solar("a"), solar("b", priority=9)) == {"a": 0, "b": -500}


def test_what_is_taken_anyhow_is_set_aside_first() -> None:
    """A car that charges at its minimum in any case has 1380 W of the sun; the other one would charge with 620 W of it."""
    assert seen(2000, solar("a"), solar("b", pausable=False)) == {"a": 620, "b": 1380}
    assert seen(5760, solar("a"), solar("b", pausable=False)) == {"a": 2880, "b": 2880}


def test_if_less_is_there_than_is_taken_anyhow_nothing_is_left_for_others() -> None:
    """The car that pauses sees that it has no sun."""
    assert seen(1000, solar("a", taking=1380), solar("b", pausable=False, taking=1380)) == {"a": -380, "b": 1380}
    assert seen(1000, solar("b", pausable=False, taking=1380), solar("c", pausable=False, taking=1500)) == {
        "b": 1380,
        "c": -380,
    }


def test_a_claim_that_contradicts_itself_sees_nothing() -> None:
    """The other one sees all of it."""
    assert seen(2000, solar("a", maximum=1000), solar("b")) == {"a": 0, "b": 2000}
    assert seen(-100, solar("a", maximum=1000), solar("b", maximum=1000)) == {"a": 0, "b": 0}


solar_claims = st.lists(
    st.builds(
        SolarClaim,
        key=st.sampled_from("abcdefgh"),
        priority=st.integers(1, 3),
        minimum=st.sampled_from([1380.0, 4140.0]),
        maximum=st.floats(1380, 11040),
        active=st.booleans(),
        session_energy=st.floats(0, 50),
        served_since=st.none() | st.floats(NOW - 2000, NOW),
        taking=st.floats(0, 11040),
        pausable=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda claim: claim.key,
)


@given(st.floats(-20_000, 60_000), solar_claims)
def test_no_sun_is_shown_twice(surplus: float, claims: list[SolarClaim]) -> None:
    """What all see together is the surplus or less."""
    assert sum(share_surplus(surplus, claims, NOW).values()) <= max(surplus, 0) + 1e-6


@given(st.floats(-20_000, 60_000), solar_claims, st.randoms(use_true_random=False))
def test_the_order_of_solar_claims_does_not_matter(surplus: float, claims: list[SolarClaim], random: Random) -> None:
    """Not even for the last digit."""
    shuffled = list(claims)
    random.shuffle(shuffled)
    assert share_surplus(surplus, claims, NOW) == share_surplus(surplus, shuffled, NOW)
