"""A charge point for load: raw WebSocket frames with OCPP 1.6-J text, cheap enough that the core under test stays the bottleneck.

No WebSocket library and no OCPP library: what is measured must not be measured with itself.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
import json
import struct
import time
from typing import Any, cast, override

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_CALL, _CALL_ERROR = b"[2", b"[4"
# A mask of zeros is valid and leaves the payload as it is; the server unmasks it like any other.
_NO_MASK = bytes(4)

_ANSWERS: dict[str, dict[str, Any]] = {
    "GetConfiguration": {"configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "1"}]},
    "ChangeConfiguration": {"status": "NotSupported"},
    "TriggerMessage": {"status": "NotImplemented"},
}


def _frame(opcode: int, payload: bytes) -> bytes:
    """Return one final, masked WebSocket frame (RFC 6455 §5.2); payloads up to 65535 bytes."""
    if len(payload) < 126:
        return bytes((0x80 | opcode, 0x80 | len(payload))) + _NO_MASK + payload
    return struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, len(payload)) + _NO_MASK + payload


class ChargeRefusedError(Exception):
    """The central system did not accept the charge point or one of its messages."""


class Charger(asyncio.Protocol):
    """One charge point with one connector and at most one request in flight."""

    def __init__(self, identity: str) -> None:
        """Create a charge point; `connect` dials in."""
        self.identity = identity
        self.sent = 0.0  # when the request in flight left, in seconds of time.perf_counter
        self.errors = 0  # CALLERRORs received
        self.transaction_id = 0
        self._messages = 0
        self._buffer = b""
        self._transport: asyncio.Transport
        self._upgraded: asyncio.Future[None]
        self._closed: asyncio.Future[None]
        self._answered: Callable[[Charger, bytes], None] | None = None

    async def connect(self, port: int) -> None:
        """Dial in to the central system on 127.0.0.1. Raises ChargeRefusedError when the handshake is refused."""
        loop = asyncio.get_running_loop()
        self._upgraded, self._closed = loop.create_future(), loop.create_future()
        await loop.create_connection(lambda: self, "127.0.0.1", port)
        await self._upgraded

    async def disconnect(self) -> None:
        """Say goodbye and wait until the central system has closed the connection."""
        self._transport.write(_frame(_CLOSE, struct.pack(">H", 1000)))
        await self._closed

    async def boot(self) -> None:
        """Report as a charge point does after power-up. Raises ChargeRefusedError unless it is accepted."""
        answer = await self.call(
            "BootNotification", {"chargePointVendor": "Benchmark", "chargePointModel": "Load", "firmwareVersion": "1.0"}
        )
        if answer.get("status") != "Accepted":
            raise ChargeRefusedError(f"{self.identity}: BootNotification answered {answer}")
        await self.report_status(0, "Available")
        await self.report_status(1, "Available")

    async def start_charging(self) -> None:
        """Begin a transaction on connector 1."""
        answer = await self.call(
            "StartTransaction", {"connectorId": 1, "idTag": "BENCHMARK", "meterStart": 1000, "timestamp": _now()}
        )
        self.transaction_id = int(answer["transactionId"])
        await self.report_status(1, "Charging")

    async def report_status(self, connector: int, status: str) -> None:
        """Send a StatusNotification for the connector (0 = the charge point itself)."""
        await self.call(
            "StatusNotification",
            {"connectorId": connector, "errorCode": "NoError", "status": status, "timestamp": _now()},
        )

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer's payload. Raises ChargeRefusedError on a CALLERROR."""
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._messages += 1
        message = json.dumps([2, str(self._messages), action, payload]).encode()
        self.request(message, lambda _, answer: answered.set_result(answer))
        answer = json.loads(await answered)
        if answer[0] != 3:
            raise ChargeRefusedError(f"{self.identity}: {action} answered {answer}")
        result: dict[str, Any] = answer[2]
        return result

    def request(self, message: bytes, answered: Callable[[Charger, bytes], None]) -> None:
        """Send one request as it is; `answered` is called with the text of the answer."""
        self._answered = answered
        self.sent = time.perf_counter()
        self._transport.write(_frame(_TEXT, message))

    def heartbeat(self) -> bytes:
        """Return the next Heartbeat request."""
        self._messages += 1
        return b'[2,"%d","Heartbeat",{}]' % self._messages

    def meter_values(self) -> bytes:
        """Return the next MeterValues request: three phases, 12 sampled values, each other than before."""
        self._messages += 1
        n = self._messages
        return (
            _METER_VALUES
            % (
                *(n, self.transaction_id, _now(), 1000 + n),
                *(6900 + n % 997, 2300 + n % 331, 2300 + n % 333, 2300 + n % 337),
                *(10 + n % 601 / 100, 10 + n % 607 / 100, 10 + n % 613 / 100),
                *(229 + n % 53 / 10, 229 + n % 59 / 10, 229 + n % 61 / 10, 20 + n % 211 / 10),
            )
        ).encode()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket (RFC 6455 §4.1); no extension is offered, as most chargers do."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /{self.identity} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Release who waits for the handshake or for the end."""
        if not self._upgraded.done():
            self._upgraded.set_exception(ChargeRefusedError(f"{self.identity}: closed during the handshake"))
        if not self._closed.done():
            self._closed.set_result(None)

    @override
    def data_received(self, data: bytes) -> None:
        """Take the handshake's answer, then frames."""
        self._buffer += data
        if not self._upgraded.done():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._upgraded.set_exception(ChargeRefusedError(f"{self.identity}: {head.decode()}"))
                return
            self._buffer = rest
            self._upgraded.set_result(None)
        while (frame := self._next_frame()) is not None:
            self._receive(*frame)

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Cut one frame (opcode, payload) off the buffer; None while it is incomplete. Servers do not mask."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length == 126:
            start, length = 4, int.from_bytes(buffer[2:4])
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 0x0F, buffer[start : start + length]

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._transport.write(_frame(_PONG, payload))
        elif opcode == _CLOSE:
            self._transport.close()
        elif payload.startswith(_CALL):
            self._transport.write(_frame(_TEXT, _answer(payload)))
        elif self._answered:
            self.errors += payload.startswith(_CALL_ERROR)
            self._answered(self, payload)


def _answer(message: bytes) -> bytes:
    """Answer a request of the central system: only what a charger without settings must."""
    _, unique_id, action, _ = json.loads(message)
    if action in _ANSWERS:
        return json.dumps([3, unique_id, _ANSWERS[action]]).encode()
    return json.dumps([4, unique_id, "NotSupported", "", {}]).encode()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _sampled_value(value: str, measurand: str, unit: str, phase: str | None = None) -> str:
    fields = {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand}
    if phase:
        fields["phase"] = phase
    return json.dumps(fields | {"location": "Outlet", "unit": unit}, separators=(",", ":"))


_PHASES = ("L1", "L2", "L3")
_METER_VALUES = (
    '[2,"%d","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%s","sampledValue":['
    + ",".join(
        (
            _sampled_value("%d", "Energy.Active.Import.Register", "Wh"),
            _sampled_value("%d", "Power.Active.Import", "W"),
            *(_sampled_value("%d", "Power.Active.Import", "W", phase) for phase in _PHASES),
            *(_sampled_value("%.2f", "Current.Import", "A", phase) for phase in _PHASES),
            *(_sampled_value("%.1f", "Voltage", "V", f"{phase}-N") for phase in _PHASES),
            _sampled_value("%.1f", "Temperature", "Celsius"),
        )
    )
    + "]}]}]"
)
