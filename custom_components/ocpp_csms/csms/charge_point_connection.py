"""A charge point and its connection: what opens, changes and ends it, what is asked for on it unbidden, and what work goes on while it lasts.

No message: what a charge point tells is above, in `charge_point`; what it can be told below, in `charge_point_commands`.
"""

from collections.abc import Mapping
from datetime import datetime
import logging
from typing import Any, override

from custom_components.ocpp_csms.charging.reapplication import Occasion

from .charge_point_commands import ChargePointCommands
from .charge_point_state import ChargePointEnvironment, ChargePointSettings
from .commissioning import Commissioning
from .cost_messages import CostMessages
from .dialect import Dialect
from .measuring.measurements import Measurements
from .model import Connector, Peer, Registration, StationInfo
from .versions import are_alike

_LOGGER = logging.getLogger(__name__)


class ChargePointConnection(ChargePointCommands):
    """A charge point that comes and goes."""

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
        self._measurements = Measurements(self.connectors, self._observers)
        self._connector_count: int | None = None
        self._commissioning = Commissioning(identity, environment.timing)
        self._cost_messages = CostMessages(
            identity,
            connectors=self.connectors,
            features=lambda: self.features,
            costs=environment.costs,
            clock=environment.clock,
            send=self.data_transfer,
            request=self.request,
        )

    def attach(self, dialect: Dialect, remote_address: str, base_url: str | None = None) -> Dialect | None:
        """A connection has opened; what was current before is not taken for current now. Returns the dialect that it replaces.

        `base_url` is what the charge point reaches us at, by HTTP.
        """
        if self.peer is not None:
            self.reconnects += 1
            self._mark(0, "reconnects")
        replaced = self._dialect
        self._use(dialect)
        self.peer = Peer(remote_address, base_url)
        for connector in self.connectors.values():
            connector.status_before = connector.status or connector.status_before
            connector.status = connector.status_at = connector.error_code = connector.operative = connector.cable = None
            self._mark(connector.number, "status")
            self._mark(connector.number, "operative")
        self._measurements.forget()
        self._sessions.connected(self._environment.clock())
        self._mark(0, "connected")
        self._begin(dialect)
        self.reserving.connected()
        self.flush()
        return replaced

    def change_version(self, dialect: Dialect) -> None:
        """The connection there is turns out to be in another version: go on with its dialect."""
        self.local_list.disconnected()
        self.reserving.stop()
        self._cost_messages.stop()
        self.limits.disconnected()
        self._use(dialect)
        self._begin(dialect)
        self.reserving.connected()

    def _use(self, dialect: Dialect) -> None:
        """Speak a dialect."""
        self._dialect = dialect
        self._read_features()
        self._mark(0, "version")

    def speaks(self, dialect: Dialect) -> None:
        """A message has told for certain which version is spoken on the connection. What was told in another one does not hold in it.

        A connection that ends before it has told anything changes nothing: some charge points try one version after the other.
        """
        before, self._spoken = self._spoken, dialect.version
        if before == dialect.version:
            return
        self._environment.changed(False)
        if before is None:
            return
        _LOGGER.info("%s speaks OCPP %s now, no longer %s", self.identity, dialect.version, before)
        self._forget_learned()
        self.limits.forget()
        if not are_alike(before, dialect.version):
            now = self._environment.clock()
            for connector in self.connectors.values():  # what goes on there will be told by another name
                self._end_transaction(connector, now)
        self._begin(dialect)

    def _begin(self, dialect: Dialect) -> None:
        """Begin to ask for what is wanted on a new connection."""
        self._commissioning.connected(
            dialect,
            self.quirks,
            known=self.info != StationInfo(),
            pending=self.registration is Registration.PENDING,
            configure=self.settings.configure,
            afterwards=self._restore_after_reconnect,
        )

    def detach(self, dialect: Dialect) -> None:
        """A connection has ended. One that was replaced already changes nothing."""
        if self._dialect is dialect:
            self._dialect = None
            self.shut_down()
            self._mark(0, "connected")
            self.flush()

    async def disconnect(self, reason: str) -> None:
        """Close the connection, if any."""
        if self._dialect is not None:
            await self._dialect.close(reason)

    def shut_down(self) -> None:
        """Stop all work that needs the charge point; it goes on with the next connection."""
        self.local_list.disconnected()
        self.reserving.stop()
        self._cost_messages.stop()
        self.certificates.disconnected()
        self._commissioning.cancel()
        self.limits.disconnected()

    async def _restore_after_boot(self) -> None:
        self.local_list.due(restarted=True)
        await self.restore_limits()

    async def _restore_after_reconnect(self) -> None:
        self.local_list.due()
        await self.limits.restore(Occasion.RECONNECT)

    def confirm(self, settings: ChargePointSettings) -> None:
        """The user has confirmed a pending charge point: it is accepted from its next BootNotification on, without dialling in again."""
        self.update_settings(settings)
        if self.registration is Registration.ACCEPTED:
            return
        self.registration = Registration.ACCEPTED
        if self._dialect is not None:
            self._commissioning.confirmed(self._dialect, self.quirks, configure=settings.configure)
        self.flush()

    def update_settings(self, settings: ChargePointSettings) -> None:
        """Replace the settings. A connected charge point is told at once what it has to know of them."""
        concerns_it = settings.configuration_wanted != self.settings.configuration_wanted
        if concerns_it:
            self.forget_refusals()
        self.settings = settings
        self._quirks = None
        self.local_list.due()
        self._mark(0, "settings")
        if concerns_it and self._dialect is not None and self.registration is Registration.ACCEPTED:
            self._commissioning.set_up(self._dialect, self.quirks, configure=settings.configure)
        self.flush()

    # Within

    @override
    def _configuration_changed(self) -> None:
        super()._configuration_changed()
        self._cost_messages.configured()

    def _forget_learned(self) -> None:
        """What was learned of the charge point's configuration holds no longer."""
        self.forget_refusals()
        self.forget_configuration()
        self._commissioning.forget()

    def _end_transaction(self, connector: Connector, now: datetime) -> None:
        if (running := connector.running_transaction) is not None:
            self._sessions.end(connector, running, stopped=now, inferred=True)
