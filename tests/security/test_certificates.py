"""Certificates are judged before they are used, each fault with its own reason."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
import ssl
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority, read_request
from custom_components.ocpp_csms.security.certificates import (
    CertificateError,
    _ToldHandshake,
    check_client_authority,
    forget_upload,
    load_server_context,
    trust_clients,
)
from tests.tls import make_certificate, make_key, make_request, showing, trusting

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


async def test_client_certificates_of_a_given_authority_are_asked_for(
    hass: HomeAssistant, write: Write, tmp_path: Path
) -> None:
    """Without one, no charger is asked for a certificate."""
    tls = write(*make_certificate())
    modes = [(await hass.async_add_executor_job(load_server_context, hass, tls)).verify_mode]
    (tmp_path / "authority.pem").write_bytes(make_certificate()[0])
    tls["client_authority"] = str(tmp_path / "authority.pem")
    context = await hass.async_add_executor_job(load_server_context, hass, tls)
    modes.append(context.verify_mode)
    assert modes == [ssl.CERT_NONE, ssl.CERT_OPTIONAL]
    assert len(context.get_ca_certs()) == 1


async def test_a_client_certificate_that_is_refused_is_told_once(
    write: Write, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection ends in the handshake: nothing but the log can say why."""
    monkeypatch.setattr(_ToldHandshake, "told", set())
    certificate, private = make_certificate()
    files = write(certificate, private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["certificate"], files["private_key"])
    now = datetime.now(UTC)
    trust_clients(context, CertificateAuthority.create(now).trusted)
    key = make_key()
    request = read_request(make_request(key))
    foreign = CertificateAuthority.create(now).issue(request, identity="CP1", serial=None, organisation=None, now=now)
    client = showing(trusting(certificate), foreign.chain, key)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    async with server:
        for _ in range(2):
            with pytest.raises(OSError):
                await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=client)
    told = [
        record.message for record in caplog.records if record.levelname == "WARNING" and "charger" in record.message
    ]
    assert told == ["A charger was refused for its client certificate: unable to get local issuer certificate"]


def test_a_certificate_that_signs_no_others_is_no_authority() -> None:
    """With or without saying so."""
    key = make_key()
    authority = CertificateAuthority.create(datetime.now(UTC))
    request = read_request(make_request(key))
    issued = authority.issue(request, identity="CP1", serial=None, organisation=None, now=datetime.now(UTC))
    for pem in (issued.chain.encode(), b"no certificate"):
        with pytest.raises(CertificateError) as raised:
            check_client_authority(pem)
        assert (raised.value.field, raised.value.reason) == ("client_authority", "client_authority_invalid")
    check_client_authority(authority.trusted.encode())


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
