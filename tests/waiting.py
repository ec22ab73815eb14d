"""Waiting for what the other end of a socket causes: by events with a time-out, never by sleeping."""

import asyncio
from collections.abc import Callable

from custom_components.ocpp_csms.csms.charge_point import ChargePoint

TIMEOUT = 10.0


async def until(
    charge_point: ChargePoint, keys: tuple[str, ...], predicate: Callable[[], object], connector: int = 0
) -> None:
    """Return once the predicate holds; it is asked again when one of the keys of the connector changes."""
    changed = asyncio.Event()
    stop_listening = charge_point.listen(connector, keys, changed.set)
    try:
        async with asyncio.timeout(TIMEOUT):
            while not predicate():
                await changed.wait()
                changed.clear()
    finally:
        stop_listening()


async def until_connected(charge_point: ChargePoint) -> None:
    """Return once the charge point is connected."""
    await until(charge_point, ("connected",), lambda: charge_point.connected)


async def until_gone(charge_point: ChargePoint) -> None:
    """Return once the charge point is not connected."""
    await until(charge_point, ("connected",), lambda: not charge_point.connected)
