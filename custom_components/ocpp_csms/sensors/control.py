"""Sensors of charging control: what it does with a connector and why, and what the house has to give. Their platform is `sensor`.

Nothing is calculated here: what is shown is what `control` says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, Platform, UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from custom_components.ocpp_csms.charging.modes import Reason
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.control.loop import ControlLoop
from custom_components.ocpp_csms.control.settings import SiteSettings, site_settings, site_subentry
from custom_components.ocpp_csms.entity import OcppEntityDescription, OcppValueEntity
from custom_components.ocpp_csms.runtime import OcppConfigEntry

type ControlValue = str | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class OcppControlSensorDescription(OcppEntityDescription, SensorEntityDescription):
    """One sensor of what charging control does with a connector."""

    keys: tuple[str, ...] | None = ("control",)
    needs_control: bool = True
    value_fn: Callable[[ControlStatus], ControlValue]


@dataclass(frozen=True, kw_only=True)
class OcppSiteSensorDescription(SensorEntityDescription):
    """One sensor of the house. `exists_fn` says whether the user set up what it takes."""

    value_fn: Callable[[ControlLoop], float | None]
    exists_fn: Callable[[SiteSettings], bool]


def _headroom(phase: int) -> OcppSiteSensorDescription:
    """Return the row of what the cars may take of a phase, counted from 0."""
    return OcppSiteSensorDescription(
        key=f"headroom_l{phase + 1}",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda control: None if control.headroom is None else control.headroom[phase],
        exists_fn=lambda settings: settings.fuse is not None,
    )


CONNECTOR_CONTROL = (
    OcppControlSensorDescription(
        key="control_reason",
        device_class=SensorDeviceClass.ENUM,
        options=[reason.value for reason in Reason],
        value_fn=lambda status: status.reason.value,
    ),
    OcppControlSensorDescription(
        key="target_current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value_fn=lambda status: status.target_current,
    ),
    OcppControlSensorDescription(
        key="planned_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: status.planned_start,
    ),
    OcppControlSensorDescription(
        key="next_decision",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: status.next_decision,
    ),
    OcppControlSensorDescription(
        key="session_solar_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,  # like the energy of the session: 0 when a car is plugged in
        suggested_display_precision=2,
        value_fn=lambda status: status.solar_energy,
    ),
    OcppControlSensorDescription(
        key="session_solar_share",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda status: status.solar_share,
    ),
)

SITE_SENSORS = (
    OcppSiteSensorDescription(
        key="surplus",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda control: control.surplus,
        exists_fn=lambda settings: settings.grid is not None,
    ),
    *(_headroom(phase) for phase in range(3)),
)


class OcppControlSensor(OcppValueEntity, SensorEntity):
    """A sensor of what charging control does with a connector."""

    entity_description: OcppControlSensorDescription

    @override
    def _read(self) -> ControlValue:
        if (loop := self._runtime.control.loop) is None:
            return None
        return self.entity_description.value_fn(loop.of(self.charge_point, self.number).status)

    @override
    def _show(self, value: ControlValue) -> None:
        self._attr_native_value = value


class OcppSiteSensor(SensorEntity):
    """A sensor of the house, on the central system's own device."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: OcppSiteSensorDescription

    def __init__(self, entry: OcppConfigEntry, description: OcppSiteSensorDescription) -> None:
        """Show nothing yet."""
        self.entity_description = description
        self._runtime = entry.runtime_data
        self._attr_translation_key = description.key
        self._attr_unique_id = _unique_id(entry, description)
        self._attr_device_info = self._runtime.central_system_device_info()
        self._attr_available = False
        self._end_listening: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the control, and its successor when the settings change."""
        await super().async_added_to_hass()
        self.async_on_remove(self._runtime.control.listen(self._control_changed))
        self._listen()
        self._take()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Follow nothing any more."""
        self._stop_listening()
        await super().async_will_remove_from_hass()

    @callback
    def _control_changed(self) -> None:
        """Listen to the control of now."""
        self._stop_listening()
        self._listen()
        self._changed()

    @callback
    def _changed(self) -> None:
        """Write the state if the value has changed."""
        if self._take():
            self.async_write_ha_state()

    def _listen(self) -> None:
        if (loop := self._runtime.control.loop) is not None:
            self._end_listening = loop.listen(self._changed)

    def _stop_listening(self) -> None:
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None

    def _take(self) -> bool:
        """Take over the value of now. Return whether it is another than before."""
        loop = self._runtime.control.loop
        value = None if loop is None else self.entity_description.value_fn(loop)
        if value == self._attr_native_value:
            return False
        self._attr_native_value = value
        self._attr_available = value is not None
        return True


@callback
def async_add_site_sensors(
    hass: HomeAssistant,
    entry: OcppConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    rows: Sequence[OcppSiteSensorDescription],
) -> None:
    """Add the sensors of the house while it is set up, and keep them in line with its settings.

    A device belongs to one subentry at most, and that of the central system to none: so do its entities, and they are removed here.
    """
    runtime = entry.runtime_data
    registry = er.async_get(hass)
    created: set[str] = set()

    @callback
    def update() -> None:
        subentry = site_subentry(entry)
        settings = SiteSettings() if subentry is None else site_settings(subentry)
        wanted = {row.key for row in rows if row.exists_fn(settings)}
        for row in rows:
            found = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, _unique_id(entry, row))
            if found and row.key not in wanted:
                registry.async_remove(found)
        async_add_entities([OcppSiteSensor(entry, row) for row in rows if row.key in wanted - created])
        created.clear()
        created.update(wanted)

    update()
    entry.async_on_unload(runtime.control.listen(update))


def _unique_id(entry: OcppConfigEntry, description: OcppSiteSensorDescription) -> str:
    return f"{entry.entry_id}_{description.key}"
