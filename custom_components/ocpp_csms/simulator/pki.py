"""X.509 by `cryptography`: reading, checking, hashing and asking for certificates, all in PEM.

Pure functions. Nothing imports this module when the program starts: `certificates` does when it is first needed.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from ocpp.v16.datatypes import CertificateHashData
from ocpp.v16.enums import HashAlgorithm

from .certificates import Unfit

_RSA_BITS = 2048
_HASHES = {
    HashAlgorithm.sha256: hashes.SHA256(),
    HashAlgorithm.sha384: hashes.SHA384(),
    HashAlgorithm.sha512: hashes.SHA512(),
}


def checked_root(pem: str, now: datetime) -> str:
    """Return a single certificate that is valid now as it is kept. Raises Unfit."""
    certificates = _parse(pem)
    if len(certificates) != 1:
        raise Unfit("a root is one certificate, not a chain")
    _check_dates(certificates[0], now)
    return certificates[0].public_bytes(Encoding.PEM).decode()


def hash_data(pem: str, others: Sequence[str], algorithm: HashAlgorithm) -> CertificateHashData:
    """Hash the issuer's name and key as OCSP does (RFC 6960, section 4.1.1); the issuer may be among `others`."""
    certificate = _parse(pem)[0]
    issuers = (_parse(other)[0] for other in others)
    issuer = next((each for each in issuers if _signed_by(certificate, each)), certificate)
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, _HASHES[algorithm]).build()
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=request.issuer_name_hash.hex(),
        issuer_key_hash=request.issuer_key_hash.hex(),
        serial_number=f"{certificate.serial_number:x}",
    )


def new_request(common_name: str, organization: str, *, rsa: bool) -> tuple[str, str]:
    """Make a key, RSA or on the curve P-256; return it, and a signing request for it."""
    key: rsa_keys.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if rsa:
        key = rsa_keys.generate_private_key(65537, _RSA_BITS)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        ]
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    kept = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return kept.decode(), request.public_bytes(Encoding.PEM).decode()


def check_own(chain: str, key: str, now: datetime) -> None:
    """Check that a chain is sound and that its first certificate is for a private key. Raises Unfit."""
    certificates = _parse(chain)
    own = load_pem_private_key(key.encode(), None).public_key()
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_bytes(*spki) != certificates[0].public_key().public_bytes(*spki):
        raise Unfit("the certificate is not for the key of the request")
    _check_chain(certificates, now)


def check_signer(pem: str, roots: Sequence[str], now: datetime) -> None:
    """Check that a chain is sound and ends at one of the roots. Raises Unfit."""
    certificates = _parse(pem)
    _check_chain(certificates, now)
    last, trusted = certificates[-1], [_parse(root)[0] for root in roots]
    if not any(last == root or _signed_by(last, root) for root in trusted):
        raise Unfit("the certificate leads to no installed root of the manufacturer")


def check_signature(content: bytes, signature: str, pem: str) -> None:
    """Check a signature over SHA-256, in base64: RSA (PSS, or PKCS #1 v1.5) or ECDSA. Raises Unfit."""
    key = _parse(pem)[0].public_key()
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, rsa_keys.RSAPublicKey):
            _verify_rsa(key, raw, content)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, content, ec.ECDSA(hashes.SHA256()))
        else:
            raise Unfit(f"nothing is signed with a {type(key).__name__} here")
    except (binascii.Error, InvalidSignature) as error:
        raise Unfit("the signature is not that of the file") from error


def _verify_rsa(key: rsa_keys.RSAPublicKey, signature: bytes, content: bytes) -> None:
    digest = hashes.SHA256()
    try:
        key.verify(signature, content, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
    except InvalidSignature:
        key.verify(signature, content, padding.PKCS1v15(), digest)


def _parse(pem: str) -> list[x509.Certificate]:
    """Read one or more certificates. Raises Unfit."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise Unfit("that is no certificate") from error


def _check_chain(certificates: Sequence[x509.Certificate], now: datetime) -> None:
    """Check that each certificate is valid now and signed by the next. Raises Unfit."""
    for certificate in certificates:
        _check_dates(certificate, now)
    if not all(_signed_by(one, other) for one, other in pairwise(certificates)):
        raise Unfit("a certificate of the chain is not signed by the next")


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Unfit("the certificate is not valid now")


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except ValueError, TypeError, InvalidSignature:
        return False
    return True
