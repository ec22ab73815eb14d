"""What users want is kept over a restart, and what cannot be read is forgotten, not believed."""

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
import json
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.control.goals import (
    SHARE_FIXED,
    SHARE_SWITCHING,
    CarPhases,
    GoalBook,
    Goals,
    PhaseChoice,
)
from custom_components.ocpp_csms.csms.charge_point import ChargePoint

WANTED = Goals(
    mode=ChargingMode.SCHEDULED,
    suspended=ChargingMode.SOLAR,
    manual_limit=9.5,
    set_aside=12.0,
    held_back=16.0,
    minimum_current=8.0,
    maximum_current=13.0,
    solar_share=0.0,
    grid_allowance=200.0,
    priority=9,
    energy_limit=30.0,
    departure=time(6, 45),
    deadline=datetime(2026, 11, 21, 6, 30, tzinfo=UTC),
    departure_energy=12.5,
    in_one_go=True,
    target_soc=90.0,
    battery_capacity=58.0,
    price_limit=-0.05,
    phases=PhaseChoice.ONE,
    car_phases=CarPhases.TWO,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)


class Saves:
    """Counts what there is to save."""

    def __init__(self) -> None:
        """None yet."""
        self.count = 0

    def __call__(self) -> None:
        """There is something."""
        self.count += 1


def book(stored: Any = None) -> GoalBook:
    """Return goals as they come from a store that held this."""
    return GoalBook({} if stored is None else stored, Saves())


def test_who_wants_nothing_has_the_defaults(charge_point: ChargePoint) -> None:
    """Manual: nothing of ours happens."""
    assert book().of(charge_point, 1) == Goals()
    assert Goals().mode is ChargingMode.MANUAL


def test_all_goals_are_kept_as_json(charge_point: ChargePoint) -> None:
    """All of them, of the connector they are of."""
    goals = book()
    goals.update(charge_point, 1, **{item.name: getattr(WANTED, item.name) for item in fields(Goals)})
    restored = book(json.loads(json.dumps(goals.snapshot())))
    assert restored.of(charge_point, 1) == WANTED
    assert restored.of(charge_point, 2) == Goals()


def test_what_was_kept_of_others_is_kept_on(charge_point: ChargePoint) -> None:
    """A charger may be away for a while."""
    stored = {"CP9": {"1": {"mode": "solar"}}}
    goals = book(stored)
    goals.update(charge_point, 1, mode=ChargingMode.FAST)
    assert goals.snapshot()["CP9"] == stored["CP9"]


def test_a_change_is_saved_and_told_once(charge_point: ChargePoint) -> None:
    """What is the same is no change."""
    saves, told = Saves(), Saves()
    goals = GoalBook({}, saves)
    charge_point.listen(1, ("goals",), told)
    goals.update(charge_point, 1, priority=7)
    goals.update(charge_point, 1, priority=7)
    assert (saves.count, told.count) == (1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "warp"),
        ("mode", 3),
        ("suspended", "warp"),
        ("phases", "2"),
        ("car_phases", "4"),
        ("departure", "25:00"),
        ("departure", 7),
        ("deadline", "tomorrow"),
        ("deadline", "2026-11-21T06:30:00"),
        ("minimum_current", "6 A"),
        ("minimum_current", True),
        ("maximum_current", -1),
        ("price_limit", float("nan")),
        ("price_limit", float("-inf")),
        ("price_limit", True),
        ("price_limit", "-1"),
        ("held_back", -1),
        ("set_aside", "x"),
        ("energy_limit", float("inf")),
        ("manual_limit", [16]),
        ("priority", None),
        ("priority", "first"),
        ("solar_share", {}),
        ("in_one_go", 1),
        ("in_one_go", "true"),
    ],
)
def test_what_cannot_be_read_takes_its_default(charge_point: ChargePoint, name: str, value: object) -> None:
    """The rest is read."""
    goals = book({"CP1": {"1": {"departure_energy": 11, "unheard_of": 1, name: value}}})
    assert goals.of(charge_point, 1) == Goals(departure_energy=11.0)


@pytest.mark.parametrize("price", [-0.25, 0, 0.25])
def test_a_price_may_be_below_nothing(charge_point: ChargePoint, price: float) -> None:
    """It happens on sunny Sundays, and some wait for it."""
    assert book({"CP1": {"1": {"price_limit": price}}}).of(charge_point, 1).price_limit == price


# By hand

SOLAR = Goals(mode=ChargingMode.SOLAR, manual_limit=10.0)
NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "mode", "limit"),
    [
        (SOLAR, ChargingMode.FAST, 10.0),
        (SOLAR, ChargingMode.MANUAL, 10.0),
        (Goals(mode=ChargingMode.SOLAR), ChargingMode.FAST, None),
        (Goals(mode=ChargingMode.SOLAR), ChargingMode.MANUAL, 32.0),
        (Goals(), ChargingMode.MANUAL, None),
    ],
)
def test_back_in_manual_mode_the_limit_by_hand_holds_else_the_highest(
    before: Goals, mode: ChargingMode, limit: float | None
) -> None:
    """Who has not left it has set nothing."""
    after = before.in_mode(mode, 32.0)
    assert (after.mode, after.manual_limit) == (mode, limit)


def test_who_chooses_a_mode_wants_no_other_back() -> None:
    """Nor the limit before it."""
    after = SOLAR.taken_over(7.0, resumes=True).in_mode(ChargingMode.FAST, 32.0)
    assert (after.suspended, after.set_aside) == (None, None)


def test_a_mode_that_yields_comes_back_when_the_car_has_gone() -> None:
    """With the limit that was set by hand before."""
    taken = SOLAR.taken_over(7.0, resumes=True)
    assert (taken.mode, taken.manual_limit) == (ChargingMode.MANUAL, 7.0)
    assert taken.car_left(NOW, resumes=True) == SOLAR


def test_a_mode_may_yield_for_good() -> None:
    """If the user prefers that."""
    taken = SOLAR.taken_over(7.0, resumes=False)
    assert taken.car_left(NOW, resumes=True) == taken == Goals(manual_limit=7.0)


def test_who_wants_no_mode_back_any_more_gets_none() -> None:
    """Also if that was wanted when the mode yielded."""
    taken = SOLAR.taken_over(7.0, resumes=True)
    assert taken.car_left(NOW, resumes=False) == Goals(manual_limit=7.0)


@pytest.mark.parametrize(("deadline", "stays"), [(NOW, False), (NOW + timedelta(minutes=1), True), (None, True)])
def test_a_deadline_that_is_over_goes_with_the_car(deadline: datetime | None, stays: bool) -> None:
    """One to come is that of the next car, or of this one that will be back."""
    goals = replace(SOLAR, deadline=deadline)
    assert (goals.car_left(NOW, resumes=True) == goals) is stays
    assert goals.car_left(NOW, resumes=True).mode is ChargingMode.SOLAR


def test_without_control_all_is_in_the_user_s_hands() -> None:
    """What the user set by hand is kept."""
    held = replace(SOLAR.taken_over(7.0, resumes=True), held_back=16.0)
    assert held.released() == Goals(manual_limit=7.0)


def test_what_was_taken_over_is_taken_back(charge_point: ChargePoint) -> None:
    """Mode and limits; what else was wanted meanwhile stays."""
    goals = book()
    goals.update(charge_point, 1, mode=ChargingMode.SOLAR, manual_limit=10.0)
    before = goals.of(charge_point, 1)
    goals.update(
        charge_point, 1, mode=ChargingMode.MANUAL, suspended=ChargingMode.SOLAR, manual_limit=7.0, set_aside=10.0
    )
    taken = goals.of(charge_point, 1)
    goals.update(charge_point, 1, priority=9)
    goals.take_back(charge_point, 1, taken=taken, before=before)
    assert goals.of(charge_point, 1) == replace(before, priority=9)


@pytest.mark.parametrize(
    "chosen", [{"mode": ChargingMode.FAST, "suspended": None}, {"manual_limit": 8.0}], ids=["mode", "limit"]
)
def test_what_was_chosen_since_is_not_taken_back(charge_point: ChargePoint, chosen: dict[str, Any]) -> None:
    """Who came last decides."""
    goals = book()
    before = goals.of(charge_point, 1)
    goals.update(charge_point, 1, suspended=ChargingMode.SOLAR, manual_limit=7.0)
    taken = goals.of(charge_point, 1)
    goals.update(charge_point, 1, **chosen)
    goals.take_back(charge_point, 1, taken=taken, before=before)
    assert goals.of(charge_point, 1) == replace(taken, **chosen)


@pytest.mark.parametrize(("kept", "priority"), [(0, 1), (99, 10), (7, 7)])
def test_a_priority_is_one_of_ten(charge_point: ChargePoint, kept: int, priority: int) -> None:
    """One beyond them is the nearest."""
    assert book({"CP1": {"1": {"priority": kept}}}).of(charge_point, 1).priority == priority


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(stored=JSON, one=JSON, values=st.lists(JSON, min_size=len(fields(Goals)), max_size=len(fields(Goals))))
def test_nothing_in_the_store_keeps_goals_from_being_read(
    charge_point: ChargePoint, stored: Any, one: Any, values: list[Any]
) -> None:
    """Whatever it is, and wherever it stands."""
    named = {item.name: value for item, value in zip(fields(Goals), values, strict=True)}
    for kept in (stored, {"CP1": stored}, {"CP1": {"1": one}}, {"CP1": {"1": named}}):
        goals = book(kept).of(charge_point, 1)
        assert isinstance(goals.mode, ChargingMode)
        assert goals.minimum_current >= 0


def test_goals_of_a_charger_that_is_removed_are_forgotten(charge_point: ChargePoint) -> None:
    """And those of others are not; if there were none there is nothing to save."""
    saves = Saves()
    goals = GoalBook({"CP9": {"1": {"mode": "solar"}}}, saves)
    goals.update(charge_point, 1, mode=ChargingMode.FAST)
    goals.update(charge_point, 2, mode=ChargingMode.FAST)
    goals.forget("CP1")
    assert goals.of(charge_point, 1) == Goals()
    assert list(goals.snapshot()) == ["CP9"]
    assert saves.count == 3
    goals.forget("CP1")
    assert saves.count == 3


@pytest.mark.parametrize(
    ("wanted", "switches", "share"),
    [(None, True, SHARE_SWITCHING), (None, False, SHARE_FIXED), (0.0, True, 0.0), (90.0, False, 90.0)],
)
def test_the_least_share_of_sun_goes_by_the_charger_unless_the_user_says_otherwise(
    wanted: float | None, switches: bool, share: float
) -> None:
    """None of it is a wish, too."""
    assert Goals(solar_share=wanted).share(switches=switches) == share
