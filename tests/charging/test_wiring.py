"""What a current is in watts follows from the phases and their voltage."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.wiring import Wiring

phases = st.integers(1, 3)


def test_three_phases_at_230_volts_are_the_default() -> None:
    """As nearly everywhere in Europe."""
    assert Wiring().watts(16.0) == 11_040.0


def test_a_single_phase_of_north_america_has_another_voltage() -> None:
    """Two legs, 240 V between them."""
    assert Wiring(1, 240.0).watts(32.0) == 7_680.0


def test_power_may_be_counted_over_fewer_phases() -> None:
    """Those that a limit names, or that a car uses."""
    assert Wiring(3, 230.0).watts(10.0, 1) == 2_300.0
    assert Wiring(3, 230.0).amperes(2_300.0, 1) == 10.0


@given(st.floats(0, 500), phases, st.floats(90, 420), st.none() | phases)
def test_watts_and_amperes_are_each_other_s_inverse(
    amperes: float, wired: int, voltage: float, used: int | None
) -> None:
    """Over the same phases."""
    wiring = Wiring(wired, voltage)
    assert wiring.amperes(wiring.watts(amperes, used), used) == pytest.approx(amperes)
