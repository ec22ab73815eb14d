"""Messages on demand: TriggerMessage (OCPP 2.0.1, F06). Who builds the messages is asked; nothing else is decided here."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ocpp.v201 import call, call_result
from ocpp.v201.enums import (
    MessageTriggerEnumType as Wanted,
    ReadingContextEnumType as Context,
    TriggerMessageStatusEnumType as Status,
)

from ..answering import Answer, Handler, Machine, Work
from ..connector import Connector
from ..station import Station
from .certificates import Certificates
from .reporter import Reporter
from .transaction_events import TransactionEvents

type Builder = Callable[[], object]


class Triggers:
    """The handler over a station."""

    def __init__(
        self,
        station: Station,
        reporter: Reporter,
        events: TransactionEvents,
        machine: Machine,
        builders: Mapping[Wanted, Builder],
        certificates: Certificates,
    ) -> None:
        """`builders` make messages that only one room knows."""
        self._station = station
        self._reporter = reporter
        self._events = events
        self._machine = machine
        self._builders: dict[Wanted, Builder] = {Wanted.heartbeat: call.Heartbeat, **builders}
        self._certificates = certificates
        self.handlers: dict[str, Handler] = {"TriggerMessage": self._trigger_message}

    def _trigger_message(self, request: call.TriggerMessage) -> Answer:
        try:
            wanted = Wanted(request.requested_message)
        except ValueError:
            return Answer(call_result.TriggerMessage(Status.not_implemented))
        place: Any = request.evse or {}
        connectors = [each for number, each in self._station.connectors.items() if place.get("id") in {None, 0, number}]
        if not connectors:
            return Answer(call_result.TriggerMessage(Status.rejected))
        if wanted is Wanted.boot_notification and self._machine.registered:
            return Answer(call_result.TriggerMessage(Status.rejected))  # F06.FR.17
        status, then = self._following(wanted, connectors, place.get("connectorId"))
        return Answer(call_result.TriggerMessage(status), then)

    def _following(
        self, wanted: Wanted, connectors: list[Connector], plug: int | None
    ) -> tuple[Status, Callable[[], Work | None] | None]:
        if wanted is Wanted.boot_notification:
            return Status.accepted, self._machine.boot
        if wanted is Wanted.transaction_event:
            running = [each for each in connectors if each.transaction is not None]
            return (Status.accepted, lambda: self._tell_of(running)) if running else (Status.rejected, None)
        if wanted is Wanted.sign_charging_station_certificate:
            possible = self._certificates.can_request_certificate
            return (Status.accepted, self._certificates.request_certificate) if possible else (Status.rejected, None)
        builders = (
            [self._builders[wanted]] if wanted in self._builders else self._of_connectors(wanted, connectors, plug)
        )
        if not builders:
            return Status.not_implemented, None

        async def then() -> None:
            for build in builders:
                await self._machine.say(build())

        return Status.accepted, then

    def _tell_of(self, connectors: list[Connector]) -> None:
        for connector in connectors:
            self._events.current(connector)

    def _of_connectors(self, wanted: Wanted, connectors: list[Connector], plug: int | None) -> list[Builder]:
        """Return what builds the messages of each connector that is asked for."""
        match wanted:
            case Wanted.status_notification:
                return [
                    partial(self._reporter.status, connector, number)
                    for connector in connectors
                    for number in range(1, connector.plugs + 1)
                    if plug in {None, number}
                ]
            case Wanted.meter_values:
                return [partial(self._reporter.meter_values, each, Context.trigger) for each in connectors]
        return []
