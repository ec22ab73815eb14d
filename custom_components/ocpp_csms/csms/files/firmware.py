"""The firmware of one charge point: ordering another one, and how that goes.

Source: OCPP 1.6 §4.5, §5.19, §7.25; security whitepaper ed. 3 (SignedUpdateFirmware, SignedFirmwareStatusNotification); 2.0.1
part 2, L01, L02. Where the file comes from is not known here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from custom_components.ocpp_csms.csms.requests import (
    Answer,
    Request,
    UpdateFirmware,
    UpdateSignedFirmware,
    new_request_id,
)

KEY = "firmware"
"""What is marked on connector 0 when something here changes."""


class FirmwareStatus(StrEnum):
    """How far an update is. The values are those of OCPP in snake case."""

    IDLE = "idle"
    ACCEPTED = "accepted"  # ordered, and not heard of since
    DOWNLOAD_SCHEDULED = "download_scheduled"
    DOWNLOADING = "downloading"
    DOWNLOAD_PAUSED = "download_paused"
    DOWNLOADED = "downloaded"
    SIGNATURE_VERIFIED = "signature_verified"
    INSTALL_SCHEDULED = "install_scheduled"
    INSTALLING = "installing"
    INSTALL_REBOOTING = "install_rebooting"
    INSTALLED = "installed"
    DOWNLOAD_FAILED = "download_failed"
    INVALID_SIGNATURE = "invalid_signature"
    INSTALLATION_FAILED = "installation_failed"
    INSTALL_VERIFICATION_FAILED = "install_verification_failed"


FAILED = frozenset(
    {
        FirmwareStatus.DOWNLOAD_FAILED,
        FirmwareStatus.INVALID_SIGNATURE,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
    }
)

# How much of an update is behind, in percent. OCPP tells steps, not shares: these are how far along the way each step is.
_PROGRESS = {
    FirmwareStatus.DOWNLOADING: 10,
    FirmwareStatus.DOWNLOAD_PAUSED: 10,
    FirmwareStatus.DOWNLOADED: 50,
    FirmwareStatus.SIGNATURE_VERIFIED: 55,
    FirmwareStatus.INSTALL_SCHEDULED: 60,
    FirmwareStatus.INSTALLING: 70,
    FirmwareStatus.INSTALL_REBOOTING: 90,
}

# Agreed upon, perhaps for a time to come.
_WAITING = frozenset({FirmwareStatus.ACCEPTED, FirmwareStatus.DOWNLOAD_SCHEDULED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareOrder:
    """What a charge point is to install, from where (a URL), and when. With a signature (base64) also who has signed it (PEM)."""

    location: str
    retrieve_at: datetime
    version: str | None = None
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None  # s
    certificate: str | None = None
    signature: str | None = None


class Firmware:
    """The updates of one charge point."""

    def __init__(
        self,
        ask: Callable[[Request], Awaitable[Answer]],
        *,
        mark: Callable[[], None],
        flush: Callable[[], None],
    ) -> None:
        """`ask` sends a request, `mark` notes a change, `flush` tells listeners."""
        self.status = FirmwareStatus.IDLE
        self.version: str | None = None  # that was ordered last
        self._request_id: int | None = None
        self._ask = ask
        self._mark = mark
        self._flush = flush

    @property
    def progress(self) -> int | None:
        """How much of a running update is behind, in percent, by its steps; None while there is none."""
        return _PROGRESS.get(self.status)

    @property
    def running(self) -> bool:
        """Whether an update is under way; one that waits for its time is not."""
        return self.status in _PROGRESS

    @property
    def failed(self) -> bool:
        """Whether the last update has failed."""
        return self.status in FAILED

    async def update(self, order: FirmwareOrder) -> None:
        """Order an update; it goes on after this returns. Raises the exceptions of `errors`: then nothing has changed."""
        before = self.status, self.version, self._request_id
        # The first notification may come before the answer.
        self.status, self.version = FirmwareStatus.ACCEPTED, order.version
        self._request_id = request_id = new_request_id()
        try:
            await self._ask(_request(order, request_id))
        except Exception:
            self.status, self.version, self._request_id = before
            raise
        finally:
            self._mark()
            self._flush()

    def reported(self, status: FirmwareStatus, request_id: int | None) -> None:
        """Take what the charge point tells. What it tells of another request than the last is of no interest."""
        if request_id is not None and self._request_id is not None and request_id != self._request_id:
            return
        # Asked in between, a charge point says that it is idle: what became of the update stays known.
        if status is not FirmwareStatus.IDLE or self.running or self.status in _WAITING:
            self.status = status
        self._mark()

    def booted(self, installed: str | None, previous: str | None) -> None:
        """Take a boot: with another version the update is done, without one it has ended with nothing, unless it was to come later."""
        other = installed is not None and previous is not None and installed != previous
        wanted = installed is not None and installed == self.version
        if (self.running or self.status in _WAITING) and (other or wanted):
            self.status = FirmwareStatus.INSTALLED
        elif self.running:
            self.status = FirmwareStatus.IDLE
        self._mark()


def _request(order: FirmwareOrder, request_id: int) -> Request:
    if order.signature is None or order.certificate is None:
        return UpdateFirmware(
            request_id=request_id,
            location=order.location,
            retrieve_at=order.retrieve_at,
            install_at=order.install_at,
            retries=order.retries,
            retry_interval=order.retry_interval,
        )
    return UpdateSignedFirmware(
        request_id=request_id,
        location=order.location,
        retrieve_at=order.retrieve_at,
        install_at=order.install_at,
        certificate=order.certificate,
        signature=order.signature,
        retries=order.retries,
        retry_interval=order.retry_interval,
    )
