"""A scripted file server: keeps what is put there, gives what a test offers, answers with the statuses it is told."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that arrived, as it was in the request's body."""

    method: str
    path: str
    body: bytes
    content_type: str


class FileServer:
    """An HTTP server on an ephemeral port of the loopback."""

    def __init__(self) -> None:
        """Accept every upload and offer nothing."""
        self.files: dict[str, bytes] = {}
        self.uploads: list[Upload] = []
        self.asked: list[str] = []
        self.statuses: deque[int] = deque()
        """The statuses of the next answers; after them, what is right."""
        self._held: dict[str, tuple[asyncio.Event, int]] = {}
        self._changed = asyncio.Condition()
        self._server = TestServer(self._application())

    async def open(self) -> Self:
        """Listen."""
        await self._server.start_server()
        return self

    async def close(self) -> None:
        """Stop listening."""
        await self._server.close()

    def url(self, path: str) -> str:
        """The URL of a file."""
        return str(self._server.make_url(path))

    def hold(self, path: str, *, status: int = 200) -> asyncio.Event:
        """Answer requests for a path only once the event is set, and then with this status."""
        event = asyncio.Event()
        self._held[path] = event, status
        return event

    async def wait_asked(self, path: str) -> None:
        """Return once somebody asked for a path."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: path in self.asked)

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        async with self._changed:
            self._changed.notify_all()
        if (held := self._held.get(request.path)) is not None:
            await held[0].wait()
            return web.Response(status=held[1])
        if self.statuses and (status := self.statuses.popleft()) >= 400:
            return web.Response(status=status)
        if request.method in {"PUT", "POST"}:
            self.uploads.append(Upload(request.method, request.path, await request.read(), request.content_type))
            return web.Response()
        if (content := self.files.get(request.path)) is None:
            return web.Response(status=404)
        return web.Response(body=content)
