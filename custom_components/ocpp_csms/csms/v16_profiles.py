"""A current limit as an OCPP 1.6 charging profile, in the variant that a charge point obeys.

Pure: configuration and quirks in, payload of SetChargingProfile out. Source: OCPP 1.6 §3.13, §5.16, §7.8 (ChargingProfile).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .charge_point_state import ChargePointSettings
from .fields import names, time_text
from .model import ConfigurationKey
from .quirks import Quirks
from .v16_configuration import integer_of, value_of

PROFILE_ID = 6201
_KEY_STACK_LEVEL = "ChargeProfileMaxStackLevel"
_KEY_RATE_UNIT = "ChargingScheduleAllowedChargingRateUnit"


@dataclass(frozen=True, slots=True)
class ProfileVariant:
    """How a limit is wrapped for one charge point."""

    purpose: str
    kind: str
    stack_level: int
    rate_unit: str
    number_phases: bool


def deciding_keys(quirks: Quirks) -> list[str]:
    """Return the configuration keys that decide on the variant, where no quirk does."""
    undecided = {_KEY_STACK_LEVEL: quirks.stack_level is None, _KEY_RATE_UNIT: quirks.rate_unit is None}
    return [key for key, is_undecided in undecided.items() if is_undecided]


def variant_for(quirks: Quirks, configuration: Mapping[str, ConfigurationKey]) -> ProfileVariant:
    """Choose the variant: quirks first, then what the charge point's configuration says, then the plainest."""
    return ProfileVariant(
        purpose=quirks.profile_purpose,
        kind=quirks.profile_kind,
        stack_level=_stack_level(configuration) if quirks.stack_level is None else quirks.stack_level,
        rate_unit=quirks.rate_unit or _rate_unit(configuration),
        number_phases=quirks.number_phases,
    )


def limit_profile(
    connector: int, amperes: float, variant: ProfileVariant, settings: ChargePointSettings, *, now: datetime
) -> dict[str, Any]:
    """Return the payload of SetChargingProfile for a limit of `amperes` per phase that holds until it is replaced.

    Limits have one decimal (OCPP 1.6 §7.14 ChargingSchedulePeriod). A profile for the whole charge point goes to connector 0 (§5.16.1).
    """
    limit = amperes if variant.rate_unit == "A" else settings.watts(amperes)
    period: dict[str, Any] = {"startPeriod": 0, "limit": round(limit, 1)}
    if variant.number_phases:
        period["numberPhases"] = settings.phases
    schedule: dict[str, Any] = {"chargingRateUnit": variant.rate_unit, "chargingSchedulePeriod": [period]}
    if variant.kind == "Absolute":
        # A minute ago: the clock of the charge point may be a little behind ours.
        schedule["startSchedule"] = time_text(now - timedelta(minutes=1))
    return {
        "connectorId": 0 if variant.purpose == "ChargePointMaxProfile" else connector,
        "csChargingProfiles": {
            "chargingProfileId": PROFILE_ID + connector,
            "stackLevel": variant.stack_level,
            "chargingProfilePurpose": variant.purpose,
            "chargingProfileKind": variant.kind,
            "chargingSchedule": schedule,
        },
    }


def _stack_level(configuration: Mapping[str, ConfigurationKey]) -> int:
    return max(integer_of(configuration, _KEY_STACK_LEVEL) or 0, 0)


def _rate_unit(configuration: Mapping[str, ConfigurationKey]) -> str:
    """The allowed units are listed as Current and Power (OCPP 1.6 §9.4.2); some write A and W. Amperes win."""
    allowed = {name.casefold() for name in names(value_of(configuration, _KEY_RATE_UNIT))}
    watts_only = allowed & {"power", "w"} and not allowed & {"current", "a"}
    return "W" if watts_only else "A"
