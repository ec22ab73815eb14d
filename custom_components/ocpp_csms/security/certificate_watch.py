"""Certificates that end: the entry is loaded anew when the listener's own was renewed, those of chargers are asked to be replaced.

What comes near its end all the same becomes a repair issue, which goes when it was put right.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import CONF_TLS
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CommandError
from custom_components.ocpp_csms.issue_set import IssueSet

from .certificates import CertificateError, ServerCertificate, read_server_certificate

_LOGGER = logging.getLogger(__name__)

_INTERVAL = timedelta(hours=12)
_SERVER_TOLD_BEFORE = timedelta(days=14)  # who renews by itself does so a month before the end
_CLIENT_TOLD_BEFORE = timedelta(days=30)

_SERVER: Final = "server_certificate_expiring"
_CLIENT: Final = "client_certificate_expiring"


class CertificateWatch:
    """Looks twice a day at the certificates of one central system."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, charge_points: Callable[[], Iterable[ChargePoint]]
    ) -> None:
        """`charge_points` returns the confirmed ones."""
        self._hass = hass
        self._entry = entry
        self._charge_points = charge_points
        self._shown: ServerCertificate | None = None  # to chargers, since the listener opened
        self._server_issue = IssueSet(hass, entry.entry_id, (_SERVER,))
        self._client_issues: dict[str, IssueSet] = {}
        self._stop: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Look now, and again and again."""
        self._stop = async_track_time_interval(self._hass, self.async_check, _INTERVAL, cancel_on_shutdown=True)
        self._entry.async_create_background_task(self._hass, self.async_check(), "certificates of a central system")

    @callback
    def stop(self) -> None:
        """Look no more, and take back what was told."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        for issues in (self._server_issue, *self._client_issues.values()):
            issues.clear()

    async def async_check(self, _now: datetime | None = None) -> None:
        """Look at all certificates."""
        now = dt_util.utcnow()
        if (tls := self._entry.data.get(CONF_TLS)) is not None:
            await self._async_check_server(tls, now)
        self._show_clients(now)
        for charge_point in list(self._charge_points()):
            if charge_point.connected and charge_point.certificates.is_due:
                await self._async_replace(charge_point)

    async def _async_check_server(self, tls: Mapping[str, Any], now: datetime) -> None:
        try:
            found = await self._hass.async_add_executor_job(read_server_certificate, self._hass, tls)
        except CertificateError as err:
            # Chargers are shown the one that was read before; whoever is changing the files may not be done.
            _LOGGER.warning("The certificate of the central system cannot be read any more: %s", err.reason)
            return
        self._shown = self._shown or found
        if found != self._shown:
            _LOGGER.info("The certificate of the central system was renewed; chargers will connect again")
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        ends = found.expires - now < _SERVER_TOLD_BEFORE
        placeholders = {"title": self._entry.title, "date": _date(found.expires)}
        self._server_issue.show({_SERVER: placeholders} if ends else {})

    def _show_clients(self, now: datetime) -> None:
        points = {charge_point.identity: charge_point for charge_point in self._charge_points()}
        for identity in self._client_issues.keys() - points.keys():
            self._client_issues.pop(identity).clear()
        for identity, charge_point in points.items():
            expires = charge_point.certificates.expires
            issues = self._client_issues.setdefault(identity, IssueSet(self._hass, identity, (_CLIENT,)))
            ends = expires is not None and expires - now < _CLIENT_TOLD_BEFORE
            placeholders = {"charge_point_id": identity, "date": _date(expires)}
            issues.show({_CLIENT: placeholders} if ends else {})

    async def _async_replace(self, charge_point: ChargePoint) -> None:
        try:
            await charge_point.certificates.ask()
        except CommandError as error:
            _LOGGER.info("%s was not asked for a new certificate: %s", charge_point.identity, error)


def _date(at: datetime | None) -> str:
    return "" if at is None else dt_util.as_local(at).strftime("%Y-%m-%d")
