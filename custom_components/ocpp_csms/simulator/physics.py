"""The electricity of a charge point: cars, the wire between them and the grid, and the meter.

Pure: no socket, no clock, no event loop. Time passes only through `advance(seconds)`. Nothing here knows OCPP.
"""

from dataclasses import dataclass, field
from enum import StrEnum

MINIMUM_CURRENT = 6.0
"""The least current in A that IEC 61851-1 lets a charge point offer; below it nothing flows."""

NOMINAL_VOLTAGES = (231.2, 229.6, 230.4)
"""Voltage to neutral in V of L1, L2 and L3 without load."""

_LOOP_IMPEDANCE = 0.08  # Ω seen from the outlet: the voltage sags by this much per ampere
_AMBIENT = 21.0  # °C
_HEATING = 0.03  # K per A² in steady state
_THERMAL_TIME = 600.0  # s
_LONGEST_STEP = 1.0  # s


_WAKING_CURRENT = 12.0  # A of a pulse that wakes a car


class WakeUp(StrEnum):
    """What wakes a car that sleeps.

    The offer being taken away and given again; the offer rising to 12 A or more from less; or nothing.
    """

    interruption = "interruption"
    pulse = "pulse"
    never = "never"


@dataclass(slots=True)
class Car:
    """A battery with an on-board charger.

    Energies are in Wh, states of charge in percent, currents in A per phase, the ramp in A/s. `ready` is false while
    the car itself does not want energy (a departure timer, for instance). One that is `asleep` draws nothing until
    what it `wakes_on` happens. It draws `offset` A less than it is offered, and begins `start_delay` s after an offer.
    `offer` is the last current on offer that it has seen, in A (0: none), None before the first, and `waited` the
    seconds since the present one began.
    """

    capacity_wh: float = 60_000.0
    soc: float = 40.0
    max_current: float = 32.0
    phases: int = 3
    ramp: float = 4.0
    taper_soc: float = 90.0
    target_soc: float = 100.0
    efficiency: float = 0.92
    ready: bool = True
    asleep: bool = False
    wakes_on: WakeUp = WakeUp.interruption
    offset: float = 0.0
    start_delay: float = 0.0
    offer: float | None = None
    waited: float = 0.0

    def arrive(self) -> None:
        """Be plugged in: nothing was on offer yet."""
        self.offer, self.waited = None, 0.0

    def notice(self, offer: float, seconds: float) -> None:
        """See a current in A on offer (0: none) for some seconds; it may wake the car."""
        before = self.offer or 0.0
        interrupted = self.offer == 0 and offer > 0
        pulsed = 0 < before < _WAKING_CURRENT <= offer
        if (interrupted and self.wakes_on == WakeUp.interruption) or (pulsed and self.wakes_on == WakeUp.pulse):
            self.asleep = False
        if offer > 0 or self.offer is not None:
            # Nothing on offer counts as an interruption only once there was something.
            self.offer = offer
        self.waited = self.waited + seconds if offer > 0 else 0.0

    def draw(self, offer: float) -> float:
        """Return the current in A per phase that the car settles at with this offer in A."""
        if self.asleep or self.waited < self.start_delay:
            return 0.0
        return max(0.0, min(offer - self.offset, self.demand()))

    def demand(self) -> float:
        """Return the current in A per phase that the car would draw if it were offered without limit."""
        if not self.ready or self.soc >= self.target_soc:
            return 0.0
        if self.soc <= self.taper_soc:
            return self.max_current
        remaining = (self.target_soc - self.soc) / (self.target_soc - self.taper_soc)
        return max(MINIMUM_CURRENT, self.max_current * remaining)

    def store(self, energy_wh: float) -> None:
        """Put energy taken from the outlet into the battery."""
        self.soc = min(100.0, self.soc + energy_wh * self.efficiency / self.capacity_wh * 100.0)


@dataclass(slots=True)
class Outlet:
    """One outlet with its contactor, its cable and its meter.

    Currents are in A per phase. `single_phase` is the one that is used if only one is. `offered` is what the charge point
    signals to the car, already the least of all charging profiles. Switching phases takes `switch_pause` s without current. The register counts Wh and never falls.
    """

    wired_phases: int = 3
    max_current: float = 32.0
    cable_current: float = 32.0
    offered: float = 32.0
    allowed_phases: int = 3
    single_phase: int = 1
    closed: bool = False
    car: Car | None = None
    current: float = field(default=0.0, init=False)
    register_wh: float = 0.0
    temperature: float = field(default=_AMBIENT, init=False)
    switch_pause: float = 0.0
    _switching: float = field(default=0.0, init=False)

    @property
    def limit(self) -> float:
        """The current in A per phase on offer: the least of the signal, the cable and the hardware."""
        if self._switching > 0:
            return 0.0
        return min(self.offered, self.cable_current, self.max_current)

    @property
    def phases(self) -> int:
        """The number of phases that the plugged-in car can use here."""
        available = min(self.wired_phases, self.allowed_phases)
        return available if self.car is None else min(available, self.car.phases)

    @property
    def currents(self) -> tuple[float, ...]:
        """The current in A of each wired phase."""
        first = self.single_phase if self.phases == 1 else 1
        used = range(first, first + self.phases)
        return tuple(self.current if phase in used else 0.0 for phase in range(1, self.wired_phases + 1))

    @property
    def voltages(self) -> tuple[float, ...]:
        """The voltage to neutral in V of each wired phase."""
        return tuple(
            nominal - _LOOP_IMPEDANCE * current
            for nominal, current in zip(NOMINAL_VOLTAGES, self.currents, strict=False)
        )

    @property
    def powers(self) -> tuple[float, ...]:
        """The active power in W of each wired phase."""
        return tuple(u * i for u, i in zip(self.voltages, self.currents, strict=True))

    @property
    def power(self) -> float:
        """The active power in W over all phases."""
        return sum(self.powers)

    def offers(self) -> bool:
        """Tell whether the car is offered enough to charge at all."""
        return self.closed and self.limit >= MINIMUM_CURRENT

    def target(self) -> float:
        """Return the current in A per phase that the car settles at."""
        if self.car is None or not self.offers():
            return 0.0
        return self.car.draw(self.limit)

    def allow(self, phases: int, single: int = 1) -> None:
        """Offer so many phases from now on, and if only one, this one; under way, that takes a pause."""
        if (phases, single) != (self.allowed_phases, self.single_phase) and self.closed and self.switch_pause > 0:
            self._switching = self.switch_pause
            self.current = 0.0
        self.allowed_phases, self.single_phase = phases, single

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass.

        Raises ValueError for a negative duration.
        """
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        while seconds > 0:
            step = min(seconds, _LONGEST_STEP)
            self._step(step)
            seconds -= step

    def open(self) -> None:
        """Open the contactor: the current is gone at once."""
        self.closed = False
        self.current = 0.0

    def _step(self, seconds: float) -> None:
        if self.car is not None:
            self.car.notice(self.limit if self.offers() else 0.0, seconds)
        self.current = self._ramped(seconds)
        self._switching = max(0.0, self._switching - seconds)
        energy = self.power * seconds / 3600.0
        self.register_wh += energy
        if self.car is not None:
            self.car.store(energy)
        settled = _AMBIENT + _HEATING * self.current**2
        self.temperature += (settled - self.temperature) * min(1.0, seconds / _THERMAL_TIME)

    def _ramped(self, seconds: float) -> float:
        target = self.target()
        if self.car is None or not self.closed:
            return 0.0
        change = self.car.ramp * seconds
        if target > self.current:
            # A car starts at the minimum: there is nothing between 0 A and 6 A.
            return min(target, max(self.current, MINIMUM_CURRENT) + change)
        lowered = max(target, self.current - change)
        return lowered if lowered >= MINIMUM_CURRENT else target
