"""What the meter of a connector shows, in no version's words.

Pure: a connector and the quirks go in. How it is written in a message is up to each version.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ocpp.v16.enums import Location, Measurand, Phase

from .connector import Connector
from .physics import Outlet
from .quirks import OfferedReading, Quirks

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

MEASURANDS = (
    "Energy.Active.Import.Register",
    "Energy.Active.Import.Interval",
    "Power.Active.Import",
    "Power.Offered",
    "Power.Factor",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "Frequency",
    "Temperature",
    "SoC",
)
"""What the simulated meter can measure."""

LOCATIONS: Mapping[str, Location] = {Measurand.soc: Location.ev, Measurand.temperature: Location.body}
"""Where it is measured; the outlet for all others."""


def readings(connector: Connector, measurand: str, quirks: Quirks) -> Iterator[Reading]:
    """Read a measurand now, with the unit that the charge point uses. Raises KeyError for one that it cannot measure."""
    for value, proper_unit, phase in _true_readings(connector, Measurand(measurand), quirks):
        unit = quirks.units.get(measurand, proper_unit)
        yield (value / 1000.0 if unit in _KILO else value), unit, phase


def _true_readings(connector: Connector, measurand: Measurand, quirks: Quirks) -> Iterator[Reading]:
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
