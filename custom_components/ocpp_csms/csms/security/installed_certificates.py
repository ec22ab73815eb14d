"""The root certificates that a charge point says it has, and one that it is to be given.

Pure. Source: GetInstalledCertificateIds, InstallCertificate, DeleteCertificate of the OCPP 1.6 security whitepaper ed. 3 and of 2.0.1
part 2 (M03…M05).
"""

from collections.abc import Iterator
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.requests import CertificateHashes
from custom_components.ocpp_csms.csms.wire.fields import nested, text

LONGEST_CERTIFICATE: Final = 5500
"""Characters of a certificate that fit into InstallCertificate."""

_MOST = 100  # certificates that are listed


def certificates_of(listed: Any) -> tuple[CertificateHashes, ...]:
    """Return the certificates that an answer to `GetInstalledCertificates` lists; entries that say nothing of use are left out."""
    items = listed if isinstance(listed, list) else [listed]
    return tuple(_hashes(items[:_MOST]))


def hashes_payload(hashes: CertificateHashes) -> dict[str, str]:
    """Return a CertificateHashDataType, as all versions have it."""
    return {
        "hashAlgorithm": hashes.hash_algorithm,
        "issuerNameHash": hashes.issuer_name_hash,
        "issuerKeyHash": hashes.issuer_key_hash,
        "serialNumber": hashes.serial_number,
    }


def checked_certificate(pem: str) -> str:
    """Return a single certificate in PEM, and nothing beside it. Raises `InvalidRequestError` for what is none."""
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise InvalidRequestError("root_certificate_invalid") from error
    if len(certificates) > 1:
        raise InvalidRequestError("root_certificate_not_alone", number=len(certificates))
    written = certificates[0].public_bytes(Encoding.PEM).decode("ascii")
    if len(written) > LONGEST_CERTIFICATE:
        raise InvalidRequestError("root_certificate_too_long", longest=LONGEST_CERTIFICATE)
    return written


def _hashes(items: list[Any]) -> Iterator[CertificateHashes]:
    for item in map(nested, items):
        members = [
            text(item.get(name)) for name in ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
        ]
        algorithm, name_hash, key_hash, serial_number = members
        if algorithm and name_hash and key_hash and serial_number:
            yield CertificateHashes(
                hash_algorithm=algorithm,
                issuer_name_hash=name_hash,
                issuer_key_hash=key_hash,
                serial_number=serial_number,
            )
