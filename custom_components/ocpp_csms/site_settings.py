"""From what the subentry of the site keeps to what the user set: meters, fuse, prices, the grid operator's signal. The only module that knows that shape.

Entities are named here, never read. What is absent takes the default below, so that each default stands in one place.
"""

from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from .const import (
    CONF_BATTERY_POWER,
    CONF_BATTERY_POWER_INVERTED,
    CONF_BATTERY_PRIORITY_SOC,
    CONF_BATTERY_SOC,
    CONF_CHARGER_CIRCUIT,
    CONF_CURRENT_L1,
    CONF_CURRENT_L2,
    CONF_CURRENT_L3,
    CONF_DIMMED_POWER,
    CONF_DIMMER,
    CONF_FUSE,
    CONF_FUSE_MARGIN,
    CONF_GRID_EXPORT,
    CONF_GRID_IMPORT,
    CONF_GRID_POWER,
    CONF_GRID_POWER_INVERTED,
    CONF_PRICE,
    CONF_SOLAR_POWER,
    CONF_STRICT,
    SUBENTRY_SITE,
)
from .settings import subentries_of

DEFAULT_FUSE_MARGIN = 1.0  # A
DEFAULT_PRIORITY_SOC = 50.0  # %
DEFAULT_DIMMED_POWER = 4200.0  # W, § 14a of the German Energiewirtschaftsgesetz


@dataclass(frozen=True, slots=True)
class SignedPower:
    """One sensor for both directions. The site is fed at positive values (import, discharge), or at negative ones if inverted."""

    entity_id: str
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPair:
    """Two sensors of the grid's power, one for each direction, both positive."""

    imported: str
    exported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySettings:
    """The battery of the house. Below `priority_soc` (%) it is charged before the cars are."""

    power: SignedPower | None = None
    soc: str | None = None
    priority_soc: float = DEFAULT_PRIORITY_SOC


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseSettings:
    """The main fuse: A per phase. `currents` are the sensors of L1 to L3, or of the only phase.

    Strict: without fresh values of these sensors nothing is charged at all.
    """

    rating: float
    currents: tuple[str, ...]
    margin: float = DEFAULT_FUSE_MARGIN
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DimmerSettings:
    """The grid operator's signal: while `entity_id` is on, each charger takes no more than `power` W."""

    entity_id: str
    power: float = DEFAULT_DIMMED_POWER


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What the user set. `circuit`: A per phase that all chargers together may take, whatever the main fuse allows."""

    grid: SignedPower | PowerPair | None = None
    solar: tuple[str, ...] = ()
    battery: BatterySettings | None = None
    fuse: FuseSettings | None = None
    circuit: float | None = None
    price: str | None = None
    dimmer: DimmerSettings | None = None


def site_settings(subentry: ConfigSubentry) -> SiteSettings:
    """Return what the user set."""
    data = subentry.data
    return SiteSettings(
        grid=_grid(subentry),
        solar=tuple(data.get(CONF_SOLAR_POWER, ())),
        battery=_battery(subentry),
        fuse=_fuse(subentry),
        circuit=data.get(CONF_CHARGER_CIRCUIT),
        price=data.get(CONF_PRICE),
        dimmer=_dimmer(subentry),
    )


def site_subentry(entry: ConfigEntry) -> ConfigSubentry | None:
    """Return the subentry of the entry's site; there is one at most."""
    return next(subentries_of(entry, SUBENTRY_SITE), None)


def with_grid_turned_round(subentry: ConfigSubentry) -> dict[str, Any]:
    """Return what the subentry keeps, with the power of the grid counted the other way round."""
    data = dict(subentry.data)
    if CONF_GRID_POWER in data:
        return data | {CONF_GRID_POWER_INVERTED: not data.get(CONF_GRID_POWER_INVERTED, False)}
    return data | {CONF_GRID_IMPORT: data[CONF_GRID_EXPORT], CONF_GRID_EXPORT: data[CONF_GRID_IMPORT]}


def _grid(subentry: ConfigSubentry) -> SignedPower | PowerPair | None:
    data = subentry.data
    if CONF_GRID_POWER in data:
        return SignedPower(data[CONF_GRID_POWER], data.get(CONF_GRID_POWER_INVERTED, False))
    if CONF_GRID_IMPORT in data and CONF_GRID_EXPORT in data:
        return PowerPair(imported=data[CONF_GRID_IMPORT], exported=data[CONF_GRID_EXPORT])
    return None


def _battery(subentry: ConfigSubentry) -> BatterySettings | None:
    data = subentry.data
    if CONF_BATTERY_POWER not in data and CONF_BATTERY_SOC not in data:
        return None
    inverted = data.get(CONF_BATTERY_POWER_INVERTED, False)
    return BatterySettings(
        power=SignedPower(data[CONF_BATTERY_POWER], inverted) if CONF_BATTERY_POWER in data else None,
        soc=data.get(CONF_BATTERY_SOC),
        priority_soc=data.get(CONF_BATTERY_PRIORITY_SOC, DEFAULT_PRIORITY_SOC),
    )


def _fuse(subentry: ConfigSubentry) -> FuseSettings | None:
    data = subentry.data
    if CONF_FUSE not in data:
        return None
    phases = (CONF_CURRENT_L1, CONF_CURRENT_L2, CONF_CURRENT_L3)
    return FuseSettings(
        rating=data[CONF_FUSE],
        currents=tuple(data[phase] for phase in phases if phase in data),
        margin=data.get(CONF_FUSE_MARGIN, DEFAULT_FUSE_MARGIN),
        strict=data.get(CONF_STRICT, False),
    )


def _dimmer(subentry: ConfigSubentry) -> DimmerSettings | None:
    data = subentry.data
    if CONF_DIMMER not in data:
        return None
    return DimmerSettings(entity_id=data[CONF_DIMMER], power=data.get(CONF_DIMMED_POWER, DEFAULT_DIMMED_POWER))
