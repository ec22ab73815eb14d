"""Files between charge points and us: each is expected or offered at an address of its own, for a time, and at no other.

Here a transfer gets the protocol it travels by: `http_files` has the listener's own port, `ftp_server` opens one of its own. What the files
are, and where they are kept, is the caller's business. Source: OCPP 1.6 §5.9, §5.19: locations are URLs.
"""

import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from custom_components.ocpp_csms.csms.background import BackgroundTasks

from .file_transfer import LARGEST_UPLOAD, Transfer, TransferProtocol
from .http_files import HttpFiles

_FTP_SERVER = "custom_components.ocpp_csms.csms.files.ftp_server"


class FileExchange:
    """The files that are on their way, or may be."""

    def __init__(self, host: Callable[[], str], allowed: Callable[[str], bool]) -> None:
        """`host` returns the address to listen on, `allowed` tells whether another address may connect."""
        self._host = host
        self._allowed = allowed
        self._http = HttpFiles()
        self._transfers: set[Transfer] = set()
        self._tasks = BackgroundTasks("The end of a file transfer")

    async def offer(
        self, file: Path, base_url: str, *, seconds: float, protocol: TransferProtocol = TransferProtocol.HTTP
    ) -> Transfer:
        """Offer a file to be fetched, as often as wanted, for so many seconds.

        `base_url` is what the charge point reaches us at (scheme, host, port). Raises `OSError` when FTP finds nothing to listen on.
        """
        return await self._open(Transfer(file, expected=False, seconds=seconds), base_url, protocol)

    async def expect(
        self,
        folder: Path,
        base_url: str,
        *,
        seconds: float,
        protocol: TransferProtocol = TransferProtocol.HTTP,
        limit: int = LARGEST_UPLOAD,
        arrived: Callable[[Path], None] | None = None,
    ) -> Transfer:
        """Expect one file of at most `limit` bytes, for so many seconds, to be put into a folder that exists.

        The URL is that of a folder: a charge point adds the name. `arrived` is called in the loop with the file. Raises as `offer`.
        """
        transfer = Transfer(folder, expected=True, seconds=seconds, limit=limit, arrived=arrived)
        return await self._open(transfer, base_url, protocol)

    def take_over(self, transport: asyncio.Transport, first: bytes) -> None:
        """Answer the HTTP requests of a connection, of which the first bytes have been read."""
        self._http.take_over(transport, first)

    async def close(self) -> None:
        """End all transfers and connections."""
        for transfer in list(self._transfers):
            transfer.end()
        await self._http.close()
        await self._tasks.wait()

    async def _open(self, transfer: Transfer, base_url: str, protocol: TransferProtocol) -> Transfer:
        self._transfers.add(transfer)
        transfer.on_end(lambda: self._transfers.discard(transfer))
        if protocol is TransferProtocol.HTTP:
            self._http.add(transfer, base_url)
            return transfer
        ftp_server = await asyncio.get_running_loop().run_in_executor(None, import_module, _FTP_SERVER)
        try:
            close: Callable[[], Coroutine[Any, Any, None]] = await ftp_server.open_server(
                transfer, _host_of(base_url), listen_on=self._host(), allowed=self._allowed
            )
        except BaseException:
            transfer.end()
            raise
        transfer.on_end(lambda: self._tasks.spawn(close()))
        return transfer


def _host_of(base_url: str) -> str:
    """Return the host of a URL as it stands in another."""
    host = urlsplit(base_url).hostname or ""
    return f"[{host}]" if ":" in host else host
