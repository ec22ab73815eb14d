"""NotifyEvent: what becomes a status, what an error, and what is told."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode
from tests.csms.v2.station import Station201


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


def entry(
    station: Station201, component: str, variable: str, value: Any, *, evse: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return what a station tells of one variable."""
    return {
        "eventId": 1,
        "timestamp": station.time(),
        "trigger": "Delta",
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": component} | ({} if evse is None else {"evse": evse}),
        "variable": {"name": variable},
    } | fields


def notify(station: Station201, *entries: Any) -> None:
    """Let a station tell of variables."""
    payload = {"generatedAt": station.time(), "seqNo": 0, "eventData": list(entries)}
    assert station.send("NotifyEvent", payload) == {}


# Availability


@pytest.mark.parametrize(
    ("component", "place"),
    [("Connector", {"id": 1, "connectorId": 1}), ("EVSE", {"id": 1}), ("Connector", {"id": 1, "connectorId": 0})],
)
def test_availability_is_a_status(station: Station201, component: str, place: dict[str, Any]) -> None:
    """Of a plug, or of the whole EVSE; it is not told beside."""
    notify(station, entry(station, component, "AvailabilityState", "Occupied", evse=place))
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.PREPARING, True)
    assert station.kinds("variable_event") == []


def test_the_station_is_in_service_or_not(station: Station201) -> None:
    """It is never occupied."""
    notify(station, entry(station, "ChargingStation", "AvailabilityState", "Occupied"))
    assert station.evse(0).status is ConnectorStatus.AVAILABLE
    notify(station, entry(station, "ChargingStation", "AvailabilityState", "Unavailable"))
    assert station.charge_point.operative is False


def test_an_older_event_of_the_same_plug_changes_nothing(station: Station201) -> None:
    """Events may come in any order."""
    place = {"id": 1, "connectorId": 1}
    notify(station, entry(station, "Connector", "AvailabilityState", "Occupied", evse=place))
    late = entry(station, "Connector", "AvailabilityState", "Available", evse=place)
    notify(station, late | {"timestamp": station.time(minutes=-1)})
    assert station.evse().status is ConnectorStatus.PREPARING


def test_an_availability_of_no_meaning_changes_nothing(station: Station201) -> None:
    """It is one of a vendor."""
    notify(station, entry(station, "EVSE", "AvailabilityState", "Sleeping", evse={"id": 1}))
    assert 1 not in station.charge_point.connectors


# Problems


@pytest.mark.parametrize(
    ("component", "variable", "code"),
    [
        ("ConnectorPlugRetentionLock", "Problem", ErrorCode.CONNECTOR_LOCK_FAILURE),
        ("OverCurrentProtection", "Tripped", ErrorCode.OVER_CURRENT_FAILURE),
        ("RCD", "Tripped", ErrorCode.GROUND_FAILURE),
        ("PowerContactor", "Problem", ErrorCode.POWER_SWITCH_FAILURE),
        ("FiscalMetering", "Problem", ErrorCode.POWER_METER_FAILURE),
        ("TokenReader", "Problem", ErrorCode.READER_FAILURE),
        ("CPPWMController", "Problem", ErrorCode.EV_COMMUNICATION_ERROR),
        ("TemperatureSensor", "Problem", ErrorCode.HIGH_TEMPERATURE),
        ("Controller", "Problem", ErrorCode.INTERNAL_ERROR),
        ("VendorsOwn", "Problem", ErrorCode.OTHER_ERROR),
    ],
)
def test_a_problem_of_a_part_is_an_error(station: Station201, component: str, variable: str, code: ErrorCode) -> None:
    """With the name of the part, the remark and the vendor's code; the status stays."""
    station.status("Available")
    notify(station, entry(station, component, variable, "true", evse={"id": 1}, techInfo="hot", techCode="E7"))
    evse = station.evse()
    assert (evse.status, evse.error_code) == (ConnectorStatus.AVAILABLE, code)
    assert (evse.error, evse.info, evse.vendor_error) == (f"{component}.{variable}", "hot", "E7")


@pytest.mark.parametrize("end", [{"actualValue": "false"}, {"actualValue": False}, {"cleared": True}])
def test_a_problem_ends(station: Station201, end: dict[str, Any]) -> None:
    """When its variable says so, or is cleared."""
    station.status("Available")
    problem = entry(station, "RCD", "Problem", "true", evse={"id": 1})
    notify(station, problem)
    notify(station, problem | end)
    assert (station.evse().error_code, station.evse().error) == (ErrorCode.NO_ERROR, None)


def test_of_several_problems_the_one_that_says_most_is_shown(station: Station201) -> None:
    """The others are shown when it has ended."""
    station.status("Available")
    notify(station, entry(station, "VendorsOwn", "Problem", "true", evse={"id": 1}))
    notify(station, entry(station, "RCD", "Problem", "true", evse={"id": 1}))
    assert station.evse().error_code is ErrorCode.GROUND_FAILURE
    notify(station, entry(station, "RCD", "Problem", "false", evse={"id": 1}))
    assert station.evse().error_code is ErrorCode.OTHER_ERROR


def test_a_problem_of_an_evse_without_a_status_is_known(station: Station201) -> None:
    """And its end."""
    notify(station, entry(station, "RCD", "Problem", "true", evse={"id": 1}))
    assert (station.evse().status, station.evse().error_code) == (None, ErrorCode.GROUND_FAILURE)
    notify(station, entry(station, "RCD", "Problem", "false", evse={"id": 1}))
    assert station.evse().error_code is ErrorCode.NO_ERROR


def test_no_problem_is_no_error(station: Station201) -> None:
    """Of an EVSE that has told nothing nothing is known."""
    notify(station, entry(station, "RCD", "Problem", "false", evse={"id": 1}))
    assert station.evse().error_code is None


def test_a_problem_of_no_meaning_is_none(station: Station201) -> None:
    """It is told all the same."""
    station.status("Available")
    notify(station, entry(station, "RCD", "Problem", "perhaps", evse={"id": 1}))
    assert station.evse().error_code is ErrorCode.NO_ERROR
    assert station.kinds("variable_event") == ["delta"]


def test_problems_without_end_are_not_all_kept(station: Station201) -> None:
    """The first of them say enough."""
    notify(station, *(entry(station, f"Part{number}", "Problem", "true", evse={"id": 1}) for number in range(25)))
    for number in range(20):
        notify(station, entry(station, f"Part{number}", "Problem", "false", evse={"id": 1}))
    assert station.evse().error_code is ErrorCode.NO_ERROR


# What is told


def test_a_variable_is_told(station: Station201) -> None:
    """With all that was said of it, and nothing else."""
    said = entry(
        station,
        "OverCurrentProtection",
        "Current",
        "33.1",
        evse={"id": 2, "connectorId": 1},
        trigger="Alerting",
        eventNotificationType="CustomMonitor",
        variableMonitoringId=12,
        cause=4,
        cleared=False,
        techCode="E1",
        transactionId="tx-1",
    )
    said["component"]["instance"], said["variable"]["instance"] = "main", "L1"
    notify(station, said)
    (event,) = station.events
    assert (event.kind, event.type, event.connector) == ("variable_event", "alerting", 2)
    assert event.data == {
        "component": "OverCurrentProtection",
        "component_instance": "main",
        "plug": 1,
        "variable": "Current",
        "variable_instance": "L1",
        "value": "33.1",
        "cleared": False,
        "monitor_id": 12,
        "kind": "custom_monitor",
        "cause": 4,
        "tech_code": "E1",
        "transaction_id": "tx-1",
        "time": "2026-11-20T12:00:00+00:00",
    }


def test_an_unknown_trigger_is_an_alert(station: Station201) -> None:
    """Rather too loud than not told; a time that cannot be is left out."""
    notify(station, entry(station, "Display", "Color", "red", trigger="Mood", timestamp="1970-01-01T00:00:00Z"))
    assert station.kinds("variable_event") == ["alerting"]
    assert "time" not in station.events[-1].data


def test_a_flood_of_variables_is_not_all_told(station: Station201) -> None:
    """What they say of statuses is taken."""
    flood = [entry(station, "Display", f"V{number}", "1") for number in range(100)]
    notify(station, *flood, entry(station, "EVSE", "AvailabilityState", "Available", evse={"id": 1}))
    assert len(station.kinds("variable_event")) == 20
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_entries_without_end_are_not_all_read(station: Station201) -> None:
    """It is counted."""
    flood = [entry(station, "Display", "Color", "red")] * 1000
    notify(station, *flood, entry(station, "EVSE", "AvailabilityState", "Available", evse={"id": 1}))
    assert 1 not in station.charge_point.connectors
    assert "1001" in station.charge_point.violations.latest[-1].problem


@pytest.mark.parametrize(
    "wrong", [5, {}, {"component": {"name": "EVSE", "evse": {"id": 999}}, "variable": {"name": "V"}}]
)
def test_what_names_no_variable_is_counted(station: Station201, wrong: Any) -> None:
    """What stands beside it is told."""
    notify(station, wrong, entry(station, "Display", "Color", "red"))
    assert station.kinds("variable_event") == ["delta"]
    assert "names no variable" in station.charge_point.violations.latest[-1].problem


def test_an_event_without_a_list_is_counted(station: Station201) -> None:
    """And answered."""
    assert station.send("NotifyEvent", {"eventData": "none"}) == {}
    assert station.charge_point.violations.latest[-1].problem == "eventData: no list"
