"""FTP servers, one for each transfer with a charge point that speaks nothing else.

One listens on a port of its own for as long as its transfer lasts, knows one user with a password of chance, and shows one folder: to read
from, or to write one file to. Import this module in an executor, and only when it is needed: it brings its library with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
import io
from pathlib import Path
import secrets
import shutil
import sys
from typing import Any, cast, override
from urllib.parse import quote

import aioftp

from custom_components.ocpp_csms.csms.wire.quiet_logging import quiet_logger

from .file_transfer import Transfer

_LINGER = 5.0  # s that a charge point has, after its file has come, to take its leave
_SILENCE = 60.0  # s between commands, and for each step of a transfer
_DATA_CONNECTION = 20.0  # s that it may take to open one
_CONNECTIONS = 4
_USER = "ocpp"


async def open_server(
    transfer: Transfer,
    host: str,
    *,
    listen_on: str | None,
    allowed: Callable[[str], bool],
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Serve a transfer by FTP and give it its URL; `host` is what the charge point reaches us by. Returns what closes the server.

    A file that is offered is seen with its folder. Raises `OSError` when nothing can be listened on.
    """
    quiet_logger("aioftp.server")
    loop = asyncio.get_running_loop()
    password = secrets.token_urlsafe(12)
    folder = transfer.place.parent
    if transfer.expected:
        folder = transfer.place / f".{secrets.token_hex(8)}"
        await loop.run_in_executor(None, folder.mkdir)
    server = _Server(
        [
            aioftp.User(
                _USER, password, base_path=folder, permissions=[aioftp.Permission("/", writable=transfer.expected)]
            )
        ],
        allowed=allowed,
        maximum_connections=_CONNECTIONS,
        idle_timeout=_SILENCE,
        socket_timeout=_SILENCE,
        path_timeout=_SILENCE,
        wait_future_timeout=_DATA_CONNECTION,
        path_io_factory=cast("type[aioftp.AsyncPathIO]", partial(_Folder, inbox=_Inbox(transfer))),
    )
    try:
        await server.start(listen_on)
    except OSError:
        await _discard(transfer, folder)
        raise

    async def close() -> None:
        if transfer.received is not None:
            await server.deserted(_LINGER)
        await server.close()
        await _discard(transfer, folder)

    name = "" if transfer.expected else quote(transfer.place.name)
    transfer.url = f"ftp://{_USER}:{password}@{host}:{server.server_port}/{name}"
    return close


async def _discard(transfer: Transfer, folder: Path) -> None:
    """Remove the folder that was made for an upload."""
    if transfer.expected:
        await asyncio.get_running_loop().run_in_executor(None, partial(shutil.rmtree, folder, ignore_errors=True))


class _Inbox:
    """What may come in for a transfer: one file, and not too much of it."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._room = transfer.limit

    def admit(self, size: int) -> None:
        """Make room for so many bytes. Raises `OSError` when there is none."""
        self._room -= size
        if self._room < 0:
            raise OSError("more comes than was expected")

    async def stored(self, path: Path) -> None:
        """A file has come completely; the transfer is over with the first. An empty one is an attempt that failed."""
        size = (await asyncio.get_running_loop().run_in_executor(None, path.stat)).st_size
        if size and self._transfer.received is None:
            await self._transfer.keep(path, path.name)
            self._transfer.end()


class _Folder(aioftp.AsyncPathIO):
    """A folder that takes in no more than it should, and tells of files that have come."""

    def __init__(self, *arguments: Any, inbox: _Inbox, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._inbox = inbox

    @override
    async def write(self, file: io.BytesIO, s: Any) -> int:
        """Write a block."""
        try:
            self._inbox.admit(len(s))
        except OSError as error:
            raise aioftp.PathIOError(reason=sys.exc_info()) from error
        return await super().write(file, s)

    @override
    async def close(self, file: io.BytesIO) -> None:
        """Close a file. While an exception is on its way it is not complete."""
        complete = sys.exception() is None
        opened = cast("io.BufferedWriter", file)
        path, written = Path(str(opened.name)), opened.writable()
        await super().close(file)
        if written and complete:
            await self._inbox.stored(path)


class _Server(aioftp.Server):
    """One that keeps out who is not allowed in, and knows when all have left."""

    def __init__(self, users: list[aioftp.User], *, allowed: Callable[[str], bool], **options: Any) -> None:
        super().__init__(users, **options)
        self._allowed = allowed
        self._present = 0
        self._deserted = asyncio.Event()

    @override
    async def dispatcher(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        remote = writer.get_extra_info("peername")
        if not remote or not self._allowed(str(remote[0])):
            writer.close()
            return
        self._present += 1
        try:
            await super().dispatcher(reader, writer)
        finally:
            self._present -= 1
            if not self._present:
                self._deserted.set()

    @override
    async def _start_passive_server(
        self,
        connection: aioftp.Connection,
        handler_callback: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    ) -> asyncio.Server:
        """Let a file come from, and go to, the address that has logged in, and no other: its port asks for no password."""

        async def same_address(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            remote = writer.get_extra_info("peername")
            if remote and remote[0] == connection.client_host:
                await handler_callback(reader, writer)
            else:
                writer.close()

        return await super()._start_passive_server(connection, same_address)

    @override
    async def write_line(self, stream: aioftp.StreamIO, line: str) -> None:
        """Answer. To whom has gone there is nothing to say; that it has gone is noticed in reading."""
        with suppress(ConnectionError):
            await super().write_line(stream, line)

    async def deserted(self, seconds: float) -> None:
        """Wait until everybody has left, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._deserted.wait()
