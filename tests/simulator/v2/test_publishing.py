"""Firmware published for others."""

import hashlib

import pytest

from custom_components.ocpp_csms.simulator.file_transfer import TransferFailed
from custom_components.ocpp_csms.simulator.messages import Payload
from custom_components.ocpp_csms.simulator.v2.publishing import Publishing
from tests.simulator.v2.rooms import Surroundings, ask

CONTENT = b"version=2.0"
CHECKSUM = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Shelf:
    """Where files come from; it may be empty for some tries."""

    def __init__(self) -> None:
        """Have the file."""
        self.failures = 0

    async def download(self, _location: str) -> bytes:
        """Return the file."""
        if self.failures:
            self.failures -= 1
            raise TransferFailed("not there")
        return CONTENT


@pytest.fixture
def shelf() -> Shelf:
    """Where files come from."""
    return Shelf()


@pytest.fixture
def room(around: Surroundings, shelf: Shelf) -> Publishing:
    """The room."""
    return Publishing(around, shelf, around.notes.append)  # type: ignore[arg-type] # as much of a machine as is needed


async def publish(room: Publishing, **others: object) -> str:
    payload: Payload = {"requestId": 4, "location": "http://files.example/new.bin", "checksum": CHECKSUM, **others}
    return str((await ask(room.handlers, "PublishFirmware", payload))["status"])


async def unpublish(room: Publishing, checksum: str = CHECKSUM) -> str:
    return str((await ask(room.handlers, "UnpublishFirmware", {"checksum": checksum}))["status"])


def statuses(around: Surroundings) -> list[str]:
    return [payload["status"] for payload in around.payloads("PublishFirmwareStatusNotification")]


async def test_each_step_of_publishing_is_told(room: Publishing, around: Surroundings) -> None:
    """L03.FR.01, FR.04 and FR.09."""
    assert await publish(room, checksum=CHECKSUM.upper()) == "Accepted"
    assert statuses(around) == ["Downloading", "Downloaded", "ChecksumVerified", "Published"]
    last = around.payloads("PublishFirmwareStatusNotification")[-1]
    assert (last["requestId"], last["location"]) == (4, ["http://station.invalid/new.bin"])


async def test_a_wrong_checksum_is_told(room: Publishing, around: Surroundings) -> None:
    """L03.FR.07."""
    await publish(room, checksum="0" * 32)
    assert statuses(around)[-1] == "InvalidChecksum"
    assert await unpublish(room, "0" * 32) == "NoFirmware"


async def test_a_file_that_does_not_come_is_tried_again(room: Publishing, around: Surroundings, shelf: Shelf) -> None:
    """L03.FR.06."""
    shelf.failures = 2
    await publish(room, retries=1, retryInterval=5)
    await around.delayed.pop("publishing")()
    assert statuses(around) == ["Downloading", "Downloading", "DownloadFailed"]
    assert around.notes == ["download failed: not there"] * 2


async def test_a_try_again_may_succeed(room: Publishing, around: Surroundings, shelf: Shelf) -> None:
    shelf.failures = 1
    await publish(room, retries=1)
    assert await publish(room) == "Rejected"
    assert await unpublish(room) == "DownloadOngoing"
    await around.delayed.pop("publishing")()
    assert statuses(around)[-1] == "Published"


async def test_what_is_published_is_taken_back_once(room: Publishing) -> None:
    """L04.FR.01 to FR.04."""
    await publish(room)
    assert [await unpublish(room), await unpublish(room)] == ["Unpublished", "NoFirmware"]


async def test_a_trigger_is_answered_with_what_was_told_last(room: Publishing) -> None:
    """L03.FR.10 and FR.11: Idle once it is published."""
    seen = [room.status().status]
    await publish(room, checksum="0" * 32)
    seen.append(room.status().status)
    await publish(room)
    seen.append(room.status().status)
    assert seen == ["Idle", "InvalidChecksum", "Idle"]
