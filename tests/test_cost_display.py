"""From the tariff of the user to the display of the charger, over a real socket."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import CONF_FIXED_PRICE
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.csms.scripted_charge_point import ScriptedChargePoint


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """A tariff of 30 cents."""
    return {CONF_FIXED_PRICE: 0.3}


async def told(charger: ScriptedChargePoint) -> tuple[str, dict[str, Any]]:
    """Return the next message about costs that the charger hears, and its data."""
    message = await charger.heard("DataTransfer")
    assert message["vendorId"] == "org.openchargealliance.costmsg"
    return message["messageId"], json.loads(message["data"])


async def test_a_display_shows_the_price_and_what_charging_has_cost(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """With the tag the price, while charging the cost so far, in the end the sum."""
    await hass.config.async_update(currency="EUR")
    key = {"key": "CustomDisplayCostAndPrice", "value": "true", "readonly": True}
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    async with ScriptedChargePoint(
        init_integration.runtime_data.central.port, answers={"GetConfiguration": {"configurationKey": [key]}}
    ) as charger:
        await charge_point.get_configuration()
        answer = await charger.call("Authorize", {"idTag": "CARD"})
        assert answer["idTagInfo"]["status"] == "Accepted"
        assert await told(charger) == ("SetUserPrice", {"idToken": "CARD", "priceText": "0.30 EUR/kWh"})

        transaction_id = await charger.start_transaction()
        name, running = await told(charger)
        assert (name, running["transactionId"], running["cost"]) == ("RunningCost", transaction_id, 0.0)
        assert running["chargingPrice"] == {"kWhPrice": 0.3}

        stop = {"transactionId": transaction_id, "meterStop": 3000, "timestamp": "2026-11-20T13:00:00Z"}
        await charger.call("StopTransaction", stop)
        assert await told(charger) == (
            "FinalCost",
            {"transactionId": transaction_id, "cost": 0.6, "priceText": "2.00 kWh: 0.60 EUR"},
        )
        unplugged = {"vendorId": "org.openchargealliance.costmsg", "messageId": "ConnectorUnplugged", "data": "{}"}
        assert await charger.call("DataTransfer", unplugged) == {"status": "Accepted"}
