"""TC_054, TC_055: asking a charge point for its messages."""

from typing import Any

import pytest

from tests.conformance.checked_station import moment
from tests.conformance.house import House

from .station import Station

METER_VALUE = {
    "timestamp": "2026-11-20T12:00:00Z",
    "sampledValue": [{"value": "4200", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}],
}


@pytest.mark.parametrize(
    ("message", "connector", "payload"),
    [
        ("MeterValues", 1, {"connectorId": 1, "meterValue": [METER_VALUE]}),
        ("Heartbeat", None, {}),
        ("StatusNotification", 1, {"connectorId": 1, "status": "Available", "errorCode": "NoError"}),
        ("DiagnosticsStatusNotification", None, {"status": "Idle"}),
        ("FirmwareStatusNotification", None, {"status": "Idle"}),
    ],
)
async def test_tc_054_a_message_is_triggered(
    house: House, charger: Station, message: str, connector: int | None, payload: dict[str, Any]
) -> None:
    """It is asked for by its name, with the connector where there is one; then it comes, and is answered."""
    target = {} if connector is None else {"connector": connector}
    assert await house.act("trigger_message", message=message, **target) == {"status": "Accepted"}
    expected = {"requestedMessage": message} | ({} if connector is None else {"connectorId": connector})
    assert ("TriggerMessage", expected) in charger.calls
    await charger.call(message, payload)


async def test_tc_054_triggered_meter_values_are_shown(house: House, charger: Station) -> None:
    """What comes on request is as good as what comes by itself."""
    await house.act("trigger_message", message="MeterValues", connector=1)
    await charger.call("MeterValues", {"connectorId": 1, "meterValue": [METER_VALUE | {"timestamp": moment()}]})
    await house.shows("sensor.CP1_1_energy", "4.2")


async def test_tc_055_a_trigger_that_is_rejected(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["TriggerMessage"] = {"status": "Rejected"}
    assert (await house.act("trigger_message", message="MeterValues", connector=1))["status"] == "Rejected"
    assert ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}) in charger.calls
