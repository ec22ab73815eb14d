"""Firmware updates: UpdateFirmware, and SignedUpdateFirmware of the security whitepaper; the file is really fetched.

OCPP 1.6, sections 5.18 and 4.5; security whitepaper, L01. What happens to a file, step by step, and what is told of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ocpp.v16 import call, call_result
from ocpp.v16.enums import FirmwareStatus, Reason, UpdateFirmwareStatus

from .certificates import Unfit, check_signature
from .commands import Answer, Handler, Machine, moment
from .file_transfer import FileTransfer, TransferFailed
from .security import Security, SecurityEvent
from .station import Station

_RETRY_INTERVAL = 60.0  # s, where the central system names none
_LONGEST_VERSION = 50

_SIGNED_ONLY = {
    FirmwareStatus.download_scheduled: FirmwareStatus.idle,
    FirmwareStatus.signature_verified: FirmwareStatus.downloaded,
    FirmwareStatus.install_scheduled: FirmwareStatus.downloaded,
    FirmwareStatus.install_rebooting: FirmwareStatus.installing,
}
"""What FirmwareStatusNotification cannot say, and what comes closest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """What was asked for; `certificate` and `signature` make it a signed one, which has a `request_id`."""

    location: str
    retrieve_at: datetime
    retry_interval: float
    install_at: datetime | None = None
    request_id: int | None = None
    certificate: str = ""
    signature: str = ""


class FirmwareUpdates:
    """Carries out one update at a time: a new one replaces the one under way."""

    def __init__(
        self,
        station: Station,
        security: Security,
        machine: Machine,
        files: FileTransfer,
        note: Callable[[str], None],
    ) -> None:
        """Set up the table; `note` is told what goes wrong."""
        self._station = station
        self._security = security
        self._machine = machine
        self._files = files
        self._note = note
        self._current: _Update | None = None
        self._status = FirmwareStatus.idle
        self.handlers: dict[str, Handler] = {
            "SignedUpdateFirmware": self._signed_update_firmware,
            "UpdateFirmware": self._update_firmware,
        }

    def plain_status(self) -> call.FirmwareStatusNotification:
        """Return what TriggerMessage asks for."""
        return call.FirmwareStatusNotification(_SIGNED_ONLY.get(self._status, self._status))

    def signed_status(self) -> call.SignedFirmwareStatusNotification:
        """Return what ExtendedTriggerMessage asks for: it knows nothing of an update that is not signed."""
        request_id: Any = self._current.request_id if self._current is not None else None  # Any: may be left out.
        status = FirmwareStatus.idle if request_id is None else self._status
        return call.SignedFirmwareStatusNotification(status, request_id)

    def _update_firmware(self, request: call.UpdateFirmware) -> Answer:
        self._current = update = _Update(
            location=request.location,
            retrieve_at=moment(request.retrieve_date),
            retry_interval=_RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
        )
        retries = request.retries or 0
        return Answer(call_result.UpdateFirmware(), lambda: self._begin(update, retries))

    def _signed_update_firmware(self, request: call.SignedUpdateFirmware) -> Answer:
        firmware: dict[str, Any] = request.firmware
        install_at = firmware.get("installDateTime")
        update = _Update(
            location=firmware["location"],
            retrieve_at=moment(firmware["retrieveDateTime"]),
            retry_interval=_RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
            install_at=None if install_at is None else moment(install_at),
            request_id=request.request_id,
            certificate=firmware["signingCertificate"],
            signature=firmware["signature"],
        )
        try:
            self._station.certificates.check_signer(update.certificate, self._station.clock.now())
        except Unfit as error:
            info = str(error)
            return Answer(
                call_result.SignedUpdateFirmware(UpdateFirmwareStatus.invalid_certificate),
                lambda: self._security.tell(SecurityEvent.invalid_firmware_certificate, info),
            )
        status = UpdateFirmwareStatus.accepted if self._current is None else UpdateFirmwareStatus.accepted_canceled
        self._current = update
        retries = request.retries or 0
        return Answer(call_result.SignedUpdateFirmware(status), lambda: self._begin(update, retries))

    async def _begin(self, update: _Update, retries: int) -> None:
        if (wait := self._until(update.retrieve_at)) > 0:
            await self._tell(update, FirmwareStatus.download_scheduled)
            self._machine.later("firmware", wait, lambda: self._download(update, retries))
        else:
            self._station.agenda.cancel("firmware")
            await self._download(update, retries)

    async def _download(self, update: _Update, retries: int) -> None:
        await self._tell(update, FirmwareStatus.downloading)
        content = await self._fetched(update)
        if self._current is not update:
            return
        if content is None:
            if retries:
                self._machine.later("firmware", update.retry_interval, lambda: self._download(update, retries - 1))
            else:
                await self._end(update, FirmwareStatus.download_failed)
            return
        await self._tell(update, FirmwareStatus.downloaded)
        if update.request_id is not None and not await self._verified(update, content):
            return
        if update.install_at is not None and (wait := self._until(update.install_at)) > 0:
            await self._tell(update, FirmwareStatus.install_scheduled)
            self._machine.later("firmware", wait, lambda: self._install(update, content))
        else:
            await self._install(update, content)

    async def _fetched(self, update: _Update) -> bytes | None:
        try:
            return await self._files.download(update.location)
        except TransferFailed as failure:
            self._note(f"download failed: {failure}")
            return None

    async def _verified(self, update: _Update, content: bytes) -> bool:
        try:
            check_signature(content, update.signature, update.certificate)
        except Unfit as error:
            self._security.tell(SecurityEvent.invalid_firmware_signature, str(error))
            await self._end(update, FirmwareStatus.invalid_signature)
            return False
        await self._tell(update, FirmwareStatus.signature_verified)
        return True

    async def _install(self, update: _Update, content: bytes) -> None:
        """Install and start again; the end of it is told after the restart. An empty file cannot be installed."""
        await self._tell(update, FirmwareStatus.installing)
        if not content:
            signed = update.request_id is not None
            await self._end(
                update, FirmwareStatus.install_verification_failed if signed else FirmwareStatus.installation_failed
            )
            return
        await self._tell(update, FirmwareStatus.install_rebooting)
        self._current, self._status = None, FirmwareStatus.idle
        self._station.firmware_version = _version(content, update.location) or self._station.firmware_version
        self._machine.announce(_message(update, FirmwareStatus.installed))
        event = self._security.record(SecurityEvent.firmware_updated, self._station.firmware_version)
        if update.request_id is not None:
            self._machine.announce(event)
        await self._machine.reboot(Reason.reboot, hard=False)

    async def _end(self, update: _Update, status: FirmwareStatus) -> None:
        await self._tell(update, status)
        self._current, self._status = None, FirmwareStatus.idle

    async def _tell(self, update: _Update, status: FirmwareStatus) -> None:
        """Tell a step, unless the message cannot say it."""
        self._status = status
        if update.request_id is not None or status not in _SIGNED_ONLY:
            await self._machine.say(_message(update, status))

    def _until(self, due: datetime) -> float:
        return (due - self._station.clock.now()).total_seconds()


def _message(update: _Update, status: FirmwareStatus) -> object:
    if update.request_id is None:
        return call.FirmwareStatusNotification(status)
    return call.SignedFirmwareStatusNotification(status, update.request_id)


def _version(content: bytes, location: str) -> str:
    """Return the version: the file's only line if it looks like one (`version=2.0`, or `2.0`), else the file's name."""
    if len(content) <= 2 * _LONGEST_VERSION and content.isascii():
        line = content.decode().strip().removeprefix("version=")
        if line.isprintable() and line and len(line) <= _LONGEST_VERSION:
            return line
    return PurePosixPath(urlsplit(location).path).stem[:_LONGEST_VERSION]
