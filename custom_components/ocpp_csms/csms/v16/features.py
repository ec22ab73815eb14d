"""What the configuration keys of an OCPP 1.6 charge point say that it can do. Pure. Source: OCPP 1.6 §9, and white papers that name more."""

from collections.abc import Mapping

from custom_components.ocpp_csms.csms.features import CostDisplay, Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.wire.fields import folded, names, number, positive

from .configuration import KEY_FEATURE_PROFILES, knows_whitepaper, value_of

_KEY_ANY_CONNECTOR = "ReserveConnectorZeroSupported"
_KEY_FILE_PROTOCOLS = "SupportedFileTransferProtocols"
_KEY_COST_DISPLAY = "CustomDisplayCostAndPrice"
_KEY_COST_DECIMALS = "NumberOfDecimalsForCostValues"
_KEY_OPERATOR = "CpoName"
_KEY_LONGEST_CHAIN = "CertificateSignedMaxChainSize"
_KEY_SECURITY_PROFILE = "SecurityProfile"

# In lower case: keys of which one that is true says that phases can be switched.
_SWITCHING_KEYS = ("connectorswitch3to1phasesupported", "acphaseswitchingsupported")


def features_of(configuration: Mapping[str, ConfigurationKey]) -> Features:
    """Return what the configuration says; who has none of the keys says nothing."""
    values = {key.casefold(): item.value for key, item in configuration.items()}
    return Features(
        reservations=_has_profile(configuration, "Reservation"),
        any_connector=_is_true(configuration, _KEY_ANY_CONNECTOR) if _KEY_ANY_CONNECTOR in configuration else None,
        any_connector_key=_KEY_ANY_CONNECTOR,
        phase_switching=any(folded(values.get(key)) == "true" for key in _SWITCHING_KEYS),
        file_protocols=tuple(names(value_of(configuration, _KEY_FILE_PROTOCOLS))),
        cost_display=(CostDisplay.DATA_TRANSFER if _is_true(configuration, _KEY_COST_DISPLAY) else CostDisplay.NONE),
        cost_decimals=number(value_of(configuration, _KEY_COST_DECIMALS)),
        get_log=knows_whitepaper(configuration),
        operator=configuration.get(_KEY_OPERATOR),
        operator_key=_KEY_OPERATOR,
        longest_chain=positive(value_of(configuration, _KEY_LONGEST_CHAIN)),
        security_profile=number(value_of(configuration, _KEY_SECURITY_PROFILE)),
    )


def _has_profile(configuration: Mapping[str, ConfigurationKey], profile: str) -> bool:
    """Whether a feature profile is among those that the charge point supports (§9.1.25)."""
    return profile.casefold() in {name.casefold() for name in names(value_of(configuration, KEY_FEATURE_PROFILES))}


def _is_true(configuration: Mapping[str, ConfigurationKey], key: str) -> bool:
    return folded(value_of(configuration, key)) == "true"
