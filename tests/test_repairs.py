"""The repairs of a wrong password and of a grid sensor that counts the other way round."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.charging.health import Health
from custom_components.ocpp_csms.charging.observation import SiteObservation
from custom_components.ocpp_csms.charging.sensors import SignTest
from custom_components.ocpp_csms.charging.site import SiteState
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.control.issues import ControlIssues
from custom_components.ocpp_csms.control.settings import site_subentry
from custom_components.ocpp_csms.csms.security.credentials import verify_password
from tests.conftest import SimulatorFactory
from tests.waiting import until_connected

ISSUE = "authentication_failed_CP1"


class Fix:
    """The fix flow as the frontend runs it."""

    def __init__(self, client: object, issue_id: str) -> None:
        """Run it by this client."""
        self._client = client
        self._issue_id = issue_id
        self._flow_id = ""

    async def start(self) -> dict[str, object]:
        """Start it."""
        response = await self._client.post(  # type: ignore[attr-defined]  # a test client of aiohttp
            "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": self._issue_id}
        )
        result: dict[str, object] = await response.json()
        self._flow_id = str(result["flow_id"])
        return result

    async def submit(self, **fields: str) -> dict[str, object]:
        """Submit the form."""
        response = await self._client.post(  # type: ignore[attr-defined]  # a test client of aiohttp
            f"/api/repairs/issues/fix/{self._flow_id}", json=fields
        )
        result: dict[str, object] = await response.json()
        return result


@pytest.fixture
async def fix(hass: HomeAssistant, init_integration: MockConfigEntry, hass_client: ClientSessionGenerator) -> Fix:
    """The fix flow of an issue that was raised for CP1."""
    assert await async_setup_component(hass, "repairs", {})
    init_integration.runtime_data.authentication_failed("CP1", "192.168.1.20", 3)
    return Fix(await hass_client(), ISSUE)


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
    result = await fix.submit(password="short")
    assert result["errors"] == {"password": "password_too_short"}
    result = await fix.submit(password="correct horse")
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
    await fix.submit(password="still wrong")
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
    result = await fix.submit(password="correct horse")
    assert result["reason"] == "charge_point_removed"


# A grid sensor that counts the other way round


def raise_inverted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let three starts and stops show that the sensor is inverted."""
    health = Health(sign=SignTest(slopes=(-1.0, -1.0, -1.0)))
    issues = ControlIssues(hass, entry)
    issues.update(SiteState(health=health), SiteObservation(now=0.0), entry.runtime_data.control.loop.settings)


class TestInvertedGrid:
    """The repair of a grid sensor that counts the other way round."""

    @pytest.fixture
    def site_data(self) -> dict[str, Any]:
        """What the user set for the house."""
        return {"grid_power": "sensor.grid", "battery_soc": "sensor.soc"}

    @pytest.fixture
    def subentries(
        self, charge_point_subentry: ConfigSubentryData, site_data: dict[str, Any]
    ) -> list[ConfigSubentryData]:
        """A charge point and the house."""
        site = ConfigSubentryData(data=site_data, subentry_type="site", title="Home", unique_id="site/")
        return [charge_point_subentry, site]

    @pytest.fixture
    async def fix(
        self, hass: HomeAssistant, init_integration: MockConfigEntry, hass_client: ClientSessionGenerator
    ) -> Fix:
        """The fix flow of the issue."""
        assert await async_setup_component(hass, "repairs", {})
        raise_inverted(hass, init_integration)
        return Fix(await hass_client(), f"grid_sensor_inverted_{init_integration.entry_id}")

    async def test_one_click_turns_it_round(
        self, hass: HomeAssistant, init_integration: MockConfigEntry, fix: Fix, issue_registry: ir.IssueRegistry
    ) -> None:
        """The user is told which sensor it is; control goes on with the new sign, and nothing else has changed."""
        result = await fix.start()
        assert result["step_id"] == "confirm"
        assert result["description_placeholders"] == {"sensor": "sensor.grid"}
        result = await fix.submit()
        assert result["type"] == "create_entry"
        await hass.async_block_till_done()
        subentry = site_subentry(init_integration)
        assert subentry is not None
        assert subentry.data == {
            "grid_power": "sensor.grid",
            "grid_power_inverted": True,
            "battery_soc": "sensor.soc",
        }
        assert init_integration.runtime_data.control.loop.settings.grid.inverted
        assert [issue for issue in issue_registry.issues.values() if issue.domain == DOMAIN] == []

    async def test_what_was_settled_meanwhile_is_not_undone(
        self, hass: HomeAssistant, init_integration: MockConfigEntry, fix: Fix
    ) -> None:
        """The user has turned it round in the settings while the repair was open."""
        await fix.start()
        subentry = site_subentry(init_integration)
        assert subentry is not None
        turned = {**subentry.data, "grid_power_inverted": True}
        hass.config_entries.async_update_subentry(init_integration, subentry, data=turned)
        await hass.async_block_till_done()
        result = await fix.submit()
        assert (result["type"], result["reason"]) == ("abort", "settled")
        subentry = site_subentry(init_integration)
        assert subentry is not None
        assert subentry.data == turned
