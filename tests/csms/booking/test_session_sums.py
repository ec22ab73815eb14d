"""Whatever a charge point lives through, the energies of its sessions add up to what its meter has counted.

A small charge point with a real queue is led through random stories: starts, stops, meter values, lost connections, restarts of either
side, messages that are sent twice, or out of order. Its register counts only within transactions, as a wallbox does.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from tests.csms.central import NOON
from tests.csms.dialect import Station


@dataclass(eq=False)
class Local:
    """A transaction as the charge point keeps it: it learns the id from the answer to its start."""

    transaction_id: int | None = None


@dataclass
class Message:
    """A message that waits: its payload, and the transaction whose id it will carry."""

    action: str
    payload: dict[str, Any]
    local: Local


@dataclass
class Story:
    """A charge point, its central system, and what has been charged."""

    station: Station = field(default_factory=Station)
    register: int = 0  # Wh
    now: datetime = NOON
    online: bool = True
    running: Local | None = None
    queue: list[Message] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    archive: dict[str, Transaction] = field(default_factory=dict)

    def start(self) -> None:
        """A car is plugged in and a transaction starts; the central system may not know yet."""
        if self.running is None:
            self.running = Local()
            self.post("StartTransaction", connectorId=1, idTag="CARD", meterStart=self.register, timestamp=self.time())

    def charge(self, energy: int, minutes: int) -> None:
        """Time passes; the register counts if a transaction runs."""
        self.now += timedelta(minutes=minutes)
        if self.running is not None:
            self.register += min(energy, minutes * 180)  # 11 kW

    def meter(self) -> None:
        """Meter values of now."""
        if self.running is not None:
            value = {"value": str(self.register), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            self.post("MeterValues", connectorId=1, meterValue=[{"timestamp": self.time(), "sampledValue": [value]}])

    def stop(self) -> None:
        """The transaction ends."""
        if self.running is not None:
            self.post("StopTransaction", meterStop=self.register, timestamp=self.time(), reason="Local")
            self.running = None
            self.now += timedelta(seconds=20)

    def go_offline(self) -> None:
        """The connection is lost."""
        self.online = False

    def go_online(self) -> None:
        """The connection is back: the queue is sent, in order."""
        if not self.online:
            self.online = True
            self.connect()
            self.flush()

    def restart(self) -> None:
        """The central system restarts with what it has saved."""
        stored = json.loads(json.dumps(self.station.snapshot()))
        self.station.disconnect()
        self.station = Station(stored=stored)
        self.connect()

    def repeat(self) -> None:
        """The answer to the last start or stop was lost: it is sent again."""
        last = next((item for item in reversed(self.sent) if item.action != "MeterValues"), None)
        if last is not None and self.online:
            self.send(last)

    def disorder(self) -> None:
        """Meter values that wait overtake the rest, or are overtaken, and the last stop comes after the start that follows it."""
        self.queue.sort(key=lambda item: item.action == "MeterValues")
        starts = [index for index, item in enumerate(self.queue) if item.action == "StartTransaction"]
        for index in starts:
            if index and self.queue[index - 1].action == "StopTransaction":
                self.queue[index - 1 : index + 1] = reversed(self.queue[index - 1 : index + 1])

    def newest_first(self) -> None:
        """The start of the newest transaction overtakes all that waits."""
        starts = [item for item in self.queue if item.action == "StartTransaction"]
        if starts:
            self.queue.remove(starts[-1])
            self.queue.insert(0, starts[-1])

    def backwards(self) -> None:
        """The transactions that wait come in the reverse order, each in itself as it was."""
        order = {id(item.local): number for number, item in enumerate(self.queue) if item.action == "StartTransaction"}
        self.queue.sort(key=lambda item: -order.get(id(item.local), -1))

    def finish(self) -> None:
        """All is told."""
        self.stop()
        self.go_online()
        self.flush()
        self.keep()

    def connect(self) -> None:
        """Dial in."""
        self.station.clock.now = self.now
        self.station.connect()

    def post(self, action: str, **payload: Any) -> None:
        """Say something, now or when the connection is back."""
        assert self.running is not None
        self.queue.append(Message(action, payload, self.running))
        if self.online:
            self.flush()

    def flush(self) -> None:
        """Send what waits. What needs an id that is not known yet is late, not lost."""
        waiting, self.queue = self.queue, []
        for message in waiting:
            self.send(message)
        self.keep()

    def send(self, message: Message) -> None:
        """Send a message; the answer to a start tells the id."""
        self.station.clock.now = self.now
        payload = dict(message.payload)
        if message.action != "StartTransaction" and message.local.transaction_id is not None:
            payload["transactionId"] = message.local.transaction_id
        elif message.action == "StopTransaction":
            self.queue.append(message)  # its start was not answered: it has to wait
            return
        answer = self.station.send(message.action, payload)
        if message.action == "StartTransaction":
            message.local.transaction_id = int(answer["transactionId"])
        self.sent.append(message)

    def keep(self) -> None:
        """Move what has ended to the archive."""
        finished = self.station.ledger.unarchived()
        for item in finished:
            self.archive[item.transaction.transaction_id] = Transaction.from_dict(json.loads(json.dumps(item.kept)))
        self.station.ledger.archived(finished)

    def time(self) -> str:
        """Return the time as the charge point writes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")


EVENTS = st.one_of(
    st.sampled_from(
        [
            "start",
            "start",
            "meter",
            "meter",
            "stop",
            "go_offline",
            "go_online",
            "restart",
            "repeat",
            "disorder",
            "newest_first",
            "backwards",
        ]
    ),
    st.tuples(st.integers(0, 4000), st.integers(1, 240)),
)


async def tell(events: list[str | tuple[int, int]], register: int) -> Story:
    """Lead a charge point through a story."""
    story = Story(register=register)
    story.connect()
    for event in events:
        if isinstance(event, tuple):
            story.charge(*event)
        else:
            getattr(story, event)()
    story.finish()
    story.station.disconnect()
    return story


@settings(deadline=None, max_examples=300)
@given(events=st.lists(EVENTS, max_size=40), register=st.sampled_from([0, 1, 5_000, 12_345_678]))
@example(events=["start", (3000, 60), "go_offline", "stop", "start", (2000, 60), "stop", "disorder"], register=0)
@example(events=["go_offline", "start", (900, 60), "meter", "stop", "start", (700, 60), "newest_first"], register=0)
@example(
    events=["go_offline", "start", (900, 60), "meter", "stop", "start", (700, 60), "stop", "backwards"], register=9
)
@example(events=["start", "go_offline", "stop", "start", (101, 1), "stop", "start", "newest_first"], register=1)
@example(events=["start", (3000, 60), "meter", "restart", (500, 10), "repeat", "stop", "repeat"], register=5_000)
def test_the_sessions_add_up_to_what_the_meter_counted(events: list[str | tuple[int, int]], register: int) -> None:
    """To the watt-hour, and their quarters of an hour add up to them; no transaction is told twice, none is lost."""
    story = asyncio.run(tell(events, register))
    booked = list(story.archive.values())
    assert sum(item.energy for item in booked) * 1000 == pytest.approx(story.register - register, abs=0.01)
    started = {item.local.transaction_id for item in story.sent if item.action == "StartTransaction"}
    assert {int(item.transaction_id) for item in booked} == started
    for item in booked:
        assert sum(item.intervals.values()) == pytest.approx(item.energy, abs=1e-5)
        assert all(energy >= 0 for energy in item.intervals.values())
        assert item.stopped is not None
        assert item.stopped >= item.started
        assert all(
            item.started.timestamp() // 900 <= start <= item.stopped.timestamp() // 900 for start in item.intervals
        )
