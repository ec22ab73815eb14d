"""What ten years of charging cost in time and memory: `python -m scripts.benchmark.history`. Prints; nothing is kept.

A history of three sessions a day is written to a folder of its own; then it is loaded, a page is read, a record is put, and all of it is
exported, as the actions do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
import tempfile
import time
import tracemalloc

from homeassistant.core import HomeAssistant

from custom_components.ocpp_csms.csms.booking.interval_energy import spread
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.records.export import as_csv
from custom_components.ocpp_csms.records.history import History, Span, history_files
from custom_components.ocpp_csms.records.history_index import HistoryIndex
from custom_components.ocpp_csms.records.queries import Listing, Page, Query
from custom_components.ocpp_csms.records.record import Record

YEARS = 10
SESSIONS_A_DAY = 3
HOURS = 6
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MEBIBYTE = 2**20


def record(number: int) -> Record:
    """Return a session of six hours."""
    started = FIRST + timedelta(days=number / SESSIONS_A_DAY)
    stopped = started + timedelta(hours=HOURS)
    transaction = Transaction(
        str(200_000_000 + number),
        1,
        started,
        id_tag=f"04A2B3C{number % 5}",
        meter_start=number * 20.0,
        energy=20.0,
        stopped=stopped,
        meter_stop=number * 20.0 + 20.0,
        reason="EVDisconnected",
        session=str(200_000_000 + number),
        tag_name="Anna",
        cost=6.0,
        currency="EUR",
        samples=360,
        fingerprint=f"1 04A2B3C{number % 5} {started.isoformat()}",
    )
    spread(transaction.intervals, started, stopped, 20.0)
    return Record("CP1", "Garage", transaction)


def write(hass: HomeAssistant) -> int:
    """Write the history; return the size of its files in bytes."""
    files, index = history_files(hass, "bench"), HistoryIndex()
    months: dict[str, list[Record]] = {}
    for number in range(YEARS * 365 * SESSIONS_A_DAY):
        made = record(number)
        months.setdefault(made.month, []).append(made)
    for month, records in months.items():
        index.note(records)
        files.write(month, [item.as_dict() for item in records])
    files.write_index(index.as_dict())
    return sum(path.stat().st_size for path in files.folder.iterdir())


async def measured(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Print how long something takes, and how much memory it has needed at the most."""
    begin = time.perf_counter()
    await work()
    seconds = time.perf_counter() - begin
    tracemalloc.start()
    await work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{name:<32}{seconds * 1000:8.1f} ms{peak / MEBIBYTE:8.2f} MiB")


async def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        hass = HomeAssistant(folder)
        size = await hass.async_add_executor_job(write, hass)
        print(f"{YEARS * 365 * SESSIONS_A_DAY} sessions, {size / MEBIBYTE:.1f} MiB on disk")
        history = History(hass, "bench")
        end = FIRST + timedelta(days=YEARS * 365)

        async def newest_page() -> None:
            await history.async_scan(Span(), Page(Query(), 50).visit)

        async def last_month() -> None:
            listing = Listing(Query(span=Span(end - timedelta(days=31), end)))
            await history.async_scan(listing.query.span, listing.visit)

        async def one_put() -> None:
            await history.async_put([record(YEARS * 365 * SESSIONS_A_DAY - 1)])

        async def read_through() -> None:
            def skip(_records: Sequence[Record]) -> bool:
                return True

            await history.async_scan(Span(), skip)

        async def whole_export() -> None:
            listing = Listing(Query())
            await history.async_scan(Span(), listing.visit)
            as_csv(listing.in_order(), UTC)

        await measured("load", history.async_load)
        await measured("newest page of 50", newest_page)
        await measured("last month", last_month)
        await measured("a session that ends", one_put)
        await measured("reading all, month by month", read_through)
        await measured("export of all as CSV", whole_export)
        await hass.async_stop(force=True)


if __name__ == "__main__":
    asyncio.run(main())
