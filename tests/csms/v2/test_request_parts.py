"""What is too much for one message is asked for by several."""

import pytest

from custom_components.ocpp_csms.csms.extended_requests import (
    ClearMessage,
    ClearVariableMonitors,
    GetReport,
    GetVariableMonitors,
    MonitorAnswer,
    MonitorGroup,
    ReportCriterion,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import Answer, Request
from custom_components.ocpp_csms.csms.v2.request_parts import joined, parts_of


def told(key: str, value: str) -> dict[str, ConfigurationKey]:
    """Return what a station says about its messages."""
    return {key: ConfigurationKey(key, value, readonly=True)}


def test_monitors_are_cleared_as_many_at_a_time_as_the_station_takes() -> None:
    """All at once, if it does not say."""
    request = ClearVariableMonitors(monitor_ids=tuple(range(5)))
    configuration = told("MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]", "2")
    parts = [ClearVariableMonitors(monitor_ids=some) for some in ((0, 1), (2, 3), (4,))]
    assert parts_of(request, configuration) == parts
    assert parts_of(request, {}) == [request]


@pytest.mark.parametrize(
    "request_",
    [
        GetReport(request_id=3, criteria=(ReportCriterion.PROBLEM,), variables=("A.B", "C.D", "E.F")),
        GetVariableMonitors(request_id=3, groups=(MonitorGroup.DELTA,), variables=("A.B", "C.D", "E.F")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_variables_are_reported_as_many_at_a_time_as_the_station_takes(
    request_: GetReport | GetVariableMonitors,
) -> None:
    """Each report has an id of its own; what else was asked for holds for each."""
    parts = parts_of(request_, told("DeviceDataCtrlr.ItemsPerMessage[GetReport]", "2"))
    assert [part.variables for part in parts if isinstance(part, type(request_))] == [("A.B", "C.D"), ("E.F",)]
    assert len({part.request_id for part in parts if isinstance(part, type(request_))}) == 2
    assert parts[0] == type(request_)(
        **{name: getattr(request_, name) for name in request_.__slots__ if name != "variables"},
        variables=("A.B", "C.D"),
    )


@pytest.mark.parametrize("request_", [ClearMessage(1), GetReport(request_id=3), GetVariableMonitors(request_id=3)])
def test_what_fits_is_asked_for_as_it_is(request_: Request) -> None:
    """In one message."""
    assert parts_of(request_, {}) == [request_]


def test_the_answers_are_one() -> None:
    """In their order; what one of them has not is no matter, what one lacks is lacking."""
    found = MonitorAnswer(status="Accepted", monitor_id=1)
    answer = joined(
        [
            Answer("EmptyResultSet"),
            Answer("Accepted", reports=({"seqNo": 0},), complete=False, items=(found,)),
            Answer("Accepted", reports=({"seqNo": 1},), items=(found,)),
        ]
    )
    assert answer == Answer("Accepted", reports=({"seqNo": 0}, {"seqNo": 1}), complete=False, items=(found, found))
    assert joined([Answer("EmptyResultSet"), Answer("EmptyResultSet")]).status == "EmptyResultSet"
