"""The authority behind client certificates: a root, a certificate below it that signs, and what it makes of a charge point's request.

Pure but for random numbers: nothing is kept, nobody is asked for the time. RSA signatures of large requests take milliseconds to check.
Sources: OCPP 1.6 security whitepaper ed. 3 §2.5 (security profile 3), §4.1 (certificates), A02 (SignCertificate).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

IDENTITY_SCHEME = "ocpp:"
"""What stands before the quoted charge point id in a certificate's alternative name."""

LONGEST_CHAIN = 10_000
"""Characters of a chain that fit into CertificateSigned."""

LONGEST_REQUEST = 10_000
"""Characters of a request that are looked at; the specification allows 5500."""

_ROOT_LIFE = timedelta(days=20 * 365)
_SIGNER_LIFE = timedelta(days=10 * 365)
_CLIENT_LIFE = timedelta(days=2 * 365)
_SPARE = timedelta(
    days=365
)  # what is left of a signer's life, beyond that of a client certificate, when it is replaced
_SKEW = timedelta(days=1)  # by which clocks of charge points may be behind

_RSA_BITS = range(2048, 8193)
_LEAST_CURVE_BITS = 224
_SOUND_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LONGEST_NAME = 64  # bytes of a common name and of an organisation (X.520)


class RequestError(Exception):
    """A certificate signing request cannot be granted. `problem` says why, in words for the log."""

    def __init__(self, problem: str) -> None:
        """Keep what is wrong."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request whose signature is right and whose key is strong enough; its own wishes for extensions are passed over."""

    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    organisation: str | None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A client certificate: `chain` is itself and its signer's, in PEM."""

    chain: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class _Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def expires(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """A root, its signer, and those that came before them and may still have certificates in use."""

    root: _Pair
    signer: _Pair
    retired: tuple[x509.Certificate, ...] = ()

    @classmethod
    def create(cls, now: datetime) -> Self:
        """Make a new one."""
        root = _new_root(now)
        return cls(root, _new_signer(root, now))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `as_dict` returned. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
        retired = tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in stored["retired"])
        return cls(_load_pair(stored["root"]), _load_pair(stored["signer"]), retired)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, private keys included, as JSON."""
        retired = [item.public_bytes(Encoding.PEM).decode("ascii") for item in self.retired]
        return {"root": _dump_pair(self.root), "signer": _dump_pair(self.signer), "retired": retired}

    @property
    def root_certificate(self) -> str:
        """The root's certificate in PEM."""
        return self.root.pem

    @property
    def trusted(self) -> str:
        """Every certificate by which a client certificate of ours can be verified, in PEM."""
        retired = (item.public_bytes(Encoding.PEM).decode("ascii") for item in self.retired)
        return "".join((self.root.pem, self.signer.pem, *retired))

    def renewed(self, now: datetime) -> Self:
        """Return one that can sign for a whole client certificate's life; this very one if it can."""
        if self.signer.expires - now >= _CLIENT_LIFE + _SPARE:
            return self
        kept = tuple(item for item in self.retired if item.not_valid_after_utc > now)
        if self.root.expires - now >= _CLIENT_LIFE + 2 * _SPARE:
            return replace(self, signer=_new_signer(self.root, now), retired=(*kept, self.signer.certificate))
        root = _new_root(now)
        kept = (*kept, self.root.certificate, self.signer.certificate)
        return replace(self, root=root, signer=_new_signer(root, now), retired=kept)

    def issue(
        self, request: SigningRequest, *, identity: str, serial: str | None, organisation: str | None, now: datetime
    ) -> IssuedCertificate:
        """Certify that a key is the charge point's. The common name is its serial number, or its id while it tells none.

        `organisation` (the configuration key CpoName) goes before that of the request.
        """
        names = [
            (NameOID.COMMON_NAME, serial or identity),
            (NameOID.ORGANIZATION_NAME, organisation or request.organisation),
        ]
        subject = x509.Name([x509.NameAttribute(oid, fitting_name(name)) for oid, name in names if name])
        expires = min(now + _CLIENT_LIFE, self.signer.expires)
        certificate = (
            _builder(subject, self.signer.certificate.subject, request.key, now, expires)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.signer.key.public_key()), critical=False
            )
            # The serial number is the charge point's own word; whose certificate this is must not hang on it.
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity_uri(identity))]), critical=False
            )
            .sign(self.signer.key, hashes.SHA256())
        )
        leaf = certificate.public_bytes(Encoding.PEM).decode("ascii")
        return IssuedCertificate(leaf + self.signer.pem, certificate.not_valid_after_utc)


def read_request(text: str) -> SigningRequest:
    """Read a certificate signing request in PEM. Raises `RequestError` for what is none, is weak, or is not signed by its own key."""
    if len(text) > LONGEST_REQUEST:
        raise RequestError("it is too long")
    try:
        # Some write the line breaks as they are written in JSON, twice.
        request = x509.load_pem_x509_csr(text.replace("\\n", "\n").encode())
        key = request.public_key()
        organisations = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        hash_algorithm = request.signature_hash_algorithm
        signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise RequestError("it cannot be read") from error
    if not signed:
        raise RequestError("it is not signed by its own key")
    if not isinstance(hash_algorithm, _SOUND_HASHES):
        raise RequestError("its signature is made with another hash than SHA-2")
    organisation = str(organisations[0].value) if organisations else None
    return SigningRequest(_strong(key), organisation or None)


def identity_uri(identity: str) -> str:
    """Return the alternative name of a charge point's certificate."""
    return f"{IDENTITY_SCHEME}{quote(identity, safe='')}"


def fitting_name(name: str) -> str:
    """Return as much of a name as fits into a certificate."""
    return name.encode(errors="ignore")[:_LONGEST_NAME].decode(errors="ignore")


def _strong(key: object) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Return a key that is strong enough (RSA of 2048 bits, elliptic curves of 224). Raises `RequestError`."""
    match key:
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey() if key.key_size >= _LEAST_CURVE_BITS:
            return key
    raise RequestError("its key is too weak, or of another kind than RSA and elliptic curves")


def _new_root(now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("OCPP CSMS root")
    certificate = (
        _builder(name, name, key.public_key(), now, now + _ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Pair(certificate, key)


def _new_signer(root: _Pair, now: datetime) -> _Pair:
    """Make what signs. It is good for clients only: a key that leaks makes no server's certificate.

    That is said by the extended key usage. Name constraints, which would have to be critical, are unknown to small TLS libraries.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(
            _name("OCPP CSMS charge points"),
            root.certificate.subject,
            key.public_key(),
            now,
            min(now + _SIGNER_LIFE, root.expires),
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
        .sign(root.key, hashes.SHA256())
    )
    return _Pair(certificate, key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    now: datetime,
    expires: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _SKEW)
        .not_valid_after(expires.astimezone(UTC))
    )


def _name(common_name: str) -> x509.Name:
    # A number of its own: authorities of two homes, or of two times, must not be taken for each other.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{x509.random_serial_number():x}"[:16]),
        ]
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _dump_pair(pair: _Pair) -> dict[str, str]:
    key = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"certificate": pair.pem, "key": key.decode("ascii")}


def _load_pair(stored: Mapping[str, str]) -> _Pair:
    key = load_pem_private_key(stored["key"].encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("The key of the authority is none of an elliptic curve")
    return _Pair(x509.load_pem_x509_certificate(stored["certificate"].encode()), key)
