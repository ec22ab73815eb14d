"""Messages on demand: TriggerMessage, and ExtendedTriggerMessage of the security whitepaper.

OCPP 1.6, section 5.17; security whitepaper, section 5.4. Who builds the messages is asked; nothing else is decided here.
"""

from collections.abc import Callable, Mapping
from functools import partial

from ocpp.v16 import call, call_result
from ocpp.v16.enums import MessageTrigger, ReadingContext, TriggerMessageStatus

from ..answering import Answer, Handler, Machine, Work
from ..connector import Connector
from ..station import Station
from .certificates import Certificates
from .firmware import FirmwareUpdates
from .logs import Logs
from .reporter import Reporter

type Builders = list[Callable[[], object]]


class Triggers:
    """The two handlers over a station."""

    def __init__(
        self,
        station: Station,
        reporter: Reporter,
        machine: Machine,
        certificates: Certificates,
        firmware: FirmwareUpdates,
        logs: Logs,
    ) -> None:
        """Set up the table."""
        self._station = station
        self._reporter = reporter
        self._machine = machine
        self._certificates = certificates
        self._plain: Mapping[MessageTrigger, Callable[[], object]] = {
            MessageTrigger.heartbeat: call.Heartbeat,
            MessageTrigger.diagnostics_status_notification: logs.diagnostics_status,
            MessageTrigger.firmware_status_notification: firmware.plain_status,
        }
        self._extended: Mapping[MessageTrigger, Callable[[], object]] = {
            MessageTrigger.heartbeat: call.Heartbeat,
            MessageTrigger.log_status_notification: logs.log_status,
            MessageTrigger.firmware_status_notification: firmware.signed_status,
        }
        self.handlers: dict[str, Handler] = {
            "ExtendedTriggerMessage": self._extended_trigger_message,
            "TriggerMessage": self._trigger_message,
        }

    def _trigger_message(self, request: call.TriggerMessage) -> Answer:
        status, then = self._triggered(request.requested_message, request.connector_id, self._plain)
        return Answer(call_result.TriggerMessage(status), then)

    def _extended_trigger_message(self, request: call.ExtendedTriggerMessage) -> Answer:
        if request.requested_message == MessageTrigger.sign_charge_point_certificate:
            if not self._certificates.can_request_certificate:
                return Answer(call_result.ExtendedTriggerMessage(TriggerMessageStatus.rejected))
            return Answer(
                call_result.ExtendedTriggerMessage(TriggerMessageStatus.accepted),
                self._certificates.request_certificate,
            )
        status, then = self._triggered(request.requested_message, request.connector_id, self._extended)
        return Answer(call_result.ExtendedTriggerMessage(status), then)

    def _triggered(
        self, message: str, connector_id: int | None, simple: Mapping[MessageTrigger, Callable[[], object]]
    ) -> tuple[TriggerMessageStatus, Callable[[], Work] | None]:
        """Return the status, and what sends the messages; `simple` are those that only one room knows how to build."""
        try:
            trigger = MessageTrigger(message)
        except ValueError:
            return TriggerMessageStatus.not_implemented, None
        if connector_id and connector_id not in self._station.connectors:
            return TriggerMessageStatus.rejected, None
        if trigger is MessageTrigger.boot_notification:
            return TriggerMessageStatus.accepted, self._machine.boot
        builders = [simple[trigger]] if trigger in simple else self._of_connectors(trigger, connector_id)
        if not builders:
            return TriggerMessageStatus.not_implemented, None

        async def then() -> None:
            for build in builders:
                await self._machine.say(build())

        return TriggerMessageStatus.accepted, then

    def _of_connectors(self, trigger: MessageTrigger, connector_id: int | None) -> Builders:
        """Return what builds the messages of each connector that is asked for."""
        match trigger:
            case MessageTrigger.status_notification:
                numbers = (0, *self._station.connectors) if connector_id is None else (connector_id,)
                return [partial(self._reporter.status, number) for number in numbers]
            case MessageTrigger.meter_values:
                return [
                    partial(self._meter_values, connector)
                    for number, connector in self._station.connectors.items()
                    if connector_id in {None, 0, number}
                ]
        return []

    def _meter_values(self, connector: Connector) -> call.MeterValues:
        message = self._reporter.meter_values(connector, ReadingContext.trigger)
        override = self._station.quirks.transaction_id
        if connector.transaction is not None:
            message.transaction_id = connector.transaction_id if override is None else override
        return message
