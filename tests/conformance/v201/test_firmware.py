"""TC_L_01 to TC_L_13: firmware that is installed, and all that can go wrong."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.conformance.checked_station import Payload, moment
from tests.conformance.firmware_maker import firmware_offered
from tests.conformance.house import House
from tests.tls import make_certificate

from .station import Station
from .transaction import Transaction


@pytest.fixture
async def location(socket_enabled: None) -> AsyncGenerator[str]:
    """Where the maker offers firmware."""
    async with firmware_offered() as location:
        yield location


async def _is_asked(house: House, location: str, **fields: Any) -> Payload:
    """Order signed firmware."""
    certificate, signature = make_certificate()[0].decode(), b64encode(b"a signature").decode()
    answer: Payload = await house.act(
        "update_firmware",
        location=location,
        version="2.0.0",
        certificate=certificate,
        signature=signature,
        **fields,
    )
    return answer


class Update:
    """An update that the station was told, and what it says of it."""

    def __init__(self, house: House, charger: Station, request: Payload) -> None:
        """Follow the update of a request."""
        self.number: int = request["requestId"]
        self.firmware: Payload = request["firmware"]
        self._house = house
        self._charger = charger
        self._about = {"requestId": self.number}

    async def tell(self, *statuses: str) -> None:
        """Tell how it goes."""
        for status in statuses:
            assert await self._charger.call("FirmwareStatusNotification", self._about | {"status": status}) == {}

    async def reboot(self, version: str = "2.0.0") -> None:
        """Restart with a version."""
        await self._charger.drop()
        await self._charger.connect()
        answer = await self._charger.boot("FirmwareUpdate", firmwareVersion=version)
        assert answer["status"] == "Accepted"
        for evse in range(1, self._charger.evses + 1):
            await self._charger.report(evse, "Available")

    async def is_done(self) -> None:
        """Wait until the new version is shown, and nothing under way."""
        await progresses(self._house, None)
        await self._house.until("update.CP1_0_firmware", lambda shown: shown.attributes["installed_version"] == "2.0.0")
        assert not self._house.issues()


async def progresses(house: House, percentage: int | None) -> None:
    """Return once the update entity shows how far the update is; None: it shows none under way."""
    await house.until(
        "update.CP1_0_firmware",
        lambda shown: (
            shown.attributes["update_percentage"] == percentage
            and shown.attributes["in_progress"] is (percentage is not None)
        ),
    )


async def order(house: House, charger: Station, location: str, **fields: Any) -> Update:
    """Order signed firmware; check what the station is told."""
    assert (await _is_asked(house, location, **fields))["status"] == "Accepted"
    request = await charger.heard("UpdateFirmware")
    firmware = request["firmware"]
    assert firmware["location"] == location
    assert "BEGIN CERTIFICATE" in firmware["signingCertificate"]
    assert firmware["signature"] == b64encode(b"a signature").decode()
    return Update(house, charger, request)


async def test_tc_l_01_signed_firmware_is_installed(house: House, charger: Station, location: str) -> None:
    """Each step is shown; after the restart the new version runs."""
    update = await order(house, charger, location)
    await update.tell("Downloading")
    await progresses(house, 10)
    await update.tell("Downloaded", "SignatureVerified")
    await progresses(house, 55)
    await update.tell("Installing", "InstallRebooting")
    await progresses(house, 90)
    await update.reboot()
    await update.tell("Installed")
    await update.is_done()


def _later() -> datetime:
    return (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)


async def test_tc_l_02_the_installation_is_scheduled(house: House, charger: Station, location: str) -> None:
    """The time goes as it is."""
    later = _later()
    update = await order(house, charger, location, install_at=later.isoformat())
    assert datetime.fromisoformat(update.firmware["installDateTime"]) == later
    await update.tell("Downloading", "Downloaded", "SignatureVerified", "InstallScheduled")
    await update.tell("Installing", "InstallRebooting")
    await update.reboot()
    await update.tell("Installed")
    await update.is_done()


async def test_tc_l_03_the_download_is_scheduled(house: House, charger: Station, location: str) -> None:
    """The time goes as it is."""
    later = _later()
    update = await order(house, charger, location, retrieve_at=later.isoformat())
    assert datetime.fromisoformat(update.firmware["retrieveDateTime"]) == later
    await update.tell("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified")
    await update.tell("Installing", "InstallRebooting")
    await update.reboot()
    await update.tell("Installed")
    await update.is_done()


async def _is_refused(house: House, charger: Station, location: str, status: str) -> None:
    charger.answers["UpdateFirmware"] = {"status": status}
    with pytest.raises(HomeAssistantError, match=status):
        await _is_asked(house, location)
    assert await charger.heard("UpdateFirmware")
    await progresses(house, None)


async def test_tc_l_04_the_signing_certificate_is_revoked(house: House, charger: Station, location: str) -> None:
    """The person is told, and nothing is under way."""
    await _is_refused(house, charger, location, "RevokedCertificate")


async def _security_event(house: House, charger: Station, kind: str) -> None:
    assert await charger.call("SecurityEventNotification", {"type": kind, "timestamp": moment()}) == {}
    event = await house.tells("event.CP1_0_security_event", "security_event")
    assert event["type"] == kind


async def test_tc_l_05_the_signing_certificate_is_invalid(house: House, charger: Station, location: str) -> None:
    """The person is told; the security event that follows is, too."""
    await _is_refused(house, charger, location, "InvalidCertificate")
    await _security_event(house, charger, "InvalidFirmwareSigningCertificate")


async def test_tc_l_06_the_signature_is_invalid(house: House, charger: Station, location: str) -> None:
    """The update has ended; the person is told, and so are automations."""
    update = await order(house, charger, location)
    await update.tell("Downloading", "Downloaded", "InvalidSignature")
    await _security_event(house, charger, "InvalidFirmwareSignature")
    await house.has_issue("firmware_signature_invalid")
    await progresses(house, None)


async def test_tc_l_07_the_download_fails(house: House, charger: Station, location: str) -> None:
    """The update has ended, and the person is told."""
    update = await order(house, charger, location)
    await update.tell("Downloading", "DownloadFailed")
    await house.has_issue("firmware_download_failed")
    await progresses(house, None)


async def test_tc_l_08_the_verification_of_the_installation_fails(
    house: House, charger: Station, location: str
) -> None:
    """The update has ended, and the person is told."""
    update = await order(house, charger, location)
    await update.tell("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallVerificationFailed")
    await house.has_issue("firmware_installation_failed")
    await progresses(house, None)


async def test_tc_l_09_the_installation_fails(house: House, charger: Station, location: str) -> None:
    """The station comes back with what it had; the person is told."""
    update = await order(house, charger, location)
    await update.tell("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    await update.reboot("1.0.0")
    await update.tell("InstallationFailed")
    await house.has_issue("firmware_installation_failed")
    await progresses(house, None)


async def test_tc_l_10_a_new_update_cancels_the_running_one(house: House, charger: Station, location: str) -> None:
    """It has a number of its own: what is told of the old one counts no more."""
    first = await order(house, charger, location)
    await first.tell("Downloading")
    await progresses(house, 10)
    charger.answers["UpdateFirmware"] = {"status": "AcceptedCanceled"}
    second = await order(house, charger, location)
    assert second.number != first.number
    await second.tell("Downloading", "Downloaded", "SignatureVerified")
    await first.tell("DownloadFailed")
    await progresses(house, 55)
    assert not house.issues()
    await second.tell("Installing", "InstallRebooting")
    await second.reboot()
    await second.tell("Installed")
    await second.is_done()


async def test_tc_l_11_the_running_update_cannot_be_cancelled(house: House, charger: Station, location: str) -> None:
    """The person is told; the first one goes on."""
    first = await order(house, charger, location)
    await first.tell("Downloading")
    await progresses(house, 10)
    charger.answers["UpdateFirmware"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError, match="Rejected"):
        await _is_asked(house, location)
    await first.tell("Downloaded", "SignatureVerified", "Installing")
    await progresses(house, 70)
    await first.tell("InstallRebooting")
    await first.reboot()
    await first.tell("Installed")
    await first.is_done()


@pytest.mark.parametrize("evses", [2])
async def test_tc_l_13_an_update_waits_for_a_transaction(house: House, charger: Station, location: str) -> None:
    """What is free goes out of service until it is done; what charges charges on."""
    transaction = await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    update = await order(house, charger, location)
    await update.tell("DownloadScheduled")
    await charger.report(2, "Unavailable")
    await house.shows("sensor.CP1_2_status", "inoperative")
    await house.shows("sensor.CP1_1_status", "charging")
    await transaction.finish()
    await house.shows("switch.CP1_1_charge", "off")
    await update.tell("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    await update.reboot()
    await update.tell("Installed")
    await update.is_done()
    await house.shows("sensor.CP1_2_status", "available")
