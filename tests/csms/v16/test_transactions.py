"""OCPP 1.6: transactions and meter values are booked as the specification demands, however insane, late or repeated they come."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.model import Quantity
from tests.csms.central import NOON
from tests.csms.dialect import Station

# StartTransaction


async def test_a_start_gets_an_id_and_a_transaction(station: Station) -> None:
    """The id is a positive number."""
    answer = station.send(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "CARD",
            "meterStart": 1500,
            "timestamp": "2026-11-20T11:59:00Z",
            "reservationId": 4,
        },
    )
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert answer == {"transactionId": int(transaction.transaction_id), "idTagInfo": {"status": "Accepted"}}
    assert int(transaction.transaction_id) > 0
    assert transaction.started == NOON - timedelta(minutes=1)
    assert (transaction.id_tag, transaction.meter_start, transaction.reservation) == ("CARD", 1.5, 4)
    assert [(event.kind, event.type, event.connector) for event in station.told()] == [("transaction", "started", 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"idTag": "LOST"},
        {"idTag": ""},
        {"meterStart": -5},
        {"meterStart": "much"},
        {"meterStart": 1e300},
        {"timestamp": "yesterday"},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"connectorId": 0},
        {"connectorId": -1},
        {"connectorId": 10**9},
        {"connectorId": "1"},
        {"connectorId": None},
        {"reservationId": -1},
    ],
    ids=str,
)
async def test_an_insane_start_gets_an_id_all_the_same(station: Station, fields: dict[str, Any]) -> None:
    """The charge point would try for ever; no connector is invented for it."""
    station.authorization = Authorization(tags={"LOST": IdTag("LOST", allowed=False)})
    assert station.start(**fields) > 0
    assert sorted(station.charge_point.connectors) == [0, 1]


async def test_a_start_with_a_bad_tag_is_told_so(station: Station) -> None:
    """The tag is verified again, whatever Authorize said."""
    station.authorization = Authorization(tags={"LOST": IdTag("LOST", allowed=False)})
    payload = {"connectorId": 1, "idTag": "LOST", "meterStart": 0, "timestamp": station.time()}
    assert station.send("StartTransaction", payload)["idTagInfo"] == {"status": "Blocked"}


async def test_a_retried_start_gets_the_same_id(station: Station) -> None:
    """And is told once."""
    first = station.start()
    assert station.start() == first
    assert [event.type for event in station.told()] == ["started"]
    assert station.start(idTag="OTHER") != first


async def test_a_start_from_long_ago_is_booked_when_it_was(station: Station) -> None:
    """Offline queues may be hours old."""
    station.start(timestamp="2026-11-20T08:00:00Z")
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert transaction.started == NOON - timedelta(hours=4)


async def test_a_new_start_ends_what_still_ran_on_the_connector(station: Station) -> None:
    """Its stop was lost."""
    first, second = station.start(), station.start(idTag="OTHER", meterStart=2000)
    assert first != second
    assert [(event.type, event.data["transaction_id"]) for event in station.told()] == [
        ("started", str(first)),
        ("stopped", str(first)),
        ("started", str(second)),
    ]


async def test_a_tag_that_starts_at_once_was_presented_there(station: Station) -> None:
    """A charge point may ask after it has begun; the event names the connector and the verdict."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", name="Ann")})
    for _ in range(2):
        station.start(connectorId=2)
    station.start(idTag="OTHER", meterStart=2000)
    assert [(event.type, event.connector, event.data["name"]) for event in station.told("id_tag_presented")] == [
        ("accepted", 2, "Ann"),
        ("rejected", 1, None),
    ]


async def test_a_tag_that_was_asked_about_is_presented_once(station: Station) -> None:
    """The start that follows is no news, after two minutes it is."""
    station.send("Authorize", {"idTag": "CARD"})
    station.clock.advance(minutes=1)
    station.start(idTag="card")
    assert [event.connector for event in station.told("id_tag_presented")] == [0]
    station.clock.advance(minutes=2)
    station.start(idTag="card", meterStart=2000)
    assert [event.connector for event in station.told("id_tag_presented")] == [0, 1]


async def test_a_remote_start_presents_no_tag(station: Station) -> None:
    """Nobody held one to the charger: neither our own, nor that of an action, nor what became of it on the way."""
    station.status("Preparing")
    await station.charge_point.start(1, "GUEST")
    station.start(idTag="GUES")
    station.start(idTag="HomeAssistant", meterStart=2000)
    assert station.told("id_tag_presented") == []


async def test_a_start_without_a_tag_presents_none(station: Station) -> None:
    """There is nothing to tell."""
    station.start(idTag="")
    assert station.told("id_tag_presented") == []


async def test_transactions_on_two_connectors_run_side_by_side(station: Station) -> None:
    """Stopping one leaves the other."""
    one, two = station.start(), station.start(connectorId=2)
    station.stop(one)
    transaction = station.charge_point.connectors[2].transaction
    assert transaction is not None
    assert transaction.running
    assert transaction.transaction_id == str(two)


# StopTransaction


async def test_a_stop_ends_the_transaction(station: Station) -> None:
    """With its energy and reason."""
    station.stop(station.start(), reason="EVDisconnected")
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert not transaction.running
    assert transaction.energy == pytest.approx(2.0)
    assert transaction.reason == "EVDisconnected"
    assert [event.type for event in station.told()] == ["started", "stopped"]
    assert station.told()[-1].data["energy"] == pytest.approx(2.0)


@pytest.mark.parametrize("transaction_id", [-1, 0, 1, 2**80, "x", None], ids=str)
async def test_an_unknown_stop_is_answered_and_touches_nothing(station: Station, transaction_id: Any) -> None:
    """Errata 3.18: -1 is one of them."""
    station.start()
    before = station.snapshot()
    assert station.stop(transaction_id) == {}
    assert station.snapshot() == before
    assert [event.type for event in station.told()] == ["started"]


@pytest.mark.parametrize("moment", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "yesterday"])
async def test_a_time_that_cannot_be_is_ours_and_marked(station: Station, moment: str) -> None:
    """At both ends; the energy is what the registers say."""
    running = station.start(timestamp=moment)
    station.clock.advance(hours=1)
    station.stop(running, timestamp=moment)
    booked = station.charge_point.transaction(str(running))
    assert booked is not None
    assert (booked.started, booked.stopped) == (NOON, NOON + timedelta(hours=1))
    assert booked.energy == pytest.approx(2.0)
    assert booked.repairs == ("start_time", "stop_time")


async def test_a_stop_before_its_start_is_marked(station: Station) -> None:
    """It ends when it began; the energy is what the registers say."""
    running = station.start()
    station.stop(running, timestamp="2026-11-20T11:00:00Z")
    booked = station.charge_point.transaction(str(running))
    assert booked is not None
    assert (booked.started, booked.stopped) == (NOON, NOON)
    assert booked.energy == pytest.approx(2.0)
    assert booked.repairs == ("stop_before_start",)


async def test_a_stop_whose_id_was_lost_is_that_of_the_only_transaction(station: Station) -> None:
    """Alfen writes the largest number for an id that it does not know any more; the register bears it out."""
    running = station.start()
    station.stop(2**63 - 1, meterStop=3000)
    ended = station.charge_point.transaction(str(running))
    assert ended is not None
    assert not ended.running
    assert ended.energy == pytest.approx(2.0)


@pytest.mark.parametrize("meter_stop", [500, 900_000, None])
async def test_a_lost_id_is_not_guessed_against_the_register(station: Station, meter_stop: int | None) -> None:
    """Nothing says that this is the transaction that runs."""
    station.start()
    station.stop(2**63 - 1, meterStop=meter_stop)
    assert [event.type for event in station.told()] == ["started"]


async def test_a_lost_id_is_not_guessed_among_several(station: Station) -> None:
    """Two transactions run."""
    station.start()
    station.start(connectorId=2)
    station.stop(2**63 - 1)
    assert [event.type for event in station.told()] == ["started", "started"]


async def test_a_repeated_stop_changes_only_a_missing_reason(station: Station) -> None:
    """Some charge points stop twice, the first time without a reason."""
    running = station.start()
    station.stop(running)
    station.stop(running, meterStop=9000, reason="Local")
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(2.0)
    assert transaction.reason == "Local"
    assert [event.type for event in station.told()] == ["started", "stopped"]


@pytest.mark.parametrize(("fields", "reason"), [({"idTag": "CARD"}, "Local"), ({}, None), ({"idTag": " "}, None)])
async def test_a_reason_that_is_left_out_by_who_names_a_tag_is_local(
    station: Station, fields: dict[str, str], reason: str | None
) -> None:
    """OCPP 1.6 §6.49. Without a tag it is not believed: some charge points leave it out when a pause has ended the transaction."""
    station.stop(station.start(), **fields)
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert transaction.reason == reason


async def test_a_stop_with_a_tag_gets_a_verdict_on_it(station: Station) -> None:
    """Without one there is none."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    running = station.start()
    assert station.stop(running, idTag="CARD") == {"idTagInfo": {"status": "Accepted"}}
    assert station.stop(running, idTag="OTHER") == {"idTagInfo": {"status": "Invalid"}}
    assert station.stop(running, idTag="HomeAssistant") == {"idTagInfo": {"status": "Accepted"}}


async def test_the_data_of_a_stop_feeds_the_register(station: Station) -> None:
    """Where the stop itself carries no number."""
    running = station.start()
    data = [
        {
            "timestamp": station.time(),
            "sampledValue": [{"value": "4000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}],
        }
    ]
    station.clock.advance(hours=1)
    station.stop(running, meterStop=None, transactionData=data)
    assert station.charge_point.connectors[1].readings[Quantity.ENERGY] == pytest.approx(4.0)


async def test_a_stop_after_a_restart_needs_no_learned_connector() -> None:
    """The ledger alone knows where the transaction ran."""
    before = Station()
    running = before.start()
    after = Station(stored={"ledger": before.ledger.snapshot()})
    after.stop(running)
    transaction = after.ledger.find("CP1", str(running))
    assert transaction is not None
    assert not transaction.running


async def test_nothing_flows_after_a_stop(station: Station) -> None:
    """Power and current read 0 at once."""
    running = station.start()
    station.status("Charging")
    station.sample(power=7000, current=10, transaction=running)
    station.stop(running)
    readings = station.charge_point.connectors[1].readings
    assert (readings[Quantity.POWER], readings[Quantity.CURRENT]) == (0, 0)


@pytest.mark.parametrize("names_it", [True, False])
async def test_late_values_change_nothing_but_the_register(station: Station, *, names_it: bool) -> None:
    """A queue that is sent after the stop, with or without the transaction's id."""
    running = station.start()
    station.status("Charging")
    station.clock.advance(minutes=30)
    station.sample(power=7000, energy=2000, transaction=running)
    station.clock.advance(minutes=30)
    station.stop(running, meterStop=3000)
    session = station.charge_point.connectors[1].session_energy
    late: dict[str, Any] = {"transaction": running} if names_it else {}
    station.sample(at="2026-11-20T12:50:00Z", power=6900, energy=2800, **late)
    connector = station.charge_point.connectors[1]
    assert connector.readings[Quantity.POWER] == 0
    assert connector.session_energy == session
    station.sample(power=0, energy=3100, **late)
    assert connector.readings[Quantity.ENERGY] == pytest.approx(3.1)
    assert connector.session_energy == session
    assert [event.type for event in station.told() if event.type != "updated"] == ["started", "stopped"]


# MeterValues


async def test_meter_values_become_readings(station: Station) -> None:
    """Of the connector they name."""
    station.sample(2, power=3680, energy=5000)
    readings = station.charge_point.connectors[2].readings
    assert (readings[Quantity.POWER], readings[Quantity.ENERGY]) == (3680, 5)


async def test_unchanged_values_are_not_told(station: Station) -> None:
    """A listener is called when a number changes."""
    told: list[str] = []
    station.sample(power=3680, energy=5000)
    station.charge_point.listen(1, (*Quantity, "quantities"), lambda: told.append("told"))
    station.sample(power=3680, energy=5000)
    assert told == []
    station.sample(power=3700)
    assert told == ["told"]


async def test_meter_values_of_an_unknown_transaction_are_adopted(station: Station) -> None:
    """It was running before we knew of it: the session goes on and can be stopped."""
    station.sample(power=3680, energy=5000, transaction=4711)
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.adopted, transaction.running) == ("4711", True, True)
    await station.charge_point.stop(1)
    assert station.rpc.calls[-1] == ("RemoteStopTransaction", {"transactionId": 4711})


@pytest.mark.parametrize("transaction_id", [0, -1, 2**63 - 1])
async def test_numbers_that_stand_for_no_transaction_are_not_adopted(station: Station, transaction_id: int) -> None:
    """As some charge points send them."""
    station.sample(power=3680, transaction=transaction_id)
    assert station.charge_point.connectors[1].transaction is None


async def test_the_only_connector_is_meant_by_connector_0(station: Station) -> None:
    """Unless it has spoken for itself."""
    station.status("Available")
    station.sample(0, power=3680)
    assert station.charge_point.connectors[1].readings[Quantity.POWER] == 3680
    station.sample(1, power=1000)
    station.sample(0, power=3690)
    assert station.charge_point.connectors[1].readings[Quantity.POWER] == 1000
    assert station.charge_point.connectors[0].readings[Quantity.POWER] == 3690


@pytest.mark.parametrize("connector", [-1, 101, 10**12, "one"])
async def test_connectors_that_cannot_be_are_not_invented(station: Station, connector: Any) -> None:
    """They are counted; a flood of them does not fill the memory."""
    station.status("Available", connector)
    station.sample(connector, power=3680)
    assert station.charge_point.connectors.keys() <= {0, 1}
    assert station.charge_point.violations.count >= 1


async def test_a_bad_sample_is_dropped_alone(station: Station) -> None:
    """Its neighbours count, and so does the violation."""
    sampled = [
        {"value": "many", "measurand": "Voltage", "unit": "V"},
        {"value": "3680", "measurand": "Power.Active.Import", "unit": "W"},
    ]
    station.send(
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"timestamp": station.time(), "sampledValue": sampled}]},
    )
    assert station.charge_point.connectors[1].readings == {Quantity.POWER: 3680}
    assert station.charge_point.violations.count == 1
