"""SetChargingProfile, ClearChargingProfile and GetCompositeSchedule over the wire, and what they do to the current."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v16.profiles import REJECTED, profile, set_profile


async def test_the_current_follows_the_limit(central: Central, charging: SimulatedChargePoint) -> None:
    assert await set_profile(central, profile(10)) == ACCEPTED
    await charging.tick(20)
    assert (charging.connector(1).limit, charging.connector(1).current) == (10, 10)
    assert await central.call("ClearChargingProfile", {"id": 1}) == ACCEPTED
    await charging.tick(20)
    assert charging.connector(1).current == 32


async def test_a_limit_in_watts_is_for_all_phases(central: Central, charging: SimulatedChargePoint) -> None:
    await set_profile(central, profile(6900, unit="W"))
    await charging.tick(20)
    assert charging.connector(1).current == pytest.approx(10)


@pytest.mark.parametrize("limit", [0, 5.9])
async def test_too_little_current_suspends(central: Central, charging: SimulatedChargePoint, limit: float) -> None:
    await set_profile(central, profile(limit))
    await charging.wait_status(1, "SuspendedEVSE")
    await set_profile(central, profile(6))
    await charging.wait_status(1, "Charging")
    assert charging.connector(1).transaction_id == 1


async def test_a_transaction_profile_ends_with_the_transaction(
    central: Central, charging: SimulatedChargePoint
) -> None:
    assert await set_profile(central, profile(8, purpose="TxProfile", transactionId=1)) == ACCEPTED
    assert charging.connector(1).limit == 8
    await charging.unplug(1)
    assert charging.connector(1).limit == 32


async def test_the_charge_point_maximum_is_shared_by_those_who_charge(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    assert await set_profile(central, profile(20, purpose="ChargePointMaxProfile"), 0) == ACCEPTED
    for number in (1, 2):
        await charge_point.plug_in(number)
        await charge_point.present_card(number, "TAG")
    assert [charge_point.connector(number).limit for number in (1, 2)] == [10, 10]
    await charge_point.unplug(2)
    await charge_point.tick(1)
    assert charge_point.connector(1).limit == 20


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("connector", "wire"),
    [
        (1, profile(10, purpose="ChargePointMaxProfile")),
        (9, profile(10)),
        (1, profile(10, purpose="TxProfile")),
        (1, profile(10, stackLevel=9)),
        (1, profile(-1)),
        (1, {"chargingProfileId": 1}),
    ],
)
async def test_a_profile_out_of_place_is_rejected(central: Central, connector: int, wire: dict[str, Any]) -> None:
    assert await set_profile(central, wire, connector) == REJECTED


@pytest.mark.usefixtures("charging")
async def test_a_profile_for_another_transaction_is_rejected(central: Central) -> None:
    assert await set_profile(central, profile(10, purpose="TxProfile", transactionId=2)) == REJECTED


@pytest.mark.parametrize(("name", "unit"), [("watts_only", "A"), ("amperes_only", "W")])
async def test_a_unit_that_is_not_known_is_rejected(central: Central, dial: Dial, name: str, unit: str) -> None:
    await dial(quirks=PRESETS[name])
    assert await set_profile(central, profile(4000, unit=unit)) == REJECTED


async def test_more_profiles_than_there_is_room_for_are_rejected(central: Central, dial: Dial) -> None:
    await dial(configuration={"MaxChargingProfilesInstalled": "1"})
    assert await set_profile(central, profile(10)) == ACCEPTED
    assert await set_profile(central, profile(10, chargingProfileId=2, stackLevel=1)) == REJECTED
    assert await set_profile(central, profile(12)) == ACCEPTED


async def test_more_periods_than_allowed_are_rejected(central: Central, dial: Dial) -> None:
    await dial(configuration={"ChargingScheduleMaxPeriods": "1"})
    wire = profile(10)
    wire["chargingSchedule"]["chargingSchedulePeriod"].append({"startPeriod": 60, "limit": 6})
    assert await set_profile(central, wire) == REJECTED


async def test_some_know_no_charge_point_maximum(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["no_max_profile"])
    assert await set_profile(central, profile(10, purpose="ChargePointMaxProfile"), 0) == REJECTED
    assert await set_profile(central, profile(10)) == ACCEPTED


async def test_some_accept_a_limit_and_charge_on(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["ignores_limits"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert await set_profile(central, profile(6)) == ACCEPTED
    await charge_point.tick(30)
    assert charge_point.connector(1).current == 32


@pytest.mark.usefixtures("charge_point")
async def test_profiles_are_cleared_by_condition(central: Central) -> None:
    await set_profile(central, profile(10))
    unknown = {"status": "Unknown"}
    assert await central.call("ClearChargingProfile", {"chargingProfilePurpose": "TxProfile"}) == unknown
    assert await central.call("ClearChargingProfile", {"chargingProfilePurpose": "TxDefaultProfile"}) == ACCEPTED
    assert await central.call("ClearChargingProfile") == unknown
    with pytest.raises(Fail, match="PropertyConstraintViolation"):
        await central.call("ClearChargingProfile", {"chargingProfilePurpose": "Any"})


@pytest.mark.usefixtures("charging")
async def test_the_composite_schedule_is_reported_in_either_unit(central: Central) -> None:
    await set_profile(central, profile(10))
    for unit, limit in (("A", 10), ("W", 6900)):
        answer = await central.call(
            "GetCompositeSchedule", {"connectorId": 1, "duration": 60, "chargingRateUnit": unit}
        )
        assert (answer["status"], answer["connectorId"]) == ("Accepted", 1)
        assert answer["chargingSchedule"] == {
            "duration": 60,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit, "numberPhases": 3}],
        }


@pytest.mark.usefixtures("charge_point")
async def test_the_charge_point_has_a_composite_schedule_and_a_missing_connector_has_none(central: Central) -> None:
    answer = await central.call("GetCompositeSchedule", {"connectorId": 0, "duration": 60})
    assert answer["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 32
    assert await central.call("GetCompositeSchedule", {"connectorId": 9, "duration": 60}) == REJECTED
