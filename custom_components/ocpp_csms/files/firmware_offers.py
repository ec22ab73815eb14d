"""Firmware that a user offers a charger: what an offer is made of, whether it can be used, and its installation.

An offer is part of the charger's subentry. Its file is at an address of the user's, or was uploaded; then it is served to the charger.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientTimeout
from cryptography import x509
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import CONF_FIRMWARE
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.files import firmware
from custom_components.ocpp_csms.csms.files.file_exchange import FileExchange
from custom_components.ocpp_csms.csms.files.file_transfer import Transfer, TransferProtocol
from custom_components.ocpp_csms.csms.files.firmware import FirmwareOrder, FirmwareStatus
from custom_components.ocpp_csms.settings import charge_point_subentries

from .addresses import base_url, protocol_for
from .kept import firmware_folder

DOWNLOAD_TIME = timedelta(hours=6)  # that a charger has, from the time on when it is to fetch its firmware
_CHECK_TIMEOUT = ClientTimeout(total=10)
_CHECKED = frozenset({"http", "https"})
_UNCHECKED = frozenset({"ftp", "ftps", "sftp"})
_LONGEST_LOCATION = 512  # characters (whitepaper, FirmwareType)
_LONGEST_CERTIFICATE = 5500
_LONGEST_SIGNATURE = 800

# What a charger has told when it needs the file no longer.
_FETCHED = frozenset(
    {
        FirmwareStatus.DOWNLOADED,
        FirmwareStatus.SIGNATURE_VERIFIED,
        FirmwareStatus.INVALID_SIGNATURE,
        FirmwareStatus.INSTALL_SCHEDULED,
        FirmwareStatus.INSTALLING,
        FirmwareStatus.INSTALL_REBOOTING,
        FirmwareStatus.INSTALLED,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
    }
)


class OfferError(Exception):
    """An offer cannot be used. `field` is the form's field at fault, `reason` a stable key for translation."""

    def __init__(self, field: str, reason: str, **placeholders: str) -> None:
        """Keep them, and what the message needs."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.placeholders = placeholders


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareOffer:
    """Firmware for a charger: its version, and either an address or the name of an uploaded file; who has signed it (PEM), and how (base64)."""

    version: str
    location: str | None = None
    file: str | None = None
    certificate: str | None = None
    signature: str | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> FirmwareOffer | None:
        """Return the offer that the data of a charger's subentry holds."""
        return cls(**data[CONF_FIRMWARE]) if CONF_FIRMWARE in data else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareWish:
    """How an offer is to be installed."""

    protocol: TransferProtocol | None = None
    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None  # s


def check_signature(certificate: str | None, signature: str | None) -> None:
    """Check what signed firmware needs: both or none. Raises `OfferError`."""
    if (certificate is None) != (signature is None):
        raise OfferError("signature" if signature is None else "certificate", "signature_incomplete")
    if certificate is None or signature is None:
        return
    try:
        x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as err:
        raise OfferError("certificate", "signing_certificate_invalid") from err
    if len(certificate) > _LONGEST_CERTIFICATE:
        raise OfferError("certificate", "signing_certificate_invalid")
    try:
        b64decode(signature, validate=True)
    except Base64Error as err:
        raise OfferError("signature", "signature_invalid") from err
    if len(signature) > _LONGEST_SIGNATURE:
        raise OfferError("signature", "signature_invalid")


def check_location(location: str) -> None:
    """Check that a text is the URL of something that a charger could fetch. Raises `OfferError`."""
    try:
        parts = urlsplit(location)
        host = parts.hostname
    except ValueError as err:
        raise OfferError("location", "location_invalid") from err
    if not host or parts.scheme not in _CHECKED | _UNCHECKED or len(location) > _LONGEST_LOCATION:
        raise OfferError("location", "location_invalid")


async def async_check_location(hass: HomeAssistant, location: str) -> None:
    """Check that there is a file at a URL. What is not HTTP is taken for granted. Raises `OfferError`."""
    check_location(location)
    if urlsplit(location).scheme in _UNCHECKED:
        return
    try:
        status = await _async_status(hass, location)
    except (ClientError, TimeoutError, ValueError) as err:
        raise OfferError("location", "location_unreachable", error=str(err) or type(err).__name__) from err
    if status >= HTTPStatus.BAD_REQUEST:
        raise OfferError("location", "location_not_found", status=str(status))


async def _async_status(hass: HomeAssistant, location: str) -> int:
    """Return what the server answers to HEAD, and to GET where it does not know HEAD. Nothing is downloaded."""
    # Whether the certificate is trusted is for the charger to judge: it is the one that fetches the file.
    session = async_get_clientsession(hass, verify_ssl=False)
    async with session.head(location, allow_redirects=True, timeout=_CHECK_TIMEOUT) as response:
        if response.status < HTTPStatus.BAD_REQUEST:
            return response.status
    async with session.get(location, headers={"Range": "bytes=0-0"}, timeout=_CHECK_TIMEOUT) as response:
        return response.status


class FirmwareInstaller:
    """Installs what was offered to the charge points of a central system."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, exchange: FileExchange, url: str) -> None:
        """`url` is what chargers are given to dial."""
        self._hass = hass
        self._entry = entry
        self._exchange = exchange
        self._url = url
        self._serving: dict[str, Transfer] = {}

    def offer(self, charge_point: ChargePoint) -> FirmwareOffer | None:
        """Return what the user offers a charge point."""
        subentry = charge_point_subentries(self._entry).get(charge_point.identity)
        return FirmwareOffer.of(subentry.data) if subentry is not None else None

    async def async_install(self, charge_point: ChargePoint, offer: FirmwareOffer, wish: FirmwareWish) -> None:
        """Order the installation; how it goes is told by `charge_point.firmware`.

        Raises the exceptions of `csms.errors`, `InvalidRequestError("firmware_file_missing")` if the uploaded file is gone.
        """
        retrieve_at = wish.retrieve_at or dt_util.utcnow()
        transfer = None if offer.location else await self._async_serve(charge_point, offer, wish, retrieve_at)
        skew = charge_point.clock_skew.value  # it goes by its own clock
        order = FirmwareOrder(
            location=offer.location or (transfer.url if transfer is not None else ""),
            version=offer.version,
            retrieve_at=retrieve_at + skew,
            install_at=None if wish.install_at is None else wish.install_at + skew,
            retries=wish.retries,
            retry_interval=wish.retry_interval,
            certificate=offer.certificate,
            signature=offer.signature,
        )
        try:
            await charge_point.firmware.update(order)
        except BaseException:
            if transfer is not None:
                transfer.end()
            raise
        # Not before: whoever refuses another order goes on with the one it has.
        if (previous := self._serving.pop(charge_point.identity, None)) is not None:
            previous.end()
        if transfer is not None:
            self._serving[charge_point.identity] = transfer

    async def _async_serve(
        self, charge_point: ChargePoint, offer: FirmwareOffer, wish: FirmwareWish, retrieve_at: datetime
    ) -> Transfer:
        """Offer the uploaded file to the charge point until it has fetched it."""
        folder = firmware_folder(self._hass, self._entry.entry_id, charge_point.identity)
        path = folder / (offer.file or "")
        if not await self._hass.async_add_executor_job(path.is_file):
            raise InvalidRequestError("firmware_file_missing")
        address = base_url(charge_point, self._url)
        until = max(retrieve_at, dt_util.utcnow()) + DOWNLOAD_TIME
        transfer = await self._exchange.offer(
            path,
            address,
            seconds=(until - dt_util.utcnow()).total_seconds(),
            protocol=wish.protocol or protocol_for(charge_point, address),
        )

        @callback
        def status_changed() -> None:
            if charge_point.firmware.status in _FETCHED:
                transfer.end()

        undo: CALLBACK_TYPE = charge_point.listen(0, (firmware.KEY,), status_changed)
        transfer.on_end(undo)
        return transfer
