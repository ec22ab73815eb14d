"""Fixtures of charging control: a house with two chargers, of which the first has a car as a rule."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SimulatorFactory
from tests.control.chargers import HouseFactory, charger
from tests.control.house import House, Inside, inhabited_house
from tests.sites import site


@pytest.fixture
def entry_data(free_port: int) -> dict[str, Any]:
    """An address that stays the same when the entry is loaded again."""
    return {CONF_HOST: "127.0.0.1", CONF_PORT: free_port}


@pytest.fixture
def site_data() -> dict[str, Any]:
    """What the user set for the house beside the grid sensor; tests override the fixture."""
    return {}


@pytest.fixture
def charger_data() -> dict[str, Any]:
    """What the user set for the chargers; tests override the fixture."""
    return {}


@pytest.fixture
def subentries(site_data: dict[str, Any], charger_data: dict[str, Any]) -> list[ConfigSubentryData]:
    """Two chargers, of which the first has a car as a rule, and the house."""
    return [charger("CP1", **charger_data), charger("CP2", **charger_data), site(**site_data)]


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: SimulatorFactory) -> HouseFactory:
    """A function that builds a house with cars plugged in; it takes the options of `inhabited_house`."""
    # Hours pass here: to note where each of their callbacks comes from takes longer than all else.
    hass.loop.set_debug(False)

    async def build(**options: Any) -> House:
        return await inhabited_house(hass, freezer, simulator, **options)

    return build


@pytest.fixture
def inside(init_integration: MockConfigEntry) -> Inside:
    """CP1 as Home Assistant sees it."""
    return Inside(init_integration)
