"""The surplus of a site, from the grid's power and from what the chargers are told."""

from dataclasses import replace
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.surplus import (
    LOWEST_OFFSET,
    ChargerDraw,
    SurplusState,
    draw_of,
    estimate_surplus,
    learned_offset,
)

CHARGER = ChargerDraw(limit=10.0, phases=3, measured=9.7, measured_at=95.0, written_at=50.0, drawing=True, offset=0.3)

finite = st.floats(min_value=-30_000, max_value=30_000)
currents = st.floats(min_value=0, max_value=32)


def test_a_drawing_car_takes_its_limit_less_the_offset() -> None:
    """Meter values come late; the limit is known at once."""
    assert draw_of(replace(CHARGER, measured=2.0)) == pytest.approx(9.7 * 230 * 3)


def test_a_car_that_does_not_draw_takes_what_is_measured() -> None:
    """A full car leaves the surplus to others, whatever it is offered."""
    assert draw_of(replace(CHARGER, drawing=False, measured=0.5)) == pytest.approx(0.5 * 230 * 3)


def test_without_a_meter_a_car_that_does_not_draw_takes_nothing() -> None:
    """Nothing says otherwise."""
    assert draw_of(replace(CHARGER, drawing=False, measured=None)) == 0


def test_a_paused_charger_still_takes_what_is_measured() -> None:
    """A car needs seconds to stop."""
    assert draw_of(replace(CHARGER, limit=0.0, measured=4.0)) == pytest.approx(4 * 230 * 3)


def test_the_draw_is_never_negative() -> None:
    """An offset that was learned at a higher limit does not make the car a source."""
    assert draw_of(replace(CHARGER, limit=6.0, offset=8.0)) == 0


def test_the_offset_is_learned_from_a_settled_meter_value() -> None:
    """The car draws 2 A less than it is offered."""
    assert learned_offset(replace(CHARGER, measured=8.0)) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "charger",
    [
        replace(CHARGER, measured=8.0, measured_at=61.9),
        replace(CHARGER, measured=8.0, measured_at=None),
        replace(CHARGER, measured=None),
        replace(CHARGER, measured=0.0),
        replace(CHARGER, limit=0.0),
    ],
    ids=["too-early", "no-time", "no-meter", "no-current", "paused"],
)
def test_the_offset_stays_without_a_settled_current(charger: ChargerDraw) -> None:
    """A car that still ramps, or does not charge, says nothing about its offset."""
    assert learned_offset(charger) == 0.3


def test_a_meter_that_shows_more_than_the_limit_is_believed_by_an_ampere() -> None:
    """No car draws much more than it is offered."""
    assert learned_offset(replace(CHARGER, measured=20.0)) == LOWEST_OFFSET


def test_the_surplus_is_what_the_chargers_take_and_what_is_exported() -> None:
    """6693 W are taken and 1000 W exported, while the battery takes 500 W that could be had."""
    estimate = estimate_surplus(SurplusState(), 100.0, -1000.0, 500.0, [CHARGER])
    assert estimate.settled
    assert estimate.known
    assert estimate.surplus == pytest.approx(9.7 * 690 + 1000 + 500)


def test_the_surplus_is_a_mean_of_the_window() -> None:
    """A sensor that reports each second is averaged over 10 s, and older samples are dropped."""
    state, surplus = SurplusState(), []
    for now, grid in ((0.0, 0.0), (4.0, -1000.0), (8.0, -2000.0), (13.0, -3000.0)):
        state = estimate_surplus(state, now, grid, 0.0, [])
        surplus.append(state.surplus)
    assert surplus == pytest.approx([0, 500, 1000, 2000])


def test_while_one_charger_settles_the_last_surplus_stands() -> None:
    """The car has not followed yet, so that the limit says nothing of the draw; old samples are not averaged in later."""
    before = estimate_surplus(SurplusState(), 100.0, -1000.0, 0.0, [CHARGER])
    written = replace(CHARGER, written_at=101.0, limit=12.0)
    during = estimate_surplus(before, 105.0, 5000.0, 0.0, [CHARGER, written])
    assert (during.settled, during.known) == (False, True)
    assert during.surplus == before.surplus
    after = estimate_surplus(during, 113.0, 0.0, 0.0, [written])
    assert after.settled
    assert after.surplus == pytest.approx(11.7 * 690)


@given(
    grid=finite,
    battery=finite,
    chargers=st.lists(
        st.builds(
            ChargerDraw,
            limit=currents,
            phases=st.sampled_from((1, 2, 3)),
            measured=st.none() | currents,
            measured_at=st.none() | st.floats(min_value=0, max_value=200),
            written_at=st.floats(min_value=0, max_value=200),
            drawing=st.booleans(),
            offset=st.floats(min_value=-1, max_value=32),
        ),
        max_size=3,
    ),
)
def test_the_surplus_is_a_number_and_the_same_each_time(
    grid: float, battery: float, chargers: list[ChargerDraw]
) -> None:
    """Whatever chargers do."""
    result = estimate_surplus(SurplusState(), 100.0, grid, battery, chargers)
    assert math.isfinite(result.surplus)
    assert result == estimate_surplus(SurplusState(), 100.0, grid, battery, chargers)


@given(low=finite, more=st.floats(min_value=0, max_value=10_000))
def test_more_export_is_more_surplus(low: float, more: float) -> None:
    """Watt for watt."""
    less = estimate_surplus(SurplusState(), 100.0, low, 0.0, [CHARGER])
    greater = estimate_surplus(SurplusState(), 100.0, low - more, 0.0, [CHARGER])
    assert greater.surplus - less.surplus == pytest.approx(more, abs=1e-6)
