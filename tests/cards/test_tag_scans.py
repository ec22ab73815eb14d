"""Cards that are held to a charge point are scans of Home Assistant's own tags."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.tag.const import EVENT_TAG_SCANNED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.actions.calls import act


async def present(hass: HomeAssistant, charge_point: ChargePoint, *id_tags: str) -> None:
    """Hold cards to the charge point."""
    for id_tag in id_tags:
        charge_point.authorize(id_tag)
    charge_point.flush()
    await hass.async_block_till_done()


async def test_a_card_is_a_scan_at_the_device_of_the_charge_point(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted or not: that is another question. Nothing is used for it that Home Assistant is about to take away."""
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    await present(hass, charge_point, " 04A2B3 ")
    assert [(scan.data["tag_id"], scan.data["device_id"]) for scan in scans] == [("04A2B3", device_id)]
    assert "deprecated" not in caplog.text


async def test_a_card_that_was_added_is_scanned_under_the_number_that_was_entered(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """However a reader writes it: else it would be two tags."""
    await act(hass, "add_id_tag", id_tag="04A2B3")
    await hass.async_block_till_done()
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    await present(hass, charge_point, "04a2b3")
    assert [scan.data["tag_id"] for scan in scans] == ["04A2B3"]


async def test_what_is_no_card_is_no_scan(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """No number, an absurd one, our own tag, and other events."""
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    charge_point.security_event("TamperDetectionActivated", None)
    await present(hass, charge_point, "", "x" * 200, "HomeAssistant")
    assert scans == []


async def test_cards_without_end_fill_no_list(
    hass: HomeAssistant, charge_point: ChargePoint, freezer: FrozenDateTimeFactory
) -> None:
    """Ten a minute are told, and no new ones while somebody tries many."""
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    for _ in range(15):
        await present(hass, charge_point, "SAME")
    assert len(scans) == 10
    freezer.tick(timedelta(seconds=61))
    await present(hass, charge_point, *(f"TAG{number}" for number in range(100)))
    assert len(scans) == 18


async def test_a_home_without_tags_is_not_bothered(
    hass: HomeAssistant, charge_point: ChargePoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The card is judged all the same."""

    async def fail(*_arguments: object) -> None:
        raise HomeAssistantError("tag component has not been set up.")

    monkeypatch.setattr("custom_components.ocpp_csms.cards.tag_scans.async_scan_tag", fail)
    await present(hass, charge_point, "04A2B3")
    assert "tag component" not in caplog.text
