"""Certificates that the charge point keeps: real X.509."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from ocpp.v16.datatypes import CertificateHashData
from ocpp.v16.enums import CertificateStatus, DeleteCertificateStatus, HashAlgorithm
import pytest

from custom_components.ocpp_csms.simulator.certificates import CertificateStore, RootUse, Unfit, check_signature
from custom_components.ocpp_csms.simulator.pki import hash_data
from tests.simulator.authority import Authority, pem_of

CENTRAL = RootUse.central_system_root_certificate
MANUFACTURER = RootUse.manufacturer_root_certificate
NOW = datetime.now(UTC)
CONTENT = b"firmware"
LONGEST = 10_000  # characters of a chain


def store_with(*roots: Authority, use: RootUse = CENTRAL) -> CertificateStore:
    """A store with these roots."""
    store = CertificateStore()
    for root in roots:
        assert store.install(use, root.pem, 10, NOW) is CertificateStatus.accepted
    return store


# Roots


def test_a_root_is_kept_once_and_listed_by_its_use() -> None:
    root = Authority.new()
    store = store_with(root, root)
    assert store.of(CENTRAL) == [root.pem]
    assert [f"{root.certificate.serial_number:x}"] == [each.serial_number for each in store.hashes(CENTRAL)]
    assert store.hashes(MANUFACTURER) == []


@pytest.mark.parametrize(
    "pem",
    ["", "no certificate", Authority.new().pem * 2, Authority.new(days=-1).pem],
    ids=["nothing", "nonsense", "two", "expired"],
)
def test_what_is_no_valid_root_is_rejected(pem: str) -> None:
    assert CertificateStore().install(CENTRAL, pem, 10, NOW) is CertificateStatus.rejected


def test_a_full_store_takes_no_more() -> None:
    store = store_with(Authority.new())
    assert store.install(CENTRAL, Authority.new().pem, 1, NOW) is CertificateStatus.failed


@pytest.mark.parametrize("algorithm", [*HashAlgorithm])
def test_a_root_is_deleted_by_its_hash_data_in_either_case(algorithm: HashAlgorithm) -> None:
    root, other = Authority.new("one"), Authority.new("other")
    store = store_with(root, other)
    asked = hash_data(root.pem, [], algorithm)
    asked.issuer_name_hash = asked.issuer_name_hash.upper()
    asked.serial_number = f"0{asked.serial_number}"
    assert store.delete(asked, keep_last=None) is DeleteCertificateStatus.accepted
    assert store.of(CENTRAL) == [other.pem]
    assert store.delete(asked, keep_last=None) is DeleteCertificateStatus.not_found


def test_the_last_root_that_the_connection_depends_on_stays() -> None:
    root = Authority.new()
    store = store_with(root)
    (asked,) = store.hashes(CENTRAL)
    assert store.delete(asked, keep_last=CENTRAL) is DeleteCertificateStatus.failed
    store.install(CENTRAL, Authority.new().pem, 10, NOW)
    assert store.delete(asked, keep_last=CENTRAL) is DeleteCertificateStatus.accepted


def test_the_hashes_are_those_of_the_issuer() -> None:
    """RFC 6960: the issuer's name, and the bits of its key."""
    root = Authority.new()
    middle = Authority.new("middle", issuer=root)
    of_root, of_middle = store_with(root, middle).hashes(CENTRAL)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(root.certificate.subject.public_bytes())
    assert of_root.issuer_name_hash == of_middle.issuer_name_hash == digest.finalize().hex()
    assert of_root.issuer_key_hash == of_middle.issuer_key_hash
    assert of_root.serial_number != of_middle.serial_number


# Its own


@pytest.mark.parametrize(("rsa_keys", "kind"), [(True, rsa.RSAPublicKey), (False, ec.EllipticCurvePublicKey)])
def test_a_request_names_the_charge_point_and_its_owner(rsa_keys: bool, kind: type) -> None:
    request = x509.load_pem_x509_csr(CertificateStore().request("CP1", "ACME", rsa=rsa_keys).encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "O=ACME,CN=CP1"
    assert isinstance(request.public_key(), kind)


def test_the_certificate_of_a_request_is_taken_into_use() -> None:
    root = Authority.new()
    middle = Authority.new("middle", issuer=root)
    store = CertificateStore()
    chain = middle.sign(store.request("CP1", "ACME", rsa=False)) + middle.pem
    key = store.requested
    store.adopt(chain, LONGEST, NOW)
    assert (store.chain, store.key, store.requested) == (chain, key, None)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda root, _request: pem_of(root.issue("CP1", ec.generate_private_key(ec.SECP256R1()).public_key())), "key"),
        (lambda root, request: root.sign(request, days=-1), "not valid now"),
        (lambda root, request: root.sign(request) + Authority.new("other").pem, "not signed by the next"),
        (lambda _root, _request: "nonsense", "no certificate"),
    ],
)
def test_a_certificate_that_is_not_the_right_one_is_refused_and_nothing_changes(wrong: object, reason: str) -> None:
    assert callable(wrong)
    store = CertificateStore()
    request = store.request("CP1", "ACME", rsa=False)
    before = store.dump()
    with pytest.raises(Unfit, match=reason):
        store.adopt(wrong(Authority.new(), request), LONGEST, NOW)
    assert store.dump() == before


def test_a_certificate_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(Unfit, match="asked for"):
        CertificateStore().adopt(Authority.new().pem, LONGEST, NOW)


def test_everything_survives_a_restart() -> None:
    store = store_with(Authority.new())
    store.chain, store.key, store.requested = "chain", "key", "requested"
    restored = CertificateStore()
    restored.restore(store.dump())
    assert restored == store


# Firmware


def test_a_signing_certificate_leads_to_a_root_of_the_manufacturer() -> None:
    root = Authority.new()
    middle = Authority.new("middle", issuer=root)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    store = store_with(root, use=MANUFACTURER)
    store.check_signer(pem_of(root.issue("signer", key)), NOW)
    store.check_signer(pem_of(middle.issue("signer", key)) + middle.pem, NOW)
    store.check_signer(root.pem, NOW)
    with pytest.raises(Unfit, match="no installed root"):
        store.check_signer(pem_of(middle.issue("signer", key)), NOW)
    with pytest.raises(Unfit, match="not valid now"):
        store.check_signer(pem_of(root.issue("signer", key)), NOW + timedelta(days=9))
    with pytest.raises(Unfit, match="no installed root"):
        store_with(root, use=CENTRAL).check_signer(root.pem, NOW)


def signed_by_curve(content: bytes) -> tuple[str, bytes]:
    """A certificate, and a signature by its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return pem_of(Authority.new().issue("signer", key.public_key())), key.sign(content, ec.ECDSA(hashes.SHA256()))


def signed_by_rsa(content: bytes) -> tuple[str, bytes]:
    """A certificate, and a signature with PSS by its key."""
    key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    return pem_of(Authority.new().issue("signer", key.public_key())), key.sign(content, pss, hashes.SHA256())


def signed_by_old_rsa(content: bytes) -> tuple[str, bytes]:
    """A certificate, and a signature with PKCS #1 v1.5 by its key."""
    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return pem_of(Authority.new().issue("signer", key.public_key())), signature


@pytest.mark.parametrize("sign", [signed_by_curve, signed_by_rsa, signed_by_old_rsa])
def test_only_the_signature_of_the_file_is_taken(sign: object) -> None:
    assert callable(sign)
    pem, signature = sign(CONTENT)
    check_signature(CONTENT, base64.b64encode(signature).decode(), pem)
    for content, text in ((b"other", base64.b64encode(signature).decode()), (CONTENT, "AAAA"), (CONTENT, "no base64!")):
        with pytest.raises(Unfit, match="not that of the file"):
            check_signature(content, text, pem)


def test_keys_that_sign_nothing_here_are_refused() -> None:
    pem = pem_of(Authority.new().issue("signer", ed25519.Ed25519PrivateKey.generate().public_key()))
    with pytest.raises(Unfit, match="nothing is signed"):
        check_signature(CONTENT, "AAAA", pem)


def test_hash_data_of_another_certificate_is_not_found() -> None:
    asked = CertificateHashData(HashAlgorithm.sha256, "00", "00", "1")
    assert store_with(Authority.new()).delete(asked, keep_last=None) is DeleteCertificateStatus.not_found
