"""Entities in a person's hands: using them, and waiting for what they show."""

import asyncio
from collections.abc import Callable
import math

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback

from tests.scripted import entity_id

TIMEOUT = 10.0


async def until(hass: HomeAssistant, domain: str, unique_id: str, holds: Callable[[State], bool]) -> State:
    """Return the state of an entity once the condition holds for it."""
    watched = entity_id(hass, domain, unique_id)
    changed = asyncio.Event()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == watched:
            changed.set()

    stop_watching = hass.bus.async_listen("state_changed", note)
    try:
        async with asyncio.timeout(TIMEOUT):
            while (current := hass.states.get(watched)) is None or not holds(current):
                await changed.wait()
                changed.clear()
    finally:
        stop_watching()
    return current


async def press(hass: HomeAssistant, domain: str, service: str, unique_id: str, **data: float) -> None:
    """Use an entity as a person does."""
    target = {"entity_id": entity_id(hass, domain, unique_id)}
    await hass.services.async_call(domain, service, target | data, blocking=True)


def number(state: State) -> float:
    """Return the number that an entity shows; what is unknown compares with nothing."""
    return math.nan if state.state in (STATE_UNKNOWN, STATE_UNAVAILABLE) else float(state.state)
