"""The repair of a wrong password."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.credentials import verify_password
from tests.conftest import SimulatorFactory
from tests.waiting import until_connected

ISSUE = "authentication_failed_CP1"


class Fix:
    """The fix flow as the frontend runs it."""

    def __init__(self, client: object) -> None:
        """Run it by this client."""
        self._client = client
        self._flow_id = ""

    async def start(self) -> dict[str, object]:
        """Start it."""
        response = await self._client.post(  # type: ignore[attr-defined]  # a test client of aiohttp
            "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": ISSUE}
        )
        result: dict[str, object] = await response.json()
        self._flow_id = str(result["flow_id"])
        return result

    async def submit(self, password: str) -> dict[str, object]:
        """Submit a password."""
        response = await self._client.post(  # type: ignore[attr-defined]  # a test client of aiohttp
            f"/api/repairs/issues/fix/{self._flow_id}", json={"password": password}
        )
        result: dict[str, object] = await response.json()
        return result


@pytest.fixture
async def fix(hass: HomeAssistant, init_integration: MockConfigEntry, hass_client: ClientSessionGenerator) -> Fix:
    """The fix flow of an issue that was raised for CP1."""
    assert await async_setup_component(hass, "repairs", {})
    init_integration.runtime_data.authentication_failed("CP1", "192.168.1.20", 3)
    return Fix(await hass_client())


async def test_the_password_that_the_charger_uses_repairs_the_issue(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    simulator: SimulatorFactory,
    fix: Fix,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The charger gets in with it."""
    result = await fix.start()
    assert result["step_id"] == "password"
    result = await fix.submit("short")
    assert result["errors"] == {"password": "password_too_short"}
    result = await fix.submit("correct horse")
    assert result["type"] == "create_entry"
    await hass.async_block_till_done()
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    assert verify_password(b"correct horse", charge_point.settings.credential)
    assert issue_registry.async_get_issue(DOMAIN, ISSUE) is None
    await simulator("CP1", password="correct horse")
    await until_connected(charge_point)


async def test_an_issue_that_is_raised_again_can_be_repaired_again(
    hass: HomeAssistant, init_integration: MockConfigEntry, fix: Fix, issue_registry: ir.IssueRegistry
) -> None:
    """A wrong repair is no dead end: the charge point's failures go on counting."""
    await fix.start()
    await fix.submit("still wrong")
    await hass.async_block_till_done()
    init_integration.runtime_data.authentication_failed("CP1", "192.168.1.20", 4)
    assert issue_registry.async_get_issue(DOMAIN, ISSUE) is not None


async def test_a_charge_point_that_was_removed_needs_no_password(
    hass: HomeAssistant, init_integration: MockConfigEntry, fix: Fix
) -> None:
    """The flow that was open says so."""
    await fix.start()
    [subentry] = init_integration.subentries.values()
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await hass.async_block_till_done()
    result = await fix.submit("correct horse")
    assert result["reason"] == "charge_point_removed"
