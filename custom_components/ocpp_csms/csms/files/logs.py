"""The logs of one charge point: asking for one, and how its upload goes.

Source: OCPP 1.6 §4.4, §5.9 (GetDiagnostics); security whitepaper ed. 3 (GetLog, LogStatusNotification); 2.0.1 part 2, N01. Where the
file goes to is not known here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from custom_components.ocpp_csms.csms.errors import CallFailedError, InvalidRequestError
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.requests import Answer, GetDiagnostics, GetLog, LogKind, Request, new_request_id
from custom_components.ocpp_csms.csms.wire.fields import text

KEY = "log_status"
"""What is marked on connector 0 when something here changes."""

_UNKNOWN_ACTION = frozenset({"notimplemented", "notsupported"})


class LogStatus(StrEnum):
    """How far the upload of a log is. The values are those of OCPP in snake case; both names of a failure are one."""

    IDLE = "idle"
    REQUESTED = "requested"  # agreed to, and not heard of since
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    UPLOAD_FAILED = "upload_failed"
    BAD_MESSAGE = "bad_message"
    NOT_SUPPORTED_OPERATION = "not_supported_operation"
    PERMISSION_DENIED = "permission_denied"


FAILED = frozenset(
    {
        LogStatus.UPLOAD_FAILED,
        LogStatus.BAD_MESSAGE,
        LogStatus.NOT_SUPPORTED_OPERATION,
        LogStatus.PERMISSION_DENIED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOrder:
    """Which log a charge point is to upload, and where to (a URL)."""

    location: str
    kind: LogKind = LogKind.DIAGNOSTICS
    oldest: datetime | None = None
    latest: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None  # s


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """What a charge point has said to an order: the name of the file that comes, empty if there is nothing to send."""

    status: str
    file_name: str


class Logs:
    """The logs of one charge point."""

    def __init__(
        self,
        ask: Callable[[Request], Awaitable[Answer]],
        features: Callable[[], Features],
        *,
        mark: Callable[[], None],
        flush: Callable[[], None],
    ) -> None:
        """`ask` sends a request, `features` tells what the charge point can do, `mark` notes a change, `flush` tells listeners."""
        self.status = LogStatus.IDLE
        self.failures = 0  # of the last order
        self._request_id: int | None = None
        self._lacks_get_log = False  # it has said so
        self._ask = ask
        self._features = features
        self._mark = mark
        self._flush = flush

    async def request(self, order: LogOrder) -> LogAnswer:
        """Order an upload; it comes after this returns.

        Raises the exceptions of `errors`, `InvalidRequestError("no_security_log")` for a charge point that keeps none.
        """
        before = self.status, self.failures, self._request_id
        # The first notification may come before the answer.
        self.status, self.failures, self._request_id = LogStatus.REQUESTED, 0, None
        try:
            answer = await self._say(order)
        except Exception:
            self.status, self.failures, self._request_id = before
            raise
        else:
            if not answer.file_name and self.status is LogStatus.REQUESTED:
                self.status = LogStatus.IDLE
        finally:
            self._mark()
            self._flush()
        return answer

    def reported(self, status: LogStatus, request_id: int | None) -> None:
        """Take what the charge point tells. What it tells of another request than the last is of no interest."""
        if request_id is not None and self._request_id is not None and request_id != self._request_id:
            return
        self.failures += status in FAILED
        # Asked in between, a charge point says that it is idle: what became of the upload stays known.
        if status is not LogStatus.IDLE or self.status in {LogStatus.REQUESTED, LogStatus.UPLOADING}:
            self.status = status
        self._mark()

    def forget(self) -> None:
        """The firmware is another one: what it does not know may be known now."""
        self._lacks_get_log = False

    async def _say(self, order: LogOrder) -> LogAnswer:
        """Ask by the message that the charge point knows, by the other one if it turns out that it does not."""
        features = self._features()
        if order.kind is LogKind.SECURITY or not features.get_diagnostics:
            return await self._get_log(order)
        if features.get_log and not self._lacks_get_log:
            try:
                return await self._get_log(order)
            except InvalidRequestError:
                return await self._get_diagnostics(order)
        try:
            return await self._get_diagnostics(order)
        except CallFailedError as error:
            if self._lacks_get_log or error.code.casefold() not in _UNKNOWN_ACTION:
                raise
            try:
                return await self._get_log(order)
            except InvalidRequestError:
                raise error from None

    async def _get_log(self, order: LogOrder) -> LogAnswer:
        """GetLog. Raises `InvalidRequestError("no_security_log")` if the charge point does not know it."""
        if self._lacks_get_log:
            raise InvalidRequestError("no_security_log")
        self._request_id = new_request_id()
        request = GetLog(
            request_id=self._request_id,
            kind=order.kind,
            location=order.location,
            oldest=order.oldest,
            latest=order.latest,
            retries=order.retries,
            retry_interval=order.retry_interval,
        )
        try:
            answer = await self._ask(request)
        except CallFailedError as error:
            if error.code.casefold() not in _UNKNOWN_ACTION:
                raise
            self._lacks_get_log, self._request_id = True, None
            raise InvalidRequestError("no_security_log") from error
        return LogAnswer(answer.status, text(answer.payload.get("filename")) or "log")

    async def _get_diagnostics(self, order: LogOrder) -> LogAnswer:
        request = GetDiagnostics(
            location=order.location,
            oldest=order.oldest,
            latest=order.latest,
            retries=order.retries,
            retry_interval=order.retry_interval,
        )
        answer = await self._ask(request)
        return LogAnswer(answer.status, text(answer.payload.get("fileName")) or "")
