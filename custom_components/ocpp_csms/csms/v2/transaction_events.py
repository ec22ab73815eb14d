"""TransactionEvent: what a charging station tells of a transaction from its start to its end, booked in the model and answered.

The order of seqNo is not trusted: some count nothing. Events come late, twice, in any order, and with an EVSE only in the first; what
happened when is told by their times. Source: OCPP 2.0.1 part 2, E01…E15 (transactions), C01…C16 (authorization), I02, I03 (costs).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import json
from typing import Any

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.measuring.measurands import IMPORT_REGISTER, TRANSACTION_BEGIN
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample, import_register
from custom_components.ocpp_csms.csms.model import Start
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, nested, positive, text
from custom_components.ocpp_csms.csms.wire.timestamps import parse_timestamp

from .id_tokens import Token, read_token, token_info
from .statuses import CHARGING_STATES, Car, Statuses

_TRANSACTION_END = "Transaction.End"
_COST_PACE = timedelta(seconds=60)
_MOST_REMEMBERED = 200  # transactions of a connection
_MOST_EARLY_ENDS = 10  # each with all its meter values

_CARS = {
    "cablepluggedin": Car.CAME,
    "evcommunicationlost": Car.LEFT,
    "evdeparted": Car.LEFT,
}
# Why a transaction has ended, where the event names no reason: by what has triggered it.
_REASONS = {
    "deauthorized": "DeAuthorized",
    "evcommunicationlost": "EVDisconnected",
    "evdeparted": "EVDisconnected",
    "remotestop": "Remote",
    "stopauthorized": "Local",
    "unlockcommand": "UnlockCommand",
}
_STOPS = frozenset(
    {"deauthorized", "remotestop", "stopauthorized"}
)  # triggers that end charging, and the transaction where TxStopPoint says so
_STARTS = frozenset({"authorized", "remotestart"})
_CAR_LEFT = "evdisconnected"
_CUT_OFF = frozenset({"powerloss", "reboot", "immediatereset"})


@dataclass(slots=True)  # not frozen: one is made of every event, and frozen ones take several times as long to make
class TransactionEvent:
    """A TransactionEvent that can be booked; names are in lower case.

    `at` is None when the time is not believable, `known` is the transaction if it was known before.
    """

    transaction_id: str
    known: Transaction | None
    evse: int
    at: datetime | None
    trigger: str
    samples: list[MeterSample]
    token: Token | None
    info: Mapping[str, Any]
    reservation: int | None
    offline: bool

    @property
    def car(self) -> Car:
        """What it says of the car."""
        reason = self.info.get("stoppedReason")
        if reason is not None and folded(reason) == _CAR_LEFT:
            return Car.LEFT
        return _CARS.get(self.trigger, Car.UNSAID)

    @property
    def resumes(self) -> bool:
        """Whether it tells that somebody charges again who had ended charging."""
        state = folded(self.info.get("chargingState"))
        return self.trigger in _STARTS or (self.trigger == "chargingstatechanged" and state == "charging")


class TransactionEvents:
    """The transactions that are told on one connection."""

    def __init__(
        self,
        charge_point: ChargePoint,
        clock: Callable[[], datetime],
        statuses: Statuses,
        *,
        violation: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        """Book for a charge point. `violation` is told of events that cannot be booked, and why."""
        self._charge_point = charge_point
        self._clock = clock
        self._statuses = statuses
        self._violation = violation
        self._judged: dict[str, Authorization] = {}  # by transaction: by which ID tags its own was judged last
        self._cost_told: dict[str, datetime] = {}  # by transaction
        self._early_ends: dict[str, TransactionEvent] = {}  # by transaction: whose start may still come

    def take(self, payload: Mapping[str, Any], samples: list[MeterSample]) -> dict[str, Any]:
        """Book an event with the samples that it holds; return its answer, which has an idTokenInfo if an idToken came, or holds no more."""
        token = read_token(payload.get("idToken"))
        event = self._read(payload, samples, token)
        if event is None:
            if token is None:
                return {}
            return {"idTokenInfo": token_info(token, self._charge_point.verdict(token.id), self._charge_point)}
        match folded(payload.get("eventType")):
            case "started":
                self._started(event)
            case "ended":
                return self._ended(event)
            case _:
                self._updated(event)
        return self._answer(event)

    def _read(
        self, payload: Mapping[str, Any], samples: list[MeterSample], token: Token | None
    ) -> TransactionEvent | None:
        """Return what an event says, None (and a violation) if it cannot be told of which transaction or EVSE: its meter is read all the same."""
        info = nested(payload.get("transactionInfo"))
        transaction_id = _transaction_id(info.get("transactionId"))
        known = self._charge_point.transaction(transaction_id)
        evse = known.connector if known is not None else self._evse_of(payload.get("evse"))
        if transaction_id is None or evse is None:
            self._violation("no transactionId" if transaction_id is None else "no such EVSE", payload)
            if evse is not None and samples:
                self._charge_point.sampled(evse, samples, None)
            return None
        return TransactionEvent(
            transaction_id,
            known,
            evse,
            parse_timestamp(payload.get("timestamp"), self._clock()),
            folded(payload.get("triggerReason")),
            samples,
            token,
            info,
            positive(payload.get("reservationId")),
            payload.get("offline") is True,
        )

    def _started(self, event: TransactionEvent) -> None:
        """Book a start (E01, E02); the register is its meter start and not fed a second time."""
        self._follow_charging_state(event)
        start = Start(
            connector=event.evse,
            at=event.at,
            id_tag=(event.token.id or None) if event.token else self._remote_tag(event),
            meter_start=_first_register(event.samples),
            fingerprint=event.transaction_id,
            reservation=event.reservation,
            transaction_id=event.transaction_id,
            offline=event.offline,
        )
        self._charge_point.transaction_started(start)
        others = [_without_register(sample) for sample in event.samples]
        self._charge_point.sampled(event.evse, others, event.transaction_id)
        if (end := self._early_ends.pop(event.transaction_id, None)) is not None:
            self._ended(replace(end, known=self._charge_point.transaction(event.transaction_id)))

    def _updated(self, event: TransactionEvent) -> None:
        """Take what goes on; a transaction that nobody has seen start is adopted, one that the station has ended stays ended."""
        point = self._charge_point
        if event.known is not None:
            point.transaction_goes_on(event.known, event.at)
            if event.trigger in _STOPS:
                point.transaction_held(event.known, _REASONS[event.trigger])
            elif event.known.reason is not None and event.resumes:
                point.transaction_held(event.known, None)
        self._follow_charging_state(event)
        if event.known is None:
            point.transaction_found(event.evse, event.transaction_id, event.at)
        point.sampled(event.evse, event.samples, event.transaction_id)

    def _ended(self, event: TransactionEvent) -> dict[str, Any]:
        """Book an end (E06, E07) with its registers; one whose start was never told waits for it. The end counts whatever its tag is worth."""
        point, transaction_id, ending = self._charge_point, event.transaction_id, event.known
        if ending is None or ending.adopted:
            ending = self._whole(event) or ending
        if ending is None:
            self._remember(self._early_ends, transaction_id, event, most=_MOST_EARLY_ENDS)
        shown_here = ending is not None and point.connector(event.evse).transaction is ending
        verdict = point.stop_authorized(transaction_id, event.token.id) if event.token else None
        point.transaction_stopped(
            transaction_id,
            at=event.at,
            meter_start=_register_at(TRANSACTION_BEGIN, event.samples),
            meter_stop=_last_register(event.samples),
            reason=text(event.info.get("stoppedReason")) or _REASONS.get(event.trigger),
            samples=event.samples,
            offline=event.offline,
        )
        if shown_here:
            self._show_end(event)
        self._judged.pop(transaction_id, None)
        self._cost_told.pop(transaction_id, None)
        answer: dict[str, Any] = {}
        if event.token is not None and verdict is not None:
            answer["idTokenInfo"] = token_info(event.token, verdict, point)
        cost = None if ending is None else point.cost_of(ending)
        if cost is not None:
            answer["totalCost"] = cost
        return answer

    def _whole(self, event: TransactionEvent) -> Transaction | None:
        """Book the start of a transaction that was never told, by its end; None if that does not tell when and from which register."""
        begin = next(
            (sample for sample in event.samples if _register_at(TRANSACTION_BEGIN, [sample]) is not None), None
        )
        if begin is None or begin.at is None:
            return None
        return self._charge_point.transaction_told_whole(
            Start(
                connector=event.evse,
                at=begin.at,
                id_tag=None,  # a token of its end need not be that of its start
                meter_start=_register_at(TRANSACTION_BEGIN, [begin]),
                fingerprint=event.transaction_id,
                transaction_id=event.transaction_id,
                offline=event.offline,
            )
        )

    def _show_end(self, event: TransactionEvent) -> None:
        evse = self._statuses.of(event.evse)
        if folded(event.info.get("stoppedReason")) in _CUT_OFF:
            evse.interrupted(event.at, event.car)
        else:
            evse.ended(event.at, event.car)
        self._statuses.show(event.evse, event.at)

    def _answer(self, event: TransactionEvent) -> dict[str, Any]:
        """Answer for a transaction that runs: who it is for, what it costs."""
        point, transaction_id = self._charge_point, event.transaction_id
        authorization = point.authorization
        answer: dict[str, Any] = {}
        if event.token is not None:
            verdict = point.transaction_authorized(transaction_id, event.token.id, event.reservation)
            answer["idTokenInfo"] = token_info(event.token, verdict, point)
            self._remember(self._judged, transaction_id, authorization)
        elif (tag := self._remote_tag(event)) is not None:
            verdict = point.transaction_authorized(transaction_id, tag, event.reservation)
            if not verdict.accepted:
                answer["idTokenInfo"] = token_info(Token(tag), verdict, point)
            self._remember(self._judged, transaction_id, authorization)
        elif self._judged.get(transaction_id) is not authorization:
            self._remember(self._judged, transaction_id, authorization)
            transaction = point.transaction(transaction_id)
            revoked = None if transaction is None or not transaction.running else point.revoked(transaction)
            if revoked is not None:
                answer["idTokenInfo"] = token_info(Token(), revoked, point)
        self._add_cost(transaction_id, answer)
        return answer

    def _remote_tag(self, event: TransactionEvent) -> str | None:
        """Return the tag of the remote start that an event names (F01, F02), while it is not known whose transaction it is."""
        if event.known is not None and event.known.id_tag is not None:
            return None
        number = positive(event.info.get("remoteStartId"))
        return self._charge_point.verdicts.remote_starts.tag_of(number)

    def _add_cost(self, transaction_id: str, answer: dict[str, Any]) -> None:
        """Tell what it costs so far (I02), once a minute."""
        now = self._clock()
        told = self._cost_told.get(transaction_id)
        if told is not None and now - told < _COST_PACE:
            return
        self._remember(self._cost_told, transaction_id, now)
        transaction = self._charge_point.transaction(transaction_id)
        cost = None if transaction is None else self._charge_point.cost_of(transaction)
        if cost is not None:
            answer["totalCost"] = cost

    @staticmethod
    def _remember[T](known: dict[str, T], transaction_id: str, value: T, *, most: int = _MOST_REMEMBERED) -> None:
        known[transaction_id] = value
        if len(known) > most:
            del known[next(iter(known))]

    def _follow_charging_state(self, event: TransactionEvent) -> None:
        """Show the charging state of a transaction that has not ended; at the start of one that says none, that it has begun."""
        known = event.known
        if known is not None and not known.running:
            return
        state = folded(event.info.get("chargingState"))
        evse = self._statuses.of(event.evse)
        if state in CHARGING_STATES:
            if not evse.charges(state, event.at, event.car):
                return
        elif known is None:
            evse.begins(event.at, event.car)
        else:
            return
        self._statuses.show(event.evse, event.at)

    def _evse_of(self, evse: Any) -> int | None:
        """Return the EVSE of a transaction that is not known: only its first event has to name it.

        Where nobody does, it is the only one of the station, or the only one that has no transaction. None if it cannot be told.
        """
        point = self._charge_point
        named = connector_number(nested(evse).get("id"))
        if named != 0:
            return named
        evses = [connector for connector in point.connectors.values() if connector.number]
        if len(evses) > 1:
            evses = [item for item in evses if item.running_transaction is None]
            return evses[0].number if len(evses) == 1 else None
        return evses[0].number if evses else 1


def _transaction_id(value: Any) -> str | None:
    """Return the id that the station chose as a text, of whatever type it is; None if there is none."""
    return text(value if isinstance(value, str) or value is None else json.dumps(value, sort_keys=True))


def _register_at(context: str, samples: list[MeterSample]) -> float | None:
    """Return the import register (kWh) that was read for a purpose, None if none was."""
    for sample in samples:
        register = import_register([reading for reading in sample.readings if reading.context == context])
        if register is not None:
            return register
    return None


def _first_register(samples: list[MeterSample]) -> float | None:
    """Return the import register (kWh) of a start: what was read for it, else the first there is."""
    begin = _register_at(TRANSACTION_BEGIN, samples)
    if begin is not None:
        return begin
    registers = (import_register(sample.readings) for sample in samples)
    return next((register for register in registers if register is not None), None)


def _last_register(samples: list[MeterSample]) -> float | None:
    """Return the import register (kWh) of an end: what was read for it, else the highest there is."""
    end = _register_at(_TRANSACTION_END, samples)
    if end is not None:
        return end
    registers = (import_register(sample.readings) for sample in samples)
    return max((register for register in registers if register is not None), default=None)


def _without_register(sample: MeterSample) -> MeterSample:
    readings = tuple(reading for reading in sample.readings if reading.measurand != IMPORT_REGISTER)
    return replace(sample, readings=readings)
