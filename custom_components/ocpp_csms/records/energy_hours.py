"""Hours of long-term statistics put right after energy of the past has become known. Pure: rows in, rows out.

A row is the register and the sum at the end of an hour (an hour is POSIX time divided by 3600). What an hour used is the difference
between its sum and that of the row before. Home Assistant counts what comes late in the hour in which it heard of it, as the register
rises then. Its sum is right once all is heard: so only the hours before are put right, and the hour of the news keeps its own energy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the statistics of a register: what it shows at the end of the hour, and what it has counted since it is recorded."""

    hour: int
    state: float
    sum: float


@dataclass(frozen=True, slots=True)
class LateEnergy:
    """Energy of the past that has become known: used from `since` on, and heard of from `first_heard` to `last_heard`, all hours."""

    since: int
    first_heard: int
    last_heard: int

    def also(self, other: LateEnergy) -> LateEnergy:
        """Return both in one."""
        return LateEnergy(
            min(self.since, other.since),
            min(self.first_heard, other.first_heard),
            max(self.last_heard, other.last_heard),
        )


def corrected(
    known: Sequence[HourRow], used: Mapping[int, float], late: LateEnergy, *, end: int, total: float
) -> list[HourRow]:
    """Return the rows before the hour `end` that are missing or wrong.

    `known` are the rows there are, by hour, one before `late.since` included if there is one; `used` is what transactions took in each
    hour; `total` what the sum is by now: no row may go beyond it. All in the unit of the statistics.
    """
    if not known:
        return []  # the first row is the zero point: there is nothing to put right before it
    before = next((row for row in reversed(known) if row.hour < late.since), None)
    since = late.since
    if before is None:
        since = known[0].hour
        before = HourRow(since - 1, known[0].state - known[0].sum, 0.0)
    window = {row.hour: row for row in known if row.hour >= since}
    recorded = _changes(before, window)  # by what stands there now
    rows: list[HourRow] = []
    reached = before.sum
    for hour in range(since, end):
        change = recorded.get(hour, 0.0)
        if hour >= late.first_heard and hour in window:
            change = window[hour].sum - reached  # what was heard in it, less what the hours before have got of that
        if hour <= late.last_heard:
            change = max(change, used.get(hour, 0.0))  # it may not have been told at the time, or not been shown yet
        change = max(min(change, total - reached), 0.0)
        reached += change
        row = HourRow(hour, before.state + reached - before.sum, reached)
        if hour in window:
            if abs(window[hour].sum - reached) > _ROUNDING:
                rows.append(row)
        elif change > _ROUNDING:
            rows.append(row)
    return rows


def _changes(before: HourRow, rows: Mapping[int, HourRow]) -> dict[int, float]:
    changes, previous = {}, before.sum
    for hour, row in rows.items():
        changes[hour] = row.sum - previous
        previous = row.sum
    return changes


def counted(known: Sequence[HourRow], used: Mapping[int, float], since: int) -> list[HourRow]:
    """Return the rows from the hour `since` on that are missing or wrong, if nothing but `used` is to be counted.

    `known` are the rows there are, by hour, one before `since` included if there is one.
    """
    reached = next((row.sum for row in reversed(known) if row.hour < since), 0.0)
    there = {row.hour: row.sum for row in known if row.hour >= since}
    rows = []
    for hour in sorted(there.keys() | {hour for hour, energy in used.items() if hour >= since and energy > 0}):
        reached = round(reached + used.get(hour, 0.0), 6)
        if hour not in there or abs(there[hour] - reached) > _ROUNDING:
            rows.append(HourRow(hour, reached, reached))
    return rows
