"""By how much the clock of a charge point is wrong, from the times in its messages: its charging schedules go by its clock, not by ours.

Pure. A message may be late, but not early: the youngest of the last few tells. Some charge points write local time and call it UTC. A clock
that is slow is slow by the same each time; what was kept while there was no connection comes ever less late.
"""

from datetime import datetime, timedelta

_MESSAGES = 8
_ENOUGH = 6  # of them that agree, before a clock is taken to be slow: others may just be late
_NEGLIGIBLE = timedelta(seconds=30)
_GRAIN = timedelta(seconds=10)
_ABSURD = timedelta(days=2)  # a clock that was never set follows no schedule


class ClockSkew:
    """What is known of one clock. `value` is by how much it is ahead of ours; 0 while that is negligible or not known."""

    __slots__ = ("_differences", "value")

    def __init__(self) -> None:
        """Know nothing."""
        self._differences: tuple[timedelta, ...] = ()
        self.value = timedelta()

    def told(self, moment: datetime, now: datetime) -> bool:
        """Take the time of a message that has just come. Return whether the value is another than before."""
        difference = moment - now
        if not -_ABSURD < difference < _ABSURD:
            return False
        self._differences = (*self._differences, difference)[-_MESSAGES:]
        if not self.value and -_NEGLIGIBLE <= difference <= _NEGLIGIBLE:
            return False  # as it nearly always is
        before, self.value = self.value, self._judged()
        return self.value != before

    def forget(self) -> None:
        """The clock has been set."""
        self._differences, self.value = (), timedelta()

    def _judged(self) -> timedelta:
        skew = max(self._differences)
        agreed = sum(skew - difference < _NEGLIGIBLE for difference in self._differences)
        if not (skew > _NEGLIGIBLE or (skew < -_NEGLIGIBLE and agreed >= _ENOUGH)):
            return timedelta()
        return round(skew / _GRAIN) * _GRAIN
