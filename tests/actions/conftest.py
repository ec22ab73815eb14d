"""A charge point on the wire: what an action makes of its data is seen in the frames, and the answers are frames too."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.actions.calls import device_of
from tests.csms.scripted_charge_point import ScriptedChargePoint


@pytest.fixture
async def wire(hass: HomeAssistant, init_integration: MockConfigEntry) -> AsyncGenerator[ScriptedChargePoint]:
    """CP1, connected over a socket, with one connector that is available; it agrees to everything."""
    async with ScriptedChargePoint(init_integration.runtime_data.central.port) as far_end:
        await far_end.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
        await hass.async_block_till_done()
        yield far_end


@pytest.fixture
def charger(hass: HomeAssistant, wire: ScriptedChargePoint) -> str:
    """The device of CP1."""
    return device_of(hass, "sensor", "CP1_0_status")
