"""Actions about certificates: the roots that a charger trusts, and the one that it shows itself."""

from collections.abc import Mapping
from typing import Any, Final

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
    InstalledCertificate,
)
from custom_components.ocpp_csms.csms.security.installed_certificates import checked_certificate

from .action import ACCEPTED, Action
from .target import Target

ATTR_CERTIFICATE: Final = "certificate"
ATTR_HASH_ALGORITHM: Final = "hash_algorithm"
ATTR_ISSUER_KEY_HASH: Final = "issuer_key_hash"
ATTR_ISSUER_NAME_HASH: Final = "issuer_name_hash"
ATTR_KIND: Final = "kind"
ATTR_SERIAL_NUMBER: Final = "serial_number"

_ALL: Final = "all"
_ROOTS: Final = [kind for kind in CertificateKind if kind is not CertificateKind.V2G_CHAIN]


async def _install_certificate(target: Target, call: ServiceCall) -> JsonObjectType:
    if (given := call.data.get(ATTR_CERTIFICATE)) is not None:
        certificate = checked_certificate(given)
    else:
        certificate = (await target.runtime.certificates.async_authority()).root_certificate
    answer = await target.charge_point.request(InstallCertificate(kind=call.data[ATTR_KIND], certificate=certificate))
    return {"status": answer.status}


def hashes_of(data: Mapping[str, Any]) -> CertificateHashes:
    """Return the certificate that the fields `HASHES` name."""
    return CertificateHashes(
        hash_algorithm=data[ATTR_HASH_ALGORITHM],
        issuer_name_hash=data[ATTR_ISSUER_NAME_HASH],
        issuer_key_hash=data[ATTR_ISSUER_KEY_HASH],
        serial_number=data[ATTR_SERIAL_NUMBER],
    )


async def _delete_certificate(target: Target, call: ServiceCall) -> JsonObjectType:
    request = DeleteCertificate(hashes=hashes_of(call.data))
    return {"status": (await target.charge_point.request(request)).status}


async def _get_installed_certificates(target: Target, call: ServiceCall) -> JsonObjectType:
    asked: tuple[CertificateKind, ...] = call.data[ATTR_KIND]
    answer = await target.charge_point.request(GetInstalledCertificates(kinds=asked))
    asked_alone = asked[0] if len(asked) == 1 else None
    return {"status": answer.status, "certificates": [_listed(item, asked_alone) for item in answer.items]}


def _listed(certificate: InstalledCertificate, asked_alone: CertificateKind | None) -> JsonObjectType:
    """Return a certificate as the action lists it; what a charger does not say of its kind follows from what it was asked."""
    hashes = certificate.hashes
    return {
        ATTR_KIND: certificate.kind or asked_alone,
        ATTR_HASH_ALGORITHM: hashes.hash_algorithm,
        ATTR_ISSUER_NAME_HASH: hashes.issuer_name_hash,
        ATTR_ISSUER_KEY_HASH: hashes.issuer_key_hash,
        ATTR_SERIAL_NUMBER: hashes.serial_number,
    }


async def _sign_certificate(target: Target, _call: ServiceCall) -> JsonObjectType:
    await target.charge_point.certificates.ask()
    return {"status": ACCEPTED}


def _kinds(given: list[str]) -> tuple[CertificateKind, ...]:
    """Return kinds as a request has them: none for all."""
    return () if _ALL in given else tuple(CertificateKind(kind) for kind in dict.fromkeys(given))


def _digits(longest: int) -> object:
    """Accept hex digits as a charger lists them. YAML takes a number of decimal digits alone for a number."""
    return vol.All(cv.string, str.strip, vol.Match(rf"^[0-9A-Fa-f]{{1,{longest}}}$"))


HASHES: Final[dict[vol.Marker, object]] = {
    vol.Required(ATTR_HASH_ALGORITHM): vol.In(("SHA256", "SHA384", "SHA512")),
    vol.Required(ATTR_ISSUER_NAME_HASH): _digits(128),
    vol.Required(ATTR_ISSUER_KEY_HASH): _digits(128),
    vol.Required(ATTR_SERIAL_NUMBER): _digits(40),
    vol.Remove(ATTR_KIND): object,  # what is listed may be handed back as it is
}
"""The fields by which a charger names an installed certificate."""

ACTIONS: Final = {
    "install_certificate": Action(
        handler=_install_certificate,
        fields={
            vol.Optional(ATTR_KIND, default=CertificateKind.CENTRAL_SYSTEM_ROOT.value): vol.All(
                vol.In(_ROOTS), vol.Coerce(CertificateKind)
            ),
            vol.Optional(ATTR_CERTIFICATE): cv.string,
        },
        refusal_is_answer=True,
        admin=True,
    ),
    "delete_certificate": Action(
        handler=_delete_certificate,
        fields=HASHES,
        refusal_is_answer=True,
        admin=True,
    ),
    "get_installed_certificates": Action(
        handler=_get_installed_certificates,
        fields={
            vol.Optional(ATTR_KIND, default=[CertificateKind.CENTRAL_SYSTEM_ROOT.value]): vol.All(
                cv.ensure_list, vol.Length(min=1), [vol.In((*CertificateKind, _ALL))], _kinds
            )
        },
        refusal_is_answer=True,
    ),
    "sign_certificate": Action(handler=_sign_certificate, fields={}, refusal_is_answer=True, admin=True),
}
