"""Meter values as OCPP 1.6 writes them (sections 7.33 and 7.43). What the meter shows is known to `metering`."""

from collections.abc import Iterable
from typing import Any

from ocpp.v16.datatypes import MeterValue, SampledValue
from ocpp.v16.enums import Location, Measurand, ReadingContext, UnitOfMeasure

from ..connector import Connector
from ..metering import LOCATIONS, Reading, readings
from ..quirks import Quirks, ValueStyle


def sample(
    connector: Connector, measurands: Iterable[str], context: ReadingContext, timestamp: str, quirks: Quirks
) -> MeterValue:
    """Read the measurands now. Reading the interval register starts the next interval."""
    values = [
        _sampled_value(Measurand(name), reading, context, quirks)
        for name in measurands
        for reading in readings(connector, name, quirks)
    ]
    connector.interval_mark_wh = connector.register_wh
    return MeterValue(timestamp, values)


def register(meter_wh: int, context: ReadingContext, timestamp: str) -> MeterValue:
    """Return the register at the begin or end of a transaction, for `transactionData` (section 6.49)."""
    value = SampledValue(
        str(meter_wh),
        context,
        measurand=Measurand.energy_active_import_register,
        location=Location.outlet,
        unit=UnitOfMeasure.wh,
    )
    return MeterValue(timestamp, [value])


def _sampled_value(measurand: Measurand, reading: Reading, context: ReadingContext, quirks: Quirks) -> SampledValue:
    value, phase = reading[0], reading[2]
    unit: Any = reading[1]  # Any: a quirk may name a unit that OCPP does not know.
    return SampledValue(
        _written(value, quirks),
        context,
        measurand=measurand,
        phase=phase,
        location=LOCATIONS.get(measurand, Location.outlet),
        unit=unit,
    )


def _written(value: float, quirks: Quirks) -> Any:
    """Return the value as text, or as what a quirk makes of it."""
    rounded = round(value, 3)
    match quirks.value_style:
        case ValueStyle.number:
            return rounded
        case ValueStyle.leading_blank:
            return f" {rounded}"
        case ValueStyle.text:
            return str(rounded)
