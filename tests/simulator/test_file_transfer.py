"""Files by HTTPS and FTP."""

from collections.abc import AsyncGenerator
from ftplib import FTP
from pathlib import Path
import ssl
import sys

import aioftp
from aiohttp import web
from aiohttp.test_utils import TestServer
from ocpp.v16.enums import UploadLogStatus
import pytest

from custom_components.ocpp_csms.simulator import UploadStyle, file_transfer
from custom_components.ocpp_csms.simulator.file_transfer import FileTransfer, TransferFailed
from tests.simulator.file_server import FileServer
from tests.tls import make_certificate, trusting


async def no_tls() -> ssl.SSLContext:
    """Nothing here needs it."""
    raise AssertionError


@pytest.fixture
def transfer() -> FileTransfer:
    """What uploads by PUT."""
    return FileTransfer(UploadStyle.put, no_tls)


@pytest.fixture
async def ftp(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[str]:
    """The URL of an FTP server with one user, whose folder is the temporary one."""
    server = aioftp.Server([aioftp.User("anna", "p/w", base_path=tmp_path)])
    await server.start("127.0.0.1", 0)
    yield f"ftp://anna:p%2Fw@127.0.0.1:{server.server_port}"
    await server.close()


@pytest.mark.parametrize("path", ["", "/", "/named.log"])
async def test_a_file_goes_to_an_ftp_server(transfer: FileTransfer, ftp: str, tmp_path: Path, path: str) -> None:
    await transfer.upload(f"{ftp}{path}", "named.log", b"content")
    assert (tmp_path / "named.log").read_bytes() == b"content"


async def test_a_file_comes_from_an_ftp_server(transfer: FileTransfer, ftp: str, tmp_path: Path) -> None:
    (tmp_path / "new.bin").write_bytes(b"2.0")
    assert await transfer.download(f"{ftp}/new.bin") == b"2.0"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("anna:p%2Fw", "anna:wrong"), UploadLogStatus.permission_denied),
        (("127.0.0.1:", "127.0.0.1:1"), UploadLogStatus.bad_message),
    ],
)
async def test_what_an_ftp_server_refuses_fails(
    transfer: FileTransfer, ftp: str, change: tuple[str, str], status: UploadLogStatus
) -> None:
    with pytest.raises(TransferFailed) as failure:
        await transfer.upload(ftp.replace(*change), "x.log", b"")
    assert failure.value.status is status


async def test_an_ftp_server_that_is_not_there_fails(transfer: FileTransfer, socket_enabled: None) -> None:
    with pytest.raises(TransferFailed) as failure:
        await transfer.download("ftp://127.0.0.1:1/x")
    assert failure.value.status is UploadLogStatus.upload_failure


async def test_ftps_protects_the_files_too(ftp: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server at hand knows no TLS; what counts is what is asked of it."""
    steps: list[object] = []
    context = ssl.create_default_context()

    class Explicit(FTP):
        def __init__(self, *, timeout: float, context: ssl.SSLContext) -> None:
            super().__init__(timeout=timeout)
            steps.append(context)

        def prot_p(self) -> None:
            steps.append("protected")

    async def tls() -> ssl.SSLContext:
        return context

    monkeypatch.setattr(file_transfer, "FTP_TLS", Explicit)
    await FileTransfer(UploadStyle.put, tls).upload(ftp.replace("ftp:", "ftps:"), "named.log", b"content")
    assert steps == [context, "protected"]
    assert (tmp_path / "named.log").read_bytes() == b"content"


@pytest.mark.parametrize("trusted", [True, False])
async def test_files_come_by_https_from_whom_it_trusts(socket_enabled: None, tmp_path: Path, trusted: bool) -> None:
    certificate, key = make_certificate()
    for name, pem in (("certificate.pem", certificate), ("key.pem", key)):
        (tmp_path / name).write_bytes(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b"2.0")

    async def tls() -> ssl.SSLContext:
        return trusting(certificate if trusted else make_certificate()[0])

    application = web.Application()
    application.router.add_get("/new.bin", answer)
    server = TestServer(application, scheme="https")
    await server.start_server(ssl=context)
    location = str(server.make_url("/new.bin"))
    transfer = FileTransfer(UploadStyle.put, tls)
    if trusted:
        assert await transfer.download(location) == b"2.0"
    else:
        with pytest.raises(TransferFailed):
            await transfer.download(location)
    await server.close()


async def test_without_aiohttp_there_is_no_http(transfer: FileTransfer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(TransferFailed) as failure:
        await transfer.download("http://127.0.0.1:1/x")
    assert failure.value.status is UploadLogStatus.not_supported_operation


async def test_a_file_without_end_is_given_up(
    files: FileServer, transfer: FileTransfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_transfer, "_LARGEST", 10)
    files.files["/large.bin"] = b"x" * 11
    with pytest.raises(TransferFailed, match="larger"):
        await transfer.download(files.url("/large.bin"))
