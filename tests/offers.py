"""The discovery flows of the integration, and waiting for their number."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant

from custom_components.ocpp_csms.const import DOMAIN
from tests.waiting import TIMEOUT


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
