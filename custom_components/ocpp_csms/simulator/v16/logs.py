"""Logs in OCPP 1.6: GetDiagnostics, and GetLog of the security whitepaper.

OCPP 1.6, sections 5.9 and 4.4; security whitepaper, N01. What is in a log, and how it is sent, is known to `uploader`.
"""

from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.enums import DiagnosticsStatus, LogStatus, UploadLogStatus

from ..answering import Answer, Handler, Machine
from ..file_transfer import RETRY_INTERVAL, FileTransfer
from ..journal import Journal
from ..security_log import SecurityLog
from ..station import Station
from ..uploader import Upload, Uploader, within


class Logs:
    """The two handlers, and what triggers ask for."""

    def __init__(
        self, station: Station, journal: Journal, security: SecurityLog, machine: Machine, files: FileTransfer
    ) -> None:
        """Set up the table."""
        self._uploader = Uploader(station, journal, security, machine, files, _message)
        self._last_request: Any = None  # Any: the `ocpp` package does not know that it may be left out.
        self.handlers: dict[str, Handler] = {"GetDiagnostics": self._get_diagnostics, "GetLog": self._get_log}

    def diagnostics_status(self) -> call.DiagnosticsStatusNotification:
        """Return what a trigger asks for."""
        current = self._uploader.current
        busy = current is not None and current.request_id is None
        return call.DiagnosticsStatusNotification(DiagnosticsStatus.uploading if busy else DiagnosticsStatus.idle)

    def log_status(self) -> call.LogStatusNotification:
        """Return what a trigger asks for."""
        current = self._uploader.current
        busy = current is not None and current.request_id is not None
        return call.LogStatusNotification(
            UploadLogStatus.uploading if busy else UploadLogStatus.idle, self._last_request
        )

    def _get_diagnostics(self, request: call.GetDiagnostics) -> Answer:
        upload = Upload(
            location=request.location,
            name="diagnostics.log",
            content=self._uploader.diagnostics(within(request.start_time, request.stop_time)),
            retries=request.retries or 0,
            retry_interval=RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )
        self._uploader.replace(upload)
        return Answer(call_result.GetDiagnostics(upload.name), lambda: self._uploader.send(upload))

    def _get_log(self, request: call.GetLog) -> Answer:
        upload = self._uploader.requested(request)
        replaced = self._uploader.replace(upload)
        self._last_request = request.request_id
        status = LogStatus.accepted_canceled if replaced else LogStatus.accepted
        return Answer(call_result.GetLog(status, upload.name), lambda: self._uploader.send(upload))


def _message(upload: Upload, status: UploadLogStatus) -> object:
    if upload.request_id is not None:
        return call.LogStatusNotification(status, upload.request_id)
    known = {
        UploadLogStatus.uploading: DiagnosticsStatus.uploading,
        UploadLogStatus.uploaded: DiagnosticsStatus.uploaded,
    }
    return call.DiagnosticsStatusNotification(known.get(status, DiagnosticsStatus.upload_failed))
