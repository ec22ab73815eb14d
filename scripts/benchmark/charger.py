"""A charge point for load: raw WebSocket frames with OCPP-J text, cheap enough that the core under test stays the bottleneck.

No WebSocket library and no OCPP library: what is measured must not be measured with itself. What the messages of a version say is in
`v16_charger` and `v201_charger`.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import json
import struct
import time
from typing import Any, ClassVar, cast, override

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_CALL, _CALL_ERROR = b"[2", b"[4"
# A mask of zeros is valid and leaves the payload as it is; the server unmasks it like any other.
_NO_MASK = bytes(4)


def _frame(opcode: int, payload: bytes) -> bytes:
    """Return one final, masked WebSocket frame (RFC 6455 §5.2); payloads up to 65535 bytes."""
    if len(payload) < 126:
        return bytes((0x80 | opcode, 0x80 | len(payload))) + _NO_MASK + payload
    return struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, len(payload)) + _NO_MASK + payload


class ChargeRefusedError(Exception):
    """The central system did not accept the charge point or one of its messages."""


class Charger(asyncio.Protocol, ABC):
    """One charge point with one connector and at most one request in flight."""

    subprotocol: ClassVar[str]
    answers: ClassVar[Mapping[str, dict[str, Any]]]  # by action of the central system; others are not supported

    def __init__(self, identity: str) -> None:
        """Create a charge point; `connect` dials in."""
        self.identity = identity
        self.sent = 0.0  # when the request in flight left, in seconds of time.perf_counter
        self.errors = 0  # CALLERRORs received
        self.messages = 0  # requests made so far
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
        answer = await self.call("BootNotification", self.introduction())
        if answer.get("status") != "Accepted":
            raise ChargeRefusedError(f"{self.identity}: BootNotification answered {answer}")
        await self.report_free()

    @abstractmethod
    def introduction(self) -> dict[str, Any]:
        """Return the payload of a BootNotification."""

    @abstractmethod
    async def report_free(self) -> None:
        """Report that nobody charges."""

    @abstractmethod
    async def start_charging(self) -> None:
        """Begin a transaction on connector 1."""

    @abstractmethod
    def sample(self) -> bytes:
        """Return the next message of a charge: three phases, 12 sampled values, each other than before."""

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer's payload. Raises ChargeRefusedError on a CALLERROR."""
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.messages += 1
        message = json.dumps([2, str(self.messages), action, payload]).encode()
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
        self.messages += 1
        return b'[2,"%d","Heartbeat",{}]' % self.messages

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket (RFC 6455 §4.1); no extension is offered, as most chargers do."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /{self.identity} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Sec-WebSocket-Protocol: {self.subprotocol}\r\n\r\n".encode()
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
            self._transport.write(_frame(_TEXT, self._answer(payload)))
        elif self._answered:
            self.errors += payload.startswith(_CALL_ERROR)
            self._answered(self, payload)

    def _answer(self, message: bytes) -> bytes:
        """Answer a request of the central system: only what a charger without settings must."""
        _, unique_id, action, _ = json.loads(message)
        if action in self.answers:
            return json.dumps([3, unique_id, self.answers[action]]).encode()
        return json.dumps([4, unique_id, "NotSupported", "", {}]).encode()


def now() -> str:
    """Return the time as a charge point writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def quantities(n: int) -> tuple[float, ...]:
    """Return the n-th sample of three phases: Wh, W and those of each phase, A and V of each phase, and another of twelve values."""
    return (
        *(1000 + n, 6900 + n % 997, 2300 + n % 331, 2300 + n % 333, 2300 + n % 337),
        *(10 + n % 601 / 100, 10 + n % 607 / 100, 10 + n % 613 / 100),
        *(229 + n % 53 / 10, 229 + n % 59 / 10, 229 + n % 61 / 10, 20 + n % 211 / 10),
    )
