"""Logs in OCPP 2.x: GetLog. OCPP 2.0.1, part 2, N01. What is in a log, and how it is sent, is known to `uploader`."""

from collections import deque
from typing import Any, Protocol

from ocpp.v16.enums import UploadLogStatus
from ocpp.v201 import call, call_result
from ocpp.v201.enums import LogEnumType, LogStatusEnumType, UploadLogStatusEnumType

from ..answering import Answer, Handler, Machine, parsed
from ..file_transfer import FileTransfer
from ..journal import Journal
from ..security_log import Entry
from ..station import Station
from ..uploader import RETRY_INTERVAL, Upload, Uploader, security_log, within


class Security(Protocol):
    """Who keeps the security log."""

    log: deque[Entry]


class Logs:
    """The handler, and what a trigger asks for."""

    def __init__(
        self, station: Station, journal: Journal, security: Security, machine: Machine, files: FileTransfer
    ) -> None:
        """Set up the table."""
        self._security = security
        self._uploader = Uploader(station, journal, machine, files, _message)
        self.handlers: dict[str, Handler] = {"GetLog": self._get_log}

    def status(self) -> call.LogStatusNotification:
        """Return what a trigger asks for; without an upload there is no request to name (N01.FR.13)."""
        if (current := self._uploader.current) is None:
            return call.LogStatusNotification(UploadLogStatusEnumType.idle)
        return call.LogStatusNotification(UploadLogStatusEnumType.uploading, current.request_id)

    def _get_log(self, request: call.GetLog) -> Answer:
        wanted: Any = request.log
        window = within(wanted.get("oldestTimestamp"), wanted.get("latestTimestamp"))
        if parsed(LogEnumType, request.log_type) is LogEnumType.security_log:
            name, content = "security.log", security_log([*self._security.log], window)
        else:
            name, content = "diagnostics.log", self._uploader.diagnostics(window)
        upload = Upload(
            location=wanted["remoteLocation"],
            name=f"{request.request_id}-{name}",
            content=content,
            request_id=request.request_id,
            retries=request.retries or 0,
            retry_interval=RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )
        replaced = self._uploader.replace(upload)
        status = LogStatusEnumType.accepted_canceled if replaced else LogStatusEnumType.accepted
        return Answer(call_result.GetLog(status, filename=upload.name), lambda: self._uploader.send(upload))


def _message(upload: Upload, status: UploadLogStatus) -> object:
    return call.LogStatusNotification(UploadLogStatusEnumType(status.value), upload.request_id)
