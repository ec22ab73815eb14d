"""The listener: who comes in under which path, with which sub-protocol and password, over TLS, and how a connection is kept."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
import ssl

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate

from custom_components.ocpp_csms.csms.central_system import CentralSystem, CentralSystemSettings
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from custom_components.ocpp_csms.csms.v16.messages import V16Messages
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire import server
from custom_components.ocpp_csms.csms.wire.server import Listener
from tests.csms.central import RecordingObserver, central_system
from tests.csms.scripted_charge_point import TIMEOUT, ScriptedChargePoint, basic
from tests.tls import make_certificate, trusting
from tests.waiting import until_connected, until_gone

PASSWORD = "correct horse battery"
HEX_PASSWORD = "00FF10203040506070" + "8090A0B0C0D0E0F0AA55AA"
LONG_PASSWORD = "Fünf#Öfen@heizen:den,großen_Saal.Weiß+OK"  # 40 characters of UTF-8 (OCPP 2.0.1 part 2, A00.FR.205)


@pytest.fixture
def locked(central: CentralSystem, charge_point: ChargePoint) -> ChargePoint:
    """CP1 with a password."""
    charge_point.update_settings(ChargePointSettings(configure=False, credential=hash_password(PASSWORD)))
    return charge_point


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures do not slow down."""
    monkeypatch.setattr(server, "_LONGEST_DELAY", 0.0)


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we have warned of; asyncio has warnings of its own about a machine that is busy."""
    ours = (record for record in caplog.records if record.name.startswith("custom_components"))
    return [record.message for record in ours if record.levelname == "WARNING"]


@pytest.mark.parametrize("path", ["/CP1", "//CP1", "/any/prefix/CP1", "/CP1/", "/CP1?token=1", "/CP%31"])
async def test_a_charge_point_comes_in_by_any_shape_of_url(
    central: CentralSystem, charge_point: ChargePoint, path: str
) -> None:
    """All of these mean CP1."""
    async with ScriptedChargePoint(central.port, path=path) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
        assert charge_point.connected
        assert charge_point.peer is not None
        assert charge_point.peer.address == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/%00CP", "/CP%2F1", "/" + "x" * 256], ids=["none", "control", "slash", "long"])
async def test_a_url_without_a_usable_identity_is_not_found(central: CentralSystem, path: str) -> None:
    """OCPP-J asks for 404."""
    with pytest.raises(InvalidStatus, match="404"):
        await ScriptedChargePoint(central.port, path=path).connect()


async def test_the_user_name_says_who_dials_the_bare_url(central: CentralSystem, locked: ChargePoint) -> None:
    """Some charge points leave the identity out of the path."""
    async with ScriptedChargePoint(central.port, path="/", authorization=basic("CP1", PASSWORD)) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"


@pytest.mark.parametrize(
    ("offered", "selected", "version"),
    [
        ((), None, "1.6"),
        (("ocpp1.6",), "ocpp1.6", "1.6"),
        (("ocpp0.1", "ocpp1.6"), "ocpp1.6", "1.6"),
        (("ocpp2.0.1", "ocpp1.6", "ocpp1.5"), "ocpp2.0.1", "2.0.1"),
        (("ocpp1.6", "ocpp2.0.1"), "ocpp2.0.1", "2.0.1"),
        (("ocpp1.6", "ocpp2.1", "ocpp2.0.1"), "ocpp2.1", "2.1"),
    ],
)
async def test_a_version_is_agreed_upon(
    central: CentralSystem, charge_point: ChargePoint, offered: tuple[str, ...], selected: str | None, version: str
) -> None:
    """The highest that both speak, in whatever order they are offered; without any offer it is 1.6."""
    async with ScriptedChargePoint(central.port, subprotocols=offered) as far_end:
        assert far_end.websocket.subprotocol == selected
        assert "currentTime" in await far_end.call("Heartbeat")
        assert charge_point.version == version


@pytest.mark.parametrize(
    ("offered", "selected"),
    [((), None), (("ocpp2.0.1",), "ocpp2.0.1"), (("ocpp2.1", "ocpp1.6", "ocpp2.0.1"), "ocpp2.0.1")],
)
async def test_a_charge_point_can_be_kept_to_a_version(
    central: CentralSystem, observer: RecordingObserver, offered: tuple[str, ...], selected: str | None
) -> None:
    """Whatever else it offers; who offers none is taken to speak that one."""
    charge_point = central.add("CP1", ChargePointSettings(configure=False, version=Version.V2_0_1))
    async with ScriptedChargePoint(central.port, subprotocols=offered) as far_end:
        assert far_end.websocket.subprotocol == selected
        assert "currentTime" in await far_end.call("Heartbeat")
        assert charge_point.version == "2.0.1"
    assert observer.refused_versions == []


async def test_who_offers_other_versions_than_the_one_it_is_kept_to_is_turned_away(
    central: CentralSystem, observer: RecordingObserver, caplog: pytest.LogCaptureFixture
) -> None:
    """As with no common sub-protocol; the log and the observer are told, the log says what it may speak."""
    central.add("CP1", ChargePointSettings(configure=False, version=Version.V1_6))
    far_end = ScriptedChargePoint(central.port, subprotocols=("ocpp2.1", "ocpp2.0.1"))
    await far_end.connect()
    assert far_end.websocket.subprotocol is None
    assert await far_end.closed() == 1002
    await far_end.disconnect()
    assert observer.refused_versions == [("CP1", "ocpp2.1, ocpp2.0.1")]
    assert warnings_of(caplog) == [
        "CP1 offers only sub-protocols that it may not speak here (ocpp2.1, ocpp2.0.1); set it to one of these: ocpp1.6"
    ]


async def test_an_empty_offer_of_sub_protocols_is_none(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Some charge points send the header without a value."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
    writer.write(
        b"GET /CP1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol:\r\n\r\n"
    )
    async with asyncio.timeout(TIMEOUT):
        assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    await until_connected(charge_point)
    writer.transport.abort()
    await until_gone(charge_point)


async def test_only_unknown_sub_protocols_end_after_the_handshake(
    central: CentralSystem, charge_point: ChargePoint, caplog: pytest.LogCaptureFixture
) -> None:
    """The handshake is completed without one, then the connection is closed; the log says what was offered."""
    far_end = ScriptedChargePoint(central.port, subprotocols=("ocpp0.1", "ocpp2.9"))
    await far_end.connect()
    assert far_end.websocket.subprotocol is None
    assert await far_end.closed() == 1002
    await far_end.disconnect()
    assert charge_point.last_message is None
    assert warnings_of(caplog) == [
        (
            "CP1 offers only sub-protocols that it may not speak here (ocpp0.1, ocpp2.9); "
            "set it to one of these: ocpp1.6, ocpp2.0.1, ocpp2.1"
        )
    ]


async def test_sub_protocols_that_are_not_supported_are_told_once(
    central: CentralSystem, charge_point: ChargePoint, caplog: pytest.LogCaptureFixture
) -> None:
    """The charge point tries again for ever; another offer, and another charge point, are news."""
    for identity, offer in (("CP1", "ocpp0.1"), ("CP1", "ocpp0.1"), ("CP1", "ocpp2.9"), ("CP2", "ocpp2.9")):
        far_end = ScriptedChargePoint(central.port, identity, subprotocols=(offer,))
        await far_end.connect()
        await far_end.closed()
        await far_end.disconnect()
    told = [message.partition("; ")[0] for message in warnings_of(caplog)]
    assert told == [
        f"{identity} offers only sub-protocols that it may not speak here ({offer})"
        for identity, offer in (("CP1", "ocpp0.1"), ("CP1", "ocpp2.9"), ("CP2", "ocpp2.9"))
    ]


@pytest.mark.parametrize(
    ("password", "presented"),
    [
        (PASSWORD, PASSWORD),
        (PASSWORD, PASSWORD.encode().hex()),
        (HEX_PASSWORD, HEX_PASSWORD),
        (HEX_PASSWORD, HEX_PASSWORD.lower()),
        (HEX_PASSWORD, bytes.fromhex(HEX_PASSWORD)),
        (LONG_PASSWORD, LONG_PASSWORD),
    ],
    ids=["text", "text in hex", "hex", "hex in lower case", "raw bytes", "text of 2.x"],
)
async def test_the_right_password_opens(
    central: CentralSystem,
    charge_point: ChargePoint,
    observer: RecordingObserver,
    password: str,
    presented: str | bytes,
) -> None:
    """In each form in which chargers send it."""
    charge_point.update_settings(ChargePointSettings(configure=False, credential=hash_password(password)))
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", presented)) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
    assert observer.successes == ["CP1"]
    assert observer.failures == []


@pytest.mark.parametrize("present", [PASSWORD, None])
async def test_the_next_password_lets_in_and_is_told_of(
    central: CentralSystem, observer: RecordingObserver, charge_point: ChargePoint, present: str | None
) -> None:
    """The charge point has restarted: from now on only this one holds."""
    settings = ChargePointSettings(
        configure=False,
        credential=hash_password(present) if present else None,
        next_credential=hash_password("battery staple"),
    )
    charge_point.update_settings(settings)
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", present) if present else None) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
    assert observer.renewed == []
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", "battery staple")) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
    assert observer.renewed == ["CP1"]


@pytest.mark.usefixtures("locked", "prompt")
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        basic("CP1", "wrong"),
        basic("CP1", ""),
        basic("CP2", PASSWORD),
        basic("cp1", PASSWORD),
        basic("", PASSWORD),
        basic("xCP1", PASSWORD),
        basic("CP1", b"\xff\xfe\x00"),
        "Basic",
        "Basic !!!",
        f"Bearer {PASSWORD}",
    ],
    ids=str,
)
async def test_without_the_right_password_nobody_comes_in(
    central: CentralSystem, observer: RecordingObserver, authorization: str | None
) -> None:
    """Missing, wrong, foreign or unreadable: 401 and a challenge."""
    with pytest.raises(InvalidStatus, match="401") as refusal:
        await ScriptedChargePoint(central.port, authorization=authorization).connect()
    assert refusal.value.response.headers["WWW-Authenticate"].startswith("Basic ")
    assert observer.failures == [("CP1", "127.0.0.1", 1)]


async def test_an_identity_with_a_colon_proves_itself(central: CentralSystem) -> None:
    """The user name ends where the identity ends, not at the first colon."""
    central.add("A:B", ChargePointSettings(configure=False, credential=hash_password(PASSWORD)))
    async with ScriptedChargePoint(central.port, "A:B", authorization=basic("A:B", PASSWORD)) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"


@pytest.mark.usefixtures("locked", "prompt")
async def test_failures_in_a_row_are_counted_until_a_success(
    central: CentralSystem, observer: RecordingObserver
) -> None:
    """The observer is told how many there were, so that it can raise one issue."""
    for _ in range(2):
        with pytest.raises(InvalidStatus, match="401"):
            await ScriptedChargePoint(central.port).connect()
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", PASSWORD)):
        pass
    with pytest.raises(InvalidStatus, match="401"):
        await ScriptedChargePoint(central.port).connect()
    assert [count for _, _, count in observer.failures] == [1, 2, 1]


@pytest.mark.usefixtures("locked")
async def test_each_failure_makes_the_next_answer_slower(
    central: CentralSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait doubles, up to a limit."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    for _ in range(8):
        with pytest.raises(InvalidStatus, match="401"):
            await ScriptedChargePoint(central.port).connect()
    assert waits[:3] == pytest.approx([0.1, 0.2, 0.4])
    assert waits[-1] == 5.0
    assert waits == sorted(waits)


@pytest.mark.usefixtures("locked", "prompt")
async def test_only_so_many_failures_are_remembered(
    central: CentralSystem, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that failed longest ago is forgotten first."""
    monkeypatch.setattr(server, "_REMEMBERED_IDENTITIES", 1)
    central.add("CP2", ChargePointSettings(credential=hash_password(PASSWORD)))
    for identity in ("CP1", "CP2", "CP1"):
        with pytest.raises(InvalidStatus, match="401"):
            await ScriptedChargePoint(central.port, identity).connect()
    assert [(identity, count) for identity, _, count in observer.failures] == [("CP1", 1), ("CP2", 1), ("CP1", 1)]


async def test_a_charge_point_without_password_may_send_one(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Whatever it says then is not checked."""
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", "anything")) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"


@pytest.mark.parametrize(
    ("networks", "welcome"),
    [((), True), (("127.0.0.0/8",), True), (("10.0.0.0/8", "127.0.0.1/32"), True), (("192.168.0.0/16",), False)],
)
async def test_allowed_networks_hold_without_a_restart(
    central: CentralSystem, charge_point: ChargePoint, networks: tuple[str, ...], *, welcome: bool
) -> None:
    """Others get 403 before anything else is looked at."""
    central.update_settings(CentralSystemSettings(allowed_networks=networks))
    far_end = ScriptedChargePoint(central.port)
    if welcome:
        async with far_end:
            await far_end.boot()
    else:
        with pytest.raises(InvalidStatus, match="403"):
            await far_end.connect()


@pytest.mark.parametrize(
    ("remote", "networks", "allowed"),
    [
        ("192.168.1.7", ["192.168.1.0/24"], True),
        ("::ffff:192.168.1.7", ["192.168.1.0/24"], True),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("2001:db8::1", ["192.168.1.0/24"], False),
        ("?", ["0.0.0.0/0"], False),
        ("?", [], True),
    ],
)
def test_addresses_of_both_families_are_matched(remote: str, networks: list[str], *, allowed: bool) -> None:
    """An IPv4 address that comes in over an IPv6 socket counts as what it is."""
    assert server.is_allowed(remote, networks) is allowed


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[bytes, ssl.SSLContext]:
    """A certificate, and the context of a server that shows it."""
    pem, key = make_certificate()
    (tmp_path / "cert.pem").write_bytes(pem)
    (tmp_path / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return pem, context


@pytest.fixture
async def secure(certificate: tuple[bytes, ssl.SSLContext]) -> AsyncGenerator[CentralSystem]:
    """A central system that listens with TLS."""
    async with central_system(ssl=certificate[1]) as central:
        central.add("CP1", ChargePointSettings(configure=False, credential=hash_password(PASSWORD)))
        yield central


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_charge_point_dials_in_over_tls(
    secure: CentralSystem, certificate: tuple[bytes, ssl.SSLContext], version: ssl.TLSVersion
) -> None:
    """Security profile 2: TLS of 1.2 or later, and a password."""
    context = trusting(certificate[0])
    context.maximum_version = version
    async with ScriptedChargePoint(secure.port, ssl=context, authorization=basic("CP1", PASSWORD)) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"


async def test_no_plain_connection_is_served_on_a_tls_port(secure: CentralSystem) -> None:
    """There is no silent fall-back."""
    with pytest.raises(InvalidMessage):
        await ScriptedChargePoint(secure.port, authorization=basic("CP1", PASSWORD)).connect()


async def test_a_tls_handshake_that_hangs_is_cut_off(
    certificate: tuple[bytes, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that connects and says nothing does not stay."""
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT", 0.05)
    async with central_system(ssl=certificate[1]) as central:
        reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
        async with asyncio.timeout(TIMEOUT):
            assert await reader.read() == b""
        writer.close()


async def test_a_tls_handshake_that_hangs_does_not_delay_the_stop(secure: CentralSystem) -> None:
    """The listener does not wait for it."""
    _, writer = await asyncio.open_connection("127.0.0.1", secure.port)
    async with asyncio.timeout(3):
        await secure.stop()
    writer.close()


# The connection


@pytest.mark.parametrize("version", list(Version))
async def test_compression_is_used_when_the_charge_point_asks(
    central: CentralSystem, charge_point: ChargePoint, version: Version
) -> None:
    """2.0.1 demands it (OCPP-J 2.0.1 §3.4). The windows are small, so that it costs little memory."""
    async with ScriptedChargePoint(central.port, compression="deflate", subprotocols=(f"ocpp{version}",)) as far_end:
        assert "currentTime" in await far_end.call("Heartbeat")
        (extension,) = far_end.websocket.protocol.extensions
        assert isinstance(extension, PerMessageDeflate)
        assert extension.remote_max_window_bits == 10
        assert extension.local_max_window_bits <= 12


async def test_compression_without_a_window_offer_is_agreed_upon(
    central: CentralSystem, charge_point: ChargePoint
) -> None:
    """The plainest offer of permessage-deflate."""
    factory = ClientPerMessageDeflateFactory(client_max_window_bits=None)
    async with ScriptedChargePoint(central.port, extensions=[factory]) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
        assert far_end.websocket.protocol.extensions


async def test_compression_is_not_used_unasked(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Without an offer there is none."""
    async with ScriptedChargePoint(central.port) as far_end:
        assert far_end.websocket.protocol.extensions == []


@pytest.mark.parametrize(("size", "code"), [(2**20, None), (2**20 + 1, 1009)])
async def test_frames_are_bounded(
    central: CentralSystem, charge_point: ChargePoint, size: int, code: int | None
) -> None:
    """One MiB is read; one byte more closes the connection with 1009 (too big)."""
    async with ScriptedChargePoint(central.port) as far_end:
        frame = '[2,"1","Heartbeat",{}]'
        await far_end.send(frame + " " * (size - len(frame)))
        if code is None:
            assert (await far_end.next_frame())[0] == 3
        else:
            assert await far_end.closed() == code


async def test_a_slow_handshake_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends its request drop by drop has a limited time."""
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT", 0.05)
    async with central_system() as central:
        reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
        writer.write(b"GET /CP1 HTTP/1.1\r\nHost:")
        async with asyncio.timeout(TIMEOUT):
            await reader.read()
        assert reader.at_eof()
        writer.close()


async def test_a_dead_peer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not answer a ping is gone within two intervals, the time for closing included."""
    assert server.PING_INTERVAL + server.PING_TIMEOUT + 3 <= 2 * server.PING_INTERVAL
    for name in ("PING_INTERVAL", "PING_TIMEOUT", "_CLOSE_TIMEOUT"):
        monkeypatch.setattr(server, name, 0.05)
    async with central_system() as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        far_end = ScriptedChargePoint(central.port, ping_interval=None)
        await far_end.connect()
        await until_connected(charge_point)
        far_end.websocket.transport.pause_reading()
        await until_gone(charge_point)
        await far_end.drop()


async def test_pings_are_sent_every_30_seconds_and_measure_the_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    """The round trip is known after the first."""
    assert server.PING_INTERVAL == 30
    monkeypatch.setattr(server, "PING_INTERVAL", 0.02)
    async with central_system() as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(central.port) as far_end:
            await until_connected(charge_point)
            async with asyncio.timeout(TIMEOUT):
                while not (latency := charge_point.latency):
                    await far_end.call("Heartbeat")
            assert 0 < latency < TIMEOUT


async def test_what_is_no_http_leaves_one_line_without_a_traceback(
    central: CentralSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody can send anything to a port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central.port)
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00 not http\r\n\r\n")
    async with asyncio.timeout(TIMEOUT):
        await reader.read()
    writer.close()
    assert not [record for record in caplog.records if record.levelname != "DEBUG" and record.name != "asyncio"]


async def test_the_port_of_a_closed_listener_is_an_error(central: CentralSystem) -> None:
    """There is none; closing it does nothing."""
    listener = Listener(central, list, central.files)
    await listener.close()
    with pytest.raises(RuntimeError, match="not open"):
        assert listener.port


async def test_a_mistake_of_ours_ends_one_connection_with_one_line(
    central: CentralSystem,
    charge_point: ChargePoint,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log names the charge point and shows no traceback; the charge point is told 1011 and may dial in again."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    async with ScriptedChargePoint(central.port) as far_end:
        await until_connected(charge_point)
        with monkeypatch.context() as broken:
            broken.setattr(V16Messages, "answered", fail)
            await far_end.send('[2,"1","Heartbeat",{}]')
            assert await far_end.closed() == 1011
    errors = [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert [record.message for record in errors] == ["CP1: its connection failed: ZeroDivisionError()"]
    assert errors[0].exc_info is None
    async with ScriptedChargePoint(central.port) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
