"""Charging profiles in the words of OCPP 1.6: valid whatever they hold, and capabilities from whatever a configuration says."""

from dataclasses import replace
from datetime import timedelta
from math import isfinite
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Recurrency, Unit
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.csms.limiting.composite_schedules import first_current
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.requests import CompositeSchedule
from custom_components.ocpp_csms.csms.v16.profiles import (
    capabilities_of,
    charging_profile,
    composite_schedule,
    deciding_keys,
    profile_payload,
)
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from tests.csms.central import NOON

STACK_LEVEL, RATE_UNIT, PERIODS = (
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
)

LIMITS = st.integers(0, 500_000).map(lambda tenths: tenths / 10)
TIMES = st.none() | st.integers(-(10**8), 10**8).map(lambda seconds: NOON + timedelta(seconds=seconds))
PROFILES = st.builds(
    ChargingProfile,
    profile_id=st.integers(0, 2**31 - 1),
    connector=st.integers(0, 100),
    purpose=st.sampled_from(Purpose),
    kind=st.sampled_from(Kind),
    stack_level=st.integers(0, 1000),
    unit=st.sampled_from(Unit),
    periods=st.lists(
        st.builds(Period, st.integers(0, 10**6), LIMITS, st.sampled_from([None, 1, 2, 3])), min_size=1, max_size=3
    ).map(tuple),
    start=TIMES,
    duration=st.none() | st.integers(0, 10**6),
    valid_to=TIMES,
    max_offline_duration=st.none() | st.integers(0, 10**6),
    transaction_id=st.none() | st.text(max_size=20) | st.integers(0, 2**31 - 1).map(str),
    recurrency=st.none() | st.sampled_from(Recurrency),
    valid_from=TIMES,
    minimum_rate=st.none() | LIMITS,
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["A", "W", "1", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["limit", "numberPhases", "chargingRateUnit", "chargingSchedulePeriod", "chargingSchedule"]
            ),
            inner,
            max_size=5,
        )
    ),
)


@pytest.fixture(scope="module")
def checker() -> SchemaChecker:
    """The schemas of 1.6."""
    checker = SchemaChecker()
    checker.load()
    return checker


def configuration(**values: str | None) -> dict[str, ConfigurationKey]:
    """Return a configuration."""
    return {key: ConfigurationKey(key, value, readonly=True) for key, value in values.items()}


# What a charge point says of itself


@pytest.mark.parametrize(
    ("quirks", "keys"),
    [
        (Quirks(), [STACK_LEVEL, RATE_UNIT, PERIODS]),
        (Quirks(stack_level=0), [RATE_UNIT, PERIODS]),
        (Quirks(rate_unit="W"), [STACK_LEVEL, PERIODS]),
        (Quirks(limit_expiry="none"), [STACK_LEVEL, RATE_UNIT]),
        (Quirks(stack_level=0, rate_unit="W", limit_expiry="periods"), []),
    ],
)
def test_the_configuration_decides_where_no_quirk_does(quirks: Quirks, keys: list[str]) -> None:
    """Stack level, unit and periods."""
    assert deciding_keys(quirks) == keys


def test_a_configuration_that_says_nothing_allows_the_least() -> None:
    """Level 0; units and periods are found by trying."""
    assert capabilities_of({}) == Capabilities()


@pytest.mark.parametrize(
    ("reported", "level"),
    [("3", 3), ("999", 999), ("2.0", 2), ("-1", 0), ("", 0), (None, 0), ("high", 0), ("1e999", 0), ("nan", 0)],
)
def test_the_highest_stack_level_is_known(reported: str | None, level: int) -> None:
    """So that no profile of the charge point stands above ours."""
    assert capabilities_of(configuration(**{STACK_LEVEL: reported})).highest_stack_level == level


@pytest.mark.parametrize(("reported", "level"), [("3", 3), ("0", 0), ("-1", None), ("high", None), (None, None)])
def test_a_highest_stack_level_that_is_not_told_is_not_taken_for_0(reported: str | None, level: int | None) -> None:
    """What is assumed for ours does not forbid another one."""
    assert capabilities_of(configuration(**{STACK_LEVEL: reported})).told_stack_level == level


@pytest.mark.parametrize(
    ("reported", "units"),
    [
        ("Current", (Unit.AMPERES,)),
        ("Current,Power", (Unit.AMPERES, Unit.WATTS)),
        ("Power, Current", (Unit.WATTS, Unit.AMPERES)),
        ("power", (Unit.WATTS,)),
        ("W", (Unit.WATTS,)),
        ("A,Current", (Unit.AMPERES,)),
        ("", ()),
        (None, ()),
        ("horses", ()),
    ],
)
def test_units_are_those_that_are_listed(reported: str | None, units: tuple[Unit, ...]) -> None:
    """By either name, in any case; what is no unit is none."""
    assert capabilities_of(configuration(**{RATE_UNIT: reported})).units == units


@pytest.mark.parametrize(("reported", "periods"), [("1", 1), ("24", 24), ("0", None), ("-1", None), ("many", None)])
def test_the_number_of_periods_is_believed_if_it_can_be(reported: str, periods: int | None) -> None:
    """A schedule without any period does not exist."""
    assert capabilities_of(configuration(**{PERIODS: reported})).periods == periods


# The message


@given(PROFILES)
def test_every_profile_is_valid(checker: SchemaChecker, profile: ChargingProfile) -> None:
    """By the schema of the ocpp package, which wants limits in steps of 0.1; also as it goes along with a start."""
    assert checker.check("1.6", "SetChargingProfile", profile_payload(profile)) is None
    start = {"idTag": "CARD", "chargingProfile": charging_profile(profile)}
    assert checker.check("1.6", "RemoteStartTransaction", start) is None


def test_a_profile_is_written_as_1_6_wants_it() -> None:
    """With all that it can hold."""
    profile = ChargingProfile(
        profile_id=6203,
        connector=2,
        purpose=Purpose.TX,
        kind=Kind.ABSOLUTE,
        stack_level=3,
        unit=Unit.AMPERES,
        periods=(Period(0, 13.0), Period(960, 6.0, 1)),
        start=NOON,
        duration=960,
        valid_from=NOON,
        valid_to=NOON + timedelta(minutes=15),
        recurrency=Recurrency.WEEKLY,
        minimum_rate=6.0,
        max_offline_duration=900,
        transaction_id="7",
    )
    assert profile_payload(profile) == {
        "connectorId": 2,
        "csChargingProfiles": {
            "chargingProfileId": 6203,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "recurrencyKind": "Weekly",
            "transactionId": 7,
            "validFrom": "2026-11-20T12:00:00Z",
            "validTo": "2026-11-20T12:15:00Z",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-11-20T12:00:00Z",
                "duration": 960,
                "minChargingRate": 6.0,
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 13.0},
                    {"startPeriod": 960, "limit": 6.0, "numberPhases": 1},
                ],
            },
        },
    }
    written = profile_payload(replace(profile, transaction_id="not a number"))
    assert "transactionId" not in written["csChargingProfiles"]


# The answer to GetCompositeSchedule


def answer(limit: Any, unit: Any = "A", **period: Any) -> dict[str, Any]:
    """Return an answer that begins with this limit."""
    first = {"startPeriod": 0, "limit": limit, **period}
    return {
        "status": "Accepted",
        "chargingSchedule": {"chargingRateUnit": unit, "chargingSchedulePeriod": [first, {"limit": 99}]},
    }


@pytest.mark.parametrize(
    ("said", "amperes"),
    [
        (answer(10), 10.0),
        (answer(10.5), 10.5),
        (answer(10, " a "), 10.0),
        (answer(6900, "W"), 10.0),
        (answer(2300, "W", numberPhases=1), 10.0),
        (answer(6900, "W", numberPhases=7), 10.0),
        (answer(6900, "W", numberPhases=[3]), 10.0),
        (answer("10"), None),
        (answer(True), None),
        (answer(None), None),
        (answer(float("nan")), None),
        (answer(float("inf")), None),
        (answer(10**400), None),
        (answer(-1), None),
        (answer(10, "horses"), None),
        (answer(10, None), None),
        ({}, None),
        ({"chargingSchedule": None}, None),
        ({"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []}}, None),
        ({"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": {"limit": 10}}}, None),
        ({"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": ["10"]}}, None),
    ],
)
def test_a_composite_schedule_begins_with_a_current(said: dict[str, Any], amperes: float | None) -> None:
    """On three phases; nothing of use is None."""
    (schedule,) = composite_schedule(said, ())
    assert first_current(schedule, Wiring(3)) == amperes


@given(JSON, st.sampled_from([1, 3]))
def test_no_composite_schedule_is_too_odd_to_be_read(said: Any, phases: int) -> None:
    """Whatever stands there."""
    for answered in ({"chargingSchedule": said}, {"connectorId": said, "scheduleStart": said}):
        (schedule,) = composite_schedule(answered, ())
        found = first_current(schedule, Wiring(phases))
        assert found is None or isinstance(found, float)
        assert all(isfinite(period.limit) and period.start >= 0 for period in schedule.periods)


def test_a_composite_schedule_is_read_in_full() -> None:
    """Periods that make no sense are left out, and so is what is not told."""
    periods = [
        {"startPeriod": 0, "limit": 16, "numberPhases": 3},
        {"startPeriod": 60.0, "limit": 6.5, "numberPhases": True},
        {"startPeriod": -1, "limit": 16},
        {"startPeriod": "x", "limit": 16},
        {"startPeriod": 90, "limit": None},
        "16",
        {"startPeriod": 120, "limit": 0, "numberPhases": 4},
    ]
    said = {"chargingRateUnit": "w", "duration": "3600", "minChargingRate": 1380, "chargingSchedulePeriod": periods}
    answered = {"connectorId": 1, "scheduleStart": "2026-11-20T12:00:00Z", "chargingSchedule": said}
    (schedule,) = composite_schedule(answered, ())
    assert schedule == CompositeSchedule(
        connector=1,
        start=NOON,
        unit=Unit.WATTS,
        duration=3600,
        minimum_rate=1380.0,
        periods=(Period(0, 16.0, 3), Period(60, 6.5), Period(120, 0.0)),
    )


def test_the_start_of_a_composite_schedule_may_stand_within() -> None:
    """Some write it there only."""
    answered = {"chargingSchedule": {"startSchedule": "2026-11-20T12:00:00Z"}}
    (schedule,) = composite_schedule(answered, ())
    assert schedule.start == NOON


def test_what_a_composite_schedule_begins_with_may_have_no_time() -> None:
    """It is the beginning; a later period without one is left out."""
    periods = [{"limit": 10}, {"limit": 99}]
    (schedule,) = composite_schedule({"chargingSchedule": {"chargingSchedulePeriod": periods}}, ())
    assert schedule.periods == (Period(0, 10.0),)


def test_an_endless_composite_schedule_is_cut() -> None:
    """A charge point may send anything."""
    periods = [{"startPeriod": number, "limit": 6} for number in range(5000)]
    (schedule,) = composite_schedule({"chargingSchedule": {"chargingSchedulePeriod": periods}}, ())
    assert len(schedule.periods) == 1000
