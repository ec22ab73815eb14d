"""What is measured inside the core's process: processor time, lag of the event loop, memory, and an audit of how messages are handled.

An audit (state writes, executor hops) costs time of its own, so its windows are never used for processor time.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Executor
import ctypes
from dataclasses import dataclass, field
from functools import partial
import gc
from itertools import pairwise
import logging
from pathlib import Path
import resource
import time
from typing import Any, override

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback

from .load import percentile

LAG_INTERVAL = 0.01  # seconds


class LagProbe:
    """How late the event loop calls back, asked a hundred times a second."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start asking."""
        self._loop = loop
        self._lags: list[float] = []
        self._due = loop.time() + LAG_INTERVAL
        self._handle = loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        self._lags.append(now - self._due)
        self._due = now + LAG_INTERVAL
        self._handle = self._loop.call_at(self._due, self._tick)

    def stop(self) -> dict[str, float]:
        """Stop asking; return the lag's 99th percentile and maximum in seconds."""
        self._handle.cancel()
        lags = sorted(self._lags)
        return {"lag_p99": percentile(lags, 0.99), "lag_max": percentile(lags, 1)}


class Window:
    """Processor time of the whole process, and loop lag, between two moments."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin the window."""
        self._lag = LagProbe(loop)
        self._began = time.perf_counter()
        self._processor = time.process_time()

    def stop_lag(self) -> dict[str, float]:
        """End the load: what comes after it is work that was put off."""
        return {"wall": time.perf_counter() - self._began, **self._lag.stop()}

    def processor(self) -> float:
        """Return the processor time of all threads since the window began, in seconds."""
        return time.process_time() - self._processor


@dataclass
class Audit:
    """Counts of state writes and executor hops while it runs."""

    hass: HomeAssistant
    changed: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    hops: Counter[str] = field(default_factory=Counter)
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _stop: list[Callable[[], None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to count."""
        listen = self.hass.bus.async_listen
        self._stop = [
            listen(EVENT_STATE_CHANGED, self._on_changed),
            listen(EVENT_STATE_REPORTED, self._on_reported, event_filter=_everything),
            _watch_executor(self.hass.loop, self.hops),
        ]

    def stop(self) -> dict[str, Any]:
        """End; return writes that changed a state, writes that did not, hops by function, and the most frequent write of a measurement."""
        for stop in self._stop:
            stop()
        return {
            "changed": self.changed.total(),
            "reported": self.reported.total(),
            "hops": dict(self.hops),
            "shortest_interval": min(map(_shortest_interval, self.times.values()), default=0.0),
        }

    @callback
    def _on_changed(self, event: Event[Any]) -> None:
        state = event.data["new_state"]
        self.changed[state.entity_id] += 1
        if "unit_of_measurement" in state.attributes:
            self.times[state.entity_id].append(self.hass.loop.time())

    @callback
    def _on_reported(self, event: Event[Any]) -> None:
        self.reported[event.data["entity_id"]] += 1


@callback
def _everything(_: object) -> bool:
    return True


def _shortest_interval(times: list[float]) -> float:
    return min((later - earlier for earlier, later in pairwise(times)), default=float("inf"))


def _watch_executor(loop: asyncio.AbstractEventLoop, hops: Counter[str]) -> Callable[[], None]:
    """Count by name what is handed to executors; return the function that ends it."""
    original = loop.run_in_executor

    def counted[*Ts, T](executor: Executor | None, function: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        target = function.func if isinstance(function, partial) else function
        hops[getattr(target, "__qualname__", repr(target))] += 1
        return original(executor, function, *args)

    loop.run_in_executor = counted  # type: ignore[assignment, method-assign]  # an observer for the time of the audit

    def stop() -> None:
        loop.run_in_executor = original  # type: ignore[method-assign]  # back to what it was

    return stop


class Complaints(logging.Handler):
    """Everything logged at warning or above, and which of it comes from Home Assistant's detectors.

    The detectors report a place in the code once, so this listens from the start of the process.
    """

    def __init__(self) -> None:
        """Create the handler; add it to the root logger."""
        super().__init__(logging.WARNING)
        self.blocking: list[str] = []
        self.deprecated: list[str] = []
        self.errors: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Sort one record."""
        message = record.getMessage()
        if "blocking call" in message:
            self.blocking.append(message)
        elif "deprecated" in message or "will stop working" in message or record.name == "homeassistant.helpers.frame":
            self.deprecated.append(message)
        elif record.levelno >= logging.ERROR:
            self.errors.append(message)

    def as_dict(self) -> dict[str, list[str]]:
        """Return the messages by kind."""
        return {"blocking": self.blocking, "deprecated": self.deprecated, "errors": self.errors}


def resident_memory() -> int:
    """Return the process's resident memory in bytes, after collecting garbage and giving free memory back. Linux only; blocks."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # glibc; musl has no such call
        libc.malloc_trim(0)
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
