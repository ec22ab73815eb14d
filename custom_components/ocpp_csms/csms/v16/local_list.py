"""What the configuration keys of an OCPP 1.6 charge point say about its local authorization list. Pure. Source: OCPP 1.6 §9.2."""

from collections.abc import Mapping

from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.wire.fields import folded, names, positive

from .configuration import KEY_FEATURE_PROFILES

KEY_ENABLED = "LocalAuthListEnabled"
KEY_LONGEST = "LocalAuthListMaxLength"
KEY_LONGEST_MESSAGE = "SendLocalListMaxLength"

DECIDING_KEYS = (KEY_FEATURE_PROFILES, KEY_ENABLED, KEY_LONGEST, KEY_LONGEST_MESSAGE)

_PROFILE = "localauthlistmanagement"


def list_support(configuration: Mapping[str, ConfigurationKey]) -> ListSupport:
    """Return what the configuration says. One that is not said to be off is on; who lists no feature profiles has one if it says how long."""
    values = {key: configuration[key].value for key in DECIDING_KEYS if key in configuration}
    profiles = {name.casefold() for name in names(values.get(KEY_FEATURE_PROFILES))}
    return ListSupport(
        supported=_PROFILE in profiles or (not profiles and KEY_LONGEST in values),
        enabled=folded(values.get(KEY_ENABLED)) != "false",
        longest=positive(values.get(KEY_LONGEST)),
        longest_message=positive(values.get(KEY_LONGEST_MESSAGE)),
    )
