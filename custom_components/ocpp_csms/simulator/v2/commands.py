"""What a station of OCPP 2.x does when the central system asks: charging, availability, restart, and what is asked in general.

Handlers of other subjects live with them. Errors: OCPP-J 2.0.1, section 4.3.
"""

from collections.abc import Callable
from typing import Any

from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import StatusInfoType
from ocpp.v201.enums import (
    ChangeAvailabilityStatusEnumType as Availability,
    DataTransferStatusEnumType,
    OperationalStatusEnumType,
    ReasonEnumType as Reason,
    RequestStartStopStatusEnumType as Outcome,
    ResetEnumType,
    ResetStatusEnumType,
    StatusInfoReasonType as Because,
    TriggerReasonEnumType as Trigger,
    UnlockStatusEnumType,
)

from ..answering import Answer, Cause, Handler, Machine, parsed
from ..charging_profiles import Profile
from ..connector import Connector, Grant
from ..dialect import Shown
from ..messages import as_sent
from ..outbox import Outbox
from ..station import Station
from .device_model import DeviceModel
from .profiles import PURPOSES, read_profile
from .reporter import Reporter
from .reservations import Reservations
from .sessions import Sessions, Why


class Commands:
    """Handlers over a station."""

    def __init__(
        self,
        station: Station,
        model: DeviceModel,
        sessions: Sessions,
        reporter: Reporter,
        reservations: Reservations,
        outbox: Outbox,
        machine: Machine,
        show: Callable[[Shown], None],
    ) -> None:
        """Set up the table; `show` puts something on the display."""
        self._station = station
        self._model = model
        self._sessions = sessions
        self._reporter = reporter
        self._reservations = reservations
        self._outbox = outbox
        self._machine = machine
        self._show = show
        self._waiting: Cause | None = None
        """What is to be done once no transaction runs."""
        sessions.on_idle.append(self._on_idle)
        self.handlers: dict[str, Handler] = {
            "ChangeAvailability": self._change_availability,
            "CostUpdated": self._cost_updated,
            "DataTransfer": self._data_transfer,
            "GetTransactionStatus": self._transaction_status,
            "RequestStartTransaction": self._start,
            "RequestStopTransaction": self._stop,
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
        }

    # Transactions

    def _start(self, request: call.RequestStartTransaction) -> Answer:
        token, group = as_sent(request.id_token), as_sent(request.group_id_token)
        grant = Grant(token["idToken"], token["type"], group.get("idToken"), request.remote_start_id)
        connector = self._startable(request.evse_id, grant)
        if connector is None:
            return _not_started(Because.unknown_evse if self._is_unknown(request.evse_id) else Because.tx_in_progress)
        if request.charging_profile is not None:
            grant.profile = _remote_profile(request.charging_profile)
            if grant.profile is None:
                return _not_started(Because.invalid_profile)
        result = call_result.RequestStartTransaction(Outcome.accepted, transaction_id=connector.transaction_id)
        return Answer(result, lambda: self._sessions.remote_start(connector, grant))

    def _is_unknown(self, evse_id: int | None) -> bool:
        return evse_id is not None and evse_id not in self._station.connectors

    def _startable(self, asked: int | None, grant: Grant) -> Connector | None:
        """Return the EVSE to start on: the one asked for, else a free one, best with a cable."""
        candidates = [
            connector
            for connector in self._station.connectors.values()
            if asked in {None, connector.connector_id} and self._sessions.takes_remote_start(connector, grant)
        ]
        return max(candidates, key=lambda connector: connector.plugged, default=None)

    def _stop(self, request: call.RequestStopTransaction) -> Answer:
        connector = self._station.transaction(request.transaction_id)
        if connector is None:
            info = StatusInfoType(Because.tx_not_found)
            return Answer(call_result.RequestStopTransaction(Outcome.rejected, info))
        why = Why(Trigger.remote_stop, Reason.remote)
        return Answer(call_result.RequestStopTransaction(Outcome.accepted), lambda: self._sessions.stop(connector, why))

    def _transaction_status(self, request: call.GetTransactionStatus) -> Answer:
        """Answer what runs and what waits (E14)."""
        if (asked := request.transaction_id) is None:
            waits = any(self._outbox.refers_to(reference) for reference in self._station.transactions)
            return Answer(call_result.GetTransactionStatus(messages_in_queue=waits))
        ongoing = self._station.transaction(asked) is not None
        waits = self._outbox.refers_to(asked)
        return Answer(call_result.GetTransactionStatus(messages_in_queue=waits, ongoing_indicator=ongoing))

    def _unlock(self, request: call.UnlockConnector) -> Answer:
        connector = self._station.connectors.get(request.evse_id)
        if connector is None or not 1 <= request.connector_id <= connector.plugs:
            return Answer(call_result.UnlockConnector(UnlockStatusEnumType.unknown_connector))
        if connector.grant is not None and connector.transaction is not None:
            return Answer(call_result.UnlockConnector(UnlockStatusEnumType.ongoing_authorized_transaction))
        if not self._station.quirks.unlock_supported:
            return Answer(
                call_result.UnlockConnector(UnlockStatusEnumType.unlock_failed, StatusInfoType(Because.fixed_cable))
            )
        return Answer(call_result.UnlockConnector(UnlockStatusEnumType.unlocked))

    def _cost_updated(self, request: call.CostUpdated) -> Answer:
        connector = self._station.transaction(request.transaction_id)
        if connector is not None:
            text = f"{request.total_cost:.2f} so far"
            self._show(
                Shown(message="CostUpdated", text=text, transaction_id=request.transaction_id, cost=request.total_cost)
            )
        return Answer(call_result.CostUpdated())

    # Availability and restart

    def _change_availability(self, request: call.ChangeAvailability) -> Answer:
        operative = parsed(OperationalStatusEnumType, request.operational_status) is OperationalStatusEnumType.operative
        place = as_sent(request.evse)
        evse_id, plug = place.get("id"), place.get("connectorId")
        chosen = [each for number, each in self._station.connectors.items() if evse_id in {None, 0, number}]
        if not chosen or (plug is not None and not 1 <= plug <= chosen[0].plugs):
            return Answer(call_result.ChangeAvailability(Availability.rejected, StatusInfoType(Because.unknown_evse)))
        busy = [each for each in chosen if each.transaction is not None and plug in {None, each.plug}]
        scheduled = bool(busy) and not operative

        def then() -> None:
            if evse_id in {None, 0}:
                self._station.operative, self._station.inoperative_scheduled = operative or scheduled, scheduled
            for connector in chosen:
                self._set_operative(connector, plug, operative=operative, later=connector in busy)
            self._reporter.refresh()

        return Answer(
            call_result.ChangeAvailability(Availability.scheduled if scheduled else Availability.accepted), then
        )

    def _set_operative(self, connector: Connector, plug: int | None, *, operative: bool, later: bool) -> None:
        if plug is not None:
            if operative:
                connector.closed_plugs.discard(plug)
            else:
                connector.closed_plugs.add(plug)
            return
        connector.inoperative_scheduled = not operative and later
        if not connector.inoperative_scheduled:
            connector.operative = operative
            if not operative:
                self._reservations.withdraw(connector)

    def _reset(self, request: call.Reset) -> Answer:
        immediate = parsed(ResetEnumType, request.type) is ResetEnumType.immediate
        if request.evse_id is not None:
            return self._reset_evse(request.evse_id, immediate=immediate)
        cause = Cause.hard_reset if immediate else Cause.soft_reset
        if not immediate and self._station.busy:
            self._waiting = cause
            return Answer(call_result.Reset(ResetStatusEnumType.scheduled))
        return Answer(call_result.Reset(ResetStatusEnumType.accepted), lambda: self._machine.reboot(cause, hard=False))

    def _reset_evse(self, evse_id: int, *, immediate: bool) -> Answer:
        """Restart one EVSE, which ends its transaction (B11.FR.08, B12.FR.07)."""
        if (connector := self._station.connectors.get(evse_id)) is None:
            return Answer(call_result.Reset(ResetStatusEnumType.rejected, StatusInfoType(Because.unknown_evse)))
        if not immediate and connector.transaction is not None:
            return Answer(call_result.Reset(ResetStatusEnumType.scheduled))
        why = Why(Trigger.reset_command, Reason.immediate_reset)
        return Answer(call_result.Reset(ResetStatusEnumType.accepted), lambda: self._sessions.abort(connector, why))

    def _on_idle(self) -> None:
        """Do what waited for the end of transactions."""
        for connector in self._station.connectors.values():
            if connector.inoperative_scheduled and connector.transaction is None:
                connector.operative = connector.inoperative_scheduled = False
                self._reporter.again()
        if self._station.busy:
            return
        if self._station.inoperative_scheduled:
            self._station.operative = self._station.inoperative_scheduled = False
        if self._waiting is not None:
            cause, self._waiting = self._waiting, None
            self._machine.later("reset", 0.0, lambda: self._machine.reboot(cause, hard=False))

    # Vendor data

    def _data_transfer(self, _request: call.DataTransfer) -> Answer:
        return Answer(call_result.DataTransfer(DataTransferStatusEnumType.unknown_vendor_id))


def _not_started(because: Because) -> Answer:
    return Answer(call_result.RequestStartTransaction(Outcome.rejected, StatusInfoType(because)))


def _remote_profile(wire: Any) -> Profile | None:
    """Read the profile of a remote start: a TxProfile without transaction id (F01.FR.08 to F01.FR.11)."""
    try:
        profile = read_profile(wire)
    except ValueError:
        return None
    fits = profile.purpose is PURPOSES["TxProfile"] and profile.transaction_id is None
    return profile if fits else None
