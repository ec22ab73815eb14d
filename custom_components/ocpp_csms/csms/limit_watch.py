"""Whether the limits of one charge point are followed: the evidence is gathered and weighed, and what it tells of the charge point is learned.

The lower storey of `limits`, where limits are written; how evidence is weighed is in `charging.verification`.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
import logging
from typing import Any

from custom_components.ocpp_csms.charging.reapplication import Applied, Occasion
from custom_components.ocpp_csms.charging.strategies import Outcome, Search
from custom_components.ocpp_csms.charging.verification import (
    MINIMUM_CURRENT,
    SETTLE,
    Evidence,
    Verdict,
    Watch,
    ceiling,
    judge,
)

from .charge_point_state import ChargePointEnvironment, ChargePointState
from .dialect import Dialect
from .errors import CommandError
from .limit_evidence import evidence_of, measured_current, phases_in_use, says_it_switches
from .limit_writer import LimitWriter
from .model import Connector

_LOGGER = logging.getLogger(__name__)

_REPEATS = 1  # how often a limit that was followed once is told again before another way is tried


@dataclass(frozen=True, slots=True)
class Wish:
    """A limit in A per phase that waits for the budget, and the number of phases (None: as it is)."""

    amperes: float
    phases: int | None


@dataclass(slots=True)
class Held:
    """What is known of the limit of one connector."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    applied: Applied | None = None
    watch: Watch | None = None
    composite: float | None = None
    metered: bool = False  # since the write, long enough after it
    was_drawing: bool = False
    repeats: int = 0
    pause_ended_session: bool = False
    still: asyncio.Event = field(default_factory=asyncio.Event)  # no current flows
    timer: asyncio.TimerHandle | None = None
    wish: Wish | None = None
    wish_timer: asyncio.TimerHandle | None = None

    def doubt(self) -> None:
        """What was applied may not hold: it has to be told again, whatever it was."""
        self.applied = self.applied and replace(self.applied, contradicted=True)

    def stop_timers(self) -> None:
        """Tell nothing by itself any more."""
        for timer in (self.timer, self.wish_timer):
            if timer is not None:
                timer.cancel()


class LimitWatch(ABC):
    """What is known of the limits of a charge point's connectors, and the watch over them."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        mark: Callable[[int, str], None],
        reach: Callable[[], Dialect],
        stored: Mapping[str, Any],
    ) -> None:
        """`reach` returns the dialect or raises `NotConnectedError`."""
        self._point = point
        self._environment = environment
        self._mark = mark
        self._reach = reach
        self._writer = LimitWriter(point, environment, reach=reach, learned=self._learned, stored=stored)
        self._phases_followed: bool | None = stored.get("phases_followed")
        self._offer_lies: bool = stored.get("offer_lies", False)
        self._held: dict[int, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def search(self) -> Search | None:
        """What was tried and found; None before the first limit."""
        return self._writer.search

    @property
    def can_switch_phases(self) -> bool:
        """Whether the charge point says, or is known, to charge with one or three phases at will, and nothing measured speaks against it."""
        said = says_it_switches(self._point.configuration, self._point.quirks)
        return said and self._phases_followed is not False and self._point.settings.phases == 3

    def sampled(self, number: int) -> None:
        """Meter values have come: weigh whether the limit is followed."""
        held = self._held.get(number)
        if held is None or held.applied is None:
            return
        connector, settings = self._point.connectors[number], self._point.settings
        current = measured_current(connector, settings)
        if current is not None and current < 1.0:
            held.still.set()
        self._weigh_phases(connector, held.applied)
        if self._seconds() - held.applied.at >= SETTLE:
            held.metered = True
        self._weigh(number, evidence_of(connector, settings, composite=held.composite, was_drawing=held.was_drawing))

    # What the upper storey does

    @abstractmethod
    async def _quietly(self, number: int, occasion: Occasion, delay: float = 0.0) -> None:
        """Tell a limit again after a delay in s, if the occasion asks for it. Raises nothing."""

    @abstractmethod
    def _forget_phases(self, number: int) -> None:
        """The number of phases that was told means nothing to the charge point."""

    # Weighing

    async def _look_into(self, number: int, applied: Applied) -> None:
        """Gather evidence on a strategy that nothing has borne out yet: the schedule first, then two samples."""
        timing, held = self._environment.timing, self._of(number)
        await asyncio.sleep(timing.composite)
        composite = await self._composite(number, applied)
        if held.applied is not applied:
            return
        held.composite = composite
        for delay in timing.samples:
            await asyncio.sleep(delay)
            if held.applied is not applied:
                return
            await self._ask_for_meter_values(number)
            await asyncio.sleep(timing.composite)
            if held.applied is applied and not held.metered:
                # Older readings say nothing of this limit.
                self._weigh(number, Evidence(composite=held.composite, was_drawing=held.was_drawing))

    async def _composite(self, number: int, applied: Applied) -> float | None:
        """Return what the charge point says of its limit; without a transaction some leave out what holds for the next one."""
        composite = await self._writer.composite(number)
        idle = self._writer.running(number) is None
        contrary = composite is not None and composite > ceiling(applied.limit.current)
        return None if idle and contrary else composite

    async def _ask_for_meter_values(self, number: int) -> None:
        if self._point.quirks.trigger:
            try:
                await self._reach().trigger("MeterValues", number)
            except CommandError as error:
                _LOGGER.debug("%s sends no meter values for its limit: %s", self._point.identity, error)

    def _weigh(self, number: int, evidence: Evidence) -> None:
        held = self._of(number)
        if held.watch is None or held.applied is None:
            return
        held.watch, verdict = judge(held.watch, evidence, self._seconds())
        self._offer_lies = held.watch.offer_lies
        if verdict is Verdict.FOLLOWED:
            self._followed(number, held, held.applied)
        elif verdict is Verdict.CONTRADICTED:
            held.watch = None  # until the next write
            self._spawn(self._contradicted(number, held.applied))

    def _followed(self, number: int, held: Held, applied: Applied) -> None:
        held.repeats = 0
        self._show_ignored(number, ignored=False)
        # At the very top every charge point follows.
        tells = applied.limit.current <= self._point.settings.maximum_current - 1.0
        if self.search is None or not tells or not applied.as_tried:
            return
        if self.search.outcome_of(applied.strategy) is not Outcome.CONFIRMED:
            self.search.note(applied.strategy, Outcome.CONFIRMED)
            _LOGGER.info("%s follows limits as %s", self._point.identity, applied.strategy)
            self._learned()
        if self.search.improved is not None and applied.limit.fallback is not None and not held.lock.locked():
            self._spawn(self._quietly(number, Occasion.IMPROVABLE))
        if (fallback := self._writer.fallback) is not None:
            self._spawn(self._writer.lay_fallback(number, fallback, applied.strategy))

    async def _contradicted(self, number: int, applied: Applied) -> None:
        """Tell a limit that is not followed again; at the second time, or if it never was, in another way."""
        held, search = self._of(number), self.search
        if search is None or held.applied is not applied:
            return
        known = search.outcome_of(applied.strategy) is Outcome.CONFIRMED or not applied.as_tried
        held.doubt()
        _LOGGER.info("%s does not follow the limit of connector %s", self._point.identity, number)
        if known and held.repeats < _REPEATS:
            held.repeats += 1
        else:
            held.repeats = 0
            if applied.as_tried:
                search.note(applied.strategy, Outcome.IGNORED)
            self._learned()
            if search.exhausted or search.pinned or not applied.as_tried:
                # Nothing else is left to be tried: it is told again no more often than any limit.
                self._show_ignored(number, ignored=True)
                return
        await self._quietly(number, Occasion.CONTRADICTED)

    def _weigh_phases(self, connector: Connector, applied: Applied) -> None:
        """Learn whether the charge point really switches phases."""
        used = phases_in_use(connector)
        settled = self._seconds() - applied.at >= self._environment.timing.phase_switch
        if applied.limit.phases != 1 or not used or not settled or applied.limit.current < MINIMUM_CURRENT:
            return
        if self._phases_followed is not (used == 1):
            self._phases_followed = used == 1
            self._learned()
        if used != 1:
            self._forget_phases(connector.number)

    # Within

    def _show_ignored(self, number: int, *, ignored: bool) -> None:
        connector = self._point.connectors.get(number)
        if connector is not None and connector.limit_ignored is not ignored:
            connector.limit_ignored = ignored
            self._mark(number, "limit_ignored")

    def _of(self, number: int) -> Held:
        return self._held.setdefault(number, Held())

    def _seconds(self) -> float:
        return self._environment.clock().timestamp()

    def _learned(self) -> None:
        self._mark(0, "limits")
        self._environment.changed(False)
        self._point.flush()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._point.flush()
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("%s: the work on its limits failed: %r", self._point.identity, error)
