"""ID tags that were presented and that nobody entered: remembered so that they can be adopted, and told unless there are too many. Pure.

All charge points of a central system share one memory. It is bounded however many tags somebody tries; nothing of it is kept on disk.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from .authorization import folded

KEPT = 50
FLOOD = 10
"""So many different tags at one charge point within `FLOOD_WINDOW` are too many to be an accident."""
FLOOD_WINDOW = timedelta(minutes=5)

_MOST_TOLD = 20  # of one charge point a minute
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class UnknownTag:
    """A tag that was presented, how often, and when and where the last time."""

    id_tag: str
    charge_point: str
    at: datetime
    count: int = 1


class _Visits:
    """What was presented at one charge point of late: when new tags came, and when any was told."""

    __slots__ = ("new", "told")

    def __init__(self) -> None:
        self.new: deque[datetime] = deque(maxlen=FLOOD)
        self.told: deque[datetime] = deque(maxlen=_MOST_TOLD)


class UnknownTags:
    """The unknown tags of one central system."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tags: dict[str, UnknownTag] = {}  # the one presented last stands last
        self._visits: dict[str, _Visits] = {}  # by identity

    def note(self, id_tag: str, charge_point: str, now: datetime) -> bool:
        """An unknown tag was presented. Return whether that is worth telling: not in a flood, and not too often."""
        visits = self._visits.setdefault(charge_point, _Visits())
        number = folded(id_tag)
        known = self._tags.pop(number, None)
        if known is None:
            visits.new.append(now)
        self._tags[number] = UnknownTag(id_tag, charge_point, now, known.count + 1 if known else 1)
        if len(self._tags) > KEPT:
            del self._tags[next(iter(self._tags))]
        if self.is_flooded(charge_point, now) or _full(visits.told, now, _MINUTE):
            return False
        visits.told.append(now)
        return True

    def recent(self) -> list[UnknownTag]:
        """Return the tags that are remembered, the one presented last first."""
        return list(reversed(self._tags.values()))

    def is_flooded(self, charge_point: str, now: datetime) -> bool:
        """Tell whether somebody tries many tags at a charge point."""
        visits = self._visits.get(charge_point)
        return visits is not None and _full(visits.new, now, FLOOD_WINDOW)

    def forget(self, charge_point: str) -> None:
        """A charge point was removed."""
        self._visits.pop(charge_point, None)


def _full(moments: deque[datetime], now: datetime, window: timedelta) -> bool:
    """Whether there are as many moments within the window as are kept."""
    return len(moments) == moments.maxlen and now - moments[0] <= window
