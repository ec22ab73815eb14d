"""OCPP 1.6-J: messages to and from the model. The only place that knows how 1.6 spells things.

`handle` answers what the charge point sends (a table from action to method; a method never awaits); `V16Commands` are our calls to it.
Source: OCPP 1.6 §4 (operations initiated by the charge point), security whitepaper ed. 3 §5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
from typing import Any

from .authorization import TagInfo
from .charge_point import MAX_CONNECTORS, ChargePoint
from .metering import read_meter_values
from .model import ConnectorStatus, ErrorCode, Registration, StationInfo, ValidationMode
from .rpc import CallError, RpcConnection
from .timestamps import parse_timestamp
from .v16_commands import V16Commands
from .validation import SchemaChecker, repair

_LOGGER = logging.getLogger(__name__)

_PENDING_INTERVAL = 60
_LARGEST_TRANSACTION_ID = 2**63 - 1  # stands for "none" on some charge points

_STATUSES = {
    "available": ConnectorStatus.AVAILABLE,
    "preparing": ConnectorStatus.PREPARING,
    "charging": ConnectorStatus.CHARGING,
    "suspendedev": ConnectorStatus.SUSPENDED_EV,
    "suspendedevse": ConnectorStatus.SUSPENDED_EVSE,
    "finishing": ConnectorStatus.FINISHING,
    "reserved": ConnectorStatus.RESERVED,
    "unavailable": ConnectorStatus.INOPERATIVE,
    "faulted": ConnectorStatus.FAULTED,
    "occupied": ConnectorStatus.PREPARING,  # OCPP 1.5, still sent by some
}
_ERRORS = {code.replace("_", ""): code for code in ErrorCode}

type Payload = Mapping[str, Any]
type Handler = Callable[[Payload], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class V16Options:
    """What the central system wants of its 1.6 charge points. Intervals in s."""

    heartbeat_interval: int
    ping_interval: int
    checker: SchemaChecker


class V16(V16Commands):
    """The dialect of one connection that speaks OCPP 1.6."""

    version = "1.6"

    def __init__(
        self,
        charge_point: ChargePoint,
        rpc: RpcConnection,
        options: V16Options,
        clock: Callable[[], datetime],
    ) -> None:
        """Join a charge point and an open connection."""
        super().__init__(charge_point, rpc, options.heartbeat_interval, options.ping_interval, clock)
        self._options = options
        self._handlers: dict[str, Handler] = {
            "Authorize": self._authorize,
            "BootNotification": self._boot_notification,
            "DataTransfer": self._data_transfer,
            "DiagnosticsStatusNotification": _acknowledge,
            "FirmwareStatusNotification": self._firmware_status,
            "Heartbeat": self._heartbeat,
            "LogStatusNotification": _acknowledge,
            "MeterValues": self._meter_values,
            "SecurityEventNotification": self._security_event,
            "SignCertificate": _reject,
            "SignedFirmwareStatusNotification": self._firmware_status,
            "StartTransaction": self._start_transaction,
            "StatusNotification": self._status_notification,
            "StopTransaction": self._stop_transaction,
        }
        self._by_folded_name = {action.casefold(): action for action in self._handlers}

    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Answer a call of the charge point. Raises `CallError` for unknown actions and, in strict mode, for broken payloads."""
        self._charge_point.message_received()
        handler = self._handlers.get(action)
        if handler is None:
            known = self._by_folded_name.get(action.casefold())
            self._charge_point.violation(action, "unknown action" if known is None else "name in the wrong case", "")
            if known is None:
                raise CallError("NotImplemented", f"{action[:50]} is not known")
            action, handler = known, self._handlers[known]
        return handler(self._sound(action, payload))

    def answered(self) -> None:
        """The answer has left: tell listeners."""
        self._charge_point.flush()

    def malformed(self, problem: str, frame: bytes) -> None:
        """Count a frame that could not be understood."""
        self._charge_point.violation("", problem, frame[:2000].decode(errors="replace"))

    def _sound(self, action: str, payload: Any) -> Payload:
        """Return a payload that the handlers can read, according to the mode of validation."""
        mode = self._charge_point.settings.validation
        if mode is ValidationMode.OFF:
            return repair(action, payload, _ignore)
        problem = self._options.checker.check(self.version, action, payload)
        if problem is None:
            return payload  # type: ignore[no-any-return]  # the schema has just said that it is an object
        if mode is ValidationMode.STRICT:
            self._charge_point.violation(action, problem, repr(payload))
            raise CallError("FormationViolation", problem)
        self._charge_point.violation(action, problem, repr(payload))
        return repair(action, payload, _ignore)

    # What the charge point sends

    def _authorize(self, payload: Payload) -> dict[str, Any]:
        verdict = self._charge_point.authorize(str(payload.get("idTag", "")))
        return {"idTagInfo": _tag_info(verdict)}

    def _boot_notification(self, payload: Payload) -> dict[str, Any]:
        triggered, self._boot_asked = self._boot_was_asked(), None
        registration = self._charge_point.booted(_station_info(payload), triggered=triggered)
        accepted = registration is Registration.ACCEPTED
        return {
            "currentTime": self._now_text(),
            "interval": self._options.heartbeat_interval if accepted else _PENDING_INTERVAL,
            "status": "Accepted" if accepted else "Pending",
        }

    def _data_transfer(self, payload: Payload) -> dict[str, Any]:
        message_id, data = payload.get("messageId"), payload.get("data")
        understood = self._charge_point.data_transferred(
            str(payload.get("vendorId", "")),
            None if message_id is None else str(message_id),
            None if data is None else str(data),
        )
        return {"status": "Accepted" if understood else "UnknownVendorId"}

    def _firmware_status(self, payload: Payload) -> dict[str, Any]:
        self._charge_point.firmware_status_reported(str(payload.get("status", "")))
        return {}

    def _heartbeat(self, _payload: Payload) -> dict[str, Any]:
        return {"currentTime": self._now_text()}

    def _meter_values(self, payload: Payload) -> dict[str, Any]:
        samples = read_meter_values(payload.get("meterValue"), self._clock(), self._problem_of("MeterValues"))
        connector = _connector_id(payload)
        if connector is None:
            self._charge_point.violation("MeterValues", "no such connector", repr(payload))
        else:
            self._charge_point.sampled(connector, samples, _transaction_id(payload.get("transactionId")))
        return {}

    def _security_event(self, payload: Payload) -> dict[str, Any]:
        tech_info = payload.get("techInfo")
        self._charge_point.security_event(str(payload.get("type", "")), None if tech_info is None else str(tech_info))
        return {}

    def _start_transaction(self, payload: Payload) -> dict[str, Any]:
        fields = ("connectorId", "idTag", "timestamp", "meterStart")
        reservation = _number(payload.get("reservationId"))
        transaction, verdict = self._charge_point.transaction_started(
            _connector_id(payload) or 0,
            at=parse_timestamp(payload.get("timestamp"), self._clock()),
            id_tag=str(payload.get("idTag", "")).strip(),
            meter_start=_kilowatt_hours(payload.get("meterStart")),
            fingerprint="|".join(str(payload.get(name)) for name in fields),
            reservation=reservation if reservation and reservation > 0 else None,
        )
        return {"transactionId": int(transaction.transaction_id), "idTagInfo": _tag_info(verdict)}

    def _stop_transaction(self, payload: Payload) -> dict[str, Any]:
        reason = payload.get("reason")
        now = self._clock()
        self._charge_point.transaction_stopped(
            _transaction_id(payload.get("transactionId")),
            at=parse_timestamp(payload.get("timestamp"), now),
            meter_stop=_kilowatt_hours(payload.get("meterStop")),
            reason=None if reason in (None, "") else str(reason),
            samples=read_meter_values(payload.get("transactionData"), now, self._problem_of("StopTransaction")),
        )
        id_tag = payload.get("idTag")
        if not isinstance(id_tag, str) or not id_tag:
            return {}
        return {"idTagInfo": _tag_info(self._charge_point.verdict(id_tag))}

    def _status_notification(self, payload: Payload) -> dict[str, Any]:
        status, connector = _STATUSES.get(_folded(payload.get("status"))), _connector_id(payload)
        if status is None or connector is None:
            problem = "unknown status" if status is None else "no such connector"
            self._charge_point.violation("StatusNotification", problem, repr(payload))
            return {}
        error = _text(payload.get("errorCode"))
        code = _ERRORS.get(_folded(error), ErrorCode.OTHER_ERROR) if error else ErrorCode.NO_ERROR
        self._charge_point.status_reported(
            connector,
            status,
            code,
            at=parse_timestamp(payload.get("timestamp"), self._clock()),
            error=None if code is ErrorCode.NO_ERROR else error,
            info=_text(payload.get("info")),
            vendor_error=_text(payload.get("vendorErrorCode")),
        )
        return {}

    def _problem_of(self, action: str) -> Callable[[str], None]:
        def report(problem: str) -> None:
            self._charge_point.violation(action, problem, "")

        return report

    def _now_text(self) -> str:
        return self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ignore(_problem: str) -> None:
    """The violation has been counted once for the whole message."""


def _acknowledge(_payload: Payload) -> dict[str, Any]:
    return {}


def _reject(_payload: Payload) -> dict[str, Any]:
    """We run no certificate authority, and say so (whitepaper §5.17)."""
    return {"status": "Rejected"}


def _tag_info(info: TagInfo) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": info.status.value}
    if info.parent:
        answer["parentIdTag"] = info.parent
    if info.expiry is not None:
        answer["expiryDate"] = info.expiry.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer


def _station_info(payload: Payload) -> StationInfo:
    serial = _text(payload.get("chargePointSerialNumber")) or _text(payload.get("chargeBoxSerialNumber"))
    return StationInfo(
        vendor=_text(payload.get("chargePointVendor")),
        model=_text(payload.get("chargePointModel")),
        serial=serial,
        firmware=_text(payload.get("firmwareVersion")),
        meter_type=_text(payload.get("meterType")),
        meter_serial=_text(payload.get("meterSerialNumber")),
        iccid=_text(payload.get("iccid")),
        imsi=_text(payload.get("imsi")),
    )


def _text(value: Any) -> str | None:
    """Return a text; what is empty, or the word null, is None."""
    if value is None or isinstance(value, (dict, list)):
        return None
    text = str(value).strip()
    return text if text and text.casefold() != "null" else None


def _folded(value: Any) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except TypeError, ValueError, OverflowError:
        return None


def _connector_id(payload: Payload) -> int | None:
    """Return the number of a connector; 0 if none is said, None for what no charge point has."""
    number = _number(payload.get("connectorId", 0))
    return number if number is not None and 0 <= number <= MAX_CONNECTORS else None


def _kilowatt_hours(watt_hours: Any) -> float | None:
    try:
        value = float(watt_hours) / 1000
    except TypeError, ValueError, OverflowError:
        return None
    return value if 0 <= value < 1e9 else None


def _transaction_id(value: Any) -> str | None:
    """Return a transaction's id as a text; zero, negative and the largest number stand for none."""
    number = _number(value)
    return str(number) if number is not None and 0 < number < _LARGEST_TRANSACTION_ID else None
