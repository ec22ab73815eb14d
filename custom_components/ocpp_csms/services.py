"""Actions: validate, find the charge point, call it (or change what its charging mode goes by), return the answer.

What they do to a charger is in `csms`, what a mode does in `charging`.

An action that promises an effect (start, stop, limit) raises when the charge point refuses. One that asks returns the refusal as data
to a caller who wants an answer, and raises it to one who does not look.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_device_and_config_entry, async_register_admin_service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .charging.modes import ChargingMode
from .commands import command_errors
from .const import DOMAIN
from .csms.charge_point import ChargePoint
from .csms.errors import RefusedError
from .csms.model import Quantity
from .devices import locate
from .runtime import OcppConfigEntry, OcppRuntime

ATTR_ACTION: Final = "action"
ATTR_ACTIVATE: Final = "activate"
ATTR_CONNECTOR: Final = "connector"
ATTR_DATA: Final = "data"
ATTR_DEPARTURE: Final = "departure"
ATTR_ENERGY: Final = "energy"
ATTR_ID_TAG: Final = "id_tag"
ATTR_KEY: Final = "key"
ATTR_KEYS: Final = "keys"
ATTR_LIMIT: Final = "limit"
ATTR_MESSAGE: Final = "message"
ATTR_MESSAGE_ID: Final = "message_id"
ATTR_MODE: Final = "mode"
ATTR_PAYLOAD: Final = "payload"
ATTR_TARGET_SOC: Final = "target_soc"
ATTR_TRANSACTION_ID: Final = "transaction_id"
ATTR_VALUE: Final = "value"
ATTR_VENDOR_ID: Final = "vendor_id"

ACCEPTED: Final = "Accepted"


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is about: a charge point and the connector of it that the caller named, or whose device the caller chose."""

    runtime: OcppRuntime
    charge_point: ChargePoint
    named: int | None

    @property
    def connector(self) -> int:
        """The connector; it may go unnamed where there is only one. Raises ServiceValidationError."""
        if self.named is not None:
            return self.named
        numbers = [number for number in self.charge_point.connectors if number != 0]
        if not numbers:
            raise _invalid("no_connector_known", charge_point=self.charge_point.identity)
        if len(numbers) > 1:
            raise _invalid("connector_required", charge_point=self.charge_point.identity)
        return numbers[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One action. `refusal_is_answer` marks those that ask rather than promise."""

    handler: Callable[[Target, ServiceCall], Awaitable[JsonObjectType]]
    fields: Mapping[vol.Marker, object]
    refusal_is_answer: bool = False
    admin: bool = False

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data. A device arrives alone or, from an automation's target, as a list of one."""
        device = vol.All(cv.ensure_list, [cv.string], vol.Length(min=1, max=1))
        return vol.Schema({vol.Required(ATTR_DEVICE_ID): device, **self.fields})


def _mode(value: object) -> object:
    """Return a mode as it was meant: YAML takes the word off for false."""
    return ChargingMode.OFF if value is False else value


async def _start_transaction(target: Target, call: ServiceCall) -> JsonObjectType:
    with target.runtime.control.by_hand(target.charge_point, target.connector):
        await target.charge_point.start(target.connector, call.data.get(ATTR_ID_TAG))
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


async def _set_mode(target: Target, call: ServiceCall) -> JsonObjectType:
    _check_control(target)
    target.runtime.control.set_mode(target.charge_point, target.connector, call.data[ATTR_MODE])
    return {"status": ACCEPTED}


async def _set_plan(target: Target, call: ServiceCall) -> JsonObjectType:
    _check_control(target)
    changes = {**_departure_of(target, call), **_need_of(target, call)}
    if not changes and not call.data[ATTR_ACTIVATE]:
        raise _invalid("plan_empty", charge_point=target.charge_point.identity)
    target.runtime.control.goals.update(target.charge_point, target.connector, **changes)
    if call.data[ATTR_ACTIVATE]:
        target.runtime.control.set_mode(target.charge_point, target.connector, ChargingMode.SCHEDULED)
    return {"status": ACCEPTED}


async def _trigger_message(target: Target, call: ServiceCall) -> JsonObjectType:
    await target.charge_point.trigger(call.data[ATTR_MESSAGE], target.named)
    return {"status": ACCEPTED}


async def _get_configuration(target: Target, call: ServiceCall) -> JsonObjectType:
    known, unknown = await target.charge_point.get_configuration(call.data[ATTR_KEYS])
    return {
        "configuration": {item.key: {"value": item.value, "readonly": item.readonly} for item in known.values()},
        "unknown_keys": list(unknown),
    }


async def _set_configuration(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": await target.charge_point.set_configuration(call.data[ATTR_KEY], call.data[ATTR_VALUE])}


async def _data_transfer(target: Target, call: ServiceCall) -> JsonObjectType:
    status, data = await target.charge_point.data_transfer(
        call.data[ATTR_VENDOR_ID], call.data.get(ATTR_MESSAGE_ID), call.data.get(ATTR_DATA)
    )
    if status != ACCEPTED and not call.return_response:
        raise RefusedError("DataTransfer", status)
    return {"status": status, "data": data}


async def _call(target: Target, call: ServiceCall) -> JsonObjectType:
    return await target.charge_point.call(call.data[ATTR_ACTION], call.data[ATTR_PAYLOAD])


def _check_control(target: Target) -> None:
    """Raise ServiceValidationError unless charging control is set up."""
    if target.runtime.control.loop is None:
        raise _invalid("control_not_set_up", charge_point=target.charge_point.identity)


def _departure_of(target: Target, call: ServiceCall) -> dict[str, time | datetime | None]:
    """Return the goals that a departure sets: a time counts for each day, a date with a time once. Raises ServiceValidationError."""
    departure: time | datetime | None = call.data.get(ATTR_DEPARTURE)
    if departure is None:
        return {}
    if isinstance(departure, time):
        return {"departure": departure, "deadline": None}
    deadline = dt_util.as_utc(departure)  # without a zone it is local
    if deadline <= dt_util.utcnow():
        local = dt_util.as_local(deadline).strftime("%Y-%m-%d %H:%M")
        raise _invalid("departure_in_past", charge_point=target.charge_point.identity, departure=local)
    return {"deadline": deadline}


def _need_of(target: Target, call: ServiceCall) -> dict[str, float]:
    """Return the goals that say how much the car needs. Raises ServiceValidationError for one that nothing would go by."""
    charge_point, number = target.charge_point, target.connector
    identity = charge_point.identity
    has_soc = Quantity.SOC in charge_point.connectors[number].readings
    has_capacity = target.runtime.control.goals.of(charge_point, number).battery_capacity > 0
    if (energy := call.data.get(ATTR_ENERGY)) is not None:
        if has_soc and has_capacity:
            raise _invalid("soc_decides", charge_point=identity)
        return {"departure_energy": energy}
    if (target_soc := call.data.get(ATTR_TARGET_SOC)) is None:
        return {}
    if not has_capacity:
        raise _invalid("battery_capacity_unknown" if has_soc else "soc_unknown", charge_point=identity)
    return {"target_soc": target_soc}


_CONNECTOR: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_CONNECTOR): vol.All(vol.Coerce(int), vol.Range(min=1))}

ACTIONS: Final = {
    "start_transaction": Action(
        handler=_start_transaction, fields={**_CONNECTOR, vol.Optional(ATTR_ID_TAG): cv.string}
    ),
    "stop_transaction": Action(
        handler=_stop_transaction, fields={**_CONNECTOR, vol.Optional(ATTR_TRANSACTION_ID): cv.string}
    ),
    "set_current_limit": Action(
        handler=_set_current_limit,
        fields={**_CONNECTOR, vol.Required(ATTR_LIMIT): vol.All(vol.Coerce(float), vol.Range(min=0))},
    ),
    "set_mode": Action(
        handler=_set_mode,
        fields={**_CONNECTOR, vol.Required(ATTR_MODE): vol.All(_mode, vol.Coerce(ChargingMode))},
    ),
    "set_plan": Action(
        handler=_set_plan,
        fields={
            **_CONNECTOR,
            vol.Optional(ATTR_DEPARTURE): vol.Any(cv.time, cv.datetime),
            vol.Exclusive(ATTR_ENERGY, "need"): vol.All(vol.Coerce(float), vol.Range(min=0, min_included=False)),
            vol.Exclusive(ATTR_TARGET_SOC, "need"): vol.All(vol.Coerce(float), vol.Range(min=1, max=100)),
            vol.Optional(ATTR_ACTIVATE, default=False): cv.boolean,
        },
    ),
    "trigger_message": Action(
        handler=_trigger_message,
        fields={**_CONNECTOR, vol.Required(ATTR_MESSAGE): cv.string},
        refusal_is_answer=True,
    ),
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
        fields={vol.Required(ATTR_ACTION): cv.string, vol.Optional(ATTR_PAYLOAD, default=dict): dict},
        admin=True,
    ),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once, whether or not an entry is loaded."""
    for name, action in ACTIONS.items():
        run = partial(_run, hass, action)
        if action.admin:
            async_register_admin_service(
                hass, DOMAIN, name, run, schema=action.schema, supports_response=SupportsResponse.OPTIONAL
            )
        else:
            hass.services.async_register(
                DOMAIN, name, run, schema=action.schema, supports_response=SupportsResponse.OPTIONAL
            )


async def _run(hass: HomeAssistant, action: Action, call: ServiceCall) -> ServiceResponse:
    """Carry out an action. Raises ServiceValidationError or HomeAssistantError as `command_errors` does."""
    target = _find_target(hass, call)
    with command_errors(target.charge_point):
        try:
            answer = await action.handler(target, call)
        except RefusedError as refusal:
            if not (action.refusal_is_answer and call.return_response):
                raise
            answer = {"status": refusal.status}
    return answer if call.return_response else None


def _find_target(hass: HomeAssistant, call: ServiceCall) -> Target:
    """Return the charge point and connector of the device in an action's data. Raises ServiceValidationError."""
    [device_id] = call.data[ATTR_DEVICE_ID]
    entry: OcppConfigEntry
    device, entry = async_get_device_and_config_entry(hass, DOMAIN, device_id)
    identity, connector = locate(device)
    charge_point = entry.runtime_data.central.charge_points.get(identity)
    if charge_point is None:
        raise _invalid("not_a_charge_point", device=device.name_by_user or device.name or device_id)
    named: int | None = call.data.get(ATTR_CONNECTOR, connector or None)
    if named is not None and named not in charge_point.connectors:
        raise _invalid("unknown_connector", charge_point=identity, connector=str(named))
    return Target(entry.runtime_data, charge_point, named)


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
