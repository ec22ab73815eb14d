"""What a frame of OCPP-J is, decoded: a call, an answer, an error. Pure. Source: OCPP-J 1.6 §4, OCPP-J 2.0.1 and 2.1 (part 4) §4.

Whether a version has such a message, and what is owed to what is none, is told by `frame_rules`.
"""

from dataclasses import dataclass
from typing import Any

CALL = 2
CALL_RESULT = 3
CALL_ERROR = 4
CALL_RESULT_ERROR = 5
SEND = 6
LONGEST_TEXT = 255  # of an error description (OCPP-J 1.6 §4.2.3)

type MessageId = str | int | float


class CallError(Exception):
    """A call from the charge point that is answered with a CALLERROR (OCPP-J 1.6 §4.2.3)."""

    def __init__(self, code: str, description: str = "") -> None:
        """Keep the error code and a description for people."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class DismissedError(Exception):
    """A call after which the connection is closed without an answer: the charge point is not who it was taken for."""


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


@dataclass(frozen=True, slots=True)
class CallResultError:
    """The charge point could not use an answer of ours (2.1)."""

    message_id: MessageId
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Send:
    """A message of the charge point that wants no answer (2.1)."""

    message_id: MessageId
    action: str
    payload: Any


type Message = Call | CallResult | CallErrorResult | CallResultError | Send


class MalformedFrameError(Exception):
    """Valid JSON that is no message. `kind` is the number of its type, `message_id` its id, each None where it cannot be read."""

    def __init__(self, problem: str, kind: int | None = None, message_id: MessageId | None = None) -> None:
        """Keep what is wrong, in words."""
        super().__init__(problem)
        self.problem = problem
        self.kind = kind
        self.message_id = message_id


def parse_frame(frame: Any) -> Message:
    """Tell what a decoded frame is.

    Tolerates what real chargers leave out: a missing or null payload, missing error descriptions and details, numbers for texts.
    Raises `MalformedFrameError` for all else, and for types of messages that no version has.
    """
    if not isinstance(frame, list) or len(frame) < 2:
        raise MalformedFrameError("not a list of at least two elements")
    kind, message_id = frame[0], frame[1]
    if isinstance(kind, str) and kind.isdecimal() and len(kind) == 1:
        kind = int(kind)
    if isinstance(message_id, bool) or not isinstance(message_id, (str, int, float)):
        raise MalformedFrameError("the message id is neither text nor number", _type_number(kind))
    if kind == CALL:
        if len(frame) < 3 or not isinstance(frame[2], str):
            raise MalformedFrameError("a call without an action", CALL, message_id)
        payload = frame[3] if len(frame) > 3 else None
        return Call(message_id, frame[2].strip(), {} if payload is None else payload)
    if kind == CALL_RESULT:
        payload = frame[2] if len(frame) > 2 else None
        return CallResult(message_id, {} if payload is None else payload)
    if kind == CALL_ERROR:
        code, description = _error(frame)
        return CallErrorResult(message_id, code, description, frame[4] if len(frame) > 4 else None)
    return _of_later_versions(frame, _type_number(kind), message_id)


def _of_later_versions(frame: list[Any], kind: int | None, message_id: MessageId) -> Message:
    if kind == CALL_RESULT_ERROR:
        return CallResultError(message_id, *_error(frame))
    if kind == SEND:
        if len(frame) < 3 or not isinstance(frame[2], str):
            raise MalformedFrameError("a message without an action", SEND, message_id)
        payload = frame[3] if len(frame) > 3 else None
        return Send(message_id, frame[2].strip(), {} if payload is None else payload)
    raise MalformedFrameError(
        "the message type is no number" if kind is None else "unknown message type", kind, message_id
    )


def _error(frame: list[Any]) -> tuple[str, str]:
    """Return the code and the description of an error."""
    code, description = (*frame[2:4], None, None)[:2]
    return (
        "GenericError" if code in (None, "") else str(code)[:LONGEST_TEXT],
        "" if description is None else str(description)[:LONGEST_TEXT],
    )


def _type_number(kind: Any) -> int | None:
    return kind if isinstance(kind, int) and not isinstance(kind, bool) else None
