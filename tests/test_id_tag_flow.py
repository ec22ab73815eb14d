"""The flow of an ID tag's subentry: who may charge, until when."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.authorization import IdTag, TagStatus


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
    }
    result = await add(hass, init_integration, user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Ada"
    expiry = datetime(2026, 12, 31, 12, tzinfo=UTC)
    authorization = init_integration.runtime_data.central.authorization
    assert authorization.find("04a2b3") == IdTag("04A2B3", "Ada", True, expiry, "FAMILY")


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
