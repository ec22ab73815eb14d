"""Fixtures: a scripted central system of OCPP 2.x that checks what it is told, and stations that dial it."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.conftest import Dial
from tests.simulator.v2.central import CheckingCentral


@pytest.fixture
def version() -> str:
    """The version that is spoken; a test may choose another one by a parameter of this name."""
    return "2.0.1"


@pytest.fixture
async def central(socket_enabled: None, version: str) -> AsyncGenerator[CheckingCentral]:
    """A central system that accepts everything; at the end nothing may have been told that the schemas forbid."""
    opened = await CheckingCentral(version).open()
    yield opened
    await opened.close()
    assert opened.violations == []


@pytest.fixture
async def dial(central: CheckingCentral, version: str) -> AsyncGenerator[Dial]:
    """Start a station whose time stands still, and wait until it is accepted unless told otherwise."""
    started: list[SimulatedChargePoint] = []

    async def start(*, path: str = "CP1", accepted: bool = True, **options: Any) -> SimulatedChargePoint:
        settings = {
            "auto_tick": False,
            "reconnect_delays": (0.01,),
            "call_timeout": 5.0,
            "url": central.url(path),
            "version": version,
        }
        charge_point = SimulatedChargePoint(**{**settings, **options})
        started.append(charge_point)
        await charge_point.start()
        if accepted:
            await charge_point.wait_accepted()
        return charge_point

    yield start
    for charge_point in started:
        await charge_point.stop()


@pytest.fixture
async def charge_point(dial: Dial) -> SimulatedChargePoint:
    """An accepted station with one EVSE."""
    return await dial()


@pytest.fixture
async def charging(charge_point: SimulatedChargePoint) -> SimulatedChargePoint:
    """A station with a running transaction."""
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.wait_status(1, "Charging")
    return charge_point
