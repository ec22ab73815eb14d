"""Logs for the central system: GetDiagnostics, and GetLog of the security whitepaper; they are really uploaded.

OCPP 1.6, sections 5.9 and 4.4; security whitepaper, N01. How a file travels is known to `file_transfer`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.enums import DiagnosticsStatus, Log, LogStatus, UploadLogStatus

from .commands import Answer, Handler, Machine, moment, parsed
from .file_transfer import FileTransfer, TransferFailed
from .journal import Journal
from .security import Security
from .station import Station

_RETRY_INTERVAL = 60.0  # s, where the central system names none


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upload:
    """What was asked for; without `request_id` by GetDiagnostics."""

    location: str
    name: str
    content: bytes
    request_id: int | None
    retry_interval: float


class Logs:
    """Writes logs and uploads them, one at a time: a new request replaces the one under way."""

    def __init__(
        self, station: Station, journal: Journal, security: Security, machine: Machine, files: FileTransfer
    ) -> None:
        """Set up the table."""
        self._station = station
        self._journal = journal
        self._security = security
        self._machine = machine
        self._files = files
        self._current: _Upload | None = None
        self._last_request: Any = None  # Any: the `ocpp` package does not know that it may be left out.
        self.handlers: dict[str, Handler] = {"GetDiagnostics": self._get_diagnostics, "GetLog": self._get_log}

    def diagnostics_status(self) -> call.DiagnosticsStatusNotification:
        """Return what a trigger asks for."""
        busy = self._current is not None and self._current.request_id is None
        return call.DiagnosticsStatusNotification(DiagnosticsStatus.uploading if busy else DiagnosticsStatus.idle)

    def log_status(self) -> call.LogStatusNotification:
        """Return what a trigger asks for."""
        busy = self._current is not None and self._current.request_id is not None
        return call.LogStatusNotification(
            UploadLogStatus.uploading if busy else UploadLogStatus.idle, self._last_request
        )

    def _get_diagnostics(self, request: call.GetDiagnostics) -> Answer:
        self._current = upload = _Upload(
            location=request.location,
            name="diagnostics.log",
            content=self._diagnostics(_within(request.start_time, request.stop_time)),
            request_id=None,
            retry_interval=_RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )
        retries = request.retries or 0
        return Answer(call_result.GetDiagnostics(upload.name), lambda: self._send(upload, retries))

    def _get_log(self, request: call.GetLog) -> Answer:
        wanted: dict[str, Any] = request.log
        window = _within(wanted.get("oldestTimestamp"), wanted.get("latestTimestamp"))
        if parsed(Log, request.log_type) is Log.security_log:
            name, content = "security.log", self._security_log(window)
        else:
            name, content = "diagnostics.log", self._diagnostics(window)
        upload = _Upload(
            location=wanted["remoteLocation"],
            name=f"{request.request_id}-{name}",
            content=content,
            request_id=request.request_id,
            retry_interval=_RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )
        status = LogStatus.accepted if self._current is None else LogStatus.accepted_canceled
        self._current, self._last_request = upload, request.request_id
        retries = request.retries or 0
        return Answer(call_result.GetLog(status, upload.name), lambda: self._send(upload, retries))

    async def _send(self, upload: _Upload, retries: int) -> None:
        if self._current is not upload:
            return
        await self._tell(upload, UploadLogStatus.uploading)
        try:
            await self._files.upload(upload.location, upload.name, upload.content)
        except TransferFailed as failure:
            self._journal.note(f"upload failed: {failure}")
            if retries and self._current is upload:
                self._machine.later("upload", upload.retry_interval, lambda: self._send(upload, retries - 1))
                return
            outcome = failure.status
        else:
            outcome = UploadLogStatus.uploaded
        if self._current is upload:
            self._current = None
            await self._tell(upload, outcome)

    async def _tell(self, upload: _Upload, status: UploadLogStatus) -> None:
        if upload.request_id is not None:
            await self._machine.say(call.LogStatusNotification(status, upload.request_id))
            return
        known = {
            UploadLogStatus.uploading: DiagnosticsStatus.uploading,
            UploadLogStatus.uploaded: DiagnosticsStatus.uploaded,
        }
        await self._machine.say(call.DiagnosticsStatusNotification(known.get(status, DiagnosticsStatus.upload_failed)))

    def _diagnostics(self, window: Callable[[datetime], bool]) -> bytes:
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

    def _security_log(self, window: Callable[[datetime], bool]) -> bytes:
        return _written(
            [
                f"{entry.at.isoformat(timespec='milliseconds')} {entry.kind} {entry.info or ''}".rstrip()
                for entry in self._security.log
                if window(entry.at)
            ]
        )


def _within(oldest: str | None, latest: str | None) -> Callable[[datetime], bool]:
    """Return what tells whether a moment lies in a window that may be open on both sides."""
    begin, end = (None if text is None else moment(text) for text in (oldest, latest))
    return lambda at: (begin is None or at >= begin) and (end is None or at <= end)


def _written(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
