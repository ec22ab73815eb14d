"""The meters of the house as sensors of Home Assistant, and as the Energy dashboard wants them.

They are published over the REST interface, as any program could: Home Assistant keeps their statistics like those of an integration's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .house import Meters

GRID_POWER = "sensor.demo_grid_power"
SOLAR_POWER = "sensor.demo_solar_power"
_IMPORTED = "sensor.demo_energy_from_grid"
_EXPORTED = "sensor.demo_energy_to_grid"
_PRODUCED = "sensor.demo_solar_energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSensor:
    """One meter as a sensor."""

    entity_id: str
    name: str
    icon: str
    unit: str
    device_class: str
    state_class: str
    value: Callable[[Meters], float]

    @property
    def attributes(self) -> dict[str, str]:
        """What goes with the value."""
        return {
            "friendly_name": self.name,
            "icon": self.icon,
            "unit_of_measurement": self.unit,
            "device_class": self.device_class,
            "state_class": self.state_class,
        }


def _power(entity_id: str, name: str, icon: str, value: Callable[[Meters], float]) -> MeterSensor:
    return MeterSensor(
        entity_id=entity_id,
        name=name,
        icon=icon,
        unit="W",
        device_class="power",
        state_class="measurement",
        value=lambda meters: round(value(meters)),
    )


def _energy(entity_id: str, name: str, icon: str, value: Callable[[Meters], float]) -> MeterSensor:
    return MeterSensor(
        entity_id=entity_id,
        name=name,
        icon=icon,
        unit="kWh",
        device_class="energy",
        state_class="total_increasing",
        value=lambda meters: round(value(meters), 4),
    )


def _current(phase: int) -> MeterSensor:
    return MeterSensor(
        entity_id=f"sensor.demo_current_l{phase + 1}",
        name=f"Grid current L{phase + 1}",
        icon="mdi:current-ac",
        unit="A",
        device_class="current",
        state_class="measurement",
        value=lambda meters: round(meters.currents[phase], 1),
    )


SENSORS = (
    _power(GRID_POWER, "Grid power", "mdi:transmission-tower", lambda meters: meters.grid),
    _power(SOLAR_POWER, "Solar power", "mdi:solar-power-variant", lambda meters: meters.solar),
    *(_current(phase) for phase in range(3)),  # for the main fuse, to try it
    _energy(_IMPORTED, "Energy from the grid", "mdi:transmission-tower-export", lambda meters: meters.imported),
    _energy(_EXPORTED, "Energy to the grid", "mdi:transmission-tower-import", lambda meters: meters.exported),
    _energy(_PRODUCED, "Solar energy", "mdi:solar-power", lambda meters: meters.produced),
)


def energy_preferences(chargers: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what the Energy dashboard is told; `chargers`: entity ids by identity, and by connector and key of their unique ids."""
    return {
        "energy_sources": [
            {
                "type": "grid",
                "stat_energy_from": _IMPORTED,
                "stat_energy_to": _EXPORTED,
                "stat_cost": None,
                "number_energy_price": 0.3,
                "stat_compensation": None,
                "number_energy_price_export": 0.08,
                "cost_adjustment_day": 0,
                "power_config": {"stat_rate": GRID_POWER},
            },
            {
                "type": "solar",
                "stat_energy_from": _PRODUCED,
                "stat_rate": SOLAR_POWER,
                "config_entry_solar_forecast": None,
            },
        ],
        "device_consumption": [
            {"stat_consumption": entities["1_energy"], "stat_rate": entities["1_power"], "name": identity.capitalize()}
            for identity, entities in chargers.items()
        ],
    }
