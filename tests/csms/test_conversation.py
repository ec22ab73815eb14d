"""Connections on which another version is spoken than the one that was agreed upon: the first message that tells decides."""

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.versions import Version
from tests.csms.central import HASTY, RecordingObserver, central_system
from tests.csms.scripted_charge_point import ErrorAnswer, ScriptedChargePoint
from tests.csms.spoken import boot, report, sample, subprotocols, transaction_event
from tests.waiting import until_connected, until_gone

MIXED = [("2.0.1", "1.6"), ("2.1", "1.6"), ("1.6", "2.0.1")]


@pytest.mark.parametrize(("agreed", "spoken"), MIXED)
async def test_the_version_is_the_one_that_is_spoken(
    central: CentralSystem, charge_point: ChargePoint, agreed: str, spoken: str
) -> None:
    """It simply works, in both directions; that it breaks the agreement is counted, once."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
        assert far_end.websocket.subprotocol == f"ocpp{agreed}"
        assert (await boot(far_end, spoken))["status"] == "Accepted"
        assert await report(far_end, spoken, plugged_in=True) == {}
        assert charge_point.version == spoken
        assert charge_point.connectors[1].plugged_in
        await charge_point.reset(hard=True)
        assert far_end.calls[-1] == ("Reset", {"type": "Hard" if spoken == "1.6" else "Immediate"})
        (violation,) = charge_point.violations.latest
        assert (violation.action, violation.problem) == (
            "BootNotification",
            f"OCPP {spoken} on a connection for OCPP {agreed}",
        )
    await until_gone(charge_point)


@pytest.mark.parametrize("spoken", list(Version))
async def test_who_offers_no_version_may_speak_each(
    central: CentralSystem, charge_point: ChargePoint, spoken: Version
) -> None:
    """2.1 is taken for 2.0.1: what they have in common they spell alike."""
    async with ScriptedChargePoint(central.port, subprotocols=()) as far_end:
        assert (await boot(far_end, spoken))["status"] == "Accepted"
        assert charge_point.version == ("1.6" if spoken is Version.V1_6 else "2.0.1")


async def test_a_transaction_can_be_what_tells_the_version_of_a_2_x_station(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver
) -> None:
    """On a connection for 1.6; as any start it is saved before it is answered."""
    async with ScriptedChargePoint(central.port) as far_end:
        saved = len(observer.waited)
        assert await transaction_event(far_end, "Started", "abc", 1000) == {}
        assert len(observer.waited) == saved + 1
        running = charge_point.connectors[1].running_transaction
        assert running is not None
        assert running.transaction_id == "abc"


async def test_a_transaction_can_be_what_tells_the_version_of_a_1_6_charger(
    central: CentralSystem, charge_point: ChargePoint, observer: RecordingObserver
) -> None:
    """On a connection for 2.0.1."""
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        saved = len(observer.waited)
        transaction_id = await far_end.start_transaction()
        assert len(observer.waited) == saved + 1
        assert await sample(far_end, transaction_id, 1500) == {}
        assert charge_point.connectors[1].session_energy == pytest.approx(0.5)


@pytest.mark.parametrize(("agreed", "spoken"), MIXED)
async def test_what_tells_nothing_is_answered_in_the_agreed_version(
    central: CentralSystem, charge_point: ChargePoint, agreed: str, spoken: str
) -> None:
    """Heartbeats are alike in all versions, and broken frames are answered by the rules of the agreed one: the version is still open."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
        assert "currentTime" in await far_end.call("Heartbeat")
        assert (await far_end.exchange('[2,"1"]'))[2] == (
            "FormationViolation" if agreed == "1.6" else "RpcFrameworkError"
        )
        assert charge_point.version == agreed
        await boot(far_end, spoken)
        assert charge_point.version == spoken
        assert (await far_end.exchange('[2,"1"]'))[2] == (
            "FormationViolation" if spoken == "1.6" else "RpcFrameworkError"
        )


@pytest.mark.parametrize(("spoken", "other"), [("1.6", "2.0.1"), ("2.0.1", "1.6")])
@pytest.mark.parametrize("agreed", ["1.6", "2.0.1"])
async def test_the_first_message_that_tells_decides_for_good(
    central: CentralSystem, charge_point: ChargePoint, agreed: str, spoken: str, other: str
) -> None:
    """Who mixes versions on one connection is not followed to and fro."""
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
        await boot(far_end, spoken)
        with pytest.raises(ErrorAnswer, match="NotImplemented"):
            await far_end.call("StopTransaction" if other == "1.6" else "NotifyEvent")
        assert charge_point.version == spoken


@pytest.mark.parametrize(("agreed", "spoken"), MIXED)
async def test_the_next_connection_begins_in_the_version_that_is_spoken(
    central: CentralSystem, charge_point: ChargePoint, agreed: str, spoken: str
) -> None:
    """It is no violation any more, and nothing is forgotten."""
    for _ in range(2):
        async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
            await boot(far_end, spoken)
        await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)):
        await until_connected(charge_point)
        assert charge_point.version == spoken
    assert charge_point.violations.count == 1


@pytest.mark.parametrize(("agreed", "spoken"), MIXED)
async def test_who_keeps_to_the_agreement_again_is_taken_at_its_word_again(
    central: CentralSystem, charge_point: ChargePoint, agreed: str, spoken: str
) -> None:
    """Its firmware was mended: from then on each connection begins in the version that was agreed upon, be it 2.0.1 or 2.1."""
    for version in (spoken, agreed, agreed):
        async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
            await boot(far_end, version)
            assert charge_point.version == version
        await until_gone(charge_point)
    assert charge_point.violations.count == 2


async def test_who_is_removed_begins_anew(central: CentralSystem, charge_point: ChargePoint) -> None:
    """Another charger may come by that name."""
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        await boot(far_end, "1.6")
        central.remove("CP1")
        assert await far_end.closed() == 1000
    anew = central.add("CP1", ChargePointSettings(configure=False))
    async with ScriptedChargePoint(central.port, subprotocols=("ocpp2.0.1",)):
        await until_connected(anew)
        assert anew.version == "2.0.1"


@pytest.mark.parametrize(("agreed", "spoken"), MIXED)
async def test_a_stranger_may_speak_what_it_likes_as_well(
    central: CentralSystem, observer: RecordingObserver, agreed: str, spoken: str
) -> None:
    """It is introduced, confirmed and asked to boot in the version that it speaks."""
    async with ScriptedChargePoint(central.port, "NEW", subprotocols=subprotocols(agreed)) as stranger:
        assert (await boot(stranger, spoken))["status"] == "Pending"
        await observer.until(lambda: observer.strangers)
        charge_point = central.add("NEW", ChargePointSettings(configure=False))
        assert await stranger.heard("TriggerMessage") == {"requestedMessage": "BootNotification"}
        assert (await boot(stranger, spoken))["status"] == "Accepted"
        assert charge_point.version == spoken


@pytest.mark.parametrize(
    ("agreed", "spoken", "asked"), [("2.0.1", "1.6", "GetConfiguration"), ("1.6", "2.0.1", "GetBaseReport")]
)
async def test_the_set_up_is_done_in_the_version_that_is_spoken(agreed: str, spoken: str, asked: str) -> None:
    """Once it is known, from the beginning."""
    async with central_system(timing=HASTY) as central:
        central.add("CP1", ChargePointSettings())
        async with ScriptedChargePoint(central.port, subprotocols=subprotocols(agreed)) as far_end:
            await boot(far_end, spoken)
            await far_end.heard(asked)
