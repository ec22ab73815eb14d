"""Home Assistant goes, in whatever way: the car charges at a safe current, not at the last one, and gets its limit back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from custom_components.ocpp_csms.simulator import Car, SimulatedChargePoint
from tests.end_to_end.home import TIMEOUT, Home

pytestmark = pytest.mark.timeout(180)

LIMIT = 13.0
FALLBACK = 6.0
DEAD_MAN = 15 * 60.0


@asynccontextmanager
async def charging_car(home: Home, version: str) -> AsyncGenerator[SimulatedChargePoint]:
    """Let a car charge at a limit that was set by hand."""
    car = Car(max_current=32.0)
    async with SimulatedChargePoint(
        home.url, version=version, car=car, auto_tick=False, reconnect_delays=(0.2,)
    ) as charger:
        await charger.wait_accepted()
        await charger.plug_in()
        await home.until_state("sensor.CP1_1_status", "preparing")
        await home.act("switch.turn_on", "switch.CP1_1_charge")
        await home.until_state("sensor.CP1_1_status", "charging")
        await home.act("number.set_value", "number.CP1_1_current_limit", value=LIMIT)
        await charger.tick(60)
        assert charger.connector(1).current == pytest.approx(LIMIT, abs=0.2)
        yield charger


async def until_limited(charger: SimulatedChargePoint, amperes: float) -> None:
    """Return once the charger offers a current."""
    async with asyncio.timeout(TIMEOUT):
        while abs(charger.connector(1).limit - amperes) > 0.2:
            await charger.tick(1)
            await asyncio.sleep(0.05)


async def test_a_crash_leaves_a_safe_current(home: Home, ocpp_version: str) -> None:
    """After a quarter of an hour the charger falls back by itself; when Home Assistant is back, so is the limit."""
    async with charging_car(home, ocpp_version) as charger:
        await home.kill()
        await charger.tick(DEAD_MAN - 120)
        assert charger.connector(1).current == pytest.approx(LIMIT, abs=0.2)
        await charger.tick(180)
        assert charger.connector(1).current == pytest.approx(FALLBACK, abs=0.2)
        await home.start()
        await until_limited(charger, LIMIT)


async def test_a_stop_leaves_a_safe_current_at_once(home: Home, ocpp_version: str) -> None:
    """The fallback is the last thing that the charger is told."""
    async with charging_car(home, ocpp_version) as charger:
        await home.stop()
        await charger.tick(30)
        assert charger.connector(1).current == pytest.approx(FALLBACK, abs=0.2)
        await home.start()
        await until_limited(charger, LIMIT)
