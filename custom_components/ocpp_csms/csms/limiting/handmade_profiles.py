"""Charging profiles that somebody makes by hand, beside the limits of one charge point: checked, installed, removed, and what all amount to.

Our own limits are in `limits`; their ids and places are theirs alone, and when a clearing takes them away they are told again. Times are
given and returned by our clock, and told by that of the charge point.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from custom_components.ocpp_csms.charging.profiles import OWN_IDS, ChargingProfile, Place, Purpose
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import GetChargingProfiles, InstalledProfile
from custom_components.ocpp_csms.csms.requests import (
    Answer,
    ClearProfiles,
    CompositeSchedule,
    GetCompositeSchedule,
    InstallProfile,
    Request,
)

from .limits import Limits
from .profile_rules import check_capabilities, check_profile


class HandmadeProfiles:
    """The profiles of one charge point that are not ours. All methods that await raise the exceptions of `errors`."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        limits: Limits,
        *,
        reach: Callable[[], Dialect],
        request: Callable[[Request], Awaitable[Answer]],
    ) -> None:
        """`reach` returns the dialect or raises `NotConnectedError`, `request` is the gate of the charge point."""
        self._point = point
        self._environment = environment
        self._limits = limits
        self._reach = reach
        self._request = request

    def free_stack_level(self, connector: int, purpose: Purpose) -> int:
        """Return the lowest stack level at which none of our limits stands."""
        taken = self._limits.places.values()
        return next(level for level in count() if Place(connector, purpose, level) not in taken)

    async def install(self, profile: ChargingProfile) -> None:
        """Install a profile; one for a transaction is for the one that runs on its connector.

        Raises `InvalidRequestError` for one that cannot work, `profile_needs_transaction` among them, and for one in a place of ours.
        """
        self._check(profile)
        if profile.purpose is Purpose.TX:
            running = self._point.connectors[profile.connector].running_transaction
            if running is None:
                raise InvalidRequestError("profile_needs_transaction")
            profile = replace(profile, transaction_id=running.transaction_id)
        await self._request(InstallProfile(profile=await self._tellable(profile)))

    async def for_start(self, profile: ChargingProfile) -> ChargingProfile:
        """Return a profile as it goes along with a remote start: for a transaction that has no id yet (OCPP 1.6 §5.11)."""
        self._check(profile)
        return await self._tellable(profile)

    async def clear(self, profiles: ClearProfiles) -> None:
        """Remove the profiles that all given filters fit. Limits of ours that are among them are told again."""
        if profiles.profile_id in OWN_IDS:
            raise InvalidRequestError(
                "profile_id_reserved", profile_id=profiles.profile_id, first=OWN_IDS[0], last=OWN_IDS[-1]
            )
        await self._request(profiles)
        if profiles.profile_id is None and any(_fits(place, profiles) for place in self._limits.places.values()):
            self._limits.taken_away()

    async def composite(self, request: GetCompositeSchedule) -> CompositeSchedule:
        """Return what all profiles together allow, ours among them."""
        self._check_connector(request.connector)
        answer = await self._request(request)
        schedule: CompositeSchedule = answer.items[0]
        return replace(
            schedule,
            connector=request.connector if schedule.connector is None else schedule.connector,
            start=_shifted(schedule.start, -self._point.clock_skew.value),
        )

    async def installed(self, request: GetChargingProfiles) -> Answer:
        """Return the profiles that the charge point has, ours among them, as the items of its answer."""
        answer = await self._request(request)
        skew = -self._point.clock_skew.value
        return replace(answer, items=tuple(_by_our_clock(profile, skew) for profile in answer.items))

    def _check(self, profile: ChargingProfile) -> None:
        self._check_connector(profile.connector)
        check_profile(profile, self._environment.clock())
        if profile.place in self._limits.places.values():
            raise InvalidRequestError("profile_place_taken", stack_level=profile.stack_level)

    def _check_connector(self, number: int) -> None:
        if number not in self._point.connectors:
            raise InvalidRequestError("unknown_connector", connector=number)

    async def _tellable(self, profile: ChargingProfile) -> ChargingProfile:
        """Return a profile as the charge point says it can take it, with the times of its clock."""
        check_capabilities(profile, await self._reach().limit_capabilities())
        skew = self._point.clock_skew.value
        return replace(
            profile,
            start=_shifted(profile.start, skew),
            valid_from=_shifted(profile.valid_from, skew),
            valid_to=_shifted(profile.valid_to, skew),
        )


def _fits(place: Place, profiles: ClearProfiles) -> bool:
    """Tell whether the filters fit what stands at a place (OCPP 1.6 §5.5): all that are given must."""
    return (
        profiles.connector in {None, place.connector}
        and profiles.purpose in {None, place.purpose}
        and profiles.stack_level in {None, place.stack_level}
    )


def _by_our_clock(profile: InstalledProfile, skew: timedelta) -> InstalledProfile:
    return replace(
        profile,
        valid_from=_shifted(profile.valid_from, skew),
        valid_to=_shifted(profile.valid_to, skew),
        schedules=tuple(replace(schedule, start=_shifted(schedule.start, skew)) for schedule in profile.schedules),
    )


def _shifted(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at + by
