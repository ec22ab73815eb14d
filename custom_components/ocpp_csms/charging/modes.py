"""How a connector charges, and why it does what it does: the words that users and automations see."""

from enum import StrEnum


class ChargingMode(StrEnum):
    """What decides on the current of a connector."""

    MANUAL = "manual"  # the user and automations; nothing of ours but the fuse
    OFF = "off"
    FAST = "fast"
    SOLAR = "solar"
    MIN_SOLAR = "min_solar"  # never less than the minimum, more with the sun
    SCHEDULED = "scheduled"  # by a deadline, when it is cheapest

    @property
    def follows_sun(self) -> bool:
        """Whether the surplus decides."""
        return self in {ChargingMode.SOLAR, ChargingMode.MIN_SOLAR}


class Reason(StrEnum):
    """Why a connector charges as it does."""

    MANUAL = "manual"
    OFF = "off"
    FAST = "fast"
    NOT_PLUGGED_IN = "not_plugged_in"
    WAITING_SURPLUS = "waiting_surplus"
    STARTING = "starting"
    TRACKING = "tracking"
    HOLDING = "holding"
    SWITCHING_PHASES = "switching_phases"
    SCHEDULED_WAIT = "scheduled_wait"
    SCHEDULED_CHARGE = "scheduled_charge"
    WAITING_TURN = "waiting_turn"  # others go first
    WAITING_START = "waiting_start"  # current is offered, but no transaction runs
    PAUSED_FUSE = "paused_fuse"
    LIMITED_FUSE = "limited_fuse"
    DIMMED = "dimmed"  # by the grid operator
    SENSOR_STALE = "sensor_stale"
    CAR_NOT_DRAWING = "car_not_drawing"
    CAR_FULL = "car_full"
    ENERGY_REACHED = "energy_reached"
    LIMIT_REJECTED = "limit_rejected"
