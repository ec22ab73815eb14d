"""What the charge point does when the central system asks."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, CallError, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial


def in_seconds(seconds: float) -> str:
    """A time from now, as it goes into messages."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MakeCoffee", {}, "NotImplemented"),
        ("Heartbeat", {}, "NotSupported"),
        ("Reset", {}, "FormationViolation"),
        ("Reset", {"type": "Soft", "extra": 1}, "FormationViolation"),
        ("Reset", {"type": "Gentle"}, "PropertyConstraintViolation"),
        ("ChangeConfiguration", {"key": 5, "value": "1"}, "TypeConstraintViolation"),
        ("ChangeAvailability", {"connectorId": 1, "type": "Maybe"}, "PropertyConstraintViolation"),
        ("UpdateFirmware", {"location": "x", "retrieveDate": "soon"}, "PropertyConstraintViolation"),
        (
            "ReserveNow",
            {"connectorId": 1, "expiryDate": "soon", "idTag": "A", "reservationId": 1},
            "PropertyConstraintViolation",
        ),
    ],
)
async def test_what_it_does_not_understand_gets_a_callerror(
    central: Central, action: str, payload: dict[str, Any], code: str
) -> None:
    with pytest.raises(Fail, match=code):
        await central.call(action, payload)


async def test_a_missing_feature_profile_is_not_supported(central: Central, dial: Dial) -> None:
    await dial(configuration={"SupportedFeatureProfiles": "Core"})
    with pytest.raises(Fail, match="NotSupported"):
        await central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})


@pytest.mark.usefixtures("charge_point")
async def test_the_configuration_is_reported(central: Central) -> None:
    answer = await central.call("GetConfiguration", {"key": ["HeartbeatInterval", "Nonsense"]})
    assert answer == {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
        "unknownKey": ["Nonsense"],
    }


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("HeartbeatInterval", "60", "Accepted"),
        ("HeartbeatInterval", "often", "Rejected"),
        ("ConnectorPhaseRotation", "0.RTS", "RebootRequired"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_a_change_of_configuration_is_judged(central: Central, key: str, value: str, status: str) -> None:
    assert await central.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}


async def test_a_changed_heartbeat_holds_at_once(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "10"})
    await charge_point.tick(10)
    assert "Heartbeat" in central.actions()
    await central.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "0"})
    await charge_point.tick(1000)
    assert central.actions().count("Heartbeat") == 1


# Availability


async def test_a_free_connector_goes_out_of_service_and_comes_back(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    for kind, status in (("Inoperative", "Unavailable"), ("Operative", "Available")):
        assert await central.call("ChangeAvailability", {"connectorId": 1, "type": kind}) == ACCEPTED
        await charge_point.wait_status(1, status)
    assert central.statuses() == ["Available", "Unavailable", "Available"]


async def test_nobody_charges_at_a_connector_out_of_service(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await central.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    await charge_point.wait_status(1, "Unavailable")
    await charge_point.plug_in(1)
    assert not await charge_point.present_card(1, "TAG")
    assert await central.call("RemoteStartTransaction", {"idTag": "TAG"}) == {"status": "Rejected"}


async def test_a_busy_connector_goes_out_of_service_afterwards(
    central: Central, charging: SimulatedChargePoint
) -> None:
    request = {"connectorId": 1, "type": "Inoperative"}
    assert await central.call("ChangeAvailability", request) == {"status": "Scheduled"}
    assert charging.connector(1).status == "Charging"
    await charging.unplug(1)
    assert central.statuses()[-1] == "Unavailable"


async def test_a_scheduled_change_can_be_taken_back(central: Central, charging: SimulatedChargePoint) -> None:
    await central.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert await central.call("ChangeAvailability", {"connectorId": 1, "type": "Operative"}) == ACCEPTED
    await charging.unplug(1)
    assert central.statuses()[-1] == "Available"


async def test_the_whole_charge_point_goes_out_of_service(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    assert await central.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}) == ACCEPTED
    await charge_point.wait_status(2, "Unavailable")
    assert [central.statuses(number)[-1] for number in (0, 1, 2)] == ["Unavailable"] * 3
    assert charge_point.status == "Unavailable"


async def test_a_busy_charge_point_goes_out_of_service_with_its_last_transaction(
    central: Central, charging: SimulatedChargePoint
) -> None:
    request = {"connectorId": 0, "type": "Inoperative"}
    assert await central.call("ChangeAvailability", request) == {"status": "Scheduled"}
    assert charging.status == "Available"
    await charging.unplug(1)
    assert (charging.status, central.statuses(0)[-1]) == ("Unavailable", "Unavailable")


@pytest.mark.usefixtures("charge_point")
async def test_a_connector_that_is_not_there_cannot_change(central: Central) -> None:
    assert await central.call("ChangeAvailability", {"connectorId": 9, "type": "Operative"}) == {"status": "Rejected"}


async def test_availability_survives_a_reset(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    await central.call("Reset", {"type": "Hard"})
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert central.statuses()[-1] == "Unavailable"


# Reset, unlock


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
async def test_a_reset_stops_transactions_drops_the_connection_and_boots(
    central: Central, charging: SimulatedChargePoint, kind: str, reason: str
) -> None:
    await charging.tick(60)
    register = charging.connector(1).register_wh
    await central.call("ChangeConfiguration", {"key": "ConnectorPhaseRotation", "value": "0.RTS"})
    assert await central.call("Reset", {"type": kind}) == ACCEPTED
    await central.wait_call("BootNotification", 2)
    await charging.wait_accepted()
    assert [each["reason"] for each in central.payloads("StopTransaction")] == [reason] * len(
        central.payloads("StopTransaction")
    )
    assert "StopTransaction" in central.actions()
    assert len(central.connections) == 2
    assert charging.connector(1).register_wh == register
    assert charging.configuration("ConnectorPhaseRotation") == "0.RTS"


async def test_unlocking_stops_the_transaction(central: Central, charging: SimulatedChargePoint) -> None:
    assert await central.call("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert (await central.wait_call("StopTransaction"))["reason"] == "UnlockCommand"
    await charging.wait_status(1, "Finishing")


async def test_some_cannot_unlock(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["no_unlock"])
    assert await central.call("UnlockConnector", {"connectorId": 1}) == {"status": "NotSupported"}


# Reservations, lists


async def reserve(central: Central, tag: str = "A", seconds: float = 600, **others: Any) -> str:
    """Reserve connector 1 and return the status."""
    request = {"connectorId": 1, "expiryDate": in_seconds(seconds), "idTag": tag, "reservationId": 4, **others}
    status: str = (await central.call("ReserveNow", request))["status"]
    return status


async def test_a_reservation_keeps_others_out_and_goes_with_the_start(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    assert await reserve(central) == "Accepted"
    await charge_point.wait_status(1, "Reserved")
    assert not await charge_point.present_card(1, "B")
    await charge_point.present_card(1, "A")
    await charge_point.plug_in(1)
    assert central.payloads("StartTransaction")[0]["reservationId"] == 4


async def test_a_reservation_holds_for_the_family(central: Central, charge_point: SimulatedChargePoint) -> None:
    await reserve(central, parentIdTag="FAMILY")
    central.answers["Authorize"] = {"idTagInfo": {**ACCEPTED, "parentIdTag": "FAMILY"}}
    assert await charge_point.present_card(1, "B")


async def test_a_reservation_expires(central: Central, charge_point: SimulatedChargePoint) -> None:
    await reserve(central, seconds=60)
    await charge_point.tick(61)
    assert central.statuses() == ["Available", "Reserved", "Available"]


async def test_a_reservation_can_be_cancelled_once(central: Central, charge_point: SimulatedChargePoint) -> None:
    await reserve(central)
    assert await central.call("CancelReservation", {"reservationId": 4}) == ACCEPTED
    await charge_point.wait_status(1, "Available")
    assert await central.call("CancelReservation", {"reservationId": 4}) == {"status": "Rejected"}


async def test_only_a_free_connector_can_be_reserved(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await reserve(central, connectorId=0) == "Rejected"
    await charge_point.plug_in(1)
    assert await reserve(central) == "Occupied"
    await charge_point.fault(1, "GroundFailure")
    assert await reserve(central) == "Faulted"
    await charge_point.clear_fault(1)
    await central.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert await reserve(central) == "Unavailable"


@pytest.mark.usefixtures("charge_point")
async def test_the_local_list_has_a_version(central: Central) -> None:
    assert await central.call("GetLocalListVersion") == {"listVersion": 0}
    await central.call("SendLocalList", {"listVersion": 3, "updateType": "Full"})
    assert await central.call("GetLocalListVersion") == {"listVersion": 3}


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"SendLocalListMaxLength": "1"}, "Failed"),
        ({"LocalAuthListMaxLength": "1"}, "Failed"),
        ({"LocalAuthListEnabled": "false"}, "NotSupported"),
        ({}, "Accepted"),
    ],
)
async def test_the_local_list_has_limits(central: Central, dial: Dial, keys: dict[str, str], status: str) -> None:
    await dial(configuration=keys)
    entries = [{"idTag": tag, "idTagInfo": ACCEPTED} for tag in ("A", "B")]
    request = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries}
    assert await central.call("SendLocalList", request) == {"status": status}


async def test_a_local_list_that_is_off_has_no_version(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("LocalAuthListEnabled", "false")
    assert await central.call("GetLocalListVersion") == {"listVersion": -1}


async def test_the_cache_can_be_cleared(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.present_card(1, "TAG")
    assert await central.call("ClearCache") == ACCEPTED
    await charge_point.tick(60)
    await charge_point.go_offline()
    assert not await charge_point.present_card(1, "TAG")


async def test_without_a_cache_there_is_nothing_to_clear(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthorizationCacheEnabled", "false")
    assert await central.call("ClearCache") == {"status": "Rejected"}


# Orders of a test


async def test_it_can_be_told_to_refuse_a_number_of_times(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.refuse("Reset", "Rejected", times=2)
    answers = [await central.call("ClearCache"), *[await central.call("Reset", {"type": "Hard"}) for _ in range(3)]]
    assert [answer["status"] for answer in answers] == ["Accepted", "Rejected", "Rejected", "Accepted"]


async def test_it_can_be_told_to_fail_until_told_to_comply(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.refuse("ClearCache", CallError("InternalError", "out of order"))
    for _ in range(2):
        with pytest.raises(Fail, match="InternalError"):
            await central.call("ClearCache")
    charge_point.comply("ClearCache")
    assert await central.call("ClearCache") == ACCEPTED


async def test_it_can_be_told_not_to_answer(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.ignore("ClearCache")
    ignored = asyncio.create_task(central.call("ClearCache"))
    await charge_point.wait_message("ClearCache")
    assert await central.call("GetLocalListVersion") == {"listVersion": 0}
    assert not ignored.done()
    ignored.cancel()


async def test_it_can_be_told_to_answer_late(central: Central, charge_point: SimulatedChargePoint) -> None:
    event = asyncio.Event()
    charge_point.delay("ClearCache", event)
    late = asyncio.create_task(central.call("ClearCache"))
    await charge_point.wait_message("ClearCache")
    await charge_point.tick(1)
    assert not late.done()
    event.set()
    assert await late == ACCEPTED


async def test_an_answer_is_lost_with_its_connection(central: Central, charge_point: SimulatedChargePoint) -> None:
    event = asyncio.Event()
    charge_point.delay("ClearCache", event)
    late = asyncio.create_task(central.call("ClearCache"))
    await charge_point.wait_message("ClearCache")
    await charge_point.go_offline()
    event.set()
    await charge_point.go_online()
    await charge_point.wait_accepted()
    assert not late.done()
    late.cancel()


# Faults


async def test_a_fault_interrupts_charging_until_it_is_cleared(
    central: Central, charging: SimulatedChargePoint
) -> None:
    await charging.tick(10)
    await charging.fault(1, "GroundFailure")
    assert charging.connector(1).status == "Faulted"
    assert central.payloads("StatusNotification")[-1]["errorCode"] == "GroundFailure"
    await charging.tick(1)
    assert charging.connector(1).current == 0
    await charging.clear_fault(1)
    assert central.statuses()[-1] == "Charging"


async def test_a_fault_of_the_charge_point_keeps_everybody_out(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.fault(0, "HighTemperature")
    assert central.statuses(0)[-1] == "Faulted"
    assert await central.call("RemoteStartTransaction", {"idTag": "TAG"}) == {"status": "Rejected"}


async def test_an_error_code_must_exist(charge_point: SimulatedChargePoint) -> None:
    with pytest.raises(ValueError, match="Tired"):
        await charge_point.fault(1, "Tired")
