"""The weather of the hours: the envelope of the surplus, and what is below it."""

import math

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.climate import ENVELOPE_SECONDS, Climate, expected, observe


def weather(*spans: tuple[float, float], climate: Climate | None = None) -> Climate:
    """Return the climate after spans of seconds and surplus."""
    climate = climate or Climate()
    for seconds, surplus in spans:
        for _ in range(int(seconds / 10)):
            climate = observe(climate, surplus, 10.0)
    return climate


def identity(surplus: float) -> float:
    """Return the surplus itself, so that its mean is seen."""
    return surplus


def test_at_night_nothing_is_expected() -> None:
    """There is no sun to have a share of."""
    assert expected(weather((3600.0, -400.0)), identity) is None


def test_nothing_is_expected_before_anything_was_seen() -> None:
    """Nor is anything divided by nothing."""
    assert expected(Climate(), identity) is None
    assert expected(Climate(envelope=3000.0), identity) is None


def test_a_clear_sky_is_expected_to_stay() -> None:
    """After minutes already."""
    assert expected(weather((300.0, 4000.0)), identity) == pytest.approx(4000, rel=0.06)


def test_the_rising_sun_is_followed_at_once() -> None:
    """From 2 kW to 4 kW in an hour."""
    climate = weather((3600.0, 2000.0))
    for index in range(360):
        climate = observe(climate, 2000 + 2000 * index / 360, 10.0)
    assert expected(climate, identity) == pytest.approx(4000, rel=0.05)


def test_a_gap_in_the_clouds_does_not_promise_more_of_them() -> None:
    """An hour at 2 kW is remembered as 2 kW after a minute at 6 kW, however low it looks below these."""
    hour = expected(weather((3600.0, 2000.0), (60.0, 6000.0)), identity)
    assert hour is not None
    assert 2000 < hour < 2700


def test_under_passing_clouds_their_mean_is_expected() -> None:
    """Half the time 6 kW and half the time 2 kW, whatever is so now."""
    cloudy = weather(*[(240.0, 6000.0), (240.0, 2000.0)] * 15)
    assert expected(cloudy, identity) == pytest.approx(4000, rel=0.1)


def test_expected_is_the_mean_of_the_utility_and_not_the_utility_of_the_mean() -> None:
    """6 kW are above 5 kW half of the time."""
    cloudy = weather(*[(240.0, 6000.0), (240.0, 2000.0)] * 15)
    assert expected(cloudy, lambda surplus: float(surplus > 5000)) == pytest.approx(0.5, abs=0.1)


def test_the_envelope_outlasts_clouds_but_not_an_afternoon() -> None:
    """It sinks by its time constant."""
    clear = weather((600.0, 6000.0))
    assert weather((240.0, 0.0), climate=clear).envelope > 5700
    assert weather((ENVELOPE_SECONDS, 0.0), climate=clear).envelope == pytest.approx(6000 / math.e, rel=0.01)


def test_a_single_wrong_sample_hardly_lifts_the_envelope() -> None:
    """100 kW for 1 s."""
    assert observe(weather((3600.0, 3000.0)), 100_000.0, 1.0).envelope < 6500


@given(
    st.lists(
        st.tuples(st.floats(min_value=0.0, max_value=60.0), st.floats(min_value=-20_000, max_value=20_000)),
        max_size=40,
    )
)
def test_what_is_expected_lies_below_the_envelope(samples: list[tuple[float, float]]) -> None:
    """But for the fifth above it that noise may be."""
    climate = Climate()
    for elapsed, surplus in samples:
        climate = observe(climate, surplus, elapsed)
    hour = expected(climate, identity)
    assert hour is None or -1e-6 <= hour <= climate.envelope * 1.2 + 1e-6
