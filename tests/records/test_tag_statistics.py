"""What each ID tag has charged is a statistic of its own: right by the hour, and gone with its tag."""

from typing import Any
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import async_list_statistic_ids, valid_statistic_id
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.ocpp_csms.const import DOMAIN, SUBENTRY_ID_TAG
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from custom_components.ocpp_csms.records import tag_statistics
from custom_components.ocpp_csms.records.queries import fold
from custom_components.ocpp_csms.records.tag_statistics import TagStatistics, statistic_id_of
from tests.scripted import report

from .charges import at
from .recorded import RecordedHome

pytestmark = pytest.mark.timeout(120)

ANNA = "ocpp_csms:04a2b3c4"


def tag(number: str, name: str) -> ConfigSubentryData:
    """Return the subentry of a tag."""
    return ConfigSubentryData(
        data={"id_tag": number}, subentry_type=SUBENTRY_ID_TAG, title=name, unique_id=f"tag/{number}"
    )


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """The database is there before Home Assistant."""


@pytest.fixture
def subentries(charge_point_subentry: ConfigSubentryData) -> list[ConfigSubentryData]:
    """The charger, and Anna's card."""
    return [charge_point_subentry, tag("04A2B3C4", "Anna")]


@pytest.fixture(autouse=True)
def _time(freezer: FrozenDateTimeFactory) -> None:
    """It is ten o'clock."""
    freezer.move_to(at(10, 10))


async def charged(home: RecordedHome, hour: int, *registers: float, id_tag: str = "04A2B3C4") -> None:
    """Let a transaction begin at an hour, tell a register at each quarter, and end with the last."""
    running = home.begin(registers[0], at(10, hour), id_tag=id_tag)
    for number, register in enumerate(registers[1:], 1):
        await home.tell(register, at(10, hour + number // 4, number % 4 * 15), running)
    home.end(running, registers[-1], at(10, hour + (len(registers) - 1) // 4, (len(registers) - 1) % 4 * 15))
    await home.counted()


async def ids_of(hass: HomeAssistant) -> dict[str, str]:
    """Return the names of our own statistics."""
    found = await async_list_statistic_ids(hass)
    return {row["statistic_id"]: row["name"] for row in found if row["source"] == DOMAIN}


async def test_a_tag_has_a_statistic_of_its_own(home: RecordedHome, hass: HomeAssistant) -> None:
    """By hours, once the transaction has ended; it bears the tag's name."""
    await charged(home, 10, 100.0, 101.0, 102.0, 103.0, 104.0, 106.0)
    assert await ids_of(hass) == {ANNA: "Anna"}
    assert await home.hours(ANNA) == {"10:00": 4.0, "11:00": 2.0}


async def test_a_transaction_that_runs_is_counted_each_hour(home: RecordedHome, hass: HomeAssistant) -> None:
    """A car that charges all night is seen all night."""
    running = home.begin(100.0)
    await home.until(at(10, 10, 30))
    await home.tell(102.0, transaction=running)
    await home.hour_is_over()
    assert await home.hours(ANNA) == {"10:00": 2.0}
    await home.until(at(10, 11, 30))
    await home.tell(103.0, at(10, 11, 30), running)
    await home.hour_is_over()
    assert await home.hours(ANNA) == {"10:00": 2.5, "11:00": 0.5}


async def test_energy_that_comes_late_stands_in_its_hour(home: RecordedHome, hass: HomeAssistant) -> None:
    """Before what was charged since: that stays what it was."""
    await charged(home, 14, 100.0, 105.0)
    home.connector = 2
    await charged(home, 11, 50.0, 53.0)
    assert await home.hours(ANNA) == {"11:00": 3.0, "14:00": 5.0}


async def test_tags_that_nobody_has_named_have_no_statistics(home: RecordedHome, hass: HomeAssistant) -> None:
    """A stranger with a thousand cards makes no thousand statistics."""
    await charged(home, 10, 100.0, 105.0, id_tag="STRANGER")
    assert await home.hours("ocpp_csms:stranger") == {}


async def test_a_tag_that_is_named_later_has_all_that_it_has_charged(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """A card that was unknown yesterday."""
    await charged(home, 10, 100.0, 105.0, id_tag="b-7")
    hass.config_entries.async_add_subentry(init_integration, subentry_of(tag("B-7", "Ben")))
    await hass.async_block_till_done()
    await home.counted()
    ids = await ids_of(hass)
    [ben] = (statistic_id for statistic_id, name in ids.items() if name == "Ben")
    assert await home.hours(ben) == {"10:00": 5.0}


def subentry_of(data: ConfigSubentryData) -> Any:
    """Return a subentry that can be added."""
    entry = MockConfigEntry(domain=DOMAIN, subentries_data=[data])
    return next(iter(entry.subentries.values()))


async def test_a_new_name_is_the_name_of_the_statistic(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """At once; what it has counted stays."""
    await charged(home, 10, 100.0, 105.0)
    [subentry] = (item for item in init_integration.subentries.values() if item.title == "Anna")
    hass.config_entries.async_update_subentry(init_integration, subentry, title="Anna's card")
    await home.counted()
    assert await ids_of(hass) == {ANNA: "Anna's card"}
    assert await home.hours(ANNA) == {"10:00": 5.0}


async def test_a_statistic_goes_with_its_tag(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """And comes back with it: the records stay."""
    await charged(home, 10, 100.0, 105.0)
    [subentry] = (item for item in init_integration.subentries.values() if item.title == "Anna")
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await home.counted()
    assert await ids_of(hass) == {}
    hass.config_entries.async_add_subentry(init_integration, subentry)
    await hass.async_block_till_done()
    await home.counted()
    assert await home.hours(ANNA) == {"10:00": 5.0}


async def test_all_statistics_go_with_the_entry(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Like the files of the records."""
    await charged(home, 10, 100.0, 105.0)
    home.disconnect()
    await hass.config_entries.async_remove(init_integration.entry_id)
    await home.counted()
    assert await ids_of(hass) == {}


async def test_a_tag_of_two_central_systems_has_two_statistics(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry, entry_data: dict[str, Any]
) -> None:
    """Neither overwrites the other's."""
    other = MockConfigEntry(domain=DOMAIN, data=entry_data, subentries_data=[tag("04a2b3c4", "Anna elsewhere")])
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await charged(home, 10, 100.0, 105.0)
    ids = await ids_of(hass)
    assert ids.pop(ANNA) == "Anna"
    assert list(ids.values()) == ["Anna elsewhere"]
    await hass.config_entries.async_unload(other.entry_id)


async def test_a_restart_goes_on_counting_where_it_was(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Nothing is counted twice, and what was about to be counted is."""
    await charged(home, 10, 100.0, 105.0)
    running = home.begin(105.0, at(10, 12))
    await home.tell(106.0, at(10, 12, 30), running)
    home.end(running, 107.0, at(10, 12, 45))
    home.disconnect()
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await home.counted()
    home.charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    assert await home.hours(ANNA) == {"10:00": 5.0, "12:00": 2.0}
    report(home.charge_point, 1, ConnectorStatus.AVAILABLE)


async def test_a_tag_is_counted_while_late_energy_settles(home: RecordedHome, hass: HomeAssistant) -> None:
    """The end of a transaction does not wait for it."""
    await home.until(at(10, 11))
    await charged(home, 10, 100.0, 101.0, 104.0)
    assert await home.hours(ANNA) == {"10:00": 4.0}


async def test_a_tag_that_is_removed_while_it_is_counted_leaves_nothing(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Neither a statistic nor something to do; nor does one that was removed while nobody looked."""
    [subentry] = (item for item in init_integration.subentries.values() if item.title == "Anna")
    counting = TagStatistics(hass, init_integration, AsyncMock(return_value={495_000: 1.0}))
    counting.apply()

    async def remove(tag: str, since: int) -> dict[int, float]:
        hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
        counting.apply()
        return {495_000: 1.0}

    with patch.object(counting, "_used", remove):
        await counting.async_count()
    late = TagStatistics(hass, init_integration, remove)
    late.restore({"ids": {"gone": "ocpp_csms:gone"}, "due": {"gone": 5}})
    late.apply()
    assert (counting.pending, late.pending, late.snapshot()) == (False, False, {"ids": {}, "due": {}})
    await home.counted()
    assert await ids_of(hass) == {}


async def test_a_tag_that_is_removed_while_its_rows_are_read_leaves_nothing(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Its statistic is not written once more after it was deleted."""
    [subentry] = (item for item in init_integration.subentries.values() if item.title == "Anna")
    counting = TagStatistics(hass, init_integration, AsyncMock(return_value={495_000: 1.0}))
    counting.apply()

    async def remove(*_args: object) -> None:
        hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
        counting.apply()

    with patch.object(tag_statistics, "async_statistics", remove):
        await counting.async_count()
    await home.counted()
    assert await ids_of(hass) == {}


async def test_a_count_that_fails_is_still_to_be_done(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """From as early as before."""
    counting = TagStatistics(hass, init_integration, AsyncMock(side_effect=TimeoutError))
    counting.apply()
    with pytest.raises(TimeoutError):
        await counting.async_count()
    assert counting.snapshot()["due"] == {"04a2b3c4": 0}


async def test_an_entry_without_tags_leaves_no_statistics(
    home: RecordedHome, hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """There is nothing to delete."""
    [subentry] = (item for item in init_integration.subentries.values() if item.title == "Anna")
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    home.disconnect()
    await hass.config_entries.async_remove(init_integration.entry_id)
    await home.counted()
    assert await ids_of(hass) == {}


# Ids


@pytest.mark.parametrize(
    ("number", "statistic_id"),
    [("04a2b3c4", "ocpp_csms:04a2b3c4"), ("a_b", "ocpp_csms:a_b")],
)
def test_an_id_is_the_tag_if_it_can_be(number: str, statistic_id: str) -> None:
    """In small letters."""
    assert statistic_id_of(number) == statistic_id


@pytest.mark.parametrize("number", ["", "a-b", "a__b", "_a", "a_", "ü", "a b", "a_0123abcd", "x" * 1000])
def test_a_tag_that_cannot_be_an_id_has_one_like_it(number: str) -> None:
    """Valid, short, and nobody else's."""
    statistic_id = statistic_id_of(number)
    assert valid_statistic_id(statistic_id)
    assert len(statistic_id) < 100
    assert statistic_id != f"ocpp_csms:{number}"


@given(st.text(max_size=36), st.text(max_size=36))
def test_different_tags_have_different_ids(one: str, other: str) -> None:
    """Whatever they are made of."""
    first, second = fold(one) or "", fold(other) or ""
    assert valid_statistic_id(statistic_id_of(first))
    assert (statistic_id_of(first) == statistic_id_of(second)) == (first == second)
