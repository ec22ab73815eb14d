"""How limits are written to one charge point: the strategy that it obeys, the tries that find it, the budget, and the layers below and above.

What is written when, and whether it is followed, is the business of `limits`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
import logging
import math
from typing import Any

from custom_components.ocpp_csms.charging.budget import Budget, WriteKind, spend, wait
from custom_components.ocpp_csms.charging.profiles import (
    CEILING_ID,
    DYNAMIC_ID,
    FALLBACK_ID,
    ChargingProfile,
    Expiry,
    Kind,
    Limit,
    Place,
    Purpose,
    Running,
    Strategy,
    Unit,
    build_ceiling,
    build_fallback,
    build_profile,
    under_ceiling,
)
from custom_components.ocpp_csms.charging.reapplication import Occasion
from custom_components.ocpp_csms.charging.strategies import Capabilities, Outcome, Search, concession
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import (
    REFUSALS,
    CallTimeoutError,
    CommandError,
    LimitBudgetError,
    NotConnectedError,
    RefusedError,
    is_not_implemented,
)
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.requests import CompositeSchedule, GetCompositeSchedule

from .composite_schedules import first_current

_LOGGER = logging.getLogger(__name__)

_COMPOSITE_DURATION = 60  # s that a composite schedule is asked for: its beginning is what counts
COMPOSITE_TOLERANCE = 1.0
"""A between a limit and what the composite schedule says of it."""
_PURPOSES = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "ChargingStationMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}


def starting_strategy(quirks: Quirks, capabilities: Capabilities) -> Strategy:
    """Return what to try first: what is known of such charge points, then what this one says of itself, then the plainest."""
    amperes = not capabilities.units or Unit.AMPERES in capabilities.units
    unit = (Unit.AMPERES if amperes else Unit.WATTS) if quirks.rate_unit is None else Unit(quirks.rate_unit)
    single = capabilities.periods is not None and capabilities.periods < 2
    strategy = Strategy(
        purpose=_PURPOSES.get(quirks.profile_purpose, Purpose.TX_DEFAULT),
        kind=Kind.RELATIVE if quirks.profile_kind == "Relative" else Kind.ABSOLUTE,
        stack_level=capabilities.highest_stack_level if quirks.stack_level is None else quirks.stack_level,
        unit=unit,
        number_phases=quirks.number_phases,
        expiry=Expiry.PERIODS,
        pause=quirks.pause_current,
    )
    if quirks.limit_expiry is not None:
        return replace(strategy, expiry=Expiry(quirks.limit_expiry))
    if single:
        # Where there is no room for a fallback below, a limit that vanishes would leave none.
        return replace(strategy, expiry=Expiry.NONE if strategy.occupies_fallback else Expiry.VALID_TO)
    return strategy


class LimitWriter:
    """Writes limits of one charge point, and remembers how."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        reach: Callable[[], Dialect],
        learned: Callable[[], None],
        stored: Mapping[str, Any],
    ) -> None:
        """`reach` returns the dialect or raises `NotConnectedError`; `learned` is called when there is something to keep."""
        self.writes: int = stored.get("writes", 0)
        self._day: str | None = stored.get("day")
        self._writes_before: int = stored.get("writes_before", 0)  # that day
        self.ceiling: float | None = stored.get("ceiling")
        self.search = Search.from_stored(stored["search"]) if stored.get("search") else None
        self._point = point
        self._environment = environment
        self._reach = reach
        self._learned = learned
        self._fallbacks: dict[int, float] = {int(key): value for key, value in stored.get("fallbacks", {}).items()}
        self._bare: set[int] = set(stored.get("bare", ()))  # connectors whose fallback was refused
        self._installed: set[int] = set(stored.get("installed", ()))
        self._places: dict[int, Place] = {  # by the id of the profile
            int(profile_id): Place(connector, Purpose(purpose), stack_level)
            for profile_id, (connector, purpose, stack_level) in stored.get("places", {}).items()
        }
        self._tells_composite = True
        self._budget = Budget()

    @property
    def places(self) -> Mapping[int, Place]:
        """Where the profiles that the charge point has accepted stand, by their ids; what has lapsed since is among them."""
        return self._places

    @property
    def writes_today(self) -> int:
        """How many of the writes were made since the day began."""
        return self.writes - self._writes_before

    def begin_day(self, day: date) -> bool:
        """Count from here if the day is a new one; return whether it is."""
        if day.isoformat() == self._day:
            return False
        self._day, self._writes_before = day.isoformat(), self.writes
        return True

    @property
    def fallback(self) -> float | None:
        """The current in A per phase that holds when nobody refreshes a limit; None: the limit goes on."""
        fallback = self._point.settings.fallback_current
        return None if fallback is None else min(fallback, self._point.settings.maximum_current)

    @property
    def lacks_dead_man(self) -> bool:
        """Whether limits are followed only in ways in which they do not end by themselves."""
        search = self.search
        if search is None or (strategy := search.current) is None or search.outcome is not Outcome.CONFIRMED:
            return False
        bare = bool(self._bare) and strategy.vanishes
        return bare or (strategy.expiry is Expiry.NONE and search.improved is None)

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {
            "search": self.search.as_stored() if self.search else None,
            "writes": self.writes,
            "day": self._day,
            "writes_before": self._writes_before,
            "fallbacks": {str(number): value for number, value in self._fallbacks.items()},
            "bare": sorted(self._bare),
            "installed": sorted(self._installed),
            "places": {
                str(profile_id): [place.connector, place.purpose, place.stack_level]
                for profile_id, place in self._places.items()
            },
            "ceiling": self.ceiling,
        }

    def forget(self) -> None:
        """Start the search afresh."""
        self.search = None
        self._tells_composite = True
        self.forget_installed()

    def forget_installed(self) -> None:
        """Some charge points forget what is installed when they restart."""
        self._fallbacks.clear()
        self._bare.clear()

    async def write(self, number: int, limit: Limit, kind: WriteKind) -> Strategy:
        """Write a limit in the first way that is accepted, and return it. Raises the last refusal when none is, and other errors at once."""
        search = await self.learn()
        self._spend(kind)
        if search.current is None:
            search.history.clear()  # asked again, all are tried again
        await self._lay_below(search, number, limit)
        refusal: CommandError | None = None
        idle = self.running(number) is None
        for strategy in search.attempts():
            unlike = idle and strategy.purpose is Purpose.TX  # sent as a default: says nothing of the strategy
            if unlike and strategy != search.current:
                continue  # for the next transaction
            try:
                accepted = await self._concede(search, number, limit, strategy)
            except REFUSALS as error:
                refusal = error
                if is_not_implemented(error):
                    search.refuse_all()  # it knows no limits, in whatever way they are said
                    break
                if not unlike and search.outcome_of(strategy) is not Outcome.CONFIRMED:
                    search.note(strategy, Outcome.REFUSED)
                continue
            if not unlike and search.outcome_of(accepted) is not Outcome.CONFIRMED:
                search.note(accepted, Outcome.ACCEPTED)
            self._installed.add(number)
            self._learned()
            return accepted
        self._learned()
        raise refusal or RefusedError("SetChargingProfile", "Rejected")

    async def send(self, number: int, limit: Limit, strategy: Strategy) -> None:
        """Write a limit in this very way; with nothing below it, it must not vanish."""
        is_laid = number in self._fallbacks or strategy.expiry is not Expiry.OFFLINE  # the others are watched first
        if strategy.vanishes and (number in self._bare or not is_laid):
            limit = replace(limit, fallback=None)
        if self.search is not None and self.ceiling is not None:
            strategy, limit = under_ceiling(strategy, limit, self.ceiling, self.search.capabilities.highest_stack_level)
        if strategy.occupies_fallback:
            await self._clear_fallback(number)
        await self._write(
            build_profile(
                strategy,
                limit,
                connector=number,
                now=self._station_time(),
                running=self.running(number),
                wiring=self._point.settings.wiring,
            )
        )

    async def set_ceiling(self, amperes: float) -> None:
        """Write what the charge point as a whole never exceeds, in A per phase. A few times a day at most."""
        search = await self.learn()
        self._spend(WriteKind.LAYER)
        await self._write_ceiling(search, amperes)
        self.ceiling = amperes
        self._learned()

    async def restore_ceiling(self, occasion: Occasion) -> CommandError | None:
        """Write the ceiling once more, however often that was; one that is refused is none any more. Return what went wrong.

        After a mere loss of the connection only if the charge point says that it does not hold. Raises `NotConnectedError`.
        """
        ceiling = self.ceiling
        if ceiling is None or (occasion is Occasion.RECONNECT and not await self._has_forgotten(ceiling)):
            return None
        try:
            search = await self.learn()
            self._spend(WriteKind.SAFETY)
            await self._write_ceiling(search, ceiling)
        except NotConnectedError:
            raise
        except CommandError as error:
            if isinstance(error, REFUSALS):
                self.ceiling = None
                self._learned()
            return error
        return None

    async def _has_forgotten(self, ceiling: float) -> bool:
        """Whether the charge point says that it may take more than its ceiling."""
        try:
            said = await self._composite_current(0)
        except NotConnectedError:
            raise
        except CommandError as error:
            _LOGGER.debug("%s told no composite schedule of its own: %s", self._point.identity, error)
            return False
        return said is not None and said > ceiling + COMPOSITE_TOLERANCE

    async def lay_fallback(self, number: int, current: float, strategy: Strategy) -> None:
        """Write what holds when the dynamic limit has gone, once, below all else; where there is no room below, that limit carries it."""
        if strategy.occupies_fallback or self._fallbacks.get(number) == current:
            return
        try:
            self._spend(WriteKind.LAYER)
            self._fallbacks[number] = current  # also when it is refused: it is not asked again
            now, wiring = self._station_time(), self._point.settings.wiring
            await self._write(build_fallback(strategy, current, connector=number, now=now, wiring=wiring))
        except CommandError as error:
            if isinstance(error, REFUSALS):
                self._bare.add(number)
            _LOGGER.debug("%s took no fallback: %s", self._point.identity, error)
        self._learned()

    async def _lay_below(self, search: Search, number: int, limit: Limit) -> None:
        """Lay the fallback before a limit that ends with nothing but it, without anybody having seen; where it cannot be, that is no dead man."""
        for strategy in (search.current, search.improved):
            if limit.fallback is not None and strategy is not None and strategy.expiry is Expiry.OFFLINE:
                await self.lay_fallback(number, limit.fallback, strategy)
                if number in self._bare:
                    search.note(strategy, Outcome.REFUSED)

    async def _clear_fallback(self, number: int) -> None:
        """Take the fallback away whose place a limit is to have: since 2.0.1 only the same profile replaces one (K01.FR.05)."""
        if self._fallbacks.pop(number, None) is None or number in self._bare:
            return
        self._places.pop(FALLBACK_ID + number, None)
        try:
            await self._reach().clear_profile(FALLBACK_ID + number)
        except REFUSALS as error:
            _LOGGER.debug("%s: its fallback was not cleared: %s", self._point.identity, error)

    async def clear(self) -> None:
        """Remove what was installed for good: the charge point is ours no longer."""
        installed = [DYNAMIC_ID + number for number in sorted(self._installed)]
        installed += [FALLBACK_ID + number for number in sorted(self._fallbacks)]
        installed += [] if self.ceiling is None else [CEILING_ID]
        for profile_id in installed:
            try:
                await self._reach().clear_profile(profile_id)
            except CommandError as error:
                _LOGGER.debug("%s: profile %s was not cleared: %s", self._point.identity, profile_id, error)
        self._places.clear()

    async def composite(self, number: int) -> float | None:
        """Return the current in A that the charge point says is its limit now; None where it does not say."""
        if not self._tells_composite:
            return None
        try:
            return await self._composite_current(number)
        except REFUSALS:
            self._tells_composite = False
        except CommandError as error:
            _LOGGER.debug("%s told no composite schedule: %s", self._point.identity, error)
        return None

    async def _composite_current(self, number: int) -> float | None:
        """Return the current in A per phase that all profiles together allow now; None where the answer says nothing of use."""
        answer = await self._reach().request(GetCompositeSchedule(connector=number, duration=_COMPOSITE_DURATION))
        schedule: CompositeSchedule | None = next(iter(answer.items), None)
        return None if schedule is None else first_current(schedule, self._point.settings.wiring)

    def running(self, number: int) -> Running | None:
        """Return the transaction that runs on a connector."""
        running = self._point.connectors[number].running_transaction
        return None if running is None else Running(running.transaction_id, running.started)

    async def learn(self) -> Search:
        """Return the search, begun with what the charge point says of itself; one whose start was changed by the user begins anew."""
        if self.search is None:
            capabilities = await self._reach().limit_capabilities()
            self.search = self.search or Search(starting_strategy(self._point.quirks, capabilities), capabilities, [])
        connectors = max(len(self._point.connectors) - 1, 1)  # more may have become known
        capabilities = self.search.capabilities = replace(self.search.capabilities, connectors=connectors)
        first = starting_strategy(self._point.quirks, capabilities)
        if first != self.search.first and not self.search.pinned:
            self.search = Search(first, capabilities, [])
        return self.search

    async def _concede(self, search: Search, number: int, limit: Limit, strategy: Strategy) -> Strategy:
        """Write in one way, with a concession if it is refused without; return the way that was accepted. Raises the refusal."""
        try:
            await self._try(search, number, limit, strategy)
        except REFUSALS as error:
            if is_not_implemented(error) or (conceding := concession(strategy, limit)) is None:
                raise
        else:
            return strategy
        await self._try(search, number, limit, conceding)
        search.conceded(strategy, conceding)
        return conceding

    async def _try(self, search: Search, number: int, limit: Limit, strategy: Strategy) -> None:
        """Write in one way. Silence is looked into: the charge point may have done it all the same."""
        try:
            await self.send(number, limit, strategy)
        except CallTimeoutError as silence:
            before = search.outcome_of(strategy)
            if before in {None, Outcome.SILENT}:
                search.note(strategy, Outcome.SILENT)
            answers = await self._says(number, limit.current)
            if answers:
                return
            talks = answers is False or not self._tells_composite
            if talks and before is Outcome.SILENT:
                # It talks, but never answers this: the next way.
                raise RefusedError(silence.action, "no answer") from silence
            raise

    async def _says(self, number: int, current: float) -> bool | None:
        """Whether the charge point says itself that this current in A is its limit now; None where it does not say."""
        composite = await self.composite(number)
        return None if composite is None else abs(composite - current) <= COMPOSITE_TOLERANCE

    async def _write_ceiling(self, search: Search, amperes: float) -> None:
        unit = search.current.unit if search.current else Unit.AMPERES
        wiring = self._point.settings.wiring
        await self._write(build_ceiling(unit, amperes, now=self._station_time(), wiring=wiring))

    async def _write(self, profile: ChargingProfile) -> None:
        self.writes += 1
        await self._reach().set_profile(profile)
        self._places[profile.profile_id] = profile.place

    def _station_time(self) -> datetime:
        """The time by the clock of the charge point: its schedules go by that."""
        return self._environment.clock() + self._point.clock_skew.value

    def wait(self, kind: WriteKind) -> float:
        """Return for how many seconds such a write has to wait."""
        return wait(self._budget, self._environment.clock().timestamp(), kind)

    def require(self, kind: WriteKind) -> None:
        """Raise `LimitBudgetError` if such a write has to wait."""
        if (seconds := self.wait(kind)) > 0:
            raise LimitBudgetError(math.ceil(round(seconds, 3)))

    def _spend(self, kind: WriteKind) -> None:
        self.require(kind)
        self._budget = spend(self._budget, self._environment.clock().timestamp(), kind)
