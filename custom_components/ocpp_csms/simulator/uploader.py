"""Logs for the central system: written, and really uploaded, one at a time.

Which message asks for a log, and which tells how it goes, differs by version: `v16.logs` and `v2.logs`. How a file
travels is known to `file_transfer`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ocpp.v16.enums import Log, UploadLogStatus

from .answering import Machine, moment, parsed
from .file_transfer import RETRY_INTERVAL, FileTransfer, TransferFailed
from .journal import Journal
from .security_log import SecurityLog
from .station import Station

type Window = Callable[[datetime], bool]


class Request(Protocol):
    """What GetLog says in all versions."""

    log: Any
    log_type: Any
    request_id: int
    retries: int | None
    retry_interval: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What was asked for; the interval is in s. GetDiagnostics of 1.6 gives no `request_id`."""

    location: str
    name: str
    content: bytes
    request_id: int | None = None
    retries: int = 0
    retry_interval: float = RETRY_INTERVAL


class Uploader:
    """Uploads one log at a time: a new one replaces the one under way."""

    def __init__(
        self,
        station: Station,
        journal: Journal,
        security: SecurityLog,
        machine: Machine,
        files: FileTransfer,
        voice: Callable[[Upload, UploadLogStatus], object],
    ) -> None:
        """`voice` returns the message that tells how it goes."""
        self.current: Upload | None = None
        self._station = station
        self._journal = journal
        self._security = security
        self._machine = machine
        self._files = files
        self._voice = voice

    def requested(self, request: Request) -> Upload:
        """Return what a GetLog asks for. Raises CallError, and KeyError for what is missing."""
        wanted = request.log
        window = within(wanted.get("oldestTimestamp"), wanted.get("latestTimestamp"))
        if parsed(Log, request.log_type) is Log.security_log:
            name, content = "security.log", self._security_log(window)
        else:
            name, content = "diagnostics.log", self.diagnostics(window)
        return Upload(
            location=wanted["remoteLocation"],
            name=f"{request.request_id}-{name}",
            content=content,
            request_id=request.request_id,
            retries=request.retries or 0,
            retry_interval=RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )

    def replace(self, upload: Upload) -> bool:
        """Have `send` carry out this upload from now on; tell whether another one was under way."""
        replaced, self.current = self.current is not None, upload
        return replaced

    async def send(self, upload: Upload) -> None:
        """Carry out an upload, and try again as often as was asked for."""
        await self._send(upload, upload.retries)

    async def _send(self, upload: Upload, retries: int) -> None:
        if self.current is not upload:
            return
        await self._machine.say(self._voice(upload, UploadLogStatus.uploading))
        try:
            await self._files.upload(upload.location, upload.name, upload.content)
        except TransferFailed as failure:
            self._journal.note(f"upload failed: {failure}")
            if retries and self.current is upload:
                self._machine.later("upload", upload.retry_interval, lambda: self._send(upload, retries - 1))
                return
            outcome = failure.status
        else:
            outcome = UploadLogStatus.uploaded
        if self.current is upload:
            self.current = None
            await self._machine.say(self._voice(upload, outcome))

    def diagnostics(self, window: Window) -> bytes:
        """Return what the station is like now, and the frames of a time."""
        station = self._station
        facts = [
            f"firmware {station.firmware_version}",
            *(
                f"connector {number}: {each.status}, {each.current:.1f} A of {each.limit:.1f} A, {each.register_wh:.0f} Wh"
                for number, each in station.connectors.items()
            ),
        ]
        frames = [
            f"{frame.at.isoformat(timespec='milliseconds')} {frame.direction.value} {frame.text!r}"
            for frame in self._journal.frames
            if window(frame.at)
        ]
        return _written([*facts, *frames])

    def _security_log(self, window: Window) -> bytes:
        return _written(
            [
                f"{entry.at.isoformat(timespec='milliseconds')} {entry.kind} {entry.info or ''}".rstrip()
                for entry in self._security.entries
                if window(entry.at)
            ]
        )


def within(oldest: str | None, latest: str | None) -> Window:
    """Return what tells whether a moment lies in a window that may be open on both sides. Raises CallError."""
    begin, end = (None if text is None else moment(text) for text in (oldest, latest))
    return lambda at: (begin is None or at >= begin) and (end is None or at <= end)


def _written(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
