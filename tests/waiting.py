"""Waiting for what the other end of a socket causes: by events with a time-out, never by sleeping."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant

from custom_components.ocpp_csms.const import DOMAIN
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


class Offers:
    """The discovery flows of our integration, and a way to wait for their number."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Watch the flows of this Home Assistant."""
        self._hass = hass
        self._changed = asyncio.Event()

    def changed(self, *_: object) -> None:
        """Note that a flow has begun or ended."""
        self._changed.set()

    def current(self) -> list[ConfigFlowResult]:
        """Return the flows that wait for the user."""
        return self._hass.config_entries.flow.async_progress_by_handler(DOMAIN)

    async def count(self, number: int) -> list[ConfigFlowResult]:
        """Return the flows once there are so many of them."""
        async with asyncio.timeout(TIMEOUT):
            while len(self.current()) != number:
                await self._changed.wait()
                self._changed.clear()
        return self.current()


@contextmanager
def offers(hass: HomeAssistant) -> Iterator[Offers]:
    """Watch the discovery flows of our integration."""
    watched = Offers(hass)
    stop_watching = hass.config_entries.flow.async_subscribe_flow(watched.changed)
    try:
        yield watched
    finally:
        stop_watching()
