"""Actions about what a charger keeps about a customer."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import (
    ClearCustomerInformation,
    Customer,
    GetCustomerInformation,
)
from custom_components.ocpp_csms.csms.requests import new_request_id

from .action import Action
from .certificates import HASHES, hashes_of
from .target import Target

ATTR_CERTIFICATE: Final = "certificate"
ATTR_CUSTOMER: Final = "customer"
ATTR_ID_TAG: Final = "id_tag"
ATTR_REPORT: Final = "report"

_FIELDS: Final[dict[vol.Marker, object]] = {
    vol.Exclusive(ATTR_ID_TAG, "who"): vol.All(cv.string, vol.Length(min=1, max=36)),
    vol.Exclusive(ATTR_CUSTOMER, "who"): vol.All(cv.string, vol.Length(min=1, max=64)),
    vol.Exclusive(ATTR_CERTIFICATE, "who"): vol.Schema(HASHES),
}


async def _get_customer_information(target: Target, call: ServiceCall) -> JsonObjectType:
    return await _told(target, GetCustomerInformation(request_id=new_request_id(), customer=_customer(call)))


async def _told(target: Target, request: GetCustomerInformation) -> JsonObjectType:
    answer = await target.charge_point.request(request)
    return {"status": answer.status, "complete": answer.complete, "information": "".join(answer.items)}


async def _clear_customer_information(target: Target, call: ServiceCall) -> JsonObjectType:
    customer = _customer(call)
    if call.data[ATTR_REPORT]:
        return await _told(target, GetCustomerInformation(request_id=new_request_id(), customer=customer, clear=True))
    request = ClearCustomerInformation(request_id=new_request_id(), customer=customer)
    return {"status": (await target.charge_point.request(request)).status}


def _customer(call: ServiceCall) -> Customer:
    """Return who is meant. Raises `InvalidRequestError` if nobody is named."""
    hashes = call.data.get(ATTR_CERTIFICATE)
    customer = Customer(
        id_tag=call.data.get(ATTR_ID_TAG),
        identifier=call.data.get(ATTR_CUSTOMER),
        certificate=None if hashes is None else hashes_of(hashes),
    )
    if customer == Customer():
        raise InvalidRequestError("customer_required")
    return customer


ACTIONS: Final = {
    "get_customer_information": Action(
        handler=_get_customer_information, fields=_FIELDS, refusal_is_answer=True, admin=True
    ),
    "clear_customer_information": Action(
        handler=_clear_customer_information,
        fields={**_FIELDS, vol.Optional(ATTR_REPORT, default=False): cv.boolean},
        refusal_is_answer=True,
        admin=True,
    ),
}
