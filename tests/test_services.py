"""Actions reach the charge point and connector of a device, and return what the charge point answered."""

from typing import Any

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallFailedError, NotConnectedError, RefusedError
from custom_components.ocpp_csms.csms.model import Reading
from custom_components.ocpp_csms.services import ACTIONS
from tests.actions.calls import act, device_of
from tests.scripted import ScriptedDialect

SOC = Reading("SoC", 42.0, "Percent", location="EV")


async def test_actions_exist_without_an_entry_and_can_answer(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Automations that use them are valid while the integration is not loaded."""
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(ACTIONS)
    for action in ACTIONS:
        assert hass.services.supports_response(DOMAIN, action) is SupportsResponse.OPTIONAL


@pytest.mark.parametrize(
    ("action", "data", "call", "answer"),
    [
        ("start_transaction", {}, ("start", 1, "HomeAssistant"), {"status": "Accepted"}),
        ("start_transaction", {"id_tag": "TAG", "connector": 1}, ("start", 1, "TAG"), {"status": "Accepted"}),
        ("stop_transaction", {"transaction_id": "42"}, ("stop", "42"), {"status": "Accepted"}),
        ("set_current_limit", {"limit": 10.5}, ("set_limit", 1, 10.5), {"status": "Accepted"}),
        ("trigger_message", {"message": "Heartbeat"}, ("trigger", "Heartbeat", None), {"status": "Accepted"}),
        (
            "trigger_message",
            {"message": "MeterValues", "connector": 1},
            ("trigger", "MeterValues", 1),
            {"status": "Accepted"},
        ),
        (
            "get_configuration",
            {},
            ("get_configuration", ()),
            {"configuration": {"HeartbeatInterval": {"value": "300", "readonly": False}}, "unknown_keys": []},
        ),
        (
            "set_configuration",
            {"key": "HeartbeatInterval", "value": 60},
            ("set_configuration", "HeartbeatInterval", "60"),
            {"status": "Accepted"},
        ),
        (
            "data_transfer",
            {"vendor_id": "com.example", "message_id": "Hello", "data": "42"},
            ("data_transfer", "com.example", "Hello", "42"),
            {"status": "Accepted", "data": None},
        ),
        ("call", {"action": "ClearCache"}, ("call", "ClearCache", {}), {}),
    ],
)
async def test_an_action_asks_the_charge_point_and_returns_its_answer(
    hass: HomeAssistant,
    far_end: ScriptedDialect,
    device_id: str,
    action: str,
    data: dict[str, Any],
    call: tuple[Any, ...],
    answer: dict[str, Any],
) -> None:
    """The only connector need not be named."""
    assert await act(hass, action, device_id=device_id, **data) == answer
    assert far_end.calls[-1] == call


async def test_nobody_is_answered_who_did_not_ask(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """The action is carried out all the same."""
    assert await act(hass, "set_current_limit", answer=False, device_id=device_id, limit=8) is None
    assert far_end.calls[-1] == ("set_limit", 1, 8.0)


async def test_the_device_of_a_connector_names_it(
    hass: HomeAssistant, second_connector: str, far_end: ScriptedDialect
) -> None:
    """As a target does, in a list of one."""
    await act(hass, "start_transaction", device_id=[second_connector])
    assert far_end.calls[-1] == ("start", 2, "HomeAssistant")


async def test_the_device_of_a_charge_point_with_several_connectors_needs_a_number(
    hass: HomeAssistant, device_id: str, second_connector: str, far_end: ScriptedDialect
) -> None:
    """Which one is meant must be said."""
    with pytest.raises(ServiceValidationError, match="CP1 has several connectors"):
        await act(hass, "start_transaction", device_id=device_id)
    await act(hass, "start_transaction", device_id=device_id, connector=2)
    assert far_end.calls[-1] == ("start", 2, "HomeAssistant")


async def test_a_charge_point_that_has_told_of_no_connector_yet_is_asked_to(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It has neither one nor several."""
    device = device_of(hass, "sensor", "CP1_0_status")
    with pytest.raises(ServiceValidationError, match="CP1 has not told of its connectors yet"):
        await act(hass, "start_transaction", device_id=device)


async def test_a_connector_that_does_not_exist_is_refused(hass: HomeAssistant, device_id: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ServiceValidationError, match="CP1 has no connector 7"):
        await act(hass, "trigger_message", device_id=device_id, message="StatusNotification", connector=7)


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("start_transaction", {}, "start"),
        ("stop_transaction", {"transaction_id": "42"}, "stop"),
        ("set_current_limit", {"limit": 8}, "set_limit"),
    ],
)
async def test_an_action_that_promises_an_effect_raises_a_refusal(
    hass: HomeAssistant,
    device_id: str,
    far_end: ScriptedDialect,
    action: str,
    data: dict[str, Any],
    command: str,
) -> None:
    """Also to a caller who wants an answer."""
    far_end.answers[command] = RefusedError("TheAction", "Rejected")
    with pytest.raises(HomeAssistantError, match="CP1 refused TheAction: it answered Rejected"):
        await act(hass, action, device_id=device_id, **data)


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("trigger_message", {"message": "Heartbeat"}, "trigger"),
        ("set_configuration", {"key": "K", "value": "V"}, "set_configuration"),
        ("get_configuration", {}, "get_configuration"),
    ],
)
async def test_an_action_that_asks_returns_a_refusal(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect, action: str, data: dict[str, Any], command: str
) -> None:
    """And raises it to a caller who would not see the answer."""
    far_end.answers[command] = RefusedError("TheAction", "NotImplemented")
    assert await act(hass, action, device_id=device_id, **data) == {"status": "NotImplemented"}
    with pytest.raises(HomeAssistantError, match="it answered NotImplemented"):
        await act(hass, action, answer=False, device_id=device_id, **data)


async def test_an_error_of_the_charge_point_is_told(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """With its code and description."""
    far_end.answers["call"] = CallFailedError("ClearCache", "NotImplemented", "no cache here")
    with pytest.raises(HomeAssistantError, match="NotImplemented: no cache here"):
        await act(hass, "call", device_id=device_id, action="ClearCache")


async def test_an_offline_charge_point_is_told(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, far_end: ScriptedDialect
) -> None:
    """The message says what to check."""
    charge_point.detach(far_end)
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await act(hass, "get_configuration", device_id=device_id)


async def test_a_connection_lost_on_the_way_is_told(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """As one that was not there."""
    far_end.answers["trigger"] = NotConnectedError()
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await act(hass, "trigger_message", device_id=device_id, message="Heartbeat")


async def test_the_central_systems_device_is_no_charge_point(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It has nothing to start."""
    device = device_of(hass, "sensor", f"{init_integration.entry_id}_url")
    with pytest.raises(ServiceValidationError, match="OCPP CSMS is not a charger"):
        await act(hass, "start_transaction", device_id=device)


async def test_the_device_of_another_integration_is_refused(
    hass: HomeAssistant, init_integration: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """By its name."""
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "lamp")}, name="Lamp"
    )
    with pytest.raises(ServiceValidationError, match="Lamp"):
        await act(hass, "start_transaction", device_id=device.id)


@pytest.mark.usefixtures("init_integration")
async def test_a_device_that_does_not_exist_is_refused(hass: HomeAssistant) -> None:
    """It may have been deleted."""
    with pytest.raises(ServiceValidationError, match="nowhere"):
        await act(hass, "start_transaction", device_id="nowhere")


async def test_an_entry_that_is_not_loaded_is_told(
    hass: HomeAssistant, init_integration: MockConfigEntry, device_id: str
) -> None:
    """The action cannot reach its charge points."""
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await act(hass, "start_transaction", device_id=device_id)


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("start_transaction", {"device_id": []}),
        ("start_transaction", {"device_id": ["one", "two"]}),
        ("start_transaction", {"connector": 0}),
        ("set_current_limit", {}),
        ("set_current_limit", {"limit": -1}),
        ("set_current_limit", {"limit": "much"}),
        ("call", {"action": "ClearCache", "payload": "[]"}),
    ],
)
async def test_bad_data_is_refused_by_the_schema(
    hass: HomeAssistant, device_id: str, action: str, data: dict[str, Any]
) -> None:
    """Before anything happens."""
    with pytest.raises(vol.Invalid):
        await act(hass, action, **{"device_id": device_id, **data})
