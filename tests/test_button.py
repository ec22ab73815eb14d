"""Buttons command the charge point."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from tests.scripted import ScriptedDialect, assert_platform, entity_id, state


async def press(hass: HomeAssistant, unique_id: str) -> None:
    """Press a button and wait for the command's end."""
    target = {"entity_id": entity_id(hass, "button", unique_id)}
    await hass.services.async_call("button", "press", target, blocking=True)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_buttons(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, class and category."""
    await hass.async_block_till_done()
    assert_platform(hass, "button", snapshot)


@pytest.mark.parametrize(
    ("unique_id", "call"),
    [
        ("CP1_0_reset", ("reset", True)),
        ("CP1_0_soft_reset", ("reset", False)),
        ("CP1_0_refresh", ("request_state",)),
        ("CP1_1_unlock", ("unlock", 1)),
    ],
)
async def test_a_press_is_one_command(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, unique_id: str, call: tuple[Any, ...]
) -> None:
    """Each button has its own."""
    await hass.async_block_till_done()
    await press(hass, unique_id)
    assert far_end.calls[-1] == call


async def test_a_refused_press_raises(hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect) -> None:
    """A plug that stays locked is not reported as unlocked."""
    await hass.async_block_till_done()
    far_end.answers["unlock"] = RefusedError("UnlockConnector", "UnlockFailed")
    with pytest.raises(HomeAssistantError, match="CP1 refused UnlockConnector: it answered UnlockFailed"):
        await press(hass, "CP1_1_unlock")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_was_learned_of_limits_can_be_forgotten(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The search begins afresh with the next limit; nothing need be sent for that."""
    await charge_point.set_limit(1, 16)
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_0_limit_strategy_pinned") == "off"
    charge_point.detach(far_end)
    await press(hass, "CP1_0_forget_limit_strategy")
    assert charge_point.limits.search is None
    assert state(hass, "switch", "CP1_0_limit_strategy_pinned") == STATE_UNKNOWN
