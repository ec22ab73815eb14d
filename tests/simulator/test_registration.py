"""Connecting and registering: BootNotification and its three answers, the handshake, coming back."""

import asyncio
import base64
import json
import socket
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, CallError, NoAnswer, Offline, Quirks, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, SILENCE, Central, Fail
from tests.simulator.conftest import Dial


def boot_answer(status: str, interval: int = 20) -> dict[str, Any]:
    """An answer to BootNotification."""
    return {"currentTime": "2026-01-01T00:00:00Z", "interval": interval, "status": status}


async def test_it_boots_and_reports_every_status(central: Central, dial: Dial) -> None:
    await dial(vendor="ACME", model="One", serial_number="S1", firmware_version="2.3", connectors=2)
    assert central.calls[0] == (
        "BootNotification",
        {
            "chargePointVendor": "ACME",
            "chargePointModel": "One",
            "chargePointSerialNumber": "S1",
            "firmwareVersion": "2.3",
        },
    )
    assert [(each["connectorId"], each["status"]) for each in central.payloads("StatusNotification")] == [
        (0, "Available"),
        (1, "Available"),
        (2, "Available"),
    ]


async def test_it_offers_ocpp_1_6_and_no_credentials(central: Central, charge_point: SimulatedChargePoint) -> None:
    headers = central.requests[0].headers
    assert headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
    assert "Authorization" not in headers
    assert "Sec-WebSocket-Extensions" not in headers
    assert charge_point.connected


async def test_it_may_offer_no_subprotocol(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["no_subprotocol"])
    assert "Sec-WebSocket-Protocol" not in central.requests[0].headers


async def test_it_may_offer_compression(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["compression"])
    assert "permessage-deflate" in central.requests[0].headers["Sec-WebSocket-Extensions"]


@pytest.mark.parametrize("password", ["secret", b"\x00\xffraw"])
async def test_its_password_may_be_text_or_raw_bytes(central: Central, dial: Dial, password: str | bytes) -> None:
    await dial(path="a/prefix/CP%201", password=password)
    raw = password.encode() if isinstance(password, str) else password
    token = base64.b64encode(b"CP 1:" + raw).decode()
    assert central.requests[0].headers["Authorization"] == f"Basic {token}"
    assert central.requests[0].path == "/a/prefix/CP%201"


async def test_a_refused_handshake_is_seen_and_tried_again(central: Central, dial: Dial) -> None:
    central.refuse_with = 401
    charge_point = await dial(accepted=False)
    assert (charge_point.http_status, charge_point.connected) == (401, False)
    central.refuse_with = None
    await charge_point.wait_accepted()
    assert charge_point.http_status is None


async def test_an_absent_central_system_is_dialled_until_it_is_there(dial: Dial) -> None:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    charge_point = await dial(accepted=False, url=f"ws://127.0.0.1:{bound.getsockname()[1]}/CP1")
    assert not charge_point.connected
    later = await Central().open(bound=bound)
    try:
        await charge_point.wait_accepted()
    finally:
        await charge_point.stop()
        await later.close()


async def test_the_interval_of_the_answer_sets_the_heartbeat(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Accepted", 20)
    charge_point = await dial()
    assert charge_point.configuration("HeartbeatInterval") == "20"
    await charge_point.tick(65)
    assert len(central.payloads("Heartbeat")) == 3


async def test_an_interval_of_zero_leaves_the_heartbeat_to_the_charge_point(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Accepted", 0)
    charge_point = await dial()
    assert charge_point.configuration("HeartbeatInterval") == "300"


@pytest.mark.parametrize("status", ["Pending", "Rejected", "Perhaps"])
async def test_until_accepted_it_says_nothing_and_boots_again_after_the_interval(
    central: Central, dial: Dial, status: str
) -> None:
    central.answers["BootNotification"] = boot_answer(status)
    charge_point = await dial(accepted=False)
    await charge_point.settle()
    await charge_point.plug_in(1)
    await charge_point.tick(19)
    assert central.actions() == ["BootNotification"]
    central.answers["BootNotification"] = boot_answer("Accepted")
    await charge_point.tick(1)
    assert charge_point.registered
    assert central.actions()[:2] == ["BootNotification"] * 2
    assert central.statuses() == ["Preparing"]


async def test_while_pending_it_answers_and_sends_what_is_asked_for(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Pending")
    charge_point = await dial(accepted=False)
    await charge_point.settle()
    assert (await central.call("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "9"})) == ACCEPTED
    assert "configurationKey" in await central.call("GetConfiguration")
    assert (
        await central.call("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}) == ACCEPTED
    )
    assert (await central.wait_call("StatusNotification"))["connectorId"] == 1


async def test_while_pending_no_transaction_starts_or_stops(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Pending")
    await (await dial(accepted=False)).settle()
    assert await central.call("RemoteStartTransaction", {"idTag": "TAG"}) == {"status": "Rejected"}
    assert await central.call("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Rejected"}


async def test_while_pending_a_triggered_boot_registers(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Pending")
    charge_point = await dial(accepted=False)
    await charge_point.settle()
    central.answers["BootNotification"] = boot_answer("Accepted")
    await central.call("TriggerMessage", {"requestedMessage": "BootNotification"})
    await charge_point.wait_accepted()
    assert central.statuses(0) == ["Available"]


async def test_a_triggered_message_that_fails_while_pending_harms_nothing(central: Central, dial: Dial) -> None:
    central.answers |= {"BootNotification": boot_answer("Pending"), "Heartbeat": Fail("InternalError")}
    charge_point = await dial(accepted=False)
    await charge_point.settle()
    await central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    await central.wait_call("Heartbeat")
    await charge_point.settle()
    assert charge_point.connected


async def test_while_rejected_it_answers_nothing(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Rejected")
    charge_point = await dial(accepted=False)
    await charge_point.settle()
    await central.connections[0].send(json.dumps([2, "x", "GetConfiguration", {}]))
    await charge_point.wait_message("GetConfiguration")
    await charge_point.tick(20)
    assert len(central.texts) == 2  # both BootNotifications


async def test_an_accepted_charge_point_can_be_put_off_again(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    central.answers["BootNotification"] = boot_answer("Pending")
    await central.call("TriggerMessage", {"requestedMessage": "BootNotification"})
    await charge_point.wait_for(lambda: not charge_point.registered)
    await charge_point.plug_in(1)
    assert central.statuses() == ["Available"]


async def test_it_may_give_up_the_connection_when_pending(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = boot_answer("Pending")
    charge_point = await dial(accepted=False, quirks=PRESETS["hates_pending"])
    await central.wait(lambda: len(central.connections) >= 3)
    central.answers["BootNotification"] = boot_answer("Accepted")
    await charge_point.wait_accepted()


@pytest.mark.parametrize("answer", [Fail("InternalError"), SILENCE])
async def test_without_a_proper_answer_it_boots_again_later(central: Central, dial: Dial, answer: object) -> None:
    central.answers["BootNotification"] = answer
    charge_point = await dial(accepted=False, call_timeout=0.05)
    await charge_point.settle()
    central.answers["BootNotification"] = boot_answer("Accepted")
    await charge_point.tick(60)
    assert charge_point.registered


async def test_after_a_lost_connection_it_boots_again(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.drop_connection()
    await charge_point.wait_accepted()
    assert central.actions().count("BootNotification") == 2
    assert central.statuses() == ["Available", "Available"]


async def test_it_may_come_back_without_boot_and_report_only_what_changed(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2, quirks=PRESETS["no_boot_after_reconnect"])
    await charge_point.go_offline()
    await charge_point.plug_in(2)
    await charge_point.fault(0, "HighTemperature")
    await charge_point.go_online()
    await charge_point.settle()
    assert central.actions().count("BootNotification") == 1
    assert central.statuses(0) == ["Available", "Faulted"]
    assert central.statuses(1) == ["Available"]
    assert central.statuses(2) == ["Available", "Preparing"]


async def test_it_may_never_boot_at_all(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["no_boot"])
    await charge_point.drop_connection()
    await charge_point.wait_accepted()
    assert central.actions().count("BootNotification") == 0
    assert central.statuses() == ["Available"]


async def test_a_connection_closed_by_the_central_system_is_dialled_again(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await central.connections[0].close()
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()


async def test_stopping_closes_cleanly_and_leaves_no_task(central: Central, dial: Dial) -> None:
    before = asyncio.all_tasks()
    async with SimulatedChargePoint(central.url()) as charge_point:
        await charge_point.wait_accepted()
    await central.wait(lambda: central.closed == 1)
    assert central.connections[0].close_code == 1000
    left = {task for task in asyncio.all_tasks() - before if "simulator" in repr(task.get_coro()) and not task.done()}
    assert left == set()


async def test_any_call_can_be_made_by_hand(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers |= {"DataTransfer": {"status": "UnknownVendorId"}, "Odd": Fail("NotImplemented")}
    assert await charge_point.call("DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}
    with pytest.raises(CallError) as failed:
        await charge_point.call("Odd", {})
    assert failed.value.code == "NotImplemented"


async def test_a_call_without_answer_times_out(central: Central, dial: Dial) -> None:
    central.answers["DataTransfer"] = SILENCE
    charge_point = await dial(call_timeout=0.05)
    with pytest.raises(NoAnswer):
        await charge_point.call("DataTransfer", {})


async def test_a_call_is_lost_with_its_connection(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers["DataTransfer"] = SILENCE
    lost = asyncio.create_task(charge_point.call("DataTransfer", {}))
    await central.wait_call("DataTransfer")
    await charge_point.go_offline()
    with pytest.raises(Offline):
        await lost
    with pytest.raises(Offline):
        await charge_point.call("DataTransfer", {})


async def test_raw_frames_go_out_as_they_are_and_both_ways_are_recorded(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.send_raw("[2,")
    await charge_point.send_raw(b"\x00\x01")
    await central.wait(lambda: central.texts[-2:] == ["[2,", b"\x00\x01"])
    assert charge_point.sent[-2:] == ["[2,", b"\x00\x01"]
    await central.connections[0].send("nonsense")
    await central.connections[0].send('[3,"nobody asked",{}]')
    await central.connections[0].send('[4,"nobody asked","InternalError","",{}]')
    await charge_point.wait_for(
        lambda: len(charge_point.received) >= 3 and "InternalError" in charge_point.received[-1]
    )
    assert charge_point.received[-3:-1] == ["nonsense", '[3,"nobody asked",{}]']


async def test_waiting_in_vain_times_out(charge_point: SimulatedChargePoint) -> None:
    with pytest.raises(TimeoutError):
        await charge_point.wait_status(1, "Charging", timeout=0.01)


async def test_frames_may_be_printed_prettily(central: Central, dial: Dial) -> None:
    await dial(quirks=Quirks(pretty_json=True))
    assert "\n" in str(central.texts[0])


async def test_an_observer_is_told_each_event_in_one_line(dial: Dial) -> None:
    lines: list[str] = []
    await dial(quirks=Quirks(pretty_json=True), observer=lines.append)
    assert any(line.startswith("→ BootNotification [") for line in lines)
    assert any(line.startswith("← BootNotification [") for line in lines)
    assert not any("\n" in line for line in lines)


async def test_time_passes_by_itself_unless_told_otherwise(central: Central, dial: Dial) -> None:
    charge_point = await dial(auto_tick=True, time_scale=1000.0)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.wait_message("MeterValues", 2)
    assert charge_point.connector(1).register_wh > 0
