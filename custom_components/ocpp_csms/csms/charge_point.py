"""The charge point: what it is, tells and can be told, in no version's words.

Built in three storeys: `charge_point_state` (what is known, who listens), `charge_point_commands` (what it can be told) and here its
connection and what it tells: dialects call `booted`, `status_reported`, `sampled`, `authorize` and so on. Transactions and energy live in
`sessions`, unbidden requests in `commissioning`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
import logging
from typing import Any

from .authorization import TagInfo, TagStatus
from .charge_point_commands import ChargePointCommands
from .charge_point_state import ChargePointEnvironment, ChargePointSettings
from .commissioning import Commissioning
from .dialect import Dialect
from .metering import MeterSample, summarise
from .model import (
    NO_CABLE,
    Connector,
    ConnectorStatus,
    ErrorCode,
    Event,
    Quantity,
    Registration,
    StationInfo,
    Transaction,
    Violation,
)
from .quirks import quirks_for

__all__ = ["MAX_CONNECTORS", "ChargePoint", "ChargePointEnvironment", "ChargePointSettings"]

_LOGGER = logging.getLogger(__name__)

MAX_CONNECTORS = 100

# What flows stops flowing: these read 0 when a status says that no energy is taken.
_FLOWS = (
    Quantity.POWER,
    Quantity.POWER_L1,
    Quantity.POWER_L2,
    Quantity.POWER_L3,
    Quantity.CURRENT,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.CURRENT_L3,
)


class ChargePoint(ChargePointCommands):
    """One charge point, connected or not."""

    def __init__(
        self,
        identity: str,
        settings: ChargePointSettings,
        environment: ChargePointEnvironment,
        *,
        registration: Registration = Registration.ACCEPTED,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Restore what `snapshot` returned in `stored`."""
        super().__init__(identity, settings, environment, registration=registration, stored=stored)
        self._sampled_at: dict[int, datetime] = {}
        self._has_own_meter: set[int] = set()
        self._commissioning = Commissioning(identity, environment.timing, ready=self._accepted_without_boot)

    # Its connection

    def attach(self, dialect: Dialect, remote_address: str) -> Dialect | None:
        """A connection has opened; what was current before is not taken for current now. Returns the dialect that it replaces."""
        if self.remote_address is not None:
            self.reconnects += 1
            self._mark(0, "reconnects")
        replaced, self._dialect = self._dialect, dialect
        self.version = dialect.version
        self.remote_address = remote_address
        for connector in self.connectors.values():
            connector.status = connector.status_at = connector.error_code = None
            for quantity in [key for key in connector.readings if key is not Quantity.ENERGY]:
                del connector.readings[quantity]
                self._mark(connector.number, quantity)
            self._mark(connector.number, "status")
        self._sampled_at.clear()
        self._mark(0, "connected")
        self._commissioning.connected(
            dialect,
            self.quirks,
            known=self.info != StationInfo(),
            pending=self.registration is Registration.PENDING,
            configure=self.settings.configure and not self.configuration,
        )
        self.flush()
        return replaced

    def detach(self, dialect: Dialect) -> None:
        """A connection has ended. One that was replaced already changes nothing."""
        if self._dialect is dialect:
            self._dialect = None
            self._commissioning.cancel()
            self._mark(0, "connected")
            self.flush()

    async def disconnect(self, reason: str) -> None:
        """Close the connection, if any."""
        if self._dialect is not None:
            await self._dialect.close(reason)

    def shut_down(self) -> None:
        """Stop all work of the charge point."""
        self._commissioning.cancel()

    def confirm(self, settings: ChargePointSettings) -> None:
        """The user has confirmed a pending charge point: it is accepted from its next BootNotification on, without dialling in again."""
        self.update_settings(settings)
        if self.registration is Registration.ACCEPTED:
            return
        self.registration = Registration.ACCEPTED
        self._mark(0, "registration")
        if self._dialect is not None:
            self._commissioning.confirmed(self._dialect, self.quirks, configure=settings.configure)
        self.flush()

    def update_settings(self, settings: ChargePointSettings) -> None:
        """Replace the settings. A connected charge point is told at once what it has to know of them."""
        concerns_it = settings.configuration_wanted != self.settings.configuration_wanted
        self.settings = settings
        self._quirks = None
        self._mark(0, "settings")
        if concerns_it and self._dialect is not None and self.registration is Registration.ACCEPTED:
            self._commissioning.settings_changed(self._dialect, self.quirks, configure=settings.configure)
        self.flush()

    # Upstream: what it tells

    def message_received(self) -> None:
        """Note the time of a message."""
        self.last_message = self._environment.clock()
        self._mark(0, "last_message")
        self._mark(0, "latency")

    def violation(self, action: str, problem: str, frame: str) -> None:
        """Count a break of the specification and keep it for diagnostics. Long texts are shortened."""
        action, problem, frame = action[:100], problem[:500], frame[:2000]
        self.violation_count += 1
        self.violations.append(Violation(self._environment.clock(), action, problem, frame))
        self._mark(0, "violations")
        _LOGGER.debug("%s: %s: %s", self.identity, action, problem)

    def booted(self, info: StationInfo, *, triggered: bool) -> Registration:
        """Take a BootNotification and return whether the charge point may take part. A triggered one is no reboot."""
        if info.firmware != self.info.firmware:
            self.refused_configuration.clear()
            self.configuration.clear()
        if info != self.info:
            self.info = info
            self._quirks = None
            self._environment.changed(False)
        self._mark(0, "info")
        pending = self.registration is Registration.PENDING and not self.quirks.accept_at_boot
        if self._dialect is not None:
            self._commissioning.booted(self._dialect, self.quirks, pending=pending, configure=self.settings.configure)
        if not triggered:
            self._emit(Event("boot", "boot", 0, {"firmware": info.firmware}))
        return Registration.PENDING if pending else Registration.ACCEPTED

    def status_reported(
        self,
        number: int,
        status: ConnectorStatus,
        error_code: ErrorCode,
        *,
        at: datetime | None,
        error: str | None = None,
        info: str | None = None,
        vendor_error: str | None = None,
    ) -> None:
        """Take a status; one that is older than what is known changes nothing. `at` is None when the time is not believable."""
        now = self._environment.clock()
        connector = self.connector(number)
        if at is not None and connector.status_at is not None and at < connector.status_at:
            return
        previous = connector.status
        # A clock that ran ahead may be put right, and the time of receipt compares with no other clock.
        connector.status, connector.status_at = status, at and min(at, now)
        connector.error_code, connector.error = error_code, error
        connector.info, connector.vendor_error = info, vendor_error
        connector.operative = status is not ConnectorStatus.INOPERATIVE
        self._mark(number, "status")
        self._mark(number, "error_code")
        for address in {number, 0}:
            self._mark(address, "operative")
        if previous is status:
            return
        if status is not ConnectorStatus.CHARGING:
            self._nothing_flows(connector)
        if status is ConnectorStatus.AVAILABLE and self.quirks.ends_without_stop:
            self._end_transaction(connector, now)
        if status is ConnectorStatus.PREPARING and previous in NO_CABLE:
            self._sessions.unplugged(connector)
        self._sessions.updated(connector)

    def sampled(self, number: int, samples: Sequence[MeterSample], transaction_id: str | None) -> None:
        """Take meter values. Older samples than those known only fill gaps and feed the register."""
        now = self._environment.clock()
        connector = self._metered(number)
        self._sessions.sampled(connector, samples, transaction_id, now)
        if self._sessions.is_over(connector, transaction_id):
            return
        readings = connector.readings
        for sample in samples:
            at = sample.at or now
            newest = self._sampled_at.get(connector.number)
            late = newest is not None and at < newest
            if not late:
                self._sampled_at[connector.number] = at
            for quantity, value in summarise(sample.readings).items():
                known = readings.get(quantity)
                if known == value or (late and known is not None):
                    continue
                readings[quantity] = value
                if known is None:
                    self._mark(connector.number, "quantities")
                self._mark(connector.number, quantity)

    def authorize(self, id_tag: str) -> TagInfo:
        """Give the verdict on a presented tag."""
        verdict = self.verdict(id_tag)
        self._emit_presented(id_tag, verdict, 0)
        return verdict

    def transaction_started(
        self,
        number: int,
        *,
        at: datetime | None,
        id_tag: str | None,
        meter_start: float | None,
        fingerprint: str,
        reservation: int | None,
        transaction_id: str | None = None,
    ) -> tuple[Transaction, TagInfo]:
        """Book a start; it always gets a transaction, whatever the verdict on its tag.

        `meter_start` in kWh. `id_tag` is None for a transaction that nobody has authorized yet, `transaction_id` is that of a charge
        point that chooses it.
        """
        now = self._environment.clock()
        connector = self.connector(self._only_connector() if number == 0 else number)
        verdict = self._start_verdict(id_tag or "", connector.number, fingerprint)
        transaction = self._sessions.start(
            connector,
            started=at or now,
            id_tag=id_tag,
            meter_start=meter_start,
            fingerprint=fingerprint,
            clock_believed=at is not None,
            reservation=reservation,
            transaction_id=transaction_id,
        )
        return transaction, verdict

    def transaction(self, transaction_id: str | None) -> Transaction | None:
        """Return a transaction by its id, running or ended, if it is known."""
        return self._sessions.find(transaction_id)

    def transaction_authorized(self, transaction_id: str, id_tag: str) -> TagInfo:
        """Give the verdict on a tag that is presented for a transaction; the first that is accepted tells whose it is."""
        transaction = self.transaction(transaction_id)
        if transaction is None or not transaction.running:
            return self.verdict(id_tag)
        verdict = self._start_verdict(id_tag, transaction.connector, transaction_id)
        if verdict.status is TagStatus.ACCEPTED and id_tag:
            self._sessions.identify(self.connector(transaction.connector), transaction, id_tag)
        return verdict

    def transaction_stopped(
        self,
        transaction_id: str | None,
        *,
        at: datetime | None,
        meter_stop: float | None,
        reason: str | None,
        samples: Sequence[MeterSample] = (),
    ) -> None:
        """Book a StopTransaction; an unknown id touches nothing. `meter_stop` in kWh."""
        stopped = at or self._environment.clock()
        connector = self._sessions.stop(
            transaction_id,
            self.connector,
            stopped=stopped,
            meter_stop=meter_stop,
            reason=reason,
            samples=samples,
        )
        if connector is not None:
            self._nothing_flows(connector)
            self._sampled_at[connector.number] = max(stopped, self._sampled_at.get(connector.number, stopped))

    def verdict(self, id_tag: str) -> TagInfo:
        """Return who may charge: what the user entered decides, and the tag of our own remote starts is ours."""
        now = self._environment.clock()
        if self.registration is Registration.PENDING and not self.quirks.accept_at_boot:
            return TagInfo(TagStatus.INVALID)
        ours = {self._own_tag(), *(remote.id_tag for remote in self._remote_starts if remote.until >= now)}
        if self.authorization.find(id_tag) is None and id_tag.strip().casefold() in {tag.casefold() for tag in ours}:
            return TagInfo(TagStatus.ACCEPTED)
        return self.authorization.check(id_tag, now)

    def configuration_refused(self, key: str, value: str) -> None:
        """Remember that a value was refused: it is not written again under this firmware."""
        self.refused_configuration.setdefault(key, []).append(value)
        self._environment.changed(False)

    def connectors_known(self, count: int) -> None:
        """The charge point has told how many connectors it has."""
        for number in range(1, min(count, MAX_CONNECTORS) + 1):
            self.connector(number)

    def firmware_status_reported(self, status: str) -> None:
        """Keep how a firmware update goes, in snake case."""
        self.firmware_status = status
        self._mark(0, "firmware_status")

    def security_event(self, type_: str, tech_info: str | None) -> None:
        """Pass on a security event."""
        self._emit(Event("security_event", "security_event", 0, {"type": type_, "tech_info": tech_info}))

    def data_transferred(self, vendor_id: str, message_id: str | None, data: str | None) -> bool:
        """Pass on vendor data; return whether it is of a kind that is known to be understood."""
        self._emit(
            Event(
                "data_transfer",
                "data_transfer",
                0,
                {"vendor_id": vendor_id, "message_id": message_id, "data": data},
            )
        )
        named = quirks_for(
            StationInfo(vendor=vendor_id)
        )  # the message says whose it is, also before any BootNotification
        understood = (*self.quirks.accepted_data_transfers, *named.accepted_data_transfers)
        return message_id is not None and message_id in understood

    # Within

    def _only_connector(self) -> int:
        """Connector 0 stands for the only connector where one must be meant."""
        return next((number for number in sorted(self.connectors) if number), 1)

    def _metered(self, number: int) -> Connector:
        """A station with one connector may report it as connector 0; with a meter of its own for the whole it keeps them apart."""
        if number:
            self._has_own_meter.add(number)
            return self.connector(number)
        only = self._only_connector()
        if len(self.connectors) <= 2 and only not in self._has_own_meter:
            return self.connector(only)
        return self.connectors[0]

    def _start_verdict(self, id_tag: str, connector: int, fingerprint: str) -> TagInfo:
        """The first start after a remote start is ours whatever became of its tag on the way, and so is its retry."""
        now = self._environment.clock()
        self._remote_starts = tuple(remote for remote in self._remote_starts if remote.until >= now)
        for remote in self._remote_starts:
            if remote.connector == connector and remote.fingerprint in (None, fingerprint):
                remote.fingerprint = fingerprint
                return TagInfo(TagStatus.ACCEPTED)
        return self.verdict(id_tag)

    def _emit_presented(self, id_tag: str, verdict: TagInfo, connector: int) -> None:
        tag = self.authorization.find(id_tag)
        self._emit(
            Event(
                "id_tag_presented",
                "accepted" if verdict.status is TagStatus.ACCEPTED else "rejected",
                connector,
                {"id_tag": id_tag, "name": tag.name if tag else None},
            )
        )

    def _nothing_flows(self, connector: Connector) -> None:
        for quantity in _FLOWS:
            if connector.readings.get(quantity):
                connector.readings[quantity] = 0.0
                self._mark(connector.number, quantity)

    def _end_transaction(self, connector: Connector, now: datetime) -> None:
        if connector.transaction is not None and connector.transaction.running:
            self._sessions.end(connector, connector.transaction, stopped=now)

    def _accepted_without_boot(self) -> None:
        _LOGGER.info("%s has not booted after it was confirmed; it is set up all the same", self.identity)
