"""Charging profiles in the words of OCPP 2.x: set, obeyed, cleared, reported and summed up (K01 to K10)."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, CompositeAnswer, Quirks, SimulatedChargePoint
from custom_components.ocpp_csms.simulator.v2.profiles import read_profile
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.profiles import ACCEPTED, profile, rejected, set_profile


async def test_the_car_obeys_a_limit(central: Central, charging: SimulatedChargePoint) -> None:
    assert await set_profile(central, profile(10.0)) == ACCEPTED
    await charging.tick(20)
    assert charging.connector(1).current == 10
    assert charging.profile_writes == 1


async def test_a_limit_may_be_for_this_transaction_only(central: Central, charging: SimulatedChargePoint) -> None:
    transaction = charging.connector(1).transaction_id
    assert await set_profile(central, profile(8.0, purpose="TxProfile", transactionId=transaction)) == ACCEPTED
    await charging.tick(20)
    assert charging.connector(1).current == 8
    await charging.unplug(1)
    await charging.plug_in(1)
    await charging.present_card(1, "TAG")
    await charging.tick(20)
    assert charging.connector(1).current == 32


async def test_a_maximum_is_shared_by_those_that_charge(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    for number in (1, 2):
        await charge_point.plug_in(number)
        await charge_point.present_card(number, f"TAG{number}")
    assert await set_profile(central, profile(20.0, purpose="ChargingStationMaxProfile"), 0) == ACCEPTED
    await charge_point.tick(20)
    assert [charge_point.connector(number).current for number in (1, 2)] == [10, 10]


async def test_one_phase_may_be_used_and_which_one_is_said(central: Central, charging: SimulatedChargePoint) -> None:
    assert await set_profile(central, profile(10.0, period={"numberPhases": 1, "phaseToUse": 2})) == ACCEPTED
    await charging.tick(20)
    assert charging.connector(1).outlet.currents == (0, 10, 0)
    answer = await central.call("GetCompositeSchedule", {"evseId": 1, "duration": 60})
    assert answer["schedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 10.0, "numberPhases": 1, "phaseToUse": 2}
    ]


async def test_a_pause_is_told_of(central: Central, charging: SimulatedChargePoint) -> None:
    await set_profile(central, profile(0.0))
    await charging.wait_status(1, "SuspendedEVSE")
    assert charging.connector(1).current == 0


@pytest.mark.parametrize(
    ("wire", "evse", "reason"),
    [
        (profile(10.0, stackLevel=9), 1, "InvalidStackLevel"),
        (profile(10.0, *((start, 10.0) for start in range(1, 30))), 1, "InvalidSchedule"),
        (profile(10.0), 7, "UnknownEvse"),
        (profile(10.0, purpose="ChargingStationMaxProfile"), 1, "InvalidProfile"),
        (profile(10.0, purpose="ChargingStationExternalConstraints"), 0, "InvalidProfile"),
        (profile(10.0, purpose="TxProfile"), 1, "MissingParam"),
        (profile(10.0, purpose="TxProfile", transactionId="x"), 1, "TxNotFound"),
        (profile(10.0, period={"numberPhases": 3, "phaseToUse": 2}), 1, "InvalidProfile"),
        (profile(10.0, chargingProfileKind="Recurring"), 1, "InvalidProfile"),
        (profile(10.0, chargingSchedule=profile(1.0)["chargingSchedule"] * 2), 1, None),
    ],
)
async def test_what_cannot_be_obeyed_is_rejected_with_a_reason(
    central: Central, charging: SimulatedChargePoint, wire: dict[str, Any], evse: int, reason: str | None
) -> None:
    assert await set_profile(central, wire, evse) == (ACCEPTED if reason is None else rejected(reason))


@pytest.mark.parametrize("wire", [{}, {**profile(1.0), "chargingSchedule": []}])
def test_no_profile_is_made_of_nonsense(wire: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        read_profile(wire)


async def test_a_unit_that_is_not_offered_is_rejected(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["amperes_only"])
    assert await set_profile(central, profile(2300.0, unit="W")) == rejected("UnsupportedRateUnit")
    answer = await central.call("GetCompositeSchedule", {"evseId": 1, "duration": 60, "chargingRateUnit": "W"})
    assert answer == rejected("UnsupportedRateUnit")


async def test_no_two_profiles_are_in_one_place(central: Central, charge_point: SimulatedChargePoint) -> None:
    """K01.FR.52: unless they are never valid at the same time, or have the same id."""
    await set_profile(central, profile(10.0, validTo="2026-01-01T00:00:00Z"))
    assert await set_profile(central, profile(12.0, number=2)) == rejected("DuplicateProfile")
    assert await set_profile(central, profile(12.0, number=2, validFrom="2026-01-01T00:00:00Z")) == ACCEPTED
    assert await set_profile(central, profile(12.0)) == rejected("DuplicateProfile")
    assert await set_profile(central, profile(12.0), 0) == ACCEPTED


async def test_no_more_profiles_are_kept_than_there_is_place_for(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    answers = []
    for number in range(1, 40):
        place: dict[str, Any] = {"stackLevel": number % 8, "validFrom": f"2026-01-01T00:{number:02}:00Z"}
        end: dict[str, Any] = {"validTo": f"2026-01-01T00:{number:02}:30Z"}
        answers.append(await set_profile(central, profile(10.0, number=number, **place, **end)))
    assert answers[-1] == rejected("OutOfMemory")
    assert charge_point.configuration("SmartChargingCtrlr.Entries[ChargingProfiles]") == str(answers.count(ACCEPTED))


async def test_smart_charging_may_be_off(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("SmartChargingCtrlr.Enabled", "false")
    assert await set_profile(central, profile(10.0)) == rejected("NotEnabled")


@pytest.mark.parametrize("name", ["no_max_profile", "relative_only", "refuses_zero"])
async def test_it_may_refuse_what_others_take(central: Central, dial: Dial, name: str) -> None:
    await dial(quirks=PRESETS[name])
    wire = profile(
        0.0,
        purpose="ChargingStationMaxProfile",
        chargingProfileKind="Absolute",
        schedule={"startSchedule": "2026-01-01T00:00:00Z"},
    )
    assert await set_profile(central, wire, 0) == rejected("UnsupportedRequest")


async def test_it_may_ignore_what_it_took(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["ignores_limits"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert await set_profile(central, profile(10.0)) == ACCEPTED
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 32


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"chargingProfileId": 1}, "Accepted"),
        ({"chargingProfileCriteria": {"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile"}}, "Accepted"),
        ({"chargingProfileCriteria": {"stackLevel": 0}}, "Accepted"),
        ({"chargingProfileId": 2}, "Unknown"),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "ChargingStationExternalConstraints"}}, "Unknown"),
    ],
)
async def test_a_limit_is_cleared(
    central: Central, charging: SimulatedChargePoint, request_: dict[str, Any], status: str
) -> None:
    await set_profile(central, profile(10.0))
    assert await central.call("ClearChargingProfile", request_) == {"status": status}
    await charging.tick(30)
    assert charging.connector(1).current == (32 if status == "Accepted" else 10)


async def test_profiles_are_reported_by_evse_and_in_parts(central: Central, charge_point: SimulatedChargePoint) -> None:
    wires = [profile(10.0, number=number, stackLevel=number) for number in range(6)]
    for wire in wires:
        await set_profile(central, wire)
    whole = profile(20.0, number=9, purpose="ChargingStationMaxProfile")
    await set_profile(central, whole, 0)
    assert await central.call("GetChargingProfiles", {"requestId": 3, "chargingProfile": {}}) == ACCEPTED
    await central.wait_call("ReportChargingProfiles", 3)
    reports = central.payloads("ReportChargingProfiles")
    assert [(each["requestId"], each["evseId"], each.get("tbc", False)) for each in reports] == [
        (3, 1, True),
        (3, 1, True),
        (3, 0, False),
    ]
    assert [wire for each in reports for wire in each["chargingProfile"]] == [*wires, whole]


@pytest.mark.parametrize(
    ("criterion", "numbers"),
    [
        ({"chargingProfileId": [1]}, [1]),
        ({"stackLevel": 2}, [2]),
        ({"chargingProfilePurpose": "TxDefaultProfile"}, [1, 2]),
        ({"chargingLimitSource": ["CSO"]}, [1, 2]),
        ({"chargingLimitSource": ["EMS"]}, []),
        ({"chargingProfilePurpose": "TxProfile"}, []),
    ],
)
async def test_only_what_was_asked_for_is_reported(
    central: Central, charge_point: SimulatedChargePoint, criterion: dict[str, Any], numbers: list[int]
) -> None:
    for number in (1, 2):
        await set_profile(central, profile(10.0, number=number, stackLevel=number))
    answer = await central.call("GetChargingProfiles", {"requestId": 3, "evseId": 1, "chargingProfile": criterion})
    assert answer == {"status": "Accepted" if numbers else "NoProfiles"}
    if numbers:
        report = await central.wait_call("ReportChargingProfiles")
        assert [wire["id"] for wire in report["chargingProfile"]] == numbers


async def test_limits_are_summed_up(central: Central, charging: SimulatedChargePoint) -> None:
    await set_profile(central, profile(10.0, (300, 16.0)))
    answer = await central.call("GetCompositeSchedule", {"evseId": 1, "duration": 600, "chargingRateUnit": "W"})
    schedule = answer["schedule"]
    assert (schedule["evseId"], schedule["duration"], schedule["chargingRateUnit"]) == (1, 600, "W")
    assert [each["limit"] for each in schedule["chargingSchedulePeriod"]] == [6900.0, 11040.0]
    assert (await central.call("GetCompositeSchedule", {"evseId": 7, "duration": 1})) == rejected("UnknownEvse")


@pytest.mark.parametrize("kind", [CompositeAnswer.rejected, CompositeAnswer.not_supported])
async def test_it_may_not_sum_up(central: Central, dial: Dial, kind: CompositeAnswer) -> None:
    await dial(quirks=Quirks(composite_answer=kind))
    request = {"evseId": 1, "duration": 60}
    if kind is CompositeAnswer.rejected:
        assert (await central.call("GetCompositeSchedule", request))["status"] == "Rejected"
    else:
        with pytest.raises(Fail, match="NotSupported"):
            await central.call("GetCompositeSchedule", request)


async def test_profiles_survive_a_loss_of_power(central: Central, dial: Dial, tmp_path: Path) -> None:
    charge_point = await dial(state_path=tmp_path / "state")
    wire = profile(10.0, period={"numberPhases": 1, "phaseToUse": 3})
    await set_profile(central, wire)
    await charge_point.power_cut()
    await charge_point.stop()
    other = await dial(state_path=tmp_path / "state")
    await other.plug_in(1)
    await other.present_card(1, "TAG")
    await other.tick(20)
    assert other.connector(1).outlet.currents == (0, 0, 10)


@pytest.mark.parametrize("version", ["2.1"])
@pytest.mark.parametrize(("for_good", "afterwards"), [(False, 10), (True, 32)])
async def test_a_limit_may_end_without_connection(
    central: Central, charging: SimulatedChargePoint, for_good: bool, afterwards: float
) -> None:
    """The dead man of OCPP 2.1."""
    offline: dict[str, Any] = {"maxOfflineDuration": 60, "invalidAfterOfflineDuration": for_good}
    await set_profile(central, profile(10.0, **offline))
    await charging.tick(10)
    await charging.go_offline()
    await charging.tick(55)
    assert charging.connector(1).current == 10
    await charging.tick(30)
    assert charging.connector(1).current == 32
    await charging.go_online()
    await charging.tick(10)
    assert charging.connector(1).current == afterwards


async def test_a_kind_may_go_unanswered(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["hangs_on_absolute"])
    wire = profile(10.0, chargingProfileKind="Absolute", schedule={"startSchedule": "2026-01-01T00:00:00Z"})
    sent = central.connections[-1].send
    await sent(f'[2,"1","SetChargingProfile",{{"evseId":1,"chargingProfile":{json.dumps(wire)}}}]')
    assert await set_profile(central, profile(10.0)) == ACCEPTED
