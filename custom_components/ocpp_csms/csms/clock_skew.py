"""By how much the clock of a charge point is wrong, from the times in its messages: its charging schedules go by its clock, not by ours.

Pure. A message may be late, but not early: the youngest of the last few tells. Some charge points write local time and call it UTC.
"""

from collections import deque
from datetime import datetime, timedelta

_MESSAGES = 8
_ENOUGH = 4  # messages, before a clock is taken to be slow: a single one may just be late
_NEGLIGIBLE = timedelta(seconds=30)
_GRAIN = timedelta(seconds=10)
_ABSURD = timedelta(days=2)  # a clock that was never set follows no schedule


class ClockSkew:
    """What is known of one clock."""

    def __init__(self) -> None:
        """Know nothing."""
        self._differences: deque[timedelta] = deque(maxlen=_MESSAGES)

    def told(self, moment: datetime, now: datetime) -> None:
        """Take the time of a message that has just come."""
        if abs(moment - now) < _ABSURD:
            self._differences.append(moment - now)

    def forget(self) -> None:
        """The clock has been set."""
        self._differences.clear()

    @property
    def value(self) -> timedelta:
        """By how much it is ahead of ours; 0 while that is negligible or not known."""
        if not self._differences:
            return timedelta()
        skew = max(self._differences)
        slow_for_long = len(self._differences) >= _ENOUGH
        if not (skew > _NEGLIGIBLE or (skew < -_NEGLIGIBLE and slow_for_long)):
            return timedelta()
        return round(skew / _GRAIN) * _GRAIN
