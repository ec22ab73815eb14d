"""Files by FTP, over real sockets: for chargers that speak nothing else, for one transfer at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aioftp
import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.files import ftp_server
from custom_components.ocpp_csms.csms.files.file_transfer import Transfer, TransferProtocol
from tests.csms.central import central_system
from tests.csms.scripted_charge_point import TIMEOUT

FIRMWARE = bytes(range(256)) * 1000
FTP = TransferProtocol.FTP


@pytest.fixture
def base_url(central: CentralSystem) -> str:
    """Where the listener is."""
    return f"http://127.0.0.1:{central.port}"


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    """A file to be fetched, in a folder of its own."""
    path = tmp_path / "firmware" / "firmware 2.0.bin"
    path.parent.mkdir()
    path.write_bytes(FIRMWARE)
    return path


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder for files that are expected."""
    path = tmp_path / "inbox"
    path.mkdir()
    return path


@asynccontextmanager
async def client(transfer: Transfer) -> AsyncGenerator[aioftp.Client]:
    """Log in with what the URL says, as a charge point does."""
    parts = urlsplit(transfer.url)
    assert parts.hostname
    async with (
        asyncio.timeout(TIMEOUT),
        aioftp.Client.context(
            parts.hostname, parts.port or 21, parts.username or "", parts.password or ""
        ) as connected,
    ):
        yield connected


async def send(ftp: aioftp.Client, name: str, content: bytes) -> None:
    """Send a file."""
    async with ftp.upload_stream(name) as stream:
        await stream.write(content)


async def fetch(ftp: aioftp.Client, name: str) -> bytes:
    """Fetch a file."""
    async with ftp.download_stream(name) as stream:
        return bytes(await stream.read())


async def refuses_connections(transfer: Transfer) -> bool:
    """Tell whether nobody listens any more."""
    parts = urlsplit(transfer.url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_a_file_can_be_fetched(central: CentralSystem, firmware: Path, base_url: str) -> None:
    """As often as wanted; nothing can be written."""
    transfer = await central.files.offer(firmware, base_url, seconds=60, protocol=FTP)
    async with client(transfer) as ftp:
        name = unquote(urlsplit(transfer.url).path)
        assert [await fetch(ftp, name) for _ in range(2)] == [FIRMWARE, FIRMWARE]
        with pytest.raises(aioftp.StatusCodeError, match="permission denied"):
            await send(ftp, "evil", b"x")
    await central.files.close()
    assert firmware.read_bytes() == FIRMWARE
    assert [path.name for path in firmware.parent.iterdir()] == [firmware.name]


async def test_a_file_can_be_sent_once(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """It is kept, and the server is closed once the charge point has left."""
    arrived: list[Path] = []
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP, arrived=arrived.append)
    assert transfer.url.endswith("/")
    async with client(transfer) as ftp:
        await send(ftp, "log 1.zip", FIRMWARE)
        await send(ftp, "log 1.zip", b"once more")
        assert await transfer.wait() == inbox / "log_1.zip"
    await central.files.close()
    assert arrived == [inbox / "log_1.zip"]
    assert arrived[0].read_bytes() == FIRMWARE
    assert await refuses_connections(transfer)
    assert [path.name for path in inbox.iterdir()] == ["log_1.zip"]


async def test_an_empty_file_is_an_attempt_that_failed(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """The next one counts."""
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    async with client(transfer) as ftp:
        await send(ftp, "log", b"")
        await send(ftp, "log", b"x")
        assert await transfer.wait() == inbox / "log"
    assert (inbox / "log").read_bytes() == b"x"


async def test_too_much_is_refused(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """Nothing of it is kept, whatever it is split into."""
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP, limit=1000)
    async with client(transfer) as ftp:
        with pytest.raises(aioftp.StatusCodeError, match="file system error"):
            await send(ftp, "log", b"x" * 2000)
        with pytest.raises(aioftp.StatusCodeError, match="file system error"):
            await send(ftp, "log", b"x" * 10)
    assert transfer.received is None
    await central.files.close()
    assert list(inbox.iterdir()) == []


async def test_no_name_leads_out_of_the_folder(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """Neither to read nor to write."""
    (inbox / "older.log").write_text("secret")
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    async with client(transfer) as ftp:
        with pytest.raises(aioftp.StatusCodeError):
            await fetch(ftp, "../older.log")
        assert await ftp.list("/..") == []
        await send(ftp, "/../../log", b"x")
    assert await transfer.wait() == inbox / "log"


async def test_the_password_is_needed(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """And it is another one each time."""
    first = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    second = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    parts, other = urlsplit(first.url), urlsplit(second.url)
    assert parts.password != other.password
    for user, password in (("anonymous", ""), (parts.username, other.password)):
        with pytest.raises(aioftp.StatusCodeError):
            async with aioftp.Client.context("127.0.0.1", parts.port or 0, user or "", password or ""):
                pass


async def test_nobody_else_can_send_on_behalf_of_who_has_logged_in(
    central: CentralSystem, inbox: Path, base_url: str
) -> None:
    """Whoever finds the port for data first, from another address."""
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    async with client(transfer) as ftp:
        _, answer = await ftp.command("EPSV", "229")
        port = ftp.parse_epsv_response(answer[-1])[1]
        _, stranger = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        stranger.write(b"a lie")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        await ftp.command("STOR log", "1xx")
        writer.write(b"the truth")
        writer.close()
        assert await transfer.wait() == inbox / "log"
        stranger.close()
    assert (inbox / "log").read_bytes() == b"the truth"


async def test_the_server_is_gone_with_its_time(central: CentralSystem, inbox: Path, base_url: str) -> None:
    """Also with somebody logged in."""
    transfer = await central.files.expect(inbox, base_url, seconds=0.3, protocol=FTP)
    parts = urlsplit(transfer.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    async with asyncio.timeout(TIMEOUT):
        assert (await reader.readline()).startswith(b"220")
        assert await transfer.wait() is None
        await reader.read()
    await central.files.close()
    assert await refuses_connections(transfer)
    assert list(inbox.iterdir()) == []
    writer.close()


async def test_who_stays_after_its_file_has_come_is_cut_off(
    central: CentralSystem, inbox: Path, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a moment."""
    monkeypatch.setattr(ftp_server, "_LINGER", 0.05)
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    parts = urlsplit(transfer.url)
    ftp = aioftp.Client()
    await ftp.connect(parts.hostname or "", parts.port or 0)
    await ftp.login(parts.username or "", parts.password or "")
    await send(ftp, "log", b"x")
    await central.files.close()
    assert await refuses_connections(transfer)
    ftp.close()


async def test_networks_that_are_not_allowed_get_nothing(inbox: Path) -> None:
    """Not even a greeting."""
    async with central_system(allowed_networks=("10.0.0.0/8",)) as central:
        transfer = await central.files.expect(inbox, "http://127.0.0.1:9000", seconds=60, protocol=FTP)
        parts = urlsplit(transfer.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        async with asyncio.timeout(TIMEOUT):
            assert await reader.read() == b""
        writer.close()


async def test_garbage_leaves_no_traceback(
    central: CentralSystem, inbox: Path, base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever comes."""
    transfer = await central.files.expect(inbox, base_url, seconds=60, protocol=FTP)
    parts = urlsplit(transfer.url)
    for garbage in (b"\xff\xfe\r\n", b"x" * 100_000 + b"\r\n", b"USER\r\nSTOR\r\nPASV\r\nNOPE\r\n"):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(garbage)
        await writer.drain()
        writer.close()
    async with client(transfer) as ftp:
        await send(ftp, "log", b"x")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert [record for record in caplog.records if record.name.startswith("aioftp") and record.exc_info] == []


async def test_no_server_without_an_address_to_listen_on(tmp_path: Path, inbox: Path) -> None:
    """The caller is told, and nothing is left of it."""
    transfer = Transfer(inbox, expected=True, seconds=60)
    with pytest.raises(OSError, match="192.0.2.1"):
        await ftp_server.open_server(transfer, "ha.local", listen_on="192.0.2.1", allowed=lambda _: True)
    assert list(inbox.iterdir()) == []
    transfer.end()


async def test_a_transfer_that_finds_no_server_has_ended(
    central: CentralSystem, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits for it."""

    async def fail(*_: object, **__: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(ftp_server, "open_server", fail)
    with pytest.raises(OSError, match="no"):
        await central.files.expect(inbox, "http://[::1]:9000", seconds=60, protocol=FTP)
    await central.files.close()
