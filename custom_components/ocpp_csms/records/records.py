"""The records of one central system as the runtime, entities and actions know them: what has ended is priced and kept, statistics follow.

Files are in `history`, prices in `costs`, Home Assistant's statistics in `energy_statistics` and `tag_statistics`; here is when they act.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_utc_time_change
from homeassistant.helpers.storage import Store

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.booking.ledger import Finished, Ledger
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.cost_messages import CostNow
from custom_components.ocpp_csms.settings import charge_point_subentries

from .costs import Costs, tariff_of
from .energy_statistics import EnergyStatistics, Place
from .history import History, Span, Visitor, history_files
from .queries import Listing, Query, fold, hourly
from .record import Record
from .recorder import HOUR, is_recording
from .tag_statistics import TagStatistics, async_clear_tag_statistics

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1
SAVE_DELAY = 300  # s; prices of a restart in between are taken up again
SETTLING = 90  # s: what a charge point has kept while it was offline comes in many messages
HOURLY_MINUTE = 2  # of each hour: what runs is counted for the hour that is over


class Records:
    """What has been charged at one central system."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        ledger: Callable[[], Ledger],
        register: Callable[[str, int], float | None],
    ) -> None:
        """`ledger` is where transactions come from, `register` returns a connector's in kWh. Nothing is read yet."""
        self.history = History(hass, entry.entry_id)
        self.costs = Costs(hass)
        self._hass = hass
        self._entry = entry
        self._ledger = ledger
        self._store = create_store(hass, entry)
        self._energy = EnergyStatistics(hass, used=self._async_used_at, register=register)
        self._tags = TagStatistics(hass, entry, self._async_used_by)
        self._names: dict[str, str] = {}  # of charge points, those that are gone by now included
        self._listeners: list[CALLBACK_TYPE] = []
        self._undo: list[CALLBACK_TYPE] = []
        self._end_settling: CALLBACK_TYPE | None = None
        self._archiving = asyncio.Lock()
        self._counting: asyncio.Task[None] | None = None

    # Life

    async def async_load(self) -> None:
        """Take up what was kept. The tariff is known from then on."""
        await self.history.async_load()
        stored = await self._store.async_load() or {}
        self.costs.apply(tariff_of(self._entry), stored.get("prices", {}))
        try:
            self._energy.restore(stored.get("late", {}))
            self._tags.restore(stored.get("tags", {}))
        except AttributeError, TypeError, ValueError:
            _LOGGER.warning("What was kept of statistics cannot be read; they go on from now")

    @callback
    def start(self) -> None:
        """Begin to follow prices and to count."""
        self._undo.append(async_track_utc_time_change(self._hass, self._hour_is_over, minute=HOURLY_MINUTE, second=0))
        self.apply()
        if self._energy.pending:
            self._settle_soon()

    @callback
    def apply(self) -> None:
        """Follow the tariff and the tags as the entry has them now."""
        self._names |= {identity: subentry.title for identity, subentry in charge_point_subentries(self._entry).items()}
        before = self.costs.tariff
        self.costs.apply(tariff_of(self._entry))
        if is_recording(self._hass) and self._tags.apply():
            self._save_soon()
            self._count_soon()
        if self.costs.tariff != before:
            for listener in list(self._listeners):
                if listener in self._listeners:  # one may have ended another
                    listener()

    async def async_stop(self) -> None:
        """Follow nothing any more, and save. Does no harm when it is called twice."""
        while self._undo:
            self._undo.pop()()
        if self._end_settling is not None:
            self._end_settling()
            self._end_settling = None
        self.costs.stop()
        self.history.stop()
        if self._counting is not None:
            self._counting.cancel()  # what it was about is kept, and done after the next start
            await asyncio.wait([self._counting])
            self._counting = None
        await self._store.async_save(self._snapshot())

    @callback
    def listen(self, callback_: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when a tariff is set, changed or removed. Returns what ends it."""
        self._listeners.append(callback_)
        return lambda: self._listeners.remove(callback_)

    # What the central system tells

    async def async_archive(self) -> None:
        """Price and keep the transactions of the ledger that have ended; those that cannot be kept now stay there."""
        async with self._archiving:
            ledger = self._ledger()
            for item in ledger.unarchived():
                self.costs.settle(item.transaction)
            finished = ledger.unarchived()
            if not finished:
                return
            kept = {record.key for record in await self.history.async_put(map(self._record, finished))}
            ledger.archived(item for item in finished if (item.identity, item.transaction.transaction_id) in kept)
            for item in finished:
                self._tags.charged(item.transaction.id_tag, item.transaction.started)
        self._count_soon()

    @callback
    def late_energy(self, identity: str, number: int, since: datetime) -> None:
        """A connector's register tells of energy that was taken from `since` on, in hours that are over or are soon."""
        if not is_recording(self._hass):
            return
        self._energy.heard(identity, number, since)
        self._store.async_delay_save(self._snapshot)
        self._settle_soon()

    @callback
    def cost_now(self, _identity: str, transaction: Transaction | None) -> CostNow | None:
        """Return the price of now, and what a transaction has cost so far; None without a tariff."""
        if self.costs.tariff is None:
            return None
        cost = None if transaction is None else self.costs.so_far([transaction])
        return CostNow(currency=self.costs.currency, price=self.costs.price_now, cost=cost)

    # Questions

    async def async_scan(self, span: Span, visit: Visitor, *, running: bool = False) -> None:
        """Hand `visit` the records of a time, month by month, newest first; it runs in the executor. Those that run only if wanted."""

        def visit_ended(records: Sequence[Record]) -> bool:
            return visit([record for record in records if not record.transaction.running])

        # What runs goes along in any case: it may be in a file as ended, by an end that was inferred and taken back.
        await self.history.async_scan(span, visit if running else visit_ended, self._in_ledger())

    # Statistics

    async def _async_used_at(self, place: Place, since: int) -> Mapping[int, float]:
        """Return what transactions took at a connector (kWh), by hours."""
        identity, number = place
        records = await self._async_since(since, Query(charge_points=frozenset({identity})))
        return hourly(record for record in records if record.transaction.connector == number)

    async def _async_used_by(self, tag: str, since: int) -> Mapping[int, float]:
        """Return what a tag has charged (kWh), by hours."""
        records = await self._async_since(since, Query())
        return hourly(record for record in records if fold(record.transaction.id_tag) == tag)

    async def _async_since(self, hour: int, query: Query) -> list[Record]:
        """Return the records that had not ended at an hour, whenever they began."""
        since = datetime.fromtimestamp(hour * HOUR, UTC)
        listing = Listing(query)
        await self.async_scan(Span(since), listing.visit, running=True)
        return listing.records

    @callback
    def _hour_is_over(self, now: datetime) -> None:
        """Count what runs for the hour that is over, and look again at what came late in it."""
        self._energy.hour_is_over()
        for record in self._in_ledger():
            if record.transaction.running:
                self._tags.charged(record.transaction.id_tag, record.started)
        self._save_soon()  # prices
        self._count_soon()

    @callback
    def _settle_soon(self) -> None:
        """Put statistics right in a while: what was kept comes in many messages."""
        if self._end_settling is None:
            self._end_settling = async_call_later(
                self._hass, timedelta(seconds=SETTLING), HassJob(self._settled, cancel_on_shutdown=True)
            )

    @callback
    def _settled(self, _now: datetime) -> None:
        self._end_settling = None
        self._count_soon()

    @callback
    def _count_soon(self) -> None:
        """Bring statistics up to date, in the background; one that is under way goes on until all is."""
        if self._is_due() and self._undo and (self._counting is None or self._counting.done()):
            self._counting = self._entry.async_create_background_task(
                self._hass, self._async_count(), "ocpp_csms statistics"
            )

    async def _async_count(self) -> None:
        try:
            while self._is_due():
                if self._end_settling is None:
                    await self._energy.async_put_right()
                await self._tags.async_count()
        except Exception:  # the recorder and its database have many of their own
            _LOGGER.exception("Statistics could not be brought up to date; they are tried again within the hour")
        self._save_soon()

    def _is_due(self) -> bool:
        """Whether statistics are to be brought up to date, and can be."""
        settled = self._end_settling is None and self._energy.pending
        return is_recording(self._hass) and (settled or self._tags.pending)

    # Within

    def _in_ledger(self) -> Iterable[Record]:
        """Yield what the ledger has, what runs and what has ended of late: it is newer than the files."""
        for identity, transaction in self._ledger().transactions():
            yield Record(identity, self._names.get(identity, identity), transaction)

    def _record(self, item: Finished) -> Record:
        """Return an ended transaction as it was when it was handed out."""
        return Record(item.identity, self._names.get(item.identity, item.identity), Transaction.from_dict(item.kept))

    @callback
    def _save_soon(self) -> None:
        self._store.async_delay_save(self._snapshot, SAVE_DELAY)

    @callback
    def _snapshot(self) -> dict[str, Any]:
        prices = self.costs.snapshot() if self.costs.tariff is not None else {}
        return {"prices": prices, "late": self._energy.snapshot(), "tags": self._tags.snapshot()}


def create_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the private file that keeps prices, and what is to be done for statistics."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}.records", private=True, atomic_writes=True)


async def async_remove_records(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all that was kept of an entry that is removed: its records, and the statistics of its tags."""
    store = create_store(hass, entry)
    stored = await store.async_load() or {}
    if is_recording(hass):
        async_clear_tag_statistics(hass, stored.get("tags", {}))
    await store.async_remove()
    await hass.async_add_executor_job(history_files(hass, entry.entry_id).remove)
