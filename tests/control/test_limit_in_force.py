"""What is in force is noticed whoever wrote it, and so is what the car makes of it."""

import pytest

from custom_components.ocpp_csms.control.limit_in_force import LimitInForce
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointSettings
from custom_components.ocpp_csms.csms.model import Connector, Quantity

SETTINGS = ChargePointSettings(maximum_current=16.0)
PHASES = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)


def connector(limit: float | None = None, *currents: float, paused: bool = False) -> Connector:
    """Return a connector with a limit and what its phases carry, in A."""
    return Connector(1, limit=limit, paused=paused, readings=dict(zip(PHASES, currents, strict=False)))


def noted(*moments: tuple[float, Connector, int]) -> LimitInForce:
    """Return what is known after some moments: time in s (also of the meter value), connector, phases on offer."""
    in_force = LimitInForce()
    for now, seen, phases in moments:
        in_force.note(seen, SETTINGS, phases, now, measured_at=now)
    return in_force


def test_without_a_limit_the_maximum_is_in_force() -> None:
    """It was there before anybody looked: nobody wrote it."""
    in_force = noted((0, connector(), 3))
    assert (in_force.limit, in_force.phases, in_force.written_at) == (16.0, 3, float("-inf"))


def test_a_pause_is_a_limit_of_zero() -> None:
    """Whatever holds after it."""
    assert noted((0, connector(10.0, paused=True), 3)).limit == 0


def test_a_change_is_a_write_whoever_made_it() -> None:
    """From then on the car has time to follow."""
    in_force = noted((0, connector(10.0), 3), (5, connector(10.0), 3), (9, connector(8.0), 3))
    assert (in_force.limit, in_force.previous_limit, in_force.written_at, in_force.began) == (8.0, 10.0, 9, False)


@pytest.mark.parametrize("before", [(0, connector(0.0), 3), (0, connector(10.0), 1)], ids=["pause", "phases"])
def test_the_end_of_a_pause_and_other_phases_are_a_beginning(before: tuple[float, Connector, int]) -> None:
    """The car needs longer then."""
    assert noted(before, (9, connector(10.0), 3)).began


def test_the_phases_that_a_car_uses_are_seen_once_it_had_the_time() -> None:
    """Of all that are on offer."""
    seen = connector(10.0, 9.8, 0.0, 0.0)
    assert noted((0, connector(0.0), 3), (9, seen, 3), (60, seen, 3)).car_phases is None
    assert noted((0, connector(0.0), 3), (9, seen, 3), (70, seen, 3)).car_phases == 1
    assert noted((0, connector(0.0), 1), (9, seen, 1), (70, seen, 1)).car_phases is None


def test_the_phases_that_a_car_uses_are_seen_whatever_limit_is_followed() -> None:
    """Under a moving sun a new one is written each half minute; how many phases carry it does not depend on that."""
    moments = [(now, connector(6.0 + now / 100, 6.0, 0.0, 0.0), 3) for now in range(0, 300, 20)]
    assert noted((0, connector(0.0), 3), *moments).car_phases == 1
    in_force = LimitInForce()
    in_force.note(connector(13.0, 10.0, 0.0, 0.0), SETTINGS, 3, 0, measured_at=0, shows_limit=False)
    assert (in_force.car_phases, in_force.car_current) == (1, None)


def test_a_car_that_takes_less_is_offered_a_little_more_than_it_takes() -> None:
    """More of it would be of no use to anybody. What it takes is seen once it had the time."""
    seen = connector(16.0, 7.0, 7.0, 7.0)
    in_force = noted((0, connector(0.0), 3), (9, seen, 3), (70, seen, 3))
    assert in_force.useful(16.0) == 9.0
    assert in_force.useful(8.0) == 8.0
    in_force.note(connector(16.0, 8.5, 8.5, 8.5), SETTINGS, 3, 80, measured_at=80)
    assert in_force.useful(16.0) == 16.0


def test_a_car_that_rests_says_nothing_of_what_it_can_take() -> None:
    """Less than 1 A is standby."""
    seen = connector(16.0, 0.4, 0.4, 0.4)
    assert noted((0, connector(0.0), 3), (9, seen, 3), (70, seen, 3)).useful(16.0) == 16.0


def test_nothing_of_a_car_is_remembered_when_it_has_gone() -> None:
    """The next one may be another; the charge point is the same."""
    in_force = LimitInForce(limit=10.0, car_phases=1, car_current=7.0)
    in_force.car_left()
    assert (in_force.limit, in_force.car_phases, in_force.car_current) == (10.0, None, None)


@pytest.mark.parametrize("begun_with", [1, 3])
def test_the_last_change_of_phases_of_a_day_is_one_to_a_single_phase(begun_with: int) -> None:
    """There are no more than twelve however often others are asked for; a day later they are free again."""
    in_force, phases = LimitInForce(), begun_with
    for minute in range(60):
        in_force.note(connector(16.0), SETTINGS, phases, 60.0 * minute, measured_at=None)
        phases = 1 if in_force.has_switched_enough(60.0 * minute) or in_force.phases == 3 else 3
    assert 11 <= len(in_force.switches) <= 12
    assert in_force.phases == 1
    assert not in_force.has_switched_enough(86400.0 + 3600.0)
