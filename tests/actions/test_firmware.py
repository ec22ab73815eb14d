"""The actions that install firmware and get logs, over a real socket."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.ocpp_csms.files.firmware_offers import OfferError
from tests.actions.calls import act, device_of
from tests.chargers_with_files import charger, send_file
from tests.csms.scripted_charge_point import ErrorAnswer
from tests.signing import SIGNATURE, signing_certificate

pytestmark = pytest.mark.usefixtures("own_folder")

LOCATION = "https://example.org/fw.bin"
DIAGNOSTICS = {"fileName": "diagnostics.zip"}


@pytest.fixture
def device(hass: HomeAssistant, init_integration: MockConfigEntry) -> str:
    """The device of CP1."""
    return device_of(hass, "sensor", "CP1_0_ocpp_version")


async def update_firmware(hass: HomeAssistant, device: str, *, found: Exception | None = None, **data: Any) -> Any:
    """Call the action. The check of an address finds a file, unless it raises `found`."""
    with patch("custom_components.ocpp_csms.actions.firmware.async_check_location", side_effect=[found]):
        return await act(hass, "update_firmware", device_id=device, **data)


async def test_firmware_is_installed_from_an_address(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """With all that the caller wishes; a time without a zone is local."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, charge_point):
        answer = await update_firmware(
            hass,
            device,
            location=LOCATION,
            version="2.0",
            retrieve_at="2027-01-31 03:00:00",
            retries=3,
            retry_interval="00:01:00",
        )
        assert answer == {"status": "Accepted", "version": "2.0"}
        assert await far_end.heard("UpdateFirmware") == {
            "location": LOCATION,
            "retrieveDate": "2027-01-31T11:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        }
        assert charge_point.firmware.version == "2.0"


async def test_signed_firmware_is_installed(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """By its own message; the caller need not know the version."""
    async with charger(hass, init_integration) as (far_end, _):
        answer = await update_firmware(
            hass,
            device,
            location=LOCATION,
            certificate=signing_certificate(),
            signature=SIGNATURE,
            install_at="2027-01-31T04:00:00+00:00",
        )
        assert answer == {"status": "Accepted", "version": None}
        assert (await far_end.heard("SignedUpdateFirmware"))["firmware"]["installDateTime"] == "2027-01-31T04:00:00Z"


async def test_what_is_offered_is_installed(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """If the caller names nothing else."""
    subentry = next(iter(init_integration.subentries.values()))
    offer = {"version": "3.0", "location": LOCATION}
    hass.config_entries.async_update_subentry(init_integration, subentry, data={**subentry.data, "firmware": offer})
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, _):
        assert await update_firmware(hass, device) == {"status": "Accepted", "version": "3.0"}
        assert (await far_end.heard("UpdateFirmware"))["location"] == LOCATION


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "No firmware is offered to CP1"),
        ({"location": LOCATION, "install_at": "2027-01-31 04:00:00"}, "a time to install only for signed"),
        ({"location": LOCATION, "certificate": "x", "signature": SIGNATURE}, "no certificate in PEM form"),
        (
            {"location": LOCATION, "found": OfferError("location", "location_not_found", status="404")},
            "no firmware for CP1 at https://example.org/fw.bin: the server answered 404",
        ),
        (
            {"location": LOCATION, "found": OfferError("location", "location_unreachable", error="refused")},
            "Nothing answers at the address of the firmware for CP1: refused",
        ),
    ],
)
async def test_what_cannot_be_installed_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str, data: dict[str, Any], message: str
) -> None:
    """And nothing is sent."""
    async with charger(hass, init_integration) as (far_end, _):
        with pytest.raises(ServiceValidationError, match=message):
            await update_firmware(hass, device, **data)
        assert far_end.calls == []


async def test_an_address_that_only_the_charger_can_reach_is_not_checked(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """If the caller says so."""
    unreachable = OfferError("location", "location_unreachable", error="refused")
    async with charger(hass, init_integration, UpdateFirmware={}):
        answer = await update_firmware(hass, device, location=LOCATION, check=False, found=unreachable)
    assert answer == {"status": "Accepted", "version": None}


@pytest.mark.parametrize("location", ["fw.bin", "file:///etc/passwd", "https://", f"https://example.org/{'x' * 512}"])
async def test_what_is_no_address_is_not_sent(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str, location: str
) -> None:
    """Whether or not there is anything is checked."""
    async with charger(hass, init_integration, UpdateFirmware={}) as (far_end, _):
        with pytest.raises(ServiceValidationError, match="has no address of a file"):
            await act(hass, "update_firmware", device_id=device, location=location, check=False)
        assert far_end.calls == []


async def test_signed_firmware_needs_both(hass: HomeAssistant, init_integration: MockConfigEntry, device: str) -> None:
    """Certificate and signature."""
    with pytest.raises(vol.Invalid):
        await update_firmware(hass, device, location=LOCATION, signature=SIGNATURE)


async def test_a_refused_update_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """It promises an effect."""
    refusal = {"status": "InvalidCertificate"}
    async with charger(hass, init_integration, SignedUpdateFirmware=refusal):
        with pytest.raises(HomeAssistantError, match="InvalidCertificate"):
            await update_firmware(
                hass, device, location=LOCATION, certificate=signing_certificate(), signature=SIGNATURE
            )


async def test_a_log_is_asked_for(hass: HomeAssistant, init_integration: MockConfigEntry, device: str) -> None:
    """The name is the charger's."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, _):
        answer = await act(
            hass,
            "get_log",
            device_id=device,
            oldest="2026-11-01T00:00:00+00:00",
            latest="2026-11-20T00:00:00+00:00",
            retries=2,
            retry_interval={"seconds": 30},
        )
        assert answer == {"status": "Accepted", "file_name": "diagnostics.zip"}
        request = await far_end.heard("GetDiagnostics")
        assert {key: value for key, value in request.items() if key != "location"} == {
            "startTime": "2026-11-01T00:00:00Z",
            "stopTime": "2026-11-20T00:00:00Z",
            "retries": 2,
            "retryInterval": 30,
        }


async def test_a_log_can_be_waited_for(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    device: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The answer says where it is, and where it can be downloaded."""
    log = {"status": "Accepted", "filename": "security.log"}
    async with charger(hass, init_integration, GetLog=log) as (far_end, _):
        waiting = hass.async_create_task(act(hass, "get_log", device_id=device, kind="security", wait=True))
        request = await far_end.heard("GetLog")
        assert request["logType"] == "SecurityLog"
        assert await send_file(f"{request['log']['remoteLocation']}security.log", b"events") == HTTPStatus.CREATED
        answer: Any = await waiting
    path = Path(answer["path"])
    assert await hass.async_add_executor_job(path.read_bytes) == b"events"
    client = await hass_client_no_auth()
    assert await (await client.get(answer["url"])).read() == b"events"
    assert (answer["status"], answer["file_name"]) == ("Accepted", "security.log")


async def test_a_log_by_ftp_can_be_asked_for(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str
) -> None:
    """For chargers that do not say what they know."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, _):
        await act(hass, "get_log", device_id=device, protocol="ftp")
        assert (await far_end.heard("GetDiagnostics"))["location"].startswith("ftp://")


async def test_a_refused_log_is_an_answer(hass: HomeAssistant, init_integration: MockConfigEntry, device: str) -> None:
    """To who wants one."""
    async with charger(hass, init_integration, GetLog={"status": "Rejected"}):
        assert await act(hass, "get_log", device_id=device, kind="security") == {"status": "Rejected"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"oldest": "2026-11-20 00:00:00", "latest": "2026-11-01 00:00:00"}, "cannot begin after it ends"),
        ({"kind": "security"}, "keeps no security log"),
    ],
)
async def test_a_log_that_cannot_be_had_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, device: str, data: dict[str, Any], message: str
) -> None:
    """It says why."""
    async with charger(hass, init_integration, GetLog=ErrorAnswer("NotImplemented")):
        with pytest.raises(ServiceValidationError, match=message):
            await act(hass, "get_log", device_id=device, **data)


@pytest.mark.parametrize("data", [{"timeout": "01:00:01"}, {"protocol": "sftp"}, {"retries": 101}, {"kind": "car"}])
async def test_everything_has_its_bounds(hass: HomeAssistant, device: str, data: dict[str, Any]) -> None:
    """Before anything is asked."""
    with pytest.raises(vol.Invalid):
        await act(hass, "get_log", device_id=device, **data)


async def test_the_button_asks_for_the_log(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """What the charger refuses, the button raises."""
    target = {"entity_id": "button.cp1_download_log"}
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, _):
        await hass.services.async_call("button", "press", target, blocking=True)
        assert await send_file(f"{(await far_end.heard('GetDiagnostics'))['location']}log", b"x") == HTTPStatus.CREATED
        far_end.answers["GetDiagnostics"] = {}
        with pytest.raises(HomeAssistantError, match="no log to send"):
            await hass.services.async_call("button", "press", target, blocking=True)
        state = hass.states.get("sensor.cp1_log_upload")
        assert state is not None
        assert state.state == "idle"
