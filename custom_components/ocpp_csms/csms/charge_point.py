"""The charge point: what it is, tells and can be told, in no version's words.

Built in four storeys: `charge_point_state` (what is known, who listens), `charge_point_commands` (what it can be told),
`charge_point_connection` (on what connection) and here what it tells: dialects call `booted`, `status_reported`, `sampled`, `authorize` and
so on. Transactions and energy live in `sessions`, other readings in `measurements`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
import logging

from .booking.transactions import Transaction
from .cards.authorization import TagInfo, TagStatus
from .charge_point_connection import ChargePointConnection
from .charge_point_state import ChargePointEnvironment, ChargePointSettings
from .measuring.measurements import only_connector
from .measuring.metering import MeterSample
from .model import (
    IN_TRANSACTION,
    MAX_CONNECTORS,
    NO_CABLE,
    Connector,
    ConnectorStatus,
    ErrorCode,
    Event,
    ExternalLimit,
    Quantity,
    Registration,
    Start,
    StationInfo,
    Violation,
)
from .vendor_data import DataTransferStatus, answer_to

__all__ = ["ChargePoint", "ChargePointEnvironment", "ChargePointSettings"]

_LOGGER = logging.getLogger(__name__)

_SUSPENDED = {ConnectorStatus.SUSPENDED_EVSE, ConnectorStatus.SUSPENDED_EV}
_BORNE_OUT = IN_TRANSACTION | {ConnectorStatus.FINISHING}


class ChargePoint(ChargePointConnection):
    """One charge point, connected or not."""

    def message_received(self) -> None:
        """Note the time of a message."""
        self.last_message = self._environment.clock()
        self._mark(0, "last_message")
        self._mark(0, "latency")

    def clock_told(self, moment: datetime) -> None:
        """Take the time that a message says it is from, whatever it is worth."""
        if self.clock_skew.told(moment, self._environment.clock()):
            self._mark(0, "clock_skew")

    def message_handled(self) -> None:
        """Take what a message has made certain that did not say the contrary, and tell listeners."""
        # Each is asked only where there is something to do: this runs after every message.
        if self._sessions.has_doubts:
            self._end_lost_transactions()
        if self.certificates.is_waiting:
            self.certificates.answered()
        if self._cost_messages.enabled:
            self._cost_messages.answered()
        if self._sessions.has_late:
            self._sessions.tell_late()
        self.flush()

    def _end_lost_transactions(self) -> None:
        for number, since in self._sessions.lost_stops(self._environment.clock()).items():
            _LOGGER.info("%s: the end of the transaction on connector %s was never told", self.identity, number)
            self._end_transaction(self.connector(number), since)

    def violation(self, action: str, problem: str, frame: str) -> None:
        """Count a break of the specification and keep it for diagnostics. Long texts are shortened."""
        action, problem, frame = action[:100], problem[:500], frame[:2000]
        self.violations.add(Violation(self._environment.clock(), action, problem, frame))
        self._mark(0, "violations")
        _LOGGER.debug("%s: %s: %s", self.identity, action, problem)

    def booted(self, info: StationInfo, *, triggered: bool, reason: str | None = None) -> Registration:
        """Take a BootNotification and return whether the charge point may take part. A triggered one is no reboot.

        `reason` is why it has started, in snake case, where it says so.
        """
        installed_before = self.info.firmware
        if info.firmware != installed_before:
            self.logs.forget()
            self._forget_learned()
            if self.info.firmware is not None:
                self.limits.forget()
        if info != self.info:
            self.info = info
            self._quirks = None
            self._environment.changed(False)
        self._mark(0, "info")
        pending = self.is_kept_waiting
        self._commissioning.booted()
        self.clock_skew.forget()  # the answer sets its clock
        if self._dialect is not None and not pending:
            self._commissioning.set_up(
                self._dialect,
                self.quirks,
                configure=self.settings.configure,
                afterwards=None if triggered else self._restore_after_boot,
            )
        if not triggered:
            for number in self.connectors:
                self.externally_limited(number, None)
                self.connectors[number].status_before = None
            self._cost_messages.booted()
            self.firmware.booted(info.firmware, installed_before)
            self._emit(Event("boot", "boot", 0, {"firmware": info.firmware} | ({"reason": reason} if reason else {})))
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
        cable: bool | None = None,
    ) -> None:
        """Take a status; one that is older than what is known changes nothing. `at` is None when the time is not believable.

        `cable` is whether one is in, where that does not follow from the status.
        """
        now = self._environment.clock()
        connector = self.connector(number)
        if at is not None and connector.status_at is not None and at < connector.status_at:
            return
        previous = connector.status
        # A clock that ran ahead may be put right, and the time of receipt compares with no other clock.
        connector.status, connector.status_at = status, at and min(at, now)
        connector.error_code, connector.error = error_code, error
        connector.info, connector.vendor_error = info, vendor_error
        connector.cable = cable
        connector.operative = status is not ConnectorStatus.INOPERATIVE
        if number and self.connectors[0].status is None:
            self.connectors[0].operative = None  # it never speaks for itself: its connectors do
        self._mark(number, "status")
        self._mark(number, "error_code")
        for address in {number, 0}:
            self._mark(address, "operative")
        if previous is status:
            return
        self.reserving.status_told(number, status)
        if status is ConnectorStatus.CHARGING:
            self._measurements.energy_flows(connector)
        else:
            self._measurements.nothing_flows(connector, connector.status_at)
        if status is ConnectorStatus.AVAILABLE:
            self._sessions.contradicted(connector, now)
            if self.quirks.ends_without_stop:
                self._end_transaction(connector, now)
        elif status in _BORNE_OUT:
            self._sessions.confirmed(connector)
        if status in NO_CABLE:
            self._sessions.unplugged(connector, at or now)
        elif previous in NO_CABLE and connector.plugged_in:
            self._sessions.plugged_in(connector, at or now)
        self._sessions.updated(connector)
        self._limit_occasion(connector, previous)

    def error_reported(self, number: int, error_code: ErrorCode, error: str | None) -> None:
        """Take an error of a connector whose status nobody has told."""
        connector = self.connector(number)
        connector.error_code, connector.error = error_code, error
        self._mark(number, "error_code")

    def _limit_occasion(self, connector: Connector, previous: ConnectorStatus | None) -> None:
        """Tell `limits` what a change of status means for the limit."""
        number, status = connector.number, connector.status
        if not number:
            return
        if status in NO_CABLE:
            self.limits.unplugged(number)
        elif previous in NO_CABLE:
            self.limits.plugged_in(number)
        elif status is ConnectorStatus.CHARGING and previous is ConnectorStatus.SUSPENDED_EVSE:
            self.limits.resumed(number)
        elif status in _SUSPENDED:
            self.limits.stopped(number)

    def statuses_hold(self) -> None:
        """It does not tell its statuses when asked: those of the connection before hold, for it tells changes (1.6 §4.9, 2.x B04)."""
        for number, connector in list(self.connectors.items()):
            status = connector.status_before
            if connector.status is None and status is not None:
                code = ErrorCode.OTHER_ERROR if status is ConnectorStatus.FAULTED else ErrorCode.NO_ERROR
                self.status_reported(number, status, code, at=None)
        self.flush()

    def sampled(self, number: int, samples: Sequence[MeterSample], transaction_id: str | None) -> None:
        """Take meter values. Older samples than those known only fill gaps and feed the register."""
        now = self._environment.clock()
        connector = self.connector(self._measurements.meter_of(number))
        self._sessions.sampled(connector, samples, transaction_id, now)
        if not self._sessions.is_over(connector, transaction_id):
            self._measurements.sampled(connector, samples, now)
            if connector.transaction is not None:
                self._sessions.powered(connector)
                if connector.status is None and self._measurements.show_charging(connector, now):
                    self.status_reported(connector.number, ConnectorStatus.CHARGING, ErrorCode.NO_ERROR, at=None)
            self.limits.sampled(connector.number)

    def told_apart(self, number: int) -> None:
        """The charge point calls a connector by its number: what it measures as a whole is something else."""
        self._measurements.tell_apart(number)

    def authorize(self, id_tag: str) -> TagInfo:
        """Give the verdict on a presented tag."""
        verdict = self.verdicts.presented(id_tag)
        if verdict.accepted:
            self._cost_messages.identified(id_tag)
        return verdict

    def transaction_started(self, start: Start) -> tuple[Transaction, TagInfo]:
        """Book a start; it always gets a transaction, whatever the verdict on its tag."""
        now = self._environment.clock()
        connector = self.connector(start.connector or only_connector(self.connectors))
        id_tag = start.id_tag or ""
        tag = self.authorization.find(id_tag)
        start = replace(
            start, connector=connector.number, tag_name=tag.name if tag else None, parent=tag.parent if tag else None
        )
        if self.registration is Registration.PENDING:
            # A stranger gets its answer, but nothing of it is kept.
            stranger = start.transaction_id or self._environment.ledger.transient_id(self.identity)
            transaction = Transaction(stranger, connector.number, start.at or now, start.id_tag, start.meter_start)
            return transaction, self.verdict(id_tag)
        transaction, new = self._sessions.start(connector, self.reserving.claim(start), now)
        if new:
            self.reserving.used(transaction)
        if new and transaction.running:
            self.limits.transaction_started(connector.number)
        return transaction, self.verdicts.at_start(transaction, id_tag, new=new)

    def transaction_told_whole(self, start: Start) -> Transaction | None:
        """Book the start of a transaction that nobody has told before its end; None if it cannot be booked."""
        if self.registration is Registration.PENDING:
            return None
        return self._sessions.start_of_ended(self.connector(start.connector), start, self._environment.clock())

    def transaction(self, transaction_id: str | None) -> Transaction | None:
        """Return a transaction by its id, running or ended, if it is known."""
        return self._sessions.find(transaction_id)

    def transaction_authorized(self, transaction_id: str, id_tag: str, reservation: int | None = None) -> TagInfo:
        """Give the verdict on a tag that is presented for a transaction; the first that is accepted tells whose it is, and what it uses."""
        transaction = self.transaction(transaction_id)
        if transaction is None or not transaction.running:
            return self.verdict(id_tag)
        verdict = self.verdicts.during(transaction, id_tag)
        if verdict.accepted and id_tag and transaction.id_tag is None:
            self._sessions.identify(self.connector(transaction.connector), transaction, id_tag)
            self._name(transaction)
            self.reserving.identified(transaction, reservation)
        return verdict

    def transaction_stopped(
        self,
        transaction_id: str | None,
        *,
        at: datetime | None,
        meter_stop: float | None,
        reason: str | None,
        samples: Sequence[MeterSample] = (),
        meter_start: float | None = None,
        offline: bool = False,
    ) -> None:
        """Book a StopTransaction; an unknown id touches nothing. Registers in kWh; `meter_start` counts if the start has told none.

        `offline`: the charge point says that it could not tell at the time.
        """
        connector = self._sessions.stop(
            transaction_id,
            self.connector,
            at=at,
            meter_stop=meter_stop,
            reason=reason,
            now=self._environment.clock(),
            samples=samples,
            meter_start=meter_start,
            offline=offline,
        )
        if connector is None:
            return
        self._measurements.nothing_flows(connector, at)
        if (ended := self.transaction(transaction_id)) is not None:
            self._cost_messages.ended(ended)

    def transaction_is_over(self, transaction_id: str) -> None:
        """The charge point says that it knows nothing of a transaction any more, and has nothing more to tell of it: it has ended."""
        transaction = self.transaction(transaction_id)
        if transaction is not None and transaction.running:
            self._end_transaction(self.connector(transaction.connector), self._environment.clock())
            self.flush()

    def transaction_goes_on(self, transaction: Transaction, at: datetime | None) -> None:
        """The charge point says that a transaction went on at a time: whatever else spoke for its end before was wrong."""
        if transaction.inferred_end or self._sessions.has_doubts:
            self._sessions.goes_on(self.connector(transaction.connector), transaction, at)

    def transaction_found(self, number: int, transaction_id: str, at: datetime | None) -> None:
        """The charge point tells of a transaction that goes on at a time, and that nobody has seen start."""
        if self.registration is Registration.ACCEPTED:
            self._sessions.found(self.connector(number), transaction_id, at, self._environment.clock())

    def transaction_held(self, transaction: Transaction, reason: str | None) -> None:
        """Charging has ended for a reason in a transaction that goes on until the cable is out; None: somebody has authorized it again."""
        self._sessions.held(self.connector(transaction.connector), transaction, reason)

    def revoked(self, transaction: Transaction) -> TagInfo | None:
        """Return the verdict on whose transaction it is, if that tag has been blocked or removed; None while it may charge."""
        if transaction.id_tag is None:
            return None
        verdict = self.verdicts.for_transaction(transaction, transaction.id_tag)
        return verdict if verdict.status in {TagStatus.BLOCKED, TagStatus.INVALID} else None

    def cost_of(self, transaction: Transaction) -> float | None:
        """Return what a transaction costs so far, in the currency of the tariff; None without one, and while a price is missing."""
        costs = self._environment.costs(self.identity, transaction)
        return None if costs is None else costs.cost

    def externally_limited(self, number: int, limit: ExternalLimit | None) -> None:
        """Take a limit that somebody else has set for a connector (0: the charge point), or that there is none any more."""
        connector = self.connector(number)
        if connector.external_limit != limit:
            connector.external_limit = limit
            self._mark(number, "external_limit")

    def transaction_without_id(self, meter_stop: float | None) -> str | None:
        """Return the id of the transaction that a charge point must mean which has lost it: the only one that runs, if its register agrees."""
        return self._sessions.without_id(self.connectors.values(), meter_stop)

    def stop_authorized(self, transaction_id: str | None, id_tag: str) -> TagInfo:
        """Give the verdict on the tag that has stopped a transaction, known or not. The stop counts whatever it says."""
        return self.verdicts.at_stop(self.transaction(transaction_id), id_tag)

    def verdict(self, id_tag: str) -> TagInfo:
        """Return who may charge: nobody at a stranger; else what the user entered decides, and the tag of our own remote starts is ours."""
        return self.verdicts.of(id_tag)

    def id_tags_changed(self) -> None:
        """The ID tags or the policy of the central system have changed. A card that is adopted while it charges has its name in the record."""
        self.local_list.due()
        for connector in self.connectors.values():
            self._mark(connector.number, "reservation")
            transaction = connector.running_transaction
            if transaction is None or transaction.id_tag is None:
                continue
            self._mark(connector.number, "transaction")
            self._name(transaction)
        self.flush()

    def configuration_refused(self, key: str, value: str) -> None:
        """Remember that a value was refused: it is not written again until the firmware or the settings change, or the user refreshes."""
        self.refused_configuration.setdefault(key, []).append(value)
        self._environment.changed(False)

    def connectors_known(self, count: int) -> None:
        """The charge point has told how many connectors it has."""
        self._connector_count = count
        for number in range(1, min(count, MAX_CONNECTORS) + 1):
            self.connector(number)

    def is_phantom(self, number: int) -> bool:
        """Whether a connector is remembered only: beyond the number the charge point tells of, and silent since it connected."""
        connector = self.connectors[number]
        idle = connector.running_transaction is None
        silent = connector.status is None and not connector.readings.keys() - {Quantity.ENERGY} and idle
        return silent and self._connector_count is not None and number > self._connector_count

    def forget_connector(self, number: int) -> None:
        """Drop a connector and its register; if the charge point tells of it after all, it is a new one."""
        del self.connectors[number]
        self._sessions.forget(number)
        self._measurements.forget_connector(number)
        self.limits.forget_connector(number)
        self._mark(0, "connectors")
        self._environment.changed(False)
        self.flush()

    def certificate_requested(self, request: str, request_id: int | None = None) -> bool:
        """Take a request (PEM) for a client certificate, and its id; return whether it will be signed. A stranger gets none."""
        return self.registration is Registration.ACCEPTED and self.certificates.requested(request, request_id)

    def security_event(self, type_: str, tech_info: str | None) -> None:
        """Pass on a security event."""
        self._emit(Event("security_event", "security_event", 0, {"type": type_, "tech_info": tech_info}))

    def data_transferred(self, vendor_id: str, message_id: str | None, data: str | None) -> DataTransferStatus:
        """Pass on vendor data; return what is answered."""
        self._emit(
            Event(
                "data_transfer",
                "data_transfer",
                0,
                {"vendor_id": vendor_id, "message_id": message_id, "data": data},
            )
        )
        return answer_to(vendor_id, message_id, quirks=self.quirks, accepted=self.settings.data_transfer_vendors)

    def _name(self, transaction: Transaction) -> None:
        """Note in the record of a transaction what the user has entered of its tag."""
        tag = self.authorization.find(transaction.id_tag or "")
        if tag is not None and (transaction.tag_name, transaction.parent) != (tag.name, tag.parent):
            transaction.tag_name, transaction.parent = tag.name, tag.parent
            self._environment.changed(False)
