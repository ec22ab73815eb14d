"""A charge point asks for a certificate: the answer first, then the certificate, over a real socket.

Source: OCPP 1.6 security whitepaper ed. 3 A02; test cases TC_074, TC_077.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import InvalidRequestError, RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from tests.csms.central import NOON, Clock, RecordingObserver, central_system
from tests.csms.scripted_charge_point import TIMEOUT, ErrorAnswer, ScriptedChargePoint, basic
from tests.tls import PrivateKey, make_key, make_request
from tests.waiting import until

REQUEST = make_request(make_key())
PASSWORD = "the password of the charger"
SETTINGS = ChargePointSettings(configure=False, credential=hash_password(PASSWORD))


class Authority:
    """Hands out an authority, as often as it is asked."""

    def __init__(self) -> None:
        """Make it."""
        self.authority = CertificateAuthority.create(NOON)
        self.fails_with: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> CertificateAuthority:
        """Return it, or fail as the test says."""
        await self.gate.wait()
        if self.fails_with is not None:
            raise self.fails_with
        return self.authority


@pytest.fixture
def authority() -> Authority:
    """An authority."""
    return Authority()


@pytest.fixture
async def central(clock: Clock, observer: RecordingObserver, authority: Authority) -> AsyncGenerator[CentralSystem]:
    """A central system that issues certificates."""
    async with central_system(clock=clock, observer=observer, authority=authority) as central:
        yield central


@pytest.fixture
def charge_point(central: CentralSystem) -> ChargePoint:
    """CP1, confirmed, with a password; its set-up is switched off."""
    return central.add("CP1", SETTINGS)


def proved(central: CentralSystem, **options: Any) -> ScriptedChargePoint:
    """Return CP1, to be connected with its password."""
    return ScriptedChargePoint(central.port, authorization=basic("CP1", PASSWORD), **options)


async def sign(far_end: ScriptedChargePoint, request: Any = REQUEST) -> str:
    """Send SignCertificate and return the status of the answer."""
    return str((await far_end.call("SignCertificate", {"csr": request}))["status"])


async def certificate_known(charge_point: ChargePoint) -> None:
    """Return once the charge point has taken a certificate."""
    await until(charge_point, ("certificate",), lambda: charge_point.certificates.expires)


async def refused(charge_point: ChargePoint) -> str:
    """Return what the charge point says once it has refused a certificate."""
    await until(charge_point, ("certificate",), lambda: charge_point.certificates.refusal)
    assert charge_point.certificates.refusal is not None
    return charge_point.certificates.refusal


@pytest.mark.parametrize("key", [make_key(), rsa.generate_private_key(65537, 2048)], ids=["ec", "rsa"])
async def test_a_request_is_granted_with_a_chain(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver, key: PrivateKey
) -> None:
    """At least two certificates, the first for the key of the request and with the serial number as its name."""
    async with proved(central) as far_end:
        await far_end.boot(chargePointSerialNumber="S-1")
        assert await sign(far_end, make_request(key)) == "Accepted"
        chain = (await far_end.heard("CertificateSigned"))["certificateChain"]
        await certificate_known(charge_point)
    leaf, signer = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(signer)
    assert leaf.public_key() == key.public_key()
    assert [item.value for item in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["S-1"]
    assert charge_point.certificates.expires == leaf.not_valid_after_utc
    assert observer.saves


@pytest.mark.parametrize(
    "request_text",
    ["", "no request", None, 7, {"a": 1}, "x" * 6000, REQUEST.replace("A", "B")],
    ids=["empty", "text", "none", "number", "object", "long", "broken"],
)
async def test_what_is_no_request_is_rejected(
    central: CentralSystem, charge_point: ChargePoint, request_text: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it is, nothing follows and the connection goes on."""
    async with proved(central) as far_end:
        await far_end.boot()
        assert await sign(far_end, request_text) == "Rejected"
        await far_end.call("Heartbeat")
    assert "CertificateSigned" not in [action for action, _ in far_end.calls]
    assert not [record for record in caplog.records if record.exc_info and record.levelname != "DEBUG"]


async def test_who_has_not_proved_to_be_the_charge_point_gets_no_certificate(central: CentralSystem) -> None:
    """Without a password anybody can take its place: a certificate would keep that place for years."""
    charge_point = central.add("CP1", ChargePointSettings(configure=False))
    async with ScriptedChargePoint(central.port) as far_end:
        await far_end.boot()
        assert await sign(far_end) == "Rejected"
        with pytest.raises(InvalidRequestError, match="certificate_needs_password"):
            await charge_point.certificates.ask()
        charge_point.update_settings(SETTINGS)
        assert await sign(far_end) == "Rejected"  # it has come before
    assert not {"CertificateSigned", "ExtendedTriggerMessage"} & {action for action, _ in far_end.calls}


async def test_a_certificate_for_cars_is_not_ours_to_sign(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Charge points that know more than one kind say which they want."""
    async with proved(central) as far_end:
        await far_end.boot()
        for kind, status in (("V2GCertificate", "Rejected"), ("ChargingStationCertificate", "Accepted")):
            answer = await far_end.call("SignCertificate", {"csr": REQUEST, "certificateType": kind})
            assert answer["status"] == status


async def test_a_stranger_gets_none(central: CentralSystem) -> None:
    """Before somebody has confirmed it."""
    async with ScriptedChargePoint(central.port, "CP9") as far_end:
        await far_end.boot()
        assert await sign(far_end) == "Rejected"


async def test_without_an_authority_there_is_none(clock: Clock) -> None:
    """And the charge point is told."""
    async with central_system(clock=clock) as central:
        central.add("CP1", SETTINGS)
        async with proved(central) as far_end:
            await far_end.boot()
            assert await sign(far_end) == "Rejected"


@pytest.mark.parametrize(
    "answer", [{"status": "Rejected"}, {}, ErrorAnswer("InternalError", "no")], ids=["rejected", "unclear", "error"]
)
async def test_a_certificate_that_is_refused_is_told(
    central: CentralSystem, charge_point: ChargePoint, answer: Any
) -> None:
    """It is no certificate of the charge point; one that it takes later settles it."""
    async with proved(central, answers={"CertificateSigned": answer}) as far_end:
        await far_end.boot()
        assert await sign(far_end) == "Accepted"
        assert "CertificateSigned" in await refused(charge_point)
        assert charge_point.certificates.expires is None
        far_end.answers["CertificateSigned"] = {"status": "Accepted"}
        await sign(far_end)
        await certificate_known(charge_point)
        assert charge_point.certificates.refusal is None


async def test_a_chain_is_not_longer_than_the_charge_point_takes(
    central: CentralSystem, charge_point: ChargePoint
) -> None:
    """It says how long it may be; what does not fit is not sent."""
    async with proved(central) as far_end:
        await far_end.boot()
        key = ConfigurationKey("CertificateSignedMaxChainSize", "500", readonly=True)
        charge_point.configuration_keys_read({key.key: key})
        await sign(far_end)
        assert "500" in await refused(charge_point)
    assert "CertificateSigned" not in [action for action, _ in far_end.calls]


async def test_the_newest_request_counts(
    central: CentralSystem, charge_point: ChargePoint, authority: Authority
) -> None:
    """One that is still being worked on is given up."""
    authority.gate.clear()
    keys = [make_key(), make_key()]
    async with proved(central) as far_end:
        await far_end.boot()
        for key in keys:
            await sign(far_end, make_request(key))
        authority.gate.set()
        chain = (await far_end.heard("CertificateSigned"))["certificateChain"]
        await certificate_known(charge_point)
    assert x509.load_pem_x509_certificates(chain.encode())[0].public_key() == keys[1].public_key()
    assert [action for action, _ in far_end.calls].count("CertificateSigned") == 1


async def test_a_request_ends_with_its_connection(
    central: CentralSystem, charge_point: ChargePoint, authority: Authority
) -> None:
    """What was to be sent on it is not sent on the next."""
    authority.gate.clear()
    async with proved(central) as far_end:
        await far_end.boot()
        await sign(far_end)
    async with proved(central) as far_end:
        await far_end.boot()
        authority.gate.set()
        await far_end.call("Heartbeat")
    assert "CertificateSigned" not in [action for action, _ in far_end.calls]


async def test_a_call_that_is_lost_leaves_a_remark(
    central: CentralSystem, charge_point: ChargePoint, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """The charge point will ask again."""
    caplog.set_level("INFO")
    authority.fails_with = InvalidRequestError("not_supported")
    async with proved(central) as far_end:
        await far_end.boot()
        await sign(far_end)
        async with asyncio.timeout(TIMEOUT):
            while "could not be handed over" not in caplog.text:
                await far_end.call("Heartbeat")
    assert charge_point.certificates.refusal is None


async def test_a_mistake_of_ours_leaves_one_line(
    central: CentralSystem, charge_point: ChargePoint, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """And the connection goes on."""
    authority.fails_with = ZeroDivisionError()
    async with proved(central) as far_end:
        await far_end.boot()
        await sign(far_end)
        async with asyncio.timeout(TIMEOUT):
            while "could not be made" not in caplog.text:
                await far_end.call("Heartbeat")
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error.exc_info is None


async def test_it_is_told_who_operates_it_before_it_is_asked(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Without that it cannot write its request."""
    keys = {"configurationKey": [{"key": "CpoName", "value": "", "readonly": False}]}
    async with proved(central, answers={"GetConfiguration": keys}) as far_end:
        await far_end.boot()
        await charge_point.certificates.ask()
        assert await far_end.heard("ChangeConfiguration") == {"key": "CpoName", "value": "Home Assistant"}
        assert await far_end.heard("ExtendedTriggerMessage") == {"requestedMessage": "SignChargePointCertificate"}
        await sign(far_end)
        chain = (await far_end.heard("CertificateSigned"))["certificateChain"]
    leaf = x509.load_pem_x509_certificates(chain.encode())[0]
    assert [item.value for item in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["Home Assistant"]


@pytest.mark.parametrize(
    "known",
    [
        [{"key": "CpoName", "value": "Power & Co", "readonly": False}],
        [{"key": "CpoName", "value": "", "readonly": True}],
        [],
    ],
    ids=["named", "read only", "unknown"],
)
async def test_whom_it_knows_stays(central: CentralSystem, charge_point: ChargePoint, known: list[Any]) -> None:
    """It is asked at once."""
    answers = {"GetConfiguration": {"configurationKey": known}}
    async with proved(central, answers=answers) as far_end:
        await far_end.boot()
        await charge_point.certificates.ask()
        await far_end.heard("ExtendedTriggerMessage")
    assert "ChangeConfiguration" not in [action for action, _ in far_end.calls]


async def test_a_refusal_to_be_told_who_operates_it_is_no_end(
    central: CentralSystem, charge_point: ChargePoint
) -> None:
    """But one to be asked is."""
    answers: dict[str, Any] = {
        "GetConfiguration": {"configurationKey": [{"key": "CpoName", "readonly": False}]},
        "ChangeConfiguration": {"status": "Rejected"},
        "ExtendedTriggerMessage": {"status": "Rejected"},
    }
    async with proved(central, answers=answers) as far_end:
        await far_end.boot()
        with pytest.raises(RefusedError, match="ExtendedTriggerMessage"):
            await charge_point.certificates.ask()


async def test_the_end_of_a_certificate_is_kept(
    central: CentralSystem, charge_point: ChargePoint, clock: Clock, authority: Authority
) -> None:
    """Over a restart, and it is due for replacement two months before."""
    async with proved(central) as far_end:
        await far_end.boot()
        await sign(far_end)
        await certificate_known(charge_point)
    expires = charge_point.certificates.expires
    assert expires is not None
    async with central_system(clock=clock, stored=central.snapshot(), authority=authority) as restarted:
        certificates = restarted.add("CP1", ChargePointSettings(configure=False)).certificates
        assert certificates.expires == expires
        seen = []
        for moment in (clock.now, expires - timedelta(days=59), expires):
            clock.now = moment
            seen.append((certificates.is_due, certificates.is_valid))
        assert seen == [(False, True), (True, True), (True, False)]
