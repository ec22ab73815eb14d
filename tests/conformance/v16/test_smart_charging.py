"""TC_056, TC_057, TC_059, TC_066, TC_067: charging profiles that a person or an automation makes."""

from datetime import UTC, datetime, timedelta

from tests.conformance.checked_station import moment
from tests.conformance.house import CARD, House

from .station import Station

PERIODS = [{"start": 0, "limit": 6}]


async def test_tc_056_a_default_profile_for_transactions(house: House, charger: Station) -> None:
    """Absolute, in watts, on three phases, with its validity: it arrives as it was described."""
    begin = (datetime.now(UTC) + timedelta(minutes=2)).replace(microsecond=0)
    answer = await house.act(
        "set_charging_profile",
        connector=1,
        purpose="tx_default",
        kind="absolute",
        unit="W",
        start=begin.isoformat(),
        duration=3600,
        valid_from=(begin - timedelta(minutes=1)).isoformat(),
        valid_to=(begin + timedelta(hours=2)).isoformat(),
        periods=[{"start": 0, "limit": 6000, "phases": 3}],
    )
    assert answer["status"] == "Accepted"
    request = await charger.heard("SetChargingProfile")
    profile = request["csChargingProfiles"]
    schedule = profile["chargingSchedule"]
    assert request["connectorId"] == 1
    assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"]) == ("TxDefaultProfile", "Absolute")
    assert "transactionId" not in profile
    assert datetime.fromisoformat(schedule["startSchedule"]) == begin
    assert datetime.fromisoformat(profile["validFrom"]) == begin - timedelta(minutes=1)
    assert datetime.fromisoformat(profile["validTo"]) == begin + timedelta(hours=2)
    assert (schedule["chargingRateUnit"], schedule["duration"]) == ("W", 3600)
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6000, "numberPhases": 3}]


async def test_tc_057_a_profile_for_the_running_transaction(house: House, charger: Station) -> None:
    """It carries the id of the transaction."""
    transaction_id = await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    answer = await house.act("set_charging_profile", connector=1, purpose="tx", duration=1800, periods=PERIODS)
    assert answer["status"] == "Accepted"
    request = await charger.heard("SetChargingProfile")
    profile = request["csChargingProfiles"]
    assert request["connectorId"] == 1
    assert (profile["chargingProfilePurpose"], profile["transactionId"]) == ("TxProfile", transaction_id)
    assert profile["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6}]


async def test_tc_059_a_remote_start_with_a_profile(house: House, charger: Station) -> None:
    """The profile is for the transaction that is to come, whose id nobody knows yet."""
    profile = {"duration": 1200, "periods": PERIODS}
    answer = await house.act("start_transaction", connector=1, id_tag=CARD, charging_profile=profile)
    assert answer == {"status": "Accepted"}
    request = await charger.heard("RemoteStartTransaction")
    assert (request["connectorId"], request["idTag"]) == (1, CARD)
    assert request["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in request["chargingProfile"]
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    await charger.charge_unasked()
    await house.shows("switch.CP1_1_charge", "on")


async def test_tc_066_the_composite_schedule_is_asked_for(house: House, charger: Station) -> None:
    """Connector, duration and unit go as they are; the schedule comes back."""
    start = moment()
    charger.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": start,
        "chargingSchedule": {
            "duration": 300,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6000.0}],
        },
    }
    answer = await house.act("get_composite_schedule", connector=1, duration=300, unit="W")
    assert ("GetCompositeSchedule", {"connectorId": 1, "duration": 300, "chargingRateUnit": "W"}) in charger.calls
    assert (answer["status"], answer["unit"], answer["duration"]) == ("Accepted", "W", 300)
    assert [(period["start"], period["limit"]) for period in answer["periods"]] == [(0, 6000)]


async def test_tc_067_profiles_are_cleared_by_id_by_criteria_and_all(house: House, charger: Station) -> None:
    """Three profiles for the three purposes; each clearing says just what was asked for."""
    await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    ceiling = await house.act("set_charging_profile", purpose="station_max", duration=900, periods=PERIODS)
    default = await house.act("set_charging_profile", connector=1, purpose="tx_default", duration=900, periods=PERIODS)
    await house.act("set_charging_profile", connector=1, purpose="tx", duration=900, periods=PERIODS)
    installed = [payload for action, payload in charger.calls if action == "SetChargingProfile"]
    assert [payload["connectorId"] for payload in installed] == [0, 1, 1]
    assert [payload["csChargingProfiles"]["chargingProfilePurpose"] for payload in installed] == [
        "ChargePointMaxProfile",
        "TxDefaultProfile",
        "TxProfile",
    ]

    assert (await house.act("clear_charging_profile", profile_id=ceiling["profile_id"]))["status"] == "Accepted"
    assert await charger.heard("ClearChargingProfile") == {"id": ceiling["profile_id"]}
    stack_level = default["stack_level"]
    await house.act("clear_charging_profile", connector=1, purpose="tx_default", stack_level=stack_level)
    assert await charger.heard("ClearChargingProfile") == {
        "connectorId": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "stackLevel": stack_level,
    }
    await house.act("clear_charging_profile")
    assert await charger.heard("ClearChargingProfile") == {}
