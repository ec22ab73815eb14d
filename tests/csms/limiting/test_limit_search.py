"""How the way is found in which a charge point obeys limits: by trying, without blaming it for silence, and it is remembered."""

from typing import Any

import pytest

from custom_components.ocpp_csms.charging.profiles import Expiry, Kind, Purpose, Strategy
from custom_components.ocpp_csms.charging.strategies import Outcome, Search
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, InvalidRequestError, RefusedError
from tests.csms.charger import Charger, Profile, always, at_rest, never, schedule
from tests.csms.conftest import MakeCharger

SILENCE = CallTimeoutError("GetCompositeSchedule", 30)


def absolute(profile: Profile) -> bool:
    """Whether a profile is absolute."""
    return bool(profile["chargingProfileKind"] == "Absolute")


def default(profile: Profile) -> bool:
    """Whether a profile is for any transaction."""
    return bool(profile["chargingProfilePurpose"] != "TxProfile")


def kinds(charger: Charger) -> list[str]:
    """Return the kinds that were tried."""
    return [profile["chargingProfileKind"] for profile in charger.profiles]


def search_of(charger: Charger) -> Search:
    """Return the search, which has begun."""
    assert charger.point.limits.search is not None
    return charger.point.limits.search


async def confirmed(charger: Charger) -> Strategy:
    """Return the strategy once it is borne out."""
    await charger.station.until(lambda: search_of(charger).outcome is Outcome.CONFIRMED)
    found = search_of(charger).current
    assert found is not None
    return found


async def test_a_refusal_moves_on_at_once(make_charger: MakeCharger) -> None:
    """The user sees nothing of it, and the next limit goes straight the way that was found."""
    charger = make_charger(refuses=absolute)
    await charger.point.set_limit(1, 10)
    assert charger.connector.limit == 10
    assert kinds(charger) == ["Absolute", "Relative"]
    await charger.point.set_limit(1, 8)
    assert kinds(charger)[2:] == ["Relative"]


async def test_when_all_are_refused_the_last_refusal_is_told_and_all_are_tried_again_next_time(
    make_charger: MakeCharger,
) -> None:
    """The user may have changed something at the charge point."""
    charger = make_charger(refuses=always)
    await charger.charge()
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    assert len(charger.profiles) == len(search_of(charger).options)
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    assert len(charger.profiles) == 2 * len(search_of(charger).options)
    assert charger.connector.limit is None


@pytest.mark.parametrize("amperes", [10, 0])
async def test_who_does_not_know_the_message_is_asked_once(make_charger: MakeCharger, amperes: float) -> None:
    """There is no way to say it; each time the user wants a limit, and no more often."""
    charger = make_charger()
    charger.station.rpc.answers["SetChargingProfile"] = CallFailedError("SetChargingProfile", "NotImplemented")
    await charger.charge()
    for asked in (1, 2):
        with pytest.raises(CallFailedError):
            await charger.point.set_limit(1, amperes)
        assert [action for action, _ in charger.station.rpc.calls].count("SetChargingProfile") == asked
        assert search_of(charger).exhausted


async def test_a_way_that_works_is_kept_though_the_message_was_once_unknown(make_charger: MakeCharger) -> None:
    """A charge point that starts may not know all of its messages yet."""
    charger = make_charger(tells_composite=True)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    known, charger.station.rpc.answers["SetChargingProfile"] = (
        charger.station.rpc.answers["SetChargingProfile"],
        CallFailedError("SetChargingProfile", "NotImplemented"),
    )
    with pytest.raises(CallFailedError):
        await charger.point.set_limit(1, 8)
    charger.station.rpc.answers["SetChargingProfile"] = known
    await charger.point.set_limit(1, 7)
    assert search_of(charger).current == found
    assert charger.limits == [10, 7]


async def test_silence_is_no_refusal(make_charger: MakeCharger) -> None:
    """While it says nothing at all, the same way is tried again."""
    charger = make_charger(hangs=always)
    charger.station.rpc.answers["GetCompositeSchedule"] = SILENCE
    for _ in range(3):
        with pytest.raises(CallTimeoutError):
            await charger.point.set_limit(1, 10)
    assert kinds(charger) == ["Absolute"] * 3
    assert search_of(charger).outcome is Outcome.SILENT


async def test_what_was_done_in_silence_counts(make_charger: MakeCharger) -> None:
    """The composite schedule tells."""
    charger = make_charger(hangs=always, tells_composite=True, said=[10.0])
    await charger.point.set_limit(1, 10)
    assert charger.connector.limit == 10


@pytest.mark.parametrize("tells_composite", [True, False])
async def test_two_silences_of_one_that_talks_move_on(make_charger: MakeCharger, tells_composite: bool) -> None:
    """It answers all else: that it knows no composite schedules is an answer too."""
    charger = make_charger(hangs=absolute, tells_composite=tells_composite)
    with pytest.raises(CallTimeoutError):
        await charger.point.set_limit(1, 10)
    assert charger.connector.limit is None
    await charger.point.set_limit(1, 10)
    assert kinds(charger) == ["Absolute", "Absolute", "Relative"]
    assert charger.connector.limit == 10


async def test_silence_does_not_cost_a_way_that_works_its_place(make_charger: MakeCharger) -> None:
    """Networks fail."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    charger.hangs = always
    for _ in range(3):
        with pytest.raises(CallTimeoutError):
            await charger.point.set_limit(1, 8)
    assert (search_of(charger).current, search_of(charger).outcome) == (found, Outcome.CONFIRMED)


async def test_a_refusal_of_a_way_that_works_is_not_held_against_it(make_charger: MakeCharger) -> None:
    """It may be busy."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    charger.refuses = always
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 8)
    charger.refuses = never
    await charger.point.set_limit(1, 9)
    assert search_of(charger).current == found


# Concessions


async def test_where_0_is_refused_almost_nothing_pauses(make_charger: MakeCharger) -> None:
    """Which is remembered."""
    charger = make_charger(refuses=lambda profile: 0 in [item["limit"] for item in periods(profile)])
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    await charger.point.pause(1)
    assert charger.limits == [10, 0, 0.1]
    assert charger.connector.paused
    await charger.point.resume(1)
    await charger.point.pause(1)
    assert charger.limits[3:] == [10, 0.1]
    assert search_of(charger).current == Strategy.from_stored(found.as_stored() | {"pause": 0.1})
    assert search_of(charger).outcome is Outcome.CONFIRMED


async def test_where_parts_of_an_ampere_are_refused_they_are_left_out(make_charger: MakeCharger) -> None:
    """Which is remembered."""
    charger = make_charger(refuses=lambda profile: any(item["limit"] % 1 for item in periods(profile)))
    await charger.point.set_limit(1, 10.5)
    await charger.point.set_limit(1, 9.5)
    assert charger.limits == [10.5, 10, 9]
    assert charger.connector.limit == 9.5


def periods(profile: Profile) -> list[dict[str, Any]]:
    """Return the periods of a profile."""
    found: list[dict[str, Any]] = schedule(profile)["chargingSchedulePeriod"]
    return found


# Ways for transactions only


async def test_a_way_for_transactions_waits_for_one(make_charger: MakeCharger) -> None:
    """Without a transaction it would be refused, which says nothing of it."""
    charger = make_charger(refuses=default)
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    assert all(default(profile) for profile in charger.profiles)
    transaction = await charger.charge()
    charger.written.clear()
    await charger.point.set_limit(1, 10)
    assert [profile.get("transactionId") for profile in charger.profiles] == [transaction]
    assert charger.current == 10


async def test_a_way_for_transactions_is_kept_while_there_is_none(make_charger: MakeCharger) -> None:
    """A default stands in for it, and its refusal or success says nothing of the way."""
    charger = make_charger(obeys=lambda profile: not default(profile))
    transaction = await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    assert found.purpose is Purpose.TX
    charger.station.stop(transaction)
    charger.station.status("Available")
    await charger.point.set_limit(1, 8)
    assert default(charger.profiles[-1])
    charger.refuses = default
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 9)
    assert (search_of(charger).current, search_of(charger).outcome) == (found, Outcome.CONFIRMED)


# What the user can do


async def test_a_pinned_way_is_kept_whatever_comes_of_it(make_charger: MakeCharger) -> None:
    """Refusals are told."""
    charger = make_charger(refuses=absolute)
    await charger.point.set_limit(1, 10)
    charger.point.limits.pin(pinned=True)
    charger.refuses = always
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 8)
    assert kinds(charger) == ["Absolute", "Relative", "Relative"]
    charger.point.limits.pin(pinned=False)
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 8)
    assert len(charger.profiles) > 4


async def test_nothing_can_be_pinned_before_there_is_something(make_charger: MakeCharger) -> None:
    """Neither before the first limit nor when nothing works."""
    charger = make_charger(refuses=always)
    with pytest.raises(InvalidRequestError, match="no_strategy"):
        charger.point.limits.pin(pinned=True)
    await charger.charge()
    with pytest.raises(RefusedError):
        await charger.point.set_limit(1, 10)
    with pytest.raises(InvalidRequestError, match="no_strategy"):
        charger.point.limits.pin(pinned=True)


async def test_a_search_can_be_started_afresh(make_charger: MakeCharger) -> None:
    """Also one that was pinned."""
    charger = make_charger(refuses=absolute)
    await charger.point.set_limit(1, 10)
    charger.point.limits.pin(pinned=True)
    charger.point.limits.forget()
    assert charger.point.limits.search is None
    charger.refuses = never
    await charger.point.set_limit(1, 10)
    assert kinds(charger) == ["Absolute", "Relative", "Absolute"]


async def test_other_firmware_is_searched_afresh(make_charger: MakeCharger) -> None:
    """And the limit is told again."""
    charger = make_charger(refuses=absolute, meters=False)
    charger.station.boot(firmwareVersion="1")
    await charger.point.set_limit(1, 10)
    charger.station.boot(firmwareVersion="1")
    await charger.station.until(lambda: len(charger.profiles) == 3)
    charger.refuses = never
    charger.station.boot(firmwareVersion="2")
    await charger.station.until(lambda: len(charger.profiles) == 4)
    assert kinds(charger) == ["Absolute", "Relative", "Relative", "Absolute"]


async def test_what_the_user_says_of_the_charge_point_begins_the_search_anew(make_charger: MakeCharger) -> None:
    """But not a pinned one."""
    charger = make_charger(refuses=absolute)
    await charger.point.set_limit(1, 10)
    charger.refuses = never
    charger.point.update_settings(ChargePointSettings(configure=False, quirks={"stack_level": 1}))
    await charger.point.set_limit(1, 9)
    charger.point.limits.pin(pinned=True)
    charger.point.update_settings(ChargePointSettings(configure=False, quirks={"stack_level": 2}))
    await charger.point.set_limit(1, 8)
    assert [profile["stackLevel"] for profile in charger.profiles[2:]] == [1, 1]


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        ({}, Strategy()),
        (
            {"limit_expiry": "duration", "profile_kind": "Relative"},
            Strategy(expiry=Expiry.DURATION, kind=Kind.RELATIVE),
        ),
        ({"profile_purpose": "TxProfile", "pause_current": 0.1}, Strategy(purpose=Purpose.TX, pause=0.1)),
        ({"number_phases": True, "stack_level": 3}, Strategy(number_phases=True, stack_level=3)),
        ({"profile_purpose": "ChargePointMaxProfile"}, Strategy(purpose=Purpose.STATION_MAX)),
        ({"profile_purpose": "ChargingStationMaxProfile"}, Strategy(purpose=Purpose.STATION_MAX)),
    ],
)
async def test_what_is_known_of_a_charge_point_comes_first(
    make_charger: MakeCharger, quirks: dict[str, Any], expected: Strategy
) -> None:
    """From the table or from the user."""
    charger = make_charger(ChargePointSettings(configure=False, quirks=quirks))
    await charger.point.set_limit(1, 10)
    assert search_of(charger).first == expected


@pytest.mark.parametrize(("level", "expiry"), [("3", Expiry.VALID_TO), ("0", Expiry.NONE)])
async def test_one_who_takes_a_single_period_gets_a_limit_that_vanishes_only_with_something_below(
    make_charger: MakeCharger, level: str, expiry: Expiry
) -> None:
    """At level 0 nothing would hold any more."""
    charger = make_charger()
    told = {"ChargeProfileMaxStackLevel": level, "ChargingScheduleMaxPeriods": "1"}
    charger.station.rpc.answers["GetConfiguration"] = {
        "configurationKey": [{"key": key, "value": value, "readonly": True} for key, value in told.items()]
    }
    await charger.point.set_limit(1, 10)
    assert search_of(charger).first.expiry is expiry
    assert ("validTo" in charger.profiles[0]) is (expiry is Expiry.VALID_TO)


async def test_what_was_found_survives_a_restart(make_charger: MakeCharger) -> None:
    """Of Home Assistant: nothing is tried again."""
    charger = make_charger(refuses=absolute)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    snapshot = charger.station.snapshot()
    again = make_charger(stored=snapshot, refuses=absolute)
    await again.point.set_limit(1, 9)
    assert search_of(again).current == found
    assert kinds(again) == ["Relative"]
    assert again.point.limits.writes == charger.point.limits.writes + 1


async def test_a_dead_man_is_looked_for_once_a_way_works(make_charger: MakeCharger) -> None:
    """At once: the user may set no other limit for a long time. One that is refused is not asked for again."""
    charger = make_charger(refuses=lambda profile: absolute(profile) or len(periods(profile)) > 1)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    assert (await confirmed(charger)).expiry is Expiry.NONE
    await at_rest()
    assert [len(periods(profile)) for profile in charger.profiles] == [2, 1, 2, 1]
    await charger.point.set_limit(1, 9)
    await at_rest()
    assert [len(periods(profile)) for profile in charger.profiles] == [2, 1, 2, 1, 1]
    assert search_of(charger).current == Strategy(kind=Kind.RELATIVE, expiry=Expiry.NONE)


async def test_a_dead_man_that_is_found_is_kept(make_charger: MakeCharger) -> None:
    """Once the limit is seen to be followed with it."""
    charger = make_charger(refuses=absolute)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: search_of(charger).current == Strategy(kind=Kind.RELATIVE))
    assert search_of(charger).outcome is Outcome.CONFIRMED
    assert charger.limits == [10, 10, 10]


async def test_who_wants_no_fallback_gets_no_dead_man(make_charger: MakeCharger) -> None:
    """Nothing is written for it."""
    charger = make_charger(ChargePointSettings(configure=False, fallback_current=None), refuses=absolute)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await confirmed(charger)
    await at_rest()
    assert charger.limits == [10, 10]
