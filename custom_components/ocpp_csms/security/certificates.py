"""TLS of the listener: reading a certificate and its private key, and keeping uploaded ones in a private file.

Everything here reads or writes files: run it in an executor. An encrypted private key is refused, nobody could type its passphrase at a restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
import logging
from pathlib import Path
import ssl
from typing import Any, ClassVar, override

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.file import write_utf8_file_atomic
from homeassistant.util.ulid import ulid_now

from custom_components.ocpp_csms.const import CONF_CERTIFICATE, CONF_CLIENT_AUTHORITY, CONF_PRIVATE_KEY, DOMAIN

_LOGGER = logging.getLogger(__name__)

# Those without forward secrecy stand last: the OCPP security profiles demand them for chargers that can do no better (whitepaper, §2.3).
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AES128-GCM-SHA256:AES256-GCM-SHA384:!aNULL"

_UPLOADS = Path(STORAGE_DIR, f"{DOMAIN}.tls")


class CertificateError(Exception):
    """A certificate or a private key cannot be used. `field` is the form's field at fault, `reason` a stable key for translation."""

    def __init__(self, field: str, reason: str) -> None:
        """Keep the field's name and the reason's key."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_files(hass: HomeAssistant, tls: Mapping[str, Any]) -> None:
    """Check that two PEM files hold a certificate and the private key that belongs to it. Raises `CertificateError`.

    `tls` is what the entry's data keeps: both paths, absolute or relative to the configuration folder.
    """
    check_pem(_read(hass, tls, CONF_CERTIFICATE), _read(hass, tls, CONF_PRIVATE_KEY))
    if tls.get(CONF_CLIENT_AUTHORITY):
        check_client_authority(_read(hass, tls, CONF_CLIENT_AUTHORITY))


def check_pem(certificate: bytes, private_key: bytes) -> None:
    """Check that PEM texts hold a certificate (its chain may follow) and the private key that belongs to it. Raises `CertificateError`."""
    try:
        chain = x509.load_pem_x509_certificates(certificate)
    except ValueError as err:
        raise CertificateError(CONF_CERTIFICATE, "certificate_invalid") from err
    key = _load_private_key(private_key)
    if _public_bytes(chain[0].public_key()) != _public_bytes(key.public_key()):
        raise CertificateError(CONF_PRIVATE_KEY, "key_mismatch")


def check_client_authority(certificates: bytes) -> None:
    """Check that a PEM text holds certificates that may sign others. Raises `CertificateError`."""
    try:
        for certificate in x509.load_pem_x509_certificates(certificates):
            if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                raise CertificateError(CONF_CLIENT_AUTHORITY, "client_authority_invalid")
    except (ValueError, x509.ExtensionNotFound) as err:
        raise CertificateError(CONF_CLIENT_AUTHORITY, "client_authority_invalid") from err


def load_server_context(hass: HomeAssistant, tls: Mapping[str, Any]) -> ssl.SSLContext:
    """Return the TLS context (1.2 or newer) of a listener whose entry's data names these files. Raises `CertificateError`."""
    check_files(hass, tls)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    try:
        context.load_cert_chain(hass.config.path(tls[CONF_CERTIFICATE]), hass.config.path(tls[CONF_PRIVATE_KEY]))
    except ssl.SSLError as err:
        # For example a key that is too short for the system's policy.
        raise CertificateError(CONF_CERTIFICATE, "certificate_invalid") from err
    if tls.get(CONF_CLIENT_AUTHORITY):
        trust_clients(context, _read(hass, tls, CONF_CLIENT_AUTHORITY).decode("ascii", "ignore"))
    return context


def trust_clients(context: ssl.SSLContext, authorities: str) -> None:
    """Take client certificates of these authorities (PEM) from the next connection on. No file is read: it may be called in the loop.

    Before the first call chargers are not asked for one at all: a charger that has one of its maker would show it, and be turned away.
    """
    context.load_verify_locations(cadata=authorities)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.sslobject_class = _ToldHandshake


class _ToldHandshake(ssl.SSLObject):
    """A handshake that says why a client certificate is refused: the connection ends before anybody else hears of it."""

    told: ClassVar[set[str]] = set()  # reasons; OpenSSL has some dozens

    @override
    def do_handshake(self) -> None:
        """Shake hands. Raises what `ssl` raises."""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            level = logging.DEBUG if error.verify_message in self.told else logging.WARNING
            self.told.add(error.verify_message)
            _LOGGER.log(level, "A charger was refused for its client certificate: %s", error.verify_message)
            raise


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What is on disk for the listener to show."""

    fingerprint: bytes
    expires: datetime


def read_server_certificate(hass: HomeAssistant, tls: Mapping[str, Any]) -> ServerCertificate:
    """Return the certificate that the files hold now, once they fit together. Raises `CertificateError`."""
    check_files(hass, tls)
    certificate = x509.load_pem_x509_certificates(_read(hass, tls, CONF_CERTIFICATE))[0]
    return ServerCertificate(certificate.fingerprint(SHA256()), certificate.not_valid_after_utc)


def read_upload(hass: HomeAssistant, file_id: str, field: str) -> bytes:
    """Return the content of an uploaded file, which is gone afterwards. Raises `CertificateError`."""
    try:
        with process_uploaded_file(hass, file_id) as path:
            return path.read_bytes()
    except (ValueError, OSError) as err:
        raise CertificateError(field, "upload_failed") from err


def keep_upload(hass: HomeAssistant, certificate: bytes, private_key: bytes) -> dict[str, str]:
    """Write an uploaded certificate and its key into one private file of ours and return what the entry's data keeps of it."""
    path = _write(hass, private_key + b"\n" + certificate)
    return {CONF_CERTIFICATE: path, CONF_PRIVATE_KEY: path}


def keep_client_authority(hass: HomeAssistant, certificates: bytes) -> dict[str, str]:
    """Write the uploaded certificates of an authority into a file of ours and return what the entry's data keeps of it."""
    return {CONF_CLIENT_AUTHORITY: _write(hass, certificates)}


def forget_upload(hass: HomeAssistant, tls: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> None:
    """Delete the uploaded files of `tls`, but for those that `kept` still names. Files that the user keeps elsewhere stay."""
    in_use = {} if kept is None else kept
    for path in {Path(path) for path in tls.values()} - {Path(path) for path in in_use.values()}:
        if path.parent == _UPLOADS:
            Path(hass.config.path(str(path))).unlink(missing_ok=True)


def is_upload(tls: Mapping[str, Any]) -> bool:
    """Tell whether these files were uploaded, and not given by path."""
    return Path(tls[CONF_CERTIFICATE]).parent == _UPLOADS


def _write(hass: HomeAssistant, content: bytes) -> str:
    """Write a new private file of ours and return its path below the configuration folder."""
    path = _UPLOADS / f"{ulid_now()}.pem"
    Path(hass.config.path(str(_UPLOADS))).mkdir(mode=0o700, exist_ok=True, parents=True)
    write_utf8_file_atomic(hass.config.path(str(path)), content, private=True, mode="wb")
    return str(path)


def _read(hass: HomeAssistant, tls: Mapping[str, Any], field: str) -> bytes:
    try:
        return Path(hass.config.path(tls[field])).read_bytes()
    except FileNotFoundError as err:
        raise CertificateError(field, "file_not_found") from err
    except OSError as err:
        raise CertificateError(field, "file_not_readable") from err


def _load_private_key(private_key: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(private_key, None)
    except TypeError as err:
        raise CertificateError(CONF_PRIVATE_KEY, "key_encrypted") from err
    except (ValueError, UnsupportedAlgorithm) as err:
        raise CertificateError(CONF_PRIVATE_KEY, "key_invalid") from err


def _public_bytes(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded
