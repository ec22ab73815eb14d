"""The fuse over all connectors of a site: which of them may take how much, at each sample of the grid's currents. In every mode.

What flows, the headroom and the cap of one connector are in `fuse`, the sharing is in `allocation`; here they are put together, with what
the modes can use and what nobody can keep from being drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
import math

from .allocation import PhaseClaim, allocate
from .connector import ConnectorState, draws, goes_last
from .fuse import (
    STALE_AFTER,
    CapState,
    Flow,
    FuseConfig,
    PhaseCurrents,
    cap_step,
    headroom,
    likely_flow,
    stale_cap_step,
)
from .modes import ChargingMode
from .observation import ConnectorObservation, SiteObservation
from .profiles import DEAD_MAN
from .sensors import CurrentSigns, are_plausible, compare_signs
from .wiring import MINIMUM_CURRENT

# A more that the sun may bring from one write to the next: a claim on more would be to the harm of others.
_LAW_REACH = 4.0
_NOTHING: PhaseCurrents = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseWatch:
    """What is remembered of the currents of the grid connection. A per phase, times in s."""

    seen_at: float | None = None  # time of the last sample
    house: PhaseCurrents | None = None  # what the house itself took at it
    headroom: PhaseCurrents | None = None  # that may flow in addition; None: not known
    spare: PhaseCurrents = _NOTHING  # that no connector has been given
    stale: bool = False
    implausible: bool = False  # what the sensors say now cannot be true, and counts as nothing
    signs: CurrentSigns = field(default_factory=CurrentSigns)

    @property
    def inverted(self) -> bool:
        """Whether the signs of the currents were seen to be wrong: each current counts as import."""
        return self.signs.inverted


def protect(
    watch: FuseWatch,
    connectors: Mapping[str, ConnectorState],
    observation: SiteObservation,
    fuse: FuseConfig,
    power: float | None = None,
) -> tuple[FuseWatch, dict[str, ConnectorState], dict[str, float]]:
    """Return what is to be remembered, and the most A that each connector with a car may take.

    `power` is that of the grid connection in W, if it can be trusted.
    """
    watched = math.isfinite(fuse.rating)
    states = dict(connectors)
    grid, at = _NOTHING, observation.now
    if watched:
        watch = _judged(watch, observation, fuse, power)
        sample = _sample(watch, observation)
        if sample is None:
            return _unseen(watch, states, observation, fuse)
        grid, at = sample
    flows = [_flow(states[item.key], item, observation.now) for item in observation.connectors]
    chargers = likely_flow(grid, watch.house, flows, at)
    room = headroom(grid, chargers, fuse)
    given, spare = _given(states, observation, room)
    caps: dict[str, float] = {}
    for connector in observation.connectors:
        if connector.plugged_in:
            known = states[connector.key]
            state, cap = _cap(known.cap, connector, given.get(connector.key), observation.now)
            caps[connector.key], states[connector.key] = cap, replace(known, cap=state)
    watch = FuseWatch(
        seen_at=observation.currents_at,
        house=_less(grid, chargers) if watched else None,
        headroom=_less(room, chargers),
        spare=spare,
        signs=watch.signs,
    )
    return watch, states, caps


def _judged(watch: FuseWatch, observation: SiteObservation, fuse: FuseConfig, power: float | None) -> FuseWatch:
    """Return the watch with whether the currents can be true, and their signs as well."""
    currents, at, grid_at = observation.currents, observation.currents_at, observation.grid_at
    implausible = currents is not None and not are_plausible(currents, fuse.rating)
    watch = replace(watch, implausible=implausible)
    if currents is None or at is None or implausible or power is None or grid_at is None:
        return watch
    signs = compare_signs(watch.signs, power, grid_at, currents, at)
    # With other signs the house takes something else than was thought.
    return replace(watch, signs=signs, house=watch.house if signs.inverted == watch.inverted else None)


def _sample(watch: FuseWatch, observation: SiteObservation) -> tuple[PhaseCurrents, float] | None:
    """Return the currents of a new sample that can be used, and its time."""
    currents, at = observation.currents, observation.currents_at
    if currents is None or at is None or at == watch.seen_at or watch.implausible:
        return None
    one, two, three = currents
    return ((abs(one), abs(two), abs(three)) if watch.inverted else currents), at


def on_more_phases(cap: float, connector: ConnectorObservation, phases: int, watch: FuseWatch) -> float:
    """Return the cap with so many phases: on those that are not in use yet there is only what nobody has been given."""
    if phases <= connector.phases:
        return cap
    more = [phase for phase in connector.config.grid_phases[:phases] if phase not in grid_phases(connector)]
    return min([cap, *(watch.spare[phase] for phase in more)])


def grid_phases(connector: ConnectorObservation) -> tuple[int, ...]:
    """Return the phases of the grid connection that a car uses, or may use until its meter says that they are fewer."""
    count = connector.phases or max(connector.config.phase_counts)
    measured = connector.measured_at is not None and connector.measured_at > connector.written_at
    if connector.phases_used and (measured or not connector.began):
        count = connector.phases_used
    return connector.config.grid_phases[:count]


def _less(one: PhaseCurrents, other: PhaseCurrents) -> PhaseCurrents:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def _unseen(
    watch: FuseWatch, states: dict[str, ConnectorState], observation: SiteObservation, fuse: FuseConfig
) -> tuple[FuseWatch, dict[str, ConnectorState], dict[str, float]]:
    """Return the caps between two samples, and when there are no more."""
    age = math.inf if watch.seen_at is None else observation.now - watch.seen_at
    caps: dict[str, float] = {}
    for connector in observation.connectors:
        if connector.plugged_in:
            known = states[connector.key]
            state, caps[connector.key] = stale_cap_step(known.cap, age, fuse)
            states[connector.key] = replace(known, cap=state)
    if age > STALE_AFTER:
        watch = replace(watch, house=None, headroom=None, spare=_NOTHING, stale=True)
    return watch, states, caps


def _cap(state: CapState, connector: ConnectorObservation, given: float | None, now: float) -> tuple[CapState, float]:
    """Return the cap of one connector; `given` None: it asks for nothing, and begins as one that was just plugged in."""
    if given is None:
        return CapState(cap=0.0), 0.0
    return cap_step(state, now, connector.limit, given)


def _flow(known: ConnectorState, connector: ConnectorObservation, now: float) -> Flow:
    phases, written_at = grid_phases(connector), max(connector.written_at, known.opened_at)
    if not connector.plugged_in or (connector.closed and not draws(connector)):
        return Flow(phases=phases, limit=0.0, previous=0.0, written_at=written_at)
    limit, measured = connector.limit, connector.measured
    if _has_fallen_back(known, connector, now):
        limit = _untamed(known, connector, now)
        measured = None if measured is None else min(measured, limit)
    return Flow(
        phases=phases,
        limit=limit,
        # A change of phases stops the car, too.
        previous=0.0 if connector.began or known.opened_at > connector.written_at else connector.previous_limit,
        written_at=written_at,
        measured=measured,
        measured_at=connector.measured_at,
    )


def _given(
    states: Mapping[str, ConnectorState], observation: SiteObservation, room: PhaseCurrents
) -> tuple[dict[str, float], PhaseCurrents]:
    """Return the A that each connector is given of the room for all, without those that ask for nothing, and what is left."""
    now = observation.now
    asking = [connector for connector in observation.connectors if _most(states[connector.key], connector)]
    claims = [_claim(states[connector.key], connector, now) for connector in asking]
    given = allocate(room, claims, now)
    wild = [connector for connector in observation.connectors if not _obeys(connector)]
    if wild:
        # They take what they may, whatever is decided here; the others share the rest.
        room = _rest(room, [(grid_phases(item), _untamed(states[item.key], item, now)) for item in wild])
        keys = {connector.key for connector in wild}
        claims = [claim for claim in claims if claim.key not in keys]
        given |= allocate(room, claims, now)
    rest = _rest(room, [(claim.phases, given[claim.key]) for claim in claims])
    more = allocate(rest, [_beyond(claim, given[claim.key], asking) for claim in claims if given[claim.key]], now)
    given |= {key: given[key] + amount for key, amount in more.items()}
    return given, _rest(room, [(claim.phases, given[claim.key]) for claim in claims])


def _beyond(claim: PhaseClaim, given: float, asking: Sequence[ConnectorObservation]) -> PhaseClaim:
    """Return the claim on what nobody else can use: more sun than is likely, and what an idle car was offered before."""
    connector = next(item for item in asking if item.key == claim.key)
    highest = connector.config.maximum if connector.config.mode.follows_sun else claim.maximum
    most = highest if claim.active else connector.limit
    return replace(claim, minimum=0.0, maximum=max(most - given, 0.0), active=True)


def _rest(room: PhaseCurrents, taken: Sequence[tuple[tuple[int, ...], float]]) -> PhaseCurrents:
    rest = list(room)
    for phases, amount in taken:
        for phase in phases:
            rest[phase] -= amount
    one, two, three = (max(amount, 0.0) for amount in rest)
    return one, two, three


def _obeys(connector: ConnectorObservation) -> bool:
    """Whether a limit that is written now is kept."""
    return not connector.plugged_in or (connector.online and not connector.rejected)


def _untamed(known: ConnectorState, connector: ConnectorObservation, now: float) -> float:
    """Return the most A that a charger takes that cannot be told: what it was told last, or what it falls back to by itself."""
    fallback = connector.config.fallback
    if connector.online or fallback is None:
        return connector.limit
    return fallback if _has_fallen_back(known, connector, now) else max(connector.limit, fallback)


def _has_fallen_back(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether a charger has been alone for so long that its limit has ended. As long as it was online, that was renewed."""
    alone_since = max(connector.written_at, now if known.heard_at is None else known.heard_at)
    return not connector.online and connector.config.fallback is not None and now - alone_since > DEAD_MAN


def _claim(known: ConnectorState, connector: ConnectorObservation, now: float) -> PhaseClaim:
    return PhaseClaim(
        key=connector.key,
        priority=connector.config.priority,
        minimum=_least(connector),
        maximum=_most(known, connector),
        active=not goes_last(known, connector, now),
        session_energy=connector.session_energy,
        served_since=known.offered_since,
        phases=grid_phases(connector),
    )


def _least(connector: ConnectorObservation) -> float:
    """Return the least A with which a connector charges. The minimum of the user is one of the modes, not of what is set by hand."""
    by_hand = connector.config.mode is ChargingMode.MANUAL
    return MINIMUM_CURRENT if by_hand else max(connector.config.minimum, MINIMUM_CURRENT)


def _most(known: ConnectorState, connector: ConnectorObservation) -> float:
    """Return the most A that a connector may ask for now: what it cannot use is left to others. 0: nothing."""
    wanted = connector.config
    if not connector.plugged_in:
        return 0.0
    if wanted.mode is ChargingMode.MANUAL:
        if wanted.manual_limit is None:
            return max(wanted.maximum, connector.limit, known.held_back or 0.0)
        # Less than a car can charge with is a claim on the least.
        return max(wanted.manual_limit, MINIMUM_CURRENT) if wanted.manual_limit else 0.0
    waits = wanted.mode is ChargingMode.SCHEDULED and not connector.due
    if wanted.mode is ChargingMode.OFF or waits or connector.energy_reached:
        return 0.0
    if wanted.mode.follows_sun and not connector.due:
        return min(wanted.maximum, max(connector.limit, wanted.minimum) + _LAW_REACH)
    return wanted.maximum
