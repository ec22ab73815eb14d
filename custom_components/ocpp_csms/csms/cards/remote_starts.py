"""Remote starts: whose transaction is the next one on a connector, whatever becomes of the tag on the way. Pure: time is given."""

from dataclasses import dataclass
from datetime import datetime, timedelta

GRACE = timedelta(minutes=2)
_MOST = 10  # of one charge point at a time


@dataclass(slots=True, eq=False)
class RemoteStart:
    """A remote start, and until when the next transaction on the connector belongs to it; `fingerprint` is that of its start.

    Its `number` is for charge points that say to which remote start a transaction belongs.
    """

    connector: int
    id_tag: str
    until: datetime
    number: int = 0
    fingerprint: str | None = None


class RemoteStarts:
    """The remote starts of one charge point that may still be followed by their transactions."""

    def __init__(self) -> None:
        """Begin with none."""
        self._starts: tuple[RemoteStart, ...] = ()

    def announce(self, connector: int, id_tag: str, now: datetime, number: int = 0) -> RemoteStart:
        """Expect a transaction; it may come before the answer to the remote start."""
        start = RemoteStart(connector, id_tag, now + GRACE, number)
        self._starts = (*self._starts, start)[-_MOST:]
        return start

    def withdraw(self, start: RemoteStart) -> None:
        """The charge point has refused: no transaction will follow."""
        self._starts = tuple(other for other in self._starts if other is not start)

    def claim(self, connector: int, fingerprint: str, now: datetime) -> bool:
        """Tell whether a start belongs to a remote start: the first on its connector does, and so do its retries."""
        for start in self._starts:
            if start.until >= now and start.connector == connector and start.fingerprint in (None, fingerprint):
                start.fingerprint = fingerprint
                return True
        return False

    def tag_of(self, number: int | None) -> str | None:
        """Return the tag of the remote start with a number, however long ago it was; None if that is not one of the last few."""
        return next((start.id_tag for start in self._starts if number and start.number == number), None)

    def is_ours(self, id_tag: str, now: datetime) -> bool:
        """Tell whether a tag is that of a remote start that may still be followed."""
        folded = id_tag.strip().casefold()
        return any(start.until >= now and start.id_tag.casefold() == folded for start in self._starts)
