"""The components and variables of a small charging station, as a table: what each is, what it may be, how it starts.

OCPP 2.0.1, part 2, "Referenced Components and Variables", and its appendix 3; what a station needs that has core,
advanced security, local list, smart charging, device management, reservation and advanced user interface. What becomes
of the values lives in `device_model`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ocpp.v201.enums import AttributeEnumType, DataEnumType, MeasurandEnumType, MutabilityEnumType

from .. import metering
from .addresses import Address

_READ_ONLY, _READ_WRITE = MutabilityEnumType.read_only, MutabilityEnumType.read_write
_REGISTER = "Energy.Active.Import.Register"
_SAMPLED = f"{_REGISTER},Power.Active.Import,Current.Import,Voltage"
MEASURANDS = tuple(name for name in metering.MEASURANDS if name in set(MeasurandEnumType))
"""What the simulated meter can measure and 2.x has a name for: not the temperature."""
AVAILABILITY = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
START_POINTS = ("ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer", "DataSigned")
STOP_POINTS = ("ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
_TEXT_SIZE = 1000.0
_WEEK = 604800.0  # s
_VOLTS = 230.0
DISPLAY_STATES = ("Charging", "Faulted", "Idle", "Unavailable")
SLOTS = ("1", "2", "3")
"""The network profiles that the station can keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a variable at the start: its value, and whether it can be read and written."""

    value: str = ""
    mutability: MutabilityEnumType = _READ_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One variable at the start. Limits are of the value, or of the length of a text or list."""

    address: Address
    attributes: Mapping[AttributeEnumType, Attribute]
    data_type: DataEnumType
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    monitored: bool = False
    needs_reboot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """What the station is: nameplate, EVSEs, connectors on each, phases, and amperes that each EVSE can offer."""

    vendor: str = "Simulant"
    model: str = "Sim 22"
    serial_number: str | None = None
    firmware_version: str = "1.0.0"
    identity: str = "CP1"
    evses: int = 1
    connectors: int = 1
    phases: int = 3
    current: float = 32.0
    rate_units: tuple[str, ...] = ("A", "W")
    version: str = "2.0.1"
    extra: int = 0
    """How many more variables there are that mean nothing."""


def definitions(make: Make) -> Iterator[Definition]:
    """Yield the variables of a station, component by component."""
    yield from _station(make)
    for evse in range(1, make.evses + 1):
        yield from _evse(make, evse)
        for connector in range(1, make.connectors + 1):
            yield from _connector(make, evse, connector)
    yield from _communication()
    yield from _device_data()
    yield from _security(make)
    yield from _authorization()
    yield from _transactions()
    yield from _metering()
    yield from _smart_charging(make)
    yield from _user_interface(make)
    yield from _monitoring(make)
    for number in range(1, make.extra + 1):
        yield _text(f"VendorCtrlr.Spare[{number}]", str(number), writable=True, high=50.0)


def _any(
    key: str, value: str, kind: DataEnumType, *, writable: bool = False, others: Any = None, **facts: Any
) -> Definition:
    mutability = _READ_WRITE if writable else _READ_ONLY
    actual = {AttributeEnumType.actual: Attribute(value=value, mutability=mutability)}
    return Definition(address=Address.from_text(key), attributes=actual | (others or {}), data_type=kind, **facts)


def _text(key: str, value: str = "", *, writable: bool = False, high: float = _TEXT_SIZE, **facts: Any) -> Definition:
    return _any(key, value, DataEnumType.string, writable=writable, high=high, **facts)


def _flag(key: str, value: bool, *, writable: bool = False, **facts: Any) -> Definition:
    return _any(key, "true" if value else "false", DataEnumType.boolean, writable=writable, **facts)


def _number(
    key: str, value: int, *, writable: bool = False, low: float | None = 0.0, high: float | None = None, **facts: Any
) -> Definition:
    return _any(key, str(value), DataEnumType.integer, writable=writable, low=low, high=high, **facts)


def _decimal(key: str, value: str, **facts: Any) -> Definition:
    return _any(key, value, DataEnumType.decimal, **facts)


def _option(key: str, value: str, choices: tuple[str, ...], **facts: Any) -> Definition:
    return _any(key, value, DataEnumType.option_list, choices=choices, **facts)


def _members(key: str, value: str, choices: tuple[str, ...], **facts: Any) -> Definition:
    return _any(key, value, DataEnumType.member_list, choices=choices, **facts)


def _station(make: Make) -> Iterator[Definition]:
    yield _option("ChargingStation.AvailabilityState", "Available", AVAILABILITY, monitored=True)
    yield _flag("ChargingStation.Available", True)
    yield _flag("ChargingStation.Enabled", True)
    yield _flag("ChargingStation.Problem", False, monitored=True)
    yield _flag("ChargingStation.AllowNewSessionsPendingFirmwareUpdate", True, writable=True)
    yield _text("ChargingStation.Model", make.model)
    yield _text("ChargingStation.VendorName", make.vendor)
    yield _text("ChargingStation.FirmwareVersion", make.firmware_version)
    if make.serial_number is not None:
        yield _text("ChargingStation.SerialNumber", make.serial_number)
    yield _number("ChargingStation.SupplyPhases", make.phases, low=0.0, high=3.0)
    yield _decimal("ChargingStation.Temperature", "20.0", unit="Celsius", low=-40.0, high=90.0, monitored=True)
    yield _any("ClockCtrlr.DateTime", "", DataEnumType.date_time)
    yield _any(
        "ClockCtrlr.TimeSource",
        "Heartbeat",
        DataEnumType.sequence_list,
        writable=True,
        choices=("Heartbeat", "NTP", "RealTimeClock"),
    )
    yield _text("ClockCtrlr.TimeZone", "", writable=True, high=50.0)
    yield _number("ClockCtrlr.TimeAdjustmentReportingThreshold", 20, writable=True, unit="s")


def _evse(make: Make, evse: int) -> Iterator[Definition]:
    watts = make.phases * make.current * _VOLTS
    ceiling = {AttributeEnumType.max_set: Attribute(value=f"{watts:.0f}", mutability=_READ_WRITE)}
    yield _option(f"EVSE({evse}).AvailabilityState", "Available", AVAILABILITY, monitored=True)
    yield _flag(f"EVSE({evse}).Available", True)
    yield _flag(f"EVSE({evse}).Enabled", True)
    yield _flag(f"EVSE({evse}).Problem", False, monitored=True)
    yield _flag(f"EVSE({evse}).AllowReset", True)
    yield _decimal(f"EVSE({evse}).Power", "0", unit="W", low=0.0, high=watts, monitored=True, others=ceiling)
    yield _number(f"EVSE({evse}).SupplyPhases", make.phases, low=0.0, high=3.0)
    rotations = ("RST", "RTS", "SRT", "STR", "TRS", "TSR")
    yield _option(f"EVSE({evse}).PhaseRotation", "RST", rotations, writable=True, needs_reboot=True)


def _connector(make: Make, evse: int, connector: int) -> Iterator[Definition]:
    place = f"({evse},{connector})"
    yield _option(f"Connector{place}.AvailabilityState", "Available", AVAILABILITY, monitored=True)
    yield _flag(f"Connector{place}.Available", True)
    yield _text(f"Connector{place}.ConnectorType", "cType2")
    yield _number(f"Connector{place}.SupplyPhases", make.phases, low=0.0, high=3.0)
    yield _flag(f"ConnectorPlugRetentionLock{place}.Active", False, monitored=True)
    yield _flag(f"ConnectorPlugRetentionLock{place}.Problem", False, monitored=True)


def _communication() -> Iterator[Definition]:
    yield _number("OCPPCommCtrlr.ActiveNetworkProfile", 1)
    protocols = ("FTP", "FTPS", "HTTP", "HTTPS")
    yield _members("OCPPCommCtrlr.FileTransferProtocols", ",".join(protocols), protocols)
    yield _number("OCPPCommCtrlr.HeartbeatInterval", 300, writable=True, low=1.0, unit="s")
    yield _number("OCPPCommCtrlr.MessageTimeout[Default]", 30, unit="s")
    yield _number("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", 3, writable=True, low=1.0)
    yield _number("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", 60, writable=True, unit="s")
    yield _any(
        "OCPPCommCtrlr.NetworkConfigurationPriority",
        "1",
        DataEnumType.sequence_list,
        writable=True,
        choices=SLOTS,
        needs_reboot=True,
    )
    yield _number("OCPPCommCtrlr.NetworkProfileConnectionAttempts", 3, writable=True, low=1.0)
    yield _number("OCPPCommCtrlr.OfflineThreshold", 60, writable=True, unit="s")
    yield _flag("OCPPCommCtrlr.QueueAllMessages", False, writable=True)
    yield _number("OCPPCommCtrlr.ResetRetries", 1, writable=True)
    yield _number("OCPPCommCtrlr.RetryBackOffRandomRange", 0, writable=True, unit="s")
    yield _number("OCPPCommCtrlr.RetryBackOffRepeatTimes", 3, writable=True)
    yield _number("OCPPCommCtrlr.RetryBackOffWaitMinimum", 1, writable=True, unit="s")
    yield _flag("OCPPCommCtrlr.UnlockOnEVSideDisconnect", True, writable=True)
    yield _number("OCPPCommCtrlr.WebSocketPingInterval", 30, writable=True, unit="s")


def _device_data() -> Iterator[Definition]:
    for message in ("GetReport", "GetVariables", "SetVariables"):
        yield _number(f"DeviceDataCtrlr.ItemsPerMessage[{message}]", 20)
        yield _number(f"DeviceDataCtrlr.BytesPerMessage[{message}]", 8000)
    yield _number("DeviceDataCtrlr.ConfigurationValueSize", 1000, high=1000.0)
    yield _number("DeviceDataCtrlr.ReportingValueSize", 2500, high=2500.0)


def _security(make: Make) -> Iterator[Definition]:
    secret = {AttributeEnumType.actual: Attribute(mutability=MutabilityEnumType.write_only)}
    yield Definition(
        address=Address.from_text("SecurityCtrlr.BasicAuthPassword"),
        attributes=secret,
        data_type=DataEnumType.password_string,
        low=16.0,
        high=40.0,
    )
    yield _text("SecurityCtrlr.Identity", make.identity, high=48.0)
    yield _text("SecurityCtrlr.OrganizationName", "", writable=True, high=64.0)
    yield _number("SecurityCtrlr.CertificateEntries", 0, high=10.0)
    yield _number("SecurityCtrlr.SecurityProfile", 0, high=3.0)
    yield _flag("SecurityCtrlr.AdditionalRootCertificateCheck", False)
    yield _number("SecurityCtrlr.MaxCertificateChainSize", 10000, high=10000.0)
    yield _number("SecurityCtrlr.CertSigningWaitMinimum", 60, writable=True, unit="s")
    yield _number("SecurityCtrlr.CertSigningRepeatTimes", 2, writable=True)


def _authorization() -> Iterator[Definition]:
    yield _flag("AuthCtrlr.Enabled", True, writable=True)
    yield _number("AuthCtrlr.AdditionalInfoItemsPerMessage", 4)
    yield _flag("AuthCtrlr.AuthorizeRemoteStart", False, writable=True)
    yield _flag("AuthCtrlr.LocalAuthorizeOffline", True, writable=True)
    yield _flag("AuthCtrlr.LocalPreAuthorize", False, writable=True)
    yield _text("AuthCtrlr.MasterPassGroupId", "", writable=True, high=36.0)
    yield _flag("AuthCtrlr.OfflineTxForUnknownIdEnabled", False, writable=True)
    yield _flag("AuthCtrlr.DisableRemoteAuthorization", False, writable=True)
    yield _flag("AuthCacheCtrlr.Available", True)
    yield _flag("AuthCacheCtrlr.Enabled", True, writable=True)
    yield _number("AuthCacheCtrlr.LifeTime", 0, writable=True, unit="s")
    yield _number("AuthCacheCtrlr.Storage", 0, high=100000.0, unit="B")
    yield _option("AuthCacheCtrlr.Policy", "LRU", ("LRU", "LFU", "FIFO", "CUSTOM"), writable=True)
    yield _flag("AuthCacheCtrlr.DisablePostAuthorize", False, writable=True)
    yield _flag("LocalAuthListCtrlr.Available", True)
    yield _flag("LocalAuthListCtrlr.Enabled", True, writable=True)
    yield _number("LocalAuthListCtrlr.Entries", 0, high=100.0)
    yield _number("LocalAuthListCtrlr.ItemsPerMessage", 50)
    yield _number("LocalAuthListCtrlr.BytesPerMessage", 20000)
    yield _flag("LocalAuthListCtrlr.DisablePostAuthorize", False, writable=True)
    yield _flag("LocalAuthListCtrlr.SupportsExpiryDateTime", True)
    yield _flag("ReservationCtrlr.Available", True)
    yield _flag("ReservationCtrlr.Enabled", True, writable=True)
    yield _flag("ReservationCtrlr.NonEvseSpecific", True)


def _transactions() -> Iterator[Definition]:
    yield _number("TxCtrlr.EVConnectionTimeOut", 60, writable=True, unit="s")
    yield _flag("TxCtrlr.StopTxOnEVSideDisconnect", True, writable=True)
    yield _flag("TxCtrlr.StopTxOnInvalidId", True, writable=True)
    yield _number("TxCtrlr.MaxEnergyOnInvalidId", 0, writable=True, unit="Wh")
    yield _flag("TxCtrlr.TxBeforeAcceptedEnabled", False, writable=True)
    yield _members("TxCtrlr.TxStartPoint", "PowerPathClosed", START_POINTS, writable=True)
    yield _members("TxCtrlr.TxStopPoint", "Authorized,EVConnected", STOP_POINTS, writable=True)


def _metering() -> Iterator[Definition]:
    yield _flag("SampledDataCtrlr.Available", True)
    yield _flag("SampledDataCtrlr.Enabled", True, writable=True)
    yield _flag("SampledDataCtrlr.RegisterValuesWithoutPhases", True, writable=True)
    for key, value in (("TxStarted", _REGISTER), ("TxUpdated", _SAMPLED), ("TxEnded", _REGISTER)):
        yield _members(f"SampledDataCtrlr.{key}Measurands", value, MEASURANDS, writable=True, high=_TEXT_SIZE)
    yield _number("SampledDataCtrlr.TxUpdatedInterval", 60, writable=True, high=_WEEK, unit="s")
    yield _number("SampledDataCtrlr.TxEndedInterval", 0, writable=True, high=_WEEK, unit="s")
    yield _flag("AlignedDataCtrlr.Available", True)
    yield _flag("AlignedDataCtrlr.Enabled", True, writable=True)
    yield _flag("AlignedDataCtrlr.SendDuringIdle", False, writable=True)
    yield _members("AlignedDataCtrlr.Measurands", _REGISTER, MEASURANDS, writable=True, high=_TEXT_SIZE)
    yield _members("AlignedDataCtrlr.TxEndedMeasurands", "", MEASURANDS, writable=True, high=_TEXT_SIZE)
    yield _number("AlignedDataCtrlr.Interval", 0, writable=True, high=_WEEK, unit="s")
    yield _number("AlignedDataCtrlr.TxEndedInterval", 0, writable=True, high=_WEEK, unit="s")


def _smart_charging(make: Make) -> Iterator[Definition]:
    yield _flag("SmartChargingCtrlr.Available", True)
    yield _flag("SmartChargingCtrlr.Enabled", True, writable=True)
    yield _flag("SmartChargingCtrlr.ACPhaseSwitchingSupported", True)
    yield _flag("SmartChargingCtrlr.Phases3to1", True)
    yield _number("SmartChargingCtrlr.ProfileStackLevel", 8)
    yield _members("SmartChargingCtrlr.RateUnit", ",".join(make.rate_units), ("A", "W"))
    yield _number("SmartChargingCtrlr.PeriodsPerSchedule", 24)
    yield _number("SmartChargingCtrlr.Entries[ChargingProfiles]", 0, high=16.0)
    yield _decimal("SmartChargingCtrlr.LimitChangeSignificance", "5", writable=True, low=0.0, unit="Percent")
    yield _flag("SmartChargingCtrlr.ExternalControlSignalsEnabled", True, writable=True)
    yield _flag("SmartChargingCtrlr.NotifyChargingLimitWithSchedules", False, writable=True)
    if make.version == "2.1":
        yield _flag("SmartChargingCtrlr.SupportsMaxOfflineDuration", True)
        yield _flag("SmartChargingCtrlr.SupportsDynamicProfiles", False)


def _user_interface(make: Make) -> Iterator[Definition]:
    yield _flag("DisplayMessageCtrlr.Available", True)
    yield _flag("DisplayMessageCtrlr.Enabled", True, writable=True)
    yield _number("DisplayMessageCtrlr.DisplayMessages", 0, high=20.0)
    yield _members("DisplayMessageCtrlr.SupportedFormats", "ASCII,UTF8", ("ASCII", "UTF8", "HTML", "URI"))
    priorities = ("AlwaysFront", "InFront", "NormalCycle")
    yield _members("DisplayMessageCtrlr.SupportedPriorities", ",".join(priorities), priorities)
    if make.version == "2.1":
        yield _members("DisplayMessageCtrlr.SupportedStates", ",".join(DISPLAY_STATES), DISPLAY_STATES)
        yield _option("DisplayMessageCtrlr.Language", "en", ("en", "de"))
    for instance in ("Tariff", "Cost"):
        yield _flag(f"TariffCostCtrlr.Available[{instance}]", True)
        yield _flag(f"TariffCostCtrlr.Enabled[{instance}]", True, writable=True)
    yield _text("TariffCostCtrlr.TariffFallbackMessage", "", writable=True, high=255.0)
    yield _text("TariffCostCtrlr.TotalCostFallbackMessage", "", writable=True, high=255.0)
    yield _text("TariffCostCtrlr.Currency", "EUR", writable=True, high=3.0)


def _monitoring(make: Make) -> Iterator[Definition]:
    yield _flag("MonitoringCtrlr.Available", True)
    yield _flag("MonitoringCtrlr.Enabled", True, writable=True)
    for message in ("SetVariableMonitoring", "ClearVariableMonitoring"):
        yield _number(f"MonitoringCtrlr.ItemsPerMessage[{message}]", 10)
        yield _number(f"MonitoringCtrlr.BytesPerMessage[{message}]", 8000)
    yield _number("MonitoringCtrlr.OfflineQueuingSeverity", 5, writable=True, high=9.0)
    bases = ("All", "FactoryDefault", "HardWiredOnly")
    yield _option("MonitoringCtrlr.ActiveMonitoringBase", "All", bases)
    yield _number("MonitoringCtrlr.ActiveMonitoringLevel", 9, high=9.0)
    if make.version == "2.1":
        yield _number("MonitoringCtrlr.MaxPeriodicEventStreams", 4)
