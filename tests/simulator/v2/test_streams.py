"""Periodic event streams of OCPP 2.1 (N11 to N15)."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator  # type: ignore[import-untyped] # there are no stubs for it here
import ocpp.v21
import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central, Fail, Payload

_SCHEMA = Draft6Validator(
    json.loads(
        (Path(ocpp.v21.__file__).parent / "schemas" / "NotifyPeriodicEventStream.json").read_text(encoding="utf-8-sig")
    )
)
"""The `ocpp` package does not find it by itself: the message is no request."""

pytestmark = pytest.mark.parametrize("version", ["2.1"])


def monitor(**stream: int) -> dict[str, Any]:
    """A request for a periodic monitor each second with a stream."""
    data = {
        "value": 1.0,
        "type": "Periodic",
        "severity": 8,
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "AvailabilityState"},
        "periodicEventStream": stream,
    }
    return {"setMonitoringData": [data]}


def sent(central: Central) -> list[Payload]:
    """The messages of streams, in order; they are no calls."""
    frames = [json.loads(text) for text in central.texts]
    messages = [frame[3] for frame in frames if frame[0] == 6 and frame[2] == "NotifyPeriodicEventStream"]
    for message in messages:
        _SCHEMA.validate(message)
    return messages


@pytest.fixture
async def streaming(central: Central, charge_point: SimulatedChargePoint) -> SimulatedChargePoint:
    """A station with a stream that is told of after each ten values."""
    central.answers["OpenPeriodicEventStream"] = {"status": "Accepted"}
    answer = await central.call("SetVariableMonitoring", monitor(values=10, interval=60))
    assert answer["setMonitoringResult"][0]["status"] == "Accepted"
    opened = await central.wait_call("OpenPeriodicEventStream")
    stream = opened["constantStreamData"]
    assert stream["variableMonitoringId"] == answer["setMonitoringResult"][0]["id"]
    assert stream["params"] == {"values": 10, "interval": 60}
    await charge_point.settle()
    return charge_point


async def test_values_are_streamed_in_parts(central: Central, streaming: SimulatedChargePoint) -> None:
    await streaming.tick(25)
    await central.wait(lambda: len(sent(central)) == 2)
    first = sent(central)[0]
    assert (first["id"], first["pending"], len(first["data"])) == (1, 0, 10)
    assert [round(each["t"]) for each in first["data"]] == [*range(10)]
    assert {each["v"] for each in first["data"]} == {"Available"}


async def test_a_stream_is_listed_and_adjusted(central: Central, streaming: SimulatedChargePoint) -> None:
    listed = await central.call("GetPeriodicEventStream")
    assert [each["id"] for each in listed["constantStreamData"]] == [1]
    adjust = {"id": 1, "params": {"interval": 5, "values": 100}}
    assert await central.call("AdjustPeriodicEventStream", adjust) == {"status": "Accepted"}
    await streaming.tick(7)
    await central.wait(lambda: sent(central))
    assert await central.call("AdjustPeriodicEventStream", adjust | {"id": 9}) == {"status": "Rejected"}


async def test_a_stream_is_closed(central: Central, streaming: SimulatedChargePoint) -> None:
    await streaming.close_stream(1)
    assert central.payloads("ClosePeriodicEventStream") == [{"id": 1}]
    await streaming.tick(30)
    assert sent(central) == []
    assert "constantStreamData" not in await central.call("GetPeriodicEventStream")


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, Fail("NotSupported")])
async def test_a_stream_that_nobody_wants_is_not_sent(
    central: Central, charge_point: SimulatedChargePoint, answer: object
) -> None:
    central.answers["OpenPeriodicEventStream"] = answer
    await central.call("SetVariableMonitoring", monitor(values=1))
    await central.wait_call("OpenPeriodicEventStream")
    await charge_point.tick(5)
    assert sent(central) == []


async def test_there_are_no_more_streams_than_the_variable_says(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("MonitoringCtrlr.MaxPeriodicEventStreams", "1")
    central.answers["OpenPeriodicEventStream"] = {"status": "Accepted"}
    for severity in (7, 8):
        asked = monitor(values=10)
        asked["setMonitoringData"][0]["severity"] = severity
        answer = await central.call("SetVariableMonitoring", asked)
        assert answer["setMonitoringResult"][0]["status"] == "Accepted"
        await charge_point.settle()
    assert len(central.payloads("OpenPeriodicEventStream")) == 1
