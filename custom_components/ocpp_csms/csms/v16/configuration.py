"""What an OCPP 1.6 charge point is configured to, and the least that must be written to get there.

Pure: what it reports, what the user wants and what it has refused before go in; the keys to try come out. Source: OCPP 1.6 §9.
"""

from collections.abc import Iterator, Mapping

from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.wanted_configuration import Wanted, measurand_lists, wanted_measurands
from custom_components.ocpp_csms.csms.wire.fields import names as names_in, number

KEY_MEASURANDS = "MeterValuesSampledData"
KEY_CONNECTORS = "NumberOfConnectors"
KEY_MOST_KEYS = "GetConfigurationMaxKeys"
KEY_FEATURE_PROFILES = "SupportedFeatureProfiles"

# In lower case.
_WHITEPAPER_KEYS = frozenset(
    {
        "additionalrootcertificatecheck",
        "certificatesignedmaxchainsize",
        "certificatestoremaxlength",
        "cponame",
        "securityprofile",
        "supportedfiletransferprotocols",
    }
)


def measurands_to_try(configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks) -> Iterator[str]:
    """Yield comma lists of measurands to try in turn until one is accepted; no longer ones than the charge point says it takes."""
    names = wanted_measurands(wanted, quirks, _supported(configuration, quirks))
    maximum = integer_of(configuration, f"{KEY_MEASURANDS}MaxLength")
    return measurand_lists(names[:maximum] if maximum is not None and maximum > 0 else names)


def intervals(
    configuration: Mapping[str, ConfigurationKey], wanted: Wanted, quirks: Quirks
) -> Iterator[tuple[str, str]]:
    """Yield the keys with an interval that the charge point has, may be written, and holds another value of."""
    for key, seconds in (
        ("MeterValueSampleInterval", wanted.sample_interval(quirks)),
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
    """Whether the charge point has what the security whitepaper adds to 1.6: only who does has a key of it."""
    return any(key.casefold() in _WHITEPAPER_KEYS for key in configuration)


def _supported(configuration: Mapping[str, ConfigurationKey], quirks: Quirks) -> set[str] | None:
    if quirks.measurands_key is None:
        return None
    return set(names_in(value_of(configuration, quirks.measurands_key))) or None
