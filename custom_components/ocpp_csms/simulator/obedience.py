"""What a charge point makes of charging profiles: those it refuses, and those it accepts and does not obey.

Pure: profiles and quirks go in. What obeyed profiles amount to is computed in `charging_profiles`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ocpp.v16.enums import ChargingProfilePurposeType as Purpose, ChargingProfileStatus

from .charging_profiles import Profile, ProfileStore
from .quirks import Quirks

_FIELDS: Mapping[str, Callable[[Profile], object]] = MappingProxyType(
    {
        "validFrom": lambda profile: profile.valid_from,
        "validTo": lambda profile: profile.valid_to,
        "transactionId": lambda profile: profile.transaction_id,
        "duration": lambda profile: profile.duration,
        "startSchedule": lambda profile: profile.start,
        "numberPhases": lambda profile: next((each.phases for each in profile.periods if each.phases), None),
    }
)
"""Optional fields of a profile by their names on the wire; None where they are missing."""


def refusal(profile: Profile, quirks: Quirks) -> ChargingProfileStatus | None:
    """Return the status with which the profile is refused for an oddity, or None."""
    by_value = quirks.refused_purposes.get(profile.purpose) or quirks.refused_kinds.get(profile.kind)
    if by_value is not None:
        return ChargingProfileStatus(by_value)
    limits = [period.limit for period in profile.periods]
    refused = (
        any(_FIELDS[name](profile) is not None for name in quirks.refused_fields)
        or (quirks.max_stack_level is not None and profile.stack_level > quirks.max_stack_level)
        or (quirks.max_periods is not None and len(profile.periods) > quirks.max_periods)
        or (quirks.needs_transaction_id and profile.purpose is Purpose.tx_profile and profile.transaction_id is None)
        or (quirks.refuses_decimals and any(limit % 1 for limit in limits))
        or (quirks.refuses_zero and 0 in limits)
    )
    return ChargingProfileStatus.rejected if refused else None


def obeyed(profiles: ProfileStore, quirks: Quirks, defaults: Sequence[tuple[int, Profile]] | None) -> ProfileStore:
    """Return the profiles that take effect.

    `defaults` are the TxDefaultProfiles that were there when the running transaction began; None without one.
    """
    if quirks.ignores_limits:
        return ProfileStore(profiles.hardware)
    installed: Sequence[tuple[int, Profile]] = profiles.installed
    if quirks.defaults_wait and defaults is not None:
        installed = [each for each in installed if each[1].purpose is not Purpose.tx_default_profile] + [*defaults]
    return ProfileStore(
        profiles.hardware,
        [(on, _understood(profile, quirks)) for on, profile in installed if not _ignored(profile, quirks)],
    )


def step_below(amperes: float, quirks: Quirks) -> float:
    """Return the current in A that is offered for a limit: the next lower one of those it can offer, else 0."""
    if not quirks.current_steps:
        return amperes
    return max((step for step in quirks.current_steps if step <= amperes), default=0.0)


def _ignored(profile: Profile, quirks: Quirks) -> bool:
    return (
        profile.purpose in quirks.ignored_purposes
        or profile.kind in quirks.ignored_kinds
        or (quirks.ignored_from_stack_level is not None and profile.stack_level >= quirks.ignored_from_stack_level)
    )


def _understood(profile: Profile, quirks: Quirks) -> Profile:
    """Return the profile without what makes no difference here."""
    if not quirks.ignores_phases:
        return profile
    return replace(profile, periods=tuple(replace(period, phases=None, phase=None) for period in profile.periods))
