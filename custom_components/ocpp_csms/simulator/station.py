"""What the charge point is, apart from what it says: hardware, profiles, lists, clock and memory.

No socket and no event loop. `advance` lets time pass, `dump` and `restore` are what survives a loss of power.
"""

from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import Any

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from .authorization import Authorization
from .certificates import CertificateStore
from .charging_profiles import ActiveTransaction, Limit, Profile, ProfileStore
from .clock import Agenda, Clock
from .connector import Connector, Transaction
from .messages import timestamp, to_payload
from .obedience import obeyed, step_below
from .physics import MINIMUM_CURRENT, Car, Outlet
from .quirks import OfferedReading, Quirks


class Station:
    """One charge point without its connection."""

    def __init__(
        self,
        *,
        connectors: int,
        car: Car,
        phases: int,
        max_current: float,
        cable_current: float,
        quirks: Quirks,
        firmware_version: str,
        plugs: int = 1,
    ) -> None:
        """`car` uses connector 1, copies of it the others. Currents in A."""
        self.quirks = quirks
        self.clock = Clock()
        self.agenda = Agenda(self.clock)
        cap = max_current if quirks.current_cap is None else min(max_current, quirks.current_cap)
        self.hardware = Limit(cap, phases)
        self.profiles = ProfileStore(self.hardware)
        self.authorization = Authorization()
        self.certificates = CertificateStore()
        self.firmware_version = firmware_version
        self.offline_since: float | None = None
        """The uptime in s at which the connection was lost."""
        self.operative = True
        self.inoperative_scheduled = False
        self.error_code = ChargePointErrorCode.no_error
        self.reported: ChargePointStatus | None = None
        self.transactions: dict[str, Transaction] = {}
        """Every transaction that runs or whose messages wait, by reference."""
        self.finished: deque[int | str] = deque(maxlen=20)
        """The ids of the last transactions that are over and told."""
        self.connectors = {
            number: Connector(
                number,
                Outlet(phases, max_current, cable_current, cap, phases, switch_pause=quirks.phase_switch_pause),
                car if number == 1 else replace(car),
                plugs=plugs,
            )
            for number in range(1, connectors + 1)
        }

    @property
    def status(self) -> ChargePointStatus:
        """The status of the charge point itself (connector 0)."""
        if self.error_code is not ChargePointErrorCode.no_error:
            return ChargePointStatus.faulted
        return ChargePointStatus.available if self.operative else ChargePointStatus.unavailable

    @property
    def busy(self) -> bool:
        """Whether a transaction runs on any connector."""
        return any(connector.transaction is not None for connector in self.connectors.values())

    def in_service(self, connector: Connector) -> bool:
        """Tell whether connector and charge point are free of errors and operative."""
        no_error = ChargePointErrorCode.no_error
        sound = connector.error_code is no_error and self.error_code is no_error
        return sound and connector.operative and self.operative

    def timestamp(self, moment: datetime | None = None) -> str:
        """Return a moment, or the present one, as it goes into messages."""
        return timestamp(moment or self.clock.now(), zone=not self.quirks.zoneless_timestamps)

    def advance(self, seconds: float, elapsed: float) -> None:
        """Let time pass for the meters and cars; `elapsed` of it has passed on the wall clock already."""
        self.clock.advance(seconds, elapsed)
        self.drop_outlived_profiles()
        self.apply_limits()
        for connector in self.connectors.values():
            connector.outlet.advance(seconds)

    def apply_limits(self) -> None:
        """Offer each car what the charging profiles that are obeyed allow now."""
        now = self.clock.now()
        charging = max(1, sum(connector.charges for connector in self.connectors.values()))
        for connector in self.connectors.values():
            limit = self._limit(connector, self.obeyed(connector), now, charging)
            if connector.transaction is None:
                connector.stuck = False
            elif self.quirks.resumes_by_remote_start and limit.amperes < MINIMUM_CURRENT:
                connector.stuck = True
            if self.quirks.offered_reading is OfferedReading.promise:
                connector.promised = self._limit(connector, self.profiles, now, charging).amperes
            connector.outlet.offered = 0.0 if connector.stuck else step_below(limit.amperes, self.quirks)
            connector.outlet.allow(limit.phases, limit.phase or 1)
            connector.outlet.closed = connector.permitted

    @property
    def offline_for(self) -> float:
        """The seconds since the connection was lost; 0 while it stands."""
        return 0.0 if self.offline_since is None else self.clock.uptime - self.offline_since

    def drop_outlived_profiles(self) -> None:
        """Forget the profiles that were not to outlive so long a time without connection (OCPP 2.1, K01)."""
        self.profiles.installed = [
            (on, each)
            for on, each in self.profiles.installed
            if not (each.invalid_after_offline and self._outlived(each))
        ]

    def _outlived(self, profile: Profile) -> bool:
        return profile.max_offline is not None and self.offline_for >= profile.max_offline

    def obeyed(self, connector: Connector | None) -> ProfileStore:
        """Return the profiles that take effect on a connector, or on the charge point as a whole."""
        defaults = connector.defaults if connector is not None and connector.transaction is not None else None
        kept = [(on, each) for on, each in self.profiles.installed if not self._outlived(each)]
        return obeyed(ProfileStore(self.hardware, kept), self.quirks, defaults)

    def _limit(self, connector: Connector, profiles: ProfileStore, now: datetime, charging: int) -> Limit:
        """Return what profiles allow a connector; ChargePointMaxProfile is shared evenly by those that charge."""
        limit = self.hardware
        if (overall := profiles.charge_point_limit(now)) is not None:
            limit = limit.within(Limit(overall.amperes / charging, overall.phases))
        own = profiles.transaction_limit(connector.connector_id, now, active(connector))
        return limit if own is None else limit.within(own)

    def transaction(self, transaction_id: int | str) -> Connector | None:
        """Return the connector on which this transaction runs."""
        return next((each for each in self.connectors.values() if each.transaction_id == transaction_id), None)

    def forget_transactions(self) -> None:
        """Forget what runs and what was to be told of it: it cannot be said in other words than those it began in."""
        self.transactions.clear()
        for connector in self.connectors.values():
            connector.transaction = connector.grant = None

    def dump(self) -> dict[str, Any]:
        """Return what survives a loss of power, as JSON values."""
        return {
            "skipped": self.clock.skipped,
            "wrong_by": self.clock.wrong_by,
            "firmware_version": self.firmware_version,
            "operative": self.operative,
            "authorization": self.authorization.dump(),
            "certificates": self.certificates.dump(),
            "profiles": [[on, to_payload(profile.to_datatype())] for on, profile in self.profiles.installed],
            "transactions": [transaction.dump() for transaction in self.transactions.values()],
            "connectors": {str(number): connector.dump() for number, connector in self.connectors.items()},
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.clock.skipped = values["skipped"]
        self.clock.wrong_by = values.get("wrong_by", 0.0)  # Files of earlier versions have neither this nor the next.
        self.firmware_version = values["firmware_version"]
        self.operative = values["operative"]
        self.authorization.restore(values["authorization"])
        if (certificates := values.get("certificates")) is not None:
            self.certificates.restore(certificates)
        self.profiles.installed = [(on, Profile.from_wire(wire)) for on, wire in values["profiles"]]
        self.transactions = {each["reference"]: Transaction.load(each) for each in values["transactions"]}
        for number, connector in self.connectors.items():
            if (kept := values["connectors"].get(str(number))) is not None:
                connector.restore(kept)
                if connector.transaction is not None:
                    # The messages that wait and the connector speak of one and the same transaction.
                    connector.transaction = self.transactions[connector.transaction.reference]


def active(connector: Connector) -> ActiveTransaction | None:
    """Return what charging profiles need to know of the connector's transaction."""
    if (transaction := connector.transaction) is None:
        return None
    return ActiveTransaction(transaction.started, transaction.transaction_id)
