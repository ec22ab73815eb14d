"""The energy of one connector: a lifetime register that never falls, and what the current session has taken.

Pure: values and their times are handed in, in kWh and UTC. Some charge points count over the meter's lifetime, some afresh in each
session, some mix both, and some read 0 for a moment. All are followed as one counter: the register is the charge point's number
plus an offset, and the offset moves when the number is proven to have started afresh. So the register of a charge point that
counts by session is the sum of its sessions, and that of a replaced meter goes on where the old one stopped.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from .transactions import Repair

# Nothing adds more than this between two values: the fastest chargers, and a margin for clocks that disagree.
_FASTEST = 400.0  # kW
_MARGIN = 50.0  # kWh

# What a charge point at home likely adds. Tells a session that began at 0 from a lifetime register whose start was reported as 0.
_LIKELY = 25.0  # kW
_LIKELY_MARGIN = 0.5  # kWh

_ROUNDING = 0.1  # kWh: messages round differently, a smaller step back is none
_PROOF = 3  # so many rising values in a row prove that the counter started afresh
_ABSURD = 1e9  # kWh
_DIGITS = 6  # of a kWh, hides the noise of binary fractions


class _Value(NamedTuple):
    """A number of the charge point, in kWh, and when it was measured."""

    number: float
    at: datetime


class EnergyMeter:
    """The energy of one connector, over its lifetime and in its current or last session."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.register: float | None = None  # kWh, never falls
        self.session: float | None = None  # kWh of the current or last session, never falls within it
        self.session_relative = False  # whether the charge point was seen to count from the start of each session
        self._last: _Value | None = None  # the last that was believed
        self._offset = 0.0  # register - last number
        # register - last number that was no meter start or stop: some count these by session alone
        self._tally: float | None = None
        self._running = False
        self._began: datetime | None = None
        self._start: float | None = None  # the meter start, believed
        self._claimed: float | None = None  # a meter start that the next value has to bear out
        self._base: float | None = None  # the register when the session began
        self._sampled = False  # whether a value of this session was believed
        self._doubted: list[_Value] = []  # rising values in a row that contradict the last believed one
        self.repairs: tuple[Repair, ...] = ()  # what had to be put right in the current or last session
        self.start_was_ignored = False  # nothing bore out the meter start of the session that has ended, if it had one

    @property
    def measured_at(self) -> datetime | None:
        """When the last believed value was measured."""
        return self._last.at if self._last is not None else None

    @property
    def last_number(self) -> float | None:
        """The last number of the charge point that was believed, in kWh."""
        return self._last.number if self._last is not None else None

    def begin(self, meter_start: float | None, at: datetime) -> None:
        """Begin a session. `meter_start` (kWh) is what the charge point says of its register, `at` when."""
        self.session = 0.0
        self.repairs = ()
        self._running, self._began = True, at
        self._start = self._claimed = None
        self._base = self.register
        self._doubted.clear()
        if meter_start is not None and 0 <= meter_start < _ABSURD:
            self._begin_at(meter_start, at)
        self._sampled = False
        self._count()

    def feed(self, value: float, at: datetime) -> None:
        """Take a value (kWh) of the import register, measured at `at` within or outside a session."""
        self._take(value, at)
        if self._last is not None and self._last.number == value:
            self._tally = self._offset

    def _take(self, value: float, at: datetime) -> None:
        """Take a number (kWh), also that of a stop."""
        if not 0 <= value < _ABSURD:
            return
        last = self._last
        if not self._sampled and self._tally is not None and self._goes_on(self._tally, value, at):
            self.session_relative = False
            self._start = self._last = None
            self._offset = self._tally
            self._believe(value, at)
        elif self._claimed is not None and self._claimed < value <= self._claimed + self._likely_since_begin(at):
            if last is not None and self._claimed < last.number:
                self.session_relative = True
                self._repaired(Repair.SESSION_REGISTER)
            self._start = self._claimed
            self._restart(self._claimed, value, at)
        elif last is None:
            if value > 0:  # a first 0 may be a glitch, and says nothing
                self._restart(value, value, at)
        elif self._counts_afresh(last, value, at):
            self._repaired(Repair.SESSION_REGISTER)
            self._restart(0.0, value, at)
        elif _follows(last, value, at):
            if self._running and not self._sampled and last.number > 0:
                self.session_relative = False
            self._believe(value, at)
        elif value > last.number or at >= last.at:
            self._doubt(value, at)
        self._count()

    def end(self, meter_stop: float | None, at: datetime) -> None:
        """End the session. A `meter_stop` (kWh) that cannot be true changes nothing: the last believed value decides."""
        if meter_stop is not None:
            self._reconcile(meter_stop, at)
            self._take(meter_stop, at)
        self._running = False
        self.start_was_ignored = self._start is None
        self._claimed = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that outlives a restart, as JSON."""
        return {
            "register": self.register,
            "session": self.session,
            "session_relative": self.session_relative,
            "last": [self._last.number, self._last.at.isoformat()] if self._last else None,
            "offset": self._offset,
            "tally": self._tally,
            "running": self._running,
            "began": self._began.isoformat() if self._began else None,
            "start": self._start,
            "claimed": self._claimed,
            "base": self._base,
            "sampled": self._sampled,
            "repairs": list(self.repairs),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the meter that `as_dict` described."""
        meter = cls()
        meter.register = stored["register"]
        meter.session = stored["session"]
        meter.session_relative = stored["session_relative"]
        if stored["last"]:
            number, at = stored["last"]
            meter._last = _Value(number, datetime.fromisoformat(at))
        meter._offset = stored["offset"]
        meter._tally = stored.get("tally")
        meter._running = stored["running"]
        meter._began = datetime.fromisoformat(stored["began"]) if stored["began"] else None
        meter._start = stored["start"]
        meter._claimed = stored["claimed"]
        meter._base = stored["base"]
        meter._sampled = stored["sampled"]
        meter.repairs = tuple(Repair(name) for name in stored.get("repairs", ()))
        return meter

    def _begin_at(self, meter_start: float, at: datetime) -> None:
        """Believe a meter start, or keep it as a claim that the next value has to bear out."""
        last = self._last
        if last is None:
            if meter_start == 0:
                self._claimed = meter_start
                return
            self._restart(meter_start, meter_start, at)
        elif at < last.at and 0 <= last.number - meter_start <= likely_gain(last.at - at):
            self._base = meter_start + self._offset  # told late: values of this session came first
        elif _follows(last, meter_start, at):
            self._believe(meter_start, at)
            self._base = self.register
        elif self.session_relative and meter_start < last.number:
            self._restart(meter_start, meter_start, at)
        else:
            self._claimed = meter_start
            return
        self._start = meter_start

    def _goes_on(self, tally: float, value: float, at: datetime) -> bool:
        """Whether the first value of a session goes on from those of earlier ones, though the meter start fell: more than a session takes."""
        if not self._running or self.register is None or self._began is None:
            return False
        if self._claimed is None and tally == self._offset:
            return False
        elapsed = at - self._began
        gain = value - (self.register - tally)
        taken = value - (self._claimed or 0.0)
        return taken > _LIKELY * elapsed.total_seconds() / 3600 and -_ROUNDING <= gain <= likely_gain(elapsed)

    def _counts_afresh(self, last: _Value, value: float, at: datetime) -> bool:
        """Whether this is the first value of a session, from a charge point known to count by session."""
        return (
            self.session_relative
            and self._running
            and not self._sampled
            and value < last.number - _ROUNDING
            and value <= self._likely_since_begin(at)
        )

    def _believe(self, value: float, at: datetime) -> None:
        """Move on to a value that follows the last one."""
        if self._last is not None:
            value, at = max(value, self._last.number), max(at, self._last.at)
        self._last = _Value(value, at)
        self._claimed = None
        self._doubted.clear()
        self._sampled = True
        register = round(value + self._offset, _DIGITS)
        self.register = register if self.register is None else max(self.register, register)

    def _restart(self, origin: float, value: float, at: datetime) -> None:
        """Follow a counter that was at `origin` when the register was last believed, and is at `value` now."""
        if self.register is not None:
            self._offset = self.register - origin
        elif self._running:
            self._base = origin
        self._last = None
        self._believe(value, at)

    def _doubt(self, value: float, at: datetime) -> None:
        """Collect values that contradict the last believed one, and follow them once they prove themselves."""
        last = self._doubted[-1] if self._doubted else None
        if last is None or not last.number <= value <= last.number + most_gain(at - last.at):
            self._doubted = [_Value(value, at)]
        elif value > last.number:
            self._doubted.append(_Value(value, at))
        if len(self._doubted) < _PROOF:
            return
        origin = self._doubted[0].number
        if self._running and not self._sampled and value <= self._likely_since_begin(at):
            self.session_relative, origin = True, 0.0
        self._repaired(Repair.SESSION_REGISTER if self.session_relative else Repair.REGISTER_RESTARTED)
        self._restart(origin, value, at)

    def _reconcile(self, meter_stop: float, at: datetime) -> None:
        """Go back to the numbers of start and stop where the values between them counted differently."""
        if not self._running or self._start is None or self._base is None or self._began is None or self._last is None:
            return
        taken = meter_stop - self._start
        likely = (self.session or 0.0) - _ROUNDING <= taken <= most_gain(at - self._began)
        if likely and not _follows(self._last, meter_stop, at):
            self._repaired(Repair.REGISTER_RECONCILED)
            self._offset = self._base - self._start
            self._last = None
            self._believe(meter_stop, at)

    def _repaired(self, repair: Repair) -> None:
        if self._running and repair not in self.repairs:
            self.repairs = (*self.repairs, repair)

    def _count(self) -> None:
        """Count what the register has gained for the session."""
        if self._running and self.register is not None and self._base is not None:
            self.session = max(self.session or 0.0, round(self.register - self._base, _DIGITS))

    def _likely_since_begin(self, at: datetime) -> float:
        return likely_gain(at - self._began) if self._began else 0.0


def _follows(last: _Value, value: float, at: datetime) -> bool:
    """Whether a value can come after the last believed one. One that is older must be higher to say anything."""
    if value < last.number and at < last.at:
        return False
    return last.number - _ROUNDING <= value <= last.number + most_gain(at - last.at)


def most_gain(elapsed: timedelta) -> float:
    """Return the most that any charge point adds in a time, in kWh."""
    return _MARGIN + _FASTEST * max(elapsed.total_seconds(), 0) / 3600


def likely_gain(elapsed: timedelta) -> float:
    """Return the most that a charge point at home likely adds in a time, in kWh."""
    return _LIKELY_MARGIN + _LIKELY * max(elapsed.total_seconds(), 0) / 3600
