"""Actions about ID tags: enter and remove them, allow one once, and the local authorization list of a charger."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID, CONF_NAME
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_device_and_config_entry
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.cards.id_tag_entries import (
    MAXIMUM_CONCURRENT,
    MAXIMUM_LENGTH,
    MAXIMUM_TAGS,
    async_add_tag,
    async_update_tag,
    is_number,
    tag_subentry,
)
from custom_components.ocpp_csms.const import (
    CONF_ALLOWED,
    CONF_CHARGE_POINTS,
    CONF_CONCURRENT,
    CONF_EXPIRY,
    CONF_ID_TAG,
    CONF_PARENT,
    DOMAIN,
    SUBENTRY_ID_TAG,
)
from custom_components.ocpp_csms.runtime import OcppConfigEntry
from custom_components.ocpp_csms.settings import charge_point_subentries, subentries_of

from .action import ACCEPTED, Action, GeneralAction
from .fields import ONE_DEVICE, invalid
from .target import Target

ATTR_ID_TAGS: Final = "id_tags"
ATTR_UPDATE_TYPE: Final = "update_type"

FULL: Final = "full"
DIFFERENTIAL: Final = "differential"

_FIELDS: Final = (CONF_ALLOWED, CONF_EXPIRY, CONF_PARENT, CONF_CONCURRENT, CONF_CHARGE_POINTS)


async def _add_id_tag(hass: HomeAssistant, call: ServiceCall) -> JsonObjectType:
    entry = _central_system(hass, call)
    id_tag = _number(call.data[CONF_ID_TAG])
    fields = {name: call.data[name] for name in _FIELDS if name in call.data}
    _check_charge_points(entry, fields)
    name = call.data.get(CONF_NAME, "")
    subentry = tag_subentry(entry, id_tag)
    if subentry is not None:
        async_update_tag(hass, entry, subentry, name, fields)
    elif len(list(subentries_of(entry, SUBENTRY_ID_TAG))) >= MAXIMUM_TAGS:
        raise invalid("too_many_id_tags", most=str(MAXIMUM_TAGS))
    else:
        async_add_tag(hass, entry, id_tag, name, fields)
    return {"added": subentry is None}


async def _remove_id_tag(hass: HomeAssistant, call: ServiceCall) -> JsonObjectType:
    entry = _central_system(hass, call)
    id_tag = _number(call.data[CONF_ID_TAG])
    subentry = tag_subentry(entry, id_tag)
    if subentry is None:
        raise invalid("id_tag_not_entered", id_tag=id_tag)
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    return {"removed": True}


async def _allow_id_tag_once(target: Target, call: ServiceCall) -> JsonObjectType:
    until = target.charge_point.verdicts.allow_once(_number(call.data[CONF_ID_TAG]))
    return {"status": ACCEPTED, "until": until.isoformat()}


async def _get_local_list_version(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"version": await target.charge_point.local_list.read_version()}


async def _send_local_list(target: Target, call: ServiceCall) -> JsonObjectType:
    local_list = target.charge_point.local_list
    send = local_list.send_all if call.data[ATTR_UPDATE_TYPE] == FULL else local_list.send_changes
    try:
        version, entries = await send([_number(id_tag) for id_tag in call.data[ATTR_ID_TAGS]])
    finally:
        target.charge_point.flush()
    return {"status": ACCEPTED, "version": version, "entries": entries}


def _central_system(hass: HomeAssistant, call: ServiceCall) -> OcppConfigEntry:
    """Return the central system of the device that was named, or the only one. Raises ServiceValidationError."""
    entry: OcppConfigEntry
    if devices := call.data.get(ATTR_DEVICE_ID):
        _device, entry = async_get_device_and_config_entry(hass, DOMAIN, devices[0])
        return entry
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
    loaded = [entry for entry in entries if entry.state is ConfigEntryState.LOADED]
    if not loaded:
        raise invalid("no_central_system")
    if len(loaded) > 1:
        raise invalid("central_system_required")
    return loaded[0]


def _number(id_tag: str) -> str:
    """Return the number of a tag without blanks around it. Raises ServiceValidationError."""
    if not is_number(id_tag):
        raise invalid("id_tag_not_possible", most=str(MAXIMUM_LENGTH))
    return id_tag.strip()


def _check_charge_points(entry: OcppConfigEntry, fields: Mapping[str, Any]) -> None:
    """Raise ServiceValidationError for a charger that does not belong to the central system."""
    known = charge_point_subentries(entry)
    for identity in fields.get(CONF_CHARGE_POINTS, ()):
        if identity not in known:
            raise invalid("unknown_charge_point", charge_point=identity[:100])


_DEVICE: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_DEVICE_ID): ONE_DEVICE}
_NUMBER: Final[dict[vol.Marker, object]] = {vol.Required(CONF_ID_TAG): cv.string}

ACTIONS: Final = {
    "add_id_tag": GeneralAction(
        handler=_add_id_tag,
        fields={
            **_DEVICE,
            **_NUMBER,
            vol.Optional(CONF_NAME): cv.string,
            vol.Optional(CONF_ALLOWED): cv.boolean,
            vol.Optional(CONF_EXPIRY): vol.Any(None, cv.datetime),
            vol.Optional(CONF_PARENT): vol.All(cv.string, vol.Length(max=MAXIMUM_LENGTH)),
            vol.Optional(CONF_CONCURRENT): vol.Any(
                None, vol.All(vol.Coerce(int), vol.Range(min=1, max=MAXIMUM_CONCURRENT))
            ),
            vol.Optional(CONF_CHARGE_POINTS): vol.All(cv.ensure_list, [cv.string]),
        },
        admin=True,
    ),
    "remove_id_tag": GeneralAction(handler=_remove_id_tag, fields={**_DEVICE, **_NUMBER}, admin=True),
    "allow_id_tag_once": Action(handler=_allow_id_tag_once, fields=_NUMBER, admin=True),
    "get_local_list_version": Action(handler=_get_local_list_version, fields={}, refusal_is_answer=True),
    "send_local_list": Action(
        handler=_send_local_list,
        fields={
            vol.Optional(ATTR_UPDATE_TYPE, default=DIFFERENTIAL): vol.In((FULL, DIFFERENTIAL)),
            vol.Optional(ATTR_ID_TAGS, default=list): vol.All(cv.ensure_list, [cv.string]),
        },
        refusal_is_answer=True,
    ),
}
