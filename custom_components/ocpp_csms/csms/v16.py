"""OCPP 1.6-J: messages to and from the model. The only place that knows how 1.6 spells things.

The methods here answer what the charge point sends (`Upstream` finds them); `V16Commands` are our calls to it.
Source: OCPP 1.6 §4 (operations initiated by the charge point), security whitepaper ed. 3 §5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .authorization import TagInfo
from .charge_point import ChargePoint
from .fields import connector_number, folded, number, text, time_text
from .metering import read_meter_values
from .model import ConnectorStatus, ErrorCode, StationInfo
from .rpc import RpcConnection
from .timestamps import parse_timestamp
from .upstream import Payload, Upstream, acknowledge
from .v16_commands import V16Commands
from .validation import SchemaChecker, repair

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


@dataclass(frozen=True, slots=True)
class V16Options:
    """What the central system wants of its 1.6 charge points. Intervals in s."""

    heartbeat_interval: int
    ping_interval: int
    checker: SchemaChecker


class V16(Upstream, V16Commands):
    """The dialect of one connection that speaks OCPP 1.6."""

    version = "1.6"
    schema_violation = "FormationViolation"

    def __init__(
        self,
        charge_point: ChargePoint,
        rpc: RpcConnection,
        options: V16Options,
        clock: Callable[[], datetime],
    ) -> None:
        """Join a charge point and an open connection."""
        V16Commands.__init__(self, charge_point, rpc, options.heartbeat_interval, options.ping_interval, clock)
        Upstream.__init__(
            self,
            charge_point,
            clock,
            heartbeat_interval=options.heartbeat_interval,
            checker=options.checker,
            handlers={
                "Authorize": self._authorize,
                "BootNotification": self._boot_notification,
                "DiagnosticsStatusNotification": acknowledge,
                "MeterValues": self._meter_values,
                "SignedFirmwareStatusNotification": self._firmware_status,
                "StartTransaction": self._start_transaction,
                "StatusNotification": self._status_notification,
                "StopTransaction": self._stop_transaction,
            },
        )

    def _repaired(self, action: str, payload: Any) -> Payload:
        return repair(action, payload, _ignore)

    # What the charge point sends

    def _authorize(self, payload: Payload) -> dict[str, Any]:
        verdict = self._charge_point.authorize(text(payload.get("idTag")) or "")
        return {"idTagInfo": _tag_info(verdict)}

    def _boot_notification(self, payload: Payload) -> dict[str, Any]:
        triggered, self._boot_asked = self._boot_was_asked(), None
        return self._boot_answer(self._charge_point.booted(_station_info(payload), triggered=triggered))

    def _meter_values(self, payload: Payload) -> dict[str, Any]:
        samples = read_meter_values(payload.get("meterValue"), self._clock(), self._problem_of("MeterValues"))
        connector = _connector_id(payload)
        if connector is None:
            self._charge_point.violation("MeterValues", "no such connector", repr(payload))
        else:
            self._charge_point.sampled(connector, samples, _transaction_id(payload.get("transactionId")))
        return {}

    def _start_transaction(self, payload: Payload) -> dict[str, Any]:
        fields = ("connectorId", "idTag", "timestamp", "meterStart")
        reservation = number(payload.get("reservationId"))
        transaction, verdict = self._charge_point.transaction_started(
            _connector_id(payload) or 0,
            at=parse_timestamp(payload.get("timestamp"), self._clock()),
            id_tag=text(payload.get("idTag")) or "",
            meter_start=_kilowatt_hours(payload.get("meterStart")),
            fingerprint="|".join(str(text(payload.get(name))) for name in fields),
            reservation=reservation if reservation and reservation > 0 else None,
        )
        return {"transactionId": int(transaction.transaction_id), "idTagInfo": _tag_info(verdict)}

    def _stop_transaction(self, payload: Payload) -> dict[str, Any]:
        now = self._clock()
        self._charge_point.transaction_stopped(
            _transaction_id(payload.get("transactionId")),
            at=parse_timestamp(payload.get("timestamp"), now),
            meter_stop=_kilowatt_hours(payload.get("meterStop")),
            reason=text(payload.get("reason")),
            samples=read_meter_values(payload.get("transactionData"), now, self._problem_of("StopTransaction")),
        )
        id_tag = payload.get("idTag")
        if not isinstance(id_tag, str) or not id_tag:
            return {}
        return {"idTagInfo": _tag_info(self._charge_point.verdict(id_tag))}

    def _status_notification(self, payload: Payload) -> dict[str, Any]:
        status, connector = _STATUSES.get(folded(payload.get("status"))), _connector_id(payload)
        if status is None or connector is None:
            problem = "unknown status" if status is None else "no such connector"
            self._charge_point.violation("StatusNotification", problem, repr(payload))
            return {}
        error = text(payload.get("errorCode"))
        code = _ERRORS.get(folded(error), ErrorCode.OTHER_ERROR) if error else ErrorCode.NO_ERROR
        self._charge_point.status_reported(
            connector,
            status,
            code,
            at=parse_timestamp(payload.get("timestamp"), self._clock()),
            error=None if code is ErrorCode.NO_ERROR else error,
            info=text(payload.get("info")),
            vendor_error=text(payload.get("vendorErrorCode")),
        )
        return {}


def _ignore(_problem: str) -> None:
    """The violation has been counted once for the whole message."""


def _tag_info(info: TagInfo) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": info.status.value}
    if info.parent:
        answer["parentIdTag"] = info.parent
    if info.expiry is not None:
        answer["expiryDate"] = time_text(info.expiry)
    return answer


def _station_info(payload: Payload) -> StationInfo:
    serial = text(payload.get("chargePointSerialNumber")) or text(payload.get("chargeBoxSerialNumber"))
    return StationInfo(
        vendor=text(payload.get("chargePointVendor")),
        model=text(payload.get("chargePointModel")),
        serial=serial,
        firmware=text(payload.get("firmwareVersion")),
        meter_type=text(payload.get("meterType")),
        meter_serial=text(payload.get("meterSerialNumber")),
        iccid=text(payload.get("iccid")),
        imsi=text(payload.get("imsi")),
    )


def _connector_id(payload: Payload) -> int | None:
    """Return the number of a connector; 0 if none is said, None for what no charge point has."""
    return connector_number(payload.get("connectorId", 0))


def _kilowatt_hours(watt_hours: Any) -> float | None:
    try:
        value = float(watt_hours) / 1000
    except TypeError, ValueError, OverflowError:
        return None
    return value if 0 <= value < 1e9 else None


def _transaction_id(value: Any) -> str | None:
    """Return a transaction's id as a text; zero, negative and the largest number stand for none."""
    found = number(value)
    return str(found) if found is not None and 0 < found < _LARGEST_TRANSACTION_ID else None
