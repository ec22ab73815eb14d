"""Charging profiles of OCPP 1.6: which limit holds at a moment, and the composite schedule.

Pure: profiles, moments and the running transaction go in, limits come out. Rules: OCPP 1.6, sections 3.13 (smart
charging), 5.16 (SetChargingProfile), 5.5 (ClearChargingProfile) and 5.7 (GetCompositeSchedule).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ocpp.v16 import datatypes
from ocpp.v16.enums import (
    ChargingProfileKindType as Kind,
    ChargingProfilePurposeType as Purpose,
    ChargingRateUnitType as Unit,
    RecurrencyKind,
)

from .messages import read_timestamp

NOMINAL_VOLTAGE = 230.0
"""The voltage in V with which a charge point converts limits between W and A."""

_CYCLES = {RecurrencyKind.daily: timedelta(days=1), RecurrencyKind.weekly: timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Period:
    """A limit from `start` seconds into the schedule on, in the schedule's unit; `phase` is the one to use if one only."""

    start: int
    limit: float
    phases: int | None = None
    phase: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A current in A per phase, on at most `phases` phases; `phase` is the one to use if it is one only, None for any."""

    amperes: float
    phases: int
    phase: int | None = None

    def within(self, other: Limit) -> Limit:
        """Return the limit that honours both."""
        phase = self.phase if self.phase is not None else other.phase
        return Limit(min(self.amperes, other.amperes), min(self.phases, other.phases), phase)


@dataclass(frozen=True, slots=True)
class ActiveTransaction:
    """What a profile needs to know of the transaction that runs on its connector."""

    started: datetime
    transaction_id: int | str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One charging profile (OCPP 1.6, section 7.8) with its schedule (7.13) flattened into it.

    One of 2.x keeps what came over the `wire`. Since 2.1 it may hold for only `max_offline` seconds without a connection,
    and never again after that (`invalid_after_offline`).
    """

    profile_id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    unit: Unit
    periods: tuple[Period, ...]
    duration: int | None = None
    start: datetime | None = None
    recurrency: RecurrencyKind | None = None
    transaction_id: int | str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    max_offline: int | None = None
    invalid_after_offline: bool = False
    wire: Mapping[str, Any] | None = field(default=None, compare=False)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Profile:
        """Read `csChargingProfiles` or `chargingProfile` from a message.

        Raises ValueError for anything that the specification does not allow.
        """
        try:
            return cls._read(wire)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a charging profile: {error!r}") from error

    @classmethod
    def _read(cls, wire: Mapping[str, Any]) -> Profile:
        schedule = wire["chargingSchedule"]
        profile = cls(
            profile_id=int(wire["chargingProfileId"]),
            stack_level=int(wire["stackLevel"]),
            purpose=Purpose(wire["chargingProfilePurpose"]),
            kind=Kind(wire["chargingProfileKind"]),
            unit=Unit(schedule["chargingRateUnit"]),
            periods=tuple(
                Period(int(period["startPeriod"]), float(period["limit"]), period.get("numberPhases"))
                for period in schedule["chargingSchedulePeriod"]
            ),
            duration=schedule.get("duration"),
            start=optional_moment(schedule.get("startSchedule")),
            recurrency=RecurrencyKind(wire["recurrencyKind"]) if "recurrencyKind" in wire else None,
            transaction_id=wire.get("transactionId"),
            valid_from=optional_moment(wire.get("validFrom")),
            valid_to=optional_moment(wire.get("validTo")),
        )
        profile.check()
        return profile

    def check(self) -> None:
        """Raise ValueError for what makes no schedule."""
        starts = [period.start for period in self.periods]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("the periods must start at 0 and rise")
        if any(period.limit < 0 for period in self.periods) or self.stack_level < 0:
            raise ValueError("limits and stack levels are not negative")
        if any(period.phases not in {None, 1, 2, 3} for period in self.periods):
            raise ValueError("numberPhases is 1, 2 or 3")
        if self.kind is Kind.recurring and (self.recurrency is None or self.start is None):
            raise ValueError("a recurring profile needs recurrencyKind and startSchedule")

    def to_datatype(self) -> datatypes.ChargingProfile:
        """Return the profile as the `ocpp` package's data type, ready for the wire."""
        transaction_id: Any = self.transaction_id  # Any: a text in 2.x, which is not written here.
        return datatypes.ChargingProfile(
            charging_profile_id=self.profile_id,
            stack_level=self.stack_level,
            charging_profile_purpose=self.purpose,
            charging_profile_kind=self.kind,
            charging_schedule=datatypes.ChargingSchedule(
                charging_rate_unit=self.unit,
                charging_schedule_period=[
                    datatypes.ChargingSchedulePeriod(period.start, period.limit, period.phases)
                    for period in self.periods
                ],
                duration=self.duration,
                start_schedule=_text(self.start),
            ),
            transaction_id=transaction_id,
            recurrency_kind=self.recurrency,
            valid_from=_text(self.valid_from),
            valid_to=_text(self.valid_to),
        )

    def period_at(self, moment: datetime, started: datetime | None) -> Period | None:
        """Return the period in force at `moment`, for a transaction that began at `started`."""
        if (self.valid_from and moment < self.valid_from) or (self.valid_to and moment >= self.valid_to):
            return None
        offset = (moment - self._anchor(moment, started)).total_seconds()
        if offset < 0 or (self.duration is not None and offset >= self.duration):
            return None
        return [period for period in self.periods if period.start <= offset][-1]

    def changes(self, begin: datetime, end: datetime, started: datetime | None) -> Iterator[datetime]:
        """Yield the moments at which the limit may change, some of them outside of [begin, end)."""
        for bound in (self.valid_from, self.valid_to):
            if bound is not None:
                yield bound
        anchor = self._anchor(begin, started)
        cycle = _CYCLES.get(self.recurrency) if self.kind is Kind.recurring and self.recurrency else None
        while anchor < end:
            for period in self.periods:
                yield anchor + timedelta(seconds=period.start)
            if self.duration is not None:
                yield anchor + timedelta(seconds=self.duration)
            if cycle is None:
                return
            anchor += cycle

    def _anchor(self, moment: datetime, started: datetime | None) -> datetime:
        """Return the moment at which the schedule began that is running at `moment`."""
        if self.kind is Kind.relative or self.start is None:
            return started or moment
        if self.kind is Kind.absolute or self.recurrency is None or moment < self.start:
            return self.start
        cycle = _CYCLES[self.recurrency]
        return self.start + (moment - self.start) // cycle * cycle


@dataclass(slots=True)
class ProfileStore:
    """The profiles installed on a charge point, by connector (0 = the charge point).

    `hardware` is what holds without any profile.
    """

    hardware: Limit
    installed: list[tuple[int, Profile]] = field(default_factory=list)

    def install(self, connector_id: int, profile: Profile) -> None:
        """Add a profile; one with the same id, or with the same purpose and stack level, gives way to it."""
        self.installed = [
            (other_id, other)
            for other_id, other in self.installed
            if other.profile_id != profile.profile_id
            and (other_id, other.purpose, other.stack_level) != (connector_id, profile.purpose, profile.stack_level)
        ]
        self.installed.append((connector_id, profile))

    def put(self, connector_id: int, profile: Profile) -> None:
        """Add a profile; only one with the same id gives way to it (OCPP 2.0.1, K01.FR.05)."""
        self.installed = [(on, other) for on, other in self.installed if other.profile_id != profile.profile_id]
        self.installed.append((connector_id, profile))

    def clear(
        self,
        profile_id: int | None = None,
        connector_id: int | None = None,
        purpose: Purpose | None = None,
        stack_level: int | None = None,
    ) -> bool:
        """Remove the profiles that meet all the given conditions; tell whether there were any."""

        def matches(installed_on: int, profile: Profile) -> bool:
            return (
                profile_id in {None, profile.profile_id}
                and connector_id in {None, installed_on}
                and purpose in {None, profile.purpose}
                and stack_level in {None, profile.stack_level}
            )

        kept = [(on, profile) for on, profile in self.installed if not matches(on, profile)]
        removed = len(kept) < len(self.installed)
        self.installed = kept
        return removed

    def of(self, purpose: Purpose) -> list[tuple[int, Profile]]:
        """Return the profiles of a purpose, each with its connector."""
        return [(on, profile) for on, profile in self.installed if profile.purpose is purpose]

    def charge_point_limit(self, moment: datetime) -> Limit | None:
        """Return what ChargePointMaxProfile allows all connectors together at `moment`."""
        return self._stacked(Purpose.charge_point_max_profile, 0, moment, None)

    def transaction_limit(
        self, connector_id: int, moment: datetime, transaction: ActiveTransaction | None
    ) -> Limit | None:
        """Return what TxProfile, or else TxDefaultProfile, allows the connector at `moment`."""
        return (
            (self._stacked(Purpose.tx_profile, connector_id, moment, transaction) if transaction else None)
            or self._stacked(Purpose.tx_default_profile, connector_id, moment, transaction)
            or self._stacked(Purpose.tx_default_profile, 0, moment, transaction)
        )

    def limit(self, connector_id: int, moment: datetime, transaction: ActiveTransaction | None) -> Limit:
        """Return the limit of the connector when it has the charge point to itself."""
        limit = self.hardware
        if (overall := self.charge_point_limit(moment)) is not None:
            limit = limit.within(overall)
        if connector_id and (own := self.transaction_limit(connector_id, moment, transaction)) is not None:
            limit = limit.within(own)
        return limit

    def composite(
        self,
        connector_id: int,
        begin: datetime,
        duration: int,
        unit: Unit,
        transaction: ActiveTransaction | None = None,
    ) -> list[Period]:
        """Return the limits of the next `duration` seconds as periods in `unit` (A per phase, or W in all)."""
        end = begin + timedelta(seconds=duration)
        active = transaction or ActiveTransaction(begin)
        moments = {begin}
        for _, profile in self.installed:
            moments.update(moment for moment in profile.changes(begin, end, active.started) if begin < moment < end)
        periods: list[Period] = []
        for moment in sorted(moments):
            limit = self.limit(connector_id, moment, active)
            value = limit.amperes if unit is Unit.amps else limit.amperes * NOMINAL_VOLTAGE * limit.phases
            value = round(value, 1)
            if not periods or (periods[-1].limit, periods[-1].phases, periods[-1].phase) != (
                value,
                limit.phases,
                limit.phase,
            ):
                periods.append(Period(round((moment - begin).total_seconds()), value, limit.phases, limit.phase))
        return periods

    def _stacked(
        self,
        purpose: Purpose,
        connector_id: int,
        moment: datetime,
        transaction: ActiveTransaction | None,
    ) -> Limit | None:
        """Return the limit of the highest stack level that has one at `moment` (section 3.13.2)."""
        started = transaction.started if transaction else None
        candidates = [
            profile
            for on, profile in self.installed
            if profile.purpose is purpose
            and on == connector_id
            and (
                profile.transaction_id is None
                or (transaction is not None and profile.transaction_id == transaction.transaction_id)
            )
        ]
        for profile in sorted(candidates, key=lambda profile: profile.stack_level, reverse=True):
            if (period := profile.period_at(moment, started)) is not None:
                return self._converted(profile.unit, period)
        return None

    def _converted(self, unit: Unit, period: Period) -> Limit:
        phases = min(period.phases or 3, self.hardware.phases)
        amperes = period.limit if unit is Unit.amps else period.limit / (NOMINAL_VOLTAGE * phases)
        return Limit(amperes, phases, period.phase)


def optional_moment(text: str | None) -> datetime | None:
    """Read a dateTime that may be left out. Raises TypeError and ValueError."""
    return None if text is None else read_timestamp(text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
