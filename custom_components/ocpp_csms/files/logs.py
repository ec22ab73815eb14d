"""Logs of charge points: asked for, waited for, kept, and announced once they are there.

What is said to a charge point raises the exceptions of `csms.errors`; the files are those of `kept`.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
import logging
from pathlib import Path

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.files import logs
from custom_components.ocpp_csms.csms.files.file_exchange import FileExchange
from custom_components.ocpp_csms.csms.files.file_transfer import Transfer, TransferProtocol
from custom_components.ocpp_csms.csms.files.logs import LogAnswer, LogOrder, LogStatus
from custom_components.ocpp_csms.csms.requests import LogKind
from custom_components.ocpp_csms.settings import charge_point_subentries

from .addresses import base_url, protocol_for
from .kept import async_log_link, async_make_folder, async_trim_logs, logs_folder

_LOGGER = logging.getLogger(__name__)

UPLOAD_TIME = 3600.0  # s that a charge point has
_GRACE = 15.0  # s that a file may take to come after the charge point has said that it is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which log a person wants, and how it may come."""

    kind: LogKind = LogKind.DIAGNOSTICS
    protocol: TransferProtocol | None = None
    oldest: datetime | None = None
    latest: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None  # s


class PendingLog:
    """A log that a charge point has been asked for."""

    def __init__(self, charge_point: ChargePoint, answer: LogAnswer, transfer: Transfer, retries: int) -> None:
        """Follow what the charge point tells of its upload; it may fail as often as it may try again."""
        self.answer = answer
        self._charge_point = charge_point
        self._transfer = transfer
        self._retries = retries
        self._outcome: asyncio.Future[Path | LogStatus | None] = asyncio.get_running_loop().create_future()
        self._grace: asyncio.TimerHandle | None = None
        self._undo: CALLBACK_TYPE = charge_point.listen(0, (logs.KEY,), self._status_changed)
        transfer.on_end(self._ended)
        self._status_changed()

    async def async_wait(self, seconds: float) -> Path:
        """Return the file once it is there. Raises HomeAssistantError when the upload fails, or takes longer than that."""
        done, _ = await asyncio.wait((self._outcome,), timeout=seconds)
        outcome = self._outcome.result() if done else None
        if isinstance(outcome, Path):
            return outcome
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="log_not_received" if outcome is None else "log_upload_failed",
            translation_placeholders={
                "charge_point": self._charge_point.identity,
                "status": self._charge_point.logs.status.value if outcome is None else outcome.value,
            },
        )

    @callback
    def _status_changed(self) -> None:
        told = self._charge_point.logs
        if told.failures > self._retries:
            self._settle(told.status)
        elif told.status is LogStatus.UPLOADED and self._grace is None:
            self._grace = asyncio.get_running_loop().call_later(_GRACE, self._settle, None)

    @callback
    def _ended(self) -> None:
        self._settle(self._transfer.received)

    @callback
    def _settle(self, outcome: Path | LogStatus | None) -> None:
        if self._outcome.done():
            return
        self._outcome.set_result(self._transfer.received or outcome)
        self._undo()
        if self._grace is not None:
            self._grace.cancel()
        self._transfer.end()


class LogTransfers:
    """The logs of all charge points of a central system."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, exchange: FileExchange, url: str) -> None:
        """`url` is what chargers are given to dial."""
        self._hass = hass
        self._entry = entry
        self._exchange = exchange
        self._url = url
        self._transfers: dict[str, Transfer] = {}

    async def async_request(self, charge_point: ChargePoint, wish: LogWish) -> PendingLog:
        """Ask for a log. One that was asked for before, and is not there yet, is given up.

        Raises the exceptions of `csms.errors` when the charge point does not agree, HomeAssistantError when it has nothing to send, or when
        there is no place for a file.
        """
        transfer = await self._async_expect(charge_point, wish)
        skew = charge_point.clock_skew.value  # it writes its log by its own clock
        order = LogOrder(
            location=transfer.url,
            kind=wish.kind,
            oldest=None if wish.oldest is None else wish.oldest + skew,
            latest=None if wish.latest is None else wish.latest + skew,
            retries=wish.retries,
            retry_interval=wish.retry_interval,
        )
        try:
            answer = await charge_point.logs.request(order)
        except BaseException:
            transfer.end()
            raise
        if not answer.file_name and transfer.received is None:
            transfer.end()
            raise _error("no_log", charge_point)
        # Not before: whoever refuses another request goes on with the one it has.
        if (previous := self._transfers.pop(charge_point.identity, None)) is not None:
            previous.end()
        self._transfers[charge_point.identity] = transfer
        return PendingLog(charge_point, answer, transfer, wish.retries or 0)

    def link(self, charge_point: ChargePoint, path: Path) -> str:
        """Return where a log can be downloaded for some days."""
        return async_log_link(self._hass, self._entry.entry_id, charge_point.identity, path.name)

    async def _async_expect(self, charge_point: ChargePoint, wish: LogWish) -> Transfer:
        address = base_url(charge_point, self._url)
        folder = logs_folder(self._hass, self._entry.entry_id, charge_point.identity)

        @callback
        def arrived(path: Path) -> None:
            self._entry.async_create_task(self._hass, self._async_announce(charge_point, path), eager_start=False)

        try:
            await async_make_folder(self._hass, folder)
            return await self._exchange.expect(
                folder,
                address,
                seconds=UPLOAD_TIME,
                protocol=wish.protocol or protocol_for(charge_point, address),
                arrived=arrived,
            )
        except OSError as err:
            raise _error("files_unusable", charge_point, error=str(err)) from err

    async def _async_announce(self, charge_point: ChargePoint, path: Path) -> None:
        """Tell the user that a log has come, with a link to it."""
        identity = charge_point.identity
        await async_trim_logs(self._hass, path.parent)
        subentry = charge_point_subentries(self._entry).get(identity)
        name = subentry.title if subentry else identity
        link = self.link(charge_point, path)
        _LOGGER.info("A log of charge point %s has come: %s", identity, path)
        texts = await async_get_translations(self._hass, self._hass.config.language, "selector", {DOMAIN})
        options = f"component.{DOMAIN}.selector.notification.options"
        persistent_notification.async_create(
            self._hass,
            # A link in a window of its own: the frontend takes others for pages of its own.
            texts[f"{options}.log"].format(link=f'<a href="{link}" target="_blank">{path.name}</a>'),
            texts[f"{options}.log_title"].format(charge_point=name),
            f"{DOMAIN}_log_{self._entry.entry_id}_{identity}",
        )


def _error(key: str, charge_point: ChargePoint, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"charge_point": charge_point.identity, **placeholders},
    )
