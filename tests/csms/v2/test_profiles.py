"""Charging profiles in the words of 2.x, each sound by the schema of its version."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Recurrency, Unit
from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.csms.limiting.composite_schedules import first_current
from custom_components.ocpp_csms.csms.v2.profiles import charging_profile, composite_schedule, profile_payload
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker, rounded

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHECKER = SchemaChecker()
CHECKER.load(("2.0.1", "2.1"))

PERIODS = st.builds(
    Period,
    start=st.integers(0, 86_400),
    limit=st.integers(0, 320).map(lambda tenths: tenths / 10),
    phases=st.sampled_from([None, 1, 3]),
)
PROFILES = st.builds(
    ChargingProfile,
    profile_id=st.integers(1, 10_000),
    connector=st.integers(0, 3),
    purpose=st.sampled_from(Purpose),
    kind=st.sampled_from(Kind),
    stack_level=st.integers(0, 9),
    unit=st.sampled_from(Unit),
    periods=st.lists(PERIODS, min_size=1, max_size=5).map(tuple),
    start=st.sampled_from([None, NOON]),
    duration=st.sampled_from([None, 900]),
    valid_to=st.sampled_from([None, NOON + timedelta(hours=1)]),
    transaction_id=st.sampled_from([None, "9ea1c3c8-2d9c-4bd0-91ba-2f4be1a5c0de"]),
    recurrency=st.sampled_from([None, *Recurrency]),
    valid_from=st.sampled_from([None, NOON]),
    minimum_rate=st.sampled_from([None, 6.0]),
)


def limit(**fields: Any) -> ChargingProfile:
    """Return a limit of 10 A on EVSE 1."""
    given_fields: dict[str, Any] = {
        "profile_id": 6202,
        "connector": 1,
        "purpose": Purpose.TX_DEFAULT,
        "kind": Kind.ABSOLUTE,
        "stack_level": 3,
        "unit": Unit.AMPERES,
        "periods": (Period(0, 10.0),),
    }
    return ChargingProfile(**(given_fields | fields))


@given(PROFILES, st.sampled_from(["2.0.1", "2.1"]))
def test_every_profile_is_sound(profile: ChargingProfile, version: str) -> None:
    """By the schema of SetChargingProfile."""
    assert CHECKER.check(version, "SetChargingProfile", rounded(profile_payload(profile))) is None


def test_a_profile_says_where_it_holds() -> None:
    """On an EVSE, for a transaction."""
    payload = profile_payload(limit(purpose=Purpose.TX, transaction_id="tx-1"))
    assert payload["evseId"] == 1
    assert payload["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert payload["chargingProfile"]["transactionId"] == "tx-1"


def test_which_phase_is_used_is_left_to_the_station() -> None:
    """Only how many (K01.FR.19)."""
    (schedule,) = charging_profile(limit(periods=(Period(0, 10.0, 1),)))["chargingSchedule"]
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10.0, "numberPhases": 1}]


def test_a_limit_that_ends_offline_stays_gone() -> None:
    """What it limited to is old by then (2.1)."""
    profile = charging_profile(limit(max_offline_duration=900))
    assert (profile["maxOfflineDuration"], profile["invalidAfterOfflineDuration"]) == (900, True)
    assert "invalidAfterOfflineDuration" not in charging_profile(limit())


def composite(**schedule: Any) -> dict[str, Any]:
    """Return an answer to GetCompositeSchedule."""
    told: dict[str, Any] = {
        "evseId": 1,
        "duration": 3600,
        "scheduleStart": "2026-11-20T12:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16},
            {"startPeriod": 900, "limit": 6, "numberPhases": 1},
        ],
    }
    return {"status": "Accepted", "schedule": told | schedule}


def test_a_composite_schedule_is_read() -> None:
    """What all profiles together allow in time."""
    (read,) = composite_schedule(composite(), ())
    assert (read.connector, read.start, read.unit, read.duration) == (1, NOON, Unit.AMPERES, 3600)
    assert read.periods == (Period(0, 16.0), Period(900, 6.0, 1))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (composite(), 16.0),
        (composite(chargingRateUnit="W", chargingSchedulePeriod=[{"startPeriod": 0, "limit": 6900}]), 10.0),
        (composite(chargingSchedulePeriod=[]), None),
        (composite(chargingSchedulePeriod="none"), None),
        (composite(chargingRateUnit=None), None),
        ({"status": "Accepted"}, None),
        ({"status": "Accepted", "schedule": [1]}, None),
    ],
)
def test_what_a_composite_schedule_begins_with(answer: dict[str, Any], expected: float | None) -> None:
    """In A per phase; None where it says nothing of use."""
    (read,) = composite_schedule(answer, ())
    assert first_current(read, Wiring(3)) == expected
