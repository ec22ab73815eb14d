"""A certificate authority for tests: makes roots and certificates, and signs what is asked of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes, CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def pem_of(certificate: x509.Certificate) -> str:
    """Return a certificate in PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a private key in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True, slots=True)
class Authority:
    """A root or an intermediate authority with its key. With negative `days` what it makes is no longer valid."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, name: str = "test root", *, issuer: Authority | None = None, days: int = 1) -> Self:
        """Make one; without issuer it signs itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = issuer.certificate.subject if issuer else _name(name)
        signer_key = issuer.key if issuer else key
        usage = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = (
            _builder(_name(name), signer, key.public_key(), signer_key.public_key(), days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        )
        return cls(builder.sign(signer_key, hashes.SHA256()), key)

    @property
    def pem(self) -> str:
        """The certificate in PEM."""
        return pem_of(self.certificate)

    def issue(self, subject: str, key: CertificatePublicKeyTypes, *, days: int = 1) -> x509.Certificate:
        """Issue a certificate for a key; who shows it may be at 127.0.0.1."""
        return self._issue(_name(subject), key, days)

    def sign(self, request: str, *, days: int = 1) -> str:
        """Return the certificate that a signing request asks for, in PEM."""
        asked = x509.load_pem_x509_csr(request.encode())
        return pem_of(self._issue(asked.subject, asked.public_key(), days))

    def _issue(self, subject: x509.Name, key: CertificatePublicKeyTypes, days: int) -> x509.Certificate:
        builder = _builder(subject, self.certificate.subject, key, self.key.public_key(), days)
        local = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        return builder.add_extension(local, critical=False).sign(self.key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    issuer_key: CertificateIssuerPublicKeyTypes,
    days: int,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
