"""Limits: what the charge point confirmed, within what the user allows."""

from dataclasses import replace

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from tests.scripted import ScriptedDialect, assert_platform, entity_id, state


async def set_value(hass: HomeAssistant, unique_id: str, value: float) -> None:
    """Set a number and wait for the command's end."""
    data = {"entity_id": entity_id(hass, "number", unique_id), "value": value}
    await hass.services.async_call("number", "set_value", data, blocking=True)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_numbers(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, unit, range and state."""
    await charge_point.set_limit(1, 16)
    await hass.async_block_till_done()
    assert_platform(hass, "number", snapshot)


async def test_the_current_limit_is_what_was_confirmed(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Unknown before, the new one after the charge point has accepted it."""
    await hass.async_block_till_done()
    assert state(hass, "number", "CP1_1_current_limit") == STATE_UNKNOWN
    await set_value(hass, "CP1_1_current_limit", 13)
    assert far_end.calls[-1] == ("set_limit", 1, 13.0)
    assert float(state(hass, "number", "CP1_1_current_limit")) == 13


async def test_a_refused_limit_changes_nothing(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The error names the answer."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_current_limit", 13)
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(HomeAssistantError, match="it answered Rejected"):
        await set_value(hass, "CP1_1_current_limit", 10)
    assert float(state(hass, "number", "CP1_1_current_limit")) == 13


async def test_the_maximum_is_the_users(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """A new maximum is offered at once, and nothing beyond it is sent."""
    await hass.async_block_till_done()
    charge_point.update_settings(replace(charge_point.settings, maximum_current=20.0))
    found = hass.states.get(entity_id(hass, "number", "CP1_1_current_limit"))
    assert found is not None
    assert found.attributes["max"] == 20
    before = list(far_end.calls)
    with pytest.raises(ServiceValidationError):
        await set_value(hass, "CP1_1_current_limit", 21)
    assert far_end.calls == before


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_power_limit_is_a_current_limit_in_watts(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """6.9 kW over three phases of 230 V are 10 A."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_power_limit", 6900)
    assert far_end.calls[-1] == ("set_limit", 1, 10.0)
    assert float(state(hass, "number", "CP1_1_power_limit")) == 6900
    assert float(state(hass, "number", "CP1_1_current_limit")) == 10


async def test_the_power_limit_is_disabled_by_default(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Most people think in amperes."""
    await hass.async_block_till_done()
    assert hass.states.get(entity_id(hass, "number", "CP1_1_power_limit")) is None
