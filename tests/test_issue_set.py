"""A set of issues shows what is wrong now: no more, no less."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.issue_set import IssueSet

KEYS = ("clock_wrong", "limit_ignored", "limit_refused")


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of what the user is told."""
    return {issue.issue_id for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN}


async def test_what_is_wrong_is_raised_and_taken_back(hass: HomeAssistant) -> None:
    """Each by itself, with the placeholders of its text."""
    shown = IssueSet(hass, "CP1", KEYS)
    shown.show({"clock_wrong": {"charge_point_id": "CP1"}, "limit_ignored": {}})
    assert issues(hass) == {"clock_wrong_CP1", "limit_ignored_CP1"}
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "clock_wrong_CP1")
    assert issue is not None
    assert issue.translation_key == "clock_wrong"
    assert issue.translation_placeholders == {"charge_point_id": "CP1"}
    assert (issue.severity, issue.is_fixable, issue.data) == (ir.IssueSeverity.WARNING, False, None)
    shown.show({"limit_ignored": {}, "limit_refused": {}})
    assert issues(hass) == {"limit_ignored_CP1", "limit_refused_CP1"}


async def test_what_is_wrong_still_is_raised_once(hass: HomeAssistant) -> None:
    """Who has ignored it is not asked again."""
    shown = IssueSet(hass, "CP1", KEYS)
    shown.show({"clock_wrong": {}})
    ir.async_ignore_issue(hass, DOMAIN, "clock_wrong_CP1", ignore=True)
    before = ir.async_get(hass).async_get_issue(DOMAIN, "clock_wrong_CP1")
    shown.show({"clock_wrong": {}})
    assert ir.async_get(hass).async_get_issue(DOMAIN, "clock_wrong_CP1") is before


async def test_what_can_be_fixed_says_so_and_brings_what_that_takes(hass: HomeAssistant) -> None:
    """The others do not."""
    shown = IssueSet(hass, "CP1", KEYS, fixable=("limit_refused",), data={"charge_point_id": "CP1"})
    shown.show({"limit_refused": {}, "clock_wrong": {}})
    registry = ir.async_get(hass)
    fixable, other = (registry.async_get_issue(DOMAIN, f"{key}_CP1") for key in ("limit_refused", "clock_wrong"))
    assert fixable is not None
    assert other is not None
    assert (fixable.is_fixable, fixable.data) == (True, {"charge_point_id": "CP1"})
    assert not other.is_fixable


async def test_all_issues_of_an_owner_can_be_cleared(hass: HomeAssistant) -> None:
    """Also what an earlier set has raised, and they can be raised again; those of others stay."""
    IssueSet(hass, "CP1", KEYS).show({"clock_wrong": {}})
    IssueSet(hass, "CP2", KEYS).show({"clock_wrong": {}})
    shown = IssueSet(hass, "CP1", KEYS)
    shown.show({"limit_ignored": {}})
    shown.clear()
    assert issues(hass) == {"clock_wrong_CP2"}
    shown.show({"limit_ignored": {}})
    assert issues(hass) == {"limit_ignored_CP1", "clock_wrong_CP2"}
