"""Changing the security profile of a charge point: what must be there first, so that it does not lock itself out.

Pure. Source: OCPP 1.6 security whitepaper ed. 3 §2 (profiles), A05 (upgrade), as in 2.0.1 part 2: a lower profile is never taken up again
by OCPP.
"""

from dataclasses import dataclass
from typing import Final

from custom_components.ocpp_csms.csms.errors import InvalidRequestError

_SECURITY_PROFILE = "securityprofile"
_PASSWORD = {1, 2}
_TLS = {2, 3}
CLIENT_CERTIFICATE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a charge point and the central system have to secure a connection with."""

    encrypted: bool  # the listener speaks TLS
    password: bool  # the charge point has one
    certificate: bool  # the charge point may have a client certificate that we would take
    certificate_required: bool  # it is not let in without one any more


def is_security_profile(key: str) -> bool:
    """Tell whether a configuration key, or a variable (`component.name`), is the one of the security profile, in whatever case."""
    return key.rpartition(".")[2].strip().casefold() == _SECURITY_PROFILE


def check_change(value: str, means: Means) -> None:
    """Raise `InvalidRequestError` for a profile that the charge point could not come back with. 0 is the charge point's to refuse."""
    profile = int(value) if value.strip() in {"0", "1", "2", "3"} else None
    if profile is None:
        raise InvalidRequestError("security_profile_unknown", value=value[:50])
    if means.certificate_required and profile < CLIENT_CERTIFICATE:
        raise InvalidRequestError("security_profile_downgrade", profile=profile)
    if profile in _TLS and not means.encrypted:
        raise InvalidRequestError("security_profile_needs_tls", profile=profile)
    if profile not in _TLS and means.encrypted:
        raise InvalidRequestError("security_profile_without_tls", profile=profile)
    if profile in _PASSWORD and not means.password:
        raise InvalidRequestError("security_profile_needs_password", profile=profile)
    if profile == CLIENT_CERTIFICATE and not means.certificate:
        raise InvalidRequestError("security_profile_needs_certificate")
