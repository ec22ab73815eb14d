"""The authority behind client certificates: what it issues, to whom, and how it goes on after its own end."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.security.certificate_authority import (
    LONGEST_CHAIN,
    CertificateAuthority,
    IssuedCertificate,
    RequestError,
    identity_uri,
    read_request,
)
from tests.csms.central import NOON
from tests.tls import PrivateKey, make_key, make_request

EC_KEY = make_key()
RSA_KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """A new authority."""
    return CertificateAuthority.create(NOON)


def issue(
    authority: CertificateAuthority,
    key: PrivateKey = EC_KEY,
    *,
    identity: str = "CP1",
    serial: str | None = "S-1",
    organisation: str | None = None,
    requested_organisation: str | None = None,
    now: datetime = NOON,
) -> IssuedCertificate:
    """Let an authority issue a certificate."""
    request = read_request(make_request(key, "whatever", organisation=requested_organisation))
    return authority.issue(request, identity=identity, serial=serial, organisation=organisation, now=now)


def leaf_of(issued: IssuedCertificate) -> x509.Certificate:
    """Return the charge point's own certificate."""
    return x509.load_pem_x509_certificates(issued.chain.encode())[0]


def names(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str | bytes]:
    """Return the names of one kind in a certificate's subject."""
    return [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]


def verify(authority: CertificateAuthority, issued: IssuedCertificate, at: datetime) -> None:
    """Verify a client certificate by what the listener trusts."""
    leaf, *others = x509.load_pem_x509_certificates(issued.chain.encode())
    trusted = [
        item for item in x509.load_pem_x509_certificates(authority.trusted.encode()) if item.subject == item.issuer
    ]
    builder = verification.PolicyBuilder().store(verification.Store(trusted)).time(at)
    builder.build_client_verifier().verify(leaf, others)


@pytest.mark.parametrize("key", [EC_KEY, RSA_KEY], ids=["ec", "rsa"])
def test_a_certificate_is_one_for_the_key_of_the_request(authority: CertificateAuthority, key: PrivateKey) -> None:
    """It stands before its issuer's, verifies up to the root, and is good for a client alone."""
    issued = issue(authority, key)
    leaf, signer = x509.load_pem_x509_certificates(issued.chain.encode())
    assert leaf.public_key() == key.public_key()
    assert leaf.issuer == signer.subject
    leaf.verify_directly_issued_by(signer)
    signer.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.root_certificate.encode()))
    verify(authority, issued, NOON)
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert len(issued.chain) <= LONGEST_CHAIN
    assert issued.expires == leaf.not_valid_after_utc


def test_the_signer_is_good_for_clients_alone(authority: CertificateAuthority) -> None:
    """A key that leaks can make no certificate of a server, and no further authority."""
    signer = x509.load_pem_x509_certificates(issue(authority).chain.encode())[1]
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert signer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


@pytest.mark.parametrize(("serial", "name"), [("S-1", "S-1"), (None, "CP 1")])
def test_the_common_name_is_the_serial_number(authority: CertificateAuthority, serial: str | None, name: str) -> None:
    """Or the charge point id, of one that tells none; the id is in it in any case."""
    leaf = leaf_of(issue(authority, identity="CP 1", serial=serial))
    assert names(leaf, NameOID.COMMON_NAME) == [name]
    alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.UniformResourceIdentifier) == ["ocpp:CP%201"]


@pytest.mark.parametrize(
    ("told", "requested", "written"),
    [("Home", "Other", ["Home"]), (None, "Other", ["Other"]), (None, None, [])],
)
def test_the_organisation_is_the_operator(
    authority: CertificateAuthority, told: str | None, requested: str | None, written: list[str]
) -> None:
    """As the charge point was told, else as its request says."""
    issued = issue(authority, organisation=told, requested_organisation=requested)
    assert names(leaf_of(issued), NameOID.ORGANIZATION_NAME) == written


def test_the_bytes_of_a_name_count(authority: CertificateAuthority) -> None:
    """A letter may have two; half of one is none."""
    leaf = leaf_of(issue(authority, identity="xü" * 40, serial=None))
    assert names(leaf, NameOID.COMMON_NAME) == ["xü" * 21 + "x"]


def test_long_names_are_cut(authority: CertificateAuthority) -> None:
    """To what a certificate can hold; the id is whole."""
    leaf = leaf_of(issue(authority, identity="ü" * 200, serial="s" * 200, organisation="o" * 200))
    assert names(leaf, NameOID.COMMON_NAME) == ["s" * 64]
    assert names(leaf, NameOID.ORGANIZATION_NAME) == ["o" * 64]
    alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.UniformResourceIdentifier) == [identity_uri("ü" * 200)]


@pytest.mark.parametrize(
    ("request_text", "problem"),
    [
        ("", "read"),
        ("no request", "read"),
        ("x" * 20_000, "long"),
        (make_request(ec.generate_private_key(ec.SECP192R1())), "key"),
        (make_request(rsa.generate_private_key(65537, 1024)), "key"),
        (make_request(EC_KEY, algorithm=hashes.SHA3_256()), "SHA-2"),
    ],
    ids=["empty", "text", "long", "short curve", "short rsa", "hash"],
)
def test_what_cannot_be_granted_is_refused(request_text: str, problem: str) -> None:
    """With the reason."""
    with pytest.raises(RequestError, match=problem):
        read_request(request_text)


def test_a_key_of_another_kind_is_refused() -> None:
    """The specification knows RSA and elliptic curves."""
    key = ed25519.Ed25519PrivateKey.generate()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, None)
    with pytest.raises(RequestError):
        read_request(request.public_bytes(Encoding.PEM).decode())


def test_a_request_that_another_key_has_signed_is_refused() -> None:
    """Whoever asks must have the private key."""
    der = bytearray(x509.load_pem_x509_csr(make_request(EC_KEY).encode()).public_bytes(Encoding.DER))
    der[der.index(b"CP1")] = ord("X")
    with pytest.raises(RequestError, match="its own key"):
        read_request(x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode())


def test_line_breaks_that_are_written_out_are_understood() -> None:
    """Some charge points escape them twice."""
    assert read_request(make_request(EC_KEY).replace("\n", "\\n")).key == EC_KEY.public_key()


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    """Whatever a charge point sends."""
    with pytest.raises(RequestError):
        read_request(f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----")


def test_an_authority_is_kept_whole(authority: CertificateAuthority) -> None:
    """What it issues after a restart verifies by what was trusted before."""
    restored = CertificateAuthority.from_dict(authority.as_dict())
    assert restored.as_dict() == authority.as_dict()
    verify(authority, issue(restored), NOON)


def test_an_authority_with_a_foreign_key_is_none(authority: CertificateAuthority) -> None:
    """It could sign nothing that anybody takes."""
    stored = authority.as_dict()
    pem = ed25519.Ed25519PrivateKey.generate()
    stored["root"]["key"] = pem.private_bytes_raw().hex()
    with pytest.raises(ValueError):
        CertificateAuthority.from_dict(stored)
    stored["root"]["key"] = pem.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(TypeError):
        CertificateAuthority.from_dict(stored)


def test_an_authority_is_renewed_before_it_ends(authority: CertificateAuthority) -> None:
    """In time for the certificates that it issues last, which stay good; at last with a new root."""
    assert authority.renewed(NOON + timedelta(days=6 * 365)) is authority
    first = issue(authority, now=NOON + timedelta(days=6 * 365))
    later = NOON + timedelta(days=7 * 365 + 1)
    second = authority.renewed(later)
    assert second.root_certificate == authority.root_certificate
    verify(second, first, later)
    verify(second, issue(second, now=later), later)
    last = NOON + timedelta(days=17 * 365)
    third = second.renewed(last - timedelta(days=1)).renewed(last)
    assert third.root_certificate != authority.root_certificate
    verify(third, issue(second, now=last - timedelta(days=10)), last)
    verify(third, issue(third, now=last), last)


def test_what_has_ended_is_not_trusted_for_ever(authority: CertificateAuthority) -> None:
    """Retired certificates are dropped after their end."""
    now, current = NOON, authority
    for _ in range(20):
        now += timedelta(days=4 * 365)
        current = current.renewed(now)
    assert len(current.retired) <= 4
    assert all(item.not_valid_after_utc > now - timedelta(days=4 * 365) for item in current.retired)
