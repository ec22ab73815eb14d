"""A charge point that dialled in unknown: offered, confirmed, ignored."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from tests.conftest import SimulatorFactory
from tests.offers import offers
from tests.waiting import until_connected

type Upload = Callable[[bytes], Awaitable[str]]


async def submit(hass: HomeAssistant, flow_id: str, user_input: dict[str, Any]) -> Any:
    """Submit a form and return what comes next."""
    return await hass.config_entries.flow.async_configure(flow_id, user_input)


async def discover(hass: HomeAssistant, **info: Any) -> Any:
    """Start the flow that offers a charge point."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": "integration_discovery"}, data=info)


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [({}, (32.0, 3)), ({"maximum_current": 16, "phases": "1"}, (16.0, 1))],
    ids=["as is", "less"],
)
async def test_a_charge_point_that_dials_in_is_offered_and_added_with_one_click(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    simulator: SimulatorFactory,
    answers: dict[str, Any],
    allowed: tuple[float, int],
) -> None:
    """The offer names vendor, model and id, and asks what the installation allows; it works at once, on the connection it has."""
    with offers(hass) as offered:
        charger = await simulator("CP-2", vendor="Ampere", model="One")
        [flow] = await offered.count(1)
        assert flow["context"]["title_placeholders"] == {"name": "Ampere One (CP-2)"}
        assert not charger.registered

        result = await submit(hass, flow["flow_id"], answers)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "charge_point_added"
    subentry = next(item for item in init_integration.subentries.values() if item.unique_id == "CP-2")
    assert (subentry.subentry_type, subentry.title) == ("charge_point", "Ampere One (CP-2)")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP-2"]
    assert charge_point.connected
    assert (charge_point.settings.maximum_current, charge_point.settings.phases) == allowed
    assert charger.journal.exchanged["BootNotification"] == 2
    assert hass.states.is_state("binary_sensor.ampere_one_cp_2_connected", "on")


async def test_a_charge_point_that_is_ignored_is_not_offered_until_it_is_no_longer_ignored(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """Ignoring is Home Assistant's own; taking it back offers the charge point again if it is still there."""
    with offers(hass) as offered:
        await simulator("CP2")
        [flow] = await offered.count(1)
        await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_IGNORE, "discovery_key": flow["context"]["discovery_key"]},
            data={"unique_id": flow["context"]["unique_id"], "title": "Charger"},
        )
        runtime = init_integration.runtime_data
        runtime.discovered(runtime.central.charge_points["CP2"])
        await hass.async_block_till_done()
        assert offered.current() == []

        [ignored] = [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.source == SOURCE_IGNORE]
        await hass.config_entries.async_remove(ignored.entry_id)
        assert len(await offered.count(1)) == 1


async def test_a_charge_point_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Whichever way it became known."""
    info = {"entry_id": init_integration.entry_id, "charge_point_id": "CP1", "vendor": None, "model": None}
    result = await discover(hass, **info)
    assert result["reason"] == "already_configured"

    with patch("custom_components.ocpp_csms.config_flow.identity_in_use", return_value=False):
        result = await discover(hass, **info)
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == {"charge_point_id": "CP1", "vendor": "?", "model": "?"}
    result = await submit(hass, result["flow_id"], {})
    assert result["reason"] == "already_configured"


async def test_a_charge_point_cannot_be_added_to_a_central_system_that_is_not_running(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """The user is told so."""
    config_entry.add_to_hass(hass)
    result = await discover(hass, entry_id=config_entry.entry_id, charge_point_id="CP2", vendor="Ampere", model=None)
    result = await submit(hass, result["flow_id"], {})
    assert result["reason"] == "central_system_not_loaded"


async def test_a_charge_point_that_was_added_by_hand_is_no_longer_offered(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The offer disappears, and the waiting charge point is accepted."""
    with offers(hass) as offered:
        charger = await simulator("CP2")
        await offered.count(1)
        result = await hass.config_entries.subentries.async_init(
            (init_integration.entry_id, "charge_point"), context={"source": SOURCE_USER}
        )
        await hass.config_entries.subentries.async_configure(
            result["flow_id"],
            {
                "charge_point_id": "CP2",
                "generate_password": False,
                "maximum_current": 16,
                "phases": "3",
                "advanced": {"configure": True, "meter_interval": 30, "validation": "tolerant", "id_tag": "X"},
            },
        )
        await offered.count(0)
    await until_connected(init_integration.runtime_data.central.charge_points["CP2"])
    await charger.wait_accepted()
