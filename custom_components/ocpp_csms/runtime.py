"""What a loaded entry is at run time: the central system, its store, and the charge points that the subentries name.

The runtime applies changes of subentries and options live, tells platforms about charge points, and is the central system's observer.
It knows no entity and no OCPP message.
"""

from collections.abc import Callable
from datetime import datetime
import logging
from ssl import SSLContext
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .cards.id_tag_issues import IdTagIssues
from .cards.tag_scans import TagScans
from .const import CONF_CREDENTIAL, CONF_NEXT_CREDENTIAL
from .control.site import SiteControl
from .csms.central_system import CentralSystem
from .csms.charge_point import ChargePoint
from .csms.files import firmware
from .csms.model import Quantity
from .csms.security.client_certificates import CertificateProblem
from .csms.versions import Version
from .devices import Devices, locate
from .discovery import Discovery
from .files.firmware_offers import FirmwareInstaller
from .files.firmware_watch import FirmwareWatch
from .files.kept import async_forget_charge_point
from .files.logs import LogTransfers
from .issue_set import IssueSet
from .limit_issues import LimitIssues
from .records.records import Records
from .repairs import (
    async_create_authentication_issue,
    async_create_certificate_issue,
    async_create_version_issue,
    async_delete_authentication_issue,
    async_delete_version_issue,
)
from .saving import MainStore, Saver
from .security.certificate_store import CertificateStore
from .security.certificate_watch import CertificateWatch
from .security.security_issues import SecurityIssues, async_delete_security_issues
from .security.security_ratchet import async_follow_security_profile
from .settings import authorization, central_system_settings, charge_point_settings, charge_point_subentries

_LOGGER = logging.getLogger(__name__)

type OcppConfigEntry = ConfigEntry[OcppRuntime]
type ChargePointCallback = Callable[[ChargePoint, ConfigSubentry], None]

FAILURES_BEFORE_ISSUE = 3
CANNOT_SAVE = "cannot_save"
"""Key of the issue of a disk that takes nothing."""


class OcppRuntime:
    """One central system inside Home Assistant."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: OcppConfigEntry,
        *,
        store: MainStore,
        stored: dict[str, Any] | None,
        ssl: SSLContext | None,
        certificates: CertificateStore,
        url: str,
    ) -> None:
        """Prepare the central system of the entry; `start` opens it. `stored` is what `store` held, `url` what chargers are given."""
        self.url = url
        self.certificates = certificates
        self._certificate_watch = CertificateWatch(hass, entry, lambda: self.charge_points)
        self._hass = hass
        self._entry = entry
        self._data = entry.data
        self._store = store
        self._saver = Saver(hass, store, self._snapshot, self._saved)
        self._issues = IssueSet(hass, entry.entry_id, (CANNOT_SAVE,))
        self._ssl = ssl
        self._callbacks: list[ChargePointCallback] = []
        self._undo: dict[str, list[CALLBACK_TYPE]] = {}  # by identity of the confirmed charge points
        self._locked_out: set[str] = set()
        self._end_days: CALLBACK_TYPE | None = None
        self.control = SiteControl(
            hass,
            entry,
            lambda: self.charge_points,
            stored=stored or {},
            changed=lambda: self.changed(False),
        )
        self._devices = Devices(hass, entry)
        self._devices.update_central_system()
        self.discovery = Discovery(hass, entry)
        self.central = CentralSystem(
            central_system_settings(entry, ssl),
            observer=self,
            stored=stored,
            authorization=authorization(entry),
            authority=certificates.async_authority,
        )
        self.logs = LogTransfers(hass, entry, self.central.files, url)
        self.firmware = FirmwareInstaller(hass, entry, self.central.files, url)
        self.records = Records(hass, entry, ledger=lambda: self.central.ledger, register=self._register)
        self.central.costs = self.records.cost_now

    async def async_start(self) -> None:
        """Take up the known charge points and open the listener. Raises `OSError` when the address cannot be bound."""
        self._end_days = async_track_time_change(self._hass, self._begin_day, hour=0, minute=0, second=0)
        self.control.apply()
        for identity, subentry in charge_point_subentries(self._entry).items():
            self._add(identity, subentry)
        for identity in self.central.remembered() - self._undo.keys():
            self._forget(identity)  # removed while the entry was not loaded
        self.records.start()
        # Ids of transactions are reserved on disk before the first charger can ask for one.
        await self._saver.async_save()
        await self.central.start()
        self._certificate_watch.start()

    async def async_stop(self) -> None:
        """Close the listener and all connections, and save. Does no harm when it is called twice."""
        self.discovery.stop()
        if self._end_days is not None:
            self._end_days()
            self._end_days = None
        self.control.stop()
        self._certificate_watch.stop()
        await self.central.stop()
        for identity in list(self._undo):
            self._let_go(identity)
        await self.records.async_archive()
        await self.records.async_stop()
        await self._saver.async_save()
        self._issues.clear()

    @callback
    def on_charge_point(self, callback_: ChargePointCallback) -> CALLBACK_TYPE:
        """Call back for each confirmed charge point, those that are known already at once. Returns what ends it."""
        self._callbacks.append(callback_)
        for identity, subentry in charge_point_subentries(self._entry).items():
            if identity in self._undo:
                callback_(self.central.charge_points[identity], subentry)
        return lambda: self._callbacks.remove(callback_)

    @callback
    def on_removal(self, charge_point: ChargePoint, undo: CALLBACK_TYPE) -> None:
        """Call once when a confirmed charge point is removed, or when the central system stops."""
        self._undo[charge_point.identity].append(undo)

    @callback
    def device_info(self, charge_point: ChargePoint, connector: int) -> DeviceInfo | ChildDeviceInfo:
        """Return the device of a connector's entities. Connector 0 is the charge point, and so is the only one of a charge point."""
        return self._devices.info(charge_point, connector)

    @callback
    def central_system_device_info(self) -> DeviceInfo:
        """Return the device of the central system's own entities."""
        return self._devices.central_system_info()

    @callback
    def is_present(self, device: dr.AnyDeviceEntry) -> bool:
        """Tell whether the device stands for something that is there."""
        identity, connector = locate(device)
        if identity == self._entry.entry_id:
            return True
        return identity in self._undo and connector in self.central.charge_points[identity].connectors

    @callback
    def forget_phantom(self, device: dr.AnyDeviceEntry) -> None:
        """Forget the connector that the device stands for, if its charge point has no such connector."""
        identity, connector = locate(device)
        if connector and self.is_present(device) and self.central.charge_points[identity].is_phantom(connector):
            self.central.charge_points[identity].forget_connector(connector)

    @property
    def charge_points(self) -> list[ChargePoint]:
        """The confirmed charge points."""
        return [self.central.charge_points[identity] for identity in self._undo]

    # Changes by the user

    @callback
    def apply_entry(self) -> None:
        """Bring the central system in line with the entry as it is now; no connection is lost. Needs a reload: changed entry data."""
        if self._entry.data != self._data:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        settings = central_system_settings(self._entry, self._ssl)
        self.central.update_settings(settings)
        if not settings.discover:
            self.discovery.withdraw_all()
        self.central.authorization = authorization(self._entry)
        self._devices.update_central_system()
        self.control.apply()
        self.records.apply()
        wanted = charge_point_subentries(self._entry)
        for identity in self._undo.keys() - wanted.keys():
            self._remove(identity)
        for identity, subentry in wanted.items():
            if identity in self._undo:
                self._update(identity, subentry)
            else:
                self._add(identity, subentry)

    @callback
    def _begin_day(self, now: datetime) -> None:
        """Count afresh what is counted by the day; `now` is local."""
        for charge_point in self.charge_points:
            charge_point.limits.begin_day(now.date())

    def _add(self, identity: str, subentry: ConfigSubentry) -> None:
        charge_point = self.central.add(identity, charge_point_settings(subentry))
        charge_point.limits.begin_day(dt_util.now().date())
        self.discovery.withdraw(identity)
        self._devices.update_charge_point(charge_point, subentry)

        # The device is brought up to date before any platform hears of the change.
        @callback
        def facts_changed() -> None:
            # The subentry of now: the user may have renamed it, or be about to remove it.
            if current := charge_point_subentries(self._entry).get(identity):
                self._devices.update_charge_point(charge_point, current)

        @callback
        def connection_changed() -> None:
            _LOGGER.info(
                "Charge point %s is %s", identity, "connected" if charge_point.connected else "not connected any more"
            )
            if charge_point.connected:
                async_delete_version_issue(self._hass, identity)

        self._undo[identity] = [
            charge_point.listen(0, ("info", "connectors"), facts_changed),
            charge_point.listen(0, ("connected",), connection_changed),
            LimitIssues(self._hass, charge_point).stop,
            FirmwareWatch(self._hass, self._entry, charge_point).stop,
            IdTagIssues(self._hass, charge_point).stop,
            TagScans(self._hass, self._entry, charge_point).stop,
            SecurityIssues(self._hass, self._entry, charge_point).stop,
            async_follow_security_profile(self._hass, self._entry, charge_point),
        ]
        for callback_ in list(self._callbacks):
            callback_(charge_point, subentry)

    def _update(self, identity: str, subentry: ConfigSubentry) -> None:
        charge_point = self.central.charge_points[identity]
        settings = charge_point_settings(subentry)
        before = charge_point.settings
        if (settings.credential, settings.client_certificate) != (before.credential, before.client_certificate):
            self._let_in(identity)
        if settings != charge_point.settings:
            charge_point.update_settings(settings)
        if settings.version is not before.version:
            self._redial(charge_point)
        charge_point.notify(0, firmware.KEY)  # another one may be offered
        self._devices.update_charge_point(charge_point, subentry)

    def _redial(self, charge_point: ChargePoint) -> None:
        """Let a charge point dial in again: the version of OCPP is settled when it does."""
        async_delete_version_issue(self._hass, charge_point.identity)
        self._entry.async_create_task(
            self._hass, charge_point.disconnect("another version is wanted"), f"version of {charge_point.identity}"
        )

    def _remove(self, identity: str) -> None:
        self._let_go(identity)
        self._forget(identity)
        async_delete_security_issues(self._hass, identity)
        async_delete_version_issue(self._hass, identity)
        self._let_in(identity)

    def _forget(self, identity: str) -> None:
        """Keep nothing of a charge point that is gone, but for what was charged there."""
        self.central.remove(identity)
        self._entry.async_create_task(
            self._hass, async_forget_charge_point(self._hass, self._entry.entry_id, identity), f"files of {identity}"
        )
        self.control.goals.forget(identity)

    def _let_go(self, identity: str) -> None:
        for undo in self._undo.pop(identity):
            undo()

    def _let_in(self, identity: str) -> None:
        self._locked_out.discard(identity)
        async_delete_authentication_issue(self._hass, identity)

    # The central system's observer

    @callback
    def discovered(self, charge_point: ChargePoint) -> None:
        """Offer an unknown charge point to the user."""
        self.discovery.offer(charge_point)

    @callback
    def authentication_failed(self, identity: str, remote: str, count: int) -> None:
        """Raise an issue when a charge point fails repeatedly. Strangers raise none: the log would be theirs to fill."""
        if count >= FAILURES_BEFORE_ISSUE and identity in self._undo and identity not in self._locked_out:
            self._locked_out.add(identity)
            _LOGGER.warning("Charge point %s at %s presents no or a wrong password", identity, remote)
            async_create_authentication_issue(self._hass, self._entry, identity, remote)

    @callback
    def certificate_refused(self, identity: str, remote: str, count: int, problem: CertificateProblem) -> None:
        """Raise an issue when a charge point fails repeatedly by its client certificate."""
        if count >= FAILURES_BEFORE_ISSUE and identity in self._undo and identity not in self._locked_out:
            self._locked_out.add(identity)
            _LOGGER.warning("Charge point %s at %s: its client certificate is %s", identity, remote, problem)
            async_create_certificate_issue(self._hass, identity, remote, problem)

    @callback
    def authentication_succeeded(self, identity: str) -> None:
        """Take the issue back."""
        self._let_in(identity)

    @callback
    def version_refused(self, identity: str, offered: str) -> None:
        """Raise an issue about a charge point that the user knows. Strangers raise none."""
        if identity in self._undo:
            pinned = self.central.charge_points[identity].settings.version
            versions = tuple(Version) if pinned is None else (pinned,)
            async_create_version_issue(self._hass, identity, offered=offered, versions=versions)

    @callback
    def password_renewed(self, identity: str) -> None:
        """Expect only the new password from now on."""
        subentry = charge_point_subentries(self._entry).get(identity)
        if subentry is not None and CONF_NEXT_CREDENTIAL in subentry.data:
            data = dict(subentry.data)
            data[CONF_CREDENTIAL] = data.pop(CONF_NEXT_CREDENTIAL)
            self._hass.config_entries.async_update_subentry(self._entry, subentry, data=data)

    @callback
    def changed(self, urgent: bool) -> None:
        """Save: at once what a crash must not lose, the rest within a minute."""
        self._saver.changed(urgent)

    async def saved(self) -> None:
        """Return once what a crash must not lose is on disk."""
        await self._saver.async_saved()

    @callback
    def energy_was_late(self, identity: str, connector: int, since: datetime) -> None:
        """Put energy of the past where it belongs."""
        self.records.late_energy(identity, connector, since)

    @callback
    def _saved(self) -> None:
        """Say whether the disk took it, and move what has ended to the history."""
        self._issues.show({CANNOT_SAVE: {"title": self._entry.title}} if self._store.is_failing else {})
        self._archive()

    @callback
    def _archive(self) -> None:
        """Move what has ended to the history."""
        self._hass.async_create_task(self.records.async_archive(), "ocpp_csms archive")

    def _register(self, identity: str, connector: int) -> float | None:
        """Return the register of a connector in kWh, if it is known."""
        charge_point = self.central.charge_points.get(identity)
        shown = None if charge_point is None else charge_point.connectors.get(connector)
        return None if shown is None else shown.readings.get(Quantity.ENERGY)

    @callback
    def _snapshot(self) -> dict[str, Any]:
        return {**self.central.snapshot(), **self.control.snapshot()}
