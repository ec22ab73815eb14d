"""What is tried when a car is offered current and draws none. Decides on the next step only; writing limits is done outside.

First the offer is withdrawn and made again, as if the car had just been plugged in; then it is made with twice the minimum, which some
cars want to see; then the user is told, and all of it tried again after a quarter of an hour. A car that drew and then declined by
itself is full and is left alone. Times are s of any monotonic clock.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .wiring import STANDBY_CURRENT

_PATIENCE = 90.0  # s without current at an offer
_WITHDRAWN = 15.0  # s at 0 A, enough for a charger that answers slowly
_PULSE = 30.0  # s
_BACK_OFF = 15 * 60.0  # s


class CarReport(StrEnum):
    """What the user is told of a car."""

    NOT_DRAWING = "not_drawing"
    FULL = "full"


class WakeStage(StrEnum):
    """Where the attempts are, and so what is offered."""

    WATCHING = "watching"
    WITHDRAWN = "withdrawn"  # 0 A
    OFFERED_AGAIN = "offered_again"
    PULSED = "pulsed"  # twice the minimum, no more than the fuse and the charger allow
    OFFERED_AFTER_PULSE = "offered_after_pulse"
    BACKING_OFF = "backing_off"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeSample:
    """One connector now. A per phase."""

    now: float
    plugged_in: bool
    offered: float  # what the mode and the fuse grant, not what an attempt writes meanwhile
    minimum: float
    current: float  # measured
    declined: bool  # the charger says that the car does not want to charge (SuspendedEV)


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeState:
    """What is remembered of a connector."""

    stage: WakeStage = WakeStage.WATCHING
    since: float | None = None  # of the stage; watching: since when it is offered current and draws none
    drew: bool = False  # since it was last offered current
    reported: bool = False  # that it does not draw, since it last drew


# What follows a stage without current: after how many seconds, which stage.
_NEXT = {
    WakeStage.WATCHING: (_PATIENCE, WakeStage.WITHDRAWN),
    WakeStage.WITHDRAWN: (_WITHDRAWN, WakeStage.OFFERED_AGAIN),
    WakeStage.OFFERED_AGAIN: (_PATIENCE, WakeStage.PULSED),
    WakeStage.PULSED: (_PULSE, WakeStage.OFFERED_AFTER_PULSE),
    WakeStage.OFFERED_AFTER_PULSE: (_PATIENCE - _PULSE, WakeStage.BACKING_OFF),
}


def wake_step(state: WakeState, sample: WakeSample) -> tuple[WakeState, CarReport | None]:
    """Return where the attempts to wake a car are, and what there is to tell of it, at each meter value and at least every few seconds.

    An attempt ends as soon as current flows or the offer ends; a car that is full is left alone until it is unplugged or draws.
    """
    if not sample.plugged_in:
        return WakeState(), None
    if sample.current >= STANDBY_CURRENT:
        return WakeState(drew=True), None
    if state.stage is WakeStage.FULL:
        return state, None
    if state.stage is WakeStage.BACKING_OFF:
        if state.since is not None and sample.now - state.since < _BACK_OFF:
            return state, None
        state = replace(state, stage=WakeStage.WATCHING, since=None)
    if sample.offered < sample.minimum:
        return replace(state, stage=WakeStage.WATCHING, since=None, drew=False), None
    if state.since is None:
        return replace(state, since=sample.now), None
    return _next(state, sample, sample.now - state.since)


def next_attempt(state: WakeState) -> float | None:
    """Return when (s) the next attempt to wake the car is due; None: it is not known to sleep, or is left alone."""
    if state.since is None or state.stage in {WakeStage.WATCHING, WakeStage.FULL}:
        return None
    return state.since + (_BACK_OFF if state.stage is WakeStage.BACKING_OFF else _NEXT[state.stage][0])


def _next(state: WakeState, sample: WakeSample, age: float) -> tuple[WakeState, CarReport | None]:
    """Return the next stage when its time has come."""
    after, stage = _NEXT[state.stage]
    if age < after:
        return state, None
    if state.stage is WakeStage.WATCHING and state.drew and sample.declined:
        return replace(state, stage=WakeStage.FULL, since=sample.now), CarReport.FULL
    state = replace(state, stage=stage, since=sample.now)
    if stage is not WakeStage.BACKING_OFF or state.reported:
        return state, None
    return replace(state, reported=True), CarReport.NOT_DRAWING
