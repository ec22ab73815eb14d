"""Security profile 3: who comes with a certificate, whose it must be, and who does not come in without.

Source: OCPP 1.6 security whitepaper ed. 3 §2.5, A05.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
import ssl

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority, read_request
from custom_components.ocpp_csms.csms.security.client_certificates import CertificateProblem, ClientCertificate
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from custom_components.ocpp_csms.csms.wire import server
from tests.csms.central import RecordingObserver, central_system
from tests.csms.scripted_charge_point import ScriptedChargePoint, basic
from tests.tls import make_certificate, make_key, make_request, showing, trusting
from tests.waiting import until_connected

PASSWORD = "correct horse battery"

type Certified = Callable[..., ssl.SSLContext]


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """The authority that the listener trusts; the certificates are checked against the real time."""
    return CertificateAuthority.create(datetime.now(UTC))


@pytest.fixture
def server_pem() -> tuple[bytes, bytes]:
    """The certificate and the key of the listener."""
    return make_certificate()


@pytest.fixture
async def secure(
    server_pem: tuple[bytes, bytes], authority: CertificateAuthority, tmp_path: Path, observer: RecordingObserver
) -> AsyncGenerator[CentralSystem]:
    """A central system that takes client certificates and knows CP1, which has a password."""
    (tmp_path / "both.pem").write_bytes(b"".join(server_pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    context.load_verify_locations(cadata=authority.trusted)
    context.verify_mode = ssl.CERT_OPTIONAL
    async with central_system(ssl=context, observer=observer) as central:
        central.add("CP1", settings(required=False))
        yield central


@pytest.fixture
def certified(server_pem: tuple[bytes, bytes], authority: CertificateAuthority) -> Certified:
    """Make the context of a charger that has a certificate of an authority, ours unless another is given."""

    def make(identity: str = "CP1", serial: str | None = None, by: CertificateAuthority = authority) -> ssl.SSLContext:
        key = make_key()
        now = datetime.now(UTC)
        issued = by.issue(read_request(make_request(key)), identity=identity, serial=serial, organisation=None, now=now)
        return showing(trusting(server_pem[0]), issued.chain, key)

    return make


def settings(*, required: bool) -> ChargePointSettings:
    """Return the settings of CP1."""
    return ChargePointSettings(configure=False, credential=hash_password(PASSWORD), client_certificate=required)


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures do not slow down."""
    monkeypatch.setattr(server, "_LONGEST_DELAY", 0.0)


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_takes_the_place_of_the_password(
    secure: CentralSystem,
    certified: Certified,
    observer: RecordingObserver,
    version: ssl.TLSVersion,
    *,
    required: bool,
) -> None:
    """Nothing else is asked for; when it ends is known then."""
    charge_point = secure.add("CP1", settings(required=required))
    context = certified()
    context.maximum_version = version
    async with ScriptedChargePoint(secure.port, ssl=context) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
        assert charge_point.certificates.presented is not None
        assert charge_point.certificates.presented.identities == ("CP1",)
        assert charge_point.certificates.is_valid
        assert charge_point.certificates.ours
    assert observer.successes == ["CP1"]


async def test_the_password_lets_in_where_no_certificate_is_demanded(
    secure: CentralSystem, server_pem: tuple[bytes, bytes]
) -> None:
    """Security profile 2, beside others that have a certificate."""
    context = trusting(server_pem[0])
    async with ScriptedChargePoint(secure.port, ssl=context, authorization=basic("CP1", PASSWORD)) as far_end:
        assert (await far_end.boot())["status"] == "Accepted"
        assert secure.charge_points["CP1"].certificates.presented is None


async def test_no_password_helps_where_a_certificate_is_demanded(
    secure: CentralSystem, server_pem: tuple[bytes, bytes], observer: RecordingObserver
) -> None:
    """A lower profile is not accepted any more."""
    secure.charge_points["CP1"].update_settings(settings(required=True))
    for _ in range(2):
        with pytest.raises(InvalidStatus, match="401"):
            await ScriptedChargePoint(
                secure.port, ssl=trusting(server_pem[0]), authorization=basic("CP1", PASSWORD)
            ).connect()
    problem = CertificateProblem.MISSING
    assert observer.refused_certificates == [("CP1", "127.0.0.1", count, problem) for count in (1, 2)]
    assert observer.failures == []


@pytest.mark.parametrize("required", [False, True])
async def test_the_certificate_of_another_charge_point_is_refused(
    secure: CentralSystem, certified: Certified, observer: RecordingObserver, *, required: bool
) -> None:
    """Though its common name is the serial number that this one told: what we wrote into it counts."""
    charge_point = secure.add("CP1", settings(required=required))
    charge_point.booted(StationInfo(serial="S-1"), triggered=False)
    with pytest.raises(InvalidStatus, match="401"):
        await ScriptedChargePoint(
            secure.port, ssl=certified("CP2", "S-1"), authorization=basic("CP1", PASSWORD)
        ).connect()
    assert observer.refused_certificates == [("CP1", "127.0.0.1", 1, CertificateProblem.FOREIGN)]


async def test_a_certificate_of_an_unknown_authority_ends_the_handshake(
    secure: CentralSystem, certified: Certified
) -> None:
    """Nobody knows then who it is."""
    context = certified(by=CertificateAuthority.create(datetime.now(UTC)))
    with pytest.raises((OSError, InvalidMessage)):
        await ScriptedChargePoint(secure.port, ssl=context).connect()
    assert not secure.charge_points["CP1"].connected


async def test_a_stranger_with_a_certificate_is_discovered(
    secure: CentralSystem, certified: Certified, observer: RecordingObserver
) -> None:
    """Its certificate says nothing, as long as nobody has confirmed it."""
    async with ScriptedChargePoint(secure.port, "CP9", ssl=certified("CP2")) as far_end:
        assert (await far_end.boot())["status"] == "Pending"
        await observer.until(lambda: observer.strangers)
        assert secure.charge_points["CP9"].certificates.presented is None


async def test_a_new_connection_without_a_certificate_is_not_taken_for_certified(
    secure: CentralSystem, certified: Certified, server_pem: tuple[bytes, bytes]
) -> None:
    """What was shown before holds no longer; when it ends is still known."""
    charge_point = secure.charge_points["CP1"]
    async with ScriptedChargePoint(secure.port, ssl=certified()) as far_end:
        await far_end.boot()
    context = trusting(server_pem[0])
    async with ScriptedChargePoint(secure.port, ssl=context, authorization=basic("CP1", PASSWORD)) as far_end:
        await far_end.boot()
        await until_connected(charge_point)
        assert charge_point.certificates.presented is None
        assert charge_point.certificates.is_valid


@pytest.mark.parametrize(
    ("common_name", "identities", "theirs"),
    [
        ("CP1", (), True),
        ("cp1", (), True),
        ("S-1", (), True),
        ("S-2", (), False),
        ("", (), False),
        ("CP1", ("CP2",), False),
        ("S-2", ("CP1",), True),
    ],
)
def test_whose_a_certificate_is(common_name: str, identities: tuple[str, ...], *, theirs: bool) -> None:
    """Ours names the charge point id; one of another authority has it, or the serial number, as its common name."""
    certificate = ClientCertificate(common_name, identities, datetime.now(UTC))
    assert certificate.belongs_to("CP1", "S-1") is theirs


def test_an_unknown_serial_number_is_nobody_s() -> None:
    """A certificate without a name does not fit a charge point without a number."""
    assert not ClientCertificate("", (), datetime.now(UTC)).belongs_to("CP1", None)


@pytest.mark.parametrize(
    ("common_name", "serial", "named"),
    [
        ("S-1", "S-1", True),
        ("s-1", "S-1", True),
        ("CP1", "S-1", True),
        ("S" * 64, "S" * 70, True),
        ("S-1", "S-2", False),
        ("S-1", None, False),
    ],
)
def test_what_a_certificate_names(common_name: str, serial: str | None, *, named: bool) -> None:
    """The serial number, as far as it fits, or the id: whoever it was issued for."""
    assert ClientCertificate(common_name, ("CP1",), datetime.now(UTC)).is_named("CP1", serial) is named


async def dial_201(secure: CentralSystem, context: ssl.SSLContext, serial: str | None) -> int | None:
    """Boot as CP1 by OCPP 2.0.1 with a certificate; return the code with which the connection is closed, None if it stays open."""
    far_end = ScriptedChargePoint(secure.port, ssl=context, subprotocols=("ocpp2.0.1",))
    station = {"vendorName": "Simulant", "model": "Sim 22"} | ({"serialNumber": serial} if serial else {})
    async with far_end:
        try:
            answer = await far_end.call("BootNotification", {"reason": "PowerUp", "chargingStation": station})
        except ConnectionError:
            return await far_end.closed()
        assert answer["status"] == "Accepted"
        return None


@pytest.mark.parametrize(("told", "code"), [("S-1", None), (None, None), ("S-2", 1000)])
async def test_who_boots_with_another_serial_number_than_its_certificate_has_is_cut_off(
    secure: CentralSystem, certified: Certified, told: str | None, code: int | None
) -> None:
    """Without an answer, and nothing of it is kept (OCPP 2.0.1 part 2, B01.FR.11 and 12)."""
    context = certified("CP1", "S-1")
    assert await dial_201(secure, context, told) == code
    assert secure.charge_points["CP1"].info.serial == (told if code is None else None)


async def test_a_wrong_serial_number_is_a_warning_once(
    secure: CentralSystem, certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    """It dials in again and again."""
    context = certified("CP1", "S-1")
    for _ in range(3):
        assert await dial_201(secure, context, "S-2") == 1000
    assert [
        record.message for record in caplog.records if record.name.startswith("custom") and record.levelno > 20
    ] == ["CP1 has the serial number S-2, and a certificate for S-1: its connection is closed"]


async def test_a_lower_profile_is_not_told_to_a_charge_point_that_could_not_come_back(
    secure: CentralSystem, certified: Certified
) -> None:
    """With its certificate known, it may be told the higher one."""
    charge_point: ChargePoint = secure.charge_points["CP1"]
    async with ScriptedChargePoint(secure.port, ssl=certified()) as far_end:
        await far_end.boot()
        assert await charge_point.set_configuration("SecurityProfile", "3") == "Accepted"
        assert await far_end.heard("ChangeConfiguration") == {"key": "SecurityProfile", "value": "3"}
