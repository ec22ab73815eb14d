"""Actions about files of a charger: installing firmware, and getting a log."""

from datetime import timedelta
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import PublishFirmware, UnpublishFirmware
from custom_components.ocpp_csms.csms.files.file_transfer import TransferProtocol
from custom_components.ocpp_csms.csms.requests import LogKind, new_request_id
from custom_components.ocpp_csms.files.firmware_offers import (
    FirmwareOffer,
    FirmwareWish,
    OfferError,
    async_check_location,
    check_location,
    check_signature,
)
from custom_components.ocpp_csms.files.logs import LogWish

from .action import ACCEPTED, Action
from .fields import moment
from .target import Target

ATTR_CERTIFICATE: Final = "certificate"
ATTR_CHECK: Final = "check"
ATTR_CHECKSUM: Final = "checksum"
ATTR_INSTALL_AT: Final = "install_at"
ATTR_KIND: Final = "kind"
ATTR_LATEST: Final = "latest"
ATTR_LOCATION: Final = "location"
ATTR_OLDEST: Final = "oldest"
ATTR_PROTOCOL: Final = "protocol"
ATTR_RETRIES: Final = "retries"
ATTR_RETRIEVE_AT: Final = "retrieve_at"
ATTR_RETRY_INTERVAL: Final = "retry_interval"
ATTR_SIGNATURE: Final = "signature"
ATTR_TIMEOUT: Final = "timeout"
ATTR_VERSION: Final = "version"
ATTR_WAIT: Final = "wait"

DEFAULT_TIMEOUT: Final = 300  # s
LONGEST_TIMEOUT: Final = 3600


async def _update_firmware(target: Target, call: ServiceCall) -> JsonObjectType:
    offer = await _offer(target, call)
    wish = FirmwareWish(
        protocol=call.data.get(ATTR_PROTOCOL),
        retrieve_at=moment(call.data, ATTR_RETRIEVE_AT),
        install_at=moment(call.data, ATTR_INSTALL_AT),
        retries=call.data.get(ATTR_RETRIES),
        retry_interval=_seconds(call, ATTR_RETRY_INTERVAL),
    )
    await target.runtime.firmware.async_install(target.charge_point, offer, wish)
    return {"status": ACCEPTED, "version": offer.version or None}


async def _offer(target: Target, call: ServiceCall) -> FirmwareOffer:
    """Return the firmware that the caller names, else what is offered. Raises `InvalidRequestError` for what cannot be used."""
    location: str | None = call.data.get(ATTR_LOCATION)
    if location is None:
        offer = target.runtime.firmware.offer(target.charge_point)
        if offer is None:
            raise InvalidRequestError("no_firmware_offered")
        return offer
    certificate, signature = call.data.get(ATTR_CERTIFICATE), call.data.get(ATTR_SIGNATURE)
    try:
        check_signature(certificate, signature)
        check_location(location)
        if call.data[ATTR_CHECK]:
            await async_check_location(target.hass, location)
    except OfferError as err:
        raise InvalidRequestError(err.reason, **{"location": location, **err.placeholders}) from err
    return FirmwareOffer(
        version=call.data.get(ATTR_VERSION, ""), location=location, certificate=certificate, signature=signature
    )


async def _get_log(target: Target, call: ServiceCall) -> JsonObjectType:
    wish = LogWish(
        kind=call.data[ATTR_KIND],
        protocol=call.data.get(ATTR_PROTOCOL),
        oldest=moment(call.data, ATTR_OLDEST),
        latest=moment(call.data, ATTR_LATEST),
        retries=call.data.get(ATTR_RETRIES),
        retry_interval=_seconds(call, ATTR_RETRY_INTERVAL),
    )
    if wish.oldest is not None and wish.latest is not None and wish.oldest >= wish.latest:
        raise InvalidRequestError("log_times_reversed")
    pending = await target.runtime.logs.async_request(target.charge_point, wish)
    answer: JsonObjectType = {"status": pending.answer.status or ACCEPTED, "file_name": pending.answer.file_name}
    if not call.data[ATTR_WAIT]:
        return answer
    path = await pending.async_wait(call.data[ATTR_TIMEOUT].total_seconds())
    url = target.runtime.logs.link(target.charge_point, path)
    return {**answer, "path": str(path), "url": url}


async def _publish_firmware(target: Target, call: ServiceCall) -> JsonObjectType:
    location: str = call.data[ATTR_LOCATION]
    try:
        check_location(location)
    except OfferError as err:
        raise InvalidRequestError(err.reason, location=location, **err.placeholders) from err
    request = PublishFirmware(
        request_id=new_request_id(),
        location=location,
        checksum=call.data[ATTR_CHECKSUM],
        retries=call.data.get(ATTR_RETRIES),
        retry_interval=_seconds(call, ATTR_RETRY_INTERVAL),
    )
    return {"status": (await target.charge_point.request(request)).status}


async def _unpublish_firmware(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": (await target.charge_point.request(UnpublishFirmware(call.data[ATTR_CHECKSUM]))).status}


def _seconds(call: ServiceCall, name: str) -> int | None:
    value: timedelta | None = call.data.get(name)
    return None if value is None else int(value.total_seconds())


_RETRIES: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_RETRIES): vol.All(vol.Coerce(int), vol.Range(min=0, max=100)),
    vol.Optional(ATTR_RETRY_INTERVAL): vol.All(cv.positive_time_period, vol.Range(max=timedelta(days=1))),
}
_TRANSFER: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_PROTOCOL): vol.Coerce(TransferProtocol),
    **_RETRIES,
}

_CHECKSUM: Final[dict[vol.Marker, object]] = {
    vol.Required(ATTR_CHECKSUM): vol.All(cv.string, str.strip, vol.Match(r"^[0-9A-Fa-f]{32}$")),
}

ACTIONS: Final = {
    "update_firmware": Action(
        admin=True,
        handler=_update_firmware,
        fields={
            vol.Optional(ATTR_LOCATION): cv.string,
            vol.Optional(ATTR_VERSION): cv.string,
            vol.Inclusive(ATTR_CERTIFICATE, "signed"): cv.string,
            vol.Inclusive(ATTR_SIGNATURE, "signed"): cv.string,
            vol.Optional(ATTR_RETRIEVE_AT): cv.datetime,
            vol.Optional(ATTR_INSTALL_AT): cv.datetime,
            vol.Optional(ATTR_CHECK, default=True): cv.boolean,
            **_TRANSFER,
        },
    ),
    "publish_firmware": Action(
        handler=_publish_firmware,
        fields={vol.Required(ATTR_LOCATION): cv.string, **_CHECKSUM, **_RETRIES},
        refusal_is_answer=True,
        admin=True,
    ),
    "unpublish_firmware": Action(handler=_unpublish_firmware, fields=_CHECKSUM, refusal_is_answer=True, admin=True),
    "get_log": Action(
        handler=_get_log,
        fields={
            vol.Optional(ATTR_KIND, default=LogKind.DIAGNOSTICS.value): vol.Coerce(LogKind),
            vol.Optional(ATTR_OLDEST): cv.datetime,
            vol.Optional(ATTR_LATEST): cv.datetime,
            vol.Optional(ATTR_WAIT, default=False): cv.boolean,
            vol.Optional(ATTR_TIMEOUT, default=timedelta(seconds=DEFAULT_TIMEOUT)): vol.All(
                cv.positive_time_period, vol.Range(max=timedelta(seconds=LONGEST_TIMEOUT))
            ),
            **_TRANSFER,
        },
        refusal_is_answer=True,
    ),
}
