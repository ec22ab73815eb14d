"""Actions about variables and monitors, over a real socket. Source: OCPP 2.0.1 part 2, B07, B08, N02 to N06."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from tests.actions.calls import act, ask
from tests.actions.scripted_station import ScriptedStation

POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
NOW = {"generatedAt": "2026-11-20T12:00:00Z"}
MONITOR: dict[str, Any] = {"variable": "EVSE(1).Power", "kind": "upper_threshold", "value": 7400}


def reported(variable: dict[str, Any], value: str) -> dict[str, Any]:
    """Return a variable as a report has it."""
    return {**variable, "variableAttribute": [{"value": value, "mutability": "ReadOnly"}]}


# Reports


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ({}, "FullInventory"),
        ({"base": "configuration"}, "ConfigurationInventory"),
        ({"base": "summary"}, "SummaryInventory"),
    ],
)
async def test_a_report_comes_in_parts(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, base: dict[str, str], said: str
) -> None:
    """The answer is all of them; without any choice it is about all variables."""
    other = {"component": {"name": "SmartChargingCtrlr"}, "variable": {"name": "Enabled"}}
    station.answers_in_parts(
        "GetBaseReport",
        "NotifyReport",
        {**NOW, "reportData": [reported(POWER, "7400")]},
        {**NOW, "reportData": [reported(other, "true")]},
    )
    station.forget_calls()
    assert await ask(hass, "get_report", device_id=station_device, **base) == {
        "status": "Accepted",
        "complete": True,
        "variables": {
            "EVSE(1).Power": {"value": "7400", "readonly": True},
            "SmartChargingCtrlr.Enabled": {"value": "true", "readonly": True},
        },
    }
    assert (await station.told("GetBaseReport"))["reportBase"] == said


async def test_a_report_of_some_variables_is_asked_for(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """By what is wrong, and by name; nothing at all is an answer as well."""
    station.answers["GetReport"] = {"status": "EmptyResultSet"}
    answer = await ask(hass, "get_report", device_id=station_device, criteria=["problem"], variables=["EVSE(1).Power"])
    assert answer == {"status": "EmptyResultSet", "complete": True, "variables": {}}
    said = await station.told("GetReport")
    assert (said["componentCriteria"], said["componentVariable"]) == (["Problem"], [POWER])


async def test_a_report_is_of_all_or_of_some(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """Not both."""
    with pytest.raises(ServiceValidationError, match="Leave one of them out"):
        await act(hass, "get_report", device_id=station_device, base="full", criteria=["problem"])
    assert not station.was_told("GetReport")


async def test_a_refused_report_is_an_answer_to_who_asks_for_one(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """And an error to who does not."""
    station.answers["GetReport"] = {"status": "NotSupported"}
    data: dict[str, Any] = {"device_id": station_device, "variables": ["EVSE(1).Power"]}
    assert await act(hass, "get_report", **data) == {"status": "NotSupported"}
    with pytest.raises(HomeAssistantError, match="NotSupported"):
        await act(hass, "get_report", answer=False, **data)


# Monitors


async def test_a_variable_is_watched(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """The charger gives the monitor its number."""
    station.answers["SetVariableMonitoring"] = {
        "setMonitoringResult": [{**POWER, "status": "Accepted", "type": "UpperThreshold", "severity": 5, "id": 12}]
    }
    answer = await act(hass, "set_variable_monitor", device_id=station_device, **MONITOR)
    assert answer == {"status": "Accepted", "monitor_id": 12}
    [said] = (await station.told("SetVariableMonitoring"))["setMonitoringData"]
    assert said == {**POWER, "type": "UpperThreshold", "value": 7400.0, "severity": 5, "transaction": False}


async def test_a_monitor_is_replaced(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """By its number; and all else that can be said of it is said."""
    station.answers["SetVariableMonitoring"] = {"setMonitoringResult": [{"status": "Accepted", "id": 12}]}
    await act(
        hass,
        "set_variable_monitor",
        device_id=station_device,
        **MONITOR,
        monitor_id=12,
        severity=9,
        only_during_transaction=True,
    )
    [said] = (await station.told("SetVariableMonitoring"))["setMonitoringData"]
    assert (said["id"], said["severity"], said["transaction"]) == (12, 9, True)


@pytest.mark.parametrize("results", [[{"status": "Duplicate"}], []], ids=["refused", "empty"])
async def test_a_monitor_that_is_refused_is_not_reported_as_set(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, results: list[Any]
) -> None:
    """Its status stands in the list of results."""
    station.answers["SetVariableMonitoring"] = {"setMonitoringResult": results}
    status = results[0]["status"] if results else ""
    assert await act(hass, "set_variable_monitor", device_id=station_device, **MONITOR) == {"status": status}
    with pytest.raises(HomeAssistantError, match="refused SetVariableMonitoring"):
        await act(hass, "set_variable_monitor", device_id=station_device, answer=False, **MONITOR)


@pytest.mark.parametrize(
    "wrong", [{"kind": "sideways"}, {"value": "high"}, {"severity": 10}, {"value": float("nan")}, {"monitor_id": -1}]
)
async def test_a_monitor_that_cannot_be_is_not_asked_for(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, wrong: dict[str, Any]
) -> None:
    """The data of the action say so."""
    with pytest.raises(vol.Invalid):
        await act(hass, "set_variable_monitor", device_id=station_device, **(MONITOR | wrong))
    assert not station.was_told("SetVariableMonitoring")


async def test_what_names_no_variable_cannot_be_watched(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """The error repeats it."""
    with pytest.raises(ServiceValidationError, match="Power"):
        await act(hass, "set_variable_monitor", device_id=station_device, **(MONITOR | {"variable": "Power"}))
    assert not station.was_told("SetVariableMonitoring")


async def test_each_monitor_that_is_cleared_has_an_answer(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """One that could not be cleared is an error to who does not look."""
    station.answers["ClearVariableMonitoring"] = {
        "clearMonitoringResult": [{"id": 12, "status": "Accepted"}, {"id": 13, "status": "NotFound"}]
    }
    data: dict[str, Any] = {"device_id": station_device, "monitor_ids": [12, 13]}
    assert await act(hass, "clear_variable_monitors", **data) == {
        "monitors": [{"monitor_id": 12, "status": "Accepted"}, {"monitor_id": 13, "status": "NotFound"}]
    }
    assert await station.told("ClearVariableMonitoring") == {"id": [12, 13]}
    with pytest.raises(HomeAssistantError, match="NotFound"):
        await act(hass, "clear_variable_monitors", answer=False, **data)


async def test_monitors_are_listed(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """Those of a kind, on a variable."""
    found = {"id": 12, "type": "UpperThreshold", "value": 7400, "severity": 5, "transaction": False}
    station.answers_in_parts(
        "GetMonitoringReport",
        "NotifyMonitoringReport",
        {**NOW, "monitor": [{**POWER, "variableMonitoring": [found]}]},
    )
    answer = await ask(
        hass,
        "get_variable_monitors",
        device_id=station_device,
        groups=["threshold"],
        variables="EVSE(1).Power",
    )
    assert answer == {
        "status": "Accepted",
        "complete": True,
        "monitors": [
            {
                "monitor_id": 12,
                "variable": "EVSE(1).Power",
                "kind": "upper_threshold",
                "value": 7400.0,
                "severity": 5,
                "only_during_transaction": False,
            }
        ],
    }
    said = await station.told("GetMonitoringReport")
    assert (said["monitoringCriteria"], said["componentVariable"]) == (["ThresholdMonitoring"], [POWER])


async def test_a_group_of_monitors_is_set(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """By its name."""
    answer = await act(hass, "set_monitoring_base", device_id=station_device, base="factory_default")
    assert answer == {"status": "Accepted"}
    assert await station.told("SetMonitoringBase") == {"monitoringBase": "FactoryDefault"}


async def test_how_severe_events_must_be_is_set(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """From 0 to 9."""
    assert await act(hass, "set_monitoring_level", device_id=station_device, severity=4) == {"status": "Accepted"}
    assert await station.told("SetMonitoringLevel") == {"severity": 4}
    with pytest.raises(vol.Invalid):
        await act(hass, "set_monitoring_level", device_id=station_device, severity=10)
