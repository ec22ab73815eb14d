"""What ends is priced and kept, at once and for good: by the entry, over restarts, and until the user removes it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.cost_messages import CostNow
from custom_components.ocpp_csms.records import history_files
from custom_components.ocpp_csms.records.history import Span
from custom_components.ocpp_csms.records.record import Record
from custom_components.ocpp_csms.records.records import Records
from tests.scripted import start_transaction, stop_transaction

from .charges import at


@pytest.fixture(autouse=True)
def _time(freezer: FrozenDateTimeFactory) -> None:
    """It is ten o'clock."""
    freezer.move_to(at(10, 10))


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """A kWh costs 50 cents."""
    return {"fixed_price": 0.5}


@pytest.fixture
def records(init_integration: MockConfigEntry) -> Records:
    """The records of the entry."""
    found: Records = init_integration.runtime_data.records
    return found


async def charge(hass: HomeAssistant, charge_point: ChargePoint, freezer: FrozenDateTimeFactory) -> None:
    """Charge 6 kWh in an hour."""
    begun = start_transaction(charge_point, at=dt_util.utcnow())
    freezer.tick(timedelta(hours=1))
    stop_transaction(charge_point, begun, at=dt_util.utcnow())
    await hass.async_block_till_done()


async def kept(records: Records, *, running: bool = False) -> list[Record]:
    """Return all records, newest first."""
    found: list[Record] = []

    def take(month: Sequence[Record]) -> bool:
        found.extend(month)
        return True

    await records.async_scan(Span(), take, running=running)
    return found


async def test_a_transaction_that_ends_is_priced_and_in_a_file_at_once(
    hass: HomeAssistant, charge_point: ChargePoint, records: Records, freezer: FrozenDateTimeFactory
) -> None:
    """Under the name that the user has given the charger."""
    await charge(hass, charge_point, freezer)
    assert records.history.months == ["2026-11"]
    [record] = await kept(records)
    assert (record.charge_point, record.name) == ("CP1", "CP1")
    transaction = record.transaction
    assert (transaction.energy, transaction.cost, transaction.currency) == (6.0, 3.0, "EUR")
    assert sum(transaction.intervals.values()) == pytest.approx(6.0)


async def test_what_is_kept_is_not_written_again(
    hass: HomeAssistant, charge_point: ChargePoint, records: Records, freezer: FrozenDateTimeFactory
) -> None:
    """Neither by the next transaction's start nor by a restart."""
    await charge(hass, charge_point, freezer)
    with patch.object(history_files, "write_utf8_file_atomic") as write:
        start_transaction(charge_point)
        await hass.async_block_till_done()
        await records.async_archive()
    write.assert_not_called()


async def test_what_runs_is_shown_only_to_those_who_ask_for_it(
    hass: HomeAssistant, charge_point: ChargePoint, records: Records, freezer: FrozenDateTimeFactory
) -> None:
    """It is as it is now, and in no file yet."""
    await charge(hass, charge_point, freezer)
    begun = start_transaction(charge_point)
    assert len(await kept(records)) == 1
    assert [record.transaction for record in await kept(records, running=True)][0] == begun
    assert records.history.months == ["2026-11"]


async def test_a_transaction_whose_end_was_taken_back_is_not_shown_as_ended(
    hass: HomeAssistant, charge_point: ChargePoint, records: Records, init_integration: MockConfigEntry
) -> None:
    """Its end was inferred and kept; then the charger charged on."""
    begun = start_transaction(charge_point, at=dt_util.utcnow())
    ledger = init_integration.runtime_data.central.ledger
    ledger.stop(begun, stopped=dt_util.utcnow(), meter_stop=None, reason=None, inferred=True)
    await hass.async_block_till_done()
    assert len(await kept(records)) == 1
    ledger.reopen(begun)
    assert await kept(records) == []
    assert [record.stopped for record in await kept(records, running=True)] == [None]


async def test_a_file_that_cannot_be_written_costs_no_record(
    hass: HomeAssistant, charge_point: ChargePoint, records: Records, freezer: FrozenDateTimeFactory
) -> None:
    """The ledger keeps it until the file can, and it is found meanwhile."""
    with patch.object(history_files, "write_utf8_file_atomic", side_effect=WriteError):
        await charge(hass, charge_point, freezer)
        assert len(await kept(records)) == 1
    await records.async_archive()
    assert records.history.months == ["2026-11"]
    assert len(await kept(records)) == 1


async def test_a_restart_keeps_all(
    hass: HomeAssistant,
    charge_point: ChargePoint,
    init_integration: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Once, and as it was."""
    await charge(hass, charge_point, freezer)
    before = await kept(init_integration.runtime_data.records)
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    assert await kept(init_integration.runtime_data.records) == before


async def test_records_stay_when_their_charge_point_is_removed(
    hass: HomeAssistant,
    charge_point: ChargePoint,
    init_integration: MockConfigEntry,
    records: Records,
    freezer: FrozenDateTimeFactory,
) -> None:
    """With the name that it had."""
    [subentry] = init_integration.subentries.values()
    hass.config_entries.async_update_subentry(init_integration, subentry, title="Garage")
    with patch.object(history_files, "write_utf8_file_atomic", side_effect=WriteError):
        await charge(hass, charge_point, freezer)
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await hass.async_block_till_done()
    assert [(record.charge_point, record.name) for record in await kept(records)] == [("CP1", "Garage")]


async def test_what_runs_at_a_charge_point_that_is_removed_while_the_entry_is_not_loaded_ends(
    hass: HomeAssistant, charge_point: ChargePoint, init_integration: MockConfigEntry
) -> None:
    """Its record is kept; else its tag would be busy for ever."""
    start_transaction(charge_point, at=dt_util.utcnow())
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    [subentry] = init_integration.subentries
    hass.config_entries.async_remove_subentry(init_integration, subentry)
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    assert [record.transaction.inferred_end for record in await kept(runtime.records)] == [True]
    assert runtime.central.remembered() == set()


async def test_all_files_go_with_the_entry(
    hass: HomeAssistant,
    charge_point: ChargePoint,
    init_integration: MockConfigEntry,
    storage: Path,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nothing of what was charged is left behind."""
    await charge(hass, charge_point, freezer)
    assert list(storage.glob("ocpp_csms.*.history*"))
    await hass.config_entries.async_remove(init_integration.entry_id)
    await hass.async_block_till_done()
    assert not list(storage.glob("ocpp_csms.*.history*"))
    assert not [key for key in hass_storage if key.endswith(".records")]


async def test_what_a_transaction_costs_is_told_to_charge_points(
    hass: HomeAssistant, charge_point: ChargePoint, init_integration: MockConfigEntry, records: Records
) -> None:
    """The price always, the cost of a transaction so far; nothing without a tariff."""
    begun = start_transaction(charge_point)
    begun.energy = 4.0
    assert records.cost_now("CP1", None) == CostNow(currency="EUR", price=0.5)
    assert records.cost_now("CP1", begun) == CostNow(currency="EUR", price=0.5, cost=2.0)
    hass.config_entries.async_update_entry(init_integration, options={})
    await hass.async_block_till_done()
    assert records.cost_now("CP1", begun) is None


@pytest.mark.parametrize(
    "stored",
    [
        {"prices": [], "late": [], "tags": []},
        {"late": {"CP1": {"x": [1, 2, 3]}}},
        {"late": {"CP1": {"1": [1]}}},
        {"tags": {"due": {"a": "x"}}},
    ],
)
async def test_what_cannot_be_read_of_statistics_and_prices_is_no_obstacle(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    setup_entry: Any,
    stored: dict[str, Any],
) -> None:
    """The entry loads, and counts from now on."""
    key = f"ocpp_csms.{config_entry.entry_id}.records"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": stored}
    await setup_entry(config_entry)
    assert config_entry.runtime_data.records.costs.price_now == 0.5


async def test_transactions_of_the_first_version_come_to_the_history(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    config_entry: MockConfigEntry,
    setup_entry: Any,
    charge_point_subentry: ConfigSubentryData,
) -> None:
    """Those that had ended, once, with all that was known of them; the one that runs goes on."""
    ended = {
        "id": "7",
        "connector": 1,
        "started": "2026-10-31T23:00:00+00:00",
        "id_tag": "04A2B3C4",
        "meter_start": 100.0,
        "energy": 8.0,
        "stopped": "2026-11-01T01:00:00+00:00",
        "meter_stop": 108.0,
        "reason": "Local",
        "adopted": False,
        "inferred_end": False,
        "reservation": None,
        "fingerprint": "x",
    }
    runs = {**ended, "id": "8", "started": "2026-11-10T09:00:00+00:00", "stopped": None, "fingerprint": "y"}
    key = f"ocpp_csms.{config_entry.entry_id}"
    ledger = {"reserved": 5000, "transactions": {"CP1": [ended, runs]}}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {"ledger": ledger}}
    await setup_entry(config_entry)
    records = config_entry.runtime_data.records
    assert records.history.months == ["2026-10"]
    [record] = await kept(records)
    transaction = record.transaction
    assert (transaction.transaction_id, transaction.id_tag, transaction.energy) == ("7", "04A2B3C4", 8.0)
    assert transaction.stopped == at(1, 1)
    assert [item.transaction.transaction_id for item in await kept(records, running=True)] == ["8", "7"]
