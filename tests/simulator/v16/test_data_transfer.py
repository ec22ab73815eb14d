"""DataTransfer both ways, and the display of prices and costs."""

import json
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import CallError, Offline, SimulatedChargePoint
from custom_components.ocpp_csms.simulator.v16.data_transfer import PRICING
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial

RUNNING = {"transactionId": 1, "cost": 1.5, "state": "Charging"}
FINAL = {"transactionId": 1, "cost": 3.25}


async def tell(central: Central, message: str | None, data: Any) -> str:
    """Send a message about prices and return the status."""
    text = data if isinstance(data, str) else json.dumps(data)
    payload = {"vendorId": PRICING, "data": text} | ({"messageId": message} if message else {})
    return str((await central.call("DataTransfer", payload))["status"])


@pytest.fixture
async def charging(dial: Dial) -> SimulatedChargePoint:
    """A charge point that shows prices, with a running transaction."""
    charge_point = await dial(configuration={"CustomDisplayCostAndPrice": "true"})
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    return charge_point


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize("vendor", ["ACME", PRICING])
async def test_vendors_are_unknown_and_so_are_prices_unless_they_are_wanted(central: Central, vendor: str) -> None:
    payload = {"vendorId": vendor, "messageId": "FinalCost", "data": json.dumps(FINAL)}
    assert await central.call("DataTransfer", payload) == {"status": "UnknownVendorId"}


async def test_the_display_shows_prices_and_costs(central: Central, charging: SimulatedChargePoint) -> None:
    assert await tell(central, "SetUserPrice", {"idToken": "TAG", "priceText": "0.30 €/kWh"}) == "Accepted"
    assert await tell(central, "RunningCost", RUNNING) == "Accepted"
    assert await tell(central, "RunningCost", {**RUNNING, "priceText": "1.50 €"}) == "Accepted"
    await charging.unplug(1)
    assert await tell(central, "FinalCost", FINAL) == "Accepted"
    assert [(each.message, each.text) for each in charging.shown] == [
        ("SetUserPrice", "0.30 €/kWh"),
        ("RunningCost", "1.50 so far (charging)"),
        ("RunningCost", "1.50 €"),
        ("FinalCost", "3.25 in all"),
    ]
    assert (charging.shown[0].id_tag, charging.shown[3].transaction_id, charging.shown[3].cost) == ("TAG", 1, 3.25)


async def test_costs_are_written_with_as_many_decimals_as_the_charge_point_has(
    central: Central, charging: SimulatedChargePoint
) -> None:
    charging.configure("NumberOfDecimalsForCostValues", "3")
    assert await tell(central, "FinalCost", {**FINAL, "cost": 1.23456}) == "Accepted"
    assert charging.shown[0].text == "1.235 in all"


async def test_the_final_cost_may_come_before_the_end(central: Central, charging: SimulatedChargePoint) -> None:
    assert await tell(central, "FinalCost", {**FINAL, "priceText": "bye"}) == "Accepted"
    assert charging.shown[0].text == "bye"


@pytest.mark.parametrize(
    ("message", "data", "status"),
    [
        ("SetUserPrice", {"priceText": "free"}, "Rejected"),
        ("RunningCost", {**RUNNING, "transactionId": 9}, "Rejected"),
        ("RunningCost", {**RUNNING, "state": "Happy"}, "Rejected"),
        ("RunningCost", {**RUNNING, "cost": "much"}, "Rejected"),
        ("FinalCost", {**FINAL, "transactionId": 9}, "Rejected"),
        ("FinalCost", {**FINAL, "transactionId": []}, "Rejected"),
        ("FinalCost", "no JSON", "Rejected"),
        ("FinalCost", "[]", "Rejected"),
        ("Weather", {}, "UnknownMessageId"),
        (None, {}, "UnknownMessageId"),
    ],
)
async def test_what_makes_no_sense_is_not_shown(
    central: Central, charging: SimulatedChargePoint, message: str | None, data: Any, status: str
) -> None:
    assert await tell(central, message, data) == status
    assert charging.shown == []


async def test_data_is_sent_by_hand(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers["DataTransfer"] = {**ACCEPTED, "data": "pong"}
    assert await charge_point.data_transfer("ACME", "Ping", "now") == {**ACCEPTED, "data": "pong"}
    assert central.payloads("DataTransfer") == [{"vendorId": "ACME", "messageId": "Ping", "data": "now"}]


async def test_data_that_is_not_taken_is_an_error(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers["DataTransfer"] = Fail("NotSupported")
    with pytest.raises(CallError):
        await charge_point.data_transfer("ACME")
    await charge_point.go_offline()
    with pytest.raises(Offline):
        await charge_point.data_transfer("ACME")
