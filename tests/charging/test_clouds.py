"""What the sensor of the PV system adds to the surplus."""

from collections.abc import Iterable
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.clouds import (
    BRIDGE_SECONDS,
    LOOKAHEAD_SECONDS,
    UNSURE_POWER,
    Sky,
    SolarState,
    look,
)

LOAD = 500.0


def after(samples: Iterable[tuple[float, float, bool, float | None]]) -> tuple[SolarState, Sky]:
    """Return the state and the sky after samples of time, surplus, settled and sun."""
    state, sky = SolarState(), Sky(surplus=None)
    for now, surplus, settled, solar in samples:
        state, sky = look(state, now, surplus, settled, solar)
    return state, sky


STEADY = [(10.0 * index, 3000.0 - LOAD, True, 3000.0) for index in range(5)]  # until 40 s


def test_without_a_sensor_a_settled_surplus_is_all_there_is() -> None:
    """And nothing is foreseen."""
    assert after([(0.0, 2000.0, True, None)])[1] == Sky(surplus=2000.0, drift=0.0)


def test_without_a_sensor_nobody_knows_the_surplus_while_a_charger_settles() -> None:
    """The last one is no news."""
    assert after([(0.0, 2000.0, False, None)])[1].surplus is None


def test_a_sensor_that_falls_silent_is_forgotten() -> None:
    """What it said before is not taken for the present."""
    assert after([*STEADY, (50.0, 2500.0, False, None)]) == (SolarState(), Sky(surplus=None))


def test_while_a_charger_settles_the_sun_says_the_surplus() -> None:
    """The household takes what it took before."""
    assert after([*STEADY, (50.0, 2500.0, False, 2000.0)])[1].surplus == pytest.approx(2000 - LOAD)


def test_before_the_load_is_known_the_sun_does_not_say_the_surplus() -> None:
    """Sun alone is no surplus."""
    assert after([(0.0, 0.0, False, 3000.0)])[1].surplus is None


def test_the_load_is_not_taken_for_known_for_long() -> None:
    """A kettle may have been switched on since."""
    late = 41.0 + BRIDGE_SECONDS
    assert after([*STEADY, (late, 2500.0, False, 3000.0)])[1].surplus is None


def test_an_edge_of_a_cloud_is_foreseen() -> None:
    """The sun has lost 1000 W in 10 s."""
    drift = after([*STEADY, (50.0, 1500.0, True, 2000.0)])[1].drift
    assert drift == pytest.approx(-100 * LOOKAHEAD_SECONDS + UNSURE_POWER)


def test_a_fast_sensor_foresees_the_same() -> None:
    """100 W a second, told each second."""
    ramp = [(40.0 + second, 2500.0 - 100 * second, True, 3000.0 - 100 * second) for second in range(1, 11)]
    assert after([*STEADY, *ramp])[1].drift == pytest.approx(-100 * LOOKAHEAD_SECONDS + UNSURE_POWER)


def test_a_trembling_sun_foretells_nothing() -> None:
    """50 W in 10 s."""
    assert after([*STEADY, (50.0, 2550.0, True, 3050.0)])[1].drift == 0


def test_a_kettle_is_no_cloud() -> None:
    """The surplus falls, the sun does not."""
    assert after([*STEADY, (50.0, 500.0, True, 3000.0)])[1] == Sky(surplus=500.0, drift=0.0)


def test_nothing_is_foreseen_from_two_samples_of_the_same_moment() -> None:
    """Nor from the first one."""
    assert after([(0.0, 0.0, True, 1000.0), (0.0, 0.0, True, 9000.0)])[1].drift == 0


def test_a_sensor_that_lags_is_not_trusted() -> None:
    """Each cloud shows twice: first in the surplus, then in the sun."""
    sun = [6000.0 if index // 6 % 2 else 2000.0 for index in range(60)]
    lagging = [(10.0 * index, sun[index] - LOAD, True, sun[index - 3]) for index in range(3, 60)]
    assert after([*lagging, (600.0, 1500.0, False, 2000.0)])[1] == Sky(surplus=None, drift=0.0)
    prompt = [(10.0 * index, sun[index] - LOAD, True, sun[index]) for index in range(3, 60)]
    assert after([*prompt, (600.0, 1500.0, False, 2000.0)])[1].surplus == pytest.approx(1500)


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0.0, max_value=90.0),
            st.floats(min_value=-12_000, max_value=16_000),
            st.booleans(),
            st.none() | st.floats(min_value=-100, max_value=16_000),
        ),
        max_size=30,
    )
)
def test_the_sky_is_always_a_number_and_the_state_stays_small(
    steps: list[tuple[float, float, bool, float | None]],
) -> None:
    """Whatever comes in."""
    now, state = 0.0, SolarState()
    for elapsed, surplus, settled, solar in steps:
        now += elapsed
        state, sky = look(state, now, surplus, settled, solar)
        assert math.isfinite(sky.drift)
        assert sky.surplus is None or math.isfinite(sky.surplus)
        assert sum(now - then > 10.5 for then, _ in state.recent) <= 1
