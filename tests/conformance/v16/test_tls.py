"""TC_074, TC_083, TC_086, TC_087: the listener speaks TLS, and charge points prove themselves by certificates."""

from collections.abc import Callable
from pathlib import Path
import ssl
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
import pytest
from websockets.exceptions import InvalidHandshake

from tests.conformance.checked_station import is_refused
from tests.conformance.house import House
from tests.csms.scripted_charge_point import basic
from tests.tls import PrivateKey, make_key, make_request, make_rsa_key, showing, showing_foreign, trusting

from .station import Station

PASSWORD = "the password of the charger"
SERIAL = "S-1"  # the serial number that Station boots with


@pytest.fixture
def entry_data(entry_data: dict[str, Any], trusted: Path) -> dict[str, Any]:
    """The entry as the flow leaves it when certificate files were given by their path."""
    files = {"certificate": str(trusted), "private_key": str(trusted.with_name("key.pem"))}
    return entry_data | {"tls": files}


def on_profile_2(house: House, trusted: Path) -> Station:
    """Return CP1 with TLS and its password."""
    return Station(house.port, ssl=trusting(trusted.read_bytes()), authorization=basic("CP1", PASSWORD))


def on_profile_3(house: House, trusted: Path, chain: str, key: PrivateKey) -> Station:
    """Return CP1 with its client certificate."""
    return Station(house.port, ssl=showing(trusting(trusted.read_bytes()), chain, key))


async def certified(house: House, charger: Station, key: PrivateKey) -> str:
    """Let CP1 ask for a certificate, as it is told to; return the chain that it gets."""
    assert await house.act("sign_certificate") == {"status": "Accepted"}
    assert await charger.heard("ExtendedTriggerMessage") == {"requestedMessage": "SignChargePointCertificate"}
    assert await charger.call("SignCertificate", {"csr": make_request(key, SERIAL)}) == {"status": "Accepted"}
    chain: str = (await charger.heard("CertificateSigned"))["certificateChain"]
    [leaf, *_] = x509.load_pem_x509_certificates(chain.encode())
    await house.shows("sensor.CP1_0_certificate_expiry", leaf.not_valid_after_utc.isoformat())
    return chain


@pytest.mark.parametrize("new_key", [make_rsa_key, make_key], ids=["RSA", "ECDSA"])
async def test_tc_074_a_certificate_is_signed(house: House, trusted: Path, new_key: Callable[[], PrivateKey]) -> None:
    """The chain leads from the charge point's key to the house's authority; the charge point comes back with it."""
    await house.change_charger(password=PASSWORD)
    key = new_key()
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        chain = await certified(house, charger, key)
        await charger.check()
    leaf, issuer, *_ = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(issuer)
    assert leaf.public_key() == key.public_key()
    [common_name] = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == SERIAL
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()


async def test_tc_083_the_security_profile_is_upgraded(house: House, trusted: Path) -> None:
    """From password to certificate: after the restart the password lets nobody in any more, the certificate does."""
    await house.change_charger(password=PASSWORD)
    key = make_key()
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        await house.shows("sensor.CP1_1_status", "available")
        await house.settle()
        chain = await certified(house, charger, key)
        assert await house.act("set_configuration", key="SecurityProfile", value="3") == {"status": "Accepted"}
        assert ("ChangeConfiguration", {"key": "SecurityProfile", "value": "3"}) in charger.calls
        await house.use("press", "button.CP1_0_reset")
        assert await charger.heard("Reset") == {"type": "Hard"}
        await charger.check()
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()
        await house.settle()
    assert await is_refused(on_profile_2(house, trusted))
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()


async def test_tc_086_the_listener_proves_itself_by_its_certificate(house: House, trusted: Path) -> None:
    """With TLS 1.2 at least; the charge point is let in with its password."""
    await house.change_charger(password=PASSWORD)
    async with on_profile_2(house, trusted) as charger:
        connection = charger.websocket.transport.get_extra_info("ssl_object")
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}
        await charger.cold_boot()
        await charger.check()
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_086_without_tls_nobody_is_let_in(house: House) -> None:
    """Not even with the password."""
    await house.change_charger(password=PASSWORD)
    house.hass.loop.set_debug(False)  # in debug mode alone asyncio reports each failed handshake as an error
    with pytest.raises((InvalidHandshake, OSError)):
        await Station(house.port, authorization=basic("CP1", PASSWORD)).connect()


async def test_tc_087_a_charge_point_proves_itself_by_its_certificate(house: House, trusted: Path) -> None:
    """Where that is demanded, a password does not do."""
    await house.change_charger(password=PASSWORD)
    key = make_key()
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        chain = await certified(house, charger, key)
    await house.change_charger(client_certificate=True)
    assert await is_refused(on_profile_2(house, trusted))
    async with on_profile_3(house, trusted, chain, key) as charger:
        await charger.cold_boot()
        await charger.check()
    await house.shows("binary_sensor.CP1_0_connected", "off")


async def test_tc_087_a_certificate_of_somebody_else_is_refused(house: House, trusted: Path) -> None:
    """The connection does not come about, whatever the password."""
    await house.change_charger(password=PASSWORD)
    async with on_profile_2(house, trusted) as charger:
        await charger.cold_boot()
        await certified(house, charger, make_key())
    house.hass.loop.set_debug(False)  # see above
    stranger = Station(
        house.port, ssl=showing_foreign(trusting(trusted.read_bytes())), authorization=basic("CP1", PASSWORD)
    )
    with pytest.raises((InvalidHandshake, OSError, ssl.SSLError)):
        await stranger.connect()
