"""What the mode of a connector asks for: by itself, by the sun, or by rule while nobody knows the surplus.

What comes of a wish (fuse, grid operator, a car that sleeps) is decided in `site`; who gets how much of the sun is in `solar_shares`.
"""

from dataclasses import KW_ONLY, dataclass, replace

from . import law
from .connector import SAME, ConnectorState, Origin, in_force, is_idle, is_lost, sunned
from .law import LawConfig, LawSample
from .modes import ChargingMode, Reason
from .observation import ConnectorConfig, ConnectorObservation, SiteObservation
from .sensors import failsafe_current
from .solar_shares import least_power
from .surplus import SurplusState
from .wakeup import WakeStage

ATTEMPTS = frozenset({WakeStage.WITHDRAWN, WakeStage.PULSED})  # what is written differs from what is granted
OF_THE_SUN = frozenset({Reason.TRACKING, Reason.HOLDING, Reason.STARTING, Reason.SWITCHING_PHASES})
_UNDER_WAY = 15.0  # s for a limit to be in force
_PULSES = frozenset({WakeStage.PULSED, WakeStage.OFFERED_AFTER_PULSE})
_OFFERS = frozenset({WakeStage.OFFERED_AGAIN, WakeStage.OFFERED_AFTER_PULSE})
_WAITS = frozenset({Reason.WAITING_SURPLUS, Reason.WAITING_TURN})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a connector is to do: A on so many phases, 0: paused."""

    current: float
    phases: int
    reason: Reason
    _: KW_ONLY
    limited: bool = False  # by the fuse
    failsafe: bool = False

    @property
    def restricted(self) -> bool:
        """Whether the fuse or the grid operator allows less than was wanted."""
        return self.limited or self.reason is Reason.DIMMED


# Without the sun


def fixed_wish(known: ConnectorState, connector: ConnectorObservation, now: float) -> Wish | None:
    """Return what the mode of a connector asks for now; None: the sun is to decide."""
    wanted = connector.config
    most = max(wanted.phase_counts)
    paused = Wish(0.0, connector.phases or most, Reason.OFF)
    if wanted.mode is ChargingMode.MANUAL:
        held = connector.limit if known.held_back is None else known.held_back
        return Wish(held if wanted.manual_limit is None else wanted.manual_limit, paused.phases, Reason.MANUAL)
    if not connector.plugged_in:
        return replace(paused, reason=Reason.NOT_PLUGGED_IN)
    if wanted.mode is ChargingMode.OFF:
        return paused
    if connector.energy_reached:
        return replace(paused, reason=Reason.ENERGY_REACHED)
    if wanted.mode is ChargingMode.FAST:
        return Wish(wanted.maximum, most, _taken(known, connector, now, Reason.FAST))
    if connector.due:
        return Wish(wanted.maximum, most, _taken(known, connector, now, Reason.SCHEDULED_CHARGE))
    if wanted.mode is ChargingMode.SCHEDULED:
        return replace(paused, reason=Reason.SCHEDULED_WAIT)
    return None


def _taken(known: ConnectorState, connector: ConnectorObservation, now: float, reason: Reason) -> Reason:
    """Return the reason of an offer, or that the car does not take it."""
    if not is_idle(known, connector, now):
        return reason
    return Reason.CAR_FULL if known.wake.stage is WakeStage.FULL else Reason.CAR_NOT_DRAWING


def failsafe_wish(known: ConnectorState, connector: ConnectorObservation, bad_for: float) -> Wish:
    """Return what to do while nobody has known the surplus for so many s.

    Only what the sun has granted is held, not what another mode has, nor what is to wake a car.
    """
    wanted = connector.config
    limit = 0.0 if known.origin is Origin.OTHER else in_force(known, connector)
    if known.wake.stage in _PULSES:
        limit = min(limit, known.offer[0])
    current = failsafe_current(wanted.mode, bad_for, limit, wanted.minimum)
    return Wish(current, connector.phases or max(wanted.phase_counts), Reason.SENSOR_STALE, failsafe=True)


# By the sun


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


def solar_wish(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    surplus: SurplusState,
    share: float | None,
) -> tuple[ConnectorState, Wish]:
    """Return what the solar law says; between samples, and while a car is woken or full, what it said last.

    `share`: W of the surplus that the connector may see, None: the law is not asked now.
    """
    known, wanted = sunned(known, connector), connector.config
    limit = in_force(known, connector)
    phases = connector.phases or min(wanted.phase_counts)
    idle = is_idle(known, connector, observation.now)
    if _is_woken(known, connector, observation.now):
        return known, Wish(known.offer[0], known.offer[1] or phases, known.reason)
    if idle and known.wake.stage is WakeStage.FULL:
        return known, Wish(limit, phases, Reason.CAR_FULL)
    if is_lost(known, connector, observation.now):
        # What was asked for before is out of date: it goes on with what is in force until it is asked anew.
        known, share = replace(known, law=replace(known.law, asked=None)), None
    target, reason = (limit, phases), known.reason
    if reason not in (OF_THE_SUN if limit else _WAITS):
        reason = Reason.HOLDING if limit else Reason.WAITING_SURPLUS
    if share is not None and surplus.known:
        known, setpoint = _asked(known, connector, observation, surplus, share)
        if setpoint is not None and not (idle and setpoint.phases == phases):
            target, reason = (setpoint.current, setpoint.phases or phases), _reason(limit, phases, setpoint)
        elif limit:
            enough = share >= limit * connector.voltage * phases * wanted.share
            reason = Reason.TRACKING if enough else Reason.HOLDING
        else:
            reason = _waiting(share, connector, surplus)
    if limit and connector.closed and known.sample is not None:
        known = _ready(known, connector, known.sample, phases)
    asked = known.law.asked
    if asked is not None and (connector.closed or not idle):
        # What the law has asked for is wanted until it is in force.
        current = min(max(asked.current, wanted.minimum), wanted.maximum) if asked.phases else 0.0
        target, reason = (current, asked.phases or phases), _reason(limit, phases, asked)
    if not target[0] and wanted.mode is ChargingMode.MIN_SOLAR:
        target, reason = (wanted.minimum, phases), Reason.STARTING
    if idle and target[0] and not connector.closed:
        reason = Reason.CAR_NOT_DRAWING
    return replace(known, offer=target), Wish(*target, reason)


def _is_woken(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether what is in force, or on its way, is an attempt to wake the car, and not what the law has to go on from."""
    wake = known.wake
    if wake.stage in _OFFERS and wake.since is not None and now - wake.since < _UNDER_WAY:
        return abs(connector.limit - known.offer[0]) > SAME
    return wake.stage in ATTEMPTS


def _asked(
    known: ConnectorState,
    connector: ConnectorObservation,
    observation: SiteObservation,
    surplus: SurplusState,
    share: float,
) -> tuple[ConnectorState, law.Setpoint | None]:
    """Return the answer of the law to a new sample, of which the connector may see `share` W."""
    wanted = connector.config
    charges = in_force(known, connector) > 0
    sample = LawSample(
        now=observation.now,
        surplus=share + wanted.grid_allowance,
        settled=surplus.settled,
        limit=connector.limit if charges else 0.0,
        phases=(connector.phases or min(wanted.phase_counts)) if charges else 0,
        offset=known.offset,
        solar=observation.solar,
    )
    state, setpoint = law.step(known.law, sample, law_config(wanted, connector.voltage))
    return replace(known, law=state, sample=sample), setpoint


def _ready(known: ConnectorState, connector: ConnectorObservation, sample: LawSample, phases: int) -> ConnectorState:
    """Return the state in which a car that waits for its transaction will be told what the sun gives as soon as that begins."""
    if known.law.asked is not None and known.law.asked.phases != phases:
        return known  # the law is about to pause it, or to change its phases
    config = law_config(connector.config, connector.voltage)
    setpoint = law.setpoint_for(sample.surplus, phases, sample.offset, config)
    return replace(known, law=replace(known.law, asked=setpoint, asked_at=sample.now))


def _reason(limit: float, phases: int, setpoint: law.Setpoint) -> Reason:
    if not setpoint.phases:
        return Reason.WAITING_SURPLUS
    if not limit:
        return Reason.STARTING
    return Reason.TRACKING if setpoint.phases == phases else Reason.SWITCHING_PHASES


def _waiting(share: float, connector: ConnectorObservation, surplus: SurplusState) -> Reason:
    """Return what a paused connector waits for: the sun, or those that have it now."""
    others_have_it = share < least_power(connector) <= surplus.surplus
    return Reason.WAITING_TURN if others_have_it else Reason.WAITING_SURPLUS
