"""Solar forecasts are read from the integrations that the Energy dashboard names."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration, mock_platform

from custom_components.ocpp_csms.control.solar_forecast import SolarSlot, async_solar_forecast

type Provide = Callable[[str, Any], None]


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of the day that the forecasts are for."""
    return datetime(2026, 6, 1, hour, minute, tzinfo=UTC)


@pytest.fixture
def provide(hass: HomeAssistant) -> Provide:
    """Set up an integration that answers with this forecast, or raises it. Its entry has the same name as the integration."""

    def set_up(domain: str, answer: Any) -> None:
        MockConfigEntry(domain=domain, entry_id=domain).add_to_hass(hass)
        mock_integration(hass, MockModule(domain))
        platform = Mock(async_get_solar_forecast=AsyncMock(side_effect=[answer]))
        mock_platform(hass, f"{domain}.energy", platform)

    return set_up


async def forecast(hass: HomeAssistant, *entry_ids: str) -> tuple[SolarSlot, ...]:
    """Return the forecast while the dashboard names these entries."""
    with patch(
        "custom_components.ocpp_csms.control.solar_forecast.async_solar_forecast_entries", return_value=entry_ids
    ):
        return await async_solar_forecast(hass)


async def test_a_forecast_becomes_slots_in_kilowatt_hours(hass: HomeAssistant, provide: Provide) -> None:
    """Each value counts until the next one, for an hour at most, in whatever zone it is told."""
    watt_hours = {
        "2026-06-01T12:00:00+02:00": 2000,
        "2026-06-01T11:30:00+02:00": 500,
        "2026-06-01T18:00:00+02:00": 100.0,
    }
    provide("forecast_a", {"wh_hours": watt_hours})
    assert await forecast(hass, "forecast_a") == (
        SolarSlot(at(9, 30), at(10), 0.5),
        SolarSlot(at(10), at(11), 2.0),
        SolarSlot(at(16), at(17), 0.1),
    )


async def test_forecasts_of_several_roofs_stand_side_by_side(hass: HomeAssistant, provide: Provide) -> None:
    """Their energies add up."""
    provide("forecast_a", {"wh_hours": {"2026-06-01T12:00:00Z": 1000}})
    provide("forecast_b", {"wh_hours": {"2026-06-01T11:30:00Z": 500, "2026-06-01T12:00:00Z": 3000}})
    assert await forecast(hass, "forecast_a", "forecast_b") == (
        SolarSlot(at(11, 30), at(12), 0.5),
        SolarSlot(at(12), at(13), 1.0),
        SolarSlot(at(12), at(13), 3.0),
    )


@pytest.mark.parametrize(
    "answer",
    [None, {"wh_hours": {}}, {"wh_hours": None}, {}, AttributeError("not loaded"), {"wh_hours": [1, 2]}],
)
async def test_a_forecast_that_cannot_be_had_is_none(hass: HomeAssistant, provide: Provide, answer: Any) -> None:
    """The other ones count all the same."""
    provide("forecast_a", answer)
    provide("forecast_b", {"wh_hours": {"2026-06-01T12:00:00Z": 1000}})
    assert await forecast(hass, "forecast_a", "gone", "forecast_b") == (SolarSlot(at(12), at(13), 1.0),)


@pytest.mark.parametrize(
    ("start", "energy"),
    [
        ("noon", 1000),
        ("2026-13-01T12:00:00Z", 1000),
        ("0001-01-01T00:00:00+12:00", 1000),
        (12, 1000),
        ("2026-06-01T11:00:00Z", None),
        ("2026-06-01T11:00:00Z", "1000"),
        ("2026-06-01T11:00:00Z", float("nan")),
        ("2026-06-01T11:00:00Z", -1),
    ],
)
async def test_values_that_make_no_sense_are_left_out(
    hass: HomeAssistant, provide: Provide, start: Any, energy: Any
) -> None:
    """The rest of the forecast stays."""
    provide("forecast_a", {"wh_hours": {start: energy, "2026-06-01T12:00:00Z": 1000}})
    assert await forecast(hass, "forecast_a") == (SolarSlot(at(12), at(13), 1.0),)


async def test_the_dashboard_names_the_forecasts(hass: HomeAssistant) -> None:
    """Without one there is nothing to ask."""
    assert await async_solar_forecast(hass) == ()
