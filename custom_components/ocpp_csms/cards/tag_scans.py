"""Tells Home Assistant's own tags of the cards that are held to a charge point, so that automations for tags work with them too.

Nothing here decides who may charge. What would fill Home Assistant's list of tags is held back.
"""

from collections import deque
from datetime import datetime, timedelta

from homeassistant.components.tag import async_scan_tag
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Event

from .id_tag_entries import is_number

_MOST_SCANS = 10  # of one charge point within the window
_WINDOW = timedelta(minutes=1)


class TagScans:
    """The scans at one charge point."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, charge_point: ChargePoint) -> None:
        """Tell of each card from now on, until `stop`."""
        self._hass = hass
        self._entry = entry
        self._charge_point = charge_point
        self._told: deque[datetime] = deque(maxlen=_MOST_SCANS)
        self.stop: CALLBACK_TYPE = charge_point.listen_events(self._happened)

    @callback
    def _happened(self, event: Event) -> None:
        if event.kind != "id_tag_presented" or not is_number(event.data["id_tag"]):
            return
        now = dt_util.utcnow()
        if len(self._told) == _MOST_SCANS and now - self._told[0] < _WINDOW:
            return
        self._told.append(now)
        # Readers differ in how they write a number; one that was entered is told as it was.
        known = self._charge_point.authorization.find(event.data["id_tag"])
        id_tag = known.id_tag if known else event.data["id_tag"].strip()
        self._hass.async_create_task(self._scan(id_tag), "OCPP card presented")

    async def _scan(self, id_tag: str) -> None:
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, self._charge_point.identity), self._entry.entry_id
        )
        try:
            await async_scan_tag(self._hass, id_tag, device.id if device else None)
        except HomeAssistantError:
            return  # tags are switched off in this Home Assistant
