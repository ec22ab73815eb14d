"""OCPP 2.0.1 and 2.1 as the controller wants them: all rooms of these versions hung together.

Which error a broken call is answered with is decided here, too (OCPP-J 2.0.1, section 4.3).
"""

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from ocpp.v16.enums import RegistrationStatus
from ocpp.v21 import call as call21
from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import ChargingStationType, StatusInfoType
from ocpp.v201.enums import (
    BootReasonEnumType,
    MessageTriggerEnumType as Wanted,
    RequestStartStopStatusEnumType as Outcome,
    StatusInfoReasonType as Because,
)

from ..answering import Answer, Cause, Handler
from ..dialect import Shown, Surroundings
from ..messages import Payload, requests_of, to_request
from ..outbox import Message
from ..security_log import SecurityEvent, SecurityLog
from ..transport import CallError
from .certificates import Certificates
from .commands import Commands
from .customer_information import CustomerInformation
from .display import Display
from .firmware import FirmwareUpdates
from .inventory import Variables
from .local_list import LocalList
from .logs import Logs
from .monitoring import Monitoring
from .network_profiles import NetworkProfiles
from .profiles import read_profile
from .publishing import Publishing
from .reporter import Reporter
from .reservations import Reservations
from .sessions import Sessions
from .smart_charging import SmartCharging
from .station_model import device_model
from .streams import Streams
from .tokens import Authorizer
from .transaction_events import TransactionEvents
from .triggers import Triggers

_BOOT_REASONS = {
    None: BootReasonEnumType.triggered,
    Cause.power_loss: BootReasonEnumType.power_up,
    Cause.hard_reset: BootReasonEnumType.remote_reset,
    Cause.soft_reset: BootReasonEnumType.scheduled_reset,
    Cause.update: BootReasonEnumType.firmware_update,
}
_SECURITY_EVENTS: Mapping[str, str] = {
    SecurityEvent.failed_to_authenticate: "FailedToAuthenticateAtCsms",
    SecurityEvent.invalid_central_certificate: "InvalidCsmsCertificate",
    SecurityEvent.invalid_own_certificate: "InvalidChargingStationCertificate",
}
"""Events that have another name than in 1.6 (appendix 1 of part 2)."""
FIRST_SLOT = "1"
"""The network profile with the URL that the station was built with."""
_SMART_CHARGING = frozenset(
    {"ClearChargingProfile", "GetChargingProfiles", "GetCompositeSchedule", "SetChargingProfile"}
)
_REQUESTS: Mapping[str, Mapping[str, type]] = {"2.0.1": requests_of(call), "2.1": requests_of(call21)}
_RESULTS: Mapping[str, Any] = {
    "RequestStartTransaction": call_result.RequestStartTransaction,
    "RequestStopTransaction": call_result.RequestStopTransaction,
}
"""What may not be obeyed before the registration is accepted (B02.FR.05)."""


class Room(Protocol):
    """A part of the station that answers some of the calls."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What it answers them with, by action."""


class Dialect2:
    """The dialect of OCPP 2.0.1, and of 2.1."""

    def __init__(self, version: str, around: Surroundings) -> None:
        """Hang the rooms."""
        self.version = version
        self.shown: deque[Shown] = deque(maxlen=100)
        self._around = around
        station = self._station = around.station
        machine, note = around.machine, around.journal.note
        self.configuration = model = device_model(version, around)
        self.reporter = Reporter(station, model, around.outbox)
        self.security = SecurityLog(
            station,
            call.SecurityEventNotification,
            partial(self.reporter.post, durable=True),
            talkative=around.talkative,
            names=_SECURITY_EVENTS,
        )
        self._events = TransactionEvents(station, model, around.outbox, self.reporter)
        reservations = Reservations(station, model, self.reporter)
        self.sessions = Sessions(
            station,
            model,
            around.outbox,
            self.reporter,
            self._events,
            Authorizer(station, model, self.reporter),
            reservations,
            around.spawn,
            around.autostart_tag,
        )
        self._certificates = Certificates(
            station, model, self.reporter, around.access, machine, self.security, name=around.name, note=note
        )
        self._first_url = around.access.url
        self._network = NetworkProfiles(model, self._first_url, means=around.access.has_means, note=note)
        self._monitoring = Monitoring(model, station, machine, self.reporter, self._transaction_on)
        self._display = Display(
            model, station.clock, machine, state=self._display_state, transactions=self._running_transactions
        )
        rooms: tuple[Room, ...] = (
            Commands(station, model, self.sessions, self.reporter, reservations, around.outbox, machine, self._show),
            SmartCharging(station, model, self.sessions, machine),
            self._certificates,
            self._display,
            self._monitoring,
            self._network,
            self._variables(),
            reservations,
            *self._rooms_of_people(),
            *self._rooms_of_files(),
        )
        self._handlers = {action: handler for room in rooms for action, handler in room.handlers.items()}
        self._streams = Streams(station, model, self.reporter.post, around.transport, around.spawn, note)
        if version == "2.1":
            set_monitors = self._handlers["SetVariableMonitoring"]
            self._handlers |= self._streams.handlers
            self._handlers["SetVariableMonitoring"] = self._streams.following(set_monitors)
        model.on_change.append(self._on_change)

    def _variables(self) -> Room:
        quirks, machine = self._station.quirks, self._around.machine
        variables = Variables(
            self.configuration,
            machine,
            self._station.timestamp,
            refused_reports=quirks.refused_reports,
            reports_nothing=quirks.reports_nothing,
        )
        variables.after["SecurityCtrlr.BasicAuthPassword"] = machine.change_password
        return variables

    def _rooms_of_people(self) -> tuple[Room, ...]:
        """Hang what is known of tokens, and what is told of it."""
        local_list = LocalList(self._station.authorization, self.configuration)
        return local_list, CustomerInformation(local_list, self._around.machine, self._station.timestamp)

    def _rooms_of_files(self) -> tuple[Room, ...]:
        """Hang firmware and logs, and the triggers that ask how they go."""
        around, station = self._around, self._station
        machine, note = around.machine, around.journal.note
        firmware = FirmwareUpdates(station, self.security, machine, around.files, note)
        logs = Logs(station, around.journal, self.security, machine, around.files)
        publishing = Publishing(machine, around.files, note)
        builders = {
            Wanted.firmware_status_notification: firmware.status,
            Wanted.log_status_notification: logs.status,
            Wanted.publish_firmware_status_notification: publishing.status,
        }
        triggers = Triggers(station, self.reporter, self._events, machine, builders, self._certificates)
        return firmware, logs, publishing, triggers

    @property
    def boots_after_reconnect(self) -> bool:
        """Only if it is odd: BootNotification tells of a start (B01)."""
        return self._station.quirks.boot_after_reconnect is True

    def begin(self) -> None:
        """Energy flows to whom it is granted, whether or not there is a transaction."""
        for connector in self._station.connectors.values():
            connector.by_grant = True
        self._around.access.follow(self.configuration, "SecurityCtrlr.SecurityProfile")
        self.reporter.forget_told()

    def _on_change(self, key: str, _value: str) -> None:
        """Have a new interval hold at once."""
        if key.endswith("HeartbeatInterval") or key.startswith("AlignedDataCtrlr."):
            self.reporter.schedule()
        if key.startswith("SampledDataCtrlr."):
            for connector in self._station.connectors.values():
                self._events.schedule_samples(connector)

    def ping_interval(self) -> float | None:
        """Return WebSocketPingInterval."""
        return self.configuration.integer("OCPPCommCtrlr.WebSocketPingInterval") or None

    def attempts(self) -> int:
        """Return MessageAttempts of TransactionEvent."""
        return self.configuration.integer("OCPPCommCtrlr.MessageAttempts[TransactionEvent]")

    def retry_delay(self) -> float:
        """Return MessageAttemptInterval of TransactionEvent, in real seconds."""
        interval = self.configuration.integer("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]")
        return interval / self._around.time_scale

    def reached(self) -> None:
        """Take note of a connection: its network profile works."""
        self._network.reached()

    def failed(self) -> None:
        """Take note of a connection that did not come about; the next network profile may have its turn."""
        self._network.failed()
        self._redirect()

    def restarted(self) -> None:
        """Dial as the network profiles say (B10)."""
        self._network.restarted()
        self._redirect()

    def _redirect(self) -> None:
        first = self._network.slot == FIRST_SLOT
        self._around.access.redirect(self._first_url if first else self._network.url)

    # Registration

    def boot_notification(self, cause: Cause | None) -> call.BootNotification:
        """Return BootNotification with the reason (B01)."""
        station = ChargingStationType(
            vendor_name=self._around.vendor,
            model=self._around.model,
            serial_number=self._around.serial_number,
            firmware_version=self._station.firmware_version,
        )
        return call.BootNotification(station, _BOOT_REASONS[cause])

    def registered(self, interval: int) -> None:
        """Take the interval over."""
        if interval > 0:
            self.configuration.set("OCPPCommCtrlr.HeartbeatInterval", str(interval))

    def resume(self, *, booted: bool) -> None:
        """Report statuses: all after a start or a long time offline, else those that changed (B04)."""
        self.reporter.schedule()
        if not booted or self._station.offline_for > self.configuration.integer("OCPPCommCtrlr.OfflineThreshold"):
            self.reporter.forget_told()
        self.reporter.post_missed_statuses()
        if not booted:
            self._monitoring.resume()

    def while_pending(self, action: str, registration: RegistrationStatus | None) -> Answer | None:
        """Refuse to charge before the registration is accepted, and to do anything if it was rejected (B02, B03)."""
        if registration is RegistrationStatus.rejected:
            raise CallError("SecurityError", "the registration was rejected")
        if (result := _RESULTS.get(action)) is None:
            return None
        return Answer(result(Outcome.rejected, StatusInfoType(Because.cs_not_accepted)))

    def refusal(self, action: str, payload: Payload, status: str) -> Payload:
        """Answer with the status alone; variables have one each (B05)."""
        if action != "SetVariables":
            return {"status": status}
        named = ("component", "variable", "attributeType")
        return {
            "setVariableResult": [
                {name: item[name] for name in named if name in item} | {"attributeStatus": status}
                for item in payload["setVariableData"]
            ]
        }

    # Messages

    def handle(self, action: str, payload: Payload) -> Answer:
        """Do what a call asks for.

        Raises CallError: NotImplemented, NotSupported, FormatViolation, OccurrenceConstraintViolation,
        PropertyConstraintViolation or TypeConstraintViolation (OCPP-J 2.0.1, section 4.3); and Hang.
        """
        request_type = _REQUESTS[self.version].get(action)
        if (handler := self._handlers.get(action)) is None or request_type is None or self._lacks(action):
            code = "NotImplemented" if request_type is None else "NotSupported"
            raise CallError(code, f"{action} is not known here")
        try:
            request = to_request(request_type, payload)
        except TypeError as error:
            raise CallError("FormatViolation", str(error)) from error
        try:
            return handler(request)
        except KeyError as error:
            raise CallError("OccurrenceConstraintViolation", f"{action} without {error}") from error
        except (AttributeError, TypeError) as error:
            raise CallError("TypeConstraintViolation", f"{action}: {error}") from error
        except ImportError as error:
            raise CallError("NotSupported", f"{action} needs what is not installed here: {error}") from error

    def _lacks(self, action: str) -> bool:
        return action in _SMART_CHARGING and not self.configuration.flag("SmartChargingCtrlr.Available")

    def prepare(self, message: Message) -> Payload:
        """Return the payload: it was complete from the start."""
        return message.payload

    def settled(self, message: Message, answer: Payload | None) -> None:
        """Take note of the answer to an event, of what it costs, and of a status that was told."""
        self.sessions.settled(message, answer)
        self.reporter.settled(message)
        if message.action == "TransactionEvent" and answer:
            self._show_answer(message.payload["transactionInfo"]["transactionId"], answer)

    def _show_answer(self, transaction_id: str, answer: Payload) -> None:
        if (cost := answer.get("totalCost")) is not None:
            text = f"{cost:.2f}"
            self._show(Shown(message="TotalCost", text=text, transaction_id=transaction_id, cost=cost))
        info = answer.get("idTokenInfo")
        personal = answer.get("updatedPersonalMessage") or (info.get("personalMessage") if info else None)
        if isinstance(personal, dict) and isinstance(content := personal.get("content"), str):
            self._show(Shown(message="PersonalMessage", text=content, transaction_id=transaction_id))

    def _show(self, shown: Shown) -> None:
        self.shown.append(shown)
        self._around.journal.note(f"display: {shown.text}")

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it."""
        await self._certificates.request_certificate()

    def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> call.DataTransfer:
        """Return DataTransfer."""
        return call.DataTransfer(vendor_id, message_id, data)

    def displayed(self) -> list[str]:
        """Return the texts of the display messages that are shown now."""
        return [message.text for message in self._display.shown()]

    async def close_stream(self, stream_id: int) -> None:
        """End a periodic event stream. Raises KeyError, Offline, NoAnswer and CallError."""
        await self._streams.close(stream_id)

    # What other rooms ask

    def _transaction_on(self, evse_id: int | None) -> str | None:
        return next(
            (
                str(each.transaction_id)
                for number, each in self._station.connectors.items()
                if each.transaction is not None and evse_id in {None, number}
            ),
            None,
        )

    def _running_transactions(self) -> list[str]:
        return [str(each.transaction_id) for each in self._station.connectors.values() if each.transaction is not None]

    def _display_state(self) -> str:
        if any(connector.charges for connector in self._station.connectors.values()):
            return "Charging"
        status = self._station.status.value
        return "Idle" if status == "Available" else status

    # Memory

    def dump(self) -> dict[str, Any]:
        """Return variables, profiles, monitors and messages for the display."""
        return {
            "model": self.configuration.dump(),
            "profiles": [[on, each.wire] for on, each in self._station.profiles.installed if each.wire is not None],
            "monitors": self._monitoring.monitors.dump(),
            "display": self._display.dump(),
            "network": self._network.dump(),
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.configuration.restore(values["model"])
        if values["profiles"]:
            self._station.profiles.installed = [(on, read_profile(wire)) for on, wire in values["profiles"]]
        self._monitoring.monitors.restore(values["monitors"])
        self._display.restore(values["display"])
        self._network.restore(values["network"])
        self._redirect()
