"""Which limit holds when, by OCPP 1.6, section 3.13."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
from ocpp.v16.enums import ChargingProfilePurposeType as Purpose, ChargingRateUnitType as Unit
import pytest

from custom_components.ocpp_csms.simulator.charging_profiles import (
    ActiveTransaction,
    Limit,
    Period,
    Profile,
    ProfileStore,
)
from custom_components.ocpp_csms.simulator.messages import to_payload

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
STARTED = NOON - timedelta(minutes=10)
RUNNING = ActiveTransaction(STARTED, 7)


def wire(
    *periods: tuple[int, float] | tuple[int, float, int],
    purpose: str = "TxDefaultProfile",
    kind: str = "Relative",
    profile_id: int = 1,
    level: int = 0,
    unit: str = "A",
    schedule: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """A profile as it comes in a message."""
    names = ("startPeriod", "limit", "numberPhases")
    return {
        "chargingProfileId": profile_id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [dict(zip(names, period, strict=False)) for period in periods],
            **(schedule or {}),
        },
        **others,
    }


def store(*profiles: tuple[int, dict[str, Any]], phases: int = 3) -> ProfileStore:
    """A store for 32 A with these profiles, each on its connector."""
    result = ProfileStore(Limit(32, phases))
    for connector, profile in profiles:
        result.install(connector, Profile.from_wire(profile))
    return result


def amperes(profiles: ProfileStore, at: datetime = NOON, connector: int = 1) -> float:
    """The limit of a connector with a running transaction."""
    return profiles.limit(connector, at, RUNNING).amperes


def test_without_profiles_the_hardware_is_the_limit() -> None:
    assert store().limit(1, NOON, None) == Limit(32, 3)


def test_a_transaction_profile_overrules_the_default_even_upwards() -> None:
    profiles = store((1, wire((0, 10))), (1, wire((0, 20), purpose="TxProfile", profile_id=2, transactionId=7)))
    assert amperes(profiles) == 20


def test_a_transaction_profile_of_another_transaction_does_not_count() -> None:
    assert amperes(store((1, wire((0, 20), purpose="TxProfile", transactionId=8)))) == 32


def test_the_charge_point_maximum_binds_the_transaction() -> None:
    profiles = store((1, wire((0, 20))), (0, wire((0, 13), purpose="ChargePointMaxProfile", profile_id=2)))
    assert amperes(profiles) == 13


def test_a_default_profile_of_the_charge_point_holds_for_every_connector() -> None:
    profiles = store((0, wire((0, 12))))
    assert (amperes(profiles, connector=1), amperes(profiles, connector=2)) == (12, 12)


def test_a_default_profile_of_the_connector_replaces_that_of_the_charge_point() -> None:
    profiles = store((0, wire((0, 12), level=3)), (1, wire((0, 25), profile_id=2)))
    assert (amperes(profiles, connector=1), amperes(profiles, connector=2)) == (25, 12)


def test_the_highest_stack_level_prevails() -> None:
    profiles = store((1, wire((0, 10), level=5)), (1, wire((0, 20), level=2, profile_id=2)))
    assert amperes(profiles) == 10


def test_a_lower_stack_level_takes_over_when_the_higher_one_has_ended() -> None:
    profiles = store((1, wire((0, 10), level=5, schedule={"duration": 300})), (1, wire((0, 20), level=2, profile_id=2)))
    assert amperes(profiles, STARTED + timedelta(seconds=299)) == 10
    assert amperes(profiles, STARTED + timedelta(seconds=300)) == 20


def test_relative_periods_count_from_the_start_of_the_transaction() -> None:
    profiles = store((1, wire((0, 10), (600, 16))))
    assert amperes(profiles, STARTED + timedelta(seconds=599)) == 10
    assert amperes(profiles, STARTED + timedelta(seconds=600)) == 16


def test_absolute_periods_count_from_the_start_of_the_schedule() -> None:
    profiles = store((1, wire((0, 10), (60, 16), kind="Absolute", schedule={"startSchedule": "2026-03-02T12:00:00Z"})))
    assert amperes(profiles, NOON - timedelta(seconds=1)) == 32
    assert amperes(profiles, NOON + timedelta(seconds=59)) == 10
    assert amperes(profiles, NOON + timedelta(seconds=60)) == 16


def test_an_absolute_profile_without_start_begins_with_the_transaction() -> None:
    assert amperes(store((1, wire((0, 10), (600, 16), kind="Absolute")))) == 16


def test_a_time_without_zone_is_taken_as_utc() -> None:
    profiles = store((1, wire((0, 10), kind="Absolute", schedule={"startSchedule": "2026-03-02T12:00:00"})))
    assert (amperes(profiles, NOON - timedelta(seconds=1)), amperes(profiles, NOON)) == (32, 10)


@pytest.mark.parametrize(("recurrency", "cycle"), [("Daily", timedelta(days=1)), ("Weekly", timedelta(weeks=1))])
def test_a_recurring_schedule_starts_again_each_cycle(recurrency: str, cycle: timedelta) -> None:
    schedule = {"startSchedule": "2026-03-02T12:00:00Z", "duration": 3600}
    profiles = store((1, wire((0, 10), kind="Recurring", recurrencyKind=recurrency, schedule=schedule)))
    for begin in (NOON, NOON + cycle, NOON + 3 * cycle):
        assert amperes(profiles, begin - timedelta(seconds=1)) == 32
        assert amperes(profiles, begin) == 10
        assert amperes(profiles, begin + timedelta(hours=1)) == 32


def test_a_profile_counts_only_while_it_is_valid() -> None:
    profiles = store((1, wire((0, 10), validFrom="2026-03-02T12:00:00Z", validTo="2026-03-02T13:00:00Z")))
    moments = (NOON - timedelta(seconds=1), NOON, NOON + timedelta(hours=1))
    assert [amperes(profiles, moment) for moment in moments] == [32, 10, 32]


@pytest.mark.parametrize(("phases", "expected"), [(None, 16), (3, 16), (1, 32)])
def test_watts_are_divided_by_the_phases_that_the_period_names(phases: int | None, expected: float) -> None:
    period = (0, 16 * 690.0) if phases != 1 else (0, 32 * 230.0)
    profile = wire((*period, phases) if phases else period, unit="W")
    assert amperes(store((1, profile))) == pytest.approx(expected)


def test_watts_on_a_single_phase_charge_point_flow_through_its_one_phase() -> None:
    assert amperes(store((1, wire((0, 2300), unit="W")), phases=1)) == pytest.approx(10)


def test_the_number_of_phases_is_part_of_the_limit() -> None:
    assert store((1, wire((0, 16, 1)))).limit(1, NOON, RUNNING) == Limit(16, 1)


def test_a_profile_replaces_the_one_with_its_id() -> None:
    profiles = store((1, wire((0, 10), level=4)), (1, wire((0, 20), level=1)))
    assert [profile.stack_level for _, profile in profiles.installed] == [1]


def test_a_profile_replaces_the_one_with_its_purpose_and_stack_level() -> None:
    profiles = store((1, wire((0, 10))), (1, wire((0, 20), profile_id=2)), (2, wire((0, 6), profile_id=3)))
    assert [(on, profile.profile_id) for on, profile in profiles.installed] == [(1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ({}, []),
        ({"profile_id": 1}, [2, 3]),
        ({"connector_id": 1}, [3]),
        ({"purpose": Purpose.charge_point_max_profile}, [1, 2]),
        ({"stack_level": 4}, [1, 3]),
        ({"connector_id": 1, "stack_level": 0}, [2, 3]),
    ],
)
def test_clearing_removes_what_meets_all_conditions(conditions: dict[str, Any], left: list[int]) -> None:
    profiles = store(
        (1, wire((0, 10))),
        (1, wire((0, 10), profile_id=2, level=4)),
        (0, wire((0, 10), profile_id=3, purpose="ChargePointMaxProfile")),
    )
    assert profiles.clear(**conditions)
    assert [profile.profile_id for _, profile in profiles.installed] == left


def test_clearing_what_is_not_there_says_so() -> None:
    assert not store((1, wire((0, 10)))).clear(profile_id=9)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        wire(),
        wire((10, 6)),
        wire((0, 6), (0, 7)),
        wire((0, -1)),
        wire((0, 6, 4)),
        wire((0, 6), level=-1),
        wire((0, 6), kind="Recurring"),
        wire((0, 6), kind="Sometimes"),
        wire((0, 6), purpose="Nothing"),
        wire((0, 6), unit="V"),
        wire((0, 6), schedule={"startSchedule": "yesterday"}),
        {"chargingSchedule": "none"},
    ],
)
def test_what_is_no_profile_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Profile.from_wire(broken)


def test_a_profile_survives_the_way_to_the_wire_and_back() -> None:
    profile = Profile.from_wire(
        wire(
            (0, 10, 1),
            (60, 6),
            kind="Recurring",
            recurrencyKind="Daily",
            schedule={"startSchedule": "2026-03-02T12:00:00Z", "duration": 60},
            validFrom="2026-03-01T00:00:00Z",
            validTo="2026-04-01T00:00:00Z",
        )
    )
    assert Profile.from_wire(to_payload(profile.to_datatype())) == profile


def test_the_composite_schedule_of_a_free_charge_point_is_its_hardware() -> None:
    assert store().composite(1, NOON, 3600, Unit.amps) == [Period(0, 32, 3)]


def test_the_composite_schedule_in_watts_counts_all_phases() -> None:
    assert store((1, wire((0, 10)))).composite(1, NOON, 60, Unit.watts) == [Period(0, 6900, 3)]


def test_the_composite_schedule_follows_every_change() -> None:
    schedule = {"startSchedule": "2026-03-02T12:00:00Z"}
    profiles = store(
        (1, wire((0, 10), (600, 20), kind="Absolute", schedule=schedule)),
        (
            0,
            wire((0, 16), purpose="ChargePointMaxProfile", profile_id=2, validTo="2026-03-02T12:30:00Z"),
        ),
    )
    assert profiles.composite(1, NOON, 3600, Unit.amps, RUNNING) == [
        Period(0, 10, 3),
        Period(600, 16, 3),
        Period(1800, 20, 3),
    ]


def test_the_composite_schedule_of_a_recurring_profile_has_each_cycle() -> None:
    schedule = {"startSchedule": "2026-03-01T11:00:00Z", "duration": 3600}
    profiles = store((1, wire((0, 10), kind="Recurring", recurrencyKind="Daily", schedule=schedule)))
    hour = 3600
    assert profiles.composite(1, NOON, 48 * hour, Unit.amps) == [
        Period(0, 32, 3),
        Period(23 * hour, 10, 3),
        Period(24 * hour, 32, 3),
        Period(47 * hour, 10, 3),
    ]


def test_the_composite_schedule_of_the_charge_point_leaves_out_the_connectors() -> None:
    profiles = store((0, wire((0, 12))), (0, wire((0, 25), purpose="ChargePointMaxProfile", profile_id=2)))
    assert profiles.composite(0, NOON, 60, Unit.amps) == [Period(0, 25, 3)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Relative", "Absolute"]),
            st.integers(0, 3),
            st.lists(st.floats(0, 40), min_size=1, max_size=4),
            st.integers(1, 4000) | st.none(),
        ),
        max_size=5,
    ),
    st.integers(0, 3599),
)
def test_the_composite_schedule_says_at_each_moment_what_the_limit_is(
    drawn: list[tuple[str, int, list[float], int | None]], offset: int
) -> None:
    profiles = store()
    for number, (kind, level, limits, duration) in enumerate(drawn):
        periods = [(600 * index, limit) for index, limit in enumerate(limits)]
        schedule = {"startSchedule": "2026-03-02T11:50:00Z"} | ({"duration": duration} if duration else {})
        profiles.install(
            1, Profile.from_wire(wire(*periods, kind=kind, level=level, profile_id=number, schedule=schedule))
        )
    composite = profiles.composite(1, NOON, 3600, Unit.amps, RUNNING)
    in_force = [period for period in composite if period.start <= offset][-1]
    assert in_force.limit == round(amperes(profiles, NOON + timedelta(seconds=offset)), 1)
