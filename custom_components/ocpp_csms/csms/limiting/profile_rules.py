"""What makes a charging profile one that a charge point could obey: checked before it is sent, so that the error can say what is wrong.

Pure. Source: OCPP 1.6 §3.13 (smart charging), §7.8 (ChargingProfile), §7.13, §7.14 (schedule and periods);
2.0.1 part 2, K01.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
import math

from custom_components.ocpp_csms.charging.profiles import OWN_IDS, ChargingProfile, Kind, Purpose
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.errors import InvalidRequestError


def check_profile(profile: ChargingProfile, now: datetime) -> None:
    """Raise `InvalidRequestError` for a profile that somebody else makes and that contradicts itself, has lapsed, or has an id of ours."""
    for fault in (*_faults_of_purpose(profile), *_faults_of_schedule(profile), *_faults_of_time(profile, now)):
        raise fault


def check_capabilities(profile: ChargingProfile, capabilities: Capabilities) -> None:
    """Raise `InvalidRequestError` for a profile that the charge point says it does not take; what it does not say is not checked."""
    if capabilities.told_stack_level is not None and profile.stack_level > capabilities.told_stack_level:
        raise InvalidRequestError(
            "profile_stack_level", stack_level=profile.stack_level, maximum=capabilities.told_stack_level
        )
    if capabilities.units and profile.unit not in capabilities.units:
        raise InvalidRequestError("profile_unit", unit=profile.unit, units=", ".join(capabilities.units))
    if capabilities.periods is not None and len(profile.periods) > capabilities.periods:
        raise InvalidRequestError("profile_too_many_periods", count=len(profile.periods), maximum=capabilities.periods)


def _faults_of_purpose(profile: ChargingProfile) -> Iterator[InvalidRequestError]:
    if profile.profile_id in OWN_IDS:
        yield InvalidRequestError(
            "profile_id_reserved", profile_id=profile.profile_id, first=OWN_IDS[0], last=OWN_IDS[-1]
        )
    if profile.purpose is Purpose.STATION_MAX and profile.connector:
        yield InvalidRequestError("profile_without_connector")
    if profile.purpose is Purpose.TX and not profile.connector:
        yield InvalidRequestError("profile_needs_connector")


def _faults_of_schedule(profile: ChargingProfile) -> Iterator[InvalidRequestError]:
    starts = [period.start for period in profile.periods]
    rises = all(before < after for before, after in pairwise(starts))
    if not starts or starts[0] != 0 or not rises:
        yield InvalidRequestError("profile_periods")
    elif profile.duration is not None and starts[-1] >= profile.duration:
        yield InvalidRequestError("profile_period_late", start=starts[-1], duration=profile.duration)
    limits = [period.limit for period in profile.periods]
    limits += [] if profile.minimum_rate is None else [profile.minimum_rate]
    if not all(math.isfinite(limit) and limit >= 0 for limit in limits):
        yield InvalidRequestError("profile_limits")


def _faults_of_time(profile: ChargingProfile, now: datetime) -> Iterator[InvalidRequestError]:
    if profile.kind is Kind.RELATIVE and profile.purpose is Purpose.STATION_MAX:
        yield InvalidRequestError("profile_relative_ceiling")
    if profile.kind is Kind.RELATIVE and profile.start is not None:
        yield InvalidRequestError("profile_relative_start")
    if (profile.kind is Kind.RECURRING) != (profile.recurrency is not None):
        yield InvalidRequestError("profile_recurrency")
    if profile.kind is Kind.RECURRING and profile.start is None:
        yield InvalidRequestError("profile_recurring_start")
    if profile.valid_from is not None and profile.valid_to is not None and profile.valid_to <= profile.valid_from:
        yield InvalidRequestError("profile_never_valid")
    if (end := _end(profile)) is not None and end <= now:
        yield InvalidRequestError("profile_over")


def _end(profile: ChargingProfile) -> datetime | None:
    """Return when a profile holds no more; None: not before something else happens."""
    ends = [] if profile.valid_to is None else [profile.valid_to]
    if profile.kind is Kind.ABSOLUTE and profile.start is not None and profile.duration is not None:
        ends.append(profile.start + timedelta(seconds=profile.duration))
    return min(ends, default=None)
