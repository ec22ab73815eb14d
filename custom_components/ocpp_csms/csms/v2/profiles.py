"""Charging profiles in the words of OCPP 2.0.1 and 2.1.

Pure: a profile in no version's words in, the payload of SetChargingProfile out. What a station says about those it takes is in
`configuration`. Source: OCPP 2.0.1 part 2, K01 and ChargingProfileType; 2.1 part 2, K01 (maxOfflineDuration).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Recurrency
from custom_components.ocpp_csms.csms.limiting.composite_schedules import read_schedule
from custom_components.ocpp_csms.csms.operations import said, time_of
from custom_components.ocpp_csms.csms.requests import CompositeSchedule
from custom_components.ocpp_csms.csms.wire.fields import connector_number, nested
from custom_components.ocpp_csms.csms.wire.timestamps import read_timestamp

PURPOSES: Mapping[Purpose, str] = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
_KINDS = {Kind.ABSOLUTE: "Absolute", Kind.RECURRING: "Recurring", Kind.RELATIVE: "Relative"}
_RECURRENCIES = {Recurrency.DAILY: "Daily", Recurrency.WEEKLY: "Weekly"}
_SCHEDULE_ID = 1  # a profile of ours has one schedule


def profile_payload(profile: ChargingProfile) -> dict[str, Any]:
    """Return the payload of SetChargingProfile (K01). EVSE 0 is the whole station."""
    return {"evseId": profile.connector, "chargingProfile": charging_profile(profile)}


def charging_profile(profile: ChargingProfile) -> dict[str, Any]:
    """Return a profile as it stands in a message.

    One that has lapsed while the station was offline stays gone (2.1): what it limited to is old by then.
    """
    schedule = said(
        id=_SCHEDULE_ID,
        startSchedule=time_of(profile.start),
        duration=profile.duration,
        chargingRateUnit=profile.unit.value,
        minChargingRate=profile.minimum_rate,
        chargingSchedulePeriod=[_period(period) for period in profile.periods],
    )
    offline = profile.max_offline_duration
    return said(
        id=profile.profile_id,
        stackLevel=profile.stack_level,
        chargingProfilePurpose=PURPOSES[profile.purpose],
        chargingProfileKind=_KINDS[profile.kind],
        recurrencyKind=None if profile.recurrency is None else _RECURRENCIES[profile.recurrency],
        validFrom=time_of(profile.valid_from),
        validTo=time_of(profile.valid_to),
        transactionId=profile.transaction_id,
        chargingSchedule=[schedule],
        maxOfflineDuration=offline,
        invalidAfterOfflineDuration=None if offline is None else True,
    )


def composite_schedule(answer: Mapping[str, Any], _parts: Sequence[object]) -> tuple[CompositeSchedule]:
    """Return what an answer to GetCompositeSchedule (K08) tells; what is left out or makes no sense is None."""
    schedule = nested(answer.get("schedule"))
    read = read_schedule(
        schedule,
        connector_number(schedule.get("evseId")),
        read_timestamp(schedule.get("scheduleStart")),
        duration=schedule.get("duration"),
    )
    return (read,)


def _period(period: Period) -> dict[str, Any]:
    """Which phase is used where it is one only is left to the station (K01.FR.19)."""
    return said(startPeriod=period.start, limit=period.limit, numberPhases=period.phases)
