"""Saving: what a crash must not lose is on disk when somebody says so, and a slow disk holds nobody up for ever."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.saving import Saver, create_store
from tests.scripted import start_transaction, stop_transaction


class ScriptedStore:
    """A store whose writes a test lets through one by one."""

    def __init__(self) -> None:
        """Hold every write."""
        self.writes: list[Any] = []
        self.delayed: list[float] = []
        self.may_write = asyncio.Event()

    async def async_save(self, data: Any) -> None:
        """Take a write, once it may."""
        await self.may_write.wait()
        self.writes.append(data)

    def async_delay_save(self, data: Any, delay: float) -> None:
        """Note that a write is wanted later."""
        self.delayed.append(delay)


class Desk:
    """A saver, its store, and what is to be saved."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing to save."""
        self.value = 0
        self.saved = 0
        self.store = ScriptedStore()
        store: Any = self.store
        self.saver = Saver(hass, store, lambda: {"value": self.value}, self._was_saved)

    def change(self, *, urgent: bool = True) -> None:
        """Change what is to be saved."""
        self.value += 1
        self.saver.changed(urgent)

    def _was_saved(self) -> None:
        self.saved += 1


@pytest.fixture
def desk(hass: HomeAssistant) -> Desk:
    """A saver whose disk stands still."""
    return Desk(hass)


async def test_what_is_urgent_is_on_disk_when_it_is_said_to_be(desk: Desk) -> None:
    """And not before."""
    desk.change()
    waiting = asyncio.ensure_future(desk.saver.async_saved())
    await asyncio.sleep(0)
    assert not waiting.done()
    desk.store.may_write.set()
    await waiting
    assert (desk.store.writes, desk.saved) == ([{"value": 1}], 1)


async def test_what_comes_during_a_write_shares_the_next_one(desk: Desk) -> None:
    """However many they are."""
    desk.change()
    first = asyncio.ensure_future(desk.saver.async_saved())
    await asyncio.sleep(0)
    for _ in range(5):
        desk.change()
    last = asyncio.ensure_future(desk.saver.async_saved())
    desk.store.may_write.set()
    await asyncio.gather(first, last)
    assert desk.store.writes == [{"value": 1}, {"value": 6}]


async def test_whoever_changes_something_is_done_with_it_before_it_is_written(desk: Desk) -> None:
    """The write does not begin in the middle of a change."""
    desk.store.may_write.set()
    desk.saver.changed(True)
    desk.value = 42
    await desk.saver.async_saved()
    assert desk.store.writes == [{"value": 42}]


async def test_nothing_new_is_saved_already(desk: Desk) -> None:
    """Nobody waits for a disk that has nothing to do."""
    await desk.saver.async_saved()
    assert desk.store.writes == []


async def test_what_is_not_urgent_is_asked_for_once(desk: Desk) -> None:
    """Within a minute; each further request would put it off."""
    desk.change(urgent=False)
    desk.change(urgent=False)
    assert desk.store.delayed == [60]


async def test_a_disk_that_hangs_holds_no_charger_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its answer goes out unsaved, and the log says so."""
    monkeypatch.setattr("custom_components.ocpp_csms.saving.PATIENCE", 0)
    desk.change()
    await desk.saver.async_saved()
    assert "disk is slow" in caplog.text
    desk.store.may_write.set()


async def test_the_store_is_home_assistants(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """What is saved now is in its file."""
    store: Store[dict[str, Any]] = Store(hass, 1, "ocpp_csms.test")
    await Saver(hass, store, lambda: {"value": 7}, lambda: None).async_save()
    assert hass_storage["ocpp_csms.test"]["data"] == {"value": 7}


async def test_a_write_that_fails_is_remembered_until_one_works(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """The store itself says so in the log alone."""
    store = create_store(hass, config_entry)
    with patch.object(Store, "_async_write_data", side_effect=WriteError("no space left")):
        await store.async_save({})
    assert store.is_failing
    await store.async_save({})
    assert not store.is_failing


async def test_a_disk_that_takes_nothing_is_an_issue_until_it_does(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry, charge_point: ChargePoint
) -> None:
    """The transaction is answered all the same: the car is to charge."""
    with patch.object(Store, "_async_write_data", side_effect=WriteError("no space left")):
        transaction = start_transaction(charge_point)
        await charge_point.saved()
    [issue] = [key for _domain, key in issue_registry.issues if key.startswith("cannot_save")]
    stop_transaction(charge_point, transaction)
    await charge_point.saved()
    assert issue_registry.async_get_issue(DOMAIN, issue) is None
