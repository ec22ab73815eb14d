"""OCPP-J over a WebSocket, seen from the charge point: dialling, re-dialling, frames and their correlation.

Rules: OCPP-J, sections 3 (connection) and 4 (RPC framework). What the messages mean is not known here.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
import json
import ssl as ssl_module
from typing import Any, Literal
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from .journal import Direction, Frame, Journal
from .messages import Payload

SUBPROTOCOLS = {"1.6": Subprotocol("ocpp1.6"), "2.0.1": Subprotocol("ocpp2.0.1"), "2.1": Subprotocol("ocpp2.1")}
"""The sub-protocol of each version."""

_CALL, _RESULT, _ERROR, _SEND = 2, 3, 4, 6


type Kind = Literal["call", "result", "error", "other"]


class Offline(Exception):
    """There is no connection, or it was lost before the answer came."""


class NoAnswer(Exception):
    """The central system did not answer in time."""


class CallError(Exception):
    """A CALLERROR, received or to be sent (OCPP-J 1.6, section 4.2.3)."""

    def __init__(self, code: str, description: str = "", details: Payload | None = None) -> None:
        """`code` is one of OCPP-J's error codes."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = details or {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the next connection goes, and what it is opened with; without TLS context, `wss` trusts the system's."""

    url: str
    password: str | bytes | None = None
    ssl: ssl_module.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """How to reach the central system, whatever the endpoint. Delays and time-outs are in seconds.

    `versions` are those that are offered, the most wanted first.
    """

    user: str
    versions: tuple[str, ...] = ("1.6",)
    subprotocol: bool = True
    compression: bool = False
    reconnect_delays: Sequence[float] = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
    call_timeout: float = 30.0
    pretty_json: bool = False


class Transport:
    """Keeps one connection while it is allowed to, and carries one call at a time."""

    def __init__(
        self,
        dialling: Dialling,
        journal: Journal,
        *,
        endpoint: Callable[[], Awaitable[Endpoint]],
        ping_interval: Callable[[], float | None],
        on_connected: Callable[[str], None],
        on_failed: Callable[[Exception], None],
        on_lost: Callable[[], None],
        on_call: Callable[[str, str, Payload], None],
    ) -> None:
        """The callbacks run in the event loop: connection made, not made, gone, and a call (id, action, payload).

        The first one is told which version to speak. `endpoint` and `ping_interval` are asked with each connection; the latter in seconds, None for no pings.
        """
        self.refused_status: int | None = None
        """HTTP status of the last handshake that was refused."""
        self._dialling = dialling
        self._journal = journal
        self._endpoint = endpoint
        self._ping_interval = ping_interval
        self._on_connected = on_connected
        self._on_failed = on_failed
        self._on_lost = on_lost
        self._on_call = on_call
        self._connection: ClientConnection | None = None
        self._allowed = asyncio.Event()
        self._attempted = asyncio.Event()
        self._hurry = asyncio.Event()
        self._one_in_flight = asyncio.Lock()
        self._pending: dict[str, tuple[str, asyncio.Future[Payload]]] = {}
        self._answering: dict[str, str] = {}
        self._running: asyncio.Task[None] | None = None
        self._version = dialling.versions[0]
        self._complaints: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._connection is not None

    async def start(self) -> None:
        """Allow the connection and return once it was tried for the first time."""
        self.allow()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await self._attempted.wait()

    def allow(self) -> None:
        """Dial, at once and whenever the connection is lost."""
        if not self._allowed.is_set():
            self._attempted.clear()
            self._allowed.set()
        self._hurry.set()

    async def attempted(self) -> None:
        """Return once the connection was tried since it was last allowed."""
        await self._attempted.wait()

    async def forbid(self, *, abruptly: bool) -> None:
        """Give up the connection and do not dial again until allowed."""
        self._allowed.clear()
        await self.hang_up(abruptly=abruptly)

    async def hang_up(self, *, abruptly: bool) -> None:
        """End the connection, with a closing handshake or by aborting TCP; it is dialled again if allowed."""
        if (connection := self._connection) is None:
            return
        if abruptly:
            connection.transport.abort()
            await connection.wait_closed()
        else:
            await connection.close()
        self._gone(connection)

    async def stop(self) -> None:
        """End the connection cleanly and the task that dials."""
        await self.forbid(abruptly=False)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a CALL and return the payload of its CALLRESULT.

        Raises Offline, NoAnswer and CallError.
        """
        async with self._one_in_flight:
            unique_id = str(uuid4())
            answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._pending[unique_id] = (action, answer)
            try:
                await self._send([_CALL, unique_id, action, payload], "call", action)
                async with asyncio.timeout(self._dialling.call_timeout):
                    return await answer
            except TimeoutError as error:
                raise NoAnswer(action) from error
            finally:
                del self._pending[unique_id]

    async def answer(self, unique_id: str, payload: Payload) -> None:
        """Send the CALLRESULT of a call. Raises Offline."""
        await self._send([_RESULT, unique_id, payload], "result", self._answering.pop(unique_id, None))

    async def answer_error(self, unique_id: str, error: CallError) -> None:
        """Send the CALLERROR of a call. Raises Offline."""
        frame = [_ERROR, unique_id, error.code, error.description, error.details]
        await self._send(frame, "error", self._answering.pop(unique_id, None))

    async def send(self, action: str, payload: Payload) -> None:
        """Send a message that has no answer (OCPP-J 2.1, section 4.2.5). Raises Offline."""
        await self._send([_SEND, str(uuid4()), action, payload], "other", action)

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is, text or binary. Raises Offline."""
        await self._write(frame, "other", None)

    async def _send(self, frame: list[Any], kind: Kind, action: str | None) -> None:
        if self._dialling.pretty_json:
            text = json.dumps(frame, indent=2)
        else:
            text = json.dumps(frame, separators=(",", ":"))
        await self._write(text, kind, action)

    async def _write(self, frame: str | bytes, kind: Kind, action: str | None) -> None:
        if (connection := self._connection) is None:
            raise Offline
        self._journal.frame(Frame(Direction.sent, kind, action, frame))
        try:
            await connection.send(frame)
        except ConnectionClosed as error:
            raise Offline from error

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._allowed.wait()
            self._hurry.clear()
            if await self._connect_once():
                failures = 0
            delays = self._dialling.reconnect_delays
            delay = delays[min(failures, len(delays) - 1)]
            failures += 1
            await self._pause(delay)

    async def _pause(self, delay: float) -> None:
        """Wait before dialling again; being allowed anew cuts it short."""
        try:
            async with asyncio.timeout(delay):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _connect_once(self) -> bool:
        """Dial and serve the connection until it ends; tell whether anything was heard on it: one that is closed at once has failed."""
        endpoint = await self._endpoint()
        try:
            connection = await connect(
                endpoint.url,
                subprotocols=[SUBPROTOCOLS[each] for each in self._dialling.versions]
                if self._dialling.subprotocol
                else None,
                additional_headers=self._credentials(endpoint.password),
                ssl=(endpoint.ssl or True) if endpoint.url.startswith("wss:") else None,
                proxy=None,
                compression="deflate" if self._dialling.compression else None,
                ping_interval=self._ping_interval(),
                close_timeout=2,
            )
        except (OSError, InvalidHandshake, TimeoutError) as error:
            self.refused_status = error.response.status_code if isinstance(error, InvalidStatus) else None
            self._journal.note(f"cannot connect to {endpoint.url}: {error}")
            self._on_failed(error)
            self._attempted.set()
            self._journal.wake()
            return False
        if not self._allowed.is_set():
            await connection.close()
            return False
        self._journal.note(f"connected to {endpoint.url}")
        return await self._serve(connection)

    def _credentials(self, password: str | bytes | None) -> dict[str, str]:
        """HTTP Basic credentials (OCPP-J 1.6, section 6.2): the password may be raw bytes."""
        if password is None:
            return {}
        password = password.encode() if isinstance(password, str) else password
        token = base64.b64encode(self._dialling.user.encode() + b":" + password).decode()
        return {"Authorization": f"Basic {token}"}

    async def _serve(self, connection: ClientConnection) -> bool:
        heard = False
        self._connection = connection
        self.refused_status = None
        self._attempted.set()
        self._version = self._agreed(connection)
        self._on_connected(self._version)
        self._journal.wake()
        try:
            async for frame in connection:
                heard = True
                self._receive(frame)
        except ConnectionClosed:
            pass  # How the connection ended makes no difference: it is gone.
        finally:
            self._gone(connection)
        return heard

    def _agreed(self, connection: ClientConnection) -> str:
        """Return the version that both ends speak; if the central system names none, the one that is wanted most."""
        chosen = [each for each in self._dialling.versions if SUBPROTOCOLS[each] == connection.subprotocol]
        return chosen[0] if chosen else self._dialling.versions[0]

    def _gone(self, connection: ClientConnection) -> None:
        if self._connection is not connection:
            return
        self._connection = None
        self._answering.clear()
        for _, answer in self._pending.values():
            if not answer.done():
                answer.set_exception(Offline())
                answer.exception()  # Nobody may be left to hear of it.
        self._on_lost()
        self._journal.note("connection lost")

    def _receive(self, text: str | bytes) -> None:
        complaint: str | None = "RpcFrameworkError"
        try:
            match json.loads(text):
                case [2, str(unique_id), str(action), dict(payload), *_]:
                    self._journal.frame(Frame(Direction.received, "call", action, text))
                    self._answering[unique_id] = action
                    self._on_call(unique_id, action, payload)
                    self._journal.exchange(action)
                    return
                case [3, str(unique_id), payload, *_] if unique_id in self._pending:
                    self._settle(unique_id, "result", text, payload if isinstance(payload, dict) else {})
                    return
                case [4, str(unique_id), code, *details] if unique_id in self._pending:
                    description = str(details[0]) if details else ""
                    self._settle(unique_id, "error", text, CallError(str(code), description))
                    return
                case [3 | 4 | 5 | 6, str(), *_]:
                    # An answer that nobody waits for, or that our answer was no good: there is nobody to tell.
                    complaint = None
                case [int(number), str(), *_] if number > _SEND:
                    complaint = "MessageTypeNotSupported"
        except ValueError:
            pass  # Not JSON.
        self._journal.frame(Frame(Direction.received, "other", None, text))
        self._complain(complaint)

    def _complain(self, code: str | None) -> None:
        """Answer what cannot be read, where the version has an answer for that (OCPP-J 2.0.1, section 4.2.3)."""
        if code is not None and self._version != "1.6":
            frame = [_ERROR, "-1", code, "", {}]
            task = asyncio.create_task(self._send(frame, "error", None))
            self._complaints.add(task)
            task.add_done_callback(self._forget_complaint)

    def _forget_complaint(self, task: asyncio.Task[None]) -> None:
        self._complaints.discard(task)
        if not task.cancelled():
            task.exception()  # Offline: then nobody wants to hear of it.

    def _settle(
        self, unique_id: str, kind: Literal["result", "error"], text: str | bytes, outcome: Payload | CallError
    ) -> None:
        action, answer = self._pending[unique_id]
        self._journal.frame(Frame(Direction.received, kind, action, text))
        if answer.done():
            return
        if isinstance(outcome, CallError):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)
        self._journal.exchange(action)
