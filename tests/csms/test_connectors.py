"""Connectors are believed when they are reported, and forgotten when the charge point turns out not to have them."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.model import Quantity
from tests.csms.dialect import Station


@pytest.mark.parametrize(
    ("told", "action", "phantom"),
    [
        (None, None, False),
        (3, None, False),
        (2, None, True),
        (2, "StatusNotification", False),
        (2, "MeterValues", False),
        (2, "StartTransaction", False),
    ],
    ids=["untold number", "within the number", "silent", "told its status", "told its power", "charges"],
)
async def test_a_remembered_connector_may_be_a_phantom(told: int | None, action: str | None, phantom: bool) -> None:
    """It is one if the charge point counts fewer and has not told of it since it connected."""
    before = Station()
    before.status("Available", connector=3)
    station = Station(stored=before.snapshot())
    station.connect()
    if told is not None:
        station.charge_point.connectors_known(told)
    sampled = [{"timestamp": station.time(), "sampledValue": [{"value": "9", "measurand": "Power.Active.Import"}]}]
    start = {"idTag": "CARD", "meterStart": 0, "timestamp": station.time()}
    payloads: dict[str, dict[str, Any]] = {
        "StatusNotification": {"status": "Available", "errorCode": "NoError"},
        "MeterValues": {"meterValue": sampled},
        "StartTransaction": start,
    }
    if action is not None:
        station.send(action, {"connectorId": 3} | payloads[action])
    assert station.charge_point.is_phantom(3) is phantom
    station.disconnect()


async def test_a_forgotten_connector_leaves_no_register(station: Station) -> None:
    """One that appears under its number later starts from nothing."""
    point = station.charge_point
    station.sample(energy=5000, connector=2)
    point.forget_connector(2)
    assert 2 not in point.connectors
    assert "2" not in station.snapshot()["charge_point"]["meters"]
    station.status("Available", connector=2)
    assert Quantity.ENERGY not in point.connectors[2].readings
