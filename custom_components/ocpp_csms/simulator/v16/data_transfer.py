"""DataTransfer from the central system, and the display that shows what it says of prices.

OCPP 1.6, section 5.6. Prices and costs come as the Open Charge Alliance's white paper on California's pricing
requirements has it: JSON in `data`, understood while CustomDisplayCostAndPrice is true. Other vendors are unknown.
"""

from collections import deque
from collections.abc import Callable
import json
from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.enums import DataTransferStatus

from ..answering import Answer, Handler
from ..dialect import Shown
from ..station import Station
from .configuration import Configuration

PRICING = "org.openchargealliance.costmsg"
"""The vendor ID of messages about prices and costs."""


class DataTransfers:
    """The handler, and the last texts on the display."""

    def __init__(self, station: Station, configuration: Configuration, note: Callable[[str], None]) -> None:
        """`note` is told what the display shows."""
        self.shown: deque[Shown] = deque(maxlen=100)
        self._station = station
        self._configuration = configuration
        self._note = note
        self._messages: dict[str, Callable[[dict[str, Any]], Shown]] = {
            "FinalCost": self._final_cost,
            "RunningCost": self._running_cost,
            "SetUserPrice": self._set_user_price,
        }
        self.handlers: dict[str, Handler] = {"DataTransfer": self._data_transfer}

    def _data_transfer(self, request: call.DataTransfer) -> Answer:
        return Answer(call_result.DataTransfer(self._taken(request)))

    def _taken(self, request: call.DataTransfer) -> DataTransferStatus:
        if request.vendor_id != PRICING or not self._configuration.flag("CustomDisplayCostAndPrice"):
            return DataTransferStatus.unknown_vendor_id
        if (read := self._messages.get(request.message_id or "")) is None:
            return DataTransferStatus.unknown_message_id
        try:
            shown = read(json.loads(request.data or ""))
        except KeyError, LookupError, TypeError, ValueError:
            return DataTransferStatus.rejected
        self.shown.append(shown)
        self._note(f"display: {shown.text}")
        return DataTransferStatus.accepted

    def _set_user_price(self, data: dict[str, Any]) -> Shown:
        return Shown(message="SetUserPrice", text=str(data["priceText"]), id_tag=str(data["idToken"]))

    def _running_cost(self, data: dict[str, Any]) -> Shown:
        cost, state = float(data["cost"]), data["state"]
        if state not in {"Charging", "Idle"} or self._station.transaction(data["transactionId"]) is None:
            raise ValueError(data)
        text = data.get("priceText") or f"{self._written(cost)} so far ({state.lower()})"
        return Shown(message="RunningCost", text=str(text), transaction_id=data["transactionId"], cost=cost)

    def _final_cost(self, data: dict[str, Any]) -> Shown:
        cost, transaction_id = float(data["cost"]), data["transactionId"]
        if transaction_id not in self._station.finished and self._station.transaction(transaction_id) is None:
            raise ValueError(data)
        text = data.get("priceText") or f"{self._written(cost)} in all"
        return Shown(message="FinalCost", text=str(text), transaction_id=transaction_id, cost=cost)

    def _written(self, cost: float) -> str:
        return f"{cost:.{self._configuration.integer('NumberOfDecimalsForCostValues')}f}"
