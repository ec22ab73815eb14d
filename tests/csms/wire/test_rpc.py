"""Remote procedure calls: answers find their calls, one at a time, and errors have names. What 2.x adds is in `test_rpc_v2`."""

import asyncio
from collections.abc import AsyncGenerator
import json
import logging
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem, CentralSystemSettings
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, NotConnectedError, QueueFullError
from custom_components.ocpp_csms.csms.v16.messages import V16Messages
from custom_components.ocpp_csms.csms.wire.rpc import MAX_QUEUED_CALLS
from custom_components.ocpp_csms.csms.wire.server import ChargePointConnection
from tests.csms.central import Clock, central_system
from tests.csms.scripted_charge_point import SILENCE, ErrorAnswer, ScriptedChargePoint
from tests.waiting import until_connected, until_gone


@pytest.fixture
async def far_end(central: CentralSystem, charge_point: ChargePoint) -> AsyncGenerator[ScriptedChargePoint]:
    """The far end of CP1, connected."""
    async with ScriptedChargePoint(central.port) as far_end:
        await until_connected(charge_point)
        yield far_end


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('[2,"7","Heartbeat",{}]', [3, "7", {"currentTime": "2026-11-20T12:00:00Z"}]),
        ('[2,7,"Heartbeat",{}]', [3, 7, {"currentTime": "2026-11-20T12:00:00Z"}]),
        (b'[2,"7","Heartbeat",{}]', [3, "7", {"currentTime": "2026-11-20T12:00:00Z"}]),
        ('[2,"\\ud800","Heartbeat",{}]', [3, "\ufffd", {"currentTime": "2026-11-20T12:00:00Z"}]),
        ('[2,"7","heartbeat",{}]', [3, "7", {"currentTime": "2026-11-20T12:00:00Z"}]),
        ('[2,"7","MakeCoffee",{}]', [4, "7", "NotImplemented", "MakeCoffee is not known", {}]),
        ('[2,"7"]', [4, "7", "FormationViolation", "a call without an action", {}]),
        ('[2,"7","Heartbeat",{"a":tru', [4, "7", "FormationViolation", "not JSON", {}]),
    ],
    ids=str,
)
async def test_a_call_is_answered_under_its_id(
    far_end: ScriptedChargePoint, frame: str | bytes, answer: list[Any]
) -> None:
    """Whatever it is worth: with a result, or an error as OCPP-J 1.6 §4.2.3 describes it."""
    assert await far_end.exchange(frame) == answer


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hello",
        "{}",
        "[]",
        "null",
        "[2]",
        '[2,null,"Heartbeat",{}]',
        '[5,"1",{}]',
        '[6,"1","Heartbeat",{}]',
        '["x","1","Heartbeat",{}]',
        '[3,"nobody asked",{}]',
        '[4,"nobody asked","GenericError","",{}]',
        '[3,"nobody',
        b"\xff\xfe\x00",
        "[" * 100_000,
        '[2,"' + "x" * 200,
    ],
    ids=lambda frame: str(frame[:30]),
)
async def test_what_cannot_be_answered_is_passed_over(far_end: ScriptedChargePoint, frame: str | bytes) -> None:
    """No answer, and the connection goes on."""
    await far_end.send(frame)
    assert "currentTime" in await far_end.call("Heartbeat")
    assert far_end.frames.empty()


async def test_malformed_frames_are_counted_and_kept(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """Diagnostics show the last ones with what was wrong."""
    for frame in ("nonsense", "[2]", '[9,"1"]', '[2,"1"]'):
        await far_end.send(frame)
    await far_end.call("Heartbeat")
    assert charge_point.violations.count == 4
    assert [violation.frame for violation in charge_point.violations.latest] == [
        "nonsense",
        "[2]",
        '[9,"1"]',
        '[2,"1"]',
    ]
    assert all(violation.problem for violation in charge_point.violations.latest)


async def test_a_mistake_of_ours_is_an_error_answer_and_one_line(
    far_end: ScriptedChargePoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection goes on, the log names the charge point and shows no traceback."""
    caplog.set_level(logging.INFO)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(V16Messages, "_sound", fail)
    frame = await far_end.exchange('[2,"7","Heartbeat",{}]')
    assert frame[:3] == [4, "7", "InternalError"]
    errors = [record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"]
    assert [record.message for record in errors] == ["CP1: Heartbeat could not be handled: ZeroDivisionError()"]
    assert errors[0].exc_info is None


async def test_the_answer_leaves_before_listeners_are_told(
    far_end: ScriptedChargePoint, charge_point: ChargePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow listener never makes a charge point wait."""
    order: list[str] = []
    send = ChargePointConnection.send

    async def note(self: ChargePointConnection, message: bytes, *, text: bool) -> None:
        await send(self, message, text=text)
        order.append("sent")

    monkeypatch.setattr(ChargePointConnection, "send", note)
    charge_point.listen(0, ("violations", "info"), lambda: order.append("told"))
    await far_end.exchange('[2,"1","MakeCoffee",{}]')
    await far_end.exchange('[2,"1"]')
    await far_end.boot()
    assert order[:6] == ["sent", "told"] * 3


async def test_answers_find_their_calls(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """By id, as texts; what the charge point sends is returned."""
    far_end.answers["DataTransfer"] = lambda payload: {"status": "Accepted", "data": payload["data"].upper()}
    answers = await asyncio.gather(*(charge_point.data_transfer("Acme", None, text) for text in ("a", "b", "c")))
    assert answers == [("Accepted", "A"), ("Accepted", "B"), ("Accepted", "C")]


async def test_only_one_call_is_in_flight(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """The second leaves when the first has been answered; the charge point's own calls cross freely."""
    far_end.answers["Reset"] = SILENCE
    held = asyncio.create_task(charge_point.reset(hard=True))
    await far_end.heard("Reset")
    waiting = asyncio.create_task(charge_point.trigger("Heartbeat"))
    await far_end.call("Heartbeat")
    assert [action for action, _ in far_end.calls] == ["Reset"]
    await answer_last(far_end, {"status": "Accepted"})
    await asyncio.gather(held, waiting)
    assert [action for action, _ in far_end.calls] == ["Reset", "TriggerMessage"]


async def test_a_caller_that_gives_up_does_not_free_the_turn(
    far_end: ScriptedChargePoint, charge_point: ChargePoint
) -> None:
    """The charge point is still busy with the call; the next one waits for its answer."""
    far_end.answers["Reset"] = SILENCE
    given_up = asyncio.create_task(charge_point.reset(hard=True))
    await far_end.heard("Reset")
    given_up.cancel()
    waiting = asyncio.create_task(charge_point.trigger("Heartbeat"))
    await far_end.call("Heartbeat")
    assert [action for action, _ in far_end.calls] == ["Reset"]
    await answer_last(far_end, {"status": "Accepted"})
    await waiting


async def test_a_queue_that_is_full_is_an_error(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """One hundred calls may wait."""
    assert MAX_QUEUED_CALLS == 100
    far_end.answers["Reset"] = SILENCE
    calls = [asyncio.create_task(charge_point.reset(hard=True)) for _ in range(MAX_QUEUED_CALLS)]
    await far_end.heard("Reset")
    with pytest.raises(QueueFullError):
        await charge_point.reset(hard=True)
    await far_end.disconnect()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotConnectedError}


async def test_a_call_that_is_not_answered_times_out(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """With the action's name; the late answer is logged, and not taken for that of the next call."""
    async with central_system(clock=clock, call_timeout=0.05) as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(central.port, answers={"Reset": SILENCE}) as far_end:
            await until_connected(charge_point)
            with pytest.raises(CallTimeoutError) as error:
                await charge_point.reset(hard=True)
            assert (error.value.action, error.value.seconds) == ("Reset", 0.05)
            far_end.answers["DataTransfer"] = SILENCE
            call = asyncio.create_task(charge_point.data_transfer("Acme"))
            await far_end.heard("DataTransfer")
            await answer_first(far_end, {"status": "Rejected"})
            await answer_last(far_end, {"status": "Accepted"})
            assert await call == ("Accepted", None)
            assert any("late or unasked answer" in record.message for record in caplog.records)


def test_calls_time_out_after_30_seconds() -> None:
    """Unless the user sets another time."""
    assert CentralSystemSettings().call_timeout == 30.0


async def test_an_error_answer_is_an_error_with_all_that_it_said(
    far_end: ScriptedChargePoint, charge_point: ChargePoint
) -> None:
    """Code, description and details."""
    far_end.answers["Reset"] = ErrorAnswer("NotSupported", "not today", {"retry": 5})
    with pytest.raises(CallFailedError) as error:
        await charge_point.reset(hard=False)
    assert (error.value.action, error.value.code) == ("Reset", "NotSupported")
    assert (error.value.description, error.value.details) == ("not today", {"retry": 5})


async def test_an_answer_that_is_no_json_fails_its_call(
    far_end: ScriptedChargePoint, charge_point: ChargePoint
) -> None:
    """Where its id can be read; nobody waits for the time-out."""
    far_end.answers["Reset"] = SILENCE
    call = asyncio.create_task(charge_point.reset(hard=False))
    await far_end.heard("Reset")
    await far_end.send(f'[3,"{far_end.ids[-1]}",{{"status":"Acc')
    with pytest.raises(CallFailedError, match="FormationViolation"):
        await call


async def test_calls_fail_when_the_connection_ends(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """The one in flight and those that wait; later ones fail before anything is sent."""
    far_end.answers["Reset"] = SILENCE
    calls = [asyncio.create_task(charge_point.reset(hard=True)) for _ in range(3)]
    await far_end.heard("Reset")
    await far_end.drop()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotConnectedError}
    await until_gone(charge_point)
    with pytest.raises(NotConnectedError):
        await charge_point.reset(hard=True)


async def test_what_orjson_cannot_write_is_sent_all_the_same(
    far_end: ScriptedChargePoint, charge_point: ChargePoint
) -> None:
    """Numbers of any size, and half characters."""
    payload = {"number": 2**70, "text": "\ud800"}
    await charge_point.call("Anything", payload)
    assert far_end.calls[-1] == ("Anything", payload)


async def test_message_ids_are_unique_and_short(far_end: ScriptedChargePoint, charge_point: ChargePoint) -> None:
    """At most 36 characters (OCPP-J 1.6 §4.1.4)."""
    for _ in range(3):
        await charge_point.trigger("Heartbeat")
    assert len(set(far_end.ids)) == 3
    assert all(len(message_id) <= 36 for message_id in far_end.ids)


async def answer_first(far_end: ScriptedChargePoint, payload: dict[str, Any]) -> None:
    """Answer the first call that was heard."""
    await far_end.send(json.dumps([3, far_end.ids[0], payload]))


async def answer_last(far_end: ScriptedChargePoint, payload: dict[str, Any]) -> None:
    """Answer the last call that was heard."""
    await far_end.send(json.dumps([3, far_end.ids[-1], payload]))


async def test_an_answer_that_comes_twice_at_once_counts_once(
    far_end: ScriptedChargePoint, charge_point: ChargePoint
) -> None:
    """The second one finds nobody who waits, and harms nobody."""

    async def answer_twice(message_id: str) -> None:
        protocol, transport = far_end.websocket.protocol, far_end.websocket.transport
        for status in ("Accepted", "Rejected"):
            protocol.send_text(json.dumps([3, message_id, {"status": status}]).encode())
        transport.write(b"".join(protocol.data_to_send()))

    far_end.answer_with(answer_twice)
    assert await charge_point.data_transfer("Acme") == ("Accepted", None)
    assert "currentTime" in await far_end.call("Heartbeat")
