"""OCPP 1.6-J as the controller wants it: all rooms of this version hung together. Nothing is decided here."""

from collections import deque
from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import RegistrationStatus

from ..answering import Answer, Cause, Hang
from ..dialect import Shown, Surroundings
from ..messages import Payload
from ..outbox import Message
from ..security_log import SecurityLog
from .certificates import Certificates
from .commands import Commands
from .configuration import Configuration
from .data_transfer import DataTransfers
from .firmware import FirmwareUpdates
from .logs import Logs
from .reporter import Reporter
from .sessions import Sessions
from .smart_charging_commands import SmartChargingCommands
from .triggers import Triggers


class Dialect16:
    """The dialect of OCPP 1.6-J."""

    version = "1.6"

    def __init__(self, around: Surroundings) -> None:
        """Hang the rooms."""
        self._around = around
        station = self._station = around.station
        machine, note = around.machine, around.journal.note
        self.configuration = configuration = Configuration(
            len(station.connectors), station.quirks, around.configuration
        )
        self.reporter = Reporter(station, configuration, around.outbox)
        self.sessions = Sessions(
            station, configuration, around.outbox, self.reporter, around.spawn, around.autostart_tag
        )
        self.security = SecurityLog(
            station, call.SecurityEventNotification, self._post_security_event, talkative=around.talkative
        )
        self._certificates = Certificates(
            station, configuration, self.reporter, around.access, machine, self.security, name=around.name, note=note
        )
        firmware = FirmwareUpdates(station, self.security, machine, around.files, note)
        logs = Logs(station, around.journal, self.security, machine, around.files)
        transfers = DataTransfers(station, configuration, note)
        self.shown: deque[Shown] = transfers.shown
        self._commands = Commands(station, configuration, self.sessions, self.reporter, machine)
        for room in (
            SmartChargingCommands(station, configuration, self.sessions),
            self._certificates,
            firmware,
            logs,
            transfers,
            Triggers(station, self.reporter, machine, self._certificates, firmware, logs),
        ):
            self._commands.handlers |= room.handlers

    def _post_security_event(self, message: object) -> None:
        if self._station.quirks.security_whitepaper:
            self.reporter.post(message, durable=True)

    @property
    def boots_after_reconnect(self) -> bool:
        """Most do."""
        return self._station.quirks.boot_after_reconnect is not False

    def begin(self) -> None:
        """Energy flows in transactions."""
        for connector in self._station.connectors.values():
            connector.by_grant = False
        self._around.access.follow(self.configuration, "SecurityProfile")

    def ping_interval(self) -> float | None:
        """Return WebSocketPingInterval."""
        return self.configuration.integer("WebSocketPingInterval") or None

    def attempts(self) -> int:
        """Return TransactionMessageAttempts."""
        return self.configuration.integer("TransactionMessageAttempts")

    def retry_delay(self) -> float:
        """Return TransactionMessageRetryInterval, in real seconds."""
        return self.configuration.integer("TransactionMessageRetryInterval") / self._around.time_scale

    def reached(self) -> None:
        """Take note of a connection: its security profile works."""
        self._around.access.reached()

    def failed(self) -> None:
        """Take note of a connection that did not come about, which may be the fault of a new security profile."""
        self._around.access.failed()

    def restarted(self) -> None:
        """Do nothing: all is in the configuration keys."""

    def boot_notification(self, _cause: Cause | None) -> call.BootNotification:
        """Return BootNotification; it gives no reason in this version."""
        return call.BootNotification(
            charge_point_model=self._around.model,
            charge_point_vendor=self._around.vendor,
            charge_point_serial_number=self._around.serial_number,
            firmware_version=self._station.firmware_version,
        )

    def registered(self, interval: int) -> None:
        """Take the interval over."""
        if interval > 0:
            self.configuration.set("HeartbeatInterval", str(interval))

    def resume(self, *, booted: bool) -> None:
        """Report statuses: those that changed, or all."""
        self.reporter.schedule()
        if booted:
            self.reporter.post_missed_statuses()
        else:
            self.reporter.post_all_statuses()

    def handle(self, action: str, payload: Payload) -> Answer:
        """Do what a call asks for. Raises CallError and Hang."""
        return self._commands.handle(action, payload)

    def while_pending(self, _action: str, registration: RegistrationStatus | None) -> Answer | None:
        """Leave it to the handlers; but who was rejected must not send anything (section 4.2)."""
        if registration is RegistrationStatus.rejected:
            raise Hang
        return None

    def refusal(self, _action: str, _payload: Payload, status: str) -> Payload:
        """Answer with the status alone."""
        return {"status": status}

    def prepare(self, message: Message) -> Payload:
        """Return the payload with the transaction id."""
        return self.sessions.prepare(message)

    def settled(self, message: Message, answer: Payload | None) -> None:
        """Take note of the answer to a transaction message, and of a status that was told."""
        self.sessions.settled(message, answer)
        if message.action == "StatusNotification":
            self.reporter.reported(message.payload)

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it."""
        await self._certificates.request_certificate()

    def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> call.DataTransfer:
        """Return DataTransfer."""
        return call.DataTransfer(vendor_id, message_id, data)

    def displayed(self) -> list[str]:
        """Return nothing: this version has no display messages."""
        return []

    async def close_stream(self, stream_id: int) -> None:
        """Raise KeyError: there are no streams in this version."""
        raise KeyError(stream_id)

    def dump(self) -> dict[str, Any]:
        """Return the configuration keys; the station keeps all else."""
        return {"configuration": self.configuration.dump()}

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.configuration.restore(values["configuration"])
