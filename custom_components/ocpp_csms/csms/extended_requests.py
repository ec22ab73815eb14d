"""What only newer charge points can be asked, in no version's words: monitors, display messages, reports, network profiles and more.

Plain data, beside `requests`, of which all that is said there holds here too: a version that cannot say one of these refuses it.
Variables are named by their text key, e.g. `EVSE(1).Power`. Source: OCPP 2.0.1 part 2, use cases as named at the types.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from custom_components.ocpp_csms.charging.profiles import Purpose

from .requests import CertificateHashes, CompositeSchedule, Request

# Variables


class ReportBase(StrEnum):
    """Which report of all variables (B07)."""

    CONFIGURATION = "configuration"
    FULL = "full"
    SUMMARY = "summary"


class ReportCriterion(StrEnum):
    """Which components a report is about (B08)."""

    ACTIVE = "active"
    AVAILABLE = "available"
    ENABLED = "enabled"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBaseReport(Request):
    """Ask for a report of all variables (B07). Items: `ConfigurationKey`."""

    request_id: int
    base: ReportBase


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReport(Request):
    """Ask for a report of some variables (B08): those of components that fit any criterion, and those named. Items: `ConfigurationKey`."""

    request_id: int
    criteria: tuple[ReportCriterion, ...] = ()
    variables: tuple[str, ...] = ()


# Monitors


class MonitorKind(StrEnum):
    """What a monitor watches for (N04, MonitorEnumType)."""

    UPPER_THRESHOLD = "upper_threshold"
    LOWER_THRESHOLD = "lower_threshold"
    DELTA = "delta"
    PERIODIC = "periodic"
    PERIODIC_CLOCK_ALIGNED = "periodic_clock_aligned"


class MonitorGroup(StrEnum):
    """Which monitors are asked for (N02, MonitoringCriterionEnumType)."""

    THRESHOLD = "threshold"
    DELTA = "delta"
    PERIODIC = "periodic"


class MonitoringBase(StrEnum):
    """Which monitors are set at once (N03): all that there can be, those of the factory, or only those that cannot be taken away."""

    ALL = "all"
    FACTORY_DEFAULT = "factory_default"
    HARD_WIRED_ONLY = "hard_wired_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariableMonitor(Request):
    """Watch a variable (N04). `value` is a threshold or a difference in its unit, or a time in s. Items: one `MonitorAnswer`.

    Severity: 0 (danger) to 9 (debug). With a `monitor_id` it replaces that one. `transaction`: only while a transaction runs.
    """

    variable: str
    kind: MonitorKind
    value: float
    severity: int
    transaction: bool = False
    monitor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearVariableMonitors(Request):
    """Watch no longer (N06). Items: a `MonitorAnswer` for each."""

    monitor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorAnswer:
    """What became of one monitor: a status as the specification spells it, and the number of the monitor, if there is one."""

    status: str
    monitor_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVariableMonitors(Request):
    """List the monitors (N02): of these groups, on these variables; without either all of them. Items: `Monitor`."""

    request_id: int
    groups: tuple[MonitorGroup, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One monitor of a variable. `kind` as `MonitorKind` has it, or another in snake case."""

    monitor_id: int
    variable: str
    kind: str
    value: float | None
    severity: int | None
    transaction: bool


@dataclass(frozen=True, slots=True)
class SetMonitoringBase(Request):
    """Set a group of monitors at once (N03)."""

    base: MonitoringBase


@dataclass(frozen=True, slots=True)
class SetMonitoringLevel(Request):
    """Tell of nothing that is less severe (N05): 0 (danger) to 9 (everything)."""

    severity: int


# The display


class MessagePriority(StrEnum):
    """Where a message stands among those to be shown (O01)."""

    ALWAYS_FRONT = "always_front"
    IN_FRONT = "in_front"
    NORMAL_CYCLE = "normal_cycle"


class MessageState(StrEnum):
    """While what a message is shown (O01)."""

    CHARGING = "charging"
    FAULTED = "faulted"
    IDLE = "idle"
    UNAVAILABLE = "unavailable"


class MessageFormat(StrEnum):
    """How a message is written (O01)."""

    ASCII = "ascii"
    HTML = "html"
    URI = "uri"
    UTF8 = "utf8"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMessage(Request):
    """Show a message on the display (O01, O02, O06); one of the same number is replaced."""

    message_id: int
    content: str
    format: MessageFormat = MessageFormat.UTF8
    language: str | None = None
    priority: MessagePriority = MessagePriority.NORMAL_CYCLE
    state: MessageState | None = None
    start: datetime | None = None
    end: datetime | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMessages(Request):
    """List the messages of the display (O03, O04) that fit all that is given. Items: `DisplayMessage`."""

    request_id: int
    message_ids: tuple[int, ...] = ()
    priority: MessagePriority | None = None
    state: MessageState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayMessage:
    """One message of a display. Words of the specification are in snake case."""

    message_id: int
    content: str
    format: str | None
    language: str | None
    priority: str | None
    state: str | None
    start: datetime | None
    end: datetime | None
    transaction_id: str | None


@dataclass(frozen=True, slots=True)
class ClearMessage(Request):
    """Show a message no longer (O05)."""

    message_id: int


# Customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whose data is meant: exactly one of these is given (N09)."""

    id_tag: str | None = None
    identifier: str | None = None
    certificate: CertificateHashes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCustomerInformation(Request):
    """Ask for what is kept about a customer (N09), and with `clear` let it be forgotten then (N10). Items: one text."""

    request_id: int
    customer: Customer
    clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCustomerInformation(Request):
    """Forget what is kept about a customer, and tell nothing of it (N10)."""

    request_id: int
    customer: Customer


# The network, and firmware for others


class NetworkInterface(StrEnum):
    """By what a charge point reaches its central system (OCPPInterfaceEnumType)."""

    WIRED_0 = "wired_0"
    WIRED_1 = "wired_1"
    WIRED_2 = "wired_2"
    WIRED_3 = "wired_3"
    WIRELESS_0 = "wireless_0"
    WIRELESS_1 = "wireless_1"
    WIRELESS_2 = "wireless_2"
    WIRELESS_3 = "wireless_3"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNetworkProfile(Request):
    """Store how to reach a central system, for later use (B09). Time-out in s."""

    slot: int
    url: str
    security_profile: int
    interface: NetworkInterface
    timeout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishFirmware(Request):
    """Fetch firmware from a URL, and offer it to the charge points nearby (L03). The checksum is an MD5 in hex digits."""

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True)
class UnpublishFirmware(Request):
    """Offer firmware no longer (L04)."""

    checksum: str


# Charging


class LimitSource(StrEnum):
    """Who has set a limit (ChargingLimitSourceEnumType)."""

    ENERGY_MANAGEMENT = "ems"
    OTHER = "other"
    SYSTEM_OPERATOR = "so"
    CENTRAL_SYSTEM = "cso"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChargingProfiles(Request):
    """List the charging profiles that fit all that is given (K09); connector 0: those of the whole charge point. Items: `InstalledProfile`."""

    request_id: int
    connector: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None
    source: LimitSource | None = None
    profile_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledProfile:
    """A charging profile that a charge point has, and who has set it. Words of the specification are in snake case."""

    profile_id: int
    connector: int
    source: str | None
    purpose: str | None
    kind: str | None
    recurrency: str | None
    stack_level: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    transaction_id: str | None
    schedules: tuple[CompositeSchedule, ...]


@dataclass(frozen=True, slots=True)
class GetTransactionStatus(Request):
    """Ask whether a transaction goes on, and whether messages about it, or any, wait to be sent (E14). Items: one `TransactionState`."""

    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionState:
    """Whether a transaction goes on (None: not told), and whether messages wait to be sent."""

    ongoing: bool | None
    queued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostUpdated(Request):
    """Tell what a running transaction has cost so far, in the currency of the tariff (I02)."""

    transaction_id: str
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlugAvailability(Request):
    """Take one of several plugs of a connector in or out of service (G03)."""

    connector: int
    plug: int
    operative: bool
