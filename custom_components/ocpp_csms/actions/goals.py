"""Actions that change what charging control goes by: the mode and the plan of a connector. What a mode does is in `charging`."""

from datetime import datetime, time
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import Quantity

from .action import ACCEPTED, Action
from .target import CONNECTOR, Target

ATTR_ACTIVATE: Final = "activate"
ATTR_DEPARTURE: Final = "departure"
ATTR_ENERGY: Final = "energy"
ATTR_MODE: Final = "mode"
ATTR_TARGET_SOC: Final = "target_soc"


def _mode(value: object) -> object:
    """Return a mode as it was meant: YAML takes the word off for false."""
    return ChargingMode.OFF if value is False else value


async def _set_mode(target: Target, call: ServiceCall) -> JsonObjectType:
    _check_control(target)
    target.runtime.control.set_mode(target.charge_point, target.connector, call.data[ATTR_MODE])
    return {"status": ACCEPTED}


async def _set_plan(target: Target, call: ServiceCall) -> JsonObjectType:
    _check_control(target)
    changes = {**_departure_of(call), **_need_of(target, call)}
    if not changes and not call.data[ATTR_ACTIVATE]:
        raise InvalidRequestError("plan_empty")
    target.runtime.control.goals.update(target.charge_point, target.connector, **changes)
    if call.data[ATTR_ACTIVATE]:
        target.runtime.control.set_mode(target.charge_point, target.connector, ChargingMode.SCHEDULED)
    return {"status": ACCEPTED}


def _check_control(target: Target) -> None:
    """Raise InvalidRequestError unless charging control is set up."""
    if target.runtime.control.loop is None:
        raise InvalidRequestError("control_not_set_up")


def _departure_of(call: ServiceCall) -> dict[str, time | datetime | None]:
    """Return the goals that a departure sets: a time counts for each day, a date with a time once. Raises InvalidRequestError."""
    departure: time | datetime | None = call.data.get(ATTR_DEPARTURE)
    if departure is None:
        return {}
    if isinstance(departure, time):
        return {"departure": departure, "deadline": None}
    deadline = dt_util.as_utc(departure)  # without a zone it is local
    if deadline <= dt_util.utcnow():
        raise InvalidRequestError("departure_in_past", departure=dt_util.as_local(deadline).strftime("%Y-%m-%d %H:%M"))
    return {"deadline": deadline}


def _need_of(target: Target, call: ServiceCall) -> dict[str, float]:
    """Return the goals that say how much the car needs. Raises InvalidRequestError for one that nothing would go by."""
    charge_point, number = target.charge_point, target.connector
    has_soc = Quantity.SOC in charge_point.connectors[number].readings
    has_capacity = target.runtime.control.goals.of(charge_point, number).battery_capacity > 0
    if (energy := call.data.get(ATTR_ENERGY)) is not None:
        if has_soc and has_capacity:
            raise InvalidRequestError("soc_decides")
        return {"departure_energy": energy}
    if (target_soc := call.data.get(ATTR_TARGET_SOC)) is None:
        return {}
    if not has_capacity:
        raise InvalidRequestError("battery_capacity_unknown" if has_soc else "soc_unknown")
    return {"target_soc": target_soc}


ACTIONS: Final = {
    "set_mode": Action(
        handler=_set_mode,
        fields={**CONNECTOR, vol.Required(ATTR_MODE): vol.All(_mode, vol.Coerce(ChargingMode))},
    ),
    "set_plan": Action(
        handler=_set_plan,
        fields={
            **CONNECTOR,
            vol.Optional(ATTR_DEPARTURE): vol.Any(cv.time, cv.datetime),
            vol.Exclusive(ATTR_ENERGY, "need"): vol.All(vol.Coerce(float), vol.Range(min=0, min_included=False)),
            vol.Exclusive(ATTR_TARGET_SOC, "need"): vol.All(vol.Coerce(float), vol.Range(min=1, max=100)),
            vol.Optional(ATTR_ACTIVATE, default=False): cv.boolean,
        },
    ),
}
