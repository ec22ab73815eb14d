"""The limits of one charge point: written in the way it obeys, watched, told again when they must be, and never more often than needed.

What to write and when is decided by pure functions in `charging`; here are the time, the connection and what is remembered. How a limit is
written is in `limit_writer`, the watch in `limit_watch`, what waits in `postponed_limits`, phases are in `phase_switching`. A limit counts
once the charge point has accepted it; whether it is followed is watched from then on, and a charge point that does not follow is told in
another way. In the background nothing raises: what fails is logged and shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
import logging
from typing import Any

from custom_components.ocpp_csms.charging.budget import WriteKind, kind_of_change
from custom_components.ocpp_csms.charging.profiles import DEAD_MAN, Expiry, Limit, Place, Purpose, Strategy, cut
from custom_components.ocpp_csms.charging.reapplication import Applied, Occasion, needs_reapply
from custom_components.ocpp_csms.charging.strategies import Search
from custom_components.ocpp_csms.charging.wiring import MINIMUM_CURRENT
from custom_components.ocpp_csms.csms.background import BackgroundTasks
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import (
    REFUSALS,
    CallTimeoutError,
    CommandError,
    InvalidRequestError,
    LimitBudgetError,
    LimitPostponedError,
    NotConnectedError,
)
from custom_components.ocpp_csms.csms.model import ENDED_BY_HAND, Connector

from .limit_evidence import concerns_a_car
from .limit_watch import LimitState, LimitWatch
from .limit_writer import COMPOSITE_TOLERANCE, LimitWriter
from .phase_switching import PhaseSwitching
from .postponed_limits import PostponedLimit, PostponedLimits

_LOGGER = logging.getLogger(__name__)

_ENDED_ON_PURPOSE = ENDED_BY_HAND | {"EVDisconnected"}
_URGENT = frozenset({Occasion.CONTRADICTED, Occasion.SWITCHED})


class Limits:
    """The limits of a charge point's connectors."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        mark: Callable[[int, str], None],
        reach: Callable[[], Dialect],
        confirmed: Callable[[Connector, float | None, bool], None],
        restart: Callable[[int], Awaitable[None]],
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """`reach` returns the dialect or raises `NotConnectedError`, `confirmed` takes a limit over, `restart` starts a transaction."""
        stored = stored or {}
        self._point = point
        self._environment = environment
        self._mark = mark
        self._reach = reach
        self._confirmed = confirmed
        self._restart = restart
        self._states: dict[int, LimitState] = {}
        self._alone_since: float | None = None  # s since 1970: the connection has gone
        self._tasks = BackgroundTasks(f"{point.identity}: the work on its limits", point.flush)
        self._writer = LimitWriter(point, environment, reach=reach, learned=self._learned, stored=stored)
        self._watch = LimitWatch(
            point,
            environment,
            self._writer,
            offer_lies=stored.get("offer_lies", False),
            mark=mark,
            learned=self._learned,
            reach=reach,
            spawn=self._tasks.spawn,
            tell_again=self._tell_quietly,
        )
        self._phases = PhaseSwitching(
            point,
            environment,
            followed=stored.get("phases_followed"),
            learned=self._learned,
            give_up=self._give_phases_up,
            spawn=self._tasks.spawn,
        )
        self._postponed = PostponedLimits(
            point.identity,
            wait=lambda: self._writer.wait(WriteKind.WANTED),
            lock=lambda number: self._of(number).lock,
            write=self._fulfil,
            spawn=self._tasks.spawn,
        )

    # What is known

    @property
    def search(self) -> Search | None:
        """What was tried and found; None before the first limit."""
        return self._writer.search

    @property
    def can_switch_phases(self) -> bool:
        """Whether the charge point says, or is known, to charge with one or three phases at will, and nothing measured speaks against it."""
        return self._phases.is_possible

    def told_at(self, number: int) -> float | None:
        """When (s since 1970) the charge point was last told the limit of a connector; None: it may have forgotten it, or contradicts it."""
        applied = self._of(number).applied
        return None if applied is None or applied.contradicted else applied.at

    @property
    def writes(self) -> int:
        """How many profiles were ever sent."""
        return self._writer.writes

    @property
    def writes_today(self) -> int:
        """How many profiles were sent since `begin_day`."""
        return self._writer.writes_today

    def begin_day(self, day: date) -> None:
        """Count afresh if this is another day than the last that was begun, also in an earlier life."""
        if self._writer.begin_day(day):
            self._learned()

    @property
    def ceiling(self) -> float | None:
        """What the charge point as a whole was told never to exceed, in A per phase; None: nothing."""
        return self._writer.ceiling

    @property
    def places(self) -> Mapping[int, Place]:
        """Where the profiles of these limits stand, by their ids."""
        return self._writer.places

    @property
    def lacks_dead_man(self) -> bool:
        """Whether a limit goes on for good when nobody refreshes it, though the user wants less then, and no way is left to have it."""
        return self._writer.fallback is not None and self._writer.lacks_dead_man

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {
            **self._writer.snapshot(),
            "phases_followed": self._phases.followed,
            "offer_lies": self._watch.offer_lies,
        }

    def forget(self) -> None:
        """Start the search afresh: the firmware has changed, or the user wants it."""
        self._writer.forget()
        self._phases.forget()
        self._watch.forget()
        for state in self._states.values():
            state.applied = None
        self._learned()

    def pin(self, *, pinned: bool) -> None:
        """Keep to the present strategy, or not any more. Raises `InvalidRequestError("no_strategy")` before there is one."""
        if self.search is None or self.search.current is None:
            raise InvalidRequestError("no_strategy")
        self.search.pinned = pinned
        self._learned()

    # Commands

    async def set(self, number: int, amperes: float, phases: int | None = None) -> None:
        """Write a limit in A per phase; during a pause it is only kept. Raises the exceptions of `errors`.

        What waits for the budget is given up, but for the very same limit: that goes on waiting if it is still too early.
        """
        waiting = self._postponed.withdraw(number)
        async with self._of(number).lock:
            try:
                await self._fulfil(number, amperes, phases)
            except LimitBudgetError:
                if waiting is not None and waiting.amperes == amperes:
                    self._postponed.postpone(number, PostponedLimit(amperes, phases or waiting.phases))
                raise

    async def request(self, number: int, amperes: float, phases: int | None = None) -> None:
        """Set a limit; if it has to wait for the budget, it is written by itself as soon as it may, unless there is a newer one by then.

        Raises `LimitPostponedError` when it has to wait, and the exceptions of `errors`.
        """
        try:
            await self.set(number, amperes, phases)
        except LimitBudgetError as error:
            self._postponed.postpone(number, PostponedLimit(amperes, phases))
            raise LimitPostponedError(amperes, error.seconds) from error

    def withdraw(self, number: int) -> None:
        """Nobody wants any more what was postponed."""
        self._postponed.withdraw(number)

    async def pause(self, number: int) -> None:
        """Hold at no current until `resume`; this does not end by itself."""
        target, postponed = self._point.connectors[number], self._postponed.withdraw(number)
        async with self._of(number).lock:
            await self._apply(number, Limit(0.0, target.phases), Occasion.WISH)
            if postponed is not None:  # it is the one that holds after the pause
                target.phases = postponed.phases or target.phases
            self._confirmed(target, target.limit if postponed is None else postponed.amperes, True)

    async def resume(self, number: int) -> None:
        """Go back to the limit that held before the pause, else the highest."""
        target = self._point.connectors[number]
        async with self._of(number).lock:
            limit = cut(self._point.settings.maximum_current) if target.limit is None else target.limit
            await self._apply(number, Limit(limit, target.phases, self._writer.fallback), Occasion.WISH)
            self._confirmed(target, limit, False)

    async def set_ceiling(self, amperes: float) -> None:
        """Write what the charge point as a whole never exceeds, in A per phase."""
        await self._writer.set_ceiling(amperes)
        for number, state in self._states.items():
            # A limit for the whole charge point holds instead of the ceiling, and so carries it.
            if state.applied is not None and state.applied.strategy.purpose is Purpose.STATION_MAX:
                await self._tell_again(number, Occasion.CONTRADICTED)

    # Occasions

    async def restore(self, occasion: Occasion) -> None:
        """Tell all limits again, as far as the occasion asks for it; what is refused now is no limit any more. Raises the first refusal."""
        if occasion is Occasion.BOOT:
            self._writer.forget_installed()
            for state in self._states.values():
                state.doubt()
        self._doubt_lapsed()
        self._phases.watch()
        refusal = await self._restore_ceiling(occasion)
        for number, connector in list(self._point.connectors.items()):
            self._phases.doubt(number)
            self._postponed.go_on(number)
            if occasion is Occasion.RECONNECT and not concerns_a_car(connector):
                continue
            try:
                await self._tell_again(number, occasion)
            except NotConnectedError:
                raise
            except CommandError as error:
                self._schedule(number, self._environment.timing.retry)
                refusal = refusal or error
        if refusal is not None:
            raise refusal

    def _doubt_lapsed(self) -> None:
        """What ends by itself when the charge point is alone for too long has ended, if it was."""
        alone, self._alone_since = self._alone_since, None
        if alone is None or self._seconds() - alone < DEAD_MAN:
            return
        for state in self._states.values():
            if state.applied is not None and state.applied.strategy.expiry is Expiry.OFFLINE:
                state.doubt()

    def taken_away(self) -> None:
        """Somebody has removed what was installed: all is told again soon."""
        self._tasks.spawn(self._restore_quietly())

    def transaction_started(self, number: int) -> None:
        """A transaction has started: its limit is told within two seconds."""
        self._tell_soon(number, Occasion.TRANSACTION, self._environment.timing.transaction_settle)

    def plugged_in(self, number: int) -> None:
        """A car has come: a limit that has lapsed in the meantime is told again."""
        self._tell_soon(number, Occasion.RESUMED, self._environment.timing.transaction_settle)

    def resumed(self, number: int) -> None:
        """Charging has begun again by itself."""
        self._tell_soon(number, Occasion.RESUMED)

    def unplugged(self, number: int) -> None:
        """The car has gone: nothing is left to be resumed."""
        self._of(number).pause_ended_session = False
        self.stopped(number)

    def stopped(self, number: int) -> None:
        """No current flows any more."""
        self._phases.stopped(number)

    def sampled(self, number: int) -> None:
        """Meter values have come: they tell whether the limit is followed."""
        state = self._states.get(number)
        if state is not None and state.applied is not None:
            self._phases.sampled(self._point.connectors[number], state.applied)
            self._watch.sampled(state, state.applied)

    def forget_connector(self, number: int) -> None:
        """A connector does not exist."""
        self._phases.forget_connector(number)
        self._postponed.withdraw(number)
        if (state := self._states.pop(number, None)) is not None:
            state.stop_timer()
            state.applied = None  # nor is it looked into any more

    async def farewell(self) -> None:
        """We go: no car goes on with more than the fallback. What cannot be told now is left to the dead man."""
        fallback = self._writer.fallback
        for number, state in self._states.items():
            applied = state.applied
            charging = concerns_a_car(self._point.connectors[number])
            if fallback is None or applied is None or applied.limit.current <= fallback or not charging:
                continue
            try:
                await self._writer.send(number, Limit(fallback, applied.limit.phases), applied.strategy)
            except CommandError as error:
                _LOGGER.debug("%s: the fallback was not told at the end: %s", self._point.identity, error)

    async def clear(self) -> None:
        """Remove what was installed: the charge point is ours no longer."""
        await self._writer.clear()

    def disconnected(self) -> None:
        """The connection has gone: nothing is told or watched until the next one."""
        if self._alone_since is None:
            self._alone_since = self._seconds()
        for state in self._states.values():
            state.stop_timer()
        self._postponed.stop()
        self._phases.disconnected()
        self._tasks.cancel()

    # Writing

    async def _fulfil(self, number: int, amperes: float, phases: int | None) -> None:
        """Write what is wished, and confirm it. The lock is held."""
        target = self._point.connectors[number]
        if not target.paused:
            await self._change(number, Limit(amperes, phases or target.phases, self._writer.fallback))
        if phases is not None:
            target.phases = phases
            self._phases.watch()
        self._confirmed(target, amperes, target.paused)

    async def _change(self, number: int, limit: Limit) -> None:
        """Write a limit, in two steps if the number of phases changes under current: contactors are not made for it.

        Raises `InvalidRequestError("phases_busy")` when the current does not stop. Whatever ends it half-way, what held before comes back.
        """
        state = self._of(number)
        if not self._phases.needs_a_pause(number, state.applied, limit.phases):
            await self._apply(number, limit, Occasion.WISH)
            return
        self._writer.require(WriteKind.WANTED)  # once it has begun, it does not wait
        told = state.applied.limit.phases if state.applied else None
        self._phases.begin_pause(number)
        try:
            await self._apply(number, Limit(0.0, told, self._writer.fallback), Occasion.WISH)
            await self._phases.until_still(number)
            await self._apply(number, limit, Occasion.SWITCHED)
        except BaseException:
            state.doubt()
            self._tell_soon(number, Occasion.SWITCHED)
            raise

    async def _apply(self, number: int, limit: Limit, occasion: Occasion) -> None:
        """Write a limit if it has to be. Raises the exceptions of `errors`."""
        state, running = self._of(number), self._writer.running(number)
        transaction_id = running.transaction_id if running else None
        self._reach()
        if not needs_reapply(occasion, state.applied, limit, self._seconds(), transaction_id=transaction_id):
            self._keep_alive(number, state.applied)
            return
        # Of what is not known the worst is assumed.
        known = state.applied if state.applied is not None and not state.applied.contradicted else None
        before = known.limit.current if known else self._point.settings.maximum_current
        # What is only told again does not wait: nobody knows what the charge point does meanwhile.
        restores = occasion in _URGENT or (known is None and occasion is not Occasion.WISH)
        kind = WriteKind.SAFETY if restores else kind_of_change(before, limit.current)
        try:
            strategy = await self._writer.write(number, limit, kind)
        except CallTimeoutError, NotConnectedError, asyncio.CancelledError:
            state.doubt()  # it may have been carried out all the same
            raise
        self._accepted(number, limit, strategy, transaction_id)

    def _accepted(self, number: int, limit: Limit, strategy: Strategy, transaction_id: str | None) -> None:
        state, connector = self._of(number), self._point.connectors[number]
        state.applied = Applied(limit=limit, strategy=strategy, at=self._seconds(), transaction_id=transaction_id)
        self._schedule(number, self._environment.timing.refresh)
        if limit.current < MINIMUM_CURRENT:
            state.pause_ended_session = state.pause_ended_session or transaction_id is not None
        elif state.pause_ended_session:
            state.pause_ended_session = False
            ended = connector.transaction.reason if connector.transaction else None
            if transaction_id is None and connector.plugged_in and ended not in _ENDED_ON_PURPOSE:
                self._tasks.spawn(self._start_again(number))
        self._watch.begin(state, state.applied)

    async def _tell_again(self, number: int, occasion: Occasion) -> None:
        connector, state = self._point.connectors[number], self._of(number)
        async with state.lock:
            if not self._is_limited(number) or (occasion is Occasion.IMPROVABLE and self._is_improved(state)):
                return
            amperes = cut(self._point.settings.maximum_current) if connector.limit is None else connector.limit
            limit = Limit(amperes, connector.phases, self._writer.fallback)
            limit = Limit(0.0, connector.phases) if connector.paused else limit
            same = state.applied is not None and state.applied.limit == limit and not state.applied.contradicted
            if occasion is Occasion.RECONNECT and state.applied is not None and same:
                wanted, said = state.applied.limit.current, await self._watch.composite(number, state.applied)
                holds = said is not None and abs(said - wanted) <= COMPOSITE_TOLERANCE
                if holds and not state.applied.has_lapsed(self._seconds()):
                    self._keep_alive(number, state.applied)
                    return
                # Less may be what its hardware bears.
                if said is not None and said > wanted:
                    state.doubt()
            try:
                await self._apply(number, limit, occasion)
            except REFUSALS:
                state.applied = None
                self._confirmed(connector, None, False)
                raise

    def _is_improved(self, state: LimitState) -> bool:
        """Whether what would be better has been written already, and only has to be seen to be followed."""
        return self.search is not None and state.applied is not None and state.applied.strategy == self.search.improved

    def _is_limited(self, number: int) -> bool:
        """Whether there is a limit to tell; one that was written on the way to one that never came is none to stay."""
        connector = self._point.connectors[number]
        return connector.limit is not None or connector.paused or self._of(number).applied is not None

    def _tell_soon(self, number: int, occasion: Occasion, delay: float = 0.0) -> None:
        if self._point.connected and self._is_limited(number):
            self._tasks.spawn(self._tell_quietly(number, occasion, delay))

    async def _restore_ceiling(self, occasion: Occasion) -> CommandError | None:
        """Tell the ceiling again, later once more if it was not answered. Return what went wrong."""
        error = await self._writer.restore_ceiling(occasion)
        if error is not None and not isinstance(error, REFUSALS):
            self._tasks.spawn(self._ceiling_later())
        return error

    async def _ceiling_later(self) -> None:
        await asyncio.sleep(self._environment.timing.retry)
        try:
            error = await self._restore_ceiling(Occasion.BOOT)
        except NotConnectedError as lost:
            error = lost
        if error is not None:
            _LOGGER.info("%s: the limit of the whole charge point was not told again: %s", self._point.identity, error)

    # Again

    def _give_phases_up(self, number: int) -> None:
        """A number of phases means nothing to the charge point: as many as it takes are in force."""
        connector = self._point.connectors[number]
        if connector.phases is None:
            return
        connector.phases = None
        self._confirmed(connector, connector.limit, connector.paused)
        self._tell_soon(number, Occasion.WISH)

    async def _tell_quietly(self, number: int, occasion: Occasion, delay: float = 0.0) -> None:
        """Tell a limit again after a delay in s, if the occasion asks for it. Raises nothing."""
        await asyncio.sleep(delay)
        try:
            await self._tell_again(number, occasion)
        except NotConnectedError:
            return
        except CommandError as error:
            _LOGGER.info("%s: the limit of connector %s was not told again: %s", self._point.identity, number, error)
            self._schedule(number, self._environment.timing.retry)

    async def _restore_quietly(self) -> None:
        try:
            await self.restore(Occasion.BOOT)
        except CommandError as error:
            _LOGGER.info("%s: its limits were not all told again: %s", self._point.identity, error)

    def _schedule(self, number: int, delay: float) -> None:
        state = self._of(number)
        if state.timer is not None:
            state.timer.cancel()
        state.timer = asyncio.get_running_loop().call_later(delay, self._due, number)

    def _keep_alive(self, number: int, applied: Applied | None) -> None:
        """A limit that is left as it is has to be told again in time all the same; its timer is gone when the connection was."""
        refresh = self._environment.timing.refresh
        remaining = refresh if applied is None else applied.at + refresh - self._seconds()
        self._schedule(number, remaining if remaining > 0 else refresh)

    def _due(self, number: int) -> None:
        self._schedule(number, self._environment.timing.refresh)
        # Without a car nothing is refreshed: the limit may lapse, and is told again when one comes.
        if concerns_a_car(self._point.connectors[number]):
            self._tell_soon(number, Occasion.REFRESH)

    async def _start_again(self, number: int) -> None:
        """Some charge points end the transaction when they are paused."""
        try:
            await self._restart(number)
        except CommandError as error:
            _LOGGER.info("%s did not start again after a pause: %s", self._point.identity, error)

    # Within

    def _of(self, number: int) -> LimitState:
        return self._states.setdefault(number, LimitState(number))

    def _seconds(self) -> float:
        return self._environment.clock().timestamp()

    def _learned(self) -> None:
        self._mark(0, "limits")
        self._environment.changed(False)
        self._point.flush()
