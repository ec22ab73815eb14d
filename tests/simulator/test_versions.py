"""A charge point that speaks several versions of OCPP: what is agreed, and what becomes of it when that changes."""

import json
from pathlib import Path

import pytest

from custom_components.ocpp_csms.simulator import Quirks, SimulatedChargePoint
from tests.simulator.central import Central
from tests.simulator.conftest import Dial

BOTH = ("2.0.1", "1.6")


async def test_the_version_is_the_one_that_was_agreed(central: Central, dial: Dial) -> None:
    central.versions = ("1.6",)
    charge_point = await dial(versions=BOTH)
    assert charge_point.version == "1.6"
    assert central.requests[0].headers["Sec-WebSocket-Protocol"] == "ocpp2.0.1, ocpp1.6"
    boot = central.payloads("BootNotification")[0]
    assert boot["chargePointModel"] == "Sim 22"
    await charge_point.plug_in(1)
    assert central.statuses()[-1] == "Preparing"


async def test_the_one_that_is_wanted_most_is_spoken_if_none_is_agreed(central: Central, dial: Dial) -> None:
    charge_point = await dial(versions=BOTH, quirks=Quirks(offers_subprotocol=False))
    assert charge_point.version == "2.0.1"
    assert central.payloads("BootNotification")[0]["reason"] == "PowerUp"


@pytest.mark.parametrize("running", [False, True])
async def test_another_version_is_a_new_start(central: Central, dial: Dial, running: bool) -> None:
    """The meter goes on; a transaction cannot be told of in other words, and is over."""
    central.versions = ("1.6",)
    charge_point = await dial(versions=BOTH)
    await charge_point.plug_in(1)
    if running:
        await charge_point.present_card(1, "TAG")
        await charge_point.tick(60)
    register = charge_point.connector(1).register_wh
    central.versions = BOTH
    await charge_point.drop_connection()
    await charge_point.wait_for(lambda: charge_point.version == "2.0.1")
    await charge_point.wait_accepted()
    assert central.payloads("BootNotification")[-1]["reason"] == "FirmwareUpdate"
    assert charge_point.connector(1).transaction_id is None
    assert "StopTransaction" not in central.actions()
    await charge_point.present_card(1, "OTHER")
    await charge_point.wait_status(1, "Charging")
    event = central.payloads("TransactionEvent")[-1]
    assert event["meterValue"][0]["sampledValue"][0]["value"] == pytest.approx(register, abs=0.001)


async def test_each_version_keeps_its_own_settings(central: Central, dial: Dial, tmp_path: Path) -> None:
    options = {"versions": BOTH, "state_path": tmp_path / "state"}
    central.versions = BOTH
    charge_point = await dial(**options)
    charge_point.configure("SampledDataCtrlr.TxUpdatedInterval", "15")
    await charge_point.stop()
    central.versions = ("1.6",)
    other = await dial(**options)
    assert other.version == "1.6"
    other.configure("MeterValueSampleInterval", "20")
    await other.stop()
    last = await dial(**options)
    assert last.configuration("MeterValueSampleInterval") == "20"
    central.versions = BOTH
    await last.drop_connection()
    await last.wait_for(lambda: last.version == "2.0.1")
    assert last.configuration("SampledDataCtrlr.TxUpdatedInterval") == "15"


async def test_a_file_of_before_there_were_versions_is_read(central: Central, dial: Dial, tmp_path: Path) -> None:
    """It knows nothing but 1.6, whose configuration keys it keeps with the station."""
    path = tmp_path / "state"
    charge_point = await dial(state_path=path)
    charge_point.configure("MeterValueSampleInterval", "20")
    await charge_point.stop()
    kept = json.loads(path.read_text())
    kept["station"] |= kept.pop("dialects")["1.6"]
    del kept["version"]
    path.write_text(json.dumps(kept))
    assert (await dial(state_path=path)).configuration("MeterValueSampleInterval") == "20"


async def test_memory_of_a_version_that_is_spoken_no_more_is_of_no_use_but_for_the_meter(
    central: Central, dial: Dial, tmp_path: Path
) -> None:
    old = await dial(state_path=tmp_path / "state")
    await old.plug_in(1)
    await old.present_card(1, "TAG")
    await old.go_offline()
    await old.tick(60)
    register = old.connector(1).register_wh
    await old.stop()
    central.versions = ("2.0.1",)
    new = await dial(version="2.0.1", state_path=tmp_path / "state")
    assert new.connector(1).register_wh == register
    assert new.connector(1).transaction_id is None
    assert new.queued == 0


async def test_what_only_later_versions_have_makes_no_difference(central: Central, dial: Dial) -> None:
    charge_point = await dial()
    before = central.actions()
    await charge_point.park(1)
    await charge_point.leave(1)
    with pytest.raises(KeyError):
        await charge_point.close_stream(1)
    assert central.actions() == before
    assert list(charge_point.displayed) == []


def test_a_version_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        SimulatedChargePoint("ws://127.0.0.1:1/CP1", version="1.5")
