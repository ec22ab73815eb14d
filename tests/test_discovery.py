"""A charger that nobody knows dials in: offered, confirmed and used over one socket, and no other charger notices."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN, SUBENTRY_CHARGE_POINT
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from tests.conftest import SimulatorFactory
from tests.hands import TIMEOUT, number, press, until
from tests.offers import offers
from tests.scripted import state
from tests.waiting import until_connected

PASSWORD = "correct horse battery"


async def confirm(hass: HomeAssistant, flow_id: str) -> None:
    """Click "Submit" on a discovered charger."""
    result = await hass.config_entries.flow.async_configure(flow_id, {})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "charge_point_added"


async def test_a_discovered_charger_charges_over_the_socket_that_it_dialled_in_with(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """From the first frame of a stranger to the end of its first transaction, limited on the way."""
    lines: list[str] = []
    with offers(hass) as offered:
        charger = await simulator("NEW", observer=lines.append)
        [flow] = await offered.count(1)
        await confirm(hass, flow["flow_id"])
    await charger.wait_accepted()
    await charger.plug_in()
    await until(hass, "sensor", "NEW_1_status", lambda it: it.state == "preparing")

    await press(hass, "switch", "turn_on", "NEW_1_charge")
    await until(hass, "sensor", "NEW_1_status", lambda it: it.state == "charging")
    await press(hass, "number", "set_value", "NEW_1_current_limit", value=6)
    await charger.tick(120)
    assert charger.connector().current == pytest.approx(6)
    await until(hass, "sensor", "NEW_1_power", lambda it: 3900 < number(it) < 4400)

    await press(hass, "switch", "turn_off", "NEW_1_charge")
    await until(hass, "switch", "NEW_1_charge", lambda it: it.state == "off")
    await charger.wait_status(1, "Finishing")
    await until(hass, "sensor", "NEW_1_power", lambda it: number(it) == 0)
    assert sum(line.startswith("connected to") for line in lines) == 1


async def test_no_other_charger_notices_a_discovery(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The transaction of a charger goes on over its socket while another is discovered, confirmed, renamed and removed."""
    lines: list[str] = []
    first = await simulator("CP1", observer=lines.append)
    await first.wait_accepted()
    await first.plug_in()
    await press(hass, "switch", "turn_on", "CP1_1_charge")
    await until(hass, "switch", "CP1_1_charge", lambda it: it.state == "on")
    lines.clear()

    with offers(hass) as offered:
        second = await simulator("CP2")
        [flow] = await offered.count(1)
        await confirm(hass, flow["flow_id"])
    await second.wait_accepted()
    subentry = next(item for item in init_integration.subentries.values() if item.unique_id == "CP2")
    hass.config_entries.async_update_subentry(init_integration, subentry, title="Garage")
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await hass.async_block_till_done()

    assert first.connected
    assert "connection lost" not in lines
    assert state(hass, "switch", "CP1_1_charge") == "on"


class TestPassword:
    """A charge point that has a password."""

    @pytest.fixture
    def subentries(self) -> list[ConfigSubentryData]:
        """CP1 with a password."""
        data = {"charge_point_id": "CP1", "credential": hash_password(PASSWORD)}
        return [ConfigSubentryData(data=data, subentry_type=SUBENTRY_CHARGE_POINT, title="CP1", unique_id="CP1")]

    async def test_a_wrong_password_is_an_issue_until_the_right_one_is_used(
        self,
        hass: HomeAssistant,
        init_integration: MockConfigEntry,
        simulator: SimulatorFactory,
        issue_registry: ir.IssueRegistry,
    ) -> None:
        """The charger is refused with 401 and dials on; it comes in once its password is put right."""
        raised = asyncio.Event()

        @callback
        def note(_event: Event[Any]) -> None:
            raised.set()

        hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, note)
        wrong = await simulator("CP1", password="wrong horse battery", reconnect_delays=(0.01,))
        async with asyncio.timeout(TIMEOUT):
            await raised.wait()
        assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is not None
        assert wrong.http_status == 401
        await wrong.stop()

        await simulator("CP1", password=PASSWORD)
        await until_connected(init_integration.runtime_data.central.charge_points["CP1"])
        assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is None
