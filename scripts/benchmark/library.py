"""The bare `ocpp` library in the same core: its ChargePoint with trivial handlers, as its documentation shows. No entity, no state."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from homeassistant.core import HomeAssistant
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.typing import Subprotocol

NOW = "2026-01-01T00:00:00Z"

type Handler = Callable[..., object]
handles = cast("Callable[[str], Callable[[Handler], Handler]]", on)  # the library's decorator has no type hints


class TrivialChargePoint(ChargePoint):
    """Answers the messages of the load."""

    @handles(Action.boot_notification)
    def boot_notification(self, **_: Any) -> call_result.BootNotification:
        """Accept."""
        return call_result.BootNotification(current_time=NOW, interval=300, status=RegistrationStatus.accepted)

    @handles(Action.status_notification)
    def status_notification(self, **_: Any) -> call_result.StatusNotification:
        """Take note."""
        return call_result.StatusNotification()

    @handles(Action.start_transaction)
    def start_transaction(self, **_: Any) -> call_result.StartTransaction:
        """Accept."""
        return call_result.StartTransaction(transaction_id=1, id_tag_info=IdTagInfo(AuthorizationStatus.accepted))

    @handles(Action.meter_values)
    def meter_values(self, **_: Any) -> call_result.MeterValues:
        """Take note."""
        return call_result.MeterValues()

    @handles(Action.heartbeat)
    def heartbeat(self, **_: Any) -> call_result.Heartbeat:
        """Tell the time."""
        return call_result.Heartbeat(current_time=NOW)


async def start(hass: HomeAssistant, _: Sequence[str]) -> int:
    """Listen and return the port."""
    return await listen(hass, TrivialChargePoint, "ocpp1.6")


async def listen(hass: HomeAssistant, charge_point: Callable[[str, ServerConnection], Any], subprotocol: str) -> int:
    """Serve each connection by a charge point of the library; return the port."""

    async def serve_charge_point(connection: ServerConnection) -> None:
        identity = cast("Request", connection.request).path.rpartition("/")[2]
        with suppress(ConnectionClosed):
            await charge_point(identity, connection).start()

    server = await serve(
        serve_charge_point, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol)], compression=None, ping_interval=20
    )
    hass.bus.async_listen_once("homeassistant_stop", lambda _: server.close())
    port: int = server.sockets[0].getsockname()[1]
    return port
