"""TC_001 to TC_005, TC_013, TC_014, TC_024, TC_064: boot, plain charging sessions, resets, faults, vendor data."""

from datetime import datetime

from tests.conformance.checked_station import moment
from tests.conformance.house import CARD, House

from .station import Station


async def test_tc_001_cold_boot(house: House, station: Station) -> None:
    """It is accepted with the time and an interval; its connectors are shown; a Heartbeat is answered with the time."""
    answer = await station.cold_boot(connectors=2)
    assert answer["interval"] > 0
    assert datetime.fromisoformat(answer["currentTime"]).utcoffset() is not None
    heartbeat = await station.call("Heartbeat")
    assert datetime.fromisoformat(heartbeat["currentTime"]) >= datetime.fromisoformat(answer["currentTime"])
    await house.shows("binary_sensor.CP1_0_connected", "on")
    for connector in (0, 1, 2):
        await house.shows(f"sensor.CP1_{connector}_status", "available")


async def test_tc_003_charging_session_plugged_in_first(house: House, charger: Station) -> None:
    """Car, card, transaction: all accepted, and shown."""
    await charger.report(1, "Preparing")
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")
    assert (await charger.present())["status"] == "Accepted"
    answer = await charger.begin()
    assert answer["idTagInfo"]["status"] == "Accepted"
    await charger.report(1, "Charging")
    await house.shows("sensor.CP1_1_status", "charging")
    await house.shows("switch.CP1_1_charge", "on")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_004_1_charging_session_identified_first(house: House, charger: Station) -> None:
    """Card, car, transaction."""
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    answer = await charger.begin()
    assert answer["idTagInfo"]["status"] == "Accepted"
    await charger.report(1, "Charging")
    event = await house.tells("event.CP1_1_transaction", "started")
    assert event["transaction_id"] == str(answer["transactionId"])


async def test_tc_004_2_identified_first_but_no_car_comes(house: House, charger: Station) -> None:
    """The connection time-out ends it: there was no transaction."""
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    await house.shows("sensor.CP1_1_status", "preparing")
    await charger.report(1, "Available")
    await house.shows("sensor.CP1_1_status", "available")
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_005_1_unplugging_the_car_stops_the_transaction(house: House, charger: Station) -> None:
    """The StopTransaction is answered with the verdict on its card, and told with its reason."""
    transaction_id = await charger.charge()
    await charger.report(1, "SuspendedEV")
    await house.shows("sensor.CP1_1_status", "suspended_ev")
    answer = await charger.end(transaction_id, "EVDisconnected", idTag=CARD)
    assert answer["idTagInfo"]["status"] == "Accepted"
    await charger.leave()
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["reason"], event["energy"]) == ("EVDisconnected", 2.5)
    await house.shows("sensor.CP1_1_status", "available")
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")


async def test_tc_013_hard_reset(house: House, charger: Station) -> None:
    """The button sends it; the charge point restarts and is accepted again."""
    await _reset(house, charger, "reset", "Hard")


async def test_tc_014_soft_reset(house: House, charger: Station) -> None:
    """The other button sends the other kind."""
    await _reset(house, charger, "soft_reset", "Soft")


async def _reset(house: House, charger: Station, button: str, kind: str) -> None:
    await house.use("press", f"button.CP1_0_{button}")
    assert await charger.heard("Reset") == {"type": kind}
    await charger.power_cycle()
    await house.shows("binary_sensor.CP1_0_connected", "on")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_024_a_lock_failure_is_shown(house: House, charger: Station) -> None:
    """Card and car are there, the lock fails: a fault with its code, and no transaction."""
    assert (await charger.present())["status"] == "Accepted"
    await charger.report(1, "Preparing")
    await charger.report(1, "Faulted", "ConnectorLockFailure")
    await house.shows("sensor.CP1_1_status", "faulted")
    await house.shows("sensor.CP1_1_error_code", "connector_lock_failure")
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_064_vendor_data_that_nobody_understands_is_not_accepted(house: House, charger: Station) -> None:
    """It is answered with UnknownVendorId, and told to automations all the same."""
    payload = {"vendorId": "com.example.tester", "messageId": "Anything", "data": f"at {moment()}"}
    answer = await charger.call("DataTransfer", payload)
    assert answer["status"] in {"UnknownVendorId", "UnknownMessageId", "Rejected"}
    event = await house.tells("event.CP1_0_data_transfer", "data_transfer")
    assert (event["vendor_id"], event["data"]) == (payload["vendorId"], payload["data"])
