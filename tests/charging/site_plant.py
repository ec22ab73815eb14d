"""A house with chargers and cars around `site.step`, in steps of one second: what an integration sees, and what becomes of its writes.

The chargers obey late, the cars ramp, the sensors report later. Faults are attributes that a test sets while the plant runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorDecision,
    ConnectorObservation,
    SiteConfig,
    SiteDecision,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.site import SiteState, step
from custom_components.ocpp_csms.charging.wakeup import WakeStage

VOLTAGE = 230.0
STEP_INTERVAL = 10  # s between steps without samples
CONFIRMATION = 1  # s until a charge point has accepted a limit
LONG_AGO = float("-inf")


@dataclass
class Car:
    """A car; A per phase, s."""

    phases: int = 3
    offset: float = 0.3  # that it takes less than it is offered
    start_delay: int = 12
    ramp_up: float = 1.5  # A/s
    ramp_down: float = 8.0
    asleep: bool = False
    wakes_at: float = float("inf")  # offered, from the second offer on
    wakes_when_offered_again: bool = False
    full: bool = False  # takes nothing more, and says so

    def target(self, offered: float, offers: int) -> float:
        """Return the current it wants; `offers` counts how often it was offered current."""
        if self.asleep and (offered >= self.wakes_at or (self.wakes_when_offered_again and offers > 1)):
            self.asleep = False
        return 0.0 if self.asleep or self.full or offered < 6 else offered - self.offset


@dataclass
class Charger:
    """One connector, and what the central system has noticed of it."""

    config: ConnectorConfig = field(default_factory=ConnectorConfig)
    key: str = "one"
    car: Car = field(default_factory=Car)
    limit: float = 0.0  # confirmed
    phases: int = 3  # confirmed
    plugged_in: bool = True
    plug_known: bool = True
    online: bool = True
    transaction: bool = True  # without one nothing flows, and nothing is measured
    refuses: bool = False
    due: bool = False
    effect: int = 3  # s from a confirmation until the charger obeys
    meter_interval: int | None = 10
    switch_pause: int = 20
    current: float = 0.0
    energy: float = 0.0  # kWh of the session
    writes: int = 0
    starts: int = 0
    switches: int = 0
    offers: int = 0
    measured: float | None = None
    measured_at: float | None = None
    phases_used: int = 0
    car_phases: int | None = None
    previous_limit: float = 0.0
    written_at: float = LONG_AGO
    began: bool = False
    rejected: bool = False

    def __post_init__(self) -> None:
        """Begin with what is confirmed in force."""
        self._obeyed, self._obeyed_phases = self.limit, self.phases
        self._under_way: list[tuple[int, float, int]] = []  # to be confirmed
        self._accepted: list[tuple[int, float, int]] = []  # to be obeyed
        self._wait = 0
        self.offers = int(self.limit >= 6)
        if self.plugged_in and self.limit:
            self.current = self.car.target(self.limit, self.offers)
            self.measured, self.measured_at, self.phases_used = self.current, 0.0, self.draws_on if self.current else 0

    @property
    def draws_on(self) -> int:
        """How many phases the car uses."""
        return min(self._obeyed_phases, self.car.phases)

    @property
    def speaks(self) -> bool:
        """Whether its meter values arrive."""
        return self.plugged_in and self.online and self.transaction

    @property
    def power(self) -> float:
        """What the car takes, W."""
        return self.current * VOLTAGE * self.draws_on

    @property
    def grid_phases(self) -> tuple[int, ...]:
        """Which phases of the grid it is taken from."""
        return self.config.grid_phases[: self.draws_on]

    def lose(self) -> None:
        """The connection has gone; what was measured is not known any more."""
        self.online, self.measured = False, None

    def plug_in(self) -> None:
        """Begin a session."""
        self.plugged_in, self.energy, self._wait = True, 0.0, self.car.start_delay

    def unplug(self) -> None:
        """End a session; nothing is measured without one."""
        self.plugged_in, self.current, self.car_phases, self.phases_used = False, 0.0, None, 0
        self.measured, self.energy = 0.0, 0.0

    def write(self, now: int, decision: ConnectorDecision) -> None:
        """Send a limit; one at a time."""
        if not self._under_way:
            phases = decision.phases if decision.current > 0 else self.phases
            self._under_way.append((now + CONFIRMATION, decision.current, phases))
            self.writes += 1

    def tick(self, now: int) -> bool:
        """Live for a second; return whether a write was confirmed."""
        confirmed = False
        while self._under_way and self._under_way[0][0] <= now:
            _, limit, phases = self._under_way.pop()
            self.rejected = self.refuses
            if not self.refuses:
                self._confirm(now, limit, phases)
            confirmed = True
        while self._accepted and self._accepted[0][0] <= now:
            self._obey(*self._accepted.pop(0)[1:])
        self._draw()
        if self.meter_interval is not None and (now + 4) % self.meter_interval == 0 and self.speaks:
            self.measured, self.measured_at = self.current, float(now)
            self.phases_used = self.draws_on if self.current > 1 else 0
            if self.phases_used and now - self.written_at > 30 and self.phases == max(self.config.phase_counts):
                self.car_phases = self.phases_used
        return confirmed

    def _confirm(self, now: int, limit: float, phases: int) -> None:
        self.previous_limit, self.began = self.limit, self.limit == 0 or phases != self.phases
        self.limit, self.phases, self.written_at = limit, phases, float(now)
        self._accepted.append((now + self.effect, limit, phases))

    def _obey(self, limit: float, phases: int) -> None:
        if limit >= 6 and self._obeyed < 6:
            self.offers += 1
            self._wait = self.car.start_delay
        if phases != self._obeyed_phases:
            self.switches += 1
            self.current, self._wait = 0.0, self.switch_pause
        self._obeyed, self._obeyed_phases = limit, phases

    def _draw(self) -> None:
        target = self.car.target(self._obeyed, self.offers) if self.plugged_in and self.transaction else 0.0
        if self._wait and target:
            self._wait -= 1
            target = 0.0
        if target and not self.current:
            self.starts += 1
        change = min(max(target - self.current, -self.car.ramp_down), self.car.ramp_up)
        self.current = max(0.0, self.current + change)
        self.energy += self.power / 3.6e6

    def observe(self) -> ConnectorObservation:
        """Return what control is told, as the integration puts it together."""
        counts = self.config.phase_counts
        if len(counts) == 1 or self.car_phases == 1:
            counts = (min(self.car_phases or max(counts), max(counts)),)
        return ConnectorObservation(
            key=self.key,
            config=replace(self.config, phase_counts=counts),
            online=self.online,
            plugged_in=self.plugged_in and self.plug_known,
            plug_known=self.plug_known,
            limit=self.limit,
            previous_limit=self.previous_limit,
            phases=min(self.phases, self.car_phases or self.phases),
            written_at=self.written_at,
            began=self.began,
            measured=self.measured,
            measured_at=self.measured_at,
            phases_used=self.phases_used,
            declined=self.plugged_in and self.car.full,
            closed=not self.transaction,
            session_energy=self.energy,
            due=self.due,
            rejected=self.rejected,
        )


@dataclass(frozen=True)
class Moment:
    """What was decided at one step, and what really flowed then."""

    now: int
    site: SiteDecision
    limits: dict[str, float]  # in force when it was decided
    powers: dict[str, float]
    currents: tuple[float, float, float]
    wake: WakeStage  # of the first charger's car

    def of(self, key: str) -> ConnectorDecision:
        """Return the decision for one connector."""
        return next(item for item in self.site.connectors if item.key == key)


class House:
    """Runs chargers, sun and load, and asks control at each sample and every ten seconds."""

    def __init__(
        self, *chargers: Charger, config: SiteConfig | None = None, sun: float = 0.0, load: float = 300.0
    ) -> None:
        """Begin at second 0. Powers in W; the load is shared by the phases unless `currents` says otherwise."""
        self.chargers: Sequence[Charger] = chargers
        self.config = config or SiteConfig()
        self.sun: Callable[[int], float] = lambda _: sun
        self.load: Callable[[int], float] = lambda _: load
        self.battery: float | None = None
        self.battery_soc: float | None = None
        self.dimmed = False
        self.untold = False  # charge points do not tell of their transactions
        self.shows_solar = False
        self.grid_interval = 10
        self.sensor: Callable[[float], float | None] = lambda power: power  # what it makes of the truth
        self.silent = False
        self.currents: Callable[[int], tuple[float, float, float]] | None = (
            None  # of the house alone, A; None: no sensors
        )
        self.currents_silent = False
        self.clamps: Callable[[float], float] = lambda current: current  # what the sensor of a phase makes of the truth
        self.now = 0
        self.state = SiteState()
        self.moments: list[Moment] = []
        self._grid: tuple[float | None, float | None] = (None, None)
        self._phases: tuple[tuple[float, float, float] | None, float | None] = (None, None)

    @property
    def last(self) -> ConnectorDecision:
        """The last decision for the first connector."""
        return self.moments[-1].site.connectors[0]

    def run(self, seconds: int) -> list[Moment]:
        """Live; return what was decided meanwhile."""
        before = len(self.moments)
        for _ in range(seconds):
            self.now += 1
            confirmed = [charger.tick(self.now) for charger in self.chargers]
            sampled = self._sample()
            if any(confirmed) or sampled or self.now % STEP_INTERVAL == 0:
                self._step()
        return self.moments[before:]

    def true_currents(self) -> tuple[float, float, float]:
        """Return what flows at the grid connection now, A."""
        amperes = list(self.currents(self.now)) if self.currents else [0.0] * 3
        for charger in self.chargers:
            for phase in charger.grid_phases:
                amperes[phase] += charger.current
        one, two, three = amperes
        return one, two, three

    def _sample(self) -> bool:
        new = False
        if self.now % self.grid_interval == 1 % self.grid_interval:
            if not self.silent:
                cars = sum(charger.power for charger in self.chargers)
                power = self.load(self.now) + cars - self.sun(self.now) - (self.battery or 0.0)
                value = self.sensor(power)
                self._grid = value, None if value is None else float(self.now)
                new = True
            if self.currents is not None and not self.currents_silent:
                one, two, three = (self.clamps(current) for current in self.true_currents())
                self._phases = (one, two, three), float(self.now)
                new = True
        return new

    def observe(self) -> SiteObservation:
        """Return what control is told."""
        return SiteObservation(
            now=float(self.now),
            grid=self._grid[0],
            grid_at=self._grid[1],
            solar=self.sun(self.now) if self.shows_solar else None,
            battery=self.battery,
            battery_soc=self.battery_soc,
            currents=self._phases[0],
            currents_at=self._phases[1],
            dimmed=self.dimmed,
            connectors=tuple(
                replace(item, closed=item.closed or self.untold)
                for item in (charger.observe() for charger in self.chargers)
            ),
        )

    def _step(self) -> None:
        self.state, decision = step(self.state, self.observe(), self.config)
        self.moments.append(
            Moment(
                now=self.now,
                site=decision,
                limits={charger.key: charger.limit for charger in self.chargers},
                powers={charger.key: charger.power for charger in self.chargers},
                currents=self.true_currents(),
                wake=self.state.connectors[self.chargers[0].key].wake.stage,
            )
        )
        for charger, made in zip(self.chargers, decision.connectors, strict=True):
            if made.write:
                charger.write(self.now, made)
