"""When energy was taken: a counter's gain between two moments, spread over quarters of an hour. Pure.

What flowed between two values of a register is taken to have flowed evenly: nothing is known that says otherwise.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .transactions import INTERVAL

# Intervals that one gain is spread over: a counter that was silent for longer says nothing of when.
_LONGEST = 7 * 24 * 4
_DIGITS = 6  # of a kWh


class Quarter(NamedTuple):
    """One interval: when it begins and ends, and its key."""

    begin: datetime
    end: datetime
    key: int


def quarter_of(moment: datetime) -> Quarter:
    """Return the interval that a moment (UTC) is in."""
    key = int(moment.timestamp() // INTERVAL)
    begin = datetime.fromtimestamp(key * INTERVAL, UTC)
    return Quarter(begin, begin + timedelta(seconds=INTERVAL), key)


def spread(intervals: dict[int, float], since: datetime, until: datetime, gain: float) -> None:
    """Add a gain in kWh that was made between two moments; the wrong way round it counts at the second."""
    end = until.timestamp()
    begin = since.timestamp()
    last = int(end // INTERVAL)
    first = last if begin >= end else int(begin // INTERVAL)
    if last > first and end % INTERVAL == 0:
        last -= 1  # the one that begins there had none of it
    if first == last:  # as it nearly always is
        intervals[last] = round(intervals.get(last, 0.0) + gain, _DIGITS)
        return
    if last - first >= _LONGEST:
        first = last - _LONGEST + 1
        begin = first * INTERVAL
    rest = gain
    for start in range(first, last):
        part = round(gain * ((start + 1) * INTERVAL - max(begin, start * INTERVAL)) / (end - begin), _DIGITS)
        part = min(part, rest)  # hundreds that were rounded up are more than there is
        intervals[start] = round(intervals.get(start, 0.0) + part, _DIGITS)
        rest -= part
    intervals[last] = round(intervals.get(last, 0.0) + rest, _DIGITS)


def end_at(intervals: dict[int, float], at: datetime) -> None:
    """Let nothing be taken after a moment: what stands in later intervals is that of the one it is in."""
    last = int(at.timestamp() // INTERVAL)
    later = [intervals.pop(start) for start in sorted(intervals) if start > last]
    if later:
        intervals[last] = round(intervals.get(last, 0.0) + sum(later), _DIGITS)


def settle(intervals: dict[int, float], total: float, at: datetime) -> None:
    """Let the intervals add up to a total in kWh that has turned out to be right; the last ones bear the difference.

    `at` is where it goes while there is none.
    """
    difference = round(total - sum(intervals.values()), _DIGITS)
    if difference > 0:
        last = max(intervals, default=int(at.timestamp() // INTERVAL))
        intervals[last] = round(intervals.get(last, 0.0) + difference, _DIGITS)
        return
    for start in sorted(intervals, reverse=True):
        if difference >= 0:
            return
        kept = max(round(intervals[start] + difference, _DIGITS), 0.0)
        difference = round(difference + intervals[start] - kept, _DIGITS)
        intervals[start] = kept
