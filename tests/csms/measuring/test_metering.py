"""Sampled values: how they become readings, and how readings become quantities."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
from ocpp.v21.enums import MeasurandEnumType
import pytest

from custom_components.ocpp_csms.csms.measuring import metering
from custom_components.ocpp_csms.csms.measuring.metering import import_register, read_meter_values, summarise
from custom_components.ocpp_csms.csms.model import Quantity, Reading

RECEIVED = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)
TIMESTAMP = "2026-06-03T11:59:58Z"
REGISTER = "Energy.Active.Import.Register"


def read(*sampled: Any) -> tuple[list[Reading], list[str]]:
    """Return readings and problems of one moment's sampled values."""
    problems: list[str] = []
    samples = read_meter_values([{"timestamp": TIMESTAMP, "sampledValue": list(sampled)}], RECEIVED, problems.append)
    return [reading for sample in samples for reading in sample.readings], problems


def value_of(**sampled: Any) -> Reading:
    """Return the only reading of a sampled value that breaks nothing."""
    readings, problems = read(sampled)
    assert problems == []
    assert len(readings) == 1
    return readings[0]


# Structure


def test_a_sample_has_the_time_of_its_bucket() -> None:
    """Each entry of meterValue is one moment."""
    samples = read_meter_values(
        [
            {"timestamp": TIMESTAMP, "sampledValue": [{"value": "1", "measurand": "SoC"}]},
            {"timestamp": "1970-01-01T00:00:00Z", "sampledValue": [{"value": "2", "measurand": "SoC"}]},
        ],
        RECEIVED,
        lambda _: None,
    )
    assert [(sample.at, sample.readings[0].value) for sample in samples] == [
        (datetime(2026, 6, 3, 11, 59, 58, tzinfo=UTC), 1.0),
        (None, 2.0),
    ]


def test_objects_stand_for_lists_of_one() -> None:
    """Some charge points save the brackets."""
    problems: list[str] = []
    samples = read_meter_values({"timestamp": TIMESTAMP, "sampledValue": {"value": "880"}}, RECEIVED, problems.append)
    assert samples[0].readings == (Reading(REGISTER, 0.88, "kWh"),)
    assert problems == ["meterValue: an object instead of a list", "sampledValue: an object instead of a list"]


@pytest.mark.parametrize(
    "meter_value", [None, [], [None], ["x"], 5, "x", [{}], [{"sampledValue": None}], [{"sampledValue": 3}]]
)
def test_what_holds_no_samples_is_empty(meter_value: object) -> None:
    """Empty lists come from charge points without a meter."""
    assert read_meter_values(meter_value, RECEIVED, lambda _: None) == []


def test_a_bad_entry_costs_only_itself() -> None:
    """The rest of the message is good."""
    readings, problems = read(None, {"value": "15.1", "measurand": "Current.Import", "unit": "A", "phase": "L1"})
    assert readings == [Reading("Current.Import", 15.1, "A", "L1")]
    assert problems == ["sampledValue: an entry is no object"]


# Values


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *(("231.6\r\n", 231.6), (" 6.02 ", 6.02), (230, 230.0), (230.4, 230.4), ("2.3e2", 230.0), ("-14.6", -14.6)),
        *(("230,5", 230.5), ("230.5 V", 230.5)),
    ],
)
def test_a_number_is_read_however_it_is_written(value: object, number: float) -> None:
    """Texts, numbers, blanks, a decimal comma, a unit behind it."""
    assert value_of(value=value, measurand="Voltage", unit="V").value == number


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        "nan",
        "NaN",
        float("nan"),
        float("inf"),
        "-Infinity",
        "1e400",
        10**400,
        True,
        [],
        {},
        "abc",
        "1,2,3",
    ],
)
def test_what_is_no_finite_number_is_dropped(value: object) -> None:
    """Only finite numbers reach a state."""
    readings, problems = read({"value": value, "measurand": "SoC", "unit": "Percent"})
    assert readings == []
    assert len(problems) == 1 and problems[0].startswith("SoC: value")


def test_a_sampled_value_without_value_is_dropped() -> None:
    """There is nothing to read."""
    assert read({"measurand": "SoC"})[0] == []


def test_signed_data_is_never_read_as_a_number() -> None:
    """1234e5 could be one."""
    assert read({"value": "1234e5", "format": "SignedData", "measurand": REGISTER}) == ([], [])


# Units


@pytest.mark.parametrize(
    ("measurand", "unit", "value", "expected"),
    [
        (REGISTER, "Wh", "5202900", (5202.9, "kWh")),
        (REGISTER, "kWh", "5202.9", (5202.9, "kWh")),
        (REGISTER, None, "204502", (204.502, "kWh")),
        ("Energy.Reactive.Import.Register", "varh", "1500", (1.5, "kvarh")),
        ("Energy.Reactive.Import.Register", "kvarh", "1.5", (1.5, "kvarh")),
        ("Power.Active.Import", "kW", "3.61", (3610.0, "W")),
        ("Power.Active.Import", None, "7218.4", (7218.4, "W")),
        ("Power.Offered", "W", "11000", (11000.0, "W")),
        ("Power.Reactive.Import", "kvar", "1.2", (1200.0, "var")),
        ("Current.Offered", None, "13", (13.0, "A")),
        ("Voltage", None, "229.4", (229.4, "V")),
        ("Frequency", "Hz", "49.98", (49.98, "Hz")),
        ("Temperature", "K", "300.15", (27.0, "Celsius")),
        ("Temperature", "Fahrenheit", "212", (100.0, "Celsius")),
        ("Temperature", "Celcius", "41", (41.0, "Celsius")),
        ("SoC", None, "57", (57.0, "Percent")),
        ("RPM", None, "1265", (1265.0, "RPM")),
        ("Power.Factor", None, "-0.98", (-0.98, "")),
        ("Power.Factor", "Percent", "98", (0.98, "")),
    ],
)
def test_units_become_ours(measurand: str, unit: str | None, value: str, expected: tuple[float, str]) -> None:
    """Energy in kWh, power in W, temperature in °C; what is missing follows from the measurand."""
    reading = value_of(value=value, measurand=measurand, unit=unit)
    assert (reading.value, reading.unit) == expected


@pytest.mark.parametrize(
    ("measurand", "unit", "value", "expected"),
    [
        (REGISTER, "kwh", "41.07", (41.07, "kWh")),
        (REGISTER, "KWH", "41.07", (41.07, "kWh")),
        (REGISTER, "MWh", "1.5", (1500.0, "kWh")),
        (REGISTER, "kW", "3", (3.0, "kWh")),
        (REGISTER, "A", "3000", (3.0, "kWh")),
        ("Power.Active.Import", "KW", "3.61", (3610.0, "W")),
        ("Power.Active.Import", "Wh", "880", (880.0, "W")),
        ("Power.Active.Import", "kWh", "1.4", (1400.0, "W")),
        ("Current.Import", "Amp", "7.5", (7.5, "A")),
        ("Current.Import", "mA", "7500", (7.5, "A")),
        ("Current.Import", "kWh", "7.5", (7.5, "A")),
        ("Voltage", "Volt", "229.4", (229.4, "V")),
        ("Voltage", "furlong", "229.4", (229.4, "V")),
        ("SoC", "%", "57", (57.0, "Percent")),
        ("Temperature", "°C", "41", (41.0, "Celsius")),
        ("Power.Factor", "W", "0.9", (0.9, "")),
    ],
)
def test_a_wrong_unit_is_understood_and_told(
    measurand: str, unit: str, value: str, expected: tuple[float, str]
) -> None:
    """The measurand says what it must be; a prefix still counts."""
    readings, problems = read({"value": value, "measurand": measurand, "unit": unit})
    assert [(reading.value, reading.unit) for reading in readings] == [expected]
    assert problems == [f"{measurand}: unit {unit!r}"]


def test_a_multiplier_scales() -> None:
    """OCPP 2.0.1 §2.47: the value times ten to the multiplier."""
    assert value_of(value=52, measurand=REGISTER, unitOfMeasure={"unit": "Wh", "multiplier": 5}).value == 5200.0
    assert value_of(value=2304, measurand="Voltage", unitOfMeasure={"unit": "V", "multiplier": -1}).value == 230.4


@pytest.mark.parametrize("multiplier", [99, "x", [1]])
def test_an_absurd_multiplier_makes_the_value_unusable(multiplier: object) -> None:
    """The value's size is unknown."""
    readings, problems = read(
        {"value": 52, "measurand": REGISTER, "unitOfMeasure": {"unit": "Wh", "multiplier": multiplier}}
    )
    assert readings == []
    assert len(problems) == 1


def test_a_unit_of_measure_may_be_empty_or_a_text() -> None:
    """The schema's default of Wh holds for energy only."""
    assert value_of(value=612.4, measurand="Power.Active.Import", unitOfMeasure={}).unit == "W"
    assert value_of(value=1.5, measurand=REGISTER, unitOfMeasure="kWh").value == 1.5


@pytest.mark.parametrize("measurand", sorted(MeasurandEnumType))
def test_every_measurand_of_2_1_is_one(measurand: str) -> None:
    """A station that sends it has done nothing wrong."""
    assert read({"value": 1, "measurand": measurand})[1] == []


def test_what_a_display_shows_of_the_battery_is_its_state_of_charge() -> None:
    """2.1 has a name of its own for it."""
    reading = value_of(value=61, measurand="Display.PresentSOC")
    assert (reading.measurand, reading.unit) == ("SoC", "Percent")


# Labels


@pytest.mark.parametrize(
    ("written", "phase"),
    [
        *((None, None), ("", None), ("L1", "L1"), ("L1-N", "L1"), ("L3-N", "L3"), ("L1 ", "L1"), ("N", "N")),
        *(("L1-L2", "L1-L2"), ("L3-L1", "L3-L1")),
    ],
)
def test_phases_lose_their_neutral(written: str | None, phase: str | None) -> None:
    """L1-N is what people call L1."""
    assert value_of(value="16", measurand="Current.Import", unit="A", phase=written).phase == phase


def test_an_unknown_phase_makes_the_value_unusable() -> None:
    """It must not pass for the total."""
    readings, problems = read({"value": "16", "measurand": "Current.Import", "unit": "A", "phase": "L9"})
    assert readings == []
    assert problems == ["sampledValue: phase 'L9'"]


def test_misspelt_labels_are_understood_and_told() -> None:
    """Case and a phase behind the measurand."""
    readings, problems = read(
        {"value": "230", "measurand": "voltage", "phase": "l2", "context": "trigger", "location": "outlet"},
        {"value": "16", "measurand": "Current.Import.L1-N", "unit": "A"},
    )
    assert readings == [Reading("Voltage", 230.0, "V", "L2", "Trigger"), Reading("Current.Import", 16.0, "A", "L1")]
    assert problems == [
        "Voltage: measurand written 'voltage', phase 'l2', context 'trigger', location 'outlet'",
        "Current.Import: measurand written 'Current.Import.L1-N'",
    ]


def test_proper_labels_are_taken_as_they_are() -> None:
    """Nothing is told of them."""
    reading = value_of(value="1", measurand="Voltage", context="Sample.Clock", location="Inlet", unit="V", phase="L1")
    assert reading == Reading("Voltage", 1.0, "V", "L1", "Sample.Clock", "Inlet")


def test_an_unknown_context_is_other() -> None:
    """The sample itself is good."""
    readings, _ = read({"value": "18.25", "context": "Sample.OnDemand", "measurand": REGISTER, "unit": "kWh"})
    assert readings == [Reading(REGISTER, 18.25, "kWh", None, "Other")]


def test_a_missing_measurand_follows_from_the_unit() -> None:
    """No measurand means the import register, unless the unit says otherwise."""
    assert value_of(value="230", unit="V").measurand == "Voltage"
    assert read({"value": "16", "unit": "A"})[0] == []


def test_a_vendors_own_measurand_is_kept_with_its_unit() -> None:
    """It harms nobody, and without unit it says nothing."""
    readings, problems = read(
        {"value": "3", "measurand": "X.Pilot", "unit": "V"},
        {"value": "300", "measurand": "X.Coil", "unit": "K"},
        {"value": "3000", "measurand": "X.Meter", "unit": "Wh"},
        {"value": "3", "measurand": "X.Duty"},
    )
    assert readings == [
        Reading("X.Pilot", 3.0, "V"),
        Reading("X.Coil", 26.85, "Celsius"),
        Reading("X.Meter", 3.0, "kWh"),
    ]
    assert len(problems) == 4


def test_names_of_2_1_are_those_of_before() -> None:
    """OCPP 2.1 split Offered by direction."""
    assert value_of(value=16, measurand="Current.Import.Offered").measurand == "Current.Offered"


@pytest.mark.parametrize("label", ["measurand", "unit", "phase", "context", "location", "format"])
@pytest.mark.parametrize("value", [[], {}, ["x"], b"x"])
def test_a_label_that_is_no_text_costs_only_its_value(label: str, value: object) -> None:
    """Not even the wildest label raises."""
    readings, problems = read({"value": "1", "measurand": "SoC", label: value}, {"value": "2", "measurand": "SoC"})
    assert [reading.value for reading in readings] == [2.0]
    assert len(problems) == 1


def test_the_memory_of_labels_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A charge point that invents labels fills no memory."""
    memory: dict[Any, Any] = {}
    monkeypatch.setattr(metering, "_MEANINGS", memory)
    monkeypatch.setattr(metering, "_MAX_MEANINGS", 8)
    for number in range(50):
        read({"value": "1", "measurand": f"X.{number}", "unit": "V"})
    assert len(memory) <= 8


def test_labels_that_are_too_long_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of them would fill the memory."""
    memory: dict[Any, Any] = {}
    monkeypatch.setattr(metering, "_MEANINGS", memory)
    for length in (64, 65, 500_000):
        read({"value": "1", "measurand": "Voltage", "unit": "V", "context": "x" * length})
    assert len(memory) == 1


@pytest.mark.parametrize("longest", ["meterValue", "sampledValue"])
def test_only_so_many_entries_of_a_message_are_read(longest: str) -> None:
    """One frame must not keep everybody waiting; what is left out is told."""
    problems: list[str] = []
    buckets, values = (1500, 1) if longest == "meterValue" else (1, 1500)
    meter_value = [{"timestamp": "2026-11-20T12:00:00Z", "sampledValue": [{"value": "1"}] * values}] * buckets
    samples = read_meter_values(meter_value, datetime(2026, 11, 20, 12, 0, tzinfo=UTC), problems.append)
    assert sum(len(sample.readings) for sample in samples) == 1000
    assert problems == [f"{longest}: only 1000 of 1500 entries are read"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
labels = st.sampled_from([REGISTER, "Voltage", "Wh", "L1", "L1-N", "%", "Percent", "SignedData", "kW", "NaN", "1e3"])
sampled_values = st.dictionaries(
    st.sampled_from(["value", "measurand", "unit", "phase", "context", "location", "format", "unitOfMeasure"]),
    labels | json_values,
)


@given(
    st.lists(st.fixed_dictionaries({"timestamp": json_values, "sampledValue": st.lists(sampled_values) | json_values}))
    | json_values
)
def test_nothing_a_charge_point_sends_raises(meter_value: object) -> None:
    """Whatever comes, readings are finite and can be summarised."""
    for sample in read_meter_values(meter_value, RECEIVED, lambda _: None):
        assert all(abs(reading.value) < float("inf") for reading in sample.readings)
        summarise(sample.readings)
        import_register(sample.readings)


# Quantities


def amounts(*readings: tuple[str, str | None, float], **labels: str) -> dict[Quantity, float]:
    """Summarise readings given as measurand, phase, value."""
    return summarise(Reading(measurand, value, "", phase, **labels) for measurand, phase, value in readings)


def phases(measurand: str, *values: float) -> list[tuple[str, str | None, float]]:
    """Return readings of L1, L2 and so on."""
    return [(measurand, f"L{number}", value) for number, value in enumerate(values, 1)]


def test_power_is_the_sum_of_the_phases() -> None:
    """Three phases, one charge."""
    assert amounts(*phases("Power.Active.Import", 2300.1, 2300.2, 0.0)) == {
        Quantity.POWER: 4600.3,
        Quantity.POWER_L1: 2300.1,
        Quantity.POWER_L2: 2300.2,
        Quantity.POWER_L3: 0.0,
    }


def test_a_total_power_wins_over_phases_of_zero() -> None:
    """Some report 0 per phase beside a good total."""
    assert (
        amounts(("Power.Active.Import", None, 7300.0), *phases("Power.Active.Import", 0, 0, 0))[Quantity.POWER]
        == 7300.0
    )


def test_loaded_phases_win_over_a_total_power_of_zero() -> None:
    """Power that is measured somewhere flows."""
    readings = [("Power.Active.Import", None, 0.0), *phases("Power.Active.Import", 2300, 2300, 2300)]
    assert amounts(*readings)[Quantity.POWER] == 6900.0


def test_power_of_only_the_neutral_is_the_power() -> None:
    """There is nothing else."""
    assert amounts(("Power.Active.Import", "N", 2900.0)) == {Quantity.POWER: 2900.0}


def test_the_current_is_that_of_the_highest_phase() -> None:
    """A charge with three phases of 16 A is a charge with 16 A, not with 48 A."""
    assert amounts(*phases("Current.Import", 16.0, 15.9, 15.8)) == {
        Quantity.CURRENT: 16.0,
        Quantity.CURRENT_L1: 16.0,
        Quantity.CURRENT_L2: 15.9,
        Quantity.CURRENT_L3: 15.8,
    }


def test_the_phases_say_more_than_a_sum_of_currents() -> None:
    """A value without phase may be anything."""
    assert amounts(("Current.Import", None, 48.0), *phases("Current.Import", 16, 16, 16))[Quantity.CURRENT] == 16.0


def test_a_current_without_phase_wins_over_phases_of_zero() -> None:
    """Phases that are not measured read 0."""
    assert amounts(("Current.Import", None, 12.9), *phases("Current.Import", 0, 0, 0))[Quantity.CURRENT] == 12.9


def test_a_current_only_in_the_neutral_is_the_current() -> None:
    """One phase and the neutral carry the same."""
    assert amounts(("Current.Import", "N", 12.7)) == {Quantity.CURRENT: 12.7}


def test_the_voltage_is_the_average_of_the_phases() -> None:
    """As a meter on the wall would say."""
    assert amounts(*phases("Voltage", 230.0, 231.0, 233.0))[Quantity.VOLTAGE] == 231.333


def test_a_phase_without_voltage_beside_good_ones_is_not_measured() -> None:
    """The average of 0, 241 and 238 is no voltage."""
    quantities = amounts(*phases("Voltage", 0.0, 241.0, 238.0))
    assert quantities[Quantity.VOLTAGE] == 239.5
    assert quantities[Quantity.VOLTAGE_L1] == 0.0


def test_without_any_voltage_the_average_is_what_it_is() -> None:
    """An open contactor leaves a volt or two."""
    assert amounts(*phases("Voltage", 1.7, 0.3))[Quantity.VOLTAGE] == 1.0


def test_three_voltages_between_lines_become_a_phase_voltage() -> None:
    """400 V between lines is 230.9 V from a line to neutral."""
    assert amounts(*(("Voltage", pair, 400.0) for pair in ("L1-L2", "L2-L3", "L3-L1"))) == {Quantity.VOLTAGE: 230.9}


def test_one_voltage_between_lines_is_what_the_car_gets() -> None:
    """Split phase: 240 V between two lines."""
    assert amounts(("Voltage", "L1-L2", 240.0)) == {Quantity.VOLTAGE: 240.0}


def test_a_voltage_of_the_neutral_is_none() -> None:
    """It says nothing about the supply."""
    assert amounts(("Voltage", "N", 0.4)) == {}


def test_a_voltage_without_phase_wins() -> None:
    """The charge point has done the average."""
    assert amounts(("Voltage", None, 229.0), *phases("Voltage", 0.0))[Quantity.VOLTAGE] == 229.0


def test_other_quantities_are_averages_or_totals() -> None:
    """Temperature, frequency and power factor do not add up; export does."""
    assert amounts(
        ("Temperature", None, 41.0),
        ("Temperature", "L1", 48.0),
        ("Frequency", "L1", 50.0),
        *phases("Power.Factor", 0.9, 1.0),
        ("SoC", None, 57.0),
        ("Energy.Active.Export.Register", "L3", 12.75),
        ("RPM", None, 1265.0),
    ) == {
        Quantity.TEMPERATURE: 41.0,
        Quantity.FREQUENCY: 50.0,
        Quantity.POWER_FACTOR: 0.95,
        Quantity.SOC: 57.0,
        Quantity.ENERGY_EXPORT: 12.75,
        Quantity.FAN_SPEED: 1265.0,
    }


@pytest.mark.parametrize(
    "measurand", [REGISTER, "Energy.Active.Import.Interval", "Energy.Active.Export.Interval", "X.Y"]
)
def test_what_is_no_quantity_is_left_out(measurand: str) -> None:
    """The import register needs more than one look, an interval is no register."""
    assert amounts((measurand, None, 5.0)) == {}


def test_power_of_the_begin_is_not_current_whichever_order() -> None:
    """A value of the transaction's begin is history beside a periodic one."""
    begin = Reading("Power.Active.Import", 0.0, "W", None, "Transaction.Begin")
    periodic = Reading("Power.Active.Import", 3000.0, "W", "L1")
    assert summarise([begin, periodic])[Quantity.POWER] == 3000.0
    assert summarise([periodic, begin])[Quantity.POWER] == 3000.0
    assert summarise([begin]) == {Quantity.POWER: 0.0}


def test_the_outlet_is_preferred() -> None:
    """What goes in is not what comes out."""
    inlet = Reading("Power.Active.Import", 3100.0, "W", None, location="Inlet")
    outlet = Reading("Power.Active.Import", 3000.0, "W")
    assert summarise([inlet, outlet]) == summarise([outlet, inlet]) == {Quantity.POWER: 3000.0}
    assert summarise([inlet]) == {Quantity.POWER: 3100.0}


def test_the_later_of_two_equal_readings_counts() -> None:
    """Several moments come oldest first."""
    assert amounts(("SoC", None, 50.0), ("SoC", None, 51.0)) == {Quantity.SOC: 51.0}


# The import register


def register(*readings: tuple[str | None, float, str]) -> float | None:
    """Return the register among readings given as phase, value, context."""
    return import_register(Reading(REGISTER, value, "kWh", phase, context) for phase, value, context in readings)


def test_the_register_without_phase_is_the_register() -> None:
    """The total wins over its phases."""
    assert register((None, 12.5, "Sample.Periodic"), ("L1", 4.0, "Sample.Periodic")) == 12.5


def test_registers_of_phases_add_up() -> None:
    """Only per phase: the sum."""
    assert register(*((f"L{number}", 1.1, "Sample.Periodic") for number in (1, 2, 3))) == 3.3


def test_the_register_of_the_begin_counts_only_alone() -> None:
    """Begin and periodic in one bucket, whichever order."""
    begin, periodic = (None, 0.0, "Transaction.Begin"), (None, 3.87, "Sample.Periodic")
    assert register(begin, periodic) == register(periodic, begin) == 3.87
    assert register(begin) == 0.0


def test_without_import_register_there_is_none() -> None:
    """Intervals and exports are no import register."""
    assert (
        import_register([Reading("Energy.Active.Import.Interval", 1.0, "kWh"), Reading("SoC", 50.0, "Percent")]) is None
    )
