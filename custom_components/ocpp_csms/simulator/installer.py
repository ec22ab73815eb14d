"""What happens to new firmware, step by step: fetched, checked, installed, started; the file is really fetched.

Which message asks for an update, and which tells of a step, differs by version: `v16.firmware` and `v2.firmware`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

from ocpp.v16.enums import FirmwareStatus

from .answering import Cause, Machine, moment
from .certificates import Unfit, check_signature
from .file_transfer import RETRY_INTERVAL, FileTransfer, TransferFailed
from .security_log import SecurityEvent, SecurityLog
from .station import Station

_LONGEST_VERSION = 50


class Request(Protocol):
    """What the requests of all versions say that may be about signed firmware."""

    firmware: Any
    request_id: int
    retries: int | None
    retry_interval: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What was asked for, intervals in s; `certificate` and `signature` make it a signed one."""

    location: str
    retrieve_at: datetime
    retry_interval: float = RETRY_INTERVAL
    retries: int = 0
    install_at: datetime | None = None
    request_id: int | None = None
    certificate: str = ""
    signature: str = ""

    @classmethod
    def from_request(cls, request: Request) -> Update:
        """Read a request. Raises CallError, and KeyError for what is missing."""
        firmware = request.firmware
        install_at = firmware.get("installDateTime")
        return cls(
            location=firmware["location"],
            retrieve_at=moment(firmware["retrieveDateTime"]),
            retry_interval=RETRY_INTERVAL if request.retry_interval is None else request.retry_interval,
            retries=request.retries or 0,
            install_at=None if install_at is None else moment(install_at),
            request_id=request.request_id,
            certificate=firmware.get("signingCertificate") or "",
            signature=firmware.get("signature") or "",
        )


class Installer:
    """Carries out one update at a time: a new one replaces the one under way."""

    def __init__(
        self,
        station: Station,
        security: SecurityLog,
        machine: Machine,
        files: FileTransfer,
        note: Callable[[str], None],
        voice: Callable[[Update, FirmwareStatus], object | None],
    ) -> None:
        """`voice` returns the message that tells a step, None if nothing can; `note` is told what goes wrong."""
        self.current: Update | None = None
        self.status = FirmwareStatus.idle
        self.told: object | None = None
        """The last message that told a step."""
        self._station = station
        self._security = security
        self._machine = machine
        self._files = files
        self._note = note
        self._voice = voice

    def refused_signer(self, update: Update) -> str | None:
        """Return why the certificate of a signed update cannot be trusted; None if it can."""
        try:
            self._station.certificates.check_signer(update.certificate, self._station.clock.now())
        except Unfit as error:
            return str(error)
        return None

    def replace(self, update: Update) -> bool:
        """Have `begin` carry out this update from now on; tell whether another one was under way."""
        replaced, self.current = self.current is not None, update
        return replaced

    async def begin(self, update: Update) -> None:
        """Carry out an update, now or when it is due."""
        if (wait := self._until(update.retrieve_at)) > 0:
            await self._tell(update, FirmwareStatus.download_scheduled)
            self._machine.later("firmware", wait, lambda: self._download(update, update.retries))
        else:
            self._station.agenda.cancel("firmware")
            await self._download(update, update.retries)

    async def _download(self, update: Update, retries: int) -> None:
        await self._tell(update, FirmwareStatus.downloading)
        content = await self._fetched(update)
        if self.current is not update:
            return
        if content is None:
            if retries:
                self._machine.later("firmware", update.retry_interval, lambda: self._download(update, retries - 1))
            else:
                await self._end(update, FirmwareStatus.download_failed)
            return
        await self._tell(update, FirmwareStatus.downloaded)
        if update.certificate and not await self._verified(update, content):
            return
        if update.install_at is not None and (wait := self._until(update.install_at)) > 0:
            await self._tell(update, FirmwareStatus.install_scheduled)
            self._machine.later("firmware", wait, lambda: self._install(update, content))
        else:
            await self._install(update, content)

    async def _fetched(self, update: Update) -> bytes | None:
        try:
            return await self._files.download(update.location)
        except TransferFailed as failure:
            self._note(f"download failed: {failure}")
            return None

    async def _verified(self, update: Update, content: bytes) -> bool:
        try:
            check_signature(content, update.signature, update.certificate)
        except Unfit as error:
            self._security.tell(SecurityEvent.invalid_firmware_signature, str(error))
            await self._end(update, FirmwareStatus.invalid_signature)
            return False
        await self._tell(update, FirmwareStatus.signature_verified)
        return True

    async def _install(self, update: Update, content: bytes) -> None:
        """Install and start again; the end of it is told after the restart. An empty file cannot be installed."""
        await self._tell(update, FirmwareStatus.installing)
        if not content:
            signed = bool(update.certificate)
            await self._end(
                update, FirmwareStatus.install_verification_failed if signed else FirmwareStatus.installation_failed
            )
            return
        await self._tell(update, FirmwareStatus.install_rebooting)
        self.current, self.status = None, FirmwareStatus.idle
        self._station.firmware_version = _version(content, update.location) or self._station.firmware_version
        self.told = self._voice(update, FirmwareStatus.installed)
        self._machine.announce(self.told)
        event = self._security.record(SecurityEvent.firmware_updated, self._station.firmware_version)
        if update.certificate:
            self._machine.announce(event)
        await self._machine.reboot(Cause.update, hard=False)

    async def _end(self, update: Update, status: FirmwareStatus) -> None:
        await self._tell(update, status)
        self.current, self.status = None, FirmwareStatus.idle

    async def _tell(self, update: Update, status: FirmwareStatus) -> None:
        """Tell a step, unless no message can say it."""
        self.status = status
        if (message := self._voice(update, status)) is not None:
            self.told = message
            await self._machine.say(message)

    def _until(self, due: datetime) -> float:
        return (due - self._station.clock.now()).total_seconds()


def _version(content: bytes, location: str) -> str:
    """Return the version: the file's only line if it looks like one (`version=2.0`, or `2.0`), else the file's name."""
    if len(content) <= 2 * _LONGEST_VERSION and content.isascii():
        line = content.decode().strip().removeprefix("version=")
        if line.isprintable() and line and len(line) <= _LONGEST_VERSION:
            return line
    return PurePosixPath(urlsplit(location).path).stem[:_LONGEST_VERSION]
