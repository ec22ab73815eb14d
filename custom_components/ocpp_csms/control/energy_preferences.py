"""What the Energy dashboard knows of the house, as suggestions for the form of the site. Nothing here is needed to run.

The dashboard's signs are ours: grid import and battery discharge are positive. It is read only while it is set up.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers import entity_registry as er

_ENERGY = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Entities for the fields of the same names in the form of the site. All of them exist.

    Grid: either `grid_power`, or both `grid_import` and `grid_export`, or neither. Of several grid connections or batteries
    the first that can be used is taken.
    """

    grid_power: str | None = None
    grid_power_inverted: bool = False
    grid_import: str | None = None
    grid_export: str | None = None
    solar_power: tuple[str, ...] = ()
    battery_power: str | None = None
    battery_power_inverted: bool = False
    battery_soc: str | None = None
    price: str | None = None


async def async_suggestion(hass: HomeAssistant) -> Suggestion:
    """Return what the Energy dashboard suggests; nothing if it is not set up."""
    sources = await _async_sources(hass)
    grids = [source for source in sources if source["type"] == "grid"]
    return Suggestion(
        **next(filter(None, (_grid(hass, source) for source in grids)), {}),
        solar_power=tuple(dict.fromkeys(_known(hass, (source.get("stat_rate") for source in _solar(sources))))),
        **next(filter(None, (_battery(hass, source) for source in sources if source["type"] == "battery")), {}),
        price=next(_known(hass, (source.get("entity_energy_price") for source in grids)), None),
    )


async def async_solar_forecast_entries(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the ids of the config entries whose solar forecasts the Energy dashboard shows, each once."""
    entries = (source.get("config_entry_solar_forecast") or () for source in _solar(await _async_sources(hass)))
    return tuple(dict.fromkeys(entry for group in entries for entry in group))


async def _async_sources(hass: HomeAssistant) -> list[Mapping[str, Any]]:
    if _ENERGY not in hass.config.components:
        return []
    # Loaded by now. At the top it would bring frontend and recorder along wherever they are not wanted.
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415

    manager = await async_get_manager(hass)
    return [*manager.data["energy_sources"]] if manager.data else []


def _solar(sources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [source for source in sources if source["type"] == "solar"]


def _grid(hass: HomeAssistant, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a grid connection. The user's own sensors are preferred to those that the dashboard makes of them."""
    config = source.get("power_config", {})
    pair = [*_known(hass, (config.get("stat_rate_from"), config.get("stat_rate_to")))]
    if len(pair) == 2:
        return {"grid_import": pair[0], "grid_export": pair[1]}
    return _signed(hass, source, "grid_power")


def _battery(hass: HomeAssistant, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a battery. Of two sensors, one for each direction, the dashboard's own sensor is the difference."""
    fields = _signed(hass, source, "battery_power")
    if soc := next(_known(hass, [source.get("stat_soc")]), None):
        fields["battery_soc"] = soc
    return fields


def _signed(hass: HomeAssistant, source: Mapping[str, Any], field: str) -> dict[str, Any]:
    inverted = source.get("power_config", {}).get("stat_rate_inverted")
    if entity_id := next(_known(hass, [inverted]), None):
        return {field: entity_id, f"{field}_inverted": True}
    if entity_id := next(_known(hass, [source.get("stat_rate")]), None):
        return {field: entity_id}
    return {}


def _known(hass: HomeAssistant, statistic_ids: Iterable[str | None]) -> Iterator[str]:
    """Yield those that are entities. Others are statistics that some integration imported, or are gone."""
    registry = er.async_get(hass)
    for statistic_id in statistic_ids:
        if statistic_id is None or not valid_entity_id(statistic_id):
            continue
        if hass.states.get(statistic_id) is not None or statistic_id in registry.entities:
            yield statistic_id
