"""Messages on demand."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import ACCEPTED, Central
from tests.simulator.conftest import Dial


@pytest.mark.parametrize(
    ("trigger", "action"),
    [
        ("TriggerMessage", "BootNotification"),
        ("TriggerMessage", "Heartbeat"),
        ("TriggerMessage", "MeterValues"),
        ("TriggerMessage", "StatusNotification"),
        ("TriggerMessage", "DiagnosticsStatusNotification"),
        ("TriggerMessage", "FirmwareStatusNotification"),
        ("ExtendedTriggerMessage", "BootNotification"),
        ("ExtendedTriggerMessage", "Heartbeat"),
        ("ExtendedTriggerMessage", "MeterValues"),
        ("ExtendedTriggerMessage", "StatusNotification"),
        ("ExtendedTriggerMessage", "LogStatusNotification"),
    ],
)
async def test_a_triggered_message_follows_the_answer(
    central: Central, charge_point: SimulatedChargePoint, trigger: str, action: str
) -> None:
    before = charge_point.count(action)
    assert await central.call(trigger, {"requestedMessage": action}) == ACCEPTED
    await charge_point.wait_message(action, before + 1)
    answered = next(
        index for index, frame in enumerate(charge_point.frames) if frame.action == trigger and frame.kind == "result"
    )
    sent = max(
        index for index, frame in enumerate(charge_point.frames) if frame.action == action and frame.kind == "call"
    )
    assert answered < sent


async def test_a_trigger_may_ask_for_one_connector(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    await central.call("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2})
    await charge_point.wait_message("MeterValues")
    assert [each["connectorId"] for each in central.payloads("MeterValues")] == [2]


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("trigger", "request_", "status"),
    [
        ("TriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, "NotImplemented"),
        ("TriggerMessage", {"requestedMessage": "LogStatusNotification"}, "NotImplemented"),
        ("TriggerMessage", {"requestedMessage": "Weather"}, "NotImplemented"),
        ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 9}, "Rejected"),
        ("ExtendedTriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"}, "NotImplemented"),
        ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, "Rejected"),
    ],
)
async def test_what_cannot_be_triggered_is_refused(
    central: Central, trigger: str, request_: dict[str, Any], status: str
) -> None:
    """A certificate cannot be asked for while nobody said whose charge point this is (CpoName)."""
    assert await central.call(trigger, request_) == {"status": status}


async def test_triggered_meter_values_name_the_running_transaction(
    central: Central, charging: SimulatedChargePoint
) -> None:
    await central.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    await charging.wait_message("MeterValues")
    message = central.payloads("MeterValues")[0]
    assert message["transactionId"] == 1
    assert message["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
