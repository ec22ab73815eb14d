"""Security events and certificates over the wire."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, Quirks, SimulatedChargePoint
from tests.simulator.authority import Authority
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial

CENTRAL = "CentralSystemRootCertificate"
REJECTED = {"status": "Rejected"}


def events(central: Central) -> list[str]:
    """The types of the security events that were told."""
    return [each["type"] for each in central.payloads("SecurityEventNotification")]


async def sign(central: Central, **others: Any) -> str:
    """Ask for a signing request; return it once it is there."""
    await central.call("ChangeConfiguration", {"key": "CpoName", "value": "ACME"})
    request = {"requestedMessage": "SignChargePointCertificate", **others}
    assert await central.call("ExtendedTriggerMessage", request) == ACCEPTED
    return str((await central.wait_call("SignCertificate"))["csr"])


# Events


async def test_an_event_is_told_by_hand(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.security_event("TamperDetectionActivated", "x" * 300)
    (event,) = central.payloads("SecurityEventNotification")
    assert (event["type"], event["techInfo"]) == ("TamperDetectionActivated", "x" * 255)
    assert [entry.kind for entry in charge_point.security_log] == ["StartupOfTheDevice", "TamperDetectionActivated"]


async def test_an_event_waits_for_the_connection_and_survives_a_failure_of_the_central_system(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    """It is told once: the central system of one that knows no such message is not asked again and again."""
    await charge_point.go_offline()
    await charge_point.security_event("MemoryExhaustion")
    central.answers["SecurityEventNotification"] = Fail("NotImplemented")
    await charge_point.go_online()
    await charge_point.wait_accepted()
    assert events(central) == ["MemoryExhaustion"]
    assert charge_point.queued == 0


async def test_a_talkative_one_tells_of_starts_resets_and_new_passwords(central: Central, dial: Dial) -> None:
    charge_point = await dial(security_events=True)
    await central.call("Reset", {"type": "Soft"})
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    key = "00112233445566778899aabbccddeeff"
    await central.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": key})
    await central.wait_call("SecurityEventNotification", 3)
    assert events(central) == ["StartupOfTheDevice", "ResetOrReboot", "ReconfigurationOfSecurityParameters"]
    assert central.payloads("SecurityEventNotification")[1]["techInfo"] == "SoftReset"


async def test_others_keep_everyday_life_to_themselves(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("Reset", {"type": "Hard"})
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert events(central) == []
    assert [entry.kind for entry in charge_point.security_log] == ["StartupOfTheDevice", "ResetOrReboot"]


async def test_being_refused_is_told_once_afterwards(central: Central, dial: Dial) -> None:
    central.refuse_with = 401
    charge_point = await dial(security_events=True, accepted=False)
    await charge_point.wait_for(lambda: len(central.requests) >= 3)
    central.refuse_with = None
    await charge_point.wait_accepted()
    assert events(central) == ["StartupOfTheDevice", "FailedToAuthenticateAtCentralSystem"]


# Roots


async def test_roots_are_installed_listed_and_deleted(central: Central, charge_point: SimulatedChargePoint) -> None:
    root = Authority.new()
    request = {"certificateType": CENTRAL, "certificate": root.pem}
    assert await central.call("GetInstalledCertificateIds", {"certificateType": CENTRAL}) == {"status": "NotFound"}
    assert await central.call("InstallCertificate", request) == ACCEPTED
    listed = await central.call("GetInstalledCertificateIds", {"certificateType": CENTRAL})
    assert listed["status"] == "Accepted"
    (data,) = listed["certificateHashData"]
    assert data["hashAlgorithm"] == "SHA256"
    assert charge_point.certificates.roots[0].pem == root.pem
    assert await central.call("DeleteCertificate", {"certificateHashData": data}) == ACCEPTED
    assert await central.call("DeleteCertificate", {"certificateHashData": data}) == {"status": "NotFound"}


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("InstallCertificate", {"certificateType": "Mine", "certificate": "x"}, "PropertyConstraintViolation"),
        ("InstallCertificate", {"certificateType": CENTRAL, "certificate": 5}, "TypeConstraintViolation"),
        ("DeleteCertificate", {"certificateHashData": {}}, "TypeConstraintViolation"),
    ],
)
async def test_what_makes_no_sense_gets_a_callerror(
    central: Central, action: str, payload: dict[str, Any], code: str
) -> None:
    with pytest.raises(Fail, match=code):
        await central.call(action, payload)


async def test_the_root_of_the_connection_cannot_be_deleted(central: Central, dial: Dial) -> None:
    charge_point = await dial()
    await central.call("InstallCertificate", {"certificateType": CENTRAL, "certificate": Authority.new().pem})
    listed = await central.call("GetInstalledCertificateIds", {"certificateType": CENTRAL})
    charge_point.configure("SecurityProfile", "2")
    (data,) = listed["certificateHashData"]
    assert await central.call("DeleteCertificate", {"certificateHashData": data}) == {"status": "Failed"}


# Its own certificate


@pytest.mark.parametrize("quirks", [Quirks(), PRESETS["rsa_keys"]])
async def test_a_signed_certificate_is_taken_into_use(central: Central, dial: Dial, quirks: Quirks) -> None:
    charge_point = await dial(quirks=quirks, serial_number="S1")
    central.answers["SignCertificate"] = ACCEPTED
    root = Authority.new()
    chain = root.sign(await sign(central)) + root.pem
    assert await central.call("CertificateSigned", {"certificateChain": chain}) == ACCEPTED
    assert charge_point.certificates.chain == chain
    assert events(central) == []


async def test_a_wrong_certificate_is_rejected_and_reported(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    central.answers["SignCertificate"] = ACCEPTED
    await sign(central)
    answer = await central.call("CertificateSigned", {"certificateChain": Authority.new().pem})
    assert answer == REJECTED
    assert (await central.wait_call("SecurityEventNotification"))["type"] == "InvalidChargePointCertificate"
    assert charge_point.certificates.chain is None


async def test_a_chain_that_is_too_long_is_rejected(central: Central, dial: Dial) -> None:
    await dial(configuration={"CertificateSignedMaxChainSize": "100"})
    assert await central.call("CertificateSigned", {"certificateChain": "x" * 101}) == REJECTED


@pytest.mark.parametrize("answer", [Fail("NotSupported"), REJECTED, {}])
async def test_a_central_system_that_signs_nothing_is_noted(central: Central, dial: Dial, answer: object) -> None:
    lines: list[str] = []
    charge_point = await dial(observer=lines.append)
    central.answers["SignCertificate"] = answer
    await charge_point.request_certificate()
    assert any("sign" in line and "certificate" in line for line in lines if "SignCertificate" not in line)


# Without


@pytest.mark.parametrize(
    "action",
    ["GetLog", "InstallCertificate", "CertificateSigned", "SignedUpdateFirmware", "ExtendedTriggerMessage"],
)
async def test_older_ones_know_nothing_of_the_security_whitepaper(central: Central, dial: Dial, action: str) -> None:
    charge_point = await dial(quirks=PRESETS["no_whitepaper"])
    with pytest.raises(Fail, match="NotSupported"):
        await central.call(action, {})
    answer = await central.call("GetConfiguration", {"key": ["SecurityProfile", "AuthorizationKey"]})
    assert answer["unknownKey"] == ["SecurityProfile"]
    await charge_point.security_event("MemoryExhaustion")
    assert events(central) == []


async def test_without_cryptography_certificates_are_not_supported(
    central: Central, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def missing() -> None:
        raise ImportError("cryptography")

    monkeypatch.setattr("custom_components.ocpp_csms.simulator.certificates._pki", missing)
    charge_point = await dial(observer=lines.append)
    with pytest.raises(Fail, match="NotSupported"):
        await central.call("InstallCertificate", {"certificateType": CENTRAL, "certificate": "x"})
    await charge_point.request_certificate()
    assert "nobody signs a certificate" in lines[-1]
