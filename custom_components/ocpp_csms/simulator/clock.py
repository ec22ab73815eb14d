"""The charge point's own time: wall time that can be skipped, and duties that fall due.

No OCPP and no event loop here; the charge point advances the clock and runs what is due.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_RESOLUTION = timedelta(milliseconds=1)


class Clock:
    """Wall time in UTC plus the seconds that were skipped and those that it is wrong by; the uptime in simulated seconds."""

    def __init__(self) -> None:
        """Start at the present moment."""
        self.uptime = 0.0
        self.skipped = 0.0
        self.wrong_by = 0.0
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time, to the millisecond.

        No two calls return the same moment: a central system may take two transactions with one timestamp for a
        message that was sent twice.
        """
        moment = datetime.now(UTC) + timedelta(seconds=self.skipped + self.wrong_by)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self._last = max(moment, self._last + _RESOLUTION)
        return self._last

    def misset(self, seconds: float) -> None:
        """Be wrong by so many seconds, ahead if positive. Raises ValueError where the calendar ends."""
        try:
            datetime.now(UTC) + timedelta(seconds=self.skipped + seconds)
        except OverflowError as error:
            raise ValueError(f"no calendar reaches {seconds:g} s from now") from error
        self.wrong_by = seconds
        self._last = datetime.min.replace(tzinfo=UTC)

    def advance(self, seconds: float, elapsed: float = 0.0) -> None:
        """Let `seconds` of simulated time pass, of which the wall clock has already seen `elapsed`."""
        self.uptime += seconds
        self.skipped += seconds - elapsed


class Agenda:
    """Named duties, each due at one uptime of a clock; naming one again moves it."""

    def __init__(self, clock: Clock) -> None:
        """Start without duties."""
        self._clock = clock
        self._duties: dict[str, tuple[float, Callable[[], object]]] = {}

    def after(self, name: str, seconds: float, duty: Callable[[], object]) -> None:
        """Have `duty` run once so many simulated seconds have passed."""
        self._duties[name] = (self._clock.uptime + seconds, duty)

    def every(self, name: str, interval: Callable[[], float], duty: Callable[[], object]) -> None:
        """Have `duty` run each `interval` seconds, which is asked for anew each time; 0 ends it."""
        self._repeat(name, interval, lambda seconds: seconds, duty)

    def every_aligned(self, name: str, interval: Callable[[], float], duty: Callable[[], object]) -> None:
        """Have `duty` run at the multiples of `interval` seconds since midnight; 0 ends it."""
        self._repeat(name, interval, self._until_multiple, duty)

    def _repeat(
        self, name: str, interval: Callable[[], float], wait: Callable[[float], float], duty: Callable[[], object]
    ) -> None:
        def run() -> None:
            duty()
            self._repeat(name, interval, wait, duty)

        self.cancel(name)
        if seconds := interval():
            self.after(name, wait(seconds), run)

    def _until_multiple(self, seconds: float) -> float:
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return seconds - (now - midnight).total_seconds() % seconds

    def cancel(self, name: str) -> None:
        """Forget the duty, if it is there."""
        self._duties.pop(name, None)

    def run(self) -> None:
        """Run what is due, the earliest first. A duty may name itself again; it then waits for the next call."""
        uptime = self._clock.uptime
        ready = sorted((due, name) for name, (due, _) in self._duties.items() if due <= uptime)
        for _, name in ready:
            if (entry := self._duties.get(name)) is not None and entry[0] <= uptime:
                del self._duties[name]
                entry[1]()
