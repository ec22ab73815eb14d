"""TC_B_12 to TC_B_18, TC_B_42, TC_B_44: reports of the variables, and network profiles."""

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .device_model import report_data
from .station import Station

STATE = "EVSE(1).AvailabilityState"


async def _is_reported(house: House, charger: Station, base: str, report_base: str) -> None:
    """A report comes in three parts, out of order and one of them twice; all variables are shown as one answer."""
    data = report_data(charger.variables)
    parts = [data[:5], data[5:9], data[9:]]

    def answer(request: Payload) -> Payload:
        for place in (1, 0, 0, 2):
            part = charger.notify_report(request["requestId"], parts[place])
            charger.soon("NotifyReport", part | {"seqNo": place, "tbc": place < 2})
        return {"status": "Accepted"}

    charger.answers["GetBaseReport"] = answer
    charger.forget_calls()
    report = await house.act("get_report", base=base)
    request = await charger.heard("GetBaseReport")
    assert (request["reportBase"], request["requestId"] >= 0) == (report_base, True)
    assert (report["status"], report["complete"]) == ("Accepted", True)
    assert {name: item["value"] for name, item in report["variables"].items()} == charger.variables


async def test_tc_b_12_the_configuration_inventory(house: House, charger: Station) -> None:
    """All that can be configured."""
    await _is_reported(house, charger, "configuration", "ConfigurationInventory")


async def test_tc_b_13_the_full_inventory(house: House, charger: Station) -> None:
    """All variables."""
    await _is_reported(house, charger, "full", "FullInventory")


async def test_tc_b_14_the_summary_inventory(house: House, charger: Station) -> None:
    """What is wrong, or not available."""
    await _is_reported(house, charger, "summary", "SummaryInventory")


async def test_tc_b_18_a_report_by_criteria_and_variables(house: House, charger: Station) -> None:
    """Nothing has a problem: that is an answer too. What is available is reported."""
    asked = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
    report = await house.act("get_report", criteria=["problem"], variables=[STATE])
    assert (report["status"], report["variables"]) == ("EmptyResultSet", {})
    request = await charger.heard("GetReport")
    assert (request["componentCriteria"], request["componentVariable"]) == (["Problem"], [asked])

    def answer(request: Payload) -> Payload:
        data = report_data(charger.variables, [STATE])
        charger.soon("NotifyReport", charger.notify_report(request["requestId"], data))
        return {"status": "Accepted"}

    charger.answers["GetReport"] = answer
    report = await house.act("get_report", criteria=["available"], variables=[STATE])
    request = await charger.heard("GetReport")
    assert (request["componentCriteria"], request["componentVariable"]) == (["Available"], [asked])
    assert {name: item["value"] for name, item in report["variables"].items()} == {STATE: "Available"}


NETWORK = {"slot": 2, "url": "ws://192.0.2.7:9000/", "security_profile": 1, "interface": "wired_0", "timeout": 30}
NETWORK_PROFILE = {
    "configurationSlot": 2,
    "connectionData": {
        "messageTimeout": 30,
        "ocppCsmsUrl": "ws://192.0.2.7:9000/",
        "ocppInterface": "Wired0",
        "ocppTransport": "JSON",
        "ocppVersion": "OCPP20",
        "securityProfile": 1,
    },
}


async def test_tc_b_42_a_network_profile_is_set(house: House, charger: Station) -> None:
    """In the slot that was named, with all that it needs to dial in."""
    assert await house.act("set_network_profile", **NETWORK) == {"status": "Accepted"}
    assert await charger.heard("SetNetworkProfile") == NETWORK_PROFILE


async def test_tc_b_44_a_network_profile_that_fails(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["SetNetworkProfile"] = {"status": "Failed"}
    assert (await house.act("set_network_profile", **NETWORK))["status"] == "Failed"
    assert await charger.heard("SetNetworkProfile") == NETWORK_PROFILE
