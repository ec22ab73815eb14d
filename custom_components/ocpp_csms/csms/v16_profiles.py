"""A current limit as an OCPP 1.6 charging profile, in the variant that a charge point obeys.

Pure: configuration and quirks in, payload of SetChargingProfile out. Source: OCPP 1.6 §3.13, §5.16, §7.8 (ChargingProfile).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .model import ConfigurationKey
from .quirks import Quirks

PROFILE_ID = 6201
_NOMINAL_VOLTAGE = 230.0
_KEY_STACK_LEVEL = "ChargeProfileMaxStackLevel"
_KEY_RATE_UNIT = "ChargingScheduleAllowedChargingRateUnit"


@dataclass(frozen=True, slots=True)
class ProfileVariant:
    """How a limit is wrapped for one charge point."""

    purpose: str = "TxDefaultProfile"
    kind: str = "Absolute"
    stack_level: int = 0
    rate_unit: str = "A"
    number_phases: bool = False


def variant_for(quirks: Quirks, configuration: Mapping[str, ConfigurationKey]) -> ProfileVariant:
    """Choose the variant: quirks first, then what the charge point's configuration says, then the plainest."""
    return ProfileVariant(
        purpose=quirks.profile_purpose or "TxDefaultProfile",
        kind=quirks.profile_kind or "Absolute",
        stack_level=_stack_level(configuration) if quirks.stack_level is None else quirks.stack_level,
        rate_unit=quirks.rate_unit or _rate_unit(configuration),
        number_phases=quirks.number_phases,
    )


def limit_profile(
    connector: int, amperes: float, variant: ProfileVariant, *, phases: int, now: datetime
) -> dict[str, Any]:
    """Return the payload of SetChargingProfile for a limit of `amperes` per phase that holds until it is replaced.

    Limits have one decimal (OCPP 1.6 §7.13). A profile for the whole charge point goes to connector 0 (§5.16.1). Watts count all
    phases at nominal voltage.
    """
    limit = amperes if variant.rate_unit == "A" else amperes * _NOMINAL_VOLTAGE * phases
    period: dict[str, Any] = {"startPeriod": 0, "limit": round(limit, 1)}
    if variant.number_phases:
        period["numberPhases"] = phases
    schedule: dict[str, Any] = {"chargingRateUnit": variant.rate_unit, "chargingSchedulePeriod": [period]}
    if variant.kind == "Absolute":
        # A minute ago: the clock of the charge point may be a little behind ours.
        start = (now - timedelta(minutes=1)).replace(microsecond=0)
        schedule["startSchedule"] = start.isoformat().replace("+00:00", "Z")
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
    value = configuration[_KEY_STACK_LEVEL].value if _KEY_STACK_LEVEL in configuration else None
    try:
        return max(int(float(value or "0")), 0)
    except ValueError, OverflowError:
        return 0


def _rate_unit(configuration: Mapping[str, ConfigurationKey]) -> str:
    """The allowed units are listed as Current and Power (OCPP 1.6 §9.4.2); some write A and W. Amperes win."""
    value = configuration[_KEY_RATE_UNIT].value if _KEY_RATE_UNIT in configuration else None
    allowed = {part.strip().casefold() for part in (value or "").split(",")}
    watts_only = allowed & {"power", "w"} and not allowed & {"current", "a"}
    return "W" if watts_only else "A"
