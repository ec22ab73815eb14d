"""TransactionEvent: what a station tells of a transaction, with the meter values that belong to it.

OCPP 2.0.1, part 2, E01 to E15, J01 and J02. When something is told is decided in `sessions`.
"""

from collections.abc import Callable
from typing import Any

from ocpp.v201 import call
from ocpp.v201.datatypes import EVSEType, IdTokenType, MeterValueType, TransactionType
from ocpp.v201.enums import (
    ChargingStateEnumType as State,
    ReadingContextEnumType as Context,
    ReasonEnumType as Reason,
    TransactionEventEnumType as Kind,
    TriggerReasonEnumType as Trigger,
)

from ..connector import Connector, Transaction
from ..messages import to_payload
from ..outbox import Outbox
from ..quirks import ConnectorStyle, EvseStyle
from ..station import Station
from .device_model import DeviceModel
from .metering import sample
from .reporter import ALIGNED, Reporter
from .tokens import token

_MOST_SAMPLES = 100
_STARTED = "SampledDataCtrlr.TxStartedMeasurands"
_UPDATED = "SampledDataCtrlr.TxUpdatedMeasurands"
_ENDED = "SampledDataCtrlr.TxEndedMeasurands"


def charging_state(connector: Connector) -> State:
    """Return what happens on an EVSE, as far as a transaction is concerned (part 2, 3.16)."""
    if not connector.plugged:
        return State.idle
    if not connector.charges or connector.deauthorized:
        return State.ev_connected if connector.grant is None else State.suspended_evse
    if not connector.outlet.offers():
        return State.suspended_evse
    return State.charging if connector.outlet.target() > 0 else State.suspended_ev


class TransactionEvents:
    """Tells the central system of transactions."""

    def __init__(self, station: Station, model: DeviceModel, outbox: Outbox, reporter: Reporter) -> None:
        """Events wait in the outbox until they are answered."""
        self._station = station
        self._model = model
        self._outbox = outbox
        self._reporter = reporter
        reporter.aligned.append(self._read_aligned)
        reporter.aligned_for_end.append(self._keep_aligned)

    def started(
        self, connector: Connector, transaction: Transaction, trigger: Trigger, reservation_id: int | None
    ) -> None:
        """Tell that a transaction began, with the first reading of the meter."""
        values = self._values(connector, _STARTED, Context.transaction_begin)
        transaction.samples = [
            to_payload(value) for value in self._values(connector, _ENDED, Context.transaction_begin)
        ]
        event = self._event(Kind.started, connector, transaction, trigger, values)
        event.reservation_id = reservation_id
        for _ in range(0 if self._station.quirks.omits_started else self._station.quirks.repeated_start):
            self._post(event, connector, transaction)

    def updated(self, connector: Connector, trigger: Trigger, *, values: list[MeterValueType] | None = None) -> None:
        """Tell that something changed in the running transaction."""
        if (transaction := connector.transaction) is not None:
            event = self._event(Kind.updated, connector, transaction, trigger, values or [])
            for _ in range(self._station.quirks.repeated_updates):
                self._post(event, connector, transaction)

    def ended(
        self, connector: Connector, transaction: Transaction, trigger: Trigger, stopped_by: IdTokenType | None
    ) -> None:
        """Tell that a transaction is over, with what was measured in it."""
        last = self._values(connector, _ENDED, Context.transaction_end)
        values: list[Any] = [*transaction.samples, *last] if last else []
        event = self._event(Kind.ended, connector, transaction, trigger, values)
        event.id_token = stopped_by or event.id_token
        # A transaction that the driver ended needs no reason (E06.FR.08: Local is what is meant).
        event.transaction_info.stopped_reason = Reason(transaction.stop_reason or Reason.local)
        for _ in range(self._station.quirks.repeated_stop):
            self._post(event, connector, transaction)

    def current(self, connector: Connector) -> None:
        """Tell of the running transaction because it was asked for (F06)."""
        self.updated(connector, Trigger.trigger, values=self._values(connector, _UPDATED, Context.trigger))

    # Meter values

    def schedule_samples(self, connector: Connector) -> None:
        """Have the meter read while a transaction runs, for Updated and for Ended each at its own interval."""
        self._schedule(connector, "TxUpdatedInterval", lambda: self._send_sample(connector))
        self._schedule(connector, "TxEndedInterval", lambda: self._keep_sample(connector))

    def _schedule(self, connector: Connector, key: str, read: Callable[[], None]) -> None:
        def interval() -> int:
            return 0 if connector.transaction is None else self._model.integer(f"SampledDataCtrlr.{key}")

        self._station.agenda.every(f"{key} {connector.connector_id}", interval, read)

    def stop_samples(self, connector: Connector) -> None:
        """Have the meter not be read any more."""
        for key in ("TxUpdatedInterval", "TxEndedInterval"):
            self._station.agenda.cancel(f"{key} {connector.connector_id}")

    def _send_sample(self, connector: Connector) -> None:
        values = self._values(connector, _UPDATED, Context.sample_periodic)
        if values:
            self.updated(connector, Trigger.meter_value_periodic, values=values)

    def _keep_sample(self, connector: Connector, key: str = _ENDED, context: Context = Context.sample_periodic) -> None:
        """Keep meter values for the end; when there are many, every other one goes."""
        if (transaction := connector.transaction) is None:
            return
        mark = connector.interval_mark_wh  # The interval register starts anew with what is reported, not with this.
        transaction.samples += [to_payload(value) for value in self._values(connector, key, context)]
        connector.interval_mark_wh = mark
        if len(transaction.samples) > _MOST_SAMPLES:
            del transaction.samples[1::2]

    def _read_aligned(self, connector: Connector) -> bool:
        if connector.transaction is None:
            return False
        if values := self._values(connector, ALIGNED, Context.sample_clock):
            self.updated(connector, Trigger.meter_value_clock, values=values)
        return True

    def _keep_aligned(self, connector: Connector) -> None:
        self._keep_sample(connector, "AlignedDataCtrlr.TxEndedMeasurands", Context.sample_clock)

    def _values(self, connector: Connector, key: str, context: Context) -> list[MeterValueType]:
        if not self._station.quirks.transaction_meter_values:
            return []
        value = sample(connector, self._model.items(key), context, self._station.timestamp(), self._station.quirks)
        return [value] if value.sampled_value else []

    # The message

    def _event(
        self,
        kind: Kind,
        connector: Connector,
        transaction: Transaction,
        trigger: Trigger,
        values: list[MeterValueType],
    ) -> call.TransactionEvent:
        quirks, state = self._station.quirks, charging_state(connector)
        changed = state is not transaction.charging_state
        uptime = self._station.clock.uptime
        if transaction.charging_state == State.charging:
            transaction.charged_for += uptime - transaction.state_since
        transaction.charging_state, transaction.state_since = state, uptime
        number = transaction.seq_no
        transaction.seq_no += 1
        return call.TransactionEvent(
            event_type=kind,
            timestamp=self._station.timestamp(transaction.started if kind is Kind.started else None),
            trigger_reason=trigger,
            seq_no=0 if quirks.sequence_stays_zero else number,
            transaction_info=TransactionType(
                transaction_id=str(transaction.transaction_id),
                charging_state=state,
                time_spent_charging=int(transaction.charged_for) if kind is Kind.ended else None,
                remote_start_id=None if transaction.told_token else transaction.remote_start_id,
            ),
            meter_value=values or None,
            offline=None if self._outbox.is_open else True,
            number_of_phases_used=connector.phases if changed and state is State.charging else None,
            cable_max_current=int(connector.outlet.cable_current) if kind is Kind.started else None,
            evse=self._place(connector, transaction),
            id_token=self._token(connector, transaction),
        )

    def _place(self, connector: Connector, transaction: Transaction) -> EVSEType | None:
        """Return the EVSE, in the first event after the cable was plugged in (E01.FR.16)."""
        quirks = self._station.quirks
        wanted = quirks.evse_in_events is EvseStyle.always or not transaction.told_evse
        if not wanted or quirks.evse_in_events is EvseStyle.never:
            return None
        transaction.told_evse = connector.plugged
        match quirks.connector_in_events:
            case ConnectorStyle.number if connector.plugged:
                return EVSEType(connector.connector_id, connector.plug)
            case ConnectorStyle.zero:
                return EVSEType(connector.connector_id, 0)
        return EVSEType(connector.connector_id)

    def _token(self, connector: Connector, transaction: Transaction) -> IdTokenType | None:
        """Return the token, in the first event after it was authorized (E03.FR.01)."""
        if connector.grant is None or transaction.told_token:
            return None
        transaction.told_token = True
        return token(connector.grant)

    def _post(self, event: call.TransactionEvent, connector: Connector, transaction: Transaction) -> None:
        status = (connector.connector_id, connector.status.value)
        self._reporter.post(event, durable=True, transaction=transaction.reference, status=status)
