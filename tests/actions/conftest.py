"""A charge point on the wire: what an action makes of its data is seen in the frames, and the answers are frames too."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.actions.calls import device_of
from tests.actions.scripted_station import ScriptedStation
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


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
async def station(
    hass: HomeAssistant, init_integration: MockConfigEntry, request: pytest.FixtureRequest
) -> AsyncGenerator[ScriptedStation]:
    """CP1, connected over a socket with a newer version, with one connector that is available; it agrees to everything."""
    async with ScriptedStation(init_integration.runtime_data.central.port, request.param) as far_end:
        await far_end.call(
            "StatusNotification",
            {
                "timestamp": "2026-11-20T12:00:00Z",
                "connectorStatus": "Available",
                "evseId": 1,
                "connectorId": 1,
            },
        )
        await hass.async_block_till_done()
        yield far_end


@pytest.fixture
def station_device(hass: HomeAssistant, station: ScriptedStation) -> str:
    """The device of CP1, a newer charger."""
    return device_of(hass, "sensor", "CP1_0_status")
