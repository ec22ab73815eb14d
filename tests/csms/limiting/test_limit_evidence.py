"""What meter values tell about a limit."""

import pytest

from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointSettings
from custom_components.ocpp_csms.csms.limiting.limit_evidence import measured_current, wiring_of
from custom_components.ocpp_csms.csms.model import Connector, Quantity

SETTINGS = ChargePointSettings(phases=3, voltage=230.0)


def connector(phases: int | None = None, **readings: float) -> Connector:
    """Return a connector that has measured something."""
    return Connector(1, phases=phases, readings={Quantity(name): value for name, value in readings.items()})


@pytest.mark.parametrize(("volts", "used"), [(224.6, 224.6), (184, 184), (276, 276), (183, 230), (400, 230), (0, 230)])
def test_the_voltage_is_the_measured_one_if_it_can_be_true(volts: float, used: float) -> None:
    """One between lines, or of a meter that measures none, is not that of a phase."""
    assert wiring_of(connector(voltage=volts), SETTINGS) == Wiring(3, used)


def test_without_a_meter_the_voltage_is_what_the_user_says() -> None:
    """The phases are those in force."""
    assert wiring_of(connector(phases=1), ChargePointSettings(voltage=240.0)) == Wiring(1, 240.0)


def test_a_current_that_is_not_measured_follows_from_the_power() -> None:
    """By the voltage that is measured beside it."""
    assert measured_current(connector(power=6600.0, voltage=220.0), SETTINGS) == 10.0
    assert measured_current(connector(), SETTINGS) is None
