"""How much sun is expected, from the forecasts that the Energy dashboard shows. A forecast that cannot be had is none: it never raises."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
import logging
import math
from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util

from .energy_preferences import async_solar_forecast_entries

_LOGGER = logging.getLogger(__name__)

# A value stands for the time until the next one, but never for more than this: after the last of a day comes the night.
_LONGEST = timedelta(hours=1)


class SolarSlot(NamedTuple):
    """Energy in kWh that one forecast expects between two instants (aware)."""

    start: datetime
    end: datetime
    energy: float


async def async_solar_forecast(hass: HomeAssistant) -> tuple[SolarSlot, ...]:
    """Return what is expected, by start. Slots of several forecasts (roofs) may overlap: their energies add up."""
    slots: list[SolarSlot] = []
    for entry_id in await async_solar_forecast_entries(hass):
        slots += _slots(await _async_watt_hours(hass, entry_id))
    return tuple(sorted(slots))


async def _async_watt_hours(hass: HomeAssistant, entry_id: str) -> Mapping[Any, Any]:
    """Return Wh by the time from which they count, as the forecast's integration tells the Energy dashboard."""
    if (entry := hass.config_entries.async_get_entry(entry_id)) is None:
        return {}
    try:
        integration = await async_get_integration(hass, entry.domain)
        platform = await integration.async_get_platform("energy")
        forecast = await platform.async_get_solar_forecast(hass, entry_id)
        watt_hours = forecast["wh_hours"] if forecast else {}
    except Exception:  # the code of any integration runs here, also while its entry is not loaded
        _LOGGER.debug("The solar forecast of %s (%s) cannot be had", entry.title, entry.domain, exc_info=True)
        return {}
    return watt_hours if isinstance(watt_hours, Mapping) else {}


def _slots(watt_hours: Mapping[Any, Any]) -> list[SolarSlot]:
    points = sorted(filter(None, (_point(start, energy) for start, energy in watt_hours.items())))
    ends = [min(after, start + _LONGEST) for (start, _), (after, _) in pairwise(points)]
    if points:
        ends.append(points[-1][0] + _LONGEST)
    return [SolarSlot(start, end, energy) for (start, energy), end in zip(points, ends, strict=True)]


def _point(start: Any, energy: Any) -> tuple[datetime, float] | None:
    """Return a start and kWh, or None for what is no such thing."""
    if not isinstance(energy, int | float) or not math.isfinite(energy) or energy < 0:
        return None
    try:
        parsed = dt_util.parse_datetime(start, raise_on_error=True)
        return dt_util.as_utc(parsed), energy / 1000
    except TypeError, ValueError, OverflowError:
        return None
