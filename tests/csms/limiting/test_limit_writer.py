"""The layers around a limit: a fallback below it, laid once, and a ceiling above, written only when the user asks for it."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, LimitBudgetError, NotConnectedError, RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.csms.charger import QUICK, REFUSED, UNKNOWN, Charger, Profile, at_rest, first_limit
from tests.csms.conftest import MakeCharger

LEVEL_3 = ChargePointSettings(configure=False, quirks={"stack_level": 3})

# The fallback


async def followed(charger: Charger, amperes: float = 10) -> None:
    """Set a limit that is seen to be followed."""
    await charger.point.set_limit(1, amperes)
    charger.station.clock.advance(seconds=16)
    charger.meter()
    await at_rest()


async def test_a_fallback_is_laid_below_once_a_limit_is_followed(make_charger: MakeCharger) -> None:
    """At the lowest level, for ever; once."""
    charger = make_charger(LEVEL_3)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    assert charger.fallbacks == []
    await followed(charger, 9)
    await followed(charger, 8)
    (fallback,) = charger.fallbacks
    assert (fallback["stackLevel"], first_limit(fallback)) == (0, 6)
    again = make_charger(LEVEL_3, stored=charger.station.snapshot())
    await again.charge()
    await followed(again)
    assert again.fallbacks == []


async def test_where_there_is_no_room_below_no_fallback_is_laid(make_charger: MakeCharger) -> None:
    """The limit carries it."""
    charger = make_charger()
    await charger.charge()
    await followed(charger)
    assert charger.fallbacks == []


async def test_who_wants_no_fallback_gets_none(make_charger: MakeCharger) -> None:
    """The limit goes on for ever."""
    charger = make_charger(ChargePointSettings(configure=False, fallback_current=None, quirks={"stack_level": 3}))
    await charger.charge()
    await followed(charger)
    assert charger.fallbacks == []


async def test_a_fallback_that_is_refused_is_not_asked_for_again(make_charger: MakeCharger) -> None:
    """The limits go on."""
    charger = make_charger(LEVEL_3, refuses=lambda profile: profile["chargingProfileId"] >= 6400)
    await charger.charge()
    await followed(charger, 10)
    await followed(charger, 9)
    assert len(charger.fallbacks) == 1
    assert charger.connector.limit == 9


@pytest.mark.parametrize("expiry", ["valid_to", "duration"])
async def test_a_limit_with_nothing_below_it_does_not_vanish(make_charger: MakeCharger, expiry: str) -> None:
    """It would leave no limit at all; also not after a restart of Home Assistant."""
    settings = ChargePointSettings(configure=False, quirks={"stack_level": 3, "limit_expiry": expiry})
    charger = make_charger(settings, refuses=lambda profile: profile["chargingProfileId"] >= 6400)
    await charger.charge()
    await followed(charger, 10)
    await charger.point.set_limit(1, 9)
    again = make_charger(settings, stored=charger.station.snapshot())
    await again.point.set_limit(1, 8)
    profiles = charger.profiles + again.profiles
    assert [vanishes(profile) for profile in profiles] == [True, False, False]


async def test_a_fallback_that_is_not_answered_may_be_there(make_charger: MakeCharger) -> None:
    """A limit may still vanish."""
    settings = ChargePointSettings(configure=False, quirks={"stack_level": 3, "limit_expiry": "valid_to"})
    charger = make_charger(settings, hangs=lambda profile: profile["chargingProfileId"] >= 6400)
    await charger.charge()
    await followed(charger, 10)
    await charger.point.set_limit(1, 9)
    assert len(charger.fallbacks) == 1
    assert vanishes(charger.profiles[-1])


def vanishes(profile: Profile) -> bool:
    """Whether a profile ends by itself."""
    return "validTo" in profile or "duration" in profile["chargingSchedule"]


async def test_a_fallback_is_laid_anew_after_a_boot(make_charger: MakeCharger) -> None:
    """Some charge points forget."""
    charger = make_charger(LEVEL_3)
    await charger.charge()
    await followed(charger)
    charger.station.boot()
    await at_rest()
    charger.station.clock.advance(seconds=16)
    charger.meter()
    await at_rest()
    assert len(charger.fallbacks) == 2


async def test_no_fallback_is_more_than_the_charge_point_may_ever_take(make_charger: MakeCharger) -> None:
    """Whatever the user has entered."""
    charger = make_charger(ChargePointSettings(configure=False, maximum_current=10, fallback_current=16))
    await charger.point.set_limit(1, 8)
    periods = charger.profiles[0]["chargingSchedule"]["chargingSchedulePeriod"]
    assert [period["limit"] for period in periods] == [8, 10]


# The ceiling


async def test_a_ceiling_is_written_only_when_the_user_asks_for_it(make_charger: MakeCharger) -> None:
    """It survives a restart of Home Assistant."""
    charger = make_charger()
    await charger.point.set_ceiling(16.09)
    assert charger.point.limits.ceiling == 16
    ((_, connector, profile),) = charger.written
    assert (connector, profile["chargingProfilePurpose"]) == (0, "ChargePointMaxProfile")
    assert make_charger(stored=charger.station.snapshot()).point.limits.ceiling == 16


async def test_a_ceiling_is_in_the_unit_that_the_charge_point_takes(make_charger: MakeCharger) -> None:
    """The same as its limits."""
    charger = make_charger(ChargePointSettings(configure=False, quirks={"rate_unit": "W"}))
    await charger.point.set_ceiling(16)
    assert charger.written[0][2]["chargingSchedule"]["chargingRateUnit"] == "W"


async def test_a_ceiling_is_written_a_few_times_a_day_at_most(make_charger: MakeCharger) -> None:
    """Automations are for the limits."""
    charger = make_charger()
    for amperes in range(10):
        await charger.point.set_ceiling(10 + amperes)
    with pytest.raises(LimitBudgetError):
        await charger.point.set_ceiling(32)


async def test_a_ceiling_that_is_refused_is_none(make_charger: MakeCharger) -> None:
    """What counts is what was confirmed."""
    charger = make_charger()
    charger.station.rpc.answers["SetChargingProfile"] = REFUSED
    with pytest.raises(RefusedError):
        await charger.point.set_ceiling(16)
    assert charger.point.limits.ceiling is None


def ceilings(charger: Charger) -> list[float]:
    """Return the ceilings that were written."""
    return [first_limit(profile) for profile in charger.profiles if profile["chargingProfileId"] == 6100]


async def test_a_ceiling_is_told_again_after_a_boot(make_charger: MakeCharger) -> None:
    """Before the limits, and however often it boots."""
    charger = make_charger()
    await charger.point.set_ceiling(16)
    await charger.point.set_limit(1, 10)
    for _ in range(12):
        charger.written.clear()
        charger.station.boot()
        await charger.station.until(lambda: len(charger.written) == 2)
        assert [profile["chargingProfileId"] for profile in charger.profiles] == [6100, 6202]


async def test_a_ceiling_that_is_refused_after_a_boot_is_none_any_more(make_charger: MakeCharger) -> None:
    """What counts is what was confirmed."""
    charger = make_charger()
    await charger.point.set_ceiling(16)
    charger.station.rpc.answers["SetChargingProfile"] = REFUSED
    charger.station.boot()
    await charger.station.until(lambda: charger.point.limits.ceiling is None)


async def test_a_ceiling_that_is_not_answered_after_a_boot_is_told_later(make_charger: MakeCharger) -> None:
    """Until it is."""
    charger = make_charger(timing=replace(QUICK, retry=0.0))
    await charger.point.set_ceiling(16)
    obliging, missed = charger.station.rpc.answers["SetChargingProfile"], 0

    def hangs_twice(payload: dict[str, Any]) -> Any:
        nonlocal missed
        missed += 1
        return CallTimeoutError("SetChargingProfile", 30) if missed < 3 else obliging(payload)

    charger.written.clear()
    charger.station.rpc.answers["SetChargingProfile"] = hangs_twice
    charger.station.boot()
    await charger.station.until(lambda: ceilings(charger) == [16])
    assert charger.point.limits.ceiling == 16


async def test_a_ceiling_waits_for_the_next_boot_when_the_connection_is_lost(
    make_charger: MakeCharger, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays what it is, and nothing fails."""
    charger = make_charger(timing=replace(QUICK, retry=0.0))
    await charger.point.set_ceiling(16)
    answers: list[Exception] = [CallTimeoutError("SetChargingProfile", 30), NotConnectedError(), NotConnectedError()]
    obliging = charger.station.rpc.answers["SetChargingProfile"]
    charger.station.rpc.answers["SetChargingProfile"] = lambda _payload: answers.pop(0)
    charger.station.boot()
    await charger.station.until(lambda: len(answers) == 1)
    charger.station.boot()
    await charger.station.until(lambda: not answers)
    await at_rest()
    assert (charger.point.limits.ceiling, [item for item in caplog.records if item.levelname == "ERROR"]) == (16, [])
    charger.written.clear()
    charger.station.rpc.answers["SetChargingProfile"] = obliging
    charger.station.boot()
    await charger.station.until(lambda: ceilings(charger) == [16])


@pytest.mark.parametrize(("says", "written"), [(32.0, [16.0]), (16.0, []), (UNKNOWN, [])])
async def test_a_ceiling_is_told_again_after_a_lost_connection_if_it_does_not_hold(
    make_charger: MakeCharger, says: Any, written: list[float]
) -> None:
    """The charge point is asked; one that says nothing is believed to have it."""
    charger = make_charger(timing=replace(QUICK, boot_grace=0.0))
    charger.station.boot()
    await charger.point.set_ceiling(16)
    await at_rest()
    charger.written.clear()
    periods = [{"startPeriod": 0, "limit": says}]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    answer = says if says is UNKNOWN else {"status": "Accepted", "chargingSchedule": schedule}
    charger.station.rpc.answers["GetCompositeSchedule"] = answer
    charger.station.disconnect()
    charger.station.connect()
    charger.station.status("Available")
    asked = len(charger.station.rpc.calls)
    await charger.station.until(
        lambda: ("GetCompositeSchedule", {"connectorId": 0, "duration": 60}) in charger.station.rpc.calls[asked - 1 :]
    )
    await at_rest()
    assert ceilings(charger) == written


@pytest.mark.parametrize("highest", [0, 3])
async def test_a_limit_of_the_whole_charge_point_and_its_ceiling_do_not_undo_each_other(
    make_charger: MakeCharger, highest: int
) -> None:
    """One level apart where there are two, and never above it: of two such limits only the higher one holds."""
    quirks = {"profile_purpose": "ChargePointMaxProfile", "stack_level": 0}
    charger = make_charger(ChargePointSettings(configure=False, quirks=quirks))
    key = "ChargeProfileMaxStackLevel"
    charger.point.configuration_read({key: ConfigurationKey(key, str(highest), True)})
    await charger.point.set_limit(1, 20)
    await charger.point.set_ceiling(16)
    assert charger.limits[-1] == 16
    await charger.point.set_limit(1, 10)
    top, last = charger.profiles[-2:]
    assert (charger.limits[-1], last["stackLevel"]) == (10, min(highest, 1))
    assert all(period["limit"] <= 16 for period in top["chargingSchedule"]["chargingSchedulePeriod"])
    assert charger.connector.limit == 10


# Both


async def test_at_its_removal_a_charge_point_is_freed_of_all_that_was_installed(make_charger: MakeCharger) -> None:
    """Also if it refuses some of it."""
    charger = make_charger(LEVEL_3)
    await charger.charge()
    await followed(charger)
    await charger.point.set_ceiling(16)
    charger.station.rpc.answers["ClearChargingProfile"] = REFUSED
    await charger.point.limits.clear()
    cleared = [payload["id"] for action, payload in charger.station.rpc.calls if action == "ClearChargingProfile"]
    assert cleared == [6202, 6402, 6100]
