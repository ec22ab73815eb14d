"""A limit as a charging profile, in no version's words: three layers, and the strategy by which a charge point obeys.

Layers: a ceiling for the whole charge point (written only when the user asks for it), a fallback below everything that never expires, and
the dynamic limit, always in the same place, with a dead man: unless it is refreshed in time, the fallback holds. Dialects turn a
`ChargingProfile` into their message; which strategy is tried next is decided in `strategies`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
import math
from typing import Any

from .wiring import Wiring

DEAD_MAN = 900
"""Seconds after which the fallback holds unless the limit is refreshed."""

# The same place each time, so that a limit replaces the one before; connector numbers are added.
CEILING_ID = 6100
DYNAMIC_ID = 6201
FALLBACK_ID = 6401
OWN_IDS = range(6100, 6600)
"""No profile that somebody else installs has one of these ids."""

_CLOCK_SKEW = 60  # s: the clock of the charge point may be a little behind ours


class Purpose(StrEnum):
    """What a profile is for (OCPP 1.6 §7.11, 2.0.1 part 2 §3.10)."""

    STATION_MAX = "station_max"
    TX_DEFAULT = "tx_default"
    TX = "tx"


class Kind(StrEnum):
    """What a schedule counts from: a time, a time that comes again and again, or the start of the transaction."""

    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    RELATIVE = "relative"


class Recurrency(StrEnum):
    """How often a recurring schedule begins anew (OCPP 1.6 §7.39)."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Unit(StrEnum):
    """What a limit is given in."""

    AMPERES = "A"
    WATTS = "W"


class Expiry(StrEnum):
    """How a limit ends by itself when nobody refreshes it."""

    PERIODS = "periods"  # a second period: the fallback
    VALID_TO = "valid_to"
    DURATION = "duration"
    OFFLINE = "offline"  # OCPP 2.1, maxOfflineDuration: the charge point counts how long it has been offline, and nobody refreshes it
    NONE = "none"  # it does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How limits are wrapped for one charge point.

    `pause` is the current in A that pauses; `whole` addresses connector 0; `coarse` cuts limits to whole amperes.
    """

    purpose: Purpose = Purpose.TX_DEFAULT
    kind: Kind = Kind.ABSOLUTE
    stack_level: int = 0
    unit: Unit = Unit.AMPERES
    number_phases: bool = False
    expiry: Expiry = Expiry.PERIODS
    whole: bool = False
    pause: float = 0.0
    coarse: bool = False

    @property
    def occupies_fallback(self) -> bool:
        """Whether there is no room for a fallback below: it would stand in the same place, or hold beside the dynamic limit."""
        beside = self.whole or self.purpose is Purpose.STATION_MAX
        return beside or (self.purpose is Purpose.TX_DEFAULT and self.stack_level == 0)

    @property
    def vanishes(self) -> bool:
        """Whether a limit that ends leaves what is below it, and does not say itself what holds then."""
        return self.expiry in {Expiry.VALID_TO, Expiry.DURATION, Expiry.OFFLINE}

    def expires(self, limit: Limit) -> bool:
        """Whether such a limit ends by itself unless it is refreshed."""
        if limit.fallback is None or self.expiry in {Expiry.NONE, Expiry.OFFLINE}:
            return False
        return self.expiry is not Expiry.PERIODS or limit.fallback != limit.current

    def as_stored(self) -> dict[str, Any]:
        """Return the strategy as JSON."""
        return asdict(self)

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Strategy:
        """Restore what `as_stored` returned. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            **{
                **stored,
                "purpose": Purpose(stored["purpose"]),
                "kind": Kind(stored["kind"]),
                "unit": Unit(stored["unit"]),
                "expiry": Expiry(stored["expiry"]),
            }
        )

    def __str__(self) -> str:
        """Return the strategy as a person may read it, e.g. `tx_default absolute level 3, A, periods`."""
        where = f"{self.purpose}{' for all' if self.whole else ''} {self.kind} level {self.stack_level}"
        extras = [", phases named"] if self.number_phases else []
        extras += [f", pauses at {self.pause:g} A"] if self.pause else []
        extras += [", whole amperes"] if self.coarse else []
        return f"{where}, {self.unit}, {self.expiry}{''.join(extras)}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A wanted limit: A per phase, the number of phases (None: as it is), and the current in A that holds when nobody refreshes it."""

    current: float
    phases: int | None = None
    fallback: float | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The transaction that a profile may be for."""

    transaction_id: str
    started: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A limit from `start` seconds into the schedule on, in the schedule's unit."""

    start: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile stands: of two in the same place the later one replaces the one before (OCPP 1.6 §3.13.2)."""

    connector: int
    purpose: Purpose
    stack_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """One charging profile with one schedule (OCPP 1.6 §7.8, 7.13). Times are aware, durations in s; connector 0 is the charge point.

    `minimum_rate` is in the schedule's unit: below it the car would charge badly.
    """

    profile_id: int
    connector: int
    purpose: Purpose
    kind: Kind
    stack_level: int
    unit: Unit
    periods: tuple[Period, ...]
    start: datetime | None = None
    duration: int | None = None
    valid_to: datetime | None = None
    max_offline_duration: int | None = None
    transaction_id: str | None = None
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    minimum_rate: float | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.connector, self.purpose, self.stack_level)


def cut(limit: float) -> float:
    """Return a limit in A or W as it can be told: in steps of 0.1 (OCPP 1.6 §7.14), never more than it was.

    What arithmetic has left of it is not taken for less.
    """
    return math.floor(round(limit * 10, 5)) / 10


def under_ceiling(strategy: Strategy, limit: Limit, ceiling: float, highest_level: int) -> tuple[Strategy, Limit]:
    """Return how and what to write over a ceiling in A: of two limits for the whole charge point the higher level alone holds.

    So such a limit never says more than the ceiling, and leaves it its place where the charge point knows a level above.
    """
    if strategy.purpose is not Purpose.STATION_MAX:
        return strategy, limit
    fallback = None if limit.fallback is None else min(limit.fallback, ceiling)
    beside = replace(strategy, stack_level=max(strategy.stack_level, min(highest_level, 1)))
    return beside, replace(limit, current=min(limit.current, ceiling), fallback=fallback)


def build_profile(
    strategy: Strategy,
    limit: Limit,
    *,
    connector: int,
    now: datetime,
    wiring: Wiring,
    running: Running | None = None,
) -> ChargingProfile:
    """Return the dynamic limit of a connector.

    Without a running transaction a strategy for transactions falls back on the default of the connector. Watts are counted over the phases of
    the `wiring` when the limit does not say.
    """
    purpose = strategy.purpose
    if purpose is Purpose.TX and running is None:
        purpose = Purpose.TX_DEFAULT
    elapsed = int((now - running.started).total_seconds()) if running else 0
    # A relative schedule counts from the start of the transaction, whenever it is sent.
    offset = _CLOCK_SKEW if strategy.kind is Kind.ABSOLUTE else max(elapsed, 0)
    expires = limit.fallback is not None and strategy.expiry is not Expiry.NONE
    return ChargingProfile(
        profile_id=DYNAMIC_ID + connector,
        connector=0 if strategy.whole or purpose is Purpose.STATION_MAX else connector,
        purpose=purpose,
        kind=strategy.kind,
        stack_level=strategy.stack_level,
        unit=strategy.unit,
        periods=_periods(strategy, limit, offset, wiring),
        start=now - timedelta(seconds=_CLOCK_SKEW) if strategy.kind is Kind.ABSOLUTE else None,
        duration=offset + DEAD_MAN if expires and strategy.expiry is Expiry.DURATION else None,
        valid_to=now + timedelta(seconds=DEAD_MAN) if expires and strategy.expiry is Expiry.VALID_TO else None,
        max_offline_duration=DEAD_MAN if expires and strategy.expiry is Expiry.OFFLINE else None,
        transaction_id=running.transaction_id if running and purpose is Purpose.TX else None,
    )


def build_fallback(
    strategy: Strategy, current: float, *, connector: int, now: datetime, wiring: Wiring
) -> ChargingProfile:
    """Return what holds on a connector when the dynamic limit has gone: the lowest stack level, for ever."""
    return ChargingProfile(
        profile_id=FALLBACK_ID + connector,
        connector=connector,
        purpose=Purpose.TX_DEFAULT,
        kind=strategy.kind,
        stack_level=0,
        unit=strategy.unit,
        periods=(_period(strategy, 0, current, None, wiring),),
        start=now - timedelta(seconds=_CLOCK_SKEW) if strategy.kind is Kind.ABSOLUTE else None,
    )


def build_ceiling(unit: Unit, current: float, *, now: datetime, wiring: Wiring) -> ChargingProfile:
    """Return what all connectors together never exceed. Absolute: the specification allows no relative one (OCPP 1.6 §3.13.1)."""
    return ChargingProfile(
        profile_id=CEILING_ID,
        connector=0,
        purpose=Purpose.STATION_MAX,
        kind=Kind.ABSOLUTE,
        stack_level=0,
        unit=unit,
        periods=(_period(Strategy(unit=unit), 0, current, None, wiring),),
        start=now - timedelta(seconds=_CLOCK_SKEW),
    )


def _periods(strategy: Strategy, limit: Limit, offset: int, wiring: Wiring) -> tuple[Period, ...]:
    first = _period(strategy, 0, limit.current, limit.phases, wiring)
    if limit.fallback is None or strategy.expiry is not Expiry.PERIODS or not strategy.expires(limit):
        return (first,)
    return first, _period(strategy, offset + DEAD_MAN, limit.fallback, limit.phases, wiring)


def _period(strategy: Strategy, start: int, current: float, phases: int | None, wiring: Wiring) -> Period:
    """A limit is cut, not rounded: never more than was asked for."""
    current = (float(int(current + 1e-6)) if strategy.coarse else current) or strategy.pause
    value = current if strategy.unit is Unit.AMPERES else wiring.watts(current, phases)
    said = phases if phases is not None else wiring.phases if strategy.number_phases else None
    return Period(start, cut(value), said)
