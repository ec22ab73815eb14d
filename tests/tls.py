"""Certificates for tests: self-signed, for 127.0.0.1, made anew each time; and what a charger needs to get one of its own."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
import ssl
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_certificate(
    *, passphrase: bytes | None = None, days: float = 1, key: PrivateKey | None = None
) -> tuple[bytes, bytes]:
    """Return a certificate that ends in so many days and its private key (a new one), both PEM; with a passphrase the key is encrypted."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ocpp-csms test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return (
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
    )


def trusting(certificate: bytes) -> ssl.SSLContext:
    """Return the TLS context of a charger that trusts this certificate alone."""
    return ssl.create_default_context(cadata=certificate.decode())


def make_key() -> ec.EllipticCurvePrivateKey:
    """Return a new private key of a charger."""
    return ec.generate_private_key(ec.SECP256R1())


def make_rsa_key() -> rsa.RSAPrivateKey:
    """Return a new RSA key of the least size that OCPP allows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_request(
    key: PrivateKey,
    common_name: str = "CP1",
    *,
    organisation: str | None = None,
    algorithm: hashes.SHA256 | hashes.SHA3_256 | None = None,
) -> str:
    """Return the request, in PEM, that a charger makes for a certificate of its key."""
    names = [(NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organisation)]
    subject = x509.Name([x509.NameAttribute(oid, name) for oid, name in names if name])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    request = builder.sign(key, algorithm or hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def showing(context: ssl.SSLContext, chain: str, key: PrivateKey) -> ssl.SSLContext:
    """Let a charger's context show a certificate chain, and return it."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with NamedTemporaryFile() as file:
        file.write(private + chain.encode())
        file.flush()
        context.load_cert_chain(file.name)
    return context


def showing_foreign(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a charger's context show a certificate of an authority that nobody knows, and return it."""
    key = make_key()
    return showing(context, make_certificate(key=key)[0].decode(), key)
