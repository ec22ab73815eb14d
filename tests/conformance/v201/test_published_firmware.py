"""TC_L_17 to TC_L_24: firmware that a local controller offers to the stations behind it."""

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station

LOCATION = "https://192.0.2.7/firmware.bin"
CHECKSUM = "d41d8cd98f00b204e9800998ecf8427e"


async def _is_published(house: House, charger: Station, *statuses: str, **last: list[str]) -> None:
    """Ask for it, and acknowledge what is told of it; `last` are fields of the last message."""
    answer = await house.act("publish_firmware", location=LOCATION, checksum=CHECKSUM)
    assert answer == {"status": "Accepted"}
    request = await charger.heard("PublishFirmware")
    assert (request["location"], request["checksum"]) == (LOCATION, CHECKSUM)
    for status in statuses:
        payload: Payload = {"status": status, "requestId": request["requestId"]}
        payload |= last if status == statuses[-1] else {}
        assert await charger.call("PublishFirmwareStatusNotification", payload) == {}


async def test_tc_l_17_firmware_is_published(house: House, charger: Station) -> None:
    """From the download to where it can be had."""
    statuses = ("Downloading", "Downloaded", "ChecksumVerified", "Published")
    await _is_published(house, charger, *statuses, location=[LOCATION])


async def test_tc_l_19_the_checksum_of_published_firmware_is_invalid(house: House, charger: Station) -> None:
    """It was another file."""
    await _is_published(house, charger, "Downloading", "Downloaded", "InvalidChecksum")


async def test_tc_l_20_publishing_firmware_fails(house: House, charger: Station) -> None:
    """After the download."""
    await _is_published(house, charger, "Downloading", "Downloaded", "ChecksumVerified", "PublishFailed")


async def test_tc_l_24_the_download_of_firmware_to_publish_fails(house: House, charger: Station) -> None:
    """There was nothing to publish."""
    await _is_published(house, charger, "Downloading", "DownloadFailed")


async def _is_withdrawn(house: House, charger: Station, status: str) -> None:
    charger.answers["UnpublishFirmware"] = {"status": status}
    assert (await house.act("unpublish_firmware", checksum=CHECKSUM))["status"] == status
    assert await charger.heard("UnpublishFirmware") == {"checksum": CHECKSUM}


async def test_tc_l_21_published_firmware_is_withdrawn(house: House, charger: Station) -> None:
    """By its checksum."""
    await _is_withdrawn(house, charger, "Unpublished")


async def test_tc_l_22_firmware_that_was_not_published_is_withdrawn(house: House, charger: Station) -> None:
    """The answer says so."""
    await _is_withdrawn(house, charger, "NoFirmware")


async def test_tc_l_23_published_firmware_that_is_being_downloaded_is_withdrawn(house: House, charger: Station) -> None:
    """The answer says so."""
    await _is_withdrawn(house, charger, "DownloadOngoing")
