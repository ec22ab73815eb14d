"""Actions about how a charger reaches its central system."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import NetworkInterface, SetNetworkProfile

from .action import Action
from .target import Target

ATTR_INTERFACE: Final = "interface"
ATTR_SECURITY_PROFILE: Final = "security_profile"
ATTR_SLOT: Final = "slot"
ATTR_TIMEOUT: Final = "timeout"
ATTR_URL: Final = "url"

DEFAULT_TIMEOUT: Final = 30  # s
_LONGEST_URL: Final = 512
_ENCRYPTED_FROM: Final = 2  # security profile


async def _set_network_profile(target: Target, call: ServiceCall) -> JsonObjectType:
    url, security_profile = call.data[ATTR_URL], call.data[ATTR_SECURITY_PROFILE]
    _check_url(url, security_profile)
    request = SetNetworkProfile(
        slot=call.data[ATTR_SLOT],
        url=url,
        security_profile=security_profile,
        interface=call.data[ATTR_INTERFACE],
        timeout=round(call.data[ATTR_TIMEOUT].total_seconds()),
    )
    return {"status": (await target.charge_point.request(request)).status}


def _check_url(url: str, security_profile: int) -> None:
    """Raise `InvalidRequestError` for a URL that no charger can dial, or not with this security profile."""
    try:
        parts = urlsplit(url)
        is_sound = bool(parts.hostname) and parts.scheme in {"ws", "wss"} and len(url) <= _LONGEST_URL
    except ValueError:
        is_sound = False
    if not is_sound:
        raise InvalidRequestError("network_url_invalid", most=_LONGEST_URL)
    scheme = "wss" if security_profile >= _ENCRYPTED_FROM else "ws"
    if parts.scheme != scheme:
        raise InvalidRequestError("network_url_scheme", profile=security_profile, scheme=scheme)


ACTIONS: Final = {
    "set_network_profile": Action(
        handler=_set_network_profile,
        fields={
            vol.Required(ATTR_SLOT): vol.All(vol.Coerce(int), vol.Range(min=0, max=1000)),
            vol.Required(ATTR_URL): vol.All(cv.string, str.strip),
            vol.Required(ATTR_SECURITY_PROFILE): vol.All(vol.Coerce(int), vol.Range(min=0, max=3)),
            vol.Optional(ATTR_INTERFACE, default=NetworkInterface.WIRED_0.value): vol.Coerce(NetworkInterface),
            vol.Optional(ATTR_TIMEOUT, default=timedelta(seconds=DEFAULT_TIMEOUT)): vol.All(
                cv.positive_time_period, vol.Range(min=timedelta(seconds=1), max=timedelta(hours=1))
            ),
        },
        refusal_is_answer=True,
        admin=True,
    ),
}
