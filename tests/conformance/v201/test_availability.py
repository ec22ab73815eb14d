"""TC_G_03 to TC_G_20: taking station, EVSE and connector out of service and back, and a lock that fails."""

from typing import Any

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station
from .transaction import Transaction

EVSE: Payload = {"evse": {"id": 1}}
CONNECTOR: Payload = {"evse": {"id": 1, "connectorId": 1}}


async def test_tc_g_03_an_evse_out_of_service(house: House, charger: Station) -> None:
    """What the station says of it is shown."""
    await _leaves_service(house, charger)


async def _leaves_service(house: House, charger: Station) -> None:
    await house.act("change_availability", connector=1, availability="inoperative")
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"} | EVSE
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")


async def test_tc_g_04_an_evse_into_service(house: House, charger: Station) -> None:
    """And it is shown."""
    await _leaves_service(house, charger)
    await house.act("change_availability", connector=1, availability="operative")
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Operative"} | EVSE
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_g_05_the_station_out_of_service(house: House, charger: Station) -> None:
    """No EVSE is named."""
    await house.use("turn_off", "switch.CP1_0_availability")
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"}
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")


async def test_tc_g_06_the_station_into_service(house: House, charger: Station) -> None:
    """No EVSE is named."""
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")
    assert await house.act("change_availability", connector=0, availability="operative") == {"status": "Accepted"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Operative"}
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_status", "available")


async def _connector(house: House, availability: str) -> Any:
    return await house.act("change_availability", connector=1, plug=1, availability=availability)


async def test_tc_g_07_a_connector_out_of_service(house: House, charger: Station) -> None:
    """EVSE and connector are named."""
    assert await _connector(house, "inoperative") == {"status": "Accepted"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"} | CONNECTOR
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")


async def test_tc_g_08_a_connector_into_service(house: House, charger: Station) -> None:
    """EVSE and connector are named."""
    await charger.report(1, "Unavailable")
    await house.shows("sensor.CP1_1_status", "inoperative")
    assert await _connector(house, "operative") == {"status": "Accepted"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Operative"} | CONNECTOR
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_status", "available")


async def _charging(house: House, charger: Station) -> Transaction:
    transaction = await Transaction(charger).charge()
    await house.shows("sensor.CP1_1_status", "charging")
    charger.answers["ChangeAvailability"] = {"status": "Scheduled"}
    return transaction


async def _leaves_service_when_it_is_done(house: House, charger: Station, transaction: Transaction) -> None:
    await house.shows("switch.CP1_1_charge", "on")
    await transaction.finish()
    await charger.report(1, "Unavailable")
    await house.shows("switch.CP1_1_charge", "off")
    await house.shows("sensor.CP1_1_status", "inoperative")


async def test_tc_g_11_an_evse_out_of_service_during_a_transaction(house: House, charger: Station) -> None:
    """The station schedules it: the transaction goes on, the EVSE goes when it is done."""
    transaction = await _charging(house, charger)
    answer = await house.act("change_availability", connector=1, availability="inoperative")
    assert answer == {"status": "Scheduled"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"} | EVSE
    await _leaves_service_when_it_is_done(house, charger, transaction)


@pytest.mark.parametrize("evses", [2])
async def test_tc_g_14_the_station_out_of_service_during_a_transaction(house: House, charger: Station) -> None:
    """What is free goes at once, what charges when it is done."""
    transaction = await _charging(house, charger)
    answer = await house.act("change_availability", connector=0, availability="inoperative")
    assert answer == {"status": "Scheduled"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"}
    await charger.report(2, "Unavailable")
    await house.shows("sensor.CP1_2_status", "inoperative")
    await house.shows("sensor.CP1_1_status", "charging")
    await _leaves_service_when_it_is_done(house, charger, transaction)


async def test_tc_g_17_a_connector_out_of_service_during_a_transaction(house: House, charger: Station) -> None:
    """As with its EVSE."""
    transaction = await _charging(house, charger)
    assert await _connector(house, "inoperative") == {"status": "Scheduled"}
    assert await charger.heard("ChangeAvailability") == {"operationalStatus": "Inoperative"} | CONNECTOR
    await _leaves_service_when_it_is_done(house, charger, transaction)


async def test_tc_g_20_a_lock_failure_is_shown(house: House, charger: Station) -> None:
    """The plug is not held: a problem of that connector."""
    await charger.report(1, "Occupied")
    where = {"id": 1, "connectorId": 1}
    await charger.notify("ConnectorPlugRetentionLock", "Problem", "true", "Delta", evse=where)
    await house.shows("sensor.CP1_1_error_code", "connector_lock_failure")
    await charger.notify("ConnectorPlugRetentionLock", "Problem", "false", "Delta", evse=where)
    await house.shows("sensor.CP1_1_error_code", "no_error")
