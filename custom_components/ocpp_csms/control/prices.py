"""Prices of energy to come, from whatever entity the user chose: from lists in its attributes, or from an action of its integration.

Prices keep the unit of their source: planning compares, it does not calculate costs. Everything is taken for what it is worth:
what makes no sense is left out, and no forecast is a result like any other. Nothing here raises.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
import logging
import math
import re
from statistics import median_low
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.charging.planning import PriceSlot

_LOGGER = logging.getLogger(__name__)

_ACTION_TIMEOUT = 30  # s
_HOUR = timedelta(hours=1)

# Lists that belong together, by the names of the attributes, and the day that a list of bare numbers is for (0: today). The
# first group that holds prices counts: the same prices often stand in several.
_ATTRIBUTES: tuple[dict[str, int | None], ...] = (
    {"raw_today": 0, "raw_tomorrow": 1},
    {"prices_today": 0, "prices_tomorrow": 1},
    {"today": 0, "tomorrow": 1},
    {"data": None},
    {"prices": None},
    {"rates": None},
    {"forecast": None},
    {"forecasts": None},
)

# Names of the fields of one price, the more telling ones first
_START = ("start", "start_time", "startsAt", "starts_at", "from", "valid_from", "datetime", "timestamp", "time", "hour")
_END = ("end", "end_time", "endsAt", "ends_at", "till", "to", "valid_to")
_PRICE = ("total", "price", "value", "price_per_kwh", "electricity_price", "per_kwh", "value_inc_vat")

_EPOCH_SECONDS = range(10**9, 10**10)
_EPOCH_MILLISECONDS = range(10**12, 10**13)
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class _Point:
    """A price from an instant (UTC) on."""

    start: datetime
    end: datetime | None
    price: float


def current_price(hass: HomeAssistant, entity_id: str) -> float | None:
    """Return the entity's state, if it is a price."""
    state = hass.states.get(entity_id)
    return _number(state.state) if state is not None else None


async def async_price_slots(hass: HomeAssistant, entity_id: str) -> tuple[PriceSlot, ...]:
    """Return the prices from now on that the entity or its integration knows, by start and without overlaps; there may be gaps.

    An action may ask a server: call this a few times an hour.
    """
    state = hass.states.get(entity_id)
    entry = er.async_get(hass).async_get(entity_id)
    if state is None and entry is None:
        _LOGGER.debug("There is no %s", entity_id)
        return ()
    slots: tuple[PriceSlot, ...] = ()
    if state is not None:
        # Today is the day on which the entity wrote it; past midnight it may be yesterday's.
        today = dt_util.start_of_local_day(dt_util.as_local(state.last_reported))
        slots = _upcoming(_attribute_points(state.attributes, today))
    if not slots and entry is not None and (action := _ACTIONS.get(entry.platform)) is not None:
        slots = await _async_action_slots(hass, entry, action)
    if not slots:
        _LOGGER.debug("Neither %s nor an action of its integration tells prices to come", entity_id)
    return slots


# Actions


@dataclass(frozen=True, slots=True)
class _Action:
    """An action that answers with prices.

    `calls` returns the data of each call, for an entity and today's midnight. `scale` brings prices to the unit of the entity's
    state.
    """

    name: str
    calls: Callable[[er.RegistryEntry, datetime], list[dict[str, Any]]]
    scale: float = 1.0


def _days(today: datetime) -> list[str]:
    # One call for each day: where tomorrow's prices are not known yet, asking for them fails.
    return [(today.date() + timedelta(days=days)).isoformat() for days in (0, 1)]


def _nordpool(entry: er.RegistryEntry, today: datetime) -> list[dict[str, Any]]:
    return [{"config_entry": entry.config_entry_id, "date": day} for day in _days(today)]


def _omie(_entry: er.RegistryEntry, today: datetime) -> list[dict[str, Any]]:
    return [{"date": day} for day in _days(today)]


def _tibber(_entry: er.RegistryEntry, today: datetime) -> list[dict[str, Any]]:
    end = dt_util.start_of_local_day(today.date() + timedelta(days=2))
    return [{"start": today.isoformat(), "end": end.isoformat()}]


def _energyzero(entry: er.RegistryEntry, today: datetime) -> list[dict[str, Any]]:
    price_type = "all_in" if "_all_in_" in entry.unique_id else "market"
    return [{**call, "price_type": price_type} for call in _easyenergy(entry, today)]


def _easyenergy(entry: er.RegistryEntry, today: datetime) -> list[dict[str, Any]]:
    return [{"config_entry": entry.config_entry_id, "incl_vat": True, "start": day, "end": day} for day in _days(today)]


def _green_planet(entry: er.RegistryEntry, _today: datetime) -> list[dict[str, Any]]:
    return [{"config_entry_id": entry.config_entry_id, "hours": 24}]


def _amber(entry: er.RegistryEntry, _today: datetime) -> list[dict[str, Any]]:
    channel = next((name for name in ("controlled_load", "feed_in") if entry.unique_id.endswith(name)), "general")
    return [{"config_entry_id": entry.config_entry_id, "channel_type": channel}]


_ACTIONS = {
    "amberelectric": _Action("get_forecasts", _amber),
    "easyenergy": _Action("get_energy_usage_prices", _easyenergy),
    "energyzero": _Action("get_energy_prices", _energyzero),
    "green_planet_energy": _Action("get_prices", _green_planet),
    # Its entities show the currency per kWh, its action answers per MWh.
    "nordpool": _Action("get_prices_for_date", _nordpool, scale=0.001),
    "omie": _Action("get_prices_for_date", _omie),
    "tibber": _Action("get_prices", _tibber),
}


async def _async_action_slots(hass: HomeAssistant, entry: er.RegistryEntry, action: _Action) -> tuple[PriceSlot, ...]:
    points: list[_Point] = []
    if hass.services.has_service(entry.platform, action.name):
        for data in action.calls(entry, dt_util.start_of_local_day()):
            try:
                async with asyncio.timeout(_ACTION_TIMEOUT):
                    response = await hass.services.async_call(
                        entry.platform, action.name, data, blocking=True, return_response=True
                    )
            except Exception:  # the code of any integration runs here
                _LOGGER.debug("%s.%s failed with %s", entry.platform, action.name, data, exc_info=True)
            else:
                points += _row_points(_rows(response, _names(hass, entry)))
    return _upcoming(points, action.scale)


def _names(hass: HomeAssistant, entry: er.RegistryEntry) -> set[str]:
    """Return the names under which an answer for several homes or areas may hold this entity's prices."""
    device = dr.async_get(hass).async_get(entry.device_id) if entry.device_id else None
    return {*re.split(r"[-_]", entry.unique_id), *([device.name] if device and device.name else ())}


def _rows(response: Any, names: set[str]) -> Any:
    """Return the list of prices in an action's answer: the only one, or the one under one of the names."""
    while isinstance(response, Mapping):
        if len(response) > 1:
            response = {key: value for key, value in response.items() if key in names or key in ("prices", "forecasts")}
        response = next(iter(response.values())) if len(response) == 1 else None
    return response


# Lists


def _attribute_points(attributes: Mapping[str, Any], today: datetime) -> list[_Point]:
    """Return the prices of the first group of attributes that holds some. `today`: midnight of the day of their bare numbers."""
    for group in _ATTRIBUTES:
        points: list[_Point] = []
        for name, day in group.items():
            rows = attributes.get(name)
            points += _row_points(rows)
            if day is not None:
                points += _number_points(rows, dt_util.start_of_local_day(today.date() + timedelta(days=day)))
        if points:
            return points
    return []


def _row_points(rows: Any) -> list[_Point]:
    """Return what a list says that has a mapping for each price, whatever its fields are called."""
    mappings = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
    start_key, end_key, price_key = (_first_key(mappings, keys) for keys in (_START, _END, _PRICE))
    points: list[_Point] = []
    previous: datetime | None = None
    for row in mappings:
        price = _number(row.get(price_key))
        if (start := _instant(row.get(start_key), previous)) is None:
            continue
        previous = start
        if price is not None:
            points.append(_Point(start, _instant(row.get(end_key), start), price))
    return points


def _number_points(values: Any, midnight: datetime) -> list[_Point]:
    """Return what a list says that has a bare number for each hour, half hour or quarter of the day."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    next_midnight = dt_util.start_of_local_day(midnight.date() + timedelta(days=1))
    length = dt_util.as_utc(next_midnight) - dt_util.as_utc(midnight)
    for minutes in (60, 30, 15):
        step = timedelta(minutes=minutes)
        if len(values) * step == length:
            starts = [dt_util.as_utc(midnight) + i * step for i in range(len(values) + 1)]
        elif len(values) * step == timedelta(days=1):
            # On a day with 23 or 25 hours: the list goes by the clock on the wall.
            starts = [dt_util.as_utc(midnight + i * step) for i in range(len(values) + 1)]
        else:
            continue
        prices = map(_number, values)
        return [
            _Point(start, end, price)
            for (start, end), price in zip(pairwise(starts), prices, strict=True)
            if price is not None
        ]
    return []


def _upcoming(points: Iterable[_Point], scale: float = 1.0) -> tuple[PriceSlot, ...]:
    """Return slots by start, without those that are over. An end that is missing is where the next slot starts, as a rule."""
    ordered = sorted({point.start: point for point in points}.values(), key=lambda point: point.start)
    usual = median_low([after.start - before.start for before, after in pairwise(ordered)] or [_HOUR])
    now = dt_util.utcnow()
    slots: list[PriceSlot] = []
    for point, following in zip_longest(ordered, ordered[1:]):
        end = point.end if point.end is not None and point.end > point.start else point.start + usual
        if following is not None:
            end = min(end, following.start)
        if end > now:
            slots.append(PriceSlot(start=point.start, end=end, price=point.price * scale))
    return tuple(slots)


# Values


def _first_key(rows: Sequence[Mapping[Any, Any]], keys: Sequence[str]) -> str | None:
    return next((key for key in keys if any(key in row for row in rows)), None)


def _number(value: Any) -> float | None:
    """Return a finite number, also from text."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None


def _instant(value: Any, previous: datetime | None) -> datetime | None:
    """Return an instant in UTC from a datetime, from text or from an epoch. Without a zone it is in the home's.

    `previous` is the instant before it, if any: in the hour that comes twice it tells the first from the second.
    """
    try:
        if isinstance(value, str):
            value = dt_util.parse_datetime(value)
        elif isinstance(value, int | float):
            value = _epoch(value)
        if not isinstance(value, datetime) or value.year not in _YEARS:
            return None
        instant = dt_util.as_utc(value)
    except ValueError, OverflowError:
        return None
    if value.tzinfo is None and previous is not None and instant <= previous:
        return dt_util.as_utc(value.replace(fold=1))
    return instant


def _epoch(value: float) -> datetime | None:
    if int(value) in _EPOCH_MILLISECONDS:
        return dt_util.utc_from_timestamp(value / 1000)
    return dt_util.utc_from_timestamp(value) if int(value) in _EPOCH_SECONDS else None
