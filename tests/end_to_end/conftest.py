"""A home with a Home Assistant process of its own, and chargers that dial in to it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from custom_components.ocpp_csms.simulator import Quirks, SimulatedChargePoint
from tests.end_to_end.home import Home


@pytest.fixture
async def home(tmp_path: Path, free_port: int) -> AsyncGenerator[Home]:
    """A Home Assistant that has started; whatever happens to it, its log stays free of tracebacks."""
    home = Home(tmp_path / "home", free_port)
    try:
        await home.start()
        yield home
    finally:
        await home.close()
    assert not [line for line in home.log.splitlines() if "Traceback" in line or line.startswith("ERROR")]


@pytest.fixture
async def charger(home: Home, ocpp_version: str) -> AsyncGenerator[SimulatedChargePoint]:
    """CP1, registered, with a car plugged in. It boots once: after a lost connection it goes on as if nothing had happened."""
    quirks = Quirks(boot_after_reconnect=False)
    charger = SimulatedChargePoint(
        home.url, version=ocpp_version, quirks=quirks, auto_tick=False, reconnect_delays=(0.2,)
    )
    charger.connector().outlet.register_wh = 1_234_500.0  # it has charged before
    async with charger:
        await charger.wait_accepted()
        await charger.plug_in()
        yield charger
