"""What a sampled value's labels mean: measurand, unit, phase, context, location and format as charge points write them, in our words.

Tables and one function over them, `interpret`. No values, no time: `metering` applies what is found here. Sources: OCPP 1.6 §7.31
(Measurand), §7.35 (ReadingContext), §7.45 (UnitOfMeasure); MeasurandEnumType of OCPP 2.0.1 and 2.1 for the measurands added there.
"""

from collections.abc import Callable
from dataclasses import dataclass

IMPORT_REGISTER = "Energy.Active.Import.Register"
PERIODIC = "Sample.Periodic"
TRANSACTION_BEGIN = "Transaction.Begin"

_DIRECTED = ("Export.Interval", "Export.Register", "Import.Interval", "Import.Register", "Net")
_NAMES = (
    *(f"Energy.{kind}.{tail}" for kind in ("Active", "Reactive") for tail in _DIRECTED),
    *(f"Energy.Apparent.{tail}" for tail in ("Export", "Import", "Net")),
    *(f"Power.{tail}" for tail in ("Active.Export", "Active.Import", "Reactive.Export", "Reactive.Import")),
    *(f"Power.{tail}" for tail in ("Factor", "Offered", "Import.Offered", "Import.Minimum")),
    *(f"Power.{tail}" for tail in ("Export.Offered", "Export.Minimum", "Active.Setpoint", "Active.Residual")),
    *(f"Current.{tail}" for tail in ("Export", "Import", "Offered", "Import.Offered", "Import.Minimum")),
    *(f"Current.{tail}" for tail in ("Export.Offered", "Export.Minimum")),
    *("Voltage", "Voltage.Minimum", "Voltage.Maximum", "Frequency", "Temperature", "SoC", "RPM"),
    *(f"Energy.Active.{tail}" for tail in ("Import.CableLoss", "Import.LocalGeneration.Register", "Setpoint.Interval")),
    *(f"EnergyRequest.{tail}" for tail in ("Target", "Minimum", "Maximum", "Minimum.V2X", "Maximum.V2X", "Bulk")),
    *(f"Display.{tail}" for tail in ("PresentSOC", "MinimumSOC", "TargetSOC", "MaximumSOC", "ChargingComplete")),
    *(f"Display.RemainingTimeTo{tail}" for tail in ("MinimumSOC", "TargetSOC", "MaximumSOC")),
    *("Display.BatteryEnergyCapacity", "Display.InletHot"),
)
_MEASURANDS = {name.casefold(): name for name in _NAMES}

# Those that every version knows (OCPP 1.6 §7.31): what a charge point can be asked for.
MEASURANDS = (
    *(f"Current.{tail}" for tail in ("Export", "Import", "Offered")),
    *(f"Energy.{kind}.{way}.Register" for kind in ("Active", "Reactive") for way in ("Export", "Import")),
    *(f"Energy.{kind}.{way}.Interval" for kind in ("Active", "Reactive") for way in ("Export", "Import")),
    *("Frequency", "Power.Active.Export", "Power.Active.Import", "Power.Factor", "Power.Offered"),
    *("Power.Reactive.Export", "Power.Reactive.Import", "RPM", "SoC", "Temperature", "Voltage"),
)

# OCPP 2.1 says Import.Offered where the versions before say Offered, and has another name for what the car's display shows.
_RENAMED = {
    "Current.Import.Offered": "Current.Offered",
    "Power.Import.Offered": "Power.Offered",
    "Display.PresentSOC": "SoC",
}

# Which unit a measurand has, by the longest fitting beginning. The second is what a missing unit means: the schemas' default, Wh,
# is right for energy only.
_UNIT_OF = (
    ("energy.reactive", "kvarh", "varh"),
    ("energy.apparent", "kVAh", "VAh"),
    ("energy", "kWh", "Wh"),
    ("power.factor", "", ""),
    ("power.reactive", "var", "var"),
    ("power.apparent", "VA", "VA"),
    ("power", "W", "W"),
    ("current", "A", "A"),
    ("voltage", "V", "V"),
    ("frequency", "Hz", "Hz"),
    ("temperature", "Celsius", "Celsius"),
    ("soc", "Percent", "Percent"),
    ("rpm", "RPM", "RPM"),
    ("display.batteryenergycapacity", "kWh", "Wh"),
    ("display.chargingcomplete", "", ""),
    ("display.inlethot", "", ""),
    ("display.remainingtime", "s", "s"),
    ("display", "Percent", "Percent"),
)

# A value without a measurand is the import register (OCPP 1.6 §7.43) unless its unit says that it cannot be.
_MEASURAND_OF_UNIT = {
    "Wh": IMPORT_REGISTER,
    "V": "Voltage",
    "Hz": "Frequency",
    "Celsius": "Temperature",
    "Percent": "SoC",
    "RPM": "RPM",
}

_SPELLINGS = {
    "Wh": ("wh", "w/h", "w.h", "w*h", "watthour", "watthours", "watt-hour", "watt hours"),
    "varh": ("varh", "varhour", "varhours"),
    "VAh": ("vah",),
    "W": ("w", "watt", "watts"),
    "var": ("var", "vars"),
    "VA": ("va", "voltampere", "voltamperes"),
    "A": ("a", "amp", "amps", "ampere", "amperes"),
    "V": ("v", "volt", "volts"),
    "Hz": ("hz", "hertz"),
    "Celsius": ("celsius", "celcius", "c", "°c", "degc", "deg c"),
    "Fahrenheit": ("fahrenheit", "f", "°f", "degf", "deg f"),
    "K": ("k", "kelvin"),
    "Percent": ("percent", "%", "percentage", "pct"),
    "RPM": ("rpm", "1/min"),
    "": ("none", "n/a", "-", "pf", "cosphi", "ratio"),
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}
_OFFICIAL_UNITS = frozenset(
    (
        *("Wh", "kWh", "varh", "kvarh", "VAh", "kVAh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "Hz"),
        *("K", "Celcius", "Celsius", "Fahrenheit", "Percent", "RPM"),
    )
)
_PREFIXES = {"k": 3, "K": 3, "M": 6, "m": -3}
_POWER_AND_ENERGY = frozenset(("Wh", "varh", "VAh", "W", "var", "VA"))
_COUNTED_IN_THOUSANDS = frozenset(("kWh", "kvarh", "kVAh"))
_TEMPERATURES: dict[str, Callable[[float], float]] = {
    "K": lambda value: round(value - 273.15, 6),
    "Fahrenheit": lambda value: round((value - 32) / 1.8, 6),
}

_LINES = ("L1", "L2", "L3")
_PHASES = {phase.casefold(): phase for phase in (*_LINES, "N", "L1-L2", "L2-L3", "L3-L1")}
_PHASES |= {f"{line.casefold()}{tail}": line for line in _LINES for tail in ("-n", "n", "_n", "/n")}
_PHASES |= {"l1l2": "L1-L2", "l2l3": "L2-L3", "l3l1": "L3-L1", "l2-l1": "L1-L2", "l3-l2": "L2-L3", "l1-l3": "L3-L1"}

_CONTEXTS = {
    context.casefold(): context
    for context in (
        *("Interruption.Begin", "Interruption.End", "Other", "Sample.Clock", PERIODIC),
        *(TRANSACTION_BEGIN, "Transaction.End", "Trigger"),
    )
}
_LOCATIONS = {location.casefold(): location for location in ("Body", "Cable", "EV", "Inlet", "Outlet", "Upstream")}


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one sampled value as they came; absent ones are None, `multiplier` is a power of ten (OCPP 2.x)."""

    measurand: object
    unit: object
    phase: object
    context: object
    location: object
    format: object
    multiplier: object


@dataclass(frozen=True, slots=True)
class Meaning:
    """What labels mean. `convert` turns the number into `unit`; None leaves it as it is."""

    measurand: str
    unit: str
    phase: str | None
    context: str
    location: str
    convert: Callable[[float], float] | None
    problem: str | None


class UnusableError(Exception):
    """A sampled value with these labels cannot be used; the message says why."""


def interpret(labels: Labels) -> Meaning | None:
    """Say what labels mean; None for signed data, which holds no number (OCPP 1.6 §7.49 ValueFormat).

    Misspelt and missing labels are understood where only one meaning is possible, and named in `Meaning.problem`.
    Raises `UnusableError` when they cannot be understood.
    """
    if _text(labels.format).casefold() == "signeddata":
        return None
    problems: list[str] = []
    measurand, phase_text = _measurand(_text(labels.measurand), _text(labels.unit), _text(labels.phase), problems)
    unit, convert = _conversion(measurand, _text(labels.unit), _exponent(labels.multiplier), problems)
    return Meaning(
        measurand=_RENAMED.get(measurand, measurand),
        unit=unit,
        phase=_phase(phase_text, problems),
        context=_known(_text(labels.context), _CONTEXTS, PERIODIC, "Other", "context", problems),
        location=_known(_text(labels.location), _LOCATIONS, "Outlet", "Outlet", "location", problems),
        convert=convert,
        problem=f"{measurand}: {', '.join(problems)}" if problems else None,
    )


def _text(label: object) -> str:
    if isinstance(label, str):
        return label.strip()
    if label is None:
        return ""
    if isinstance(label, int | float):
        return str(label)
    raise UnusableError(f"a label is a {type(label).__name__}")


def _measurand(text: str, unit: str, phase: str, problems: list[str]) -> tuple[str, str]:
    """Return the measurand's proper name and the phase's text, which some write behind the measurand."""
    if not text:
        parsed = _unit(unit) if unit else ("Wh", 0)
        measurand = _MEASURAND_OF_UNIT.get(parsed[0]) if parsed else None
        if measurand is None:
            raise UnusableError(f"no measurand, unit {unit!r}")
        return measurand, phase
    if known := _MEASURANDS.get(text.casefold()):
        if known != text:
            problems.append(f"measurand written {text!r}")
        return known, phase
    stem, _, tail = text.rpartition(".")
    if tail.casefold() in _PHASES and stem.casefold() in _MEASURANDS:
        problems.append(f"measurand written {text!r}")
        return _MEASURANDS[stem.casefold()], phase or tail
    problems.append("not a measurand of OCPP")
    return text, phase


def _conversion(
    measurand: str, text: str, multiplier: int, problems: list[str]
) -> tuple[str, Callable[[float], float] | None]:
    """Return the unit that readings of a measurand have, and how to get there from the unit as written."""
    written = _unit(text) if text else None
    own = _own_unit(measurand)
    if own is None:
        if written is None:
            raise UnusableError(f"measurand {measurand!r} with unit {text!r}")
        own = _canonical(written[0]), written[0]
    canonical, default = own
    unit, exponent = written or (default, 0)
    alien = False
    if canonical == "Celsius" and unit in _TEMPERATURES:
        return canonical, _TEMPERATURES[unit]
    if canonical == "" and unit == "Percent":
        exponent -= 2
    elif unit != default:
        # A power in Wh is a power in W: the prefix counts, the rest is a slip. Any other alien unit says nothing.
        alien = True
        exponent = exponent if {unit, default} <= _POWER_AND_ENERGY else 0
    if text and (alien or text not in _OFFICIAL_UNITS):
        problems.append(f"unit {text!r}")
    return canonical, _scaling(exponent + multiplier - (3 if canonical in _COUNTED_IN_THOUSANDS else 0))


def _own_unit(measurand: str) -> tuple[str, str] | None:
    """Return the unit of a measurand's readings and what a missing unit means; None for measurands of no known kind."""
    folded = measurand.casefold()
    return next(((unit, default) for stem, unit, default in _UNIT_OF if folded.startswith(stem)), None)


def _canonical(unit: str) -> str:
    if unit in _TEMPERATURES:
        return "Celsius"
    return f"k{unit}" if f"k{unit}" in _COUNTED_IN_THOUSANDS else unit


def _unit(text: str) -> tuple[str, int] | None:
    """Return the unit without its prefix and the prefix as a power of ten; None for texts that are no unit."""
    if (unit := _UNITS.get(text.casefold())) is not None:
        return unit, 0
    if text[0] in _PREFIXES and (unit := _UNITS.get(text[1:].strip().casefold())):
        return unit, _PREFIXES[text[0]]
    return None


def _exponent(multiplier: object) -> int:
    """Return a multiplier (UnitOfMeasureType of OCPP 2.0.1) as an int; absent is 0."""
    try:
        exponent = int(_text(multiplier) or "0")
    except ValueError:
        raise UnusableError(f"multiplier {multiplier!r}") from None
    if not -12 <= exponent <= 12:
        raise UnusableError(f"multiplier {exponent}")
    return exponent


def _scaling(exponent: int) -> Callable[[float], float] | None:
    if exponent == 0:
        return None
    factor = 10.0 ** abs(exponent)
    if exponent < 0:
        return lambda value: value / factor
    return lambda value: round(value * factor, 6)


def _phase(text: str, problems: list[str]) -> str | None:
    if not text:
        return None
    phase = _PHASES.get(text.casefold())
    if phase is None:
        raise UnusableError(f"phase {text!r}")
    if text[0] == "l":
        problems.append(f"phase {text!r}")
    return phase


def _known(text: str, table: dict[str, str], default: str, unknown: str, name: str, problems: list[str]) -> str:
    if not text:
        return default
    known = table.get(text.casefold(), unknown)
    if known != text:
        problems.append(f"{name} {text!r}")
    return known
