"""OCPP 2.0.1 and 2.1: what a charging station sends, into the model. There are no calls to it yet.

An EVSE is a connector of the model: it has one transaction at a time, whichever of its plugs is used. A station says in two places what
an EVSE does, StatusNotification (is it occupied) and TransactionEvent (does it charge); here they become one status.
Source: OCPP 2.0.1 part 2, use cases as named at the methods; part 4 §4.3 (error codes).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import json
from typing import Any, NamedTuple

from .cards.authorization import TagInfo, TagStatus
from .charge_point import ChargePoint
from .measuring.measurands import IMPORT_REGISTER
from .measuring.metering import MeterSample, import_register, read_meter_values
from .message_handler import MessageHandler, Payload
from .model import ConnectorStatus, ErrorCode, Registration, Start, StationInfo
from .wire.fields import connector_number, folded, nested, positive, text, time_text
from .wire.timestamps import parse_timestamp
from .wire.validation import SchemaChecker

_OCCUPIED = ConnectorStatus.PREPARING  # as long as no transaction says more
_STATUSES = {
    "available": ConnectorStatus.AVAILABLE,
    "occupied": _OCCUPIED,
    "reserved": ConnectorStatus.RESERVED,
    "unavailable": ConnectorStatus.INOPERATIVE,
    "faulted": ConnectorStatus.FAULTED,
}
_CHARGING_STATES = {
    "charging": ConnectorStatus.CHARGING,
    "evconnected": ConnectorStatus.PREPARING,
    "idle": ConnectorStatus.PREPARING,
    "suspendedev": ConnectorStatus.SUSPENDED_EV,
    "suspendedevse": ConnectorStatus.SUSPENDED_EVSE,
}

# Messages that ask for nothing but to be acknowledged.
_ACKNOWLEDGED = (
    "ClearedChargingLimit",
    "NotifyChargingLimit",
    "NotifyCustomerInformation",
    "NotifyDisplayMessages",
    "NotifyEvent",
    "NotifyMonitoringReport",
    "NotifyReport",
    "PublishFirmwareStatusNotification",
    "ReportChargingProfiles",
    "ReservationStatusUpdate",
)


class _Token(NamedTuple):
    """An IdTokenType: its text, and its type in lower case."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class _TransactionEvent:
    """A TransactionEvent whose transaction and EVSE are known. `at` is None when the time is not believable."""

    transaction_id: str
    evse: int
    at: datetime | None
    samples: list[MeterSample]
    token: _Token | None
    info: Mapping[str, Any]
    reservation: int | None


class V2Messages(MessageHandler):
    """Answers what a charging station sends that speaks OCPP 2.x."""

    schema_violation = "FormatViolation"

    def __init__(
        self,
        charge_point: ChargePoint,
        clock: Callable[[], datetime],
        *,
        heartbeat_interval: Callable[[], int],
        checker: SchemaChecker,
        version: str = "2.0.1",
    ) -> None:
        """Read for a charging station."""
        self.version = version
        self._reported: dict[int, ConnectorStatus] = {}  # by EVSE, what its last StatusNotification said
        self._states: dict[int, ConnectorStatus] = {}  # by EVSE, what its transaction makes of "occupied"
        super().__init__(charge_point, clock, heartbeat_interval=heartbeat_interval, checker=checker)

    def _authorize(self, payload: Payload) -> dict[str, Any]:
        """C01."""
        token = _token(payload.get("idToken")) or _Token("", "")
        return {"idTokenInfo": self._token_info(token, self._charge_point.authorize(token.id))}

    def _boot_notification(self, payload: Payload) -> dict[str, Any]:
        """B01. The station itself says whether it has restarted or was asked."""
        info = _station_info(nested(payload.get("chargingStation")))
        triggered = folded(payload.get("reason")) == "triggered"
        return self._boot_answer(self._charge_point.booted(info, triggered=triggered))

    def _meter_values(self, payload: Payload) -> dict[str, Any]:
        """J01. EVSE 0 is the meter of the whole station."""
        evse = connector_number(payload.get("evseId"))
        if evse is None:
            self._violation("MeterValues", "no such EVSE", payload)
        else:
            self._charge_point.sampled(evse, self._samples("MeterValues", payload), None)
        return {}

    def _status_notification(self, payload: Payload) -> dict[str, Any]:
        """G01. Of an occupied EVSE its transaction knows more, of a free one nothing that it said before holds."""
        status, evse = _STATUSES.get(folded(payload.get("connectorStatus"))), connector_number(payload.get("evseId"))
        if status is None or evse is None:
            problem = "unknown status" if status is None else "no such EVSE"
            self._violation("StatusNotification", problem, payload)
            return {}
        self._reported[evse] = status
        if status is ConnectorStatus.AVAILABLE:
            self._states.pop(evse, None)
        shown = self._states.get(evse, status) if status is _OCCUPIED else status
        self._show(evse, shown, parse_timestamp(payload.get("timestamp"), self._clock()))
        return {}

    # Transactions

    def _transaction_event(self, payload: Payload) -> dict[str, Any]:
        """E01…E15. The order of seqNo is not trusted; the answer has an idTokenInfo exactly if an idToken was sent."""
        token = _token(payload.get("idToken"))
        event = self._read_event(payload, token)
        if event is not None:
            kinds = {"started": self._started, "ended": self._ended}
            kinds.get(folded(payload.get("eventType")), self._updated)(event)
        if token is None:
            return {}
        if event is None:
            verdict = self._charge_point.verdict(token.id)
        else:
            verdict = self._charge_point.transaction_authorized(event.transaction_id, token.id)
        return {"idTokenInfo": self._token_info(token, verdict)}

    def _read_event(self, payload: Payload, token: _Token | None) -> _TransactionEvent | None:
        """Return what an event says, None (and a violation) if it cannot be told of which transaction or EVSE."""
        info = nested(payload.get("transactionInfo"))
        transaction_id = _transaction_id(info.get("transactionId"))
        evse = self._evse_of(payload.get("evse"), transaction_id)
        if transaction_id is None or evse is None:
            problem = "no transactionId" if transaction_id is None else "no such EVSE"
            self._violation("TransactionEvent", problem, payload)
            return None
        return _TransactionEvent(
            transaction_id,
            evse,
            parse_timestamp(payload.get("timestamp"), self._clock()),
            self._samples("TransactionEvent", payload),
            token,
            info,
            positive(payload.get("reservationId")),
        )

    def _started(self, event: _TransactionEvent) -> None:
        """Book a start (E01, E02); the register is its meter start and not fed a second time."""
        self._follow_charging_state(event)
        start = Start(
            connector=event.evse,
            at=event.at,
            id_tag=(event.token.id or None) if event.token else None,
            meter_start=next(_registers(event), None),
            fingerprint=event.transaction_id,
            reservation=event.reservation,
            transaction_id=event.transaction_id,
        )
        self.must_be_saved = True
        self._charge_point.transaction_started(start)
        others = [_without_register(sample) for sample in event.samples]
        self._charge_point.sampled(event.evse, others, event.transaction_id)

    def _updated(self, event: _TransactionEvent) -> None:
        """Take what goes on; a transaction that nobody has seen start is adopted, one that has ended stays ended."""
        self._follow_charging_state(event)
        self._charge_point.sampled(event.evse, event.samples, event.transaction_id)

    def _ended(self, event: _TransactionEvent) -> None:
        """Book an end (E06, E07), with the last register as meter stop; an unknown transaction touches nothing."""
        point = self._charge_point
        self.must_be_saved = True
        ending = point.transaction(event.transaction_id)
        shown_here = ending is not None and point.connector(event.evse).transaction is ending
        point.transaction_stopped(
            event.transaction_id,
            at=event.at,
            meter_stop=max(_registers(event), default=None),
            reason=text(event.info.get("stoppedReason")),
            samples=event.samples,
        )
        if shown_here:
            self._left(event)

    def _follow_charging_state(self, event: _TransactionEvent) -> None:
        """Show the charging state of a transaction that has not ended; at the start of one that says none, that it has begun."""
        known = self._charge_point.transaction(event.transaction_id)
        status = _CHARGING_STATES.get(folded(event.info.get("chargingState")), _OCCUPIED if known is None else None)
        if status is not None and (known is None or known.running):
            self._states[event.evse] = status
            self._show_state(event, status)

    def _left(self, event: _TransactionEvent) -> None:
        """No transaction is left: the cable is still in, unless the EVSE was said to be free."""
        reported = self._reported.get(event.evse, _OCCUPIED)
        if reported is ConnectorStatus.AVAILABLE:
            self._states.pop(event.evse, None)
        else:
            self._states[event.evse] = ConnectorStatus.FINISHING
        self._show_state(event, ConnectorStatus.FINISHING if reported is _OCCUPIED else reported)

    def _show_state(self, event: _TransactionEvent, status: ConnectorStatus) -> None:
        """Show what a transaction says of its EVSE. Only a StatusNotification ends a fault.

        Queued events are older than the StatusNotification of the same reconnect, which only knows "occupied": they may say more.
        """
        reported = self._reported.get(event.evse)
        connector = self._charge_point.connector(event.evse)
        if connector.status is status or reported is ConnectorStatus.FAULTED:
            return
        at = event.at
        if reported is _OCCUPIED and connector.status is _OCCUPIED and at and connector.status_at:
            at = max(at, connector.status_at)
        self._show(event.evse, status, at)

    def _show(self, evse: int, status: ConnectorStatus, at: datetime | None) -> None:
        """Report a status. 2.x tells a fault's cause elsewhere (NotifyEvent)."""
        error = ErrorCode.OTHER_ERROR if status is ConnectorStatus.FAULTED else ErrorCode.NO_ERROR
        self._charge_point.status_reported(evse, status, error, at=at)

    def _evse_of(self, evse: Any, transaction_id: str | None) -> int | None:
        """Return the EVSE of a transaction; only its first event has to name it.

        Where nobody does, it is the only one of the station, or the only one that has no transaction. None if it cannot be told.
        """
        point = self._charge_point
        known = point.transaction(transaction_id)
        if known is not None:
            return known.connector
        named = connector_number(nested(evse).get("id"))
        if named != 0:
            return named
        evses = [connector for connector in point.connectors.values() if connector.number]
        if len(evses) > 1:
            evses = [item for item in evses if item.running_transaction is None]
            return evses[0].number if len(evses) == 1 else None
        return evses[0].number if evses else 1

    def _samples(self, action: str, payload: Payload) -> list[MeterSample]:
        return read_meter_values(payload.get("meterValue"), self._clock(), self._problem_of(action))

    def _token_info(self, token: _Token, verdict: TagInfo) -> dict[str, Any]:
        """Write an IdTokenInfoType. Who needs no authorization has it (C02), once the station may take part."""
        if token.kind == "noauthorization" and self._charge_point.registration is Registration.ACCEPTED:
            verdict = TagInfo(TagStatus.ACCEPTED)
        info: dict[str, Any] = {"status": verdict.status.value}
        if verdict.parent:
            info["groupIdToken"] = {"idToken": verdict.parent, "type": "Central"}
        if verdict.expiry is not None:
            info["cacheExpiryDateTime"] = time_text(verdict.expiry)
        return info

    handlers = {
        **MessageHandler.handlers,
        "Authorize": _authorize,
        "BootNotification": _boot_notification,
        "MeterValues": _meter_values,
        "StatusNotification": _status_notification,
        "TransactionEvent": _transaction_event,
        **dict.fromkeys(_ACKNOWLEDGED, MessageHandler.acknowledge),
    }


def _token(value: Any) -> _Token | None:
    """Return an idToken, also from the bare text of one; None if there is none."""
    if value is None:
        return None
    if isinstance(value, dict):
        return _Token(text(value.get("idToken")) or "", folded(value.get("type")))
    return _Token(text(value) or "", "")


def _transaction_id(value: Any) -> str | None:
    """Return the id that the station chose as a text, of whatever type it is; None if there is none."""
    return text(value if isinstance(value, str) or value is None else json.dumps(value, sort_keys=True))


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


def _registers(event: _TransactionEvent) -> Iterator[float]:
    """Yield the import registers of an event, in kWh."""
    registers = (import_register(sample.readings) for sample in event.samples)
    return (register for register in registers if register is not None)


def _without_register(sample: MeterSample) -> MeterSample:
    readings = tuple(reading for reading in sample.readings if reading.measurand != IMPORT_REGISTER)
    return replace(sample, readings=readings)
