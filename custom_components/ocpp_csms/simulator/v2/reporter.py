"""What a station of OCPP 2.x says by itself: statuses, clock-aligned meter values, heartbeats, and when they are due.

Builds messages and puts them into the outbox. Events of transactions live in `transaction_events`.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from ocpp.v16.enums import ChargePointErrorCode
from ocpp.v201 import call
from ocpp.v201.datatypes import ComponentType, EventDataType, EVSEType, VariableType
from ocpp.v201.enums import (
    ConnectorStatusEnumType as PlugStatus,
    EventNotificationEnumType,
    EventTriggerEnumType,
    ReadingContextEnumType as Context,
)

from ..connector import Connector
from ..messages import to_payload
from ..outbox import Message, Outbox
from ..quirks import AvailabilityStyle
from ..station import Station
from .device_model import DeviceModel
from .metering import sample

ALIGNED = "AlignedDataCtrlr.Measurands"
_NO_ERROR = ChargePointErrorCode.no_error

type Observer = Callable[[Connector], bool]


class Reporter:
    """Speaks for a station."""

    def __init__(self, station: Station, model: DeviceModel, outbox: Outbox) -> None:
        """What is said goes into the outbox."""
        self.observers: list[Observer] = []
        """Asked of each connector when something may have changed; true if they told the central system its status."""
        self.aligned: list[Callable[[Connector], bool]] = []
        """Asked at each clock-aligned moment; true if the meter was read for a transaction."""
        self.aligned_for_end: list[Callable[[Connector], None]] = []
        """Told of the clock-aligned moments that count for the end of a transaction."""
        self._station = station
        self._model = model
        self._outbox = outbox
        self._told: dict[tuple[int, int], PlugStatus] = {}
        """What the central system heard of each connector, by EVSE and connector."""
        self._event_ids = count(1)
        self._stale = False

    def post(
        self,
        message: Any,
        *,
        durable: bool = False,
        transaction: str | None = None,
        status: tuple[int, str] | None = None,
    ) -> Message:
        """Put a request of the `ocpp` package into the outbox; `status` is what it tells of a connector."""
        payload = to_payload(message)
        return self._outbox.post(Message(type(message).__name__, payload, durable, transaction, status=status))

    # Statuses

    def plug_status(self, connector: Connector, plug: int) -> PlugStatus:
        """Return what one connector of an EVSE does (part 2, 3.24)."""
        if connector.error_code is not _NO_ERROR or self._station.error_code is not _NO_ERROR:
            return PlugStatus.faulted
        if connector.plugged and plug == connector.plug:
            return PlugStatus.occupied
        if not connector.operative or plug in connector.closed_plugs or connector.plugged:
            return PlugStatus.unavailable
        return PlugStatus.reserved if connector.reservation is not None else PlugStatus.available

    def refresh(self) -> None:
        """Apply the limits, derive all statuses and report those that changed, and what follows from that."""
        self._stale = True
        while self._stale:
            self._stale = False
            self._refresh_once()
        self._keep_availability()

    def again(self) -> None:
        """Have what is refreshed now be refreshed once more: something changed meanwhile."""
        self._stale = True

    def _refresh_once(self) -> None:
        self._station.apply_limits()
        for connector in self._station.connectors.values():
            status = connector.derive_status()
            changed = status is not connector.status
            connector.status = status
            told = self._tell_changed_plugs(connector)
            for observe in self.observers:
                told = observe(connector) or told
            if changed and not told and self._outbox.is_open:
                # The central system is not told what makes no difference to it.
                connector.reported = status

    def _tell_changed_plugs(self, connector: Connector) -> bool:
        changed = False
        for plug in range(1, connector.plugs + 1):
            place = connector.connector_id, plug
            status = self.plug_status(connector, plug)
            if self._told.get(place) is not status and self._outbox.is_open:
                self._post_plug(connector, plug, status)
                changed = True
        return changed

    def _keep_availability(self) -> None:
        """Have the device model say what the connectors do."""
        for number, connector in self._station.connectors.items():
            statuses = [self.plug_status(connector, plug) for plug in range(1, connector.plugs + 1)]
            for plug, status in enumerate(statuses, 1):
                self._keep(f"Connector({number},{plug}).AvailabilityState", status)
            self._keep(f"EVSE({number}).AvailabilityState", statuses[connector.plug - 1])
        self._keep("ChargingStation.AvailabilityState", PlugStatus(self._station.status.value))

    def _keep(self, key: str, status: PlugStatus) -> None:
        if key in self._model and self._model.text(key) != status:
            self._model.set(key, status.value)

    def post_status(self, connector_id: int) -> None:
        """Report the connectors of one EVSE; of the station itself (0) there is nothing to report but its EVSEs."""
        for number, connector in self._station.connectors.items():
            if connector_id in {0, number}:
                for plug in range(1, connector.plugs + 1):
                    self._post_plug(connector, plug, self.plug_status(connector, plug))

    def post_missed_statuses(self) -> None:
        """Report what changed while there was no connection."""
        for connector in self._station.connectors.values():
            if not self._tell_changed_plugs(connector) and connector.transaction is None:
                connector.reported = connector.status

    def forget_told(self) -> None:
        """Have every status be reported again."""
        self._told.clear()

    def _post_plug(self, connector: Connector, plug: int, status: PlugStatus) -> None:
        number = connector.connector_id
        self._told[number, plug] = status
        told = (number, connector.status.value)
        if self._station.quirks.availability is not AvailabilityStyle.event:
            self.post(self.status(connector, plug), status=told)
        if self._station.quirks.availability is not AvailabilityStyle.status:
            self.post(self.availability(connector, plug), status=told)

    def status(self, connector: Connector, plug: int) -> call.StatusNotification:
        """Return the StatusNotification of one connector."""
        return call.StatusNotification(
            timestamp=self._station.timestamp(),
            connector_status=self.plug_status(connector, plug),
            evse_id=connector.connector_id,
            connector_id=plug,
        )

    def availability(self, connector: Connector, plug: int) -> call.NotifyEvent:
        """Return the NotifyEvent that says the same (G01.FR.03)."""
        now = self._station.timestamp()
        event = EventDataType(
            event_id=next(self._event_ids),
            timestamp=now,
            trigger=EventTriggerEnumType.delta,
            actual_value=self.plug_status(connector, plug).value,
            event_notification_type=EventNotificationEnumType.hard_wired_notification,
            component=ComponentType("Connector", evse=EVSEType(connector.connector_id, plug)),
            variable=VariableType("AvailabilityState"),
        )
        return call.NotifyEvent(generated_at=now, seq_no=0, event_data=[event])

    def settled(self, message: Message) -> None:
        """Remember that the central system heard of a status."""
        if message.status is not None:
            number, status = message.status
            connector = self._station.connectors[number]
            connector.reported = type(connector.status)(status)

    # Meter values and heartbeats

    def meter_values(self, connector: Connector, context: Context, key: str = ALIGNED) -> call.MeterValues:
        """Return the meter values of an EVSE now, with the measurands that a variable lists."""
        measurands = self._model.items(key)
        value = sample(connector, measurands, context, self._station.timestamp(), self._station.quirks)
        return call.MeterValues(connector.connector_id, [value])

    def schedule(self) -> None:
        """Set all periodic duties anew, from the variables in force."""
        agenda, integer = self._station.agenda, self._model.integer
        agenda.every(
            "heartbeat", lambda: integer("OCPPCommCtrlr.HeartbeatInterval"), lambda: self.post(call.Heartbeat())
        )
        agenda.every_aligned("aligned", lambda: integer("AlignedDataCtrlr.Interval"), self._read_aligned)
        agenda.every_aligned(
            "aligned for the end", lambda: integer("AlignedDataCtrlr.TxEndedInterval"), self._keep_aligned
        )

    def _read_aligned(self) -> None:
        """Read all meters at a multiple of the interval since midnight (J01)."""
        only_idle = self._model.flag("AlignedDataCtrlr.SendDuringIdle")
        if only_idle and self._station.busy:
            return
        for connector in self._station.connectors.values():
            if any(read(connector) for read in self.aligned):
                continue
            message = self.meter_values(connector, Context.sample_clock)
            if message.meter_value[0].sampled_value:
                self.post(message)

    def _keep_aligned(self) -> None:
        for connector in self._station.connectors.values():
            for keep in self.aligned_for_end:
                keep(connector)
