"""Actions that operate a charger apart from charging: in or out of service, plugs, restarts, its cache, messages on request."""

from enum import StrEnum
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.extended_requests import SetPlugAvailability
from custom_components.ocpp_csms.csms.requests import ClearCache

from .action import ACCEPTED, Action
from .target import ANY_CONNECTOR, ATTR_CONNECTOR, CONNECTOR, Target

ATTR_AVAILABILITY: Final = "availability"
ATTR_MESSAGE: Final = "message"
ATTR_PLUG: Final = "plug"
ATTR_TYPE: Final = "type"


class Availability(StrEnum):
    """Whether a connector may be used."""

    OPERATIVE = "operative"
    INOPERATIVE = "inoperative"


class ResetType(StrEnum):
    """How a charger restarts: once it has ended what goes on, or at once."""

    SOFT = "soft"
    HARD = "hard"


async def _change_availability(target: Target, call: ServiceCall) -> JsonObjectType:
    operative = call.data[ATTR_AVAILABILITY] is Availability.OPERATIVE
    if (plug := call.data.get(ATTR_PLUG)) is not None:
        request = SetPlugAvailability(connector=target.connector, plug=plug, operative=operative)
        return {"status": (await target.charge_point.request(request)).status}
    return {"status": await target.charge_point.set_availability(target.named or 0, operative=operative)}


async def _unlock_connector(target: Target, _call: ServiceCall) -> JsonObjectType:
    await target.charge_point.unlock(target.connector)
    return {"status": "Unlocked"}


async def _reset(target: Target, call: ServiceCall) -> JsonObjectType:
    """Restart the charger even if the device of a connector was chosen; a connector has to be named."""
    hard, connector = call.data[ATTR_TYPE] is ResetType.HARD, call.data.get(ATTR_CONNECTOR, 0)
    return {"status": await target.charge_point.reset(hard=hard, connector=connector)}


async def _clear_cache(target: Target, _call: ServiceCall) -> JsonObjectType:
    await target.charge_point.request(ClearCache())
    return {"status": ACCEPTED}


async def _trigger_message(target: Target, call: ServiceCall) -> JsonObjectType:
    await target.charge_point.trigger(call.data[ATTR_MESSAGE], target.named)
    return {"status": ACCEPTED}


ACTIONS: Final = {
    "change_availability": Action(
        handler=_change_availability,
        fields={
            **ANY_CONNECTOR,
            vol.Required(ATTR_AVAILABILITY): vol.Coerce(Availability),
            vol.Optional(ATTR_PLUG): vol.All(vol.Coerce(int), vol.Range(min=1, max=100)),
        },
        refusal_is_answer=True,
    ),
    "unlock_connector": Action(handler=_unlock_connector, fields=CONNECTOR, refusal_is_answer=True),
    "reset": Action(
        handler=_reset,
        fields={**CONNECTOR, vol.Optional(ATTR_TYPE, default=ResetType.SOFT.value): vol.Coerce(ResetType)},
        refusal_is_answer=True,
    ),
    "clear_cache": Action(handler=_clear_cache, fields={}, refusal_is_answer=True),
    "trigger_message": Action(
        handler=_trigger_message,
        fields={**CONNECTOR, vol.Required(ATTR_MESSAGE): cv.string},
        refusal_is_answer=True,
    ),
}
