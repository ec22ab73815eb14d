"""TC_P_02, TC_P_03: what only a vendor knows."""

from tests.conformance.checked_station import moment
from tests.conformance.house import House

from .station import Station
from .transaction import Transaction

CUSTOM = {"vendorId": "com.example.tester", "mood": "sunny"}


async def test_tc_p_02_vendor_data_that_nobody_understands_is_not_accepted(house: House, charger: Station) -> None:
    """It is answered so, and told to automations all the same."""
    payload = {"vendorId": "com.example.tester", "messageId": "Anything", "data": "at will"}
    answer = await charger.call("DataTransfer", payload)
    assert answer["status"] in {"UnknownVendorId", "UnknownMessageId", "Rejected"}
    event = await house.tells("event.CP1_0_data_transfer", "data_transfer")
    assert (event["vendor_id"], event["data"]) == (payload["vendorId"], payload["data"])


async def test_tc_p_03_custom_data_in_a_message_does_no_harm(house: House, charger: Station) -> None:
    """The message is taken as if it were not there."""
    status = {"timestamp": moment(), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    assert await charger.call("StatusNotification", status | {"customData": CUSTOM}) == {}
    await house.shows("sensor.CP1_1_status", "preparing")
    transaction = Transaction(charger)
    await transaction.event(
        "ChargingStateChanged", "Charging", at_evse=True, info={"customData": CUSTOM}, customData=CUSTOM
    )
    await house.shows("sensor.CP1_1_status", "charging")
