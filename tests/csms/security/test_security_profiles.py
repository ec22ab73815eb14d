"""A security profile is told to a charge point only if it can come back with it."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.security.security_profiles import Means, check_change, is_security_profile

ALL = Means(encrypted=True, password=True, certificate=True, certificate_required=False)
PLAIN = replace(ALL, encrypted=False)


@pytest.mark.parametrize(("value", "means"), [("1", PLAIN), ("0", PLAIN), ("2", ALL), (" 3 ", ALL)])
def test_what_it_has_the_means_for_is_told(value: str, means: Means) -> None:
    """A step down is the charge point's to refuse."""
    check_change(value, means)


@pytest.mark.parametrize(
    ("value", "means", "reason"),
    [
        ("4", ALL, "security_profile_unknown"),
        ("", ALL, "security_profile_unknown"),
        ("three", ALL, "security_profile_unknown"),
        ("2", PLAIN, "security_profile_needs_tls"),
        ("3", PLAIN, "security_profile_needs_tls"),
        ("1", ALL, "security_profile_without_tls"),
        ("0", ALL, "security_profile_without_tls"),
        ("1", replace(PLAIN, password=False), "security_profile_needs_password"),
        ("2", replace(ALL, password=False), "security_profile_needs_password"),
        ("3", replace(ALL, certificate=False), "security_profile_needs_certificate"),
        ("2", replace(ALL, certificate_required=True), "security_profile_downgrade"),
    ],
)
def test_what_would_lock_it_out_is_refused(value: str, means: Means, reason: str) -> None:
    """Each with the reason that says what is missing."""
    with pytest.raises(InvalidRequestError) as refusal:
        check_change(value, means)
    assert refusal.value.reason == reason


def test_the_key_is_known_in_any_case() -> None:
    """As charge points write it, and as a variable."""
    assert is_security_profile(" securityprofile")
    assert is_security_profile("SecurityCtrlr.SecurityProfile")
    assert not is_security_profile("SecurityProfiles")
