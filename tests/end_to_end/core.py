"""The process that the tests start and kill: a Home Assistant core on a configuration folder, without web server and front end.

It sets up the integration from the stored entries and runs until a signal ends it. Talks JSON, one object a line. Out: `{"ready": true}`,
then `{"entity": …, "state": …, "attributes": …}` for each state of the integration's entities, `{"error": …}` once a command is done. In:
`{"service": "switch.turn_on", "entity": …, "data": {…}}`, or `{}` to be told when nothing is left to do. An entity is named by its domain
and its unique id: `switch.CP1_1_charge`.
"""

import asyncio
import json
import logging
import sys
from types import SimpleNamespace
from typing import Any, cast

from homeassistant import loader
from homeassistant.bootstrap import CORE_INTEGRATIONS, async_load_base_functionality
from homeassistant.config_entries import ConfigEntries
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.runner import create_event_loop
from homeassistant.setup import async_setup_component

DOMAIN = "ocpp_csms"


def say(line: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def tell_states(hass: HomeAssistant) -> None:
    """Write each state of the integration's entities, the present ones first."""
    registry = er.async_get(hass)

    def tell(state: State) -> None:
        entry = registry.async_get(state.entity_id)
        if entry is not None and entry.platform == DOMAIN:
            name = f"{entry.domain}.{entry.unique_id}"
            say({"entity": name, "state": state.state, "attributes": dict(state.attributes)})

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            tell(state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    for state in hass.states.async_all():
        tell(state)


async def obey(hass: HomeAssistant) -> None:
    """Carry out commands until standard input ends; without anybody who could end it, the process ends itself."""
    commands = asyncio.StreamReader()
    await hass.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        error = None
        try:
            if command := json.loads(line):
                await call_service(hass, **command)
        except HomeAssistantError as refused:
            error = str(refused)
        await hass.async_block_till_done(wait_background_tasks=False)
        say({"error": error})
    await hass.async_stop()


async def call_service(hass: HomeAssistant, service: str, entity: str, data: dict[str, Any]) -> None:
    """Use an entity. Raises `HomeAssistantError` when that is refused."""
    platform, unique_id = entity.split(".", 1)
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    domain, name = service.split(".")
    await hass.services.async_call(domain, name, {"entity_id": entity_id} | data, blocking=True)


async def run(folder: str) -> int:
    """Run until stopped; return the exit code."""
    hass = HomeAssistant(folder)
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await async_load_base_functionality(hass)
    await async_process_ha_core_config(hass, {})
    # Taken for set up: nobody visits, and each would need a port of its own.
    hass.config.components |= {"http", "file_upload"}
    hass.http = cast("Any", SimpleNamespace(register_view=lambda view: None))
    for domain in (*CORE_INTEGRATIONS, DOMAIN):
        if not await async_setup_component(hass, domain, {}):
            raise RuntimeError(f"Home Assistant did not set up {domain}")
    tell_states(hass)

    @callback
    def started(_event: Event) -> None:
        say({"ready": True})
        hass.async_create_background_task(obey(hass), "commands")

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, started)
    return await hass.async_run()


def main() -> int:
    """Run on the folder that is the only argument."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger(f"custom_components.{DOMAIN}").setLevel(logging.INFO)
    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        return runner.run(run(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
