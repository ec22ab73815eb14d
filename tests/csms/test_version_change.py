"""A charge point that dials in with another version than before: it stays the same one, and what goes on there goes on."""

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.csms.central import Clock, RecordingObserver, central_system
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.csms.spoken import boot, report, sample, subprotocols, transaction_event
from tests.waiting import until_connected, until_gone

LATER = "2026-11-20T12:05:00Z"
CHANGES = [("1.6", "2.0.1"), ("1.6", "2.1"), ("2.0.1", "1.6"), ("2.1", "1.6")]


def learn(charge_point: ChargePoint) -> None:
    """Let something be known of its configuration."""
    charge_point.configuration_read({"Key": ConfigurationKey("Key", "1", readonly=False)})
    charge_point.configuration_refused("Key", "2")


@pytest.mark.parametrize(("before", "after"), CHANGES)
async def test_an_upgraded_charge_point_is_the_same_one(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver, before: str, after: str
) -> None:
    """Those who listen to it are told of its version, and nobody has to reload anything."""
    shown: list[str | None] = []
    charge_point.listen(0, ("version",), lambda: shown.append(charge_point.version))
    for version in (before, after):
        async with ScriptedChargePoint(central.port, subprotocols=subprotocols(version)) as far_end:
            assert (await boot(far_end, version))["status"] == "Accepted"
            await report(far_end, version, plugged_in=True)
            assert charge_point.connectors[1].plugged_in
        await until_gone(charge_point)
    assert shown[-1] == after
    assert central.charge_points == {"CP1": charge_point}
    assert observer.strangers == []
    assert charge_point.violations.count == 0


@pytest.mark.parametrize(("before", "after"), [*CHANGES, ("2.0.1", "2.1")])
async def test_what_was_learned_in_another_version_is_forgotten(
    central: CentralSystem, charge_point: ChargePoint, before: str, after: str
) -> None:
    """Its keys have other names there, and what it refuses may be something else."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(before)) as far_end:
        await boot(far_end, before)
        learn(charge_point)
    await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(after)) as far_end:
        await report(far_end, after, plugged_in=False)
        assert charge_point.configuration == {}
        assert charge_point.refused_configuration == {}


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_what_was_learned_is_kept_where_the_version_is_the_same(
    central: CentralSystem, charge_point: ChargePoint, version: str
) -> None:
    """A reconnect teaches nothing new."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(version)) as far_end:
        await boot(far_end, version)
        learn(charge_point)
    await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(version)):
        await until_connected(charge_point)
        assert charge_point.configuration["Key"].value == "1"
        assert charge_point.refused_configuration == {"Key": ["2"]}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_change_while_home_assistant_was_off_is_noticed(clock: Clock, version: str) -> None:
    """What was refused is kept over a restart, but not over a change of version."""
    async with central_system(clock=clock) as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(central.port) as far_end:
            await boot(far_end, "1.6")
            learn(charge_point)
            stored = central.snapshot()
    async with central_system(clock=clock, stored=stored) as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        assert charge_point.refused_configuration == {"Key": ["2"]}
        async with ScriptedChargePoint(central.port, subprotocols=subprotocols(version)) as far_end:
            await report(far_end, version, plugged_in=False)
            assert charge_point.refused_configuration == {}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_transaction_that_runs_goes_on_under_its_name_in_2_x(
    central: CentralSystem, charge_point: ChargePoint, clock: Clock, version: str
) -> None:
    """Of what was charged before, between and after nothing is lost: it is one session."""
    async with ScriptedChargePoint(central.port) as far_end:
        await boot(far_end, "1.6")
        await report(far_end, "1.6", plugged_in=True)
        old = await far_end.start_transaction(meterStart=1000)
        await sample(far_end, old, 3000)
    await until_gone(charge_point)
    clock.advance(minutes=5)
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(version)) as far_end:
        await boot(far_end, version)
        await transaction_event(far_end, "Updated", "abc", 4000, LATER)
        running = charge_point.connectors[1].running_transaction
        assert running is not None
        assert running.transaction_id == "abc"
        clock.advance(minutes=5)
        await transaction_event(far_end, "Ended", "abc", 6000, "2026-11-20T12:10:00Z")
        connector = charge_point.connectors[1]
        assert connector.running_transaction is None
        assert connector.session_energy == pytest.approx(5.0)
        booked = [item.transaction for item in central.ledger.unarchived()]
        assert [item.transaction_id for item in booked] == [str(old), "abc"]
        assert sum(item.energy for item in booked) == pytest.approx(5.0)


async def test_a_transaction_that_runs_goes_on_under_its_number_in_1_6(
    central: CentralSystem, charge_point: ChargePoint, clock: Clock
) -> None:
    """A charger that is put back to 1.6 begins another one: what was charged before and after is one session."""
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        await boot(far_end, "2.0.1")
        await report(far_end, "2.0.1", plugged_in=True)
        await transaction_event(far_end, "Started", "abc", 1000)
        await transaction_event(far_end, "Updated", "abc", 3000)
    await until_gone(charge_point)
    clock.advance(minutes=5)
    async with ScriptedChargePoint(central.port) as far_end:
        await boot(far_end, "1.6")
        await report(far_end, "1.6", plugged_in=True)
        new = await far_end.start_transaction(meterStart=4000, timestamp=LATER)
        await sample(far_end, new, 6000, LATER)
        connector = charge_point.connectors[1]
        assert connector.running_transaction is not None
        assert connector.running_transaction.transaction_id == str(new)
        assert connector.session_energy == pytest.approx(5.0)


async def test_an_end_that_was_queued_in_the_other_version_is_booked(
    central: CentralSystem, charge_point: ChargePoint, clock: Clock
) -> None:
    """A charger that offers 2.0.1 and tells of its past in 1.6: the register of the end is the transaction's."""
    async with ScriptedChargePoint(central.port) as far_end:
        await boot(far_end, "1.6")
        await report(far_end, "1.6", plugged_in=True)
        old = await far_end.start_transaction(meterStart=1000)
    await until_gone(charge_point)
    clock.advance(minutes=5)
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        await far_end.call("StopTransaction", {"transactionId": old, "meterStop": 3000, "timestamp": LATER})
        transaction = charge_point.transaction(str(old))
        assert transaction is not None
        assert transaction.energy == pytest.approx(2.0)
        assert not transaction.inferred_end


async def test_a_transaction_runs_on_from_2_0_1_to_2_1(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Both call it by the same name: it has never ended."""
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        await boot(far_end, "2.0.1")
        await transaction_event(far_end, "Started", "abc", 1000)
    await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.1",)) as far_end:
        await boot(far_end, "2.1")
        running = charge_point.connectors[1].running_transaction
        assert running is not None
        assert running.transaction_id == "abc"
        await transaction_event(far_end, "Updated", "abc", 2000)
        assert charge_point.connectors[1].session_energy == pytest.approx(1.0)


@pytest.mark.parametrize(("spoken", "tried"), CHANGES)
async def test_a_connection_that_tells_nothing_changes_nothing(
    central: CentralSystem, charge_point: ChargePoint, spoken: str, tried: str
) -> None:
    """Some charge points try a version, hang up, and come with another one (FoxESS): the transaction goes on all the while."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(spoken)) as far_end:
        await boot(far_end, spoken)
        learn(charge_point)
        if spoken == "1.6":
            await far_end.start_transaction()
        else:
            await transaction_event(far_end, "Started", "abc", 1000)
    await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(tried)) as far_end:
        await far_end.call("Heartbeat")
        assert charge_point.version == tried
    await until_gone(charge_point)
    assert charge_point.version == spoken
    assert charge_point.refused_configuration == {"Key": ["2"]}
    assert charge_point.connectors[1].running_transaction is not None


async def test_a_charge_point_that_speaks_otherwise_than_it_offers_keeps_all_over_a_restart(clock: Clock) -> None:
    """It agrees upon 2.0.1 as before and speaks 1.6 as before: nothing is new."""
    async with central_system(clock=clock) as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
            await boot(far_end, "1.6")
            learn(charge_point)
            running = await far_end.start_transaction()
            stored = central.snapshot()
    async with central_system(clock=clock, stored=stored) as central:
        charge_point = central.add("CP1", ChargePointSettings(configure=False))
        async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
            await sample(far_end, running, 3000)
            assert charge_point.version == "1.6"
            assert charge_point.refused_configuration == {"Key": ["2"]}
            assert charge_point.connectors[1].session_energy == pytest.approx(2.0)
