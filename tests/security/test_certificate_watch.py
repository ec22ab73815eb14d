"""Certificates that end: taken up anew when they were renewed, asked to be replaced, told of in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.security.client_certificates import ClientCertificate
from tests.scripted import ScriptedDialect
from tests.tls import make_certificate


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """The file of the listener's certificate and key; it ends in 60 days."""
    path = tmp_path / "both.pem"
    path.write_bytes(b"".join(make_certificate(days=60)))
    return path


@pytest.fixture
def secure_entry(entry_data: dict[str, Any], subentries: list[Any], pem: Path) -> MockConfigEntry:
    """An entry that listens with TLS."""
    data = {**entry_data, "tls": {"certificate": str(pem), "private_key": str(pem)}}
    return MockConfigEntry(domain=DOMAIN, title="Home", data=data, subentries_data=subentries)


def keys(hass: HomeAssistant) -> list[str]:
    """Return what is wrong, as the user sees it."""
    return [str(issue.translation_key) for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]


async def half_a_day_later(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **more: float) -> None:
    """Let the watch look again."""
    freezer.tick(timedelta(hours=12, seconds=1, **more))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_certificate_that_ends_soon_is_told_until_it_is_renewed(
    hass: HomeAssistant, secure_entry: MockConfigEntry, setup_entry: Any, pem: Path, freezer: FrozenDateTimeFactory
) -> None:
    """The new one is shown to chargers by itself."""
    await setup_entry(secure_entry)
    runtime = secure_entry.runtime_data
    await half_a_day_later(hass, freezer)
    assert keys(hass) == []
    assert secure_entry.runtime_data is runtime
    await half_a_day_later(hass, freezer, days=46)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"server_certificate_expiring_{secure_entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["title"] == "Home"
    pem.write_bytes(b"".join(make_certificate(days=300)))
    await half_a_day_later(hass, freezer)
    assert secure_entry.runtime_data is not runtime
    await hass.async_block_till_done(wait_background_tasks=True)
    assert keys(hass) == []


async def test_files_that_are_being_changed_are_left_alone(
    hass: HomeAssistant,
    secure_entry: MockConfigEntry,
    setup_entry: Any,
    pem: Path,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Chargers go on with what was read before."""
    await setup_entry(secure_entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    runtime = secure_entry.runtime_data
    pem.write_bytes(make_certificate()[0])
    await half_a_day_later(hass, freezer)
    assert secure_entry.runtime_data is runtime
    assert "cannot be read any more: key_invalid" in caplog.text


def certified(charge_point: ChargePoint, days: float, *, by_us: bool = True) -> None:
    """Let a charge point have come with a certificate that ends in so many days."""
    expires = datetime.now(UTC) + timedelta(days=days)
    charge_point.certificates.connected(ClientCertificate("CP1", ("CP1",) if by_us else (), expires))


async def test_a_certificate_of_a_charger_is_asked_to_be_replaced_in_time(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, freezer: FrozenDateTimeFactory
) -> None:
    """Two months before its end; what we have not issued is not ours to replace."""
    asked = ("trigger", "SignChargePointCertificate", None)
    certified(charge_point, 70)
    await half_a_day_later(hass, freezer)
    assert asked not in far_end.calls
    certified(charge_point, 59, by_us=False)
    await half_a_day_later(hass, freezer)
    assert asked not in far_end.calls
    certified(charge_point, 59)
    await half_a_day_later(hass, freezer)
    assert asked in far_end.calls
    assert keys(hass) == []


async def test_a_charger_that_is_away_is_not_asked(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, freezer: FrozenDateTimeFactory
) -> None:
    """It is when it is there again."""
    certified(charge_point, 59)
    charge_point.detach(far_end)
    await half_a_day_later(hass, freezer)
    assert ("trigger", "SignChargePointCertificate", None) not in far_end.calls


async def test_a_certificate_that_could_not_be_replaced_is_told(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, freezer: FrozenDateTimeFactory
) -> None:
    """A month before its end, until there is a new one."""
    far_end.answers["trigger"] = RefusedError("ExtendedTriggerMessage", "Rejected")
    certified(charge_point, 29)
    await half_a_day_later(hass, freezer)
    assert keys(hass) == ["client_certificate_expiring"]
    certified(charge_point, 700)
    await half_a_day_later(hass, freezer)
    assert keys(hass) == []


async def test_nothing_is_told_of_a_charger_that_is_removed(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    freezer: FrozenDateTimeFactory,
) -> None:
    """At the next look at the latest."""
    certified(charge_point, 29)
    await half_a_day_later(hass, freezer)
    [subentry] = init_integration.subentries.values()
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await half_a_day_later(hass, freezer)
    assert keys(hass) == []
