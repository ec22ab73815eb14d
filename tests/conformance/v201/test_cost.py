"""TC_I_01, TC_I_02: what charging costs, while it goes on and when it is over."""

from typing import Any

import pytest

from custom_components.ocpp_csms.const import CONF_FIXED_PRICE
from tests.conformance.house import House

from .station import Station, meter_value
from .transaction import Transaction


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """A tariff of 30 cents a kWh."""
    return {CONF_FIXED_PRICE: 0.3}


async def _charging(charger: Station) -> Transaction:
    transaction = Transaction(charger)
    await transaction.occupy()
    begin = [meter_value(1000, "Transaction.Begin")]
    await transaction.event("CablePluggedIn", "EVConnected", at_evse=True, meterValue=begin)
    return await transaction.charge()


async def test_tc_i_01_the_running_cost_is_told(house: House, charger: Station) -> None:
    """In the answers, which come with each event; once a minute there is something new in them."""
    transaction = Transaction(charger)
    await transaction.occupy()
    begin = [meter_value(1000, "Transaction.Begin")]
    answer = await transaction.event("CablePluggedIn", "EVConnected", at_evse=True, meterValue=begin)
    assert answer["totalCost"] == 0
    await transaction.charge()
    await transaction.event("MeterValuePeriodic", "Charging", meterValue=[meter_value(3000)])
    await house.shows("sensor.CP1_1_session_cost", "0.6")


async def test_tc_i_01_a_station_with_a_display_is_told_the_running_cost(house: House, charger: Station) -> None:
    """By messages of their own, with the id of the transaction: what it has cost at its start, and when it changes its state."""
    charger.variables["TariffCostCtrlr.Enabled[Cost]"] = "true"
    await house.act("get_configuration")
    transaction = await _charging(charger)
    assert await charger.heard("CostUpdated") == {"totalCost": 0.0, "transactionId": transaction.id}
    await transaction.event("MeterValuePeriodic", "Charging", meterValue=[meter_value(3000)])
    await transaction.event("ChargingStateChanged", "SuspendedEV", meterValue=[meter_value(3000)])
    assert await charger.told("CostUpdated", totalCost=0.6) == {"totalCost": 0.6, "transactionId": transaction.id}


async def test_tc_i_02_the_total_cost_is_told(house: House, charger: Station) -> None:
    """In the answer to the last event: five kilowatt-hours."""
    transaction = await _charging(charger)
    await transaction.authorize_stop()
    await transaction.stay()
    await charger.report(1, "Available")
    end = [meter_value(6000, "Transaction.End")]
    answer = await transaction.end("EVCommunicationLost", "EVDisconnected", "Idle", meterValue=end)
    assert answer["totalCost"] == pytest.approx(1.5)
    await house.shows("sensor.CP1_1_session_cost", "1.5")
