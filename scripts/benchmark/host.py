"""The process under test: a Home Assistant core with one of the systems, obeying one-line JSON commands on standard input.

The core is set up as Home Assistant's runner and bootstrap do it, with its blocking-call detector, with its web server, without front end.
Each command is answered by one line of JSON on standard output; the log goes to standard error.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import gc
import importlib
import json
import logging
from pathlib import Path
import socket
import sys
import threading
from typing import Any

from homeassistant import block_async_io, loader
from homeassistant.bootstrap import CORE_INTEGRATIONS, async_load_base_functionality
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.recorder import async_initialize_recorder, get_instance
from homeassistant.runner import create_event_loop
from homeassistant.setup import async_setup_component

from .probe import Audit, Complaints, Window, resident_memory
from .systems import Module

# What any installation has loaded anyway, so that its memory is not charged to a system under test.
COMPONENTS = (
    *("http", "file_upload", "network"),
    *("binary_sensor", "button", "event", "number", "sensor", "switch", "update"),
)


class Host:
    """One core with one system."""

    def __init__(self, hass: HomeAssistant, complaints: Complaints, *, records: bool) -> None:
        """Take over a core that is running."""
        self._hass = hass
        self._complaints = complaints
        self._records = records
        self._window: Window
        self._audit: Audit
        self._commands: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
            "begin": self.begin,
            "end": self.end,
            "begin_audit": self.begin_audit,
            "end_audit": self.end_audit,
            "memory": self.memory,
            "complaints": self.complaints,
        }

    async def begin(self) -> dict[str, Any]:
        """Open a window of measurement.

        Python's next collection of the whole heap (some 0.2 s in a core of this size, whatever the system) is brought forward:
        it would meet one window by chance.
        """
        await self._drain()
        gc.collect()
        self._window = Window(self._hass.loop)
        return {}

    async def end(self) -> dict[str, Any]:
        """Close the window. Processor time includes what the recorder still has to write."""
        result: dict[str, Any] = self._window.stop_lag()
        if self._records:
            result["backlog"] = get_instance(self._hass).backlog
        await self._drain()
        return result | {"processor": self._window.processor()}

    async def begin_audit(self) -> dict[str, Any]:
        """Begin to count writes and hops."""
        self._audit = Audit(self._hass)
        self._audit.start()
        return {}

    async def end_audit(self) -> dict[str, Any]:
        """Return the counts."""
        return self._audit.stop()

    async def memory(self) -> dict[str, Any]:
        """Return resident memory in bytes, and how many states and threads there are."""
        await self._drain()
        return {
            "rss": await self._hass.async_add_executor_job(resident_memory),
            "states": self._hass.states.async_entity_ids_count(),
            "threads": threading.active_count(),
        }

    async def complaints(self) -> dict[str, Any]:
        """Return what Home Assistant's detectors and the log complained about since the start."""
        return self._complaints.as_dict()

    async def _drain(self) -> None:
        if self._records:
            await get_instance(self._hass).async_block_till_done()

    async def obey(self) -> None:
        """Answer commands until standard input says stop or ends."""
        commands = asyncio.StreamReader()
        await self._hass.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while (line := (await commands.readline()).decode().strip()) and line != "stop":
            say(await self._commands[line]())


def say(answer: dict[str, Any]) -> None:
    """Write one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def start_core(config: Path, *, records: bool) -> HomeAssistant:
    """Return a Home Assistant core on the configuration folder, in the order of Home Assistant's bootstrap."""
    hass = HomeAssistant(str(config))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    block_async_io.enable()
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await async_load_base_functionality(hass)
    await async_process_ha_core_config(hass, {})
    if records:
        async_initialize_recorder(hass)
    http = {"server_host": "127.0.0.1", "server_port": free_port()}
    for domain in (*CORE_INTEGRATIONS, *(["recorder"] if records else []), *COMPONENTS):
        if not await async_setup_component(hass, domain, {"http": http, "recorder": {}}):
            raise RuntimeError(f"Home Assistant did not set up {domain}")
    await hass.async_start()
    await hass.async_block_till_done()
    return hass


async def run(module: Module, charge_points: int, config: Path, *, records: bool) -> None:
    """Run one system until told to stop."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    hass = await start_core(config, records=records)
    core_rss = await hass.async_add_executor_job(resident_memory)
    system = await hass.async_add_import_executor_job(importlib.import_module, f"{__package__}.{module}")
    port = await system.start(hass, [f"CP{number:03}" for number in range(charge_points)])
    await hass.async_block_till_done()
    say({"port": port, "core_rss": core_rss, "rss": await hass.async_add_executor_job(resident_memory)})
    await Host(hass, complaints, records=records).obey()
    await hass.async_stop(force=True)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts.benchmark.host")
    parser.add_argument("--module", type=Module, choices=Module, required=True)
    parser.add_argument("--charge-points", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--recorder", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)  # as Home Assistant without --verbose
    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        runner.run(run(arguments.module, arguments.charge_points, arguments.config, records=arguments.recorder))


if __name__ == "__main__":
    main()
