"""The certificate authority of an entry: made when it is first needed, kept in a private file, renewed before it ends, trusted by the listener.

What it does is in `csms.security.certificate_authority`.
"""

import asyncio
import logging
from ssl import SSLContext
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority

from .certificates import trust_clients

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1


def create_authority_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the private file that keeps the entry's certificate authority with its private keys."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}.authority", private=True, atomic_writes=True)


class CertificateStore:
    """The authority of one entry, and the TLS context that takes its client certificates."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, ssl: SSLContext | None) -> None:
        """`ssl` is the context of the listener, if it speaks TLS."""
        self._hass = hass
        self._store = create_authority_store(hass, entry)
        self._ssl = ssl
        self._authority: CertificateAuthority | None = None
        self._turn = asyncio.Lock()

    async def async_load(self) -> None:
        """Take up the authority that there is, before the listener opens."""
        if (stored := await self._store.async_load()) is None:
            return
        try:
            authority = await self._hass.async_add_executor_job(CertificateAuthority.from_dict, stored)
        except ValueError, KeyError, TypeError, AttributeError:
            _LOGGER.error("The certificate authority cannot be read; chargers with client certificates need new ones")
            return
        self._take(authority)

    async def async_authority(self) -> CertificateAuthority:
        """Return the authority, new or renewed if need be. It is on disk before anything is signed with it."""
        async with self._turn:
            now = dt_util.utcnow()
            if self._authority is None:
                authority = await self._hass.async_add_executor_job(CertificateAuthority.create, now)
            else:
                authority = await self._hass.async_add_executor_job(self._authority.renewed, now)
            if authority is not self._authority:
                await self._store.async_save(authority.as_dict())
                self._take(authority)
            return authority

    def _take(self, authority: CertificateAuthority) -> None:
        self._authority = authority
        if self._ssl is not None:
            trust_clients(self._ssl, authority.trusted)
