"""Transactions: what begins and ends them, and what is told of them (C01 to C16, E01 to E15)."""

from pathlib import Path

import pytest

from custom_components.ocpp_csms.simulator import Car, ConnectorStyle, EvseStyle, Quirks, SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import ACCEPTED_TOKEN, TOKEN, events, judge, plugs, told


async def test_card_and_cable_start_a_transaction(central: Central, charging: SimulatedChargePoint) -> None:
    """The first event names the place and the token, and reads the meter."""
    assert central.actions()[-3:] == ["StatusNotification", "Authorize", "TransactionEvent"]
    assert plugs(central) == ["Available", "Occupied"]
    event = events(central)[0]
    assert (event["eventType"], event["triggerReason"], event["seqNo"]) == ("Started", "Authorized", 0)
    assert (event["evse"], event["idToken"]) == ({"id": 1, "connectorId": 1}, TOKEN)
    assert event["transactionInfo"]["chargingState"] == "Charging"
    assert event["meterValue"][0]["sampledValue"][0]["context"] == "Transaction.Begin"
    assert charging.connector(1).transaction_id == event["transactionInfo"]["transactionId"]
    assert "offline" not in event


async def test_place_and_token_are_told_once(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.tick(130)
    for number, event in enumerate(events(central, "Updated"), 1):
        assert (event["seqNo"], event["triggerReason"]) == (number, "MeterValuePeriodic")
        assert not {"evse", "idToken", "remoteStartId"} & {*event, *event["transactionInfo"]}


async def test_the_end_carries_reason_register_and_time(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.tick(360)
    await charging.present_card(1, "TAG")
    event = events(central, "Ended")[0]
    assert (event["triggerReason"], event["idToken"]) == ("StopAuthorized", TOKEN)
    info = event["transactionInfo"]
    assert (info["stoppedReason"], info["chargingState"], info["timeSpentCharging"]) == ("Local", "EVConnected", 360)
    contexts = [each["sampledValue"][0]["context"] for each in event["meterValue"]]
    assert contexts == ["Transaction.Begin", "Transaction.End"]
    assert 2000 < event["meterValue"][1]["sampledValue"][0]["value"] < 2300
    assert charging.connector(1).status == "Finishing"
    await charging.unplug(1)
    assert plugs(central)[-1] == "Available"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("ParkingBayOccupancy", "EVDetected"),
        ("EVConnected", "CablePluggedIn"),
        ("Authorized", "Authorized"),
        ("PowerPathClosed", "Authorized"),
        ("DataSigned", "Authorized"),
        ("EnergyTransfer", "ChargingStateChanged"),
        ("EVConnected,Authorized", "CablePluggedIn"),
    ],
)
async def test_every_start_point_starts(central: Central, dial: Dial, start: str, expected: str) -> None:
    charge_point = await dial(configuration={"TxCtrlr.TxStartPoint": start})
    await charge_point.park(1)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(10)
    assert [event["triggerReason"] for event in events(central, "Started")] == [expected]
    assert [event["idToken"] for event in events(central) if "idToken" in event] == [TOKEN]
    assert charge_point.connector(1).status == "Charging"
    assert [each["seqNo"] for each in events(central)] == [*range(len(events(central)))]


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("Authorized", "StopAuthorized"),
        ("PowerPathClosed", "StopAuthorized"),
        ("EnergyTransfer", "StopAuthorized"),
        ("EVConnected", "EVCommunicationLost"),
        ("ParkingBayOccupancy", "EVCommunicationLost"),
    ],
)
async def test_every_stop_point_stops(central: Central, dial: Dial, stop: str, expected: str) -> None:
    """Who stopped it is told whatever ends it in the end."""
    charge_point = await dial(configuration={"TxCtrlr.TxStopPoint": stop})
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(10)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(10)
    await charge_point.unplug(1)
    ended = events(central, "Ended")
    assert [event["triggerReason"] for event in ended] == [expected]
    assert ended[0]["transactionInfo"]["stoppedReason"] == "Local"
    assert charge_point.connector(1).status == "Available"


async def test_a_transaction_may_begin_before_and_end_after_the_charging(central: Central, dial: Dial) -> None:
    points = {"TxCtrlr.TxStartPoint": "ParkingBayOccupancy", "TxCtrlr.TxStopPoint": "ParkingBayOccupancy"}
    charge_point = await dial(configuration=points)
    await charge_point.park(1)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(5)
    await charge_point.present_card(1, "TAG")
    assert told(central) == [
        ("Started", "EVDetected", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "Authorized", "Charging"),
        ("Updated", "StopAuthorized", "EVConnected"),
    ]
    assert [event.get("evse") for event in events(central)][:2] == [{"id": 1}, {"id": 1, "connectorId": 1}]


async def test_a_car_that_only_parks_may_leave(central: Central, dial: Dial) -> None:
    points = {"TxCtrlr.TxStartPoint": "ParkingBayOccupancy", "TxCtrlr.TxStopPoint": "ParkingBayOccupancy"}
    charge_point = await dial(configuration=points)
    await charge_point.park(1)
    await charge_point.leave(1)
    assert told(central) == [("Started", "EVDetected", "Idle"), ("Ended", "EVDeparted", "Idle")]


async def test_whoever_does_not_plug_in_in_time_loses_the_authorization(central: Central, dial: Dial) -> None:
    charge_point = await dial(configuration={"TxCtrlr.TxStartPoint": "Authorized"})
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    assert [told(central)[0], told(central)[-1]] == [
        ("Started", "Authorized", "Idle"),
        ("Ended", "EVConnectTimeout", "Idle"),
    ]
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "Timeout"


async def test_a_full_car_suspends(central: Central, dial: Dial) -> None:
    charge_point = await dial(car=Car(soc=99.5, capacity_wh=10_000))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(120)
    assert ("Updated", "ChargingStateChanged", "SuspendedEV") in told(central)
    await charge_point.wait_status(1, "SuspendedEV")


async def test_unplugging_stops(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.unplug(1)
    assert told(central)[-1] == ("Ended", "EVCommunicationLost", "Idle")
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "EVDisconnected"


async def test_unplugging_may_only_suspend(central: Central, dial: Dial) -> None:
    charge_point = await dial(
        configuration={"TxCtrlr.StopTxOnEVSideDisconnect": "false", "TxCtrlr.TxStopPoint": "Authorized"}
    )
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    await charge_point.plug_in(1)
    assert told(central)[1:] == [
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Updated", "CablePluggedIn", "Charging"),
    ]


async def test_an_evse_has_several_connectors_of_which_one_is_used(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors_per_evse=2)
    await charge_point.plug_in(1, plug=2)
    await charge_point.present_card(1, "TAG")
    assert plugs(central, 1, 2)[-1] == "Occupied"
    assert plugs(central, 1, 1)[-1] == "Unavailable"
    assert events(central)[0]["evse"] == {"id": 1, "connectorId": 2}
    assert charge_point.configuration("EVSE(1).AvailabilityState") == "Occupied"


async def test_a_fault_suspends_and_ends_nothing(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.fault(1)
    assert plugs(central)[-1] == "Faulted"
    await charging.clear_fault(1)
    assert plugs(central)[-1] == "Occupied"
    assert [kind for kind, *_ in told(central)] == ["Started", "Updated", "Updated"]
    assert charging.connector(1).status == "Charging"


# Who may charge


@pytest.mark.parametrize("answer", [judge("Invalid"), judge("Blocked"), {}, Fail("InternalError")])
async def test_a_card_that_is_not_accepted_starts_nothing(
    central: Central, charge_point: SimulatedChargePoint, answer: object
) -> None:
    central.answers["Authorize"] = answer
    await charge_point.plug_in(1)
    assert not await charge_point.present_card(1, "TAG")
    assert events(central) == []


async def test_a_token_that_is_refused_at_the_start_ends_it(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    central.answers["TransactionEvent"] = judge("Blocked")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.settle()
    assert told(central)[-1] == ("Ended", "Deauthorized", "EVConnected")
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert charge_point.connector(1).current == 0


async def test_a_refused_token_may_only_suspend(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("TxCtrlr.StopTxOnInvalidId", "false")
    central.answers["TransactionEvent"] = judge("Blocked")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.settle()
    assert told(central)[-1] == ("Updated", "Deauthorized", "SuspendedEVSE")
    assert charge_point.connector(1).transaction_id is not None


async def test_a_refused_token_may_have_some_energy(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("TxCtrlr.MaxEnergyOnInvalidId", "100")
    central.answers["TransactionEvent"] = judge("Blocked")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(10)
    assert events(central, "Ended") == []
    await charge_point.tick(20)
    assert 100 <= charge_point.connector(1).register_wh < 120
    assert len(events(central, "Ended")) == 1


async def test_another_card_does_not_stop(central: Central, charging: SimulatedChargePoint) -> None:
    assert not await charging.present_card(1, "OTHER")
    assert events(central, "Ended") == []


async def test_a_card_of_the_same_group_stops(central: Central, charge_point: SimulatedChargePoint) -> None:
    group = {"groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
    central.answers["Authorize"] = judge("Accepted", **group)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert await charge_point.present_card(1, "OTHER")
    assert events(central, "Ended")[0]["idToken"]["idToken"] == "OTHER"


async def test_a_master_pass_stops_whatever_runs_and_starts_nothing(
    central: Central, charging: SimulatedChargePoint
) -> None:
    charging.configure("AuthCtrlr.MasterPassGroupId", "MASTER")
    central.answers["Authorize"] = judge("Accepted", groupIdToken={"idToken": "MASTER", "type": "Central"})
    assert await charging.present_card(1, "POLICE")
    assert events(central, "Ended")[0]["transactionInfo"]["stoppedReason"] == "MasterPass"
    assert not await charging.present_card(1, "POLICE")


async def test_where_nobody_is_authorized_the_cable_is_enough(central: Central, dial: Dial) -> None:
    charge_point = await dial(configuration={"AuthCtrlr.Enabled": "false"})
    await charge_point.plug_in(1)
    assert events(central)[0]["idToken"] == {"idToken": "", "type": "NoAuthorization"}
    assert "Authorize" not in central.actions()


async def test_whoever_plugs_in_may_charge_without_card(central: Central, dial: Dial) -> None:
    charge_point = await dial(autostart_tag="FREE")
    await charge_point.plug_in(1)
    assert events(central)[0]["idToken"]["idToken"] == "FREE"


async def test_what_it_costs_is_shown(central: Central, charging: SimulatedChargePoint) -> None:
    transaction = charging.connector(1).transaction_id
    await central.call("CostUpdated", {"totalCost": 1.25, "transactionId": transaction})
    central.answers["TransactionEvent"] = {
        "totalCost": 3.5,
        "updatedPersonalMessage": {"format": "UTF8", "content": "Drive safely"},
    }
    await charging.unplug(1)
    assert [(each.message, each.text, each.cost) for each in charging.shown] == [
        ("CostUpdated", "1.25 so far", 1.25),
        ("TotalCost", "3.50", 3.5),
        ("PersonalMessage", "Drive safely", None),
    ]


async def test_who_is_out_of_service_charges_nobody(central: Central, dial: Dial) -> None:
    charge_point = await dial(autostart_tag="FREE")
    await central.call("ChangeAvailability", {"operationalStatus": "Inoperative"})
    await charge_point.wait_status(1, "Unavailable")
    await charge_point.plug_in(1, Car(phases=1))
    assert events(central) == []


async def test_without_a_cache_nothing_is_learned(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthCacheCtrlr.Enabled", "false")
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    charge_point.configure("AuthCacheCtrlr.Enabled", "true")
    await charge_point.go_offline()
    assert not await charge_point.present_card(1, "TAG")


# Meter values


async def test_meter_values_come_at_the_interval_with_the_measurands_of_the_variables(
    central: Central, charging: SimulatedChargePoint
) -> None:
    charging.configure("SampledDataCtrlr.TxUpdatedMeasurands", "Power.Active.Import,Current.Import,SoC")
    charging.configure("SampledDataCtrlr.TxUpdatedInterval", "10")
    await charging.tick(35)
    updates = events(central, "Updated")
    assert len(updates) == 3
    values = updates[-1]["meterValue"][0]["sampledValue"]
    assert [(each["measurand"], each["unitOfMeasure"]["unit"], each.get("phase")) for each in values] == [
        ("Power.Active.Import", "W", None),
        ("Current.Import", "A", "L1"),
        ("Current.Import", "A", "L2"),
        ("Current.Import", "A", "L3"),
        ("SoC", "Percent", None),
    ]
    assert all(isinstance(each["value"], float) for each in values)


async def test_clock_aligned_values_belong_to_the_transaction_while_one_runs(
    central: Central, charging: SimulatedChargePoint
) -> None:
    charging.configure("SampledDataCtrlr.TxUpdatedInterval", "0")
    charging.configure("AlignedDataCtrlr.TxEndedInterval", "60")
    charging.configure("AlignedDataCtrlr.TxEndedMeasurands", "Energy.Active.Import.Register")
    charging.configure("AlignedDataCtrlr.Interval", "60")
    await charging.tick(60)
    assert told(central)[-1][1] == "MeterValueClock"
    await charging.unplug(1)
    contexts = [each["sampledValue"][0]["context"] for each in events(central, "Ended")[0]["meterValue"]]
    assert contexts == ["Transaction.Begin", "Sample.Clock", "Transaction.End"]
    await charging.tick(60)
    alone = await central.wait_call("MeterValues")
    assert (alone["evseId"], alone["meterValue"][0]["sampledValue"][0]["context"]) == (1, "Sample.Clock")


async def test_aligned_values_may_be_for_idle_stations_only(central: Central, charging: SimulatedChargePoint) -> None:
    charging.configure("SampledDataCtrlr.TxUpdatedInterval", "0")
    charging.configure("AlignedDataCtrlr.SendDuringIdle", "true")
    charging.configure("AlignedDataCtrlr.Interval", "60")
    await charging.tick(120)
    assert "MeterValues" not in central.actions()
    assert events(central, "Updated") == []


async def test_samples_for_the_end_are_kept_and_thinned(central: Central, charging: SimulatedChargePoint) -> None:
    charging.configure("SampledDataCtrlr.TxUpdatedInterval", "0")
    charging.configure("SampledDataCtrlr.TxEndedInterval", "1")
    await charging.tick(300)
    await charging.unplug(1)
    values = events(central, "Ended")[0]["meterValue"]
    assert 50 < len(values) <= 102
    assert [values[0]["sampledValue"][0]["context"], values[-1]["sampledValue"][0]["context"]] == [
        "Transaction.Begin",
        "Transaction.End",
    ]


async def test_a_meter_with_nothing_to_say_says_nothing(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AlignedDataCtrlr.Measurands", "SoC")
    charge_point.configure("AlignedDataCtrlr.Interval", "60")
    await charge_point.tick(120)
    assert "MeterValues" not in central.actions()


# Oddities


async def test_seq_no_may_be_zero_for_ever(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(sequence_stays_zero=True))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    assert [each["seqNo"] for each in events(central)] == [0, 0]


@pytest.mark.parametrize(("style", "named"), [(EvseStyle.always, [True, True]), (EvseStyle.never, [False, False])])
async def test_the_evse_may_be_named_always_or_never(
    central: Central, dial: Dial, style: EvseStyle, named: list[bool]
) -> None:
    charge_point = await dial(quirks=Quirks(evse_in_events=style))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    assert ["evse" in each for each in events(central)] == named


@pytest.mark.parametrize(
    ("style", "evse"), [(ConnectorStyle.zero, {"id": 1, "connectorId": 0}), (ConnectorStyle.missing, {"id": 1})]
)
async def test_the_connector_may_be_zero_or_missing(
    central: Central, dial: Dial, style: ConnectorStyle, evse: dict[str, int]
) -> None:
    charge_point = await dial(quirks=Quirks(connector_in_events=style))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert events(central)[0]["evse"] == evse


async def test_the_start_may_be_missing(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(omits_started=True))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.unplug(1)
    assert [each["eventType"] for each in events(central)] == ["Ended"]


async def test_events_may_come_twice(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(repeated_start=2, repeated_updates=2, repeated_stop=2))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await charge_point.unplug(1)
    assert [each["seqNo"] for each in events(central)] == [0, 0, 1, 1, 2, 2]
    assert events(central)[0] == events(central)[1]


async def test_meter_values_may_be_missing(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(transaction_meter_values=False))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await charge_point.unplug(1)
    assert [each for each in events(central) if "meterValue" in each] == []


async def test_units_may_have_a_prefix_or_a_multiplier(central: Central, dial: Dial) -> None:
    quirks = Quirks(units={"Energy.Active.Import.Register": "kWh"}, multipliers={"Power.Active.Import": 3})
    charge_point = await dial(quirks=quirks)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    energy, power, *_ = events(central, "Updated")[0]["meterValue"][0]["sampledValue"]
    assert energy["unitOfMeasure"] == {"unit": "kWh"}
    assert energy["value"] < 1
    assert power["unitOfMeasure"] == {"unit": "W", "multiplier": 3}
    assert power["value"] == pytest.approx(21.87, abs=0.1)


async def test_a_pause_may_end_the_transaction(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(pause_ends_transaction=True))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    transaction = charge_point.connector(1).transaction_id
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0.0}]}
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "transactionId": transaction,
        "chargingSchedule": [schedule],
    }
    assert (await central.call("SetChargingProfile", {"evseId": 1, "chargingProfile": profile}))["status"] == "Accepted"
    await central.wait(lambda: events(central, "Ended"))


# Without connection


async def test_events_wait_for_a_connection_and_say_so(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.go_offline()
    await charging.tick(60)
    await charging.unplug(1)
    assert charging.queued == 2
    await charging.go_online()
    await central.wait(lambda: len(events(central)) == 3)
    assert [each.get("offline") for each in events(central)] == [None, True, True]
    await charging.wait_status(1, "Available")


async def test_a_known_card_may_charge_offline(central: Central, charging: SimulatedChargePoint) -> None:
    await charging.unplug(1)
    await charging.go_offline()
    await charging.plug_in(1)
    assert await charging.present_card(1, "TAG")
    await charging.unplug(1)
    await charging.plug_in(1)
    assert not await charging.present_card(1, "OTHER")
    charging.configure("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    assert await charging.present_card(1, "OTHER")
    charging.configure("AuthCtrlr.LocalAuthorizeOffline", "false")
    await charging.unplug(1)
    assert not await charging.present_card(1, "TAG")


async def test_events_that_fail_are_tried_again(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", "0")
    central.answers["TransactionEvent"] = Fail("InternalError")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert len(events(central)) == int(charge_point.configuration("OCPPCommCtrlr.MessageAttempts[TransactionEvent]"))


async def test_a_loss_of_power_ends_the_transaction(central: Central, dial: Dial, tmp_path: Path) -> None:
    """What waits, the meter and the variables survive it, even in another process."""
    charge_point = await dial(state_path=tmp_path / "state")
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    charge_point.configure("SampledDataCtrlr.TxUpdatedInterval", "30")
    await charge_point.power_cut()
    await charge_point.stop()
    other = await dial(state_path=tmp_path / "state")
    assert other.configuration("SampledDataCtrlr.TxUpdatedInterval") == "30"
    event = events(central, "Ended")[0]
    assert (event["transactionInfo"]["stoppedReason"], event["offline"]) == ("PowerLoss", True)
    assert event["meterValue"][1]["sampledValue"][0]["value"] > 300
    assert other.connector(1).status == "Preparing"


async def test_a_transaction_may_be_resumed_when_power_returns(central: Central, dial: Dial, tmp_path: Path) -> None:
    options = {"state_path": tmp_path / "state", "quirks": Quirks(resumes_after_power_loss=True)}
    charge_point = await dial(**options)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    transaction = charge_point.connector(1).transaction_id
    await charge_point.power_cut()
    await charge_point.stop()
    other = await dial(**options)
    await other.tick(10)
    assert other.connector(1).transaction_id == transaction
    assert other.connector(1).current > 0
    assert events(central, "Ended") == []


async def test_a_verdict_in_the_middle_ends_it(central: Central, charging: SimulatedChargePoint) -> None:
    """A token may turn invalid at any time."""
    central.answers["TransactionEvent"] = ACCEPTED_TOKEN
    await charging.tick(60)
    central.answers["TransactionEvent"] = judge("Expired")
    await charging.tick(60)
    assert told(central)[-1] == ("Ended", "Deauthorized", "EVConnected")
