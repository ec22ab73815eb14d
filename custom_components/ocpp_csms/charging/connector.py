"""What is remembered of one connector from one observation of the site to the next, and what its meter says about the car.

Nothing is decided here. A meter value is evidence of the present offer only if it was taken after the car had the time to follow it: some
charge points send one in a quarter of an hour, some send none without a transaction.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
import math

from .fuse import CapState
from .law import LawSample, LawState
from .modes import ChargingMode, Reason
from .observation import ConnectorObservation
from .surplus import SETTLE, SETTLE_AFTER_START, ChargerDraw, learned_offset
from .wakeup import WakeStage, WakeState
from .wiring import STANDBY_CURRENT

SAME = 0.05  # A
_PATIENCE = 30.0  # s from an offer until a car draws, else it does not take it
_BACK_AGAIN = 60.0  # s; a connection that comes and goes must not keep the others from being controlled
_IDLE = 120.0  # s without current at an offer
_GOES_LAST = 3600.0  # s that one that took nothing comes after the others, else it has its turn again and again
_FIRST_OFFSET = 0.3  # A that cars draw less than they are offered, until it is learned
_USUAL_INTERVAL = 30.0  # s between meter values, until it is learned
_LONGEST_INTERVAL = 900.0  # s, the quarter of an hour; more is a pause of the meter
_INTERVAL_GAIN = 0.3  # of a new interval in their mean
_GIVEN_UP = frozenset({WakeStage.BACKING_OFF, WakeStage.FULL})


class Origin(StrEnum):
    """Where the limit in force comes from, as far as the sun is concerned."""

    UNKNOWN = "unknown"  # it was there when control began
    LEFT_OVER = "left_over"  # from before the car came
    SUN = "sun"  # the solar mode has decided on this car
    OTHER = "other"  # another mode has


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """What is remembered of one connector."""

    law: LawState = field(default_factory=LawState)
    sample: LawSample | None = None  # that the law was asked about last; None: the sun does not decide
    cap: CapState = field(default_factory=CapState)
    wake: WakeState = field(default_factory=WakeState)
    offset: float = _FIRST_OFFSET  # A that the car draws less than it is offered
    drew_at: float | None = None  # when current was last measured
    meter_at: float | None = None
    meter_interval: float = _USUAL_INTERVAL
    offered_since: float | None = None
    last_until: float | None = None  # it took nothing: until then others go first
    offer: tuple[float, int] = (0.0, 0)  # A and phases that the mode grants
    # A that are to be given back to manual mode: what held before the fuse or the grid operator stepped in.
    held_back: float | None = None
    limited: bool = False  # by the fuse, at the last step
    reason: Reason = Reason.MANUAL
    origin: Origin = Origin.UNKNOWN
    away_at: float | None = None  # when there was no car
    heard_at: float | None = None  # when the charge point was online, or was looked at first
    lost: bool = False  # the charge point was offline at the last step
    back_at: float = -math.inf  # when it was back
    closed: bool = False  # no transaction ran at the last step
    opened_at: float = -math.inf  # when one had started


def noticed(known: ConnectorState, connector: ConnectorObservation, now: float) -> ConnectorState:
    """Return the state with what the car does now. One without a car begins anew."""
    if connector.online or known.heard_at is None:
        known = replace(known, heard_at=now)
    if not connector.plugged_in:
        origin = Origin.LEFT_OVER if connector.plug_known else known.origin
        known = ConnectorState(
            held_back=known.held_back,
            heard_at=known.heard_at,
            origin=origin,
            away_at=now,
            lost=known.lost,
            back_at=known.back_at,
        )
    elif not asks_the_sun(connector) or connector.config.mode is not ChargingMode.SOLAR:
        known = replace(known, origin=Origin.OTHER)
    was_closed = known.closed
    known = replace(
        known,
        lost=not connector.online,
        back_at=now if known.lost and connector.online and now - known.back_at >= _BACK_AGAIN else known.back_at,
        closed=connector.closed,
    )
    if was_closed and not connector.closed:
        # What was offered before its transaction began says nothing of the car.
        known = replace(known, opened_at=now, offered_since=None, last_until=None)
    if connector.measured_at is not None and connector.measured_at != known.meter_at:
        known = _metered(known, connector.measured_at)
    if draws(connector):
        known = replace(known, drew_at=connector.measured_at, last_until=None)
    offered = connector.plugged_in and connector.limit >= connector.config.minimum
    since = (now if known.offered_since is None else known.offered_since) if offered else None
    known = replace(known, offered_since=since)
    if is_idle(known, connector, now):
        known = replace(known, last_until=now + _GOES_LAST)
    return replace(known, offset=learned_offset(draw(known, connector, now)))


def _metered(known: ConnectorState, at: float) -> ConnectorState:
    """Return the state with how often the meter speaks."""
    interval = known.meter_interval
    if known.meter_at is not None:
        gap = min(max(at - known.meter_at, 0.0), _LONGEST_INTERVAL)
        interval += _INTERVAL_GAIN * (gap - interval)
    return replace(known, meter_at=at, meter_interval=interval)


def draws(connector: ConnectorObservation) -> bool:
    """Whether current flows, by the last meter value."""
    return connector.plugged_in and connector.measured is not None and connector.measured >= STANDBY_CURRENT


def asks_the_sun(connector: ConnectorObservation) -> bool:
    """Whether the surplus decides on what a connector does now."""
    follows = connector.plugged_in and connector.config.mode.follows_sun
    return follows and not connector.due and not connector.energy_reached


def in_force(known: ConnectorState, connector: ConnectorObservation) -> float:
    """Return the limit in force as one of those that a mode can go on from, in A: 0, or between minimum and maximum.

    One that was left over from before the car came is none: nobody has granted it to this car.
    """
    wanted = connector.config
    if known.origin is Origin.LEFT_OVER or connector.limit < wanted.minimum - SAME:
        return 0.0
    return min(max(connector.limit, wanted.minimum), wanted.maximum)


def sunned(known: ConnectorState, connector: ConnectorObservation) -> ConnectorState:
    """Return the state when the sun decides: what was left over has gone once there is a pause, or what the law has asked for."""
    asked = known.law.asked
    obeyed = asked is not None and asked.phases == connector.phases and abs(connector.limit - asked.current) <= SAME
    stays = known.origin is Origin.LEFT_OVER and connector.limit > 0 and not obeyed
    return known if stays or connector.config.mode is not ChargingMode.SOLAR else replace(known, origin=Origin.SUN)


def _shows_this_car(known: ConnectorState, connector: ConnectorObservation) -> bool:
    """Whether the last meter value was taken since the car came."""
    return connector.measured_at is not None and (known.away_at is None or connector.measured_at > known.away_at)


def draw(known: ConnectorState, connector: ConnectorObservation, now: float) -> ChargerDraw:
    """Return what `surplus` wants to know of a charger. A car that is offered current draws, until its meter has had time to deny it.

    Without a transaction it does not; one that starts counts like a write that ends a pause. After an absence nothing is known at once.
    """
    written_at = connector.written_at + (SETTLE_AFTER_START if connector.began else 0.0)
    written_at = max(written_at, known.opened_at + SETTLE_AFTER_START)
    if connector.plugged_in and connector.limit > 0 and not connector.closed:
        written_at = max(written_at, known.back_at)
    drawing = draws(connector)
    measured_at = None if connector.measured is None else connector.measured_at
    late = measured_at is None or measured_at < written_at + SETTLE
    waiting = not connector.closed and (
        connector.measured is None or now - written_at < _PATIENCE + known.meter_interval
    )
    if known.origin is Origin.LEFT_OVER:
        # What nobody has granted is not taken for sun before the car is seen to draw it.
        drawing, waiting = drawing and _shows_this_car(known, connector), False
    # What an offline charger takes is not known: it is not taken for sun that could be had.
    drawing, waiting = drawing and connector.online, waiting and connector.online
    changed = late and connector.began  # phases that carried current before the change say nothing
    return ChargerDraw(
        limit=connector.limit,
        phases=connector.phases_used if drawing and connector.phases_used and not changed else connector.phases,
        measured=connector.measured if connector.plugged_in and connector.online else 0.0,
        measured_at=connector.measured_at,
        written_at=written_at,
        drawing=connector.plugged_in and not connector.declined and (drawing or (late and waiting)),
        offset=known.offset,
        voltage=connector.voltage,
    )


def is_lost(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether the surplus does not yet say anything of a connector: it is offline, or has just come back."""
    return not connector.online or now < known.back_at + SETTLE


def shows_offer(known: ConnectorState, connector: ConnectorObservation) -> bool:
    """Whether the last meter value tells how the car takes to the present offer."""
    if known.offered_since is None or connector.measured is None or connector.measured_at is None:
        return False
    return connector.measured_at >= known.offered_since + _PATIENCE


def is_idle(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether a car has been offered current for a while and takes none, or is known not to take any."""
    if draws(connector):
        return False
    if known.wake.stage in _GIVEN_UP:
        return True
    if known.offered_since is None:
        return False
    if connector.closed:
        return now - known.offered_since > _IDLE
    if not shows_offer(known, connector):
        return connector.measured is None and connector.declined
    last = max(known.offered_since, known.drew_at or known.offered_since)
    return now - last > _IDLE


def goes_last(known: ConnectorState, connector: ConnectorObservation, now: float) -> bool:
    """Whether others are served first: a car that takes nothing, or took nothing when it was last offered current."""
    return is_idle(known, connector, now) or (known.last_until is not None and now < known.last_until)
