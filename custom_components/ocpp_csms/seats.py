"""What control remembers of each connector from one step to the next, and what follows from it for observation and writes.

Nothing is read or written here, and no current is decided on.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
import math

from .charging.modes import Reason
from .charging.observation import ConnectorConfig, ConnectorDecision, SiteObservation
from .charging.profiles import NOMINAL_VOLTAGE, Expiry, cut
from .csms.charge_point import ChargePoint
from .csms.charge_point_state import ChargePointSettings
from .csms.limit_evidence import measured_current, phases_in_use
from .csms.model import Connector
from .goals import Goals, PhaseChoice

_SAME = 0.05  # A
_REFUSED = 900.0  # s for which a limit that was refused is not tried again
_REFUSED_LESS = 60.0  # s for which less is not tried again, twice as long each time
_FAILED = 30.0  # s after any other failure
_FAILED_LESS = 9.0
_ATTEMPTS_APART = 1.0  # s, at most one write: what is told and what is confirmed may differ for ever
_DAY = 86400.0  # s
_SWITCHES_A_DAY = 12  # of phases; contactors wear out
_DRAWS = 1.0  # A, less is standby
_APPETITE = 2.0  # A more than a car takes, by which it is offered more all the same
_FOLLOWED = 60.0  # s after a write until a car shows how many phases it uses, also after a change of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStatus:
    """What control does with a connector, and why."""

    reason: Reason = Reason.MANUAL
    target_current: float | None = None  # A
    fuse_limited: bool = False
    failsafe: bool = False
    planned_start: datetime | None = None
    solar_energy: float | None = None  # kWh of the session
    solar_share: float | None = None  # % of the session


@dataclass(slots=True)
class Seat:
    """What is remembered of a connector. Times in s since 1970."""

    status: ControlStatus = field(default_factory=ControlStatus)
    limit: float | None = None  # that was in force at the last step
    previous_limit: float = 0.0
    phases: int | None = None  # in force
    written_at: float = -math.inf
    began: bool = False
    car_phases: int | None = None
    car_current: float | None = None  # A, the most that the car takes of more that it is offered
    blocked_until: float = -math.inf  # no write before
    blocked_less_until: float = -math.inf  # not even of less
    refusals: int = 0  # one after the other
    rejected: bool = False
    granted: bool | None = None  # whether a mode let it charge at the last step; None: no mode decided
    transaction: str | None = None  # that runs
    attempted_at: float = -math.inf  # last write, whatever became of it
    switches: deque[float] = field(default_factory=deque)  # changes of phases within a day
    task: asyncio.Task[None] | None = None
    waiting_since: float | None = None  # plugged in, and no transaction
    starts: int = 0
    overruled: str | None = None  # transaction that was ended by hand before the user chose a mode
    energy: float | None = None  # of the session at the last step
    counted: float = 0.0  # kWh of the session that were seen to be taken
    solar_energy: float = 0.0  # of these

    @property
    def busy(self) -> bool:
        """Whether a command is under way. One that is answered at once is over before it is kept here."""
        return self.task is not None and not self.task.done()

    def note(
        self, connector: Connector, settings: ChargePointSettings, phases: int, now: float, measured_at: float | None
    ) -> None:
        """Notice what is in force, whoever wrote it, and how many phases the car uses of those on offer."""
        maximum = settings.maximum_current
        limit = 0.0 if connector.paused else maximum if connector.limit is None else connector.limit
        if self.limit is not None and (limit != self.limit or phases != self.phases):
            self.previous_limit = self.limit
            self.began = self.limit == 0 or phases != self.phases
            if phases != self.phases:
                self.switches.append(now)
            self.written_at = now
        self.limit, self.phases = limit, phases
        self._note_transaction(connector)
        followed = (measured_at or 0.0) - self.written_at > _FOLLOWED
        self._note_appetite(measured_current(connector, settings), followed)
        used = phases_in_use(connector)
        if used and phases == settings.phases and followed:
            self.car_phases = used

    def _note_appetite(self, measured: float | None, followed: bool) -> None:
        """Notice a car that takes much less than it is offered: more of it is of no use. It may want more later."""
        if measured is None or self.limit is None or measured < _DRAWS:
            return
        if self.car_current is not None and measured > self.car_current + _DRAWS:
            self.car_current = None
        elif followed and self.limit - measured > _APPETITE:
            self.car_current = measured

    def _note_transaction(self, connector: Connector) -> None:
        """Notice a transaction that has started: what was refused without one is tried again at once."""
        last = connector.transaction
        running = last.transaction_id if last is not None and last.running else None
        if running is not None and running != self.transaction:
            self.blocked_until = self.blocked_less_until = -math.inf
            self.accepted()
        self.transaction = running

    def has_switched_enough(self, now: float) -> bool:
        """Whether the phases have been changed as often as is good for contactors in a day; the last change is one to a single phase."""
        while self.switches and now - self.switches[0] > _DAY:
            self.switches.popleft()
        return len(self.switches) >= _SWITCHES_A_DAY - (self.phases == 1)

    def leave(self) -> None:
        """The car has gone."""
        self.car_phases = self.car_current = self.waiting_since = None
        self.starts = 0

    def rejects(self, connector: Connector, now: float) -> bool:
        """Whether the charge point does not take, or not follow, what it is told."""
        return connector.limit_ignored or (self.rejected and now < self.blocked_until)

    def may_write(self, connector: Connector, decision: ConnectorDecision, now: float) -> bool:
        """Whether it makes sense to write a decision now, for all that is known of earlier writes."""
        if now - self.attempted_at < _ATTEMPTS_APART:
            return False
        lowers = self.limit is not None and decision.current < self.limit
        if connector.limit_ignored:
            told = self.limit is not None and abs(self.limit - decision.current) < _SAME
            if told or now - self.written_at < (_REFUSED_LESS if lowers else _REFUSED):
                return False
        return now >= (self.blocked_less_until if lowers else self.blocked_until)

    def accepted(self) -> None:
        """A limit was taken."""
        self.rejected, self.refusals = False, 0

    def put_off(self, now: float, *, refused: bool) -> None:
        """A limit was refused, or failed: the next one has time; one of less has not as much."""
        self.rejected = refused
        self.blocked_until = now + (_REFUSED if refused else _FAILED)
        less = min(_REFUSED_LESS * 2**self.refusals, _REFUSED) if refused else _FAILED_LESS
        self.blocked_less_until = now + less
        self.refusals = self.refusals + 1 if refused else 0

    def count_sun(self, energy: float | None, observation: SiteObservation, surplus: float | None) -> None:
        """Add what the session took since the last step, as far as it was sun. `energy`: of the session in kWh, by the register."""
        if energy is None or self.energy is None or energy < self.energy:
            self.solar_energy = self.counted = 0.0
        elif energy > self.energy:
            drawn = sum(
                (item.measured or 0.0) * NOMINAL_VOLTAGE * (item.phases_used or item.phases)
                for item in observation.connectors
            )
            self.counted += energy - self.energy
            if surplus is not None and drawn > 0:
                self.solar_energy += (energy - self.energy) * min(max(surplus / drawn, 0.0), 1.0)
        self.energy = energy


def connector_config(point: ChargePoint, connector: Connector, goals: Goals, seat: Seat, now: float) -> ConnectorConfig:
    """Return what the pure part has to know of a connector."""
    most = cut(point.settings.maximum_current)
    by_hand = goals.manual_limit
    counts = _phase_counts(point, goals, seat, now)
    search = point.limits.search
    strategy = None if search is None else search.current
    coarse = strategy is not None and strategy.coarse
    endless = strategy is not None and strategy.expiry is Expiry.NONE
    return ConnectorConfig(
        mode=goals.mode,
        minimum=goals.minimum_current,
        maximum=_useful(min(cut(goals.maximum_current or most), most), seat),
        manual_limit=0.0 if connector.paused else None if by_hand is None else min(cut(by_hand), most),
        held_back=goals.held_back,
        fallback=None if endless else point.settings.fallback_current,
        share=goals.share(switches=len(counts) > 1) / 100,
        grid_allowance=goals.grid_allowance,
        priority=goals.priority,
        energy_limit=goals.energy_limit or None,
        phase_counts=counts,
        grid_phases=point.settings.grid_phases,
        step=1.0 if coarse else 0.1,
    )


def _useful(maximum: float, seat: Seat) -> float:
    """Return the most A that it makes sense to offer: a little more than the car was seen to take."""
    return maximum if seat.car_current is None else min(maximum, cut(seat.car_current + _APPETITE))


def _phase_counts(point: ChargePoint, goals: Goals, seat: Seat, now: float) -> tuple[int, ...]:
    """Return with how many phases the connector can charge the car: by what the car was seen to use, and what the user allows."""
    if point.limits.can_switch_phases and seat.car_phases != 1:
        if goals.phases is PhaseChoice.AUTO:
            return (1,) if seat.has_switched_enough(now) else (1, 3)
        return (int(goals.phases),)
    return (min(seat.car_phases or point.settings.phases, point.settings.phases),)


def phases_in_force(point: ChargePoint, connector: Connector, seat: Seat) -> int:
    """Return how many phases are in force."""
    told = phases_told(point, connector)
    return min(told, seat.car_phases or told)


def phases_told(point: ChargePoint, connector: Connector) -> int:
    """Return how many phases are on offer; what a charge point that cannot switch was told says nothing."""
    chosen = connector.phases if point.limits.can_switch_phases else None
    return chosen or point.settings.phases
