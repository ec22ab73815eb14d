"""The integration as installed: its entry with one subentry per charge point, set up by Home Assistant."""

from collections.abc import Sequence
from types import MappingProxyType

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigSubentryData
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

from custom_components.ocpp_csms.const import CONF_CHARGE_POINT_ID, DOMAIN, NAME, SUBENTRY_CHARGE_POINT


async def start(hass: HomeAssistant, identities: Sequence[str]) -> int:
    """Set up the entry, the one that the process before left if there is one, and return the port."""
    if entries := hass.config_entries.async_entries(DOMAIN):
        entry = entries[0]
        await hass.config_entries.async_setup(entry.entry_id)
    else:
        entry = new_entry(identities)
        await hass.config_entries.async_add(entry)
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"The entry is {entry.state}: {entry.reason}")
    port: int = entry.runtime_data.central.port
    return port


def new_entry(identities: Sequence[str]) -> ConfigEntry:
    """Return an entry as the flows leave it: defaults everywhere, any free port."""
    charge_points = [
        ConfigSubentryData(
            data={CONF_CHARGE_POINT_ID: identity},
            subentry_type=SUBENTRY_CHARGE_POINT,
            title=identity,
            unique_id=identity,
        )
        for identity in identities
    ]
    return ConfigEntry(
        data={CONF_HOST: "127.0.0.1", CONF_PORT: 0},
        discovery_keys=MappingProxyType({}),
        domain=DOMAIN,
        minor_version=1,
        options={},
        source=SOURCE_USER,
        subentries_data=charge_points,
        title=NAME,
        unique_id=None,
        version=1,
    )
