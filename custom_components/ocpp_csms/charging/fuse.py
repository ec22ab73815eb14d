"""Fuse protection: what all connectors together may take on each phase, and the cap of one of them. Not the sharing (`allocation`).

Runs in every mode, before all else, at each sample of the currents of the grid connection. Currents are in A per phase of the grid
connection, import positive; times are s of any monotonic clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import math

from .wiring import MINIMUM_CURRENT, STANDBY_CURRENT

PhaseCurrents = tuple[float, float, float]  # A on L1, L2, L3

STALE_AFTER = 30.0  # s
RESPONSE = 8.0  # s from the write of a limit until the car follows it
START = 30.0  # s from the write of a limit that ends a pause until the car draws
_TOLERANCE = 0.2  # A, a limit so little too high is left alone
_SPARE = 0.5  # A more than is set, before the cap may rise
_RISE_AFTER = 60.0  # s
_RISE_AFTER_PAUSE = 120.0  # s
_STRICT_AFTER = 120.0  # s more, until nothing may be taken on blind


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseConfig:
    """The fuses and what to do when nobody knows what flows through them. Currents in A per phase."""

    rating: float  # of the main fuse; infinite: there is none to protect
    margin: float = 1.0
    circuit: float | None = None  # for all chargers together
    fallback: float = 6.0  # the cap of each connector on stale data, to be chosen so that the fuse bears it
    strict: bool = False  # pause after two more minutes of stale data


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What is known of the current of one connector. A per phase, s."""

    phases: tuple[int, ...]  # of the grid connection that its car uses, 0..2
    limit: float  # in force or on its way
    previous: float  # the limit before it
    written_at: float
    measured: float | None = None  # by the charger's meter
    measured_at: float | None = None


def flow_between(flow: Flow, at: float) -> tuple[float, float]:
    """Return the least and the most that one connector's car drew at the time of a grid sample.

    A meter value that was taken when the car had followed the last write is believed. Until there is one, the car is between
    the last value (or the limit before) and the limit, and no longer above the limit once it had the time to follow.
    """
    age = at - flow.written_at
    before = flow.previous if flow.measured is None else flow.measured
    if flow.measured is not None and flow.measured_at is not None:
        starts = flow.limit > 0 and (flow.previous == 0 or before < STANDBY_CURRENT)
        patience = START if starts else RESPONSE
        if flow.measured_at - flow.written_at >= patience:
            return flow.measured, flow.measured
    if flow.measured is None and age >= START:
        return flow.limit, flow.limit
    if age < RESPONSE:
        return min(before, flow.limit), max(before, flow.limit)
    return min(before, flow.limit), flow.limit


def likely_flow(grid: PhaseCurrents, house: PhaseCurrents | None, flows: Sequence[Flow], at: float) -> PhaseCurrents:
    """Return the current that all chargers took at the time of a grid sample.

    Of what is possible by `flow_between` it is what leaves the house's own current as near as can be to `house`, what it was at
    the sample before: a car that ramps is the likelier cause of a step than a kettle. `house` None: the least, which is safe.
    """
    least, most = [0.0] * 3, [0.0] * 3
    for flow in flows:
        low, high = flow_between(flow, at)
        for phase in flow.phases:
            least[phase] += low
            most[phase] += high
    known = (math.inf,) * 3 if house is None else house
    wanted = [total - own for total, own in zip(grid, known, strict=True)]  # max(low, nan) is low
    one, two, three = (min(max(low, likely), high) for likely, low, high in zip(wanted, least, most, strict=True))
    return one, two, three


def headroom(grid: PhaseCurrents, chargers: PhaseCurrents, config: FuseConfig) -> PhaseCurrents:
    """Return the A per phase that all chargers together may take, for the main fuse and their own circuit; below 0: overload.

    `grid` is what flows in at the connection, `chargers` what they took of it at the same time. A current that is no number leaves
    nothing.
    """
    circuit = math.inf if config.circuit is None else config.circuit
    one, two, three = (
        min(circuit, own + config.rating - config.margin - total) if math.isfinite(own + total) else 0.0
        for total, own in zip(grid, chargers, strict=True)
    )
    return one, two, three


@dataclass(frozen=True, slots=True, kw_only=True)
class CapState:
    """What the cap of one connector remembers."""

    cap: float | None = None  # the last one, A; None: there was none yet
    since: float | None = None  # when the headroom to rise was first there, and has been since
    paused: bool = False  # by the fuse


def cap_step(state: CapState, now: float, set_current: float, available: float) -> tuple[CapState, float]:
    """Return the most A that one connector may be set to now: 0, or at least the minimum and at most `available`.

    `available` is its share of the headroom, `set_current` what is set. It falls at once. It rises to what is available when that
    has been 0.5 A above what is set for 60 s, or above the minimum for 120 s after a pause; until then it stays where it was.
    """
    if not available >= MINIMUM_CURRENT:  # also if it is no number
        return CapState(cap=0.0, paused=True), 0.0
    spare = available - (MINIMUM_CURRENT if state.paused else set_current)
    since = (now if state.since is None else state.since) if spare >= _SPARE else None
    risen = since is not None and now - since >= (_RISE_AFTER_PAUSE if state.paused else _RISE_AFTER)
    cap = available
    if not risen:
        kept = 0.0 if state.paused else max(set_current, state.cap or 0.0)
        cap = min(available, kept) if kept >= MINIMUM_CURRENT else 0.0
    return CapState(cap=cap, since=since, paused=state.paused and not risen), cap


def may_rise_at(state: CapState) -> float | None:
    """Return when (s) the cap of a connector may rise if there goes on to be enough; None: there is not."""
    return None if state.since is None else state.since + (_RISE_AFTER_PAUSE if state.paused else _RISE_AFTER)


def stale_cap_step(state: CapState, age: float, config: FuseConfig) -> tuple[CapState, float]:
    """Return the cap of one connector when there is no new sample; `age` is that of the last one in s (infinite: there was none).

    It stays for 30 s, then it is the fallback current or less, and two minutes later 0 if so configured. It never rises.
    """
    fallback = config.fallback if config.fallback >= MINIMUM_CURRENT else 0.0
    cap = fallback if state.cap is None else state.cap
    if age > STALE_AFTER:
        cap = min(cap, fallback)
    if age > STALE_AFTER + _STRICT_AFTER and config.strict:
        cap = 0.0
    return replace(state, cap=cap, since=state.since if age <= STALE_AFTER else None), cap


def needs_lowering(set_current: float, cap: float) -> bool:
    """Whether a limit is so far above its cap that it is written at once."""
    return cap < set_current - _TOLERANCE or (cap == 0 < set_current)
