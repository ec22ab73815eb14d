"""A sensor that is written no more often than its value is worth. What it shows is not known here."""

from asyncio import TimerHandle
from typing import override

from homeassistant.core import callback

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.entity import OcppEntityDescription, OcppValueEntity
from custom_components.ocpp_csms.runtime import OcppRuntime


class OcppPacedEntity(OcppValueEntity):
    """An entity that holds changes back for a while after each write, but for those that may not wait."""

    _pace: float | None = None  # s between two states; None: each change is one

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppEntityDescription
    ) -> None:
        """Start with no write held back."""
        super().__init__(runtime, charge_point, number, description)
        self._pause: TimerHandle | None = None

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
            if self._pace is not None:
                self._pause = self.hass.loop.call_later(self._pace, self._pause_is_over)
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
