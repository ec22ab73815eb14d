"""What a charge point notices of its own security: the log, and what of it is told (security whitepaper, A04)."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from .station import Station

_LONGEST_INFO = 255


class SecurityEvent(StrEnum):
    """Events that a charge point notices by itself; those of the list in the security whitepaper may be made by hand."""

    startup = "StartupOfTheDevice"
    reset = "ResetOrReboot"
    firmware_updated = "FirmwareUpdated"
    failed_to_authenticate = "FailedToAuthenticateAtCentralSystem"
    reconfiguration = "ReconfigurationOfSecurityParameters"
    setting_system_time = "SettingSystemTime"
    invalid_firmware_signature = "InvalidFirmwareSignature"
    invalid_firmware_certificate = "InvalidFirmwareSigningCertificate"
    invalid_central_certificate = "InvalidCentralSystemCertificate"
    invalid_own_certificate = "InvalidChargePointCertificate"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the security log."""

    at: datetime
    kind: str
    info: str | None


class SecurityLog:
    """The last events, told or not."""

    def __init__(
        self,
        station: Station,
        notification: Callable[[str, str, str | None], object],
        post: Callable[[object], object],
        *,
        talkative: bool,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`notification` makes SecurityEventNotification of a type, a time and a text, `post` sends it.

        `talkative` tells events of everyday life, too, not only failures; `names` are what events are called instead.
        """
        self.entries: deque[Entry] = deque(maxlen=500)
        self._station = station
        self._notification = notification
        self._post = post
        self._talkative = talkative
        self._names = names

    def record(self, kind: str, info: str | None = None) -> object:
        """Write an event into the log and return the message that tells it."""
        entry = Entry(self._station.clock.now(), self._names.get(kind, kind), info)
        self.entries.append(entry)
        return self._notification(entry.kind, self._station.timestamp(entry.at), info[:_LONGEST_INFO] if info else None)

    def tell(self, kind: str, info: str | None = None) -> None:
        """Record an event and tell the central system, now or once there is a connection."""
        self._post(self.record(kind, info))

    def notice(self, kind: str, info: str | None = None) -> None:
        """Record an event of everyday life; it is told only by a talkative charge point."""
        if self._talkative:
            self.tell(kind, info)
        else:
            self.record(kind, info)
