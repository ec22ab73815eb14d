"""TC_B_02, TC_B_30, TC_B_31: a station that nobody has entered yet is pending until a person has confirmed it."""

from collections.abc import AsyncGenerator

import pytest

from tests.conformance.checked_station import moment
from tests.conformance.house import House
from tests.csms.scripted_charge_point import ErrorAnswer

from .station import Station


@pytest.fixture
async def stranger(house: House) -> AsyncGenerator[Station]:
    """CP2, connected, which nobody has entered."""
    async with Station(house.port, "CP2") as stranger:
        yield stranger
    await stranger.check()


async def test_tc_b_02_a_station_is_pending_until_it_is_confirmed(house: House, stranger: Station) -> None:
    """It is told when to ask again; once a person has confirmed it, it is accepted and shown."""
    answer = await stranger.boot()
    assert (answer["status"], answer["interval"] >= 0) == ("Pending", True)
    assert (await stranger.boot())["status"] == "Pending"
    await house.confirm("CP2")
    await stranger.cold_boot()
    await house.shows("sensor.CP2_1_status", "available")


async def test_tc_b_30_what_else_a_pending_station_sends_is_a_security_error(house: House, stranger: Station) -> None:
    """It is not heard before it is accepted; the connection stays open."""
    assert (await stranger.boot())["status"] == "Pending"
    status = {"timestamp": moment(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    event = {
        "eventId": 1,
        "timestamp": moment(),
        "trigger": "Delta",
        "actualValue": "Available",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": "AvailabilityState"},
    }
    for action, payload in (
        ("StatusNotification", status),
        ("NotifyEvent", {"generatedAt": moment(), "seqNo": 0, "eventData": [event]}),
    ):
        with pytest.raises(ErrorAnswer) as refusal:
            await stranger.call(action, payload)
        assert refusal.value.code == "SecurityError"
    assert (await stranger.boot())["status"] == "Pending"
    assert house.state("sensor.CP2_1_status") is None


async def test_tc_b_31_a_confirmed_station_is_asked_to_boot_at_once(house: House, stranger: Station) -> None:
    """It need not wait for its interval to pass."""
    assert (await stranger.boot())["status"] == "Pending"
    await house.confirm("CP2")
    assert await stranger.told("TriggerMessage", requestedMessage="BootNotification")
    await stranger.cold_boot("Triggered")
    await house.shows("sensor.CP2_1_status", "available")
