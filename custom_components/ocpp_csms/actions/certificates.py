"""Actions about certificates: the roots that a charger trusts, and the one that it shows itself."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.requests import (
    CertificateHashes,
    CertificateKind,
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
)
from custom_components.ocpp_csms.csms.security.installed_certificates import checked_certificate, read_installed

from .action import ACCEPTED, Action
from .target import Target

ATTR_CERTIFICATE: Final = "certificate"
ATTR_HASH_ALGORITHM: Final = "hash_algorithm"
ATTR_ISSUER_KEY_HASH: Final = "issuer_key_hash"
ATTR_ISSUER_NAME_HASH: Final = "issuer_name_hash"
ATTR_KIND: Final = "kind"
ATTR_SERIAL_NUMBER: Final = "serial_number"

_KIND: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_KIND, default=CertificateKind.CENTRAL_SYSTEM_ROOT.value): vol.Coerce(CertificateKind)
}


async def _install_certificate(target: Target, call: ServiceCall) -> JsonObjectType:
    if (given := call.data.get(ATTR_CERTIFICATE)) is not None:
        certificate = checked_certificate(given)
    else:
        certificate = (await target.runtime.certificates.async_authority()).root_certificate
    answer = await target.charge_point.request(InstallCertificate(kind=call.data[ATTR_KIND], certificate=certificate))
    return {"status": answer.status}


async def _delete_certificate(target: Target, call: ServiceCall) -> JsonObjectType:
    hashes = CertificateHashes(
        hash_algorithm=call.data[ATTR_HASH_ALGORITHM],
        issuer_name_hash=call.data[ATTR_ISSUER_NAME_HASH],
        issuer_key_hash=call.data[ATTR_ISSUER_KEY_HASH],
        serial_number=call.data[ATTR_SERIAL_NUMBER],
    )
    return {"status": (await target.charge_point.request(DeleteCertificate(hashes=hashes))).status}


async def _get_installed_certificates(target: Target, call: ServiceCall) -> JsonObjectType:
    answer = await target.charge_point.request(GetInstalledCertificates(kind=call.data[ATTR_KIND]))
    return {
        "status": answer.status,
        "certificates": [
            {
                ATTR_HASH_ALGORITHM: hashes.hash_algorithm,
                ATTR_ISSUER_NAME_HASH: hashes.issuer_name_hash,
                ATTR_ISSUER_KEY_HASH: hashes.issuer_key_hash,
                ATTR_SERIAL_NUMBER: hashes.serial_number,
            }
            for hashes in read_installed(answer)
        ],
    }


async def _sign_certificate(target: Target, _call: ServiceCall) -> JsonObjectType:
    await target.charge_point.certificates.ask()
    return {"status": ACCEPTED}


def _digits(longest: int) -> object:
    """Accept hex digits as a charger lists them. YAML takes a number of decimal digits alone for a number."""
    return vol.All(cv.string, str.strip, vol.Match(rf"^[0-9A-Fa-f]{{1,{longest}}}$"))


ACTIONS: Final = {
    "install_certificate": Action(
        handler=_install_certificate,
        fields={**_KIND, vol.Optional(ATTR_CERTIFICATE): cv.string},
        refusal_is_answer=True,
        admin=True,
    ),
    "delete_certificate": Action(
        handler=_delete_certificate,
        fields={
            vol.Required(ATTR_HASH_ALGORITHM): vol.In(("SHA256", "SHA384", "SHA512")),
            vol.Required(ATTR_ISSUER_NAME_HASH): _digits(128),
            vol.Required(ATTR_ISSUER_KEY_HASH): _digits(128),
            vol.Required(ATTR_SERIAL_NUMBER): _digits(40),
        },
        refusal_is_answer=True,
        admin=True,
    ),
    "get_installed_certificates": Action(handler=_get_installed_certificates, fields=_KIND, refusal_is_answer=True),
    "sign_certificate": Action(handler=_sign_certificate, fields={}, refusal_is_answer=True, admin=True),
}
