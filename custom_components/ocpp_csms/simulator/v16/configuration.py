"""Configuration keys of OCPP 1.6 (sections 9.1 to 9.4), of the security whitepaper and of the pricing one.

Holds values and judges changes; what a key means is up to whoever reads it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ocpp.v16.datatypes import KeyValue
from ocpp.v16.enums import ConfigurationStatus

from ..metering import MEASURANDS
from ..quirks import Quirks

FEATURE_PROFILES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)


_WHITEPAPER = frozenset(
    {
        "AdditionalRootCertificateCheck",
        "CertificateSignedMaxChainSize",
        "CertificateStoreMaxLength",
        "CpoName",
        "SecurityProfile",
        "SupportedFileTransferProtocols",
    }
)


@dataclass(frozen=True, slots=True)
class Key:
    """One configuration key: whether it can be written, takes effect only after a restart, and may be read."""

    value: str
    accepts: Callable[[str], bool] | None = None  # None: read-only
    needs_reboot: bool = False
    secret: bool = False


class Configuration:
    """The keys of one charge point and their values. Key names ignore case, as CiString does."""

    def __init__(self, connectors: int, quirks: Quirks, overrides: Mapping[str, str] | None = None) -> None:
        """Set the defaults, then the quirks' own values, then the overrides.

        Both replace values without any check and may add read-only keys.
        """
        unknown = quirks.hidden_keys if quirks.security_whitepaper else quirks.hidden_keys | _WHITEPAPER
        self._hidden = {name.lower() for name in unknown}
        self._keys = _standard_keys(connectors, quirks)
        for name, value in {**quirks.configuration, **(overrides or {})}.items():
            if "." in name:  # a variable of 2.x
                continue
            known = self._keys.get(self._name(name) or name, Key(value))
            self._keys[self._name(name) or name] = Key(value, known.accepts, known.needs_reboot, known.secret)
        self._values = {name: key.value for name, key in self._keys.items()}
        self._pending: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return the value in force. Raises KeyError for a name that is not spelt as in the specification."""
        return self._values[name]

    def integer(self, name: str) -> int:
        """Return the value in force as a number. Raises KeyError and ValueError."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """Return the value in force as a truth value. Raises KeyError."""
        return self._values[name].lower() == "true"

    def items(self, name: str) -> list[str]:
        """Return the comma-separated values in force. Raises KeyError."""
        return [item.strip() for item in self._values[name].split(",") if item.strip()]

    def report(self, names: Iterable[str] | None) -> tuple[list[KeyValue], list[str]]:
        """Return the asked (or all) keys, and the asked names that are not known (section 5.8)."""
        known: list[KeyValue] = []
        unknown: list[str] = []
        for asked in names or [name for name in self._keys if name.lower() not in self._hidden]:
            if (name := self._told(asked)) is None:
                unknown.append(asked)
                continue
            key = self._keys[name]
            known.append(KeyValue(name, key.accepts is None, None if key.secret else self._values[name]))
        return known, unknown

    def change(self, asked: str, value: str) -> ConfigurationStatus:
        """Judge and apply a change (section 5.3); what needs a restart waits for `apply_pending`."""
        if (name := self._told(asked)) is None:
            return ConfigurationStatus.not_supported
        key = self._keys[name]
        if key.accepts is None or not key.accepts(value):
            return ConfigurationStatus.rejected
        if key.needs_reboot:
            self._pending[name] = value
            return ConfigurationStatus.reboot_required
        self._values[name] = value
        return ConfigurationStatus.accepted

    def set(self, name: str, value: str) -> None:
        """Set a value from within, without asking whether it may be written. Raises KeyError."""
        if name not in self._keys:
            raise KeyError(name)
        self._values[name] = value

    def guard(self, name: str, permits: Callable[[str], bool]) -> None:
        """Let someone else have a say, too, whether a key may be changed to a value. Raises KeyError."""
        key = self._keys[name]
        if (accepts := key.accepts) is not None:
            self._keys[name] = replace(key, accepts=lambda value: accepts(value) and permits(value))

    def apply_pending(self) -> None:
        """Put in force what waited for a restart."""
        self._values |= self._pending
        self._pending = {}

    def dump(self) -> dict[str, str]:
        """Return what survives a restart, including what waits for one."""
        return self._values | self._pending

    def restore(self, values: Mapping[str, str]) -> None:
        """Take over dumped values; names that are gone are left out."""
        self._values |= {name: value for name, value in values.items() if name in self._keys}

    def _name(self, asked: str) -> str | None:
        return next((name for name in self._keys if name.lower() == asked.lower()), None)

    def _told(self, asked: str) -> str | None:
        """Return the name of a key as the central system may know it."""
        return None if asked.lower() in self._hidden else self._name(asked)


def _number(low: int = 0, high: int = 2**31 - 1) -> Callable[[str], bool]:
    return lambda value: value.isascii() and value.isdigit() and low <= int(value) <= high


def _boolean(value: str) -> bool:
    return value.lower() in {"true", "false"}


def _one_of(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def _at_most(length: int) -> Callable[[str], bool]:
    return lambda value: len(value) <= length


def _anything(_value: str) -> bool:
    return True


def _measurands(quirks: Quirks) -> Callable[[str], bool]:
    def accepts(value: str) -> bool:
        names = [name.strip() for name in value.split(",") if name.strip()]
        return (
            all(name in MEASURANDS for name in names)
            and not quirks.refused_measurands.intersection(names)
            and (quirks.max_measurands is None or len(names) <= quirks.max_measurands)
        )

    return accepts


def _authorization_key(quirks: Quirks) -> Callable[[str], bool]:
    def accepts(value: str) -> bool:
        if quirks.text_authorization_key:
            return 16 <= len(value) <= 40
        # Security whitepaper: 16 to 20 bytes, written as hexadecimal digits.
        return 32 <= len(value) <= 40 and len(value) % 2 == 0 and set(value.lower()) <= set("0123456789abcdef")

    return accepts


def _standard_keys(connectors: int, quirks: Quirks) -> dict[str, Key]:
    measurands = _measurands(quirks)
    register = "Energy.Active.Import.Register"
    longest = str(quirks.max_measurands or len(MEASURANDS))
    sampled = (register, "Power.Active.Import", "Current.Import", "Voltage")
    allowed = [name for name in sampled if name not in quirks.refused_measurands]
    features = [name for name in FEATURE_PROFILES if name not in quirks.unlisted_features]
    return {
        # Core (9.1)
        "AllowOfflineTxForUnknownId": Key("false", _boolean),
        "AuthorizationCacheEnabled": Key("true", _boolean),
        "AuthorizeRemoteTxRequests": Key("false", _boolean),
        "ClockAlignedDataInterval": Key("0", _number()),
        "ConnectionTimeOut": Key("60", _number()),
        "ConnectorPhaseRotation": Key("0.RST", _anything, needs_reboot=True),
        "ConnectorPhaseRotationMaxLength": Key(str(connectors + 1)),
        "GetConfigurationMaxKeys": Key("100"),
        "HeartbeatInterval": Key("300", _number()),
        "LightIntensity": Key("80", _number(0, 100)),
        "LocalAuthorizeOffline": Key("true", _boolean),
        "LocalPreAuthorize": Key("false", _boolean),
        "MaxEnergyOnInvalidId": Key("0", _number()),
        "MeterValuesAlignedData": Key(register, measurands),
        "MeterValuesAlignedDataMaxLength": Key(longest),
        "MeterValuesSampledData": Key(",".join(allowed[: quirks.max_measurands]), measurands),
        "MeterValuesSampledDataMaxLength": Key(longest),
        "MeterValueSampleInterval": Key("60", _number()),
        "NumberOfConnectors": Key(str(connectors)),
        "ResetRetries": Key("1", _number()),
        "StopTransactionOnEVSideDisconnect": Key("true", _boolean),
        "StopTransactionOnInvalidId": Key("true", _boolean),
        "StopTxnAlignedData": Key("", measurands if quirks.full_stop_data else _one_of("")),
        "StopTxnAlignedDataMaxLength": Key(longest if quirks.full_stop_data else "0"),
        "StopTxnSampledData": Key(register, measurands if quirks.full_stop_data else _one_of("", register)),
        "StopTxnSampledDataMaxLength": Key(longest if quirks.full_stop_data else "1"),
        "SupportedFeatureProfiles": Key(",".join(features)),
        "SupportedFeatureProfilesMaxLength": Key(str(len(FEATURE_PROFILES))),
        "TransactionMessageAttempts": Key("3", _number(1)),
        "TransactionMessageRetryInterval": Key("60", _number()),
        "UnlockConnectorOnEVSideDisconnect": Key("true", _boolean),
        "WebSocketPingInterval": Key("30", _number()),  # In force with the next connection.
        # Local authorization list (9.2)
        "LocalAuthListEnabled": Key("true", _boolean),
        "LocalAuthListMaxLength": Key("100"),
        "SendLocalListMaxLength": Key("50"),
        # Reservation (9.3)
        "ReserveConnectorZeroSupported": Key("false"),
        # Smart charging (9.4)
        "ChargeProfileMaxStackLevel": Key("8"),
        "ChargingScheduleAllowedChargingRateUnit": Key(",".join(quirks.rate_units)),
        "ChargingScheduleMaxPeriods": Key("24"),
        "ConnectorSwitch3to1PhaseSupported": Key("true"),
        "MaxChargingProfilesInstalled": Key("16"),
        # Security whitepaper
        "AdditionalRootCertificateCheck": Key("false"),
        "AuthorizationKey": Key("", _authorization_key(quirks), secret=True),
        "CertificateSignedMaxChainSize": Key("10000"),
        "CertificateStoreMaxLength": Key("10"),
        "CpoName": Key("", _at_most(50)),
        "SecurityProfile": Key("0", _one_of("0", "1", "2", "3")),
        "SupportedFileTransferProtocols": Key("FTP,FTPS,HTTP,HTTPS"),
        # California pricing
        "CustomDisplayCostAndPrice": Key("false", _boolean),
        "NumberOfDecimalsForCostValues": Key("2"),
    }
