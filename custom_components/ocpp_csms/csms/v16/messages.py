"""OCPP 1.6-J: what a charge point sends, into the model. Our calls to it are in `commands`.

Source: OCPP 1.6 §4 (operations initiated by the charge point), security whitepaper ed. 3 §5.
"""

from typing import Any

from custom_components.ocpp_csms.csms.cards.authorization import TagInfo
from custom_components.ocpp_csms.csms.measuring.metering import read_meter_values
from custom_components.ocpp_csms.csms.message_handler import MessageHandler, Payload
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode, Start, StationInfo
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, number, positive, text, time_text
from custom_components.ocpp_csms.csms.wire.timestamps import parse_timestamp

_LEFT_OUT = "Local"  # the only reason that a stop may leave out (§6.49); believed of one that names a tag
_LARGEST_TRANSACTION_ID = 2**63 - 1  # stands for an id that was lost on some charge points (Alfen)

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


class V16Messages(MessageHandler):
    """Answers what a charge point sends that speaks OCPP 1.6."""

    version = Version.V1_6

    def _authorize(self, payload: Payload) -> dict[str, Any]:
        verdict = self._charge_point.authorize(text(payload.get("idTag")) or "")
        return {"idTagInfo": _tag_info(verdict)}

    def _boot_notification(self, payload: Payload) -> dict[str, Any]:
        info = _station_info(payload)
        return self._boot_answer(self._charge_point.booted(info, triggered=self._was_asked_for("BootNotification")))

    def _meter_values(self, payload: Payload) -> dict[str, Any]:
        samples = read_meter_values(payload.get("meterValue"), self._clock(), self._problem_of("MeterValues"))
        connector = connector_number(payload.get("connectorId"))
        if connector is None:
            self._violation("MeterValues", "no such connector", payload)
        else:
            self._charge_point.sampled(connector, samples, _transaction_id(payload.get("transactionId")))
        return {}

    def _start_transaction(self, payload: Payload) -> dict[str, Any]:
        fields = ("connectorId", "idTag", "timestamp", "meterStart")
        start = Start(
            connector=connector_number(payload.get("connectorId")) or 0,
            at=parse_timestamp(payload.get("timestamp"), self._clock()),
            id_tag=text(payload.get("idTag")) or "",
            meter_start=_kilowatt_hours(payload.get("meterStart")),
            fingerprint="|".join(str(text(payload.get(name))) for name in fields),
            reservation=positive(payload.get("reservationId")),
        )
        transaction, verdict = self._charge_point.transaction_started(start)
        self.must_be_saved = True
        return {"transactionId": int(transaction.transaction_id), "idTagInfo": _tag_info(verdict)}

    def _stop_transaction(self, payload: Payload) -> dict[str, Any]:
        now = self._clock()
        self.must_be_saved = True
        meter_stop = _kilowatt_hours(payload.get("meterStop"))
        id_tag = text(payload.get("idTag"))
        transaction_id = _transaction_id(payload.get("transactionId"))
        if number(payload.get("transactionId")) == _LARGEST_TRANSACTION_ID:
            transaction_id = self._charge_point.transaction_without_id(meter_stop)
        self._charge_point.transaction_stopped(
            transaction_id,
            at=parse_timestamp(payload.get("timestamp"), now),
            meter_stop=meter_stop,
            reason=text(payload.get("reason")) or (_LEFT_OUT if id_tag else None),
            samples=read_meter_values(payload.get("transactionData"), now, self._problem_of("StopTransaction")),
        )
        return {"idTagInfo": _tag_info(self._charge_point.stop_authorized(transaction_id, id_tag))} if id_tag else {}

    def _status_notification(self, payload: Payload) -> dict[str, Any]:
        status = _STATUSES.get(folded(payload.get("status")))
        connector = connector_number(payload.get("connectorId"))
        if status is None or connector is None:
            problem = "unknown status" if status is None else "no such connector"
            self._violation("StatusNotification", problem, payload)
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

    handlers = {
        **MessageHandler.handlers,
        "Authorize": _authorize,
        "BootNotification": _boot_notification,
        "DiagnosticsStatusNotification": MessageHandler.log_status,
        "MeterValues": _meter_values,
        "SignedFirmwareStatusNotification": MessageHandler.firmware_status,
        "StartTransaction": _start_transaction,
        "StatusNotification": _status_notification,
        "StopTransaction": _stop_transaction,
    }


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


def _kilowatt_hours(watt_hours: Any) -> float | None:
    try:
        value = float(watt_hours) / 1000
    except TypeError, ValueError, OverflowError:
        return None
    return value if 0 <= value < 1e9 else None


def _transaction_id(value: Any) -> str | None:
    """Return a transaction's id as a text; zero, negative and the largest number stand for none."""
    found = positive(value)
    return str(found) if found is not None and found < _LARGEST_TRANSACTION_ID else None
