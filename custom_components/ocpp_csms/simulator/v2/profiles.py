"""Charging profiles in the words of OCPP 2.x (part 2, 2.10 to 2.14): read from the wire into those that are obeyed.

What they amount to is computed in `..charging_profiles`, as in every version.
"""

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import (
    ChargingProfileKindType as Kind,
    ChargingProfilePurposeType as Purpose,
    ChargingRateUnitType as Unit,
    RecurrencyKind,
)

from ..charging_profiles import Period, Profile, optional_moment

PURPOSES: Mapping[str, Purpose] = {
    "ChargingStationMaxProfile": Purpose.charge_point_max_profile,
    "TxDefaultProfile": Purpose.tx_default_profile,
    "TxProfile": Purpose.tx_profile,
}
"""Those that the central system may set."""

_MOST_SCHEDULES = 3


def read_profile(wire: Mapping[str, Any]) -> Profile:
    """Read a `chargingProfile`. Raises ValueError for anything that the specification does not allow."""
    try:
        return _read(wire)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not a charging profile: {error!r}") from error


def _read(wire: Mapping[str, Any]) -> Profile:
    schedules = wire["chargingSchedule"]
    if not 1 <= len(schedules) <= _MOST_SCHEDULES:
        raise ValueError("a profile has one schedule, or up to three for the car to choose from")
    schedule = schedules[0]  # The car chooses among several by ISO 15118, which is not spoken here.
    recurrency = wire.get("recurrencyKind")
    profile = Profile(
        profile_id=int(wire["id"]),
        stack_level=int(wire["stackLevel"]),
        purpose=PURPOSES[wire["chargingProfilePurpose"]],
        kind=Kind(wire["chargingProfileKind"]),
        unit=Unit(schedule["chargingRateUnit"]),
        periods=tuple(_period(each) for each in schedule["chargingSchedulePeriod"]),
        duration=schedule.get("duration"),
        start=optional_moment(schedule.get("startSchedule")),
        recurrency=None if recurrency is None else RecurrencyKind(recurrency),
        transaction_id=wire.get("transactionId"),
        valid_from=optional_moment(wire.get("validFrom")),
        valid_to=optional_moment(wire.get("validTo")),
        max_offline=wire.get("maxOfflineDuration"),
        invalid_after_offline=bool(wire.get("invalidAfterOfflineDuration")),
        wire=dict(wire),
    )
    profile.check()
    return profile


def _period(wire: Mapping[str, Any]) -> Period:
    phases, phase = wire.get("numberPhases"), wire.get("phaseToUse")
    if phase is not None and (phases != 1 or phase not in {1, 2, 3}):
        raise ValueError("phaseToUse is 1, 2 or 3, and only with one phase (K01.FR.20)")
    return Period(int(wire["startPeriod"]), float(wire["limit"]), phases, phase)
