"""The security profile of a charge point goes up by itself, and down by the user alone.

Source: OCPP 1.6 security whitepaper ed. 3 A05: once a charge point has been upgraded, a lower profile is not accepted any more.
"""

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from custom_components.ocpp_csms.const import CONF_CLIENT_CERTIFICATE
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.security.security_profiles import CLIENT_CERTIFICATE
from custom_components.ocpp_csms.settings import charge_point_subentries

_LOGGER = logging.getLogger(__name__)


@callback
def async_follow_security_profile(hass: HomeAssistant, entry: ConfigEntry, charge_point: ChargePoint) -> CALLBACK_TYPE:
    """Demand a client certificate from the moment that the charge point is set to need one and comes with it. Returns what ends it."""

    @callback
    def changed() -> None:
        if charge_point.settings.client_certificate or charge_point.certificates.presented is None:
            return
        subentry = charge_point_subentries(entry).get(charge_point.identity)
        if subentry is None or charge_point.features.security_profile != CLIENT_CERTIFICATE:
            return
        _LOGGER.info("%s has security profile 3 now; it must come with its certificate", charge_point.identity)
        hass.config_entries.async_update_subentry(
            entry, subentry, data={**subentry.data, CONF_CLIENT_CERTIFICATE: True}
        )

    return charge_point.listen(0, ("configuration", "connected"), changed)
