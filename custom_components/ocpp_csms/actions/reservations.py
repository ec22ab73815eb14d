"""Actions that keep a connector for somebody, free it again, and tell what is reserved."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.cards.tag_names import tag_name
from custom_components.ocpp_csms.csms.requests import ConnectorType
from custom_components.ocpp_csms.csms.reservations import Reservation

from .action import ACCEPTED, Action
from .fields import written
from .target import ANY_CONNECTOR, Target

ATTR_CONNECTOR_TYPE: Final = "connector_type"
ATTR_DURATION: Final = "duration"
ATTR_ID_TAG: Final = "id_tag"
ATTR_RESERVATION_ID: Final = "reservation_id"
ATTR_UNTIL: Final = "until"

DEFAULT_DURATION: Final = timedelta(hours=1)


async def _reserve(target: Target, call: ServiceCall) -> JsonObjectType:
    """Reserve a connector; any of them, if a type is named instead."""
    connector_type: ConnectorType | None = call.data.get(ATTR_CONNECTOR_TYPE)
    connector = 0 if connector_type is not None and target.named is None else target.connector
    reservation = await target.charge_point.reserve(
        connector, _expiry_of(call), call.data.get(ATTR_ID_TAG), connector_type
    )
    return {"status": ACCEPTED, **_facts(target, reservation)}


async def _cancel_reservation(target: Target, call: ServiceCall) -> JsonObjectType:
    reservation_id: int | None = call.data.get(ATTR_RESERVATION_ID)
    if reservation_id is None:
        reservation_id = target.charge_point.reserving.open_on(target.connector).reservation_id
    await target.charge_point.cancel_reservation(reservation_id)
    return {"status": ACCEPTED}


async def _get_reservations(target: Target, _call: ServiceCall) -> JsonObjectType:
    """The last reservations, newest first; of one connector if it was named, or its device chosen."""
    return {
        "reservations": [
            {**_facts(target, item), "state": item.status.value, "transaction_id": item.transaction_id}
            for item in reversed(target.charge_point.reserving.book.all())
            if target.named is None or item.connector == target.named
        ]
    }


def _expiry_of(call: ServiceCall) -> datetime:
    """Return until when to reserve, in UTC: to the second, which is what a charger is told."""
    until: datetime | None = call.data.get(ATTR_UNTIL)
    if until is None:
        until = dt_util.utcnow() + call.data.get(ATTR_DURATION, DEFAULT_DURATION)
    return dt_util.as_utc(until).replace(microsecond=0)  # without a zone it is local


def _facts(target: Target, reservation: Reservation) -> JsonObjectType:
    return {
        "reservation_id": reservation.reservation_id,
        "connector": reservation.connector,
        "id_tag": reservation.id_tag,
        "name": tag_name(target.charge_point, reservation.id_tag),
        "until": written(reservation.expiry),
    }


ACTIONS: Final = {
    "reserve": Action(
        handler=_reserve,
        fields={
            **ANY_CONNECTOR,
            vol.Optional(ATTR_ID_TAG): vol.All(cv.string, vol.Length(min=1)),
            vol.Optional(ATTR_CONNECTOR_TYPE): vol.Coerce(ConnectorType),
            vol.Exclusive(ATTR_UNTIL, "end"): cv.datetime,
            vol.Exclusive(ATTR_DURATION, "end"): cv.positive_time_period,
        },
        refusal_is_answer=True,
    ),
    "cancel_reservation": Action(
        handler=_cancel_reservation,
        fields={**ANY_CONNECTOR, vol.Optional(ATTR_RESERVATION_ID): vol.All(vol.Coerce(int), vol.Range(min=0))},
        refusal_is_answer=True,
    ),
    "get_reservations": Action(handler=_get_reservations, fields=ANY_CONNECTOR),
}
