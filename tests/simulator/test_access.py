"""Security profiles: how the charge point proves itself, and what it does when that leads nowhere."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from custom_components.ocpp_csms.simulator.certificates import Root, RootUse
from tests.simulator.authority import Authority, key_pem, pem_of
from tests.simulator.central import ACCEPTED, Central
from tests.simulator.conftest import Dial
from tests.tls import trusting

REJECTED = {"status": "Rejected"}
CENTRAL = RootUse.central_system_root_certificate


@dataclass(frozen=True, slots=True)
class Secured:
    """A central system with TLS that looks at certificates which are shown to it, and the authority of all of them."""

    central: Central
    root: Authority

    @property
    def trusted(self) -> ssl.SSLContext:
        """The TLS context of whoever trusts it."""
        return trusting(self.root.pem.encode())

    @property
    def shown(self) -> int | None:
        """The serial number of the certificate that came with the last connection."""
        certificate = self.central.connections[-1].transport.get_extra_info("peercert")
        return int(certificate["serialNumber"], 16) if certificate else None

    async def renew(self, count: int) -> None:
        """Have the charge point get its `count`-th certificate."""
        await self.central.call("ChangeConfiguration", {"key": "CpoName", "value": "ACME"})
        await self.central.call("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
        request = (await self.central.wait_call("SignCertificate", count))["csr"]
        answer = await self.central.call("CertificateSigned", {"certificateChain": self.root.sign(request)})
        assert answer == ACCEPTED


@pytest.fixture
async def secured(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[Secured]:
    """A central system with TLS."""
    root = Authority.new()
    key = ec.generate_private_key(ec.SECP256R1())
    chain, key_file = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(pem_of(root.issue("central", key.public_key())))
    key_file.write_text(key_pem(key))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=root.pem)
    context.load_cert_chain(chain, key_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    opened = await Central().open(context=context)
    opened.answers["SignCertificate"] = ACCEPTED
    yield Secured(opened, root)
    await opened.close()


async def change_profile(central: Central, profile: int) -> dict[str, str]:
    """Ask for another security profile and return the answer."""
    return await central.call("ChangeConfiguration", {"key": "SecurityProfile", "value": str(profile)})


def serial_number(charge_point: SimulatedChargePoint) -> int:
    """The serial number of the charge point's own certificate."""
    assert charge_point.certificates.chain is not None
    return x509.load_pem_x509_certificate(charge_point.certificates.chain.encode()).serial_number


@pytest.mark.parametrize(
    ("password", "profile", "answer"),
    [
        (None, 1, REJECTED),
        ("secret", 1, ACCEPTED),
        ("secret", 2, REJECTED),
        ("secret", 3, REJECTED),
        (None, 0, ACCEPTED),
    ],
)
async def test_a_profile_needs_the_means(
    central: Central, dial: Dial, password: str | None, profile: int, answer: dict[str, str]
) -> None:
    """A password for 1 and 2, a root for 2 and 3, a certificate of its own for 3."""
    await dial(password=password)
    assert await change_profile(central, profile) == answer


async def test_a_lower_profile_is_rejected(central: Central, dial: Dial) -> None:
    await dial(password="secret", configuration={"SecurityProfile": "1"})
    assert await change_profile(central, 0) == REJECTED


async def test_a_new_profile_is_used_with_a_new_connection(central: Central, dial: Dial) -> None:
    charge_point = await dial(password="secret", security_events=True)
    assert await change_profile(central, 1) == ACCEPTED
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert charge_point.configuration("SecurityProfile") == "1"
    event = await central.wait_call("SecurityEventNotification", 2)
    assert (event["type"], event["techInfo"]) == ("ReconfigurationOfSecurityParameters", "SecurityProfile")


async def test_the_same_profile_again_changes_nothing(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await change_profile(central, 0) == ACCEPTED
    await charge_point.tick(1)
    assert len(central.connections) == 1


async def test_a_profile_that_leads_nowhere_is_given_up(central: Central, dial: Dial) -> None:
    """This central system has no TLS."""
    charge_point = await dial(password="secret")
    root = {"certificateType": CENTRAL.value, "certificate": Authority.new().pem}
    await central.call("InstallCertificate", root)
    assert await change_profile(central, 2) == ACCEPTED
    await central.wait_call("BootNotification", 2)
    assert charge_point.configuration("SecurityProfile") == "0"


async def test_profile_two_is_a_password_over_tls(secured: Secured, dial: Dial) -> None:
    """The URL may still say `ws`."""
    url = secured.central.url().replace("wss:", "ws:")
    await dial(url=url, ssl=secured.trusted, password="secret", configuration={"SecurityProfile": "2"})
    assert "Authorization" in secured.central.requests[0].headers
    assert secured.shown is None


async def test_only_an_installed_root_is_trusted(secured: Secured, dial: Dial) -> None:
    charge_point = await dial(
        url=secured.central.url(),
        accepted=False,
        password="secret",
        configuration={"SecurityProfile": "2"},
        reconnect_delays=(60,),
        security_events=True,
    )
    assert not charge_point.connected
    assert charge_point.security_log[-1].kind == "InvalidCentralSystemCertificate"
    charge_point.certificates.roots.append(Root(CENTRAL, secured.root.pem))
    await charge_point.go_offline()
    await charge_point.go_online()
    await charge_point.wait_accepted()


async def test_a_signed_certificate_leads_to_profile_three_and_can_be_renewed(secured: Secured, dial: Dial) -> None:
    central = secured.central
    charge_point = await dial(
        url=central.url(), ssl=secured.trusted, password="secret", configuration={"SecurityProfile": "2"}
    )
    assert await change_profile(central, 3) == REJECTED
    await secured.renew(1)
    assert await change_profile(central, 3) == ACCEPTED
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert "Authorization" not in central.requests[-1].headers
    assert secured.shown == serial_number(charge_point)
    await secured.renew(2)
    await central.wait_call("BootNotification", 3)
    assert secured.shown == serial_number(charge_point)


async def test_a_certificate_may_be_there_from_the_start_and_survives(
    secured: Secured, dial: Dial, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = secured.root.issue("CP1", key.public_key())
    settings = {
        "url": secured.central.url(),
        "ssl": secured.trusted,
        "configuration": {"SecurityProfile": "3"},
        "state_path": tmp_path / "state.json",
    }
    first = await dial(**settings, client_certificate=(pem_of(certificate), key_pem(key)))
    assert secured.shown == certificate.serial_number
    await first.stop()
    await dial(**settings)
    assert secured.shown == certificate.serial_number


async def test_profile_three_without_a_certificate_shows_none(secured: Secured, dial: Dial) -> None:
    await dial(url=secured.central.url(), ssl=secured.trusted, configuration={"SecurityProfile": "3"})
    assert secured.shown is None
