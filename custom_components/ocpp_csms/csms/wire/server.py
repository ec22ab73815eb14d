"""The listener: from a TCP connection to a websocket of a known identity and version. Who may come in is decided by the `Door`.

Path → identity, networks, credentials, sub-protocol, TLS and limits live here; what is said on a connection does not.
Source: OCPP-J 1.6 §3 (connection), §6 (security); security whitepaper ed. 3 §2 (security profiles 1 to 3).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
import logging
import re
from ssl import SSLContext
from typing import Any, Protocol, cast, override

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from custom_components.ocpp_csms.csms.files.file_exchange import FileExchange
from custom_components.ocpp_csms.csms.security.client_certificates import (
    CertificateProblem,
    ClientCertificate,
    client_certificate,
)
from custom_components.ocpp_csms.csms.security.credentials import parse_basic_authorization, verify_password
from custom_components.ocpp_csms.csms.versions import SUBPROTOCOLS, Version, negotiated

from .doorway import Doorway
from .identity import identity_of, is_identity
from .quiet_logging import quiet_logger

_LOGGER = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT = 15.0
_CLOSE_TIMEOUT = 3.0
PING_INTERVAL = 30.0
PING_TIMEOUT = PING_INTERVAL - _CLOSE_TIMEOUT  # so that a dead peer is gone within two intervals
_STOP_TIMEOUT = 1.0
_MAX_FRAME = 2**20
_MAX_QUEUE = 16
_LONGEST_DELAY = 5.0
_REMEMBERED_IDENTITIES = 500
_PARALLEL_CHECKS = 2
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,253})(?P<port>:\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Admission:
    """An identity that may come in; with a `credential` (salted hash) only by its password, or by a client certificate of its own.

    `next_credential` is that of a password that was set and is not in use yet: it lets in as well. `certificate_required`: no password
    helps. `serial` is the number by which another authority may have named the charge point. A stranger's certificate says nothing.
    `versions` are those that it may speak.
    """

    credential: str | None = None
    next_credential: str | None = None
    certificate_required: bool = False
    serial: str | None = None
    stranger: bool = False
    versions: tuple[Version, ...] = tuple(Version)

    def judge(self, identity: str, certificate: ClientCertificate | None) -> CertificateProblem | None:
        """Return what is wrong with what was shown in the TLS handshake."""
        if certificate is None:
            return CertificateProblem.MISSING if self.certificate_required else None
        if self.stranger or certificate.belongs_to(identity, self.serial):
            return None
        return CertificateProblem.FOREIGN


class Door(Protocol):
    """Who decides about identities and takes over open connections."""

    def admit(self, identity: str) -> Admission | None:
        """Return how an identity may come in, None if it may not."""

    def authentication_failed(self, identity: str, remote: str, count: int) -> None:
        """An identity has failed for the `count`-th time in a row to prove itself."""

    def certificate_refused(self, identity: str, remote: str, count: int, problem: CertificateProblem) -> None:
        """An identity has failed, for the `count`-th time in a row, by its client certificate."""

    def authentication_succeeded(self, identity: str) -> None:
        """An identity has proved itself."""

    def version_refused(self, identity: str, offered: str) -> None:
        """An identity offers none of the sub-protocols that it may speak."""

    def password_renewed(self, identity: str) -> None:
        """An identity has used its next password for the first time: the old one holds no longer."""

    async def serve(self, connection: ChargePointConnection) -> None:
        """Serve an open connection until it ends."""


class ChargePointConnection(ServerConnection):
    """A websocket that knows whose it is. A connection that turns out to be about a file is handed to the file exchange."""

    __slots__ = ("_allows_files", "_files", "certificate", "identity", "proved", "version", "versions")
    identity: str
    versions: tuple[Version, ...]  # that it may speak
    version: Version | None  # that was negotiated; None where it has offered none
    certificate: ClientCertificate | None  # its own, by which it came in
    proved: bool  # by certificate or password, that it is who it says

    def __init__(
        self,
        protocol: ServerProtocol,
        server: Server,
        *,
        files: FileExchange,
        allows_files: Callable[[str], bool],
        **options: Any,
    ) -> None:
        """`allows_files` tells whether an address may ask for files. `options` are those of websockets."""
        super().__init__(protocol, server, **options)
        self.identity = ""
        self.certificate = None
        self.proved = False
        self.versions = ()
        self.version = None
        self._files = files
        self._allows_files = allows_files

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nobody is known yet, and nothing is: the first bytes tell."""
        transport = cast("asyncio.Transport", transport)
        allowed = self._allows_files(_remote(transport))

        def websocket(first: bytes) -> None:
            transport.set_protocol(self)
            ServerConnection.connection_made(self, transport)
            self.data_received(first)

        def file(first: bytes) -> None:
            self._files.take_over(transport, first)

        Doorway(transport, timeout=HANDSHAKE_TIMEOUT, websocket=websocket, file=file if allowed else None)

    @property
    def remote(self) -> str:
        """The address of the other side, for logs and the device page."""
        return _remote(self.transport)

    @property
    def base_url(self) -> str:
        """What the other side reaches us at, by HTTP: the host it has dialled; a proxy says so, a port that is left out is ours."""
        request = cast("Request", self.request)
        local = self.transport.get_extra_info("sockname") or ("127.0.0.1", 0)
        hosts = request.headers.get_all("Host")
        found = _HOST.fullmatch(hosts[0].strip()) if hosts else None
        proxied = next(iter(request.headers.get_all("X-Forwarded-Proto")), "").strip().lower()
        encrypted = proxied in {"https", "wss"} or self.transport.get_extra_info("ssl_object") is not None
        host = found["host"] if found else f"[{local[0]}]" if ":" in str(local[0]) else str(local[0])
        port = found["port"] if found and (found["port"] or proxied) else f":{local[1]}"
        return f"{'https' if encrypted else 'http'}://{host}{port or ''}"


class Listener:
    """One listening socket."""

    def __init__(self, door: Door, allowed_networks: Callable[[], Sequence[str]], files: FileExchange) -> None:
        """`allowed_networks` returns the networks (CIDR) that may connect; none: all. `files` takes requests for files."""
        self._door = door
        self._files = files
        self._allowed_networks = allowed_networks
        self._server: Server | None = None
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._refused_offers: OrderedDict[str, str] = OrderedDict()
        self._checks = asyncio.Semaphore(_PARALLEL_CHECKS)

    @property
    def port(self) -> int:
        """The bound port. Raises `RuntimeError` while the listener is closed."""
        if self._server is None:
            raise RuntimeError("The listener is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self, host: str, port: int, ssl: SSLContext | None) -> None:
        """Bind and listen. Raises `OSError` when the address cannot be bound."""
        self._server = await serve(
            self._serve,
            host,
            port,
            ssl=ssl,
            create_connection=cast("type[ChargePointConnection]", self._connection),
            process_request=self._process_request,
            select_subprotocol=_select_subprotocol,
            # Small windows: a charge point costs 4 KiB of memory for compression, not 100, and only if it asks for it.
            compression=None,
            extensions=[
                ServerPerMessageDeflateFactory(
                    server_max_window_bits=10, client_max_window_bits=10, compress_settings={"memLevel": 3}
                )
            ],
            open_timeout=HANDSHAKE_TIMEOUT,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT if ssl else None,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=_CLOSE_TIMEOUT,
            max_size=_MAX_FRAME,
            max_queue=_MAX_QUEUE,
            server_header=None,
            logger=quiet_logger(f"{__name__}.websockets"),
        )

    async def close(self) -> None:
        """Close the socket and all connections (1001: charge points dial again); who does not close in time is cut off."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        await self._files.close()
        closed = asyncio.ensure_future(server.wait_closed())
        if closed not in (await asyncio.wait((closed,), timeout=_STOP_TIMEOUT))[0]:
            server.server.abort_clients()  # handshakes that hang, of TLS as well, and dead connections
        await closed

    def _connection(self, protocol: ServerProtocol, server: Server, **options: Any) -> ChargePointConnection:
        return ChargePointConnection(
            protocol,
            server,
            files=self._files,
            allows_files=lambda remote: is_allowed(remote, self._allowed_networks()),
            **options,
        )

    async def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Let a handshake pass or answer it with an HTTP error."""
        websocket = cast("ChargePointConnection", connection)
        if not is_allowed(websocket.remote, self._allowed_networks()):
            return _refuse(websocket, HTTPStatus.FORBIDDEN, "its network is not allowed")
        if not any(offer.strip() for offer in request.headers.get_all("Sec-WebSocket-Protocol")):
            request.headers.pop("Sec-WebSocket-Protocol", None)  # some charge points send the name without a value
        credentials = _credentials(request.headers)
        identity = identity_of(request.path) or _user_name(credentials)
        if not is_identity(identity):
            return _refuse(websocket, HTTPStatus.NOT_FOUND, f"the URL {request.path!r} names no charge point id")
        websocket.identity = identity
        admission = self._door.admit(identity)
        if admission is None:
            return _refuse(websocket, HTTPStatus.NOT_FOUND, "it is not known")
        websocket.versions = admission.versions
        shown = client_certificate(websocket.transport.get_extra_info("ssl_object"))
        if (problem := admission.judge(identity, shown)) is not None:
            count = self._count_failure(identity)
            self._door.certificate_refused(identity, websocket.remote, count, problem)
            await _slow_down(count)
            return _refuse(websocket, HTTPStatus.UNAUTHORIZED, f"its client certificate is {problem}")
        if shown is not None and not admission.stranger:
            websocket.certificate = shown
            self._has_proved_itself(websocket)
        elif not await self._is_authentic(websocket, credentials, admission):
            response = _refuse(websocket, HTTPStatus.UNAUTHORIZED, "its password is missing or wrong")
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
            return response
        return None

    async def _is_authentic(
        self, websocket: ChargePointConnection, credentials: bytes | None, admission: Admission
    ) -> bool:
        """Check user name and password; each failure in a row makes the next answer slower."""
        identity = websocket.identity
        user, separator, password = (credentials or b"").partition(identity.encode() + b":")
        presented = password if separator and not user else None
        renewed = await self._matches(presented, admission.next_credential)
        if renewed:
            self._door.password_renewed(identity)
        elif admission.credential is None:
            return True
        if renewed or await self._matches(presented, admission.credential):
            self._has_proved_itself(websocket)
            return True
        count = self._count_failure(identity)
        self._door.authentication_failed(identity, websocket.remote, count)
        await _slow_down(count)
        return False

    def _has_proved_itself(self, websocket: ChargePointConnection) -> None:
        websocket.proved = True
        self._failures.pop(websocket.identity, None)
        self._door.authentication_succeeded(websocket.identity)

    def _count_failure(self, identity: str) -> int:
        count = self._failures.get(identity, 0) + 1
        _remember(self._failures, identity, count)
        return count

    async def _matches(self, password: bytes | None, stored: str | None) -> bool:
        if password is None or stored is None:
            return False
        async with self._checks:
            return await asyncio.get_running_loop().run_in_executor(None, verify_password, password, stored)

    async def _serve(self, connection: ServerConnection) -> None:
        websocket = cast("ChargePointConnection", connection)
        request = cast("Request", websocket.request)
        offered = ", ".join(request.headers.get_all("Sec-WebSocket-Protocol"))
        if websocket.subprotocol is None and offered:
            self._refuse_subprotocols(websocket, offered[:200])
            await websocket.close(1002, "no common sub-protocol")
            return
        try:
            await self._door.serve(websocket)
        except Exception as error:  # a mistake of ours ends this connection and nothing else
            _LOGGER.error("%s: its connection failed: %r", websocket.identity, error)
            _LOGGER.debug("%s: traceback of the failed connection", websocket.identity, exc_info=True)
            raise

    def _refuse_subprotocols(self, websocket: ChargePointConnection, offered: str) -> None:
        """Say what is wrong, once for each charge point and offer: it will try again for ever."""
        identity, allowed = websocket.identity, ", ".join(SUBPROTOCOLS[version] for version in websocket.versions)
        news = f"{offered}, not {allowed}"
        is_news = self._refused_offers.get(identity) != news
        _remember(self._refused_offers, identity, news)
        _LOGGER.log(
            logging.WARNING if is_news else logging.DEBUG,
            "%s offers only sub-protocols that it may not speak here (%s); set it to one of these: %s",
            identity,
            offered,
            allowed,
        )
        self._door.version_refused(identity, offered)


def _remote(transport: asyncio.BaseTransport) -> str:
    address = transport.get_extra_info("peername")
    return str(address[0]) if address else "?"


async def _slow_down(failures: int) -> None:
    await asyncio.sleep(min(0.05 * 2 ** min(failures, 10), _LONGEST_DELAY))


def _remember[T](known: OrderedDict[str, T], identity: str, value: T) -> None:
    """Note something of an identity; the oldest are forgotten: anybody can invent identities."""
    known[identity] = value
    known.move_to_end(identity)
    if len(known) > _REMEMBERED_IDENTITIES:
        known.popitem(last=False)


def _select_subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Take the highest version in common; without any, the handshake is completed without one (OCPP-J 1.6 §3.1.2, 2.0.1 §3.1.2)."""
    websocket = cast("ChargePointConnection", connection)
    websocket.version = negotiated(offered, websocket.versions)
    return None if websocket.version is None else SUBPROTOCOLS[websocket.version]


def _credentials(headers: Headers) -> bytes | None:
    values = headers.get_all("Authorization")
    return parse_basic_authorization(values[0]) if values else None


def _user_name(credentials: bytes | None) -> str:
    """Some charge points dial the bare URL: the user name says who they are."""
    return (credentials or b"").partition(b":")[0].decode(errors="replace").strip()


def is_allowed(remote: str, networks: Sequence[str]) -> bool:
    """Tell whether an address is in one of the networks (CIDR); IPv4 within IPv6 counts as IPv4. Without networks all are."""
    if not networks:
        return True
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in ip_network(network, strict=False) for network in networks)


def _refuse(websocket: ChargePointConnection, status: HTTPStatus, reason: str) -> Response:
    _LOGGER.info("Connection of %s from %s refused: %s", websocket.identity or "a client", websocket.remote, reason)
    return websocket.respond(status, f"{status.phrase}\n")
