"""Without connection: what waits, what is lost, who may charge, and what survives a loss of power."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import serve

from custom_components.ocpp_csms.simulator import PRESETS, Quirks, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, SILENCE, Central
from tests.simulator.conftest import Dial

HEX_KEY = "00112233445566778899aabbccddeeff"


async def test_transaction_messages_wait_and_are_sent_in_order(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.plug_in(1)
    charge_point.configure("AllowOfflineTxForUnknownId", "true")
    await charge_point.go_offline()
    assert await charge_point.present_card(1, "TAG")
    await charge_point.tick(120)
    await charge_point.unplug(1)
    assert charge_point.queued == 4
    await charge_point.go_online()
    await charge_point.wait_accepted()
    waited = [(action, payload) for action, payload in central.calls if "Notification" not in action]
    assert [action for action, _ in waited] == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    assert [payload.get("transactionId") for _, payload in waited] == [None, 1, 1, 1]
    stamps = [waited[0][1]["timestamp"], *(each["meterValue"][0]["timestamp"] for _, each in waited[1:3])]
    assert stamps == sorted(stamps)
    assert charge_point.queued == 0


async def test_charging_goes_on_without_connection(charging: SimulatedChargePoint) -> None:
    await charging.go_offline(abruptly=False)
    await charging.tick(60)
    assert charging.connector(1).register_wh > 300
    await charging.wait_status(1, "Charging")


async def test_a_start_that_was_lost_on_the_way_is_sent_again_with_the_same_data(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    answer, central.answers["StartTransaction"] = central.answers["StartTransaction"], SILENCE
    await central.call("RemoteStartTransaction", {"idTag": "TAG"})
    await charge_point.wait_status(1, "Preparing")
    plugging_in = asyncio.create_task(charge_point.plug_in(1))
    await central.wait_call("StartTransaction")
    central.answers["StartTransaction"] = answer
    await charge_point.drop_connection()
    await charge_point.wait_accepted()
    await plugging_in
    first, second = central.payloads("StartTransaction")
    assert first == second
    assert charge_point.connector(1).transaction_id == 1


@pytest.mark.parametrize(
    ("keys", "accepted"),
    [
        ({}, True),
        ({"LocalAuthorizeOffline": "false"}, False),
        ({"AuthorizationCacheEnabled": "false"}, False),
        ({"AuthorizationCacheEnabled": "false", "AllowOfflineTxForUnknownId": "true"}, True),
    ],
)
async def test_a_known_card_may_charge_offline(
    charge_point: SimulatedChargePoint, keys: dict[str, str], accepted: bool
) -> None:
    await charge_point.present_card(1, "TAG")
    for key, value in keys.items():
        charge_point.configure(key, value)
    await charge_point.tick(60)
    await charge_point.go_offline()
    assert await charge_point.present_card(1, "TAG") is accepted


async def test_without_a_cache_nothing_is_learned(charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthorizationCacheEnabled", "false")
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await charge_point.go_offline()
    charge_point.configure("AuthorizationCacheEnabled", "true")
    assert not await charge_point.present_card(1, "TAG")


async def test_a_listed_card_may_be_accepted_without_asking(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    entries = [{"idTag": "TAG", "idTagInfo": ACCEPTED}]
    request = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries}
    assert await central.call("SendLocalList", request) == ACCEPTED
    charge_point.configure("LocalPreAuthorize", "true")
    await charge_point.plug_in(1)
    assert await charge_point.present_card(1, "TAG")
    assert "Authorize" not in central.actions()


async def test_a_loss_of_power_ends_the_transaction_and_keeps_the_register(
    central: Central, charging: SimulatedChargePoint
) -> None:
    await charging.tick(60)
    before = charging.connector(1).register_wh
    await charging.power_cut()
    await charging.tick(600)
    assert charging.connector(1).register_wh == before
    assert charging.connector(1).current == 0
    await charging.power_up()
    await charging.wait_accepted()
    stop = central.payloads("StopTransaction")[0]
    assert (stop["reason"], stop["meterStop"], stop["transactionId"]) == ("PowerLoss", int(before), 1)
    assert central.actions().count("BootNotification") == 2
    assert central.statuses()[-1] == "Preparing"


async def test_a_transaction_may_be_resumed_when_power_returns(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(resumes_after_power_loss=True))
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.power_cut()
    await charge_point.power_up()
    await charge_point.wait_accepted()
    await charge_point.tick(60)
    assert central.payloads("MeterValues")[0]["transactionId"] == 1
    assert "StopTransaction" not in central.actions()


async def test_memory_survives_in_a_file(central: Central, dial: Dial, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = await dial(state_path=path, connectors=2, quirks=Quirks(resumes_after_power_loss=True))
    await first.plug_in(1)
    await first.present_card(1, "TAG")
    await first.tick(60)
    await central.call("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "7"})
    await central.call("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    await first.wait_status(2, "Unavailable")
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}]},
    }
    await central.call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})
    await first.stop()
    second = await dial(state_path=path, connectors=2, quirks=Quirks(resumes_after_power_loss=True))
    connector = second.connector(1)
    assert connector.register_wh == first.connector(1).register_wh
    assert (connector.transaction_id, connector.status, connector.limit) == (1, "Charging", 8)
    assert second.configuration("MeterValueSampleInterval") == "7"
    assert second.connector(2).status == "Unavailable"


async def test_messages_that_wait_survive_in_a_file(central: Central, dial: Dial, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = await dial(state_path=path, configuration={"AllowOfflineTxForUnknownId": "true"})
    await first.plug_in(1)
    await first.go_offline()
    await first.present_card(1, "TAG")
    await first.tick(60)
    await first.stop()
    second = await dial(state_path=path)
    assert "StartTransaction" in central.actions()
    assert central.payloads("MeterValues")[0]["transactionId"] == 1
    stop = central.payloads("StopTransaction")[0]
    assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")
    assert second.queued == 0


async def test_a_new_password_is_used_at_once_and_survives(central: Central, dial: Dial, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = await dial(state_path=path, password="old")
    assert await central.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": HEX_KEY}) == ACCEPTED
    await central.wait_call("BootNotification", 2)
    await first.stop()
    await dial(state_path=path, password="old")
    used = [request.headers["Authorization"] for request in central.requests]
    assert used[0] != used[1] == used[2]


async def test_a_new_password_may_be_taken_as_text(central: Central, dial: Dial) -> None:
    await dial(quirks=Quirks(text_authorization_key=True))
    await central.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": "correct horse battery"})
    await central.wait_call("BootNotification", 2)
    assert central.requests[1].headers["Authorization"] == "Basic Q1AxOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ=="


async def test_a_preset_without_boot_resumes_its_queue(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["no_boot_after_reconnect"])
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.go_offline()
    await charge_point.tick(60)
    await charge_point.go_online()
    await charge_point.settle()
    assert len(central.payloads("MeterValues")) == 1
    assert central.actions().count("BootNotification") == 1


async def test_a_connection_that_is_closed_at_once_counts_as_a_failure(socket_enabled: None) -> None:
    """So a central system that lets it in and says nothing, not even goodbye, is not dialled without end at the shortest delay."""
    asked = [asyncio.Event() for _ in range(3)]

    class Delays(tuple[float, ...]):
        __slots__ = ()

        def __getitem__(self, failures: Any) -> Any:
            asked[failures].set()
            return 0.0

    async with serve(lambda connection: connection.close(), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with SimulatedChargePoint(f"ws://127.0.0.1:{port}/CP1", reconnect_delays=Delays((0.0,) * 3)):
            async with asyncio.timeout(5):
                await asked[2].wait()
