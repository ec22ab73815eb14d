"""The certificate authority of an entry: made when needed, kept privately, renewed, trusted by the listener at once."""

import asyncio
from datetime import timedelta
import ssl
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.security.certificate_store import CertificateStore, create_authority_store


@pytest.fixture
def entry() -> MockConfigEntry:
    """An entry that is not set up."""
    return MockConfigEntry(domain=DOMAIN, entry_id="home")


@pytest.fixture
def context() -> ssl.SSLContext:
    """The TLS context of a listener."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


async def test_no_client_is_asked_for_a_certificate_before_there_is_an_authority(
    hass: HomeAssistant, entry: MockConfigEntry, context: ssl.SSLContext, hass_storage: dict[str, Any]
) -> None:
    """A charger that has one of its maker would be turned away for it."""
    store = CertificateStore(hass, entry, context)
    await store.async_load()
    modes = [context.verify_mode]
    await store.async_authority()
    modes.append(context.verify_mode)
    assert modes == [ssl.CERT_NONE, ssl.CERT_OPTIONAL]
    assert len(context.get_ca_certs()) == 2


async def test_an_authority_is_made_once(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Whoever asks at the same time gets the same; so does who asks after a restart."""
    store = CertificateStore(hass, entry, None)
    first, second = await asyncio.gather(store.async_authority(), store.async_authority())
    assert first is second
    assert hass_storage["ocpp_csms.home.authority"]["data"] == first.as_dict()
    restarted = CertificateStore(hass, entry, None)
    await restarted.async_load()
    assert (await restarted.async_authority()).as_dict() == first.as_dict()


async def test_the_authority_goes_with_its_entry(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Its keys are not left behind."""
    await CertificateStore(hass, entry, None).async_authority()
    await create_authority_store(hass, entry).async_remove()
    assert "ocpp_csms.home.authority" not in hass_storage


async def test_what_was_kept_of_an_old_signer_is_trusted_on(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    context: ssl.SSLContext,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A renewed authority takes the certificates of the one before."""
    store = CertificateStore(hass, entry, context)
    first = await store.async_authority()
    freezer.tick(timedelta(days=8 * 365))
    second = await store.async_authority()
    assert second.root_certificate == first.root_certificate
    assert len(context.get_ca_certs()) == 3
    assert hass_storage["ocpp_csms.home.authority"]["data"] == second.as_dict()


@pytest.mark.parametrize(
    "data", [{}, {"root": 1, "signer": 2, "retired": []}, {"root": {}, "signer": {}, "retired": ["x"]}]
)
async def test_an_authority_that_cannot_be_read_is_made_anew(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: dict[str, Any],
) -> None:
    """The log says what that means."""
    hass_storage["ocpp_csms.home.authority"] = {"version": 1, "key": "ocpp_csms.home.authority", "data": data}
    store = CertificateStore(hass, entry, None)
    await store.async_load()
    assert "need new ones" in caplog.text
    assert (await store.async_authority()).root_certificate
