"""What the system information shows."""

from importlib.metadata import version

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.ocpp_csms.const import DOMAIN
from tests.conftest import SimulatorFactory


async def test_listeners_charge_points_and_versions_are_shown(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """One charge point is known and connected."""
    assert await async_setup_component(hass, "system_health", {})
    charger = await simulator("CP1")
    await charger.wait_accepted()
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["listeners"], info["charge_points"], info["connected_charge_points"]) == ("0", 1, 1)
    assert info["websockets"] == version("websockets")
    assert set(info) >= {"ocpp", "jsonschema_rs"}


async def test_without_an_entry_nothing_listens(hass: HomeAssistant) -> None:
    """The page works all the same."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "system_health", {})
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["listeners"], info["charge_points"]) == ("–", 0)
