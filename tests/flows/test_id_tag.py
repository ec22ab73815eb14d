"""The flow of an ID tag's subentry: who may charge, until when."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import TextSelector
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.cards.authorization import IdTag, TagStatus


async def add(hass: HomeAssistant, entry: MockConfigEntry, *inputs: dict[str, Any]) -> dict[str, Any]:
    """Run the flow with these submissions and return the last result."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "id_tag"), context={"source": SOURCE_USER}
    )
    for user_input in inputs:
        result = await hass.config_entries.subentries.async_configure(result["flow_id"], user_input)
    await hass.async_block_till_done()
    return dict(result)


def tag_subentry(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the only ID tag's subentry."""
    [subentry] = [item for item in entry.subentries.values() if item.subentry_type == "id_tag"]
    return subentry


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Start to change the only ID tag and return its form."""
    return await entry.start_subentry_reconfigure_flow(hass, tag_subentry(entry).subentry_id)


async def test_a_tag_counts_as_soon_as_it_is_added(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Every field reaches the central system; the expiry is meant in local time."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    user_input = {
        "id_tag": " 04A2B3 ",
        "name": "Ada",
        "allowed": True,
        "expiry": "2026-12-31 13:00:00",
        "parent": "FAMILY",
        "concurrent": 2,
        "charge_points": ["CP1"],
    }
    result = await add(hass, init_integration, user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Ada"
    expiry = datetime(2026, 12, 31, 12, tzinfo=UTC)
    authorization = init_integration.runtime_data.central.authorization
    assert authorization.find("04a2b3") == IdTag("04A2B3", "Ada", True, expiry, "FAMILY", 2, frozenset({"CP1"}))


async def test_a_tag_without_a_name_is_called_by_its_number(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Number and permission are all it takes."""
    result = await add(hass, init_integration, {"id_tag": "04A2B3", "allowed": False})
    assert (result["title"], result["data"]) == ("04A2B3", {"id_tag": "04A2B3", "allowed": False})
    authorization = init_integration.runtime_data.central.authorization
    assert authorization.check("04A2B3", datetime.now(UTC)).status is TagStatus.BLOCKED


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"id_tag": " "}, {"id_tag": "id_tag_invalid"}),
        ({"id_tag": "x" * 37}, {"id_tag": "id_tag_invalid"}),
        ({"id_tag": "04A2B3", "parent": "x" * 37}, {"parent": "id_tag_invalid"}),
    ],
)
async def test_a_number_of_the_wrong_length_is_refused_until_it_is_corrected(
    hass: HomeAssistant, init_integration: MockConfigEntry, wrong: dict[str, Any], errors: dict[str, str]
) -> None:
    """The error stands at its field."""
    result = await add(hass, init_integration, {"allowed": True, **wrong})
    assert result["errors"] == errors
    result = await add(hass, init_integration, {"allowed": True, **wrong}, {"id_tag": "04A2B3", "allowed": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_tag_is_added_once(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Numbers are compared without regard to case."""
    await add(hass, init_integration, {"id_tag": "04A2B3", "allowed": True})
    result = await add(hass, init_integration, {"id_tag": "04a2b3", "allowed": True})
    assert result["errors"] == {"id_tag": "id_tag_in_use"}


async def test_a_tag_may_be_called_like_a_charge_point(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Unique ids of the two types never meet."""
    result = await add(hass, init_integration, {"id_tag": "CP1", "allowed": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_change_counts_at_once(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The form shows what is set, the expiry in local time; what is emptied is forgotten."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await add(hass, init_integration, {"id_tag": "04A2B3", "allowed": True, "expiry": "2026-12-31 13:00:00"})
    result = await reconfigure(hass, init_integration)
    suggested = {
        str(key): key.description["suggested_value"] for key in result["data_schema"].schema if key.description
    }
    assert suggested["expiry"] == "2026-12-31 13:00:00"
    assert result["description_placeholders"] == {"id_tag": "04A2B3"}

    wrong = {"allowed": True, "parent": "x" * 37}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], wrong)
    assert result["errors"] == {"parent": "id_tag_invalid"}

    right = {"name": "Bob", "allowed": True}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], right)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    authorization = init_integration.runtime_data.central.authorization
    assert authorization.find("04A2B3") == IdTag("04A2B3", "Bob")


async def test_a_tag_that_never_expires_is_shown_without_expiry(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """The field stays empty."""
    await add(hass, init_integration, {"id_tag": "04A2B3", "allowed": True})
    result = await reconfigure(hass, init_integration)
    [expiry] = [key for key in result["data_schema"].schema if str(key) == "expiry"]
    assert expiry.description is None


def number_field(result: dict[str, Any]) -> Any:
    """Return what asks for the number of a tag."""
    return next(field for key, field in result["data_schema"].schema.items() if str(key) == "id_tag")


async def test_a_card_that_nobody_knows_is_offered(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """With the charger and the time; what was entered, or can be no card, is not. Another number can be typed."""
    await hass.config.async_set_time_zone("UTC")
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await add(hass, init_integration, {"id_tag": "KNOWN", "allowed": True})
    for id_tag in ("x" * 40, "04A2B3", "04C5D6"):
        charge_point.authorize(id_tag)
    init_integration.runtime_data.central.unknown_tags.note("KNOWN", "CP1", datetime(2026, 11, 20, 12, tzinfo=UTC))
    init_integration.runtime_data.central.unknown_tags.note("04E7F8", "GONE", datetime(2026, 11, 20, 12, tzinfo=UTC))
    options = number_field(await add(hass, init_integration)).config["options"]
    assert [option["value"] for option in options] == ["04E7F8", "04C5D6", "04A2B3"]
    assert options[0]["label"] == "04E7F8 · GONE · 2026-11-20 12:00"
    assert options[1]["label"].startswith("04C5D6 · CP1 · ")
    result = await add(hass, init_integration, {"id_tag": "04A2B3", "name": "Ada", "allowed": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert charge_point.authorize("04A2B3").accepted
    result = await add(hass, init_integration, {"id_tag": "TYPED", "allowed": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_without_unknown_cards_the_number_is_typed(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Also while the entry is not loaded."""
    assert isinstance(number_field(await add(hass, init_integration)), TextSelector)
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert isinstance(number_field(await add(hass, init_integration)), TextSelector)


async def test_a_charger_that_is_gone_can_still_be_taken_off_a_tag(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Else the form could not be submitted any more."""
    await add(hass, init_integration, {"id_tag": "04A2B3", "allowed": True, "charge_points": ["CP1"]})
    [charger] = [item for item in init_integration.subentries.values() if item.unique_id == "CP1"]
    hass.config_entries.async_remove_subentry(init_integration, charger.subentry_id)
    await hass.async_block_till_done()
    result = await reconfigure(hass, init_integration)
    user_input = {"allowed": True, "charge_points": ["CP1"]}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], user_input)
    assert result["reason"] == "reconfigure_successful"
    result = await reconfigure(hass, init_integration)
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], {"allowed": True})
    await hass.async_block_till_done()
    assert init_integration.runtime_data.central.authorization.find("04A2B3") == IdTag("04A2B3")
