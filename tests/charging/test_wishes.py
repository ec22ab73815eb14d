"""What each mode asks for, by itself and while nobody knows the surplus."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.connector import ConnectorState, Origin
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, ConnectorObservation
from custom_components.ocpp_csms.charging.wakeup import WakeStage, WakeState
from custom_components.ocpp_csms.charging.wishes import Wish, failsafe_wish, fixed_wish, law_config

SUN = ConnectorState(origin=Origin.SUN)
CAR = ConnectorObservation(key="one", config=ConnectorConfig(phase_counts=(1, 3)), limit=10.0, phases=1)


def wanting(mode: ChargingMode, **fields: float | None) -> ConnectorObservation:
    """A car in a mode."""
    return replace(CAR, config=replace(CAR.config, mode=mode, **fields))  # type: ignore[arg-type]  # they fit


@pytest.mark.parametrize(
    ("connector", "wish"),
    [
        (wanting(ChargingMode.MANUAL), Wish(10.0, 1, Reason.MANUAL)),
        (wanting(ChargingMode.MANUAL, manual_limit=8.0), Wish(8.0, 1, Reason.MANUAL)),
        (wanting(ChargingMode.OFF), Wish(0.0, 1, Reason.OFF)),
        (replace(wanting(ChargingMode.FAST), plugged_in=False), Wish(0.0, 1, Reason.NOT_PLUGGED_IN)),
        (wanting(ChargingMode.FAST), Wish(16.0, 3, Reason.FAST)),
        (replace(wanting(ChargingMode.FAST, energy_limit=5.0), session_energy=5.0), Wish(0, 1, Reason.ENERGY_REACHED)),
        (wanting(ChargingMode.SCHEDULED), Wish(0.0, 1, Reason.SCHEDULED_WAIT)),
        (replace(wanting(ChargingMode.SCHEDULED), due=True), Wish(16.0, 3, Reason.SCHEDULED_CHARGE)),
        (replace(wanting(ChargingMode.SOLAR), due=True), Wish(16.0, 3, Reason.SCHEDULED_CHARGE)),
        (wanting(ChargingMode.SOLAR), None),
        (wanting(ChargingMode.MIN_SOLAR), None),
    ],
)
def test_each_mode_has_its_wish(connector: ConnectorObservation, wish: Wish | None) -> None:
    """None: the sun is to decide."""
    assert fixed_wish(SUN, connector, 1000.0) == wish


def test_a_car_that_was_held_back_is_given_back_what_it_had() -> None:
    """In manual mode, where the user has set nothing."""
    held = replace(SUN, held_back=14.0)
    assert fixed_wish(held, wanting(ChargingMode.MANUAL), 1000.0) == Wish(14.0, 1, Reason.MANUAL)


@pytest.mark.parametrize(
    ("known", "current"),
    [
        (SUN, 10.0),
        (replace(SUN, origin=Origin.OTHER), 0.0),
        (replace(SUN, origin=Origin.LEFT_OVER), 0.0),
        (replace(SUN, wake=WakeState(stage=WakeStage.PULSED), offer=(7.0, 1)), 7.0),
    ],
    ids=["sun", "another mode", "another car", "pulse"],
)
def test_without_a_sensor_only_what_the_sun_gave_is_held(known: ConnectorState, current: float) -> None:
    """For the first minute."""
    wish = failsafe_wish(known, wanting(ChargingMode.SOLAR), 30.0)
    assert wish == Wish(current, 1, Reason.SENSOR_STALE, failsafe=True)


def test_solar_mode_may_pause_and_minimum_with_sun_may_not() -> None:
    """0 phases are a pause."""
    assert law_config(wanting(ChargingMode.SOLAR).config, 230.0).phase_modes == (0, 1, 3)
    assert law_config(wanting(ChargingMode.MIN_SOLAR).config, 230.0).phase_modes == (1, 3)


@pytest.mark.parametrize(
    ("wish", "restricted"),
    [
        (Wish(6.0, 1, Reason.LIMITED_FUSE, limited=True), True),
        (Wish(6.0, 1, Reason.DIMMED), True),
        (Wish(6.0, 1, Reason.SENSOR_STALE, failsafe=True), False),
    ],
)
def test_fuse_and_grid_operator_restrict_a_wish(wish: Wish, restricted: bool) -> None:
    """A failsafe is what the mode itself wants."""
    assert wish.restricted is restricted
