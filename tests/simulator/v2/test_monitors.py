"""Monitoring: which monitors may be set, what they report, and when they speak."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator.messages import Payload
from custom_components.ocpp_csms.simulator.transport import CallError
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.monitoring import Monitoring
from tests.simulator.v2.rooms import Surroundings, ask, small_model

POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
STATE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
TEMPERATURE = {"component": {"name": "ChargingStation"}, "variable": {"name": "Temperature"}}
FACTORY = 4
"""Monitors at the start: problem, temperature, and the lock of each connector."""


@pytest.fixture
def running() -> dict[int | None, str]:
    """The transactions that run, by EVSE."""
    return {}


@pytest.fixture
def room(model: DeviceModel, around: Surroundings, running: dict[int | None, str]) -> Monitoring:
    """The room."""
    return Monitoring(model, around, around, around, running.get)


def monitor(on: dict[str, Any], kind: str, value: float, **others: Any) -> Payload:
    return {**on, "type": kind, "value": value, "severity": 5, **others}


async def place(room: Monitoring, *wanted: Payload) -> list[Payload]:
    answer = await ask(room.handlers, "SetVariableMonitoring", {"setMonitoringData": [*wanted]})
    results: list[Payload] = answer["setMonitoringResult"]
    return results


async def place_one(room: Monitoring, wanted: Payload) -> int:
    (result,) = await place(room, wanted)
    assert result["status"] == "Accepted"
    return int(result["id"])


async def clear(room: Monitoring, *ids: int) -> list[str]:
    answer = await ask(room.handlers, "ClearVariableMonitoring", {"id": [*ids]})
    assert [result["id"] for result in answer["clearMonitoringResult"]] == [*ids]
    return [result["status"] for result in answer["clearMonitoringResult"]]


async def report(room: Monitoring, around: Surroundings, **filters: Any) -> list[Payload]:
    answer = await ask(room.handlers, "GetMonitoringReport", {"requestId": 9, **filters})
    if answer != {"status": "Accepted"}:
        assert answer == {"status": "EmptyResultSet"}
        return []
    found: list[Payload] = around.payloads("NotifyMonitoringReport")[-1]["monitor"]
    return found


def events(around: Surroundings) -> list[Payload]:
    """Return all that was notified."""
    return [event for payload in around.payloads("NotifyEvent") for event in payload["eventData"]]


# Setting and clearing


async def test_each_new_monitor_gets_an_id_of_its_own(room: Monitoring) -> None:
    """N04.FR.08 and FR.11."""
    first, second = await place(room, monitor(POWER, "UpperThreshold", 9000), monitor(POWER, "LowerThreshold", 1000))
    assert first == {**POWER, "type": "UpperThreshold", "severity": 5, "status": "Accepted", "id": first["id"]}
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (monitor({**POWER, "component": {"name": "Nonsense"}}, "Delta", 1), "UnknownComponent"),
        (monitor({**POWER, "variable": {"name": "Nonsense"}}, "Delta", 1), "UnknownVariable"),
        (monitor({**POWER, "variable": {"name": "Available"}}, "Delta", 1), "UnsupportedMonitorType"),
        (monitor(STATE, "UpperThreshold", 1), "UnsupportedMonitorType"),
        (monitor(POWER, "UpperThreshold", 1e6), "Rejected"),
        (monitor(POWER, "LowerThreshold", -1), "Rejected"),
        (monitor(POWER, "Delta", -1), "Rejected"),
        (monitor(POWER, "Periodic", 0), "Rejected"),
        (monitor(POWER, "Delta", 1, severity=10), "Rejected"),
        (monitor(POWER, "Delta", 1, id=4711), "Rejected"),
        (monitor(POWER, "UpperThreshold", 1, id=2), "Rejected"),
        (
            monitor(
                {**POWER, "component": {"name": "ChargingStation"}, "variable": {"name": "Problem"}}, "Delta", 1, id=1
            ),
            "Rejected",
        ),
    ],
)
async def test_a_monitor_that_cannot_be_is_refused(room: Monitoring, wanted: Payload, status: str) -> None:
    """N04.FR.03 to FR.06, FR.13, FR.14, FR.16 and FR.18."""
    (result,) = await place(room, wanted)
    assert result["status"] == status
    assert len(room.monitors.installed) == FACTORY


async def test_two_of_a_kind_and_severity_on_one_variable_are_refused(room: Monitoring) -> None:
    """N04.FR.10."""
    wanted = monitor(POWER, "UpperThreshold", 9000)
    await place_one(room, wanted)
    (result,) = await place(room, wanted)
    assert result["status"] == "Duplicate"
    await place_one(room, {**wanted, "severity": 6})


async def test_a_monitor_is_replaced_by_its_id(room: Monitoring) -> None:
    """N04.FR.12 and FR.15."""
    assert await place_one(room, monitor(TEMPERATURE, "UpperThreshold", 60, id=2)) == 2
    replaced = room.monitors.installed[2]
    assert (replaced.value, replaced.origin) == (60, "CustomMonitor")


async def test_a_monitor_is_cleared_unless_it_is_built_in(room: Monitoring) -> None:
    """N06.FR.01 to FR.03 and FR.05."""
    number = await place_one(room, monitor(POWER, "Delta", 10))
    assert await clear(room, number, 1, 4711) == ["Accepted", "Rejected", "NotFound"]
    assert await clear(room, number) == ["NotFound"]


@pytest.mark.parametrize("action", ["SetVariableMonitoring", "ClearVariableMonitoring"])
async def test_more_than_a_message_may_have_is_an_error(room: Monitoring, model: DeviceModel, action: str) -> None:
    model.set(f"MonitoringCtrlr.ItemsPerMessage[{action}]", "1")
    wanted = [monitor(POWER, "Delta", 1)] * 2
    payload: Payload = {"id": [1, 2]} if action.startswith("Clear") else {"setMonitoringData": wanted}
    with pytest.raises(CallError, match="OccurrenceConstraintViolation"):
        await ask(room.handlers, action, payload)


# Base and level


@pytest.mark.parametrize(
    ("base", "custom", "preconfigured"),
    [("All", True, True), ("FactoryDefault", False, True), ("HardWiredOnly", False, False)],
)
async def test_a_base_brings_back_and_removes(
    room: Monitoring, model: DeviceModel, base: str, *, custom: bool, preconfigured: bool
) -> None:
    """N03.FR.03 to FR.05."""
    number = await place_one(room, monitor(POWER, "Delta", 10))
    await clear(room, 2)
    assert await ask(room.handlers, "SetMonitoringBase", {"monitoringBase": base}) == {"status": "Accepted"}
    assert (number in room.monitors.installed, 2 in room.monitors.installed) == (custom, preconfigured)
    assert 1 in room.monitors.installed
    assert model.text("MonitoringCtrlr.ActiveMonitoringBase") == base


async def test_a_level_silences_what_matters_less(room: Monitoring, around: Surroundings, model: DeviceModel) -> None:
    """N05.FR.03."""
    await place_one(room, monitor(POWER, "Delta", 0))
    await ask(room.handlers, "SetMonitoringLevel", {"severity": 4})
    model.set("EVSE(1).Power", "100")
    assert events(around) == []
    await ask(room.handlers, "SetMonitoringLevel", {"severity": 5})
    model.set("EVSE(1).Power", "200")
    assert len(events(around)) == 1
    assert model.integer("MonitoringCtrlr.ActiveMonitoringLevel") == 5


async def test_a_level_that_is_none_is_rejected(room: Monitoring) -> None:
    """N05.FR.02."""
    assert await ask(room.handlers, "SetMonitoringLevel", {"severity": 10}) == {"status": "Rejected"}


# Reports


async def test_the_monitors_of_a_variable_are_reported_together(room: Monitoring, around: Surroundings) -> None:
    """N02.FR.11."""
    upper = await place_one(room, monitor(POWER, "UpperThreshold", 9000))
    lower = await place_one(room, monitor(POWER, "LowerThreshold", 1000, transaction=True))
    found = await report(room, around)
    assert len(found) == FACTORY + 1
    assert found[-1] == {
        **POWER,
        "variableMonitoring": [
            {"id": upper, "transaction": False, "value": 9000, "type": "UpperThreshold", "severity": 5},
            {"id": lower, "transaction": True, "value": 1000, "type": "LowerThreshold", "severity": 5},
        ],
    }


@pytest.mark.parametrize(
    ("criterion", "kinds"),
    [
        ("ThresholdMonitoring", {"UpperThreshold"}),
        ("DeltaMonitoring", {"Delta"}),
        ("PeriodicMonitoring", {"Periodic", "PeriodicClockAligned"}),
    ],
)
async def test_monitors_are_reported_by_kind(
    room: Monitoring, around: Surroundings, criterion: str, kinds: set[str]
) -> None:
    """N02.FR.06 and FR.12 to FR.14."""
    await place(room, monitor(POWER, "Periodic", 60), monitor(POWER, "PeriodicClockAligned", 60))
    found = await report(room, around, monitoringCriteria=[criterion])
    assert {each["type"] for item in found for each in item["variableMonitoring"]} == kinds


async def test_monitors_are_reported_by_variable(room: Monitoring, around: Surroundings) -> None:
    """N02.FR.05 and FR.08."""
    await place_one(room, monitor(POWER, "Delta", 10))
    assert len(await report(room, around, componentVariable=[POWER])) == 1
    assert await report(room, around, componentVariable=[POWER], monitoringCriteria=["PeriodicMonitoring"]) == []


# Events


async def test_a_threshold_speaks_when_it_is_passed_and_when_it_is_kept_again(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.02, FR.06, FR.07 and FR.16: beyond the threshold, not on it, and once."""
    number = await place_one(room, monitor(POWER, "UpperThreshold", 9000))
    for value in ("9000", "9001", "9500", "9000"):
        model.set("EVSE(1).Power", value)
    first, second = events(around)
    assert first == {
        **POWER,
        "eventId": first["eventId"],
        "timestamp": "2026-01-01T12:00:00.000Z",
        "trigger": "Alerting",
        "actualValue": "9001",
        "eventNotificationType": "CustomMonitor",
        "variableMonitoringId": number,
    }
    assert (second["actualValue"], second["cleared"]) == ("9000", True)
    assert second["eventId"] != first["eventId"]
    assert {payload["seqNo"] for payload in around.payloads("NotifyEvent")} == {0}


async def test_a_lower_threshold_looks_the_other_way(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.17; what is below already is told at once."""
    await place_one(room, monitor(POWER, "LowerThreshold", 1000))
    model.set("EVSE(1).Power", "2000")
    assert [(event["actualValue"], event.get("cleared")) for event in events(around)] == [("0", None), ("2000", True)]


async def test_a_new_threshold_is_held_against_the_present_value(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.11."""
    number = await place_one(room, monitor(POWER, "UpperThreshold", 9000))
    model.set("EVSE(1).Power", "9500")
    await place_one(room, monitor(POWER, "UpperThreshold", 9600, id=number))
    assert [event.get("cleared") for event in events(around)] == [None, True]


async def test_a_passed_threshold_that_is_cleared_says_nothing(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.12."""
    number = await place_one(room, monitor(POWER, "UpperThreshold", 9000))
    model.set("EVSE(1).Power", "9500")
    await clear(room, number)
    model.set("EVSE(1).Power", "0")
    assert len(events(around)) == 1


async def test_a_delta_adds_up_until_it_is_told(room: Monitoring, around: Surroundings, model: DeviceModel) -> None:
    """N07.FR.18: more than the value, from what was told last."""
    await place_one(room, monitor(POWER, "Delta", 100))
    for value in ("60", "100", "101", "201", "0"):
        model.set("EVSE(1).Power", value)
    assert [(event["trigger"], event["actualValue"]) for event in events(around)] == [("Delta", "101"), ("Delta", "0")]


async def test_a_delta_of_what_is_no_number_speaks_of_each_change(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.19."""
    await place_one(room, monitor(STATE, "Delta", 1))
    model.set("EVSE(1).AvailabilityState", "Occupied")
    model.set("EVSE(2).AvailabilityState", "Occupied")
    assert [event["actualValue"] for event in events(around)] == ["Occupied"]


async def test_a_lock_that_fails_is_told_by_itself(room: Monitoring, around: Surroundings, model: DeviceModel) -> None:
    """A monitor that is built in needs no setting."""
    model.set("ConnectorPlugRetentionLock(2,1).Problem", "true")
    (event,) = events(around)
    assert (event["eventNotificationType"], event["component"]["evse"]) == (
        "HardWiredMonitor",
        {"id": 2, "connectorId": 1},
    )
    assert room.monitors.installed


async def test_a_periodic_monitor_speaks_until_it_is_cleared(room: Monitoring, around: Surroundings) -> None:
    """N08.FR.04 to FR.06."""
    number = await place_one(room, monitor(POWER, "Periodic", 60))
    around.pass_time(59)
    assert events(around) == []
    around.pass_time(1)
    around.pass_time(60)
    await clear(room, number)
    around.pass_time(60)
    assert [event["trigger"] for event in events(around)] == ["Periodic", "Periodic"]


async def test_a_periodic_monitor_may_go_by_the_clock(room: Monitoring, around: Surroundings) -> None:
    """N08.FR.07: at the quarters of the hour."""
    around.pass_time(100)
    await place_one(room, monitor(POWER, "PeriodicClockAligned", 900))
    around.pass_time(799)
    assert events(around) == []
    around.pass_time(1)
    assert events(around)[0]["timestamp"] == "2026-01-01T12:15:00.000Z"


async def test_a_monitor_of_transactions_speaks_while_one_runs(
    room: Monitoring, around: Surroundings, model: DeviceModel, running: dict[int | None, str]
) -> None:
    await place_one(room, monitor(POWER, "Delta", 0, transaction=True))
    model.set("EVSE(1).Power", "1")
    running[1] = "T1"
    model.set("EVSE(1).Power", "2")
    assert [(event["actualValue"], event["transactionId"]) for event in events(around)] == [("2", "T1")]


async def test_without_connection_only_what_matters_waits(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    """N07.FR.04."""
    model.set("MonitoringCtrlr.OfflineQueuingSeverity", "4")
    await place(room, monitor(POWER, "Delta", 0), monitor(POWER, "Delta", 0, severity=4))
    model.set("EVSE(1).Power", "1")
    assert around.durable == [False, True]
    assert len(events(around)) == 2


async def test_nothing_is_told_while_monitoring_is_off(
    room: Monitoring, around: Surroundings, model: DeviceModel
) -> None:
    await place_one(room, monitor(POWER, "Delta", 0))
    model.set("MonitoringCtrlr.Enabled", "false")
    model.set("EVSE(1).Power", "1")
    assert events(around) == []


async def test_monitors_survive_a_restart(room: Monitoring, around: Surroundings, model: DeviceModel) -> None:
    """N07.FR.13 and FR.14, and what is due by the clock is due again."""
    await place(room, monitor(POWER, "UpperThreshold", 9000), monitor(TEMPERATURE, "Periodic", 60))
    model.set("EVSE(1).Power", "9500")
    kept = room.monitors.dump()
    later, again = Surroundings(), small_model()
    restored = Monitoring(again, later, later, later, lambda _evse: None)
    again.set("EVSE(1).Power", "9500")
    restored.monitors.restore(kept)
    restored.resume()
    again.set("EVSE(1).Power", "0")
    later.pass_time(60)
    assert [event["trigger"] for event in events(later)] == ["Alerting", "Periodic"]
    assert events(later)[0]["cleared"]
    assert await place_one(restored, monitor(POWER, "Delta", 1)) not in room.monitors.installed
    assert len(events(around)) == 1
