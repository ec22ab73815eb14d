"""The inventory of a station: read in whichever way it can be, kept, asked about, and brought to what is wanted."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2 import device_model, inventory
from custom_components.ocpp_csms.csms.v2.configuration import KEY_MEASURANDS, NEEDED_KEYS
from custom_components.ocpp_csms.csms.v2.inventory import Inventory
from custom_components.ocpp_csms.csms.wanted_configuration import MEASURANDS, Wanted
from tests.csms.v2.scripted_model import ScriptedModel

WANTED = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=20)
INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"
HEARTBEAT = "OCPPCommCtrlr.HeartbeatInterval"
PASSWORD = "SecurityCtrlr.BasicAuthPassword"
ALL, LEAST, TWO = ",".join(MEASURANDS), ",".join(MEASURANDS[:4]), ",".join(MEASURANDS[:2])


def of(model: ScriptedModel) -> Inventory:
    """Return the inventory of a model; a report that does not go on has broken off at once."""
    return Inventory(model.point, model.call, model.reports, patience=0.0)


def station(**values: str) -> ScriptedModel:
    """Return a station with one EVSE that samples."""
    keys = {KEY_MEASURANDS: "", INTERVAL: "60", HEARTBEAT: "600", "EVSE(1).Power": "0"}
    return ScriptedModel(**keys | values)


# Reading


async def test_everything_is_reported() -> None:
    """In one report, with what each variable can be."""
    model = station()
    model.characteristics[INTERVAL] = {"unit": "s", "dataType": "integer", "maxLimit": 3600}
    model.mutability["EVSE(1).Power"] = "ReadOnly"
    found = await of(model).read()
    assert found.keys() == model.values.keys()
    assert found[INTERVAL] == ConfigurationKey(
        INTERVAL, "60", readonly=False, unit="s", data_type="integer", maximum=3600.0
    )
    assert found["EVSE(1).Power"].readonly
    assert [payload["reportBase"] for payload in model.told("GetBaseReport")] == ["FullInventory"]
    assert model.told("GetVariables") == []


async def test_a_report_in_parts_is_put_together() -> None:
    """Out of order, and with one that comes before the answer."""
    model = station()

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        for place, key in reversed(list(enumerate(model.values))):
            model.tell(payload["requestId"], [key], last=place == len(model.values) - 1, place=place)
        return {"status": "Accepted"}

    model.answers["GetBaseReport"] = answer
    assert (await of(model).read()).keys() == model.values.keys()


async def test_attributes_that_come_one_by_one_are_one_variable() -> None:
    """What has no value of its own does not take one away."""
    model = station()

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        model.tell(payload["requestId"], model.values, last=False)
        item = {"component": "SampledDataCtrlr", "variable": "TxUpdatedInterval"}
        target = {**item, "variableAttribute": [{"type": "Target", "value": "1"}]}
        part = {"requestId": payload["requestId"], "seqNo": 1, "reportData": [target]}
        model.reports.arrived("NotifyReport", part)
        return {"status": "Accepted"}

    model.answers["GetBaseReport"] = answer
    assert (await of(model).read())[INTERVAL].value == "60"


async def test_who_cannot_report_everything_reports_what_can_be_set() -> None:
    """What we need of the rest is asked for."""
    model = station(SmartChargingCtrlr__ProfileStackLevel="9", EVSE__Other="1")
    model.mutability |= dict.fromkeys(["SmartChargingCtrlr.ProfileStackLevel", "EVSE.Other"], "ReadOnly")
    model.bases.remove("FullInventory")
    found = await of(model).read()
    assert found.keys() == model.values.keys() - {"EVSE.Other"}
    assert found["SmartChargingCtrlr.ProfileStackLevel"].value == "9"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "NotSupported"},
        {"status": "EmptyResultSet"},
        {},
        "x",
        CallFailedError("GetBaseReport", "NotImplemented"),
        CallTimeoutError("GetBaseReport", 30),
        {"status": "Accepted"},
    ],
    ids=["not supported", "empty", "no status", "no object", "error", "silence", "nothing comes"],
)
async def test_who_reports_nothing_is_asked_for_single_variables(answer: Any) -> None:
    """Those that we go by."""
    model = station()
    model.answers["GetBaseReport"] = answer
    found = await of(model).read()
    assert found.keys() == model.values.keys() - {"EVSE(1).Power"}
    assert [key for keys in model.read() for key in keys] == list(NEEDED_KEYS)
    assert len(model.told("GetBaseReport")) == 2


async def test_an_empty_report_is_none() -> None:
    """Some say that they have sent everything, and it is nothing."""
    model = station()

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        model.tell(payload["requestId"], [])
        return {"status": "Accepted"}

    model.answers["GetBaseReport"] = answer
    assert INTERVAL in await of(model).read()


async def test_what_has_come_of_a_report_that_never_ends_is_kept() -> None:
    """And the rest is asked for."""
    model = station()
    model.breaks_off = {"FullInventory", "ConfigurationInventory"}
    model.answers["GetVariables"] = CallFailedError("GetVariables", "InternalError")
    assert (await of(model).read()).keys() == model.values.keys()


async def test_a_report_without_what_every_station_has_is_completed() -> None:
    """A station may report a few variables and call that everything."""
    model = ScriptedModel(EVSE__Available="true")
    found = await of(model).read()
    assert found.keys() == {"EVSE.Available"}
    assert model.read()


async def test_who_tells_nothing_in_any_way_has_no_inventory() -> None:
    """The error says what was answered last."""
    model = station()
    model.bases.clear()
    model.answers["GetVariables"] = CallFailedError("GetVariables", "NotImplemented")
    with pytest.raises(CallFailedError):
        await of(model).read()


async def test_a_lost_connection_ends_it() -> None:
    """Nothing more will come."""
    model = station()

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        model.reports.close()
        return {"status": "Accepted"}

    model.answers["GetBaseReport"] = answer
    with pytest.raises(NotConnectedError):
        await of(model).read()


async def test_no_more_variables_are_kept_than_a_station_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that goes on and on fills no memory."""
    monkeypatch.setattr(inventory, "MOST_VARIABLES", 3)
    monkeypatch.setattr(device_model, "MOST_VARIABLES", 3)
    assert len(await of(station(Widget__A="1")).read()) == 3


# Single variables


async def test_variables_are_read_by_their_keys() -> None:
    """In any case, by the names of 1.6 too; what is no variable is unknown."""
    model = station(Widget__A="1")
    keys = ["widget.a", "HeartbeatInterval", "MeterValueSampleInterval", "Nonsense", "Widget.B"]
    known, unknown = await of(model).get(keys)
    assert {key: item.value for key, item in known.items()} == {"Widget.A": "1", HEARTBEAT: "600", INTERVAL: "60"}
    assert unknown == ["Nonsense", "Widget.B"]
    assert len(model.calls) == 1


async def test_what_is_known_of_a_variable_stays_known() -> None:
    """A value alone is read; the report has told the rest."""
    model = station()
    model.characteristics[INTERVAL] = {"unit": "s"}
    model.mutability[INTERVAL] = "ReadOnly"
    model.point.configuration_read(await of(model).read())
    model.values[INTERVAL] = "90"
    known, _unknown = await of(model).get([INTERVAL.upper()])
    assert known == {INTERVAL: ConfigurationKey(INTERVAL, "90", readonly=True, unit="s")}


async def test_the_same_variable_is_asked_for_once() -> None:
    """However often it is named."""
    model = station()
    await of(model).get(["HeartbeatInterval", HEARTBEAT])
    assert model.read() == [[HEARTBEAT]]


async def test_what_can_only_be_written_is_known_without_a_value() -> None:
    """It is there all the same (B06.FR.09)."""
    model = station(**{PASSWORD: "hush", "Widget.A": "x"})
    model.mutability["Widget.A"] = "WriteOnly"
    known, _unknown = await of(model).get([PASSWORD, "Widget.A"])
    assert known[PASSWORD] == ConfigurationKey(PASSWORD, None, readonly=False, write_only=True)
    assert known["Widget.A"].value is None


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
async def test_a_variable_is_written(status: str) -> None:
    """By the name that the station has for it."""
    model = station()
    model.point.configuration_read(await of(model).read())
    model.statuses[HEARTBEAT, "60"] = status
    assert await of(model).set("heartbeatinterval", "60") == status
    assert model.written() == [{HEARTBEAT: "60"}]


@pytest.mark.parametrize("status", ["Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"])
async def test_a_refusal_says_what_the_station_says(status: str) -> None:
    """Nothing is reported as done."""
    model = station()
    model.statuses[HEARTBEAT, "60"] = status
    with pytest.raises(RefusedError) as refused:
        await of(model).set(HEARTBEAT, "60")
    assert refused.value.status == status


async def test_a_status_that_is_none_is_unclear() -> None:
    """Neither yes nor no."""
    model = station()
    model.statuses[HEARTBEAT, "60"] = "Perhaps"
    with pytest.raises(UnclearAnswerError):
        await of(model).set(HEARTBEAT, "60")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (PASSWORD.lower(), "password_key"),
        ("AuthorizationKey", "password_key"),
        ("Nonsense", "unknown_configuration_key"),
    ],
)
async def test_what_must_not_or_cannot_be_written_is_not_sent(key: str, reason: str) -> None:
    """The password of the connection has its own way."""
    model = station()
    with pytest.raises(InvalidRequestError) as error:
        await of(model).set(key, "hush")
    assert error.value.reason == reason
    assert model.calls == []


async def test_the_password_is_written_as_it_is() -> None:
    """In plain text (A01)."""
    model = station()
    assert await of(model).set_password("a password of 16") == "Accepted"
    assert model.written() == [{PASSWORD: "a password of 16"}]


# What is learned


async def test_what_decides_about_limits_is_learned_once() -> None:
    """Where no inventory was read."""
    model = station(SmartChargingCtrlr__RateUnit="A,W")
    known = of(model)
    for _ in range(2):
        await known.learn_capabilities()
    assert len(model.calls) == 1
    assert model.point.configuration["SmartChargingCtrlr.RateUnit"].value == "A,W"


async def test_with_the_inventory_there_is_nothing_to_learn() -> None:
    """What is not in it is not there."""
    model = station()
    model.point.configuration_read(await of(model).read())
    await of(model).learn_capabilities()
    assert model.told("GetVariables") == []


@pytest.mark.parametrize(
    "error", [CallFailedError("GetVariables", "NotSupported"), CallTimeoutError("GetVariables", 30)]
)
async def test_who_does_not_tell_what_decides_is_not_asked_again(error: Exception) -> None:
    """It gets the plainest limits."""
    model = station()
    model.answers["GetVariables"] = error
    known = of(model)
    await known.learn_capabilities()
    asked = len(model.calls)
    await known.learn_capabilities()
    assert len(model.calls) == asked


async def test_what_could_not_be_learned_may_be_asked_for_again() -> None:
    """The error goes to who asked."""
    model = station()
    model.answers["GetVariables"] = CallTimeoutError("GetVariables", 30)
    known = of(model)
    with pytest.raises(CallTimeoutError):
        await known.learn(["Widget.A"])
    del model.answers["GetVariables"]
    await known.learn(["Widget.A"])
    assert len(model.calls) == 2


# What is wanted


async def test_a_station_is_configured_in_one_message() -> None:
    """What differs is written, and known from then on; its EVSEs are connectors."""
    model = station(**{"EVSE(2).Power": "0"})
    await of(model).configure(WANTED)
    assert model.written() == [{INTERVAL: "20", HEARTBEAT: "300", KEY_MEASURANDS: ALL}]
    assert model.point.configuration[INTERVAL].value == "20"
    assert model.point.connectors.keys() == {0, 1, 2}


async def test_a_station_that_is_as_wanted_is_left_alone() -> None:
    """The second time, only what we go by is looked at."""
    model = station()
    await of(model).configure(WANTED)
    model.calls.clear()
    await of(model).configure(WANTED)
    assert model.read() == [[KEY_MEASURANDS, INTERVAL, HEARTBEAT]]
    assert model.written() == []
    assert model.told("GetBaseReport") == []


async def test_what_somebody_else_has_changed_is_put_right() -> None:
    """Though the inventory is known."""
    model = station()
    await of(model).configure(WANTED)
    model.values[INTERVAL] = "900"
    await of(model).configure(WANTED)
    assert model.written()[1:] == [{INTERVAL: "20"}]


async def test_a_security_profile_that_has_gone_up_is_noticed() -> None:
    """A station comes back with it after a restart (A05); nobody tells us otherwise."""
    model = station(**{"SecurityCtrlr.SecurityProfile": "2"})
    await of(model).configure(WANTED)
    model.values["SecurityCtrlr.SecurityProfile"] = "3"
    await of(model).configure(WANTED)
    assert model.point.configuration["SecurityCtrlr.SecurityProfile"].value == "3"


async def test_another_firmware_is_read_anew() -> None:
    """Nothing of the old one holds."""
    model = station()
    await of(model).configure(WANTED)
    model.point.forget_configuration()
    await of(model).configure(WANTED)
    assert len(model.told("GetBaseReport")) == 2


async def test_who_does_not_tell_again_is_taken_for_what_it_was() -> None:
    """An error is no reason to write everything."""
    model = station()
    await of(model).configure(WANTED)
    model.answers["GetVariables"] = CallFailedError("GetVariables", "InternalError")
    await of(model).configure(WANTED)
    assert len(model.written()) == 1


async def test_fewer_measurands_are_tried_until_a_list_is_taken() -> None:
    """What was refused is not asked for again."""
    model = station()
    model.statuses |= {(KEY_MEASURANDS, ALL): "Rejected"}
    await of(model).configure(WANTED)
    assert [values.get(KEY_MEASURANDS) for values in model.written()] == [ALL, LEAST]
    assert model.point.refused_configuration == {KEY_MEASURANDS: [ALL]}
    model.values[KEY_MEASURANDS] = ""
    await of(model).configure(WANTED)
    assert model.written()[2:] == [{KEY_MEASURANDS: LEAST}]


async def test_a_list_that_holds_already_is_not_written() -> None:
    """Also if a longer one was refused before."""
    model = station(**{KEY_MEASURANDS: LEAST})
    model.point.configuration_refused(KEY_MEASURANDS, ALL)
    await of(model).configure(WANTED)
    assert model.written() == [{INTERVAL: "20", HEARTBEAT: "300"}]


async def test_who_takes_no_list_keeps_its_own() -> None:
    """All of them are remembered as refused."""
    model = station()
    model.statuses |= {(KEY_MEASURANDS, value): "Rejected" for value in (ALL, LEAST, TWO)}
    await of(model).configure(WANTED)
    assert model.point.refused_configuration == {KEY_MEASURANDS: [ALL, LEAST, TWO]}


async def test_what_is_refused_is_not_written_again() -> None:
    """Until the firmware is another one, or the user asks."""
    model = station()
    model.statuses[INTERVAL, "20"] = "Rejected"
    await of(model).configure(WANTED)
    await of(model).configure(WANTED)
    assert [values.get(INTERVAL) for values in model.written()] == ["20"]


@pytest.mark.parametrize(
    "error", [CallFailedError("SetVariables", "InternalError"), UnclearAnswerError("SetVariables")]
)
async def test_what_fails_may_be_written_another_time(error: Exception) -> None:
    """It was not refused for good."""
    model = station()
    model.answers["SetVariables"] = error
    await of(model).configure(WANTED)
    assert model.point.refused_configuration == {}
    assert model.point.configuration[INTERVAL].value == "60"


async def test_an_answer_that_leaves_one_out_says_nothing_of_it() -> None:
    """Neither written nor refused."""
    model = station()
    model.statuses[INTERVAL, "20"] = "?"
    await of(model).configure(WANTED)
    assert model.point.refused_configuration == {}
    assert model.point.configuration[INTERVAL].value == "60"


async def test_measurands_that_cannot_be_set_are_left() -> None:
    """A station may measure what it likes."""
    model = station()
    model.mutability[KEY_MEASURANDS] = "ReadOnly"
    model.point.update_settings(ChargePointSettings(quirks={"meter_interval": 30}))
    await of(model).configure(WANTED)
    assert model.written() == [{INTERVAL: "30", HEARTBEAT: "300"}]


async def test_nothing_is_written_to_who_has_nothing_of_it() -> None:
    """Not even a connector is known."""
    model = ScriptedModel(Widget__A="1")
    await of(model).configure(WANTED)
    assert model.written() == []
    assert model.point.connectors.keys() == {0}
