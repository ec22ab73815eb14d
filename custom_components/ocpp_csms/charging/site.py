"""The control of a site, one step for each observation: sensors, fuse, sun, modes, and at the end one decision for each connector.

Pure: the state goes in and comes out, nothing is read or written here. The order is that of importance: the fuse is looked at first and
has the last word. What each part decides by is in its own module; here they are put together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
import math
from types import MappingProxyType

from .connector import SAME, ConnectorState, Origin, draws, noticed, shows_offer
from .fuse import needs_lowering
from .health import Health, examine, is_measuring, trusted_power, trusts_sign
from .modes import ChargingMode, Reason
from .observation import (
    ConnectorConfig,
    ConnectorDecision,
    ConnectorObservation,
    SiteConfig,
    SiteDecision,
    SiteObservation,
)
from .protection import FuseWatch, on_more_phases, protect
from .sensors import SignTest
from .solar_shares import estimated, solar_shares
from .surplus import SurplusState
from .wakeup import CarReport, WakeSample, WakeStage, WakeState, wake_step
from .wishes import ATTEMPTS, OF_THE_SUN, Wish, failsafe_wish, fixed_wish, solar_wish

_EPSILON = 1e-9  # steps, against the rounding of floats
_MUCH = 2.0  # A
_SPARE = 0.5  # A below the cap, the fuse holds nothing back


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """What is remembered of a site."""

    health: Health = field(default_factory=Health)
    surplus: SurplusState = field(default_factory=SurplusState)
    fuse: FuseWatch = field(default_factory=FuseWatch)
    connectors: Mapping[str, ConnectorState] = field(default_factory=lambda: MappingProxyType({}))


def remembering(slopes: Iterable[float]) -> SiteState:
    """Return the state of a site of which only the slopes of `SiteState.health.sign` were kept, as over a restart."""
    return SiteState(health=Health(sign=SignTest.remembered(slopes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """What a connector may take at most, whatever it wants."""

    cap: float | None  # A, of the fuse; None: there is none
    watch: FuseWatch
    dimmed: float | None  # W, of the grid operator; None: as much as it wants


def step(state: SiteState, observation: SiteObservation, config: SiteConfig) -> tuple[SiteState, SiteDecision]:
    """Return the state after an observation, and what each connector is to do."""
    health, grid = examine(state.health, observation, config)
    now, surplus, watch = observation.now, state.surplus, state.fuse
    connectors = {
        item.key: noticed(state.connectors.get(item.key) or _first(item), item, now) for item in observation.connectors
    }
    caps: dict[str, float] = {}
    if config.fuse is not None:
        power = trusted_power(health, observation)
        watch, connectors, caps = protect(watch, connectors, observation, config.fuse, power)
    shares: dict[str, float] = {}
    if _has_changed(state.connectors, connectors):
        surplus = replace(surplus, samples=())  # they were of other cars
    if grid is not None and trusts_sign(health):
        surplus = estimated(surplus, connectors, observation, config, health, grid)
        if not is_measuring(health, observation.connectors, now):
            shares = solar_shares(surplus.surplus, connectors, caps, observation)
    state = SiteState(health=health, surplus=surplus, fuse=watch)
    decisions = []
    for connector in observation.connectors:
        key = connector.key
        known, wish = _wish(connectors[key], connector, observation, state, shares.get(key))
        dimmed = config.dimmed_power if observation.dimmed else None
        bounds = _Bounds(cap=caps.get(key), watch=watch, dimmed=dimmed)
        connectors[key], decision = _decided(known, connector, wish, bounds, now)
        decisions.append(decision)
    state = replace(state, connectors=MappingProxyType(connectors))
    well = surplus.known and health.bad_since is None and trusts_sign(health)
    told = surplus.surplus if well else None
    return state, SiteDecision(connectors=tuple(decisions), surplus=told, headroom=watch.headroom)


def _has_changed(before: Mapping[str, ConnectorState], now: Mapping[str, ConnectorState]) -> bool:
    """Whether a charge point has been lost or is back: what its car takes is no part of the surplus any more, or again."""
    return any(known.lost is not now[key].lost for key, known in before.items() if key in now)


def _first(connector: ConnectorObservation) -> ConnectorState:
    """Return the state of a connector that nothing is remembered of."""
    return ConnectorState(held_back=connector.config.held_back)


def _wish(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    site: SiteState,
    share: float | None,
) -> tuple[ConnectorState, Wish]:
    """Return what a connector asks for now. `share`: W of the surplus, None: the law is not asked now."""
    wish = fixed_wish(known, connector, observation.now)
    if wish is not None:
        return known, wish
    bad_for = site.health.bad_for(observation.now) if trusts_sign(site.health) else math.inf
    if bad_for is not None:
        return known, failsafe_wish(known, connector, bad_for)
    return solar_wish(known, connector, observation, site.surplus, share)


# What is decided


def _decided(
    known: ConnectorState, connector: ConnectorObservation, wish: Wish, bounds: _Bounds, now: float
) -> tuple[ConnectorState, ConnectorDecision]:
    """Return the decision: what is wanted, within what the grid operator and the fuse allow, and what a sleeping car needs."""
    granted = _dimmed(wish, connector, bounds)
    wake, report = _wake(known, connector, granted, bounds.cap, now)
    woken = _woken(granted, wake, connector.config)
    if wake.reported:
        woken = replace(woken, reason=Reason.CAR_NOT_DRAWING)
    made = _fused(_dimmed(woken, connector, bounds), connector, bounds)
    write = _is_worth_writing(known, connector, made, bounds.cap)
    held_back = _held_back(known, connector, wish, made)
    limited = made.limited or (known.limited and _stays_limited(made, bounds.cap))
    if limited and not made.limited:
        made = replace(made, reason=Reason.SENSOR_STALE if bounds.watch.stale else Reason.LIMITED_FUSE)
    known = replace(known, wake=wake, limited=limited, reason=wish.reason, held_back=held_back)
    if connector.closed and made.current and connector.config.mode is not ChargingMode.MANUAL:
        made = replace(made, reason=Reason.WAITING_START)
    return known, ConnectorDecision(
        key=connector.key,
        current=made.current,
        phases=made.phases,
        reason=Reason.LIMIT_REJECTED if connector.rejected else made.reason,
        write=write,
        fuse_limited=limited,
        failsafe=made.failsafe or (limited and bounds.watch.stale),
        report=report,
        held_back=held_back,
    )


def _held_back(known: ConnectorState, connector: ConnectorObservation, wish: Wish, made: Wish) -> float | None:
    """Return what a connector in manual mode is to get back, where the user has set nothing."""
    wanted = connector.config
    if wanted.mode is not ChargingMode.MANUAL or wanted.manual_limit is not None:
        return None
    if made.restricted:
        return wish.current
    if known.held_back is None or (connector.online and abs(connector.limit - known.held_back) <= SAME):
        return None
    return known.held_back


def _stays_limited(made: Wish, cap: float | None) -> bool:
    """Whether the fuse still holds back a law that has just not asked for more."""
    return made.reason in OF_THE_SUN and cap is not None and made.current > 0 and cap < made.current + _SPARE


def _is_worth_writing(known: ConnectorState, connector: ConnectorObservation, made: Wish, cap: float | None) -> bool:
    """Whether the decision differs from what is in force by enough, and is ours to write."""
    wanted, limit = connector.config, connector.limit
    manual = wanted.mode is ChargingMode.MANUAL
    if not connector.online or not (connector.plugged_in or wanted.mode is ChargingMode.OFF):
        return False
    if manual and wanted.manual_limit is None and known.held_back is None and not made.restricted:
        return False
    other_phases = made.current > 0 and made.phases != connector.phases
    urgent = cap is not None and needs_lowering(limit, cap)
    granted = 0 < limit <= wanted.maximum + SAME and known.origin is not Origin.LEFT_OVER
    if granted and not (other_phases or urgent) and _may_wait(connector, made):
        return False
    if made.limited and not urgent and made.current < limit and not other_phases:
        return False  # so little too much is left alone
    return abs(made.current - limit) > SAME or other_phases


def _may_wait(connector: ConnectorObservation, made: Wish) -> bool:
    """Whether the sun can be followed later: no current flows before a transaction, and what it begins with is told then.

    A limit much too high is not left: the transaction may begin while nobody can tell another.
    """
    follows = made.current > 0 and made.reason in OF_THE_SUN and not (made.restricted or made.failsafe)
    return connector.closed and not draws(connector) and follows and made.current > connector.limit - _MUCH


def _wake(
    known: ConnectorState, connector: ConnectorObservation, granted: Wish, cap: float | None, now: float
) -> tuple[WakeState, CarReport | None]:
    """Return the attempts to wake the car after a step. Without a meter value of this offer nobody knows whether it sleeps."""
    wanted, state = connector.config, known.wake
    hands_off = wanted.mode is ChargingMode.MANUAL or cap == 0 or (connector.closed and not draws(connector))
    offered = 0.0 if hands_off else granted.current
    blind = not shows_offer(known, connector) and state.since is not None and state.stage not in ATTEMPTS
    if connector.plugged_in and (not connector.online or (blind and offered >= wanted.minimum)):
        return state, None
    return wake_step(
        state,
        WakeSample(
            now=now,
            plugged_in=connector.plugged_in,
            offered=offered,
            minimum=wanted.minimum,
            current=connector.measured or 0.0,
            declined=connector.declined,
        ),
    )


def _woken(granted: Wish, wake: WakeState, wanted: ConnectorConfig) -> Wish:
    """Return the wish with the current that an attempt to wake the car offers instead; nothing is raised blindly."""
    match wake.stage:
        case WakeStage.WITHDRAWN:
            return replace(granted, current=0.0)
        case WakeStage.PULSED if not granted.failsafe:
            return replace(granted, current=min(2 * wanted.minimum, wanted.maximum))
        case _:
            return granted


def _dimmed(wish: Wish, connector: ConnectorObservation, bounds: _Bounds) -> Wish:
    """Return a wish within what the grid operator allows: with fewer phases if it cannot be had with as many."""
    if bounds.dimmed is None:
        return wish
    wanted = connector.config
    fewest = min(wanted.phase_counts)
    most = bounds.dimmed / (connector.voltage * wish.phases)
    if wish.current <= most:
        return wish
    if most < wanted.minimum and fewest < wish.phases:
        most = bounds.dimmed / (connector.voltage * fewest)
        wish = replace(wish, current=min(wish.current * wish.phases / fewest, wanted.maximum), phases=fewest)
    current = min(wish.current, _floored(most, wanted))
    return replace(wish, current=current if current >= wanted.minimum else 0.0, reason=Reason.DIMMED)


def _fused(wish: Wish, connector: ConnectorObservation, bounds: _Bounds) -> Wish:
    """Return a wish within its cap; one for more phases that do not bear it is made with those in use."""
    wanted, in_use, cap, watch = connector.config, connector.phases, bounds.cap, bounds.watch
    if cap is None or not wish.current:
        return wish
    most, phases, current = on_more_phases(cap, connector, wish.phases, watch), wish.phases, wish.current
    if most < wanted.minimum <= cap and in_use < phases and in_use in wanted.phase_counts:
        most, phases, current = cap, in_use, min(current * phases / in_use, wanted.maximum)
    if most >= current - SAME and phases == wish.phases:
        return wish
    least = 0.0 if wanted.mode is ChargingMode.MANUAL else wanted.minimum
    current = min(current, _floored(most, wanted))
    current = current if current >= least else 0.0
    reason = Reason.LIMITED_FUSE if current else Reason.PAUSED_FUSE
    return replace(
        wish,
        current=current,
        phases=phases,
        reason=Reason.SENSOR_STALE if watch.stale else reason,
        limited=True,
        failsafe=wish.failsafe or watch.stale,
    )


def _floored(current: float, wanted: ConnectorConfig) -> float:
    """Return the highest step of the charger that is not above a current, in A."""
    return round(math.floor(current / wanted.step + _EPSILON) * wanted.step, 6)
