"""Actions about what a charger keeps of somebody, over a real socket. Source: OCPP 2.0.1 part 2, N09, N10."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from tests.actions.calls import act, ask
from tests.actions.scripted_station import ScriptedStation

NOW = {"generatedAt": "2026-11-20T12:00:00Z"}
READ = {"hash_algorithm": "SHA256", "issuer_name_hash": "a1", "issuer_key_hash": "b2", "serial_number": "0102"}
SAID = {"hashAlgorithm": "SHA256", "issuerNameHash": "a1", "issuerKeyHash": "b2", "serialNumber": "0102"}


async def test_what_is_kept_comes_in_parts(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """The answer is the whole text."""
    station.answers_in_parts(
        "CustomerInformation", "NotifyCustomerInformation", {**NOW, "data": "Anna, "}, {**NOW, "data": "17 charges"}
    )
    answer = await ask(hass, "get_customer_information", device_id=station_device, id_tag="04A2B3C4")
    assert answer == {"status": "Accepted", "complete": True, "information": "Anna, 17 charges"}
    said = await station.told("CustomerInformation")
    assert said["idToken"] == {"idToken": "04A2B3C4", "type": "ISO14443"}
    assert (said["report"], said["clear"]) == (True, False)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"customer": "Customer 17"}, {"customerIdentifier": "Customer 17"}),
        ({"certificate": READ}, {"customerCertificate": SAID}),
        ({"certificate": READ | {"kind": "v2g_chain"}}, {"customerCertificate": SAID}),
    ],
)
async def test_what_is_kept_is_cleared(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, data: dict[str, Any], said: dict[str, Any]
) -> None:
    """Of whom it is said in one of three ways."""
    answer = await act(hass, "clear_customer_information", device_id=station_device, **data)
    assert answer == {"status": "Accepted"}
    told = await station.told("CustomerInformation")
    del told["requestId"]
    assert told == {"report": False, "clear": True, **said}


async def test_what_is_kept_is_told_and_cleared(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """By one request: what was kept is the answer."""
    station.answers_in_parts("CustomerInformation", "NotifyCustomerInformation", {**NOW, "data": "Anna"})
    answer = await ask(hass, "clear_customer_information", device_id=station_device, id_tag="04A2B3C4", report=True)
    assert answer == {"status": "Accepted", "complete": True, "information": "Anna"}
    said = await station.told("CustomerInformation")
    assert (said["report"], said["clear"]) == (True, True)


async def test_what_is_kept_is_told_for_the_last_time(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """While it is cleared, if that is wanted."""
    station.answers_in_parts("CustomerInformation", "NotifyCustomerInformation", {**NOW, "data": "17 charges"})
    answer = await ask(hass, "clear_customer_information", device_id=station_device, customer="Anna", report=True)
    assert answer == {"status": "Accepted", "complete": True, "information": "17 charges"}
    said = await station.told("CustomerInformation")
    assert (said["report"], said["clear"]) == (True, True)


async def test_it_must_be_said_who_is_meant(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """And in one way only."""
    with pytest.raises(ServiceValidationError, match="Name an ID tag, a customer or a certificate"):
        await act(hass, "get_customer_information", device_id=station_device)
    with pytest.raises(vol.Invalid):
        await act(hass, "get_customer_information", device_id=station_device, id_tag="CARD", customer="17")
    assert not station.was_told("CustomerInformation")


@pytest.mark.parametrize("action", ["get_customer_information", "clear_customer_information"])
async def test_what_is_kept_of_people_is_for_administrators(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, action: str, hass_read_only_user: MockUser
) -> None:
    """It is nobody else's business."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": station_device, "id_tag": "CARD"},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
