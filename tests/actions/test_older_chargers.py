"""What only newer chargers can be asked is refused for one that speaks OCPP 1.6, before anything is sent."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from tests.actions.calls import act
from tests.csms.scripted_charge_point import ScriptedChargePoint

NEWER: list[tuple[str, dict[str, Any]]] = [
    ("get_charging_profiles", {}),
    ("get_report", {}),
    ("set_variable_monitor", {"variable": "EVSE(1).Power", "kind": "delta", "value": 1}),
    ("clear_variable_monitors", {"monitor_ids": [1]}),
    ("get_variable_monitors", {}),
    ("set_monitoring_base", {"base": "all"}),
    ("set_monitoring_level", {"severity": 5}),
    ("show_message", {"content": "Free today"}),
    ("get_messages", {}),
    ("clear_message", {"message_id": 1}),
    ("get_customer_information", {"id_tag": "CARD"}),
    ("clear_customer_information", {"id_tag": "CARD"}),
    ("set_network_profile", {"slot": 1, "url": "ws://home.example.com", "security_profile": 1}),
    ("publish_firmware", {"location": "https://example.com/f", "checksum": "0" * 32}),
    ("unpublish_firmware", {"checksum": "0" * 32}),
    ("reset", {"connector": 1}),
    ("change_availability", {"availability": "operative", "plug": 1}),
    ("reserve", {"connector": 1, "connector_type": "type_2_socket"}),
    ("get_installed_certificates", {"kind": "v2g_root"}),
    ("get_installed_certificates", {"kind": ["central_system_root", "manufacturer_root"]}),
    ("get_installed_certificates", {"kind": "all"}),
]


@pytest.mark.parametrize(("action", "data"), NEWER, ids=[action for action, _ in NEWER])
async def test_what_1_6_does_not_know_is_refused(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, action: str, data: dict[str, Any]
) -> None:
    """The error says which version the charger speaks."""
    wire.forget_calls()
    with pytest.raises(ServiceValidationError, match=r"CP1 speaks OCPP 1\.6, which does not support this"):
        await act(hass, action, device_id=charger, **data)
    assert wire.calls == []
