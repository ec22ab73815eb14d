"""A scripted central system: answers from a table, records what it is told, sends what a test wants. Not the real one."""

import asyncio
from collections.abc import Callable, Sequence
import json
import socket
import ssl
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

type Payload = dict[str, Any]


class Fail(Exception):
    """An entry of the answer table: answer with a CALLERROR."""


SILENCE = object()
"""An entry of the answer table: do not answer."""

ACCEPTED = {"status": "Accepted"}


class Central:
    """A WebSocket server on an ephemeral port of the loopback."""

    def __init__(self, versions: Sequence[str] = ("1.6",)) -> None:
        """Accept everything, until a test changes the table. Of several versions, the first that is offered is spoken."""
        self.versions = versions
        self.answers: dict[str, Any] = {
            "BootNotification": {"currentTime": "2026-01-01T00:00:00Z", "interval": 300, **ACCEPTED},
            "Authorize": self._authorize,
            "StartTransaction": self._start,
            "TransactionEvent": self._transaction_event,
            "Heartbeat": {"currentTime": "2026-01-01T00:00:00Z"},
            "NotifyEVChargingNeeds": ACCEPTED,
            "SignCertificate": ACCEPTED,
        }
        self.calls: list[tuple[str, Payload]] = []
        self.texts: list[str | bytes] = []
        self.requests: list[Request] = []
        self.connections: list[ServerConnection] = []
        self.refuse_with: int | None = None
        self.closed = 0
        self._transactions = 0
        self._changed = asyncio.Condition()
        self._pending: dict[str, asyncio.Future[list[Any]]] = {}
        self._server: Server | None = None
        self._scheme = "ws"
        self._port = 0

    def _authorize(self, payload: Payload) -> Payload:
        return {"idTagInfo" if "idTag" in payload else "idTokenInfo": ACCEPTED}

    def _transaction_event(self, payload: Payload) -> Payload:
        return {"idTokenInfo": ACCEPTED} if "idToken" in payload else {}

    def _start(self, _payload: Payload) -> Payload:
        self._transactions += 1
        return {"transactionId": self._transactions, "idTagInfo": ACCEPTED}

    async def open(self, *, bound: socket.socket | None = None, context: ssl.SSLContext | None = None) -> Self:
        """Listen on a port that the system picks, or on a bound socket."""
        self._scheme = "wss" if context else "ws"
        self._server = await serve(
            self._serve,
            None if bound else "127.0.0.1",
            None if bound else 0,
            sock=bound,
            select_subprotocol=self._select,
            process_request=self._process,
            ssl=context,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    def _select(self, _connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        known = (Subprotocol(f"ocpp{version}") for version in self.versions)
        return next((each for each in known if each in offered), None)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str = "CP1") -> str:
        """The URL of a charge point."""
        return f"{self._scheme}://127.0.0.1:{self._port}/{path}"

    def payloads(self, action: str) -> list[Payload]:
        """The payloads of all calls of an action, in order."""
        return [payload for called, payload in self.calls if called == action]

    def actions(self) -> list[str]:
        """The actions of all calls, in order."""
        return [action for action, _ in self.calls]

    def statuses(self, connector: int = 1) -> list[str]:
        """The statuses that a connector reported, in order."""
        return [each["status"] for each in self.payloads("StatusNotification") if each["connectorId"] == connector]

    async def call(self, action: str, payload: Payload | None = None) -> Payload:
        """Call the charge point. Raises Fail with the code of a CALLERROR."""
        frame = await self.call_raw(lambda unique_id: json.dumps([2, unique_id, action, payload or {}]))
        if frame[0] == 4:
            raise Fail(frame[2])
        result: Payload = frame[2]
        return result

    async def call_raw(self, frame: Callable[[str], str]) -> list[Any]:
        """Send a frame made from a fresh message id and return the answer to it."""
        unique_id = str(uuid4())
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._pending[unique_id] = answer
        await self.connections[-1].send(frame(unique_id))
        async with asyncio.timeout(5):
            return await answer

    async def wait(self, predicate: Callable[[], object]) -> None:
        """Return once the predicate holds; it is asked again at each frame and connection."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(predicate)

    async def wait_call(self, action: str, count: int = 1) -> Payload:
        """Return the payload of the `count`-th call of an action, once it is there."""
        await self.wait(lambda: len(self.payloads(action)) >= count)
        return self.payloads(action)[count - 1]

    async def _process(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.refuse_with is None:
            return None
        return _connection.respond(self.refuse_with, "no")

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        await self._notify()
        try:
            async for text in connection:
                await self._receive(connection, text)
        except ConnectionClosed:
            pass
        self.closed += 1
        await self._notify()

    async def _receive(self, connection: ServerConnection, text: str | bytes) -> None:
        self.texts.append(text)
        try:
            frame = json.loads(text)
        except ValueError:
            frame = [None]
        match frame:
            case [2, unique_id, action, payload]:
                self.calls.append((action, payload))
                await self._answer(connection, unique_id, action, payload)
            case [3 | 4, unique_id, *_] if unique_id in self._pending:
                self._pending.pop(unique_id).set_result(frame)
        await self._notify()

    async def _answer(self, connection: ServerConnection, unique_id: str, action: str, payload: Payload) -> None:
        answer = self.answers.get(action, {})
        if callable(answer):
            answer = answer(payload)
        if answer is SILENCE:
            return
        if isinstance(answer, Fail):
            await connection.send(json.dumps([4, unique_id, str(answer), "no", {}]))
        else:
            await connection.send(json.dumps([3, unique_id, answer]))

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
