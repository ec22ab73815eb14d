"""The solar law of one connector: from the surplus to a current and a number of phases, one step for each new grid sample.

Which phases, or none, is weighed in `advantage.py` by what `climate.py` has learned; the sun's own sensor is read in `clouds.py`. The law
never asks whether a limit was obeyed: it goes on from what is in force. No clock, no I/O, no memory but its state.
"""

from dataclasses import dataclass, field, replace
from functools import partial
import math

from . import advantage, climate
from .advantage import Outlook
from .climate import Climate
from .clouds import SolarState, look
from .wiring import MINIMUM_CURRENT, NOMINAL_VOLTAGE

UP_ENERGY = 2.6  # Wh of sun that a limit too low may lose before it is written anew; a price for each write
DOWN_ENERGY = 1.8  # Wh of grid that a limit too high may take
DEADBAND = 0.28  # A, smaller errors are never worth a write
STEP_DEADBAND = 0.6  # steps of the charger's limit, so that it does not flap between two of them
WRITE_GAP = 10.0  # s between two writes at least, as far apart as samples of a usual grid sensor
LONGEST_GAP = 60.0  # s that a sample counts for at most: what happened in a longer silence is unknown
USUAL_INTERVAL = 10.0  # s between samples of the grid, for which the constants were found
INTERVAL_GAIN = 0.1  # of a new interval in their mean
SLOW_EXPONENT = 0.6  # by how much more the grid weighs at the longest gap: what is taken between samples is not seen
AVERSION = 1.06  # makes up for forecasts that err on the sunny side where more than half is to be sun
LARGEST_SHARE = 0.95  # more than that cannot be kept under any cloud
LARGEST_OFFSET = 1.0  # A that are offered beyond what the sun gives, for a car that draws less
LIMIT_PATIENCE = 15.0  # s for a limit to be in force before it is asked for again
MODE_PATIENCE = 60.0  # s for a start or change of phases
_SAME_CURRENT = 0.01  # A
_EPSILON = 1e-9  # steps, against the rounding of floats
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LawConfig:
    """What a connector can do and what the user wants: phases it may charge with, ascending, 0 for a pause; currents in A."""

    phase_modes: tuple[int, ...]
    minimum: float = MINIMUM_CURRENT
    maximum: float = 16.0
    share: float = 0.5  # least share of sun in what is charged
    voltage: float = NOMINAL_VOLTAGE  # V
    step: float = 0.1  # A, resolution of the charger's limit

    @property
    def grid_weight(self) -> float:
        """Return how much worse a Wh from the grid is than a Wh of sun is good."""
        share = min(max(self.share, 0.0), LARGEST_SHARE)
        return math.pow(share / (1 - share), AVERSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class LawSample:
    """What is known at a new grid sample: time in s, powers in W, currents in A per phase."""

    now: float
    surplus: float  # that this connector may take; the last settled one while not settled
    settled: bool  # False within the settle time after a write
    limit: float  # in force, 0: paused
    phases: int  # in force
    offset: float  # that the car draws less than it is offered
    solar: float | None = None  # of the PV system; None: no sensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """A limit to be written: A per phase and phases, both 0 for a pause."""

    current: float
    phases: int


PAUSE = Setpoint(current=0.0, phases=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LawState:
    """What the law remembers; times in s, None: not yet."""

    now: float | None = None
    mode: int | None = None  # phases in force, 0: paused
    mode_since: float | None = None
    asked: Setpoint | None = None  # and not yet in force
    asked_at: float | None = None
    error: float = 0.0  # Wh that the limit was wrong by, in one direction, since the last write
    interval: float | None = None  # s between samples, mean
    outlook: Outlook | None = None
    climate: Climate = field(default_factory=Climate)
    solar: SolarState = field(default_factory=SolarState)


def utility(phases: int, surplus: float, grid_weight: float, config: LawConfig) -> float:
    """Return what charging with so many phases is worth at a surplus, in W: sun taken, less the grid's part as it is weighed."""
    if not phases:
        return 0.0
    per_ampere = config.voltage * phases
    power = min(max(surplus, config.minimum * per_ampere), config.maximum * per_ampere)
    sun = max(surplus, 0.0)
    return min(power, sun) - grid_weight * max(0.0, power - sun)


def current_for(surplus: float, phases: int, offset: float, config: LawConfig) -> float:
    """Return the current that takes a surplus (W), within the limits, in A; not yet a multiple of the charger's step."""
    wanted = surplus / (config.voltage * phases) + min(max(offset, 0.0), LARGEST_OFFSET)
    return min(max(wanted, config.minimum), config.maximum)


def in_steps(current: float, config: LawConfig) -> float:
    """Return the step of the charger to use for a current, in A: the upper one if the sun's share of the excess is large enough."""
    lowest, highest = (
        math.ceil(config.minimum / config.step - _EPSILON),
        math.floor(config.maximum / config.step + _EPSILON),
    )
    share = min(max(config.share, 0.0), LARGEST_SHARE)
    steps = math.floor(current / config.step + 1 - share + _EPSILON)
    return round(max(min(steps, highest), lowest) * config.step, 6)


def setpoint_for(surplus: float, phases: int, offset: float, config: LawConfig) -> Setpoint:
    """Return what to begin with on so many phases at a surplus in W."""
    return Setpoint(current=in_steps(current_for(surplus, phases, offset, config), config), phases=phases)


def step(state: LawState, sample: LawSample, config: LawConfig) -> tuple[LawState, Setpoint | None]:
    """Return the state after a sample, and the limit to write now; None: leave it as it is."""
    elapsed = 0.0 if state.now is None else min(max(sample.now - state.now, 0.0), LONGEST_GAP)
    state = _followed(state, sample)
    solar, sky = look(state.solar, sample.now, sample.surplus, sample.settled, sample.solar)
    surplus = sample.surplus if sky.surplus is None else sky.surplus
    state = _renewed(state, sample, surplus, config)
    interval = _mean_interval(state.interval, elapsed)
    state = replace(state, now=sample.now, interval=interval, solar=solar)
    modes = config.phase_modes
    if state.mode not in modes:
        return _entered(state, sample, _nearest(state.mode, modes), surplus, config)
    current = modes.index(state.mode)
    state, outlook = _looked_out(state, current, surplus, elapsed, config)
    since = _since(sample.now, state.mode_since)
    best = advantage.better_mode(outlook, modes, current, since, config.grid_weight)
    if best is not None:
        return _entered(state, sample, modes[best], surplus, config)
    if sky.surplus is None or sample.limit <= 0 or sample.phases != state.mode:
        return state, None  # nothing to compare with, or the mode is still on its way
    return _tracked(state, sample, sky.surplus + sky.drift, elapsed, config)


def foresee(state: LawState, sample: LawSample, config: LawConfig, horizon: float) -> float | None:
    """Return when (s) charging would begin, end or change its phases if all stayed as it was at a sample; None: not within `horizon` s."""
    mode = state.mode
    modes = [phases for phases in config.phase_modes if phases != mode]
    if mode not in config.phase_modes or not modes or state.outlook is None:
        return None
    interval = min(max(state.interval or USUAL_INTERVAL, USUAL_INTERVAL), LONGEST_GAP)
    for count in range(1, int(horizon // interval) + 1):
        ahead = replace(sample, now=sample.now + count * interval, settled=True, solar=None)
        state, _ = step(state, ahead, config)
        if state.mode != mode:
            return ahead.now
    return None


def _mean_interval(interval: float | None, elapsed: float) -> float | None:
    if interval is None or not elapsed:
        return interval or elapsed or None
    return interval + INTERVAL_GAIN * (elapsed - interval)


def _grid_weight(interval: float | None, config: LawConfig) -> float:
    """Return how much a Wh from the grid weighs, the more (if it weighs more than sun at all) the slower the sensor is."""
    slowness = min(max((interval or USUAL_INTERVAL) - USUAL_INTERVAL, 0.0) / (LONGEST_GAP - USUAL_INTERVAL), 1.0)
    return math.pow(config.grid_weight, 1 + SLOW_EXPONENT * slowness)


def _looked_out(
    state: LawState, current: int, surplus: float, elapsed: float, config: LawConfig
) -> tuple[LawState, Outlook]:
    """Return the state with what is now known of the weather and of the modes' utilities in it, and the latter."""
    grid_weight = _grid_weight(state.interval, config)
    weather = climate.observe(state.climate, surplus, elapsed)
    utilities = tuple(utility(phases, surplus, grid_weight, config) for phases in config.phase_modes)
    if state.outlook is None or len(state.outlook.fast) != len(utilities):
        outlook = advantage.first_outlook(utilities)
    else:
        hourly = [
            climate.expected(weather, partial(utility, phases, grid_weight=grid_weight, config=config))
            for phases in config.phase_modes
        ]
        expected = [mean if hour is None else hour for mean, hour in zip(state.outlook.slow, hourly, strict=True)]
        outlook = advantage.observe(state.outlook, utilities, expected, current, elapsed)
    return replace(state, climate=weather, outlook=outlook), outlook


def _since(now: float, then: float | None) -> float:
    return math.inf if then is None else now - then


def _nearest(phases: int | None, modes: tuple[int, ...]) -> int:
    """Return the permitted mode to use instead of one that is not: fewer phases if there are, else the fewest that charge."""
    charging = [mode for mode in modes if mode]
    fewer = [mode for mode in charging if mode <= (phases or 0)]
    return max(fewer, default=min(charging, default=0))


def _followed(state: LawState, sample: LawSample) -> LawState:
    """Return the state with the mode that is in force, or on its way."""
    in_force = Setpoint(current=sample.limit, phases=sample.phases) if sample.limit > 0 else PAUSE
    asked = state.asked
    if asked is not None:
        patience = LIMIT_PATIENCE if asked.phases == in_force.phases else MODE_PATIENCE
        arrived = asked.phases == in_force.phases and abs(asked.current - in_force.current) <= _SAME_CURRENT
        if arrived or _since(sample.now, state.asked_at) >= patience:
            asked = None
    mode = asked.phases if asked is not None else in_force.phases
    if mode == state.mode:
        return replace(state, asked=asked)
    since = None if state.mode is None else sample.now
    outlook = None if state.outlook is None else advantage.forgiven(state.outlook)
    return replace(state, asked=asked, mode=mode, mode_since=since, error=0.0, outlook=outlook)


def _renewed(state: LawState, sample: LawSample, surplus: float, config: LawConfig) -> LawState:
    """Return the state in which what a mode is to begin with is what it would be now: its write may have had to wait."""
    asked, phases = state.asked, sample.phases if sample.limit > 0 else 0
    if asked is None or not asked.phases or asked.phases == phases:
        return state
    return replace(state, asked=setpoint_for(surplus, asked.phases, sample.offset, config))


def _entered(
    state: LawState, sample: LawSample, mode: int, surplus: float, config: LawConfig
) -> tuple[LawState, Setpoint | None]:
    """Return the state and the limit with which a mode begins; nothing is asked twice while it is on its way."""
    setpoint = setpoint_for(surplus, mode, sample.offset, config) if mode else PAUSE
    outlook = None if state.outlook is None else advantage.forgiven(state.outlook)
    return replace(
        state,
        mode=mode,
        mode_since=sample.now,
        asked=setpoint,
        asked_at=sample.now,
        error=0.0,
        outlook=outlook,
    ), setpoint


def _tracked(
    state: LawState, sample: LawSample, surplus: float, elapsed: float, config: LawConfig
) -> tuple[LawState, Setpoint | None]:
    """Return the state and the limit if the present one was wrong for long enough, or by enough, to be worth a write."""
    target = current_for(surplus, sample.phases, sample.offset, config)
    gap = target - sample.limit
    energy = gap * config.voltage * sample.phases * elapsed / _SECONDS_PER_HOUR
    error = energy if state.error * energy < 0 else state.error + energy
    state = replace(state, error=error)
    current = in_steps(target, config)
    worth_it = error >= UP_ENERGY or error <= -DOWN_ENERGY
    small = abs(gap) < max(DEADBAND, STEP_DEADBAND * config.step) or abs(current - sample.limit) <= _SAME_CURRENT
    if state.asked is not None or not worth_it or small or _since(sample.now, state.asked_at) < WRITE_GAP:
        return state, None
    setpoint = Setpoint(current=current, phases=sample.phases)
    return replace(state, asked=setpoint, asked_at=sample.now, error=0.0), setpoint
