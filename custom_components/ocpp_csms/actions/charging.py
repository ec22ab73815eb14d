"""Actions that start, stop and limit charging."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.charging.profiles import Kind, Purpose

from .action import ACCEPTED, Action
from .profiles import PROFILE_FIELDS, profile_of
from .target import CONNECTOR, Target

ATTR_CHARGING_PROFILE: Final = "charging_profile"
ATTR_ID_TAG: Final = "id_tag"
ATTR_LIMIT: Final = "limit"
ATTR_TRANSACTION_ID: Final = "transaction_id"


async def _start_transaction(target: Target, call: ServiceCall) -> JsonObjectType:
    connector, profile = target.connector, None
    if (described := call.data.get(ATTR_CHARGING_PROFILE)) is not None:
        profile = profile_of(target, described, connector=connector, purpose=Purpose.TX, kind=Kind.RELATIVE)
    with target.runtime.control.by_hand(target.charge_point, connector):
        await target.charge_point.start(connector, call.data.get(ATTR_ID_TAG), profile)
    return {"status": ACCEPTED}


async def _stop_transaction(target: Target, call: ServiceCall) -> JsonObjectType:
    if (transaction_id := call.data.get(ATTR_TRANSACTION_ID)) is None:
        with target.runtime.control.by_hand(target.charge_point, target.connector):
            await target.charge_point.stop(target.connector)
    else:
        await target.charge_point.stop_transaction(transaction_id)
    return {"status": ACCEPTED}


async def _set_current_limit(target: Target, call: ServiceCall) -> JsonObjectType:
    await target.runtime.control.set_limit(target.charge_point, target.connector, call.data[ATTR_LIMIT])
    return {"status": ACCEPTED}


ACTIONS: Final = {
    "start_transaction": Action(
        handler=_start_transaction,
        fields={
            **CONNECTOR,
            vol.Optional(ATTR_ID_TAG): cv.string,
            vol.Optional(ATTR_CHARGING_PROFILE): vol.Schema(PROFILE_FIELDS),
        },
    ),
    "stop_transaction": Action(
        handler=_stop_transaction, fields={**CONNECTOR, vol.Optional(ATTR_TRANSACTION_ID): cv.string}
    ),
    "set_current_limit": Action(
        handler=_set_current_limit,
        fields={**CONNECTOR, vol.Required(ATTR_LIMIT): vol.All(vol.Coerce(float), vol.Range(min=0))},
    ),
}
