"""What a StopTransaction tells of the whole transaction."""

from pathlib import Path

from custom_components.ocpp_csms.simulator import PRESETS, combined
from tests.simulator.central import ACCEPTED, Central
from tests.simulator.conftest import Dial

REGISTER = "Energy.Active.Import.Register"


async def test_some_stop_messages_carry_what_was_sampled_all_along(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["full_stop_data"])
    for key, value in (("StopTxnSampledData", f"{REGISTER},SoC"), ("MeterValueSampleInterval", "60")):
        assert await central.call("ChangeConfiguration", {"key": key, "value": value}) == ACCEPTED
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(150)
    await charge_point.present_card(1, "TAG")
    data = central.payloads("StopTransaction")[0]["transactionData"]
    contexts = [each["sampledValue"][0]["context"] for each in data]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]
    assert [value["measurand"] for value in data[1]["sampledValue"]] == [REGISTER, "SoC"]
    assert [each["timestamp"] for each in data] == sorted(each["timestamp"] for each in data)


async def test_some_stop_messages_carry_clock_aligned_values_alone(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["full_stop_data"])
    keys = {"StopTxnSampledData": "", "StopTxnAlignedData": REGISTER, "ClockAlignedDataInterval": "60"}
    for key, value in keys.items():
        assert await central.call("ChangeConfiguration", {"key": key, "value": value}) == ACCEPTED
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await charge_point.present_card(1, "TAG")
    (data,) = central.payloads("StopTransaction")[0]["transactionData"]
    assert data["sampledValue"][0]["context"] == "Sample.Clock"
    reported = [each["meterValue"][0]["sampledValue"][0] for each in central.payloads("MeterValues")]
    assert data["sampledValue"][0]["value"] in [each["value"] for each in reported if each["context"] == "Sample.Clock"]


async def test_of_very_many_samples_every_other_one_goes(central: Central, dial: Dial) -> None:
    charge_point = await dial(
        quirks=PRESETS["full_stop_data"],
        configuration={"MeterValueSampleInterval": "1", "MeterValuesSampledData": ""},
    )
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(300)
    await charge_point.present_card(1, "TAG")
    assert 100 < len(central.payloads("StopTransaction")[0]["transactionData"]) <= 202


async def test_what_was_sampled_survives_a_loss_of_power(central: Central, dial: Dial, tmp_path: Path) -> None:
    quirks = combined(["full_stop_data", "resumes_after_power_loss"])
    first = await dial(quirks=quirks, state_path=tmp_path / "state.json")
    await first.plug_in(1)
    await first.present_card(1, "TAG")
    await first.tick(60)
    await first.stop()
    second = await dial(quirks=quirks, state_path=tmp_path / "state.json")
    await second.present_card(1, "TAG")
    assert len(central.payloads("StopTransaction")[0]["transactionData"]) == 3
