"""Firmware updates of OCPP 1.6: UpdateFirmware, and SignedUpdateFirmware of the security whitepaper.

OCPP 1.6, sections 5.18 and 4.5; security whitepaper, L01. What happens to the file is known to `installer`.
"""

from collections.abc import Callable
from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.enums import FirmwareStatus, UpdateFirmwareStatus

from ..answering import Answer, Handler, Machine, moment
from ..file_transfer import RETRY_INTERVAL, FileTransfer
from ..installer import Installer, Update
from ..security_log import SecurityEvent, SecurityLog
from ..station import Station

_SIGNED_ONLY = {
    FirmwareStatus.download_scheduled: FirmwareStatus.idle,
    FirmwareStatus.signature_verified: FirmwareStatus.downloaded,
    FirmwareStatus.install_scheduled: FirmwareStatus.downloaded,
    FirmwareStatus.install_rebooting: FirmwareStatus.installing,
}
"""What FirmwareStatusNotification cannot say, and what comes closest."""


class FirmwareUpdates:
    """The two handlers, and what triggers ask for."""

    def __init__(
        self,
        station: Station,
        security: SecurityLog,
        machine: Machine,
        files: FileTransfer,
        note: Callable[[str], None],
    ) -> None:
        """Set up the table; `note` is told what goes wrong."""
        self._security = security
        self._installer = Installer(station, security, machine, files, note, _message)
        self.handlers: dict[str, Handler] = {
            "SignedUpdateFirmware": self._signed_update_firmware,
            "UpdateFirmware": self._update_firmware,
        }

    def plain_status(self) -> call.FirmwareStatusNotification:
        """Return what TriggerMessage asks for."""
        status = self._installer.status
        return call.FirmwareStatusNotification(_SIGNED_ONLY.get(status, status))

    def signed_status(self) -> call.SignedFirmwareStatusNotification:
        """Return what ExtendedTriggerMessage asks for: it knows nothing of an update that is not signed."""
        current = self._installer.current
        request_id: Any = current.request_id if current is not None else None  # Any: may be left out.
        status = FirmwareStatus.idle if request_id is None else self._installer.status
        return call.SignedFirmwareStatusNotification(status, request_id)

    def _update_firmware(self, request: call.UpdateFirmware) -> Answer:
        update = Update(
            location=request.location,
            retrieve_at=moment(request.retrieve_date),
            retry_interval=RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
            retries=request.retries or 0,
        )
        self._installer.replace(update)
        return Answer(call_result.UpdateFirmware(), lambda: self._installer.begin(update))

    def _signed_update_firmware(self, request: call.SignedUpdateFirmware) -> Answer:
        update = Update.from_request(request)
        if (info := self._installer.refused_signer(update)) is not None:
            return Answer(
                call_result.SignedUpdateFirmware(UpdateFirmwareStatus.invalid_certificate),
                lambda: self._security.tell(SecurityEvent.invalid_firmware_certificate, info),
            )
        replaced = self._installer.replace(update)
        status = UpdateFirmwareStatus.accepted_canceled if replaced else UpdateFirmwareStatus.accepted
        return Answer(call_result.SignedUpdateFirmware(status), lambda: self._installer.begin(update))


def _message(update: Update, status: FirmwareStatus) -> object | None:
    """Return the message that tells a step; of an update that is not signed, not every one can be told."""
    if update.request_id is not None:
        return call.SignedFirmwareStatusNotification(status, update.request_id)
    return None if status in _SIGNED_ONLY else call.FirmwareStatusNotification(status)
