"""What the versions have in common in speaking: a call and what its status means, what all spell alike, a boot that was asked for.

No version's own messages, and nothing of what a charge point sends.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
import logging
from typing import Any, ClassVar

from .charge_point import ChargePoint
from .errors import (
    CallFailedError,
    CallTimeoutError,
    CommandError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
    UnclearAnswerError,
)
from .operations import Operation
from .requests import Answer, Request
from .surroundings import Surroundings
from .wanted_configuration import Wanted
from .wire.rpc import RpcConnection
from .wire.validation import rounded

_LOGGER = logging.getLogger(__name__)

_TRIGGERED_GRACE = timedelta(seconds=60)
# What a charge point says that does not know a message.
_UNKNOWN = frozenset({"notimplemented", "notsupported"})


class CommandSender:
    """The half of a dialect that does not depend on the version."""

    version: str
    operations: ClassVar[Mapping[type[Request], Operation[Any]]]
    """How each request is said. What is not there, the version cannot say."""

    def __init__(self, charge_point: ChargePoint, rpc: RpcConnection, surroundings: Surroundings) -> None:
        """Join a charge point and an open connection."""
        self._charge_point = charge_point
        self._rpc = rpc
        self._surroundings = surroundings
        self._asked: dict[str, datetime] = {}  # when which message was triggered

    @property
    def latency(self) -> float | None:
        """Round trip of the last ping in seconds."""
        return self._rpc.latency

    @property
    def actions(self) -> frozenset[str]:
        """What a central system may send in this version."""
        raise NotImplementedError

    async def close(self, reason: str) -> None:
        """Close the connection."""
        await self._rpc.close(1000, reason)

    def disconnected(self) -> None:
        """The connection has ended: nothing more will come on it."""

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> tuple[str, str | None]:
        """DataTransfer (1.6 §5.6, 2.x P01). Every status is a result: what it means is the vendor's business."""
        payload = {"vendorId": vendor_id, "messageId": message_id, "data": data}
        answer = await self._rpc.call(
            "DataTransfer", {key: value for key, value in payload.items() if value is not None}
        )
        status, returned = status_of(answer), answer.get("data") if isinstance(answer, dict) else None
        if status is None:
            raise UnclearAnswerError("DataTransfer")
        return status, None if returned is None else str(returned)

    async def request(self, request: Request) -> Answer:
        """Ask for what `requests` lists. Raises `InvalidRequestError("not_in_version")` for what this version cannot say."""
        operation = self._operation(request)
        return self._read(operation, await self._rpc.call(operation.action, operation.payload(request)))

    def checked(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a payload freed of what arithmetic has left in its numbers.

        Raises `InvalidRequestError`: `unknown_action` for what this version has no such message for, `invalid_payload` for what breaks
        its schema.
        """
        if action not in self.actions:
            raise InvalidRequestError("unknown_action", action=action[:50], version=self.version)
        payload = rounded(payload)
        if (problem := self._surroundings.checker.check(self.version, action, payload)) is not None:
            raise InvalidRequestError("invalid_payload", action=action, problem=problem)
        return payload

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Any action; an answer that is no object is handed over under the key `payload`."""
        answer = await self._rpc.call(action, payload)
        return answer if isinstance(answer, dict) else {"payload": answer}

    async def request_boot(self) -> None:
        """Ask for a BootNotification; the next one is then no reboot."""
        await self.trigger("BootNotification", None)

    async def trigger(self, message: str, connector: int | None) -> None:
        """Ask for a message. It may come before the answer, so that it was asked for is noted first."""
        self._asked[message] = self._surroundings.clock()
        try:
            await self._trigger(message, connector)
        except CommandError:
            self._asked.pop(message, None)
            raise

    def was_asked_for(self, message: str) -> bool:
        """Tell of a message that has just come whether it follows our request; the one after it does not."""
        asked = self._asked.pop(message, None)
        return asked is not None and self._surroundings.clock() - asked < _TRIGGERED_GRACE

    async def request_state(self) -> None:
        """Ask for status and meter values; a charge point that refuses one kind is not asked for more of it."""
        await self._request_statuses()
        for number in [number for number in self._charge_point.connectors if number] or [1]:
            if not await self._quietly("MeterValues", number):
                break

    async def _request_statuses(self) -> None:
        raise NotImplementedError

    async def _trigger(self, message: str, connector: int | None) -> None:
        raise NotImplementedError

    async def _quietly(self, message: str, connector: int | None) -> bool:
        """Ask for a message; return whether it makes sense to ask for another one of its kind."""
        try:
            await self.trigger(message, connector)
        except NotConnectedError:
            raise
        except CommandError as error:
            _LOGGER.debug("%s: %s was not triggered: %s", self._charge_point.identity, message, error)
            return not isinstance(error, (RefusedError, CallFailedError, CallTimeoutError))
        return True

    def _wanted(self) -> Wanted:
        """What the user and we want of the configuration."""
        settings = self._charge_point.settings
        return Wanted(
            heartbeat_interval=self._surroundings.heartbeat_interval(),
            ping_interval=self._surroundings.ping_interval,
            meter_interval=settings.meter_interval,
            measurands=settings.measurands,
        )

    def _operation(self, request: Request) -> Operation[Any]:
        operation = self.operations.get(type(request))
        if operation is None:
            raise InvalidRequestError("not_in_version", version=self.version)
        return operation

    def _read(
        self, operation: Operation[Any], answer: Any, parts: Sequence[Mapping[str, Any]] = (), *, complete: bool = True
    ) -> Answer:
        """Return what an answer and its parts say. Raises `RefusedError` and `UnclearAnswerError`."""
        payload = answer if isinstance(answer, dict) else {}
        status = good_status(operation.action, payload, operation.good) if operation.good else ""
        items = () if operation.items is None else operation.items(payload, parts)
        return Answer(status, payload, reports=tuple(parts), complete=complete, items=items)

    async def _ask(self, action: str, payload: dict[str, Any], *good: str) -> str:
        """Call and return the status if it is among `good` (Accepted). Raises `RefusedError` and `UnclearAnswerError` otherwise."""
        return good_status(action, await self._rpc.call(action, payload), good or ("Accepted",))


def good_status(action: str, answer: Any, good: tuple[str, ...]) -> str:
    """Return the status if it is a good one, as the specification spells it. Raises `RefusedError` and `UnclearAnswerError` otherwise."""
    status = status_of(answer)
    if status is None:
        raise UnclearAnswerError(action)
    for name in good:
        if status.casefold() == name.casefold():
            return name
    raise RefusedError(action, status)


def is_unknown(error: RefusedError | CallFailedError) -> bool:
    """Whether the charge point does not know what it was asked for."""
    said = error.status if isinstance(error, RefusedError) else error.code
    return said.casefold() in _UNKNOWN


def status_of(answer: Any) -> str | None:
    """Return the status of an answer; None where there is none."""
    status = answer.get("status") if isinstance(answer, dict) else None
    return status.strip() or None if isinstance(status, str) else None
