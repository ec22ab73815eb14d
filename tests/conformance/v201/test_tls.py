"""TC_A_04, TC_A_06 to TC_A_08, TC_A_11, TC_A_19: the listener speaks TLS, and stations prove themselves by certificates."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from homeassistant.config_entries import ConfigSubentryData
import pytest
from websockets.exceptions import InvalidHandshake

from custom_components.ocpp_csms.const import SUBENTRY_CHARGE_POINT
from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority, read_request
from custom_components.ocpp_csms.security.certificate_store import create_authority_store
from tests.conformance.checked_station import is_refused
from tests.conformance.house import House
from tests.csms.scripted_charge_point import basic
from tests.tls import PrivateKey, make_key, make_request, make_rsa_key, showing, showing_foreign, trusting

from .device_model import name_of
from .station import Station

PASSWORD = "the-password-of-CP1"
SERIAL = "S-1"  # the serial number that Station boots with


@pytest.fixture
def entry_data(entry_data: dict[str, Any], trusted: Path) -> dict[str, Any]:
    """The entry as the flow leaves it when certificate files were given by their path."""
    files = {"certificate": str(trusted), "private_key": str(trusted.with_name("key.pem"))}
    return entry_data | {"tls": files}


@pytest.fixture
def subentries(subentries: list[ConfigSubentryData]) -> list[ConfigSubentryData]:
    """CP1 and the cards, and CP2, which has to come with a certificate."""
    other = ConfigSubentryData(
        data={"charge_point_id": "CP2", "client_certificate": True},
        subentry_type=SUBENTRY_CHARGE_POINT,
        title="CP2",
        unique_id="CP2",
    )
    return [*subentries, other]


def on_profile_2(house: House, trusted: Path, context: ssl.SSLContext | None = None) -> Station:
    """Return CP1 with TLS and its password."""
    return Station(house.port, ssl=context or trusting(trusted.read_bytes()), authorization=basic("CP1", PASSWORD))


def on_profile_3(house: House, trusted: Path, chain: str, key: PrivateKey) -> Station:
    """Return CP1 with its client certificate."""
    return Station(house.port, ssl=showing(trusting(trusted.read_bytes()), chain, key))


async def certified(house: House, charger: Station, key: PrivateKey) -> str:
    """Let CP1 ask for a certificate, as it is told to; return the chain that it gets."""
    assert await house.act("sign_certificate") == {"status": "Accepted"}
    assert await charger.told("TriggerMessage", requestedMessage="SignChargingStationCertificate")
    request = {"csr": make_request(key, SERIAL), "certificateType": "ChargingStationCertificate"}
    assert await charger.call("SignCertificate", request) == {"status": "Accepted"}
    signed = await charger.heard("CertificateSigned")
    assert signed["certificateType"] == "ChargingStationCertificate"
    chain: str = signed["certificateChain"]
    [leaf, *_] = x509.load_pem_x509_certificates(chain.encode())
    await house.shows("sensor.CP1_0_certificate_expiry", leaf.not_valid_after_utc.isoformat())
    return chain


async def with_certificate(house: House, trusted: Path, key: PrivateKey) -> str:
    """Let CP1 dial in by its password once, and get a certificate; return the chain."""
    await house.change_charger(password=PASSWORD)
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        await house.shows("sensor.CP1_1_status", "available")
        await house.settle()
        chain = await certified(house, charger, key)
        await charger.check()
    return chain


async def test_tc_a_04_the_listener_proves_itself_by_its_certificate(house: House, trusted: Path) -> None:
    """With TLS 1.2 at least; the station is let in with its password."""
    await house.change_charger(password=PASSWORD)
    async with on_profile_2(house, trusted) as charger:
        connection = charger.websocket.transport.get_extra_info("ssl_object")
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}
        await charger.cold_boot()
        await charger.check()
    await house.shows("sensor.CP1_1_status", "available")


@pytest.mark.parametrize(
    ("new_listener_key", "suite"),
    [
        (make_key, "ECDHE-ECDSA-AES128-GCM-SHA256"),
        (make_key, "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (make_rsa_key, "AES128-GCM-SHA256"),
        (make_rsa_key, "AES256-GCM-SHA384"),
    ],
)
async def test_tc_a_04_the_cipher_suites_of_ocpp_are_there(house: House, trusted: Path, suite: str) -> None:
    """Two for each kind of key that the certificate of the listener may have."""
    await house.change_charger(password=PASSWORD)
    context = trusting(trusted.read_bytes())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    async with on_profile_2(house, trusted, context) as charger:
        connection = charger.websocket.transport.get_extra_info("ssl_object")
        assert connection.cipher()[0] == suite
        await charger.cold_boot()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")  # too old, as it shall be
async def test_tc_a_06_a_tls_version_that_is_too_old(house: House, trusted: Path) -> None:
    """The listener ends the handshake; with 1.2 the station is let in."""
    await house.change_charger(password=PASSWORD)
    house.hass.loop.set_debug(False)  # in debug mode alone asyncio reports each failed handshake as an error
    old = trusting(trusted.read_bytes())
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((InvalidHandshake, OSError)):
        await on_profile_2(house, trusted, old).connect()
    new = trusting(trusted.read_bytes())
    new.maximum_version = ssl.TLSVersion.TLSv1_2
    async with on_profile_2(house, trusted, new) as charger:
        await charger.cold_boot()
        await charger.check()


async def test_tc_a_07_a_station_proves_itself_by_its_certificate(house: House, trusted: Path) -> None:
    """Where that is demanded, a password does not do."""
    key = make_key()
    chain = await with_certificate(house, trusted, key)
    await house.change_charger(client_certificate=True)
    assert await is_refused(on_profile_2(house, trusted))
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()
        await charger.check()


async def test_tc_a_08_a_certificate_of_an_authority_that_nobody_knows(house: House, trusted: Path) -> None:
    """The connection does not come about, whatever the password; with the right one it does."""
    key = make_key()
    chain = await with_certificate(house, trusted, key)
    house.hass.loop.set_debug(False)  # see above
    context = showing_foreign(trusting(trusted.read_bytes()))
    with pytest.raises((InvalidHandshake, OSError, ssl.SSLError)):
        await on_profile_2(house, trusted, context).connect()
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()


async def test_tc_a_08_a_certificate_that_has_expired(house: House, trusted: Path) -> None:
    """It is of our authority and for this station, but its time is over: the connection does not come about; with a new one it does."""
    await with_certificate(house, trusted, key := make_key())
    house.hass.loop.set_debug(False)  # see above
    stored = await create_authority_store(house.hass, house.entry).async_load()
    assert stored is not None
    authority, request = CertificateAuthority.from_dict(stored), read_request(make_request(key, SERIAL))

    def issued(at: datetime) -> Station:
        chain = authority.issue(request, identity="CP1", serial=SERIAL, organisation=None, now=at).chain
        return on_profile_3(house, trusted, chain, key)

    now = datetime.now(UTC)
    with pytest.raises((InvalidHandshake, OSError, ssl.SSLError)):
        await issued(now - timedelta(days=10 * 365)).connect()
    async with issued(now) as charger:
        await charger.cold_boot()


async def test_tc_a_08_a_certificate_of_another_station(house: House, trusted: Path) -> None:
    """It is of our authority, but for CP1: CP2 does not come in with it."""
    chain = await with_certificate(house, trusted, key := make_key())
    other = Station(house.port, "CP2", ssl=showing(trusting(trusted.read_bytes()), chain, key))
    assert await is_refused(other)
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()


async def test_tc_a_08_a_certificate_with_another_serial_number(house: House, trusted: Path) -> None:
    """The station boots with a serial number that its certificate does not have: the connection is closed."""
    chain = await with_certificate(house, trusted, key := make_key())
    async with on_profile_3(house, trusted, chain, key) as charger:
        with suppress(ConnectionError):
            await charger.boot(serialNumber="S-2")
        assert await charger.closed() is not None
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()


@pytest.mark.parametrize("new_key", [make_rsa_key, make_key], ids=["RSA", "ECDSA"])
async def test_tc_a_11_the_certificate_is_renewed(
    house: House, trusted: Path, new_key: Callable[[], PrivateKey]
) -> None:
    """The chain leads from the station's key to the house's authority; the station comes back with it."""
    key = new_key()
    chain = await with_certificate(house, trusted, key)
    leaf, issuer, *_ = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(issuer)
    assert leaf.public_key() == key.public_key()
    [common_name] = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == SERIAL
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()
        await charger.check()


async def test_tc_a_19_the_security_profile_is_upgraded(house: House, trusted: Path) -> None:
    """From password to certificate, in a new network profile: then the password lets nobody in any more, the certificate does."""
    key = make_key()
    chain = await with_certificate(house, trusted, key)
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        await house.act("get_configuration")
        charger.forget_calls()
        network = {"slot": 2, "url": "wss://192.0.2.7:9000/", "security_profile": 3}
        assert await house.act("set_network_profile", **network) == {"status": "Accepted"}
        request = await charger.heard("SetNetworkProfile")
        assert request["configurationSlot"] == 2
        assert request["connectionData"]["securityProfile"] == 3
        assert (request["connectionData"]["ocppTransport"], request["connectionData"]["ocppVersion"]) == (
            "JSON",
            "OCPP20",
        )
        priority = {"key": "OCPPCommCtrlr.NetworkConfigurationPriority", "value": "2,1"}
        assert await house.act("set_configuration", **priority) == {"status": "Accepted"}
        [item] = (await charger.heard("SetVariables"))["setVariableData"]
        assert (name_of(item["component"], item["variable"]), item["attributeValue"]) == tuple(priority.values())
        await house.use("press", "button.CP1_0_reset")
        assert await charger.heard("Reset") == {"type": "Immediate"}
        await charger.check()
    async with on_profile_3(house, trusted, chain, key) as charger:
        charger.variables["SecurityCtrlr.SecurityProfile"] = "3"
        await charger.cold_boot()
        await house.demands_certificate()
    assert await is_refused(on_profile_2(house, trusted))
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()
