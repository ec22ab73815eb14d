"""One file on its way between a charge point and us: where it is, how long and how large it may be, and who is told.

No protocol lives here. No name reaches the file system as a charge point has written it.
"""

import asyncio
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
import re

LARGEST_UPLOAD = 50 * 2**20  # bytes

_LONGEST_NAME = 80


class TransferProtocol(StrEnum):
    """What a file travels by. HTTP is HTTPS where the listener has TLS."""

    HTTP = "http"
    FTP = "ftp"


def protocol_of(supported: Iterable[str], base_url: str) -> TransferProtocol:
    """Return what to use with a charge point that says it supports these protocols (none: it says nothing)."""
    known = {name.casefold() for name in supported}
    http = {"https"} if base_url.startswith("https:") else {"http"}
    return TransferProtocol.FTP if "ftp" in known and not known & http else TransferProtocol.HTTP


class Transfer:
    """A file that is offered (`place` is the file), or one that is expected (`place` is the folder for it), until it is ended or late."""

    def __init__(
        self,
        place: Path,
        *,
        expected: bool,
        seconds: float,
        limit: int = LARGEST_UPLOAD,
        arrived: Callable[[Path], None] | None = None,
    ) -> None:
        """Begin; it ends by itself after so many seconds. An expected file may have `limit` bytes; `arrived` is called with it."""
        loop = asyncio.get_running_loop()
        self.place = place
        self.expected = expected
        self.limit = limit
        self.url = ""
        self.open = True
        self.received: Path | None = None
        self.deadline = loop.time() + seconds  # of the loop's clock
        self._arrived = arrived
        self._over = asyncio.Event()
        self._ended: list[Callable[[], object]] = []
        self._timer = loop.call_later(seconds, self.end)

    async def wait(self) -> Path | None:
        """Return the file that was expected once it is there; None if it does not come before the end."""
        await self._over.wait()
        return self.received

    async def keep(self, part: Path, name: str) -> Path:
        """Move what has come in completely to its place, under a name that is free, and tell. Raises `OSError`."""
        kept = await asyncio.get_running_loop().run_in_executor(None, _move, part, self.place, safe_name(name))
        self.received = kept
        self._over.set()
        if self._arrived is not None:
            self._arrived(kept)
        return kept

    def on_end(self, callback: Callable[[], object]) -> None:
        """Call back when the transfer ends; at once if it has."""
        if self.open:
            self._ended.append(callback)
        else:
            callback()

    def end(self) -> None:
        """Let nothing more come in or go out. Does no harm when it has ended."""
        self.open = False
        self._timer.cancel()
        self._over.set()
        ended, self._ended = self._ended, []
        for callback in ended:
            callback()


def safe_name(name: str) -> str:
    """Return a name for a file that is like what a charge point calls it, and harmless everywhere."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name.replace("\\", "/").rpartition("/")[2])
    return plain.lstrip("._-")[-_LONGEST_NAME:].lstrip("._-") or "file"


def _move(part: Path, folder: Path, name: str) -> Path:
    """Move a file into a folder without replacing another."""
    stem, dot, suffix = name.partition(".")
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / f"{stem}-{number}{dot}{suffix}"
    return part.rename(target)
