"""The Energy dashboard's preferences become suggestions, with the signs of the site's fields."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ocpp_csms.control.energy_preferences import (
    Suggestion,
    async_solar_forecast_entries,
    async_suggestion,
)

type SavePreferences = Callable[..., Awaitable[None]]

GRID = {"type": "grid", "stat_energy_from": "sensor.import_energy", "stat_energy_to": None, "cost_adjustment_day": 0}
SOLAR = {"type": "solar", "stat_energy_from": "sensor.solar_energy", "config_entry_solar_forecast": None}
BATTERY = {"type": "battery", "stat_energy_from": "sensor.discharged", "stat_energy_to": "sensor.charged"}


@pytest.fixture
def save(hass: HomeAssistant) -> SavePreferences:
    """Save sources as the dashboard would, which is set up."""

    async def save_preferences(*sources: dict[str, Any]) -> None:
        hass.config.components.add("energy")
        manager = await async_get_manager(hass)
        await manager.async_update(cast(EnergyPreferencesUpdate, {"energy_sources": list(sources)}))

    return save_preferences


@pytest.fixture(autouse=True)
def _entities(hass: HomeAssistant) -> None:
    """The sensors of a house."""
    for name in ("grid", "in", "out", "solar", "east", "battery", "soc", "price", "other"):
        hass.states.async_set(f"sensor.{name}", "1")


async def test_without_the_energy_dashboard_nothing_is_suggested(hass: HomeAssistant) -> None:
    """It is no dependency."""
    assert await async_suggestion(hass) == Suggestion()
    assert await async_solar_forecast_entries(hass) == ()


async def test_a_dashboard_that_nobody_filled_in_suggests_nothing(hass: HomeAssistant) -> None:
    """It has no preferences at all then."""
    hass.config.components.add("energy")
    assert await async_suggestion(hass) == Suggestion()


async def test_a_whole_house_is_suggested(hass: HomeAssistant, save: SavePreferences) -> None:
    """Signs are the same: import and discharge are positive."""
    await save(
        {**GRID, "power_config": {"stat_rate": "sensor.grid"}, "entity_energy_price": "sensor.price"},
        {**SOLAR, "stat_rate": "sensor.solar"},
        {**SOLAR, "stat_rate": "sensor.east"},
        {**BATTERY, "power_config": {"stat_rate": "sensor.battery"}, "stat_soc": "sensor.soc"},
        {"type": "gas", "stat_energy_from": "sensor.gas", "stat_rate": "sensor.other"},
    )
    assert await async_suggestion(hass) == Suggestion(
        grid_power="sensor.grid",
        solar_power=("sensor.solar", "sensor.east"),
        battery_power="sensor.battery",
        battery_soc="sensor.soc",
        price="sensor.price",
    )


async def test_inverted_sensors_are_suggested_as_inverted(hass: HomeAssistant, save: SavePreferences) -> None:
    """The user's own sensor is taken, not the one that the dashboard makes of it."""
    hass.states.async_set("sensor.grid_inverted", "1")
    hass.states.async_set("sensor.battery_inverted", "1")
    await save(
        {**GRID, "power_config": {"stat_rate_inverted": "sensor.grid"}},
        {**BATTERY, "power_config": {"stat_rate_inverted": "sensor.battery"}},
    )
    assert await async_suggestion(hass) == Suggestion(
        grid_power="sensor.grid",
        grid_power_inverted=True,
        battery_power="sensor.battery",
        battery_power_inverted=True,
    )


async def test_two_sensors_of_the_grid_are_suggested_as_a_pair(hass: HomeAssistant, save: SavePreferences) -> None:
    """From is import, to is export."""
    await save({**GRID, "power_config": {"stat_rate_from": "sensor.in", "stat_rate_to": "sensor.out"}})
    assert await async_suggestion(hass) == Suggestion(grid_import="sensor.in", grid_export="sensor.out")


async def test_of_a_pair_with_a_missing_half_the_dashboards_own_sensor_remains(
    hass: HomeAssistant, save: SavePreferences
) -> None:
    """It is import less export."""
    hass.states.async_set("sensor.energy_grid_in_gone_net_power", "1")
    await save({**GRID, "power_config": {"stat_rate_from": "sensor.in", "stat_rate_to": "sensor.gone"}})
    assert await async_suggestion(hass) == Suggestion(grid_power="sensor.energy_grid_in_gone_net_power")


async def test_two_sensors_of_a_battery_are_suggested_by_their_difference(
    hass: HomeAssistant, save: SavePreferences
) -> None:
    """The dashboard's own sensor is discharge less charge."""
    hass.states.async_set("sensor.energy_battery_in_out_net_power", "1")
    await save({**BATTERY, "power_config": {"stat_rate_from": "sensor.in", "stat_rate_to": "sensor.out"}})
    assert await async_suggestion(hass) == Suggestion(battery_power="sensor.energy_battery_in_out_net_power")


async def test_what_is_no_entity_is_not_suggested(hass: HomeAssistant, save: SavePreferences) -> None:
    """Imported statistics are none, and sensors may be gone; the next source is taken then."""
    await save(
        {**GRID, "stat_rate": "tibber:grid", "entity_energy_price": "sensor.gone"},
        {
            **GRID,
            "stat_energy_from": "sensor.second",
            "stat_rate": "sensor.grid",
            "entity_energy_price": "sensor.price",
        },
        {**SOLAR, "stat_rate": "sensor.gone"},
        SOLAR,
        {**BATTERY, "stat_rate": "sensor.gone", "stat_soc": "external:soc"},
        {**BATTERY, "stat_rate": "sensor.battery"},
    )
    assert await async_suggestion(hass) == Suggestion(
        grid_power="sensor.grid", battery_power="sensor.battery", price="sensor.price"
    )


async def test_an_entity_that_has_not_reported_yet_is_suggested(
    hass: HomeAssistant, save: SavePreferences, entity_registry: er.EntityRegistry
) -> None:
    """It is registered, that is enough."""
    entry = entity_registry.async_get_or_create("sensor", "meter", "1", suggested_object_id="registered")
    await save({**GRID, "stat_rate": entry.entity_id})
    assert await async_suggestion(hass) == Suggestion(grid_power="sensor.registered")


async def test_the_same_solar_sensor_is_suggested_once(hass: HomeAssistant, save: SavePreferences) -> None:
    """The form refuses a sensor that is chosen twice."""
    await save({**SOLAR, "stat_rate": "sensor.solar"}, {**SOLAR, "stat_rate": "sensor.solar"})
    assert await async_suggestion(hass) == Suggestion(solar_power=("sensor.solar",))


async def test_forecasts_of_several_roofs_are_named_once_each(hass: HomeAssistant, save: SavePreferences) -> None:
    """Roofs may share a forecast, or have none."""
    await save(
        SOLAR,
        {**SOLAR, "config_entry_solar_forecast": ["east", "west"]},
        {**SOLAR, "config_entry_solar_forecast": ["west"]},
        GRID,
    )
    assert await async_solar_forecast_entries(hass) == ("east", "west")
