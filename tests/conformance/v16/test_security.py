"""TC_073, TC_075 to TC_078, TC_085, TC_088: passwords, root certificates, security events, the sub-protocol."""

from typing import Any

import pytest

from tests.conformance.checked_station import is_refused, moment
from tests.conformance.house import House
from tests.csms.scripted_charge_point import basic
from tests.tls import make_certificate, make_key, make_request

from .station import Station

PASSWORD = "the password of the charger"


def with_password(house: House, password: str | bytes, user: str = "CP1") -> Station:
    """Return CP1 with a password."""
    return Station(house.port, authorization=basic(user, password))


async def test_tc_073_the_password_is_changed(house: House) -> None:
    """The charge point is told the new one in hex; from then on that lets it in, and the old one does not."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        form = await house.change_charger(generate_password=True)
        assert form["step_id"] == "generated_password"
        change = next(payload for action, payload in charger.calls if payload.get("key") == "AuthorizationKey")
        await charger.check()
    new = bytes.fromhex(change["value"])
    assert 16 <= len(new) <= 20
    assert await is_refused(with_password(house, PASSWORD))
    async with with_password(house, new) as charger:
        await charger.cold_boot()


async def test_tc_073_a_password_that_is_refused_changes_nothing(house: House) -> None:
    """The old one lets in as before; the person is told."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        charger.answers["ChangeConfiguration"] = {"status": "Rejected"}
        form = await house.change_charger(generate_password=True)
        assert form["errors"]
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()


async def _is_installed(house: House, charger: Station, kind: str, certificate_type: str) -> None:
    certificate = make_certificate()[0].decode()
    assert await house.act("install_certificate", kind=kind, certificate=certificate) == {"status": "Accepted"}
    request = await charger.heard("InstallCertificate")
    assert request["certificateType"] == certificate_type
    assert request["certificate"].split() == certificate.split()
    charger.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashData": [hashes("SHA256")]}
    answer = await house.act("get_installed_certificates", kind=kind)
    assert await charger.heard("GetInstalledCertificateIds") == {"certificateType": certificate_type}
    assert [item["serial_number"] for item in answer["certificates"]] == ["0A1B"]


def hashes(algorithm: str) -> dict[str, str]:
    """Return how a charge point names an installed certificate."""
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": "9f86d081884c7d65",
        "issuerKeyHash": "60303ae22b998861",
        "serialNumber": "0A1B",
    }


async def test_tc_075_1_the_root_certificate_of_the_manufacturer(house: House, charger: Station) -> None:
    """It is installed, and listed."""
    await _is_installed(house, charger, "manufacturer_root", "ManufacturerRootCertificate")


async def test_tc_075_2_the_root_certificate_of_the_central_system(house: House, charger: Station) -> None:
    """It is installed, and listed."""
    await _is_installed(house, charger, "central_system_root", "CentralSystemRootCertificate")


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_tc_076_an_installed_certificate_is_deleted(house: House, charger: Station, algorithm: str) -> None:
    """By what it was listed with, in the same algorithm; then it is not listed any more."""
    charger.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashData": [hashes(algorithm)]}
    [listed] = (await house.act("get_installed_certificates", kind="central_system_root"))["certificates"]
    assert await house.act("delete_certificate", **listed) == {"status": "Accepted"}
    assert await charger.heard("DeleteCertificate") == {"certificateHashData": hashes(algorithm)}
    charger.answers["GetInstalledCertificateIds"] = {"status": "NotFound"}
    answer = await house.act("get_installed_certificates", kind="central_system_root")
    assert not answer.get("certificates")


async def _security_event(house: House, charger: Station, kind: str) -> None:
    assert await charger.call("SecurityEventNotification", {"type": kind, "timestamp": moment()}) == {}
    event = await house.tells("event.CP1_0_security_event", "security_event")
    assert event["type"] == kind


async def test_tc_078_a_root_certificate_that_the_charge_point_refuses(house: House, charger: Station) -> None:
    """The answer says so; the security event that follows is told."""
    charger.answers["InstallCertificate"] = {"status": "Rejected"}
    certificate = make_certificate()[0].decode()
    answer = await house.act("install_certificate", kind="central_system_root", certificate=certificate)
    assert answer["status"] == "Rejected"
    await _security_event(house, charger, "InvalidCentralSystemCertificate")


@pytest.mark.parametrize(
    ("user", "password"), [("CP1", "another password 123"), ("CP2", PASSWORD)], ids=["password", "user name"]
)
async def test_tc_085_basic_authentication_refuses_what_is_wrong(house: House, user: str, password: str) -> None:
    """Password or name."""
    await house.change_charger(password=PASSWORD)
    assert await is_refused(with_password(house, password, user))


async def test_tc_085_basic_authentication(house: House) -> None:
    """Without it nobody is let in who has a password; with it the charge point is."""
    await house.change_charger(password=PASSWORD)
    assert await is_refused(Station(house.port))
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        await charger.check()
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_088_a_subprotocol_that_nobody_speaks_is_refused(house: House) -> None:
    """The handshake is completed without one, as OCPP-J has it, and the connection closed."""
    charger = Station(house.port, subprotocols=("ocpp0.1",))
    await charger.connect()
    assert charger.websocket.subprotocol is None
    assert await charger.closed() is not None


async def test_tc_088_of_several_subprotocols_the_one_we_speak_is_taken(house: House) -> None:
    """Even if it is not the first."""
    async with Station(house.port, subprotocols=("ocpp0.1", "ocpp1.6")) as charger:
        assert charger.websocket.subprotocol == "ocpp1.6"
        await charger.cold_boot()


async def test_tc_077_a_certificate_that_the_charge_point_refuses(house: House) -> None:
    """It asked for it; its refusal leaves things as they are, and the security event that follows is told."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        charger.answers["CertificateSigned"] = {"status": "Rejected"}
        assert await house.act("sign_certificate") == {"status": "Accepted"}
        assert await charger.heard("ExtendedTriggerMessage") == {"requestedMessage": "SignChargePointCertificate"}
        request: dict[str, Any] = {"csr": make_request(make_key(), "S-1")}
        assert await charger.call("SignCertificate", request) == {"status": "Accepted"}
        assert "BEGIN CERTIFICATE" in (await charger.heard("CertificateSigned"))["certificateChain"]
        await _security_event(house, charger, "InvalidChargePointCertificate")
        await charger.check()
