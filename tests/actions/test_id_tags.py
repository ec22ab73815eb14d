"""Actions about ID tags and the local list: what is entered counts at once, and what cannot be is refused before anything happens."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ocpp_csms.cards.id_tag_entries import MAXIMUM_TAGS
from custom_components.ocpp_csms.cards.tag_names import tag_name
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.cards.authorization import IdTag
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.requests import Answer, GetLocalListVersion, SendLocalList
from tests.actions.calls import act
from tests.scripted import ScriptedDialect


def tags_of(entry: MockConfigEntry) -> list[IdTag]:
    """Return the tags that the central system knows."""
    return list(entry.runtime_data.central.authorization.tags())


# Entering and removing


async def test_a_tag_that_is_added_counts_at_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """With all that can be said of it; a time without a zone is local."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    answer = await act(
        hass,
        "add_id_tag",
        id_tag=" 04A2B3 ",
        name="Anna's card",
        allowed=False,
        expiry="2026-12-31 13:00:00",
        parent=" Family ",
        concurrent=2,
        charge_points=["CP1"],
    )
    await hass.async_block_till_done()
    assert answer == {"added": True}
    expiry = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert tags_of(init_integration) == [IdTag("04A2B3", "Anna's card", False, expiry, "Family", 2, frozenset({"CP1"}))]


async def test_adding_a_tag_again_changes_what_is_named(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The rest stays; what is named as nothing is taken away."""
    await act(hass, "add_id_tag", id_tag="04A2B3", name="Anna's card", expiry="2026-12-31 13:00:00+00:00", concurrent=1)
    assert await act(hass, "add_id_tag", id_tag="04a2b3", allowed=False, concurrent=None) == {"added": False}
    await hass.async_block_till_done()
    expiry = datetime(2026, 12, 31, 13, tzinfo=UTC)
    assert tags_of(init_integration) == [IdTag("04A2B3", "Anna's card", allowed=False, expiry=expiry)]
    await act(hass, "add_id_tag", id_tag="04A2B3", name="Ben's card", expiry=None)
    await hass.async_block_till_done()
    assert tags_of(init_integration) == [IdTag("04A2B3", "Ben's card", allowed=False)]


async def test_a_tag_without_a_name_may_charge_and_is_masked(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It is listed by its number, which is no name: sensors do not show it."""
    await act(hass, "add_id_tag", id_tag="04A2B3")
    await hass.async_block_till_done()
    assert tags_of(init_integration) == [IdTag("04A2B3")]
    assert tag_name(init_integration.runtime_data.central.charge_points["CP1"], "04A2B3") == "••••A2B3"


async def test_a_tag_can_be_removed(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """One that is not there cannot."""
    await act(hass, "add_id_tag", id_tag="04A2B3")
    assert await act(hass, "remove_id_tag", id_tag="04a2b3") == {"removed": True}
    await hass.async_block_till_done()
    assert tags_of(init_integration) == []
    with pytest.raises(ServiceValidationError, match="There is no ID tag 04A2B3"):
        await act(hass, "remove_id_tag", id_tag="04A2B3")


@pytest.mark.parametrize("id_tag", ["", "  ", "x" * 37, "x" * 1000, "04\n05"])
@pytest.mark.usefixtures("init_integration")
async def test_what_can_be_no_tag_is_refused(hass: HomeAssistant, device_id: str, id_tag: str) -> None:
    """By every action that takes one."""
    for action in ("add_id_tag", "remove_id_tag", "allow_id_tag_once"):
        with pytest.raises(ServiceValidationError, match="1 to 36 printable characters"):
            await act(hass, action, id_tag=id_tag, device_id=device_id)


@pytest.mark.usefixtures("init_integration")
async def test_a_tag_is_for_chargers_that_exist(hass: HomeAssistant) -> None:
    """A slip would lock it out everywhere."""
    with pytest.raises(ServiceValidationError, match="There is no charger CP9"):
        await act(hass, "add_id_tag", id_tag="04A2B3", charge_points="CP9")


async def test_tags_are_not_added_without_end(
    hass: HomeAssistant, setup_entry: Callable[[MockConfigEntry], Awaitable[None]], entry_data: dict[str, Any]
) -> None:
    """An automation that goes wild is stopped; those that are there can still be changed."""
    subentries = [
        ConfigSubentryData(
            data={"id_tag": f"T{number}", "allowed": True},
            subentry_type="id_tag",
            title=f"T{number}",
            unique_id=f"id_tag/t{number}",
        )
        for number in range(MAXIMUM_TAGS)
    ]
    await setup_entry(MockConfigEntry(domain=DOMAIN, data=entry_data, subentries_data=subentries))
    with pytest.raises(ServiceValidationError, match="1000 ID tags already"):
        await act(hass, "add_id_tag", id_tag="ONE MORE")
    assert await act(hass, "add_id_tag", id_tag="T1", allowed=False) == {"added": False}


# Which central system


async def test_the_only_central_system_is_meant(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    setup_entry: Callable[[MockConfigEntry], Awaitable[None]],
    entry_data: dict[str, Any],
    init_integration: MockConfigEntry,
    device_id: str,
) -> None:
    """With two, a charger says which; without any that runs, there is nothing to add a tag to."""
    other = MockConfigEntry(domain=DOMAIN, title="Other", data=entry_data)
    await setup_entry(other)
    with pytest.raises(ServiceValidationError, match="several central systems"):
        await act(hass, "add_id_tag", id_tag="04A2B3")
    await act(hass, "add_id_tag", id_tag="04A2B3", device_id=device_id)
    await hass.async_block_till_done()
    assert (len(tags_of(init_integration)), len(tags_of(other))) == (1, 0)
    for entry in (other, init_integration):
        assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError, match="No central system is running"):
        await act(hass, "add_id_tag", id_tag="04A2B3")


@pytest.mark.parametrize("action", ["add_id_tag", "remove_id_tag", "allow_id_tag_once"])
async def test_who_may_charge_is_decided_by_administrators(
    hass: HomeAssistant, hass_read_only_user: MockUser, device_id: str, action: str
) -> None:
    """Others cannot give themselves a card."""
    hass_read_only_user.groups = [group for group in hass_read_only_user.groups if group.id == GROUP_ID_USER]
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": device_id, "id_tag": "04A2B3"},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )


# Once


async def test_a_tag_can_be_allowed_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """The answer says until when; it is entered nowhere."""
    await act(hass, "add_id_tag", id_tag="OTHER")
    await hass.async_block_till_done()
    assert not charge_point.authorize("04A2B3").accepted
    answer = await act(hass, "allow_id_tag_once", device_id=device_id, id_tag="04a2b3")
    assert answer is not None
    assert answer["status"] == "Accepted"
    assert datetime.fromisoformat(str(answer["until"])).tzinfo is not None
    assert charge_point.authorize("04A2B3").accepted
    assert [tag.id_tag for tag in tags_of(init_integration)] == ["OTHER"]


# The local list


async def test_the_version_of_the_local_list_is_told(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str
) -> None:
    """As the charge point has it."""
    far_end.answers["GetLocalListVersion"] = Answer("", items=(7,))
    assert await act(hass, "get_local_list_version", device_id=device_id) == {"version": 7}


async def test_the_local_list_can_be_sent(hass: HomeAssistant, far_end: ScriptedDialect, device_id: str) -> None:
    """All of it, or what has changed, or some tags."""
    far_end.answers["GetLocalListVersion"] = Answer("", items=(0,))
    for id_tag in ("ANN", "BEN"):
        await act(hass, "add_id_tag", id_tag=id_tag)
    await hass.async_block_till_done()
    answer = await act(hass, "send_local_list", device_id=device_id, update_type="full")
    assert answer == {"status": "Accepted", "version": 1, "entries": 2}
    far_end.answers["GetLocalListVersion"] = Answer("", items=(1,))
    answer = await act(hass, "send_local_list", device_id=device_id, id_tags=["ANN"])
    assert answer == {"status": "Accepted", "version": 2, "entries": 1}
    far_end.answers["GetLocalListVersion"] = Answer("", items=(2,))
    answer = await act(hass, "send_local_list", device_id=device_id)
    assert answer == {"status": "Accepted", "version": 2, "entries": 0}
    requests = [call[1] for call in far_end.calls if call[0] == "request"]
    sent = [request for request in requests if isinstance(request, SendLocalList)]
    assert [(request.version, request.full, len(request.entries)) for request in sent] == [(1, True, 2), (2, False, 1)]
    assert GetLocalListVersion() in requests


async def test_a_refused_list_is_an_answer_for_who_asks_and_an_error_for_who_does_not(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str
) -> None:
    """It never looks as if it had been done."""
    far_end.answers |= {
        "GetLocalListVersion": Answer("", items=(-1,)),
        "SendLocalList": RefusedError("SendLocalList", "NotSupported"),
    }
    answer = await act(hass, "send_local_list", device_id=device_id, update_type="full")
    assert answer == {"status": "NotSupported"}
    with pytest.raises(HomeAssistantError, match="NotSupported"):
        await act(hass, "send_local_list", device_id=device_id, update_type="full", answer=False)


async def test_a_tag_that_nobody_entered_cannot_be_sent(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str
) -> None:
    """The message says to add it first."""
    with pytest.raises(ServiceValidationError, match="STRANGER was not added"):
        await act(hass, "send_local_list", device_id=device_id, update_type="full", id_tags="STRANGER")
    assert not any(isinstance(call[-1], SendLocalList) for call in far_end.calls)
