"""Home Assistant is killed again and again, at any moment of starts and stops: nothing is lost, and no id is given twice."""

import asyncio
from collections.abc import AsyncGenerator
import json
from pathlib import Path
import random
import sys
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.end_to_end.home import ENTRY_ID, ROOT, TIMEOUT, prepare_folder

ROUNDS = {"1.6": 200, "2.0.1": 60, "2.1": 60}  # what differs is how a transaction is told, not how it is kept
REDIAL = 0.01  # s
LONGEST = 0.04  # s from a message to the kill: before its answer, and until long after it

pytestmark = pytest.mark.timeout(400)


class Host:
    """The tests' end of `crashing`: a Home Assistant that is killed and started in no time."""

    def __init__(self, folder: Path, port: int) -> None:
        """Prepare the folder: the central system of the entry listens on `port` and knows the charge point CP1."""
        self.url = f"ws://127.0.0.1:{port}/CP1"
        self._folder = folder
        self._process: asyncio.subprocess.Process
        prepare_folder(folder, port)

    async def open(self) -> None:
        """Load Home Assistant; nothing runs yet."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.end_to_end.crashing", str(self._folder)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    async def say(self, word: str) -> None:
        """Let it `start` or `kill`; return once that is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n".encode())
        async with asyncio.timeout(TIMEOUT):
            assert await self._process.stdout.readline() == b"done\n"

    async def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    @property
    def log(self) -> str:
        """All that Home Assistant has logged."""
        return (self._folder / "log").read_text()

    def booked(self) -> list[dict[str, Any]]:
        """Return the transactions of CP1 on disk, by id: those of the ledger and those of the history."""
        storage = self._folder / ".storage"
        ledger = json.loads((storage / f"ocpp_csms.{ENTRY_ID}").read_text())["data"]["ledger"]["transactions"]
        history = [
            row["transaction"]
            for path in storage.glob(f"ocpp_csms.{ENTRY_ID}.history.*")
            for row in json.loads(path.read_text())["data"]
        ]
        assert len({item["transaction_id"] for item in history}) == len(history)
        known = {item["transaction_id"]: item for item in [*history, *ledger.get("CP1", [])]}
        return list(known.values())


class StubbornCharger:
    """A charge point that sends each message of its transactions until it is answered, and then forgets it (OCPP 1.6 §3.7.1, 2.0.1 E13)."""

    def __init__(self, host: Host, version: str, chance: random.Random) -> None:
        """Dial in to a Home Assistant that may die at any moment."""
        self._host = host
        self._version = version
        self._chance = chance
        self._websocket: ClientConnection | None = None

    async def start(self, register: int, at: str, *, dangerous: bool) -> str:
        """Start a transaction, its register in Wh; return the id."""
        if self._version == "1.6":
            start = {"connectorId": 1, "idTag": "CARD", "meterStart": register, "timestamp": at}
            answer = await self._deliver("StartTransaction", start, dangerous=dangerous)
            return str(answer["transactionId"])
        transaction_id = str(uuid4())
        event = _event("Started", transaction_id, register, at) | {
            "evse": {"id": 1, "connectorId": 1},
            "idToken": {"idToken": "CARD", "type": "Central"},
        }
        await self._deliver("TransactionEvent", event, dangerous=dangerous)
        return transaction_id

    async def stop(self, transaction_id: str, register: int, at: str, *, dangerous: bool) -> None:
        """Stop a transaction, its register in Wh."""
        if self._version == "1.6":
            stop = {"transactionId": int(transaction_id), "meterStop": register, "timestamp": at}
            await self._deliver("StopTransaction", stop, dangerous=dangerous)
        else:
            await self._deliver("TransactionEvent", _event("Ended", transaction_id, register, at), dangerous=dangerous)

    async def _deliver(self, action: str, payload: dict[str, Any], *, dangerous: bool) -> dict[str, Any]:
        """Return the answer to a message. If it is dangerous, Home Assistant dies once on the way, or shortly after."""
        if dangerous and (answer := await self._ask_and_kill(action, payload)) is not None:
            return answer
        while True:
            websocket = self._websocket or await self._dial()
            try:
                return await _call(websocket, action, payload)
            except WebSocketException:
                self._websocket = None

    async def _ask_and_kill(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Send a message and kill Home Assistant before, while or after it is answered; return the answer, if it came."""
        asked = asyncio.create_task(_call(self._websocket or await self._dial(), action, payload))
        await asyncio.wait((asked,), timeout=self._chance.uniform(0, LONGEST / 2))
        if asked.done():  # it is being archived
            await asyncio.wait((asyncio.Future(),), timeout=self._chance.choice((0, self._chance.uniform(0, LONGEST))))
        await self._host.say("kill")
        await self._host.say("start")
        self._websocket = None
        try:
            async with asyncio.timeout(TIMEOUT):
                return await asked
        except WebSocketException:
            return None

    async def _dial(self) -> ClientConnection:
        """Dial until somebody answers."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    self._websocket = await connect(self._host.url, subprotocols=[Subprotocol(f"ocpp{self._version}")])
                except OSError, WebSocketException:
                    await asyncio.wait((asyncio.Future(),), timeout=REDIAL)
                else:
                    return self._websocket


def _event(kind: str, transaction_id: str, register: int, at: str) -> dict[str, Any]:
    """Return a TransactionEvent with the register in Wh."""
    context = "Transaction.Begin" if kind == "Started" else "Transaction.End"
    sample = {"value": register, "context": context, "measurand": "Energy.Active.Import.Register"}
    return {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "Authorized" if kind == "Started" else "StopAuthorized",
        "seqNo": 0 if kind == "Started" else 1,
        "transactionInfo": {"transactionId": transaction_id},
        "meterValue": [{"timestamp": at, "sampledValue": [sample]}],
    }


async def _call(websocket: ClientConnection, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    message_id = str(uuid4())
    await websocket.send(json.dumps([2, message_id, action, payload]))
    while True:
        frame = json.loads(await websocket.recv())
        if frame[0] == 2:
            await websocket.send(json.dumps([3, frame[1], {"status": "Rejected"}]))
        elif frame[1] == message_id:
            assert frame[0] == 3, frame
            answer: dict[str, Any] = frame[2]
            return answer


@pytest.fixture
async def host(tmp_path: Path, free_port: int) -> AsyncGenerator[Host]:
    """A Home Assistant that has started; whatever happens to it, its log stays free of tracebacks."""
    host = Host(tmp_path / "home", free_port)
    await host.open()
    try:
        await host.say("start")
        yield host
    finally:
        await host.close()
    assert not [line for line in host.log.splitlines() if "Traceback" in line or line.startswith("ERROR")]


async def test_nothing_is_lost_however_often_home_assistant_is_killed(host: Host, ocpp_version: str) -> None:
    """Many transactions, each start or stop with a kill on its way: each is booked once, to the watt-hour, under an id of its own."""
    chance = random.Random(20261120)  # noqa: S311 (no secret: the same moments in each run)
    charger = StubbornCharger(host, ocpp_version, chance)
    register = 1_000
    charged: dict[str, int] = {}
    for number in range(ROUNDS[ocpp_version]):
        at_start = chance.random() < 0.5
        hour = f"2026-11-{number // 24 % 28 + 1:02}T{number % 24:02}"
        transaction_id = await charger.start(register, f"{hour}:00:00Z", dangerous=at_start)
        energy = chance.randrange(1, 5_000)
        register += energy
        await charger.stop(transaction_id, register, f"{hour}:30:00Z", dangerous=not at_start)
        assert transaction_id not in charged
        charged[transaction_id] = energy
    booked = host.booked()
    assert {item["transaction_id"]: round(item.get("energy", 0.0) * 1000) for item in booked} == charged
    assert all("stopped" in item for item in booked)
