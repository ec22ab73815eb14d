"""Actions that read and write the configuration keys of a charger: keys of OCPP 1.6, variables of 2.x."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.model import ConfigurationKey

from .action import Action
from .target import Target

ATTR_KEY: Final = "key"
ATTR_KEYS: Final = "keys"
ATTR_VALUE: Final = "value"


async def _get_configuration(target: Target, call: ServiceCall) -> JsonObjectType:
    known, unknown = await target.charge_point.get_configuration(call.data[ATTR_KEYS])
    return {
        "configuration": {item.key: described(item) for item in known.values()},
        "unknown_keys": list(unknown),
    }


def described(item: ConfigurationKey) -> JsonObjectType:
    """Return what is told of a key; what only variables of OCPP 2.x have is left out where it is not told."""
    details: JsonObjectType = {
        "unit": item.unit,
        "data_type": item.data_type,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "options": list(item.options) or None,
        "write_only": item.write_only or None,
    }
    said = {name: detail for name, detail in details.items() if detail is not None}
    return {"value": item.value, "readonly": item.readonly, **said}


async def _set_configuration(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": await target.charge_point.set_configuration(call.data[ATTR_KEY], call.data[ATTR_VALUE])}


ACTIONS: Final = {
    "get_configuration": Action(
        handler=_get_configuration,
        fields={vol.Optional(ATTR_KEYS, default=list): vol.All(cv.ensure_list, [cv.string])},
        refusal_is_answer=True,
    ),
    "set_configuration": Action(
        handler=_set_configuration,
        fields={vol.Required(ATTR_KEY): cv.string, vol.Required(ATTR_VALUE): cv.string},
        refusal_is_answer=True,
    ),
}
