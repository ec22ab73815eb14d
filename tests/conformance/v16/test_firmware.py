"""TC_044, TC_045, TC_079 to TC_081: firmware and logs."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import ClientSession
import pytest

from tests.conformance.firmware_maker import firmware_offered
from tests.conformance.house import House
from tests.tls import make_certificate

from .station import Station

LOG = b"a log"


@pytest.fixture
async def location(socket_enabled: None) -> AsyncGenerator[str]:
    """Where the maker offers firmware."""
    async with firmware_offered() as location:
        yield location


async def tell(charger: Station, *statuses: str) -> None:
    """Tell how the update goes."""
    for status in statuses:
        assert await charger.call("FirmwareStatusNotification", {"status": status}) == {}


async def progresses(house: House, percentage: int | None) -> None:
    """Return once the update entity shows how far the update is; None: it shows none under way."""
    await house.until(
        "update.CP1_0_firmware",
        lambda shown: (
            shown.attributes["update_percentage"] == percentage
            and shown.attributes["in_progress"] is (percentage is not None)
        ),
    )


async def order(house: House, charger: Station, location: str) -> None:
    """Order the firmware; check what the charge point is told."""
    answer = await house.act("update_firmware", location=location, version="2.0.0")
    assert answer["status"] == "Accepted"
    request = await charger.heard("UpdateFirmware")
    assert request["location"] == location
    assert request["retrieveDate"]


async def test_tc_044_1_firmware_is_downloaded_and_installed(house: House, charger: Station, location: str) -> None:
    """Each step is shown; after the restart the new version runs."""
    await order(house, charger, location)
    await tell(charger, "Downloading")
    await progresses(house, 10)
    await tell(charger, "Downloaded")
    await progresses(house, 50)
    await tell(charger, "Installing")
    await progresses(house, 70)
    await charger.drop()
    await charger.connect()
    assert (await charger.boot(firmwareVersion="2.0.0"))["status"] == "Accepted"
    await charger.report(0, "Available")
    await charger.report(1, "Available")
    await tell(charger, "Installed")
    await progresses(house, None)
    await house.until("update.CP1_0_firmware", lambda shown: shown.attributes["installed_version"] == "2.0.0")
    assert not house.issues()


async def test_tc_044_2_the_download_of_firmware_fails(house: House, charger: Station, location: str) -> None:
    """The update has ended, and the person is told."""
    await order(house, charger, location)
    await tell(charger, "Downloading", "DownloadFailed")
    await house.has_issue("firmware_download_failed")
    await progresses(house, None)


async def test_tc_044_3_the_installation_of_firmware_fails(house: House, charger: Station, location: str) -> None:
    """The update has ended, and the person is told."""
    await order(house, charger, location)
    await tell(charger, "Downloading", "Downloaded", "Installing", "InstallationFailed")
    await house.has_issue("firmware_installation_failed")
    await progresses(house, None)


async def upload(location: str) -> int:
    """Upload a log as a charge point does; return the status of the answer."""
    async with ClientSession() as session, session.put(f"{location}diagnostics.log", data=LOG) as response:
        return response.status


async def test_tc_045_1_diagnostics_are_uploaded(house: House, charger: Station) -> None:
    """To where the house tells it to; how it goes is shown, and the file is there."""
    charger.answers["GetDiagnostics"] = {"fileName": "diagnostics.log"}
    assert (await house.act("get_log"))["file_name"] == "diagnostics.log"
    request = await charger.heard("GetDiagnostics")
    assert await charger.call("DiagnosticsStatusNotification", {"status": "Uploading"}) == {}
    await house.shows("sensor.CP1_0_log_status", "uploading")
    assert await upload(request["location"]) < 300
    assert await charger.call("DiagnosticsStatusNotification", {"status": "Uploaded"}) == {}
    await house.shows("sensor.CP1_0_log_status", "uploaded")


async def test_tc_045_2_the_upload_of_diagnostics_fails(house: House, charger: Station) -> None:
    """That is shown."""
    charger.answers["GetDiagnostics"] = {"fileName": "diagnostics.log"}
    await house.act("get_log")
    assert (await charger.heard("GetDiagnostics"))["location"]
    assert await charger.call("DiagnosticsStatusNotification", {"status": "Uploading"}) == {}
    assert await charger.call("DiagnosticsStatusNotification", {"status": "UploadFailed"}) == {}
    await house.shows("sensor.CP1_0_log_status", "upload_failed")


async def test_tc_079_the_security_log_is_uploaded(house: House, charger: Station) -> None:
    """What the charge point tells of it carries the number of the request."""
    charger.answers["GetLog"] = {"status": "Accepted", "filename": "security.log"}
    answer = await house.act("get_log", kind="security", retries=1, retry_interval=60)
    assert answer == {"status": "Accepted", "file_name": "security.log"}
    request = await charger.heard("GetLog")
    assert (request["logType"], request["retries"], request["retryInterval"]) == ("SecurityLog", 1, 60)
    about = {"requestId": request["requestId"]}
    assert await charger.call("LogStatusNotification", about | {"status": "Uploading"}) == {}
    await house.shows("sensor.CP1_0_log_status", "uploading")
    assert await upload(request["log"]["remoteLocation"]) < 300
    assert await charger.call("LogStatusNotification", about | {"status": "Uploaded"}) == {}
    await house.shows("sensor.CP1_0_log_status", "uploaded")


async def order_signed(house: House, charger: Station, location: str) -> dict[str, Any]:
    """Order signed firmware; check what the charge point is told, and return what its notifications must carry."""
    certificate, signature = make_certificate()[0].decode(), b64encode(b"a signature").decode()
    answer = await house.act(
        "update_firmware",
        location=location,
        version="2.0.0",
        certificate=certificate,
        signature=signature,
        retries=1,
        retry_interval=60,
    )
    assert answer["status"] == "Accepted"
    request = await charger.heard("SignedUpdateFirmware")
    firmware = request["firmware"]
    assert (firmware["location"], firmware["signature"]) == (location, signature)
    assert firmware["signingCertificate"].split() == certificate.split()
    assert (request["retries"], request["retryInterval"]) == (1, 60)
    return {"requestId": request["requestId"]}


async def tell_signed(charger: Station, about: dict[str, Any], *statuses: str) -> None:
    """Tell how the update goes."""
    for status in statuses:
        assert await charger.call("SignedFirmwareStatusNotification", about | {"status": status}) == {}


async def test_tc_080_signed_firmware_is_installed(house: House, charger: Station, location: str) -> None:
    """All six steps are accepted and shown; after the restart the new version runs."""
    about = await order_signed(house, charger, location)
    await tell_signed(charger, about, "Downloading", "Downloaded", "SignatureVerified")
    await progresses(house, 55)
    await tell_signed(charger, about, "Installing", "InstallRebooting")
    await progresses(house, 90)
    await charger.drop()
    await charger.connect()
    assert (await charger.boot(firmwareVersion="2.0.0"))["status"] == "Accepted"
    await tell_signed(charger, about, "Installed")
    event = {"type": "FirmwareUpdated", "timestamp": "2026-11-20T12:00:00Z"}
    assert await charger.call("SecurityEventNotification", event) == {}
    await progresses(house, None)
    await house.until("update.CP1_0_firmware", lambda shown: shown.attributes["installed_version"] == "2.0.0")
    assert not house.issues()


async def test_tc_081_the_signature_of_firmware_is_invalid(house: House, charger: Station, location: str) -> None:
    """The update has ended; the person is told, and so are automations."""
    about = await order_signed(house, charger, location)
    await tell_signed(charger, about, "Downloading", "Downloaded", "InvalidSignature")
    event = {"type": "InvalidFirmwareSignature", "timestamp": "2026-11-20T12:00:00Z"}
    assert await charger.call("SecurityEventNotification", event) == {}
    assert (await house.tells("event.CP1_0_security_event", "security_event"))["type"] == "InvalidFirmwareSignature"
    await house.has_issue("firmware_signature_invalid")
    await progresses(house, None)
