"""A charging station that goes through the steps of a test case: the messages of OCPP 2.0.1 by what they are for."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, override

from tests.conformance.checked_station import CheckedStation, Payload, moment
from tests.conformance.house import CARD

from .device_model import VARIABLES, Variables, report_data

# What a station answers that agrees to everything, where "Accepted" is no answer.
_AGREEABLE: Final[Mapping[str, Any]] = {
    "ClearVariableMonitoring": lambda payload: {
        "clearMonitoringResult": [{"status": "Accepted", "id": number} for number in payload["id"]]
    },
    "CostUpdated": {},
    "GetChargingProfiles": {"status": "NoProfiles"},
    "GetDisplayMessages": {"status": "Unknown"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"versionNumber": 0},
    "GetMonitoringReport": {"status": "EmptyResultSet"},
    "GetReport": {"status": "EmptyResultSet"},
    "GetTransactionStatus": {"messagesInQueue": False},
    "UnlockConnector": {"status": "Unlocked"},
    "UnpublishFirmware": {"status": "Unpublished"},
}


class Station(CheckedStation):
    """One charging station that speaks OCPP 2.0.1; `variables` is its device model, by the names that people use."""

    version = "2.0.1"

    def __init__(self, port: int, identity: str = "CP1", *, evses: int = 1, **options: Any) -> None:
        """Options are those of ScriptedChargePoint."""
        super().__init__(port, identity, **({"subprotocols": ("ocpp2.0.1",)} | options))
        self.evses = evses
        self.variables = Variables(VARIABLES)
        self.answers |= {
            **_AGREEABLE,
            "GetBaseReport": self._base_report,
            "GetVariables": lambda payload: {"getVariableResult": self.variables.read(payload["getVariableData"])},
            "SetVariables": lambda payload: {"setVariableResult": self.variables.write(payload["setVariableData"])},
            "SetVariableMonitoring": self._set_monitors,
            **options.get("answers", {}),
        }
        self._sending: set[asyncio.Task[None]] = set()
        self._last_event = 0

    @override
    async def disconnect(self) -> None:
        for task in self._sending:
            task.cancel()
        await super().disconnect()

    def soon(self, action: str, payload: Payload) -> None:
        """Send a call once what is being answered is answered."""
        task = asyncio.create_task(self._send_soon(action, payload))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_soon(self, action: str, payload: Payload) -> None:
        with suppress(ConnectionError, TimeoutError):
            await self.call(action, payload)

    def _base_report(self, payload: Payload) -> Payload:
        self.soon("NotifyReport", self.notify_report(payload["requestId"]))
        return {"status": "Accepted"}

    def notify_report(self, request_id: int, data: Sequence[Payload] | None = None) -> Payload:
        """Return a NotifyReport with all variables, or those given, in one part."""
        data = report_data(self.variables) if data is None else list(data)
        return {"requestId": request_id, "generatedAt": moment(), "seqNo": 0, "tbc": False, "reportData": data}

    def _set_monitors(self, payload: Payload) -> Payload:
        kept = ("component", "variable", "severity", "type")
        results = [
            {"status": "Accepted", "id": number} | {key: monitor[key] for key in kept}
            for number, monitor in enumerate(payload["setMonitoringData"], 1)
        ]
        return {"setMonitoringResult": results}

    async def told(self, action: str, **fields: Any) -> Payload:
        """Return the payload of the next call of this action that has these fields; what else the station is asked is passed over."""
        while True:
            payload = await self.heard(action)
            if all(payload.get(name) == value for name, value in fields.items()):
                return payload

    # What it tells of itself

    @override
    async def boot(self, reason: str = "PowerUp", **fields: Any) -> Payload:
        """Send a BootNotification; `fields` are those of the station."""
        station = {"vendorName": "Simulant", "model": "Sim 22", "serialNumber": "S-1", "firmwareVersion": "1.0.0"}
        answer: Payload = await self.call("BootNotification", {"reason": reason, "chargingStation": station | fields})
        return answer

    async def cold_boot(self, reason: str = "PowerUp") -> Payload:
        """Boot and report all connectors as available (the state Booted); return the answer to the BootNotification."""
        answer = await self.boot(reason)
        assert answer["status"] == "Accepted"
        for evse in range(1, self.evses + 1):
            await self.report(evse, "Available")
        return answer

    async def power_cycle(self, reason: str = "PowerUp") -> Payload:
        """Lose the connection, dial in again and boot."""
        await self.drop()
        await self.connect()
        return await self.cold_boot(reason)

    async def report(self, evse: int, status: str, connector: int = 1) -> None:
        """Tell the status of a connector in both ways that there are, StatusNotification and NotifyEvent."""
        payload = {"timestamp": moment(), "connectorStatus": status, "evseId": evse, "connectorId": connector}
        assert await self.call("StatusNotification", payload) == {}
        where = {"id": evse, "connectorId": connector}
        await self.notify("Connector", "AvailabilityState", status, evse=where)

    async def notify(
        self,
        component: str,
        variable: str,
        value: str,
        trigger: str = "Delta",
        kind: str = "HardWiredNotification",
        *,
        evse: Payload | None = None,
        **fields: Any,
    ) -> None:
        """Send a NotifyEvent with one event; `fields` are those of the event."""
        self._last_event += 1
        event = {
            "eventId": self._last_event,
            "timestamp": moment(),
            "trigger": trigger,
            "actualValue": value,
            "eventNotificationType": kind,
            "component": {"name": component} | ({} if evse is None else {"evse": evse}),
            "variable": {"name": variable},
            **fields,
        }
        payload = {"generatedAt": moment(), "seqNo": 0, "tbc": False, "eventData": [event]}
        assert await self.call("NotifyEvent", payload) == {}

    async def present(self, id_token: str = CARD, **fields: Any) -> Payload:
        """Hold a card to the station; return the verdict."""
        verdict: Payload = (await self.call("Authorize", {"idToken": token(id_token), **fields}))["idTokenInfo"]
        return verdict


def token(id_token: str = CARD, kind: str = "ISO14443") -> Payload:
    """Return an idToken."""
    return {"idToken": id_token, "type": kind}


def meter_value(energy: float, context: str = "Sample.Periodic", **fields: Any) -> Payload:
    """Return a meter value with the energy register in Wh; `fields` are those of the sampled value."""
    sample = {"value": energy, "context": context, "measurand": "Energy.Active.Import.Register"}
    return {"timestamp": moment(), "sampledValue": [sample | {"unitOfMeasure": {"unit": "Wh"}} | fields]}
