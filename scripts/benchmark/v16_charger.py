"""A charge point for load that speaks OCPP 1.6-J."""

import json
from typing import Any, override

from .charger import Charger, now, quantities


class V16Charger(Charger):
    """Sends MeterValues while it charges."""

    subprotocol = "ocpp1.6"
    answers = {
        "GetConfiguration": {"configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "1"}]},
        "ChangeConfiguration": {"status": "NotSupported"},
        "TriggerMessage": {"status": "NotImplemented"},
    }

    def __init__(self, identity: str) -> None:
        """Create a charge point without a transaction."""
        super().__init__(identity)
        self._transaction_id = 0

    @override
    def introduction(self) -> dict[str, Any]:
        """Return the payload of a BootNotification."""
        return {"chargePointVendor": "Benchmark", "chargePointModel": "Load", "firmwareVersion": "1.0"}

    @override
    async def report_free(self) -> None:
        """Report that nobody charges."""
        for connector in (0, 1):
            await self._report_status(connector, "Available")

    @override
    async def start_charging(self) -> None:
        """Begin a transaction on connector 1."""
        answer = await self.call(
            "StartTransaction", {"connectorId": 1, "idTag": "BENCHMARK", "meterStart": 1000, "timestamp": now()}
        )
        self._transaction_id = int(answer["transactionId"])
        await self._report_status(1, "Charging")

    @override
    def sample(self) -> bytes:
        """Return the next MeterValues request."""
        self.messages += 1
        return (_METER_VALUES % (self.messages, self._transaction_id, now(), *quantities(self.messages))).encode()

    async def _report_status(self, connector: int, status: str) -> None:
        """Send a StatusNotification for the connector (0 = the charge point itself)."""
        await self.call(
            "StatusNotification",
            {"connectorId": connector, "errorCode": "NoError", "status": status, "timestamp": now()},
        )


def _sampled_value(value: str, measurand: str, unit: str, phase: str | None = None) -> str:
    fields = {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand}
    if phase:
        fields["phase"] = phase
    return json.dumps(fields | {"location": "Outlet", "unit": unit}, separators=(",", ":"))


_PHASES = ("L1", "L2", "L3")
_METER_VALUES = (
    '[2,"%d","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%s","sampledValue":['
    + ",".join(
        (
            _sampled_value("%d", "Energy.Active.Import.Register", "Wh"),
            _sampled_value("%d", "Power.Active.Import", "W"),
            *(_sampled_value("%d", "Power.Active.Import", "W", phase) for phase in _PHASES),
            *(_sampled_value("%.2f", "Current.Import", "A", phase) for phase in _PHASES),
            *(_sampled_value("%.1f", "Voltage", "V", f"{phase}-N") for phase in _PHASES),
            _sampled_value("%.1f", "Temperature", "Celsius"),
        )
    )
    + "]}]}]"
)
