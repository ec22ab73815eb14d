"""Saves what must survive: at once what a crash must not lose, the rest within a minute. Of the content it knows only how it has grown.

A StartTransaction or StopTransaction is answered once it is on disk: a charge point forgets a transaction when it has its answer. Those
that come while a write is under way share the next one.
"""

import asyncio
from collections.abc import Callable
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .csms.booking.ledger import migrated

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 2

DELAY_SECONDS = 60
PATIENCE = 10.0  # s that an answer waits for the disk


class MainStore(Store[dict[str, Any]]):
    """The private file that keeps an entry's open transactions and what was learned of its charge points.

    The first version kept finished transactions, too: they stay in the ledger until they are in the history.
    """

    is_failing = False
    """Whether the last write has failed: a store says so in the log alone."""

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        """Bring what an older version has saved into the shape of now."""
        return {**old_data, "ledger": migrated(old_data.get("ledger", {}))}

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        """Write, and remember whether it worked."""
        self.is_failing = True
        await super()._async_write_data(data)
        self.is_failing = False


def create_store(hass: HomeAssistant, entry: ConfigEntry) -> MainStore:
    """Return the file of an entry."""
    return MainStore(hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}", private=True, atomic_writes=True)


class Saver:
    """Writes the snapshot of one entry to its file."""

    def __init__(
        self,
        hass: HomeAssistant,
        store: Store[dict[str, Any]],
        snapshot: Callable[[], dict[str, Any]],
        saved: Callable[[], None],
    ) -> None:
        """`snapshot` returns what is to be written, `saved` is called after each write that was urgent."""
        self._hass = hass
        self._store = store
        self._snapshot = snapshot
        self._saved = saved
        self._delayed = False
        self._wanted = 0  # urgent changes so far
        self._written = 0  # how many of them are on disk
        self._writing: asyncio.Task[None] | None = None

    @callback
    def changed(self, urgent: bool) -> None:
        """Save: at once if urgent, else within a minute."""
        if urgent:
            self._wanted += 1
            self._write_soon()
        elif not self._delayed:
            # The store puts a delayed write off each time it is asked again, so it is asked once.
            self._delayed = True
            self._store.async_delay_save(self._take, DELAY_SECONDS)

    async def async_saved(self) -> None:
        """Return once every urgent change so far is on disk; a disk that does not answer is not waited for for ever."""
        wanted = self._wanted
        try:
            async with asyncio.timeout(PATIENCE):
                while self._written < wanted:
                    await asyncio.shield(self._write_soon())
        except TimeoutError:
            _LOGGER.warning("Home Assistant's disk is slow: transactions are answered before they are saved")

    async def async_save(self) -> None:
        """Write now."""
        self._wanted += 1
        await self.async_saved()

    @callback
    def _write_soon(self) -> asyncio.Task[None]:
        if self._writing is None or self._writing.done():
            # Not at once: whoever says that something has changed may not be done with changing it.
            self._writing = self._hass.async_create_task(self._async_write(), "ocpp_csms save", eager_start=False)
        return self._writing

    async def _async_write(self) -> None:
        while self._written < self._wanted:
            wanted = self._wanted
            await self._store.async_save(self._take())
            self._written = wanted
        self._saved()

    @callback
    def _take(self) -> dict[str, Any]:
        self._delayed = False
        return self._snapshot()
