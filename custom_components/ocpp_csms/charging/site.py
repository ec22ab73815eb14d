"""The control of a site, one step for each observation: sensors, fuse, sun, modes, and at the end one decision for each connector.

Pure: the state goes in and comes out, nothing is read or written here. The order is that of importance: the fuse is looked at first and
has the last word. What each part decides by is in its own module; here they are put together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
import math
from types import MappingProxyType

from . import law
from .allocation import Claim, share_surplus
from .connector import (
    SAME,
    ConnectorState,
    Origin,
    asks_the_sun,
    draw,
    goes_last,
    in_force,
    is_idle,
    noticed,
    shows_offer,
    sunned,
)
from .fuse import needs_lowering
from .health import Health, examine, trusted_power, trusts_sign
from .law import LawConfig, LawSample
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
from .sensors import Failsafe, SignTest, Verdict, grid_failsafe
from .surplus import SurplusState, draw_of, estimate_surplus
from .wakeup import WakeAction, WakeSample, WakeStage, WakeState, wake_step

_EPSILON = 1e-9  # steps, against the rounding of floats
_SPARE = 0.5  # A below the cap, the fuse holds nothing back
_UNDER_WAY = 15.0  # s for a limit to be in force
_ATTEMPTS = frozenset({WakeStage.WITHDRAWN, WakeStage.PULSED})  # what is written differs from what is granted
_PULSES = frozenset({WakeStage.PULSED, WakeStage.OFFERED_AFTER_PULSE})
_OFFERS = frozenset({WakeStage.OFFERED_AGAIN, WakeStage.OFFERED_AFTER_PULSE})
_OF_THE_SUN = frozenset({Reason.TRACKING, Reason.HOLDING, Reason.STARTING, Reason.SWITCHING_PHASES})
_WAITS = frozenset({Reason.WAITING_SURPLUS, Reason.WAITING_TURN})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """What is remembered of a site."""

    health: Health = field(default_factory=Health)
    surplus: SurplusState = field(default_factory=SurplusState)
    known: bool = False  # there was a surplus that had settled
    settled: bool = False
    fuse: FuseWatch = field(default_factory=FuseWatch)
    connectors: Mapping[str, ConnectorState] = field(default_factory=lambda: MappingProxyType({}))


def remembering(slopes: Iterable[float]) -> SiteState:
    """Return the state of a site of which only the slopes of `SiteState.health.sign` were kept, as over a restart."""
    return SiteState(health=Health(sign=SignTest.remembered(slopes)))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the mode of a connector asks for."""

    current: float
    phases: int
    reason: Reason
    _: KW_ONLY
    limited: bool = False  # by the fuse
    failsafe: bool = False


def step(state: SiteState, observation: SiteObservation, config: SiteConfig) -> tuple[SiteState, SiteDecision]:
    """Return the state after an observation, and what each connector is to do."""
    health, grid = examine(state.health, observation, config)
    now, sun = observation.now, config.surplus
    connectors = {
        item.key: noticed(state.connectors.get(item.key) or _first(item), item, now, sun)
        for item in observation.connectors
    }
    state = replace(state, health=health)
    caps: dict[str, float] = {}
    if config.fuse is not None:
        power = trusted_power(health, observation)
        watch, connectors, caps = protect(state.fuse, connectors, observation, config.fuse, power)
        state = replace(state, fuse=watch)
    shares: dict[str, float] = {}
    if grid is not None and trusts_sign(health):
        state = _estimated(state, connectors, observation, config, grid)
        shares = _shares(state, connectors, caps, observation, config)
    decisions = []
    for connector in observation.connectors:
        known, wish = _wish(connectors[connector.key], connector, observation, state, config, shares)
        cap = caps.get(connector.key)
        connectors[connector.key], decision = _decided(known, connector, wish, cap, observation, state.fuse, config)
        decisions.append(decision)
    state = replace(state, connectors=MappingProxyType(connectors))
    well = state.known and health.bad_since is None and trusts_sign(health)
    surplus = state.surplus.surplus if well else None
    return state, SiteDecision(connectors=tuple(decisions), surplus=surplus, headroom=state.fuse.headroom)


def _first(connector: ConnectorObservation) -> ConnectorState:
    """Return the state of a connector that nothing is remembered of."""
    return ConnectorState(held_back=connector.config.held_back)


# The sun


def _estimated(
    state: SiteState,
    connectors: Mapping[str, ConnectorState],
    observation: SiteObservation,
    config: SiteConfig,
    grid: float,
) -> SiteState:
    """Return the state with the surplus of a new sample."""
    draws = [draw(connectors[item.key], item, observation.now) for item in observation.connectors]
    if state.health.sign.verdict is Verdict.BLIND:
        # The sensor does not see the chargers: what it shows is what is left for them.
        draws = [replace(item, limit=0.0, measured=0.0, drawing=False) for item in draws]
    available = _battery(observation, config)
    surplus, estimate = estimate_surplus(state.surplus, observation.now, grid, available, draws, config.surplus)
    return replace(state, surplus=surplus, settled=estimate.settled, known=state.known or estimate.settled)


def _battery(observation: SiteObservation, config: SiteConfig) -> float:
    """Return the battery's power that cars may have, in W: what it is charged with once it is full enough, less what it gives."""
    power = observation.battery or 0.0
    if power >= 0:
        return -power
    full_enough = observation.battery_soc is None or observation.battery_soc >= config.priority_soc
    return -power if full_enough else 0.0


def _shares(
    state: SiteState,
    connectors: Mapping[str, ConnectorState],
    caps: Mapping[str, float],
    observation: SiteObservation,
    config: SiteConfig,
) -> dict[str, float]:
    """Return the W of the surplus that the law of each connector may see.

    They share up to what they can take with the phases they use now; what is left after that is shown to one that could use more.
    """
    claims: list[Claim] = []
    reaches: dict[str, float] = {}
    taken = 0.0
    for connector in observation.connectors:
        wish, known = connector.config.sane, connectors[connector.key]
        power = draw_of(draw(known, connector, observation.now), config.surplus)
        if not asks_the_sun(connector):
            taken += power  # what those of other modes take is theirs
            continue
        most = wish.maximum * config.surplus.voltage
        phases = connector.phases if connector.limit > 0 else max(wish.phase_counts)
        reaches[connector.key] = most * max(wish.phase_counts)
        claims.append(
            Claim(
                key=connector.key,
                priority=wish.priority,
                minimum=wish.minimum * config.surplus.voltage * min(wish.phase_counts),
                maximum=most * min(phases, max(wish.phase_counts)),
                active=not goes_last(known, connector, observation.now) and caps.get(connector.key) != 0,
                session_energy=connector.session_energy,
                served_since=known.offered_since,
                taking=power,
                pausable=wish.mode is ChargingMode.SOLAR,
            )
        )
    if not claims:
        return {}
    surplus = state.surplus.surplus - taken
    shares = share_surplus(surplus, claims, observation.now)
    rest = surplus - sum(shares.values())
    able = [claim for claim in claims if claim.active and reaches[claim.key] > claim.maximum]
    if rest > 0 and able:
        shares[min(able, key=lambda claim: (-claim.priority, claim.key)).key] += rest
    return shares


def law_config(config: ConnectorConfig, voltage: float) -> LawConfig:
    """Return what the solar law of a connector has to know."""
    counts = tuple(sorted(config.phase_counts))
    return LawConfig(
        phase_modes=(0, *counts) if config.mode is ChargingMode.SOLAR else counts,
        minimum=config.minimum,
        maximum=config.maximum,
        share=config.share,
        voltage=voltage,
        step=config.step,
    )


# What each wants


def _wish(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    site: SiteState,
    config: SiteConfig,
    shares: Mapping[str, float],
) -> tuple[ConnectorState, _Wish]:
    """Return what the mode of a connector asks for now. `shares`: W of the surplus, empty without a new sample."""
    wanted = connector.config.sane
    most = max(wanted.phase_counts)
    paused = _Wish(0.0, connector.phases or most, Reason.OFF)
    if wanted.mode is ChargingMode.MANUAL:
        held = connector.limit if known.held_back is None else known.held_back
        return known, _Wish(held if wanted.manual_limit is None else wanted.manual_limit, paused.phases, Reason.MANUAL)
    if not connector.plugged_in:
        return known, replace(paused, reason=Reason.NOT_PLUGGED_IN)
    if wanted.mode is ChargingMode.OFF:
        return known, paused
    if connector.energy_reached:
        return known, replace(paused, reason=Reason.ENERGY_REACHED)
    if wanted.mode is ChargingMode.FAST:
        return known, _Wish(wanted.maximum, most, _taken(known, connector, observation.now, Reason.FAST))
    if connector.due:
        return known, _Wish(wanted.maximum, most, _taken(known, connector, observation.now, Reason.SCHEDULED_CHARGE))
    if wanted.mode is ChargingMode.SCHEDULED:
        return known, replace(paused, reason=Reason.SCHEDULED_WAIT)
    bad_for = site.health.bad_for(observation.now) if trusts_sign(site.health) else math.inf
    if bad_for is not None:
        return known, _failsafe(known, connector, bad_for, config)
    return _sunny(known, connector, observation, site, config, shares.get(connector.key))


def _taken(known: ConnectorState, connector: ConnectorObservation, now: float, reason: Reason) -> Reason:
    """Return the reason of an offer, or that the car does not take it."""
    if not is_idle(known, connector, now):
        return reason
    return Reason.CAR_FULL if known.wake.stage is WakeStage.FULL else Reason.CAR_NOT_DRAWING


def _failsafe(known: ConnectorState, connector: ConnectorObservation, bad_for: float, config: SiteConfig) -> _Wish:
    """Return what to do while nobody knows the surplus. Only what the sun has granted is held, not what another mode has."""
    wanted = connector.config.sane
    limit = 0.0 if known.origin is Origin.OTHER else in_force(known, connector)
    phases = connector.phases or max(wanted.phase_counts)
    if known.wake.stage in _PULSES:
        limit = min(limit, known.offer[0])
    match grid_failsafe(wanted.mode, bad_for, config.fuse is not None):
        case Failsafe.HOLD:
            current = limit
        case Failsafe.MINIMUM:
            current = wanted.minimum if wanted.mode is ChargingMode.MIN_SOLAR else min(limit, wanted.minimum)
        case _:
            current = 0.0
    return _Wish(current, phases, Reason.SENSOR_STALE, failsafe=True)


def _sunny(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    site: SiteState,
    config: SiteConfig,
    share: float | None,
) -> tuple[ConnectorState, _Wish]:
    """Return what the solar law says; between samples, and while a car is woken or full, what it said last."""
    known, wanted = sunned(known, connector), connector.config.sane
    limit = in_force(known, connector)
    phases = connector.phases or min(wanted.phase_counts)
    idle = is_idle(known, connector, observation.now)
    if _is_woken(known, connector, observation.now):
        return known, _Wish(known.offer[0], known.offer[1] or phases, known.reason)
    if idle and known.wake.stage is WakeStage.FULL:
        return known, _Wish(limit, phases, Reason.CAR_FULL)
    target, reason = (limit, phases), known.reason
    if reason not in (_OF_THE_SUN if limit else _WAITS):
        reason = Reason.HOLDING if limit else Reason.WAITING_SURPLUS
    if share is not None and site.known:
        known, setpoint = _asked(known, connector, observation, site, config, share)
        if setpoint is not None and not (idle and setpoint.phases == phases):
            target, reason = (setpoint.current, setpoint.phases or phases), _reason(limit, phases, setpoint)
        elif limit:
            enough = share >= limit * config.surplus.voltage * phases * wanted.share
            reason = Reason.TRACKING if enough else Reason.HOLDING
        else:
            reason = _waiting(share, wanted, site, config)
    asked = known.law.asked
    if asked is not None and not idle:
        # What the law has asked for is wanted until it is in force.
        target, reason = (asked.current, asked.phases or phases), _reason(limit, phases, asked)
    if not target[0] and wanted.mode is ChargingMode.MIN_SOLAR:
        target, reason = (wanted.minimum, phases), Reason.STARTING
    if idle and target[0]:
        reason = Reason.CAR_NOT_DRAWING
    return replace(known, offer=target), _Wish(*target, reason)


def _is_woken(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether what is in force, or on its way, is an attempt to wake the car, and not what the law has to go on from."""
    wake = known.wake
    if wake.stage in _OFFERS and wake.since is not None and now - wake.since < _UNDER_WAY:
        return abs(connector.limit - known.offer[0]) > SAME
    return wake.stage in _ATTEMPTS


def _asked(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    site: SiteState,
    config: SiteConfig,
    share: float,
) -> tuple[ConnectorState, law.Setpoint | None]:
    """Return the answer of the law to a new sample, of which the connector may see `share` W."""
    wanted = connector.config.sane
    charges = in_force(known, connector) > 0
    sample = LawSample(
        now=observation.now,
        surplus=share + wanted.grid_allowance,
        settled=site.settled,
        limit=connector.limit if charges else 0.0,
        phases=(connector.phases or min(wanted.phase_counts)) if charges else 0,
        offset=known.offset,
        solar=observation.solar,
    )
    state, setpoint = law.step(known.law, sample, law_config(wanted, config.surplus.voltage))
    return replace(known, law=state), setpoint


def _reason(limit: float, phases: int, setpoint: law.Setpoint) -> Reason:
    if not setpoint.phases:
        return Reason.WAITING_SURPLUS
    if not limit:
        return Reason.STARTING
    return Reason.TRACKING if setpoint.phases == phases else Reason.SWITCHING_PHASES


def _waiting(share: float, wanted: ConnectorConfig, site: SiteState, config: SiteConfig) -> Reason:
    """Return what a paused connector waits for: the sun, or those that have it now."""
    least = wanted.minimum * config.surplus.voltage * min(wanted.phase_counts)
    return Reason.WAITING_TURN if share < least <= site.surplus.surplus else Reason.WAITING_SURPLUS


# What is decided


def _decided(
    known: ConnectorState,
    connector: ConnectorObservation,
    wish: _Wish,
    cap: float | None,
    observation: SiteObservation,
    watch: FuseWatch,
    config: SiteConfig,
) -> tuple[ConnectorState, ConnectorDecision]:
    """Return the decision: what is wanted, within what the grid operator and the fuse allow, and what a sleeping car needs."""
    wanted, dims = connector.config.sane, observation.dimmed
    granted = _dimmed(wish, wanted, config) if dims else wish
    wake, action = _wake(known, connector, granted, cap, observation.now)
    woken = _woken(granted, wake, wanted)
    if wake.reported:
        woken = replace(woken, reason=Reason.CAR_NOT_DRAWING)
    made = _fused(_dimmed(woken, wanted, config) if dims else woken, connector, cap, watch)
    write = _is_worth_writing(known, connector, made, cap)
    restricted = made.limited or made.reason is Reason.DIMMED
    limited = made.limited or (known.limited and _stays_limited(made, cap))
    if limited and not made.limited:
        made = replace(made, reason=Reason.SENSOR_STALE if watch.stale else Reason.LIMITED_FUSE)
    known = replace(
        known, wake=wake, limited=limited, reason=wish.reason, held_back=_held_back(known, connector, wish, restricted)
    )
    return known, ConnectorDecision(
        key=connector.key,
        current=made.current,
        phases=made.phases,
        reason=Reason.LIMIT_REJECTED if connector.rejected else made.reason,
        write=write,
        fuse_limited=limited,
        failsafe=made.failsafe or (limited and watch.stale),
        event=action,
        held_back=known.held_back,
    )


def _held_back(known: ConnectorState, connector: ConnectorObservation, wish: _Wish, restricted: bool) -> float | None:
    """Return what a connector in manual mode is to get back, where the user has set nothing."""
    config = connector.config
    if config.mode is not ChargingMode.MANUAL or config.manual_limit is not None:
        return None
    if restricted:
        return wish.current
    if known.held_back is None or (connector.online and abs(connector.limit - known.held_back) <= SAME):
        return None
    return known.held_back


def _stays_limited(made: _Wish, cap: float | None) -> bool:
    """Whether the fuse still holds back a law that has just not asked for more."""
    return made.reason in _OF_THE_SUN and cap is not None and made.current > 0 and cap < made.current + _SPARE


def _is_worth_writing(known: ConnectorState, connector: ConnectorObservation, made: _Wish, cap: float | None) -> bool:
    """Whether the decision differs from what is in force by enough, and is ours to write."""
    config, limit = connector.config, connector.limit
    manual = config.mode is ChargingMode.MANUAL
    if not connector.online or not (connector.plugged_in or config.mode is ChargingMode.OFF):
        return False
    restricted = made.limited or made.reason is Reason.DIMMED
    if manual and config.manual_limit is None and known.held_back is None and not restricted:
        return False
    other_phases = made.current > 0 and made.phases != connector.phases
    urgent = cap is not None and needs_lowering(limit, cap)
    if made.limited and not urgent and made.current < limit and not other_phases:
        return False  # so little too much is left alone
    return abs(made.current - limit) > SAME or other_phases


def _wake(
    known: ConnectorState, connector: ConnectorObservation, granted: _Wish, cap: float | None, now: float
) -> tuple[WakeState, WakeAction]:
    """Return the attempts to wake the car after a step. Without a meter value of this offer nobody knows whether it sleeps."""
    wanted, state = connector.config.sane, known.wake
    hands_off = wanted.mode is ChargingMode.MANUAL or cap == 0
    offered = 0.0 if hands_off else granted.current
    blind = not shows_offer(known, connector) and state.since is not None and state.stage not in _ATTEMPTS
    if connector.plugged_in and (not connector.online or (blind and offered >= wanted.minimum)):
        return state, WakeAction.NONE
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


def _woken(granted: _Wish, wake: WakeState, wanted: ConnectorConfig) -> _Wish:
    """Return the wish with the current that an attempt to wake the car offers instead; nothing is raised blindly."""
    match wake.stage:
        case WakeStage.WITHDRAWN:
            return replace(granted, current=0.0)
        case WakeStage.PULSED if not granted.failsafe:
            return replace(granted, current=min(2 * wanted.minimum, wanted.maximum))
        case _:
            return granted


def _dimmed(wish: _Wish, wanted: ConnectorConfig, config: SiteConfig) -> _Wish:
    """Return a wish within what the grid operator allows: with fewer phases if it cannot be had with as many."""
    voltage, fewest = config.surplus.voltage, min(wanted.phase_counts)
    most = config.dimmed_power / (voltage * wish.phases)
    if wish.current <= most:
        return wish
    if most < wanted.minimum and fewest < wish.phases:
        most = config.dimmed_power / (voltage * fewest)
        wish = replace(wish, current=min(wish.current * wish.phases / fewest, wanted.maximum), phases=fewest)
    current = min(wish.current, _floored(most, wanted))
    return replace(wish, current=current if current >= wanted.minimum else 0.0, reason=Reason.DIMMED)


def _fused(wish: _Wish, connector: ConnectorObservation, cap: float | None, watch: FuseWatch) -> _Wish:
    """Return a wish within its cap; one for more phases that do not bear it is made with those in use."""
    wanted, in_use = connector.config.sane, connector.phases
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
