"""TC_B_01, TC_B_06 to TC_B_10, TC_B_58: boot, variables read and changed, the sub-protocol."""

from datetime import datetime
from typing import Any

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .device_model import name_of
from .station import Station

THRESHOLD = "OCPPCommCtrlr.OfflineThreshold"
REMOTE_START = "AuthCtrlr.AuthorizeRemoteStart"


async def test_tc_b_01_cold_boot(house: House, station: Station) -> None:
    """It is accepted with the time and an interval; its EVSE is shown; a Heartbeat is answered with the time."""
    answer = await station.cold_boot()
    assert answer["interval"] > 0
    assert datetime.fromisoformat(answer["currentTime"]).utcoffset() is not None
    heartbeat = await station.call("Heartbeat")
    assert datetime.fromisoformat(heartbeat["currentTime"]) >= datetime.fromisoformat(answer["currentTime"])
    await house.shows("binary_sensor.CP1_0_connected", "on")
    await house.shows("sensor.CP1_1_status", "available")
    await house.shows("sensor.CP1_0_ocpp_version", "2.0.1")


def named(items: list[Payload]) -> list[str]:
    """Return the names of the variables in a GetVariables or SetVariables."""
    return [name_of(item["component"], item["variable"]) for item in items]


async def asked_for(charger: Station, *names: str) -> None:
    """Wait for a GetVariables that asks for the actual values of exactly these."""
    while True:
        data = (await charger.heard("GetVariables"))["getVariableData"]
        if sorted(named(data)) == sorted(names):
            assert {item.get("attributeType", "Actual") for item in data} == {"Actual"}
            return


async def test_tc_b_06_one_variable_is_read(house: House, charger: Station) -> None:
    """By the name that people use; its value comes back."""
    answer = await house.act("get_configuration", keys=[THRESHOLD])
    await asked_for(charger, THRESHOLD)
    assert answer["configuration"][THRESHOLD]["value"] == "60"


async def test_tc_b_07_several_variables_are_read(house: House, charger: Station) -> None:
    """In one message; one that the station has not is told as unknown."""
    answer = await house.act("get_configuration", keys=[THRESHOLD, REMOTE_START, "AuthCtrlr.NoSuchVariable"])
    await asked_for(charger, THRESHOLD, REMOTE_START, "AuthCtrlr.NoSuchVariable")
    assert {key: item["value"] for key, item in answer["configuration"].items()} == {
        THRESHOLD: "60",
        REMOTE_START: "false",
    }
    assert answer["unknown_keys"] == ["AuthCtrlr.NoSuchVariable"]


async def test_tc_b_08_no_more_variables_are_read_at_once_than_the_station_takes(
    house: House, station: Station
) -> None:
    """It takes four: five are read by two messages."""
    station.variables["DeviceDataCtrlr.ItemsPerMessage[GetVariables]"] = "4"
    await station.cold_boot()
    await house.shows("sensor.CP1_1_status", "available")
    await house.settle()
    await house.act("get_configuration", keys=["DeviceDataCtrlr.ItemsPerMessage[GetVariables]"])
    station.forget_calls()
    keys = [
        "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
        "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
        "DeviceDataCtrlr.BytesPerMessage[GetReport]",
        "DeviceDataCtrlr.BytesPerMessage[GetVariables]",
        REMOTE_START,
    ]
    answer = await house.act("get_configuration", keys=keys)
    assert set(answer["configuration"]) == set(keys)
    asked = [named(payload["getVariableData"]) for action, payload in station.calls if action == "GetVariables"]
    assert sorted(len(names) for names in asked) == [1, 4]
    assert sorted(name for names in asked for name in names) == sorted(keys)


async def test_tc_b_09_one_variable_is_changed(house: House, charger: Station) -> None:
    """Its value goes as it is; a value that is refused is told."""
    charger.forget_calls()
    assert await house.act("set_configuration", key=THRESHOLD, value="123") == {"status": "Accepted"}
    [item] = (await charger.heard("SetVariables"))["setVariableData"]
    assert (named([item]), item["attributeValue"]) == ([THRESHOLD], "123")
    assert item.get("attributeType", "Actual") == "Actual"
    answer = await house.act("set_configuration", key="AuthCtrlr.NoSuchVariable", value="123")
    assert answer["status"] == "UnknownVariable"


async def test_tc_b_10_several_variables_are_changed(house: House, charger: Station) -> None:
    """In one message, as the raw action says it; the station's answers come back one by one."""
    data: list[dict[str, Any]] = [
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}, "attributeValue": "123"},
        {"component": {"name": "AuthCtrlr"}, "variable": {"name": "AuthorizeRemoteStart"}, "attributeValue": "false"},
    ]
    charger.forget_calls()
    answer = await house.act("call", action="SetVariables", payload={"setVariableData": data})
    assert await charger.heard("SetVariables") == {"setVariableData": data}
    assert [item["attributeStatus"] for item in answer["setVariableResult"]] == ["Accepted", "Accepted"]
    assert charger.variables[THRESHOLD] == "123"


async def test_tc_b_58_a_subprotocol_that_nobody_speaks_is_refused(house: House) -> None:
    """The handshake is completed without one, as OCPP-J has it, and the connection closed."""
    charger = Station(house.port, subprotocols=("ocpp0.1",))
    await charger.connect()
    assert charger.websocket.subprotocol is None
    assert await charger.closed() is not None


async def test_tc_b_58_of_several_subprotocols_the_one_we_speak_is_taken(house: House) -> None:
    """Even if it is not the first; of several that we speak it is the newest."""
    async with Station(house.port, subprotocols=("ocpp0.1", "ocpp1.6", "ocpp2.0.1")) as charger:
        assert charger.websocket.subprotocol == "ocpp2.0.1"
        await charger.cold_boot()
        await charger.check()
