"""Which charging profiles can work, and what is wrong with the others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import (
    OWN_IDS,
    ChargingProfile,
    Kind,
    Limit,
    Period,
    Purpose,
    Recurrency,
    Strategy,
    Unit,
    build_ceiling,
    build_fallback,
    build_profile,
)
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.limiting.profile_rules import check_capabilities, check_profile
from custom_components.ocpp_csms.csms.model import MAX_CONNECTORS
from tests.csms.central import NOON

HOUR = timedelta(hours=1)
SOUND = ChargingProfile(
    profile_id=1,
    connector=1,
    purpose=Purpose.TX_DEFAULT,
    kind=Kind.ABSOLUTE,
    stack_level=0,
    unit=Unit.AMPERES,
    periods=(Period(0, 16), Period(3600, 10)),
    start=NOON,
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"connector": 0},
        {"connector": 0, "purpose": Purpose.STATION_MAX},
        {"purpose": Purpose.TX, "kind": Kind.RELATIVE, "start": None},
        {"kind": Kind.RECURRING, "recurrency": Recurrency.DAILY},
        {"kind": Kind.RECURRING, "recurrency": Recurrency.DAILY, "start": NOON - 48 * HOUR, "duration": 7200},
        {"duration": 3601},
        {"start": NOON - HOUR, "duration": 3601},
        {"valid_from": NOON - HOUR, "valid_to": NOON + HOUR},
        {"minimum_rate": 0.0},
    ],
)
def test_a_profile_that_can_work_passes(changes: dict[str, Any]) -> None:
    """Whatever it is for, and however it counts."""
    check_profile(replace(SOUND, **changes), NOON)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"profile_id": OWN_IDS[0]}, "profile_id_reserved"),
        ({"profile_id": OWN_IDS[-1]}, "profile_id_reserved"),
        ({"purpose": Purpose.STATION_MAX}, "profile_without_connector"),
        ({"purpose": Purpose.TX, "connector": 0}, "profile_needs_connector"),
        ({"periods": ()}, "profile_periods"),
        ({"periods": (Period(60, 16),)}, "profile_periods"),
        ({"periods": (Period(0, 16), Period(3600, 10), Period(60, 8))}, "profile_periods"),
        ({"periods": (Period(0, 16), Period(0, 10))}, "profile_periods"),
        ({"duration": 3600}, "profile_period_late"),
        ({"periods": (Period(0, -0.1),)}, "profile_limits"),
        ({"periods": (Period(0, float("nan")),)}, "profile_limits"),
        ({"periods": (Period(0, float("inf")),)}, "profile_limits"),
        ({"minimum_rate": -1.0}, "profile_limits"),
        (
            {"connector": 0, "purpose": Purpose.STATION_MAX, "kind": Kind.RELATIVE, "start": None},
            "profile_relative_ceiling",
        ),
        ({"kind": Kind.RELATIVE}, "profile_relative_start"),
        ({"kind": Kind.RECURRING}, "profile_recurrency"),
        ({"recurrency": Recurrency.WEEKLY}, "profile_recurrency"),
        ({"kind": Kind.RECURRING, "recurrency": Recurrency.WEEKLY, "start": None}, "profile_recurring_start"),
        ({"valid_from": NOON + HOUR, "valid_to": NOON + HOUR}, "profile_never_valid"),
        ({"valid_to": NOON}, "profile_over"),
        ({"start": NOON - 2 * HOUR, "duration": 7200}, "profile_over"),
    ],
)
def test_a_profile_that_cannot_work_is_told_why(changes: dict[str, Any], reason: str) -> None:
    """Before it is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        check_profile(replace(SOUND, **changes), NOON)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("capabilities", "reason"),
    [
        (Capabilities(highest_stack_level=1, told_stack_level=1), "profile_stack_level"),
        (Capabilities(units=(Unit.WATTS,)), "profile_unit"),
        (Capabilities(periods=1), "profile_too_many_periods"),
    ],
)
def test_what_a_charge_point_does_not_take_is_told(capabilities: Capabilities, reason: str) -> None:
    """By what it says of itself."""
    with pytest.raises(InvalidRequestError) as caught:
        check_capabilities(replace(SOUND, stack_level=2), capabilities)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "capabilities",
    [
        Capabilities(),
        Capabilities(highest_stack_level=2, told_stack_level=2, units=(Unit.WATTS, Unit.AMPERES), periods=2),
    ],
)
def test_what_a_charge_point_takes_or_does_not_tell_passes(capabilities: Capabilities) -> None:
    """It may refuse it itself."""
    check_capabilities(replace(SOUND, stack_level=2), capabilities)


@given(st.integers(1, MAX_CONNECTORS))
def test_all_our_own_profiles_have_ids_that_nobody_else_may_have(connector: int) -> None:
    """However many connectors there are."""
    strategy, wiring = Strategy(stack_level=1), Wiring()
    own = (
        build_profile(strategy, Limit(16), connector=connector, now=NOON, wiring=wiring),
        build_fallback(strategy, 6, connector=connector, now=NOON, wiring=wiring),
        build_ceiling(Unit.AMPERES, 32, now=NOON, wiring=wiring),
    )
    assert all(profile.profile_id in OWN_IDS for profile in own)
