"""The sensor of what a session costs. Its platform is `sensor`; what a kWh costs, and when, is known in `records`.

It is there only while there is a tariff: without one nobody listens to anything.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.entity import OcppEntityDescription
from custom_components.ocpp_csms.runtime import OcppRuntime

from .paced import OcppPacedEntity

WRITE_INTERVAL = 10.0  # s, between two states while the session goes on


@dataclass(frozen=True, kw_only=True)
class OcppCostSensorDescription(OcppEntityDescription, SensorEntityDescription):
    """One sensor of costs."""

    needs_tariff: bool = True


CONNECTOR_COSTS = (
    OcppCostSensorDescription(
        key="session_cost",
        keys=("session_energy",),
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
    ),
)


class OcppCostSensor(OcppPacedEntity, SensorEntity):
    """What the running or last session costs; it is calculated at most every ten seconds."""

    entity_description: OcppCostSensorDescription
    _pace = WRITE_INTERVAL

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppCostSensorDescription
    ) -> None:
        """Start in the currency of the home."""
        super().__init__(runtime, charge_point, number, description)
        self._attr_native_unit_of_measurement = runtime.records.costs.currency

    @override
    async def async_added_to_hass(self) -> None:
        """Listen also to what may not wait, and to another tariff."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charge_point.listen(self.number, ("transaction",), self._changed_promptly))
        self.async_on_remove(self._runtime.records.listen(self._changed_promptly))

    @override
    def _read(self) -> tuple[float | None, datetime | None]:
        session = self.connector.session
        if session is None:
            return (None if self.connector.session_energy is None else 0.0), None
        return self._runtime.records.costs.so_far(session.transactions), session.started

    @override
    def _show(self, value: tuple[float | None, datetime | None]) -> None:
        self._attr_native_value, self._attr_last_reset = value
