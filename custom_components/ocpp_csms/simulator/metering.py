"""Meter values: what the meter of a connector shows, written the way the charge point writes it.

Pure: an outlet and the quirks go in, the `ocpp` package's data types come out (OCPP 1.6, sections 7.33 and 7.43).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ocpp.v16.datatypes import MeterValue, SampledValue
from ocpp.v16.enums import Location, Measurand, Phase, ReadingContext, UnitOfMeasure

from .connector import Connector
from .physics import Outlet
from .quirks import OfferedReading, Quirks, ValueStyle

_LINES = (Phase.l1, Phase.l2, Phase.l3)
_LINES_TO_NEUTRAL = (Phase.l1_n, Phase.l2_n, Phase.l3_n)

_KILO = frozenset({"kWh", "kW"})

type Reading = tuple[float, str | None, Phase | None]
"""Value, unit (None: the measurand has none) and phase."""


def _currents(outlet: Outlet) -> list[Reading]:
    return [(value, "A", phase) for phase, value in zip(_LINES, outlet.currents, strict=False)]


def _voltages(outlet: Outlet) -> list[Reading]:
    return [(value, "V", phase) for phase, value in zip(_LINES_TO_NEUTRAL, outlet.voltages, strict=False)]


def _state_of_charge(outlet: Outlet) -> list[Reading]:
    return [] if outlet.car is None else [(outlet.car.soc, "Percent", None)]


_METERS: Mapping[Measurand, Callable[[Outlet], list[Reading]]] = MappingProxyType(
    {
        Measurand.power_active_import: lambda outlet: [(outlet.power, "W", None)],
        Measurand.power_factor: lambda _outlet: [(1.0, None, None)],
        Measurand.current_import: _currents,
        Measurand.voltage: _voltages,
        Measurand.frequency: lambda _outlet: [(50.0, None, None)],
        Measurand.temperature: lambda outlet: [(outlet.temperature, "Celsius", None)],
        Measurand.soc: _state_of_charge,
    }
)

_LOCATIONS = {Measurand.soc: Location.ev, Measurand.temperature: Location.body}


def sample(
    connector: Connector, measurands: Iterable[str], context: ReadingContext, timestamp: str, quirks: Quirks
) -> MeterValue:
    """Read the measurands now. Reading the interval register starts the next interval."""
    values = [
        _sampled_value(Measurand(name), reading, context, quirks)
        for name in measurands
        for reading in _readings(connector, Measurand(name), quirks)
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


def _readings(connector: Connector, measurand: Measurand, quirks: Quirks) -> Iterator[Reading]:
    if measurand is Measurand.energy_active_import_register:
        yield _register_reading(connector, quirks), "Wh", None
    elif measurand is Measurand.energy_active_import_interval:
        yield connector.register_wh - connector.interval_mark_wh, "Wh", None
    elif measurand in {Measurand.current_offered, Measurand.power_offered}:
        yield from _offered(connector, measurand, quirks)
    else:
        yield from _METERS[measurand](connector.outlet)


def _offered(connector: Connector, measurand: Measurand, quirks: Quirks) -> Iterator[Reading]:
    outlet = connector.outlet
    match quirks.offered_reading:
        case OfferedReading.missing:
            return
        case OfferedReading.hardware:
            amperes = outlet.max_current
        case OfferedReading.promise:
            amperes = connector.promised
        case OfferedReading.truth:
            amperes = outlet.limit
    if measurand is Measurand.current_offered:
        yield amperes, "A", None
    else:
        yield amperes * sum(outlet.voltages[: outlet.phases]), "W", None


def _register_reading(connector: Connector, quirks: Quirks) -> float:
    connector.samples += 1
    if quirks.register_glitch_every and connector.samples % quirks.register_glitch_every == 0:
        return 0.0
    if quirks.session_register and connector.transaction is not None:
        return connector.register_wh - connector.transaction.meter_start
    return connector.register_wh


def _sampled_value(measurand: Measurand, reading: Reading, context: ReadingContext, quirks: Quirks) -> SampledValue:
    value, proper_unit, phase = reading
    unit: Any = quirks.units.get(measurand, proper_unit)  # Any: a quirk may name a unit that OCPP does not know.
    if unit in _KILO:
        value /= 1000.0
    return SampledValue(
        _written(value, quirks),
        context,
        measurand=measurand,
        phase=phase,
        location=_LOCATIONS.get(measurand, Location.outlet),
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
