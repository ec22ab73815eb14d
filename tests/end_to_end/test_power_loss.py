"""A charger loses power while a car charges: its process is killed, and starts again with what it kept."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
import subprocess
import sys

import pytest

from tests.end_to_end.home import ROOT, TIMEOUT, Home

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def powered(home: Home, memory: Path, *options: str) -> AsyncGenerator[None]:
    """Give the charger power; it loses it at the end, without a word. Time passes sixty times as fast."""
    arguments = ["--url", home.url, "--state", str(memory), "--time-scale", "60", *options]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "custom_components.ocpp_csms.simulator", *arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        async with asyncio.timeout(TIMEOUT):
            await process.wait()


async def until_energy(home: Home, minimum: float) -> float:
    """Return the energy of the session, in kWh, once it is more than `minimum`."""
    shown = await home.until("sensor.CP1_1_session_energy", lambda it: it.is_number and float(it.state) > minimum)
    return float(shown.state)


async def test_a_transaction_that_ended_with_the_power_is_booked(home: Home, ocpp_version: str, tmp_path: Path) -> None:
    """The charger tells of its end, by the reason PowerLoss, when it has power again."""
    memory, options = tmp_path / "memory.json", ("--version", ocpp_version)
    async with powered(home, memory, *options, "--plug-in", "--start"):
        energy = await until_energy(home, 0.1)
    await home.until_state("binary_sensor.CP1_0_connected", "off")
    async with powered(home, memory, *options):
        ended = await home.until("event.CP1_1_transaction", lambda it: it.attributes.get("event_type") == "stopped")
        await home.until_state("switch.CP1_1_charge", "off")
        await home.until_state("sensor.CP1_1_status", "preparing")
        assert ended.attributes["reason"] == "PowerLoss"
        assert ended.attributes["energy"] >= energy - 0.01
        assert ended.attributes["transaction_id"] == home.transactions()[0]["transaction_id"]


async def test_a_transaction_that_goes_on_after_the_power_cut_is_the_same(
    home: Home, ocpp_version: str, tmp_path: Path
) -> None:
    """Some chargers resume; the energy counts on, and Home Assistant can stop it."""
    memory = tmp_path / "memory.json"
    options = ("--version", ocpp_version, "--quirk", "resumes_after_power_loss")
    async with powered(home, memory, *options, "--plug-in", "--start"):
        energy = await until_energy(home, 0.1)
    await home.until_state("binary_sensor.CP1_0_connected", "off")
    async with powered(home, memory, *options):
        await home.until_state("sensor.CP1_1_status", "charging")
        await home.until_state("switch.CP1_1_charge", "on")
        await until_energy(home, energy + 0.1)
        await home.act("switch.turn_off", "switch.CP1_1_charge")
        await home.until_state("switch.CP1_1_charge", "off")
        await home.settle()
    [booked] = home.transactions()
    assert booked["reason"] == "Remote"
