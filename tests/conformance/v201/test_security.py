"""TC_A_01 to TC_A_03, TC_A_09, TC_A_10, TC_A_14: passwords, and a certificate that the station refuses."""

from tests.conformance.checked_station import is_refused, moment
from tests.conformance.house import House
from tests.csms.scripted_charge_point import basic
from tests.tls import make_key, make_request

from .device_model import name_of
from .station import Station

PASSWORD = "the-password-of-CP1"
KEY = "SecurityCtrlr.BasicAuthPassword"


def with_password(house: House, password: str, user: str = "CP1") -> Station:
    """Return CP1 with a password."""
    return Station(house.port, authorization=basic(user, password))


def told_passwords(charger: Station) -> list[str]:
    """Return the passwords that the station was given."""
    changes = [
        item for action, payload in charger.calls if action == "SetVariables" for item in payload["setVariableData"]
    ]
    return [item["attributeValue"] for item in changes if name_of(item["component"], item["variable"]) == KEY]


async def test_tc_a_01_basic_authentication(house: House) -> None:
    """With its password the station is let in; without one nobody is who has one."""
    await house.change_charger(password=PASSWORD)
    assert await is_refused(Station(house.port))
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        await charger.check()
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_a_02_a_user_name_that_is_not_the_stations(house: House) -> None:
    """It is refused, whatever the password."""
    await house.change_charger(password=PASSWORD)
    assert await is_refused(with_password(house, PASSWORD, "CP1-invalid"))


async def test_tc_a_03_a_wrong_password(house: House) -> None:
    """It is refused."""
    await house.change_charger(password=PASSWORD)
    assert await is_refused(with_password(house, "an-other-password-of-CP1"))


async def test_tc_a_09_the_password_is_changed(house: House) -> None:
    """The station is told the new one as a text; from then on that lets it in, and the old one does not."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        await house.settle()
        form = await house.change_charger(generate_password=True)
        assert form["step_id"] == "generated_password"
        [new] = told_passwords(charger)
        await charger.check()
    assert 16 <= len(new) <= 40
    assert await is_refused(with_password(house, PASSWORD))
    async with with_password(house, new) as charger:
        await charger.cold_boot()


async def test_tc_a_10_a_password_that_is_refused_changes_nothing(house: House) -> None:
    """The old one lets in as before; the person is told."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        charger.variables.refused.add(KEY)
        await charger.cold_boot()
        await house.settle()
        form = await house.change_charger(generate_password=True)
        assert form["errors"]
        [new] = told_passwords(charger)
        await charger.check()
    assert await is_refused(with_password(house, new))
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()


async def test_tc_a_14_a_certificate_that_the_station_refuses(house: House) -> None:
    """It asked for it; its refusal leaves things as they are, and the security event that follows is told."""
    await house.change_charger(password=PASSWORD)
    async with with_password(house, PASSWORD) as charger:
        await charger.cold_boot()
        await house.shows("sensor.CP1_1_status", "available")
        await house.settle()
        charger.answers["CertificateSigned"] = {"status": "Rejected"}
        assert await house.act("sign_certificate") == {"status": "Accepted"}
        assert await charger.told("TriggerMessage", requestedMessage="SignChargingStationCertificate")
        request = {"csr": make_request(make_key(), "S-1"), "certificateType": "ChargingStationCertificate"}
        assert await charger.call("SignCertificate", request) == {"status": "Accepted"}
        signed = await charger.heard("CertificateSigned")
        assert signed["certificateType"] == "ChargingStationCertificate"
        assert "BEGIN CERTIFICATE" in signed["certificateChain"]
        event = {"type": "InvalidChargingStationCertificate", "timestamp": moment()}
        assert await charger.call("SecurityEventNotification", event) == {}
        told = await house.tells("event.CP1_0_security_event", "security_event")
        assert told["type"] == "InvalidChargingStationCertificate"
        await charger.check()
