"""What is measured now: whose meter a sample is of, what is late, what stops flowing."""

from datetime import timedelta

import pytest

from custom_components.ocpp_csms.csms.measuring.measurements import Measurements, only_connector
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import Connector, Quantity, Reading
from custom_components.ocpp_csms.csms.observers import Observers
from tests.csms.central import NOON


class Meter:
    """The measurements of a charge point with so many connectors, and what is told of connector 1."""

    def __init__(self, connectors: int = 1) -> None:
        """Begin with nothing measured."""
        self.connectors = {number: Connector(number) for number in range(connectors + 1)}
        self.observers = Observers()
        self.measurements = Measurements(self.connectors, self.observers)

    def power(self, watts: float, minutes: float | None = 0, *, now: float | None = None) -> None:
        """Sample the power of connector 1 some minutes after noon (None: unsaid); received `now`, by default at once."""
        at = None if minutes is None else NOON + timedelta(minutes=minutes)
        received = NOON + timedelta(minutes=(minutes or 0) if now is None else now)
        sample = MeterSample(at, (Reading("Power.Active.Import", watts, "W"),))
        self.measurements.sampled(self.connectors[1], [sample], received)

    def nothing_flows(self, minutes: float) -> None:
        """Let the status of connector 1 say so, some minutes after noon."""
        self.measurements.nothing_flows(self.connectors[1], NOON + timedelta(minutes=minutes))

    @property
    def readings(self) -> dict[Quantity, float]:
        """What connector 1 shows."""
        return self.connectors[1].readings


@pytest.mark.parametrize(
    ("connectors", "spoken", "reported", "meant"),
    [
        (0, (), 0, 1),
        (1, (), 0, 1),
        (1, (1,), 0, 0),
        (2, (), 0, 0),
        (1, (), 1, 1),
        (2, (1,), 2, 2),
    ],
)
def test_connector_0_is_the_only_one_until_that_has_spoken(
    connectors: int, spoken: tuple[int, ...], reported: int, meant: int
) -> None:
    """A meter of its own for the whole is kept apart."""
    measurements = Meter(connectors).measurements
    for number in spoken:
        measurements.meter_of(number)
    assert measurements.meter_of(reported) == meant


@pytest.mark.parametrize(("numbers", "only"), [((0,), 1), ((0, 1), 1), ((0, 3, 2), 2)])
def test_where_a_connector_must_be_meant_it_is_the_first(numbers: tuple[int, ...], only: int) -> None:
    """Before any is known it is number 1."""
    assert only_connector(numbers) == only


def test_an_older_sample_fills_gaps_only() -> None:
    """Queues come after the newest."""
    meter = Meter()
    meter.power(7000, 5)
    late = MeterSample(NOON, (Reading("Power.Active.Import", 3000, "W"), Reading("Voltage", 230, "V")))
    meter.measurements.sampled(meter.connectors[1], [late], NOON + timedelta(minutes=6))
    assert meter.readings == {Quantity.POWER: 7000, Quantity.VOLTAGE: 230}


def test_a_sample_without_a_time_is_of_now() -> None:
    """And newer than all before it."""
    meter = Meter()
    meter.power(7000, 5)
    meter.power(3000, None, now=6)
    assert meter.readings[Quantity.POWER] == 3000


def test_a_clock_that_ran_ahead_may_be_put_right() -> None:
    """The sample after it counts."""
    meter = Meter()
    meter.power(11000, 4, now=0)
    meter.power(3000, 1)
    assert meter.readings[Quantity.POWER] == 3000


def test_what_flows_stops_and_late_samples_do_not_let_it_flow_again() -> None:
    """Voltage stays."""
    meter = Meter()
    meter.readings[Quantity.VOLTAGE] = 230.0
    meter.readings[Quantity.CURRENT_L1] = 16.0
    meter.power(11000)
    meter.nothing_flows(5)
    meter.power(11000, 4, now=6)
    assert meter.readings == {Quantity.VOLTAGE: 230, Quantity.CURRENT_L1: 0, Quantity.POWER: 0}


def test_power_that_was_never_measured_is_0_while_nothing_flows() -> None:
    """Then it is unknown again; measured once, it stays."""
    meter = Meter()
    meter.nothing_flows(0)
    assert meter.readings == {Quantity.POWER: 0}
    meter.measurements.energy_flows(meter.connectors[1])
    assert meter.readings == {}
    meter.power(40, 1)
    meter.nothing_flows(2)
    meter.measurements.energy_flows(meter.connectors[1])
    assert meter.readings == {Quantity.POWER: 0}


def test_a_new_connection_forgets_all_but_the_register() -> None:
    """Also that a power of 0 was nobody's measurement, and how new the last sample was."""
    meter = Meter()
    meter.readings[Quantity.ENERGY] = 5.0
    meter.nothing_flows(5)
    meter.measurements.forget()
    meter.measurements.energy_flows(meter.connectors[1])
    assert meter.readings == {Quantity.ENERGY: 5}
    meter.power(3000, 1)
    assert meter.readings[Quantity.POWER] == 3000


def test_a_forgotten_connector_begins_anew() -> None:
    """If it exists after all."""
    meter = Meter()
    meter.measurements.meter_of(1)
    meter.nothing_flows(5)
    meter.measurements.forget_connector(1)
    assert meter.measurements.meter_of(0) == 1


def test_only_changes_are_told() -> None:
    """A quantity that is new, apart."""
    meter, told = Meter(), list[str]()
    meter.observers.listen(1, ("quantities",), lambda: told.append("quantities"))
    meter.observers.listen(1, (Quantity.POWER,), lambda: told.append("power"))
    for watts, minutes in ((7000, 0), (7000, 1), (7100, 2)):
        meter.power(watts, minutes)
        meter.observers.flush()
    assert sorted(told[:2]) == ["power", "quantities"]
    assert told[2:] == ["power"]
