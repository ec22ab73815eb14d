"""What the variables of a charging station say that we go by, and the least that must be written to have it as it is wanted.

Pure: the configuration that is known goes in, keyed as `device_model` writes variables; capabilities and the values to try come out.
Source: OCPP 2.0.1 part 2 appendices (the standard components and variables), J02 (sampled meter values), K01 (smart charging).
"""

from collections.abc import Iterator, Mapping

from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.limiting.composite_schedules import UNITS
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.wanted_configuration import (
    MEASURANDS,
    Wanted,
    measurand_lists,
    measurands_satisfied,
    wanted_measurands,
)
from custom_components.ocpp_csms.csms.wire.fields import names, number

from .device_model import Told, VariableAddress
from .features import DECIDING_KEYS as FEATURE_KEYS, SWITCHES
from .local_list import DECIDING_KEYS as LIST_KEYS, KEY_ENABLED as KEY_LIST_ENABLED
from .message_limits import DECIDING_KEYS as MESSAGE_KEYS

KEY_MEASURANDS = "SampledDataCtrlr.TxUpdatedMeasurands"
KEY_BASIC_AUTH = "SecurityCtrlr.BasicAuthPassword"

_KEY_ALIGNED = "AlignedDataCtrlr.Measurands"
_KEY_SAMPLING = "SampledDataCtrlr.Enabled"
_KEY_INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"
_KEY_INTERVAL_OF_END = "SampledDataCtrlr.TxEndedInterval"
_KEYS_OF_REGISTERS = ("SampledDataCtrlr.TxStartedMeasurands", "SampledDataCtrlr.TxEndedMeasurands")
_KEY_HEARTBEAT = "OCPPCommCtrlr.HeartbeatInterval"
_KEY_PING = "OCPPCommCtrlr.WebSocketPingInterval"
_KEY_STACK_LEVEL = "SmartChargingCtrlr.ProfileStackLevel"
_KEY_RATE_UNIT = "SmartChargingCtrlr.RateUnit"
_KEY_PERIODS = "SmartChargingCtrlr.PeriodsPerSchedule"
_KEY_OFFLINE = "SmartChargingCtrlr.SupportsMaxOfflineDuration"  # 2.1

_REGISTER = "Energy.Active.Import.Register"

CHANGING_KEYS = (
    KEY_MEASURANDS,
    _KEY_ALIGNED,
    _KEY_SAMPLING,
    _KEY_INTERVAL,
    _KEY_INTERVAL_OF_END,
    *_KEYS_OF_REGISTERS,
    _KEY_HEARTBEAT,
    _KEY_PING,
    KEY_LIST_ENABLED,
    *SWITCHES,
)
"""What may have changed meanwhile: what we write, and somebody else may write too; what is switched on; the security profile."""

_LIMIT_KEYS = (_KEY_STACK_LEVEL, _KEY_RATE_UNIT, _KEY_PERIODS, _KEY_OFFLINE)
NEEDED_KEYS = tuple(dict.fromkeys((*CHANGING_KEYS, *MESSAGE_KEYS, *_LIMIT_KEYS, *FEATURE_KEYS, *LIST_KEYS)))
"""What is asked for one by one where a station gives no report of everything."""

_OF_1_6 = {
    "AdditionalRootCertificateCheck": "SecurityCtrlr.AdditionalRootCertificateCheck",
    "AllowOfflineTxForUnknownId": "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": KEY_BASIC_AUTH,
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "CertificateSignedMaxChainSize": "SecurityCtrlr.MaxCertificateChainSize",
    "CertificateStoreMaxLength": "SecurityCtrlr.CertificateEntries",
    "ChargeProfileMaxStackLevel": _KEY_STACK_LEVEL,
    "ChargingScheduleAllowedChargingRateUnit": _KEY_RATE_UNIT,
    "ChargingScheduleMaxPeriods": _KEY_PERIODS,
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "ConnectorSwitch3to1PhaseSupported": "SmartChargingCtrlr.Phases3to1",
    "CpoName": "SecurityCtrlr.OrganizationName",
    "GetConfigurationMaxKeys": "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
    "HeartbeatInterval": _KEY_HEARTBEAT,
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthListMaxLength": "LocalAuthListCtrlr.Entries",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxChargingProfilesInstalled": "SmartChargingCtrlr.Entries[ChargingProfiles]",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MeterValueSampleInterval": _KEY_INTERVAL,
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": KEY_MEASURANDS,
    "ReserveConnectorZeroSupported": "ReservationCtrlr.NonEvseSpecific",
    "ResetRetries": "OCPPCommCtrlr.ResetRetries",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "SendLocalListMaxLength": "LocalAuthListCtrlr.ItemsPerMessage",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "SupportedFileTransferProtocols": "OCPPCommCtrlr.FileTransferProtocols",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": _KEY_PING,
}
VARIABLES_OF_1_6 = {name.casefold(): key for name, key in _OF_1_6.items()}
"""The variables that hold what well-known configuration keys of 1.6 (in lower case) hold."""


def deciding_keys(quirks: Quirks) -> list[str]:
    """Return the variables that decide how limits are wrapped, where no quirk does."""
    undecided = {
        _KEY_STACK_LEVEL: quirks.stack_level is None,
        _KEY_RATE_UNIT: quirks.rate_unit is None,
        _KEY_PERIODS: quirks.limit_expiry is None,
        _KEY_OFFLINE: quirks.limit_expiry is None,
    }
    return [key for key, is_undecided in undecided.items() if is_undecided]


def capabilities_of(configuration: Mapping[str, ConfigurationKey]) -> Capabilities:
    """Return what the variables say about profiles; what they do not say is the least."""
    told = Told(configuration)
    listed = (UNITS.get(name.casefold()) for name in names(told.text(_KEY_RATE_UNIT)))
    level = told.integer(_KEY_STACK_LEVEL)
    return Capabilities(
        highest_stack_level=max(level or 0, 0),
        told_stack_level=level if level is not None and level >= 0 else None,
        units=tuple(dict.fromkeys(unit for unit in listed if unit is not None)),
        periods=told.positive(_KEY_PERIODS),
        offline=told.says(_KEY_OFFLINE) is True,
    )


def evse_count(configuration: Mapping[str, ConfigurationKey]) -> int | None:
    """Return the number of EVSEs that the inventory names; None if it names none. They are numbered from 1 without gaps (§7.2)."""
    return max((address.evse or 0 for address in _places(configuration, "evse", "connector")), default=0) or None


def connectors_of(configuration: Mapping[str, ConfigurationKey], evse: int) -> list[int]:
    """Return the numbers of an EVSE's connectors that the inventory names."""
    places = (address for address in _places(configuration, "connector") if address.evse == evse)
    return sorted({address.connector for address in places if address.connector is not None})


def measurands_to_try(configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks) -> Iterator[str]:
    """Yield comma lists of measurands to try in turn until one is accepted; no longer ones than the station says it takes."""
    told = Told(configuration)
    listed = _supported(told, quirks)
    candidates = (*wanted.measurands, *quirks.measurands, *MEASURANDS)
    supported = None if listed is None else {name for name in candidates if name.casefold() in listed}
    chosen = wanted_measurands(wanted, quirks, supported)
    current = told.item(KEY_MEASURANDS)
    if current is not None and current.maximum is not None and current.maximum > 0:  # characters of the list
        while len(chosen) > 1 and len(",".join(chosen)) > current.maximum:
            chosen = chosen[:-1]
    return measurand_lists(chosen)


def values_to_write(
    configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks
) -> Iterator[tuple[str, str]]:
    """Yield variables, as the station spells them, that may be written and hold another value than they should, but the measurands.

    Registers are wanted at start and end, and no samples of the whole transaction at its end: that message would grow without bounds.
    """
    told = Told(configuration)
    sampling = told.item(_KEY_SAMPLING)
    if sampling is not None and not sampling.readonly and told.says(_KEY_SAMPLING) is False:
        yield sampling.key, "true"
    for key, seconds in (
        (_KEY_INTERVAL, wanted.sample_interval(quirks)),
        (_KEY_INTERVAL_OF_END, 0),
        (_KEY_HEARTBEAT, wanted.heartbeat_interval),
        (_KEY_PING, wanted.ping_interval),
    ):
        known = told.item(key)
        if known is not None and not known.readonly and number(known.value) != seconds:
            yield known.key, str(seconds)
    for key in _KEYS_OF_REGISTERS:
        known = told.item(key)
        if known is not None and not known.readonly and _lacks_register(known):
            yield known.key, ",".join((*names(known.value), _REGISTER))


def values_on_request(configuration: Mapping[str, ConfigurationKey]) -> Iterator[tuple[str, str]]:
    """Yield what lets meter values that are asked for tell what samples tell: the list of clock-aligned ones counts for them (F06.FR.06)."""
    told = Told(configuration)
    sampled, asked = told.item(KEY_MEASURANDS), told.item(_KEY_ALIGNED)
    if sampled is None or asked is None or asked.readonly:
        return
    possible = {name.casefold() for name in asked.options}
    wanted = [name for name in names(sampled.value) if not possible or name.casefold() in possible]
    known = {name.casefold() for name in names(asked.value)}
    missing = [name for name in wanted if name.casefold() not in known]
    if missing:
        yield asked.key, ",".join((*names(asked.value), *missing))


def _lacks_register(known: ConfigurationKey) -> bool:
    """Whether a list of measurands has no register, and could have one."""
    possible = not known.options or _REGISTER.casefold() in {name.casefold() for name in known.options}
    return possible and not measurands_satisfied(known.value, _REGISTER)


def _supported(told: Told, quirks: Quirks) -> set[str] | None:
    """Return the measurands that a station says it can sample, in lower case; None if it does not say."""
    listed: tuple[str, ...] | list[str]
    if quirks.measurands_key is not None:
        listed = names(told.text(quirks.measurands_key))
    else:
        current = told.item(KEY_MEASURANDS)
        listed = () if current is None else current.options
    return {name.casefold() for name in listed} or None


def _places(configuration: Mapping[str, ConfigurationKey], *components: str) -> Iterator[VariableAddress]:
    """Yield the variables of components that belong to an EVSE."""
    for key in configuration:
        if key.casefold().startswith(components):
            address = VariableAddress.parse(key)
            if address.evse is not None and address.component.casefold() in components:
                yield address
