"""Issues about cards come and go by themselves."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.requests import Answer
from tests.actions.calls import act
from tests.scripted import ScriptedDialect, state


def raised(issue_registry: ir.IssueRegistry) -> list[str]:
    """Return the ids of our issues."""
    return [issue_id for domain, issue_id in issue_registry.issues if domain == DOMAIN]


def try_cards(charge_point: ChargePoint, count: int, *, first: int = 0) -> None:
    """Hold cards to the charge point that nobody knows."""
    for number in range(first, first + count):
        charge_point.authorize(f"TAG{number}")
    charge_point.flush()


async def test_many_unknown_cards_are_one_issue_until_it_is_over(
    hass: HomeAssistant, charge_point: ChargePoint, issue_registry: ir.IssueRegistry, freezer: FrozenDateTimeFactory
) -> None:
    """It stays while they keep coming, and goes five minutes after."""
    try_cards(charge_point, 9)
    assert raised(issue_registry) == []
    try_cards(charge_point, 991, first=9)
    assert raised(issue_registry) == ["many_unknown_tags_CP1"]
    freezer.tick(timedelta(minutes=4))
    try_cards(charge_point, 10, first=2000)
    for minutes, still_there in ((2, True), (4, True), (3, False)):
        freezer.tick(timedelta(minutes=minutes))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert bool(raised(issue_registry)) is still_there


async def test_the_issue_goes_with_the_entry(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, issue_registry: ir.IssueRegistry
) -> None:
    """Nobody can tell when it is over."""
    try_cards(charge_point, 10)
    assert raised(issue_registry) == ["many_unknown_tags_CP1"]
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    assert raised(issue_registry) == []


async def test_a_list_that_is_too_long_is_an_issue_until_it_fits(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, issue_registry: ir.IssueRegistry
) -> None:
    """It says how many tags are left out; nothing else is wrong with them."""
    far_end.list_support = ListSupport(supported=True, longest=1)
    far_end.answers["GetLocalListVersion"] = Answer("", items=(0,))
    for id_tag in ("ANN", "BEN", "CARL"):
        await act(hass, "add_id_tag", id_tag=id_tag)
    await hass.async_block_till_done()
    issue = issue_registry.async_get_issue(DOMAIN, "local_list_too_long_CP1")
    assert issue is not None
    assert issue.translation_placeholders == {"charge_point_id": "CP1", "longest": "1", "left_out": "2"}
    assert state(hass, "sensor", "CP1_0_local_list") == "incomplete"
    assert charge_point.authorize("CARL").accepted
    for id_tag in ("ANN", "BEN"):
        await act(hass, "remove_id_tag", id_tag=id_tag)
    await hass.async_block_till_done()
    assert raised(issue_registry) == []
    assert state(hass, "sensor", "CP1_0_local_list") == "in_step"
