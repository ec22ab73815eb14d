"""The words of the central system: what a charge point, a connector, a transaction and a reading are, in no version's dialect.

Plain data only: no socket, no clock, no rule. Values of enums that reach Home Assistant are snake case and public (see the contract).
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .booking.transactions import Session, Transaction

MAX_CONNECTORS = 100  # of one charge point: what is beyond is a slip
KEPT_VIOLATIONS = 20


class ConnectorStatus(StrEnum):
    """State of a connector, or of the whole charge point on connector 0 (OCPP 1.6 §7.7 ChargePointStatus).

    What 2.x tells in parts comes to one of them, too. OCPP's Unavailable is `inoperative`: Home Assistant needs `unavailable` for itself.
    """

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    INOPERATIVE = "inoperative"
    FAULTED = "faulted"


IN_TRANSACTION = frozenset({ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})
NO_CABLE = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED})
_SAYS_NOTHING_OF_CABLE = frozenset({ConnectorStatus.INOPERATIVE, ConnectorStatus.FAULTED})

ENDED_BY_HAND = frozenset({"Local", "Remote", "DeAuthorized", "EmergencyStop", "UnlockCommand"})
"""Reasons of a transaction's end (OCPP 1.6 §7.36, ReasonEnumType of 2.x) that a person or a command is behind."""


class ErrorCode(StrEnum):
    """Error of a connector (OCPP 1.6 §7.6 ChargePointErrorCode)."""

    NO_ERROR = "no_error"
    CONNECTOR_LOCK_FAILURE = "connector_lock_failure"
    EV_COMMUNICATION_ERROR = "ev_communication_error"
    GROUND_FAILURE = "ground_failure"
    HIGH_TEMPERATURE = "high_temperature"
    INTERNAL_ERROR = "internal_error"
    LOCAL_LIST_CONFLICT = "local_list_conflict"
    OTHER_ERROR = "other_error"
    OVER_CURRENT_FAILURE = "over_current_failure"
    OVER_VOLTAGE = "over_voltage"
    POWER_METER_FAILURE = "power_meter_failure"
    POWER_SWITCH_FAILURE = "power_switch_failure"
    READER_FAILURE = "reader_failure"
    RESET_FAILURE = "reset_failure"
    UNDER_VOLTAGE = "under_voltage"
    WEAK_SIGNAL = "weak_signal"


class Registration(StrEnum):
    """Whether the charge point may take part (RegistrationStatus)."""

    ACCEPTED = "accepted"
    PENDING = "pending"


class ValidationMode(StrEnum):
    """What happens to frames that break the schema: repaired and counted, answered with CALLERROR, or not even looked at."""

    TOLERANT = "tolerant"
    STRICT = "strict"
    OFF = "off"


class Quantity(StrEnum):
    """A value of a connector as people know it: what `metering.summarise` makes of readings. Units in brackets."""

    POWER = "power"  # W
    POWER_L1 = "power_l1"
    POWER_L2 = "power_l2"
    POWER_L3 = "power_l3"
    POWER_OFFERED = "power_offered"  # W
    POWER_EXPORT = "power_export"  # W
    REACTIVE_POWER = "reactive_power"  # var
    REACTIVE_POWER_EXPORT = "reactive_power_export"  # var
    CURRENT = "current"  # A
    CURRENT_L1 = "current_l1"
    CURRENT_L2 = "current_l2"
    CURRENT_L3 = "current_l3"
    CURRENT_OFFERED = "current_offered"  # A
    CURRENT_EXPORT = "current_export"  # A
    VOLTAGE = "voltage"  # V
    VOLTAGE_L1 = "voltage_l1"
    VOLTAGE_L2 = "voltage_l2"
    VOLTAGE_L3 = "voltage_l3"
    ENERGY = "energy"  # kWh, lifetime register
    ENERGY_EXPORT = "energy_export"  # kWh, lifetime register
    REACTIVE_ENERGY = "reactive_energy"  # kvarh
    REACTIVE_ENERGY_EXPORT = "reactive_energy_export"  # kvarh
    SOC = "soc"  # %
    TEMPERATURE = "temperature"  # °C
    FREQUENCY = "frequency"  # Hz
    POWER_FACTOR = "power_factor"  # 1
    FAN_SPEED = "fan_speed"  # 1/min


@dataclass(slots=True)  # not frozen: a dozen are made of every message, and frozen ones take four times as long to make
class Reading:
    """One sampled value, normalised.

    `unit` is one of kWh, kvarh, kVAh, W, var, VA, A, V, Hz, Celsius, Percent, RPM or "" (power factor).
    `phase` is None (total or unsaid), L1, L2, L3, N, L1-L2, L2-L3 or L3-L1.
    """

    measurand: str
    value: float
    unit: str
    phase: str | None = None
    context: str = "Sample.Periodic"
    location: str = "Outlet"


@dataclass(frozen=True, slots=True)
class StationInfo:
    """What a charge point says of itself in its BootNotification. Absent and empty texts are None."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    meter_type: str | None = None
    meter_serial: str | None = None
    iccid: str | None = None
    imsi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The start of a transaction as a charge point tells it, connector 0 standing for the only one.

    `at` is None when its time is not believable, `id_tag` when nobody has authorized the transaction yet; `meter_start` in kWh.
    `tag_name` and `parent` are what the user has entered of the tag.
    `fingerprint` is what a retried start has in common with the first, `transaction_id` that of a charge point that chooses it.
    """

    connector: int
    at: datetime | None
    id_tag: str | None
    meter_start: float | None
    fingerprint: str
    reservation: int | None = None
    transaction_id: str | None = None
    tag_name: str | None = None
    parent: str | None = None
    offline: bool = False  # the charge point says that it could not tell at the time


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLimit:
    """A limit that somebody else has set for a charge point, as it tells: `source` is EMS, SO (grid), CSO or another word of its own.

    `limit` is what holds first, in `unit` (A per phase or W); both are None where only that there is a limit was told.
    """

    source: str
    limit: float | None = None
    unit: str | None = None
    grid_critical: bool | None = None


@dataclass(slots=True)
class Connector:
    """One connector of a charge point; number 0 is the charge point as a whole."""

    number: int
    status: ConnectorStatus | None = None
    status_at: datetime | None = None
    status_before: ConnectorStatus | None = None  # on the connection before; None once it has restarted
    error_code: ErrorCode | None = None
    error: str | None = None  # as the charge point named it; None for no error
    vendor_error: str | None = None
    info: str | None = None
    readings: dict[Quantity, float] = field(default_factory=dict)
    sampled_at: datetime | None = None  # what the newest readings are of
    transaction: Transaction | None = None  # the newest of its session
    session: Session | None = None  # the running or last one
    limit: float | None = None  # A, what the charge point confirmed
    paused: bool = False
    phases: int | None = None  # how many it was told to use; None: nothing
    limit_ignored: bool = False  # measured or offered currents go on contradicting the limit
    operative: bool | None = None  # in service
    cable: bool | None = None  # whether one is in, where the charge point tells it apart from the status
    external_limit: ExternalLimit | None = None
    starting: bool = False  # a remote start is on its way

    @property
    def running_transaction(self) -> Transaction | None:
        """The transaction that runs; None when there is none, or when the one that is shown has ended."""
        return self.transaction if self.transaction is not None and self.transaction.running else None

    @property
    def awaits_authorization(self) -> bool:
        """Whether a transaction runs that nobody has authorized yet, or nobody any more: some go with the cable (2.x, TxStartPoint, TxStopPoint)."""
        running = self.running_transaction
        if running is None or self.status is ConnectorStatus.CHARGING:
            return False
        return running.reason is not None or (running.id_tag is None and self.status is ConnectorStatus.PREPARING)

    @property
    def plugged_in(self) -> bool | None:
        """Whether a cable is in; None while it cannot be told. A status that says so is believed before the transaction."""
        if self.cable is not None:
            return self.cable
        if self.status is not None and self.status not in _SAYS_NOTHING_OF_CABLE:
            return self.status not in NO_CABLE
        return True if self.running_transaction is not None else None

    @property
    def charging(self) -> bool | None:
        """Whether energy flows into the car; None while it cannot be told."""
        if self.status is None:
            power = self.readings.get(Quantity.POWER)
            return power > 0 if power is not None else None
        return self.status is ConnectorStatus.CHARGING

    @property
    def session_energy(self) -> float | None:
        """Energy of the running or last session in kWh; 0 when a car is plugged in anew."""
        if self.session is not None:
            return self.session.energy
        return 0.0 if self.status is not None else None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once. `kind` is the event entity's key, `type` one of its event types, `data` its attributes."""

    kind: str
    type: str
    connector: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigurationKey:
    """One configuration key as the charge point reports it (OCPP 1.6 §7.29 KeyValue), or one variable of 2.x.

    What stands behind the first three, only 2.x tells; the value of one that is `write_only` is never kept.
    """

    key: str
    value: str | None
    readonly: bool
    _: KW_ONLY
    unit: str | None = None
    data_type: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    write_only: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """The far end of the last connection: its address, and what it has reached us at, for files by HTTP."""

    address: str
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One break of the specification by a charge point, kept for diagnostics."""

    at: datetime
    action: str
    problem: str
    frame: str


@dataclass(slots=True)
class Violations:
    """The breaks of the specification by one charge point: how many, and the last of them."""

    count: int = 0
    latest: tuple[Violation, ...] = ()

    def add(self, violation: Violation) -> None:
        """Count one and keep it."""
        self.count += 1
        self.latest = (*self.latest, violation)[-KEPT_VIOLATIONS:]
