"""Firmware updates: what is ordered, and what becomes of it by the notifications and boots that follow."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.errors import CallFailedError, RefusedError
from custom_components.ocpp_csms.csms.files.firmware import FirmwareOrder, FirmwareStatus
from tests.csms.dialect import Station

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ORDER = FirmwareOrder(location="https://example.org/fw.bin", retrieve_at=NIGHT, version="2.0")
SIGNED = FirmwareOrder(
    location="https://example.org/fw.bin",
    retrieve_at=NIGHT,
    install_at=NIGHT.replace(hour=4),
    retries=2,
    retry_interval=60,
    version="2.0",
    certificate="PEM",
    signature="c2ln",
)


def last_call(station: Station) -> tuple[str, dict[str, Any]]:
    """Return what was asked last."""
    return station.rpc.calls[-1]


def tell(station: Station, status: str, **fields: Any) -> None:
    """Let the charge point tell how its update goes."""
    action = "SignedFirmwareStatusNotification" if fields else "FirmwareStatusNotification"
    assert station.send(action, {"status": status, **fields}) == {}


async def test_an_update_is_ordered(station: Station) -> None:
    """The charge point is told where and when; the answer says nothing."""
    station.rpc.answers["UpdateFirmware"] = {}
    await station.charge_point.firmware.update(ORDER)
    expected = {"location": "https://example.org/fw.bin", "retrieveDate": "2026-11-21T03:00:00Z"}
    assert last_call(station) == ("UpdateFirmware", expected)
    assert station.charge_point.firmware.status is FirmwareStatus.ACCEPTED
    assert not station.charge_point.firmware.running


async def test_a_signed_update_is_ordered(station: Station) -> None:
    """By the message of the security whitepaper, with an id of its own."""
    await station.charge_point.firmware.update(SIGNED)
    action, payload = last_call(station)
    assert action == "SignedUpdateFirmware"
    assert 0 < payload.pop("requestId") < 2**31
    assert payload == {
        "retries": 2,
        "retryInterval": 60,
        "firmware": {
            "location": "https://example.org/fw.bin",
            "retrieveDateTime": "2026-11-21T03:00:00Z",
            "installDateTime": "2026-11-21T04:00:00Z",
            "signingCertificate": "PEM",
            "signature": "c2ln",
        },
    }


@pytest.mark.parametrize(
    "answer", [{"status": "InvalidCertificate"}, CallFailedError("SignedUpdateFirmware", "GenericError")]
)
async def test_a_refused_update_changes_nothing(station: Station, answer: Any) -> None:
    """What became of the one before stays known."""
    station.rpc.answers |= {"UpdateFirmware": {}, "SignedUpdateFirmware": answer}
    await station.charge_point.firmware.update(ORDER)
    tell(station, "DownloadFailed")
    with pytest.raises((RefusedError, CallFailedError)):
        await station.charge_point.firmware.update(SIGNED)
    assert station.charge_point.firmware.status is FirmwareStatus.DOWNLOAD_FAILED


async def test_the_steps_of_an_update_are_its_progress(station: Station) -> None:
    """It never goes back on the way to the end."""
    progress = []
    for status in ("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "Installing"):
        tell(station, status)
        progress.append(station.charge_point.firmware.progress)
    tell(station, "Installed")
    assert progress == [None, 10, 50, 55, 70]
    assert station.charge_point.firmware.progress is None
    assert station.charge_point.firmware.status is FirmwareStatus.INSTALLED


@pytest.mark.parametrize(
    "status", ["DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature"]
)
async def test_a_failure_stays_known(station: Station, status: str) -> None:
    """Also when the charge point says afterwards that it is idle."""
    tell(station, "Downloading")
    tell(station, status)
    tell(station, "Idle")
    assert station.charge_point.firmware.failed
    assert not station.charge_point.firmware.running


async def test_a_failure_is_forgotten_with_the_next_try(station: Station) -> None:
    """The charge point tries again by itself."""
    tell(station, "DownloadFailed")
    tell(station, "Downloading")
    assert not station.charge_point.firmware.failed


async def test_what_is_told_of_another_request_is_of_no_interest(station: Station) -> None:
    """It was given up."""
    await station.charge_point.firmware.update(SIGNED)
    request_id = last_call(station)[1]["requestId"]
    tell(station, "Downloading", requestId=request_id)
    tell(station, "InvalidSignature", requestId=request_id - 1 or request_id + 1)
    assert station.charge_point.firmware.status is FirmwareStatus.DOWNLOADING


async def test_an_unknown_status_is_counted(station: Station) -> None:
    """And changes nothing."""
    tell(station, "Downloading")
    tell(station, "Pondering")
    assert station.charge_point.firmware.running
    assert station.charge_point.violations.latest[-1].problem == "unknown status"


@pytest.mark.parametrize(
    ("told", "booted_with", "status"),
    [
        ("Installing", "2.0", FirmwareStatus.INSTALLED),
        ("Installing", "2.0-rc7", FirmwareStatus.INSTALLED),
        ("Installing", "1.0", FirmwareStatus.IDLE),
        (None, "2.0", FirmwareStatus.INSTALLED),
        (None, "1.0", FirmwareStatus.ACCEPTED),
        ("InstallationFailed", "1.0", FirmwareStatus.INSTALLATION_FAILED),
    ],
)
async def test_a_boot_shows_what_became_of_an_update(
    station: Station, told: str | None, booted_with: str, status: FirmwareStatus
) -> None:
    """With another version it is done, whatever that is called; an update that was to come later still may."""
    station.rpc.answers["UpdateFirmware"] = {}
    station.boot(firmwareVersion="1.0")
    await station.charge_point.firmware.update(ORDER)
    if told is not None:
        tell(station, told)
    station.boot(firmwareVersion=booted_with)
    assert station.charge_point.firmware.status is status


async def test_a_boot_that_was_asked_for_ends_no_update(station: Station) -> None:
    """Nothing has restarted."""
    tell(station, "Installing")
    await station.charge_point.trigger("BootNotification")
    station.boot()
    assert station.charge_point.firmware.running
