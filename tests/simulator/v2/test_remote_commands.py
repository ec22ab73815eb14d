"""What the central system asks of a station: start, stop, unlock, restart, availability, messages on request."""

import pytest

from custom_components.ocpp_csms.simulator import Quirks, SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import TOKEN, events, judge, plugs, start_request, told

UNKNOWN_EVSE = {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}


def profile(limit: float, **others: object) -> dict[str, object]:
    """A charging profile for a transaction that is about to begin."""
    period = {"startPeriod": 0, "limit": limit}
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}],
        **others,
    }


# Start and stop


async def test_a_remote_start_needs_no_authorization_by_default(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.plug_in(1)
    assert await central.call("RequestStartTransaction", start_request(1)) == {"status": "Accepted"}
    await charge_point.wait_status(1, "Charging")
    event = events(central)[0]
    assert (event["triggerReason"], event["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 7)
    assert event["idToken"] == TOKEN
    assert "Authorize" not in central.actions()


@pytest.mark.parametrize(("status", "starts"), [("Accepted", 1), ("Invalid", 0)])
async def test_a_remote_start_may_be_authorised_first(
    central: Central, charge_point: SimulatedChargePoint, status: str, starts: int
) -> None:
    charge_point.configure("AuthCtrlr.AuthorizeRemoteStart", "true")
    central.answers["Authorize"] = judge(status)
    await charge_point.plug_in(1)
    await central.call("RequestStartTransaction", start_request(1))
    await central.wait_call("Authorize")
    await charge_point.settle()
    assert len(events(central, "Started")) == starts


async def test_a_remote_start_waits_for_the_cable(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("RequestStartTransaction", start_request(1))
    await charge_point.wait_status(1, "Preparing")
    await charge_point.plug_in(1)
    assert told(central) == [("Started", "CablePluggedIn", "Charging")]
    assert events(central)[0]["transactionInfo"]["remoteStartId"] == 7


async def test_a_remote_start_joins_a_transaction_that_the_cable_began(central: Central, dial: Dial) -> None:
    charge_point = await dial(configuration={"TxCtrlr.TxStartPoint": "EVConnected"})
    await charge_point.plug_in(1)
    answer = await central.call("RequestStartTransaction", start_request(1))
    assert answer == {"status": "Accepted", "transactionId": charge_point.connector(1).transaction_id}
    await charge_point.wait_status(1, "Charging")
    assert told(central)[-1] == ("Updated", "RemoteStart", "Charging")
    assert events(central)[-1]["transactionInfo"]["remoteStartId"] == 7


async def test_a_remote_start_without_evse_prefers_the_one_with_a_cable(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    await charge_point.plug_in(2)
    await central.call("RequestStartTransaction", start_request())
    assert (await central.wait_call("TransactionEvent"))["evse"]["id"] == 2


async def test_a_remote_start_on_a_busy_or_missing_evse_is_rejected(
    central: Central, charging: SimulatedChargePoint
) -> None:
    busy = await central.call("RequestStartTransaction", start_request(1))
    assert busy == {"status": "Rejected", "statusInfo": {"reasonCode": "TxInProgress"}}
    assert await central.call("RequestStartTransaction", start_request(7)) == UNKNOWN_EVSE


async def test_a_remote_start_may_bring_a_limit(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.plug_in(1)
    await central.call("RequestStartTransaction", start_request(1, chargingProfile=profile(10.0)))
    await charge_point.wait_status(1, "Charging")
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 10


@pytest.mark.parametrize(
    "others",
    [{"chargingProfilePurpose": "TxDefaultProfile"}, {"transactionId": "x"}, {"chargingProfileKind": "Recurring"}],
)
async def test_a_remote_start_with_a_limit_that_does_not_fit_is_rejected(
    central: Central, charge_point: SimulatedChargePoint, others: dict[str, object]
) -> None:
    await charge_point.plug_in(1)
    request = start_request(1, chargingProfile=profile(10.0, **others))
    assert (await central.call("RequestStartTransaction", request))["statusInfo"] == {"reasonCode": "InvalidProfile"}


async def test_a_group_that_comes_with_a_remote_start_may_stop(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    group = {"idToken": "FAMILY", "type": "Central"}
    await charge_point.plug_in(1)
    await central.call("RequestStartTransaction", start_request(1, groupIdToken=group))
    await charge_point.wait_status(1, "Charging")
    central.answers["Authorize"] = judge("Accepted", groupIdToken=group)
    assert await charge_point.present_card(1, "OTHER")
    assert len(events(central, "Ended")) == 1


async def test_a_remote_stop_stops(central: Central, charging: SimulatedChargePoint) -> None:
    transaction = charging.connector(1).transaction_id
    assert await central.call("RequestStopTransaction", {"transactionId": transaction}) == {"status": "Accepted"}
    await charging.wait_status(1, "Finishing")
    assert told(central)[-1] == ("Ended", "RemoteStop", "EVConnected")
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "Remote"


async def test_a_remote_stop_of_another_transaction_is_rejected(
    central: Central, charging: SimulatedChargePoint
) -> None:
    answer = await central.call("RequestStopTransaction", {"transactionId": "x"})
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}}
    assert charging.connector(1).status == "Charging"


async def test_a_charge_that_was_paused_may_wait_for_a_remote_start(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(resumes_by_remote_start=True))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    default = profile(0.0, chargingProfilePurpose="TxDefaultProfile")
    await central.call("SetChargingProfile", {"evseId": 0, "chargingProfile": default})
    await central.call("ClearChargingProfile", {"chargingProfileId": 1})
    await charge_point.tick(10)
    assert charge_point.connector(1).current == 0
    assert (await central.call("RequestStartTransaction", start_request(1)))["status"] == "Accepted"
    await charge_point.wait_status(1, "Charging")


async def test_what_runs_and_what_waits_can_be_asked(central: Central, charging: SimulatedChargePoint) -> None:
    transaction = charging.connector(1).transaction_id
    asked = {"transactionId": transaction}
    assert await central.call("GetTransactionStatus", asked) == {"ongoingIndicator": True, "messagesInQueue": False}
    assert await central.call("GetTransactionStatus") == {"messagesInQueue": False}
    await charging.unplug(1)
    assert await central.call("GetTransactionStatus", asked) == {"ongoingIndicator": False, "messagesInQueue": False}


@pytest.mark.parametrize(
    ("evse", "connector", "unlockable", "status"),
    [
        (1, 1, True, "Unlocked"),
        (1, 1, False, "UnlockFailed"),
        (1, 2, True, "UnknownConnector"),
        (2, 1, True, "UnknownConnector"),
    ],
)
async def test_a_connector_is_unlocked(
    central: Central, dial: Dial, evse: int, connector: int, unlockable: bool, status: str
) -> None:
    await dial(quirks=Quirks(unlock_supported=unlockable))
    answer = await central.call("UnlockConnector", {"evseId": evse, "connectorId": connector})
    assert answer["status"] == status


async def test_nobody_is_unlocked_while_somebody_charges(central: Central, charging: SimulatedChargePoint) -> None:
    answer = await central.call("UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert answer == {"status": "OngoingAuthorizedTransaction"}
    assert charging.connector(1).status == "Charging"


# Restart


async def test_an_immediate_reset_ends_what_runs(central: Central, charging: SimulatedChargePoint) -> None:
    assert await central.call("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    await central.wait_call("BootNotification", 2)
    await charging.wait_accepted()
    assert told(central)[-1] == ("Ended", "ResetCommand", "EVConnected")
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert central.payloads("BootNotification")[1]["reason"] == "RemoteReset"


async def test_a_reset_may_wait_for_the_end(central: Central, charging: SimulatedChargePoint) -> None:
    assert await central.call("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    await charging.tick(30)
    assert len(central.payloads("BootNotification")) == 1
    await charging.unplug(1)
    await charging.tick(1)
    await central.wait_call("BootNotification", 2)
    assert central.payloads("BootNotification")[1]["reason"] == "ScheduledReset"


async def test_an_idle_station_resets_at_once(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await central.call("Reset", {"type": "OnIdle"}) == {"status": "Accepted"}
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()


async def test_one_evse_may_be_reset(central: Central, charging: SimulatedChargePoint) -> None:
    assert await central.call("Reset", {"type": "OnIdle", "evseId": 1}) == {"status": "Scheduled"}
    assert await central.call("Reset", {"type": "Immediate", "evseId": 1}) == {"status": "Accepted"}
    await charging.wait_status(1, "Finishing")
    assert await central.call("Reset", {"type": "Immediate", "evseId": 7}) == UNKNOWN_EVSE
    assert len(central.payloads("BootNotification")) == 1


# Availability


async def test_an_evse_goes_out_of_service_and_back(central: Central, charge_point: SimulatedChargePoint) -> None:
    place = {"evse": {"id": 1}}
    for status, expected in (("Inoperative", "Unavailable"), ("Operative", "Available")):
        answer = await central.call("ChangeAvailability", {"operationalStatus": status, **place})
        assert answer == {"status": "Accepted"}
        await charge_point.wait_status(1, expected)
        assert plugs(central)[-1] == expected


async def test_the_whole_station_goes_out_of_service(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    await central.call("ChangeAvailability", {"operationalStatus": "Inoperative"})
    for number in (1, 2):
        await charge_point.wait_status(number, "Unavailable")
    assert charge_point.configuration("ChargingStation.AvailabilityState") == "Unavailable"
    await charge_point.plug_in(1)
    assert not await charge_point.present_card(1, "TAG")


async def test_one_connector_of_an_evse_goes_out_of_service(central: Central, dial: Dial) -> None:
    await dial(connectors_per_evse=2)
    place = {"evse": {"id": 1, "connectorId": 2}}
    await central.call("ChangeAvailability", {"operationalStatus": "Inoperative", **place})
    await central.wait(lambda: plugs(central, 1, 2)[-1] == "Unavailable")
    assert plugs(central, 1, 1)[-1] == "Available"
    await central.call("ChangeAvailability", {"operationalStatus": "Operative", **place})
    await central.wait(lambda: plugs(central, 1, 2)[-1] == "Available")


async def test_who_charges_may_go_on_until_the_end(central: Central, charging: SimulatedChargePoint) -> None:
    answer = await central.call("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert answer == {"status": "Scheduled"}
    await charging.tick(10)
    assert charging.connector(1).current > 0
    await charging.unplug(1)
    await charging.wait_status(1, "Unavailable")
    assert charging.status == "Unavailable"


async def test_what_is_not_there_cannot_go_out_of_service(central: Central, charge_point: SimulatedChargePoint) -> None:
    for place in ({"id": 7}, {"id": 1, "connectorId": 7}):
        answer = await central.call("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": place})
        assert answer == UNKNOWN_EVSE


# Messages on request


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
        ("PublishFirmwareStatusNotification", "PublishFirmwareStatusNotification"),
    ],
)
async def test_a_message_comes_on_request(
    central: Central, charge_point: SimulatedChargePoint, message: str, action: str
) -> None:
    before = len(central.payloads(action))
    assert await central.call("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
    await central.wait_call(action, before + 1)


async def test_the_running_transaction_is_told_on_request(central: Central, charging: SimulatedChargePoint) -> None:
    trigger = {"requestedMessage": "TransactionEvent", "evse": {"id": 1}}
    assert await central.call("TriggerMessage", trigger) == {"status": "Accepted"}
    await central.wait(lambda: told(central)[-1] == ("Updated", "Trigger", "Charging"))
    assert events(central)[-1]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    await charging.unplug(1)
    assert await central.call("TriggerMessage", trigger) == {"status": "Rejected"}


async def test_a_certificate_is_asked_for_on_request_by_whom_has_an_owner(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    trigger = {"requestedMessage": "SignChargingStationCertificate"}
    charge_point.configure("SecurityCtrlr.OrganizationName", "")
    assert await central.call("TriggerMessage", trigger) == {"status": "Rejected"}
    charge_point.configure("SecurityCtrlr.OrganizationName", "ACME")
    central.answers["SignCertificate"] = {"status": "Accepted"}
    assert await central.call("TriggerMessage", trigger) == {"status": "Accepted"}
    assert "CERTIFICATE REQUEST" in (await central.wait_call("SignCertificate"))["csr"]


async def test_what_it_does_not_know_or_have_is_not_sent(central: Central, charge_point: SimulatedChargePoint) -> None:
    for trigger, status in (
        ({"requestedMessage": "SignV2GCertificate"}, "NotImplemented"),
        ({"requestedMessage": "StatusNotification", "evse": {"id": 7}}, "Rejected"),
    ):
        assert await central.call("TriggerMessage", trigger) == {"status": status}


async def test_a_message_that_nobody_has_heard_of_is_not_sent(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    answer = await Central.call(central, "TriggerMessage", {"requestedMessage": "Poem"})
    assert answer == {"status": "NotImplemented"}


# Anything else


async def test_what_is_displayed_depends_on_what_happens(central: Central, charge_point: SimulatedChargePoint) -> None:
    for number, state in enumerate(("Idle", "Charging", "Faulted"), 1):
        text = {"format": "UTF8", "content": state}
        message = {"id": number, "priority": "NormalCycle", "state": state, "message": text}
        assert await central.call("SetDisplayMessage", {"message": message}) == {"status": "Accepted"}
    assert list(charge_point.displayed) == ["Idle"]
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert list(charge_point.displayed) == ["Charging"]
    await charge_point.unplug(1)
    await charge_point.fault(0)
    assert list(charge_point.displayed) == ["Faulted"]


async def test_a_text_for_a_transaction_needs_the_transaction(central: Central, charging: SimulatedChargePoint) -> None:
    text = {"format": "UTF8", "content": "Hello"}
    message = {"id": 1, "priority": "NormalCycle", "message": text}
    for transaction, status in ((charging.connector(1).transaction_id, "Accepted"), ("x", "UnknownTransaction")):
        answer = await central.call("SetDisplayMessage", {"message": message | {"transactionId": transaction}})
        assert answer["status"] == status


async def test_refusals_by_order_have_the_shape_of_the_answer(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.refuse("SetVariables", "Rejected")
    charge_point.refuse("ClearCache", "Rejected")
    place = {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
    answer = await central.call("SetVariables", {"setVariableData": [place | {"attributeValue": "30"}]})
    assert answer == {"setVariableResult": [place | {"attributeStatus": "Rejected"}]}
    assert await central.call("ClearCache") == {"status": "Rejected"}


async def test_who_needs_no_authorization_is_not_asked_about(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("AuthCtrlr.AuthorizeRemoteStart", "true")
    await charge_point.plug_in(1)
    nobody = {"idToken": "", "type": "NoAuthorization"}
    await central.call("RequestStartTransaction", {"idToken": nobody, "remoteStartId": 1})
    await charge_point.wait_status(1, "Charging")
    assert "Authorize" not in central.actions()


async def test_vendor_data_is_not_understood(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await central.call("DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}
    central.answers["DataTransfer"] = {"status": "Accepted"}
    assert await charge_point.data_transfer("x", "y", "z") == {"status": "Accepted"}
    assert central.payloads("DataTransfer") == [{"vendorId": "x", "messageId": "y", "data": "z"}]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Nonsense", {}, "NotImplemented"),
        ("AFRRSignal", {}, "NotImplemented"),
        ("GetVariables", {}, "FormatViolation"),
        ("GetVariables", {"getVariableData": [{}]}, "OccurrenceConstraintViolation"),
        ("GetVariables", {"getVariableData": 5}, "TypeConstraintViolation"),
        ("Reset", {"type": "Gently"}, "PropertyConstraintViolation"),
    ],
)
async def test_a_broken_call_is_answered_with_what_is_wrong(
    central: Central, charge_point: SimulatedChargePoint, action: str, payload: dict[str, object], code: str
) -> None:
    with pytest.raises(Fail, match=code):
        await Central.call(central, action, payload)


async def test_a_cost_of_another_transaction_is_not_shown(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await central.call("CostUpdated", {"totalCost": 1.0, "transactionId": "x"}) == {}
    assert list(charge_point.shown) == []
