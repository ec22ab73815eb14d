"""What went over the wire and what happened, kept for a while, and waiting for it without polling."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Literal


class Direction(Enum):
    """Which way a frame went, seen from the charge point."""

    sent = "→"
    received = "←"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was on the wire; `action` is that of the call, also for its answer, where it is known.

    `at` is the real time.
    """

    direction: Direction
    kind: Literal["call", "result", "error", "other"]
    action: str | None
    text: str | bytes
    at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)


class Journal:
    """The last frames, counts of finished exchanges by action, and waiters that each event wakes."""

    def __init__(self, observer: Callable[[str], None] | None = None, kept: int = 1000) -> None:
        """Keep `kept` frames; `observer` is told each event in one line."""
        self.frames: deque[Frame] = deque(maxlen=kept)
        self.exchanged: Counter[str] = Counter()
        self._observer = observer
        self._waiters: list[tuple[Callable[[], object], asyncio.Future[None]]] = []

    def frame(self, frame: Frame) -> None:
        """Record a frame."""
        self.frames.append(frame)
        text = frame.text if isinstance(frame.text, str) else repr(frame.text)
        self.note(f"{frame.direction.value} {frame.action or ''} {' '.join(text.split())}")

    def exchange(self, action: str) -> None:
        """Count a call that was answered, or one that arrived."""
        self.exchanged[action] += 1
        self.wake()

    def note(self, line: str) -> None:
        """Record an event."""
        if self._observer is not None:
            self._observer(line)
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        for predicate, waiter in self._waiters:
            if not waiter.done() and predicate():
                waiter.set_result(None)

    async def wait_for(self, predicate: Callable[[], object], timeout: float | None = 10.0) -> None:
        """Return once the predicate holds; it is asked again at each event.

        Raises TimeoutError after `timeout` seconds, None being for ever.
        """
        if predicate():
            return
        entry = (predicate, asyncio.get_running_loop().create_future())
        self._waiters.append(entry)
        try:
            async with asyncio.timeout(timeout):
                await entry[1]
        finally:
            self._waiters.remove(entry)
