"""Files by HTTP on the listener's own port: GET and HEAD of what is offered, PUT and POST of what is expected, each under its own token.

An address that nobody was given is not found, and there is no list. Uploads go to disk in the executor, block by block.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus
import logging
from pathlib import Path
import re
import secrets
from urllib.parse import quote

from aiohttp import BodyPartReader, MultipartReader, web

from custom_components.ocpp_csms.csms.wire.doorway import TOKEN_BYTES
from custom_components.ocpp_csms.csms.wire.quiet_logging import quiet_logger

from .file_transfer import Transfer

_LOGGER = logging.getLogger(__name__)

_BLOCK = 2**16  # bytes
_FAREWELL = 0.05  # s that a request has to end when the central system stops; for aiohttp 0 would be for ever
_IDLE = 15.0  # s that a connection may be silent between requests
_PATH = re.compile(r"/files/(?P<token>[\w-]{32})(?:/(?P<name>.*))?", re.ASCII)


class _TooLargeError(Exception):
    """More comes than was expected."""


class HttpFiles:
    """Answers requests for files."""

    def __init__(self) -> None:
        """Know no file yet."""
        self._transfers: dict[str, Transfer] = {}
        self._receiving: set[str] = set()
        self._server: web.Server | None = None

    def add(self, transfer: Transfer, base_url: str) -> None:
        """Give a transfer an address below `base_url`, until it ends. One for an upload ends with a slash: it is a folder."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._transfers[token] = transfer
        transfer.url = f"{base_url}/files/{token}/{'' if transfer.expected else quote(transfer.place.name)}"
        transfer.on_end(lambda: self._transfers.pop(token))

    def take_over(self, transport: asyncio.Transport, first: bytes) -> None:
        """Answer the requests that come over a connection, of which the first bytes have been read."""
        if self._server is None:
            self._server = web.Server(
                self._answer,
                access_log=None,
                auto_decompress=False,
                keepalive_timeout=_IDLE,
                lingering_time=0.0,
                logger=quiet_logger(f"{__name__}.aiohttp"),
            )
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(first)

    async def close(self) -> None:
        """Cut all connections off."""
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown(timeout=_FAREWELL)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        found = _PATH.fullmatch(request.path)
        transfer = self._transfers.get(found["token"]) if found else None
        if found is None or transfer is None:
            return _plain(HTTPStatus.NOT_FOUND)
        try:
            async with asyncio.timeout_at(transfer.deadline):
                if transfer.expected:
                    return await self._receive(request, transfer, found["token"], found["name"] or "")
                return await _send(request, transfer)
        except TimeoutError:
            if not transfer.expected and request.transport is not None:
                request.transport.abort()  # in the midst of an answer there is no other
            return _plain(HTTPStatus.REQUEST_TIMEOUT)

    async def _receive(self, request: web.BaseRequest, transfer: Transfer, token: str, name: str) -> web.Response:
        if request.method not in {"POST", "PUT"}:
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, Allow="POST, PUT")
        if token in self._receiving:
            return _plain(HTTPStatus.CONFLICT)
        if (request.content_length or 0) > transfer.limit:
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        part = transfer.place / f".{token}.part"
        self._receiving.add(token)
        try:
            name = await _store(request, part, transfer.limit) or name
            await transfer.keep(part, name)
        except _TooLargeError:
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (web.RequestPayloadError, EOFError, OSError, RuntimeError, ValueError) as error:
            _LOGGER.debug("An upload has failed: %r", error)
            return _plain(HTTPStatus.BAD_REQUEST)
        finally:
            self._receiving.discard(token)
            await _in_executor(part.unlink, missing_ok=True)
        transfer.end()
        return _plain(HTTPStatus.CREATED)


async def _send(request: web.BaseRequest, transfer: Transfer) -> web.StreamResponse:
    if request.method not in {"GET", "HEAD"}:
        return _plain(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
    response = web.FileResponse(transfer.place)
    await response.prepare(request)
    await response.write_eof()
    return response


async def _store(request: web.BaseRequest, part: Path, limit: int) -> str | None:
    """Write the file of a request to disk; return its name if the body says one.

    Raises `_TooLargeError`, `ValueError` for a body without a file, and what aiohttp raises for one that breaks off.
    """
    if request.headers.get("Expect", "").strip().lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    name: str | None = None
    blocks: AsyncIterator[bytes] = request.content.iter_chunked(_BLOCK)
    if request.content_type == "multipart/form-data":
        found = await _file_of_form(await request.multipart())
        name, blocks = found.filename, _blocks_of(found)
    size = 0
    file = await _in_executor(part.open, "wb")
    try:
        async for block in blocks:
            size += len(block)
            if size > limit:
                raise _TooLargeError
            await _in_executor(file.write, block)
    finally:
        await _in_executor(file.close)
    if not size:
        raise ValueError("nothing came")
    return name


async def _file_of_form(form: MultipartReader) -> BodyPartReader:
    """Return the first part of a form that is a file. Raises `ValueError` if there is none."""
    while (part := await form.next()) is not None:
        if isinstance(part, BodyPartReader) and part.filename:
            return part
    raise ValueError("a form without a file")


async def _blocks_of(part: BodyPartReader) -> AsyncIterator[bytes]:
    while block := await part.read_chunk(_BLOCK):
        yield block


def _plain(status: HTTPStatus, **headers: str) -> web.Response:
    return web.Response(status=status, text=f"{status.phrase}\n", headers=headers)


async def _in_executor[**P, T](work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, partial(work, *arguments, **options))
