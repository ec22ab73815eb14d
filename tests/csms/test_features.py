"""What a charge point says of itself that it can do."""

import pytest

from custom_components.ocpp_csms.csms.features import has_profile, is_true
from custom_components.ocpp_csms.csms.model import ConfigurationKey


def told(key: str, value: str | None) -> dict[str, ConfigurationKey]:
    """Return the configuration of a charge point that tells one key."""
    return {key: ConfigurationKey(key, value, readonly=True)}


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("Core,Reservation", True),
        ("core, reservation ,SmartCharging", True),
        ("Core", False),
        ("", False),
        (None, False),
    ],
)
def test_a_feature_profile_is_among_those_it_names(value: str | None, has: bool) -> None:
    """However it writes the list."""
    assert has_profile(told("SupportedFeatureProfiles", value), "Reservation") is has


def test_who_names_no_feature_profiles_has_none() -> None:
    """As far as is known."""
    assert not has_profile({}, "Reservation")


@pytest.mark.parametrize(
    ("value", "says_true"), [("true", True), (" True ", True), ("false", False), ("1", False), (None, False)]
)
def test_a_key_says_true(value: str | None, says_true: bool) -> None:
    """In whatever case."""
    assert is_true(told("LocalAuthListEnabled", value), "LocalAuthListEnabled") is says_true


def test_a_key_that_is_not_there_does_not_say_true() -> None:
    """Nor anything else."""
    assert not is_true({}, "LocalAuthListEnabled")
