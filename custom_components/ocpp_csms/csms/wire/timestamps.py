"""Timestamps of charge points: ISO 8601 as the field writes it, and whether to believe the clock behind it.

Pure: the time of receipt is handed in. Nothing here knows which message a timestamp came in.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

# OCPP 1.6 was published on this day: nothing that speaks it can have happened before. Clocks that were never set start in
# 1970, 2000 or on a firmware's birthday; queues that are years old exist and are believed.
EARLIEST = datetime(2015, 10, 8, tzinfo=UTC)

# A clock may run ahead a little; what is further ahead is local time under a wrong label, or a clock that was never set.
AHEAD = timedelta(minutes=5)

_LONGEST = 100  # characters, of what may be a time


def parse_timestamp(value: object, received: datetime) -> datetime | None:
    """Return a charge point's timestamp in UTC, or None when it cannot be believed and the time of receipt has to do.

    `received` is the (aware) time of receipt.
    """
    moment = read_timestamp(value)
    return moment if moment is not None and EARLIEST <= moment <= received + AHEAD else None


def read_timestamp(value: object) -> datetime | None:
    """Return what a charge point's clock says, in UTC, whether or not it can be; None for what is no time.

    Tolerated beyond RFC 3339 (OCPP 1.6, time notations): no zone (taken as UTC), zones as `+0000` and `+02`, a blank for the T,
    surrounding blanks, a lower-case z, and fractions of any sensible length.
    """
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    return _parse(value)


@lru_cache(maxsize=64)  # each message is asked for its time more than once
def _parse(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = datetime.fromisoformat(value.strip().upper())
        except ValueError:
            return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
