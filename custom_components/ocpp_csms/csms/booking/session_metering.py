"""What each transaction has taken: the registers of one charge point's connectors carried over to transactions, in kWh and over time.

Energy comes from registers, never from power. While a transaction runs, the connector's `EnergyMeter` counts; at its end the registers of
start and stop decide to the watt-hour, where they agree with what was counted. Pure: no message, no version; time is given.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.measuring.metering import MeterSample, import_register
from custom_components.ocpp_csms.csms.model import Connector, Quantity
from custom_components.ocpp_csms.csms.observers import Observers

from .energy import EnergyMeter, likely_gain, most_gain
from .interval_energy import Quarter, end_at, quarter_of, settle, spread
from .transactions import Repair, Transaction

_ROUNDING = 0.1  # kWh: messages round differently
_LARGEST_CHARGE = 200.0  # kWh
_DIGITS = 6
# After so long a silence the register's gain is news of the past. Home Assistant's statistics go by hours.
SILENCE = timedelta(minutes=10)

_NONE = Quarter(datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), 0)  # holds no moment

type LateEnergy = Callable[[int, datetime], None]


class SessionMetering:
    """The registers of one charge point, and the energy of its transactions."""

    def __init__(
        self,
        observers: Observers,
        *,
        touched: Callable[[], None],
        late: LateEnergy,
        skew: Callable[[], timedelta],
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Restore what `snapshot` returned. `touched` is told of what is worth saving, `late` of energy that was taken since a moment in the past.

        `skew` returns by how much the charge point's clock is ahead.
        """
        self._observers = observers
        self._touched = touched
        self._late = late
        self._meters = {int(number): EnergyMeter.from_dict(item) for number, item in (stored or {}).items()}
        self._skew = skew
        self._quarter = _NONE  # that the last gain was made in
        self._heard: dict[int, datetime] = {}  # when a register was heard last, by our clock
        self.late_since: dict[int, datetime] = {}

    def snapshot(self) -> dict[str, Any]:
        """Return the meters as JSON."""
        return {str(number): meter.as_dict() for number, meter in self._meters.items()}

    def register(self, number: int) -> float | None:
        """Return the register of a connector in kWh, as it was last believed."""
        return self._meter(number).register

    def fits(self, number: int, value: float) -> bool:
        """Whether the charge point's own number in kWh can follow the last of a connector, by as much as one charge takes at most."""
        last = self._meter(number).last_number
        return last is not None and last - _ROUNDING <= value <= last + _LARGEST_CHARGE

    def forget(self, number: int) -> None:
        """Drop the register of a connector that does not exist."""
        self._meters.pop(number, None)
        self._heard.pop(number, None)

    def begin(self, connector: Connector, transaction: Transaction, now: datetime) -> None:
        """A transaction begins on the connector, with or without a register of its start."""
        meter = self._meter(connector.number)
        before = meter.register, meter.measured_at
        transaction.metered = transaction.started
        meter.begin(transaction.meter_start, transaction.started)
        self._heard_of(connector.number, meter, *before, now)
        self._carry_over(connector, meter)

    def feed(self, connector: Connector, samples: Iterable[MeterSample], now: datetime) -> None:
        """Take the registers among the samples of a connector."""
        meter = self._meter(connector.number)
        before = meter.register, meter.measured_at
        fed = False
        for sample in samples:
            register = import_register(sample.readings)
            if register is not None:
                meter.feed(register, sample.at or now)
                self._carry_over(connector, meter)
                fed = True
        if fed:
            self._heard_of(connector.number, meter, *before, now)

    def end(self, connector: Connector, transaction: Transaction, now: datetime) -> None:
        """The transaction that was counted last has ended, and the charge point has said so."""
        meter = self._meter(connector.number)
        before = meter.register, meter.measured_at
        meter.end(transaction.meter_stop, transaction.stopped or transaction.started)
        self._heard_of(connector.number, meter, *before, now)
        self._carry_over(connector, meter)
        self._count(transaction, meter)
        self._conclude(transaction, meter)
        self._observers.mark(connector.number, "session_energy")

    def end_with_next(self, connector: Connector, transaction: Transaction, meter_start: float | None) -> None:
        """The end of a transaction was lost: what the register shows at the next start was taken by it."""
        meter = self._meter(connector.number)
        last = meter.last_number
        if meter_start is None or last is None or meter.session_relative or transaction.meter_stop is not None:
            return
        gain = meter_start - last
        since = meter.measured_at or transaction.started
        if 0 < gain <= likely_gain((transaction.stopped or since) - since):
            meter.end(meter_start, transaction.stopped or since)
            self._count(transaction, meter)
            transaction.meter_stop = meter_start
            transaction.repaired(Repair.METER_STOP_OF_NEXT)

    def settle(self, transaction: Transaction) -> None:
        """Take the energy of a transaction that is not counted any more from the registers of its start and stop, if they can be true."""
        _note_missing(transaction)
        difference = _difference(transaction)
        # What was taken for its end by the start of the next may have been taken by one in between.
        least = 0.0 if Repair.METER_STOP_OF_NEXT.value in transaction.repairs else transaction.energy - _ROUNDING
        if difference is None or difference < least or not _likely(transaction, difference):
            if transaction.meter_stop is not None:
                transaction.repaired(Repair.METER_STOP_IGNORED)
            return
        transaction.forgive(Repair.METER_STOP_OF_NEXT)
        end_at(transaction.intervals, transaction.stopped or transaction.started)
        self._set(transaction, difference)

    def tell_late(self) -> None:
        """Tell of the connectors whose register has caught up with the past since the last time."""
        if self.late_since:
            late, self.late_since = self.late_since, {}
            for number, since in late.items():
                self._late(number, since)

    def _carry_over(self, connector: Connector, meter: EnergyMeter) -> None:
        """Carry the believed register and the energy since the start over to the model."""
        mark, touched = self._observers.mark, False
        if meter.register is not None and connector.readings.get(Quantity.ENERGY) != meter.register:
            if Quantity.ENERGY not in connector.readings:
                mark(connector.number, "quantities")
            connector.readings[Quantity.ENERGY] = meter.register
            mark(connector.number, Quantity.ENERGY)
            touched = True
        transaction = connector.transaction
        if transaction is not None and (transaction.stopped is None or transaction.inferred_end):
            if self._count(transaction, meter):
                mark(connector.number, "session_energy")
                touched = True
        if touched:
            self._touched()

    def _count(self, transaction: Transaction, meter: EnergyMeter) -> bool:
        """Let a transaction have what its meter has counted; tell whether that is something else than before."""
        if meter.session is None or transaction.energy == meter.session:
            return False
        until = meter.measured_at or transaction.started
        since = transaction.metered or transaction.started
        gain = meter.session - transaction.energy
        quarter, intervals = self._quarter, transaction.intervals
        if gain > 0 and quarter.begin <= since and until < quarter.end:  # as it nearly always is
            intervals[quarter.key] = round(intervals.get(quarter.key, 0.0) + gain, _DIGITS)
        elif gain > 0:
            spread(intervals, since, until, gain)
            self._quarter = quarter_of(until)
        else:
            settle(transaction.intervals, meter.session, until)
        transaction.energy = meter.session
        transaction.metered = max(since, until)
        return True

    def _heard_of(
        self, number: int, meter: EnergyMeter, register: float | None, measured: datetime | None, now: datetime
    ) -> None:
        """Note that a register was heard, and what it and its time were before: after a long silence its gain was taken in the past."""
        heard = self._heard.get(number, measured)
        self._heard[number] = now
        if heard is None or register is None or meter.register == register:
            return
        since = heard if measured is None or heard < measured else measured  # what was kept is told all at once
        if now - since <= SILENCE:
            return
        if measured is not None:
            since = min(heard, measured - self._skew())
        if now - since > SILENCE:
            self.late_since[number] = min(since, self.late_since.get(number, since))

    def _conclude(self, transaction: Transaction, meter: EnergyMeter) -> None:
        """Let start and stop decide to the watt-hour where they agree with what was counted, and note what had to be put right."""
        for repair in meter.repairs:
            transaction.repaired(repair)
        _note_missing(transaction)
        end_at(transaction.intervals, transaction.stopped or transaction.started)
        difference = _difference(transaction)
        if difference is not None and abs(difference - transaction.energy) <= _ROUNDING:
            self._set(transaction, difference)
            return
        if transaction.meter_start is not None and meter.start_was_ignored:
            transaction.repaired(Repair.METER_START_IGNORED)
        if transaction.meter_stop is not None and not _is_at(meter, transaction.meter_stop):
            transaction.repaired(Repair.METER_STOP_IGNORED)

    def _set(self, transaction: Transaction, energy: float) -> None:
        transaction.energy = energy
        ended = transaction.stopped or transaction.started
        if transaction.intervals:
            settle(transaction.intervals, energy, ended)
        elif energy:
            spread(transaction.intervals, transaction.started, ended, energy)
        self._touched()

    def _meter(self, number: int) -> EnergyMeter:
        meter = self._meters.get(number)
        if meter is None:
            meter = self._meters[number] = EnergyMeter()
        return meter


def _note_missing(transaction: Transaction) -> None:
    """Note which register of an ended transaction was never told."""
    if transaction.meter_start is None:
        transaction.repaired(Repair.METER_START_MISSING)
    if transaction.meter_stop is None:
        transaction.repaired(Repair.METER_STOP_MISSING)


def _is_at(meter: EnergyMeter, value: float) -> bool:
    """Whether a meter has followed the charge point's number up to a value."""
    return meter.last_number is not None and abs(meter.last_number - value) <= _ROUNDING


def _difference(transaction: Transaction) -> float | None:
    """Return what the registers of start and stop differ by; None where one is missing or they run backwards."""
    start, stop = transaction.meter_start, transaction.meter_stop
    if start is None or stop is None or stop < start:
        return None
    return round(stop - start, _DIGITS)


def _likely(transaction: Transaction, difference: float) -> bool:
    """Whether so much can have been taken; a start at 0 may stand for one that was not known."""
    elapsed = (transaction.stopped or transaction.started) - transaction.started
    return difference <= (most_gain(elapsed) if transaction.meter_start else likely_gain(elapsed))
