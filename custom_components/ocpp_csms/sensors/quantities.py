"""The sensors of measured quantities; their platform is `sensor`. What a quantity is made of is decided in `csms.metering`."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
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
)

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector, Quantity

from .description import OcppSensorDescription


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
