"""What becomes of a charger's firmware update, where it concerns more than its entity: repair issues of one that failed, and its offer once it is installed."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from custom_components.ocpp_csms.const import CONF_FIRMWARE
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.files import firmware
from custom_components.ocpp_csms.csms.files.firmware import FirmwareStatus
from custom_components.ocpp_csms.issue_set import IssueSet
from custom_components.ocpp_csms.settings import charge_point_subentries

from .firmware_offers import FirmwareOffer

_DOWNLOAD = "firmware_download_failed"
_INSTALLATION = "firmware_installation_failed"
_SIGNATURE = "firmware_signature_invalid"

_ISSUES = {
    FirmwareStatus.DOWNLOAD_FAILED: _DOWNLOAD,
    FirmwareStatus.INSTALLATION_FAILED: _INSTALLATION,
    FirmwareStatus.INSTALL_VERIFICATION_FAILED: _INSTALLATION,
    FirmwareStatus.INVALID_SIGNATURE: _SIGNATURE,
}


class FirmwareWatch:
    """The watch over one charge point."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, charge_point: ChargePoint) -> None:
        """Follow until `stop`."""
        self._hass = hass
        self._entry = entry
        self._charge_point = charge_point
        self._before = charge_point.info.firmware  # what ran before the update
        self._issues = IssueSet(hass, charge_point.identity, (_DOWNLOAD, _INSTALLATION, _SIGNATURE))
        self._undo = charge_point.listen(0, (firmware.KEY, "info"), self._update)

    @callback
    def stop(self) -> None:
        """Take all back: the charge point is gone, or the central system stops."""
        self._undo()
        self._issues.clear()

    @callback
    def _update(self) -> None:
        told = self._charge_point.firmware
        key = _ISSUES.get(told.status)
        placeholders = {"charge_point_id": self._charge_point.identity, "version": told.version or "?"}
        self._issues.show({key: placeholders} if key else {})
        if told.status is FirmwareStatus.INSTALLED:
            self._name_as_installed()
        else:
            self._before = self._charge_point.info.firmware

    def _name_as_installed(self) -> None:
        """Let the offer have the name that the charge point gives to what was installed: it may be called otherwise there."""
        installed = self._charge_point.info.firmware
        subentry = charge_point_subentries(self._entry).get(self._charge_point.identity)
        offer = FirmwareOffer.of(subentry.data) if subentry is not None else None
        if subentry is None or offer is None or installed in {None, self._before, offer.version}:
            return
        if offer.version == self._charge_point.firmware.version:
            named = {**subentry.data[CONF_FIRMWARE], "version": installed}
            self._hass.config_entries.async_update_subentry(
                self._entry, subentry, data={**subentry.data, CONF_FIRMWARE: named}
            )
