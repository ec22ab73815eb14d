"""The clock of a charge point: told by its messages, and minded where its schedules go by it."""

from datetime import timedelta

import pytest

from custom_components.ocpp_csms.csms.measuring.clock_skew import ClockSkew
from tests.csms.central import NOON
from tests.csms.dialect import Station


def told(*seconds: float) -> ClockSkew:
    """Return what is known after messages whose times differ from ours by so many seconds."""
    skew = ClockSkew()
    for second in seconds:
        skew.told(NOON + timedelta(seconds=second), NOON)
    return skew


@pytest.mark.parametrize(
    ("seconds", "ahead"),
    [
        ([], 0),
        ([20], 0),
        ([3600], 3600),
        ([-600, -1200, 3604], 3600),
        ([-600], 0),
        ([-600, -900, -600, -602, -615, -600, -600], -600),
        ([-600] * 5, 0),
        ([-600, -600, -600, -600, -600, -600, 0], 0),
        ([second - 21600 for second in range(0, 21600, 30)], 0),
        ([86400 * 365] * 5, 0),
    ],
    ids=[
        "nothing",
        "negligible",
        "local time",
        "late messages",
        "one late",
        "slow",
        "too few",
        "right after all",
        "what was kept offline",
        "never set",
    ],
)
def test_the_youngest_of_the_last_messages_tells(seconds: list[float], ahead: float) -> None:
    """A message may be late, but not early."""
    assert told(*seconds).value == timedelta(seconds=ahead)


def test_what_was_long_ago_says_nothing() -> None:
    """A clock may be set at any time."""
    assert told(3600, *[0] * 8).value == timedelta()


def test_a_restart_sets_the_clock() -> None:
    """What was known of it is forgotten."""
    skew = told(3600)
    skew.forget()
    assert skew.value == timedelta()


async def test_a_schedule_starts_by_the_clock_of_the_charge_point(station: Station) -> None:
    """One that writes local time would find the limit expired."""
    station.status("Available", timestamp="2026-11-20T13:00:00Z")
    await station.charge_point.set_limit(1, 10)
    schedule = station.rpc.calls[-1][1]["csChargingProfiles"]["chargingSchedule"]
    assert schedule["startSchedule"] == "2026-11-20T12:59:00Z"


async def test_meter_values_tell_too(station: Station) -> None:
    """By the newest of them."""
    station.sample(1, at="2026-11-20T14:00:00Z", power=0)
    assert station.charge_point.clock_skew.value == timedelta(hours=2)
    station.boot()
    assert station.charge_point.clock_skew.value == timedelta()
