"""CP1 as a charging station that speaks OCPP 2.0.1."""

from collections.abc import AsyncGenerator

import pytest

from tests.conformance.house import House

from .station import Station


@pytest.fixture
def evses() -> int:
    """How many EVSEs the station has; tests override the fixture."""
    return 1


@pytest.fixture
async def station(house: House, evses: int) -> AsyncGenerator[Station]:
    """CP1, connected; all that it hears is good OCPP 2.0.1."""
    async with Station(house.port, evses=evses) as station:
        yield station
    await station.check()


@pytest.fixture
async def charger(house: House, station: Station) -> Station:
    """CP1, booted and shown with its EVSEs."""
    await station.cold_boot()
    for evse in range(1, station.evses + 1):
        await house.shows(f"sensor.CP1_{evse}_status", "available")
    await house.settle()
    return station
