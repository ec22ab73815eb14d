"""TC_K_29 to TC_K_36, TC_K_48 to TC_K_52: profiles that a station tells of, and limits that somebody else has set."""

from typing import Any

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station
from .transaction import Transaction


def profile_of(number: int, purpose: str = "TxDefaultProfile") -> Payload:
    """Return a profile as a station reports it."""
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule | {"startSchedule": "2026-11-20T12:00:00Z"}],
    }


def reporting(charger: Station, *parts: tuple[int, Payload], source: str = "CSO") -> None:
    """Let the station answer with these profiles, each in a message of its own for its EVSE."""

    def answer(request: Payload) -> Payload:
        for place, (evse, profile) in enumerate(parts, 1):
            part = {"requestId": request["requestId"], "chargingLimitSource": source, "evseId": evse}
            more = place < len(parts)
            charger.soon("ReportChargingProfiles", part | {"chargingProfile": [profile], "tbc": more})
        return {"status": "Accepted"}

    charger.answers["GetChargingProfiles"] = answer


async def _are_read(house: House, charger: Station, criteria: Payload, evse: int | None, **fields: Any) -> None:
    """Read profiles by some criteria; only these are sent, and the profile comes back."""
    reporting(charger, (1 if evse is None else evse, profile_of(7)))
    target = {} if evse is None else {"connector": evse}
    answer = await house.act("get_charging_profiles", **target, **fields)
    request = await charger.heard("GetChargingProfiles")
    where = {} if evse is None else {"evseId": evse}
    assert request == {"requestId": request["requestId"], "chargingProfile": criteria} | where
    assert (answer["status"], answer["complete"]) == ("Accepted", True)
    [profile] = answer["profiles"]
    assert (profile["profile_id"], profile["connector"], profile["source"]) == (7, 1 if evse is None else evse, "cso")


DEFAULT = {"chargingProfilePurpose": "TxDefaultProfile"}


async def test_tc_k_29_profiles_of_the_station(house: House, charger: Station) -> None:
    """Of EVSE 0, during a transaction."""
    await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    await _are_read(house, charger, DEFAULT, 0, purpose="tx_default")


async def test_tc_k_30_profiles_of_an_evse(house: House, charger: Station) -> None:
    """By its number."""
    await _are_read(house, charger, DEFAULT, 1, purpose="tx_default")


async def test_tc_k_31_all_profiles(house: House, charger: Station) -> None:
    """No EVSE is named; each of them reports in a message of its own."""
    reporting(charger, (0, profile_of(7)), (1, profile_of(8)), (2, profile_of(9)))
    answer = await house.act("get_charging_profiles", purpose="tx_default")
    request = await charger.heard("GetChargingProfiles")
    assert "evseId" not in request
    assert request["chargingProfile"] == DEFAULT
    assert answer["complete"] is True
    found = [(profile["connector"], profile["profile_id"]) for profile in answer["profiles"]]
    assert found == [(0, 7), (1, 8), (2, 9)]


async def test_tc_k_32_a_profile_by_its_id(house: House, charger: Station) -> None:
    """Nothing else is said."""
    await _are_read(house, charger, {"chargingProfileId": [7]}, None, profile_ids=[7])


async def test_tc_k_33_profiles_by_their_level(house: House, charger: Station) -> None:
    """Of an EVSE."""
    await _are_read(house, charger, {"stackLevel": 0}, 1, stack_level=0)


async def test_tc_k_34_profiles_by_their_source(house: House, charger: Station) -> None:
    """Of an EVSE."""
    await _are_read(house, charger, {"chargingLimitSource": ["CSO"]}, 1, source="cso")


async def test_tc_k_35_profiles_by_their_purpose(house: House, charger: Station) -> None:
    """Of an EVSE."""
    await _are_read(house, charger, DEFAULT, 1, purpose="tx_default")


async def test_tc_k_36_profiles_by_purpose_and_level(house: House, charger: Station) -> None:
    """Of an EVSE."""
    await _are_read(house, charger, DEFAULT | {"stackLevel": 0}, 1, purpose="tx_default", stack_level=0)


async def _is_limited(house: House, charger: Station) -> None:
    """Let an energy management of its own limit EVSE 1 to 6 A."""
    payload = {
        "evseId": 1,
        "chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": False},
        "chargingSchedule": profile_of(7)["chargingSchedule"],
    }
    assert await charger.call("NotifyChargingLimit", payload) == {}
    await house.shows("binary_sensor.CP1_1_externally_limited", "on")
    await house.shows("sensor.CP1_1_external_limit", "6.0")


async def _is_free_again(house: House, charger: Station) -> None:
    payload = {"chargingLimitSource": "EMS", "evseId": 1}
    assert await charger.call("ClearedChargingLimit", payload) == {}
    await house.shows("binary_sensor.CP1_1_externally_limited", "off")


async def test_tc_k_48_a_limit_that_somebody_else_has_set(house: House, charger: Station) -> None:
    """It is shown; so is one of the whole station that tells nothing more than that it is there."""
    await _is_limited(house, charger)
    assert await charger.call("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "EMS"}}) == {}
    await house.shows("binary_sensor.CP1_0_externally_limited", "on")


async def test_tc_k_50_a_limit_that_is_gone(house: House, charger: Station) -> None:
    """That is shown; one that nobody has heard of is taken, too."""
    await _is_limited(house, charger)
    await _is_free_again(house, charger)
    assert await charger.call("ClearedChargingLimit", {"chargingLimitSource": "EMS"}) == {}


async def test_tc_k_51_a_limit_that_is_gone_during_a_transaction(house: House, charger: Station) -> None:
    """That is shown, and the transaction charges on."""
    transaction = await Transaction(charger).charge()
    await _is_limited(house, charger)
    await _is_free_again(house, charger)
    await transaction.event("ChargingRateChanged")
    await house.shows("sensor.CP1_1_status", "charging")


async def test_tc_k_52_a_limit_of_somebody_else_in_a_report(house: House, charger: Station) -> None:
    """It is listed with its source and its purpose."""
    reporting(charger, (1, profile_of(7, "ChargingStationExternalConstraints")), source="EMS")
    answer = await house.act("get_charging_profiles", connector=1)
    [profile] = answer["profiles"]
    assert (profile["source"], profile["purpose"]) == ("ems", "charging_station_external_constraints")
