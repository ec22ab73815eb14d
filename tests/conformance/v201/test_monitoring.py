"""TC_N_01 to TC_N_24, TC_N_44 to TC_N_50, TC_N_60: monitors of variables, and what they tell."""

from typing import Any

import pytest

from tests.conformance.checked_station import Payload, moment
from tests.conformance.house import House

from .device_model import address_of
from .station import Station

STATE = "EVSE(1).AvailabilityState"
STATION_STATE = "ChargingStation.AvailabilityState"
POWER = "ChargingStation.Power"


def monitored(name: str, number: int, kind: str) -> Payload:
    """Return a monitor of a variable as a station reports it."""
    monitor = {"id": number, "transaction": False, "value": 1.0, "type": kind, "severity": 8}
    return address_of(name) | {"variableMonitoring": [monitor]}


def reporting(charger: Station, *monitors: Payload) -> None:
    """Let the station report these monitors, each in a part of its own."""

    def answer(request: Payload) -> Payload:
        for place, monitor in enumerate(monitors):
            part = {"requestId": request["requestId"], "seqNo": place, "generatedAt": moment(), "monitor": [monitor]}
            charger.soon("NotifyMonitoringReport", part | {"tbc": place + 1 < len(monitors)})
        return {"status": "Accepted"}

    charger.answers["GetMonitoringReport"] = answer


async def _are_read(house: House, charger: Station, found: list[str], expected: Payload, **filters: Any) -> None:
    """Read monitors by filters, which go as they are; those found come back."""
    if found:
        monitors = [monitored(name, number, "Delta") for number, name in enumerate(found, 1)]
        reporting(charger, *monitors)
    answer = await house.act("get_variable_monitors", **filters)
    request = await charger.heard("GetMonitoringReport")
    assert request == {"requestId": request["requestId"]} | expected
    assert (answer["status"], answer["complete"]) == ("Accepted" if found else "EmptyResultSet", True)
    assert [item["variable"] for item in answer["monitors"]] == found


DELTA = {"monitoringCriteria": ["DeltaMonitoring"]}
THRESHOLD = {"monitoringCriteria": ["ThresholdMonitoring"]}


def on(*names: str) -> Payload:
    """Return what a request says of these variables."""
    return {"componentVariable": [address_of(name) for name in names]}


async def test_tc_n_01_monitors_by_criteria(house: House, charger: Station) -> None:
    """There may be none; those that there are come back."""
    await _are_read(house, charger, [], DELTA, groups=["delta"])
    await _are_read(house, charger, [POWER], THRESHOLD, groups=["threshold"])


async def test_tc_n_02_monitors_by_component_and_variable(house: House, charger: Station) -> None:
    """There may be none; those that there are come back."""
    await _are_read(house, charger, [], on(POWER), variables=[POWER])
    await _are_read(house, charger, [STATE], on(STATE), variables=[STATE])


async def test_tc_n_03_monitors_by_criteria_component_and_variable(house: House, charger: Station) -> None:
    """There may be none; those that there are come back."""
    await _are_read(house, charger, [], DELTA | on(STATE), groups=["delta"], variables=[STATE])
    await _are_read(house, charger, [POWER], THRESHOLD | on(POWER), groups=["threshold"], variables=[POWER])


async def test_tc_n_47_all_monitors(house: House, charger: Station) -> None:
    """No filter is said; they come in two parts."""
    await _are_read(house, charger, [STATE, POWER], {})


async def test_tc_n_60_monitors_by_criteria_and_several_components(house: House, charger: Station) -> None:
    """There may be none; those that there are come back."""
    powers, states = [POWER, "EVSE(1).Power"], [STATION_STATE, STATE]
    await _are_read(house, charger, [], THRESHOLD | on(*powers), groups=["threshold"], variables=powers)
    await _are_read(house, charger, states, DELTA | on(*states), groups=["delta"], variables=states)


@pytest.mark.parametrize(
    ("base", "told"), [("all", "All"), ("factory_default", "FactoryDefault"), ("hard_wired_only", "HardWiredOnly")]
)
async def test_tc_n_05_the_base_of_monitors_is_set(house: House, charger: Station, base: str, told: str) -> None:
    """Any of the three."""
    assert await house.act("set_monitoring_base", base=base) == {"status": "Accepted"}
    assert await charger.heard("SetMonitoringBase") == {"monitoringBase": told}


async def test_tc_n_08_a_monitor_is_set(house: House, charger: Station) -> None:
    """Of any change of a state; its number comes back."""
    answer = await house.act("set_variable_monitor", variable=STATE, kind="delta", value=1, severity=8)
    assert answer == {"status": "Accepted", "monitor_id": 1}
    [item] = (await charger.heard("SetVariableMonitoring"))["setMonitoringData"]
    assert {key: item[key] for key in ("component", "variable")} == address_of(STATE)
    assert (item["type"], item["value"], item["severity"]) == ("Delta", 1, 8)


async def test_tc_n_09_monitors_are_set_on_several_variables(house: House, charger: Station) -> None:
    """In one message, as the raw action says it."""
    data = [address_of(name) | {"type": "Delta", "value": 1.0, "severity": 8} for name in (STATE, STATION_STATE)]
    payload = {"setMonitoringData": data}
    answer = await house.act("call", action="SetVariableMonitoring", payload=payload)
    assert await charger.heard("SetVariableMonitoring") == payload
    assert [item["status"] for item in answer["setMonitoringResult"]] == ["Accepted", "Accepted"]


async def test_tc_n_16_the_level_of_monitoring_is_set(house: House, charger: Station) -> None:
    """It goes as it is."""
    assert await house.act("set_monitoring_level", severity=4) == {"status": "Accepted"}
    assert await charger.heard("SetMonitoringLevel") == {"severity": 4}


async def test_tc_n_17_a_level_of_monitoring_is_rejected(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["SetMonitoringLevel"] = {"status": "Rejected"}
    assert (await house.act("set_monitoring_level", severity=4))["status"] == "Rejected"
    assert await charger.heard("SetMonitoringLevel") == {"severity": 4}


async def test_tc_n_18_no_more_monitors_are_cleared_at_once_than_the_station_takes(
    house: House, charger: Station
) -> None:
    """It takes two: five are cleared by three messages, and each has its answer."""
    limit = "MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]"
    charger.variables[limit] = "2"
    await house.act("get_configuration", keys=[limit])
    answer = await house.act("clear_variable_monitors", monitor_ids=[1, 2, 3, 4, 5])
    sent = [payload["id"] for action, payload in charger.calls if action == "ClearVariableMonitoring"]
    assert sorted(number for numbers in sent for number in numbers) == [1, 2, 3, 4, 5]
    assert max(len(numbers) for numbers in sent) <= 2
    assert [item["monitor_id"] for item in answer["monitors"]] == [1, 2, 3, 4, 5]


async def test_tc_n_44_a_monitor_that_cannot_be_cleared(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ClearVariableMonitoring"] = {"clearMonitoringResult": [{"status": "Rejected", "id": 7}]}
    answer = await house.act("clear_variable_monitors", monitor_ids=[7])
    assert answer == {"monitors": [{"monitor_id": 7, "status": "Rejected"}]}
    assert await charger.heard("ClearVariableMonitoring") == {"id": [7]}


# What monitors tell


async def _told(house: House, kind: str) -> dict[str, Any]:
    return await house.tells("event.CP1_0_variable_event", kind)


async def test_tc_n_21_a_monitor_that_is_built_in_tells(house: House, charger: Station) -> None:
    """Automations hear of it."""
    await charger.notify("ChargingStation", "Problem", "true", "Alerting", "HardWiredNotification")
    event = await _told(house, "alerting")
    assert (event["component"], event["variable"], event["value"]) == ("ChargingStation", "Problem", "true")


async def _comes_periodically(house: House, charger: Station) -> None:
    for power in ("11000", "10900"):
        await charger.notify("ChargingStation", "Power", power, "Periodic", "CustomMonitor", variableMonitoringId=7)
    event = await _told(house, "periodic")
    assert (event["variable"], event["value"], event["monitor_id"]) == ("Power", "10900", 7)


async def test_tc_n_24_a_periodic_monitor_is_set_and_tells(house: House, charger: Station) -> None:
    """Automations hear of it, each time."""
    answer = await house.act("set_variable_monitor", variable=POWER, kind="periodic", value=60, severity=8)
    assert answer["status"] == "Accepted"
    [item] = (await charger.heard("SetVariableMonitoring"))["setMonitoringData"]
    assert (item["type"], item["value"]) == ("Periodic", 60)
    await _comes_periodically(house, charger)


async def test_tc_n_48_a_variable_that_cannot_be_read_tells(house: House, charger: Station) -> None:
    """There is no value in it."""
    await charger.notify("SecurityCtrlr", "BasicAuthPassword", "", "Delta", "CustomMonitor", variableMonitoringId=7)
    event = await _told(house, "delta")
    assert event["variable"] == "BasicAuthPassword"
    assert not event.get("value")


async def test_tc_n_49_an_alert_is_over_after_a_restart(house: House, charger: Station) -> None:
    """The event says that it is cleared."""
    await charger.power_cycle()
    fields: dict[str, Any] = {"cleared": True, "variableMonitoringId": 7}
    await charger.notify("ChargingStation", "Power", "9000", "Alerting", "CustomMonitor", **fields)
    event = await _told(house, "alerting")
    assert (event["variable"], event["cleared"]) == ("Power", True)


async def test_tc_n_50_a_periodic_event(house: House, charger: Station) -> None:
    """After a restart as before."""
    await charger.power_cycle()
    await _comes_periodically(house, charger)
