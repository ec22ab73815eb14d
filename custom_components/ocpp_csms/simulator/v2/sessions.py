"""How charging begins and ends in OCPP 2.x: cards, cables and remote commands, and the transactions that follow from them.

OCPP 2.0.1, part 2, C01 to C16, E01 to E15, F01 to F03. Energy flows to whom it is granted; a transaction is begun and ended by
the facts that TxStartPoint and TxStopPoint name. What is told of it is written in `transaction_events`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from ocpp.v16.enums import AuthorizationStatus, ChargingProfilePurposeType as Purpose
from ocpp.v201.datatypes import IdTokenType
from ocpp.v201.enums import (
    IdTokenEnumType,
    ReasonEnumType as Reason,
    TriggerReasonEnumType as Trigger,
    TxStartStopPointEnumType as Point,
)

from ..answering import Cause, Work
from ..authorization import TagInfo
from ..connector import Connector, Grant, Transaction
from ..messages import Payload
from ..outbox import Message, Outbox
from ..physics import MINIMUM_CURRENT, Car
from ..station import Station
from .device_model import DeviceModel
from .reporter import Reporter
from .reservations import Reservations
from .tokens import CARD, Authorizer, token
from .transaction_events import TransactionEvents, charging_state

_CAUSES = {
    Cause.power_loss: (Trigger.abnormal_condition, Reason.power_loss),
    Cause.hard_reset: (Trigger.reset_command, Reason.immediate_reset),
    Cause.soft_reset: (Trigger.reset_command, Reason.reboot),
    Cause.update: (Trigger.reset_command, Reason.reboot),
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why something changes on an EVSE: the trigger, the reason if it ends a transaction, and who ended it."""

    trigger: Trigger
    reason: Reason | None = None
    stopped_by: IdTokenType | None = None


class Sessions:
    """The grants and transactions of a station."""

    def __init__(
        self,
        station: Station,
        model: DeviceModel,
        outbox: Outbox,
        reporter: Reporter,
        events: TransactionEvents,
        authorizer: Authorizer,
        reservations: Reservations,
        spawn: Callable[[Work], None],
        autostart_tag: str | None,
    ) -> None:
        """`spawn` runs work in the background; `autostart_tag` charges whoever plugs in."""
        self._station = station
        self._model = model
        self._outbox = outbox
        self._reporter = reporter
        self._events = events
        self._authorizer = authorizer
        self._reservations = reservations
        self._spawn = spawn
        self._autostart_tag = autostart_tag
        self._held: dict[int, set[Point]] = {}
        """The facts of each EVSE when it was looked at last."""
        self._why: dict[int, Why] = {}
        self.on_idle: list[Callable[[], None]] = []
        """Called when a transaction has ended."""
        reporter.observers.append(self._observe)

    # What people do

    def plug_in(self, connector: Connector, car: Car | None, plug: int = 1) -> None:
        """Plug the cable into one of the connectors of an EVSE, of another car if one is given."""
        connector.plug_in(car)
        connector.plug, connector.occupied = plug, True
        self._station.agenda.cancel(f"cable {connector.connector_id}")
        if connector.grant is None:
            self._greet(connector)
        self._changed(connector, Why(Trigger.cable_plugged_in))

    def _greet(self, connector: Connector) -> None:
        """Let whoever plugs in charge, where nobody has to be authorized."""
        if not self._authorizer.enabled:
            grant = Grant("", IdTokenEnumType.no_authorization.value)
        elif self._autostart_tag is not None:
            grant = Grant(self._autostart_tag, CARD)
        else:
            return
        if self.can_start(connector, grant):
            connector.grant = grant

    def unplug(self, connector: Connector) -> None:
        """Pull the cable, and drive away; that ends the grant unless StopTxOnEVSideDisconnect is off (E09, E10)."""
        connector.unplug()
        connector.occupied = False
        if self._model.flag("TxCtrlr.StopTxOnEVSideDisconnect"):
            connector.grant = None
        self._changed(connector, Why(Trigger.ev_communication_lost, Reason.ev_disconnected))

    def park(self, connector: Connector) -> None:
        """Have a car drive into the bay, without a cable yet."""
        connector.occupied = True
        self._changed(connector, Why(Trigger.ev_detected))

    def leave(self, connector: Connector) -> None:
        """Have a car that is not plugged in drive out of the bay."""
        connector.occupied = False
        self._changed(connector, Why(Trigger.ev_departed, Reason.other))

    async def present_card(self, connector: Connector, id_tag: str, kind: str = CARD) -> bool:
        """Hold a card to the reader: starts, or stops one's own charging. Tell whether it was accepted."""
        grant = connector.grant
        mine = Grant(id_tag, kind)
        if grant is not None and grant.id_tag == id_tag:
            self.stop(connector, Why(Trigger.stop_authorized, Reason.local, token(mine)))
            return True
        info = await self._authorizer.authorize(id_tag, kind)
        if not info.accepted(self._station.clock.now()):
            return False
        if self._authorizer.is_master_pass(info):
            return self._master_stop(connector, mine)
        if grant is not None:
            # Whoever is of the same group may stop, too (C09).
            if info.parent_id_tag is None or info.parent_id_tag != grant.group:
                return False
            self.stop(connector, Why(Trigger.stop_authorized, Reason.local, token(mine)))
            return True
        return self.admit(connector, replace(mine, group=info.parent_id_tag), Trigger.authorized)

    def _master_stop(self, connector: Connector, master: Grant) -> bool:
        if connector.grant is None:
            return False
        self.stop(connector, Why(Trigger.stop_authorized, Reason.master_pass, token(master)))
        return True

    # Grants

    def can_start(self, connector: Connector, grant: Grant) -> bool:
        """Tell whether the EVSE is free for a token."""
        free = connector.grant is None and not self._reservations.blocks(connector, grant)
        return free and self._station.in_service(connector)

    def takes_remote_start(self, connector: Connector, grant: Grant) -> bool:
        """Tell whether a remote start would have energy flow here, or wake a charge that does not resume by itself."""
        if connector.stuck:
            return True
        barred = connector.finishing and self._station.quirks.finishing_until_unplug
        return self.can_start(connector, grant) and not barred

    def admit(self, connector: Connector, grant: Grant, trigger: Trigger) -> bool:
        """Let somebody charge, or wait EVConnectionTimeOut for the cable. Tell whether that is possible."""
        if not self.can_start(connector, grant):
            return False
        connector.grant, connector.finishing = grant, False
        timeout = self._model.integer("TxCtrlr.EVConnectionTimeOut")
        if not connector.plugged and timeout:
            self._station.agenda.after(f"cable {connector.connector_id}", timeout, lambda: self._give_up(connector))
        self._changed(connector, Why(trigger))
        return True

    def _give_up(self, connector: Connector) -> None:
        self.stop(connector, Why(Trigger.ev_connect_timeout, Reason.timeout))

    def remote_start(self, connector: Connector, grant: Grant) -> None:
        """Do what an accepted RequestStartTransaction asks for, after authorising it if AuthorizeRemoteStart says so."""
        if connector.stuck:
            connector.stuck = False
            self._reporter.refresh()
            return

        async def authorize_and_start() -> None:
            info = await self._authorizer.authorize(grant.id_tag, grant.kind)
            if info.accepted(self._station.clock.now()):
                self.admit(connector, replace(grant, group=info.parent_id_tag or grant.group), Trigger.remote_start)

        if self._model.flag("AuthCtrlr.AuthorizeRemoteStart"):
            self._spawn(authorize_and_start())
        else:
            self.admit(connector, grant, Trigger.remote_start)

    def stop(self, connector: Connector, why: Why) -> None:
        """End the grant; the transaction ends with it if that is a stop point."""
        self._station.agenda.cancel(f"cable {connector.connector_id}")
        connector.grant = None
        connector.outlet.open()
        connector.finishing = connector.plugged
        if connector.transaction is not None and why.reason is not None:
            connector.transaction.stop_reason = why.reason.value
        self._changed(connector, why)

    def abort(self, connector: Connector, why: Why) -> None:
        """End grant and transaction, whatever the stop points are."""
        self.stop(connector, why)
        if connector.transaction is not None:
            self._end(connector, connector.transaction, why)
            self._reporter.refresh()

    def stop_all(self, cause: Cause) -> None:
        """End all grants and transactions."""
        trigger, reason = _CAUSES[cause]
        for connector in self._station.connectors.values():
            if connector.transaction is not None or connector.grant is not None:
                self.abort(connector, Why(trigger, reason))

    def obey_limits(self) -> None:
        """Apply the limits of this moment, of current and of energy, end what they end, and report."""
        self._station.apply_limits()
        for connector in self._station.connectors.values():
            self._end_allowance(connector)
        if self._station.quirks.pause_ends_transaction:
            for connector in self._station.connectors.values():
                if connector.outlet.offered < MINIMUM_CURRENT and connector.transaction is not None:
                    self.abort(connector, Why(Trigger.abnormal_condition, Reason.other))
        self._reporter.refresh()

    # Transactions

    def _changed(self, connector: Connector, why: Why) -> None:
        self._why[connector.connector_id] = why
        self._reporter.refresh()
        self._why.pop(connector.connector_id, None)

    def _observe(self, connector: Connector) -> bool:
        """Look at the facts of an EVSE, and begin, tell of or end a transaction; tell whether one was told of."""
        number = connector.connector_id
        before, now = self._held.get(number, set()), facts(connector)
        self._held[number] = now
        why = self._why.pop(number, None)
        transaction = connector.transaction
        if transaction is None:
            if not (now - before) & self._points("TxStartPoint") or not connector.operative:
                return False
            self._begin(connector, why or Why(Trigger.charging_state_changed))
            return True
        if (before - now) & self._points("TxStopPoint"):
            self._end(connector, transaction, why or Why(Trigger.charging_state_changed, Reason.other))
            return True
        return self._update(connector, transaction, why)

    def _points(self, name: str) -> set[Point]:
        return {Point(each) for each in self._model.items(f"TxCtrlr.{name}") if each in set(Point)}

    def _update(self, connector: Connector, transaction: Transaction, why: Why | None) -> bool:
        moved = charging_state(connector) is not transaction.charging_state
        if connector.grant is not None and not transaction.told_token:
            self._adopt(connector, transaction, connector.grant)
        if not moved and why is None:
            return False
        self._events.updated(connector, why.trigger if why else Trigger.charging_state_changed)
        return True

    def _begin(self, connector: Connector, why: Why) -> None:
        name = str(uuid4())
        transaction = Transaction(
            reference=name,
            connector_id=connector.connector_id,
            id_tag="",
            meter_start=int(connector.register_wh),
            started=self._station.clock.now(),
            transaction_id=name,
        )
        connector.defaults = self._station.profiles.of(Purpose.tx_default_profile)
        connector.transaction = self._station.transactions[name] = transaction
        reservation_id = None
        if connector.grant is not None:
            reservation_id = self._reservations.use(connector, connector.grant)
            self._adopt(connector, transaction, connector.grant)
        self._events.started(connector, transaction, why.trigger, reservation_id)
        self._events.schedule_samples(connector)

    def _adopt(self, connector: Connector, transaction: Transaction, grant: Grant) -> None:
        """Have a transaction be that of a token."""
        transaction.id_tag, transaction.parent_id_tag = grant.id_tag, grant.group
        transaction.remote_start_id = grant.remote_start_id
        if grant.profile is not None:
            profile = replace(grant.profile, transaction_id=transaction.transaction_id)
            self._station.profiles.install(connector.connector_id, profile)
            self._station.apply_limits()

    def _end(self, connector: Connector, transaction: Transaction, why: Why) -> None:
        if transaction.stop_reason is None and why.reason is not None:
            transaction.stop_reason = why.reason.value
        connector.transaction = connector.defaults = connector.grant = None
        connector.outlet.open()
        connector.finishing = connector.plugged
        self._events.stop_samples(connector)
        self._station.profiles.clear(connector_id=connector.connector_id, purpose=Purpose.tx_profile)
        connector.status = connector.derive_status()
        self._events.ended(connector, transaction, why.trigger, why.stopped_by)
        self._held[connector.connector_id] = facts(connector)
        for tell in self.on_idle:
            tell()

    # What the central system says

    def settled(self, message: Message, answer: Payload | None) -> None:
        """Take note of the answer to an event, or of its failure."""
        if message.transaction is None or (transaction := self._station.transactions.get(message.transaction)) is None:
            return
        connector = self._station.connectors[transaction.connector_id]
        if answer is not None and "idTokenInfo" in answer:
            info = self._authorizer.learn(transaction.id_tag, answer)
            if connector.transaction is transaction:
                self._judge(connector, transaction, info)
        if connector.transaction is not transaction and not self._outbox.refers_to(transaction.reference):
            del self._station.transactions[transaction.reference]
            self._station.finished.append(transaction.reference)

    def _judge(self, connector: Connector, transaction: Transaction, info: TagInfo) -> None:
        """Obey the verdict on a token in an answer: who is refused, charges no more (C10, E05)."""
        if connector.grant is None or connector.deauthorized:
            return
        transaction.parent_id_tag = connector.grant.group = info.parent_id_tag or transaction.parent_id_tag
        if info.status != AuthorizationStatus.accepted and transaction.allowed_until_wh is None:
            allowance = self._model.integer("TxCtrlr.MaxEnergyOnInvalidId")
            transaction.allowed_until_wh = connector.register_wh + allowance
            self._end_allowance(connector)

    def _end_allowance(self, connector: Connector) -> None:
        """Stop or suspend charging with a token that was refused, once it had the energy that it may have (E05)."""
        transaction = connector.transaction
        if transaction is None or transaction.allowed_until_wh is None:
            return
        if connector.register_wh < transaction.allowed_until_wh:
            return
        transaction.allowed_until_wh = None
        why = Why(Trigger.deauthorized, Reason.de_authorized)
        if self._model.flag("TxCtrlr.StopTxOnInvalidId"):
            self.stop(connector, why)
        else:
            transaction.deauthorized = True
            self._changed(connector, Why(Trigger.deauthorized))


def facts(connector: Connector) -> set[Point]:
    """Return what holds on an EVSE of all that transactions may begin and end with (part 2, 2.8.13 and 2.8.14)."""
    found = set()
    if connector.occupied or connector.plugged:
        found.add(Point.parking_bay_occupancy)
    if connector.plugged:
        found.add(Point.ev_connected)
    if connector.grant is not None:
        found.add(Point.authorized)
    if connector.permitted:
        # The meter signs as soon as the contactor closes.
        found |= {Point.power_path_closed, Point.data_signed}
    if connector.outlet.current > 0:
        found.add(Point.energy_transfer)
    return found
