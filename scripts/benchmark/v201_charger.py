"""A charge point for load that speaks OCPP 2.0.1: a charging station with one EVSE and one plug."""

from typing import Any, override
import uuid

from .charger import Charger, now, quantities

_EVSE = {"id": 1, "connectorId": 1}


class V201Charger(Charger):
    """Sends TransactionEvents while it charges."""

    subprotocol = "ocpp2.0.1"
    answers = {
        "GetBaseReport": {"status": "NotSupported"},
        "TriggerMessage": {"status": "NotImplemented"},
    }

    def __init__(self, identity: str) -> None:
        """Create a charging station without a transaction."""
        super().__init__(identity)
        self._transaction_id = ""

    @override
    def introduction(self) -> dict[str, Any]:
        """Return the payload of a BootNotification."""
        station = {"vendorName": "Benchmark", "model": "Load", "firmwareVersion": "1.0"}
        return {"reason": "PowerUp", "chargingStation": station}

    @override
    async def report_free(self) -> None:
        """Report that nobody charges."""
        await self._report_status("Available")

    @override
    async def start_charging(self) -> None:
        """Plug in and begin a transaction: power flows with its first event."""
        await self._report_status("Occupied")
        self._transaction_id = str(uuid.uuid4())
        register = {"value": 1000, "context": "Transaction.Begin", "measurand": "Energy.Active.Import.Register"}
        await self.call(
            "TransactionEvent",
            {
                "eventType": "Started",
                "timestamp": now(),
                "triggerReason": "Authorized",
                "seqNo": 0,
                "transactionInfo": {"transactionId": self._transaction_id, "chargingState": "Charging"},
                "evse": _EVSE,
                "idToken": {"idToken": "BENCHMARK", "type": "Central"},
                "meterValue": [{"timestamp": now(), "sampledValue": [register]}],
            },
        )

    @override
    def sample(self) -> bytes:
        """Return the next TransactionEvent."""
        self.messages += 1
        n, at = self.messages, now()
        return (_TRANSACTION_EVENT % (n, at, n, self._transaction_id, at, *quantities(n))).encode()

    async def _report_status(self, status: str) -> None:
        """Send a StatusNotification for the plug."""
        await self.call(
            "StatusNotification", {"timestamp": now(), "connectorStatus": status, "evseId": 1, "connectorId": 1}
        )


def _sampled_value(value: str, measurand: str, unit: str, phase: str | None = None) -> str:
    located = f'"phase":"{phase}","location":"Outlet"' if phase else '"location":"Outlet"'
    return (
        f'{{"value":{value},"context":"Sample.Periodic","measurand":"{measurand}",{located},'
        f'"unitOfMeasure":{{"unit":"{unit}"}}}}'
    )


_PHASES = ("L1", "L2", "L3")
# The measurands of the 1.6 message; only a temperature is none of 2.0.1 (MeasurandEnumType), where the car's state of charge takes its place.
_TRANSACTION_EVENT = (
    '[2,"%d","TransactionEvent",{"eventType":"Updated","timestamp":"%s","triggerReason":"MeterValuePeriodic","seqNo":%d,'
    '"transactionInfo":{"transactionId":"%s","chargingState":"Charging"},"evse":{"id":1,"connectorId":1},'
    '"meterValue":[{"timestamp":"%s","sampledValue":['
    + ",".join(
        (
            _sampled_value("%d", "Energy.Active.Import.Register", "Wh"),
            _sampled_value("%d", "Power.Active.Import", "W"),
            *(_sampled_value("%d", "Power.Active.Import", "W", phase) for phase in _PHASES),
            *(_sampled_value("%.2f", "Current.Import", "A", phase) for phase in _PHASES),
            *(_sampled_value("%.1f", "Voltage", "V", f"{phase}-N") for phase in _PHASES),
            _sampled_value("%.1f", "SoC", "Percent"),
        )
    )
    + "]}]}]"
)
