"""Logs in OCPP 2.x: GetLog. OCPP 2.0.1, part 2, N01. What is in a log, and how it is sent, is known to `uploader`."""

from ocpp.v16.enums import UploadLogStatus
from ocpp.v201 import call, call_result
from ocpp.v201.enums import LogStatusEnumType, UploadLogStatusEnumType

from ..answering import Answer, Handler, Machine
from ..file_transfer import FileTransfer
from ..journal import Journal
from ..security_log import SecurityLog
from ..station import Station
from ..uploader import Upload, Uploader


class Logs:
    """The handler, and what a trigger asks for."""

    def __init__(
        self, station: Station, journal: Journal, security: SecurityLog, machine: Machine, files: FileTransfer
    ) -> None:
        """Set up the table."""
        self._uploader = Uploader(station, journal, security, machine, files, _message)
        self.handlers: dict[str, Handler] = {"GetLog": self._get_log}

    def status(self) -> call.LogStatusNotification:
        """Return what a trigger asks for; without an upload there is no request to name (N01.FR.13)."""
        if (current := self._uploader.current) is None:
            return call.LogStatusNotification(UploadLogStatusEnumType.idle)
        return call.LogStatusNotification(UploadLogStatusEnumType.uploading, current.request_id)

    def _get_log(self, request: call.GetLog) -> Answer:
        upload = self._uploader.requested(request)
        replaced = self._uploader.replace(upload)
        status = LogStatusEnumType.accepted_canceled if replaced else LogStatusEnumType.accepted
        return Answer(call_result.GetLog(status, filename=upload.name), lambda: self._uploader.send(upload))


def _message(upload: Upload, status: UploadLogStatus) -> object:
    return call.LogStatusNotification(UploadLogStatusEnumType(status.value), upload.request_id)
