"""Actions about the display of a charger: what it shows."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import (
    ClearMessage,
    DisplayMessage,
    GetMessages,
    MessageFormat,
    MessagePriority,
    MessageState,
    ShowMessage,
)
from custom_components.ocpp_csms.csms.requests import new_request_id

from .action import Action
from .fields import moment, written
from .target import Target

ATTR_CONTENT: Final = "content"
ATTR_END: Final = "end"
ATTR_FORMAT: Final = "format"
ATTR_LANGUAGE: Final = "language"
ATTR_MESSAGE_ID: Final = "message_id"
ATTR_MESSAGE_IDS: Final = "message_ids"
ATTR_PRIORITY: Final = "priority"
ATTR_START: Final = "start"
ATTR_STATE: Final = "state"
ATTR_TRANSACTION_ID: Final = "transaction_id"

_MOST: Final = 100  # messages that are named
_MESSAGE_ID: Final = vol.All(vol.Coerce(int), vol.Range(min=0, max=2**31 - 1))
_FILTERS: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_PRIORITY): vol.Coerce(MessagePriority),
    vol.Optional(ATTR_STATE): vol.Coerce(MessageState),
}


async def _show_message(target: Target, call: ServiceCall) -> JsonObjectType:
    """Show a message under the number that it is given, else under a new one; times are told by the charger's clock."""
    message_id = call.data.get(ATTR_MESSAGE_ID)
    start, end = moment(call.data, ATTR_START), moment(call.data, ATTR_END)
    kind: MessageFormat = call.data[ATTR_FORMAT]
    if end is not None and start is not None and end <= start:
        raise InvalidRequestError("message_times_reversed")
    if end is not None and end <= dt_util.utcnow():
        raise InvalidRequestError("message_over")
    if kind is MessageFormat.ASCII and not call.data[ATTR_CONTENT].isascii():
        raise InvalidRequestError("message_not_ascii")
    skew = target.charge_point.clock_skew.value
    request = ShowMessage(
        message_id=new_request_id() if message_id is None else message_id,
        content=call.data[ATTR_CONTENT],
        format=kind,
        language=call.data.get(ATTR_LANGUAGE),
        priority=call.data[ATTR_PRIORITY],
        state=call.data.get(ATTR_STATE),
        start=None if start is None else start + skew,
        end=None if end is None else end + skew,
        transaction_id=call.data.get(ATTR_TRANSACTION_ID),
    )
    answer = await target.charge_point.request(request)
    return {"status": answer.status, "message_id": request.message_id}


async def _get_messages(target: Target, call: ServiceCall) -> JsonObjectType:
    request = GetMessages(
        request_id=new_request_id(),
        message_ids=tuple(call.data[ATTR_MESSAGE_IDS]),
        priority=call.data.get(ATTR_PRIORITY),
        state=call.data.get(ATTR_STATE),
    )
    answer = await target.charge_point.request(request)
    skew = target.charge_point.clock_skew.value
    return {
        "status": answer.status,
        "complete": answer.complete,
        "messages": [_as_answer(message, skew) for message in answer.items],
    }


async def _clear_message(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": (await target.charge_point.request(ClearMessage(call.data[ATTR_MESSAGE_ID]))).status}


def _as_answer(message: DisplayMessage, skew: timedelta) -> JsonObjectType:
    def ours(at: datetime | None) -> str | None:
        return written(None if at is None else at - skew)

    return {
        "message_id": message.message_id,
        "content": message.content,
        "format": message.format,
        "language": message.language,
        "priority": message.priority,
        "state": message.state,
        "start": ours(message.start),
        "end": ours(message.end),
        "transaction_id": message.transaction_id,
    }


ACTIONS: Final = {
    "show_message": Action(
        handler=_show_message,
        fields={
            vol.Required(ATTR_CONTENT): vol.All(cv.string, vol.Length(min=1, max=512)),
            vol.Optional(ATTR_MESSAGE_ID): _MESSAGE_ID,
            vol.Optional(ATTR_FORMAT, default=MessageFormat.UTF8.value): vol.Coerce(MessageFormat),
            vol.Optional(ATTR_LANGUAGE): vol.All(cv.string, vol.Length(min=2, max=8)),
            vol.Optional(ATTR_PRIORITY, default=MessagePriority.NORMAL_CYCLE.value): vol.Coerce(MessagePriority),
            vol.Optional(ATTR_STATE): vol.Coerce(MessageState),
            vol.Optional(ATTR_START): cv.datetime,
            vol.Optional(ATTR_END): cv.datetime,
            vol.Optional(ATTR_TRANSACTION_ID): vol.All(cv.string, vol.Length(min=1, max=36)),
        },
        refusal_is_answer=True,
    ),
    "get_messages": Action(
        handler=_get_messages,
        fields={
            vol.Optional(ATTR_MESSAGE_IDS, default=list): vol.All(cv.ensure_list, [_MESSAGE_ID], vol.Length(max=_MOST)),
            **_FILTERS,
        },
        refusal_is_answer=True,
    ),
    "clear_message": Action(
        handler=_clear_message, fields={vol.Required(ATTR_MESSAGE_ID): _MESSAGE_ID}, refusal_is_answer=True
    ),
}
