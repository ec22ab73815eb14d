"""From what the subentry of the site keeps to what the user set: meters, fuse, prices, the grid operator's signal. The only module that knows that shape.

Entities are named here, never read. What is absent takes the default below, so that each default stands in one place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from custom_components.ocpp_csms.const import (
    CONF_BATTERY_POWER,
    CONF_BATTERY_POWER_INVERTED,
    CONF_BATTERY_PRIORITY_SOC,
    CONF_BATTERY_SOC,
    CONF_CHARGER_CIRCUIT,
    CONF_DIMMED_POWER,
    CONF_DIMMER,
    CONF_FUSE,
    CONF_FUSE_MARGIN,
    CONF_GRID_EXPORT,
    CONF_GRID_IMPORT,
    CONF_GRID_POWER,
    CONF_GRID_POWER_INVERTED,
    CONF_PHASE_L1,
    CONF_PHASE_L2,
    CONF_PHASE_L3,
    CONF_PRICE,
    CONF_RESUME_AFTER_UNPLUG,
    CONF_SOLAR_POWER,
    CONF_STRICT,
    CONF_VOLTAGE_L1,
    CONF_VOLTAGE_L2,
    CONF_VOLTAGE_L3,
    SUBENTRY_SITE,
)
from custom_components.ocpp_csms.settings import subentries_of

DEFAULT_FUSE_MARGIN = 1.0  # A
DEFAULT_PRIORITY_SOC = 50.0  # %
DEFAULT_DIMMED_POWER = 4200.0  # W, § 14a of the German Energiewirtschaftsgesetz
DEFAULT_RESUME_AFTER_UNPLUG = True

PHASE_FIELDS = (CONF_PHASE_L1, CONF_PHASE_L2, CONF_PHASE_L3)
VOLTAGE_FIELDS = (CONF_VOLTAGE_L1, CONF_VOLTAGE_L2, CONF_VOLTAGE_L3)


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


@dataclass(frozen=True, slots=True)
class PhaseSensor:
    """The sensor of one phase at the grid connection: of its current, or of its power, to be divided by what `voltage` shows.

    Import is positive. Only the sensor of the grid's power, which a house with one phase may name here too, can be inverted.
    """

    entity_id: str
    voltage: str | None = None
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseSettings:
    """The main fuse: A per phase. `phases` are the sensors of L1 to L3, or of the only phase.

    Strict: without fresh values of these sensors nothing is charged at all.
    """

    rating: float
    phases: tuple[PhaseSensor, ...]
    margin: float = DEFAULT_FUSE_MARGIN
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DimmerSettings:
    """The grid operator's signal: while `entity_id` is on, each charger takes no more than `power` W."""

    entity_id: str
    power: float = DEFAULT_DIMMED_POWER


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What the user set. `circuit`: A per phase that all chargers together may take, whatever the main fuse allows.

    `resume_after_unplug`: a mode that has yielded to a command by hand comes back when the car is unplugged.
    """

    grid: SignedPower | PowerPair | None = None
    solar: tuple[str, ...] = ()
    battery: BatterySettings | None = None
    fuse: FuseSettings | None = None
    circuit: float | None = None
    price: str | None = None
    dimmer: DimmerSettings | None = None
    resume_after_unplug: bool = DEFAULT_RESUME_AFTER_UNPLUG


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
        resume_after_unplug=data.get(CONF_RESUME_AFTER_UNPLUG, DEFAULT_RESUME_AFTER_UNPLUG),
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
    return FuseSettings(
        rating=data[CONF_FUSE],
        phases=tuple(_phases(data)),
        margin=data.get(CONF_FUSE_MARGIN, DEFAULT_FUSE_MARGIN),
        strict=data.get(CONF_STRICT, False),
    )


def _phases(data: Mapping[str, Any]) -> Iterator[PhaseSensor]:
    for phase, voltage in zip(PHASE_FIELDS, VOLTAGE_FIELDS, strict=True):
        if phase in data:
            of_grid = data[phase] == data.get(CONF_GRID_POWER)
            inverted = of_grid and data.get(CONF_GRID_POWER_INVERTED, False)
            yield PhaseSensor(data[phase], data.get(voltage), inverted)


def _dimmer(subentry: ConfigSubentry) -> DimmerSettings | None:
    data = subentry.data
    if CONF_DIMMER not in data:
        return None
    return DimmerSettings(entity_id=data[CONF_DIMMER], power=data.get(CONF_DIMMED_POWER, DEFAULT_DIMMED_POWER))
