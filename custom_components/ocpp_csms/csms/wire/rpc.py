"""OCPP-J, the remote procedure calls over one websocket: frames, correlation, one call in flight, time-outs, errors.

Finding out what a decoded frame is, is the business of `frames`, and what a message means that of the dialect: it is handed in as
`CallHandler`. Source: OCPP-J 1.6 §4, OCPP-J 2.0.1 and 2.1 (part 4) §4; what they differ in is in `frame_rules`.
"""

import asyncio
from collections.abc import Callable
import json
import logging
from typing import Any, Protocol
import uuid

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, NotConnectedError, QueueFullError
from custom_components.ocpp_csms.csms.versions import DEFAULT

from .frame_rules import RULES
from .frames import (
    CALL,
    CALL_ERROR,
    CALL_RESULT,
    CALL_RESULT_ERROR,
    LONGEST_TEXT,
    SEND,
    Call,
    CallError,
    CallErrorResult,
    CallResult,
    CallResultError,
    DismissedError,
    MalformedFrameError,
    MessageId,
    Send,
    parse_frame,
)
from .validation import UndecodableError, decode, find_message_id

_LOGGER = logging.getLogger(__name__)

MAX_QUEUED_CALLS = 100
_ANSWERS = frozenset({CALL_RESULT, CALL_ERROR})
_UNANSWERED = frozenset({CALL_RESULT_ERROR, SEND})


class CallHandler(Protocol):
    """What a connection needs of the dialect above it."""

    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Carry out a call of the charge point and return the answer's payload. Raises `CallError`, `DismissedError`. Never awaits."""

    def handle_send(self, action: str, payload: Any) -> None:
        """Take a message that wants no answer. Never awaits."""

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
        self.rules = RULES[DEFAULT]
        self.handler: CallHandler  # of the next frame, from `run` on
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
        self.handler = handler
        receive = self.websocket.recv
        try:
            while not self._closed:
                text = await receive(decode=False)
                handler = self.handler
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
            return self._refusal(error.kind, error.message_id, error.problem)
        if isinstance(message, Call):
            return self._answer(message, handler)
        if isinstance(message, CallResult):
            return self._take_result(message)
        if isinstance(message, CallErrorResult):
            self._settle(message)
            return None
        return self._take_unanswered(message, text, handler)

    def _answer(self, call: Call, handler: CallHandler) -> bytes | None:
        try:
            return _encode([CALL_RESULT, call.message_id, handler.handle(call.action, call.payload)])
        except CallError as error:
            return _error_frame(CALL_ERROR, call.message_id, error)
        except DismissedError as error:
            _LOGGER.debug("%s: its connection is closed: %s", self._label, error)
            self._closed = True
            return None
        except Exception as error:  # a charger's frame must never end its connection, whatever our mistake
            _LOGGER.error("%s: %s could not be handled: %r", self._label, call.action, error)
            _LOGGER.debug("%s: traceback of the failed %s", self._label, call.action, exc_info=True)
            return _error_frame(
                CALL_ERROR, call.message_id, CallError("InternalError", "The central system failed on this message")
            )

    def _take_unanswered(self, message: CallResultError | Send, text: bytes, handler: CallHandler) -> bytes | None:
        """Take what is never answered in the version that has it, and is a message of no type in the others."""
        if not self.rules.has_result_errors:
            kind = SEND if isinstance(message, Send) else CALL_RESULT_ERROR
            handler.malformed("unknown message type", text)
            return self._refusal(kind, message.message_id, "unknown message type")
        if isinstance(message, CallResultError):
            handler.malformed(f"it could not use our answer: {message.code}: {message.description}", text)
            return None
        try:
            handler.handle_send(message.action, message.payload)
        except Exception as error:  # as above
            _LOGGER.error("%s: %s could not be handled: %r", self._label, message.action, error)
            _LOGGER.debug("%s: traceback of the failed %s", self._label, message.action, exc_info=True)
        return None

    def _take_result(self, answer: CallResult) -> bytes | None:
        """Hand an answer to who waits for it; say of one that nobody can use that it is none, where the version has words for it."""
        waited_for = self._settle(answer)
        if not waited_for or isinstance(answer.payload, dict):
            return None
        return self._result_error(answer.message_id, "TypeConstraintViolation", "the payload is no object")

    def _settle(self, answer: CallResult | CallErrorResult) -> bool:
        """Hand an answer to who waits for it; return whether somebody did. Who could not read our call's id answers with none."""
        is_ours = str(answer.message_id) == self._pending_id or (
            isinstance(answer, CallErrorResult) and answer.message_id == self.rules.unreadable_id
        )
        if self._pending is None or not is_ours:
            _LOGGER.debug("%s: late or unasked answer %r", self._label, answer.message_id)
            return False
        if self._pending.done():
            return False
        self._pending.set_result(answer)
        return True

    def _undecodable(self, text: bytes, problem: str, handler: CallHandler) -> bytes | None:
        """Deal with what is no JSON: a call is answered where its id can be read, a broken answer fails its call."""
        handler.malformed(problem, text)
        kind, message_id = find_message_id(text)
        if kind not in _ANSWERS:
            return self._refusal(kind, message_id, "not JSON")
        if message_id is None or message_id != self._pending_id:
            return None
        self._settle(CallErrorResult(message_id, self.rules.malformed, "the answer was not JSON", None))
        return self._result_error(message_id, self.rules.malformed, "not JSON") if kind == CALL_RESULT else None

    def _refusal(self, kind: int | None, message_id: MessageId | None, problem: str) -> bytes | None:
        """Return what is owed to a frame that is no message. Errors are never answered: two could go on for ever."""
        rules = self.rules
        if kind in _ANSWERS or (rules.has_result_errors and kind in _UNANSWERED):
            return None
        code = rules.malformed if kind is None or kind == CALL else rules.unknown_type
        message_id = rules.unreadable_id if message_id is None else message_id
        if code is None or message_id is None or (kind is None and rules.unreadable_id is None):
            return None
        return _error_frame(CALL_ERROR, message_id, CallError(code, problem))

    def _result_error(self, message_id: MessageId, code: str, problem: str) -> bytes | None:
        if not self.rules.has_result_errors:
            return None
        return _error_frame(CALL_RESULT_ERROR, message_id, CallError(code, problem))

    def _fail_pending(self, error: Exception) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(error)


def _error_frame(kind: int, message_id: MessageId, error: CallError) -> bytes:
    return _encode([kind, message_id, error.code, error.description[:LONGEST_TEXT], {}])


def _encode(frame: list[Any]) -> bytes:
    """Encode a frame; what orjson refuses (lone surrogates, large numbers in an echoed message id) takes the slower way."""
    try:
        return orjson.dumps(frame)
    except TypeError:
        return json.dumps(frame).encode()
