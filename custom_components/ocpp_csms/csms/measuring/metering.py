"""Sampled values of charge points: from the meterValue of any version of OCPP to readings, and from readings to quantities.

Pure, and hot: a busy charge point sends a dozen sampled values a second. What a set of labels means (`measurands`) is worked out
once and remembered; after that a sampled value costs one look-up. What registers of energy are worth over time is decided in
`energy`, not here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, sqrt
from typing import Any

from custom_components.ocpp_csms.csms.model import Quantity, Reading
from custom_components.ocpp_csms.csms.wire.timestamps import parse_timestamp

from .measurands import IMPORT_REGISTER, TRANSACTION_BEGIN, Labels, Meaning, UnusableError, interpret

type Problems = Callable[[str], None]
type Phases = dict[str | None, float]

_MOST_ENTRIES = 1000  # of a list: a session's data has fewer, and a frame may hold a hundred times as many

# Labels that were seen, and what they mean: a Meaning, None for signed data, or why they are unusable. Charge points use few sets
# of labels; one that invents them without end only makes the memory start afresh. Labels longer than any of OCPP are not remembered.
_MEANINGS: dict[tuple[object, ...], Meaning | str | None] = {}
_MAX_MEANINGS = 4096
_LONGEST_LABEL = 64
_UNSEEN = "unseen"

_LINES = ("L1", "L2", "L3")
_PAIRS = ("L1-L2", "L2-L3", "L3-L1")
_CARRIES_VOLTAGE = 50.0  # V: a phase below is not connected or not measured


@dataclass(frozen=True, slots=True)
class MeterSample:
    """The readings of one moment. `at` is in UTC; None when the time of receipt has to do."""

    at: datetime | None
    readings: tuple[Reading, ...]


def read_meter_values(meter_value: object, received: datetime, problems: Problems) -> list[MeterSample]:
    """Return the readings of a meterValue or transactionData field (OCPP 1.6 §7.33 MeterValue, MeterValueType of OCPP 2.0.1).

    `received` is the time of receipt. What cannot be understood is left out, value by value, and told to `problems`.
    Samples without any reading are left out.
    """
    samples: list[MeterSample] = []
    for bucket in _as_list(meter_value, "meterValue", problems):
        if not isinstance(bucket, dict):
            problems("meterValue: an entry is no object")
            continue
        readings: list[Reading] = []
        for sampled in _as_list(bucket.get("sampledValue"), "sampledValue", problems):
            if not isinstance(sampled, dict):
                problems("sampledValue: an entry is no object")
            elif (reading := _reading(sampled, problems)) is not None:
                readings.append(reading)
        if readings:
            at = parse_timestamp(bucket.get("timestamp"), received)
            if at is None:
                problems("meterValue: timestamp not believed")
            samples.append(MeterSample(at, tuple(readings)))
    return samples


def import_register(readings: Iterable[Reading]) -> float | None:
    """Return the active import register (kWh) among readings, the sum of its phases where there is no total, None without any.

    A value of the transaction's begin counts only when there is no other.
    """
    registers = [reading for reading in readings if reading.measurand == IMPORT_REGISTER]
    if len(registers) == 1:
        return registers[0].value
    phases = _current_values(registers)
    return _total(phases[IMPORT_REGISTER]) if phases else None


def summarise(readings: Iterable[Reading]) -> dict[Quantity, float]:
    """Return the quantities that the readings of one moment (or a few moments, oldest first) amount to.

    Values of the transaction's begin and of other places than the outlet count only when there is nothing better. The active
    import register is left to `energy`.
    """
    quantities: dict[Quantity, float] = {}
    for measurand, phases in _current_values(readings).items():
        rule = _RULES.get(measurand)
        if rule is None:
            continue
        if len(phases) == 1 and None in phases:
            quantities[rule.quantity] = phases[None]
            continue
        value = rule.combine(phases)
        if value is not None:
            quantities[rule.quantity] = value
        for phase, quantity in rule.phases:
            if phase in phases:
                quantities[quantity] = phases[phase]
    return quantities


def _as_list(value: object, name: str, problems: Problems) -> list[Any]:
    if type(value) is list:
        if len(value) <= _MOST_ENTRIES:
            return value
        problems(f"{name}: only {_MOST_ENTRIES} of {len(value)} entries are read")
        return value[:_MOST_ENTRIES]
    if isinstance(value, dict):
        problems(f"{name}: an object instead of a list")
        return [value]
    if value is not None:
        problems(f"{name}: no list")
    return []


def _reading(sampled: dict[str, Any], problems: Problems) -> Reading | None:
    get = sampled.get
    unit_of_measure, multiplier = get("unitOfMeasure"), None
    if unit_of_measure is None:
        unit = get("unit")
    elif type(unit_of_measure) is dict:
        unit, multiplier = unit_of_measure.get("unit"), unit_of_measure.get("multiplier")
    else:
        unit = unit_of_measure
    measurand = get("measurand")
    key = (measurand, unit, get("phase"), get("context"), get("location"), get("format"), multiplier)
    try:
        meaning = _MEANINGS.get(key, _UNSEEN)
    except TypeError:  # a list or an object among the labels
        problems("sampledValue: a label is no text")
        return None
    if meaning is _UNSEEN:
        meaning = _learn(key)
    if meaning is None:
        return None
    if isinstance(meaning, str):
        problems(f"sampledValue: {meaning}")
        return None
    value = _number(get("value"))
    if value is None:
        problems(f"{measurand or IMPORT_REGISTER}: value {str(get('value'))[:20]!r}")
        return None
    if meaning.problem is not None:
        problems(meaning.problem)
    if meaning.convert is not None:
        value = meaning.convert(value)
    return Reading(meaning.measurand, value, meaning.unit, meaning.phase, meaning.context, meaning.location)


def _learn(key: tuple[object, ...]) -> Meaning | str | None:
    """Work out what labels mean and remember it, unless they are too long."""
    meaning: Meaning | str | None
    try:
        meaning = interpret(Labels(*key))
    except UnusableError as error:
        meaning = str(error)
    if all(len(str(label)) <= _LONGEST_LABEL for label in key):
        if len(_MEANINGS) >= _MAX_MEANINGS:
            _MEANINGS.clear()
        _MEANINGS[key] = meaning
    return meaning


def _number(value: object) -> float | None:
    """Return a finite number, from a number or a text with blanks, a decimal comma or a unit behind it; None for anything else."""
    try:
        if type(value) is str:
            try:
                number = float(value)
            except ValueError:
                number = float(value.split()[0].replace(",", ".")) if value.strip() else float("nan")
        elif type(value) is float or type(value) is int:
            number = float(value)
        else:
            return None
    except ValueError, OverflowError:
        return None
    return number if isfinite(number) else None


def _current_values(readings: Iterable[Reading]) -> dict[str, Phases]:
    """Return value by phase by measurand, of the best context and location that each measurand has; later ones win."""
    values: dict[str, Phases] = {}
    ranks: dict[str, int] = {}
    for reading in readings:
        measurand = reading.measurand
        rank = _CONTEXT_RANKS.get(reading.context, 0) + _LOCATION_RANKS[reading.location]
        best = ranks.get(measurand)
        if best is None or rank < best:
            values[measurand] = {reading.phase: reading.value}
            ranks[measurand] = rank
        elif rank == best:
            values[measurand][reading.phase] = reading.value
    return values


def _total(phases: Phases) -> float | None:
    """Return the value without phase, else the sum of the phases, else what N carries. A total of 0 beside loaded phases was not measured."""
    lines = [phases[line] for line in _LINES if line in phases]
    if (total := phases.get(None)) or (total is not None and not lines):
        return total
    return round(sum(lines), 6) if lines else phases.get("N")


def _highest(phases: Phases) -> float | None:
    """Return what people call the current of a charge point: that of its most loaded phase, 16 A for three phases of 16 A.

    Without phases the value without phase, else what flows in N. Unloaded phases beside a value without phase were not measured.
    """
    lines = [phases[line] for line in _LINES if line in phases]
    if lines and (any(lines) or None not in phases):
        return max(lines)
    return phases[None] if None in phases else phases.get("N")


def _voltage(phases: Phases) -> float | None:
    """Return the value without phase, else the average of the phases that carry voltage.

    Of line-to-line voltages three are a three-phase system, whose phase voltage is the 1/sqrt(3)th; one is what the car gets.
    """
    if None in phases:
        return phases[None]
    if lines := [phases[line] for line in _LINES if line in phases]:
        return _average([voltage for voltage in lines if voltage >= _CARRIES_VOLTAGE] or lines)
    if pairs := [phases[pair] for pair in _PAIRS if pair in phases]:
        return round(_average(pairs) / sqrt(3), 1) if len(pairs) == len(_PAIRS) else _average(pairs)
    return None


def _mean(phases: Phases) -> float | None:
    """Return the value without phase, else the average of the phases."""
    if None in phases:
        return phases[None]
    return _average(list(phases.values()))


def _average(values: list[float]) -> float:
    return round(sum(values) / len(values), 3)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How the values of a measurand's phases become quantities."""

    quantity: Quantity
    combine: Callable[[Phases], float | None]
    phases: tuple[tuple[str, Quantity], ...] = ()


_RULES = {
    "Power.Active.Import": _Rule(
        Quantity.POWER,
        _total,
        tuple(zip(_LINES, (Quantity.POWER_L1, Quantity.POWER_L2, Quantity.POWER_L3), strict=True)),
    ),
    "Power.Active.Export": _Rule(Quantity.POWER_EXPORT, _total),
    "Power.Offered": _Rule(Quantity.POWER_OFFERED, _total),
    "Power.Reactive.Import": _Rule(Quantity.REACTIVE_POWER, _total),
    "Power.Reactive.Export": _Rule(Quantity.REACTIVE_POWER_EXPORT, _total),
    "Power.Factor": _Rule(Quantity.POWER_FACTOR, _mean),
    "Current.Import": _Rule(
        Quantity.CURRENT,
        _highest,
        tuple(zip(_LINES, (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3), strict=True)),
    ),
    "Current.Export": _Rule(Quantity.CURRENT_EXPORT, _highest),
    "Current.Offered": _Rule(Quantity.CURRENT_OFFERED, _highest),
    "Voltage": _Rule(
        Quantity.VOLTAGE,
        _voltage,
        tuple(zip(_LINES, (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3), strict=True)),
    ),
    "Energy.Active.Export.Register": _Rule(Quantity.ENERGY_EXPORT, _total),
    "Energy.Reactive.Import.Register": _Rule(Quantity.REACTIVE_ENERGY, _total),
    "Energy.Reactive.Export.Register": _Rule(Quantity.REACTIVE_ENERGY_EXPORT, _total),
    "SoC": _Rule(Quantity.SOC, _mean),
    "Temperature": _Rule(Quantity.TEMPERATURE, _mean),
    "Frequency": _Rule(Quantity.FREQUENCY, _mean),
    "RPM": _Rule(Quantity.FAN_SPEED, _mean),
}

# The lower, the better. Context weighs more than location: an old value is worse than one measured elsewhere.
_CONTEXT_RANKS = {"Other": 10, TRANSACTION_BEGIN: 20}
_LOCATION_RANKS = {"Outlet": 0, "Cable": 1, "Body": 2, "Inlet": 3, "EV": 4, "Upstream": 5}
