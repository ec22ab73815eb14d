"""Fixtures of the tests of the records: the folder of the private files, which are real ones here, a history in it, and a recorded home."""

from collections.abc import AsyncGenerator
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.records.history import History
from tests.scripted import ScriptedDialect

from .charges import at
from .recorded import RecordedHome


@pytest.fixture
def storage(hass: HomeAssistant) -> Path:
    """The folder of the private files."""
    return Path(hass.config.path(".storage"))


@pytest.fixture
async def history(hass: HomeAssistant, storage: Path) -> History:
    """The history of an entry, empty."""
    history = History(hass, "abc")
    await history.async_load()
    return history


@pytest.fixture
async def home(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    far_end: ScriptedDialect,
) -> AsyncGenerator[RecordedHome]:
    """A recorded home at ten o'clock, with a charger that has told its register, 100 kWh."""
    home = RecordedHome(hass, freezer, init_integration.runtime_data.central.charge_points["CP1"], far_end, at(10, 10))
    home.connect()
    await home.tell(100.0)
    await hass.async_block_till_done()
    yield home
    if home.charge_point.connected:
        home.disconnect()
