"""The bare `ocpp` library as in `library`, for chargers of OCPP 2.0.1."""

from collections.abc import Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from ocpp.v201 import ChargePoint, call_result
from ocpp.v201.enums import Action, RegistrationStatusEnumType

from .library import NOW, handles, listen


class TrivialChargingStation(ChargePoint):
    """Answers the messages of the load."""

    @handles(Action.boot_notification)
    def boot_notification(self, **_: Any) -> call_result.BootNotification:
        """Accept."""
        return call_result.BootNotification(current_time=NOW, interval=300, status=RegistrationStatusEnumType.accepted)

    @handles(Action.status_notification)
    def status_notification(self, **_: Any) -> call_result.StatusNotification:
        """Take note."""
        return call_result.StatusNotification()

    @handles(Action.transaction_event)
    def transaction_event(self, **_: Any) -> call_result.TransactionEvent:
        """Take note."""
        return call_result.TransactionEvent()

    @handles(Action.heartbeat)
    def heartbeat(self, **_: Any) -> call_result.Heartbeat:
        """Tell the time."""
        return call_result.Heartbeat(current_time=NOW)


async def start(hass: HomeAssistant, _: Sequence[str]) -> int:
    """Listen and return the port."""
    return await listen(hass, TrivialChargingStation, "ocpp2.0.1")
