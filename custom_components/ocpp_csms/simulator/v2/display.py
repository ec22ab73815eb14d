"""Messages on the display: SetDisplayMessage, GetDisplayMessages and ClearDisplayMessage, and what is shown now.

OCPP 2.0.1, part 2, O01 to O06. What prices and costs say on the display lives elsewhere.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpp.v201 import call, call_result
from ocpp.v201.enums import (
    ClearMessageStatusEnumType,
    DisplayMessageStatusEnumType,
    GetDisplayMessagesStatusEnumType,
    MessagePriorityEnumType as Priority,
)

from ..answering import Answer, Handler, moment
from ..clock import Clock
from .device_model import DeviceModel
from .inventory import Speaker
from .report_parts import parts
from .variables import DISPLAY_STATES

_LARGEST_PART = 10
_COUNT = "DisplayMessageCtrlr.DisplayMessages"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the central system has set it."""

    wire: Mapping[str, Any]

    @property
    def message_id(self) -> int:
        """Its number, which the central system chose."""
        return int(self.wire["id"])

    @property
    def priority(self) -> str:
        """What it may push aside."""
        return str(self.wire["priority"])

    @property
    def state(self) -> str | None:
        """The state of the station in which it is shown; None for any."""
        return self.wire.get("state")

    @property
    def transaction_id(self) -> str | None:
        """The transaction that it is for; None for everybody."""
        return self.wire.get("transactionId")

    @property
    def text(self) -> str:
        """What it says; of several languages the first."""
        return str(self.wire["message"]["content"])

    @property
    def contents(self) -> list[Mapping[str, Any]]:
        """What it says, in one or more languages (the further ones are of 2.1)."""
        return [self.wire["message"], *(self.wire.get("messageExtra") or [])]

    def is_over(self, now: datetime) -> bool:
        """Tell whether its end has passed (O01.FR.07)."""
        end = self.wire.get("endDateTime")
        return end is not None and moment(end) <= now

    def has_begun(self, now: datetime) -> bool:
        """Tell whether its start has come (O01.FR.06)."""
        start = self.wire.get("startDateTime")
        return start is None or moment(start) <= now


class Display:
    """The messages that are kept, and the three handlers for them."""

    def __init__(
        self,
        model: DeviceModel,
        clock: Clock,
        speaker: Speaker,
        *,
        state: Callable[[], str],
        transactions: Callable[[], Collection[str]],
    ) -> None:
        """Set up the table; `state` is that of the station (one of DISPLAY_STATES), `transactions` the ids of those that run."""
        self._model = model
        self._clock = clock
        self._speaker = speaker
        self._state = state
        self._transactions = transactions
        self._messages: dict[int, Message] = {}
        self.handlers: dict[str, Handler] = {
            "ClearDisplayMessage": self._clear_display_message,
            "GetDisplayMessages": self._get_display_messages,
            "SetDisplayMessage": self._set_display_message,
        }
        model.provide(_COUNT, lambda: str(len(self.kept())))

    def kept(self) -> list[Message]:
        """Return the messages that are not over: neither their time nor their transaction."""
        now, running = self._clock.now(), self._transactions()
        self._messages = {
            number: message
            for number, message in self._messages.items()
            if not message.is_over(now) and (message.transaction_id is None or message.transaction_id in running)
        }
        return [*self._messages.values()]

    def shown(self) -> list[Message]:
        """Return the messages that the display shows in turn now (O01.FR.12 to FR.15)."""
        now, state = self._clock.now(), self._state()
        due = [each for each in self.kept() if each.has_begun(now) and each.state in {None, state}]
        for priority in (Priority.always_front, Priority.in_front):
            if first := [each for each in due if each.priority == priority]:
                return first
        return due

    def dump(self) -> list[Mapping[str, Any]]:
        """Return what survives a restart (O01.FR.10)."""
        return [message.wire for message in self.kept()]

    def restore(self, messages: Collection[Mapping[str, Any]]) -> None:
        """Take over what `dump` returned."""
        self._messages = {message["id"]: Message(message) for message in messages}

    def _set_display_message(self, request: call.SetDisplayMessage) -> Answer:
        wire: Any = request.message
        message = Message(wire)
        status = self._judged(message)
        if status is DisplayMessageStatusEnumType.accepted:
            if message.priority == Priority.always_front:  # There is one of them at most (O01.FR.16).
                others = self._messages.items()
                self._messages = {number: each for number, each in others if each.priority != Priority.always_front}
            self._messages[message.message_id] = message
        return Answer(call_result.SetDisplayMessage(status))

    def _judged(self, message: Message) -> DisplayMessageStatusEnumType:
        if message.priority not in self._model.items("DisplayMessageCtrlr.SupportedPriorities"):
            return DisplayMessageStatusEnumType.not_supported_priority
        if message.state is not None and message.state not in DISPLAY_STATES:
            return DisplayMessageStatusEnumType.not_supported_state
        formats = self._model.items("DisplayMessageCtrlr.SupportedFormats")
        if any(content["format"] not in formats for content in message.contents):
            return DisplayMessageStatusEnumType.not_supported_message_format
        if message.transaction_id is not None and message.transaction_id not in self._transactions():
            return DisplayMessageStatusEnumType.unknown_transaction
        if not self._has_room(message) or not self._model.flag("DisplayMessageCtrlr.Enabled"):
            return DisplayMessageStatusEnumType.rejected
        return DisplayMessageStatusEnumType.accepted

    def _has_room(self, message: Message) -> bool:
        kept = {each.message_id for each in self.kept()}
        ended = message.is_over(self._clock.now())
        return not ended and len(kept | {message.message_id}) <= self._model.most(_COUNT)

    def _get_display_messages(self, request: call.GetDisplayMessages) -> Answer:
        found = [
            message.wire
            for message in self.kept()
            if (not request.id or message.message_id in request.id)
            and request.priority in {None, message.priority}
            and request.state in {None, message.state}
        ]
        if not found:
            return Answer(call_result.GetDisplayMessages(GetDisplayMessagesStatusEnumType.unknown))
        return Answer(
            call_result.GetDisplayMessages(GetDisplayMessagesStatusEnumType.accepted),
            lambda: self._report(request.request_id, found),
        )

    async def _report(self, request_id: int, found: list[Mapping[str, Any]]) -> None:
        for part in parts(found, _LARGEST_PART):
            items: Any = part.items
            await self._speaker.say(call.NotifyDisplayMessages(request_id, items, part.more))

    def _clear_display_message(self, request: call.ClearDisplayMessage) -> Answer:
        known = request.id in {message.message_id for message in self.kept()}
        self._messages.pop(request.id, None)
        status = ClearMessageStatusEnumType.accepted if known else ClearMessageStatusEnumType.unknown
        return Answer(call_result.ClearDisplayMessage(status))
