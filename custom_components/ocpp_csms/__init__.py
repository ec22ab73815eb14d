"""OCPP CSMS: a central system for electric vehicle chargers inside Home Assistant. Set-up, unload and removal of an entry, nothing else."""

from ssl import SSLContext

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .const import CONF_TLS, DOMAIN, PLATFORMS
from .files.kept import LogView, async_forget_entry
from .listener import ListenError, async_check_address, async_listener_url, listen_error
from .records.records import async_remove_records
from .repairs import async_create_listener_issue, async_delete_authentication_issue, async_delete_listener_issue
from .runtime import OcppConfigEntry, OcppRuntime
from .saving import create_store
from .security.certificate_store import CertificateStore, create_authority_store
from .security.certificates import CertificateError, forget_upload, load_server_context
from .security.security_issues import async_delete_security_issues
from .services import async_setup_services
from .settings import charge_point_subentries

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions; they are there even when no entry is loaded."""
    async_setup_services(hass)
    hass.http.register_view(LogView)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: OcppConfigEntry) -> bool:
    """Open a central system."""
    ssl = await _async_load_certificate(hass, entry)
    try:
        # Tried before any entity is made: an occupied port is retried again and again.
        await async_check_address(entry.data[CONF_HOST], entry.data[CONF_PORT])
    except ListenError as err:
        raise _not_ready(hass, entry, err) from err

    store = create_store(hass, entry)
    url = await async_listener_url(hass, entry.data[CONF_HOST], entry.data[CONF_PORT], tls=ssl is not None)
    certificates = CertificateStore(hass, entry, ssl)
    await certificates.async_load()
    stored = await store.async_load()
    runtime = OcppRuntime(hass, entry, store=store, stored=stored, ssl=ssl, certificates=certificates, url=url)
    await runtime.records.async_load()
    entry.runtime_data = runtime
    # Platforms register before the listener opens, so that they miss nothing.
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    try:
        await runtime.async_start()
    except OSError as err:
        await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        await runtime.async_stop()
        raise _not_ready(hass, entry, listen_error(err)) from err
    async_delete_listener_issue(hass, entry)

    async def stop(_event: Event) -> None:
        await runtime.async_stop()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: OcppConfigEntry) -> bool:
    """Close a central system."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.async_stop()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: OcppConfigEntry) -> None:
    """Delete what the entry kept."""
    await create_store(hass, entry).async_remove()
    await async_forget_entry(hass, entry.entry_id)
    await async_remove_records(hass, entry)
    await create_authority_store(hass, entry).async_remove()
    if tls := entry.data.get(CONF_TLS):
        await hass.async_add_executor_job(forget_upload, hass, tls)
    async_delete_listener_issue(hass, entry)
    for identity in charge_point_subentries(entry):
        async_delete_authentication_issue(hass, identity)
        async_delete_security_issues(hass, identity)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: OcppConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Allow the user to delete the device of a connector that its charge point does not have; charge points go with their subentry.

    While the entry is not loaded nobody knows what is there: anything may go, and what is there comes back.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return True
    entry.runtime_data.forget_phantom(device)
    return not entry.runtime_data.is_present(device)


async def _async_entry_updated(hass: HomeAssistant, entry: OcppConfigEntry) -> None:
    entry.runtime_data.apply_entry()


async def _async_load_certificate(hass: HomeAssistant, entry: OcppConfigEntry) -> SSLContext | None:
    """Return the TLS context, or None when the entry wants none. A bad certificate never falls back to an open line."""
    if (tls := entry.data.get(CONF_TLS)) is None:
        return None
    try:
        return await hass.async_add_executor_job(load_server_context, hass, tls)
    except CertificateError as err:
        async_create_listener_issue(hass, entry, err.reason)
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key=err.reason) from err


def _not_ready(hass: HomeAssistant, entry: OcppConfigEntry, error: ListenError) -> ConfigEntryNotReady:
    async_create_listener_issue(hass, entry, error.reason)
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=error.reason,
        translation_placeholders={"port": str(entry.data[CONF_PORT])},
    )
