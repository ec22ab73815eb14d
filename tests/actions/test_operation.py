"""Operating a charger by action: what is sent, and the charger's answer, the refusals among them."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
import voluptuous as vol

from tests.actions.calls import act, device_of
from tests.csms.scripted_charge_point import ErrorAnswer, ScriptedChargePoint


@pytest.mark.parametrize(
    ("action", "data", "sent", "status"),
    [
        (
            "change_availability",
            {"availability": "inoperative"},
            ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
            "Accepted",
        ),
        (
            "change_availability",
            {"availability": "operative", "connector": 1},
            ("ChangeAvailability", {"connectorId": 1, "type": "Operative"}),
            "Accepted",
        ),
        ("unlock_connector", {}, ("UnlockConnector", {"connectorId": 1}), "Unlocked"),
        ("reset", {}, ("Reset", {"type": "Soft"}), "Accepted"),
        ("reset", {"type": "hard"}, ("Reset", {"type": "Hard"}), "Accepted"),
        ("clear_cache", {}, ("ClearCache", {}), "Accepted"),
        (
            "trigger_message",
            {"message": "MeterValues", "connector": 1},
            ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
            "Accepted",
        ),
        (
            "trigger_message",
            {"message": "SignChargePointCertificate"},
            ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
            "Accepted",
        ),
    ],
)
async def test_what_is_meant_is_sent(
    hass: HomeAssistant,
    wire: ScriptedChargePoint,
    charger: str,
    action: str,
    data: dict[str, Any],
    sent: tuple[str, dict[str, Any]],
    status: str,
) -> None:
    """And the charger's answer comes back."""
    assert await act(hass, action, device_id=charger, **data) == {"status": status}
    assert wire.calls == [sent]


@pytest.mark.parametrize(
    ("action", "data", "message", "status"),
    [
        ("change_availability", {"availability": "inoperative"}, "ChangeAvailability", "Rejected"),
        ("unlock_connector", {}, "UnlockConnector", "UnlockFailed"),
        ("reset", {}, "Reset", "Rejected"),
        ("clear_cache", {}, "ClearCache", "Rejected"),
        ("trigger_message", {"message": "LogStatusNotification"}, "ExtendedTriggerMessage", "NotImplemented"),
    ],
)
async def test_a_refusal_is_an_answer(
    hass: HomeAssistant,
    wire: ScriptedChargePoint,
    charger: str,
    action: str,
    data: dict[str, Any],
    message: str,
    status: str,
) -> None:
    """And an error for a caller who does not look."""
    wire.answers[message] = {"status": status}
    assert await act(hass, action, device_id=charger, **data) == {"status": status}
    with pytest.raises(HomeAssistantError, match=f"CP1 refused {message}: it answered {status}"):
        await act(hass, action, answer=False, device_id=charger, **data)


async def test_a_change_that_waits_for_the_transaction_says_so(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """The charger calls it scheduled (OCPP 1.6 §5.2)."""
    wire.answers["ChangeAvailability"] = {"status": "Scheduled"}
    answer = await act(hass, "change_availability", device_id=charger, availability="inoperative")
    assert answer == {"status": "Scheduled"}


async def test_the_device_of_a_connector_stands_for_it_alone(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Unless the whole charger is named."""
    await wire.call("StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Available"})
    await hass.async_block_till_done()
    second = device_of(hass, "sensor", "CP1_2_status")
    await act(hass, "change_availability", device_id=second, availability="inoperative")
    await act(hass, "change_availability", device_id=second, connector=0, availability="inoperative")
    await act(hass, "unlock_connector", device_id=second)
    assert [payload["connectorId"] for _, payload in wire.calls] == [2, 0, 2]


async def test_an_error_of_the_protocol_is_an_error(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Also of an action whose refusals are answers."""
    wire.answers["ClearCache"] = ErrorAnswer("NotImplemented", "no cache here")
    with pytest.raises(HomeAssistantError, match="NotImplemented: no cache here"):
        await act(hass, "clear_cache", device_id=charger)


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("change_availability", {}),
        ("change_availability", {"availability": "broken"}),
        ("reset", {"type": "gentle"}),
        ("unlock_connector", {"connector": 0}),
    ],
)
async def test_bad_data_is_refused_by_the_schema(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, action: str, data: dict[str, Any]
) -> None:
    """Before anything happens."""
    with pytest.raises(vol.Invalid):
        await act(hass, action, device_id=charger, **data)
    assert wire.calls == []
