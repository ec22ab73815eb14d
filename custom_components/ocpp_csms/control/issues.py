"""Repair issues of charging control: a grid sensor that is silent, wrong, or does not see the chargers. They go away by themselves.

One that counts the other way round is put right with one click (`repairs`).
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from custom_components.ocpp_csms.charging.observation import SiteObservation
from custom_components.ocpp_csms.charging.sensors import SignVerdict
from custom_components.ocpp_csms.charging.site import SiteState
from custom_components.ocpp_csms.issue_set import IssueSet

from .settings import PowerPair, SiteSettings

GRID_INVERTED = "grid_sensor_inverted"

_PATIENCE = 300.0  # s for a sensor to come back by itself

_VERDICTS = {SignVerdict.INVERTED: GRID_INVERTED, SignVerdict.BLIND: "grid_sensor_blind"}
_PHASES = ("phase_sensors_silent", "phase_sensors_implausible", "phase_sensors_inverted")
_KEYS = ("grid_sensor_silent", "grid_sensor_implausible", *_PHASES, *_VERDICTS.values())


class ControlIssues:
    """The issues of one site."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Raise none yet."""
        self._issues = IssueSet(
            hass, entry.entry_id, _KEYS, fixable=(GRID_INVERTED,), data={"entry_id": entry.entry_id}
        )
        self._currents_at: float | None = None

    @callback
    def update(self, state: SiteState, observation: SiteObservation, settings: SiteSettings) -> None:
        """Raise what is wrong now and take back what is not any more."""
        health = state.health
        wrong: set[str] = set()
        bad_for = health.bad_for(observation.now)
        if settings.grid is not None and bad_for is not None and bad_for >= _PATIENCE:
            unlikely = health.implausible or health.is_frozen
            wrong.add("grid_sensor_implausible" if unlikely else "grid_sensor_silent")
        if (verdict := _VERDICTS.get(health.sign.verdict)) is not None:
            wrong.add(verdict)
        if settings.fuse is not None:
            if state.fuse.implausible:
                wrong.add("phase_sensors_implausible")
            elif self._currents_silent(observation):
                wrong.add("phase_sensors_silent")
            if state.fuse.inverted:
                wrong.add("phase_sensors_inverted")
        self._issues.show({key: {"sensor": _sensor(key, settings)} for key in wrong})

    @callback
    def clear(self) -> None:
        """Take all back."""
        self._issues.clear()

    def _currents_silent(self, observation: SiteObservation) -> bool:
        if observation.currents_at is not None:
            self._currents_at = observation.currents_at
        if self._currents_at is None:
            self._currents_at = observation.now  # give them time to come up
        return observation.now - self._currents_at >= _PATIENCE


def _sensor(key: str, settings: SiteSettings) -> str:
    if key in _PHASES:
        return ", ".join(phase.entity_id for phase in settings.fuse.phases) if settings.fuse is not None else ""
    grid = settings.grid
    if isinstance(grid, PowerPair):
        return f"{grid.imported}, {grid.exported}"
    return "" if grid is None else grid.entity_id
