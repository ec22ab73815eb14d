"""The floor: a WebSocket, a JSON parser, a walk over the message and one write per changed entity. No feature at all: a bound, not a target."""

from collections.abc import Sequence
from typing import Any, cast

from homeassistant.components.sensor import (
    DOMAIN,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_component import DATA_INSTANCES
import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request
from websockets.typing import Subprotocol

# Sensors as any integration would declare them: what a write costs depends on it.
DESCRIPTIONS = {
    key: SensorEntityDescription(
        key=key,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=SensorStateClass.TOTAL_INCREASING if unit == "kWh" else SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    )
    for key, device_class, unit in (
        ("power", SensorDeviceClass.POWER, "W"),
        ("energy", SensorDeviceClass.ENERGY, "kWh"),
        ("session_energy", SensorDeviceClass.ENERGY, "kWh"),
        ("current", SensorDeviceClass.CURRENT, "A"),
        ("voltage", SensorDeviceClass.VOLTAGE, "V"),
        ("temperature", SensorDeviceClass.TEMPERATURE, "°C"),
    )
}
METERED = {"MeterValues", "TransactionEvent"}
ACCEPTED = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": ACCEPTED,
    "Heartbeat": {"currentTime": "2026-01-01T00:00:00Z"},
    "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
}


class Measurement(SensorEntity):
    """One value of one connector."""

    _attr_should_poll = False

    def __init__(self, identity: str, quantity: str) -> None:
        """Create the entity."""
        self._attr_name = f"{identity} {quantity}"
        self._attr_unique_id = f"{identity}_1_{quantity}"
        self.entity_description = DESCRIPTIONS[quantity]
        self._attr_translation_key = quantity

    def show(self, value: float) -> None:
        """Write the value when it is another one."""
        if value != self._attr_native_value:
            self._attr_native_value = value
            self.async_write_ha_state()


def aggregate(payload: dict[str, Any]) -> dict[str, float]:
    """Return the values to show of the meter values of a message."""
    values: dict[str, float] = {}
    currents: list[float] = []
    voltages: list[float] = []
    for meter_value in payload["meterValue"]:
        for sample in meter_value["sampledValue"]:
            value = float(sample["value"])
            match sample["measurand"], "phase" in sample:
                case "Energy.Active.Import.Register", _:
                    values["energy"] = value / 1000
                    values["session_energy"] = (value - 1000) / 1000
                case "Power.Active.Import", False:
                    values["power"] = value
                case "Current.Import", _:
                    currents.append(value)
                case "Voltage", _:
                    voltages.append(value)
                case (("Temperature" | "SoC"), _):
                    values["temperature"] = value
    if currents:  # not so at the start of a transaction
        values["current"] = max(currents)
        values["voltage"] = sum(voltages) / len(voltages)
    return values


async def start(hass: HomeAssistant, identities: Sequence[str]) -> int:
    """Add the entities of all charge points, listen, and return the port."""
    entities = {
        identity: {quantity: Measurement(identity, quantity) for quantity in DESCRIPTIONS} for identity in identities
    }
    component = hass.data[DATA_INSTANCES][DOMAIN]
    await component.async_add_entities([entity for own in entities.values() for entity in own.values()])

    async def serve_charge_point(connection: ServerConnection) -> None:
        own = entities[cast("Request", connection.request).path.rpartition("/")[2]]
        async for text in connection:
            _, unique_id, action, payload = orjson.loads(text)
            await connection.send(orjson.dumps([3, unique_id, ANSWERS.get(action, {})]).decode())
            if action in METERED:
                for quantity, value in aggregate(payload).items():
                    own[quantity].show(value)

    subprotocols = [Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1")]
    server = await serve(
        serve_charge_point, "127.0.0.1", 0, subprotocols=subprotocols, compression=None, ping_interval=20
    )
    hass.bus.async_listen_once("homeassistant_stop", lambda _: server.close())
    port: int = server.sockets[0].getsockname()[1]
    return port
