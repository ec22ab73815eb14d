"""What the sensors of the house say now, in W and A, with the times of their samples. Whether they can be believed is judged in `charging`.

A sample is each report of a sensor, also of an unchanged value. Units are converted here and nowhere else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import math

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from custom_components.ocpp_csms.charging.fuse import PhaseCurrents
from custom_components.ocpp_csms.charging.wiring import NOMINAL_VOLTAGE

from .settings import PhaseSensor, PowerPair, SignedPower, SiteSettings

_NOTHING = 20.0  # W, what a meter may show that is at rest
_APART = 30.0  # s between the samples of the phases at most, else one of them is silent
_LEAST_VOLTAGE = 80.0  # V between a phase and neutral; what shows less, or more than the most, shows something else
_MOST_VOLTAGE = 300.0  # V


@dataclass(frozen=True, slots=True)
class Sample:
    """A value and when its sensor reported it (s since 1970)."""

    value: float
    at: float


class SiteMeters:
    """The sensors that the user chose for the house."""

    def __init__(self, hass: HomeAssistant, settings: SiteSettings) -> None:
        """Read nothing yet."""
        self._hass = hass
        self._settings = settings

    @callback
    def listen(self, sampled: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back at each report of a sensor. Returns what ends it."""
        entity_ids = sorted(set(self._entity_ids()))

        @callback
        def reported(_event: object) -> None:
            sampled()

        undo = [
            async_track_state_change_event(self._hass, entity_ids, reported),
            async_track_state_report_event(self._hass, entity_ids, reported),
        ]

        @callback
        def end() -> None:
            for stop in undo:
                stop()

        return end

    @property
    def grid(self) -> Sample | None:
        """Power of the grid in W, import positive; None: not known now."""
        match self._settings.grid:
            case SignedPower() as signed:
                return self._signed(signed)
            case PowerPair(imported=imported, exported=exported):
                taken, given = self._power(imported), self._power(exported)
                if taken is None or given is None:
                    return None
                # Of two that are alive one is 0: both above it, and one of them old, is one that has died.
                alive = [sample for sample in (taken, given) if sample.value > _NOTHING] or [taken, given]
                age = min if len(alive) == 2 and alive[0].value > _NOTHING else max
                return Sample(taken.value - given.value, age(sample.at for sample in alive))
            case _:
                return None

    @property
    def solar(self) -> float | None:
        """Power of all solar systems in W; None: there is none, or one of them is silent."""
        samples = [self._power(entity_id) for entity_id in self._settings.solar]
        if not samples or any(sample is None for sample in samples):
            return None
        return sum(sample.value for sample in samples if sample is not None)

    @property
    def battery(self) -> Sample | None:
        """Power of the battery in W, discharge positive."""
        battery = self._settings.battery
        return self._signed(battery.power) if battery is not None and battery.power is not None else None

    @property
    def battery_soc(self) -> float | None:
        """State of charge of the battery in %."""
        battery = self._settings.battery
        state = self._hass.states.get(battery.soc) if battery is not None and battery.soc is not None else None
        return None if state is None else _number(state)

    @property
    def currents(self) -> tuple[PhaseCurrents, float] | None:
        """Currents at the grid connection in A, and when the youngest was reported; None when a phase is silent."""
        fuse = self._settings.fuse
        if fuse is None:
            return None
        samples = [self._current(phase) for phase in fuse.phases]
        known = [sample for sample in samples if sample is not None and math.isfinite(sample.value)]
        if not known or len(known) < len(samples):
            return None
        newest = max(sample.at for sample in known)
        if newest - min(sample.at for sample in known) > _APART:
            return None
        one, two, three = ([sample.value for sample in known] + [0.0, 0.0])[:3]
        return (one, two, three), newest

    @property
    def dimmed(self) -> bool:
        """Whether the grid operator dims the chargers now."""
        dimmer = self._settings.dimmer
        state = self._hass.states.get(dimmer.entity_id) if dimmer is not None else None
        return state is not None and state.state == STATE_ON

    def _entity_ids(self) -> Iterable[str]:
        settings = self._settings
        match settings.grid:
            case SignedPower(entity_id=entity_id):
                yield entity_id
            case PowerPair(imported=imported, exported=exported):
                yield from (imported, exported)
        if settings.fuse is not None:
            yield from (phase.entity_id for phase in settings.fuse.phases)
        if settings.dimmer is not None:
            yield settings.dimmer.entity_id

    def _signed(self, signed: SignedPower) -> Sample | None:
        sample = self._power(signed.entity_id)
        if sample is None or not signed.inverted:
            return sample
        return Sample(-sample.value, sample.at)

    def _current(self, phase: PhaseSensor) -> Sample | None:
        """Return the current of a phase in A. The unit of its sensor tells whether that is what it shows, or the power."""
        current = self._converted(phase.entity_id, ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE)
        if current is not None:
            return current
        power = self._signed(SignedPower(phase.entity_id, phase.inverted))
        return None if power is None else Sample(power.value / self._voltage(phase.voltage), power.at)

    def _voltage(self, entity_id: str | None) -> float:
        """Return the voltage of a phase in V, the nominal one if none is known: no fuse goes unwatched for lack of a voltage."""
        sample = None
        if entity_id is not None:
            sample = self._converted(entity_id, ElectricPotentialConverter, UnitOfElectricPotential.VOLT)
        if sample is not None and _LEAST_VOLTAGE <= sample.value <= _MOST_VOLTAGE:
            return sample.value
        return NOMINAL_VOLTAGE

    def _power(self, entity_id: str) -> Sample | None:
        return self._converted(entity_id, PowerConverter, UnitOfPower.WATT)

    def _converted(self, entity_id: str, converter: type[BaseUnitConverter], unit: str) -> Sample | None:
        state = self._hass.states.get(entity_id)
        if state is None or (value := _number(state)) is None:
            return None
        try:
            converted = converter.convert(value, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), unit)
        except HomeAssistantError, TypeError:
            return None  # it has lost its unit, never had one that fits, or what it says is none
        return Sample(converted, state.last_reported.timestamp())


def _number(state: State) -> float | None:
    """Return the number of a state; None for what is none. Infinities are left to be judged as implausible."""
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return None
    try:
        value = float(state.state)
    except ValueError:
        return None
    return None if math.isnan(value) else value
