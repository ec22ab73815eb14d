"""The first bytes of a connection: whether it is about a file that is expected or offered, or a websocket as all others are.

Afterwards this is out of the way: a message on a websocket costs nothing for it. Who may come in is not decided here.
"""

import asyncio
from collections.abc import Callable
import re
from typing import override

TOKEN_BYTES = 24  # of chance; 32 characters in a path

_FILE_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT) /files/[\w-]{32}[/? ]")
_LONGEST = 64  # bytes, longer than the beginning of any request for a file


class Doorway(asyncio.Protocol):
    """Reads of a connection what tells the two apart, hands it on with the bytes that were read, and is gone."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        timeout: float,
        websocket: Callable[[bytes], None],
        file: Callable[[bytes], None] | None,
    ) -> None:
        """Take a connection over for at most `timeout` s. `file` is None where none may come in for one."""
        self._transport = transport
        self._websocket = websocket
        self._file = file
        self._read = b""
        self._timer = asyncio.get_running_loop().call_later(timeout, transport.abort)
        transport.set_protocol(self)

    @override
    def data_received(self, data: bytes) -> None:
        """Hand the connection on once it is clear to whom."""
        self._read += data
        if len(self._read) <= _LONGEST and b"\n" not in self._read:
            return
        self._timer.cancel()
        if self._file is not None and _FILE_REQUEST.match(self._read):
            self._file(self._read)
        else:
            self._websocket(self._read)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody has to be told."""
        self._timer.cancel()
