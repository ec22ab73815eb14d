"""Vendor data and messages of the user's own: checked unless the user wants it otherwise, and answered as they are."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from tests.actions.calls import act
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.scripted import ScriptedDialect
from tests.waiting import until_gone


async def test_a_raw_call_is_for_administrators(hass: HomeAssistant, device_id: str, far_end: ScriptedDialect) -> None:
    """It can do anything to a charger."""
    user = MockUser(groups=[await _group(hass)]).add_to_hass(hass)
    before = list(far_end.calls)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "call",
            {"device_id": device_id, "action": "ClearCache"},
            blocking=True,
            context=Context(user_id=user.id),
        )
    assert far_end.calls == before


async def _group(hass: HomeAssistant) -> Any:
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    return group


async def test_a_raw_call_returns_the_raw_answer(hass: HomeAssistant, device_id: str, far_end: ScriptedDialect) -> None:
    """Whatever is in it."""
    far_end.answers["call"] = {"status": "Rejected", "customData": [1, 2]}
    answer = await act(hass, "call", device_id=device_id, action="ClearCache", payload={"a": 1})
    assert answer == {"status": "Rejected", "customData": [1, 2]}
    assert far_end.calls[-1] == ("call", "ClearCache", {"a": 1})


async def test_vendor_data_that_is_not_accepted_is_answered_or_raised(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """With the data that came with the refusal."""
    far_end.answers["data_transfer"] = ("UnknownMessageId", "try Hi")
    answer = await act(hass, "data_transfer", device_id=device_id, vendor_id="com.example", message_id="Hello")
    assert answer == {"status": "UnknownMessageId", "data": "try Hi"}
    with pytest.raises(HomeAssistantError, match="CP1 refused DataTransfer: it answered UnknownMessageId"):
        await act(hass, "data_transfer", answer=False, device_id=device_id, vendor_id="com.example")


def set_profile(limit: object) -> dict[str, Any]:
    """Return the payload of SetChargingProfile."""
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            },
        },
    }


def limit_in(payload: dict[str, Any]) -> float:
    """Return the limit in the payload of SetChargingProfile."""
    return float(payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"])


@pytest.mark.parametrize(
    ("action", "payload", "problem"),
    [
        ("ClearCach", {}, "ClearCach is no message that can be sent to CP1"),
        ("BootNotification", {}, "BootNotification is no message that can be sent to CP1"),
        ("Reset", {}, r"The payload for Reset breaks the specification.*required property\. Correct it"),
        ("Reset", {"type": "Medium"}, "type: .*send it unchecked"),
        ("SetChargingProfile", set_profile(10.05), "breaks the specification"),
    ],
)
async def test_a_message_that_breaks_the_specification_is_not_sent(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, action: str, payload: dict[str, Any], problem: str
) -> None:
    """The message says what is wrong with it, and how to send it all the same."""
    with pytest.raises(ServiceValidationError, match=problem):
        await act(hass, "call", device_id=charger, action=action, payload=payload)
    assert wire.calls == []


async def test_a_message_is_sent_unchecked_on_request(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Some chargers have messages of their own."""
    wire.answers["MakeCoffee"] = {"sugar": 2}
    answer = await act(hass, "call", device_id=charger, action="MakeCoffee", payload={"milk": True}, unchecked=True)
    assert answer == {"sugar": 2}
    assert wire.calls == [("MakeCoffee", {"milk": True})]


@pytest.mark.parametrize("limit", [0.3, 0.7, 16.1 * 3, 100.1])
async def test_limits_in_tenths_pass_the_check(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, limit: float
) -> None:
    """Though binary fractions have none, and templates calculate: what arithmetic has left does not reach the charger."""
    await act(hass, "call", device_id=charger, action="SetChargingProfile", payload=set_profile(limit))
    assert limit_in(await wire.heard("SetChargingProfile")) == round(limit, 1)


async def test_a_time_in_yaml_is_written_as_ocpp_wants_it(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """YAML makes times of texts that look like one."""
    payload = {
        "connectorId": 1,
        "expiryDate": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "idTag": "CARD",
        "reservationId": 1,
    }
    await act(hass, "call", device_id=charger, action="ReserveNow", payload=payload)
    assert (await wire.heard("ReserveNow"))["expiryDate"] == "2026-11-20T12:00:00+00:00"


@pytest.mark.parametrize("payload", [["list"], "{}", {"a": {1, 2}}, {"a": object()}])
async def test_what_is_no_json_object_is_refused_by_the_schema(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, payload: object
) -> None:
    """It could not be sent."""
    with pytest.raises(vol.Invalid):
        await act(hass, "call", device_id=charger, action="ClearCache", payload=payload)
    assert wire.calls == []


async def test_nothing_is_checked_for_a_charger_that_is_not_connected(
    hass: HomeAssistant, init_integration: MockConfigEntry, wire: ScriptedChargePoint, charger: str
) -> None:
    """That it is offline is the news."""
    await wire.disconnect()
    await until_gone(init_integration.runtime_data.central.charge_points["CP1"])
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await act(hass, "call", device_id=charger, action="ClearCach")
