"""TC_M_01 to TC_M_21: roots that a station trusts: installed, listed, deleted."""

from collections.abc import Sequence

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import House
from tests.tls import make_certificate

from .station import Station

OWN_ROOT = "CSMSRootCertificate"
MAKERS_ROOT = "ManufacturerRootCertificate"


def hashes(algorithm: str = "SHA256") -> Payload:
    """Return how a station names an installed certificate."""
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": "9f86d081884c7d65",
        "issuerKeyHash": "60303ae22b998861",
        "serialNumber": "0A1B",
    }


def listed(charger: Station, *kinds: str, algorithm: str = "SHA256") -> None:
    """Let the station list one certificate of each kind."""
    chain = [{"certificateType": kind, "certificateHashData": hashes(algorithm)} for kind in kinds]
    charger.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashDataChain": chain}


async def _is_installed(house: House, charger: Station, kind: str, certificate_type: str) -> None:
    certificate = make_certificate()[0].decode()
    assert await house.act("install_certificate", kind=kind, certificate=certificate) == {"status": "Accepted"}
    request = await charger.heard("InstallCertificate")
    assert request["certificateType"] == certificate_type
    assert request["certificate"].split() == certificate.split()


async def test_tc_m_01_the_root_of_the_central_system_is_installed(house: House, charger: Station) -> None:
    """It goes as it is."""
    await _is_installed(house, charger, "central_system_root", OWN_ROOT)


async def test_tc_m_02_the_root_of_the_manufacturer_is_installed(house: House, charger: Station) -> None:
    """It goes as it is."""
    await _is_installed(house, charger, "manufacturer_root", MAKERS_ROOT)


async def test_tc_m_03_a_v2g_root_is_installed(house: House, charger: Station) -> None:
    """Another root, for the station to use as it likes."""
    await _is_installed(house, charger, "v2g_root", "V2GRootCertificate")


async def test_tc_m_04_the_root_of_a_mobility_operator_is_installed(house: House, charger: Station) -> None:
    """Another root, for the station to use as it likes."""
    await _is_installed(house, charger, "mobility_operator_root", "MORootCertificate")


async def test_tc_m_05_a_root_that_cannot_be_installed(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["InstallCertificate"] = {"status": "Failed"}
    certificate = make_certificate()[0].decode()
    answer = await house.act("install_certificate", kind="central_system_root", certificate=certificate)
    assert answer["status"] == "Failed"
    assert (await charger.heard("InstallCertificate"))["certificateType"] == OWN_ROOT


async def _are_listed(
    house: House, charger: Station, kinds: list[str], certificate_types: Sequence[str], algorithm: str = "SHA256"
) -> None:
    """List certificates of these kinds: they alone are asked for, and each comes back with its kind."""
    listed(charger, *certificate_types, algorithm=algorithm)
    answer = await house.act("get_installed_certificates", kind=kinds)
    assert await charger.heard("GetInstalledCertificateIds") == {"certificateType": list(certificate_types)}
    assert [item["kind"] for item in answer["certificates"]] == kinds
    assert {item["hash_algorithm"] for item in answer["certificates"]} == {algorithm}
    assert {item["serial_number"] for item in answer["certificates"]} == {"0A1B"}


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_tc_m_12_roots_of_the_central_system_are_listed(house: House, charger: Station, algorithm: str) -> None:
    """In whatever algorithm."""
    await _are_listed(house, charger, ["central_system_root"], [OWN_ROOT], algorithm)


async def test_tc_m_13_roots_of_the_manufacturer_are_listed(house: House, charger: Station) -> None:
    """These alone."""
    await _are_listed(house, charger, ["manufacturer_root"], [MAKERS_ROOT])


async def test_tc_m_14_v2g_roots_are_listed(house: House, charger: Station) -> None:
    """These alone."""
    await _are_listed(house, charger, ["v2g_root"], ["V2GRootCertificate"])


async def test_tc_m_16_roots_of_mobility_operators_are_listed(house: House, charger: Station) -> None:
    """These alone."""
    await _are_listed(house, charger, ["mobility_operator_root"], ["MORootCertificate"])


async def test_tc_m_15_certificate_chains_are_listed(house: House, charger: Station) -> None:
    """The station's own, for cars."""
    await _are_listed(house, charger, ["v2g_chain"], ["V2GCertificateChain"])


async def test_tc_m_17_certificates_of_two_kinds_are_listed(house: House, charger: Station) -> None:
    """In one message."""
    await _are_listed(house, charger, ["central_system_root", "manufacturer_root"], [OWN_ROOT, MAKERS_ROOT])


async def test_tc_m_18_all_certificates_are_listed(house: House, charger: Station) -> None:
    """No kind is named; each comes back with its own."""
    listed(charger, OWN_ROOT, MAKERS_ROOT, "V2GCertificateChain")
    answer = await house.act("get_installed_certificates", kind="all")
    assert await charger.heard("GetInstalledCertificateIds") == {}
    kinds = [item["kind"] for item in answer["certificates"]]
    assert kinds == ["central_system_root", "manufacturer_root", "v2g_chain"]


async def test_tc_m_19_no_certificate_is_found(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["GetInstalledCertificateIds"] = {"status": "NotFound"}
    answer = await house.act("get_installed_certificates", kind="manufacturer_root")
    assert not answer.get("certificates")
    assert await charger.heard("GetInstalledCertificateIds") == {"certificateType": [MAKERS_ROOT]}


async def _is_deleted(house: House, charger: Station, algorithm: str) -> Payload:
    """Delete what was listed, by what it was listed with; return the answer."""
    listed(charger, OWN_ROOT, algorithm=algorithm)
    [item] = (await house.act("get_installed_certificates", kind="central_system_root"))["certificates"]
    answer: Payload = await house.act("delete_certificate", **item)
    assert await charger.heard("DeleteCertificate") == {"certificateHashData": hashes(algorithm)}
    return answer


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_tc_m_20_a_certificate_is_deleted(house: House, charger: Station, algorithm: str) -> None:
    """In whatever algorithm."""
    assert await _is_deleted(house, charger, algorithm) == {"status": "Accepted"}


async def test_tc_m_21_a_certificate_that_cannot_be_deleted(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["DeleteCertificate"] = {"status": "Failed"}
    assert (await _is_deleted(house, charger, "SHA256"))["status"] == "Failed"
