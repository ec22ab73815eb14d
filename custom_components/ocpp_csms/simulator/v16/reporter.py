"""What the charge point says by itself: statuses, meter values, heartbeats, and when they are due.

Builds messages and puts them into the outbox; what is said in answer to the central system lives in `commands`.
"""

from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus, ReadingContext

from ..connector import Connector
from ..messages import to_payload
from ..outbox import Message, Outbox
from ..station import Station
from .configuration import Configuration
from .metering import sample

_SAMPLED = "MeterValuesSampledData"
_ALIGNED = "MeterValuesAlignedData"
_MOST_SAMPLES = 200  # in one StopTransaction


class Reporter:
    """Speaks for a station."""

    def __init__(self, station: Station, configuration: Configuration, outbox: Outbox) -> None:
        """What is said goes into the outbox."""
        self._station = station
        self._configuration = configuration
        self._outbox = outbox

    def post(self, message: Any, *, durable: bool = False, transaction: str | None = None) -> Message:
        """Put a request of the `ocpp` package into the outbox."""
        payload = to_payload(message)
        if isinstance(message, call.MeterValues) and self._station.quirks.meter_value_as_object:
            payload["meterValue"] = payload["meterValue"][0]
        return self._outbox.post(Message(type(message).__name__, payload, durable, transaction))

    def refresh(self) -> None:
        """Apply the limits, derive all statuses and report those that changed."""
        self._station.apply_limits()
        for connector in self._station.connectors.values():
            status = connector.derive_status()
            if status is not connector.status:
                connector.status = status
                self.post_status(connector.connector_id)

    def post_status(self, connector_id: int) -> None:
        """Report one status, 0 being the charge point."""
        self.post(self.status(connector_id))

    def post_all_statuses(self) -> None:
        """Report every status, as after a start."""
        for connector_id in (0, *self._station.connectors):
            self.post_status(connector_id)

    def post_missed_statuses(self) -> None:
        """Report what changed while there was no connection."""
        if self._station.status is not self._station.reported:
            self.post_status(0)
        for connector in self._station.connectors.values():
            if connector.status is not connector.reported:
                self.post_status(connector.connector_id)

    def reported(self, payload: dict[str, Any]) -> None:
        """Remember that the central system heard of a status."""
        status = ChargePointStatus(payload["status"])
        if connector := self._station.connectors.get(payload["connectorId"]):
            connector.reported = status
        else:
            self._station.reported = status

    def status(self, connector_id: int) -> call.StatusNotification:
        """Return the StatusNotification of a connector, or of the charge point (0)."""
        source = self._station.connectors.get(connector_id, self._station)
        return call.StatusNotification(
            connector_id=connector_id,
            error_code=source.error_code,
            status=source.status,
            timestamp=self._station.timestamp() if self._station.quirks.status_timestamps else None,
            info="simulated" if source.error_code is not ChargePointErrorCode.no_error else None,
        )

    def meter_values(self, connector: Connector, context: ReadingContext, key: str = _SAMPLED) -> call.MeterValues:
        """Return the MeterValues of a connector now, with the measurands that a configuration key lists."""
        measurands = self._configuration.items(key)
        now = self._station.timestamp()
        return call.MeterValues(
            connector_id=connector.connector_id,
            meter_value=[sample(connector, measurands, context, now, self._station.quirks)],
        )

    def post_meter_values(self, connector: Connector, context: ReadingContext, key: str = _SAMPLED) -> None:
        """Report meter values; they wait for a connection like all transaction messages. Nothing to say, no message."""
        message = self.meter_values(connector, context, key)
        if message.meter_value[0].sampled_value:
            reference = connector.transaction.reference if connector.transaction else None
            self.post(message, durable=reference is not None, transaction=reference)

    def _keep_sample(self, connector: Connector, context: ReadingContext, key: str) -> None:
        """Keep meter values for the StopTransaction; when there are many, every other one goes."""
        mark = connector.interval_mark_wh  # The interval register starts anew with what is reported, not with this.
        value = self.meter_values(connector, context, key).meter_value[0]
        connector.interval_mark_wh = mark
        if connector.transaction is None or not value.sampled_value:
            return
        samples = connector.transaction.samples
        samples.append(to_payload(value))
        if len(samples) > _MOST_SAMPLES:
            del samples[1::2]

    def schedule(self) -> None:
        """Set all periodic duties anew, from the configuration in force."""
        agenda, integer = self._station.agenda, self._configuration.integer
        agenda.every("heartbeat", lambda: integer("HeartbeatInterval"), lambda: self.post(call.Heartbeat()))
        agenda.every_aligned("aligned", lambda: integer("ClockAlignedDataInterval"), self._read_aligned)
        for connector in self._station.connectors.values():
            self.schedule_samples(connector)

    def schedule_samples(self, connector: Connector) -> None:
        """Have the meter read every MeterValueSampleInterval while a transaction runs."""

        def interval() -> int:
            if connector.transaction is None:
                return 0
            return self._configuration.integer("MeterValueSampleInterval")

        self._station.agenda.every(f"sample {connector.connector_id}", interval, lambda: self._read_sample(connector))

    def _read_sample(self, connector: Connector) -> None:
        if self._station.quirks.full_stop_data:
            self._keep_sample(connector, ReadingContext.sample_periodic, "StopTxnSampledData")
        self.post_meter_values(connector, ReadingContext.sample_periodic)

    def _read_aligned(self) -> None:
        """Read all meters at a multiple of ClockAlignedDataInterval since midnight (section 3.16)."""
        for connector in self._station.connectors.values():
            self._keep_sample(connector, ReadingContext.sample_clock, "StopTxnAlignedData")
            self.post_meter_values(connector, ReadingContext.sample_clock, _ALIGNED)
