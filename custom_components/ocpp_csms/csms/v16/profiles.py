"""Charging profiles in the words of OCPP 1.6, and what a charge point says about those it takes.

Pure: a profile in no version's words in, the payload of SetChargingProfile out; configuration in, capabilities out. Source: OCPP 1.6
§3.13, §5.16, §7.8 (ChargingProfile), §9.4 (configuration keys).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Recurrency
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.limiting.composite_schedules import UNITS, read_schedule
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.requests import CompositeSchedule
from custom_components.ocpp_csms.csms.wire.fields import connector_number, names, nested, time_text
from custom_components.ocpp_csms.csms.wire.timestamps import read_timestamp

from .configuration import integer_of, value_of

_KEY_STACK_LEVEL = "ChargeProfileMaxStackLevel"
_KEY_RATE_UNIT = "ChargingScheduleAllowedChargingRateUnit"
_KEY_PERIODS = "ChargingScheduleMaxPeriods"

PURPOSES = {
    Purpose.STATION_MAX: "ChargePointMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
_KINDS = {Kind.ABSOLUTE: "Absolute", Kind.RECURRING: "Recurring", Kind.RELATIVE: "Relative"}
_RECURRENCIES = {Recurrency.DAILY: "Daily", Recurrency.WEEKLY: "Weekly"}


def deciding_keys(quirks: Quirks) -> list[str]:
    """Return the configuration keys that decide how limits are wrapped, where no quirk does."""
    undecided = {
        _KEY_STACK_LEVEL: quirks.stack_level is None,
        _KEY_RATE_UNIT: quirks.rate_unit is None,
        _KEY_PERIODS: quirks.limit_expiry is None,
    }
    return [key for key, is_undecided in undecided.items() if is_undecided]


def capabilities_of(configuration: Mapping[str, ConfigurationKey]) -> Capabilities:
    """Return what the configuration says about profiles; what it does not say is the least."""
    listed = (UNITS.get(name.casefold()) for name in names(value_of(configuration, _KEY_RATE_UNIT)))
    periods = integer_of(configuration, _KEY_PERIODS)
    level = integer_of(configuration, _KEY_STACK_LEVEL)
    return Capabilities(
        highest_stack_level=max(level or 0, 0),
        told_stack_level=level if level is not None and level >= 0 else None,
        units=tuple(dict.fromkeys(unit for unit in listed if unit is not None)),
        periods=periods if periods is not None and periods > 0 else None,
    )


def profile_payload(profile: ChargingProfile) -> dict[str, Any]:
    """Return the payload of SetChargingProfile (§6.43)."""
    return {"connectorId": profile.connector, "csChargingProfiles": charging_profile(profile)}


def charging_profile(profile: ChargingProfile) -> dict[str, Any]:
    """Return a profile as it stands in a message (§7.8). A transaction that 1.6 cannot know is left out."""
    schedule: dict[str, Any] = {
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [_period(period) for period in profile.periods],
    }
    if profile.start is not None:
        schedule["startSchedule"] = time_text(profile.start)
    if profile.duration is not None:
        schedule["duration"] = profile.duration
    if profile.minimum_rate is not None:
        schedule["minChargingRate"] = profile.minimum_rate
    wrapped: dict[str, Any] = {
        "chargingProfileId": profile.profile_id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingProfileKind": _KINDS[profile.kind],
        "chargingSchedule": schedule,
    }
    if profile.recurrency is not None:
        wrapped["recurrencyKind"] = _RECURRENCIES[profile.recurrency]
    if profile.valid_from is not None:
        wrapped["validFrom"] = time_text(profile.valid_from)
    if profile.valid_to is not None:
        wrapped["validTo"] = time_text(profile.valid_to)
    if profile.transaction_id is not None and profile.transaction_id.isdecimal():
        wrapped["transactionId"] = int(profile.transaction_id)
    return wrapped


def composite_schedule(answer: Mapping[str, Any], _parts: Sequence[object]) -> tuple[CompositeSchedule]:
    """Return what an answer to GetCompositeSchedule (§6.22) tells; what is left out or makes no sense is None."""
    schedule = nested(answer.get("chargingSchedule"))
    read = read_schedule(
        schedule,
        connector_number(answer.get("connectorId")),
        read_timestamp(answer.get("scheduleStart")) or read_timestamp(schedule.get("startSchedule")),
        duration=schedule.get("duration"),
    )
    return (read,)


def _period(period: Period) -> dict[str, Any]:
    said = {} if period.phases is None else {"numberPhases": period.phases}
    return {"startPeriod": period.start, "limit": period.limit, **said}
