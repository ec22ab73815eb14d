"""What an OCPP 1.6 charge point is configured to, and the least that must be written to get there.

Pure: what it reports, what the user wants and what it has refused before go in; the keys to try come out. Source: OCPP 1.6 §9.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.wire.fields import names as names_in, number

KEY_MEASURANDS = "MeterValuesSampledData"
KEY_CONNECTORS = "NumberOfConnectors"
KEY_MOST_KEYS = "GetConfigurationMaxKeys"
KEY_SECURITY_PROFILE = "SecurityProfile"

# What we show, most wanted first: a charge point that takes only a few is asked for the first few.
MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "SoC",
)
_LEAST_MEASURANDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user and the central system want of the configuration. Intervals in s."""

    heartbeat_interval: int
    ping_interval: int
    meter_interval: int
    measurands: tuple[str, ...] = ()


def measurand_lists(configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks) -> Iterator[str]:
    """Yield comma lists of measurands to try in turn until one is accepted: all that is wanted, then the essential ones, then two."""
    names = wanted.measurands or quirks.measurands or MEASURANDS
    supported = _supported(configuration, quirks)
    names = tuple(
        name for name in names if name not in quirks.without_measurands and (supported is None or name in supported)
    )
    maximum = integer_of(configuration, f"{KEY_MEASURANDS}MaxLength")
    if maximum is not None and maximum > 0:
        names = names[:maximum]
    tried = set()
    for count in (len(names), _LEAST_MEASURANDS, 2):
        value = ",".join(names[:count])
        if value and value not in tried:
            tried.add(value)
            yield value


def measurands_satisfied(current: str | None, candidate: str) -> bool:
    """Whether the charge point already sends all of a list, in whatever order and with whatever more."""
    have = {name.casefold() for name in names_in(current)}
    return all(name.casefold() in have for name in names_in(candidate))


def intervals(
    configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks
) -> Iterator[tuple[str, str]]:
    """Yield the keys with an interval that the charge point has, may be written, and holds another value of."""
    meter_interval = max(wanted.meter_interval, quirks.meter_interval or 0)
    for key, seconds in (
        ("MeterValueSampleInterval", meter_interval),
        ("HeartbeatInterval", wanted.heartbeat_interval),
        ("WebSocketPingInterval", wanted.ping_interval),
    ):
        known = configuration.get(key)
        if known is not None and not known.readonly and integer_of(configuration, key) != seconds:
            yield key, str(seconds)


def value_of(configuration: Mapping[str, ConfigurationKey], key: str) -> str | None:
    """Return the value of a key; None if there is no such key, or it has none."""
    return configuration[key].value if key in configuration else None


def integer_of(configuration: Mapping[str, ConfigurationKey], key: str) -> int | None:
    """Return the value of a key as an integer; None if it is none."""
    return number(value_of(configuration, key))


def connector_count(configuration: Mapping[str, ConfigurationKey]) -> int | None:
    """Return NumberOfConnectors, if it is told."""
    return integer_of(configuration, KEY_CONNECTORS)


def most_keys(configuration: Mapping[str, ConfigurationKey]) -> int | None:
    """Return how many keys may be asked for at once, if that is told (§9.1.8)."""
    most = integer_of(configuration, KEY_MOST_KEYS)
    return most if most is not None and most > 0 else None


def knows_whitepaper(configuration: Mapping[str, ConfigurationKey]) -> bool:
    """Whether the charge point has what the security whitepaper adds to 1.6: the key of its security profile is mandatory there."""
    return KEY_SECURITY_PROFILE in configuration


def _supported(configuration: Mapping[str, ConfigurationKey], quirks: Quirks) -> set[str] | None:
    if quirks.measurands_key is None:
        return None
    return set(names_in(value_of(configuration, quirks.measurands_key))) or None
