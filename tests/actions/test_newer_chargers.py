"""Actions of all versions, with what only newer chargers know, over a real socket. Source: OCPP 2.0.1 part 2, use cases as named."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
import voluptuous as vol

from tests.actions.calls import act, ask
from tests.actions.scripted_station import ScriptedStation

CHECKSUM = "9e107d9d372bb6826bd81d3542a419d6"
SAID = {"hashAlgorithm": "SHA256", "issuerNameHash": "a1", "issuerKeyHash": "b2", "serialNumber": "0102"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, {"type": "OnIdle"}),
        ({"type": "hard"}, {"type": "Immediate"}),
        ({"type": "hard", "connector": 1}, {"type": "Immediate", "evseId": 1}),
    ],
)
async def test_a_charger_or_a_connector_of_it_restarts(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, data: dict[str, Any], said: dict[str, Any]
) -> None:
    """B11, B12: at once, or when nothing goes on."""
    assert await act(hass, "reset", device_id=station_device, **data) == {"status": "Accepted"}
    assert await station.told("Reset") == said


async def test_a_restart_that_waits_is_said_to(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """B12: until no transaction runs."""
    station.answers["Reset"] = {"status": "Scheduled"}
    assert await act(hass, "reset", device_id=station_device) == {"status": "Scheduled"}


async def test_a_connector_that_restarts_must_be_there(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """As for every command."""
    with pytest.raises(ServiceValidationError, match="no connector 7"):
        await act(hass, "reset", device_id=station_device, connector=7)


async def test_one_of_several_plugs_is_taken_out_of_service(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """G03: the others stay in service."""
    station.answers["ChangeAvailability"] = {"status": "Scheduled"}
    answer = await act(hass, "change_availability", device_id=station_device, availability="inoperative", plug=2)
    assert answer == {"status": "Scheduled"}
    said = await station.told("ChangeAvailability")
    assert said == {"operationalStatus": "Inoperative", "evse": {"id": 1, "connectorId": 2}}


async def test_any_connector_of_a_type_is_reserved(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """H01: where the charger can; then none is named."""
    key = {"component": {"name": "ReservationCtrlr"}, "variable": {"name": "NonEvseSpecific"}}
    station.answers["GetVariables"] = {
        "getVariableResult": [{**key, "attributeStatus": "Accepted", "attributeValue": "true"}]
    }
    answer = await ask(hass, "reserve", device_id=station_device, id_tag="04A2B3C4", connector_type="type_2_socket")
    assert (answer["status"], answer["connector"]) == ("Accepted", 0)
    said = await station.told("ReserveNow")
    assert (said["connectorType"], "evseId" in said) == ("sType2", False)
    assert said["idToken"] == {"idToken": "04A2B3C4", "type": "ISO14443"}


async def test_installed_profiles_are_listed(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """K09: with who has set them."""
    schedule = {
        "id": 1,
        "startSchedule": "2026-11-20T12:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10, "numberPhases": 3}],
    }
    profile = {
        "id": 6201,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        report = {
            "requestId": payload["requestId"],
            "evseId": 1,
            "chargingLimitSource": "CSO",
            "chargingProfile": [profile],
        }
        station.begin(station.call("ReportChargingProfiles", report))
        return {"status": "Accepted"}

    station.answers["GetChargingProfiles"] = answer
    data = {"purpose": "tx_default", "stack_level": 1, "connector": 1, "source": "cso"}
    start = dt_util.as_local(dt_util.parse_datetime("2026-11-20T12:00:00Z", raise_on_error=True)).isoformat()
    assert await ask(hass, "get_charging_profiles", device_id=station_device, **data) == {
        "status": "Accepted",
        "complete": True,
        "profiles": [
            {
                "profile_id": 6201,
                "connector": 1,
                "from_home_assistant": True,
                "source": "cso",
                "purpose": "tx_default_profile",
                "kind": "absolute",
                "recurrency": None,
                "stack_level": 1,
                "valid_from": None,
                "valid_to": None,
                "transaction_id": None,
                "schedules": [
                    {
                        "start": start,
                        "duration": None,
                        "unit": "A",
                        "minimum_rate": None,
                        "periods": [{"start": 0, "at": start, "limit": 10.0, "phases": 3}],
                    }
                ],
            }
        ],
    }
    said = await station.told("GetChargingProfiles")
    assert said["evseId"] == 1
    assert said["chargingProfile"] == {
        "chargingProfilePurpose": "TxDefaultProfile",
        "stackLevel": 1,
        "chargingLimitSource": ["CSO"],
    }


async def test_a_charger_without_profiles_has_none(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """K09: which is an answer; those with some numbers are asked for by these alone."""
    station.answers["GetChargingProfiles"] = {"status": "NoProfiles"}
    answer = await ask(hass, "get_charging_profiles", device_id=station_device, profile_ids=[5, 6], stack_level=3)
    assert answer == {"status": "NoProfiles", "complete": True, "profiles": []}
    assert (await station.told("GetChargingProfiles"))["chargingProfile"] == {"chargingProfileId": [5, 6]}


async def test_firmware_is_published_and_withdrawn(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """L03, L04: by its checksum."""
    answer = await act(
        hass,
        "publish_firmware",
        device_id=station_device,
        location="https://example.com/f.bin",
        checksum=CHECKSUM,
        retries=2,
        retry_interval="00:01:00",
    )
    assert answer == {"status": "Accepted"}
    said = await station.told("PublishFirmware")
    assert (said["location"], said["checksum"]) == ("https://example.com/f.bin", CHECKSUM)
    assert (said["retries"], said["retryInterval"]) == (2, 60)
    station.answers["UnpublishFirmware"] = {"status": "Unpublished"}
    answer = await act(hass, "unpublish_firmware", device_id=station_device, checksum=CHECKSUM)
    assert answer == {"status": "Unpublished"}
    assert await station.told("UnpublishFirmware") == {"checksum": CHECKSUM}
    station.answers["UnpublishFirmware"] = {"status": "DownloadOngoing"}
    with pytest.raises(HomeAssistantError, match="DownloadOngoing"):
        await act(hass, "unpublish_firmware", device_id=station_device, checksum=CHECKSUM, answer=False)


async def test_firmware_that_cannot_be_fetched_is_not_published(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """Nor is what has no checksum."""
    with pytest.raises(ServiceValidationError, match="no address of a file"):
        await act(hass, "publish_firmware", device_id=station_device, location="example", checksum=CHECKSUM)
    with pytest.raises(vol.Invalid):
        await act(hass, "publish_firmware", device_id=station_device, location="http://x/f", checksum="12")
    assert not station.was_told("PublishFirmware")


async def test_unsigned_firmware_has_a_time_to_be_installed(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """L02: only 1.6 needs a signature for that."""
    await act(
        hass,
        "update_firmware",
        device_id=station_device,
        location="https://example.com/f.bin",
        check=False,
        install_at="2099-01-01T00:00:00+00:00",
    )
    said = await station.told("UpdateFirmware")
    assert said["requestId"] > 0
    assert said["firmware"]["installDateTime"] == "2099-01-01T00:00:00Z"


async def test_installed_certificates_are_listed_by_kind(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """M03: the answer has the same shape as with any version."""
    chain = {"certificateType": "V2GRootCertificate", "certificateHashData": SAID}
    station.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashDataChain": [chain]}
    answer = await ask(hass, "get_installed_certificates", device_id=station_device, kind="v2g_root")
    assert answer == {
        "status": "Accepted",
        "certificates": [
            {
                "kind": "v2g_root",
                "hash_algorithm": "SHA256",
                "issuer_name_hash": "a1",
                "issuer_key_hash": "b2",
                "serial_number": "0102",
            }
        ],
    }
    assert await station.told("GetInstalledCertificateIds") == {"certificateType": ["V2GRootCertificate"]}


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["v2g_root", "v2g_chain", "v2g_root"], {"certificateType": ["V2GRootCertificate", "V2GCertificateChain"]}),
        ("all", {}),
    ],
)
async def test_certificates_of_several_kinds_are_listed_at_once(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, kinds: Any, said: dict[str, Any]
) -> None:
    """M03: each with its kind, None for one that nobody knows."""
    chain = [
        {"certificateType": word, "certificateHashData": SAID} for word in ("V2GCertificateChain", "OEMRootCertificate")
    ]
    station.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashDataChain": chain}
    answer = await ask(hass, "get_installed_certificates", device_id=station_device, kind=kinds)
    assert [item["kind"] for item in answer["certificates"]] == ["v2g_chain", None]
    assert await station.told("GetInstalledCertificateIds") == said


@pytest.mark.parametrize(("told", "version"), [({"versionNumber": 7}, 7), ({"versionNumber": 0}, 0)])
async def test_the_version_of_the_local_list_is_read(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, told: dict[str, int], version: int
) -> None:
    """D02: by whichever name."""
    station.answers["GetLocalListVersion"] = told
    assert await ask(hass, "get_local_list_version", device_id=station_device) == {"version": version}


async def test_tariffs_go_through_any_message(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """2.1 has them: they are checked against its schemas; 2.0.1 has no such message."""
    data: dict[str, Any] = {"device_id": station_device, "action": "GetTariffs", "payload": {"evseId": 0}}
    if station.version == "2.0.1":
        with pytest.raises(ServiceValidationError, match=r"OCPP 2\.0\.1 knows none of this name"):
            await act(hass, "call", **data)
        return
    assert await act(hass, "call", **data) == {"status": "Accepted"}
    assert await station.told("GetTariffs") == {"evseId": 0}
    with pytest.raises(ServiceValidationError, match="breaks the specification"):
        await act(hass, "call", **(data | {"payload": {}}))
