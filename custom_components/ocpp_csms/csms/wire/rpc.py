"""OCPP-J, the remote procedure calls over one websocket: frames, correlation, one call in flight, time-outs, errors.

Decoding a frame and finding out what it is (`parse_frame`) is pure; `RpcConnection` is the thin shell around a socket. What a message
means is the dialect's business: it is handed in as `CallHandler`. Source: OCPP-J 1.6 §4.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import json
import logging
from typing import Any, Protocol
import uuid

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, NotConnectedError, QueueFullError

from .validation import UndecodableError, decode, find_message_id

_LOGGER = logging.getLogger(__name__)

CALL = 2
CALL_RESULT = 3
CALL_ERROR = 4
MAX_QUEUED_CALLS = 100
_LONGEST_TEXT = 255  # of an error description (OCPP-J 1.6 §4.2.3)

type MessageId = str | int | float


class CallError(Exception):
    """A call from the charge point that is answered with a CALLERROR (OCPP-J 1.6 §4.2.3)."""

    def __init__(self, code: str, description: str = "") -> None:
        """Keep the error code and a description for people."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


@dataclass(slots=True)  # not frozen: one is made of every message, and frozen ones take several times as long to make
class Call:
    """A request of the charge point."""

    message_id: MessageId
    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class CallResult:
    """The charge point's answer to a call of ours."""

    message_id: MessageId
    payload: Any


@dataclass(frozen=True, slots=True)
class CallErrorResult:
    """The charge point's refusal, as a protocol error, of a call of ours."""

    message_id: MessageId
    code: str
    description: str
    details: Any


class MalformedFrameError(Exception):
    """Valid JSON that is no OCPP-J message. `message_id` is set where the frame was a call and can be answered."""

    def __init__(self, problem: str, message_id: MessageId | None = None) -> None:
        """Keep what is wrong, in words."""
        super().__init__(problem)
        self.problem = problem
        self.message_id = message_id


def parse_frame(frame: Any) -> Call | CallResult | CallErrorResult | None:
    """Tell what a decoded frame is; None for message types that OCPP 1.6 ignores (OCPP-J 1.6 §4.1.3).

    Tolerates what real chargers leave out: a missing or null payload, missing error descriptions and details, numbers for texts.
    Raises `MalformedFrameError` for all else.
    """
    if not isinstance(frame, list) or len(frame) < 2:
        raise MalformedFrameError("not a list of at least two elements")
    kind, message_id = frame[0], frame[1]
    if isinstance(kind, str) and kind.isdecimal() and len(kind) == 1:
        kind = int(kind)
    if isinstance(message_id, bool) or not isinstance(message_id, (str, int, float)):
        raise MalformedFrameError("the message id is neither text nor number")
    if kind == CALL:
        if len(frame) < 3 or not isinstance(frame[2], str):
            raise MalformedFrameError("a call without an action", message_id)
        payload = frame[3] if len(frame) > 3 else None
        return Call(message_id, frame[2].strip(), {} if payload is None else payload)
    if kind == CALL_RESULT:
        payload = frame[2] if len(frame) > 2 else None
        return CallResult(message_id, {} if payload is None else payload)
    if kind == CALL_ERROR:
        code, description, details = (*frame[2:5], None, None, None)[:3]
        return CallErrorResult(
            message_id,
            "GenericError" if code in (None, "") else str(code)[:_LONGEST_TEXT],
            "" if description is None else str(description)[:_LONGEST_TEXT],
            details,
        )
    if isinstance(kind, int):
        return None
    raise MalformedFrameError("the message type is no number")


class CallHandler(Protocol):
    """What a connection needs of the dialect above it."""

    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Carry out a call of the charge point and return the answer's payload. Raises `CallError`. Never awaits."""

    @property
    def must_be_saved(self) -> bool:
        """Whether the call that has just been handled may be answered only once it is saved."""

    async def saved(self) -> None:
        """Return once it is."""

    def answered(self) -> None:
        """A frame has been dealt with, its answer has left: now others may be told what changed."""

    def malformed(self, problem: str, frame: bytes) -> None:
        """A frame could not be understood."""


class RpcConnection:
    """Calls in both directions over one websocket.

    The answer to a call leaves before anybody is told of its effects; a handler never awaits, so answers keep the order of the calls. Only
    what a charge point forgets once it is answered is saved first.
    """

    def __init__(self, websocket: ServerConnection, *, label: str, timeout: Callable[[], float]) -> None:
        """Wrap an open websocket. `label` names the charge point in logs, `timeout` returns what bounds the wait for an answer (s)."""
        self.websocket = websocket
        self._timeout = timeout
        self._label = label
        self._turn = asyncio.Lock()
        self._queued = 0
        self._pending_id: str | None = None
        self._pending: asyncio.Future[CallResult | CallErrorResult] | None = None
        self._closed = False

    @property
    def latency(self) -> float | None:
        """Round trip of the last ping in seconds, None before the first."""
        return self.websocket.latency or None

    async def run(self, handler: CallHandler) -> None:
        """Serve the connection until it ends. Returns normally however it ended; pending calls fail with `NotConnectedError`."""
        receive = self.websocket.recv
        try:
            while not self._closed:
                text = await receive(decode=False)
                answer = self._receive(text, handler)
                if handler.must_be_saved:
                    await handler.saved()
                if answer is not None:
                    await self.websocket.send(answer, text=True)
                handler.answered()
        except ConnectionClosed:
            pass
        finally:
            self._closed = True
            self._fail_pending(NotConnectedError(f"{self._label} disconnected"))

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a call and return the payload of its answer, as the charge point sent it.

        Raises `QueueFullError`, `NotConnectedError`, `CallTimeoutError` and `CallFailedError`.
        """
        if self._queued >= MAX_QUEUED_CALLS:
            raise QueueFullError(f"{self._queued} commands already wait for {self._label}")
        self._queued += 1
        # A caller that gives up does not free the turn: the charge point is still busy with its answer.
        task = asyncio.get_running_loop().create_task(self._call_in_turn(action, payload))
        task.add_done_callback(self._call_done)
        await asyncio.wait((task,))
        return task.result()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the websocket; what is pending fails at once."""
        self._closed = True
        self._fail_pending(NotConnectedError(f"{self._label}: {reason or 'connection closed'}"))
        await self.websocket.close(code, reason)

    async def _call_in_turn(self, action: str, payload: dict[str, Any]) -> Any:
        async with self._turn:
            return await self._call(action, payload)

    def _call_done(self, task: asyncio.Task[Any]) -> None:
        self._queued -= 1
        if not task.cancelled():
            task.exception()  # nobody may be waiting for it any more: that is no news

    async def _call(self, action: str, payload: dict[str, Any]) -> Any:
        if self._closed:
            raise NotConnectedError(f"{self._label} is not connected")
        message_id = str(uuid.uuid4())
        self._pending_id = message_id
        pending = self._pending = asyncio.get_running_loop().create_future()
        timeout = self._timeout()
        try:
            async with asyncio.timeout(timeout):
                await self.websocket.send(_encode([CALL, message_id, action, payload]), text=True)
                answer = await pending
        except ConnectionClosed as error:
            raise NotConnectedError(f"{self._label} disconnected") from error
        except TimeoutError as error:
            raise CallTimeoutError(action, timeout) from error
        finally:
            self._pending_id = self._pending = None
            if not pending.cancel() and not pending.cancelled():
                pending.exception()  # the connection may have ended before the call was sent: nobody asks then
        if isinstance(answer, CallErrorResult):
            raise CallFailedError(action, answer.code, answer.description, answer.details)
        return answer.payload

    def _receive(self, text: bytes, handler: CallHandler) -> bytes | None:
        """Take one frame; return the answer to send, if one is owed."""
        try:
            message = parse_frame(decode(text))
        except UndecodableError as error:
            return self._undecodable(text, str(error), handler)
        except MalformedFrameError as error:
            handler.malformed(error.problem, text)
            if error.message_id is None:
                return None
            return _error_frame(error.message_id, CallError("FormationViolation", error.problem))
        if isinstance(message, Call):
            return self._answer(message, handler)
        if message is None:
            handler.malformed("unknown message type", text)
        else:
            self._settle(message)
        return None

    def _answer(self, call: Call, handler: CallHandler) -> bytes:
        try:
            return _encode([CALL_RESULT, call.message_id, handler.handle(call.action, call.payload)])
        except CallError as error:
            return _error_frame(call.message_id, error)
        except Exception as error:  # a charger's frame must never end its connection, whatever our mistake
            _LOGGER.error("%s: %s could not be handled: %r", self._label, call.action, error)
            _LOGGER.debug("%s: traceback of the failed %s", self._label, call.action, exc_info=True)
            return _error_frame(
                call.message_id, CallError("InternalError", "The central system failed on this message")
            )

    def _settle(self, answer: CallResult | CallErrorResult) -> None:
        if self._pending is None or str(answer.message_id) != self._pending_id:
            _LOGGER.debug("%s: late or unasked answer %r", self._label, answer.message_id)
        elif not self._pending.done():
            self._pending.set_result(answer)

    def _undecodable(self, text: bytes, problem: str, handler: CallHandler) -> bytes | None:
        """Deal with what is no JSON: a call is answered where its id can be read, a broken answer fails its call."""
        handler.malformed(problem, text)
        kind, message_id = find_message_id(text)
        if message_id is None:
            return None
        if kind == CALL:
            return _error_frame(message_id, CallError("FormationViolation", "not JSON"))
        if message_id == self._pending_id:
            self._settle(CallErrorResult(message_id, "FormationViolation", "the answer was not JSON", None))
        return None

    def _fail_pending(self, error: Exception) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(error)


def _error_frame(message_id: MessageId, error: CallError) -> bytes:
    return _encode([CALL_ERROR, message_id, error.code, error.description[:_LONGEST_TEXT], {}])


def _encode(frame: list[Any]) -> bytes:
    """Encode a frame; what orjson refuses (lone surrogates, large numbers in an echoed message id) takes the slower way."""
    try:
        return orjson.dumps(frame)
    except TypeError:
        return json.dumps(frame).encode()
