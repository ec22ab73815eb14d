"""A home with a Home Assistant of its own: the tests' end of `core`."""

import asyncio
from collections.abc import Callable
import json
from pathlib import Path
import signal
import sys
from typing import Any, NamedTuple

from custom_components.ocpp_csms.const import DOMAIN

ROOT = Path(__file__).parents[2]
ENTRY_ID = "end_to_end"
MOMENT = "2026-01-01T00:00:00+00:00"
TIMEOUT = 30.0  # s; far more than it takes, for machines that are busy


class Shown(NamedTuple):
    """What an entity shows."""

    state: str
    attributes: dict[str, Any]

    @property
    def is_number(self) -> bool:
        """Whether there is a value at all."""
        return self.state not in ("unknown", "unavailable")


class Home:
    """A configuration folder and, while it runs, the Home Assistant process on it."""

    def __init__(self, folder: Path, port: int) -> None:
        """Prepare the folder: the central system of the entry listens on `port` and knows the charge point CP1."""
        self.url = f"ws://127.0.0.1:{port}/CP1"
        self._folder = folder
        self._process: asyncio.subprocess.Process
        self._reader: asyncio.Task[None] | None = None
        self._states: dict[str, Shown] = {}
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._changed = asyncio.Event()
        prepare_folder(folder, port)

    @property
    def ledger_file(self) -> Path:
        """The file that the transactions are kept in."""
        return self._folder / ".storage" / f"{DOMAIN}.{ENTRY_ID}"

    @property
    def log(self) -> str:
        """All that Home Assistant has logged, over its restarts."""
        return (self._folder / "log").read_text()

    def transactions(self) -> list[dict[str, Any]]:
        """Return the transactions of CP1 as they are on disk."""
        ledger = json.loads(self.ledger_file.read_text())["data"]["ledger"]
        transactions: list[dict[str, Any]] = ledger["transactions"].get("CP1", [])
        return transactions

    async def start(self) -> None:
        """Start Home Assistant and return once it has started."""
        with (self._folder / "log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.end_to_end.core", str(self._folder)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self._states.clear()
        self._reader = asyncio.create_task(self._read(self._process))
        assert await self._answer() == {"ready": True}

    async def kill(self) -> None:
        """End it as `kill -9` does: at once, with nothing saved."""
        self._process.kill()
        await self._ended()

    async def stop(self) -> None:
        """End it as a user does."""
        self._process.send_signal(signal.SIGTERM)
        await self._ended()

    async def close(self) -> None:
        """Make sure that no process is left."""
        if self._reader is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._ended()

    async def act(self, service: str, entity: str, **data: Any) -> None:
        """Use an entity as a person does. The test fails when that is refused."""
        await self._command({"service": service, "entity": entity, "data": data})

    async def settle(self) -> None:
        """Return once Home Assistant has nothing left to do: what had to be saved at once is on disk."""
        await self._command({})

    async def until(self, entity: str, holds: Callable[[Shown], object]) -> Shown:
        """Return what an entity shows once the condition holds for it."""
        try:
            async with asyncio.timeout(TIMEOUT):
                while (shown := self._states.get(entity)) is None or not holds(shown):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{entity} still shows {self._states.get(entity)}") from None
        return shown

    async def until_state(self, entity: str, state: str) -> None:
        """Return once an entity shows a state."""
        await self.until(entity, lambda shown: shown.state == state)

    async def _command(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(command)}\n".encode())
        assert await self._answer() == {"error": None}

    async def _answer(self) -> dict[str, Any]:
        async with asyncio.timeout(TIMEOUT):
            answer = await self._answers.get()
        assert "ended" not in answer, self.log
        return answer

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for text in process.stdout:
            line = json.loads(text)
            if "entity" in line:
                self._states[line["entity"]] = Shown(line["state"], line["attributes"])
                self._changed.set()
            else:
                self._answers.put_nowait(line)
        self._answers.put_nowait({"ended": True})

    async def _ended(self) -> None:
        assert self._reader is not None
        async with asyncio.timeout(TIMEOUT):
            await self._reader
            await self._process.wait()
        self._reader = None
        self._answers = asyncio.Queue()


def prepare_folder(folder: Path, port: int) -> None:
    """Make the configuration folder of a Home Assistant that has been set up: its central system listens on `port` and knows CP1."""
    (folder / ".storage").mkdir(parents=True)
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    (folder / ".storage" / "core.config_entries").write_text(json.dumps(_config_entries(port)))


def _config_entries(port: int) -> dict[str, Any]:
    """Return the stored entries of a Home Assistant that has been set up."""
    charge_point = {
        "data": {"charge_point_id": "CP1"},
        "subentry_id": "charge_point_1",
        "subentry_type": "charge_point",
        "title": "CP1",
        "unique_id": "CP1",
    }
    entry = {
        "created_at": MOMENT,
        "data": {"host": "127.0.0.1", "port": port},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": DOMAIN,
        "entry_id": ENTRY_ID,
        "minor_version": 1,
        "modified_at": MOMENT,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [charge_point],
        "title": "OCPP CSMS",
        "unique_id": None,
        "version": 1,
    }
    return {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
