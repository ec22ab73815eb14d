"""Actions whose content we do not know: vendor data, and any message of OCPP."""

from typing import Any, Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import orjson
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import RefusedError

from .action import ACCEPTED, Action
from .target import Target

ATTR_ACTION: Final = "action"
ATTR_DATA: Final = "data"
ATTR_MESSAGE_ID: Final = "message_id"
ATTR_PAYLOAD: Final = "payload"
ATTR_UNCHECKED: Final = "unchecked"
ATTR_VENDOR_ID: Final = "vendor_id"


async def _data_transfer(target: Target, call: ServiceCall) -> JsonObjectType:
    status, data = await target.charge_point.data_transfer(
        call.data[ATTR_VENDOR_ID], call.data.get(ATTR_MESSAGE_ID), call.data.get(ATTR_DATA)
    )
    if status != ACCEPTED and not call.return_response:
        raise RefusedError("DataTransfer", status)
    return {"status": status, "data": data}


async def _call(target: Target, call: ServiceCall) -> JsonObjectType:
    action, payload = call.data[ATTR_ACTION], call.data[ATTR_PAYLOAD]
    if not call.data[ATTR_UNCHECKED]:
        payload = target.charge_point.checked(action, payload)
    return await target.charge_point.call(action, payload)


def _json_object(value: object) -> dict[str, Any]:
    """Return an object as it is sent: YAML knows times, templates know sets. Raises vol.Invalid for what JSON has no way to write."""
    try:
        written = orjson.loads(orjson.dumps(value))
    except (TypeError, ValueError) as error:
        raise vol.Invalid(f"cannot be written as JSON: {error}") from error
    if not isinstance(written, dict):
        raise vol.Invalid("expected an object")
    return written


ACTIONS: Final = {
    "data_transfer": Action(
        handler=_data_transfer,
        fields={
            vol.Required(ATTR_VENDOR_ID): cv.string,
            vol.Optional(ATTR_MESSAGE_ID): cv.string,
            vol.Optional(ATTR_DATA): cv.string,
        },
        refusal_is_answer=True,
    ),
    "call": Action(
        handler=_call,
        fields={
            vol.Required(ATTR_ACTION): cv.string,
            vol.Optional(ATTR_PAYLOAD, default=dict): _json_object,
            vol.Optional(ATTR_UNCHECKED, default=False): cv.boolean,
        },
        admin=True,
    ),
}
