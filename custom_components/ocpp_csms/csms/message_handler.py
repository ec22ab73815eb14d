"""What the versions have in common in reading: a call finds its handler, its payload is made an object, what all spell alike is answered.

No version's own messages, and no calls to the charge point.
"""

from collections.abc import Callable, Mapping
import json
from typing import Any, ClassVar

import orjson

from .charge_point import ChargePoint
from .files.firmware import FirmwareStatus
from .files.logs import LogStatus
from .measuring.metering import Problems
from .model import Registration, ValidationMode
from .surroundings import Surroundings
from .versions import Version
from .wire.fields import folded, nested, positive, text, time_text
from .wire.frame_rules import RULES
from .wire.frames import CallError
from .wire.timestamps import read_timestamp

_PENDING_INTERVAL = 60  # s
_LONGEST_DATA = 4000  # characters of vendor data that are told: events are kept in databases

# Of FirmwareStatus (OCPP 1.6 §7.25, whitepaper) and FirmwareStatusEnumType (2.x), as they are folded.
_FIRMWARE = {status.replace("_", ""): status for status in FirmwareStatus if status is not FirmwareStatus.ACCEPTED}
# Of DiagnosticsStatus (OCPP 1.6 §7.24) and UploadLogStatusEnumType (whitepaper, 2.x).
_LOGS = {
    **{status.replace("_", ""): status for status in LogStatus if status is not LogStatus.REQUESTED},
    "uploadfailure": LogStatus.UPLOAD_FAILED,
    "acceptedcanceled": LogStatus.UPLOAD_FAILED,
}

type Payload = Mapping[str, Any]
type Handler[T] = Callable[[T, Payload], dict[str, Any]]


class MessageHandler:
    """Answers the calls of one charge point on one connection. Handlers never await."""

    version: Version

    def __init__(
        self, charge_point: ChargePoint, surroundings: Surroundings, *, was_asked_for: Callable[[str], bool]
    ) -> None:
        """Read for a charge point. `was_asked_for` tells of a message that has just come whether it was."""
        self._charge_point = charge_point
        self._clock = surroundings.clock
        self._heartbeat_interval = surroundings.heartbeat_interval
        self._checker = surroundings.checker
        self._was_asked_for = was_asked_for
        self.must_be_saved = False  # before the answer leaves

    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Answer a call of the charge point. Raises `CallError` for unknown actions and, in strict mode, for broken payloads."""
        self._charge_point.message_received()
        handler = self.handlers.get(action)
        if handler is None:
            known = next((name for name in self.handlers if name.casefold() == action.casefold()), None)
            self._charge_point.violation(action, "unknown action" if known is None else "name in the wrong case", "")
            if known is None:
                raise CallError(self.code_of_unknown(action), f"{action[:50]} is not known")
            action, handler = known, self.handlers[known]
        sound = self._sound(action, payload)
        self._read_clock(sound)
        return handler(self, sound)

    def code_of_unknown(self, _action: str) -> str:
        """Return the error code for an action that has no handler."""
        return "NotImplemented"

    def handle_send(self, action: str, _payload: Any) -> None:
        """Take a message that wants no answer (OCPP 2.1): no version before has any."""
        self._charge_point.violation(action, "a message without an answer", "")

    async def saved(self) -> None:
        """Return once what the last call has changed is saved."""
        self.must_be_saved = False
        await self._charge_point.saved()

    def answered(self) -> None:
        """The answer has left: tell listeners."""
        self._charge_point.message_handled()

    def malformed(self, problem: str, frame: bytes) -> None:
        """Count a frame that could not be understood."""
        self._charge_point.violation("", problem, frame[:2000].decode(errors="replace"))

    def _sound(self, action: str, payload: Any) -> Payload:
        """Return a payload that the handlers can look into; they take its fields for what they are, whatever the schema says.

        A break is counted unless validation is off. Raises `CallError` for it in strict mode.
        """
        mode = self._charge_point.settings.validation
        if mode is not ValidationMode.OFF:
            breach = self._checker.breach(self.version, action, payload)
            if breach is not None:
                self._violation(action, breach.problem, payload)
                if mode is ValidationMode.STRICT:
                    raise CallError(RULES[self.version].breaches[breach.kind], breach.problem)
        return nested(payload)

    def _read_clock(self, payload: Payload) -> None:
        """Let the charge point know what its clock says: every version writes the time of a message, or of its meter values, alike."""
        values = payload.get("meterValue")
        newest = nested(values[-1]) if isinstance(values, list) and values else {}
        moment = read_timestamp(payload.get("timestamp") or newest.get("timestamp"))
        if moment is not None:
            self._charge_point.clock_told(moment)

    # What all versions spell alike

    def _data_transfer(self, payload: Payload) -> dict[str, Any]:
        data = payload.get("data")
        status = self._charge_point.data_transferred(
            text(payload.get("vendorId")) or "",
            text(payload.get("messageId")),
            None if data is None else (data if isinstance(data, str) else _json(data))[:_LONGEST_DATA],
        )
        return {"status": status.value}

    def firmware_status(self, payload: Payload) -> dict[str, Any]:
        """Take how a firmware update goes."""
        status = _FIRMWARE.get(folded(payload.get("status")))
        if status is None:
            self._violation("FirmwareStatusNotification", "unknown status", payload)
        else:
            self._charge_point.firmware.reported(status, positive(payload.get("requestId")))
        return {}

    def log_status(self, payload: Payload) -> dict[str, Any]:
        """Take how the upload of a log goes."""
        status = _LOGS.get(folded(payload.get("status")))
        if status is None:
            self._violation("LogStatusNotification", "unknown status", payload)
        else:
            self._charge_point.logs.reported(status, positive(payload.get("requestId")))
        return {}

    def _heartbeat(self, _payload: Payload) -> dict[str, Any]:
        return {"currentTime": time_text(self._clock())}

    def _security_event(self, payload: Payload) -> dict[str, Any]:
        self._charge_point.security_event(text(payload.get("type")) or "", text(payload.get("techInfo")))
        return {}

    def acknowledge(self, _payload: Payload) -> dict[str, Any]:
        """Answer what asks for nothing."""
        return {}

    def _sign_certificate(self, payload: Payload) -> dict[str, Any]:
        request = payload.get("csr")
        ours = folded(payload.get("certificateType")) in {"", "chargingstationcertificate"}  # 2.x has others, for cars
        request_id = positive(payload.get("requestId"))
        granted = ours and isinstance(request, str) and self._charge_point.certificate_requested(request, request_id)
        return {"status": "Accepted" if granted else "Rejected"}

    # The method that answers, by action: one table for all connections.
    handlers: ClassVar[Mapping[str, Handler[Any]]] = {
        "DataTransfer": _data_transfer,
        "FirmwareStatusNotification": firmware_status,
        "Heartbeat": _heartbeat,
        "LogStatusNotification": log_status,
        "SecurityEventNotification": _security_event,
        "SignCertificate": _sign_certificate,
    }

    # For the handlers of the versions

    def _boot_answer(self, registration: Registration) -> dict[str, Any]:
        accepted = registration is Registration.ACCEPTED
        return {
            "currentTime": time_text(self._clock()),
            "interval": self._heartbeat_interval() if accepted else _PENDING_INTERVAL,
            "status": "Accepted" if accepted else "Pending",
        }

    def _violation(self, action: str, problem: str, payload: Any) -> None:
        # A bare value is not kept: nothing says whether it is an ID tag, so nothing could leave it out of diagnostics.
        frame = _json(payload) if isinstance(payload, dict | list) else type(payload).__name__
        self._charge_point.violation(action, problem, frame)

    def _problem_of(self, action: str) -> Problems:
        def report(problem: str) -> None:
            self._charge_point.violation(action, problem, "")

        return report


def _json(value: Any) -> str:
    """Write what came as JSON; what orjson refuses (large numbers) takes the slower way."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"))
