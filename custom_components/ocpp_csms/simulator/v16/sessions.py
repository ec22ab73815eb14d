"""How a transaction begins and ends: cards, cables, remote commands, and what the central system says to it.

OCPP 1.6, sections 3.3, 3.6, 3.7, 4.1 (Authorize), 4.8 (StartTransaction) and 4.10 (StopTransaction).
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import uuid4

from ocpp.v16 import call
from ocpp.v16.enums import AuthorizationStatus, ChargingProfilePurposeType as Purpose, ReadingContext, Reason

from ..answering import Cause
from ..authorization import TagInfo
from ..charging_profiles import Profile
from ..connector import Connector, Transaction
from ..messages import Payload
from ..outbox import Message, Outbox
from ..physics import MINIMUM_CURRENT, Car
from ..station import Station
from ..transport import CallError, NoAnswer, Offline
from .configuration import Configuration
from .metering import register
from .reporter import Reporter

_INVALID = TagInfo(AuthorizationStatus.invalid)
_REASONS = {
    Cause.power_loss: Reason.power_loss,
    Cause.hard_reset: Reason.hard_reset,
    Cause.soft_reset: Reason.soft_reset,
    Cause.update: Reason.reboot,
}


class Sessions:
    """The transactions of a station."""

    def __init__(
        self,
        station: Station,
        configuration: Configuration,
        outbox: Outbox,
        reporter: Reporter,
        spawn: Callable[[Coroutine[Any, Any, object]], None],
        autostart_tag: str | None,
    ) -> None:
        """`spawn` runs work in the background; `autostart_tag` charges whoever plugs in."""
        self._station = station
        self._configuration = configuration
        self._outbox = outbox
        self._reporter = reporter
        self._spawn = spawn
        self._autostart_tag = autostart_tag

    def stop_all(self, cause: Cause) -> None:
        """End all transactions."""
        for connector in self._station.connectors.values():
            self.stop(connector, _REASONS[cause])

    async def authorize(self, id_tag: str) -> TagInfo:
        """Find out whether a tag may charge: from the list, the central system or, offline, from memory."""
        configuration, known = self._configuration, self._station.authorization
        local = known.lookup(
            id_tag,
            listed=configuration.flag("LocalAuthListEnabled"),
            cached=configuration.flag("AuthorizationCacheEnabled"),
        )
        if configuration.flag("LocalPreAuthorize") and local and local.accepted(self._station.clock.now()):
            return local
        try:
            answer = await self._reporter.post(call.Authorize(id_tag)).answered
        except Offline:
            return self._authorize_offline(local)
        except CallError, NoAnswer:
            return _INVALID
        return self._learn(id_tag, answer)

    def _authorize_offline(self, local: TagInfo | None) -> TagInfo:
        configuration = self._configuration
        if local is not None:
            return local if configuration.flag("LocalAuthorizeOffline") else _INVALID
        unknown_allowed = configuration.flag("AllowOfflineTxForUnknownId")
        return TagInfo(AuthorizationStatus.accepted) if unknown_allowed else _INVALID

    def _learn(self, id_tag: str, answer: Payload) -> TagInfo:
        info = TagInfo.from_wire(answer.get("idTagInfo"))
        if self._configuration.flag("AuthorizationCacheEnabled"):
            self._station.authorization.learn(id_tag, info)
        return info

    async def present_card(self, connector: Connector, id_tag: str) -> bool:
        """Hold a card to the reader: starts, or stops one's own transaction. Tell whether it was accepted."""
        transaction = connector.transaction
        if transaction is not None and transaction.id_tag == id_tag:
            self.stop(connector, Reason.local, id_tag)
            return True
        info = await self.authorize(id_tag)
        if not info.accepted(self._station.clock.now()):
            return False
        if transaction is not None:
            # Whoever shares the parent tag may stop, too (section 3.7).
            if info.parent_id_tag is None or info.parent_id_tag != transaction.parent_id_tag:
                return False
            self.stop(connector, Reason.local, id_tag)
            return True
        return self.admit(connector, id_tag, info.parent_id_tag)

    def can_start(self, connector: Connector, id_tag: str, parent_id_tag: str | None = None) -> bool:
        """Tell whether the connector is free for the tag."""
        reservation = connector.reservation
        reserved_for_another = reservation is not None and not (
            reservation.id_tag == id_tag or (parent_id_tag is not None and parent_id_tag == reservation.parent_id_tag)
        )
        free = connector.transaction is None and not reserved_for_another
        return free and self._station.in_service(connector)

    def takes_remote_start(self, connector: Connector, id_tag: str) -> bool:
        """Tell whether a remote start would begin a transaction here, or wake one that does not resume by itself."""
        if connector.stuck:
            return True
        barred = connector.finishing and self._station.quirks.finishing_until_unplug
        return self.can_start(connector, id_tag) and not barred

    def obey_limits(self) -> None:
        """Apply the limits of this moment, of current and of energy, end what they end, and report."""
        self._station.apply_limits()
        for connector in self._station.connectors.values():
            self._end_allowance(connector)
        if self._station.quirks.pause_ends_transaction:
            for connector in self._station.connectors.values():
                if connector.outlet.offered < MINIMUM_CURRENT:
                    self.stop(connector, Reason.other)
        self._reporter.refresh()

    def admit(
        self,
        connector: Connector,
        id_tag: str,
        parent_id_tag: str | None = None,
        profile: Profile | None = None,
    ) -> bool:
        """Start with an authorised tag, or wait ConnectionTimeOut for the cable. Tell whether that is possible."""
        if not self.can_start(connector, id_tag, parent_id_tag):
            return False
        if connector.plugged:
            self.start(connector, id_tag, parent_id_tag, profile)
            return True
        connector.authorized = id_tag

        def start_when_plugged() -> None:
            self.start(connector, id_tag, parent_id_tag, profile)

        connector.when_plugged = start_when_plugged
        timeout = self._configuration.integer("ConnectionTimeOut")
        if timeout:
            self._station.agenda.after(f"cable {connector.connector_id}", timeout, lambda: self._give_up(connector))
        self._reporter.refresh()
        return True

    def _give_up(self, connector: Connector) -> None:
        connector.authorized = connector.when_plugged = None
        self._reporter.refresh()

    def start(
        self, connector: Connector, id_tag: str, parent_id_tag: str | None = None, profile: Profile | None = None
    ) -> None:
        """Begin a transaction and let the central system know."""
        self._station.agenda.cancel(f"cable {connector.connector_id}")
        connector.authorized = connector.when_plugged = None
        connector.finishing = False
        connector.defaults = self._station.profiles.of(Purpose.tx_default_profile)
        self._reporter.refresh()
        now = self._station.clock.now()
        transaction = Transaction(
            reference=str(uuid4()),
            connector_id=connector.connector_id,
            id_tag=id_tag,
            meter_start=int(connector.register_wh),
            started=now,
            parent_id_tag=parent_id_tag,
        )
        reservation, connector.reservation = connector.reservation, None
        connector.transaction = self._station.transactions[transaction.reference] = transaction
        if profile is not None:
            self._station.profiles.install(connector.connector_id, profile)
        message = call.StartTransaction(
            connector_id=connector.connector_id,
            id_tag=id_tag,
            meter_start=transaction.meter_start,
            timestamp=self._station.timestamp(now),
            reservation_id=reservation.reservation_id if reservation else None,
        )
        for _ in range(self._station.quirks.repeated_start):
            self._reporter.post(message, durable=True, transaction=transaction.reference)
        self._reporter.refresh()
        self._reporter.schedule_samples(connector)

    def stop(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        """End the transaction on the connector, if there is one, and let the central system know."""
        if (transaction := connector.transaction) is None:
            return
        connector.transaction = connector.defaults = None
        connector.outlet.open()
        connector.finishing = connector.plugged
        self._station.agenda.cancel(f"sample {connector.connector_id}")
        self._station.profiles.clear(connector_id=connector.connector_id, purpose=Purpose.tx_profile)
        message = self._stop_message(connector, transaction, reason, id_tag)
        for _ in range(self._station.quirks.repeated_stop):
            self._reporter.post(message, durable=True, transaction=transaction.reference)
        for _ in range(self._station.quirks.late_meter_values):
            late = self._reporter.meter_values(connector, ReadingContext.sample_periodic)
            self._reporter.post(late, durable=True, transaction=transaction.reference)
        if connector.inoperative_scheduled:
            connector.operative = connector.inoperative_scheduled = False
        self._reporter.refresh()
        if self._station.inoperative_scheduled and not self._station.busy:
            self._station.operative = self._station.inoperative_scheduled = False
            self._reporter.post_status(0)

    def _stop_message(
        self, connector: Connector, transaction: Transaction, reason: Reason, id_tag: str | None
    ) -> call.StopTransaction:
        meter_stop = int(connector.register_wh)
        now = self._station.timestamp()
        data: list[object] = [*transaction.samples]
        if "Energy.Active.Import.Register" in self._configuration.items("StopTxnSampledData"):
            began = self._station.timestamp(transaction.started)
            data = [
                register(transaction.meter_start, ReadingContext.transaction_begin, began),
                *data,
                register(meter_stop, ReadingContext.transaction_end, now),
            ]
        return call.StopTransaction(
            meter_stop=meter_stop,
            timestamp=now,
            transaction_id=-1,  # Filled in when the message leaves.
            reason=reason,
            id_tag=id_tag,
            transaction_data=data or None,
        )

    def plug_in(self, connector: Connector, car: Car | None, _plug: int = 1) -> None:
        """Plug the cable in, of another car if one is given."""
        connector.plug_in(car)
        self._reporter.refresh()
        if connector.when_plugged is not None:
            connector.when_plugged()
        elif self._autostart_tag is not None and self.can_start(connector, self._autostart_tag):
            self.start(connector, self._autostart_tag)

    def unplug(self, connector: Connector) -> None:
        """Pull the cable; that ends the transaction unless StopTransactionOnEVSideDisconnect is off."""
        connector.unplug()
        if self._configuration.flag("StopTransactionOnEVSideDisconnect"):
            self.stop(connector, Reason.ev_disconnected)
        self._reporter.refresh()

    def park(self, connector: Connector) -> None:
        """Have a car drive into the bay, which makes no difference in this version."""
        connector.occupied = True

    def leave(self, connector: Connector) -> None:
        """Have a car drive away, which makes no difference in this version."""
        connector.occupied = False

    def remote_start(self, connector: Connector, id_tag: str, profile: Profile | None) -> None:
        """Do what an accepted RemoteStartTransaction asks for, after authorising it if the configuration says so."""
        if connector.stuck:
            connector.stuck = False
            self._reporter.refresh()
            return

        async def authorize_and_start() -> None:
            info = await self.authorize(id_tag)
            if info.accepted(self._station.clock.now()):
                self.admit(connector, id_tag, info.parent_id_tag, profile)

        if self._configuration.flag("AuthorizeRemoteTxRequests"):
            self._spawn(authorize_and_start())
        else:
            self.admit(connector, id_tag, profile=profile)

    def prepare(self, message: Message) -> Payload:
        """Return the payload as it leaves, with the transaction id that is known by now.

        A transaction that never got an id is stopped as -1 (errata to OCPP 1.6, StopTransaction).
        """
        if message.transaction is None or message.action == "StartTransaction":
            return message.payload
        transaction_id: int | str | None = self._station.quirks.transaction_id
        if transaction_id is None and (transaction := self._station.transactions.get(message.transaction)):
            transaction_id = transaction.transaction_id
        if transaction_id is None and message.action == "MeterValues":
            return message.payload
        return message.payload | {"transactionId": -1 if transaction_id is None else transaction_id}

    def settled(self, message: Message, answer: Payload | None) -> None:
        """Take note of the central system's answer, or of its failure, to a transaction message."""
        if message.transaction is None or (transaction := self._station.transactions.get(message.transaction)) is None:
            return
        if message.action == "StartTransaction" and answer is not None:
            self._started(transaction, answer)
        if message.action == "StopTransaction" and answer and "idTag" in message.payload and "idTagInfo" in answer:
            self._learn(message.payload["idTag"], answer)
        connector = self._station.connectors[transaction.connector_id]
        if connector.transaction is not transaction and not self._outbox.refers_to(transaction.reference):
            del self._station.transactions[transaction.reference]
            if transaction.transaction_id is not None:
                self._station.finished.append(transaction.transaction_id)

    def _started(self, transaction: Transaction, answer: Payload) -> None:
        transaction_id = answer.get("transactionId")
        transaction.transaction_id = transaction_id if isinstance(transaction_id, int) else None
        self._adopt_profile(transaction)
        info = self._learn(transaction.id_tag, answer)
        transaction.parent_id_tag = info.parent_id_tag or transaction.parent_id_tag
        connector = self._station.connectors[transaction.connector_id]
        if info.status == AuthorizationStatus.accepted or connector.transaction is not transaction:
            return
        allowance = self._configuration.integer("MaxEnergyOnInvalidId")
        transaction.allowed_until_wh = connector.register_wh + allowance
        self._end_allowance(connector)

    def _end_allowance(self, connector: Connector) -> None:
        """Stop or suspend a transaction whose tag was refused, once it had the energy that it may have (section 9.1)."""
        transaction = connector.transaction
        if transaction is None or transaction.allowed_until_wh is None:
            return
        if connector.register_wh < transaction.allowed_until_wh:
            return
        transaction.allowed_until_wh = None
        if self._configuration.flag("StopTransactionOnInvalidId"):
            self.stop(connector, Reason.de_authorized)
        else:
            transaction.deauthorized = True
            self._reporter.refresh()

    def _adopt_profile(self, transaction: Transaction) -> None:
        """Tie the profile of a remote start, which came without transaction id, to its transaction."""
        profiles = self._station.profiles
        profiles.installed = [
            (on, replace(profile, transaction_id=transaction.transaction_id))
            if on == transaction.connector_id and profile.purpose is Purpose.tx_profile
            else (on, profile)
            for on, profile in profiles.installed
        ]
