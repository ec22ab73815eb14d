"""The energy dashboard shows energy in the hours it was used in, whenever the charge point told of it."""

from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager
from sqlalchemy.exc import SQLAlchemyError

from custom_components.ocpp_csms.csms.model import ConnectorStatus
from custom_components.ocpp_csms.records import energy_statistics, recorder
from custom_components.ocpp_csms.records.energy_hours import HourRow
from tests.scripted import entity_id, report

from .charges import at
from .recorded import RecordedHome

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """The database is there before Home Assistant."""


@pytest.fixture(autouse=True)
def _time(freezer: FrozenDateTimeFactory) -> None:
    """It is ten o'clock."""
    freezer.move_to(at(10, 10))


def energy(hass: HomeAssistant) -> str:
    """Return the id of the sensor of the register."""
    return entity_id(hass, "sensor", "CP1_1_energy")


async def lost_at_ten_past(home: RecordedHome) -> Any:
    """Charge 1 kWh live, then lose the connection at 10:10; return the transaction, which goes on."""
    running = home.begin(100.0)
    await home.until(at(10, 10, 9))
    await home.tell(101.0, transaction=running)
    await home.until(at(10, 10, 10))
    home.disconnect()
    return running


async def test_energy_of_a_day_offline_stands_in_the_hours_it_was_used_in(
    home: RecordedHome, hass: HomeAssistant
) -> None:
    """Before, during and after; the hour in which the charger comes back shows its own energy alone."""
    running = await lost_at_ten_past(home)
    await home.until(at(10, 13, 20))
    assert await home.hours(energy(hass)) == {"10:00": 1.0}
    home.connect()
    for hour, minute, register in ((10, 30, 102.0), (11, 0, 103.0), (12, 0, 107.0), (13, 0, 109.0), (13, 20, 110.0)):
        await home.tell(register, at(10, hour, minute), running)
    await home.settled()
    assert await home.hours(energy(hass)) == {"10:00": 3.0, "11:00": 4.0, "12:00": 2.0}
    await home.until(at(10, 13, 40))
    await home.tell(111.0, transaction=running)
    await home.until(at(10, 14, 30))
    await home.tell(113.0, transaction=running)
    await home.until(at(10, 15, 1))
    shown = await home.hours(energy(hass))
    assert sum(shown.values()) == pytest.approx(13.0)
    assert {hour: shown[hour] for hour in ("10:00", "11:00", "12:00", "13:00")} == {
        "10:00": 3.0,
        "11:00": 4.0,
        "12:00": 2.0,
        "13:00": 2.8,  # the kWh of 13:20, that of 13:40, and twenty minutes' share of the two after them
    }


async def test_a_transaction_that_was_offline_as_a_whole_stands_in_its_hours(
    home: RecordedHome, hass: HomeAssistant
) -> None:
    """Its start and stop come with the times they had."""
    await home.until(at(10, 10, 10))
    home.disconnect()
    await home.until(at(10, 14, 20))
    home.connect()
    report(home.charge_point, 1, ConnectorStatus.AVAILABLE)
    charged = home.begin(100.0, at(10, 11))
    await home.tell(104.0, at(10, 12), charged)
    home.end(charged, 110.0, at(10, 13))
    await home.settled()
    await home.until(at(10, 15, 1))
    assert charged.offline
    assert await home.hours(energy(hass)) == {"10:00": 0.0, "11:00": 4.0, "12:00": 6.0, "14:00": 0.0}


async def test_news_just_before_the_hour_is_over_are_put_right_too(home: RecordedHome, hass: HomeAssistant) -> None:
    """The hour of the news is written by Home Assistant before what is late has settled; no row is written twice."""
    running = await lost_at_ten_past(home)
    await home.until(
        at(
            10,
            12,
            59,
        )
    )
    home.connect()
    await home.tell(103.0, at(10, 11), running)
    await home.tell(109.0, at(10, 12), running)
    await home.tell(110.0, at(10, 12, 59), running)
    await home.settled()
    await home.until(at(10, 14, 1))
    assert await home.hours(energy(hass)) == {"10:00": 3.0, "11:00": 6.0, "12:00": 1.0, "13:00": 0.0}


async def test_more_that_comes_hours_later_is_put_right_as_well(home: RecordedHome, hass: HomeAssistant) -> None:
    """A charger that empties its memory slowly."""
    running = await lost_at_ten_past(home)
    await home.until(at(10, 13, 20))
    home.connect()
    await home.tell(103.0, at(10, 11), running)
    await home.settled()
    await home.until(at(10, 14, 20))
    await home.tell(109.0, at(10, 12), running)
    await home.tell(110.0, at(10, 14, 20), running)
    await home.settled()
    await home.until(at(10, 15, 1))
    shown = await home.hours(energy(hass))
    assert shown["10:00"] == 3.0
    assert shown["11:00"] == 6.0
    assert sum(shown.values()) == pytest.approx(10.0, abs=0.002)
    assert min(shown.values()) >= 0


async def test_a_restart_does_not_forget_what_is_to_be_put_right(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It is put right after it."""
    running = await lost_at_ten_past(home)
    await home.until(at(10, 12, 20))
    home.connect()
    await home.tell(105.0, at(10, 12), running)
    home.disconnect()
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    home.charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    home.connect()
    await home.settled()
    await home.hour_is_over()
    shown = await home.hours(energy(hass))
    assert shown == pytest.approx({"10:00": 1.0 + 4.0 * 51 / 111, "11:00": 4.0 * 60 / 111, "12:00": 0.0}, abs=0.01)


async def test_a_sensor_that_is_not_recorded_gets_no_statistics(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Nor does one that is not there."""
    records = init_integration.runtime_data.records
    records.late_energy("CP1", 1, at(10, 8))
    records.late_energy("CP1", 9, at(10, 8))
    await home.settled()
    assert await home.hours(energy(hass)) == {}


async def test_statistics_in_another_unit_stay_in_it(home: RecordedHome, hass: HomeAssistant) -> None:
    """The user has chosen to see watt-hours."""
    er.async_get(hass).async_update_entity_options(energy(hass), "sensor", {"unit_of_measurement": "Wh"})
    await hass.async_block_till_done()
    running = await lost_at_ten_past(home)
    await home.until(at(10, 12, 20))
    home.connect()
    await home.tell(103.0, at(10, 11), running)
    await home.tell(105.0, at(10, 12), running)
    await home.settled()
    assert await home.hours(energy(hass)) == {"10:00": 3000.0, "11:00": 2000.0}


async def test_a_database_that_fails_is_asked_again(
    home: RecordedHome, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """An hour later; nothing that was to be put right is forgotten."""
    running = await lost_at_ten_past(home)
    await home.until(at(10, 12, 20))
    home.connect()
    await home.tell(103.0, at(10, 11), running)
    await home.tell(105.0, at(10, 12), running)
    with patch.object(energy_statistics, "async_statistics", side_effect=SQLAlchemyError("is locked")):
        await home.settled()
    assert "they are tried again within the hour" in caplog.text
    assert await home.hours(energy(hass)) == {"10:00": 1.0}
    await home.hour_is_over()
    assert await home.hours(energy(hass)) == {"10:00": 3.0, "11:00": 2.0, "12:00": 0.0}


async def test_rows_without_a_sum_are_passed_over(home: RecordedHome, hass: HomeAssistant) -> None:
    """Somebody has imported them."""
    metadata = recorder.energy_metadata("ocpp_csms:x", "X")
    start = at(10, 8)
    async_add_external_statistics(hass, metadata, [{"start": start, "state": 1.0}])
    recorder.async_write(hass, metadata, [HourRow(int(start.timestamp()) // 3600 + 1, 2.0, 2.0)])
    statistics = await recorder.async_statistics(hass, "ocpp_csms:x", int(start.timestamp()) // 3600)
    assert statistics is not None
    assert [row.sum for row in statistics.rows] == [2.0]
    assert statistics.newest is None


async def test_without_a_recorder_nothing_is_done(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """And nothing is kept to be done."""
    init_integration.runtime_data.records.late_energy("CP1", 1, at(10, 8))
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert hass_storage[f"ocpp_csms.{init_integration.entry_id}.records"]["data"]["late"] == {}
