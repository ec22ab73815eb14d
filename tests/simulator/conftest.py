"""Fixtures of the simulator's tests: a scripted central system, and charge points that dial it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central
from tests.simulator.file_server import FileServer

type Dial = Callable[..., Awaitable[SimulatedChargePoint]]


@pytest.fixture
def version() -> str:
    """The version of OCPP that is spoken."""
    return "1.6"


@pytest.fixture
async def central(socket_enabled: None) -> AsyncGenerator[Central]:
    """A central system that accepts everything."""
    opened = await Central().open()
    yield opened
    await opened.close()


@pytest.fixture
async def files(socket_enabled: None) -> AsyncGenerator[FileServer]:
    """A server for logs and firmware."""
    opened = await FileServer().open()
    yield opened
    await opened.close()


@pytest.fixture
async def dial(central: Central, version: str) -> AsyncGenerator[Dial]:
    """Start a charge point whose time stands still, and wait until it is accepted unless told otherwise."""
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
    """An accepted charge point with one connector."""
    return await dial()


@pytest.fixture
async def charging(charge_point: SimulatedChargePoint) -> SimulatedChargePoint:
    """A charge point with a running transaction."""
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.wait_status(1, "Charging")
    return charge_point
