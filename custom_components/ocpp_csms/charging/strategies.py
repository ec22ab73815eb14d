"""The search for the strategy that a charge point obeys: what to try first, what next, and what is known of each.

Pure. A refusal moves on, and so does a limit that was accepted and not followed; silence is neither. What was found holds until the
firmware changes. The order is made to get to a working strategy in few tries: each further one differs in several ways at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .profiles import Expiry, Kind, Limit, Purpose, Strategy, Unit

_BETTER_EXPIRIES = (Expiry.PERIODS, Expiry.VALID_TO, Expiry.DURATION)
_ALMOST_NOTHING = 0.1  # A: pauses where 0 is refused


class Outcome(StrEnum):
    """What became of a strategy."""

    ACCEPTED = "accepted"  # the charge point said so; nothing has borne it out yet
    CONFIRMED = "confirmed"  # current, offer or composite schedule follow
    REFUSED = "refused"
    IGNORED = "ignored"  # accepted, and not followed
    SILENT = "silent"  # no answer


_FAILED = frozenset({Outcome.REFUSED, Outcome.IGNORED})


@dataclass(frozen=True, slots=True)
class Trial:
    """A strategy that was tried, and its latest outcome."""

    strategy: Strategy
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a charge point says of itself. `units` is empty when it does not, `told_stack_level` None; `highest_stack_level` is the least then.

    `offline`: it drops a limit by itself once it has been offline for some time.
    """

    highest_stack_level: int = 0
    told_stack_level: int | None = None
    units: tuple[Unit, ...] = ()
    periods: int | None = None  # most periods in a schedule
    connectors: int = 1
    offline: bool = False

    @property
    def other_units(self) -> tuple[Unit, ...]:
        """All units that may work."""
        return self.units or (Unit.AMPERES, Unit.WATTS)


def candidates(first: Strategy, capabilities: Capabilities) -> tuple[Strategy, ...]:
    """Return the strategies worth trying, best guess first, none twice."""
    other_unit = next((unit for unit in capabilities.other_units if unit is not first.unit), first.unit)
    plain = replace(first, stack_level=0, expiry=Expiry.NONE)
    other_kind = Kind.RELATIVE if first.kind is Kind.ABSOLUTE else Kind.ABSOLUTE
    options = (
        first,
        # Stack level, kind and expiry: the commonest reasons for a refusal, all at once.
        replace(plain, kind=other_kind),
        # Purpose and unit.
        replace(plain, purpose=Purpose.TX, kind=Kind.ABSOLUTE, unit=other_unit),
        replace(plain, purpose=Purpose.TX, kind=Kind.RELATIVE),
        replace(plain, kind=other_kind, unit=other_unit),
        replace(plain, purpose=Purpose.TX, kind=Kind.ABSOLUTE),
        replace(first, expiry=Expiry.NONE),
        replace(plain, kind=first.kind, unit=other_unit),
        replace(plain, kind=first.kind, number_phases=not first.number_phases),
    )
    if capabilities.connectors > 1:
        return tuple(dict.fromkeys(options))
    # With one connector, a limit for the whole charge point is one for it.
    of_all = (
        replace(plain, purpose=Purpose.TX_DEFAULT, kind=Kind.ABSOLUTE, whole=True),
        replace(plain, purpose=Purpose.STATION_MAX, kind=Kind.ABSOLUTE),
        replace(plain, purpose=Purpose.STATION_MAX, kind=Kind.ABSOLUTE, unit=other_unit),
    )
    return tuple(dict.fromkeys(options + of_all))


def next_strategy(options: Sequence[Strategy], history: Sequence[Trial]) -> Strategy | None:
    """Return what to use now: what was borne out, else what was accepted, else the first that was not tried.

    When all have failed, the first that was at least accepted; None when all were refused.
    """
    outcomes = {trial.strategy: trial.outcome for trial in history}
    for good in (Outcome.CONFIRMED, Outcome.ACCEPTED):
        if (found := next((strategy for strategy, outcome in outcomes.items() if outcome is good), None)) is not None:
            return found
    failed = {strategy for strategy, outcome in outcomes.items() if outcome in _FAILED}
    untried = next((strategy for strategy in options if strategy not in failed), None)
    return untried or next((strategy for strategy in options if outcomes[strategy] is Outcome.IGNORED), None)


def better(strategy: Strategy, history: Sequence[Trial], capabilities: Capabilities) -> Strategy | None:
    """Return the same strategy with a dead man that has not failed with it, if it has none; else None.

    Where there is no room for a fallback below, a limit that vanishes would leave none: it has to stand higher for that. Where the charge
    point counts how long it is alone, that is the best of all: nobody has to refresh it. It is not the first to be tried: what holds when
    such a limit is ignored is the fallback, and nobody would notice.
    """
    outcomes = {trial.strategy: trial.outcome for trial in history}
    alone = replace(strategy, expiry=Expiry.OFFLINE)
    if capabilities.offline and not alone.occupies_fallback and outcomes.get(alone) in {None, Outcome.ACCEPTED}:
        return alone
    if strategy.expiry is not Expiry.NONE:
        return None
    for expiry in _BETTER_EXPIRIES:
        candidate = replace(strategy, expiry=expiry)
        if expiry is Expiry.PERIODS:
            possible = capabilities.periods is None or capabilities.periods >= 2
        else:
            if strategy.occupies_fallback:
                candidate = replace(candidate, stack_level=capabilities.highest_stack_level)
            possible = not candidate.occupies_fallback
        if possible and outcomes.get(candidate) in {None, Outcome.ACCEPTED}:
            return candidate
    return None


def concession(strategy: Strategy, limit: Limit) -> Strategy | None:
    """Return the same strategy for charge points that refuse 0 A, or parts of an ampere; None where the limit has neither."""
    if limit.current == 0 and strategy.pause == 0:
        return replace(strategy, pause=_ALMOST_NOTHING)
    parts = any(value is not None and value % 1 for value in (limit.current, limit.fallback))
    return replace(strategy, coarse=True) if parts and not strategy.coarse else None


@dataclass(slots=True)
class Search:
    """What was tried at one charge point. `pinned` keeps to the present strategy whatever becomes of it."""

    first: Strategy
    capabilities: Capabilities
    history: list[Trial]
    pinned: bool = False

    @property
    def options(self) -> tuple[Strategy, ...]:
        """All that is worth trying."""
        return candidates(self.first, self.capabilities)

    @property
    def current(self) -> Strategy | None:
        """What is used now; None when everything has failed."""
        return next_strategy(self.options, self.history)

    @property
    def outcome(self) -> Outcome | None:
        """What is known of the present strategy; None before it was tried."""
        return self.outcome_of(self.current)

    def outcome_of(self, strategy: Strategy | None) -> Outcome | None:
        """What is known of a strategy."""
        return next((trial.outcome for trial in self.history if trial.strategy == strategy), None)

    def note(self, strategy: Strategy, outcome: Outcome) -> None:
        """Keep the latest outcome of a strategy; of two that work the later one counts. A pinned one does not fail."""
        if self.pinned and outcome in _FAILED:
            return
        self.history = [trial for trial in self.history if trial.strategy != strategy]
        self.history.insert(0, Trial(strategy, outcome))

    def refuse_all(self) -> None:
        """Whatever has not worked before is refused, and need not be tried."""
        for option in self.options:
            if self.outcome_of(option) is not Outcome.CONFIRMED:
                self.note(option, Outcome.REFUSED)

    def conceded(self, before: Strategy, strategy: Strategy) -> None:
        """A strategy works with a concession only: what is known of it holds for that one."""
        known = self.outcome_of(before)
        self.history = [trial for trial in self.history if trial.strategy != before]
        self.note(strategy, Outcome.CONFIRMED if known is Outcome.CONFIRMED else Outcome.ACCEPTED)

    @property
    def improved(self) -> Strategy | None:
        """The present strategy with a dead man, where it works without and one is still to be looked for."""
        current = self.current
        if current is None or self.pinned or self.outcome is not Outcome.CONFIRMED:
            return None
        return better(current, self.history, self.capabilities)

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to try and nothing works."""
        return self.current is None or self.outcome is Outcome.IGNORED

    def attempts(self) -> Iterator[Strategy]:
        """Yield what to try in one go: the present strategy, one with a better expiry before it, and after it all that did not fail."""
        current = self.current
        if current is None:
            return
        if self.pinned:
            yield current
            return
        if (improved := self.improved) is not None:
            yield improved
        yield current
        tried = {trial.strategy for trial in self.history if trial.outcome in _FAILED} | {current}
        yield from (option for option in self.options if option not in tried)

    def as_stored(self) -> dict[str, Any]:
        """Return what was learned, as JSON."""
        return {
            "first": self.first.as_stored(),
            "highest_stack_level": self.capabilities.highest_stack_level,
            "units": list(self.capabilities.units),
            "periods": self.capabilities.periods,
            "connectors": self.capabilities.connectors,
            "offline": self.capabilities.offline,
            "pinned": self.pinned,
            "history": [[trial.strategy.as_stored(), trial.outcome] for trial in self.history],
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Search:
        """Restore what `as_stored` returned. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            first=Strategy.from_stored(stored["first"]),
            capabilities=Capabilities(
                highest_stack_level=stored["highest_stack_level"],
                units=tuple(Unit(unit) for unit in stored["units"]),
                periods=stored["periods"],
                connectors=stored["connectors"],
                offline=stored.get("offline", False),
            ),
            history=[Trial(Strategy.from_stored(item), Outcome(outcome)) for item, outcome in stored["history"]],
            pinned=stored["pinned"],
        )
