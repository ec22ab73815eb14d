"""Certificates in OCPP 2.x: roots of four kinds, and a certificate of one's own."""

from typing import Any

from ocpp.v16.enums import HashAlgorithm
import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from custom_components.ocpp_csms.simulator.messages import to_payload
from custom_components.ocpp_csms.simulator.pki import hash_data
from tests.simulator.authority import Authority
from tests.simulator.v2.central import CheckingCentral

USES = ["CSMSRootCertificate", "ManufacturerRootCertificate", "V2GRootCertificate", "MORootCertificate"]
ORGANIZATION = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "OrganizationName"}}
SIGN = {"requestedMessage": "SignChargingStationCertificate"}


async def install(central: CheckingCentral, pem: str, use: str = USES[0]) -> str:
    """Install a root and return the status of the answer."""
    return str((await central.call("InstallCertificate", {"certificateType": use, "certificate": pem}))["status"])


async def listed(central: CheckingCentral, *uses: str) -> list[Any]:
    """Return what is installed."""
    answer = await central.call("GetInstalledCertificateIds", {"certificateType": [*uses]} if uses else {})
    assert answer["status"] == ("Accepted" if "certificateHashDataChain" in answer else "NotFound")
    return list(answer.get("certificateHashDataChain", []))


async def delete(central: CheckingCentral, hash_data: Any) -> str:
    """Delete a certificate and return the status of the answer."""
    return str((await central.call("DeleteCertificate", {"certificateHashData": hash_data}))["status"])


async def requested(central: CheckingCentral, count: int = 1) -> str:
    """Return a signing request once it is there."""
    return str((await central.wait_call("SignCertificate", count))["csr"])


async def sign(central: CheckingCentral) -> str:
    """Name an owner, ask for a signing request, and return it."""
    await central.call("SetVariables", {"setVariableData": [{**ORGANIZATION, "attributeValue": "ACME"}]})
    assert await central.call("TriggerMessage", SIGN) == {"status": "Accepted"}
    return await requested(central)


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_root_of_each_kind_is_installed_listed_and_deleted(central: CheckingCentral, use: str) -> None:
    """M03.FR.02 to FR.04, M04.FR.02 and FR.04, M05.FR.02."""
    assert await install(central, Authority.new().pem, use) == "Accepted"
    (found,) = await listed(central, use)
    assert found["certificateType"] == use
    assert await listed(central, *[other for other in USES if other != use], "V2GCertificateChain") == []
    assert [await delete(central, found["certificateHashData"]) for _ in range(2)] == ["Accepted", "NotFound"]
    assert await listed(central) == []


async def test_a_root_that_is_none_or_one_too_many_is_rejected(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """M05.FR.06, FR.07 and FR.17: the same one again replaces itself."""
    assert await install(central, "no certificate") == "Rejected"
    roots = [Authority.new().pem for _ in range(11)]
    assert [await install(central, pem) for pem in roots] == ["Accepted"] * 10 + ["Rejected"]
    assert await install(central, roots[0]) == "Accepted"
    assert charge_point.configuration("SecurityCtrlr.CertificateEntries") == "10"
    assert len(await listed(central)) == 10


@pytest.mark.usefixtures("charge_point")
async def test_without_owner_there_is_no_signing_request(central: CheckingCentral) -> None:
    assert await central.call("TriggerMessage", SIGN) == {"status": "Rejected"}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_certificate_is_asked_for_and_taken_into_use(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """A02.FR.03; the one in use cannot be deleted (M04.FR.06), and no further request follows."""
    root = Authority.new()
    chain = root.sign(await sign(central))
    assert await central.call("CertificateSigned", {"certificateChain": chain}) == {"status": "Accepted"}
    assert charge_point.certificates.chain == chain
    await charge_point.tick(1000)
    assert len(central.payloads("SignCertificate")) == 1
    assert central.payloads("SignCertificate")[0]["certificateType"] == "ChargingStationCertificate"


async def test_the_own_certificate_cannot_be_deleted(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """M04.FR.06."""
    root = Authority.new()
    await install(central, root.pem)
    await central.call("CertificateSigned", {"certificateChain": root.sign(await sign(central))})
    own = hash_data(charge_point.certificates.chain or "", [root.pem], HashAlgorithm.sha256)
    assert await delete(central, to_payload(own)) == "Failed"


@pytest.mark.parametrize("chain", ["nonsense", "x" * 10_001])
async def test_a_certificate_that_is_no_good_is_refused_and_told(
    central: CheckingCentral, charge_point: SimulatedChargePoint, chain: str
) -> None:
    """A02.FR.07, FR.16 and FR.20: no further request follows."""
    charge_point.configure("SecurityCtrlr.MaxCertificateChainSize", "5")
    await sign(central)
    assert await central.call("CertificateSigned", {"certificateChain": chain[:10_000]}) == {"status": "Rejected"}
    event = await central.wait_call("SecurityEventNotification")
    assert event["type"] == "InvalidChargingStationCertificate"
    await charge_point.tick(1000)
    assert len(central.payloads("SignCertificate")) == 1


async def test_a_certificate_that_does_not_come_is_asked_for_again(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """A02.FR.17 to FR.19: after 60 s, after 120 s more, and then no more."""
    await sign(central)
    await charge_point.settle()
    await charge_point.tick(61)
    await requested(central, 2)
    await charge_point.settle()
    await charge_point.tick(100)
    assert len(central.payloads("SignCertificate")) == 2
    await charge_point.tick(21)
    await requested(central, 3)
    await charge_point.settle()
    await charge_point.tick(1000)
    assert len(central.payloads("SignCertificate")) == 3


async def test_who_does_not_sign_is_not_asked_again(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    central.answers["SignCertificate"] = {"status": "Rejected"}
    await sign(central)
    await charge_point.settle()
    await charge_point.tick(1000)
    assert len(central.payloads("SignCertificate")) == 1


async def test_a_request_that_is_not_answered_ends_there(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.go_offline()
    await charge_point.request_certificate()
    assert central.payloads("SignCertificate") == []
