"""Firmware updates of OCPP 2.x: UpdateFirmware, signed or not. OCPP 2.0.1, part 2, L01 and L02.

What happens to the file is known to `installer`.
"""

from collections.abc import Callable

from ocpp.v16.enums import FirmwareStatus
from ocpp.v201 import call, call_result
from ocpp.v201.enums import FirmwareStatusEnumType, UpdateFirmwareStatusEnumType

from ..answering import Answer, Handler, Machine
from ..file_transfer import FileTransfer
from ..installer import Installer, Update
from ..security_log import SecurityEvent, SecurityLog
from ..station import Station


class FirmwareUpdates:
    """The handler, and what a trigger asks for."""

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
        self.handlers: dict[str, Handler] = {"UpdateFirmware": self._update_firmware}

    def status(self) -> call.FirmwareStatusNotification:
        """Return what a trigger asks for: what was told last, and Idle after Installed (L01.FR.25 and FR.26)."""
        told = self._installer.told
        if isinstance(told, call.FirmwareStatusNotification) and told.status is not FirmwareStatusEnumType.installed:
            return told
        return call.FirmwareStatusNotification(FirmwareStatusEnumType.idle)

    def _update_firmware(self, request: call.UpdateFirmware) -> Answer:
        update = Update.from_request(request)
        if update.certificate and (info := self._installer.refused_signer(update)) is not None:
            return Answer(
                call_result.UpdateFirmware(UpdateFirmwareStatusEnumType.invalid_certificate),
                lambda: self._security.tell(SecurityEvent.invalid_firmware_certificate, info),
            )
        replaced = self._installer.replace(update)
        status = UpdateFirmwareStatusEnumType.accepted_canceled if replaced else UpdateFirmwareStatusEnumType.accepted
        return Answer(call_result.UpdateFirmware(status), lambda: self._installer.begin(update))


def _message(update: Update, status: FirmwareStatus) -> object:
    return call.FirmwareStatusNotification(FirmwareStatusEnumType(status.value), update.request_id)
