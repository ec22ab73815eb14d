"""Meter values as OCPP 2.x writes them (part 2, 2.33 and 2.43). What the meter shows is known to `..metering`."""

from collections.abc import Iterable
from typing import Any

from ocpp.v201.datatypes import MeterValueType, SampledValueType, UnitOfMeasureType
from ocpp.v201.enums import LocationEnumType, MeasurandEnumType, PhaseEnumType, ReadingContextEnumType

from ..connector import Connector
from ..metering import LOCATIONS, Reading, readings
from ..quirks import Quirks

_DEFAULT_UNIT = "Wh"


def sample(
    connector: Connector, measurands: Iterable[str], context: ReadingContextEnumType, timestamp: str, quirks: Quirks
) -> MeterValueType:
    """Read the measurands now. Reading the interval register starts the next interval."""
    values = [
        _sampled_value(name, reading, context, quirks)
        for name in measurands
        for reading in readings(connector, name, quirks)
    ]
    connector.interval_mark_wh = connector.register_wh
    return MeterValueType(timestamp, values)


def _sampled_value(
    measurand: str, reading: Reading, context: ReadingContextEnumType, quirks: Quirks
) -> SampledValueType:
    value, unit, phase = reading
    multiplier = quirks.multipliers.get(measurand, 0)
    return SampledValueType(
        value=round(value / 10**multiplier, 3 + multiplier),
        context=context,
        measurand=MeasurandEnumType(measurand),
        phase=None if phase is None else PhaseEnumType(phase.value),
        location=LocationEnumType(LOCATIONS[measurand].value) if measurand in LOCATIONS else LocationEnumType.outlet,
        unit_of_measure=_unit(unit, multiplier),
    )


def _unit(unit: str | None, multiplier: int) -> UnitOfMeasureType | None:
    """Return the unit; Wh is what is meant without one."""
    if unit is None or (unit == _DEFAULT_UNIT and not multiplier):
        return None
    written: Any = unit
    return UnitOfMeasureType(written, multiplier or None)
