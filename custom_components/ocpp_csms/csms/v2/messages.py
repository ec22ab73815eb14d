"""OCPP 2.0.1 and 2.1: what a charging station sends, and how it is answered. Our calls to it are in `commands`.

An EVSE is a connector of the model: it has one transaction at a time, whichever of its plugs is used. What is larger than an answer has a
module of its own: `transaction_events`, `statuses`, `variable_events`, `notifications`, `reports`.
Source: OCPP 2.0.1 part 2, use cases as named at the methods; part 4 §4.3 (error codes); OCPP 2.1 part 2.
"""

from collections.abc import Callable, Mapping
from typing import Any, override

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample, read_meter_values
from custom_components.ocpp_csms.csms.message_handler import Handler, MessageHandler, Payload
from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.csms.surroundings import Surroundings
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, nested, text
from custom_components.ocpp_csms.csms.wire.frames import CallError, DismissedError
from custom_components.ocpp_csms.csms.wire.timestamps import parse_timestamp

from .id_tokens import Token, read_token, token_info
from .notifications import limit_cleared, limit_told, needs_told, reservation_ended
from .reports import Reports
from .requests import ACTIONS
from .statuses import AVAILABILITIES, Statuses
from .transaction_events import TransactionEvents
from .variable_events import VariableEvents

_BOOT = "BootNotification"
# BootReasonEnumType (B01), as events tell it.
_BOOT_REASONS = {
    reason.replace("_", ""): reason
    for reason in (
        *("application_reset", "firmware_update", "local_reset", "power_up", "remote_reset", "scheduled_reset"),
        *("triggered", "unknown", "watchdog"),
    )
}
# Parts of an answer of the station: who has asked waits for them, anybody else has no use for them.
_REPORTS = (
    "NotifyCustomerInformation",
    "NotifyDisplayMessages",
    "NotifyMonitoringReport",
    "NotifyReport",
    "ReportChargingProfiles",
)
_HEARD_OF_STRANGERS = frozenset(action.casefold() for action in (_BOOT, *_REPORTS))


def part_of(action: str) -> Handler[V2Messages]:
    """Return the handler of a message that is part of a report."""

    def handler(messages: V2Messages, payload: Payload) -> dict[str, Any]:
        return messages.part_told(action, payload)

    return handler


class V2Messages(MessageHandler):
    """Answers what a charging station sends that speaks OCPP 2.0.1."""

    version = Version.V2_0_1
    no_schedule = "Rejected"  # the status for a car that wants a schedule

    def __init__(
        self,
        charge_point: ChargePoint,
        surroundings: Surroundings,
        *,
        reports: Reports,
        was_asked_for: Callable[[str], bool],
    ) -> None:
        """Read for a charging station. `reports` are those that wait for their parts."""
        self._reports = reports
        self._statuses = Statuses(charge_point)
        self._transactions = TransactionEvents(
            charge_point,
            surroundings.clock,
            self._statuses,
            violation=lambda problem, payload: self._violation("TransactionEvent", problem, payload),
        )
        self._variables = VariableEvents(charge_point, surroundings.clock, self._statuses)
        super().__init__(charge_point, surroundings, was_asked_for=was_asked_for)

    @override
    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Answer a call. Of one that nobody has confirmed nothing is heard but its boot, and what it was asked for (B01…B03)."""
        if self._charge_point.is_kept_waiting:
            self._check_stranger(action)
        return super().handle(action, payload)

    @override
    def code_of_unknown(self, action: str) -> str:
        """Say of a message that only a central system sends that it is not supported."""
        return "NotSupported" if action in ACTIONS[self.version] else "NotImplemented"

    def _check_stranger(self, action: str) -> None:
        """Raise `CallError` for what a station may not send before it is accepted."""
        heard = action.casefold() in _HEARD_OF_STRANGERS or self._was_asked_for(action)
        if not heard:
            self._refuse_stranger(action)

    def _refuse_stranger(self, action: str) -> None:
        self._charge_point.message_received()
        self._charge_point.violation(action, "sent before it was accepted", "")
        raise CallError("SecurityError", "The charging station is not accepted yet")

    def _authorize(self, payload: Payload) -> dict[str, Any]:
        """C01. Contract certificates (C07) are not looked into: a token of one is worth what the user has entered of it."""
        token = read_token(payload.get("idToken")) or Token()
        return {"idTokenInfo": token_info(token, self._charge_point.authorize(token.id), self._charge_point)}

    def _boot_notification(self, payload: Payload) -> dict[str, Any]:
        """B01. The station itself says whether it has restarted or was asked."""
        info = _station_info(nested(payload.get("chargingStation")))
        if self._charge_point.certificates.contradicts(info.serial):
            raise DismissedError("its certificate is that of another charging station (B01.FR.12)")
        reason = _BOOT_REASONS.get(folded(payload.get("reason")))
        triggered = self._was_asked_for(_BOOT) or reason == "triggered"
        return self._boot_answer(self._charge_point.booted(info, triggered=triggered, reason=reason))

    def _meter_values(self, payload: Payload) -> dict[str, Any]:
        """J01. EVSE 0 is the meter of the whole station, unless its only EVSE is never called by another number."""
        evse = connector_number(payload.get("evseId"))
        if evse is None:
            self._violation("MeterValues", "no such EVSE", payload)
            return {}
        if evse == 0:
            for named in self._statuses.named:
                self._charge_point.told_apart(named)
        self._charge_point.sampled(evse, self._samples("MeterValues", payload), None)
        return {}

    def _status_notification(self, payload: Payload) -> dict[str, Any]:
        """G01."""
        status = AVAILABILITIES.get(folded(payload.get("connectorStatus")))
        evse, plug = connector_number(payload.get("evseId")), connector_number(payload.get("connectorId"))
        if status is None or evse is None:
            problem = "unknown status" if status is None else "no such EVSE"
            self._violation("StatusNotification", problem, payload)
        else:
            self._statuses.said(evse, plug or 0, status, parse_timestamp(payload.get("timestamp"), self._clock()))
        return {}

    def _transaction_event(self, payload: Payload) -> dict[str, Any]:
        """E01…E15."""
        if payload.get("eventType") != "Updated":
            self.must_be_saved = True
        return self._transactions.take(payload, self._samples("TransactionEvent", payload))

    def _samples(self, action: str, payload: Payload) -> list[MeterSample]:
        return read_meter_values(payload.get("meterValue"), self._clock(), self._problem_of(action))

    # What is asked of us

    def _charging_needs(self, payload: Payload) -> dict[str, Any]:
        """K15. There is no schedule for this car: the profiles that are in place hold."""
        self.noted("NotifyEVChargingNeeds", needs_told(self._charge_point, payload), payload)
        return {"status": self.no_schedule}

    def _schedule(self, _payload: Payload) -> dict[str, Any]:
        """K17: what a car has made of the profiles that are in place."""
        return {"status": "Accepted"}

    def _fail(self, _payload: Payload) -> dict[str, Any]:
        """M06: nobody is asked about certificates."""
        return {"status": "Failed"}

    def _contract_certificate(self, _payload: Payload) -> dict[str, Any]:
        """M01, M02: there is nobody who issues contracts."""
        return {"status": "Failed", "exiResponse": ""}

    # What is told

    def _event(self, payload: Payload) -> dict[str, Any]:
        """N07."""
        return self.noted("NotifyEvent", self._variables.notified(payload), payload)

    def _limit(self, payload: Payload) -> dict[str, Any]:
        return self.noted("NotifyChargingLimit", limit_told(self._charge_point, payload), payload)

    def _limit_cleared(self, payload: Payload) -> dict[str, Any]:
        return self.noted("ClearedChargingLimit", limit_cleared(self._charge_point, payload), payload)

    def _reservation(self, payload: Payload) -> dict[str, Any]:
        return self.noted("ReservationStatusUpdate", reservation_ended(self._charge_point, payload), payload)

    def noted(self, action: str, problem: str | None, payload: Payload) -> dict[str, Any]:
        """Acknowledge, and count what is wrong."""
        if problem is not None:
            self._violation(action, problem, payload)
        return {}

    def part_told(self, action: str, payload: Payload) -> dict[str, Any]:
        """Hand a part of a report to who waits for it. A stranger may send those only that it was asked for."""
        arrived = self._reports.arrived(action, payload)
        if not arrived and self._charge_point.is_kept_waiting:
            self._refuse_stranger(action)
        return {}

    handlers = {
        **MessageHandler.handlers,
        "Authorize": _authorize,
        _BOOT: _boot_notification,
        "ClearedChargingLimit": _limit_cleared,
        "Get15118EVCertificate": _contract_certificate,
        "GetCertificateStatus": _fail,
        "MeterValues": _meter_values,
        "NotifyChargingLimit": _limit,
        "NotifyEVChargingNeeds": _charging_needs,
        "NotifyEVChargingSchedule": _schedule,
        "NotifyEvent": _event,
        "PublishFirmwareStatusNotification": MessageHandler.acknowledge,
        "ReservationStatusUpdate": _reservation,
        "StatusNotification": _status_notification,
        "TransactionEvent": _transaction_event,
        **{action: part_of(action) for action in _REPORTS},
    }


def _station_info(station: Mapping[str, Any]) -> StationInfo:
    modem = nested(station.get("modem"))
    return StationInfo(
        vendor=text(station.get("vendorName")),
        model=text(station.get("model")),
        serial=text(station.get("serialNumber")),
        firmware=text(station.get("firmwareVersion")),
        iccid=text(modem.get("iccid")),
        imsi=text(modem.get("imsi")),
    )
