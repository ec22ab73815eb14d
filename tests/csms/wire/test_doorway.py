"""The first bytes of a connection: files and websockets share a port, and neither notices the other."""

import asyncio
from ssl import SSLContext

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.wire import server
from tests.csms.central import central_system
from tests.csms.scripted_charge_point import TIMEOUT, ScriptedChargePoint
from tests.waiting import until_connected

TOKEN = b"x" * 32
UPGRADE = (
    b" HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def status_line(central: CentralSystem, *pieces: bytes, ssl: SSLContext | None = None) -> bytes:
    """Send pieces one after the other, each on its own, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port, ssl=ssl)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(TIMEOUT):
        line = await reader.readline()
    writer.close()
    return line.strip()


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST", b"PUT"])
async def test_a_file_that_nobody_was_told_of_is_not_found(central: CentralSystem, method: bytes) -> None:
    """By HTTP, in all four ways."""
    request = method + b" /files/" + TOKEN + b"/log.zip HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    assert await status_line(central, request) == b"HTTP/1.1 404 Not Found"


async def test_a_request_may_come_in_pieces(central: CentralSystem) -> None:
    """It is understood once its first line is there."""
    pieces = (b"PU", b"T /files/" + TOKEN, b"/log HTTP/1.1\r\n", b"Host: x\r\nContent-Length: 0\r\n\r\n")
    assert await status_line(central, *pieces) == b"HTTP/1.1 404 Not Found"


async def test_a_handshake_may_come_in_pieces(central: CentralSystem, charge_point: ChargePoint) -> None:
    """A websocket is one, however slowly it begins."""
    request = b"GET /CP1" + UPGRADE
    assert await status_line(central, request[:3], request[3:30], request[30:]) == b"HTTP/1.1 101 Switching Protocols"
    await until_connected(charge_point)


async def test_a_charge_point_may_have_files_in_its_path(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Any path leads to a websocket, but one with a token."""
    async with ScriptedChargePoint(central.port, path="/files/CP1"):
        await until_connected(charge_point)


@pytest.mark.parametrize("request_line", [b"GET /index.html", b"PUT /CP1", b"DELETE /files/" + TOKEN])
async def test_what_is_neither_is_answered_as_ever(central: CentralSystem, request_line: bytes) -> None:
    """By the library of websockets: 4xx, or not at all."""
    line = await status_line(central, request_line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert line.startswith(b"HTTP/1.1 4") or not line


async def test_networks_that_are_not_allowed_get_no_file() -> None:
    """They get what they get for anything."""
    async with central_system(allowed_networks=("10.0.0.0/8",)) as central:
        line = await status_line(central, b"GET /files/" + TOKEN + b"/log HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line == b"HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize("said", [b"", b"GET /files"])
async def test_who_says_nothing_of_use_is_cut_off(
    central: CentralSystem, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """After the time for a handshake."""
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT", 0.05)
    assert await status_line(central, said) == b""


async def test_a_connection_may_end_before_it_begins(central: CentralSystem) -> None:
    """Nothing is left of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", central.port)
    writer.transport.abort()
    assert (
        await status_line(central, b"GET /files/" + TOKEN + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        == b"HTTP/1.1 404 Not Found"
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Host: ha.local:9000\r\n", "http://ha.local:9000"),
        ("Host: [fd00::1]:9000\r\n", "http://[fd00::1]:9000"),
        ("Host: ha.local\r\n", "http://ha.local:{port}"),
        ("Host: ha.local\r\nX-Forwarded-Proto: https\r\n", "https://ha.local"),
        ("Host: bad host!\r\n", "http://127.0.0.1:{port}"),
        ("", "http://127.0.0.1:{port}"),
    ],
    ids=["port", "ipv6", "no port", "proxy", "nonsense", "none"],
)
async def test_files_are_where_the_charge_point_has_dialled(
    central: CentralSystem, charge_point: ChargePoint, headers: str, expected: str
) -> None:
    """What it reaches us at for a websocket it reaches us at for a file."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
    writer.write(b"GET /CP1" + UPGRADE.replace(b"Host: 127.0.0.1\r\n", headers.encode()))
    async with asyncio.timeout(TIMEOUT):
        assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    await until_connected(charge_point)
    assert charge_point.peer is not None
    assert charge_point.peer.base_url == expected.format(port=central.port)
    writer.close()
