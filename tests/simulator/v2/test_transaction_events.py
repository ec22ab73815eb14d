"""Events of transactions: the meter values in them (J01, J02), and what odd stations make of them."""

import pytest

from custom_components.ocpp_csms.simulator import ConnectorStyle, EvseStyle, Quirks, SimulatedChargePoint
from tests.simulator.central import Central
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import events, told

# Costs


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
