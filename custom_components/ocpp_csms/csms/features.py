"""What a charge point says of itself that it can do, read from its configuration keys.

Pure. Only OCPP 1.6 has these keys (§9, and white papers that name more); who has none of them says nothing.
"""

from collections.abc import Mapping

from .model import ConfigurationKey
from .wire.fields import folded, names

KEY_FEATURE_PROFILES = "SupportedFeatureProfiles"


def has_profile(configuration: Mapping[str, ConfigurationKey], profile: str) -> bool:
    """Whether a feature profile is among those that the charge point supports (§9.1.25)."""
    return profile.casefold() in {folded(name) for name in names(_value(configuration, KEY_FEATURE_PROFILES))}


def is_true(configuration: Mapping[str, ConfigurationKey], key: str) -> bool:
    """Whether a key is there and says true."""
    return folded(_value(configuration, key)) == "true"


def _value(configuration: Mapping[str, ConfigurationKey], key: str) -> str | None:
    found = configuration.get(key)
    return None if found is None else found.value
