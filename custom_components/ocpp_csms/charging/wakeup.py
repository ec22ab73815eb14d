"""What is tried when a car is offered current and draws none. Decides on the next step only; writing limits is done outside.

First the offer is withdrawn and made again, as if the car had just been plugged in; then it is made with twice the minimum, which some
cars want to see; then the user is told, and all of it tried again after a quarter of an hour. A car that drew and then declined by
itself is full and is left alone. Times are s of any monotonic clock.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

_PATIENCE = 90.0  # s without current at an offer
_WITHDRAWN = 15.0  # s at 0 A, enough for a charger that answers slowly
_PULSE = 30.0  # s
_BACK_OFF = 15 * 60.0  # s
_DRAWING = 1.0  # A, less is standby


class WakeAction(StrEnum):
    """What is to be done now."""

    NONE = "none"
    WITHDRAW = "withdraw"  # write 0 A
    OFFER = "offer"  # write the limit
    PULSE = "pulse"  # write twice the minimum, no more than the fuse and the charger allow
    REPORT_NOT_DRAWING = "report_not_drawing"
    REPORT_FULL = "report_full"


class WakeStage(StrEnum):
    """Where the attempts are."""

    WATCHING = "watching"
    WITHDRAWN = "withdrawn"
    OFFERED_AGAIN = "offered_again"
    PULSED = "pulsed"
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


# What follows a stage without current: after how many seconds, which stage, by doing what.
_NEXT = {
    WakeStage.WATCHING: (_PATIENCE, WakeStage.WITHDRAWN, WakeAction.WITHDRAW),
    WakeStage.WITHDRAWN: (_WITHDRAWN, WakeStage.OFFERED_AGAIN, WakeAction.OFFER),
    WakeStage.OFFERED_AGAIN: (_PATIENCE, WakeStage.PULSED, WakeAction.PULSE),
    WakeStage.PULSED: (_PULSE, WakeStage.OFFERED_AFTER_PULSE, WakeAction.OFFER),
    WakeStage.OFFERED_AFTER_PULSE: (_PATIENCE - _PULSE, WakeStage.BACKING_OFF, WakeAction.REPORT_NOT_DRAWING),
}


def wake_step(state: WakeState, sample: WakeSample) -> tuple[WakeState, WakeAction]:
    """Return what to do about a car that may be asleep, at each meter value and at least every few seconds.

    An attempt ends as soon as current flows or the offer ends; a car that is full is left alone until it is unplugged or draws.
    """
    if not sample.plugged_in:
        return WakeState(), WakeAction.NONE
    if sample.current >= _DRAWING:
        offer = state.stage in {WakeStage.WITHDRAWN, WakeStage.PULSED}
        return WakeState(drew=True), WakeAction.OFFER if offer else WakeAction.NONE
    if state.stage is WakeStage.FULL:
        return state, WakeAction.NONE
    if state.stage is WakeStage.BACKING_OFF:
        if state.since is not None and sample.now - state.since < _BACK_OFF:
            return state, WakeAction.NONE
        state = replace(state, stage=WakeStage.WATCHING, since=None)
    if sample.offered < sample.minimum:
        return replace(state, stage=WakeStage.WATCHING, since=None, drew=False), WakeAction.NONE
    if state.since is None:
        return replace(state, since=sample.now), WakeAction.NONE
    return _next(state, sample, sample.now - state.since)


def _next(state: WakeState, sample: WakeSample, age: float) -> tuple[WakeState, WakeAction]:
    """Return the next stage when its time has come."""
    after, stage, action = _NEXT[state.stage]
    if age < after:
        return state, WakeAction.NONE
    if state.stage is WakeStage.WATCHING and state.drew and sample.declined:
        return replace(state, stage=WakeStage.FULL, since=sample.now), WakeAction.REPORT_FULL
    if action is WakeAction.REPORT_NOT_DRAWING:
        if state.reported:
            action = WakeAction.NONE
        state = replace(state, reported=True)
    return replace(state, stage=stage, since=sample.now), action
