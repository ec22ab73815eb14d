"""What the sensors of the house say is read in W and A, with the right sign, and only if it is a value."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ocpp_csms.control.meters import SiteMeters
from custom_components.ocpp_csms.control.settings import (
    BatterySettings,
    DimmerSettings,
    FuseSettings,
    PhaseSensor,
    PowerPair,
    SignedPower,
    SiteSettings,
)

GRID = "sensor.grid"
PAIR = PowerPair(imported="sensor.in", exported="sensor.out")
CURRENTS = ("sensor.l1", "sensor.l2", "sensor.l3")
VOLTAGE = "sensor.voltage"
FUSE = FuseSettings(rating=25.0, phases=tuple(map(PhaseSensor, CURRENTS)))


def report(hass: HomeAssistant, entity_id: str, value: object, unit: Any = "W") -> None:
    """Let a sensor report."""
    hass.states.async_set(entity_id, str(value), {} if unit is None else {ATTR_UNIT_OF_MEASUREMENT: unit})


def sensors(hass: HomeAssistant, **settings: Any) -> SiteMeters:
    """Return the sensors of a house."""
    return SiteMeters(hass, SiteSettings(**settings))


def grid(hass: HomeAssistant, source: SignedPower | PowerPair | None) -> float | None:
    """Return the power of the grid."""
    sample = sensors(hass, grid=source).grid
    return None if sample is None else sample.value


def only_phase(hass: HomeAssistant, phase: PhaseSensor) -> float | None:
    """Return the current of a house with one phase."""
    found = sensors(hass, fuse=FuseSettings(rating=25.0, phases=(phase,))).currents
    if found is None:
        return None
    current, *others = found[0]
    assert others == [0, 0]
    return current


@pytest.mark.parametrize(
    ("value", "unit", "watts"),
    [(1500, "W", 1500.0), (-1.5, "kW", -1500.0), (0.002, "MW", 2000.0), (1e9, "W", 1e9), (1_500_000, "mW", 1500.0)],
)
def test_power_is_read_in_watts(hass: HomeAssistant, value: float, unit: str, watts: float) -> None:
    """Whatever its unit is."""
    report(hass, GRID, value, unit)
    assert grid(hass, SignedPower(GRID)) == pytest.approx(watts)
    assert grid(hass, SignedPower(GRID, inverted=True)) == pytest.approx(-watts)


@pytest.mark.parametrize("value", ["unavailable", "unknown", "", "n/a", "nan", "12 W"])
def test_what_is_no_number_is_no_value(hass: HomeAssistant, value: str) -> None:
    """Of no sensor of the house."""
    report(hass, GRID, value)
    assert grid(hass, SignedPower(GRID)) is None
    assert grid(hass, SignedPower(GRID, inverted=True)) is None


@pytest.mark.parametrize("unit", [None, "A", "kWh", "watts", ["W"], 5])
def test_without_a_unit_of_power_there_is_no_power(hass: HomeAssistant, unit: Any) -> None:
    """It may be W, it may be kW: nobody guesses."""
    report(hass, GRID, 5, unit)
    assert grid(hass, SignedPower(GRID)) is None


def test_a_sensor_that_does_not_exist_has_no_value(hass: HomeAssistant) -> None:
    """Before its integration is there, and after it has gone."""
    assert grid(hass, SignedPower(GRID)) is None
    assert grid(hass, PAIR) is None
    assert grid(hass, None) is None


def test_infinity_is_left_to_be_judged(hass: HomeAssistant) -> None:
    """It is a report of a sensor that is wrong, not silence."""
    report(hass, GRID, "-inf")
    assert grid(hass, SignedPower(GRID)) == -float("inf")


def test_a_pair_makes_one_power(hass: HomeAssistant) -> None:
    """Import is positive; without both there is none."""
    report(hass, PAIR.exported, 0.5, "kW")
    assert grid(hass, PAIR) is None
    report(hass, PAIR.imported, 0)
    assert grid(hass, PAIR) == -500
    report(hass, PAIR.exported, "unavailable")
    assert grid(hass, PAIR) is None


@pytest.mark.parametrize(("exported", "newest"), [(0, True), (500, False)], ids=["at rest", "stuck"])
def test_a_pair_is_as_old_as_what_it_shows(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, exported: float, newest: bool
) -> None:
    """At night nobody reports an export of 0; but a grid connection never takes and gives at once: one of them has died."""
    report(hass, PAIR.exported, exported)
    first = dt_util.utcnow().timestamp()
    freezer.tick(100)
    report(hass, PAIR.imported, 200)
    sample = sensors(hass, grid=PAIR).grid
    assert sample is not None
    assert sample.at == pytest.approx(first + 100 if newest else first, abs=1)


def test_a_report_of_the_same_value_is_a_new_sample(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """The sensor lives."""
    house = sensors(hass, grid=SignedPower(GRID))
    times = []
    for _ in range(2):
        freezer.tick(10)
        report(hass, GRID, 100)
        sample = house.grid
        assert sample is not None
        times.append(sample.at)
    assert times[1] - times[0] == pytest.approx(10)


def test_the_sun_of_all_systems_counts(hass: HomeAssistant) -> None:
    """If one of them is silent nobody knows how much there is."""
    house = sensors(hass, solar=("sensor.east", "sensor.west"))
    known = [house.solar]
    for entity_id in ("sensor.east", "sensor.west"):
        report(hass, entity_id, 1.5, "kW")
        known.append(house.solar)
    assert known == [None, None, 3000.0]
    assert sensors(hass).solar is None


def test_the_battery_is_read_the_right_way_round(hass: HomeAssistant) -> None:
    """Discharge is positive."""
    report(hass, "sensor.battery", 2, "kW")
    report(hass, "sensor.soc", 55, "%")
    battery = BatterySettings(power=SignedPower("sensor.battery", inverted=True), soc="sensor.soc")
    house = sensors(hass, battery=battery)
    assert house.battery is not None
    assert house.battery.value == -2000
    assert house.battery_soc == 55
    report(hass, "sensor.soc", "unknown", "%")
    assert house.battery_soc is None


@pytest.mark.parametrize("battery", [None, BatterySettings()])
def test_without_a_battery_there_is_none(hass: HomeAssistant, battery: BatterySettings | None) -> None:
    """Nor what it is charged to."""
    house = sensors(hass, battery=battery)
    assert house.battery is None
    assert house.battery_soc is None


def test_currents_are_read_in_amperes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Of the time of the youngest."""
    house = sensors(hass, fuse=FUSE)
    for entity_id, value, unit in zip(CURRENTS, (5, -3000, 0.5), ("A", "mA", "A"), strict=True):
        freezer.tick(2)
        report(hass, entity_id, value, unit)
    youngest = hass.states.get(CURRENTS[2])
    assert youngest is not None
    assert house.currents == ((5.0, -3.0, 0.5), youngest.last_reported.timestamp())


def test_a_house_with_one_phase_has_none_on_the_others(hass: HomeAssistant) -> None:
    """Nothing is missed."""
    report(hass, CURRENTS[0], 7, "A")
    assert only_phase(hass, PhaseSensor(CURRENTS[0])) == 7


@pytest.mark.parametrize(("value", "unit"), [(2300, "W"), (2.3, "kW"), (0.0023, "MW")])
def test_the_power_of_a_phase_is_read_as_its_current(hass: HomeAssistant, value: float, unit: str) -> None:
    """At the nominal voltage, with the sign that it has."""
    phase = PhaseSensor(CURRENTS[0])
    report(hass, CURRENTS[0], value, unit)
    assert only_phase(hass, phase) == pytest.approx(10)
    report(hass, CURRENTS[0], -value, unit)
    assert only_phase(hass, phase) == pytest.approx(-10)


@pytest.mark.parametrize(("volts", "unit"), [(80, "V"), (120, "V"), (241.5, "V"), (300, "V"), (235_000, "mV")])
def test_the_power_of_a_phase_is_divided_by_its_voltage(hass: HomeAssistant, volts: float, unit: str) -> None:
    """Where a sensor shows it."""
    report(hass, CURRENTS[0], 2400)
    report(hass, VOLTAGE, volts, unit)
    measured = volts / 1000 if unit == "mV" else volts
    assert only_phase(hass, PhaseSensor(CURRENTS[0], VOLTAGE)) == pytest.approx(2400 / measured)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        *((value, "V") for value in ("unavailable", "unknown", "nan", "inf", 0, -230, 79.9, 300.1)),
        (240, None),
        (240, "W"),
        (None, None),
    ],
)
def test_a_voltage_that_cannot_be_true_counts_as_230_volts(
    hass: HomeAssistant, value: object, unit: str | None
) -> None:
    """As one that is missing does: no fuse goes unwatched for lack of a voltage."""
    report(hass, CURRENTS[0], 2300)
    if value is not None:
        report(hass, VOLTAGE, value, unit)
    assert only_phase(hass, PhaseSensor(CURRENTS[0], VOLTAGE)) == pytest.approx(10)


def test_a_voltage_makes_no_sample(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """The current is as old as the power, however often the voltage is reported."""
    fuse = FuseSettings(rating=25.0, phases=(PhaseSensor(CURRENTS[0], VOLTAGE),))
    report(hass, CURRENTS[0], 2300)
    reported = dt_util.utcnow().timestamp()
    freezer.tick(100)
    report(hass, VOLTAGE, 230, "V")
    found = sensors(hass, fuse=fuse).currents
    assert found is not None
    assert found[1] == pytest.approx(reported, abs=1)


def test_the_power_of_the_grid_is_read_the_right_way_round_as_that_of_the_only_phase(hass: HomeAssistant) -> None:
    """One sensor tells both the same."""
    report(hass, GRID, -2300)
    assert only_phase(hass, PhaseSensor(GRID, inverted=True)) == pytest.approx(10)


def test_what_a_phase_shows_is_known_once_it_has_reported(hass: HomeAssistant) -> None:
    """Its unit tells, at each report anew."""
    phase = PhaseSensor(CURRENTS[0], VOLTAGE)
    report(hass, VOLTAGE, 250, "V")
    known = [only_phase(hass, phase)]
    for value, unit in (("unknown", None), (2500, "W"), (7, "A")):
        report(hass, CURRENTS[0], value, unit)
        known.append(only_phase(hass, phase))
    assert known == [None, None, 10, 7]


def test_each_phase_may_have_a_sensor_of_its_own_kind(hass: HomeAssistant) -> None:
    """One has a current, the next power, the last power and a voltage."""
    phases = (PhaseSensor(CURRENTS[0]), PhaseSensor(CURRENTS[1]), PhaseSensor(CURRENTS[2], VOLTAGE))
    for entity_id, value, unit in ((CURRENTS[0], 1, "A"), (CURRENTS[1], 460, "W"), (CURRENTS[2], -0.75, "kW")):
        report(hass, entity_id, value, unit)
    report(hass, VOLTAGE, 250, "V")
    found = sensors(hass, fuse=FuseSettings(rating=25.0, phases=phases)).currents
    assert found is not None
    assert found[0] == pytest.approx((1, 2, -3))


@pytest.mark.parametrize(
    ("value", "unit"),
    [("unavailable", "A"), ("nan", "A"), ("inf", "A"), ("unavailable", "W"), ("inf", "W"), (5, "V"), (5, None)],
)
def test_one_phase_that_says_nothing_of_use_makes_all_unknown(hass: HomeAssistant, value: object, unit: Any) -> None:
    """The fuse is as weak as its weakest phase."""
    for entity_id in CURRENTS:
        report(hass, entity_id, 5, "A")
    assert sensors(hass, fuse=FUSE).currents is not None
    report(hass, CURRENTS[1], value, unit)
    assert sensors(hass, fuse=FUSE).currents is None


def test_one_phase_that_falls_silent_makes_all_unknown(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Half a minute after the others."""
    for entity_id in CURRENTS:
        report(hass, entity_id, 5, "A")
    for seconds, known in ((29, True), (2, False)):
        freezer.tick(seconds)
        report(hass, CURRENTS[0], 5, "A")
        report(hass, CURRENTS[2], 5, "A")
        assert (sensors(hass, fuse=FUSE).currents is not None) is known


@pytest.mark.parametrize("fuse", [None, FuseSettings(rating=25.0, phases=())])
def test_without_sensors_no_current_is_known(hass: HomeAssistant, fuse: FuseSettings | None) -> None:
    """A fuse alone says nothing."""
    assert sensors(hass, fuse=fuse).currents is None


@pytest.mark.parametrize(("state", "dimmed"), [("on", True), ("off", False), ("unavailable", False), (None, False)])
def test_the_grid_operator_dims_while_the_signal_is_on(hass: HomeAssistant, state: str | None, dimmed: bool) -> None:
    """A signal that nobody hears is none."""
    if state is not None:
        hass.states.async_set("binary_sensor.dimmer", state)
    assert sensors(hass, dimmer=DimmerSettings(entity_id="binary_sensor.dimmer")).dimmed is dimmed
    assert not sensors(hass).dimmed


@pytest.mark.parametrize(
    ("settings", "entity_ids"),
    [
        ({"grid": SignedPower(GRID)}, [GRID]),
        ({"grid": PAIR}, [PAIR.imported, PAIR.exported]),
        ({"fuse": FUSE}, list(CURRENTS)),
        ({"fuse": FuseSettings(rating=25.0, phases=(PhaseSensor(GRID, VOLTAGE),))}, [GRID]),
        ({"dimmer": DimmerSettings(entity_id=GRID)}, [GRID]),
        ({}, []),
    ],
    ids=["grid", "pair", "fuse", "fuse with voltage", "dimmer", "nothing"],
)
async def test_each_report_of_a_sensor_is_told_until_the_end(
    hass: HomeAssistant, settings: dict[str, Any], entity_ids: list[str]
) -> None:
    """Also of the same value, for that is a sample too."""
    told: list[None] = []
    end = sensors(hass, **settings).listen(lambda: told.append(None))
    for entity_id in (*entity_ids, *entity_ids, VOLTAGE, "sensor.other"):
        report(hass, entity_id, 5)
    await hass.async_block_till_done()
    assert len(told) == 2 * len(entity_ids)
    end()
    for entity_id in entity_ids:
        report(hass, entity_id, 6)
    await hass.async_block_till_done()
    assert len(told) == 2 * len(entity_ids)
