"""Certificates are judged before they are used, each fault with its own reason."""

from collections.abc import Callable
from pathlib import Path
import ssl
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.certificates import CertificateError, forget_upload, load_server_context
from tests.tls import make_certificate

type Write = Callable[[bytes, bytes], dict[str, str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a certificate and a key into files, and return the data of an entry that names them."""

    def write(certificate: bytes, key: bytes) -> dict[str, str]:
        (tmp_path / "certificate.pem").write_bytes(certificate)
        (tmp_path / "key.pem").write_bytes(key)
        return {"certificate": str(tmp_path / "certificate.pem"), "private_key": str(tmp_path / "key.pem")}

    return write


def load(hass: HomeAssistant, tls: dict[str, str]) -> CertificateError:
    """Load the files and return the error that this raises."""
    with pytest.raises(CertificateError) as raised:
        load_server_context(hass, tls)
    return raised.value


async def test_a_context_speaks_tls_1_2_and_newer(hass: HomeAssistant, write: Write) -> None:
    """Older versions are no longer safe."""
    context = await hass.async_add_executor_job(load_server_context, hass, write(*make_certificate()))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_context_offers_the_ciphers_of_the_security_profiles(hass: HomeAssistant, write: Write) -> None:
    """With forward secrecy first, without it for chargers that can do no better."""
    context = await hass.async_add_executor_job(load_server_context, hass, write(*make_certificate()))
    ciphers = [cipher["name"] for cipher in context.get_ciphers()]
    profile = [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ]
    assert set(profile) <= set(ciphers)
    assert max(map(ciphers.index, profile[:2])) < min(map(ciphers.index, profile[2:]))


@pytest.mark.parametrize(
    ("certificate", "key", "field", "reason"),
    [
        (b"no certificate", make_certificate()[1], "certificate", "certificate_invalid"),
        (make_certificate()[0], b"no key", "private_key", "key_invalid"),
        (make_certificate()[0], make_certificate()[1], "private_key", "key_mismatch"),
        (make_certificate()[0], make_certificate(passphrase=b"secret")[1], "private_key", "key_encrypted"),
    ],
    ids=["certificate", "key", "pair", "passphrase"],
)
async def test_each_fault_has_its_reason(
    hass: HomeAssistant, write: Write, certificate: bytes, key: bytes, field: str, reason: str
) -> None:
    """And names the file at fault."""
    error = await hass.async_add_executor_job(load, hass, write(certificate, key))
    assert (error.field, error.reason) == (field, reason)


@pytest.mark.parametrize("field", ["certificate", "private_key"])
async def test_a_missing_file_is_told_from_an_unreadable_one(
    hass: HomeAssistant, write: Write, tmp_path: Path, field: str
) -> None:
    """A folder in its place cannot be read, not even by root."""
    tls = write(*make_certificate())
    error = await hass.async_add_executor_job(load, hass, tls | {field: str(tmp_path / "gone.pem")})
    assert (error.field, error.reason) == (field, "file_not_found")
    error = await hass.async_add_executor_job(load, hass, tls | {field: str(tmp_path)})
    assert (error.field, error.reason) == (field, "file_not_readable")


async def test_what_the_tls_library_refuses_is_a_bad_certificate(hass: HomeAssistant, write: Write) -> None:
    """For example a key that is too short for the system's policy."""
    tls = write(*make_certificate())
    with patch.object(ssl.SSLContext, "load_cert_chain", side_effect=ssl.SSLError("ee key too small")):
        error = await hass.async_add_executor_job(load, hass, tls)
    assert (error.field, error.reason) == ("certificate", "certificate_invalid")


async def test_files_of_the_user_are_never_deleted(hass: HomeAssistant, write: Write) -> None:
    """Only uploads are ours."""
    tls = write(*make_certificate())
    await hass.async_add_executor_job(forget_upload, hass, tls)
    assert Path(tls["certificate"]).exists()
