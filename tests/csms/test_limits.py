"""Limits and pauses: what counts is what the charge point confirmed, in the variant that it obeys."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, InvalidRequestError, RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
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
    await point.set_limit(1, 10.04)
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


async def test_a_limit_in_watts_is_one_in_amperes(station: Station, point: ChargePoint) -> None:
    """At nominal voltage over all phases."""
    assert point.power_limit(1) is None
    await point.set_power_limit(1, 6900)
    assert limits(station) == [10]
    assert point.power_limit(1) == 6900


async def test_a_charge_point_of_watts_gets_watts(station: Station, point: ChargePoint) -> None:
    """When its configuration says so."""
    key = "ChargingScheduleAllowedChargingRateUnit"
    point.configuration_read({key: ConfigurationKey(key, "Power", True)})
    await point.set_limit(1, 10)
    schedule = station.rpc.calls[-1][1]["csChargingProfiles"]["chargingSchedule"]
    assert (schedule["chargingRateUnit"], limits(station)) == ("W", [6900])


DECIDING_KEYS = ["ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit"]


async def test_before_the_first_limit_its_variant_is_asked_for(station: Station, point: ChargePoint) -> None:
    """Of a charge point whose configuration is not known, once; only what decides."""
    values = dict(zip(DECIDING_KEYS, ("9", "Power"), strict=True))
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
    point.update_settings(ChargePointSettings(quirks={"stack_level": 1, "rate_unit": "W"}))
    await point.set_limit(1, 10)
    assert [action for action, _ in station.rpc.calls] == ["SetChargingProfile"]


async def test_a_pause_holds_charging_at_0_and_resuming_goes_back(station: Station, point: ChargePoint) -> None:
    """To the limit that held before."""
    await point.set_limit(1, 13)
    await point.pause(1)
    assert (point.connectors[1].paused, point.connectors[1].limit) == (True, 13)
    await point.resume(1)
    assert (point.connectors[1].paused, point.connectors[1].limit) == (False, 13)
    assert limits(station) == [13, 0, 13]


async def test_a_limit_set_during_a_pause_holds_when_it_is_over(station: Station, point: ChargePoint) -> None:
    """Charging stays paused until then."""
    await point.pause(1)
    await point.set_limit(1, 8)
    assert point.connectors[1].paused
    await point.resume(1)
    assert limits(station) == [0, 8]


async def test_resuming_without_a_limit_goes_to_the_maximum(station: Station, point: ChargePoint) -> None:
    """Which is the charger's, as the user set it."""
    await point.pause(1)
    await point.resume(1)
    assert limits(station) == [0, 32]


@pytest.mark.parametrize("command", ["pause", "resume"])
async def test_a_pause_that_is_refused_is_none(station: Station, point: ChargePoint, command: str) -> None:
    """The state is what was confirmed."""
    if command == "resume":
        await point.pause(1)
    before = point.connectors[1].paused
    station.rpc.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(RefusedError):
        await getattr(point, command)(1)
    assert point.connectors[1].paused is before
