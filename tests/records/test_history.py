"""The history: what is put is there after any restart and crash, once, and what cannot be read takes nothing with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError, write_utf8_file_atomic
import pytest

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.records import history_files
from custom_components.ocpp_csms.records.history import History, Span, history_files as files_of
from custom_components.ocpp_csms.records.history_files import HistoryFileError, HistoryFiles
from custom_components.ocpp_csms.records.history_index import KEPT_PLACES, HistoryIndex
from custom_components.ocpp_csms.records.record import Record

from .charges import at, record

MONTHS = ("2026-09", "2026-10", "2026-11")


class PowerCutError(BaseException):
    """The end of everything, between two instructions."""


async def everything(history: History, span: Span | None = None, newer: Sequence[Record] = ()) -> list[Record]:
    """Return all records of the months that touch a time, newest first."""
    found: list[Record] = []

    def take(records: Sequence[Record]) -> bool:
        found.extend(records)
        return True

    await history.async_scan(Span() if span is None else span, take, newer)
    return found


async def reloaded(hass: HomeAssistant) -> History:
    """Return the history as it is after a restart."""
    history = History(hass, "abc")
    await history.async_load()
    return history


@contextmanager
def opened_months() -> Iterator[list[str]]:
    """Note the months that are read."""
    opened: list[str] = []
    read = HistoryFiles.read

    def note(files: HistoryFiles, month: str) -> list[Any]:
        opened.append(month)
        return read(files, month)

    with patch.object(HistoryFiles, "read", note):
        yield opened


# What is put is there


async def test_what_is_put_is_there_after_a_restart(hass: HomeAssistant, history: History) -> None:
    """All of it, newest first, in a private file for each month."""
    records = [
        record(1, at(10, month=10), id_tag="a", cost=1.5, repairs=("adopted",), solar_energy=0.5, limit=16.0),
        record(2, at(10), charge_point="CP2"),
    ]
    assert await history.async_put(records) == records
    again = await reloaded(hass)
    assert again.months == ["2026-10", "2026-11"]
    assert await everything(again) == records[::-1]
    file = Path(hass.config.path(".storage", "ocpp_csms.abc.history.2026-11"))
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_record_that_is_put_again_replaces_itself(hass: HomeAssistant, history: History) -> None:
    """The same transaction of the same charge point is one record; that of another is another."""
    await history.async_put([record(1, at(10), energy=1.0), record(1, at(10), charge_point="CP2")])
    await history.async_put([record(1, at(10), energy=2.0)])
    assert {(item.charge_point, item.transaction.energy) for item in await everything(history)} == {
        ("CP1", 2.0),
        ("CP2", 8.0),
    }


async def test_a_record_whose_start_is_put_right_leaves_its_month(hass: HomeAssistant, history: History) -> None:
    """Also after a restart in between."""
    await history.async_put([record(1, at(1)), record(2, at(2))])
    again = await reloaded(hass)
    await again.async_put([record(1, at(31, month=10))])
    assert [(item.transaction.transaction_id, item.month) for item in await everything(await reloaded(hass))] == [
        ("2", "2026-11"),
        ("1", "2026-10"),
    ]


async def test_a_month_is_that_of_the_start_in_utc(history: History) -> None:
    """Whatever zone the home moves to."""
    await history.async_put([record(1, at(31, 23, 30, month=10))])
    assert history.months == ["2026-10"]


async def test_what_is_changed_while_it_is_written_is_written_as_it_was(history: History) -> None:
    """The ledger goes on writing in its own transaction."""
    charged = record(1, at(10), energy=1.0)
    [kept] = await history.async_put([charged])
    charged.transaction.energy = 2.0
    charged.transaction.intervals.clear()
    assert kept.transaction.energy == 1.0
    assert (await everything(history))[0].transaction.intervals


# Only what is needed is opened


async def test_loading_opens_no_month(hass: HomeAssistant, history: History) -> None:
    """Ten years of records are listed without reading them."""
    await history.async_put([record(month, at(10, month=month)) for month in (9, 10, 11)])
    with opened_months() as opened:
        again = await reloaded(hass)
    assert again.months == list(MONTHS)
    assert opened == []


async def test_only_months_that_touch_the_time_are_opened(history: History) -> None:
    """Those that begin after it, and those whose last record ended before it, stay closed."""
    await history.async_put([record(month, at(10, month=month)) for month in (8, 9, 10, 11)])
    with opened_months() as opened:
        await everything(history, Span(at(1, month=9), at(1, month=10)))
    assert opened == ["2026-10", "2026-09"]  # October: its first moment is the end


async def test_a_car_that_charges_for_months_is_found_in_each(history: History) -> None:
    """The month of its start is opened as long as the record reaches."""
    long = record(1, at(10, month=8), hours=24 * 80)
    await history.async_put([long, record(2, at(11, month=8))])
    found = await everything(history, Span(at(20, month=10), at(21, month=10)))
    assert long in found


async def test_whoever_has_seen_enough_is_shown_no_more(history: History) -> None:
    """A page of the newest records opens the newest month alone."""
    await history.async_put([record(month, at(10, month=month)) for month in (9, 10, 11)])
    with opened_months() as opened:
        await history.async_scan(Span(), lambda records: False)
    assert opened == ["2026-11"]


async def test_what_the_ledger_has_goes_before_what_the_file_has(history: History) -> None:
    """A record that was put right and is not written yet, and one that runs, stand where they belong."""
    await history.async_put([record(1, at(10), energy=1.0), record(2, at(20))])
    newer = [record(1, at(10), energy=2.0), record(3, at(15), hours=None), record(4, at(1, month=12), hours=None)]
    found = await everything(history, newer=newer)
    assert [(item.transaction.transaction_id, item.transaction.energy) for item in found] == [
        ("4", 8.0),
        ("2", 8.0),
        ("3", 8.0),
        ("1", 2.0),
    ]


# Crashes


async def written_until(hass: HomeAssistant, writes: int, records: list[Record]) -> bool:
    """Put records, and lose power at the given write of a file. Return whether all was written before."""
    left = writes

    def cut(*args: Any, **options: Any) -> None:
        nonlocal left
        if left == 0:
            raise PowerCutError
        left -= 1
        write_utf8_file_atomic(*args, **options)

    history = await reloaded(hass)
    with patch.object(history_files, "write_utf8_file_atomic", cut):
        try:
            await history.async_put(records)
        except PowerCutError:
            return False
    return True


@pytest.mark.parametrize("writes", range(7))
async def test_a_crash_between_two_writes_loses_and_doubles_nothing(
    hass: HomeAssistant, history: History, writes: int
) -> None:
    """Two records move to other months and one is new: after each of the writes all are there once, as they were or as they are."""
    before = [record(1, at(10, month=10), energy=1.0), record(2, at(11, month=10), energy=1.0), record(9, at(12))]
    await history.async_put(before)
    after = [record(1, at(10, month=9), energy=2.0), record(2, at(11), energy=2.0), record(3, at(13), energy=2.0)]
    complete = await written_until(hass, writes, after)
    again = await reloaded(hass)
    found = {item.transaction.transaction_id: item for item in await everything(again)}
    assert len(await everything(again)) == len(found)
    assert found.keys() >= {"1", "2", "9"}
    assert complete == (writes >= 6)  # the index, three months, the index again ... and once more when all has moved
    await again.async_put(after)
    assert {(item.transaction.transaction_id, item.transaction.energy) for item in await everything(again)} == {
        ("1", 2.0),
        ("2", 2.0),
        ("3", 2.0),
        ("9", 8.0),
    }


async def test_a_disk_that_is_full_loses_nothing(hass: HomeAssistant, history: History) -> None:
    """What could not be written is not said to be kept; it is when it is put again."""
    with patch.object(history_files, "write_utf8_file_atomic", side_effect=WriteError):
        assert await history.async_put([record(1, at(10))]) == []
    assert await everything(history) == []
    assert await history.async_put([record(1, at(10))]) == [record(1, at(10))]
    assert await everything(await reloaded(hass)) == [record(1, at(10))]


async def test_a_move_that_cannot_be_finished_at_the_start_is_finished_later(
    hass: HomeAssistant, history: History
) -> None:
    """The record is read once all the same."""
    await history.async_put([record(1, at(10))])
    assert not await written_until(hass, 2, [record(1, at(10, month=10))])
    with patch.object(history_files, "write_utf8_file_atomic", side_effect=WriteError):
        again = await reloaded(hass)
    assert [item.month for item in await everything(again)] == ["2026-10"]
    assert [item.month for item in await everything(await reloaded(hass))] == ["2026-10"]


async def test_a_start_that_is_put_right_and_back_again_is_read_once(hass: HomeAssistant, history: History) -> None:
    """The first correction reached the index alone before the disk was full."""
    await history.async_put([record(1, at(10))])
    assert not await written_until(hass, 1, [record(1, at(10, month=10))])
    again = History(hass, "abc")
    with patch.object(History, "_finish_moves"):
        await again.async_load()
    await again.async_put([record(1, at(10))])
    assert [item.month for item in await everything(await reloaded(hass))] == ["2026-11"]


# Files that cannot be used


def issues_of(hass: HomeAssistant) -> dict[str, Any]:
    """Return the placeholders of the issue of each entry."""
    return {
        issue_id: issue.translation_placeholders
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "data": {"a": 1}}',
        '{"version": 99, "data": []}',
        '{"version": "1", "data": []}',
        '{"version": 0, "data": []}',
    ],
)
async def test_a_file_that_cannot_be_read_stays_as_it_is(
    hass: HomeAssistant, history: History, storage: Path, content: str
) -> None:
    """An issue names it, all other months go on, and what belongs into it is not said to be kept."""
    broken = storage / "ocpp_csms.abc.history.2026-10"
    broken.write_text(content)
    history = await reloaded(hass)
    records = [record(1, at(10, month=10)), record(2, at(10))]
    assert await history.async_put(records) == records[1:]
    assert await everything(history) == records[1:]
    assert broken.read_text() == content
    assert issues_of(hass) == {"history_unreadable_abc": {"files": broken.name}}
    broken.unlink()
    assert await history.async_put(records) == records
    assert issues_of(hass) == {}


async def test_an_issue_goes_with_the_entry(hass: HomeAssistant, storage: Path) -> None:
    """An entry that is not loaded needs no file."""
    (storage / "ocpp_csms.abc.history.2026-10").write_text("{")
    history = await reloaded(hass)
    await everything(history)
    assert issues_of(hass)
    history.stop()
    assert issues_of(hass) == {}


async def test_a_record_that_cannot_be_read_takes_no_other_with_it(
    hass: HomeAssistant, history: History, storage: Path
) -> None:
    """It stays in the file, also when that is written again."""
    file = storage / "ocpp_csms.abc.history.2026-11"
    await history.async_put([record(1, at(10))])
    content = json.loads(file.read_text())
    odd = [None, 7, {}, {"charge_point": "CP1", "name": "", "transaction": {"transaction_id": "5"}}]
    content["data"] += odd
    file.write_text(json.dumps(content))
    await history.async_put([record(2, at(11))])
    assert [item.transaction.transaction_id for item in await everything(history)] == ["2", "1"]
    assert [row for row in json.loads(file.read_text())["data"] if row in odd] == odd


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 1, "data": {"ends": 1}}', '{"version": 9, "data": {}}'])
async def test_an_index_that_cannot_be_read_is_made_anew(
    hass: HomeAssistant, history: History, storage: Path, content: str
) -> None:
    """From the months: nothing is lost, and a record that is put right leaves its month still."""
    await history.async_put([record(1, at(10)), record(2, at(10, month=10))])
    (storage / "ocpp_csms.abc.history").write_text(content)
    again = await reloaded(hass)
    await again.async_put([record(1, at(10, month=9))])
    assert [item.month for item in await everything(again)] == ["2026-10", "2026-09"]


async def test_a_record_that_cannot_leave_a_broken_month_is_read_once(
    hass: HomeAssistant, history: History, storage: Path
) -> None:
    """It is in its new month; the old one is dealt with when it can be read again."""
    await history.async_put([record(1, at(10)), record(2, at(11))])
    file = storage / "ocpp_csms.abc.history.2026-11"
    content = file.read_text()
    file.write_text("{")
    assert await history.async_put([record(1, at(10, month=10))]) == [record(1, at(10, month=10))]
    file.write_text(content)
    assert [item.transaction.transaction_id for item in await everything(history)] == ["2", "1"]
    again = await reloaded(hass)
    assert len(json.loads(file.read_text())["data"]) == 1
    assert len(await everything(again)) == 2


async def test_a_record_that_cannot_reach_a_broken_month_stays_where_it_was(
    hass: HomeAssistant, history: History, storage: Path
) -> None:
    """It is still read, as it was."""
    await history.async_put([record(1, at(10), energy=1.0)])
    (storage / "ocpp_csms.abc.history.2026-10").write_text("{")
    assert await history.async_put([record(1, at(10, month=10), energy=2.0)]) == []
    assert [item.transaction.energy for item in await everything(await reloaded(hass))] == [1.0]


# Versions, limits, removal


async def test_rows_of_an_older_version_are_migrated(storage: Path) -> None:
    """Step by step; what is written again is of the version of now."""
    files = HistoryFiles(storage, "ocpp_csms.abc.history")
    files.path("2026-11").write_text('{"version": 1, "data": [{"a": 1}]}')
    steps = {1: lambda row: {**row, "b": 2}, 2: lambda row: {**row, "c": 3}}
    with patch.object(history_files, "STORAGE_VERSION", 3), patch.object(history_files, "MIGRATIONS", steps):
        assert files.read("2026-11") == [{"a": 1, "b": 2, "c": 3}]
        files.write("2026-11", files.read("2026-11"))
        assert json.loads(files.path("2026-11").read_text())["version"] == 3


async def test_an_index_of_an_older_version_is_made_anew(storage: Path) -> None:
    """It holds nothing that the months do not."""
    files = HistoryFiles(storage, "ocpp_csms.abc.history")
    files.write_index({"ends": {}})
    with patch.object(history_files, "STORAGE_VERSION", 2):
        assert files.read_index() is None


async def test_a_folder_that_cannot_be_made_is_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").touch()
    with pytest.raises(HistoryFileError, match="history"):
        HistoryFiles(tmp_path / "file", "ocpp_csms.abc.history").write_index({})


async def test_a_folder_in_place_of_a_file_is_a_file_that_cannot_be_used(storage: Path) -> None:
    """The error names it."""
    files = HistoryFiles(storage, "ocpp_csms.abc.history")
    files.path("2026-11").mkdir()
    with pytest.raises(HistoryFileError, match="2026-11"):
        files.read("2026-11")
    with pytest.raises(HistoryFileError, match="2026-11"):
        files.write("2026-11", [])


def test_the_index_remembers_the_latest_records_of_each_charge_point() -> None:
    """More than the ledger keeps, and no more: memory is not without end."""
    index = HistoryIndex()
    index.note(record(number, at(1) + timedelta(hours=number)) for number in range(KEPT_PLACES + 5))
    assert len(index.places["CP1"]) == KEPT_PLACES
    assert index.place_of(("CP1", "4")) is None
    assert index.place_of(("CP1", "5")) == "2026-11"
    assert HistoryIndex.from_dict(json.loads(json.dumps(index.as_dict()))) == index


async def test_removal_deletes_all_files_and_no_others(hass: HomeAssistant, history: History, storage: Path) -> None:
    """Those of another entry stay, and what a person has put beside them."""
    await history.async_put([record(1, at(10)), record(2, at(10, month=10))])
    others = [storage / name for name in ("ocpp_csms.abc.history.2026-11.corrupt", "ocpp_csms.abcd.history.2026-11")]
    for other in others:
        other.touch()
    files_of(hass, "abc").remove()
    assert sorted(storage.glob("ocpp_csms.*")) == sorted(others)
