"""A raw charge point at the entry's listener that fetches and sends files as it is told, and what tests need around it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.csms.scripted_charge_point import TIMEOUT, Answer, ScriptedChargePoint
from tests.waiting import until, until_connected

NO_CONFIGURATION: dict[str, Any] = {"configurationKey": [], "unknownKey": []}


def keys(**values: str) -> dict[str, Any]:
    """Return an answer to GetConfiguration."""
    listed = [{"key": key, "value": value, "readonly": True} for key, value in values.items()]
    return {"configurationKey": listed, "unknownKey": []}


@asynccontextmanager
async def charger(
    hass: HomeAssistant, entry: MockConfigEntry, identity: str = "CP1", **answers: Answer
) -> AsyncGenerator[tuple[ScriptedChargePoint, ChargePoint]]:
    """Connect a charge point that has booted and told its configuration; yield both ends of the connection."""
    central = entry.runtime_data.central
    charge_point: ChargePoint = central.charge_points[identity]
    far_end = ScriptedChargePoint(central.port, identity, answers={"GetConfiguration": NO_CONFIGURATION, **answers})
    async with far_end:
        await far_end.boot(firmwareVersion="1.0")
        await until_connected(charge_point)
        await far_end.heard("GetConfiguration")
        for _ in ("StatusNotification", "MeterValues"):
            await far_end.heard("TriggerMessage")
        await hass.async_block_till_done()
        far_end.forget_calls()
        yield far_end, charge_point


@asynccontextmanager
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    """What a charge point fetches and sends files with."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        yield session


async def send_file(url: str, content: bytes, method: str = "PUT") -> int:
    """Send a file by HTTP; return the status of the answer."""
    async with http() as session, session.request(method, url, data=content) as response:
        return response.status


async def fetch_file(url: str) -> tuple[int, bytes]:
    """Fetch a file by HTTP; return the status and the content."""
    async with http() as session, session.get(url) as response:
        return response.status, await response.read()


async def until_told(charge_point: ChargePoint, key: str, predicate: Callable[[], object]) -> None:
    """Return once the charge point has told what is waited for."""
    await until(charge_point, (key,), predicate)
