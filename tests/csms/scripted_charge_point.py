"""A charge point that is a script: it sends the frames that a test tells it to, answers calls as told, and keeps what it hears.

It speaks raw JSON over a websocket and knows nothing of OCPP but the three kinds of frame, so that no mistake is shared with the
central system.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
import json
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

TIMEOUT = 5.0
SILENCE: Any = object()  # as an answer: none at all


class ErrorAnswer(Exception):
    """A CALLERROR, received or to be sent."""

    def __init__(self, code: str, description: str = "", details: Any = None) -> None:
        """Keep the parts of the frame."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = {} if details is None else details


type Answer = dict[str, Any] | ErrorAnswer | Callable[[dict[str, Any]], Any]

# A charge point that has nothing to say and agrees to everything.
AGREEABLE: dict[str, Answer] = {
    "GetConfiguration": {"configurationKey": [], "unknownKey": []},
    "UnlockConnector": {"status": "Unlocked"},
}
_YES: Answer = {"status": "Accepted"}


def basic(user: str, password: str | bytes) -> str:
    """Return an Authorization header of the scheme Basic."""
    secret = password if isinstance(password, bytes) else password.encode()
    return f"Basic {base64.b64encode(user.encode() + b':' + secret).decode()}"


class ScriptedChargePoint:
    """One charge point; a context manager that is connected within."""

    def __init__(
        self,
        port: int,
        identity: str = "CP1",
        *,
        path: str | None = None,
        subprotocols: Sequence[str] = ("ocpp1.6",),
        authorization: str | None = None,
        ssl: SSLContext | None = None,
        compression: str | None = None,
        answers: Mapping[str, Answer] | None = None,
        **options: Any,
    ) -> None:
        """`answers` by action; what is not listed is accepted. `options` go to `websockets.connect`."""
        self.port = port
        self.answers = AGREEABLE | dict(answers or {})
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[str] = []  # of those calls
        self._uri = f"{'wss' if ssl else 'ws'}://127.0.0.1:{port}{f'/{identity}' if path is None else path}"
        self._options = options | {
            "subprotocols": [Subprotocol(name) for name in subprotocols] or None,
            "additional_headers": {"Authorization": authorization} if authorization else None,
            "ssl": ssl,
            "compression": compression,
            "proxy": None,
        }
        self._websocket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_id = 0
        self._answer_with: Callable[[str], Awaitable[None]] | None = None
        self._pending: dict[Any, asyncio.Future[Any]] = {}
        self._heard = asyncio.Condition()
        self._read = 0
        self.frames: asyncio.Queue[Any] = asyncio.Queue()  # answers that no call of ours waits for

    async def __aenter__(self) -> Self:
        """Dial in."""
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hang up."""
        await self.disconnect()

    async def connect(self) -> None:
        """Dial in. Raises what `websockets.connect` raises."""
        async with asyncio.timeout(TIMEOUT):
            self._websocket = await connect(self._uri, **self._options)
        self._reader = asyncio.create_task(self._listen(self._websocket))

    async def disconnect(self) -> None:
        """Hang up, as properly as the other side lets us."""
        if self._websocket is not None:
            await self.websocket.close()
        if self._reader is not None:
            await self._reader

    async def drop(self) -> None:
        """Lose the connection without a word."""
        self.websocket.transport.abort()
        await self.disconnect()

    @property
    def websocket(self) -> ClientConnection:
        """The open websocket."""
        assert self._websocket is not None
        return self._websocket

    async def closed(self) -> int | None:
        """Wait until the connection has ended; return the code of the close frame."""
        async with asyncio.timeout(TIMEOUT):
            await self.websocket.wait_closed()
        return self.websocket.close_code

    async def send(self, frame: Any) -> None:
        """Send a frame: texts and bytes as they are, all else as JSON."""
        await self.websocket.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    async def exchange(self, frame: Any) -> Any:
        """Send a frame and return the next frame that comes back and is no call."""
        await self.send(frame)
        return await self.next_frame()

    async def next_frame(self) -> Any:
        """Return the next frame that is neither a call nor the answer to `call`."""
        async with asyncio.timeout(TIMEOUT):
            return await self.frames.get()

    async def call(self, action: str, payload: Any = None) -> Any:
        """Send a call and return the payload of its answer. Raises `ErrorAnswer` for a CALLERROR."""
        self._last_id += 1
        message_id = f"m{self._last_id}"
        self._pending[message_id] = asyncio.get_running_loop().create_future()
        await self.send([2, message_id, action, {} if payload is None else payload])
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._pending[message_id]
        finally:
            del self._pending[message_id]

    async def boot(self, **fields: Any) -> Any:
        """Send a BootNotification."""
        return await self.call(
            "BootNotification", {"chargePointVendor": "Simulant", "chargePointModel": "Sim 22"} | fields
        )

    async def start_transaction(self, connector: int = 1, **fields: Any) -> int:
        """Send a StartTransaction and return the id in the answer."""
        payload = {"connectorId": connector, "idTag": "CARD", "meterStart": 1000, "timestamp": "2026-11-20T12:00:00Z"}
        answer = await self.call("StartTransaction", payload | fields)
        return int(answer["transactionId"])

    async def heard(self, action: str) -> dict[str, Any]:
        """Return the payload of the next call of this action; calls of others before it are passed over."""
        async with asyncio.timeout(TIMEOUT), self._heard:
            while True:
                while self._read < len(self.calls):
                    name, payload = self.calls[self._read]
                    self._read += 1
                    if name == action:
                        return payload
                await self._heard.wait()

    def answer_with(self, answer: Callable[[str], Awaitable[None]]) -> None:
        """Leave the answers to a function of the message id, which sends them itself."""
        self._answer_with = answer

    def forget_calls(self) -> None:
        """Begin to listen anew."""
        self.calls.clear()
        self.ids.clear()
        self._read = 0

    async def _listen(self, websocket: ClientConnection) -> None:
        try:
            async for text in websocket:
                frame = json.loads(text)
                if frame[0] == 2:
                    await self._answer(websocket, *frame[1:])
                elif frame[1] in self._pending:
                    self._settle(frame)
                else:
                    self.frames.put_nowait(frame)
        except ConnectionClosed:
            pass
        for future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionError("disconnected"))
                future.exception()

    def _settle(self, frame: list[Any]) -> None:
        future = self._pending[frame[1]]
        if frame[0] == 3:
            future.set_result(frame[2])
        else:
            future.set_exception(ErrorAnswer(*frame[2:]))

    async def _answer(self, websocket: ClientConnection, message_id: str, action: str, payload: dict[str, Any]) -> None:
        async with self._heard:
            self.calls.append((action, payload))
            self.ids.append(message_id)
            self._heard.notify_all()
        if self._answer_with is not None:
            await self._answer_with(message_id)
            return
        answer = self.answers.get(action, _YES)
        answer = answer(payload) if callable(answer) else answer
        if answer is SILENCE:
            return
        if isinstance(answer, ErrorAnswer):
            frame = [4, message_id, answer.code, answer.description, answer.details]
        else:
            frame = [3, message_id, answer]
        await websocket.send(json.dumps(frame))
