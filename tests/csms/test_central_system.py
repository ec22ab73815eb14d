"""The central system as a whole: newest connection wins, strangers are introduced, what must survive does."""

import asyncio
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, NotConnectedError
from custom_components.ocpp_csms.csms.model import Registration, StationInfo
from tests.csms.central import HASTY, Clock, RecordingObserver, central_system
from tests.csms.scripted_charge_point import SILENCE, ErrorAnswer, ScriptedChargePoint
from tests.waiting import until_connected, until_gone


async def test_the_newest_connection_of_an_identity_wins(central: CentralSystem, charge_point: ChargePoint) -> None:
    """The older one is closed, the newer one serves, and the charge point never counts as gone."""
    async with ScriptedChargePoint(central.port) as older:
        await older.boot()
        gone: list[bool] = []
        charge_point.listen(0, ("connected",), lambda: gone.append(not charge_point.connected))
        async with ScriptedChargePoint(central.port) as newer:
            assert (await newer.boot())["status"] == "Accepted"
            assert await older.closed() == 1000
            await charge_point.reset(hard=True)
            assert newer.calls[-1] == ("Reset", {"type": "Hard"})
            assert not any(gone)
            assert charge_point.reconnects == 1


async def test_pending_calls_of_a_replaced_connection_fail(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Who waits for an answer on the older connection is told at once, also who waits for his turn."""
    async with ScriptedChargePoint(central.port, answers={"Reset": SILENCE}) as older:
        await older.boot()
        calls = [asyncio.create_task(charge_point.reset(hard=True)) for _ in range(2)]
        await older.heard("Reset")
        async with ScriptedChargePoint(central.port) as newer:
            async with asyncio.timeout(1):
                outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [NotConnectedError, NotConnectedError]
            assert (await newer.boot())["status"] == "Accepted"


async def test_an_older_connection_that_is_dead_does_not_delay_the_newer(
    central: CentralSystem, charge_point: ChargePoint
) -> None:
    """A connection that answers nothing, not even the close, is given up without anybody waiting for it."""
    older = ScriptedChargePoint(central.port)
    await older.connect()
    await until_connected(charge_point)
    older.websocket.transport.pause_reading()
    async with ScriptedChargePoint(central.port) as newer, asyncio.timeout(1):
        assert (await newer.boot())["status"] == "Accepted"
        await older.drop()


async def test_a_stranger_is_pending_and_introduced_by_its_boot(
    central: CentralSystem, observer: RecordingObserver
) -> None:
    """The observer hears of it once it has told who it is; until then it may not charge."""
    async with ScriptedChargePoint(central.port, "NEW") as stranger:
        answer = await stranger.boot(chargePointVendor="Acme", chargePointModel="One")
        assert answer["status"] == "Pending"
        await observer.until(lambda: observer.strangers)
        assert [(item.identity, item.info.vendor, item.info.model) for item in observer.strangers] == [
            ("NEW", "Acme", "One")
        ]
        assert (await stranger.call("Authorize", {"idTag": "CARD"}))["idTagInfo"]["status"] == "Invalid"
        assert await stranger.start_transaction() > 0
        await stranger.boot()
        assert len(observer.strangers) == 1


async def test_a_stranger_that_does_not_boot_is_asked_and_introduced_all_the_same(observer: RecordingObserver) -> None:
    """A stranger that will not say who it is can still be confirmed; nothing else is asked of it."""
    refusal = {"TriggerMessage": {"status": "Rejected"}}
    async with (
        central_system(observer=observer, timing=HASTY) as central,
        ScriptedChargePoint(central.port, "NEW", answers=refusal) as stranger,
    ):
        await observer.until(lambda: observer.strangers)
        assert stranger.calls == [("TriggerMessage", {"requestedMessage": "BootNotification"})]


async def test_a_confirmed_stranger_works_without_dialling_in_again(
    central: CentralSystem, observer: RecordingObserver
) -> None:
    """It is asked to boot, and that BootNotification is accepted on the connection it has."""
    async with ScriptedChargePoint(central.port, "NEW") as stranger:
        await stranger.boot()
        await observer.until(lambda: observer.strangers)
        charge_point = central.add("NEW", ChargePointSettings())
        assert charge_point is observer.strangers[0]
        assert await stranger.heard("TriggerMessage") == {"requestedMessage": "BootNotification"}
        assert (await stranger.boot())["status"] == "Accepted"
        await stranger.heard("GetConfiguration")
        assert charge_point.connected
        assert charge_point.reconnects == 0


@pytest.mark.parametrize(
    "answer", [{"status": "Rejected"}, ErrorAnswer("NotImplemented"), {"status": "Accepted"}], ids=str
)
async def test_a_confirmed_stranger_that_does_not_boot_again_is_set_up_all_the_same(
    observer: RecordingObserver, answer: dict[str, str] | ErrorAnswer
) -> None:
    """Whether it refuses the trigger or ignores it: after the grace it is configured."""
    async with (
        central_system(observer=observer, timing=HASTY) as central,
        ScriptedChargePoint(central.port, "NEW", answers={"TriggerMessage": answer}) as stranger,
    ):
        assert (await stranger.boot())["status"] == "Pending"
        await observer.until(lambda: observer.strangers)
        charge_point = central.add("NEW", ChargePointSettings())
        await stranger.heard("GetConfiguration")
        assert charge_point.registration is Registration.ACCEPTED


async def test_a_stranger_that_boots_when_asked_is_asked_for_nothing_else(observer: RecordingObserver) -> None:
    """Not before it is confirmed."""
    timing = Timing(boot_grace=0.05, confirm_grace=60, settle=0)
    async with (
        central_system(observer=observer, timing=timing) as central,
        ScriptedChargePoint(central.port, "NEW") as stranger,
    ):
        await stranger.heard("TriggerMessage")
        await stranger.boot()
        await observer.until(lambda: observer.strangers)
        central.add("NEW", ChargePointSettings(configure=False))
        await stranger.heard("TriggerMessage")
        await stranger.boot()
        assert await stranger.heard("TriggerMessage") == {"requestedMessage": "StatusNotification"}


async def test_a_stranger_that_leaves_is_forgotten(central: CentralSystem, observer: RecordingObserver) -> None:
    """Neither it nor what it did stays behind."""
    async with ScriptedChargePoint(central.port, "NEW") as stranger:
        await stranger.boot()
        await observer.until(lambda: observer.strangers)
        await stranger.start_transaction()
    await until_gone(observer.strangers[0])
    assert central.charge_points == {}
    assert central.snapshot()["ledger"]["transactions"] == {}


async def test_two_sockets_of_a_stranger_are_one_stranger(central: CentralSystem, observer: RecordingObserver) -> None:
    """The second takes over; the end of the first does not take the charge point away."""
    async with ScriptedChargePoint(central.port, "NEW") as first, ScriptedChargePoint(central.port, "NEW") as second:
        await first.closed()
        assert (await second.boot())["status"] == "Pending"
        await observer.until(lambda: observer.strangers)
        assert list(central.charge_points) == ["NEW"]
        assert central.charge_points["NEW"].connected


async def test_strangers_are_turned_away_when_discovery_is_off(central: CentralSystem) -> None:
    """An unknown identity gets 404; the setting holds from the next handshake on."""
    central.update_settings(type(central.settings)(host="127.0.0.1", port=0, discover=False))
    with pytest.raises(InvalidStatus, match="404"):
        await ScriptedChargePoint(central.port, "NEW").connect()


async def test_there_is_a_limit_to_strangers(central: CentralSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever invents identities does not fill the memory; known charge points still come in."""
    monkeypatch.setattr("custom_components.ocpp_csms.csms.central_system._MAX_STRANGERS", 1)
    central.add("CP1", ChargePointSettings())
    async with ScriptedChargePoint(central.port, "NEW1") as first, ScriptedChargePoint(central.port, "CP1"):
        await first.boot()
        with pytest.raises(InvalidStatus, match="404"):
            await ScriptedChargePoint(central.port, "NEW2").connect()


async def test_a_removed_charge_point_is_cut_off_and_a_stranger_afterwards(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver
) -> None:
    """Its connection ends, its transactions are forgotten once they are in the archive, and when it dials again it has to be confirmed."""
    async with ScriptedChargePoint(central.port) as far_end:
        await far_end.boot()
        await far_end.start_transaction()
        central.remove("CP1")
        assert await far_end.closed() == 1000
    central.ledger.archived(central.ledger.unarchived())
    assert central.snapshot()["ledger"]["transactions"] == {}
    assert central.snapshot()["charge_points"] == {}
    async with ScriptedChargePoint(central.port) as far_end:
        assert (await far_end.boot())["status"] == "Pending"
    assert charge_point not in observer.strangers


async def test_changes_of_one_charge_point_leave_the_others_alone(
    central: CentralSystem, charge_point: ChargePoint
) -> None:
    """Adding, changing and removing one drops nobody else's connection."""
    async with ScriptedChargePoint(central.port) as far_end:
        await far_end.boot()
        central.add("CP2", ChargePointSettings())
        central.add("CP2", ChargePointSettings(maximum_current=16))
        central.remove("CP2")
        await far_end.call("Heartbeat")
        assert charge_point.connected
        assert charge_point.reconnects == 0


async def test_removing_what_is_not_there_does_nothing(central: CentralSystem) -> None:
    """The user may remove a charge point that never dialled in."""
    central.remove("CP7")
    assert central.charge_points == {}


async def test_a_running_transaction_survives_a_restart(clock: Clock) -> None:
    """After a restart without a boot the session goes on, can be stopped remotely, and its id does not come again."""
    async with central_system(clock=clock) as before:
        before.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(before.port) as far_end:
            await far_end.boot(firmwareVersion="1.0")
            running = await far_end.start_transaction()
            stored = before.snapshot()
    async with central_system(clock=clock, stored=stored) as after:
        charge_point = after.add("CP1", ChargePointSettings(configure=False))
        assert charge_point.info.firmware == "1.0"
        transaction = charge_point.connectors[1].transaction
        assert transaction is not None
        assert transaction.running
        async with ScriptedChargePoint(after.port) as far_end:
            await until_connected(charge_point)
            await charge_point.stop(1)
            assert far_end.calls[-1] == ("RemoteStopTransaction", {"transactionId": running})
            await far_end.call(
                "StopTransaction",
                {"transactionId": running, "meterStop": 3000, "timestamp": "2026-11-20T12:00:00Z", "reason": "Remote"},
            )
            assert transaction.stopped is not None
            assert transaction.energy == pytest.approx(2.0)
            assert await far_end.start_transaction(meterStart=3000) != running


async def test_what_was_kept_and_cannot_be_read_is_learned_anew(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged store costs what it held, not the charge point."""
    stored = {
        "charge_points": {"CP1": {"info": {"colour": "red"}}, "CP2": {"info": {"vendor": "Acme"}}},
        "ledger": {"reserved": 10**9, "transactions": {"CP1": [{"id": "5"}]}},
    }
    async with central_system(clock=clock, stored=stored) as central:
        assert central.add("CP1", ChargePointSettings()).info == StationInfo()
        assert central.add("CP2", ChargePointSettings()).info.vendor == "Acme"
        async with ScriptedChargePoint(central.port) as far_end:
            assert await far_end.start_transaction() > 10**9
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 2


async def test_a_crash_before_the_save_repeats_no_id(clock: Clock) -> None:
    """What is saved before the listener opens reserves the ids that are given out until the next save."""
    given = []
    saved = None
    for id_tag in ("A", "B", "C"):
        async with central_system(clock=clock, stored=saved) as central:
            central.add("CP1", ChargePointSettings(configure=False))
            saved = central.snapshot()
            async with ScriptedChargePoint(central.port) as far_end:
                given.append(await far_end.start_transaction(idTag=id_tag))
    assert len(set(given)) == 3
    assert given == sorted(given)


async def test_changes_are_told_to_be_saved(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver
) -> None:
    """A start is urgent, and a limit; what was learned is not."""
    async with ScriptedChargePoint(central.port) as far_end:
        await far_end.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
        observer.saves.clear()
        await charge_point.set_limit(1, 10)
        assert True in observer.saves
        observer.saves.clear()
        charge_point.configuration_refused("MeterValueSampleInterval", "30")
        assert observer.saves == [False]
        await far_end.start_transaction()
        assert True in observer.saves


async def test_stopping_closes_connections_so_that_charge_points_dial_again(observer: RecordingObserver) -> None:
    """The close code says that the server goes away; a handshake that hangs does not hold the stop up."""
    async with central_system(observer=observer) as central:
        port = central.port
        far_end = ScriptedChargePoint(port)
        await far_end.connect()
        _, loris = await asyncio.open_connection("127.0.0.1", port)
        loris.write(b"GET /CP2 HTTP/1.1\r\n")
        async with asyncio.timeout(2):
            await central.stop()
        assert await far_end.closed() == 1001
        await far_end.disconnect()
        loris.close()
        with pytest.raises(ConnectionError):
            await ScriptedChargePoint(port).connect()


async def test_a_taken_port_is_an_error(central: CentralSystem) -> None:
    """Starting on it raises OSError."""
    with pytest.raises(OSError, match="address"):
        async with central_system(port=central.port):
            pass


async def test_changed_intervals_hold_on_open_connections(central: CentralSystem, charge_point: ChargePoint) -> None:
    """The heartbeat's from the next boot on, the time-out from the next call on."""
    async with ScriptedChargePoint(central.port, answers={"Reset": SILENCE}) as far_end:
        await far_end.boot()
        central.update_settings(replace(central.settings, heartbeat_interval=77, call_timeout=0.01))
        assert (await far_end.boot())["interval"] == 77
        with pytest.raises(CallTimeoutError, match=r"0\.01 s"):
            await charge_point.reset(hard=True)
