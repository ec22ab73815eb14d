"""The departure is the user's, each day or once."""

from datetime import time

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.scripted import NOON, ScriptedDialect, assert_platform, entity_id, state
from tests.sites import with_site


async def set_departure(hass: HomeAssistant, value: str) -> None:
    """Set the departure."""
    data = {"entity_id": entity_id(hass, "time", "CP1_1_departure"), "time": value}
    await hass.services.async_call("time", "set_value", data, blocking=True)


@with_site
async def test_all_times(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, category and state."""
    await hass.async_block_till_done()
    assert_platform(hass, "time", snapshot)


@with_site
async def test_the_departure_is_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """It is ours, so the charge point need not be connected."""
    await hass.async_block_till_done()
    charge_point.detach(far_end)
    await set_departure(hass, "06:30:00")
    assert state(hass, "time", "CP1_1_departure") == "06:30:00"
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).departure == time(6, 30)


@with_site
async def test_a_new_departure_ends_what_was_planned_for_a_single_day(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """The last word counts."""
    await hass.async_block_till_done()
    goals = init_integration.runtime_data.control.goals
    goals.update(charge_point, 1, deadline=NOON)
    await set_departure(hass, "06:30:00")
    assert goals.of(charge_point, 1).deadline is None


@pytest.mark.usefixtures("charge_point")
async def test_without_charging_control_there_is_no_departure(hass: HomeAssistant) -> None:
    """Nothing would go by it."""
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids("time") == []
