"""Home Assistant is killed or stopped while a car charges: nothing is lost, nothing is mixed up."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.end_to_end.home import TIMEOUT, Home

pytestmark = pytest.mark.timeout(180)

START = {"connectorId": 1, "idTag": "HomeAssistant", "timestamp": "2026-11-20T12:00:00Z", "meterStart": 1000}


async def start_charging(home: Home, charger: SimulatedChargePoint) -> str:
    """Start from Home Assistant; return the id of the transaction."""
    await home.until_state("sensor.CP1_1_status", "preparing")
    await home.act("switch.turn_on", "switch.CP1_1_charge")
    await home.until_state("switch.CP1_1_charge", "on")
    await charger.wait_status(1, "Charging", TIMEOUT)
    await charger.settle()
    transaction_id = charger.connector().transaction_id
    assert transaction_id is not None
    return str(transaction_id)


async def stop_charging(home: Home, charger: SimulatedChargePoint) -> str:
    """Stop from Home Assistant; return the id of the transaction that ended."""
    await home.act("switch.turn_off", "switch.CP1_1_charge")
    await charger.wait_status(1, "Finishing", TIMEOUT)
    await home.until_state("switch.CP1_1_charge", "off")
    ended = await home.until("event.CP1_1_transaction", lambda shown: shown.attributes.get("event_type") == "stopped")
    return str(ended.attributes["transaction_id"])


async def test_a_transaction_goes_on_when_home_assistant_was_killed(home: Home, charger: SimulatedChargePoint) -> None:
    """The charger dials in again without a BootNotification; the same transaction goes on, can be stopped, and its id is not used again."""
    meter_start = charger.connector().register_wh
    transaction_id = await start_charging(home, charger)
    await charger.tick(600)
    before = await home.until("sensor.CP1_1_session_energy", lambda shown: shown.is_number and float(shown.state) > 3)

    await home.kill()
    await charger.wait_for(lambda: not charger.connected)
    await charger.tick(600)
    await home.start()
    await charger.wait_for(lambda: charger.connected, TIMEOUT)
    assert charger.count("BootNotification") == 1
    await home.until_state("switch.CP1_1_charge", "on")
    await home.until_state("sensor.CP1_1_status", "charging")
    await home.until(
        "sensor.CP1_1_session_energy", lambda shown: shown.is_number and float(shown.state) > 1.5 * float(before.state)
    )
    assert charger.count("BootNotification") == 1

    assert await stop_charging(home, charger) == transaction_id
    taken = (charger.connector().register_wh - meter_start) / 1000
    await home.until(
        "sensor.CP1_1_session_energy", lambda shown: shown.is_number and abs(float(shown.state) - taken) < 0.01
    )
    await charger.unplug()
    await charger.plug_in()
    assert await start_charging(home, charger) != transaction_id


async def test_a_transaction_that_was_never_saved_is_taken_up(home: Home, charger: SimulatedChargePoint) -> None:
    """Killed after the answer and before the file was written: the charger's meter values tell of the transaction."""
    ledger = home.ledger_file.read_bytes()
    transaction_id = await start_charging(home, charger)
    await home.kill()
    home.ledger_file.write_bytes(ledger)
    await charger.wait_for(lambda: not charger.connected)

    await home.start()
    await charger.wait_for(lambda: charger.connected, TIMEOUT)
    await charger.tick(60)
    await home.until_state("switch.CP1_1_charge", "on")
    assert await stop_charging(home, charger) == transaction_id
    await charger.unplug()
    await charger.plug_in()
    assert await start_charging(home, charger) != transaction_id


async def test_a_start_whose_answer_was_lost_keeps_its_id(home: Home) -> None:
    """The charger sends it again to the Home Assistant that was killed in between. In 2.x the ids are the charger's own."""
    async with connect(home.url, subprotocols=[Subprotocol("ocpp1.6")]) as websocket:
        await websocket.send(json.dumps([2, "1", "StartTransaction", START]))
        await home.until_state("switch.CP1_1_charge", "on")
        await home.settle()
        await home.kill()
    [booked] = home.transactions()

    await home.start()
    async with connect(home.url, subprotocols=[Subprotocol("ocpp1.6")]) as websocket, asyncio.timeout(TIMEOUT):
        await websocket.send(json.dumps([2, "1", "StartTransaction", START]))
        _, _, again = json.loads(await websocket.recv())
        await websocket.send(json.dumps([2, "2", "StartTransaction", START | {"timestamp": "2026-11-20T13:00:00Z"}]))
        _, _, another = json.loads(await websocket.recv())
    assert str(again["transactionId"]) == booked["transaction_id"]
    assert another["transactionId"] > again["transactionId"]


async def test_a_home_assistant_that_stops_says_goodbye(home: Home, ocpp_version: str) -> None:
    """Chargers are told with 1001, going away, that it is worth dialling in again; the next one listens on the same port."""
    async with (
        connect(home.url, subprotocols=[Subprotocol(f"ocpp{ocpp_version}")]) as websocket,
        asyncio.timeout(TIMEOUT),
    ):
        await home.until_state("binary_sensor.CP1_0_connected", "on")
        await home.stop()
        await websocket.wait_closed()
    assert websocket.close_code == 1001
    await home.start()
    async with connect(home.url, subprotocols=[Subprotocol(f"ocpp{ocpp_version}")]):
        await home.until_state("binary_sensor.CP1_0_connected", "on")
