"""What a charge point answers about its composite schedule: the schedule itself is written alike in all versions.

Pure. Source: OCPP 1.6 §6.22, §7.13 (ChargingSchedule), 2.0.1 part 2 CompositeScheduleType.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from custom_components.ocpp_csms.charging.profiles import Period, Unit
from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.csms.requests import CompositeSchedule
from custom_components.ocpp_csms.csms.wire.fields import nested, number

_NO_LIMIT = 1e9  # in any unit
_MOST_PERIODS = 1000  # of a composite schedule that is read
# Configuration keys list them as Current and Power (OCPP 1.6 §9.4.2); some write A and W.
UNITS: Mapping[str, Unit] = {"current": Unit.AMPERES, "a": Unit.AMPERES, "power": Unit.WATTS, "w": Unit.WATTS}


def read_schedule(
    schedule: Mapping[str, Any], connector: int | None, start: datetime | None, *, duration: Any
) -> CompositeSchedule:
    """Return what a schedule tells; what is left out or makes no sense is None, and such a period is left out."""
    periods = schedule.get("chargingSchedulePeriod")
    listed = [nested(period) for period in periods[:_MOST_PERIODS]] if isinstance(periods, list) else []
    if listed:
        listed[0] = {"startPeriod": 0, **listed[0]}  # what it begins with has no other time
    return CompositeSchedule(
        connector=connector,
        start=start,
        unit=_unit(schedule),
        duration=number(duration),
        minimum_rate=_rate(schedule.get("minChargingRate")),
        periods=tuple(period for period in map(_period, listed) if period is not None),
    )


def first_current(schedule: CompositeSchedule, wiring: Wiring) -> float | None:
    """Return the current in A per phase that a schedule begins with; None where it says nothing of use.

    Watts count over the phases that the schedule names, else over those of the `wiring`.
    """
    if not schedule.periods or schedule.unit is None:
        return None
    first = schedule.periods[0]
    return first.limit if schedule.unit is Unit.AMPERES else wiring.amperes(first.limit, first.phases)


def _unit(schedule: Mapping[str, Any]) -> Unit | None:
    return UNITS.get(str(schedule.get("chargingRateUnit")).strip().casefold())


def _period(period: Mapping[str, Any]) -> Period | None:
    start, limit = number(period.get("startPeriod")), _rate(period.get("limit"))
    phases = number(period.get("numberPhases"))
    if start is None or start < 0 or limit is None:
        return None
    return Period(start, limit, phases if phases in (1, 2, 3) else None)


def _rate(value: object) -> float | None:
    """Return a limit in either unit; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _NO_LIMIT:
        return None
    return float(value)
