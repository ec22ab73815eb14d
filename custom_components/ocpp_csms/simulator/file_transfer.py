"""Files to and from elsewhere: HTTP by `aiohttp`, FTP by the standard library, for logs and firmware.

What is in the files, and what is told of them, is up to whoever sends or fetches them. `aiohttp` is imported with the
first file, so that a charge point that never sends one starts without it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from ftplib import FTP, FTP_TLS, Error as FtpError, error_perm
from importlib import import_module
from io import BytesIO
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from ocpp.v16.enums import UploadLogStatus

from .quirks import UploadStyle

if TYPE_CHECKING:
    from aiohttp import ClientResponse, FormData

RETRY_INTERVAL = 60.0  # s between tries, where the central system names none
_TIMEOUT = 60.0  # s for one file
_LARGEST = 256 * 2**20  # bytes of a firmware

_BY_STATUS = {
    400: UploadLogStatus.bad_message,
    401: UploadLogStatus.permission_denied,
    403: UploadLogStatus.permission_denied,
    405: UploadLogStatus.not_supported_operation,
    501: UploadLogStatus.not_supported_operation,
}


class TransferFailed(Exception):
    """A file did not get through; `status` is what LogStatusNotification says of it."""

    def __init__(self, reason: str, status: UploadLogStatus = UploadLogStatus.upload_failure) -> None:
        """`reason` is for people."""
        super().__init__(reason)
        self.status = status


class FileTransfer:
    """Carries whole files. What goes wrong is TransferFailed."""

    def __init__(self, style: UploadStyle, tls: Callable[[], Awaitable[ssl.SSLContext]]) -> None:
        """`tls` returns the context for `https` and `ftps`."""
        self._style = style
        self._tls = tls

    async def upload(self, location: str, name: str, content: bytes) -> None:
        """Send a file; to a location that ends with a slash its name is added."""
        parts = _split(location)
        target = f"{location}{name}" if parts.path.endswith("/") else location
        if parts.scheme in {"http", "https"}:
            await self._upload_by_http(target, name, content)
            return
        if not parts.path.strip("/"):
            target = f"{location.rstrip('/')}/{name}"
        await self._by_ftp(_split(target), lambda ftp, path: ftp.storbinary(f"STOR {path}", BytesIO(content)))

    async def download(self, location: str) -> bytes:
        """Fetch a file, of 256 MiB at most."""
        parts = _split(location)
        if parts.scheme in {"http", "https"}:
            return await self._download_by_http(location)
        content = bytearray()
        await self._by_ftp(parts, lambda ftp, path: ftp.retrbinary(f"RETR {path}", content.extend))
        return bytes(content)

    async def _upload_by_http(self, location: str, name: str, content: bytes) -> None:
        aiohttp = await _aiohttp()
        body: bytes | FormData = content
        if self._style is UploadStyle.form:
            body = form = aiohttp.FormData()
            form.add_field("file", content, filename=name, content_type="text/plain")

        async def check(response: ClientResponse) -> None:
            await response.read()

        method = "PUT" if self._style is UploadStyle.put else "POST"
        await self._by_http(method, location, check, body)

    async def _download_by_http(self, location: str) -> bytes:
        content = bytearray()

        async def read(response: ClientResponse) -> None:
            async for chunk in response.content.iter_chunked(2**16):
                content.extend(chunk)
                if len(content) > _LARGEST:
                    raise TransferFailed(f"{location} is larger than any firmware")

        await self._by_http("GET", location, read)
        return bytes(content)

    async def _by_http(
        self,
        method: str,
        location: str,
        take: Callable[[ClientResponse], Awaitable[None]],
        body: bytes | FormData | None = None,
    ) -> None:
        aiohttp = await _aiohttp()
        context = await self._tls() if location.startswith("https:") else True
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(method, location, data=body, ssl=context) as response,
            ):
                if response.status >= 400:
                    status = _BY_STATUS.get(response.status, UploadLogStatus.upload_failure)
                    raise TransferFailed(f"{method} {location}: HTTP {response.status}", status)
                await take(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise TransferFailed(f"{method} {location}: {error or type(error).__name__}") from error

    async def _by_ftp(self, parts: SplitResult, carry: Callable[[FTP, str], object]) -> None:
        context = await self._tls() if parts.scheme == "ftps" else None

        def work() -> None:
            with FTP(timeout=_TIMEOUT) if context is None else FTP_TLS(timeout=_TIMEOUT, context=context) as ftp:
                ftp.connect(parts.hostname or "", parts.port or 0)
                ftp.login(unquote(parts.username or ""), unquote(parts.password or ""))
                if isinstance(ftp, FTP_TLS):
                    ftp.prot_p()
                carry(ftp, unquote(parts.path).lstrip("/"))

        try:
            await asyncio.to_thread(work)
        except error_perm as error:
            raise TransferFailed(f"{parts.geturl()}: {error}", UploadLogStatus.permission_denied) from error
        except (FtpError, OSError, EOFError, ValueError) as error:
            raise TransferFailed(f"{parts.geturl()}: {error}") from error


def _split(location: str) -> SplitResult:
    """Read a URL. Raises TransferFailed for what cannot be reached: no URL, or another scheme."""
    try:
        parts = urlsplit(location)
        known, reachable = parts.scheme in {"http", "https", "ftp", "ftps"}, bool(parts.hostname)
        _ = parts.port
    except ValueError as error:
        raise TransferFailed(f"{location!r}: {error}", UploadLogStatus.bad_message) from error
    if not known:
        raise TransferFailed(f"{location!r} is no place for files", UploadLogStatus.not_supported_operation)
    if not reachable:
        raise TransferFailed(f"{location!r} names no host", UploadLogStatus.bad_message)
    return parts


async def _aiohttp() -> Any:
    """Import it outside of the event loop. Raises TransferFailed where it is not installed."""
    try:
        return await asyncio.to_thread(import_module, "aiohttp")
    except ImportError as error:
        raise TransferFailed(f"HTTP needs a package: {error}", UploadLogStatus.not_supported_operation) from error
