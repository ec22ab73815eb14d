"""The security log of a station of OCPP 2.x, and who is told of it (A04, and appendix 1 of part 2)."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

from ocpp.v201 import call

from ..security_log import Entry, SecurityEvent
from ..station import Station
from .reporter import Reporter

_LONGEST_INFO = 255
_NAMES = {
    SecurityEvent.failed_to_authenticate: "FailedToAuthenticateAtCsms",
    SecurityEvent.invalid_central_certificate: "InvalidCsmsCertificate",
    SecurityEvent.invalid_own_certificate: "InvalidChargingStationCertificate",
}
"""Events that have another name than in 1.6."""


class SecurityEvents:
    """The log, and the events that are told."""

    def __init__(self, station: Station, reporter: Reporter, *, talkative: bool) -> None:
        """`talkative` tells events of everyday life, too, not only failures."""
        self.log: deque[Entry] = deque(maxlen=500)
        self.requester: Callable[[], Awaitable[object]] | None = None
        """What asks for a certificate of its own."""
        self._station = station
        self._reporter = reporter
        self._talkative = talkative

    def record(self, kind: str, info: str | None = None) -> call.SecurityEventNotification:
        """Write an event into the log and return the message that tells it."""
        name = _NAMES.get(SecurityEvent(kind), kind) if kind in set(SecurityEvent) else kind
        now: datetime = self._station.clock.now()
        self.log.append(Entry(now, name, info))
        info = info[:_LONGEST_INFO] if info else None
        return call.SecurityEventNotification(name, self._station.timestamp(now), tech_info=info)

    def tell(self, kind: str, info: str | None = None) -> None:
        """Record an event and tell the central system, now or once there is a connection."""
        self._reporter.post(self.record(kind, info), durable=True)

    def notice(self, kind: str, info: str | None = None) -> None:
        """Record an event of everyday life; it is told only by a talkative station."""
        if self._talkative:
            self.tell(kind, info)
        else:
            self.record(kind, info)

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it."""
        if self.requester is not None:
            await self.requester()
