"""Numbers: the limits of a connector as the charge point confirmed them, and what the user wants of the charging modes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
import math
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charging.wiring import MINIMUM_CURRENT
from .commands import command_errors
from .control.goals import Goals
from .csms.charge_point import ChargePoint
from .csms.model import Connector, Quantity
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry, OcppRuntime

PARALLEL_UPDATES = 0  # each charge point queues its commands itself


@dataclass(frozen=True, kw_only=True)
class OcppNumberDescription(OcppEntityDescription, NumberEntityDescription):
    """One number, its upper end and the command that sets it."""

    value_fn: Callable[[ChargePoint, Connector], float | None]
    maximum_fn: Callable[[ChargePoint], float]
    set_fn: Callable[[OcppRuntime, ChargePoint, int, float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class OcppGoalDescription(OcppEntityDescription, NumberEntityDescription):
    """One number of `Goals`, by its name there. `range_fn` gives the ends that are not always the same, `cast` the type that is kept."""

    keys: tuple[str, ...] | None = ("goals",)
    needs_control: bool = True
    always_available: bool = True
    entity_category: EntityCategory | None = EntityCategory.CONFIG
    value_fn: Callable[[Goals, ChargePoint], float | None] | None = None
    range_fn: Callable[[Goals, ChargePoint], tuple[float, float]] | None = None
    cast: Callable[[float], float] = float


def _maximum_power(charge_point: ChargePoint) -> float:
    """Return the power in W that flows at the highest current the user allows."""
    settings = charge_point.settings
    return math.ceil(round(settings.wiring.watts(settings.maximum_current), 3))


def _connectors_maximum(charge_point: ChargePoint) -> float:
    """Return the current in A per phase that all connectors together may take."""
    return charge_point.settings.maximum_current * max(1, len(charge_point.connectors) - 1)


async def _set_ceiling(_runtime: OcppRuntime, charge_point: ChargePoint, _number: int, amperes: float) -> None:
    await charge_point.set_ceiling(amperes)


async def _set_limit(runtime: OcppRuntime, charge_point: ChargePoint, number: int, amperes: float) -> None:
    await runtime.control.set_limit(charge_point, number, amperes)


async def _set_power(runtime: OcppRuntime, charge_point: ChargePoint, number: int, watts: float) -> None:
    settings = charge_point.settings
    amperes = settings.wiring.amperes(watts)
    # The highest power is shown in whole watts, and may be a little more than the highest current.
    fits = watts <= _maximum_power(charge_point)
    await _set_limit(runtime, charge_point, number, min(amperes, settings.maximum_current) if fits else amperes)


def _highest(charge_point: ChargePoint) -> float:
    """Return the highest current in A that a mode may be given."""
    return max(MINIMUM_CURRENT, charge_point.settings.maximum_current)


def _maximum(goals: Goals, charge_point: ChargePoint) -> float:
    """Return the current in A that the modes do not exceed."""
    return goals.highest(_highest(charge_point))


def _minimum(goals: Goals, charge_point: ChargePoint) -> float:
    """Return the current in A below which the modes do not go while they charge."""
    return min(goals.minimum_current, _maximum(goals, charge_point))


def _reports_soc(_charge_point: ChargePoint, connector: Connector) -> bool:
    """Say whether the connector knows how full the car is."""
    return Quantity.SOC in connector.readings


CHARGE_POINT_NUMBERS = (
    OcppNumberDescription(
        key="station_limit",
        keys=("limits", "connectors"),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=MINIMUM_CURRENT,
        native_step=1,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        value_fn=lambda charge_point, _: charge_point.limits.ceiling,
        maximum_fn=_connectors_maximum,
        set_fn=_set_ceiling,
    ),
)

CONNECTOR_NUMBERS = (
    OcppNumberDescription(
        key="current_limit",
        keys=("limit",),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        native_step=1,
        value_fn=lambda _, connector: connector.limit,
        maximum_fn=lambda charge_point: charge_point.settings.maximum_current,
        set_fn=_set_limit,
    ),
    OcppNumberDescription(
        key="power_limit",
        keys=("limit",),
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=0,
        native_step=10,
        entity_registry_enabled_default=False,
        value_fn=lambda charge_point, connector: charge_point.power_limit(connector.number),
        maximum_fn=_maximum_power,
        set_fn=_set_power,
    ),
)

CONNECTOR_GOALS = (
    OcppGoalDescription(
        key="minimum_current",
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        value_fn=_minimum,
        range_fn=lambda goals, charge_point: (MINIMUM_CURRENT, _maximum(goals, charge_point)),
    ),
    OcppGoalDescription(
        key="maximum_current",
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        value_fn=_maximum,
        range_fn=lambda goals, charge_point: (_minimum(goals, charge_point), _highest(charge_point)),
    ),
    OcppGoalDescription(
        key="solar_share",
        native_unit_of_measurement=PERCENTAGE,
        native_min_value=0,
        native_max_value=95,
        native_step=1,
        value_fn=lambda goals, charge_point: goals.share(switches=charge_point.limits.can_switch_phases),
    ),
    OcppGoalDescription(
        key="grid_allowance",
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=0,
        native_max_value=5000,
        native_step=50,
    ),
    OcppGoalDescription(key="priority", native_min_value=1, native_max_value=10, native_step=1, cast=int),
    OcppGoalDescription(
        key="energy_limit",
        device_class=NumberDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        native_min_value=0,
        native_max_value=200,
        native_step=1,
    ),
    OcppGoalDescription(
        key="departure_energy",
        device_class=NumberDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        native_min_value=1,
        native_max_value=200,
        native_step=1,
    ),
    OcppGoalDescription(
        key="target_soc",
        device_class=NumberDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        native_min_value=10,
        native_max_value=100,
        native_step=1,
        exists_fn=_reports_soc,
    ),
    OcppGoalDescription(
        key="battery_capacity",
        device_class=NumberDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        native_min_value=0,
        native_max_value=300,
        native_step=0.1,
        mode=NumberMode.BOX,
        exists_fn=_reports_soc,
    ),
)

# In the unit of the prices that the user chose; wide enough for all currencies.
PRICE_LIMIT = OcppGoalDescription(
    key="price_limit",
    native_min_value=-1000,
    native_max_value=100000,
    native_step=0.001,
    mode=NumberMode.BOX,
    provisional=True,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the numbers of all charge points."""
    runtime = entry.runtime_data

    def has_prices(_charge_point: ChargePoint, _connector: Connector) -> bool:
        return _price_entity(runtime) is not None

    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppNumber,
        charge_point_rows=CHARGE_POINT_NUMBERS,
        connector_rows=CONNECTOR_NUMBERS,
    )
    async_add_charge_point_entities(entry, async_add_entities, OcppGoalNumber, connector_rows=CONNECTOR_GOALS)
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppPriceLimit,
        connector_rows=(replace(PRICE_LIMIT, exists_fn=has_prices),),
    )


def _price_entity(runtime: OcppRuntime) -> str | None:
    return None if runtime.control.loop is None else runtime.control.loop.settings.price


class OcppNumber(OcppValueEntity, NumberEntity):
    """A limit of a connector."""

    entity_description: OcppNumberDescription

    @override
    def _read(self) -> tuple[float | None, float]:
        description = self.entity_description
        return description.value_fn(self.charge_point, self.connector), description.maximum_fn(self.charge_point)

    @override
    def _show(self, value: tuple[float | None, float]) -> None:
        self._attr_native_value, self._attr_native_max_value = value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send the limit; the state follows when the charge point has confirmed it. Raises HomeAssistantError."""
        with command_errors(self.charge_point):
            await self.entity_description.set_fn(self._runtime, self.charge_point, self.number, value)


class OcppGoalNumber(OcppValueEntity, NumberEntity):
    """A number that the user wants the charging modes to go by. It is kept here; the charge point need not be connected."""

    entity_description: OcppGoalDescription

    @override
    def _read(self) -> tuple[float | None, tuple[float, float] | None]:
        description, goals = self.entity_description, self._runtime.control.goals.of(self.charge_point, self.number)
        value_fn = description.value_fn
        value = value_fn(goals, self.charge_point) if value_fn else getattr(goals, description.key)
        return value, None if description.range_fn is None else description.range_fn(goals, self.charge_point)

    @override
    def _show(self, value: tuple[float | None, tuple[float, float] | None]) -> None:
        self._attr_native_value, ends = value
        if ends is not None:
            self._attr_native_min_value, self._attr_native_max_value = ends

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep the number."""
        description = self.entity_description
        self._runtime.control.goals.update(self.charge_point, self.number, **{description.key: description.cast(value)})


class OcppPriceLimit(OcppGoalNumber):
    """The price up to which charging does not wait. Prices are compared, never converted: the limit has their unit."""

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """The unit of the price entity; until it has one, the currency of Home Assistant for a kilowatt hour."""
        entity_id = _price_entity(self._runtime)
        state = None if entity_id is None else self.hass.states.get(entity_id)
        unit = None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        return unit or f"{self.hass.config.currency}/{UnitOfEnergy.KILO_WATT_HOUR}"
