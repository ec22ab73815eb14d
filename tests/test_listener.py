"""The URL that a person types into a charger."""

from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.listener import async_listener_url


@pytest.mark.parametrize(
    ("host", "tls", "url"),
    [
        ("0.0.0.0", False, "ws://192.168.1.5:9000/<charge point id>"),
        ("::", True, "wss://192.168.1.5:9000/<charge point id>"),
        ("10.0.0.2", False, "ws://10.0.0.2:9000/<charge point id>"),
        ("fd00::2", False, "ws://[fd00::2]:9000/<charge point id>"),
    ],
)
async def test_the_url_has_an_address_that_chargers_can_reach(
    hass: HomeAssistant, host: str, tls: bool, url: str
) -> None:
    """All addresses are none that can be dialled: the machine's own stands for them."""
    with patch("homeassistant.components.network.async_get_source_ip", return_value="192.168.1.5"):
        assert await async_listener_url(hass, host, 9000, tls=tls) == url
