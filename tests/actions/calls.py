"""Calling actions as an automation does, and the devices that they are called for."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import entity_registry as er

from custom_components.ocpp_csms.const import DOMAIN
from tests.scripted import entity_id


def device_of(hass: HomeAssistant, domain: str, unique_id: str) -> str:
    """Return the id of the device that an entity sits on."""
    entry = er.async_get(hass).async_get(entity_id(hass, domain, unique_id))
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id


async def act(hass: HomeAssistant, action: str, /, *, answer: bool = True, **data: Any) -> ServiceResponse:
    """Call an action and wait for its answer."""
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=answer)


async def ask(hass: HomeAssistant, action: str, /, **data: Any) -> dict[str, Any]:
    """Call an action for the sake of its answer."""
    answer = await act(hass, action, **data)
    assert answer is not None
    return dict(answer)
