"""Actions about certificates, over a real socket: what a charger trusts, and the certificate that it shows itself.

Source: OCPP 1.6 security whitepaper ed. 3; test cases TC_074 to TC_076.
"""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN, SUBENTRY_CHARGE_POINT
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from tests.actions.calls import act, device_of
from tests.csms.scripted_charge_point import ScriptedChargePoint, basic
from tests.tls import make_certificate
from tests.waiting import until_connected

PASSWORD = "the password of the charger"
LISTED = {"hashAlgorithm": "SHA384", "issuerNameHash": "a1", "issuerKeyHash": "b2", "serialNumber": "0102"}
READ: dict[str, Any] = {
    "hash_algorithm": "SHA384",
    "issuer_name_hash": "a1",
    "issuer_key_hash": "b2",
    "serial_number": "0102",
}


@pytest.fixture
def charge_point_subentry() -> ConfigSubentryData:
    """CP1 with a password."""
    return ConfigSubentryData(
        data={"charge_point_id": "CP1", "credential": hash_password(PASSWORD)},
        subentry_type=SUBENTRY_CHARGE_POINT,
        title="CP1",
        unique_id="CP1",
    )


@pytest.fixture
async def charger(init_integration: MockConfigEntry) -> AsyncGenerator[ScriptedChargePoint]:
    """CP1, connected."""
    central = init_integration.runtime_data.central
    async with ScriptedChargePoint(central.port, authorization=basic("CP1", PASSWORD)) as charger:
        await until_connected(central.charge_points["CP1"])
        yield charger


@pytest.fixture
def device(hass: HomeAssistant, charger: ScriptedChargePoint) -> str:
    """The device of CP1."""
    return device_of(hass, "button", "CP1_0_reset")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ({}, "CentralSystemRootCertificate"),
        ({"kind": "central_system_root"}, "CentralSystemRootCertificate"),
        ({"kind": "manufacturer_root"}, "ManufacturerRootCertificate"),
    ],
)
async def test_a_root_is_installed(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str, kind: dict[str, Any], sent: str
) -> None:
    """As the user gives it, without what stands around it."""
    pem = make_certificate()[0].decode()
    answer = await act(hass, "install_certificate", device_id=device, certificate=f"My root\n{pem}\n", **kind)
    assert answer == {"status": "Accepted"}
    assert await charger.heard("InstallCertificate") == {"certificateType": sent, "certificate": pem}


async def test_the_root_of_our_own_authority_is_installed(
    hass: HomeAssistant, init_integration: MockConfigEntry, charger: ScriptedChargePoint, device: str
) -> None:
    """When the user names no other."""
    await act(hass, "install_certificate", device_id=device)
    authority = await init_integration.runtime_data.certificates.async_authority()
    assert (await charger.heard("InstallCertificate"))["certificate"] == authority.root_certificate


async def test_a_text_that_is_no_certificate_is_not_sent(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str
) -> None:
    """The message says what it is not."""
    with pytest.raises(ServiceValidationError, match="holds no certificate for CP1"):
        await act(hass, "install_certificate", device_id=device, certificate="none")
    assert "InstallCertificate" not in [action for action, _ in charger.calls]


@pytest.mark.parametrize(
    ("answer", "returned"),
    [
        (
            {"status": "Accepted", "certificateHashData": [LISTED]},
            {"status": "Accepted", "certificates": [{"kind": "central_system_root"} | READ]},
        ),
        ({"status": "NotFound"}, {"status": "NotFound", "certificates": []}),
    ],
)
async def test_installed_certificates_are_listed(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str, answer: Any, returned: Any
) -> None:
    """None at all is an answer as well."""
    charger.answers["GetInstalledCertificateIds"] = answer
    assert await act(hass, "get_installed_certificates", device_id=device) == returned
    expected = {"certificateType": "CentralSystemRootCertificate"}
    assert await charger.heard("GetInstalledCertificateIds") == expected


async def test_what_is_listed_is_no_root_to_be_installed(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str
) -> None:
    """A charger makes the chain that it shows to cars itself; and to list nothing is no wish."""
    certificate = make_certificate()[0].decode()
    with pytest.raises(vol.Invalid):
        await act(hass, "install_certificate", device_id=device, kind="v2g_chain", certificate=certificate)
    with pytest.raises(vol.Invalid):
        await act(hass, "get_installed_certificates", device_id=device, kind=[])


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_a_certificate_is_deleted_as_it_was_listed(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str, algorithm: str
) -> None:
    """With the hash algorithm of the list."""
    charger.answers["GetInstalledCertificateIds"] = {
        "status": "Accepted",
        "certificateHashData": [LISTED | {"hashAlgorithm": algorithm}],
    }
    listed = await act(hass, "get_installed_certificates", device_id=device)
    assert listed is not None
    certificates: Any = listed["certificates"]
    assert await act(hass, "delete_certificate", device_id=device, **certificates[0]) == {"status": "Accepted"}
    sent = await charger.heard("DeleteCertificate")
    assert sent == {"certificateHashData": LISTED | {"hashAlgorithm": algorithm}}


async def test_a_refusal_is_an_answer_to_who_asks_for_one(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str
) -> None:
    """And an error to who does not."""
    charger.answers["DeleteCertificate"] = {"status": "NotFound"}
    assert await act(hass, "delete_certificate", device_id=device, **READ) == {"status": "NotFound"}
    with pytest.raises(HomeAssistantError, match="NotFound"):
        await act(hass, "delete_certificate", device_id=device, answer=False, **READ)


@pytest.mark.parametrize(
    "wrong",
    [{"hash_algorithm": "MD5"}, {"issuer_name_hash": "xyz"}, {"serial_number": "1" * 41}, {"issuer_key_hash": ""}],
)
async def test_hashes_that_cannot_be_any_are_not_sent(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str, wrong: dict[str, str]
) -> None:
    """The data of the action say so."""
    with pytest.raises(vol.Invalid):
        await act(hass, "delete_certificate", device_id=device, **(READ | wrong))


async def test_a_charger_is_asked_to_request_a_certificate(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str
) -> None:
    """What it answers is returned; the request follows."""
    assert await act(hass, "sign_certificate", device_id=device) == {"status": "Accepted"}
    assert await charger.heard("ExtendedTriggerMessage") == {"requestedMessage": "SignChargePointCertificate"}
    charger.answers["ExtendedTriggerMessage"] = {"status": "NotImplemented"}
    assert await act(hass, "sign_certificate", device_id=device) == {"status": "NotImplemented"}


@pytest.mark.parametrize("action", ["install_certificate", "delete_certificate", "sign_certificate"])
async def test_whom_a_charger_trusts_is_for_administrators(
    hass: HomeAssistant, charger: ScriptedChargePoint, device: str, action: str, hass_read_only_user: MockUser
) -> None:
    """A wrong root locks it out."""
    data = {"device_id": device} | (READ if action == "delete_certificate" else {})
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN, action, data, blocking=True, context=Context(user_id=hass_read_only_user.id)
        )
