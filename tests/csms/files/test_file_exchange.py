"""Files by HTTP, over real sockets: each at an address of its own, for a time, within bounds."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
import ssl

import aiohttp
import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.files import http_files
from custom_components.ocpp_csms.csms.files.file_transfer import Transfer
from tests.csms.central import central_system
from tests.csms.scripted_charge_point import TIMEOUT
from tests.tls import make_certificate, trusting

FIRMWARE = bytes(range(256)) * 1000


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    """What a charge point fetches and sends files with."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        yield session


@pytest.fixture
def base_url(central: CentralSystem) -> str:
    """Where the listener is."""
    return f"http://127.0.0.1:{central.port}"


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    """A file to be fetched."""
    path = tmp_path / "firmware 2.0.bin"
    path.write_bytes(FIRMWARE)
    return path


@pytest.fixture
async def offered(central: CentralSystem, firmware: Path, base_url: str) -> Transfer:
    """The file, offered."""
    return await central.files.offer(firmware, base_url, seconds=60)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder for files that are expected."""
    path = tmp_path / "inbox"
    path.mkdir()
    return path


async def expect(central: CentralSystem, inbox: Path, **options: object) -> Transfer:
    """Expect a file."""
    options = {"seconds": 60, "limit": 1000, **options}
    return await central.files.expect(inbox, f"http://127.0.0.1:{central.port}", **options)  # type: ignore[arg-type] # options of a test


# Fetching


async def test_a_file_can_be_fetched_more_than_once(http: aiohttp.ClientSession, offered: Transfer) -> None:
    """A charge point tries again."""
    for _ in range(2):
        async with http.get(offered.url) as response:
            assert (response.status, await response.read()) == (200, FIRMWARE)


async def test_a_part_of_a_file_can_be_fetched(http: aiohttp.ClientSession, offered: Transfer) -> None:
    """A download that broke off goes on."""
    async with http.get(offered.url, headers={"Range": "bytes=1000-1009"}) as response:
        assert (response.status, await response.read()) == (206, FIRMWARE[1000:1010])


async def test_the_size_can_be_asked_for(http: aiohttp.ClientSession, offered: Transfer) -> None:
    """By HEAD, as often as wanted."""
    async with http.head(offered.url) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(FIRMWARE)))


async def test_what_is_offered_cannot_be_written(
    http: aiohttp.ClientSession, offered: Transfer, firmware: Path
) -> None:
    """The address is for reading."""
    async with http.put(offered.url, data=b"evil") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
    assert firmware.read_bytes() == FIRMWARE


async def test_no_other_name_leads_elsewhere(http: aiohttp.ClientSession, offered: Transfer) -> None:
    """The token alone says which file it is."""
    url = offered.url.rpartition("/")[0]
    for name in ("", "/", "/other", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd"):
        async with http.get(url + name) as response:
            assert await response.read() == FIRMWARE


async def test_an_address_ends_with_its_transfer(http: aiohttp.ClientSession, offered: Transfer) -> None:
    """It is not found any more."""
    offered.end()
    async with http.get(offered.url) as response:
        assert response.status == 404


async def test_a_file_that_is_gone_is_not_found(http: aiohttp.ClientSession, offered: Transfer, firmware: Path) -> None:
    """And nothing is logged of it."""
    firmware.unlink()
    async with http.get(offered.url) as response:
        assert response.status == 404


async def test_a_download_ends_with_its_time(
    central: CentralSystem, firmware: Path, base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who reads too slowly is cut off, and nobody is told."""
    firmware.write_bytes(FIRMWARE * 100)
    offered = await central.files.offer(firmware, base_url, seconds=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port, limit=1024)
    writer.write(f"GET {offered.url.removeprefix(base_url)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    async with asyncio.timeout(TIMEOUT):
        assert b"200" in await reader.readline()
        await offered.wait()
        read = await reader.read(-1)
    assert len(read) < len(FIRMWARE) * 100
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    writer.close()


# Sending


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_file_can_be_sent_once(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path, method: str
) -> None:
    """The charge point adds the name; afterwards the address is gone."""
    arrived: list[Path] = []
    transfer = await expect(central, inbox, arrived=arrived.append)
    assert transfer.url.endswith("/")
    async with http.request(method, f"{transfer.url}log.zip", data=b"content") as response:
        assert response.status == 201
    assert await transfer.wait() == inbox / "log.zip"
    assert (inbox / "log.zip").read_bytes() == b"content"
    assert arrived == [inbox / "log.zip"]
    async with http.request(method, f"{transfer.url}log.zip", data=b"again") as response:
        assert response.status == 404
    assert [path.name for path in inbox.iterdir()] == ["log.zip"]


async def test_a_file_can_be_sent_as_a_form(central: CentralSystem, http: aiohttp.ClientSession, inbox: Path) -> None:
    """As browsers do; the form tells the name."""
    transfer = await expect(central, inbox)
    form = aiohttp.FormData({"note": "x"})
    form.add_field("file", b"content", filename="diagnostics.zip")
    async with http.post(transfer.url, data=form) as response:
        assert response.status == 201
    assert (inbox / "diagnostics.zip").read_bytes() == b"content"


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "multipart/form-data"])
async def test_a_form_without_a_file_is_refused(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path, content_type: str
) -> None:
    """And so is one that is none; the address still holds."""
    transfer = await expect(central, inbox)
    body = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x--\r\n'
    async with http.post(transfer.url, data=body, headers={"Content-Type": content_type}) as response:
        assert response.status == 400
    async with http.put(f"{transfer.url}log", data=b"content") as response:
        assert response.status == 201


async def test_a_charge_point_may_ask_before_it_sends(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path
) -> None:
    """Expect: 100-continue is what many of them begin with."""
    transfer = await expect(central, inbox)
    async with http.put(f"{transfer.url}log", data=b"content", expect100=True) as response:
        assert response.status == 201


async def test_no_name_leads_out_of_the_folder(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path
) -> None:
    """What is left of it is used."""
    transfer = await expect(central, inbox)
    async with http.put(f"{transfer.url}%2e%2e%2f%2e%2e%2f.bashrc", data=b"content") as response:
        assert response.status == 201
    assert transfer.received == inbox / "bashrc"


async def test_nothing_is_no_file(central: CentralSystem, http: aiohttp.ClientSession, inbox: Path) -> None:
    """An empty body does not use up the address."""
    transfer = await expect(central, inbox)
    async with http.put(f"{transfer.url}log", data=b"") as response:
        assert response.status == 400
    assert transfer.received is None
    assert list(inbox.iterdir()) == []


async def test_what_is_expected_cannot_be_read(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path
) -> None:
    """There is no list."""
    (inbox / "older.log").write_text("secret")
    transfer = await expect(central, inbox)
    async with http.get(f"{transfer.url}older.log") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST, PUT")


async def test_too_much_is_refused_at_once_if_it_is_announced(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path
) -> None:
    """Before a byte of it is read."""
    transfer = await expect(central, inbox)
    async with http.put(f"{transfer.url}log", data=b"x" * 1001) as response:
        assert response.status == 413
    assert list(inbox.iterdir()) == []


async def test_too_much_is_refused_when_it_has_become_too_much(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path
) -> None:
    """And nothing of it is kept."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    transfer = await expect(central, inbox)
    async with http.put(f"{transfer.url}log", data=endless()) as response:
        assert response.status == 413
    assert list(inbox.iterdir()) == []


async def send_half(central: CentralSystem, transfer: Transfer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin to send a file of 10 bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
    path = transfer.url.removeprefix(f"http://127.0.0.1:{central.port}")
    writer.write(f"PUT {path}log HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n".encode())
    async with asyncio.timeout(TIMEOUT):
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
    writer.write(b"01234")
    return reader, writer


async def test_an_upload_that_breaks_off_can_be_repeated(
    central: CentralSystem, http: aiohttp.ClientSession, inbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What had come is thrown away, and nobody is alarmed."""
    transfer = await expect(central, inbox)
    _, writer = await send_half(central, transfer)
    writer.transport.abort()
    status = 409
    async with asyncio.timeout(TIMEOUT):
        while status == 409:  # until the server has noticed
            async with http.put(f"{transfer.url}log", data=b"content") as response:
                status = response.status
    assert status == 201
    assert [path.name for path in inbox.iterdir()] == ["log"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_one_upload_at_a_time(central: CentralSystem, http: aiohttp.ClientSession, inbox: Path) -> None:
    """A second one does not spoil the first."""
    transfer = await expect(central, inbox)
    reader, writer = await send_half(central, transfer)
    async with http.put(f"{transfer.url}log", data=b"content") as response:
        assert response.status == 409
    writer.write(b"56789")
    async with asyncio.timeout(TIMEOUT):
        assert await reader.readline() == b"\r\n"
        assert await reader.readline() == b"HTTP/1.1 201 Created\r\n"
    assert transfer.received is not None
    assert transfer.received.read_bytes() == b"0123456789"
    writer.close()


async def test_an_upload_ends_with_its_time(central: CentralSystem, inbox: Path) -> None:
    """Who sends too slowly is told so."""
    transfer = await expect(central, inbox, seconds=0.2)
    reader, writer = await send_half(central, transfer)
    async with asyncio.timeout(TIMEOUT):
        await reader.readline()
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
    assert await transfer.wait() is None
    assert list(inbox.iterdir()) == []
    writer.close()


async def test_a_folder_that_is_gone_refuses(central: CentralSystem, http: aiohttp.ClientSession, inbox: Path) -> None:
    """The charge point is told that it failed."""
    transfer = await expect(central, inbox)
    inbox.rmdir()
    async with http.put(f"{transfer.url}log", data=b"content") as response:
        assert response.status == 400


# The whole


async def test_files_travel_encrypted_where_the_listener_is(tmp_path: Path, inbox: Path) -> None:
    """By HTTPS, with the listener's certificate."""
    certificate, key = make_certificate()
    (tmp_path / "tls.pem").write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    async with central_system(ssl=context) as central, aiohttp.ClientSession() as http:
        base_url = f"https://127.0.0.1:{central.port}"
        fetched = await central.files.offer(tmp_path / "tls.pem", base_url, seconds=60)
        async with http.get(fetched.url, ssl=trusting(certificate)) as response:
            assert await response.read() == key + certificate
        sent = await central.files.expect(inbox, base_url, seconds=60)
        async with http.put(f"{sent.url}log", data=b"x" * 200_000, ssl=trusting(certificate)) as response:
            assert response.status == 201


async def test_all_ends_with_the_central_system(tmp_path: Path, inbox: Path) -> None:
    """An upload that hangs holds nobody up, and nothing of it is left."""
    async with central_system() as central:
        transfer = await expect(central, inbox)
        _, writer = await send_half(central, transfer)
        await central.stop()
        assert await transfer.wait() is None
        writer.close()


async def test_silent_connections_are_closed(central: CentralSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between requests."""
    monkeypatch.setattr(http_files, "_IDLE", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
    writer.write(b"GET /files/" + b"x" * 32 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(TIMEOUT):
        assert await reader.readline() == b"HTTP/1.1 404 Not Found\r\n"
        await reader.read()
    writer.close()
