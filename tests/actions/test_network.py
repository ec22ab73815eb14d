"""Actions about how a charger reaches its central system, over a real socket. Source: OCPP 2.0.1 part 2, B09."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.ocpp_csms.const import DOMAIN
from tests.actions.calls import act
from tests.actions.scripted_station import ScriptedStation

PROFILE: dict[str, Any] = {"slot": 1, "url": "ws://home.example.com:9000", "security_profile": 1}


async def test_a_network_profile_is_stored(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """In its slot, with what was not said made up sensibly."""
    assert await act(hass, "set_network_profile", device_id=station_device, **PROFILE) == {"status": "Accepted"}
    assert await station.told("SetNetworkProfile") == {
        "configurationSlot": 1,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": "ws://home.example.com:9000",
            "messageTimeout": 30,
            "securityProfile": 1,
            "ocppInterface": "Wired0",
        },
    }


async def test_a_network_profile_that_is_refused_is_not_reported_as_stored(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """Such as one that is less secure."""
    station.answers["SetNetworkProfile"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError, match="Rejected"):
        await act(hass, "set_network_profile", device_id=station_device, answer=False, **PROFILE)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"url": "home.example.com"}, "begins with ws:// or wss://"),
        ({"url": "http://home.example.com"}, "begins with ws:// or wss://"),
        ({"url": "ws://[home"}, "begins with ws:// or wss://"),
        ({"url": f"ws://home.example.com/{'x' * 512}"}, "up to 512 characters"),
        ({"security_profile": 2}, "it has to begin with wss://"),
        ({"url": "wss://home.example.com"}, "it has to begin with ws://"),
    ],
)
async def test_an_address_that_cannot_be_dialled_is_not_stored(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, data: dict[str, Any], problem: str
) -> None:
    """The charger could not be reached any more."""
    with pytest.raises(ServiceValidationError, match=problem):
        await act(hass, "set_network_profile", device_id=station_device, **(PROFILE | data))
    assert not station.was_told("SetNetworkProfile")


async def test_where_a_charger_dials_is_for_administrators(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, hass_read_only_user: MockUser
) -> None:
    """A wrong address takes it away."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "set_network_profile",
            {"device_id": station_device, **PROFILE},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
