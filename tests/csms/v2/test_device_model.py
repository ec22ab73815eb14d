"""Variables have names that people can write, and what stations report of them is understood."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2.device_model import LONGEST_VALUE, Told, VariableAddress, read_variables

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=50).filter(
    lambda name: name == name.strip() and name.casefold() != "null"
)
PLACES = st.none() | st.tuples(st.integers(1, 100), st.none() | st.integers(1, 100))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def reported(**fields: Any) -> ConfigurationKey:
    """Return what is read of one variable, reported with these members."""
    item = {"component": {"name": "Widget"}, "variable": {"name": "Level"}, **fields}
    (variable,) = read_variables({"reportData": [item]})
    return variable


def with_value(value: Any, **fields: Any) -> dict[str, Any]:
    """Return the attributes of a variable that has a value."""
    return {"variableAttribute": [{"value": value, **fields}]}


@pytest.mark.parametrize(
    ("key", "payload"),
    [
        (
            "SampledDataCtrlr.TxUpdatedInterval",
            {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}},
        ),
        (
            "EVSE(1).AvailabilityState",
            {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}},
        ),
        (
            "Connector(1,2).ConnectorType",
            {
                "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 2}},
                "variable": {"name": "ConnectorType"},
            },
        ),
        (
            "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
            {
                "component": {"name": "DeviceDataCtrlr"},
                "variable": {"name": "ItemsPerMessage", "instance": "GetReport"},
            },
        ),
        (
            "Fan[rear](2).Speed[1.5]",
            {
                "component": {"name": "Fan", "instance": "rear", "evse": {"id": 2}},
                "variable": {"name": "Speed", "instance": "1.5"},
            },
        ),
    ],
)
def test_a_variable_is_named_in_one_text(key: str, payload: dict[str, Any]) -> None:
    """And the text says all that a message has to."""
    address = VariableAddress.parse(key)
    assert address.as_payload() == payload
    assert VariableAddress.from_payload(payload) == address
    assert str(address) == key


@pytest.mark.parametrize("key", [" EVSE ( 1 ) . Power ", "EVSE[](1).Power[]"])
def test_a_key_may_be_written_loosely(key: str) -> None:
    """Blanks and empty instances say nothing."""
    assert str(VariableAddress.parse(key)) == "EVSE(1).Power"


@pytest.mark.parametrize(
    "key",
    ["", "HeartbeatInterval", ".", "A.", ".B", "A.B.C", "A(x).B", "A(0).B", "A(1,0).B", "A(101).B", "A[.B", "A" * 2000],
)
def test_what_names_no_variable_is_said_so(key: str) -> None:
    """The error has the key, not all of it if it is long."""
    with pytest.raises(InvalidRequestError) as error:
        VariableAddress.parse(key)
    assert error.value.reason == "unknown_configuration_key"
    assert len(error.value.placeholders["configuration_key"]) <= 100


@given(NAMES, NAMES, st.none() | NAMES, st.none() | NAMES, PLACES)
def test_whatever_a_station_calls_its_variables_can_be_written(
    component: str,
    variable: str,
    component_instance: str | None,
    variable_instance: str | None,
    place: tuple[int, int | None] | None,
) -> None:
    """Names with points and brackets among them."""
    evse, connector = place or (None, None)
    address = VariableAddress(
        component=component,
        variable=variable,
        component_instance=component_instance,
        variable_instance=variable_instance,
        evse=evse,
        connector=connector,
    )
    assert VariableAddress.parse(str(address)) == address
    assert VariableAddress.from_payload(address.as_payload()) == address


def test_case_tells_no_variables_apart() -> None:
    """Stations spell the standard ones in several ways."""
    loud = VariableAddress.parse("OCPPCOMMCTRLR[A](1).MESSAGETIMEOUT[DEFAULT]")
    assert loud.folded == VariableAddress.parse("OcppCommCtrlr[a](1).messageTimeout[Default]").folded


@given(JSON, JSON)
def test_no_name_is_too_strange_to_be_read(component: Any, variable: Any) -> None:
    """It is one, or none."""
    address = VariableAddress.from_payload({"component": component, "variable": variable})
    assert address is None or VariableAddress.parse(str(address)) == address


def test_a_bare_name_is_a_name() -> None:
    """Where a station writes no objects; EVSE 0 is the station."""
    address = VariableAddress.from_payload({"component": "EVSE", "variable": {"name": "Power"}})
    assert address == VariableAddress(component="EVSE", variable="Power")
    whole = {"component": {"name": "EVSE", "evse": {"id": 0, "connectorId": 1}}, "variable": "Power"}
    assert VariableAddress.from_payload(whole) == address


def test_a_report_tells_all_of_a_variable() -> None:
    """Its value, what it can be, and whether it may be written."""
    variable = reported(
        variableAttribute=[
            {"type": "Target", "value": "40"},
            {"type": "Actual", "value": "30", "mutability": "ReadOnly"},
        ],
        variableCharacteristics={
            "unit": "s",
            "dataType": "integer",
            "minLimit": 1,
            "maxLimit": "3600",
            "valuesList": "30, 40,,50",
            "supportsMonitoring": True,
        },
    )
    assert variable == ConfigurationKey(
        "Widget.Level",
        "30",
        readonly=True,
        unit="s",
        data_type="integer",
        minimum=1.0,
        maximum=3600.0,
        options=("30", "40", "50"),
    )


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        (with_value("30"), "30"),
        (with_value(30), "30"),
        (with_value(True), "true"),
        (with_value(""), ""),
        (with_value("x" * 5000), "x" * LONGEST_VALUE),
        (with_value([1]), None),
        ({"variableAttribute": {"value": "30"}}, "30"),
        ({"variableAttribute": [{"type": "Target", "value": "30"}]}, None),
        ({"variableAttribute": []}, None),
        ({"variableAttribute": None}, None),
        ({}, None),
    ],
)
def test_a_value_is_a_text_however_it_is_written(fields: dict[str, Any], value: str | None) -> None:
    """One without a type is the actual one."""
    variable = reported(**fields)
    assert variable.value == value
    assert not variable.readonly


@pytest.mark.parametrize(
    "fields",
    [
        with_value("hush", mutability="WriteOnly"),
        {**with_value("hush"), "variableCharacteristics": {"dataType": "passwordString"}},
        {**with_value("hush"), "variable": {"name": "basicAuthPassword"}},
    ],
)
def test_a_secret_is_not_kept(fields: dict[str, Any]) -> None:
    """Whatever shows that it is one."""
    variable = reported(**fields)
    assert variable.write_only
    assert "hush" not in str(variable)


@pytest.mark.parametrize(
    ("said", "maximum", "unit", "options"),
    [
        ({"maxLimit": True, "unit": {"unit": "W", "multiplier": 3}, "valuesList": ["A", "W"]}, None, "W", ("A", "W")),
        ({"maxLimit": "much", "unit": "", "valuesList": "A|W"}, None, None, ("A", "W")),
        ({"maxLimit": float("inf"), "valuesList": 7}, None, None, ()),
        ({"maxLimit": 10**400}, None, None, ()),
    ],
)
def test_characteristics_that_say_nothing_are_none(
    said: dict[str, Any], maximum: float | None, unit: str | None, options: tuple[str, ...]
) -> None:
    """And the others are understood in their several forms."""
    variable = reported(variableCharacteristics=said)
    assert (variable.maximum, variable.unit, variable.options) == (maximum, unit, options)


@given(JSON)
def test_no_report_is_too_strange(data: Any) -> None:
    """It has variables, or none."""
    list(read_variables({"reportData": data}))
    list(read_variables({"reportData": [{"component": "A", "variable": "B", "variableAttribute": data}]}))
    list(read_variables({"reportData": [{"component": "A", "variable": "B", "variableCharacteristics": data}]}))


@pytest.mark.parametrize(
    ("value", "says"), [("true", True), ("TRUE ", True), ("1", True), ("false", False), ("0", False), ("", None)]
)
def test_a_variable_is_true_or_false(value: str, says: bool | None) -> None:
    """Or says nothing of the kind."""
    assert Told({"A.B": ConfigurationKey("A.B", value, readonly=False)}).says("a.b") is says


def test_a_variable_that_is_not_told_is_nothing() -> None:
    """Neither text nor number nor truth."""
    told = Told({})
    assert (told.text("A.B"), told.integer("A.B"), told.positive("A.B"), told.says("A.B")) == (None,) * 4
