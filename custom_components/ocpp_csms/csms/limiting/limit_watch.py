"""Whether the limits of one charge point are followed: the evidence is gathered and weighed, and what it tells of the charge point is learned.

How evidence is weighed is in `charging.verification`; a limit that is not followed is told again by `limits`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
import logging
from typing import Any

from custom_components.ocpp_csms.charging.profiles import Strategy
from custom_components.ocpp_csms.charging.reapplication import Applied, Occasion
from custom_components.ocpp_csms.charging.strategies import Outcome
from custom_components.ocpp_csms.charging.verification import (
    SETTLE,
    Evidence,
    LimitVerdict,
    Watch,
    highest_tolerated,
    judge,
)
from custom_components.ocpp_csms.charging.wiring import STANDBY_CURRENT
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import CommandError

from .limit_evidence import evidence_of, measured_current
from .limit_writer import LimitWriter

_LOGGER = logging.getLogger(__name__)

_REPEATS = 1  # how often a limit that was followed once is told again before another way is tried


@dataclass(slots=True)
class LimitState:
    """What is known of the limit of one connector."""

    number: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    applied: Applied | None = None
    watch: Watch | None = None
    composite: float | None = None
    metered: bool = False  # since the write, long enough after it
    was_drawing: bool = False
    repeats: int = 0
    pause_ended_session: bool = False
    timer: asyncio.TimerHandle | None = None

    def doubt(self) -> None:
        """What was applied may not hold: it has to be told again, whatever it was."""
        self.applied = self.applied and replace(self.applied, contradicted=True)

    def stop_timer(self) -> None:
        """Tell nothing by itself any more."""
        if self.timer is not None:
            self.timer.cancel()


class LimitWatch:
    """The watch over the limits of a charge point's connectors."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        writer: LimitWriter,
        *,
        offer_lies: bool,
        mark: Callable[[int, str], None],
        learned: Callable[[], None],
        reach: Callable[[], Dialect],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        tell_again: Callable[[int, Occasion], Coroutine[Any, Any, None]],
    ) -> None:
        """`offer_lies`: whether offers were seen to contradict the meter. `mark` tells of a changed key, `learned` of something to keep.

        `reach` returns the dialect or raises `NotConnectedError`, `spawn` runs work in the background, `tell_again` tells a limit again
        if the occasion asks for it, and raises nothing.
        """
        self.offer_lies = offer_lies
        self._point = point
        self._environment = environment
        self._writer = writer
        self._mark = mark
        self._learned = learned
        self._reach = reach
        self._spawn = spawn
        self._tell_again = tell_again

    def forget(self) -> None:
        """What was learned holds no longer."""
        self.offer_lies = False
        for number in self._point.connectors:
            self._show_ignored(number, ignored=False)

    def begin(self, state: LimitState, applied: Applied) -> None:
        """A limit was accepted: watch it instead of the one before."""
        current = measured_current(self._point.connectors[state.number], self._point.settings)
        state.was_drawing = current is not None and current > STANDBY_CURRENT
        state.watch = Watch(applied.limit.current or applied.strategy.pause, applied.at, offer_lies=self.offer_lies)
        state.composite, state.metered = None, False
        search = self._writer.search
        if search is not None and search.outcome_of(applied.strategy) is not Outcome.CONFIRMED:
            self._spawn(self._look_into(state, applied))

    def sampled(self, state: LimitState, applied: Applied) -> None:
        """Meter values have come: weigh whether the limit is followed."""
        connector, settings = self._point.connectors[state.number], self._point.settings
        if self._seconds() - applied.at >= SETTLE:
            state.metered = True
        self._weigh(state, evidence_of(connector, settings, composite=state.composite, was_drawing=state.was_drawing))

    async def composite(self, number: int, applied: Applied) -> float | None:
        """Return what the charge point says of its limit; without a transaction some leave out what holds for the next one."""
        composite = await self._writer.composite(number)
        idle = self._writer.running(number) is None
        contrary = composite is not None and composite > highest_tolerated(applied.limit.current)
        return None if idle and contrary else composite

    async def _look_into(self, state: LimitState, applied: Applied) -> None:
        """Gather evidence on a strategy that nothing has borne out yet: the schedule first, then two samples."""
        timing = self._environment.timing
        await asyncio.sleep(timing.composite)
        composite = await self.composite(state.number, applied)
        if state.applied is not applied:
            return
        state.composite = composite
        for delay in timing.samples:
            await asyncio.sleep(delay)
            if state.applied is not applied:
                return
            await self._ask_for_meter_values(state.number)
            await asyncio.sleep(timing.composite)
            if state.applied is applied and not state.metered:
                # Older readings say nothing of this limit.
                self._weigh(state, Evidence(composite=state.composite, was_drawing=state.was_drawing))

    async def _ask_for_meter_values(self, number: int) -> None:
        if self._point.quirks.trigger:
            try:
                await self._reach().trigger("MeterValues", number)
            except CommandError as error:
                _LOGGER.debug("%s sends no meter values for its limit: %s", self._point.identity, error)

    def _weigh(self, state: LimitState, evidence: Evidence) -> None:
        if state.watch is None or state.applied is None:
            return
        state.watch, verdict = judge(state.watch, evidence, self._seconds())
        self.offer_lies = state.watch.offer_lies
        if verdict is LimitVerdict.FOLLOWED:
            self._followed(state, state.applied)
        elif verdict is LimitVerdict.CONTRADICTED:
            state.watch = None  # until the next write
            self._spawn(self._contradicted(state, state.applied))

    def _followed(self, state: LimitState, applied: Applied) -> None:
        number, search = state.number, self._writer.search
        state.repeats = 0
        self._show_ignored(number, ignored=False)
        # At the very top every charge point follows.
        tells = applied.limit.current <= self._point.settings.maximum_current - 1.0
        if search is None or not tells or not applied.as_tried:
            return
        if search.outcome_of(applied.strategy) is not Outcome.CONFIRMED:
            search.note(applied.strategy, Outcome.CONFIRMED)
            _LOGGER.info("%s follows limits as %s", self._point.identity, applied.strategy)
            self._learned()
        improvable = search.improved is not None and applied.limit.fallback is not None and not state.lock.locked()
        self._spawn(self._secure(number, applied.strategy, improvable=improvable))

    async def _secure(self, number: int, strategy: Strategy, *, improvable: bool) -> None:
        """Lay the fallback below a limit that is followed; then there may be a better dead man for it: some rest on what is below."""
        if (fallback := self._writer.fallback) is not None:
            await self._writer.lay_fallback(number, fallback, strategy)
        if improvable:
            await self._tell_again(number, Occasion.IMPROVABLE)

    async def _contradicted(self, state: LimitState, applied: Applied) -> None:
        """Tell a limit that is not followed again; at the second time, or if it never was, in another way."""
        number, search = state.number, self._writer.search
        if search is None or state.applied is not applied:
            return
        known = search.outcome_of(applied.strategy) is Outcome.CONFIRMED or not applied.as_tried
        state.doubt()
        _LOGGER.info("%s does not follow the limit of connector %s", self._point.identity, number)
        if known and state.repeats < _REPEATS:
            state.repeats += 1
        else:
            state.repeats = 0
            if applied.as_tried:
                search.note(applied.strategy, Outcome.IGNORED)
            self._learned()
            if search.exhausted or search.pinned or not applied.as_tried:
                # Nothing else is left to be tried: it is told again no more often than any limit.
                self._show_ignored(number, ignored=True)
                return
        await self._tell_again(number, Occasion.CONTRADICTED)

    def _show_ignored(self, number: int, *, ignored: bool) -> None:
        connector = self._point.connectors.get(number)
        if connector is not None and connector.limit_ignored is not ignored:
            connector.limit_ignored = ignored
            self._mark(number, "limit_ignored")

    def _seconds(self) -> float:
        return self._environment.clock().timestamp()
