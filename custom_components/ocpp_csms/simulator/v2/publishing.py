"""Firmware published for others: PublishFirmware fetches a file and offers it on, UnpublishFirmware takes it back.

OCPP 2.0.1, part 2, L03 and L04, which are for local controllers; the simulated station only pretends to offer the file.
"""

from collections.abc import Callable
import hashlib
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from ocpp.v201 import call, call_result
from ocpp.v201.enums import (
    GenericStatusEnumType,
    PublishFirmwareStatusEnumType as Status,
    UnpublishFirmwareStatusEnumType,
)

from ..answering import Answer, Handler, Machine
from ..file_transfer import RETRY_INTERVAL, TransferFailed


class Fetcher(Protocol):
    """Who fetches files."""

    async def download(self, location: str) -> bytes:
        """Return the content of a file. Raises TransferFailed."""


class Publishing:
    """The two handlers, and the checksums of what is published."""

    def __init__(self, machine: Machine, files: Fetcher, note: Callable[[str], None]) -> None:
        """Set up the table; `note` is told what goes wrong."""
        self._machine = machine
        self._files = files
        self._note = note
        self._published: set[str] = set()
        self._fetching: call.PublishFirmware | None = None
        self._last: call.PublishFirmwareStatusNotification | None = None
        self.handlers: dict[str, Handler] = {
            "PublishFirmware": self._publish_firmware,
            "UnpublishFirmware": self._unpublish_firmware,
        }

    def status(self) -> call.PublishFirmwareStatusNotification:
        """Return what a trigger asks for (L03.FR.10 and FR.11)."""
        if self._last is None or self._last.status is Status.published:
            return call.PublishFirmwareStatusNotification(Status.idle)
        return self._last

    def _publish_firmware(self, request: call.PublishFirmware) -> Answer:
        if self._fetching is not None:
            return Answer(call_result.PublishFirmware(GenericStatusEnumType.rejected))
        self._fetching = request
        retries = request.retries or 0
        return Answer(
            call_result.PublishFirmware(GenericStatusEnumType.accepted), lambda: self._publish(request, retries)
        )

    async def _publish(self, request: call.PublishFirmware, retries: int) -> None:
        await self._tell(request, Status.downloading)
        try:
            content = await self._files.download(request.location)
        except TransferFailed as failure:
            self._note(f"download failed: {failure}")
            if retries:
                interval = RETRY_INTERVAL if request.retry_interval is None else float(request.retry_interval)
                self._machine.later("publishing", interval, lambda: self._publish(request, retries - 1))
                return
            await self._end(request, Status.download_failed)
            return
        await self._tell(request, Status.downloaded)
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != request.checksum.lower():
            await self._end(request, Status.invalid_checksum)
            return
        await self._tell(request, Status.checksum_verified)
        self._published.add(request.checksum.lower())
        await self._end(request, Status.published)

    async def _end(self, request: call.PublishFirmware, status: Status) -> None:
        self._fetching = None
        await self._tell(request, status)

    async def _tell(self, request: call.PublishFirmware, status: Status) -> None:
        location = None
        if status is Status.published:
            name = PurePosixPath(urlsplit(request.location).path).name
            location = [f"http://station.invalid/{name}"]
        self._last = call.PublishFirmwareStatusNotification(status, location, request.request_id)
        await self._machine.say(self._last)

    def _unpublish_firmware(self, request: call.UnpublishFirmware) -> Answer:
        checksum = request.checksum.lower()
        if self._fetching is not None and self._fetching.checksum.lower() == checksum:
            status = UnpublishFirmwareStatusEnumType.download_ongoing
        elif checksum in self._published:
            self._published.remove(checksum)
            status = UnpublishFirmwareStatusEnumType.unpublished
        else:
            status = UnpublishFirmwareStatusEnumType.no_firmware
        return Answer(call_result.UnpublishFirmware(status))
