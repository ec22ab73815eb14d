"""Frames that are no good, as OCPP-J 2.x wants them answered, and those that have no answer."""

import asyncio
import json

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central


def complaints(central: Central) -> list[str]:
    """The error codes of what was answered without an id."""
    frames = [json.loads(text) for text in central.texts]
    return [frame[2] for frame in frames if frame[:2] == [4, "-1"]]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "RpcFrameworkError"),
        ("[]", "RpcFrameworkError"),
        ('[2,"1","Heartbeat"]', "RpcFrameworkError"),
        ('["2"]', "RpcFrameworkError"),
        ('[9,"1",{}]', "MessageTypeNotSupported"),
    ],
)
async def test_what_cannot_be_read_is_complained_about(
    central: Central, charge_point: SimulatedChargePoint, frame: str, code: str
) -> None:
    await central.connections[-1].send(frame)
    await central.wait(lambda: complaints(central) == [code])


@pytest.mark.parametrize(
    "frame",
    ['[3,"nobody",{}]', '[4,"nobody","GenericError","",{}]', '[5,"nobody","GenericError","",{}]', '[6,"1","X",{}]'],
)
async def test_what_has_no_answer_gets_none(central: Central, charge_point: SimulatedChargePoint, frame: str) -> None:
    """CALLRESULTERROR and SEND (OCPP-J 2.1) are taken note of, too."""
    await central.connections[-1].send(frame)
    await central.call("GetLocalListVersion")
    assert complaints(central) == []
    assert frame in charge_point.received


async def test_a_complaint_does_not_outlive_its_connection(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await asyncio.gather(central.connections[-1].send("{"), charge_point.drop_connection())
    await charge_point.wait_for(lambda: charge_point.connected)
    assert (await central.call("GetLocalListVersion")) == {"versionNumber": 0}
