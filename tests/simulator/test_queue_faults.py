"""What goes wrong with messages that wait, and with the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, SimulatedChargePoint
from tests.simulator.central import Central
from tests.simulator.conftest import Dial


@pytest.fixture
async def waiting(charge_point: SimulatedChargePoint) -> SimulatedChargePoint:
    """A charge point without connection, with a transaction from begin to end in its queue."""
    charge_point.configure("AllowOfflineTxForUnknownId", "true")
    await charge_point.plug_in(1)
    await charge_point.go_offline()
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(60)
    await charge_point.unplug(1)
    assert charge_point.queued == 3
    return charge_point


async def sent(central: Central, charge_point: SimulatedChargePoint) -> list[str]:
    """Find the network and return the actions of the messages that waited."""
    await charge_point.go_online()
    await charge_point.wait_accepted()
    return [action for action in central.actions() if action in {"StartTransaction", "MeterValues", "StopTransaction"}]


async def test_the_queue_may_be_sent_backwards(central: Central, waiting: SimulatedChargePoint) -> None:
    """An end that comes before its begin has no transaction id."""
    waiting.rearrange_queue()
    assert await sent(central, waiting) == ["StopTransaction", "MeterValues", "StartTransaction"]
    assert central.payloads("StopTransaction")[0]["transactionId"] == -1
    assert waiting.queued == 0


async def test_the_queue_may_be_sent_in_any_order(central: Central, waiting: SimulatedChargePoint) -> None:
    waiting.rearrange_queue(lambda messages: messages.append(messages.pop(0)))
    assert await sent(central, waiting) == ["MeterValues", "StopTransaction", "StartTransaction"]


async def test_everything_that_waits_may_be_sent_twice(central: Central, waiting: SimulatedChargePoint) -> None:
    waiting.double_queue()
    actions = await sent(central, waiting)
    assert actions == [each for each in ("StartTransaction", "MeterValues", "StopTransaction") for _ in range(2)]
    first, second = central.payloads("StartTransaction")
    assert first == second


async def test_the_clock_may_be_wrong(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.misset_clock(-3600)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    start = datetime.fromisoformat(central.payloads("StartTransaction")[0]["timestamp"])
    assert timedelta(minutes=59) < datetime.now(UTC) - start < timedelta(minutes=61)


async def test_a_wrong_clock_stays_wrong_until_it_is_put_right(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.misset_clock(86400 * 365 * -40)
    await charge_point.tick(300)
    await central.wait_call("Heartbeat")
    await charge_point.fault(1)
    charge_point.misset_clock(0)
    await charge_point.clear_fault(1)
    years = [each["timestamp"][:4] for each in central.payloads("StatusNotification")[-2:]]
    assert int(years[0]) < datetime.now(UTC).year - 30
    assert int(years[1]) >= datetime.now(UTC).year


@pytest.mark.parametrize("by", ["Heartbeat", "BootNotification"])
async def test_some_take_the_time_from_the_central_system(central: Central, dial: Dial, by: str) -> None:
    charge_point = await dial(quirks=PRESETS["corrects_clock"], security_events=True)
    charge_point.misset_clock(7200)
    await central.call("TriggerMessage", {"requestedMessage": by})
    event = await central.wait_call("SecurityEventNotification", 2)
    assert (event["type"], event["techInfo"]) == ("SettingSystemTime", "-7200 s")
    await charge_point.fault(1)
    told = datetime.fromisoformat(central.payloads("StatusNotification")[-1]["timestamp"])
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


async def test_no_clock_goes_beyond_the_calendar(charge_point: SimulatedChargePoint) -> None:
    with pytest.raises(ValueError, match="calendar"):
        charge_point.misset_clock(1e15)
