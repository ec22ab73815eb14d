"""Transactions: what begins and ends them, and what is told of them without connection (E01 to E15)."""

from pathlib import Path

import pytest

from custom_components.ocpp_csms.simulator import Car, Quirks, SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import TOKEN, events, plugs, told


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
