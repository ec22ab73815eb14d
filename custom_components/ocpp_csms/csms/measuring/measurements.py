"""What is measured now at the connectors of one charge point: whose meter a sample is of, what is late, and what stops flowing.

Pure: no version, no transaction; time is given. Registers of energy are left to `sessions`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from custom_components.ocpp_csms.csms.model import Connector, Quantity
from custom_components.ocpp_csms.csms.observers import Observers

from .metering import MeterSample, summarise

# What flows stops flowing: these read 0 when no energy is taken.
_FLOWS = (
    Quantity.POWER,
    Quantity.POWER_L1,
    Quantity.POWER_L2,
    Quantity.POWER_L3,
    Quantity.CURRENT,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.CURRENT_L3,
)

# What a car takes that charges, and no meter's own noise: told in this time, it is so now.
_LEAST_POWER = 100.0  # W
_RECENT = timedelta(minutes=2)


def only_connector(numbers: Iterable[int]) -> int:
    """Return the connector that connector 0 stands for where one must be meant."""
    return min((number for number in numbers if number), default=1)


class Measurements:
    """The current readings of the connectors of one charge point."""

    def __init__(self, connectors: Mapping[int, Connector], observers: Observers) -> None:
        """Keep the readings of these connectors, which may become more and fewer."""
        self._connectors = connectors
        self._observers = observers
        self._newest: dict[int, datetime] = {}  # by connector: the time that its readings are of
        self._own_meter: set[int] = set()  # connectors that have spoken for themselves
        self._inferred_power: set[int] = set()  # connectors whose power of 0 follows from their status

    def forget(self) -> None:
        """Nothing that was measured before is taken for current, but the register."""
        self._newest.clear()
        self._inferred_power.clear()
        for connector in self._connectors.values():
            for quantity in [key for key in connector.readings if key is not Quantity.ENERGY]:
                del connector.readings[quantity]
                self._observers.mark(connector.number, quantity)

    def forget_connector(self, number: int) -> None:
        """Drop what is known of a connector that does not exist."""
        self._newest.pop(number, None)
        self._own_meter.discard(number)
        self._inferred_power.discard(number)

    def meter_of(self, number: int) -> int:
        """Return the connector whose meter a sample of this connector is of.

        A station with one connector may report it as connector 0; with a meter of its own for the whole it keeps them apart.
        """
        if number:
            self.tell_apart(number)
            return number
        only = only_connector(self._connectors)
        return only if len(self._connectors) <= 2 and only not in self._own_meter else 0

    def tell_apart(self, number: int) -> None:
        """A connector speaks for itself: what is measured for the whole station is not its own."""
        self._own_meter.add(number)

    def sampled(self, connector: Connector, samples: Sequence[MeterSample], now: datetime) -> None:
        """Take samples; those older than what is known only fill gaps."""
        number, readings, mark = connector.number, connector.readings, self._observers.mark
        for sample in samples:
            at = min(sample.at or now, now)  # a clock that ran ahead may be put right
            newest = self._newest.get(number)
            late = newest is not None and at < newest
            if not late:
                self._newest[number] = connector.sampled_at = at
            for quantity, value in summarise(sample.readings).items():
                known = readings.get(quantity)
                if quantity is Quantity.POWER:
                    self._inferred_power.discard(number)
                if known == value or (late and known is not None):
                    continue
                readings[quantity] = value
                if known is None:
                    mark(number, "quantities")
                mark(number, quantity)

    def nothing_flows(self, connector: Connector, at: datetime | None) -> None:
        """From `at` on no energy is taken: power is 0 even if it was never reported, and older samples say nothing about now.

        `at` is None where the charge point has told no time: ours compares with no sample of a clock that is behind.
        """
        number, readings = connector.number, connector.readings
        if number and Quantity.POWER not in readings:
            readings[Quantity.POWER] = 0.0
            self._inferred_power.add(number)
            self._observers.mark(number, Quantity.POWER)
        for quantity in _FLOWS:
            if readings.get(quantity):
                readings[quantity] = 0.0
                self._observers.mark(number, quantity)
        if at is not None:
            self._newest[number] = max(at, self._newest.get(number, at))

    def show_charging(self, connector: Connector, now: datetime) -> bool:
        """Whether a transaction runs that takes power now, by what has been measured since the connection opened."""
        at = connector.sampled_at
        if connector.running_transaction is None or at is None or now - at > _RECENT:
            return False
        return connector.readings.get(Quantity.POWER, 0.0) >= _LEAST_POWER

    def energy_flows(self, connector: Connector) -> None:
        """Energy is taken: a power of 0 that nobody measured says nothing any more."""
        if connector.number in self._inferred_power:
            self._inferred_power.discard(connector.number)
            del connector.readings[Quantity.POWER]
            self._observers.mark(connector.number, Quantity.POWER)
