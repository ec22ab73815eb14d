"""Sensors: what a charge point and its connectors report, one row of a table each, and the address that chargers dial.

Those of charging control are in `control_sensors`.
"""

from asyncio import TimerHandle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfRatio,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .control_sensors import CONNECTOR_CONTROL, SITE_SENSORS, OcppControlSensor, async_add_site_sensors
from .csms.charge_point import ChargePoint
from .csms.model import Connector, ConnectorStatus, ErrorCode, Quantity
from .entity import OcppEntityDescription, OcppValueEntity, async_add_charge_point_entities
from .runtime import OcppConfigEntry, OcppRuntime

PARALLEL_UPDATES = 0

WRITE_INTERVAL = 1.0  # s, between two states of one measuring sensor
MINUTE = 60  # s

type SensorValue = str | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class OcppSensorDescription(OcppEntityDescription, SensorEntityDescription):
    """One sensor.

    `coalesce` holds a value that changes with every message back to one state a second; a change of `prompt_keys` is shown at once.
    """

    value_fn: Callable[[ChargePoint, Connector], SensorValue]
    coalesce: bool = False
    prompt_keys: tuple[str, ...] = ()


def _name(member: StrEnum | None) -> str | None:
    """Return an enum's value as a plain text."""
    return None if member is None else member.value


def _session_start(_charge_point: ChargePoint, connector: Connector) -> datetime | None:
    """Return when the running or last transaction began."""
    return None if connector.transaction is None else connector.transaction.started


def _session_duration(_charge_point: ChargePoint, connector: Connector) -> int | None:
    """Return the length of the running or last transaction in seconds.

    Of a running one in whole minutes, so that not every meter value makes a state of its own.
    """
    if (transaction := connector.transaction) is None:
        return None
    if transaction.stopped is None:
        elapsed = int((dt_util.utcnow() - transaction.started).total_seconds())
        return max(0, elapsed - elapsed % MINUTE)
    return max(0, int((transaction.stopped - transaction.started).total_seconds()))


def _id_tag(charge_point: ChargePoint, connector: Connector) -> str | None:
    """Return who charges: the tag's name, Home Assistant, else the tag's number with all but the last four characters masked."""
    transaction = connector.running_transaction
    if transaction is None or transaction.id_tag is None:
        return None
    if (tag := charge_point.authorization.find(transaction.id_tag)) is not None and tag.name:
        return tag.name
    if transaction.id_tag == charge_point.settings.id_tag:
        return "Home Assistant"
    return f"••••{transaction.id_tag[-4:] if len(transaction.id_tag) > 4 else ''}"


def _limit_strategy(charge_point: ChargePoint, _connector: Connector) -> str | None:
    """Return how limits are told and what is known of it; None before the first limit."""
    search = charge_point.limits.search
    if search is None or not search.history:
        return None
    return "none: refused" if search.current is None else f"{search.current}: {search.outcome or 'untried'}"


def _quantity(
    quantity: Quantity,
    device_class: SensorDeviceClass | None,
    unit: str | None,
    precision: int,
    *,
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT,
    enabled: bool = True,
    from_start: bool = False,
    category: EntityCategory | None = None,
) -> OcppSensorDescription:
    """Return the row of a measured quantity: it exists once it was reported, on connectors also `from_start`."""

    def exists(_charge_point: ChargePoint, connector: Connector) -> bool:
        return quantity in connector.readings or (from_start and connector.number != 0)

    return OcppSensorDescription(
        key=quantity.value,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=state_class,
        suggested_display_precision=precision,
        entity_category=category,
        entity_registry_enabled_default=enabled,
        exists_fn=exists,
        coalesce=True,
        value_fn=lambda _, connector: connector.readings.get(quantity),
    )


# Of each connector; of the charge point as a whole where it has a meter of its own.
QUANTITIES = (
    _quantity(Quantity.POWER, SensorDeviceClass.POWER, UnitOfPower.WATT, 0, from_start=True),
    _quantity(Quantity.POWER_L1, SensorDeviceClass.POWER, UnitOfPower.WATT, 0, enabled=False),
    _quantity(Quantity.POWER_L2, SensorDeviceClass.POWER, UnitOfPower.WATT, 0, enabled=False),
    _quantity(Quantity.POWER_L3, SensorDeviceClass.POWER, UnitOfPower.WATT, 0, enabled=False),
    _quantity(Quantity.POWER_OFFERED, SensorDeviceClass.POWER, UnitOfPower.WATT, 0),
    _quantity(Quantity.POWER_EXPORT, SensorDeviceClass.POWER, UnitOfPower.WATT, 0),
    _quantity(Quantity.REACTIVE_POWER, SensorDeviceClass.REACTIVE_POWER, UnitOfReactivePower.VOLT_AMPERE_REACTIVE, 0),
    _quantity(
        Quantity.REACTIVE_POWER_EXPORT, SensorDeviceClass.REACTIVE_POWER, UnitOfReactivePower.VOLT_AMPERE_REACTIVE, 0
    ),
    _quantity(Quantity.CURRENT, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
    _quantity(Quantity.CURRENT_L1, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1, enabled=False),
    _quantity(Quantity.CURRENT_L2, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1, enabled=False),
    _quantity(Quantity.CURRENT_L3, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1, enabled=False),
    _quantity(Quantity.CURRENT_OFFERED, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
    _quantity(Quantity.CURRENT_EXPORT, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
    _quantity(Quantity.VOLTAGE, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0),
    _quantity(Quantity.VOLTAGE_L1, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0, enabled=False),
    _quantity(Quantity.VOLTAGE_L2, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0, enabled=False),
    _quantity(Quantity.VOLTAGE_L3, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0, enabled=False),
    _quantity(
        Quantity.ENERGY,
        SensorDeviceClass.ENERGY,
        UnitOfEnergy.KILO_WATT_HOUR,
        2,
        state_class=SensorStateClass.TOTAL_INCREASING,
        from_start=True,
    ),
    _quantity(
        Quantity.ENERGY_EXPORT,
        SensorDeviceClass.ENERGY,
        UnitOfEnergy.KILO_WATT_HOUR,
        2,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    _quantity(
        Quantity.REACTIVE_ENERGY,
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        2,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    _quantity(
        Quantity.REACTIVE_ENERGY_EXPORT,
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        2,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    _quantity(Quantity.SOC, SensorDeviceClass.BATTERY, UnitOfRatio.PERCENTAGE, 0),
    _quantity(
        Quantity.TEMPERATURE,
        SensorDeviceClass.TEMPERATURE,
        UnitOfTemperature.CELSIUS,
        1,
        category=EntityCategory.DIAGNOSTIC,
    ),
    _quantity(
        Quantity.FREQUENCY,
        SensorDeviceClass.FREQUENCY,
        UnitOfFrequency.HERTZ,
        2,
        category=EntityCategory.DIAGNOSTIC,
    ),
    _quantity(
        Quantity.POWER_FACTOR,
        SensorDeviceClass.POWER_FACTOR,
        None,
        2,
        category=EntityCategory.DIAGNOSTIC,
    ),
    _quantity(Quantity.FAN_SPEED, None, REVOLUTIONS_PER_MINUTE, 0, category=EntityCategory.DIAGNOSTIC),
)

CHARGE_POINT_SENSORS = (
    OcppSensorDescription(
        key="status",
        translation_key="charge_point_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in ConnectorStatus],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _, connector: _name(connector.status),
    ),
    OcppSensorDescription(
        key="ocpp_version",
        keys=("connected",),
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        value_fn=lambda charge_point, _: charge_point.version,
    ),
    OcppSensorDescription(
        key="last_message",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.last_message,
    ),
    OcppSensorDescription(
        key="reconnects",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        value_fn=lambda charge_point, _: charge_point.reconnects,
    ),
    OcppSensorDescription(
        key="message_violations",
        keys=("violations",),
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.violation_count,
    ),
    OcppSensorDescription(
        key="latency",
        keys=("last_message",),  # pings are answered below the messages; nobody tells of them
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.latency,
    ),
    OcppSensorDescription(
        key="limit_writes_today",
        keys=("limits",),
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.limits.writes_today,
    ),
    OcppSensorDescription(
        key="limit_strategy",
        keys=("limits",),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        value_fn=_limit_strategy,
    ),
    *QUANTITIES,
)

CONNECTOR_SENSORS = (
    OcppSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in ConnectorStatus],
        value_fn=lambda _, connector: _name(connector.status),
    ),
    OcppSensorDescription(
        key="error_code",
        device_class=SensorDeviceClass.ENUM,
        options=[code.value for code in ErrorCode],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _, connector: _name(connector.error_code),
    ),
    OcppSensorDescription(
        key="session_energy",
        prompt_keys=("transaction",),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        coalesce=True,
        value_fn=lambda _, connector: connector.session_energy,
    ),
    OcppSensorDescription(
        key="session_start",
        keys=("transaction",),
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_session_start,
    ),
    OcppSensorDescription(key="id_tag", keys=("transaction",), value_fn=_id_tag),
    *QUANTITIES,
)

CONNECTOR_DURATIONS = (
    OcppSensorDescription(
        key="session_duration",
        keys=("transaction",),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_session_duration,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of the central system and of all its charge points."""
    async_add_entities([OcppUrlSensor(entry)])
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppSensor,
        charge_point_rows=CHARGE_POINT_SENSORS,
        connector_rows=CONNECTOR_SENSORS,
    )
    async_add_charge_point_entities(entry, async_add_entities, OcppDurationSensor, connector_rows=CONNECTOR_DURATIONS)
    async_add_charge_point_entities(entry, async_add_entities, OcppControlSensor, connector_rows=CONNECTOR_CONTROL)
    async_add_site_sensors(hass, entry, async_add_entities, SITE_SENSORS)


class OcppSensor(OcppValueEntity, SensorEntity):
    """A sensor of a charge point or connector."""

    entity_description: OcppSensorDescription

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppSensorDescription
    ) -> None:
        """Start with no write held back."""
        super().__init__(runtime, charge_point, number, description)
        self._pause: TimerHandle | None = None

    @override
    def _read(self) -> SensorValue:
        value = self.entity_description.value_fn(self.charge_point, self.connector)
        return None if isinstance(value, float) and not isfinite(value) else value

    @override
    def _show(self, value: SensorValue) -> None:
        self._attr_native_value = value

    @override
    async def async_added_to_hass(self) -> None:
        """Listen also to what may not wait."""
        await super().async_added_to_hass()
        if keys := self.entity_description.prompt_keys:
            self.async_on_remove(self.charge_point.listen(self.number, keys, self._changed_promptly))

    @callback
    def _changed_promptly(self) -> None:
        """Write at once, also shortly after the last write."""
        self._end_pause()
        self._changed()

    @callback
    @override
    def _changed(self) -> None:
        """Write at once, or when the pause after the last write is over."""
        if self._pause is None and self._take():
            if self.entity_description.coalesce:
                self._pause = self.hass.loop.call_later(WRITE_INTERVAL, self._pause_is_over)
            self.async_write_ha_state()

    @callback
    @override
    def _connection_changed(self) -> None:
        """Show at once whether the charge point can be reached."""
        self._end_pause()
        super()._connection_changed()

    @callback
    def _pause_is_over(self) -> None:
        """Write what has changed meanwhile."""
        self._pause = None
        self._changed()

    @callback
    def _end_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave no timer behind."""
        self._end_pause()
        await super().async_will_remove_from_hass()


class OcppDurationSensor(OcppSensor):
    """The length of a session: it grows each minute, whether or not the charge point says anything."""

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppSensorDescription
    ) -> None:
        """Start with a clock that stands."""
        super().__init__(runtime, charge_point, number, description)
        self._stop_clock: CALLBACK_TYPE | None = None

    @override
    def _take(self) -> bool:
        """Let the clock run as long as there is something to time."""
        transaction = self.connector.running_transaction
        if not self._is_available() or transaction is None:
            self._end_clock()
        elif self._stop_clock is None:
            elapsed = (dt_util.utcnow() - transaction.started).total_seconds()
            self._stop_clock = async_call_later(
                self.hass, MINUTE - elapsed % MINUTE, HassJob(self._minute_is_over, cancel_on_shutdown=True)
            )
        return super()._take()

    @callback
    def _minute_is_over(self, _now: datetime) -> None:
        self._stop_clock = None
        self._changed()

    @callback
    def _end_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave no timer behind."""
        self._end_clock()
        await super().async_will_remove_from_hass()


class OcppUrlSensor(SensorEntity):
    """The address to type into a charger, on the central system's own device."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_translation_key = "url"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, entry: OcppConfigEntry) -> None:
        """Show the address under which the entry's listener can be reached."""
        self._attr_unique_id = f"{entry.entry_id}_url"
        self._attr_device_info = entry.runtime_data.central_system_device_info()
        self._attr_native_value = entry.runtime_data.url
