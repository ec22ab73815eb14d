"""Root certificates of a charge point: what it lists is read with tolerance, what it is given is checked first."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.requests import CertificateHashes
from custom_components.ocpp_csms.csms.security import installed_certificates
from custom_components.ocpp_csms.csms.security.installed_certificates import certificates_of, checked_certificate
from tests.tls import make_certificate

LISTED = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01"}
HASHES = CertificateHashes(hash_algorithm="SHA256", issuer_name_hash="aa", issuer_key_hash="bb", serial_number="01")


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ([LISTED], (HASHES,)),
        (LISTED, (HASHES,)),
        ([{**LISTED, "serialNumber": 1}, {**LISTED, "issuerKeyHash": None}, "x", LISTED], (None, HASHES)),
        ([LISTED] * 1000, (HASHES,) * 100),
        (None, ()),
        ([], ()),
    ],
    ids=["list", "alone", "broken", "endless", "nothing", "empty"],
)
def test_what_is_listed_is_read(listed: Any, read: tuple[CertificateHashes | None, ...]) -> None:
    """What says nothing of use is left out, and no list is endless."""
    found = certificates_of(listed)
    assert len(found) == len(read)
    assert all(expected is None or item == expected for item, expected in zip(found, read, strict=True))


def test_a_certificate_is_sent_alone() -> None:
    """What stands around it is left away."""
    pem = make_certificate()[0].decode()
    assert checked_certificate(f"My root:\n{pem}\n\n") == pem


def test_what_is_no_single_certificate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent."""
    pem = make_certificate()[0].decode()
    for text, reason in (("no certificate", "root_certificate_invalid"), (pem + pem, "root_certificate_not_alone")):
        with pytest.raises(InvalidRequestError) as refusal:
            checked_certificate(text)
        assert refusal.value.reason == reason
    monkeypatch.setattr(installed_certificates, "LONGEST_CERTIFICATE", 100)
    with pytest.raises(InvalidRequestError) as refusal:
        checked_certificate(pem)
    assert refusal.value.reason == "root_certificate_too_long"
