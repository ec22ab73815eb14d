"""Limits: what counts is what the charge point confirmed; each is written once, within a budget, and none is left behind."""

from datetime import date
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    LimitBudgetError,
    RefusedError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.csms.charger import UNKNOWN, Charger, at_rest, never
from tests.csms.conftest import MakeCharger
from tests.csms.dialect import Station


@pytest.fixture
def point(station: Station) -> ChargePoint:
    """CP1 with one connector that is available."""
    station.status("Available")
    return station.charge_point


def limits(station: Station) -> list[float]:
    """Return the limits that were set."""
    return [
        payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
        for action, payload in station.rpc.calls
        if action == "SetChargingProfile"
    ]


async def test_a_limit_is_what_the_charge_point_confirmed(station: Station, point: ChargePoint) -> None:
    """Unknown before; a refusal changes nothing."""
    unset = point.connectors[1].limit
    assert unset is None
    await point.set_limit(1, 10.09)
    assert point.connectors[1].limit == 10
    assert limits(station) == [10]
    station.rpc.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(RefusedError):
        await point.set_limit(1, 16)
    assert point.connectors[1].limit == 10


@pytest.mark.parametrize("amperes", [-0.1, 32.1, float("nan"), float("inf")])
async def test_a_limit_out_of_range_is_an_error(station: Station, point: ChargePoint, amperes: float) -> None:
    """That names the maximum."""
    with pytest.raises(InvalidRequestError) as error:
        await point.set_limit(1, amperes)
    assert error.value.reason == "limit_out_of_range"
    assert error.value.placeholders["maximum"] == "32"
    assert station.rpc.calls == []


async def test_a_limit_is_also_known_in_watts(station: Station, point: ChargePoint) -> None:
    """At nominal voltage over all phases."""
    assert point.power_limit(1) is None
    await point.set_limit(1, point.settings.wiring.amperes(6900))
    assert limits(station) == [10]
    assert point.power_limit(1) == 6900


async def test_a_charge_point_of_watts_gets_watts(station: Station, point: ChargePoint) -> None:
    """When its configuration says so."""
    key = "ChargingScheduleAllowedChargingRateUnit"
    point.configuration_read({key: ConfigurationKey(key, "Power", True)})
    await point.set_limit(1, 10)
    schedule = station.rpc.calls[-1][1]["csChargingProfiles"]["chargingSchedule"]
    assert (schedule["chargingRateUnit"], limits(station)) == ("W", [6900])


DECIDING_KEYS = [
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
]


async def test_before_the_first_limit_its_variant_is_asked_for(station: Station, point: ChargePoint) -> None:
    """Of a charge point whose configuration is not known, once; only what decides."""
    values = dict(zip(DECIDING_KEYS, ("9", "Power", "2"), strict=True))
    station.rpc.answers["GetConfiguration"] = {
        "configurationKey": [{"key": key, "value": value, "readonly": True} for key, value in values.items()]
    }
    await point.set_limit(1, 10)
    await point.set_limit(1, 8)
    assert [action for action, _ in station.rpc.calls] == [
        "GetConfiguration",
        "SetChargingProfile",
        "SetChargingProfile",
    ]
    assert station.rpc.calls[0][1] == {"key": DECIDING_KEYS}
    profile = station.rpc.calls[1][1]["csChargingProfiles"]
    assert (profile["stackLevel"], profile["chargingSchedule"]["chargingRateUnit"]) == (9, "W")


@pytest.mark.parametrize(
    "answer",
    [
        {"configurationKey": [], "unknownKey": DECIDING_KEYS},
        CallFailedError("GetConfiguration", "InternalError"),
        CallTimeoutError("GetConfiguration", 30),
        None,
    ],
    ids=["unknown", "error", "silence", "nonsense"],
)
async def test_who_does_not_tell_the_variant_gets_the_plainest(
    station: Station, point: ChargePoint, answer: Any
) -> None:
    """Amperes at level 0; it is not asked again."""
    station.rpc.answers["GetConfiguration"] = answer
    await point.set_limit(1, 10)
    await point.set_limit(1, 8)
    assert [action for action, _ in station.rpc.calls] == [
        "GetConfiguration",
        "SetChargingProfile",
        "SetChargingProfile",
    ]
    profile = station.rpc.calls[1][1]["csChargingProfiles"]
    assert (profile["stackLevel"], profile["chargingSchedule"]["chargingRateUnit"]) == (0, "A")


async def test_a_variant_that_quirks_decide_is_not_asked_for(station: Station, point: ChargePoint) -> None:
    """Nothing is left to learn."""
    point.update_settings(ChargePointSettings(quirks={"stack_level": 1, "rate_unit": "W", "limit_expiry": "none"}))
    await point.set_limit(1, 10)
    assert [action for action, _ in station.rpc.calls] == ["SetChargingProfile"]


# Each once


async def test_the_same_limit_is_not_written_twice(make_charger: MakeCharger) -> None:
    """Every write wears out a memory."""
    charger = make_charger()
    for _ in range(5):
        await charger.point.set_limit(1, 10)
    assert charger.limits == [10]
    assert charger.point.limits.writes == 1


async def test_limits_are_counted_by_the_day(make_charger: MakeCharger) -> None:
    """Also over a restart: what was sent before it was sent that day."""
    charger = make_charger()
    charger.point.limits.begin_day(date(2026, 6, 1))
    await charger.point.set_limit(1, 10)
    charger.point.limits.begin_day(date(2026, 6, 1))
    assert charger.point.limits.writes_today == 1
    again = make_charger(stored=charger.station.snapshot())
    again.point.limits.begin_day(date(2026, 6, 1))
    assert again.point.limits.writes_today == 1
    again.point.limits.begin_day(date(2026, 6, 2))
    assert (again.point.limits.writes_today, again.point.limits.writes) == (0, 1)


async def test_a_limit_that_is_the_same_once_it_is_cut_is_not_written_twice(make_charger: MakeCharger) -> None:
    """To tenths of an ampere, downwards: also at a maximum that has more decimals."""
    charger = make_charger(ChargePointSettings(configure=False, maximum_current=15.75))
    for amperes in (15.7, 15.72, 15.75):
        await charger.point.set_limit(1, amperes)
    await charger.point.resume(1)
    assert charger.limits == [15.7]
    assert charger.connector.limit == 15.7


async def test_a_limit_that_does_not_hold_is_written_though_it_is_the_same(make_charger: MakeCharger) -> None:
    """The user insists."""
    charger = make_charger(obeys=never)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: charger.connector.limit_ignored)
    before = len(charger.profiles)
    await charger.point.set_limit(1, 10)
    assert len(charger.profiles) == before + 1


async def test_a_limit_that_is_cut_off_on_its_way_is_told_once_more(make_charger: MakeCharger) -> None:
    """Nobody knows whether it holds: the one before is not taken for granted."""
    charger = make_charger(meters=False)
    await charger.point.set_limit(1, 16)
    obliging = charger.station.rpc.answers["SetChargingProfile"]
    charger.station.rpc.answers["SetChargingProfile"] = CallTimeoutError("SetChargingProfile", 30)
    with pytest.raises(CallTimeoutError):
        await charger.point.set_limit(1, 8)
    charger.station.rpc.answers["SetChargingProfile"] = obliging
    await charger.point.set_limit(1, 16)
    assert charger.limits == [16, 16]


async def raise_slowly(charger: Charger, times: int) -> None:
    """Raise the limit by an ampere at a time."""
    for step in range(times):
        await charger.point.set_limit(1, 6 + step)


async def test_a_limit_that_is_raised_too_often_has_to_wait(make_charger: MakeCharger) -> None:
    """The error says for how long; after that it goes."""
    charger = make_charger(meters=False)
    with pytest.raises(LimitBudgetError) as error:
        await raise_slowly(charger, 20)
    assert (error.value.reason, error.value.placeholders) == ("limit_budget", {"seconds": "60"})
    before = charger.connector.limit
    assert before is not None
    charger.station.clock.advance(seconds=60)
    await charger.point.set_limit(1, before + 1)
    assert charger.connector.limit == before + 1


async def test_a_limit_can_always_be_lowered(make_charger: MakeCharger) -> None:
    """A fuse waits for nobody."""
    charger = make_charger(meters=False)
    with pytest.raises(LimitBudgetError):
        await raise_slowly(charger, 20)
    for step in range(50):
        await charger.point.set_limit(1, round(5 - step / 10, 1))
    await charger.point.pause(1)
    assert charger.limits[-1] == 0


async def test_a_first_limit_can_always_be_low(make_charger: MakeCharger) -> None:
    """Of what is not known, the worst is assumed."""
    charger = make_charger(meters=False)
    with pytest.raises(LimitBudgetError):
        await raise_slowly(charger, 20)
    charger.point.limits.forget()
    await charger.point.set_limit(1, 10)
    assert charger.limits[-1] == 10


# The end


async def test_at_the_end_a_charging_car_is_left_with_the_fallback(make_charger: MakeCharger) -> None:
    """For good: nobody will refresh it."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 16)
    charger.written.clear()
    await charger.point.limits.farewell()
    assert charger.limits == [6]
    assert len(charger.profiles[0]["chargingSchedule"]["chargingSchedulePeriod"]) == 1


@pytest.mark.parametrize("situation", ["no car", "paused", "no fallback", "less", "no limit"])
async def test_at_the_end_nobody_is_told_who_need_not_be(make_charger: MakeCharger, situation: str) -> None:
    """The dead man does the rest."""
    fallback = None if situation == "no fallback" else 6.0
    charger = make_charger(ChargePointSettings(configure=False, fallback_current=fallback))
    if situation != "no car":
        await charger.charge()
    if situation != "no limit":
        await charger.point.set_limit(1, 5 if situation == "less" else 16)
    if situation == "paused":
        await charger.point.pause(1)
    charger.written.clear()
    await charger.point.limits.farewell()
    assert charger.written == []


async def test_a_farewell_that_is_not_answered_is_left_to_the_dead_man(make_charger: MakeCharger) -> None:
    """It raises nothing."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 16)
    charger.station.rpc.answers["SetChargingProfile"] = CallTimeoutError("SetChargingProfile", 30)
    await charger.point.limits.farewell()


async def test_a_connector_that_does_not_exist_is_not_watched(make_charger: MakeCharger) -> None:
    """Nothing is left of it."""
    charger = make_charger()
    await charger.point.set_limit(1, 10)
    charger.point.forget_connector(1)
    charger.station.status("Available", 2)
    charger.point.forget_connector(2)
    await charger.point.limits.farewell()
    charger.station.status("Available")
    assert charger.connector.limit is None


async def test_an_odd_composite_schedule_is_no_answer(make_charger: MakeCharger) -> None:
    """Nor is silence; both raise nothing."""
    charger = make_charger()
    for answer in ({"status": "Accepted"}, CallTimeoutError("GetCompositeSchedule", 30), "nonsense", UNKNOWN):
        charger.station.rpc.answers["GetCompositeSchedule"] = answer
        await charger.point.set_limit(1, 9 if charger.connector.limit == 10 else 10)
        await at_rest()
    assert charger.point.limits.search is not None
