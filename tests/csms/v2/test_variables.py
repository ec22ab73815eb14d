"""Variables are read and written in few messages, and what a station answers is told by variable."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, UnclearAnswerError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2.device_model import VariableAddress
from custom_components.ocpp_csms.csms.v2.variables import VariableAnswer, Variables
from tests.csms.v2.scripted_model import ScriptedModel

A, B, C = (VariableAddress.parse(key) for key in ("Widget.A", "Widget.B[x]", "EVSE(1).C"))


def variables(model: ScriptedModel) -> Variables:
    """Return the variables of a model."""
    return Variables(model.call, lambda: model.point.configuration)


def takes(model: ScriptedModel, message: str, items: int) -> None:
    """Let it be known how many items a message may have."""
    key = f"DeviceDataCtrlr.ItemsPerMessage[{message}]"
    model.point.configuration_keys_read({key: ConfigurationKey(key, str(items), readonly=True)})


async def test_variables_are_read_at_once() -> None:
    """Each with its value; one that is not there has its status."""
    model = ScriptedModel(Widget__A="1", **{"EVSE(1).C": "3"})
    assert await variables(model).get([A, B, C]) == [
        VariableAnswer(A, "Accepted", "1"),
        VariableAnswer(B, "UnknownVariable"),
        VariableAnswer(C, "Accepted", "3"),
    ]
    assert len(model.calls) == 1


async def test_no_message_has_more_items_than_the_station_takes() -> None:
    """As it says of itself (B05.FR.11, B06.FR.05)."""
    model = ScriptedModel(Widget__A="1")
    takes(model, "GetVariables", 2)
    takes(model, "SetVariables", 1)
    assert [answer.address for answer in await variables(model).get([A, B, C])] == [A, B, C]
    assert [len(keys) for keys in model.read()] == [2, 1]
    await variables(model).set({A: "2", B: "3"})
    assert model.written() == [{"Widget.A": "2"}, {"Widget.B[x]": "3"}]


async def test_nothing_is_asked_for_nothing() -> None:
    """No message goes out."""
    model = ScriptedModel()
    assert await variables(model).get([]) == []
    assert model.calls == []


async def test_answers_may_come_in_any_order() -> None:
    """They are told apart by their names, as the station spells them."""
    model = ScriptedModel()
    results = [
        {**VariableAddress.parse("evse(1).c").as_payload(), "attributeStatus": "accepted", "attributeValue": 3},
        {**A.as_payload(), "attributeStatus": "Accepted", "attributeValue": "1"},
    ]
    model.answers["GetVariables"] = {"getVariableResult": results}
    assert await variables(model).get([A, C]) == [
        VariableAnswer(A, "Accepted", "1"),
        VariableAnswer(VariableAddress.parse("evse(1).c"), "Accepted", "3"),
    ]


@pytest.mark.parametrize(
    ("results", "statuses"),
    [
        ([{"attributeStatus": "Accepted"}, {"attributeStatus": "Rejected"}], ["Accepted", "Rejected"]),
        ([{"attributeStatus": "Accepted"}], ["", ""]),
        ([{"attributeStatus": "Fine"}, "x"], ["", ""]),
    ],
)
async def test_answers_without_names_go_by_their_place(results: list[Any], statuses: list[str]) -> None:
    """If there are as many as were asked for; else nobody knows what they are about."""
    model = ScriptedModel()
    model.answers["SetVariables"] = {"setVariableResult": results}
    assert [answer.status for answer in await variables(model).set({A: "1", B: "2"})] == statuses


@pytest.mark.parametrize("answer", [[], {}, {"getVariableResult": []}, {"getVariableResult": "x"}])
async def test_an_answer_without_results_is_unclear(answer: Any) -> None:
    """It is neither yes nor no."""
    model = ScriptedModel()
    model.answers["GetVariables"] = answer
    with pytest.raises(UnclearAnswerError):
        await variables(model).get([A])


async def test_who_stumbles_over_one_is_asked_one_by_one() -> None:
    """A CALLERROR for a message says nothing of its items."""
    model = ScriptedModel(Widget__A="1")

    def answer(payload: dict[str, Any]) -> Any:
        items = payload["getVariableData"]
        return None if items == [A.as_payload()] else CallFailedError("GetVariables", "InternalError")

    model.answers["GetVariables"] = answer
    assert await variables(model).get([A, B]) == [VariableAnswer(A, "Accepted", "1"), VariableAnswer(B, "")]
    assert [len(keys) for keys in model.read()] == [2, 1, 1]


async def test_who_knows_no_variables_at_all_fails() -> None:
    """With what it said."""
    model = ScriptedModel()
    model.answers["GetVariables"] = CallFailedError("GetVariables", "NotImplemented")
    for asked in ([A], [A, B]):
        with pytest.raises(CallFailedError):
            await variables(model).get(asked)


async def test_silence_is_not_tried_again() -> None:
    """One time-out is enough."""
    model = ScriptedModel()
    model.answers["GetVariables"] = CallTimeoutError("GetVariables", 30)
    with pytest.raises(CallTimeoutError):
        await variables(model).get([A, B])
    assert len(model.calls) == 1


async def test_a_password_is_not_read() -> None:
    """Even where a station tells it."""
    model = ScriptedModel(SecurityCtrlr__BasicAuthPassword="hush")
    [answer] = await variables(model).get([VariableAddress.parse("SecurityCtrlr.BasicAuthPassword")])
    assert (answer.status, answer.value) == ("Accepted", None)
