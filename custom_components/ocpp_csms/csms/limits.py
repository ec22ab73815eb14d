"""The limits of one charge point: written in the way it obeys, watched, told again when they must be, and never more often than needed.

What to write and when is decided by pure functions in `charging`; here are the time, the connection and what is remembered. A limit counts
once the charge point has accepted it; whether it is followed is watched from then on, and a charge point that does not follow is told in
another way. In the background nothing raises: what fails is logged and shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import logging
from typing import Any, override

from custom_components.ocpp_csms.charging.budget import WriteKind, kind_of_change
from custom_components.ocpp_csms.charging.profiles import Limit, Purpose, Strategy, cut
from custom_components.ocpp_csms.charging.reapplication import Applied, Occasion, needs_reapply
from custom_components.ocpp_csms.charging.strategies import Outcome
from custom_components.ocpp_csms.charging.verification import MINIMUM_CURRENT, Watch

from .charge_point_state import ChargePointEnvironment, ChargePointState
from .dialect import Dialect
from .errors import CallTimeoutError, CommandError, InvalidRequestError, NotConnectedError
from .limit_evidence import concerns_a_car, measured_current, phases_in_use
from .limit_watch import Held, LimitWatch, Wish
from .limit_writer import REFUSALS, SAME
from .model import Connector

_LOGGER = logging.getLogger(__name__)

_ENDED_ON_PURPOSE = frozenset({"Remote", "Local", "DeAuthorized", "EmergencyStop", "UnlockCommand", "EVDisconnected"})
_URGENT = frozenset({Occasion.CONTRADICTED, Occasion.SWITCHED})


class Limits(LimitWatch):
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
        super().__init__(point, environment, mark=mark, reach=reach, stored=stored or {})
        self._confirmed = confirmed
        self._restart = restart
        self._unlisten: Callable[[], None] | None = None

    # What is known

    @property
    def writes(self) -> int:
        """How many profiles were ever sent."""
        return self._writer.writes

    @property
    def ceiling(self) -> float | None:
        """What the charge point as a whole was told never to exceed, in A per phase; None: nothing."""
        return self._writer.ceiling

    @property
    def lacks_dead_man(self) -> bool:
        """Whether a limit goes on for good when nobody refreshes it, though the user wants less then, and no way is left to have it."""
        return self._writer.fallback is not None and self._writer.lacks_dead_man

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {
            **self._writer.snapshot(),
            "phases_followed": self._phases_followed,
            "offer_lies": self._offer_lies,
        }

    def forget(self) -> None:
        """Start the search afresh: the firmware has changed, or the user wants it."""
        self._writer.forget()
        self._phases_followed = None
        self._offer_lies = False
        for number, held in self._held.items():
            held.applied = None
            self._show_ignored(number, ignored=False)
        self._learned()

    def pin(self, *, pinned: bool) -> None:
        """Keep to the present strategy, or not any more. Raises `InvalidRequestError("no_strategy")` before there is one."""
        if self.search is None or self.search.current is None:
            raise InvalidRequestError("no_strategy")
        self.search.pinned = pinned
        self._learned()

    # Commands

    async def set(self, number: int, amperes: float, phases: int | None = None) -> None:
        """Write a limit in A per phase; during a pause it is only kept. What waits for the budget is given up. Raises the exceptions of `errors`."""
        self.withdraw(number)
        async with self._of(number).lock:
            await self._fulfil(number, Wish(amperes, phases))

    async def request(self, number: int, amperes: float, phases: int | None = None) -> None:
        """Set a limit; if it has to wait for the budget, it is written by itself as soon as it may, unless there is a newer one by then.

        Raises `InvalidRequestError("limit_postponed")` when it has to wait, and the exceptions of `errors`.
        """
        try:
            await self.set(number, amperes, phases)
        except InvalidRequestError as error:
            if error.reason != "limit_budget":
                raise
            self._postpone(number, Wish(amperes, phases))
            raise InvalidRequestError("limit_postponed", limit=f"{amperes:g}", **error.placeholders) from error

    async def pause(self, number: int) -> None:
        """Hold at no current until `resume`; this does not end by itself."""
        target, wish = self._point.connectors[number], self._of(number).wish
        self.withdraw(number)
        async with self._of(number).lock:
            await self._apply(number, Limit(0.0, target.phases), Occasion.WISH)
            if wish is not None:  # it is the one that holds after the pause
                target.phases = wish.phases or target.phases
            self._confirmed(target, target.limit if wish is None else wish.amperes, True)

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
        for number, held in self._held.items():
            # A limit for the whole charge point holds instead of the ceiling, and so carries it.
            if held.applied is not None and held.applied.strategy.purpose is Purpose.STATION_MAX:
                await self._tell_again(number, Occasion.CONTRADICTED)

    # Occasions

    async def restore(self, occasion: Occasion) -> None:
        """Tell all limits again, as far as the occasion asks for it; what is refused now is no limit any more. Raises the first refusal."""
        if occasion is Occasion.BOOT:
            self._writer.forget_installed()
            for held in self._held.values():
                held.doubt()
        self._question_phases()
        refusal = await self._restore_ceiling(occasion)
        for number, connector in list(self._point.connectors.items()):
            self._phases_doubted(number)
            if (wish := self._of(number).wish) is not None:
                self._postpone(number, wish)
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
        self._of(number).still.set()

    def forget_connector(self, number: int) -> None:
        """A connector does not exist."""
        if (held := self._held.pop(number, None)) is not None:
            held.stop_timers()

    async def farewell(self) -> None:
        """We go: no car goes on with more than the fallback. What cannot be told now is left to the dead man."""
        fallback = self._writer.fallback
        for number, held in self._held.items():
            applied = held.applied
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
        for held in self._held.values():
            held.stop_timers()
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        for task in list(self._tasks):
            task.cancel()

    # Writing

    async def _fulfil(self, number: int, wish: Wish) -> None:
        """Write what is wished, and confirm it. The lock is held."""
        target = self._point.connectors[number]
        if not target.paused:
            await self._change(number, Limit(wish.amperes, wish.phases or target.phases, self._writer.fallback))
        if wish.phases is not None:
            target.phases = wish.phases
            self._question_phases()
        self._confirmed(target, wish.amperes, target.paused)

    async def _change(self, number: int, limit: Limit) -> None:
        """Write a limit, in two steps if the number of phases changes under current: contactors are not made for it.

        Raises `InvalidRequestError("phases_busy")` when the current does not stop. Whatever ends it half-way, what held before comes back.
        """
        held = self._of(number)
        if not self._switches_under_current(number, limit):
            await self._apply(number, limit, Occasion.WISH)
            return
        self._writer.require(WriteKind.WANTED)  # once it has begun, it does not wait
        told = held.applied.limit.phases if held.applied else None
        held.still.clear()
        try:
            await self._apply(number, Limit(0.0, told, self._writer.fallback), Occasion.WISH)
            await self._until_still(held)
            await self._apply(number, limit, Occasion.SWITCHED)
        except BaseException:
            held.doubt()
            self._tell_soon(number, Occasion.SWITCHED)
            raise

    def _switches_under_current(self, number: int, limit: Limit) -> bool:
        held, connector = self._of(number), self._point.connectors[number]
        told = held.applied.limit.phases if held.applied else None
        current = measured_current(connector, self._point.settings)
        same = limit.phases == (told or phases_in_use(connector))
        return not (limit.phases is None or same or current is None or current < 1.0)

    async def _until_still(self, held: Held) -> None:
        timing = self._environment.timing
        try:
            async with asyncio.timeout(timing.phase_switch):
                await held.still.wait()
        except TimeoutError:
            raise InvalidRequestError("phases_busy") from None
        await asyncio.sleep(timing.contactors)

    async def _apply(self, number: int, limit: Limit, occasion: Occasion) -> None:
        """Write a limit if it has to be. Raises the exceptions of `errors`."""
        held, running = self._of(number), self._writer.running(number)
        transaction_id = running.transaction_id if running else None
        self._reach()
        if not needs_reapply(occasion, held.applied, limit, self._seconds(), transaction_id=transaction_id):
            self._keep_alive(number, held.applied)
            return
        # Of what is not known the worst is assumed.
        known = held.applied if held.applied is not None and not held.applied.contradicted else None
        before = known.limit.current if known else self._point.settings.maximum_current
        kind = WriteKind.SAFETY if occasion in _URGENT else kind_of_change(before, limit.current)
        try:
            strategy = await self._writer.write(number, limit, kind)
        except CallTimeoutError, NotConnectedError, asyncio.CancelledError:
            held.doubt()  # it may have been carried out all the same
            raise
        self._accepted(number, limit, strategy, transaction_id)

    def _accepted(self, number: int, limit: Limit, strategy: Strategy, transaction_id: str | None) -> None:
        held, connector = self._of(number), self._point.connectors[number]
        current = measured_current(connector, self._point.settings)
        held.was_drawing = current is not None and current > 1.0
        held.applied = Applied(limit=limit, strategy=strategy, at=self._seconds(), transaction_id=transaction_id)
        held.watch = Watch(limit.current or strategy.pause, self._seconds(), offer_lies=self._offer_lies)
        held.composite, held.metered = None, False
        self._schedule(number, self._environment.timing.refresh)
        if limit.current < MINIMUM_CURRENT:
            held.pause_ended_session = held.pause_ended_session or transaction_id is not None
        elif held.pause_ended_session:
            held.pause_ended_session = False
            ended = connector.transaction.reason if connector.transaction else None
            if transaction_id is None and connector.plugged_in and ended not in _ENDED_ON_PURPOSE:
                self._spawn(self._start_again(number))
        if self.search is not None and self.search.outcome_of(strategy) is not Outcome.CONFIRMED:
            self._spawn(self._look_into(number, held.applied))

    async def _tell_again(self, number: int, occasion: Occasion) -> None:
        connector, held = self._point.connectors[number], self._of(number)
        async with held.lock:
            if not self._is_limited(number):
                return
            amperes = cut(self._point.settings.maximum_current) if connector.limit is None else connector.limit
            limit = Limit(amperes, connector.phases, self._writer.fallback)
            limit = Limit(0.0, connector.phases) if connector.paused else limit
            same = held.applied is not None and held.applied.limit == limit and not held.applied.contradicted
            if occasion is Occasion.RECONNECT and held.applied is not None and same:
                wanted, said = held.applied.limit.current, await self._composite(number, held.applied)
                if said is not None and abs(said - wanted) <= SAME and not held.applied.has_lapsed(self._seconds()):
                    self._keep_alive(number, held.applied)
                    return
                # Less may be what its hardware bears.
                if said is not None and said > wanted:
                    held.doubt()
            try:
                await self._apply(number, limit, occasion)
            except REFUSALS:
                held.applied = None
                self._confirmed(connector, None, False)
                raise

    def _is_limited(self, number: int) -> bool:
        """Whether there is a limit to tell; one that was written on the way to one that never came is none to stay."""
        connector = self._point.connectors[number]
        return connector.limit is not None or connector.paused or self._of(number).applied is not None

    def _tell_soon(self, number: int, occasion: Occasion, delay: float = 0.0) -> None:
        if self._point.connected and self._is_limited(number):
            self._spawn(self._quietly(number, occasion, delay))

    async def _restore_ceiling(self, occasion: Occasion) -> CommandError | None:
        """Tell the ceiling again; after a mere loss of the connection only if the charge point says that it does not hold. Return a refusal."""
        ceiling = self._writer.ceiling
        if ceiling is None:
            return None
        if occasion is Occasion.RECONNECT:
            said = await self._writer.composite_of_all()
            if said is None or said <= ceiling + SAME:
                return None
        try:
            await self._writer.restore_ceiling(ceiling)
        except NotConnectedError:
            raise
        except CommandError as error:
            if not isinstance(error, REFUSALS):
                self._spawn(self._ceiling_later())
            return error
        return None

    async def _ceiling_later(self) -> None:
        await asyncio.sleep(self._environment.timing.retry)
        try:
            error = await self._restore_ceiling(Occasion.BOOT)
        except NotConnectedError as lost:
            error = lost
        if error is not None:
            _LOGGER.info("%s: the limit of the whole charge point was not told again: %s", self._point.identity, error)

    # What waits for the budget

    def _postpone(self, number: int, wish: Wish) -> None:
        self.withdraw(number)
        held, seconds = self._of(number), self._writer.wait(WriteKind.WANTED)
        held.wish = wish
        held.wish_timer = asyncio.get_running_loop().call_later(seconds, self._wish_due, number)

    def withdraw(self, number: int) -> None:
        """Nobody wants any more what was postponed."""
        held = self._of(number)
        held.wish = None
        if held.wish_timer is not None:
            held.wish_timer.cancel()

    def _wish_due(self, number: int) -> None:
        if (wish := self._of(number).wish) is not None:
            self._spawn(self._grant(number, wish))

    async def _grant(self, number: int, wish: Wish) -> None:
        """Write what has waited. What fails for want of an answer waits on, until the next connection if there is none."""
        held = self._of(number)
        async with held.lock:
            if held.wish is not wish:
                return  # there was a newer one
            try:
                await self._fulfil(number, wish)
            except NotConnectedError:
                return
            except REFUSALS as error:
                _LOGGER.info("%s: the limit that waited was refused: %s", self._point.identity, error)
            except CommandError as error:
                _LOGGER.debug("%s: the limit that waited was not taken: %s", self._point.identity, error)
                if held.wish is wish:
                    self._postpone(number, wish)
                return
            held.wish = None

    # Phases

    @override
    def _forget_phases(self, number: int) -> None:
        connector = self._point.connectors[number]
        if connector.phases is None:
            return
        connector.phases = None
        self._confirmed(connector, connector.limit, connector.paused)
        self._tell_soon(number, Occasion.WISH)

    def _question_phases(self) -> None:
        """From now on, until the connection ends, notice when the charge point does not switch phases any more."""
        if self._unlisten is None:
            self._unlisten = self._point.listen(0, ("configuration", "settings"), self._phases_questioned)

    def _phases_questioned(self) -> None:
        for number in list(self._point.connectors):
            self._phases_doubted(number)

    def _phases_doubted(self, number: int) -> None:
        """The charge point may not switch phases any more. It tells its configuration in parts: what counts is what is so after a while."""
        if self._point.connected and self._point.connectors[number].phases is not None and not self.can_switch_phases:
            self._spawn(self._judge_phases(number))

    async def _judge_phases(self, number: int) -> None:
        await asyncio.sleep(self._environment.timing.phase_switch)
        if number in self._point.connectors and not self.can_switch_phases:
            self._forget_phases(number)

    # Again

    @override
    async def _quietly(self, number: int, occasion: Occasion, delay: float = 0.0) -> None:
        await asyncio.sleep(delay)
        try:
            await self._tell_again(number, occasion)
        except NotConnectedError:
            return
        except CommandError as error:
            _LOGGER.info("%s: the limit of connector %s was not told again: %s", self._point.identity, number, error)
            self._schedule(number, self._environment.timing.retry)

    def _schedule(self, number: int, delay: float) -> None:
        held = self._of(number)
        if held.timer is not None:
            held.timer.cancel()
        held.timer = asyncio.get_running_loop().call_later(delay, self._due, number)

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
