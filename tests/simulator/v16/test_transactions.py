"""Transactions: cards, cables, remote commands, what the central system answers, and what is reported."""

import json

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, Car, Quirks, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, SILENCE, Central, Fail
from tests.simulator.conftest import Dial


async def test_card_and_cable_start_a_transaction(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.plug_in(1)
    assert await charge_point.present_card(1, "TAG")
    assert central.actions()[-4:] == ["StatusNotification", "Authorize", "StartTransaction", "StatusNotification"]
    assert central.statuses() == ["Available", "Preparing", "Charging"]
    start = central.payloads("StartTransaction")[0]
    assert (start["connectorId"], start["idTag"], start["meterStart"]) == (1, "TAG", 0)
    assert start["timestamp"].endswith("Z")
    assert charge_point.connector(1).transaction_id == 1


async def test_the_card_may_come_before_the_cable(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.present_card(1, "TAG")
    assert central.statuses()[-1] == "Preparing"
    assert "StartTransaction" not in central.actions()
    await charge_point.plug_in(1)
    assert central.statuses()[-1] == "Charging"


async def test_whoever_does_not_plug_in_in_time_loses_the_authorization(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    assert central.statuses()[-1] == "Available"
    await charge_point.plug_in(1)
    assert "StartTransaction" not in central.actions()


async def test_without_a_time_out_the_authorization_waits_for_ever(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("ConnectionTimeOut", "0")
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(3600)
    await charge_point.plug_in(1)
    assert "StartTransaction" in central.actions()


@pytest.mark.parametrize("answer", [{"idTagInfo": {"status": "Invalid"}}, {}, Fail("InternalError")])
async def test_a_card_that_is_not_accepted_starts_nothing(
    central: Central, charge_point: SimulatedChargePoint, answer: object
) -> None:
    central.answers["Authorize"] = answer
    await charge_point.plug_in(1)
    assert not await charge_point.present_card(1, "TAG")
    assert "StartTransaction" not in central.actions()


async def test_the_same_card_stops(central: Central, charging: SimulatedChargePoint) -> None:
    assert await charging.present_card(1, "TAG")
    stop = central.payloads("StopTransaction")[0]
    assert (stop["transactionId"], stop["reason"], stop["idTag"]) == (1, "Local", "TAG")
    assert central.statuses()[-1] == "Finishing"


async def test_another_card_does_not_stop(central: Central, charging: SimulatedChargePoint) -> None:
    assert not await charging.present_card(1, "OTHER")
    assert "StopTransaction" not in central.actions()


async def test_a_card_of_the_same_family_stops(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers["Authorize"] = {"idTagInfo": {**ACCEPTED, "parentIdTag": "FAMILY"}}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert await charge_point.present_card(1, "OTHER")
    assert central.payloads("StopTransaction")[0]["idTag"] == "OTHER"


async def test_the_stop_message_carries_the_registers_of_begin_and_end(
    central: Central, charging: SimulatedChargePoint
) -> None:
    await charging.tick(360)
    await charging.present_card(1, "TAG")
    stop = central.payloads("StopTransaction")[0]
    values = [
        (each["sampledValue"][0]["context"], each["sampledValue"][0]["value"]) for each in stop["transactionData"]
    ]
    assert values == [("Transaction.Begin", "0"), ("Transaction.End", str(stop["meterStop"]))]
    assert 2000 < stop["meterStop"] < 2300  # 22 kW for six minutes


async def test_the_stop_message_may_leave_out_the_registers(central: Central, charging: SimulatedChargePoint) -> None:
    await central.call("ChangeConfiguration", {"key": "StopTxnSampledData", "value": ""})
    await charging.present_card(1, "TAG")
    assert "transactionData" not in central.payloads("StopTransaction")[0]


async def test_unplugging_stops(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.unplug(1)
    assert central.payloads("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert central.statuses()[-1] == "Available"
    assert charging.connector(1).current == 0


async def test_unplugging_may_only_suspend(central: Central, charging: SimulatedChargePoint) -> None:
    charging.configure("StopTransactionOnEVSideDisconnect", "false")
    await charging.unplug(1)
    assert central.statuses()[-1] == "SuspendedEV"
    await charging.plug_in(1)
    assert central.statuses()[-1] == "Charging"


async def test_a_full_car_suspends_the_transaction(central: Central, dial: Dial) -> None:
    charge_point = await dial(car=Car(soc=99.5, capacity_wh=10_000))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(120)
    assert central.statuses()[-1] == "SuspendedEV"
    assert charge_point.connector(1).car.soc == pytest.approx(100, abs=0.05)


async def test_another_car_may_plug_in(charge_point: SimulatedChargePoint) -> None:
    await charge_point.plug_in(1, Car(phases=1, max_current=10))
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(10)
    connector = charge_point.connector(1)
    assert (connector.current, connector.phases, round(connector.power)) == (10, 1, round(10 * 230.4))


async def test_whoever_plugs_in_may_charge_without_card(central: Central, dial: Dial) -> None:
    charge_point = await dial(autostart_tag="FREE")
    await charge_point.plug_in(1)
    assert central.payloads("StartTransaction")[0]["idTag"] == "FREE"
    assert "Authorize" not in central.actions()


async def test_meter_values_come_at_the_interval_with_the_measurands_of_the_configuration(
    central: Central, charging: SimulatedChargePoint
) -> None:
    await central.call("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"})
    measurands = "Energy.Active.Import.Register,Current.Import,SoC,Frequency"
    await central.call("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": measurands})
    await charging.tick(35)
    messages = central.payloads("MeterValues")
    assert len(messages) == 3
    assert messages[-1]["transactionId"] == 1
    values = messages[-1]["meterValue"][0]["sampledValue"]
    assert [(each["measurand"], each.get("unit"), each.get("phase")) for each in values] == [
        ("Energy.Active.Import.Register", "Wh", None),
        ("Current.Import", "A", "L1"),
        ("Current.Import", "A", "L2"),
        ("Current.Import", "A", "L3"),
        ("SoC", "Percent", None),
        ("Frequency", None, None),
    ]
    assert all(isinstance(each["value"], str) for each in values)


async def test_every_measurand_can_be_measured(central: Central, charging: SimulatedChargePoint) -> None:
    charging.configure(
        "MeterValuesSampledData",
        "Energy.Active.Import.Interval,Power.Offered,Power.Factor,Current.Offered,Temperature,Voltage",
    )
    await charging.tick(60)
    values = central.payloads("MeterValues")[0]["meterValue"][0]["sampledValue"]
    measured = {each["measurand"]: float(each["value"]) for each in values}
    assert measured["Energy.Active.Import.Interval"] == pytest.approx(charging.connector(1).register_wh, abs=1)
    assert measured["Power.Offered"] == pytest.approx(21_900, rel=0.01)
    assert (measured["Current.Offered"], measured["Power.Factor"]) == (32, 1)
    assert 21 < measured["Temperature"] < 30
    await charging.tick(60)
    interval = float(central.payloads("MeterValues")[1]["meterValue"][0]["sampledValue"][0]["value"])
    assert interval == pytest.approx(21_870 / 60, rel=0.01)


async def test_an_interval_of_zero_ends_the_meter_values(central: Central, charging: SimulatedChargePoint) -> None:
    await central.call("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "0"})
    await charging.tick(300)
    assert "MeterValues" not in central.actions()


async def test_clock_aligned_values_come_without_transaction(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await central.call("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "900"})
    await charge_point.tick(1800)
    messages = central.payloads("MeterValues")
    assert len(messages) == 2
    assert "transactionId" not in messages[0]
    assert messages[0]["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"
    assert messages[0]["meterValue"][0]["timestamp"][14:16] in {"00", "15", "30", "45"}


async def test_a_meter_with_nothing_to_say_says_nothing(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("ChangeConfiguration", {"key": "MeterValuesAlignedData", "value": "SoC"})
    await central.call("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "60"})
    await charge_point.tick(120)
    assert "MeterValues" not in central.actions()


async def test_two_connectors_charge_independently(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2, car=Car(soc=10))
    for number in (1, 2):
        await charge_point.plug_in(number)
        await charge_point.present_card(number, f"TAG{number}")
    await charge_point.unplug(1)
    await charge_point.tick(60)
    assert charge_point.connector(1).transaction_id is None
    assert charge_point.connector(2).transaction_id == 2
    assert charge_point.connector(1).car.soc == 10
    assert charge_point.connector(2).car.soc > 10


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "ConcurrentTx"])
async def test_a_start_that_is_not_authorised_is_stopped(
    central: Central, charge_point: SimulatedChargePoint, status: str
) -> None:
    central.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": status}}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    stop = await central.wait_call("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (5, "DeAuthorized")


async def test_a_start_that_is_not_authorised_may_only_be_suspended(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("StopTransactionOnInvalidId", "false")
    central.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Invalid"}}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert central.statuses()[-1] == "SuspendedEVSE"
    assert charge_point.connector(1).transaction_id == 5


async def test_a_transaction_that_never_got_an_id_is_stopped_as_minus_one(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("TransactionMessageRetryInterval", "0")
    central.answers["StartTransaction"] = Fail("InternalError")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert len(central.payloads("StartTransaction")) == 3
    await charge_point.tick(60)
    assert "transactionId" not in central.payloads("MeterValues")[0]
    await charge_point.unplug(1)
    assert central.payloads("StopTransaction")[0]["transactionId"] == -1


async def test_transaction_messages_without_answer_are_tried_again(central: Central, dial: Dial) -> None:
    charge_point = await dial(call_timeout=0.05, configuration={"TransactionMessageRetryInterval": "0"})
    central.answers["StartTransaction"] = SILENCE
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    starts = central.payloads("StartTransaction")
    assert len(starts) == 3
    assert starts[0] == starts[1] == starts[2]


async def test_an_answer_without_sense_harms_nothing(central: Central, charge_point: SimulatedChargePoint) -> None:
    central.answers["StartTransaction"] = {"transactionId": "many", "idTagInfo": []}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert (await central.wait_call("StopTransaction"))["transactionId"] == -1


# Remote commands


async def test_a_remote_start_needs_no_authorization_by_default(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.plug_in(1)
    assert await central.call("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1}) == ACCEPTED
    await charge_point.wait_status(1, "Charging")
    assert "Authorize" not in central.actions()


@pytest.mark.parametrize(("status", "starts"), [("Accepted", 1), ("Invalid", 0)])
async def test_a_remote_start_may_be_authorised_first(
    central: Central, charge_point: SimulatedChargePoint, status: str, starts: int
) -> None:
    charge_point.configure("AuthorizeRemoteTxRequests", "true")
    central.answers["Authorize"] = {"idTagInfo": {"status": status}}
    await charge_point.plug_in(1)
    await central.call("RemoteStartTransaction", {"idTag": "TAG"})
    await central.wait_call("Authorize")
    await charge_point.settle()
    assert len(central.payloads("StartTransaction")) == starts


async def test_a_remote_start_waits_for_the_cable(central: Central, charge_point: SimulatedChargePoint) -> None:
    await central.call("RemoteStartTransaction", {"idTag": "TAG"})
    await charge_point.wait_status(1, "Preparing")
    await charge_point.plug_in(1)
    assert charge_point.connector(1).transaction_id == 1


async def test_a_remote_start_without_connector_prefers_the_one_with_a_cable(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    await charge_point.plug_in(2)
    await central.call("RemoteStartTransaction", {"idTag": "TAG"})
    assert (await central.wait_call("StartTransaction"))["connectorId"] == 2


async def test_a_remote_start_on_a_busy_or_missing_connector_is_rejected(
    central: Central, charging: SimulatedChargePoint
) -> None:
    for connector in (1, 7):
        request = {"idTag": "TAG", "connectorId": connector}
        assert await central.call("RemoteStartTransaction", request) == {"status": "Rejected"}
    assert charging.connector(1).transaction_id == 1


async def test_a_remote_stop_stops(central: Central, charging: SimulatedChargePoint) -> None:
    assert await central.call("RemoteStopTransaction", {"transactionId": 1}) == ACCEPTED
    assert (await central.wait_call("StopTransaction"))["reason"] == "Remote"
    await charging.wait_status(1, "Finishing")


async def test_a_remote_stop_of_another_transaction_is_rejected(
    central: Central, charging: SimulatedChargePoint
) -> None:
    assert await central.call("RemoteStopTransaction", {"transactionId": 2}) == {"status": "Rejected"}
    assert charging.connector(1).status == "Charging"


@pytest.mark.parametrize(("name", "status"), [("none", "Accepted"), ("finishing_until_unplug", "Rejected")])
async def test_some_must_be_unplugged_before_the_next_transaction(
    central: Central, dial: Dial, name: str, status: str
) -> None:
    charge_point = await dial(quirks=PRESETS[name])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    assert await central.call("RemoteStartTransaction", {"idTag": "TAG"}) == {"status": status}


async def test_a_remote_start_may_bring_a_profile_which_ends_with_the_transaction(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}]},
    }
    await charge_point.plug_in(1)
    await central.call("RemoteStartTransaction", {"idTag": "TAG", "chargingProfile": profile})
    await charge_point.wait_status(1, "Charging")
    await charge_point.tick(10)
    assert charge_point.connector(1).current == 8
    await central.call("RemoteStopTransaction", {"transactionId": 1})
    await charge_point.wait_status(1, "Finishing")
    assert charge_point.connector(1).limit == 32


@pytest.mark.parametrize("change", [{"chargingProfilePurpose": "TxDefaultProfile"}, {"stackLevel": "high"}])
async def test_a_remote_start_with_a_wrong_profile_is_rejected(
    central: Central, charge_point: SimulatedChargePoint, change: dict[str, object]
) -> None:
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}]},
    }
    request = {"idTag": "TAG", "chargingProfile": profile | change}
    assert await central.call("RemoteStartTransaction", request) == {"status": "Rejected"}
    assert charge_point.connector(1).status == "Available"


# Oddities


@pytest.mark.parametrize(
    ("quirks", "measurand", "expected"),
    [
        (PRESETS["numeric_values"], "Current.Import", (32.0, "A")),
        (PRESETS["blank_values"], "Current.Import", (" 32.0", "A")),
        (PRESETS["misspelt_units"], "Current.Import", ("32.0", "Amp")),
        (PRESETS["wrong_units"], "Power.Active.Import", ("21872.64", "Wh")),
        (PRESETS["kilo_units"], "Power.Active.Import", ("21.873", "kW")),
    ],
)
async def test_values_and_units_may_be_odd(
    central: Central, dial: Dial, quirks: Quirks, measurand: str, expected: tuple[object, str]
) -> None:
    charge_point = await dial(quirks=quirks)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    values = central.payloads("MeterValues")[0]["meterValue"][0]["sampledValue"]
    value = next(each for each in values if each["measurand"] == measurand)
    assert (value["value"], value["unit"]) == expected


async def test_meter_values_may_be_an_object(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["meter_value_object"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    assert "sampledValue" in central.payloads("MeterValues")[0]["meterValue"]


async def registers(central: Central, charge_point: SimulatedChargePoint, minutes: int) -> list[float]:
    """Charge for some minutes and return the reported registers."""
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60 * minutes)
    return [float(message["meterValue"][0]["sampledValue"][0]["value"]) for message in central.payloads("MeterValues")]


async def test_the_register_may_glitch_to_zero(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["register_glitch"])
    assert [value == 0 for value in await registers(central, charge_point, 6)] == [False, False, True] * 2


async def test_the_register_may_count_each_session_from_zero(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["session_register"])
    first = await registers(central, charge_point, 1)
    await charge_point.unplug(1)
    await registers(central, charge_point, 1)
    again = float(central.payloads("MeterValues")[-1]["meterValue"][0]["sampledValue"][0]["value"])
    assert again == pytest.approx(first[0], abs=1)
    assert central.payloads("StartTransaction")[1]["meterStart"] == int(first[0])


async def test_meter_values_may_come_after_the_stop(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["late_meter_values"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    after = central.calls[central.actions().index("StopTransaction") + 1 :]
    assert [payload["transactionId"] for action, payload in after if action == "MeterValues"] == [1, 1]


async def test_transaction_messages_may_come_twice(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(repeated_start=2, repeated_stop=2))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    starts, stops = central.payloads("StartTransaction"), central.payloads("StopTransaction")
    assert (len(starts), len(stops)) == (2, 2)
    assert starts[0] == starts[1]
    assert stops[0] == stops[1]


async def test_the_transaction_id_may_be_minus_one(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["transaction_minus_one"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await central.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    await central.wait_call("MeterValues", 2)
    await charge_point.unplug(1)
    assert [each["transactionId"] for each in central.payloads("MeterValues")] == [-1, -1]
    assert central.payloads("StopTransaction")[0]["transactionId"] == -1


async def test_timestamps_may_lack_the_zone(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["zoneless_timestamps"])
    timestamp = central.payloads("StatusNotification")[0]["timestamp"]
    assert not timestamp.endswith("Z")
    assert "+" not in timestamp


async def test_statuses_may_lack_the_timestamp(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["no_status_timestamps"])
    assert "timestamp" not in central.payloads("StatusNotification")[0]


async def test_answers_may_be_in_lower_case(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["lower_case_status"])
    assert await central.call("ClearCache") == {"status": "accepted"}
    assert "configurationKey" in await central.call("GetConfiguration")


async def test_every_preset_charges(central: Central, dial: Dial) -> None:
    for name, quirks in PRESETS.items():
        charge_point = await dial(path=name, quirks=quirks)
        await charge_point.plug_in(1)
        await charge_point.present_card(1, "TAG")
        await charge_point.tick(60)
        assert charge_point.connector(1).register_wh > 150, name
        await charge_point.stop()
    assert all(isinstance(json.loads(text), list) for text in central.texts)
