"""Remote procedure calls of OCPP 2.0.1 and 2.1: what they answer otherwise than 1.6, and the frames that only 2.1 has."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
import logging
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallFailedError
from custom_components.ocpp_csms.csms.message_handler import MessageHandler
from custom_components.ocpp_csms.csms.v2.messages_21 import V21Messages
from tests.csms.scripted_charge_point import SILENCE, ScriptedChargePoint
from tests.waiting import until_connected

STREAM = "NotifyPeriodicEventStream"

type Dial = Callable[[str], AbstractAsyncContextManager[ScriptedChargePoint]]


@pytest.fixture
def dial(central: CentralSystem, charge_point: ChargePoint) -> Dial:
    """Dial in as CP1 in a version."""

    @asynccontextmanager
    async def connected(version: str) -> AsyncGenerator[ScriptedChargePoint]:
        async with ScriptedChargePoint(central.port, subprotocols=(f"ocpp{version}",)) as far_end:
            await until_connected(charge_point)
            yield far_end

    return connected


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(
    ("frame", "message_id", "code"),
    [
        ('[2,"7","MakeCoffee",{}]', "7", "NotImplemented"),
        ('[2,"7"]', "7", "RpcFrameworkError"),
        ('[2,"7",5,{}]', "7", "RpcFrameworkError"),
        ('[2,"7","Heartbeat",{"a":tru', "7", "RpcFrameworkError"),
        ("nonsense", "-1", "RpcFrameworkError"),
        ("{}", "-1", "RpcFrameworkError"),
        ("[]", "-1", "RpcFrameworkError"),
        ("[2]", "-1", "RpcFrameworkError"),
        ('[2,null,"Heartbeat",{}]', "-1", "RpcFrameworkError"),
        ('["x","7","Heartbeat",{}]', "7", "RpcFrameworkError"),
        ('[7,"7",{}]', "7", "MessageTypeNotSupported"),
        ("[7,null,{}]", "-1", "MessageTypeNotSupported"),
        ('[99,"7"]', "7", "MessageTypeNotSupported"),
    ],
)
async def test_what_is_no_message_is_answered(
    dial: Dial, charge_point: ChargePoint, version: str, frame: str, message_id: str, code: str
) -> None:
    """With the id -1 where none can be read (OCPP-J 2.0.1 §4.2.3), a type of message that nobody knows as such (§4.4); it is counted."""
    async with dial(version) as far_end:
        assert (await far_end.exchange(frame))[:3] == [4, message_id, code]
        assert charge_point.violations.count == 1


@pytest.mark.parametrize(
    "frame",
    [
        '[3,"nobody asked",{}]',
        "[3,null,{}]",
        '[3,"nobody',
        '[4,"nobody asked","GenericError","",{}]',
        '[4,"-1","RpcFrameworkError","",{}]',
        "[4,null]",
        '[4,"nobody',
    ],
)
async def test_errors_and_answers_are_never_answered(dial: Dial, frame: str) -> None:
    """Broken or not: two sides that answer each other's errors never end."""
    async with dial("2.0.1") as far_end:
        await far_end.send(frame)
        assert "currentTime" in await far_end.call("Heartbeat")
        assert far_end.frames.empty()


async def test_an_error_without_an_id_is_about_the_call_in_flight(dial: Dial, charge_point: ChargePoint) -> None:
    """There is one at a time; nobody waits for the time-out."""
    async with dial("2.0.1") as far_end:
        far_end.answers["DataTransfer"] = SILENCE
        call = asyncio.create_task(charge_point.data_transfer("Acme"))
        await far_end.heard("DataTransfer")
        await far_end.send('[4,"-1","RpcFrameworkError","what?",{}]')
        with pytest.raises(CallFailedError, match="RpcFrameworkError"):
            await call


@pytest.mark.parametrize("kind", [5, 6])
async def test_the_frames_of_2_1_are_of_no_known_type_before(
    dial: Dial, charge_point: ChargePoint, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    """2.0.1 says so, and hands nothing on."""
    heard: list[Any] = []
    monkeypatch.setattr(MessageHandler, "handle_send", lambda *told: heard.append(told))
    async with dial("2.0.1") as far_end:
        answer = await far_end.exchange([kind, "7", STREAM, {}])
        assert answer[:3] == [4, "7", "MessageTypeNotSupported"]
    assert heard == []
    assert charge_point.violations.count == 1


async def test_a_send_is_taken_and_not_answered(
    dial: Dial, charge_point: ChargePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reaches the dialect, before and after the version is certain."""
    heard: list[Any] = []
    monkeypatch.setattr(V21Messages, "handle_send", lambda _self, *told: heard.append(told))
    async with dial("2.1") as far_end:
        await far_end.send([6, "7", STREAM, {"id": 1}])
        await far_end.call(
            "BootNotification", {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
        )
        await far_end.send([6, "8", STREAM])
        await far_end.call("Heartbeat")
        assert far_end.frames.empty()
    assert heard == [(STREAM, {"id": 1}), (STREAM, {})]
    assert charge_point.violations.count == 0


async def test_a_mistake_of_ours_about_a_send_is_one_line(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection goes on, and nothing is answered."""
    caplog.set_level(logging.INFO)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(V21Messages, "handle_send", fail)
    async with dial("2.1") as far_end:
        await far_end.send([6, "7", STREAM, {}])
        assert "currentTime" in await far_end.call("Heartbeat")
        assert far_end.frames.empty()
    errors = [record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"]
    assert [record.message for record in errors] == [f"CP1: {STREAM} could not be handled: ZeroDivisionError()"]
    assert errors[0].exc_info is None


@pytest.mark.parametrize("frame", ['[6,"7"]', "[6,null]", '[6,"7', '[5,"7', "[5,null]"])
async def test_what_wants_no_answer_gets_none_when_it_is_broken(
    dial: Dial, charge_point: ChargePoint, frame: str
) -> None:
    """In 2.1; it is counted."""
    async with dial("2.1") as far_end:
        await far_end.send(frame)
        await far_end.call("Heartbeat")
        assert far_end.frames.empty()
        assert charge_point.violations.count == 1


async def test_an_answer_of_ours_that_was_of_no_use_is_counted(dial: Dial, charge_point: ChargePoint) -> None:
    """With what the charging station said of it (CALLRESULTERROR)."""
    async with dial("2.1") as far_end:
        await far_end.send([5, "7", "FormatViolation", "no status", {}])
        await far_end.call("Heartbeat")
        assert far_end.frames.empty()
        (violation,) = charge_point.violations.latest
        assert "FormatViolation: no status" in violation.problem


@pytest.mark.parametrize(
    ("answer", "code"), [('[3,"{id}",["Accepted"]]', "TypeConstraintViolation"), ('[3,"{id}",{"a', "RpcFrameworkError")]
)
async def test_an_answer_of_no_use_is_told_once(dial: Dial, charge_point: ChargePoint, answer: str, code: str) -> None:
    """In 2.1, by a CALLRESULTERROR under its id; the call fails as it does in all versions."""
    async with dial("2.1") as far_end:
        far_end.answers["DataTransfer"] = SILENCE
        call = asyncio.create_task(charge_point.data_transfer("Acme"))
        await far_end.heard("DataTransfer")
        frame = answer.replace("{id}", far_end.ids[-1])
        assert (await far_end.exchange(frame))[:3] == [5, far_end.ids[-1], code]
        with pytest.raises(Exception, match="DataTransfer"):
            await call
        await far_end.send(frame)
        await far_end.call("Heartbeat")
        assert far_end.frames.empty()


async def test_an_answer_of_no_use_is_told_by_no_other_version(dial: Dial, charge_point: ChargePoint) -> None:
    """2.0.1 has no words for it."""
    async with dial("2.0.1") as far_end:
        far_end.answers["DataTransfer"] = SILENCE
        call = asyncio.create_task(charge_point.data_transfer("Acme"))
        await far_end.heard("DataTransfer")
        await far_end.send([3, far_end.ids[-1], "Accepted"])
        with pytest.raises(Exception, match="DataTransfer"):
            await call
        await far_end.call("Heartbeat")
        assert far_end.frames.empty()


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_our_message_ids_are_no_longer_than_they_may_be(
    dial: Dial, charge_point: ChargePoint, version: str
) -> None:
    """36 characters (OCPP-J §4.1.4), and none twice."""
    async with dial(version) as far_end:
        for _ in range(3):
            await charge_point.data_transfer("Acme")
        assert all(len(message_id) <= 36 for message_id in far_end.ids)
        assert len(set(far_end.ids)) == len(far_end.ids) >= 3


async def test_a_long_message_id_is_echoed(dial: Dial) -> None:
    """Who breaks the rule of 36 characters would not know its answer otherwise."""
    async with dial("2.0.1") as far_end:
        answer = await far_end.exchange([2, "x" * 60, "Heartbeat", {}])
        assert answer[:2] == [3, "x" * 60]
