"""What becomes of a transaction, and of what is known of a tag, when the central system does not accept it."""

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central


@pytest.mark.parametrize(("stops", "after"), [("true", "Finishing"), ("false", "SuspendedEVSE")])
async def test_a_tag_that_is_refused_may_have_a_little_energy_first(
    central: Central, charge_point: SimulatedChargePoint, stops: str, after: str
) -> None:
    charge_point.configure("MaxEnergyOnInvalidId", "500")
    charge_point.configure("StopTransactionOnInvalidId", stops)
    central.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Blocked"}}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.wait_status(1, "Charging")
    await charge_point.tick(300)
    await charge_point.wait_status(1, after)
    assert 500 <= charge_point.connector(1).register_wh < 520


async def test_a_tag_that_charges_elsewhere_is_stopped_and_still_known(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    central.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "ConcurrentTx"}}
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    assert (await central.wait_call("StopTransaction"))["reason"] == "DeAuthorized"
    await charge_point.go_offline()
    assert await charge_point.present_card(1, "TAG")


async def test_the_answer_to_a_stop_says_what_is_known_of_the_tag(
    central: Central, charging: SimulatedChargePoint
) -> None:
    central.answers["StopTransaction"] = {"idTagInfo": {"status": "Blocked"}}
    await charging.present_card(1, "TAG")
    await charging.go_offline()
    assert not await charging.present_card(1, "TAG")
