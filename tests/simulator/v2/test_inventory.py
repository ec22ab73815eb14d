"""Variables on the wire: read and set one by one, and reported together."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator.messages import Payload
from custom_components.ocpp_csms.simulator.transport import CallError
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.inventory import Variables
from tests.simulator.v2.rooms import Surroundings, ask

INTERVAL = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
UNKNOWN_COMPONENT = {"component": {"name": "Nonsense"}, "variable": {"name": "TxUpdatedInterval"}}
UNKNOWN_VARIABLE = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "Nonsense"}}
WITHOUT_INSTANCE = {"component": {"name": "DeviceDataCtrlr"}, "variable": {"name": "ItemsPerMessage", "instance": ""}}


@pytest.fixture
def room(model: DeviceModel, around: Surroundings) -> Variables:
    """The room."""
    return Variables(model, around, around.timestamp)


async def get(room: Variables, *data: Payload) -> list[Payload]:
    answer = await ask(room.handlers, "GetVariables", {"getVariableData": [*data]})
    results: list[Payload] = answer["getVariableResult"]
    return results


async def put(room: Variables, *data: Payload) -> list[str]:
    answer = await ask(room.handlers, "SetVariables", {"setVariableData": [*data]})
    return [result["attributeStatus"] for result in answer["setVariableResult"]]


def names(around: Surroundings) -> list[str]:
    """Return what was reported, as component and variable."""
    return [
        f"{item['component']['name']}.{item['variable']['name']}"
        for payload in around.payloads("NotifyReport")
        for item in payload["reportData"]
    ]


async def test_a_value_is_read(room: Variables) -> None:
    """B06.FR.10 and FR.11: without attribute type it is the actual one, and is named so."""
    assert await get(room, INTERVAL) == [
        {**INTERVAL, "attributeType": "Actual", "attributeStatus": "Accepted", "attributeValue": "60"}
    ]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (UNKNOWN_COMPONENT, "UnknownComponent"),
        (UNKNOWN_VARIABLE, "UnknownVariable"),
        (WITHOUT_INSTANCE, "UnknownVariable"),
        ({**INTERVAL, "attributeType": "Target"}, "NotSupportedAttributeType"),
        (PASSWORD, "Rejected"),
    ],
)
async def test_what_cannot_be_read_has_no_value(room: Variables, asked: Payload, status: str) -> None:
    (result,) = await get(room, asked)
    assert result["attributeStatus"] == status
    assert "attributeValue" not in result


async def test_other_attributes_are_read_and_set_by_their_type(room: Variables) -> None:
    assert await put(room, {**POWER, "attributeType": "MaxSet", "attributeValue": "7000"}) == ["Accepted"]
    (result,) = await get(room, {**POWER, "attributeType": "MaxSet"})
    assert (result["attributeType"], result["attributeValue"]) == ("MaxSet", "7000")


async def test_each_change_is_judged_by_itself(room: Variables, model: DeviceModel) -> None:
    """B05.FR.01 to FR.10: as many results as changes, in order."""
    changes = (
        {**INTERVAL, "attributeValue": "15"},
        {**INTERVAL, "attributeType": "Target", "attributeValue": "15"},
        {**UNKNOWN_COMPONENT, "attributeValue": "15"},
        {**UNKNOWN_VARIABLE, "attributeValue": "15"},
        {**POWER, "attributeValue": "15"},
        {
            "component": {"name": "EVSE", "evse": {"id": 2}},
            "variable": {"name": "PhaseRotation"},
            "attributeValue": "STR",
        },
    )
    assert await put(room, *changes) == [
        "Accepted",
        "NotSupportedAttributeType",
        "UnknownComponent",
        "UnknownVariable",
        "Rejected",
        "RebootRequired",
    ]
    assert model.integer("SampledDataCtrlr.TxUpdatedInterval") == 15


async def test_a_value_longer_than_allowed_is_rejected(room: Variables, model: DeviceModel) -> None:
    model.set("DeviceDataCtrlr.ConfigurationValueSize", "1")
    assert await put(room, {**INTERVAL, "attributeValue": "15"}) == ["Rejected"]


async def test_a_value_is_cut_to_what_may_be_reported(room: Variables, model: DeviceModel) -> None:
    model.set("DeviceDataCtrlr.ReportingValueSize", "1")
    assert (await get(room, INTERVAL))[0]["attributeValue"] == "6"


async def test_work_follows_the_answer_to_a_change(room: Variables) -> None:
    """Only if it was accepted, and only for the actual value."""
    done: list[str] = []

    async def work(value: str) -> None:
        done.append(value)

    room.after["SecurityCtrlr.BasicAuthPassword"] = work
    room.after["EVSE(1).Power"] = done.append
    await put(room, {**PASSWORD, "attributeValue": "short"})
    await put(room, {**POWER, "attributeType": "MaxSet", "attributeValue": "7000"})
    await put(room, {**PASSWORD, "attributeValue": "long-enough-password"})
    assert done == ["long-enough-password"]


async def test_work_that_is_done_at_once_is_not_waited_for(room: Variables) -> None:
    done: list[str] = []
    room.after["SampledDataCtrlr.TxUpdatedInterval"] = lambda value: done.append(value)
    await put(room, {**INTERVAL, "attributeValue": "15"})
    assert done == ["15"]


@pytest.mark.parametrize(
    ("action", "field"),
    [("GetVariables", "getVariableData"), ("SetVariables", "setVariableData"), ("GetReport", "componentVariable")],
)
@pytest.mark.parametrize(
    ("limit", "code"), [("ItemsPerMessage", "OccurrenceConstraintViolation"), ("BytesPerMessage", "FormatViolation")]
)
async def test_more_than_a_message_may_have_is_an_error(
    room: Variables, model: DeviceModel, action: str, field: str, limit: str, code: str
) -> None:
    """B06.FR.16, FR.17, B08.FR.17 and FR.18."""
    model.set(f"DeviceDataCtrlr.{limit}[{action}]", "1")
    item = {**INTERVAL, "attributeValue": "1"} if action == "SetVariables" else INTERVAL
    request = {"requestId": 1, field: [item, item]} if action == "GetReport" else {field: [item, item]}
    with pytest.raises(CallError) as caught:
        await ask(room.handlers, action, request)
    assert caught.value.code == code


async def test_the_full_inventory_comes_in_numbered_parts(room: Variables, around: Surroundings) -> None:
    """B07.FR.08 and FR.10."""
    answer = await ask(room.handlers, "GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
    reports = around.payloads("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert [report["seqNo"] for report in reports] == list(range(len(reports)))
    assert [report["tbc"] for report in reports] == [True] * (len(reports) - 1) + [False]
    assert {report["requestId"] for report in reports} == {7}
    assert len(reports) > 2


async def test_a_report_says_what_a_variable_is_and_may_be(room: Variables, around: Surroundings) -> None:
    await ask(room.handlers, "GetReport", {"requestId": 1, "componentVariable": [POWER]})
    (item,) = around.payloads("NotifyReport")[0]["reportData"]
    assert item == {
        **POWER,
        "variableAttribute": [
            {"type": "Actual", "value": "0", "mutability": "ReadOnly", "persistent": False, "constant": False},
            {"type": "MaxSet", "value": "22080", "mutability": "ReadWrite", "persistent": True, "constant": False},
        ],
        "variableCharacteristics": {
            "dataType": "decimal",
            "supportsMonitoring": True,
            "unit": "W",
            "minLimit": 0.0,
            "maxLimit": 22080.0,
        },
    }


async def test_a_secret_is_reported_without_its_value(
    room: Variables, around: Surroundings, model: DeviceModel
) -> None:
    model.set("SecurityCtrlr.BasicAuthPassword", "a-very-secret-password")
    await ask(room.handlers, "GetReport", {"requestId": 1, "componentVariable": [PASSWORD]})
    (attribute,) = around.payloads("NotifyReport")[0]["reportData"][0]["variableAttribute"]
    assert "value" not in attribute


async def test_the_configuration_inventory_has_what_can_be_set(room: Variables, around: Surroundings) -> None:
    """B07.FR.07."""
    await ask(room.handlers, "GetBaseReport", {"requestId": 1, "reportBase": "ConfigurationInventory"})
    found = names(around)
    assert "SampledDataCtrlr.TxUpdatedInterval" in found
    assert "SecurityCtrlr.BasicAuthPassword" in found
    assert "ChargingStation.Model" not in found


async def test_the_summary_has_what_can_be_charged_with_and_what_is_wrong(
    room: Variables, around: Surroundings, model: DeviceModel
) -> None:
    """B07.FR.09."""
    model.set("EVSE(2).Problem", "true")
    await ask(room.handlers, "GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"})
    assert sorted(names(around)) == [
        "ChargingStation.AvailabilityState",
        *["Connector.AvailabilityState"] * 2,
        *["EVSE.AvailabilityState"] * 2,
        "EVSE.Problem",
    ]


async def test_a_base_report_may_not_be_supported(model: DeviceModel, around: Surroundings) -> None:
    room = Variables(model, around, around.timestamp, refused_reports={"FullInventory"})
    answer = await ask(room.handlers, "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    assert (answer, around.said) == ({"status": "NotSupported"}, [])


async def test_an_inventory_may_be_empty(model: DeviceModel, around: Surroundings) -> None:
    room = Variables(model, around, around.timestamp, reports_nothing=True)
    await ask(room.handlers, "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    (report,) = around.payloads("NotifyReport")
    assert (report["seqNo"], report["tbc"], "reportData" in report) == (0, False, False)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([{"component": {"name": "EVSE"}, "variable": {"name": "Power"}}], ["EVSE.Power"] * 2),
        ([{"component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "Power"}}], ["EVSE.Power"]),
        (
            [{"component": {"name": "DeviceDataCtrlr"}, "variable": {"name": "ItemsPerMessage"}}],
            ["DeviceDataCtrlr.ItemsPerMessage"] * 3,
        ),
        ([INTERVAL, PASSWORD], ["SecurityCtrlr.BasicAuthPassword", "SampledDataCtrlr.TxUpdatedInterval"]),
    ],
)
async def test_a_report_of_chosen_variables(
    room: Variables, around: Surroundings, asked: list[Any], expected: list[str]
) -> None:
    """B08.FR.11 and FR.20 to FR.25."""
    answer = await ask(room.handlers, "GetReport", {"requestId": 1, "componentVariable": asked})
    assert (answer, names(around)) == ({"status": "Accepted"}, expected)


async def test_a_report_of_whole_components(room: Variables, around: Surroundings) -> None:
    await ask(room.handlers, "GetReport", {"requestId": 1, "componentVariable": [{"component": {"name": "TxCtrlr"}}]})
    assert {name.partition(".")[0] for name in names(around)} == {"TxCtrlr"}
    assert len(names(around)) == 7


async def test_a_report_of_components_with_a_problem(room: Variables, around: Surroundings, model: DeviceModel) -> None:
    """B08.FR.10: only those that have one."""
    model.set("EVSE(2).Problem", "true")
    await ask(room.handlers, "GetReport", {"requestId": 1, "componentCriteria": ["Problem"]})
    assert {name.partition(".")[0] for name in names(around)} == {"EVSE"}


@pytest.mark.parametrize("criterion", ["Active", "Available", "Enabled"])
async def test_a_component_that_does_not_say_otherwise_meets_a_criterion(
    room: Variables, around: Surroundings, model: DeviceModel, criterion: str
) -> None:
    """B08.FR.07 to FR.09."""
    model.set("ReservationCtrlr.Available", "false")
    model.set("ReservationCtrlr.Enabled", "false")
    await ask(room.handlers, "GetReport", {"requestId": 1, "componentCriteria": [criterion]})
    found = {name.partition(".")[0] for name in names(around)}
    assert "OCPPCommCtrlr" in found
    assert ("ReservationCtrlr" in found) is (criterion == "Active")
    assert ("ConnectorPlugRetentionLock" in found) is (criterion != "Active")


@pytest.mark.parametrize(
    "request_",
    [
        {"componentVariable": [UNKNOWN_COMPONENT]},
        {"componentCriteria": ["Problem"]},
        {"componentCriteria": ["Problem"], "componentVariable": [INTERVAL]},
    ],
)
async def test_a_report_of_nothing_is_said_to_be_empty(
    room: Variables, around: Surroundings, request_: dict[str, Any]
) -> None:
    """B08.FR.15."""
    answer = await ask(room.handlers, "GetReport", {"requestId": 1, **request_})
    assert (answer, around.said) == ({"status": "EmptyResultSet"}, [])
