"""Anything that a socket can carry: the connection goes on where the protocol allows, others notice nothing, the log stays quiet.

Frames are generated and sent over a real socket to a real central system, so that every layer between is tested with them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
import json
import logging
from math import isfinite
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CommandError
from custom_components.ocpp_csms.csms.model import ValidationMode
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire import server
from tests.csms.central import Clock, central_system
from tests.csms.scripted_charge_point import TIMEOUT, ErrorAnswer, ScriptedChargePoint
from tests.csms.spoken import boot, subprotocols
from tests.sound_messages import NOON, SENT, SOUND
from tests.waiting import until_connected, until_gone

LONGEST_ID = 255  # characters of a transaction id that are kept

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 2**31, 2**63 - 1, 2**64, 10**400, 1e308, float("nan"), float("inf"), float("-inf")])
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(
        ["", " ", "NaN", "1e999", "\ud800", "x\udfffy", "\x00", "null", "9" * 5000, NOON, "Available", "Wh", "Accepted"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, version: Version) -> Any:
    """A sound message of which one part, anywhere, was replaced, removed or added."""
    sent = SENT if version is Version.V2_1 and not draw(st.integers(0, 9)) else SOUND[version]
    action = draw(st.sampled_from(sorted(sent)))
    kind = 6 if sent is SENT else 2
    frame: list[Any] = [kind, draw(st.text(max_size=40) | st.integers()), action, deepcopy(sent[action])]
    place: Any = frame
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else sorted(place)
        if not keys:
            return frame
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and place[key] and draw(st.integers(0, 3)):
            place = place[key]
            continue
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            place[key] = draw(values)
        elif change == "remove":
            del place[key]
        elif isinstance(place, list):
            place.insert(key, draw(values))
        else:
            place[draw(st.text(max_size=10))] = draw(values)
        return frame


def as_json(value: Any) -> bytes:
    """Write a value as JSON, with NaN as Python writes it and half characters as escapes."""
    return json.dumps(value).encode()


def as_bytes(value: Any) -> bytes:
    """Write a value as JSON in UTF-8; half characters come as bytes that are none."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn, version: Version) -> bytes:
    """The text of a call of which the end, or a piece within, is missing, or a byte was changed."""
    text = bytearray(as_json(draw(mutated(version))))
    at = draw(st.integers(0, len(text)))
    kind = draw(st.sampled_from(["cut", "gap", "byte"]))
    if kind == "cut":
        return bytes(text[:at])
    if kind == "gap":
        del text[at : at + draw(st.integers(1, 20))]
    else:
        text[at : at + 1] = bytes([draw(st.integers(0, 255))])
    return bytes(text)


def nested(depth: int, opener: bytes) -> bytes:
    """A call whose payload is as deep as this."""
    closer = b"]" if opener == b"[" else b"}"
    return b'[2,"deep","DataTransfer",{"vendorId":"Acme","data":' + opener * depth + b"1" + closer * depth + b"}]"


depths = st.sampled_from([10, 120, 250, 260, 1000, 50_000])
no_calls = (
    values.map(as_json)
    | st.tuples(st.sampled_from([3, 4, 5, 6, 99]), scalars, values).map(as_json)
    | st.lists(values, max_size=6).map(as_json)
    | st.binary(max_size=200)
    | st.builds(nested, depths, st.sampled_from([b"[", b'{"a":']))
    | st.builds(lambda depth, opener: opener * depth, depths, st.sampled_from([b"[", b'{"a":', b'[2,"1",']))
)


def frames(version: Version) -> st.SearchStrategy[tuple[bytes, bool]]:
    """Return what a charge point of a version may send, as text or as bytes."""
    calls = mutated(version).map(as_json) | mutated(version).map(as_bytes) | damaged(version)
    return st.tuples(calls | no_calls, st.booleans())


FRAMES = {version: frames(version) for version in Version}
every_version = pytest.mark.parametrize("version", Version)

# Each example takes a socket; what fails is reported as it is, shrinking it takes minutes.
SOCKETS = settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@asynccontextmanager
async def two_charge_points(
    mode: ValidationMode = ValidationMode.TOLERANT, version: Version = Version.V1_6
) -> AsyncGenerator[tuple[CentralSystem, ScriptedChargePoint, ScriptedChargePoint]]:
    """Connect CP1, which misbehaves, and CP2, which does not."""
    offer = subprotocols(version)
    async with central_system() as central:
        for identity in ("CP1", "CP2"):
            central.add(identity, ChargePointSettings(configure=False, validation=mode))
        async with (
            ScriptedChargePoint(central.port, subprotocols=offer) as bad,
            ScriptedChargePoint(central.port, "CP2", subprotocols=offer) as good,
        ):
            await boot(good, version)
            await good.call("StatusNotification", SOUND[version]["StatusNotification"])
            yield central, bad, good


def assert_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Fail when the log shows more than a remark, or a traceback."""
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"]
    assert [(record.name, record.getMessage()) for record in loud] == []


def assert_sane(central: CentralSystem) -> None:
    """Fail when what is kept cannot be kept, or a number is none."""
    stored = orjson.loads(orjson.dumps(central.snapshot()))
    json.dumps(stored, allow_nan=False)
    assert len(orjson.dumps(stored)) < 2**20
    for identity, charge_point in central.charge_points.items():
        assert len(charge_point.connectors) <= 101
        for connector in charge_point.connectors.values():
            assert all(isfinite(value) for value in connector.readings.values())
            assert connector.session_energy is None or isfinite(connector.session_energy)
            assert connector.transaction is None or 0 < len(connector.transaction.transaction_id) <= LONGEST_ID
            if connector.transaction is not None and charge_point.version == "1.6":
                assert int(connector.transaction.transaction_id) > 0
        assert identity in stored["charge_points"]


@every_version
@SOCKETS
@given(mode=st.sampled_from(ValidationMode), data=st.data())
async def test_no_frame_ends_a_connection_or_disturbs_another(
    caplog: pytest.LogCaptureFixture, version: Version, mode: ValidationMode, data: st.DataObject
) -> None:
    """After whatever was sent the charge point is answered, and another notices nothing."""
    caplog.clear()
    sent = data.draw(st.lists(FRAMES[version], min_size=1, max_size=25))
    async with two_charge_points(mode, version) as (central, bad, good):
        for frame, as_text in sent:
            await bad.websocket.send(frame, text=as_text)
        assert "currentTime" in await bad.call("Heartbeat")
        assert "currentTime" in await good.call("Heartbeat")
        assert central.charge_points["CP2"].violations.count == 0
        assert central.charge_points["CP2"].reconnects == 0
        assert_sane(central)
        async with central_system(stored=json.loads(json.dumps(central.snapshot()))) as restored:
            restored.add("CP1", ChargePointSettings())
            assert_sane(restored)
    assert_quiet(caplog)


@SOCKETS
@given(agreed=st.sampled_from(Version), data=st.data())
async def test_frames_of_all_versions_on_one_connection_do_no_harm(
    caplog: pytest.LogCaptureFixture, agreed: Version, data: st.DataObject
) -> None:
    """A charge point that agrees upon one version and then speaks several is answered, and another notices nothing."""
    caplog.clear()
    sent = data.draw(st.lists(st.one_of(*FRAMES.values()), min_size=1, max_size=25))
    async with two_charge_points(version=agreed) as (central, bad, good):
        for frame, as_text in sent:
            await bad.websocket.send(frame, text=as_text)
        assert "currentTime" in await bad.call("Heartbeat")
        assert "currentTime" in await good.call("Heartbeat")
        assert_sane(central)
    assert_quiet(caplog)


@every_version
@SOCKETS
@given(answers=st.lists(st.tuples(st.sampled_from([3, 4]), st.lists(values, max_size=3)), min_size=1, max_size=8))
async def test_no_answer_ends_a_connection(
    caplog: pytest.LogCaptureFixture, version: Version, answers: list[tuple[int, list[Any]]]
) -> None:
    """Every command returns or raises one of its own errors, and the set-up survives any configuration."""
    caplog.clear()
    async with two_charge_points(version=version) as (central, bad, _):
        charge_point = central.charge_points["CP1"]
        await until_connected(charge_point)
        charge_point.connector(1)
        turn = iter(range(10**6))

        async def answer_all(message_id: str) -> None:
            kind, rest = answers[next(turn) % len(answers)]
            await bad.websocket.send(as_json([kind, message_id, *rest]), text=True)

        bad.answer_with(answer_all)
        for command in commands(charge_point):
            try:
                await command
            except CommandError:
                continue
        charge_point.update_settings(ChargePointSettings())
        await boot(bad, version)
        assert "currentTime" in await bad.call("Heartbeat")
        assert_sane(central)
    assert_quiet(caplog)


def commands(charge_point: ChargePoint) -> list[Any]:
    """Every command once."""
    return [
        charge_point.start(1),
        charge_point.stop_transaction("5"),
        charge_point.set_limit(1, 10),
        charge_point.set_availability(0, operative=True),
        charge_point.unlock(1),
        charge_point.reset(hard=True),
        charge_point.trigger("Heartbeat"),
        charge_point.refresh(),
        charge_point.get_configuration(["A"]),
        charge_point.set_configuration("A", "1"),
        charge_point.data_transfer("Acme"),
        charge_point.call("Anything", {}),
    ]


async def test_a_frame_that_is_too_big_closes_one_connection(caplog: pytest.LogCaptureFixture) -> None:
    """Over 1 MiB: closed with 1009; the charge point may dial in again."""
    async with two_charge_points() as (central, bad, good):
        await bad.send("x" * (2**20 + 1))
        assert await bad.closed() == 1009
        assert "currentTime" in await good.call("Heartbeat")
        async with ScriptedChargePoint(central.port) as again:
            assert (await again.boot())["status"] == "Accepted"
    assert_quiet(caplog)


@pytest.mark.parametrize(
    "frame", [b'[2,"1","DataTransfer",{"vendorId":"', b"[" * 10, b'[2,"1","Heartbeat",{}]', b"\x00"]
)
async def test_a_frame_of_one_mebibyte_is_read(frame: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Of whatever, within the time that a charge point waits."""
    async with two_charge_points() as (_, bad, good):
        filler = b'"' if frame[:1] == b"\x00" else b"x"
        await bad.websocket.send((frame + filler * 2**20)[: 2**20], text=True)
        async with asyncio.timeout(TIMEOUT):
            assert "currentTime" in await bad.call("Heartbeat")
            assert "currentTime" in await good.call("Heartbeat")
    assert_quiet(caplog)


@every_version
async def test_long_texts_are_cut_before_they_are_kept(caplog: pytest.LogCaptureFixture, version: Version) -> None:
    """A charge point that sends the longest frames does not fill store and diagnostics."""
    async with two_charge_points(version=version) as (central, bad, _):
        for action, payload in SOUND[version].items():
            for field in payload:
                if isinstance(payload[field], str):
                    with suppress(ErrorAnswer):  # what is refused is not kept either
                        await bad.call(action, payload | {field: "x" * 500_000})
        await bad.exchange(f'[2,"1","{"x" * 500_000}",{{}}]')
        charge_point = central.charge_points["CP1"]
        assert all(len(str(violation)) < 5000 for violation in charge_point.violations.latest)
        assert len(json.dumps(central.snapshot())) < 50_000
    assert_quiet(caplog)


@pytest.mark.parametrize("version", [Version.V1_6, Version.V2_0_1])
async def test_a_flood_does_not_starve_others(caplog: pytest.LogCaptureFixture, version: Version) -> None:
    """A charge point that sends without end is answered in order; another is answered in between."""
    async with two_charge_points(version=version) as (central, bad, good):

        async def flood() -> None:
            for number in range(2000):
                await bad.send(f'[2,"{number}","MeterValues",{json.dumps(SOUND[version]["MeterValues"])}]')

        flooding = asyncio.create_task(flood())
        while not flooding.done():
            assert "currentTime" in await good.call("Heartbeat")
        await flooding
        answered = [(await bad.next_frame())[1] for _ in range(2000)]
        assert answered == [str(number) for number in range(2000)]
        assert_sane(central)
    assert_quiet(caplog)


async def test_a_flood_whose_answers_nobody_reads_is_held_back() -> None:
    """It is not read any further either, so that memory does not grow; others are served."""
    async with two_charge_points() as (central, bad, good):
        bad.websocket.transport.pause_reading()
        frame = json.dumps([2, "x" * 100_000, "Heartbeat", {}])

        async def flood() -> None:
            for _ in range(2000):
                await bad.send(frame)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flood(), 0.5)
        assert "currentTime" in await good.call("Heartbeat")
        bad.websocket.transport.abort()
        await until_gone(central.charge_points["CP1"])


async def test_invented_transactions_do_not_fill_the_memory() -> None:
    """Only the last are kept of those that meter values and starts make up."""
    async with two_charge_points() as (central, bad, _):
        for number in range(200):
            payload = SOUND[Version.V1_6]["MeterValues"] | {"transactionId": 1000 + number}
            await bad.call("MeterValues", payload)
            await bad.call("StartTransaction", SOUND[Version.V1_6]["StartTransaction"] | {"meterStart": number})
            central.ledger.archived(central.ledger.unarchived())  # as Home Assistant does
        assert len(central.snapshot()["ledger"]["transactions"]["CP1"]) <= 21


@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
async def test_invented_transactions_of_2_x_do_not_fill_the_memory_either(kind: str) -> None:
    """Whatever begins, goes on and ends there, and wherever; their ids are cut."""
    async with two_charge_points(version=Version.V2_0_1) as (central, bad, _):
        for number in range(200):
            transaction = {"transactionId": f"{number}{'x' * 1000}", "chargingState": "Charging"}
            payload = {"eventType": kind, "transactionInfo": transaction, "evse": {"id": number % 3}}
            await bad.call("TransactionEvent", SOUND[Version.V2_0_1]["TransactionEvent"] | payload)
            central.ledger.archived(central.ledger.unarchived())  # as Home Assistant does
        assert len(central.snapshot()["ledger"]["transactions"].get("CP1", [])) <= 23
        assert_sane(central)


async def test_reports_that_nobody_asked_for_do_not_fill_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of them is kept: each is acknowledged and forgotten."""
    async with two_charge_points(version=Version.V2_0_1) as (central, bad, _):
        before = len(json.dumps(central.snapshot()))
        variables = SOUND[Version.V2_0_1]["NotifyReport"]["reportData"] * 1000
        for number in range(20):
            report = SOUND[Version.V2_0_1]["NotifyReport"] | {"requestId": number, "seqNo": number}
            assert await bad.call("NotifyReport", report | {"reportData": variables}) == {}
        assert central.charge_points["CP1"].configuration == {}
        assert len(json.dumps(central.snapshot())) < before + 1000
    assert_quiet(caplog)


async def test_there_is_a_limit_to_invented_evses(caplog: pytest.LogCaptureFixture) -> None:
    """In statuses, values, events and transactions alike; what lies beyond is counted."""
    async with two_charge_points(version=Version.V2_0_1) as (central, bad, _):
        sound = SOUND[Version.V2_0_1]
        for number in [*range(90, 130), 10**6, -1, 2**70]:
            evse = {"id": number, "connectorId": number}
            await bad.call(
                "StatusNotification", sound["StatusNotification"] | {"evseId": number, "connectorId": number}
            )
            await bad.call("MeterValues", sound["MeterValues"] | {"evseId": number})
            await bad.call("TransactionEvent", sound["TransactionEvent"] | {"evse": evse})
            event = sound["NotifyEvent"]["eventData"][1] | {"component": {"name": "Connector", "evse": evse}}
            await bad.call("NotifyEvent", sound["NotifyEvent"] | {"eventData": [event]})
        assert max(central.charge_points["CP1"].connectors) <= 100
        assert central.charge_points["CP1"].violations.count > 0
        assert_sane(central)
    assert_quiet(caplog)


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"GET",
        b"GET /CP1 HTTP/1.1\r\n",
        b"GET /CP1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /CP1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /CP1 HTTP/1.1\r\nAuthorization: Basic \xff\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /CP1 HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"\x00" * 1000,
        b"\r\n" * 1000,
        b"\x16\x03\x01\x02\x00",
    ],
    ids=lambda value: str(value[:40]),
)
async def test_a_handshake_that_is_none_leaves_no_trace(
    request_: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused, or cut off when it hangs; the charge point that is connected stays."""
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT", 0.1)
    async with two_charge_points() as (_, bad, good):
        port = bad.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_)
        async with asyncio.timeout(TIMEOUT):
            try:
                answer = await reader.read()
            except ConnectionError:
                answer = b""
        writer.close()
        assert not answer.startswith(b"HTTP/1.1 1")
        assert "currentTime" in await bad.call("Heartbeat")
        assert "currentTime" in await good.call("Heartbeat")
    assert_quiet(caplog)


async def test_sockets_of_one_identity_take_turns(caplog: pytest.LogCaptureFixture) -> None:
    """However many dial in at once, one is served in the end and none is left open beside it."""
    async with central_system() as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        twins = [ScriptedChargePoint(central.port) for _ in range(10)]
        await asyncio.gather(*(twin.connect() for twin in twins))
        served = 0
        for twin in twins:
            try:
                await twin.call("Heartbeat")
            except ConnectionClosed, ConnectionError:
                await twin.closed()
            else:
                served += 1
        assert served == 1
        assert charge_point.connected
        await asyncio.gather(*(twin.disconnect() for twin in twins))
        await until_gone(charge_point)
    assert_quiet(caplog)


async def test_handshakes_that_hang_do_not_keep_others_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty of them; a charge point still comes in, and they are cut off in time."""
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT", 0.5)
    async with central_system(clock=Clock()) as central:
        central.add("CP1", ChargePointSettings(configure=False))
        hanging = [await asyncio.open_connection("127.0.0.1", central.port) for _ in range(50)]
        for _, writer in hanging:
            writer.write(b"GET /CP1 HTTP/1.1\r\nHost:")
        async with ScriptedChargePoint(central.port) as far_end:
            assert (await far_end.boot())["status"] == "Accepted"
        async with asyncio.timeout(TIMEOUT):
            await asyncio.gather(*(reader.read() for reader, _ in hanging))
        for _, writer in hanging:
            writer.close()
