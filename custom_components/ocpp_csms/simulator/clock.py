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
    """Named duties, each due at one uptime in seconds; setting a name again moves the duty."""

    def __init__(self) -> None:
        """Start without duties."""
        self._duties: dict[str, tuple[float, Callable[[], None]]] = {}

    def set(self, name: str, due: float, duty: Callable[[], None]) -> None:
        """Have `duty` run once the uptime reaches `due`."""
        self._duties[name] = (due, duty)

    def cancel(self, name: str) -> None:
        """Forget the duty, if it is there."""
        self._duties.pop(name, None)

    def run(self, uptime: float) -> None:
        """Run what is due, the earliest first. A duty may set itself again; it then waits for the next call."""
        ready = sorted((due, name) for name, (due, _) in self._duties.items() if due <= uptime)
        for _, name in ready:
            if (entry := self._duties.get(name)) is not None and entry[0] <= uptime:
                del self._duties[name]
                entry[1]()
