"""Charge points that dialled in and that nobody knows: offered to the user as discovered devices, and withdrawn when they stay away.

The offer is a config flow; it survives a charger that reconnects every now and then, as some do while they wait to be accepted.
"""

from collections.abc import Callable

from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    signal_discovered_config_entry_removed,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later

from .const import CONF_CHARGE_POINT_ID, DOMAIN
from .csms.charge_point import ChargePoint

# How long an offer outlives the charger's connection.
GRACE_SECONDS = 300


def discovery_unique_id(entry_id: str, identity: str) -> str:
    """Return the unique id of the flow that offers a charge point, and of the entry that ignores it."""
    return f"{entry_id}_{identity}"


class Discovery:
    """The offers of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Work for this entry."""
        self._hass = hass
        self._entry = entry
        self._offers: dict[str, _Offer] = {}
        self._stop_listening: CALLBACK_TYPE | None = async_dispatcher_connect(
            hass, signal_discovered_config_entry_removed(DOMAIN), self._offer_again
        )

    @callback
    def offer(self, charge_point: ChargePoint) -> None:
        """Offer a charge point to the user, unless it is on offer or ignored."""
        self.forget(charge_point.identity)
        self._offers[charge_point.identity] = _Offer(self._hass, charge_point, self.withdraw)
        self._create_flow(charge_point)

    @callback
    def forget(self, identity: str) -> None:
        """Let an offer be: it was taken, or it is about to be made anew."""
        if offer := self._offers.pop(identity, None):
            offer.close()

    @callback
    def withdraw(self, identity: str) -> None:
        """Take an offer back, together with its flow."""
        if identity not in self._offers:
            return
        self.forget(identity)
        flows = self._hass.config_entries.flow
        for flow in flows.async_progress_by_handler(
            DOMAIN,
            include_uninitialized=True,
            match_context={
                "source": SOURCE_INTEGRATION_DISCOVERY,
                "unique_id": discovery_unique_id(self._entry.entry_id, identity),
            },
        ):
            flows.async_abort(flow["flow_id"])

    @callback
    def stop(self) -> None:
        """Take all offers back, for good. Does no harm when it is called twice."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self.withdraw_all()

    @callback
    def withdraw_all(self) -> None:
        """Take all offers back."""
        for identity in list(self._offers):
            self.withdraw(identity)

    def _create_flow(self, charge_point: ChargePoint) -> None:
        discovery_flow.async_create_flow(
            self._hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data={
                "entry_id": self._entry.entry_id,
                CONF_CHARGE_POINT_ID: charge_point.identity,
                "vendor": charge_point.info.vendor,
                "model": charge_point.info.model,
            },
            discovery_key=DiscoveryKey(domain=DOMAIN, key=(self._entry.entry_id, charge_point.identity), version=1),
        )

    @callback
    def _offer_again(self, ignored: ConfigEntry) -> None:
        """Offer a charge point that the user no longer ignores."""
        for key in ignored.discovery_keys.get(DOMAIN, ()):
            identity = key.key[-1]
            if key.key == (self._entry.entry_id, identity) and (offer := self._offers.get(identity)):
                self._create_flow(offer.charge_point)


class _Offer:
    """Watches one charge point on offer: calls `expired` when it has been away for too long."""

    def __init__(self, hass: HomeAssistant, charge_point: ChargePoint, expired: Callable[[str], None]) -> None:
        self.charge_point = charge_point
        self._hass = hass
        self._expired = expired
        self._stop_timer: CALLBACK_TYPE | None = None
        self._stop_listening = charge_point.listen(0, ("connected",), self._connection_changed)

    @callback
    def close(self) -> None:
        self._stop_listening()
        if self._stop_timer:
            self._stop_timer()

    @callback
    def _connection_changed(self) -> None:
        # One that returns is introduced anew, and its offer renewed.
        if not self.charge_point.connected and self._stop_timer is None:
            self._stop_timer = async_call_later(
                self._hass, GRACE_SECONDS, HassJob(self._time_is_up, cancel_on_shutdown=True)
            )

    @callback
    def _time_is_up(self, _now: object) -> None:
        self._stop_timer = None
        self._expired(self.charge_point.identity)
