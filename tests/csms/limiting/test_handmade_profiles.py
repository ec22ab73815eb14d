"""Profiles made by hand beside the limits of a charge point: by its clock, out of the way of ours, and ours come back when they are cleared."""

from datetime import timedelta
import logging

import pytest

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Unit
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import InvalidRequestError, NotConnectedError, RefusedError
from custom_components.ocpp_csms.csms.requests import ClearProfiles, GetCompositeSchedule
from tests.csms.central import NOON
from tests.csms.charger import Charger, at_rest
from tests.csms.conftest import MakeCharger

AHEAD = timedelta(hours=1)


def profile(purpose: Purpose = Purpose.TX_DEFAULT, connector: int = 1, level: int = 0) -> ChargingProfile:
    """Return a profile of 8 A from noon on."""
    return ChargingProfile(
        profile_id=1,
        connector=connector,
        purpose=purpose,
        kind=Kind.ABSOLUTE,
        stack_level=level,
        unit=Unit.AMPERES,
        periods=(Period(0, 8),),
        start=NOON,
        valid_from=NOON,
        valid_to=NOON + AHEAD,
    )


def set_clock_ahead(charger: Charger) -> None:
    """Let the charger's clock be ahead of ours by an hour."""
    charger.station.sample(at=(charger.station.clock.now + AHEAD).strftime("%Y-%m-%dT%H:%M:%SZ"), current=0)
    assert charger.point.clock_skew.value == AHEAD


async def test_times_are_told_by_the_clock_of_the_charge_point(make_charger: MakeCharger) -> None:
    """Its schedules go by that."""
    charger = make_charger()
    set_clock_ahead(charger)
    await charger.point.profiles.install(profile())
    written = charger.written[-1][2]
    assert written["chargingSchedule"]["startSchedule"] == "2026-11-20T13:00:00Z"
    assert (written["validFrom"], written["validTo"]) == ("2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z")


async def test_times_are_returned_by_our_clock(make_charger: MakeCharger) -> None:
    """What it says is one o'clock was noon."""
    charger = make_charger()
    set_clock_ahead(charger)
    charger.station.rpc.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "scheduleStart": "2026-11-20T13:00:00Z",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []},
    }
    schedule = await charger.point.profiles.composite(GetCompositeSchedule(connector=1, duration=60))
    assert schedule.start == NOON


async def test_a_profile_for_a_connector_that_does_not_exist_is_refused(make_charger: MakeCharger) -> None:
    """As all that is about one; the whole charge point is one."""
    charger = make_charger()
    with pytest.raises(InvalidRequestError, match="unknown_connector"):
        await charger.point.profiles.install(profile(connector=2))
    with pytest.raises(InvalidRequestError, match="unknown_connector"):
        await charger.point.profiles.composite(GetCompositeSchedule(connector=2, duration=60))
    await charger.point.profiles.install(profile(connector=0))


async def test_what_is_refused_is_no_place_of_ours(make_charger: MakeCharger) -> None:
    """Others may stand there."""
    charger = make_charger(refuses=lambda _: True)
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    assert charger.point.profiles.free_stack_level(1, Purpose.TX_DEFAULT) == 0


async def test_the_places_of_our_limits_are_known_after_a_restart(make_charger: MakeCharger) -> None:
    """Of Home Assistant: the charge point still has them."""
    charger = make_charger(ChargePointSettings(configure=False, quirks={"stack_level": 1}))
    await charger.point.set_limit(1, 10)
    again = make_charger(stored=charger.station.snapshot())
    assert [again.point.profiles.free_stack_level(1, purpose) for purpose in Purpose] == [0, 0, 0]
    with pytest.raises(InvalidRequestError, match="profile_place_taken"):
        await again.point.profiles.install(profile(level=1))


async def test_a_charge_point_that_is_ours_no_longer_has_no_place_of_ours(make_charger: MakeCharger) -> None:
    """All is cleared then."""
    charger = make_charger()
    await charger.point.set_limit(1, 10)
    await charger.point.limits.clear()
    assert charger.point.profiles.free_stack_level(1, Purpose.TX_DEFAULT) == 0


async def test_the_ceiling_is_told_again_when_it_is_cleared(make_charger: MakeCharger) -> None:
    """And not when something else is."""
    charger = make_charger()
    await charger.point.set_ceiling(16)
    await charger.point.profiles.clear(ClearProfiles(purpose=Purpose.TX_DEFAULT))
    await at_rest()
    assert len(charger.written) == 1
    await charger.point.profiles.clear(ClearProfiles(purpose=Purpose.STATION_MAX))
    await at_rest()
    assert [written["chargingProfileId"] for _, _, written in charger.written] == [6100, 6100]


async def test_a_limit_that_is_refused_after_a_clearing_is_none_any_more(
    make_charger: MakeCharger, caplog: pytest.LogCaptureFixture
) -> None:
    """The clearing has been done all the same; nothing is raised."""
    charger = make_charger()
    await charger.point.set_limit(1, 10)
    charger.refuses = lambda _: True
    with caplog.at_level(logging.INFO):
        await charger.point.profiles.clear(ClearProfiles())
        await at_rest()
    assert charger.connector.limit is None
    assert "its limits were not all told again" in caplog.text


async def test_nothing_is_told_again_when_nothing_was_cleared(make_charger: MakeCharger) -> None:
    """A refusal is raised."""
    charger = make_charger()
    await charger.point.set_limit(1, 10)
    charger.station.rpc.answers["ClearChargingProfile"] = {"status": "Unknown"}
    with pytest.raises(RefusedError):
        await charger.point.profiles.clear(ClearProfiles())
    await at_rest()
    assert len(charger.written) == 1


async def test_a_profile_for_a_start_is_checked_before_the_start(make_charger: MakeCharger) -> None:
    """Nothing is sent, and no start is announced."""
    charger = make_charger()
    with pytest.raises(InvalidRequestError, match="profile_needs_connector"):
        await charger.point.start(1, profile=profile(Purpose.TX, connector=0))
    assert "RemoteStartTransaction" not in [action for action, _ in charger.station.rpc.calls]


async def test_a_charge_point_that_is_gone_is_told_no_profile(make_charger: MakeCharger) -> None:
    """That it is offline is the news."""
    charger = make_charger()
    charger.station.disconnect()
    with pytest.raises(NotConnectedError):
        await charger.point.profiles.install(profile())
    with pytest.raises(NotConnectedError):
        await charger.point.profiles.composite(GetCompositeSchedule(connector=1, duration=60))
