"""What is known of a charge point, and who is told when it changes. No message, no command, no connection: those are built on top."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
import logging
import math
from typing import Any

from custom_components.ocpp_csms.charging.wiring import NOMINAL_VOLTAGE, Wiring

from .booking.ledger import Ledger
from .booking.sessions import Sessions
from .cards.authorization import Authorization, Policy
from .cards.unknown_tags import UnknownTags
from .commissioning import Timing
from .cost_messages import Costs, no_costs
from .dialect import Dialect
from .features import Features
from .known_configuration import KnownConfiguration
from .measuring.clock_skew import ClockSkew
from .model import ConfigurationKey, Connector, Event, Peer, Registration, StationInfo, ValidationMode, Violations
from .observers import Observers
from .quirks import InvalidOverrideError, Quirks, quirks_for
from .security.certificate_signing import AuthorityProvider
from .versions import Version

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointSettings:
    """What the user sets for a charge point."""

    maximum_current: float = 32.0  # A per phase
    phases: int = 3
    voltage: float = NOMINAL_VOLTAGE  # V of each phase, where none is measured
    grid_phases: tuple[int, ...] = (0, 1, 2)  # which phase of the house each of its phases is
    fallback_current: float | None = 6.0  # A per phase that hold when nobody refreshes a limit; None: the limit goes on
    credential: str | None = None  # salted hash, see `credentials`
    next_credential: str | None = None  # of a password that the charge point uses from some restart of its own on
    client_certificate: bool = False  # it must come with one: security profile 3, and no lower one any more
    version: Version | None = None  # of OCPP, the only one that it may speak; None: the highest that both sides can
    validation: ValidationMode = ValidationMode.TOLERANT
    configure: bool = True
    measurands: tuple[str, ...] = ()  # empty: what we show
    meter_interval: int = 30  # s
    id_tag: str = "HomeAssistant"
    id_tag_policy: Policy | None = None  # None: that of the central system
    local_list: bool = True  # keep its local authorization list in step with the ID tags
    data_transfer_vendors: tuple[str, ...] = ()  # whose vendor data is accepted
    quirks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def configuration_wanted(self) -> tuple[object, ...]:
        """What of the settings the charge point is configured by."""
        return self.configure, self.measurands, self.meter_interval, dict(self.quirks)

    @property
    def wiring(self) -> Wiring:
        """How it is wired."""
        return Wiring(self.phases, self.voltage)


async def _nothing_to_save() -> None:
    """Return: nobody saves."""


@dataclass(slots=True)
class ChargePointEnvironment:
    """What all charge points of a central system share."""

    ledger: Ledger
    authorization: Callable[[], Authorization]
    clock: Callable[[], datetime]
    changed: Callable[[bool], None]
    timing: Timing = field(default_factory=Timing)
    saved: Callable[[], Awaitable[None]] = _nothing_to_save
    late_energy: Callable[[str, int, datetime], None] = lambda identity, connector, since: None
    costs: Costs = no_costs
    unknown_tags: UnknownTags = field(default_factory=UnknownTags)
    authority: AuthorityProvider | None = None
    encrypted: bool = False  # the listener speaks TLS
    foreign_client_certificates: bool = False  # those of another authority than ours are taken too


class ChargePointState:
    """The state of one charge point, connected or not."""

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
        stored = stored or {}
        self.identity = identity
        self.settings = settings
        self.registration = registration
        self.info = StationInfo(**stored.get("info", {}))
        self._spoken: str | None = stored.get("version")  # the version that its last telling message was in
        self._configuration = KnownConfiguration(refused=dict(stored.get("refused_configuration", {})))
        self.last_message: datetime | None = None
        self.reconnects = 0
        self.violations = Violations()
        self.peer: Peer | None = None
        self.clock_skew = ClockSkew()
        self._environment = environment
        self._dialect: Dialect | None = None
        self._observers = Observers()
        self._quirks: Quirks | None = None
        self._sessions = Sessions(
            identity,
            environment.ledger,
            self._observers,
            stored.get("meters"),
            late=lambda number, since: environment.late_energy(identity, number, since),
            skew=lambda: self.clock_skew.value,
        )
        self.connectors: dict[int, Connector] = {0: Connector(0)}
        for number, item in sorted((int(key), value) for key, value in stored.get("connectors", {}).items()):
            connector = self.connectors.setdefault(number, Connector(number))
            connector.limit, connector.paused = item["limit"], item["paused"]
            connector.phases = item.get("phases")
            self._sessions.restore(connector, item["transaction"], item.get("session"))

    # What it is

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return self._dialect is not None

    @property
    def is_kept_waiting(self) -> bool:
        """Whether it has to wait until the user has confirmed it: it is told so, where it can stand that."""
        return self.registration is Registration.PENDING and not self.quirks.accept_at_boot

    @property
    def configuration(self) -> dict[str, ConfigurationKey]:
        """What the charge point has told of its configuration."""
        return self._configuration.keys

    @property
    def knows_whole_configuration(self) -> bool:
        """Whether that is all of it, as far as the charge point tells."""
        return self._configuration.is_whole

    @property
    def refused_configuration(self) -> dict[str, list[str]]:
        """The values that it has refused, by key: they are not written again until the firmware or the settings change."""
        return self._configuration.refused

    @property
    def features(self) -> Features:
        """What it says that it can do; nothing as long as it has never been connected."""
        return self._configuration.features

    @property
    def authorization(self) -> Authorization:
        """The ID tags and the policy of the central system."""
        return self._environment.authorization()

    @property
    def id_tag_policy(self) -> Policy:
        """What happens here to tags that nobody entered."""
        return self.settings.id_tag_policy or self.authorization.policy

    @property
    def quirks(self) -> Quirks:
        """What is known of this charge point beyond the specification, the user's overrides included."""
        if self._quirks is None:
            try:
                self._quirks = quirks_for(self.info, self.settings.quirks)
            except InvalidOverrideError as error:
                _LOGGER.warning("%s: its overrides are left out, %s is none", self.identity, error)
                self._quirks = quirks_for(self.info)
        return self._quirks

    @property
    def operative(self) -> bool | None:
        """Whether the charge point is in service: what it said of itself, else whether any connector is."""
        if self.connectors[0].operative is not None:
            return self.connectors[0].operative
        said = [item.operative for item in self.connectors.values() if item.operative is not None]
        return any(said) if said else None

    @property
    def latency(self) -> float | None:
        """Round trip of the last ping in seconds."""
        return self._dialect.latency if self._dialect is not None else None

    @property
    def longest_id_tag(self) -> int:
        """The most characters of a tag that it can be told."""
        return min(self.quirks.id_tag_length, self.features.longest_id_tag)

    def power_limit(self, number: int) -> float | None:
        """The confirmed limit in W over all phases at nominal voltage, in whole watts that are not too few to be the same limit."""
        limit = self.connectors[number].limit
        return None if limit is None else math.ceil(round(self.settings.wiring.watts(limit), 3))

    @property
    def version(self) -> str | None:
        """The version of OCPP of the connection, without one that it has spoken last."""
        return self._spoken if self._dialect is None else self._dialect.version

    def is_doubted(self, number: int) -> bool:
        """Whether the transaction of a connector has probably ended already, though nobody has told."""
        return self._sessions.is_doubted(self.connectors[number])

    def listen(self, connector: int, keys: Iterable[str], callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` once for each batch of changes that touches one of the keys. Returns what ends it."""
        return self._observers.listen(connector, keys, callback)

    def listen_events(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with each event of the charge point. Returns what ends it."""
        return self._observers.listen_events(callback)

    async def saved(self) -> None:
        """Return once what was booked so far survives a crash."""
        await self._environment.saved()

    def flush(self) -> None:
        """Tell listeners what has changed since the last time."""
        self._observers.flush()

    def notify(self, connector: int, key: str) -> None:
        """Tell those who listen to a key of a connector that what they show of it has changed, though it is kept elsewhere."""
        self._mark(connector, key)
        self.flush()

    def announce(self, event: Event) -> None:
        """Tell those who listen to events of one that happened to the charge point elsewhere."""
        self._emit(event)

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {
            "info": asdict(self.info),
            "version": self._spoken,
            "refused_configuration": self.refused_configuration,
            "connectors": {
                str(number): {
                    "limit": connector.limit,
                    "paused": connector.paused,
                    "phases": connector.phases,
                    "transaction": connector.transaction.transaction_id if connector.transaction else None,
                    "session": connector.session.as_dict() if connector.session else None,
                }
                for number, connector in self.connectors.items()
            },
            "meters": self._sessions.snapshot(),
        }

    def connector(self, number: int) -> Connector:
        """Return a connector, known from now on if it was not."""
        known = self.connectors.get(number)
        if known is None:
            known = self.connectors[number] = Connector(number)
            self._sessions.restore(known, None)
            self._mark(0, "connectors")
            self._environment.changed(False)
        return known

    def forget_refusals(self) -> None:
        """What the charge point refused to be configured to may be tried again."""
        if self.refused_configuration:
            self.refused_configuration.clear()
            self._environment.changed(False)

    def configuration_read(self, configuration: Mapping[str, ConfigurationKey]) -> None:
        """Keep the configuration that the charge point told, all of it."""
        self._configuration.keys, self._configuration.is_whole = dict(configuration), True
        self._configuration_changed()

    def configuration_keys_read(self, keys: Mapping[str, ConfigurationKey]) -> None:
        """Keep what the charge point told of some keys."""
        self.configuration.update(keys)
        self._configuration_changed()

    def configuration_written(self, key: str, value: str) -> None:
        """Keep what the charge point has accepted for a key."""
        known = self.configuration.get(key) or ConfigurationKey(key, None, readonly=False)
        self.configuration_keys_read({key: replace(known, value=None if known.write_only else value)})

    def forget_configuration(self) -> None:
        """What the charge point has told of its configuration holds no longer."""
        self._configuration.keys, self._configuration.is_whole = {}, False
        self._configuration_changed()

    def _configuration_changed(self) -> None:
        """The configuration has become known, or is another."""
        self._read_features()
        self._mark(0, "configuration")

    def _read_features(self) -> None:
        """Keep what the charge point can do, as far as it has told; without a connection nobody knows in which words."""
        features = self.features if self._dialect is None else self._dialect.features
        if features != self.features:
            self._configuration.features = features
            self._mark(0, "features")

    def _mark(self, connector: int, key: str) -> None:
        self._observers.mark(connector, key)

    def _emit(self, event: Event) -> None:
        self._observers.emit(event)
