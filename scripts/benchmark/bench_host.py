"""The other end of `host`: starts the process under test, dials its charge points in, and measures loads on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
import sys
from typing import Any, cast

from .charger import Charger
from .load import Load, percentile
from .systems import System

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".bench"

type Drive = Callable[[Sequence[Charger]], Awaitable[Load]]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One load on one system: times in seconds, rate in messages a second, processor share of one core (1 = all of it)."""

    processor_per_message: float
    processor_share: float
    rate: float
    p50: float
    p99: float
    lag_p99: float
    lag_max: float
    backlog: float  # state changes that the recorder had not yet written when the load ended
    messages: float


class HostError(Exception):
    """The process under test failed; its log says why."""


class BenchHost:
    """One process under test and its charge points."""

    def __init__(self, system: System, process: asyncio.subprocess.Process, log: Path) -> None:
        """Take over a started process."""
        self.system = system
        self.chargers: list[Charger] = []
        self.started: dict[str, Any] = {}
        self._process = process
        self._commands = cast("asyncio.StreamWriter", process.stdin)
        self._answers = cast("asyncio.StreamReader", process.stdout)
        self._log = log

    async def answer(self) -> dict[str, Any]:
        """Read the next answer of the process. Raises HostError when there is none."""
        async with asyncio.timeout(120):
            line = await self._answers.readline()
        if not line:
            raise HostError(f"{self.system.name} ended; see {self._log}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ask(self, command: str) -> dict[str, Any]:
        """Give the process a command and return its answer."""
        self._commands.write(f"{command}\n".encode())
        return await self.answer()

    async def connect(self, count: int) -> None:
        """Dial in `count` more charge points and let each boot, all at once."""
        known = len(self.chargers)
        chargers = [self.system.charger(f"CP{number:03}") for number in range(known, known + count)]
        port = int(self.started["port"])

        async def dial_in(charger: Charger) -> None:
            await charger.connect(port)
            await charger.boot()

        async with asyncio.TaskGroup() as group:
            for charger in chargers:
                group.create_task(dial_in(charger))
        self.chargers += chargers

    async def start_charging(self) -> None:
        """Begin a transaction on every charge point."""
        for charger in self.chargers:
            await charger.start_charging()

    async def measure(self, drive: Drive) -> Measurement:
        """Put a load on the system and measure it."""
        await self.ask("begin")
        load = await self._put(drive)
        inside = await self.ask("end")
        if errors := sum(charger.errors for charger in self.chargers):
            raise HostError(f"{self.system.name} answered {errors} messages with CALLERROR")
        return Measurement(
            processor_per_message=inside["processor"] / load.messages,
            processor_share=inside["processor"] / inside["wall"],
            rate=load.messages / load.seconds,
            p50=percentile(load.latencies, 0.5),
            p99=percentile(load.latencies, 0.99),
            lag_p99=inside["lag_p99"],
            lag_max=inside["lag_max"],
            backlog=inside.get("backlog", 0),
            messages=load.messages,
        )

    async def audit(self, drive: Drive) -> dict[str, Any]:
        """Put a load on the system and count what it causes."""
        await self.ask("begin_audit")
        load = await self._put(drive)
        return await self.ask("end_audit") | {"messages": load.messages}

    async def _put(self, drive: Drive) -> Load:
        """Put a load on the system. Raises HostError when it leaves messages unanswered."""
        try:
            return await drive(self.chargers)
        except TimeoutError:
            raise HostError(f"{self.system.name} has left messages unanswered; see {self._log}") from None

    async def disconnect(self) -> None:
        """Hang up all charge points."""
        for charger in self.chargers:
            await charger.disconnect()
        self.chargers.clear()

    async def stop(self) -> None:
        """Hang up and end the process as Home Assistant ends."""
        async with asyncio.timeout(60):
            await self.disconnect()
            self._commands.write(b"stop\n")
            await self._process.wait()


@asynccontextmanager
async def running(
    system: System, charge_points: int, *, tree: Path = ROOT, recorder: bool = False, keep: bool = False
) -> AsyncIterator[BenchHost]:
    """Run a process under test on an empty configuration folder, or on the one its predecessor left when `keep` is set.

    Home Assistant looks for the integration in the folder first, where it finds that of `tree`.
    """
    config = FOLDER / f"{system.folder}-{charge_points}-{'recorder' if recorder else 'plain'}"
    if not keep:
        shutil.rmtree(config, ignore_errors=True)
    config.mkdir(parents=True, exist_ok=True)
    if not (config / "custom_components").exists():
        (config / "custom_components").symlink_to(tree / "custom_components")
    arguments = ["--module", system.module, "--charge-points", str(charge_points), "--config", str(config)]
    log = config / "host.log"
    with log.open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scripts.benchmark.host", *arguments, *(["--recorder"] if recorder else [])),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    host = BenchHost(system, process, log)
    try:
        host.started = await host.answer()
        yield host
        await host.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
