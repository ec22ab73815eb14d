"""Kinds of load on a fleet of charge points: flood (the next message when the last was answered) and paced (one a second each)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
import time

from .charger import Charger

PATIENCE = 30.0  # s for the last answer

type NextMessage = Callable[[Charger], bytes]


@dataclass(frozen=True, slots=True)
class Load:
    """What the charge points saw: duration in seconds, and each message's time to the answer in seconds, sorted."""

    seconds: float
    latencies: list[float]

    @property
    def messages(self) -> int:
        """Number of messages that were answered."""
        return len(self.latencies)


def sample(charger: Charger) -> bytes:
    """Return the next sample of a charge."""
    return charger.sample()


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0…1) of the sorted values lie; 0 when there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def flood(chargers: Sequence[Charger], seconds: float, message: NextMessage) -> Load:
    """Let each charge point send its next message as soon as the last one is answered. Raises TimeoutError if one is not."""
    latencies: list[float] = []
    over = asyncio.get_running_loop().create_future()
    running = len(chargers)
    begin = time.perf_counter()
    end = begin + seconds

    def answered(charger: Charger, _: bytes) -> None:
        nonlocal running
        now = time.perf_counter()
        latencies.append(now - charger.sent)
        if now < end:
            charger.request(message(charger), answered)
            return
        running -= 1
        if not running:
            over.set_result(None)

    for charger in chargers:
        charger.request(message(charger), answered)
    async with asyncio.timeout(seconds + PATIENCE):
        await over
    return Load(time.perf_counter() - begin, sorted(latencies))


async def pace(chargers: Sequence[Charger], seconds: float, message: NextMessage) -> Load:
    """Let each charge point send one message a second, evenly staggered. Raises TimeoutError if one is not answered."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []

    def answered(charger: Charger, _: bytes) -> None:
        latencies.append(time.perf_counter() - charger.sent)

    begin = time.perf_counter()
    start = loop.time()
    sent = 0
    for second in range(round(seconds)):
        for position, charger in enumerate(chargers):
            await asyncio.sleep(start + second + position / len(chargers) - loop.time())
            charger.request(message(charger), answered)
            sent += 1
    async with asyncio.timeout(PATIENCE):
        while len(latencies) < sent:
            await asyncio.sleep(0.01)
    return Load(time.perf_counter() - begin, sorted(latencies))
