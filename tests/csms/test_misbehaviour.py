"""Charge points that forget, repeat, restart and contradict themselves: what is shown stays true, and the user is never locked out."""

import asyncio
from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import InvalidRequestError, RefusedError
from custom_components.ocpp_csms.csms.model import Connector, Quantity, Registration
from tests.csms.dialect import Station
from tests.waiting import TIMEOUT


def connector(station: Station, number: int = 1) -> Connector:
    """Return a connector of CP1."""
    return station.charge_point.connectors[number]


def runs(station: Station) -> bool:
    """Tell whether a transaction runs on connector 1."""
    return connector(station).running_transaction is not None


def charging(station: Station) -> int:
    """Let a car charge; return the transaction's id."""
    station.boot()
    station.status("Preparing")
    transaction_id = station.start()
    station.status("Charging")
    return transaction_id


def restarted(station: Station) -> Station:
    """Return CP1 after a restart of the central system."""
    again = Station(stored=json.loads(json.dumps(station.snapshot())))
    again.connect()
    return again


# A StopTransaction that never comes


async def test_a_free_connector_has_no_cable_whatever_the_books_say(station: Station) -> None:
    """The status is newer than the transaction."""
    charging(station)
    station.status("Available")
    assert connector(station).plugged_in is False


async def test_a_user_can_start_where_the_last_stop_was_lost(station: Station) -> None:
    """The charger was without power when the car left."""
    charging(station)
    station.boot()
    station.status("Available")
    station.status("Preparing")
    await station.charge_point.start(1)
    assert station.rpc.calls[-1][0] == "RemoteStartTransaction"


async def test_a_stop_that_does_not_come_within_a_minute_counts_as_lost(station: Station) -> None:
    """Any message later than that ends the transaction."""
    charging(station)
    station.status("Available")
    station.send("Heartbeat")
    assert runs(station)
    station.clock.advance(seconds=61)
    station.send("Heartbeat")
    assert not runs(station)


async def test_a_lost_stop_ended_when_the_connector_became_free(station: Station) -> None:
    """Not when that was found out, however much later."""
    charging(station)
    station.status("Available")
    free = station.clock.now
    station.clock.advance(hours=8)
    station.send("Heartbeat")
    shown = connector(station).transaction
    assert shown is not None
    assert shown.stopped == free


async def test_a_stop_that_comes_after_a_minute_of_silence_is_not_lost(station: Station) -> None:
    """It is told as a stop, with its reason and its energy."""
    transaction_id = charging(station)
    station.status("Available")
    station.clock.advance(seconds=61)
    station.stop(transaction_id, meterStop=9000, reason="Local")
    last = station.told()[-1]
    assert (last.type, last.data["reason"], last.data["energy"]) == ("stopped", "Local", pytest.approx(8.0))


async def test_a_stop_that_was_queued_without_a_connection_is_waited_for(station: Station) -> None:
    """What was queued follows the boot."""
    transaction_id = charging(station)
    station.status("Available")
    station.disconnect()
    station.clock.advance(hours=8)
    station.connect()
    station.boot()
    assert runs(station)
    station.stop(transaction_id, meterStop=9000, reason="Local")
    assert station.told()[-1].type == "stopped"


async def test_a_connector_that_charges_on_after_a_minute_of_silence_is_not_doubted(station: Station) -> None:
    """The message that says so is the first since it was free."""
    charging(station)
    station.status("Available")
    station.clock.advance(seconds=61)
    station.status("Charging")
    assert runs(station)


async def test_a_connector_that_charges_on_is_not_doubted(station: Station) -> None:
    """Some report Available for a moment while they boot."""
    charging(station)
    station.status("Available")
    station.status("Charging")
    station.clock.advance(minutes=5)
    station.send("Heartbeat")
    shown = connector(station).transaction
    assert shown is not None
    assert shown.running


async def test_a_late_stop_tells_the_truth_about_an_inferred_end(station: Station) -> None:
    """Its time, its register and its reason count; the session is told as stopped once."""
    transaction_id = charging(station)
    station.status("Available")
    station.clock.advance(minutes=2)
    station.send("Heartbeat")
    station.stop(transaction_id, meterStop=9000, reason="PowerLoss")
    shown = connector(station).transaction
    assert shown is not None
    assert (shown.meter_stop, shown.reason, shown.inferred_end) == (9.0, "PowerLoss", False)
    assert shown.energy == pytest.approx(8.0)
    assert [event.type for event in station.events if event.kind == "transaction"][-2:] == ["stopped", "updated"]


@pytest.mark.parametrize("meter_start", [0, 1000])
async def test_a_late_stop_brings_the_register_up_to_date(station: Station, meter_start: int) -> None:
    """Also of a charger that sends no meter values, and of one that counts from 0."""
    station.boot()
    transaction_id = station.start(meterStart=meter_start)
    station.status("Charging")
    station.status("Available")
    station.clock.advance(minutes=2)
    station.send("Heartbeat")
    station.stop(transaction_id, meterStop=meter_start + 400)
    assert connector(station).readings[Quantity.ENERGY] == pytest.approx((meter_start + 400) / 1000)
    assert connector(station).session_energy == pytest.approx(0.4)


async def test_what_charges_on_after_an_inferred_end_is_measured(station: Station) -> None:
    """The end was a wrong guess."""
    transaction_id = charging(station)
    station.status("Available")
    station.clock.advance(minutes=2)
    station.send("Heartbeat")
    station.status("Charging")
    station.sample(power=7000, energy=1500, transaction=transaction_id)
    assert connector(station).readings[Quantity.POWER] == 7000
    assert connector(station).session_energy == pytest.approx(0.5)


async def test_stopping_what_the_charger_has_forgotten_ends_it(station: Station) -> None:
    """It refuses an id that it does not know and says that the connector is free: there is nothing left to stop."""
    charging(station)
    station.status("Available")
    station.rpc.answers["RemoteStopTransaction"] = {"status": "Rejected"}
    await station.charge_point.stop(1)
    shown = connector(station).transaction
    assert shown is not None
    assert not shown.running


async def test_a_refused_stop_of_a_charging_car_is_refused(station: Station) -> None:
    """Nothing is reported as done that the charger refused."""
    charging(station)
    station.rpc.answers["RemoteStopTransaction"] = {"status": "Rejected"}
    with pytest.raises(RefusedError):
        await station.charge_point.stop(1)


async def test_a_stale_id_does_not_end_the_running_transaction(station: Station) -> None:
    """Meter values may name a transaction of another central system."""
    transaction_id = charging(station)
    station.sample(power=7000, energy=1500, transaction=5)
    running = station.ledger.find("CP1", str(transaction_id))
    assert running is not None
    assert running.running


async def test_nothing_is_adopted_on_a_free_connector(station: Station) -> None:
    """Some keep sending the id of a transaction that has ended."""
    station.boot()
    station.status("Available")
    station.sample(energy=5000, transaction=77)
    assert connector(station).transaction is None


# Two commands at once


async def test_two_starts_at_once_are_one(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two remote starts would give two transactions."""
    station.boot()
    station.status("Preparing")
    answers = asyncio.Queue[dict[str, str]]()
    asked: list[str] = []

    async def call(action: str, _payload: dict[str, Any]) -> dict[str, str]:
        if action != "RemoteStartTransaction":
            return {}
        asked.append(action)
        return await answers.get()

    monkeypatch.setattr(station.rpc, "call", call)
    first = asyncio.ensure_future(station.charge_point.start(1))
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequestError):
        await station.charge_point.start(1)
    answers.put_nowait({"status": "Accepted"})
    await first
    assert asked == ["RemoteStartTransaction"]


@pytest.mark.parametrize("first", ["pause", "limit"])
async def test_pause_and_limit_at_once_end_in_what_was_confirmed_last(
    station: Station, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown is what the charger has."""
    charging(station)
    applied: list[float] = []
    answers = asyncio.Queue[dict[str, str]]()

    async def call(action: str, payload: dict[str, Any]) -> dict[str, str]:
        if action != "SetChargingProfile":
            return {}
        answer = await answers.get()
        schedule = payload["csChargingProfiles"]["chargingSchedule"]
        applied.append(schedule["chargingSchedulePeriod"][0]["limit"])
        return answer

    monkeypatch.setattr(station.rpc, "call", call)
    point = station.charge_point
    commands = [point.pause(1), point.set_limit(1, 16)]
    tasks = [asyncio.ensure_future(command) for command in (commands if first == "pause" else reversed(commands))]
    for _command in commands:
        answers.put_nowait({"status": "Accepted"})
    await asyncio.gather(*tasks)
    assert connector(station).paused is (applied[-1] == 0)
    assert connector(station).limit == 16


# Restarts


async def test_limits_are_sent_again_after_a_restart_of_the_charger(station: Station) -> None:
    """It may have forgotten them."""
    station.boot()
    station.status("Charging")
    await station.charge_point.set_limit(1, 6)
    station.rpc.calls.clear()
    await station.charge_point.restore_limits()
    action, payload = station.rpc.calls[-1]
    assert action == "SetChargingProfile"
    assert payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 6.0}
    ]


async def test_a_limit_that_is_refused_after_a_restart_is_no_limit_any_more(station: Station) -> None:
    """Neither is a pause."""
    station.boot()
    station.status("Charging")
    await station.charge_point.set_limit(1, 6)
    await station.charge_point.pause(1)
    station.rpc.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(RefusedError):
        await station.charge_point.restore_limits()
    assert (connector(station).limit, connector(station).paused) == (None, False)


async def test_a_refusal_on_one_connector_does_not_keep_the_next_from_its_limit(station: Station) -> None:
    """What is shown of the next was told anew."""
    station.boot()
    for number in (1, 2):
        station.status("Available", number)
        await station.charge_point.set_limit(number, 6)
    station.rpc.calls.clear()
    station.rpc.answers["SetChargingProfile"] = lambda payload: {
        "status": "Rejected" if payload["connectorId"] == 1 else "Accepted"
    }
    with pytest.raises(RefusedError):
        await station.charge_point.restore_limits()
    assert list(dict.fromkeys(payload["connectorId"] for _, payload in station.rpc.calls)) == [1, 2]
    assert [station.charge_point.connectors[number].limit for number in (1, 2)] == [None, 6]


@pytest.mark.parametrize("cut_off_by", ["settings", "boot"])
async def test_limits_are_sent_again_also_when_the_set_up_after_the_restart_is_cut_off(
    station: Station, cut_off_by: str
) -> None:
    """The next set-up makes up for it: that of other settings, or of a new connection that asks who is there."""
    station.boot()
    station.status("Charging")
    await station.charge_point.set_limit(1, 6)
    told = asyncio.Event()

    def accept(_payload: dict[str, Any]) -> dict[str, str]:
        told.set()
        return {"status": "Accepted"}

    station.rpc.answers["SetChargingProfile"] = accept
    station.boot()
    if cut_off_by == "settings":
        station.charge_point.update_settings(ChargePointSettings(configure=False, meter_interval=60))
    else:
        station.disconnect()
        station.connect()
        await station.dialect.request_boot()
        station.boot()
    async with asyncio.timeout(TIMEOUT):
        await told.wait()


async def test_a_charger_without_limits_is_told_none(station: Station) -> None:
    """Nobody has set any."""
    station.boot()
    station.status("Charging")
    station.rpc.calls.clear()
    await station.charge_point.restore_limits()
    assert station.rpc.calls == []


async def test_the_session_of_the_last_car_does_not_come_back(station: Station) -> None:
    """A new car was plugged in before the central system restarted."""
    transaction_id = charging(station)
    station.sample(energy=9000, transaction=transaction_id)
    station.stop(transaction_id, meterStop=9000)
    station.status("Available")
    station.status("Preparing")
    assert connector(station).session_energy == 0
    again = restarted(station)
    again.status("Preparing")
    assert connector(again).session_energy == 0
    again.disconnect()


async def test_the_last_session_is_shown_again_after_a_restart(station: Station) -> None:
    """Until a car is plugged in."""
    transaction_id = charging(station)
    station.clock.advance(hours=1)
    station.stop(transaction_id, meterStop=9000)
    again = restarted(station)
    assert connector(again).session_energy == pytest.approx(8.0)
    assert connector(again).readings[Quantity.ENERGY] == pytest.approx(9.0)
    again.disconnect()


# What is shown


async def test_a_charger_that_never_speaks_for_itself_is_in_service_when_its_connector_is(station: Station) -> None:
    """It was taken out of service, and came back after a restart."""
    station.boot()
    station.status("Available")
    await station.charge_point.set_availability(0, operative=False)
    assert station.charge_point.operative is False
    station.status("Unavailable")
    station.status("Available")
    assert station.charge_point.operative is True


async def test_whether_it_is_in_service_is_unknown_after_a_reconnect(station: Station) -> None:
    """Until it says so again."""
    station.boot()
    station.status("Unavailable", 0)
    station.status("Unavailable")
    station.disconnect()
    station.connect()
    assert station.charge_point.operative is None


async def test_power_is_0_where_nothing_can_flow(station: Station) -> None:
    """Many send no meter values while idle."""
    station.boot()
    station.status("Available")
    assert connector(station).readings[Quantity.POWER] == 0


async def test_an_old_sample_does_not_bring_power_back(station: Station) -> None:
    """It was measured before the car stopped charging."""
    transaction_id = charging(station)
    measured = station.clock.advance(seconds=30).strftime("%Y-%m-%dT%H:%M:%SZ")
    station.clock.advance(seconds=30)
    station.status("SuspendedEV", timestamp=station.time())
    station.sample(power=11000, at=measured, transaction=transaction_id)
    assert connector(station).readings[Quantity.POWER] == 0


async def test_a_clock_that_is_behind_does_not_freeze_the_values(station: Station) -> None:
    """Its statuses carry no time: ours compares with none of its samples."""
    station.boot()
    station.status("Available")
    station.status("Charging")
    for power in (0, 3000, 11000):
        behind = (station.clock.advance(seconds=30) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        station.sample(power=power, at=behind)
    assert connector(station).readings[Quantity.POWER] == 11000


async def test_a_clock_that_was_ahead_does_not_freeze_the_values(station: Station) -> None:
    """It has been put right since."""
    transaction_id = charging(station)
    now = station.clock.now
    ahead = station.clock.advance(minutes=4).strftime("%Y-%m-%dT%H:%M:%SZ")
    station.clock.now = now
    station.sample(power=11000, at=ahead, transaction=transaction_id)
    station.clock.advance(seconds=30)
    station.sample(power=3000, transaction=transaction_id)
    assert connector(station).readings[Quantity.POWER] == 3000


async def test_a_stranger_leaves_nothing_in_the_books() -> None:
    """It gets an id for each start, and no two are the same."""
    saves: list[bool] = []
    station = Station(changed=saves.append, registration=Registration.PENDING, settings=ChargePointSettings())
    station.connect()
    saves.clear()
    ids = {station.start() for _start in range(1500)}
    assert len(ids) == 1500
    assert station.ledger.snapshot()["transactions"] == {}
    assert len(saves) < 5
    station.disconnect()


async def test_a_transaction_that_goes_on_after_an_inferred_end_has_not_ended(station: Station) -> None:
    """It can be stopped again, and its energy goes on."""
    transaction_id = charging(station)
    station.status("Available")
    station.clock.advance(minutes=2)
    station.send("Heartbeat")
    assert not runs(station)
    station.status("Charging")
    station.sample(power=7000, energy=2000, transaction=transaction_id)
    assert runs(station)
    await station.charge_point.stop(1)
    station.stop(transaction_id, meterStop=4000)
    shown = connector(station).transaction
    assert shown is not None
    assert shown.energy == pytest.approx(3.0)
    assert not shown.inferred_end
