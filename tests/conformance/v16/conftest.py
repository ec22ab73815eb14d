"""CP1 as a charge point that speaks OCPP 1.6."""

from collections.abc import AsyncGenerator

import pytest

from tests.conformance.house import House

from .station import Station


@pytest.fixture
async def station(house: House) -> AsyncGenerator[Station]:
    """CP1, connected; all that it hears is good OCPP 1.6."""
    async with Station(house.port) as station:
        yield station
    await station.check()


@pytest.fixture
async def charger(house: House, station: Station) -> Station:
    """CP1, booted and shown with its one connector."""
    await station.cold_boot()
    await house.shows("sensor.CP1_1_status", "available")
    await house.settle()
    return station
