"""The central system: a listener, the charge points behind it, and the ledger they share.

Decides who may come in, gives each open connection to its charge point and dialect, keeps the newest connection of an identity, and
introduces strangers to its observer. Source: OCPP 1.6 §4.2 and 2.0.1 part 2 B02 (Pending), OCPP-J 1.6 §3.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
from ssl import SSLContext
from typing import Any, Protocol

from .background import BackgroundTasks
from .booking.ledger import Ledger
from .cards.authorization import Authorization
from .cards.unknown_tags import UnknownTags
from .charge_point import ChargePoint, ChargePointEnvironment, ChargePointSettings
from .commissioning import Timing
from .conversation import Conversation
from .cost_messages import Costs, no_costs
from .files.file_exchange import FileExchange
from .model import Registration
from .security.certificate_signing import AuthorityProvider
from .security.client_certificates import CertificateProblem
from .surroundings import Surroundings
from .versions import DEFAULT, Version
from .wire.rpc import RpcConnection
from .wire.server import PING_INTERVAL, Admission, ChargePointConnection, Listener, is_allowed
from .wire.validation import SchemaChecker

_LOGGER = logging.getLogger(__name__)

_FAREWELL = 3.0  # s that the last messages to all charge points may take
_MAX_STRANGERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralSystemSettings:
    """What the user sets for a central system. Times in s."""

    host: str = "0.0.0.0"  # chargers dial in from the network: that is what the listener is for
    port: int = 9000
    ssl: SSLContext | None = None
    foreign_client_certificates: bool = False  # client certificates of another authority than ours are taken too
    heartbeat_interval: int = 300
    discover: bool = True
    allowed_networks: tuple[str, ...] = ()
    call_timeout: float = 30.0
    timing: Timing = field(default_factory=Timing)


class Observer(Protocol):
    """Who is told what concerns no single charge point's state. All are called in the loop."""

    def discovered(self, charge_point: ChargePoint) -> None:
        """An unknown charge point has connected, and has told who it is or has not in time."""

    def authentication_failed(self, identity: str, remote: str, count: int) -> None:
        """A charge point has failed for the `count`-th time in a row to present its password."""

    def certificate_refused(self, identity: str, remote: str, count: int, problem: CertificateProblem) -> None:
        """A charge point has failed, for the `count`-th time in a row, to present a client certificate of its own."""

    def authentication_succeeded(self, identity: str) -> None:
        """A charge point has presented its password, or its client certificate."""

    def version_refused(self, identity: str, offered: str) -> None:
        """A charge point has dialled in, and offers none of the sub-protocols that it may speak."""

    def password_renewed(self, identity: str) -> None:
        """A charge point has presented its next password: it is the only one from now on."""

    def changed(self, urgent: bool) -> None:
        """`snapshot` returns something new: save it, at once if urgent."""

    async def saved(self) -> None:
        """Return once all urgent changes so far are saved."""

    def energy_was_late(self, identity: str, connector: int, since: datetime) -> None:
        """The register of a connector tells, after a silence, of energy that was taken since a moment in the past."""


class CentralSystem:
    """One central system on one port."""

    def __init__(
        self,
        settings: CentralSystemSettings,
        *,
        observer: Observer,
        authorization: Authorization,
        stored: Mapping[str, Any] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        authority: AuthorityProvider | None = None,
    ) -> None:
        """Restore what `snapshot` returned in `stored`. `clock` returns the time in UTC.

        `authority` is asked for when a charge point wants a client certificate; without it none is issued.
        """
        stored = stored or {}
        self.settings = settings
        self._authorization = authorization
        self.costs: Costs = no_costs
        self.charge_points: dict[str, ChargePoint] = {}
        self._observer = observer
        self._clock = clock
        self._learned: dict[str, Any] = dict(stored.get("charge_points", {}))
        self._checker = SchemaChecker()
        self._surroundings = Surroundings(
            clock=clock,
            heartbeat_interval=lambda: self.settings.heartbeat_interval,
            ping_interval=int(PING_INTERVAL),
            checker=self._checker,
        )
        self._mistaken: dict[tuple[str, Version], Version] = {}  # by identity and what was agreed upon: what is spoken
        self._tasks = BackgroundTasks("Work of the central system")
        self._environment = ChargePointEnvironment(
            ledger=Ledger(stored.get("ledger"), observer.changed, clock()),
            authorization=lambda: self._authorization,
            clock=clock,
            changed=observer.changed,
            saved=observer.saved,
            late_energy=observer.energy_was_late,
            timing=settings.timing,
            costs=lambda charge_point, transaction: self.costs(charge_point, transaction),
            authority=authority,
            encrypted=settings.ssl is not None,
            foreign_client_certificates=settings.foreign_client_certificates,
        )
        self.files = FileExchange(
            lambda: self.settings.host, lambda remote: is_allowed(remote, self.settings.allowed_networks)
        )
        self._listener = Listener(self, lambda: self.settings.allowed_networks, self.files)

    @property
    def ledger(self) -> Ledger:
        """The transactions of all charge points."""
        return self._environment.ledger

    @property
    def authorization(self) -> Authorization:
        """The ID tags and the policy; new ones apply at once."""
        return self._authorization

    @authorization.setter
    def authorization(self, authorization: Authorization) -> None:
        self._authorization = authorization
        for charge_point in self.charge_points.values():
            charge_point.id_tags_changed()

    @property
    def unknown_tags(self) -> UnknownTags:
        """The tags that were presented of late and that nobody entered."""
        return self._environment.unknown_tags

    @property
    def port(self) -> int:
        """The bound port."""
        return self._listener.port

    async def start(self) -> None:
        """Read the schemas and listen. Raises `OSError` when the address cannot be bound."""
        await self._checker.ready(DEFAULT)
        await self._listener.open(self.settings.host, self.settings.port, self.settings.ssl)

    async def stop(self) -> None:
        """Close the listener and all connections; nothing goes on afterwards."""
        await self._say_farewell()
        await self._listener.close()
        for charge_point in self.charge_points.values():
            charge_point.shut_down()
        self._tasks.cancel()
        await self._tasks.wait()

    def update_settings(self, settings: CentralSystemSettings) -> None:
        """Take settings over without touching connections, but for those of strangers where none are wanted any more.

        Host, port and TLS are read again at the next start.
        """
        self.settings = settings
        if not settings.discover:
            for charge_point in list(self.charge_points.values()):
                if charge_point.registration is Registration.PENDING:
                    self.remove(charge_point.identity)

    def add(self, identity: str, settings: ChargePointSettings) -> ChargePoint:
        """Take up a charge point that the user knows. One that waits for confirmation is accepted on the connection it has."""
        charge_point = self.charge_points.get(identity)
        if charge_point is None:
            charge_point = self.charge_points[identity] = self._remembered(identity, settings)
        else:
            charge_point.confirm(settings)
        self._observer.changed(False)
        return charge_point

    def remove(self, identity: str) -> None:
        """Forget a charge point and close its connection; if it dials again, it is a stranger."""
        charge_point = self.charge_points.pop(identity, None)
        self._learned.pop(identity, None)
        self._environment.ledger.forget(identity, self._clock())
        self._environment.unknown_tags.forget(identity)
        for version in Version:
            self._mistaken.pop((identity, version), None)
        if charge_point is not None:
            charge_point.shut_down()
            self._tasks.spawn(self._dismiss(charge_point))
        self._observer.changed(False)

    def remembered(self) -> set[str]:
        """Return the identities of which anything is kept, also of charge points that have not been added since the start."""
        return {*self._learned, *(identity for identity, _ in self.ledger.transactions())}

    def snapshot(self) -> dict[str, Any]:
        """Return all that must survive, as JSON."""
        for identity, charge_point in self.charge_points.items():
            if charge_point.registration is Registration.ACCEPTED:
                self._learned[identity] = charge_point.snapshot()
        return {"ledger": self._environment.ledger.snapshot(), "charge_points": self._learned}

    # The door of the listener

    def admit(self, identity: str) -> Admission | None:
        """Let in whom the user knows, and strangers if they may be discovered."""
        charge_point = self.charge_points.get(identity)
        if charge_point is not None:
            settings = charge_point.settings
            return Admission(
                settings.credential,
                settings.next_credential,
                certificate_required=settings.client_certificate,
                serial=charge_point.info.serial,
                stranger=charge_point.registration is Registration.PENDING,
                versions=tuple(Version) if settings.version is None else (settings.version,),
            )
        strangers = sum(item.registration is Registration.PENDING for item in self.charge_points.values())
        return Admission(stranger=True) if self.settings.discover and strangers < _MAX_STRANGERS else None

    def authentication_failed(self, identity: str, remote: str, count: int) -> None:
        """Pass on to the observer."""
        self._observer.authentication_failed(identity, remote, count)

    def certificate_refused(self, identity: str, remote: str, count: int, problem: CertificateProblem) -> None:
        """Pass on to the observer."""
        self._observer.certificate_refused(identity, remote, count, problem)

    def authentication_succeeded(self, identity: str) -> None:
        """Pass on to the observer."""
        self._observer.authentication_succeeded(identity)

    def version_refused(self, identity: str, offered: str) -> None:
        """Pass on to the observer."""
        self._observer.version_refused(identity, offered)

    def password_renewed(self, identity: str) -> None:
        """Pass on to the observer."""
        self._observer.password_renewed(identity)

    async def serve(self, connection: ChargePointConnection) -> None:
        """Give an open connection to its charge point and serve it until it ends."""
        agreed = connection.version or self._version_expected(connection.identity)
        version = self._mistaken.get((connection.identity, agreed), agreed)
        await self._checker.ready(version)
        charge_point = self.charge_points.get(connection.identity)
        if charge_point is None:
            charge_point = self._stranger(connection.identity)
        rpc = RpcConnection(connection, label=connection.identity, timeout=lambda: self.settings.call_timeout)
        conversation = Conversation(
            version,
            charge_point,
            rpc,
            self._surroundings,
            agreed=agreed,
            changed=lambda spoken: self._note_spoken(charge_point, agreed, spoken),
        )
        charge_point.certificates.connected(connection.certificate, proved=connection.proved)
        replaced = charge_point.attach(conversation.commands, connection.remote, connection.base_url)
        if replaced is not None:
            _LOGGER.debug("%s has dialled in again; its older connection is closed", connection.identity)
            self._tasks.spawn(replaced.close("a newer connection has taken over"))
        try:
            await conversation.run()
        finally:
            charge_point.detach(conversation.commands)
            if charge_point.registration is Registration.PENDING and not charge_point.connected:
                self._forget_stranger(charge_point)

    def _version_expected(self, identity: str) -> Version:
        """Return the version that an identity speaks which offers none: the one that the user keeps it to, if any."""
        charge_point = self.charge_points.get(identity)
        return charge_point.settings.version or DEFAULT if charge_point is not None else DEFAULT

    def _note_spoken(self, charge_point: ChargePoint, agreed: Version, spoken: Version) -> None:
        """Remember what a charge point speaks where another version was agreed upon: its next connection begins in it."""
        if spoken is agreed:
            self._mistaken.pop((charge_point.identity, agreed), None)
        elif charge_point.registration is Registration.ACCEPTED:
            self._mistaken[charge_point.identity, agreed] = spoken

    async def _say_farewell(self) -> None:
        """Leave every charge point with a safe limit, as far as it answers in time."""
        connected = [item for item in self.charge_points.values() if item.connected]
        try:
            async with asyncio.timeout(_FAREWELL):
                await asyncio.gather(*(item.limits.farewell() for item in connected), return_exceptions=True)
        except TimeoutError:
            _LOGGER.debug("Not all charge points have confirmed their fallback")

    async def _dismiss(self, charge_point: ChargePoint) -> None:
        """Take back what was installed, and close the connection."""
        if charge_point.connected:
            try:
                async with asyncio.timeout(_FAREWELL):
                    await charge_point.limits.clear()
            except TimeoutError:
                _LOGGER.debug("%s has not confirmed that its limits are cleared", charge_point.identity)
        await charge_point.disconnect("removed")

    def _remembered(self, identity: str, settings: ChargePointSettings) -> ChargePoint:
        """Make a charge point with what was learned of it; what cannot be read any more is learned anew."""
        try:
            return ChargePoint(identity, settings, self._environment, stored=self._learned.get(identity))
        except KeyError, TypeError, ValueError, AttributeError:
            _LOGGER.warning("What was kept of %s cannot be read and is learned anew", identity)
            return ChargePoint(identity, settings, self._environment)

    def _stranger(self, identity: str) -> ChargePoint:
        """Take up a charge point that nobody knows yet, and introduce it once it has told who it is."""
        charge_point = ChargePoint(
            identity, ChargePointSettings(), self._environment, registration=Registration.PENDING
        )
        self.charge_points[identity] = charge_point
        told = asyncio.Event()
        charge_point.listen(0, ("info",), told.set)  # from now on: its first message may be waiting already
        self._tasks.spawn(self._introduce(charge_point, told))
        return charge_point

    def _forget_stranger(self, charge_point: ChargePoint) -> None:
        """Nothing stays of a stranger that has left: anybody can invent identities."""
        if self.charge_points.get(charge_point.identity) is charge_point:
            del self.charge_points[charge_point.identity]
            self._environment.ledger.forget(charge_point.identity, self._clock())

    async def _introduce(self, charge_point: ChargePoint, told: asyncio.Event) -> None:
        """Wait for a BootNotification, of its own accord or asked for, but not for ever: silence is introduced as well."""
        try:
            async with asyncio.timeout(3 * self.settings.timing.boot_grace):
                await told.wait()
        except TimeoutError:
            _LOGGER.debug("%s has not told who it is", charge_point.identity)
        waits = charge_point.connected and charge_point.registration is Registration.PENDING
        if waits and self.charge_points.get(charge_point.identity) is charge_point:
            self._observer.discovered(charge_point)
