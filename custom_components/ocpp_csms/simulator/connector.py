"""A connector and the transaction on it: facts, and the status that follows from them (OCPP 1.6, section 4.9).

No I/O: others change the facts, the status is derived.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from .charging_profiles import Profile
from .physics import Car, Outlet


@dataclass(slots=True)
class Transaction:
    """A transaction as the charge point keeps it. Energies in Wh.

    `reference` is the charge point's own name for it; `transaction_id` comes with the answer to StartTransaction.
    `allowed_until_wh` is the register up to which a tag may go on that the central system refused (MaxEnergyOnInvalidId),
    `samples` are meter values for the `transactionData` of its end.

    The rest is of OCPP 2.x: the id of the remote start, the number of the next event, what the last one said, seconds of
    charging and the uptime of the last event, whether EVSE and token were named, and why it was stopped.
    """

    reference: str
    connector_id: int
    id_tag: str
    meter_start: int
    started: datetime
    transaction_id: int | str | None = None
    parent_id_tag: str | None = None
    deauthorized: bool = False
    allowed_until_wh: float | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    remote_start_id: int | None = None
    seq_no: int = 0
    charging_state: str | None = None
    charged_for: float = 0.0
    state_since: float = 0.0
    told_evse: bool = False
    told_token: bool = False
    stop_reason: str | None = None

    def dump(self) -> dict[str, Any]:
        """Return the transaction as JSON values."""
        return asdict(self) | {"started": self.started.isoformat()}

    @classmethod
    def load(cls, values: dict[str, Any]) -> Transaction:
        """Read what `dump` returned."""
        return cls(**values | {"started": datetime.fromisoformat(values["started"])})


@dataclass(slots=True)
class Grant:
    """Who may charge on an EVSE (OCPP 2.x): the token, its group, and the remote start that it came with.

    `profile` is the charging profile that came with a remote start.
    """

    id_tag: str
    kind: str
    group: str | None = None
    remote_start_id: int | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation of one connector (OCPP 1.6, section 5.13)."""

    reservation_id: int
    id_tag: str
    parent_id_tag: str | None
    expires: datetime


@dataclass(slots=True)
class Connector:
    """One connector. `garage` is the car that uses it, plugged in or not.

    `authorized` is a tag that waits for the cable, and `when_plugged` what follows then; `finishing` lasts from the end
    of a transaction to the unplugging, `status` is the last derived status and `reported` the last one that the central
    system heard of. `promised` is the accepted limit in A per phase, obeyed or not, `defaults` the TxDefaultProfiles that
    were there when the transaction began, and `stuck` one that was paused and does not resume by itself.

    In OCPP 2.x it is an EVSE. Energy flows `by_grant` then, whether or not there is a transaction: `grant` is who may
    charge. It has `plugs` connectors, of which `plug` is in use; those in `closed_plugs` are out of service. `occupied`
    says whether a car stands in the bay.
    """

    connector_id: int
    outlet: Outlet
    garage: Car
    operative: bool = True
    inoperative_scheduled: bool = False
    finishing: bool = False
    authorized: str | None = None
    when_plugged: Callable[[], None] | None = None
    transaction: Transaction | None = None
    reservation: Reservation | None = None
    error_code: ChargePointErrorCode = ChargePointErrorCode.no_error
    status: ChargePointStatus = ChargePointStatus.available
    reported: ChargePointStatus | None = None
    interval_mark_wh: float = 0.0
    samples: int = 0
    promised: float = 0.0
    defaults: Sequence[tuple[int, Profile]] | None = None
    stuck: bool = False
    by_grant: bool = False
    grant: Grant | None = None
    plugs: int = 1
    plug: int = 1
    closed_plugs: set[int] = field(default_factory=set)
    occupied: bool = False

    @property
    def plugged(self) -> bool:
        """Whether a cable connects a car."""
        return self.outlet.car is not None

    def plug_in(self, car: Car | None) -> None:
        """Plug in the car that uses this connector, or another one."""
        if car is not None:
            self.garage = car
        self.garage.arrive()
        self.outlet.car = self.garage

    def unplug(self) -> None:
        """Pull the cable."""
        self.outlet.car = None
        self.outlet.current = 0.0
        self.finishing = False

    @property
    def charges(self) -> bool:
        """Whether somebody charges here, as far as the charge point is concerned."""
        return (self.grant is not None and self.plugged) if self.by_grant else self.transaction is not None

    @property
    def deauthorized(self) -> bool:
        """Whether the transaction is suspended because its tag was refused."""
        return self.transaction is not None and self.transaction.deauthorized

    @property
    def permitted(self) -> bool:
        """Whether the power path may be closed."""
        return self.charges and not self.deauthorized and self.error_code is ChargePointErrorCode.no_error

    @property
    def car(self) -> Car:
        """The car that uses this connector."""
        return self.garage

    @property
    def transaction_id(self) -> Any:
        """The id of the running transaction, as soon as there is one: a number in 1.6, a text since 2.0.1."""
        return self.transaction.transaction_id if self.transaction else None

    @property
    def register_wh(self) -> float:
        """The lifetime energy register in Wh."""
        return self.outlet.register_wh

    @property
    def current(self) -> float:
        """The current in A per phase that flows."""
        return self.outlet.current

    @property
    def power(self) -> float:
        """The power in W that flows."""
        return self.outlet.power

    @property
    def limit(self) -> float:
        """The current in A per phase on offer."""
        return self.outlet.limit

    @property
    def phases(self) -> int:
        """The number of phases on offer, or used by the car that is plugged in."""
        return self.outlet.phases

    def derive_status(self) -> ChargePointStatus:
        """Return the status that the facts amount to."""
        if self.error_code is not ChargePointErrorCode.no_error:
            return ChargePointStatus.faulted
        if self.charges:
            if not self.outlet.offers():
                return ChargePointStatus.suspended_evse
            return ChargePointStatus.charging if self.outlet.target() > 0 else ChargePointStatus.suspended_ev
        if not self.operative:
            return ChargePointStatus.unavailable
        if self.plugged:
            return ChargePointStatus.finishing if self.finishing else ChargePointStatus.preparing
        if self.authorized is not None or self.grant is not None:
            return ChargePointStatus.preparing
        return ChargePointStatus.reserved if self.reservation else ChargePointStatus.available

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart, as JSON values."""
        return {
            "register_wh": self.outlet.register_wh,
            "operative": self.operative,
            "plugged": self.plugged,
            "car": asdict(self.garage),
            "transaction": self.transaction.dump() if self.transaction else None,
            "grant": self._dump_grant(),
            "plug": self.plug,
        }

    def _dump_grant(self) -> list[Any] | None:
        if (grant := self.grant) is None:
            return None
        return [grant.id_tag, grant.kind, grant.group, grant.remote_start_id]

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned; files of earlier versions have neither grant nor plug."""
        if (grant := values.get("grant")) is not None:
            self.grant = Grant(*grant)
        self.plug = values.get("plug", 1)
        self.occupied = values["plugged"]
        self.outlet.register_wh = self.interval_mark_wh = values["register_wh"]
        self.operative = values["operative"]
        self.garage = Car(**values["car"])
        self.outlet.car = self.garage if values["plugged"] else None
        self.transaction = Transaction.load(values["transaction"]) if values["transaction"] else None
