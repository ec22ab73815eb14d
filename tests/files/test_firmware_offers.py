"""Firmware that is offered: what can be offered, and a charger that really fetches it, over real sockets."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aioftp
from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallFailedError, InvalidRequestError
from custom_components.ocpp_csms.csms.files.file_transfer import TransferProtocol
from custom_components.ocpp_csms.csms.files.firmware import FirmwareStatus
from custom_components.ocpp_csms.files.firmware_offers import (
    FirmwareInstaller,
    FirmwareOffer,
    FirmwareWish,
    OfferError,
    async_check_location,
    check_signature,
)
from custom_components.ocpp_csms.files.kept import firmware_folder
from tests.chargers_with_files import charger, fetch_file
from tests.csms.scripted_charge_point import ErrorAnswer, ScriptedChargePoint
from tests.signing import SIGNATURE, signing_certificate

pytestmark = pytest.mark.usefixtures("own_folder")

CONTENT = bytes(range(256)) * 100
UPLOADED = FirmwareOffer(version="2.0", file="fw 2.bin")


@pytest.fixture
def installer(init_integration: MockConfigEntry) -> FirmwareInstaller:
    """What has firmware installed."""
    found: FirmwareInstaller = init_integration.runtime_data.firmware
    return found


@pytest.fixture
def uploaded(hass: HomeAssistant, init_integration: MockConfigEntry) -> Path:
    """Firmware for CP1 that was uploaded."""
    folder = firmware_folder(hass, init_integration.entry_id, "CP1")
    folder.mkdir(parents=True)
    path = folder / "fw 2.bin"
    path.write_bytes(CONTENT)
    return path


# What can be offered


@pytest.fixture
async def maker() -> AsyncGenerator[str]:
    """The server of a maker: a file, one that is not asked for by HEAD, one that is elsewhere, and nothing else."""

    async def no_head(request: web.Request) -> web.Response:
        return web.Response(status=405 if request.method == "HEAD" else 206)

    async def moved(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/fw.bin")

    async def here(_request: web.Request) -> web.Response:
        return web.Response(body=CONTENT)

    app = web.Application()
    app.router.add_route("*", "/fw.bin", here)
    app.router.add_route("*", "/no_head.bin", no_head)
    app.router.add_route("*", "/moved.bin", moved)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.mark.parametrize("path", ["/fw.bin", "/no_head.bin", "/moved.bin"])
async def test_a_file_that_is_there_can_be_offered(hass: HomeAssistant, maker: str, path: str) -> None:
    """However its server wants to be asked."""
    await async_check_location(hass, maker + path)


async def test_what_is_not_http_is_taken_for_granted(hass: HomeAssistant) -> None:
    """Only the charger can tell."""
    await async_check_location(hass, "ftp://192.0.2.1/fw.bin")


async def test_a_file_that_is_not_there_cannot_be_offered(hass: HomeAssistant, maker: str) -> None:
    """The user is told what the server says."""
    with pytest.raises(OfferError) as raised:
        await async_check_location(hass, f"{maker}/gone.bin")
    assert (raised.value.field, raised.value.reason) == ("location", "location_not_found")
    assert raised.value.placeholders == {"status": "404"}


async def test_a_server_that_is_not_there_is_told(hass: HomeAssistant, free_port: int) -> None:
    """With what went wrong."""
    with pytest.raises(OfferError) as raised:
        await async_check_location(hass, f"http://127.0.0.1:{free_port}/fw.bin")
    assert raised.value.reason == "location_unreachable"
    assert raised.value.placeholders["error"]


@pytest.mark.parametrize(
    "location",
    ["", "fw.bin", "file:///etc/passwd", "http://", "http://[::1/fw", "http://x/" + "y" * 512, "javascript:alert(1)"],
)
async def test_what_is_no_address_is_refused(hass: HomeAssistant, location: str) -> None:
    """Before anything is asked."""
    with pytest.raises(OfferError) as raised:
        await async_check_location(hass, location)
    assert raised.value.reason == "location_invalid"


def test_signed_firmware_needs_both() -> None:
    """Certificate and signature, or neither."""
    check_signature(None, None)
    check_signature(signing_certificate(), SIGNATURE)


@pytest.mark.parametrize(
    ("certificate", "signature", "field", "reason"),
    [
        (None, SIGNATURE, "certificate", "signature_incomplete"),
        ("PEM", None, "signature", "signature_incomplete"),
        ("PEM", SIGNATURE, "certificate", "signing_certificate_invalid"),
        ("long", SIGNATURE, "certificate", "signing_certificate_invalid"),
        ("good", "no base64!", "signature", "signature_invalid"),
        ("good", "A" * 804, "signature", "signature_invalid"),
    ],
)
def test_what_signs_nothing_is_refused(certificate: str | None, signature: str | None, field: str, reason: str) -> None:
    """On the field that is at fault."""
    good = signing_certificate()
    texts = {"good": good, "long": good + "\n" * 5500}
    with pytest.raises(OfferError) as raised:
        check_signature(texts.get(certificate or "", certificate), signature)
    assert (raised.value.field, raised.value.reason) == (field, reason)


# Installing


async def location_of(far_end: ScriptedChargePoint) -> str:
    """Return where the charger was told to fetch its firmware."""
    return str((await far_end.heard("UpdateFirmware"))["location"])


async def test_uploaded_firmware_is_fetched_from_us(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller, uploaded: Path
) -> None:
    """At the address that the charger has dialled, until it has told that it has the file."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        await installer.async_install(charge_point, UPLOADED, FirmwareWish())
        location = await location_of(far_end)
        assert location.startswith(f"http://127.0.0.1:{far_end.port}/files/")
        await far_end.call("FirmwareStatusNotification", {"status": "Downloading"})
        assert await fetch_file(location) == (HTTPStatus.OK, CONTENT)
        await far_end.call("FirmwareStatusNotification", {"status": "DownloadFailed"})
        assert await fetch_file(location) == (HTTPStatus.OK, CONTENT)
        await far_end.call("FirmwareStatusNotification", {"status": "Downloaded"})
        assert (await fetch_file(location))[0] == HTTPStatus.NOT_FOUND


async def test_uploaded_firmware_is_fetched_by_ftp(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller, uploaded: Path
) -> None:
    """If the user wants it so."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        await installer.async_install(charge_point, UPLOADED, FirmwareWish(protocol=TransferProtocol.FTP))
        parts = urlsplit(await location_of(far_end))
        async with (
            aioftp.Client.context("127.0.0.1", parts.port or 0, parts.username or "", parts.password or "") as ftp,
            ftp.download_stream(unquote(parts.path)) as stream,
        ):
            assert await stream.read() == CONTENT


async def test_firmware_elsewhere_is_fetched_from_there(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller
) -> None:
    """When, and how often, the user says."""
    offer = FirmwareOffer(version="2.0", location="https://example.org/fw.bin")
    at = dt_util.utcnow().replace(microsecond=0) + timedelta(hours=1)
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        await installer.async_install(charge_point, offer, FirmwareWish(retrieve_at=at, retries=2, retry_interval=60))
        assert await far_end.heard("UpdateFirmware") == {
            "location": "https://example.org/fw.bin",
            "retrieveDate": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "retries": 2,
            "retryInterval": 60,
        }


async def test_a_charger_with_a_wrong_clock_is_told_its_own_time(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller
) -> None:
    """What is to be fetched now would wait for hours otherwise."""
    offer = FirmwareOffer(version="2.0", location="https://example.org/fw.bin")
    at = dt_util.utcnow().replace(microsecond=0) + timedelta(hours=1)
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        charge_point.clock_skew.told(dt_util.utcnow() + timedelta(hours=2), dt_util.utcnow())
        await installer.async_install(charge_point, offer, FirmwareWish(retrieve_at=at))
        told = (await far_end.heard("UpdateFirmware"))["retrieveDate"]
    assert told == (at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_signed_firmware_goes_with_its_signature(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller
) -> None:
    """By the message of the security whitepaper, and followed by its notifications."""
    offer = FirmwareOffer(version="2.0", location="https://example.org/fw", certificate="PEM", signature=SIGNATURE)
    async with charger(hass, init_integration) as (far_end, charge_point):
        await installer.async_install(charge_point, offer, FirmwareWish())
        request = await far_end.heard("SignedUpdateFirmware")
        assert request["firmware"]["signature"] == SIGNATURE
        told = {"status": "InvalidSignature", "requestId": request["requestId"]}
        await far_end.call("SignedFirmwareStatusNotification", told)
        assert charge_point.firmware.status is FirmwareStatus.INVALID_SIGNATURE


async def test_a_file_that_is_gone_is_told_before_the_charger_is_asked(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller
) -> None:
    """Somebody has tidied up."""
    async with charger(hass, init_integration) as (far_end, charge_point):
        with pytest.raises(InvalidRequestError, match="firmware_file_missing"):
            await installer.async_install(charge_point, UPLOADED, FirmwareWish())
        assert far_end.calls == []


@pytest.mark.parametrize("offer", [UPLOADED, FirmwareOffer(version="2.0", location="https://example.org/fw")])
async def test_an_order_that_fails_leaves_nothing_open(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    installer: FirmwareInstaller,
    uploaded: Path,
    offer: FirmwareOffer,
) -> None:
    """The address that the charger was told holds no longer."""
    refusal = ErrorAnswer("NotImplemented")
    async with charger(hass, init_integration, UpdateFirmware=refusal) as (far_end, charge_point):
        with pytest.raises(CallFailedError):
            await installer.async_install(charge_point, offer, FirmwareWish())
        location = await location_of(far_end)
        if offer is UPLOADED:
            assert (await fetch_file(location))[0] == HTTPStatus.NOT_FOUND


async def test_a_second_order_takes_the_place_of_the_first(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller, uploaded: Path
) -> None:
    """Only the newer address holds."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        for _ in range(2):
            await installer.async_install(charge_point, UPLOADED, FirmwareWish())
        statuses = [(await fetch_file(await location_of(far_end)))[0] for _ in range(2)]
        assert statuses == [HTTPStatus.NOT_FOUND, HTTPStatus.OK]


async def test_a_second_order_that_is_refused_leaves_the_first(
    hass: HomeAssistant, init_integration: MockConfigEntry, installer: FirmwareInstaller, uploaded: Path
) -> None:
    """The charger may be in the midst of fetching."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        await installer.async_install(charge_point, UPLOADED, FirmwareWish())
        far_end.answers["UpdateFirmware"] = ErrorAnswer("InternalError")
        with pytest.raises(CallFailedError):
            await installer.async_install(charge_point, UPLOADED, FirmwareWish())
        statuses = [(await fetch_file(await location_of(far_end)))[0] for _ in range(2)]
        assert statuses == [HTTPStatus.OK, HTTPStatus.NOT_FOUND]


def test_nothing_is_offered_to_who_is_not_known(
    installer: FirmwareInstaller, init_integration: MockConfigEntry
) -> None:
    """A stranger has no subentry, and one that has may have no offer."""
    known: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    assert installer.offer(known) is None
    known.identity = "CP9"
    assert installer.offer(known) is None
    known.identity = "CP1"
