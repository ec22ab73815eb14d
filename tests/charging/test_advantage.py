"""What a change of mode is expected to gain, and what it must gain to be made."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.advantage import (
    PHASES_DWELL,
    REGRET_LIMIT,
    START_DWELL,
    STOP_DWELL,
    WEATHER_BOUND,
    Outlook,
    advantage,
    better_mode,
    deviation,
    dwell,
    first_outlook,
    forgiven,
    hurdle,
    observe,
)

MODES = (0, 1, 3)
LONG = 1e6
watts = st.floats(min_value=-20_000, max_value=20_000)


def lasting(utilities: tuple[float, ...], seconds: float, outlook: Outlook | None = None) -> Outlook:
    """Return the outlook after a time with the same utilities, in the first mode."""
    outlook = outlook or first_outlook(utilities)
    for _ in range(int(seconds / 10)):
        outlook = observe(outlook, utilities, utilities, 0, 10.0)
    return outlook


def test_equal_modes_have_no_advantage() -> None:
    """Whatever they are worth."""
    assert advantage(lasting((700.0, 700.0), 3600.0), 0, 1) == 0


def test_what_was_lost_counts_for_a_change() -> None:
    """The longer it lasts the more."""
    assert advantage(lasting((0.0, 500.0), 600.0), 0, 1) > advantage(lasting((0.0, 500.0), 60.0), 0, 1)


def test_a_change_forgives_what_was_lost() -> None:
    """It starts anew."""
    assert forgiven(lasting((0.0, 500.0), 600.0)).regret == (0.0, 0.0)


def test_regret_never_falls_below_nothing() -> None:
    """A mode that was bad for long is as good as any when it becomes better."""
    assert lasting((0.0, -500.0), 3600.0).regret == (0.0, 0.0)


def test_the_weather_is_worth_no_more_than_its_bound() -> None:
    """One can always change back."""
    still = first_outlook((0.0, 0.0))
    promising = observe(still, (0.0, 0.0), (0.0, 1e9), 0, 10.0)
    assert advantage(promising, 0, 1) == pytest.approx(WEATHER_BOUND)


def test_a_calm_present_is_taken_to_last_longer() -> None:
    """The same utilities, after an hour of the same and after an hour of changes."""
    calm = lasting((0.0, 400.0), 3600.0)
    restless = first_outlook((0.0, 400.0))
    for index in range(360):
        restless = observe(restless, (0.0, 3000.0 if index // 12 % 2 else -2200.0), (0.0, 400.0), 0, 10.0)
    restless = forgiven(lasting((0.0, 400.0), 600.0, restless))
    assert deviation(calm, 0, 1) == pytest.approx(0, abs=1e-3)
    assert deviation(restless, 0, 1) > 1000
    assert advantage(forgiven(calm), 0, 1) > advantage(restless, 0, 1)


@pytest.mark.parametrize(("current", "other"), [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)])
def test_unrest_makes_every_change_dearer(current: int, other: int) -> None:
    """Where clouds pass, one waits."""
    calm = first_outlook((0.0, 100.0, 200.0))
    restless = observe(calm, (0.0, 5000.0, -5000.0), (0.0, 0.0, 0.0), 0, 60.0)
    assert hurdle(restless, MODES, current, other, 1.0) > hurdle(calm, MODES, current, other, 1.0)


def test_a_stop_costs_more_than_a_start() -> None:
    """It will be followed by one."""
    outlook = first_outlook((0.0, 0.0, 0.0))
    assert hurdle(outlook, MODES, 1, 0, 1.0) > hurdle(outlook, MODES, 0, 1, 1.0)


def test_who_dislikes_the_grid_has_less_patience() -> None:
    """A stop must gain less; but a share of less than half gives no more patience."""
    outlook = first_outlook((0.0, 0.0, 0.0))
    assert hurdle(outlook, MODES, 1, 0, 3.0) < hurdle(outlook, MODES, 1, 0, 1.0)
    assert hurdle(outlook, MODES, 1, 0, 0.0) == hurdle(outlook, MODES, 1, 0, 1.0)


@pytest.mark.parametrize(
    ("present", "other", "seconds"),
    [(0, 1, START_DWELL), (1, 0, STOP_DWELL), (3, 1, PHASES_DWELL), (1, 3, PHASES_DWELL)],
)
def test_each_mode_lasts_a_while(present: int, other: int, seconds: float) -> None:
    """Contactors and cars wear."""
    assert dwell(present, other) == seconds


def test_the_best_mode_waits_for_the_present_one_to_have_lasted() -> None:
    """However much better it is."""
    outlook = lasting((0.0, 3000.0, 1000.0), 3600.0)
    assert better_mode(outlook, MODES, 0, START_DWELL - 1, 1.0) is None
    assert better_mode(outlook, MODES, 0, START_DWELL, 1.0) == 1


def test_hope_for_the_weather_ends() -> None:
    """It was bright for hours and will be, they say; after a while that counts no more than what was lost."""
    outlook, seconds = lasting((2000.0, 0.0), 3600.0), 0
    while better_mode(outlook, (1, 0), 0, LONG, 1.0) is None:
        outlook = observe(outlook, (-2000.0, 0.0), (2000.0, 0.0), 0, 10.0)
        seconds += 10
    assert outlook.regret[1] <= REGRET_LIMIT + 2000 * 10 / 3600
    assert seconds <= REGRET_LIMIT / 2000 * 3600 + 10


def test_a_single_mode_is_the_best() -> None:
    """There is no other."""
    assert better_mode(first_outlook((0.0,)), (1,), 0, LONG, 1.0) is None


@given(utilities=st.tuples(watts, watts, watts))
def test_nothing_better_is_no_change(utilities: tuple[float, float, float]) -> None:
    """The mode of the highest utility is kept."""
    best = max(range(3), key=utilities.__getitem__)
    outlook = first_outlook(utilities)
    for _ in range(20):
        outlook = observe(outlook, utilities, utilities, best, 60.0)
    assert better_mode(outlook, MODES, best, LONG, 1.0) is None
