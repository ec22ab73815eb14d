"""Who may charge: cards, groups, master passes, and verdicts in the answers to events (C01 to C16)."""

import pytest

from custom_components.ocpp_csms.simulator import Car, SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import ACCEPTED_TOKEN, events, judge, told


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


async def test_a_verdict_in_the_middle_ends_it(central: Central, charging: SimulatedChargePoint) -> None:
    """A token may turn invalid at any time."""
    central.answers["TransactionEvent"] = ACCEPTED_TOKEN
    await charging.tick(60)
    central.answers["TransactionEvent"] = judge("Expired")
    await charging.tick(60)
    assert told(central)[-1] == ("Ended", "Deauthorized", "EVConnected")
