"""Actions: registers them, finds the charge point of each, and is the gate through which they are carried out.

What they do is in `actions`. A new subject is a module there with a table `ACTIONS`; it is imported here and named in `_SUBJECTS`, and
that is all. Its fields are in `services.yaml`, its texts in `translations/en.json`, its icon in `icons.json`.

An action that promises an effect (start, stop, limit, firmware) raises when the charge point refuses. All others return the refusal as data to a
caller who wants an answer, and raise it to one who does not look.
"""

from functools import partial
from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers.service import async_register_admin_service

from .actions import (
    certificates,
    charging,
    configuration,
    customers,
    display,
    firmware,
    goals,
    id_tags,
    network,
    operation,
    profiles,
    raw,
    records,
    reports,
    reservations,
)
from .actions.action import Action, GeneralAction
from .actions.target import ATTR_CONNECTOR, find_target
from .commands import command_errors
from .const import DOMAIN
from .csms.errors import RefusedError

_SUBJECTS: Final = (
    certificates,
    charging,
    configuration,
    customers,
    display,
    firmware,
    goals,
    id_tags,
    network,
    operation,
    profiles,
    raw,
    records,
    reports,
    reservations,
)

ACTIONS: Final[dict[str, Action | GeneralAction]] = {
    name: action for subject in _SUBJECTS for name, action in subject.ACTIONS.items()
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once, whether or not an entry is loaded."""
    for name, action in ACTIONS.items():
        match action:
            case Action():
                run = partial(_run, hass, action)
            case GeneralAction():
                run = partial(_run_general, hass, action)
        if action.admin:
            async_register_admin_service(
                hass, DOMAIN, name, run, schema=action.schema, supports_response=SupportsResponse.OPTIONAL
            )
        else:
            hass.services.async_register(
                DOMAIN, name, run, schema=action.schema, supports_response=SupportsResponse.OPTIONAL
            )


async def _run(hass: HomeAssistant, action: Action, call: ServiceCall) -> ServiceResponse:
    """Carry out an action about one charge point. Raises ServiceValidationError or HomeAssistantError as `command_errors` does."""
    [device_id] = call.data[ATTR_DEVICE_ID]
    target = find_target(hass, device_id, call.data.get(ATTR_CONNECTOR))
    with command_errors(target.charge_point):
        try:
            answer = await action.handler(target, call)
        except RefusedError as refusal:
            if not (action.refusal_is_answer and call.return_response):
                raise
            answer = {"status": refusal.status}
    return answer if call.return_response else None


async def _run_general(hass: HomeAssistant, action: GeneralAction, call: ServiceCall) -> ServiceResponse:
    """Carry out an action that is not about one charge point."""
    answer = await action.handler(hass, call)
    return answer if call.return_response else None
