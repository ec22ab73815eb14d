"""The sensor of what a session costs. Its platform is `sensor`; what a kWh costs, and when, is known in `records`.

It is there only while there is a tariff: without one nobody listens to anything.
"""

from asyncio import TimerHandle
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.core import callback

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.entity import OcppEntityDescription, OcppValueEntity
from custom_components.ocpp_csms.runtime import OcppRuntime

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


class OcppCostSensor(OcppValueEntity, SensorEntity):
    """What the running or last session costs; it is calculated at most every ten seconds."""

    entity_description: OcppCostSensorDescription

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppCostSensorDescription
    ) -> None:
        """Start with no write held back."""
        super().__init__(runtime, charge_point, number, description)
        self._attr_native_unit_of_measurement = runtime.records.costs.currency
        self._pause: TimerHandle | None = None

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

    @callback
    @override
    def _changed(self) -> None:
        """Write at once, or when the pause after the last write is over."""
        if self._pause is None and self._take():
            self._pause = self.hass.loop.call_later(WRITE_INTERVAL, self._pause_is_over)
            self.async_write_ha_state()

    @callback
    def _changed_promptly(self) -> None:
        """Write at once, also shortly after the last write."""
        self._end_pause()
        self._changed()

    @callback
    def _pause_is_over(self) -> None:
        """Write what has changed meanwhile."""
        self._pause = None
        self._changed()

    @callback
    @override
    def _connection_changed(self) -> None:
        """Show at once whether the charge point can be reached."""
        self._end_pause()
        super()._connection_changed()

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
