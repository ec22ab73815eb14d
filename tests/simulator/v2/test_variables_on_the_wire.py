"""The device model of a station over a real connection."""

import pytest

from custom_components.ocpp_csms.simulator import Quirks, SimulatedChargePoint
from tests.simulator.conftest import Dial
from tests.simulator.v2.central import CheckingCentral

INTERVAL = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_the_full_inventory_is_told(central: CheckingCentral, charge_point: SimulatedChargePoint) -> None:
    answer = await central.call("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    await central.wait(lambda: any(not each.get("tbc") for each in central.payloads("NotifyReport")))
    reports = central.payloads("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert [report["seqNo"] for report in reports] == list(range(len(reports)))
    assert sum(len(report["reportData"]) for report in reports) > 100
    assert charge_point.received


async def test_a_variable_is_set_and_read(central: CheckingCentral, charge_point: SimulatedChargePoint) -> None:
    await central.call("SetVariables", {"setVariableData": [{**INTERVAL, "attributeValue": "15"}]})
    answer = await central.call("GetVariables", {"getVariableData": [INTERVAL]})
    assert answer["getVariableResult"][0]["attributeValue"] == "15"
    assert charge_point.configuration("SampledDataCtrlr.TxUpdatedInterval") == "15"


async def test_a_station_may_have_many_variables(central: CheckingCentral, dial: Dial) -> None:

    await dial(quirks=Quirks(extra_variables=500))
    await central.call("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    await central.wait(lambda: any(not each.get("tbc") for each in central.payloads("NotifyReport")))
    assert sum(len(report["reportData"]) for report in central.payloads("NotifyReport")) > 600


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_the_clock_is_read(central: CheckingCentral, charge_point: SimulatedChargePoint) -> None:
    wanted = {"component": {"name": "ClockCtrlr"}, "variable": {"name": "DateTime"}}
    answer = await central.call("GetVariables", {"getVariableData": [wanted]})
    assert answer["getVariableResult"][0]["attributeValue"].endswith("Z")
    assert charge_point.registered


async def test_a_monitor_speaks(central: CheckingCentral, charging: SimulatedChargePoint) -> None:
    power = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
    wanted = {**power, "type": "Delta", "value": 1, "severity": 5}
    answer = await central.call("SetVariableMonitoring", {"setMonitoringData": [wanted]})
    number = answer["setMonitoringResult"][0]["id"]
    await charging.unplug(1)
    await central.wait(
        lambda: any(
            event.get("variableMonitoringId") == number
            for payload in central.payloads("NotifyEvent")
            for event in payload["eventData"]
        )
    )


async def test_monitors_are_told(central: CheckingCentral, charge_point: SimulatedChargePoint) -> None:
    assert await central.call("GetMonitoringReport", {"requestId": 2}) == {"status": "Accepted"}
    report = await central.wait_call("NotifyMonitoringReport")
    assert report["requestId"] == 2
    assert charge_point.registered


async def test_messages_for_the_display_are_told(central: CheckingCentral, charge_point: SimulatedChargePoint) -> None:
    message = {"id": 1, "priority": "InFront", "message": {"format": "UTF8", "content": "Hello"}}
    await central.call("SetDisplayMessage", {"message": message})
    await central.call("GetDisplayMessages", {"requestId": 3})
    assert (await central.wait_call("NotifyDisplayMessages"))["messageInfo"] == [message]
    assert charge_point.registered
