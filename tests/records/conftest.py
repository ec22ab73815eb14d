"""Fixtures of the tests of the records: the folder of the private files, which are real ones here, and a history in it."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.records.history import History


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
