"""When control will decide anew, as far as that can be told: what a person wants to know who stands before a car that does not charge.

Pure. Nothing depends on it: no decision is made from here.
"""

from .connector import ConnectorState
from .fuse import may_rise_at
from .health import trusts_sign
from .law import foresee
from .modes import ChargingMode, Reason
from .observation import ConnectorDecision, ConnectorObservation
from .sensors import next_failsafe
from .site import SiteState
from .wakeup import next_attempt
from .wishes import law_config

HORIZON = 1800.0  # s; no sky stays as it is for longer

_OF_THE_LAW = frozenset({Reason.WAITING_SURPLUS, Reason.TRACKING, Reason.HOLDING, Reason.STARTING})


def next_decision(
    state: SiteState, connector: ConnectorObservation, decision: ConnectorDecision, now: float
) -> float | None:
    """Return when (s) a connector may begin or cease to charge, or change its phases, if all stays as it is; None: nothing is foreseen.

    `state`, `connector` and `decision` are those of the same step.
    """
    known = state.connectors[connector.key]
    at = _of_reason(state, known, connector, decision, now)
    return at if at is not None and at > now else None


def _of_reason(
    state: SiteState,
    known: ConnectorState,
    connector: ConnectorObservation,
    decision: ConnectorDecision,
    now: float,
) -> float | None:
    if decision.fuse_limited:
        return may_rise_at(known.cap)
    match decision.reason:
        case Reason.SENSOR_STALE if connector.config.mode is ChargingMode.SOLAR and decision.current:
            bad_for = state.health.bad_for(now)
            after = None if bad_for is None or not trusts_sign(state.health) else next_failsafe(bad_for)
            return None if after is None else now + after
        case Reason.CAR_NOT_DRAWING:
            return next_attempt(known.wake)
        case reason if reason in _OF_THE_LAW and known.sample is not None:
            return foresee(known.law, known.sample, law_config(connector.config, connector.voltage), HORIZON)
        case _:
            return None
