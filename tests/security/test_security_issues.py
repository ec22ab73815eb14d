"""Security events that a person should look into become repairs: once, until they are settled."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.test_repairs import Fix


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return what the user sees, by key."""
    found = ir.async_get(hass).issues.values()
    return {str(issue.translation_key): issue for issue in found if issue.domain == DOMAIN}


def report_event(charge_point: ChargePoint, event: str, info: str | None) -> None:
    """Let the charge point report a security event."""
    charge_point.security_event(event, info)
    charge_point.flush()


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("TamperDetectionActivated", "tamper_detected"),
        ("tamperdetectionactivated", "tamper_detected"),
        ("MemoryExhaustion", "memory_exhausted"),
        ("SecurityLogWasCleared", "security_log_cleared"),
        ("AttemptedReplayAttacks", "replay_attempted"),
        ("InvalidChargePointCertificate", "client_certificate_refused"),
        ("InvalidChargingStationCertificate", "client_certificate_refused"),
        ("InvalidCentralSystemCertificate", "root_certificate_refused"),
        ("InvalidCsmsCertificate", "root_certificate_refused"),
    ],
)
async def test_what_a_person_should_look_into_is_an_issue(
    hass: HomeAssistant, charge_point: ChargePoint, event: str, key: str
) -> None:
    """The charger is named, with what it says of it."""
    report_event(charge_point, event, "lid `open`\n" + "x" * 300)
    [(found, issue)] = issues(hass).items()
    assert found == key
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["charge_point_id"] == "CP1"
    assert issue.translation_placeholders["detail"].startswith("`lid openxxx")
    assert len(issue.translation_placeholders["detail"]) <= 102


@pytest.mark.parametrize(
    "event", ["StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime", "FirmwareUpdated", "Own", ""]
)
async def test_the_everyday_of_a_charger_is_none(hass: HomeAssistant, charge_point: ChargePoint, event: str) -> None:
    """The event entity tells of it."""
    report_event(charge_point, event, None)
    assert issues(hass) == {}


async def test_a_flood_is_one_issue(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Told once; what is ignored stays ignored."""
    report_event(charge_point, "TamperDetectionActivated", None)
    first = issues(hass)["tamper_detected"]
    assert first.translation_placeholders == {"charge_point_id": "CP1", "detail": "`–`"}
    ir.async_ignore_issue(hass, DOMAIN, "tamper_detected_CP1", True)
    for number in range(100):
        report_event(charge_point, "TamperDetectionActivated", str(number))
    assert issues(hass)["tamper_detected"].dismissed_version is not None
    assert issues(hass)["tamper_detected"].translation_placeholders == first.translation_placeholders


async def test_who_has_looked_into_it_says_so(
    hass: HomeAssistant, charge_point: ChargePoint, hass_client: ClientSessionGenerator
) -> None:
    """The issue goes; should it happen again, it is told again."""
    assert await async_setup_component(hass, "repairs", {})
    report_event(charge_point, "TamperDetectionActivated", "lid")
    fix = Fix(await hass_client(), "tamper_detected_CP1")
    assert (await fix.start())["step_id"] == "confirm"
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}
    report_event(charge_point, "TamperDetectionActivated", "lid")
    assert list(issues(hass)) == ["tamper_detected"]


async def test_a_certificate_that_was_refused_is_an_issue_until_one_is_taken(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """The charger's answer is part of it."""
    charge_point.certificates.refusal = "CertificateSigned was answered Rejected"
    charge_point.notify(0, "certificate")
    issue = issues(hass)["client_certificate_refused"]
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["detail"] == "`CertificateSigned was answered Rejected`"
    charge_point.certificates.refusal = None
    charge_point.notify(0, "certificate")
    assert issues(hass) == {}


async def test_issues_outlive_a_reload_but_not_their_charger(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """What happened stays true."""
    report_event(charge_point, "MemoryExhaustion", None)
    assert issues(hass)["memory_exhausted"].is_persistent
    await hass.config_entries.async_reload(init_integration.entry_id)
    assert list(issues(hass)) == ["memory_exhausted"]
    [subentry] = init_integration.subentries.values()
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await hass.async_block_till_done()
    assert issues(hass) == {}


async def test_issues_go_with_the_entry(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Nobody is left to look after it."""
    report_event(charge_point, "MemoryExhaustion", None)
    await hass.config_entries.async_remove(init_integration.entry_id)
    assert issues(hass) == {}
