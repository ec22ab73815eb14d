"""TC_K_01 to TC_K_19, TC_K_37, TC_K_43, TC_K_44, TC_K_60, TC_K_70: charging profiles that a person or an automation makes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.conformance.checked_station import Payload, moment
from tests.conformance.house import CARD, House
from tests.csms.scripted_charge_point import ErrorAnswer

from .station import Station, token
from .transaction import Transaction

DURATION = 3600


@pytest.fixture
def begin() -> datetime:
    """The moment that profiles begin at."""
    return datetime.now(UTC).replace(microsecond=0)


def absolute(begin: datetime, limit: float = 6, **fields: Any) -> dict[str, Any]:
    """Return the fields of a profile that holds for an hour."""
    return {
        "kind": "absolute",
        "unit": "A",
        "start": begin.isoformat(),
        "duration": DURATION,
        "valid_from": begin.isoformat(),
        "valid_to": (begin + timedelta(seconds=DURATION)).isoformat(),
        "stack_level": 0,
        "periods": [{"start": 0, "limit": limit, "phases": 1}],
        **fields,
    }


async def _is_installed(
    house: House, charger: Station, evse: int, purpose: tuple[str, str], begin: datetime, limit: float
) -> Payload:
    """Install an absolute profile; return it as the station has it."""
    target = {"connector": evse} if evse or purpose[0] == "tx_default" else {}
    charger.forget_calls()
    answer = await house.act("set_charging_profile", purpose=purpose[0], **target, **absolute(begin, limit))
    assert answer["status"] == "Accepted"
    request = await charger.heard("SetChargingProfile")
    profile: Payload = request["chargingProfile"]
    [schedule] = profile["chargingSchedule"]
    assert request["evseId"] == evse
    assert profile["id"] == answer["profile_id"]
    assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"]) == (purpose[1], "Absolute")
    assert profile["stackLevel"] == 0
    assert "transactionId" not in profile
    assert datetime.fromisoformat(profile["validFrom"]) == begin
    assert datetime.fromisoformat(profile["validTo"]) == begin + timedelta(seconds=DURATION)
    assert datetime.fromisoformat(schedule["startSchedule"]) == begin
    assert (schedule["chargingRateUnit"], schedule["duration"]) == ("A", DURATION)
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": limit, "numberPhases": 1}]
    return profile


DEFAULT = ("tx_default", "TxDefaultProfile")
CEILING = ("station_max", "ChargingStationMaxProfile")


async def test_tc_k_01_a_default_profile_for_an_evse(house: House, charger: Station, begin: datetime) -> None:
    """It arrives as it was described."""
    await _is_installed(house, charger, 1, DEFAULT, begin, 6)


async def test_tc_k_02_a_profile_for_a_transaction_that_does_not_run(house: House, charger: Station) -> None:
    """The station rejects it, and the answer says so. The typed action does not send what cannot work."""
    charger.answers["SetChargingProfile"] = {"status": "Rejected"}
    period = {"startPeriod": 0, "limit": 7.0}
    profile = {
        "id": 77,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}],
    }
    payload = {"evseId": 1, "chargingProfile": profile}
    assert await house.act("call", action="SetChargingProfile", payload=payload) == {"status": "Rejected"}
    assert await charger.heard("SetChargingProfile") == payload
    with pytest.raises(HomeAssistantError):
        await house.act("set_charging_profile", connector=1, purpose="tx", periods=[{"start": 0, "limit": 7}])
    assert len([action for action, _ in charger.calls if action == "SetChargingProfile"]) == 1


async def test_tc_k_03_a_profile_for_the_station(house: House, charger: Station, begin: datetime) -> None:
    """For EVSE 0."""
    await _is_installed(house, charger, 0, CEILING, begin, 8)


async def test_tc_k_04_a_profile_is_replaced(house: House, charger: Station, begin: datetime) -> None:
    """By one of the same id, in the same place, with another limit."""
    first = await _is_installed(house, charger, 1, DEFAULT, begin, 8)
    second = await _is_installed(house, charger, 1, DEFAULT, begin, 6)
    assert (first["id"], first["stackLevel"]) == (second["id"], second["stackLevel"])


async def test_tc_k_05_a_profile_is_cleared_by_its_id(house: House, charger: Station, begin: datetime) -> None:
    """Nothing else is said."""
    profile = await _is_installed(house, charger, 0, CEILING, begin, 8)
    answer = await house.act("clear_charging_profile", profile_id=profile["id"])
    assert answer["status"] == "Accepted"
    assert await charger.heard("ClearChargingProfile") == {"chargingProfileId": profile["id"]}


CRITERIA = {
    "chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0, "evseId": 1},
}


async def test_tc_k_06_a_profile_is_cleared_by_purpose_and_level(house: House, charger: Station) -> None:
    """On an EVSE; no id is said."""
    answer = await house.act("clear_charging_profile", connector=1, purpose="tx_default", stack_level=0)
    assert answer["status"] == "Accepted"
    assert await charger.heard("ClearChargingProfile") == CRITERIA


async def test_tc_k_08_a_profile_that_is_not_there_is_cleared(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ClearChargingProfile"] = {"status": "Unknown"}
    answer = await house.act("clear_charging_profile", connector=1, purpose="tx_default", stack_level=0)
    assert answer["status"] == "Unknown"
    assert await charger.heard("ClearChargingProfile") == CRITERIA


async def test_tc_k_10_a_default_profile_for_all_evses(house: House, charger: Station, begin: datetime) -> None:
    """For EVSE 0."""
    await _is_installed(house, charger, 0, DEFAULT, begin, 6)


async def test_tc_k_15_a_station_that_takes_no_profiles(house: House, charger: Station, begin: datetime) -> None:
    """The person is told what it answered."""
    charger.answers["SetChargingProfile"] = ErrorAnswer("NotSupported")
    with pytest.raises(HomeAssistantError, match="NotSupported"):
        await house.act("set_charging_profile", connector=1, purpose="tx_default", **absolute(begin))
    assert (await charger.heard("SetChargingProfile"))["evseId"] == 1


@pytest.mark.parametrize(("recurrency", "recurrency_kind"), [("daily", "Daily"), ("weekly", "Weekly")])
async def test_tc_k_19_a_recurring_profile(
    house: House, charger: Station, begin: datetime, recurrency: str, recurrency_kind: str
) -> None:
    """Each day, or each week."""
    fields = absolute(begin, kind="recurring", recurrency=recurrency)
    answer = await house.act("set_charging_profile", connector=1, purpose="tx_default", **fields)
    assert answer["status"] == "Accepted"
    request = await charger.heard("SetChargingProfile")
    profile = request["chargingProfile"]
    assert (request["evseId"], profile["chargingProfilePurpose"]) == (1, "TxDefaultProfile")
    assert (profile["chargingProfileKind"], profile["recurrencyKind"]) == ("Recurring", recurrency_kind)
    [schedule] = profile["chargingSchedule"]
    assert datetime.fromisoformat(schedule["startSchedule"]) == begin
    assert schedule["chargingSchedulePeriod"][0]["startPeriod"] == 0


async def test_tc_k_37_a_remote_start_with_a_profile(house: House, charger: Station) -> None:
    """The profile is for the transaction that is to come, whose id nobody knows yet."""
    profile = {"duration": 1200, "periods": [{"start": 0, "limit": 6}]}
    answer = await house.act("start_transaction", connector=1, id_tag=CARD, charging_profile=profile)
    assert answer == {"status": "Accepted"}
    request = await charger.heard("RequestStartTransaction")
    assert (request["evseId"], request["idToken"]) == (1, token(CARD))
    sent = request["chargingProfile"]
    assert (sent["chargingProfilePurpose"], sent["chargingProfileKind"]) == ("TxProfile", "Relative")
    assert "transactionId" not in sent
    assert "startSchedule" not in sent["chargingSchedule"][0]
    transaction = Transaction(charger)
    await transaction.accepted("RemoteStart", at_evse=True, info={"remoteStartId": request["remoteStartId"]})
    await house.shows("switch.CP1_1_charge", "on")


async def _composite(house: House, charger: Station, evse: int) -> None:
    """Duration and unit go as they are; the schedule comes back."""
    charger.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "schedule": {
            "evseId": evse,
            "duration": 300,
            "scheduleStart": moment(),
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10000.0}],
        },
    }
    answer = await house.act("get_composite_schedule", connector=evse, duration=300, unit="W")
    assert ("GetCompositeSchedule", {"evseId": evse, "duration": 300, "chargingRateUnit": "W"}) in charger.calls
    assert (answer["status"], answer["unit"], answer["duration"]) == ("Accepted", "W", 300)
    assert [(period["start"], period["limit"]) for period in answer["periods"]] == [(0, 10000)]


async def test_tc_k_43_the_composite_schedule_of_an_evse(house: House, charger: Station) -> None:
    """What all profiles together allow it."""
    await _composite(house, charger, 1)


async def test_tc_k_44_the_composite_schedule_of_the_station(house: House, charger: Station) -> None:
    """EVSE 0 is the station."""
    await _composite(house, charger, 0)


async def test_tc_k_60_a_profile_for_the_running_transaction(house: House, charger: Station) -> None:
    """It carries the id that the station chose; one without a start is relative, with one absolute."""
    transaction = await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    charger.forget_calls()
    periods = [{"start": 0, "limit": 6}, {"start": 600, "limit": 8}]
    answer = await house.act("set_charging_profile", connector=1, purpose="tx", kind="relative", periods=periods)
    assert answer["status"] == "Accepted"
    request = await charger.heard("SetChargingProfile")
    profile = request["chargingProfile"]
    assert (request["evseId"], profile["chargingProfilePurpose"]) == (1, "TxProfile")
    assert (profile["transactionId"], profile["chargingProfileKind"]) == (transaction.id, "Relative")
    assert "startSchedule" not in profile["chargingSchedule"][0]
    starts = [period["startPeriod"] for period in profile["chargingSchedule"][0]["chargingSchedulePeriod"]]
    assert starts == [0, 600]


async def test_tc_k_60_the_limit_of_the_running_transaction(house: House, charger: Station) -> None:
    """Whatever strategy tells it: a profile never chooses the phase of more than one."""
    await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    charger.forget_calls()
    await house.use("set_value", "number.CP1_1_current_limit", value=10)
    profile = (await charger.heard("SetChargingProfile"))["chargingProfile"]
    periods = [period for schedule in profile["chargingSchedule"] for period in schedule["chargingSchedulePeriod"]]
    assert periods[0]["limit"] == 10
    assert all("phaseToUse" not in period or period.get("numberPhases") == 1 for period in periods)
    starts = [period["startPeriod"] for period in periods]
    assert starts == sorted(starts)


async def test_tc_k_70_several_profiles(house: House, charger: Station, begin: datetime) -> None:
    """During a transaction; each has an id of its own, and the one that limits the station leaves the other alone. Two levels are two places."""
    await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    default = await _is_installed(house, charger, 1, DEFAULT, begin, 6)
    ceiling = await _is_installed(house, charger, 0, CEILING, begin, 6)
    higher = await house.act(
        "set_charging_profile", connector=1, purpose="tx_default", **absolute(begin, stack_level=1)
    )
    sent = (await charger.heard("SetChargingProfile"))["chargingProfile"]
    assert (sent["id"], sent["stackLevel"]) == (higher["profile_id"], 1)
    assert len({default["id"], ceiling["id"], sent["id"]}) == 3
