"""From a password to a client certificate and no way back, as a user does it, over real TLS in a real Home Assistant.

Source: OCPP 1.6 security whitepaper ed. 3 A02, A05; test cases TC_074, TC_083, TC_087.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
import ssl
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.exceptions import InvalidStatus

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.security.certificate_authority import CertificateAuthority, read_request
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from custom_components.ocpp_csms.csms.wire import server
from tests.actions.calls import act, device_of
from tests.csms.scripted_charge_point import ScriptedChargePoint, basic
from tests.flows.test_charge_point import Flow, subentry_of, typed
from tests.scripted import state
from tests.tls import make_certificate, make_key, make_request, showing, trusting
from tests.waiting import until

PASSWORD = "correct horse battery"
SERVER, SERVER_KEY = make_certificate()


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures do not slow down."""
    monkeypatch.setattr(server, "_LONGEST_DELAY", 0.0)


@pytest.fixture
def entry_data(entry_data: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The data of an entry that listens with TLS."""
    pem = tmp_path / "server.pem"
    pem.write_bytes(SERVER + SERVER_KEY)
    return {**entry_data, "tls": {"certificate": str(pem), "private_key": str(pem)}}


@pytest.fixture
def charge_point_subentry() -> ConfigSubentryData:
    """CP1 with a password."""
    return ConfigSubentryData(
        data={"charge_point_id": "CP1", "configure": False, "credential": hash_password(PASSWORD)},
        subentry_type="charge_point",
        title="CP1",
        unique_id="CP1",
    )


@pytest.fixture
def point(init_integration: MockConfigEntry) -> ChargePoint:
    """CP1 as the entry knows it."""
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    return charge_point


@pytest.fixture
def device(hass: HomeAssistant, init_integration: MockConfigEntry) -> str:
    """The device of CP1."""
    return device_of(hass, "button", "CP1_0_reset")


class Charger:
    """A charger with a key of its own that keeps the certificate it is given."""

    def __init__(self, port: int) -> None:
        """Have no certificate."""
        self.key = make_key()
        self.chain: str | None = None
        self._port = port

    def context(self) -> ssl.SSLContext:
        """Return its TLS context: with its certificate once it has one."""
        context = trusting(SERVER)
        return context if self.chain is None else showing(context, self.chain, self.key)

    def dial(self, *, password: bool, certificate: bool = False) -> ScriptedChargePoint:
        """Return it, to be connected with one or the other."""
        return ScriptedChargePoint(
            self._port,
            ssl=self.context() if certificate else trusting(SERVER),
            authorization=basic("CP1", PASSWORD) if password else None,
        )

    @asynccontextmanager
    async def on(self, point: ChargePoint, **means: Any) -> AsyncGenerator[ScriptedChargePoint]:
        """Be connected, and booted."""
        async with self.dial(**means) as far_end:
            assert (await far_end.boot(chargePointSerialNumber="S-1"))["status"] == "Accepted"
            yield far_end
        await until(point, ("connected",), lambda: not point.connected)

    async def get_certificate(self, hass: HomeAssistant, point: ChargePoint, device: str) -> None:
        """Be asked for a request by the user, and be given a certificate."""
        async with self.on(point, password=True) as far_end:
            assert await act(hass, "sign_certificate", device_id=device) == {"status": "Accepted"}
            assert (await far_end.call("SignCertificate", {"csr": make_request(self.key)}))["status"] == "Accepted"
            self.chain = (await far_end.heard("CertificateSigned"))["certificateChain"]
            await until(point, ("certificate",), lambda: point.certificates.expires)


@pytest.fixture
def charger(init_integration: MockConfigEntry) -> Charger:
    """The charger."""
    return Charger(init_integration.runtime_data.central.port)


def demands(entry: MockConfigEntry) -> bool:
    """Tell whether a certificate is demanded of CP1."""
    return bool(subentry_of(entry, "CP1").data.get("client_certificate"))


async def refused(connect: Callable[[], ScriptedChargePoint]) -> None:
    """Try to connect in vain."""
    with pytest.raises(InvalidStatus, match="401"):
        await connect().connect()


async def test_a_charger_comes_back_with_the_certificate_that_it_was_given(
    hass: HomeAssistant, init_integration: MockConfigEntry, point: ChargePoint, device: str, charger: Charger
) -> None:
    """Without a password; its end is shown. As long as nobody has raised its profile, both will do."""
    await charger.get_certificate(hass, point, device)
    await hass.async_block_till_done()
    shown = state(hass, "sensor", "CP1_0_certificate_expiry")
    assert point.certificates.expires is not None
    assert shown == point.certificates.expires.isoformat()
    async with charger.on(point, password=False, certificate=True):
        assert point.certificates.presented is not None
    async with charger.on(point, password=True):
        pass
    assert not demands(init_integration)


async def test_after_an_upgrade_a_lower_profile_is_refused(
    hass: HomeAssistant, init_integration: MockConfigEntry, point: ChargePoint, device: str, charger: Charger
) -> None:
    """From the first connection with the certificate on, over restarts, until the user allows it."""
    await charger.get_certificate(hass, point, device)
    async with charger.on(point, password=True):
        answer = await act(hass, "set_configuration", device_id=device, key="SecurityProfile", value="3")
        assert answer == {"status": "Accepted"}
        await hass.async_block_till_done()
        assert not demands(init_integration)
    async with charger.on(point, password=False, certificate=True):
        await hass.async_block_till_done()
        assert demands(init_integration)
        with pytest.raises(ServiceValidationError, match="turn off Require a client certificate"):
            await act(hass, "set_configuration", device_id=device, key="SecurityProfile", value="2")
    for _ in range(3):
        await refused(lambda: charger.dial(password=True))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "client_certificate_failed_CP1")
    assert issue is not None
    assert issue.translation_key == "client_certificate_missing"

    await hass.config_entries.async_reload(init_integration.entry_id)
    restarted = Charger(init_integration.runtime_data.central.port)
    await refused(lambda: restarted.dial(password=True))

    flow = Flow(hass, init_integration)
    await flow.reconfigure()
    await flow.submit(typed(client_certificate=False))
    assert not demands(init_integration)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "client_certificate_failed_CP1") is None
    point = init_integration.runtime_data.central.charge_points["CP1"]
    async with restarted.on(point, password=True):
        pass


async def test_the_certificate_of_another_charger_is_told(
    hass: HomeAssistant, point: ChargePoint, device: str, charger: Charger, init_integration: MockConfigEntry
) -> None:
    """It is refused, with one issue that says so."""
    await charger.get_certificate(hass, point, device)
    other = init_integration.runtime_data.central.add("CP2", point.settings)
    assert other is not None
    for _ in range(4):
        with pytest.raises(InvalidStatus, match="401"):
            await ScriptedChargePoint(
                init_integration.runtime_data.central.port, "CP2", ssl=charger.context()
            ).connect()
    init_integration.runtime_data.certificate_refused("CP1", "127.0.0.1", 3, "foreign")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "client_certificate_failed_CP1")
    assert issue is not None
    assert issue.translation_key == "client_certificate_foreign"
    async with charger.on(point, password=False, certificate=True):
        pass
    assert ir.async_get(hass).async_get_issue(DOMAIN, "client_certificate_failed_CP1") is None


async def test_the_authority_goes_on_after_a_restart(
    hass: HomeAssistant, point: ChargePoint, device: str, charger: Charger, init_integration: MockConfigEntry
) -> None:
    """A certificate that was issued before is taken; the keys are in a private file."""
    await charger.get_certificate(hass, point, device)
    root = (await init_integration.runtime_data.certificates.async_authority()).root_certificate
    await hass.config_entries.async_reload(init_integration.entry_id)
    again = Charger(init_integration.runtime_data.central.port)
    again.key, again.chain = charger.key, charger.chain
    point = init_integration.runtime_data.central.charge_points["CP1"]
    async with again.on(point, password=False, certificate=True):
        pass
    assert (await init_integration.runtime_data.certificates.async_authority()).root_certificate == root


async def test_a_certificate_is_not_demanded_of_a_charger_that_has_none(
    hass: HomeAssistant, init_integration: MockConfigEntry, point: ChargePoint, device: str, charger: Charger
) -> None:
    """It would be locked out; once it has one, it may be."""
    flow = Flow(hass, init_integration)
    await flow.reconfigure()
    result = await flow.submit(typed(client_certificate=True))
    assert result["errors"] == {"client_certificate": "client_certificate_unknown"}
    await charger.get_certificate(hass, point, device)
    result = await flow.submit(typed(client_certificate=True))
    assert result["reason"] == "reconfigure_successful"
    assert demands(init_integration)
    await refused(lambda: charger.dial(password=True))


async def test_a_certificate_of_the_users_own_authority_may_be_demanded_at_once(
    hass: HomeAssistant,
    setup_entry: Callable[[MockConfigEntry], Awaitable[None]],
    entry_data: dict[str, Any],
    charge_point_subentry: ConfigSubentryData,
    tmp_path: Path,
) -> None:
    """Whether the charger has one is the user's to know; its common name must be the charge point id or the serial number."""
    authority = CertificateAuthority.create(datetime.now(UTC))
    (tmp_path / "authority.pem").write_text(authority.trusted)
    entry_data["tls"]["client_authority"] = str(tmp_path / "authority.pem")
    entry = MockConfigEntry(domain=DOMAIN, data=entry_data, subentries_data=[charge_point_subentry])
    await setup_entry(entry)
    flow = Flow(hass, entry)
    await flow.reconfigure()
    assert (await flow.submit(typed(client_certificate=True)))["reason"] == "reconfigure_successful"
    charger = Charger(entry.runtime_data.central.port)
    request = read_request(make_request(charger.key))
    charger.chain = authority.issue(
        request, identity="CP1", serial="S-1", organisation=None, now=datetime.now(UTC)
    ).chain
    async with charger.on(entry.runtime_data.central.charge_points["CP1"], password=False, certificate=True):
        pass


async def test_security_profile_3_needs_a_certificate_first(
    hass: HomeAssistant, point: ChargePoint, device: str, charger: Charger
) -> None:
    """The charger is not asked to lock itself out."""
    async with charger.on(point, password=True):
        with pytest.raises(ServiceValidationError, match="Get client certificate"):
            await act(hass, "set_configuration", device_id=device, key="SecurityProfile", value="3")
