"""How a station registers, and what it says and refuses until it is accepted (B01 to B04)."""

import asyncio

import pytest

from custom_components.ocpp_csms.simulator import AvailabilityStyle, Quirks, SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.v2.events import plugs, start_request

PENDING = {"currentTime": "2026-01-01T00:00:00Z", "interval": 30, "status": "Pending"}
REJECTED = PENDING | {"status": "Rejected"}


async def test_it_says_who_it_is_and_why_it_starts(central: Central, dial: Dial) -> None:
    await dial(vendor="ACME", model="One", serial_number="1234", firmware_version="2.0")
    assert central.payloads("BootNotification") == [
        {
            "chargingStation": {
                "vendorName": "ACME",
                "model": "One",
                "serialNumber": "1234",
                "firmwareVersion": "2.0",
            },
            "reason": "PowerUp",
        }
    ]


async def test_every_connector_is_reported_after_the_start(central: Central, dial: Dial) -> None:
    await dial(connectors=2, connectors_per_evse=2)
    assert [(each["evseId"], each["connectorId"]) for each in central.payloads("StatusNotification")] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]


@pytest.mark.parametrize(
    ("style", "statuses", "told"),
    [(AvailabilityStyle.status, 1, 0), (AvailabilityStyle.event, 0, 1), (AvailabilityStyle.both, 1, 1)],
)
async def test_availability_is_told_in_either_way(
    central: Central, dial: Dial, style: AvailabilityStyle, statuses: int, told: int
) -> None:
    await dial(quirks=Quirks(availability=style))
    assert len(central.payloads("StatusNotification")) == statuses
    found = central.payloads("NotifyEvent")
    assert len(found) == told
    for each in found:
        data = each["eventData"][0]
        assert (data["component"]["name"], data["variable"]["name"]) == ("Connector", "AvailabilityState")
        assert (data["component"]["evse"], data["actualValue"]) == ({"id": 1, "connectorId": 1}, "Available")


async def test_the_interval_of_heartbeats_is_taken_over(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = PENDING | {"status": "Accepted", "interval": 60}
    charge_point = await dial()
    await charge_point.tick(125)
    assert len(central.payloads("Heartbeat")) == 2
    assert charge_point.configuration("OCPPCommCtrlr.HeartbeatInterval") == "60"


async def test_an_interval_of_zero_ends_the_heartbeats(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("OCPPCommCtrlr.HeartbeatInterval", "0")
    await charge_point.tick(1000)
    assert "Heartbeat" not in central.actions()


async def test_a_fault_of_the_whole_station_is_told_of_each_connector(central: Central, dial: Dial) -> None:
    charge_point = await dial(connectors=2)
    await charge_point.fault(0)
    assert [plugs(central, number)[-1] for number in (1, 2)] == ["Faulted", "Faulted"]
    assert charge_point.configuration("ChargingStation.AvailabilityState") == "Faulted"


async def test_a_talkative_station_tells_of_its_starts(central: Central, dial: Dial) -> None:
    charge_point = await dial(security_events=True)
    await charge_point.security_event("InvalidCentralSystemCertificate", "who is that?")
    told = [(each["type"], each.get("techInfo")) for each in central.payloads("SecurityEventNotification")]
    assert told == [("StartupOfTheDevice", None), ("InvalidCsmsCertificate", "who is that?")]
    assert [each.kind for each in charge_point.security_log] == [kind for kind, _ in told]


async def test_a_certificate_is_asked_for_by_hand(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.request_certificate()
    assert "CERTIFICATE REQUEST" in central.payloads("SignCertificate")[0]["csr"]


async def test_while_pending_it_says_nothing_unasked_and_starts_nothing(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = PENDING
    charge_point = await dial(accepted=False)
    await charge_point.wait_message("BootNotification")
    await charge_point.plug_in(1)
    assert await central.call("RequestStartTransaction", start_request(1)) == {
        "status": "Rejected",
        "statusInfo": {"reasonCode": "CSNotAccepted"},
    }
    assert (await central.call("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}))[
        "status"
    ] == "Accepted"
    await central.wait_call("NotifyReport")
    assert set(central.actions()) == {"BootNotification", "NotifyReport"}


async def test_boot_is_sent_again_after_the_interval(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = PENDING
    charge_point = await dial(accepted=False)
    await charge_point.wait_message("BootNotification")
    central.answers["BootNotification"] = PENDING | {"status": "Accepted"}
    await charge_point.tick(30)
    await charge_point.wait_accepted()
    assert plugs(central) == ["Available"]


async def test_boot_may_be_triggered_while_pending_and_not_afterwards(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = PENDING
    charge_point = await dial(accepted=False)
    await charge_point.wait_message("BootNotification")
    central.answers["BootNotification"] = PENDING | {"status": "Accepted"}
    trigger = {"requestedMessage": "BootNotification"}
    assert (await central.call("TriggerMessage", trigger))["status"] == "Accepted"
    await charge_point.wait_accepted()
    assert central.payloads("BootNotification")[1]["reason"] == "Triggered"
    assert (await central.call("TriggerMessage", trigger))["status"] == "Rejected"


async def test_whoever_was_rejected_does_nothing(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = REJECTED
    charge_point = await dial(accepted=False)
    await charge_point.wait_message("BootNotification")
    with pytest.raises(Fail, match="SecurityError"):
        await central.call("GetLocalListVersion")
    assert central.actions() == ["BootNotification"]


async def test_a_security_error_at_boot_is_tried_again(central: Central, dial: Dial) -> None:
    central.answers["BootNotification"] = Fail("SecurityError")
    charge_point = await dial(accepted=False)
    await central.wait_call("BootNotification")
    central.answers["BootNotification"] = PENDING | {"status": "Accepted"}
    await charge_point.settle()
    await charge_point.tick(60)
    await charge_point.wait_accepted()


async def test_a_lost_connection_is_no_start(central: Central, charge_point: SimulatedChargePoint) -> None:
    await charge_point.go_offline()
    await charge_point.plug_in(1)
    await charge_point.go_online()
    await charge_point.wait_status(1, "Preparing")
    assert len(central.payloads("BootNotification")) == 1
    assert plugs(central) == ["Available", "Occupied"]


async def test_after_a_long_time_offline_everything_is_reported_again(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("OCPPCommCtrlr.OfflineThreshold", "60")
    await charge_point.go_offline()
    await charge_point.tick(120)
    await charge_point.go_online()
    await central.wait(lambda: len(plugs(central)) == 2)


async def test_some_send_boot_after_each_connection(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=Quirks(boot_after_reconnect=True))
    await charge_point.drop_connection()
    await central.wait_call("BootNotification", 2)


@pytest.mark.parametrize("version", ["2.1"])
async def test_the_next_version_is_spoken_likewise(central: Central, charging: SimulatedChargePoint) -> None:
    assert charging.version == "2.1"
    assert central.requests[0].headers["Sec-WebSocket-Protocol"] == "ocpp2.1"
    await charging.unplug(1)
    assert plugs(central) == ["Available", "Occupied", "Available"]


async def test_what_is_delayed_by_order_is_answered_later(central: Central, charge_point: SimulatedChargePoint) -> None:
    event = asyncio.Event()
    charge_point.delay("GetLocalListVersion", event)
    call = asyncio.create_task(central.call("GetLocalListVersion"))
    assert (await central.call("ClearCache"))["status"] == "Accepted"
    event.set()
    assert await call == {"versionNumber": 0}
