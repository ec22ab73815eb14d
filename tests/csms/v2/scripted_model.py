"""A device model on the far end of calls: it answers what is read, written and reported as a test says, and notes each call."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from custom_components.ocpp_csms.csms.booking.ledger import Ledger
from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointEnvironment, ChargePointSettings
from custom_components.ocpp_csms.csms.v2.commands import V2Commands
from custom_components.ocpp_csms.csms.v2.device_model import VariableAddress
from custom_components.ocpp_csms.csms.v2.reports import Reports
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection
from tests.csms.central import NOON, Clock, surroundings
from tests.csms.v2.station import checker

type Payload = dict[str, Any]


class ScriptedModel:
    """The variables of a station by their keys. `answers` go before what they say; an exception is raised."""

    def __init__(self, **values: str) -> None:
        """Have variables; keyword names have `__` for the point."""
        self.values: dict[str, str] = {name.replace("__", "."): value for name, value in values.items()}
        self.characteristics: dict[str, Payload] = {}
        self.mutability: dict[str, str] = {}
        self.statuses: dict[tuple[str, str], str] = {}  # of writing a value to a key
        self.answers: dict[str, Any] = {}
        self.bases = ["FullInventory", "ConfigurationInventory"]  # that it can report
        self.breaks_off: set[str] = set()  # reports that never end
        self.calls: list[tuple[str, Payload]] = []
        self.reports = Reports()
        authorization = Authorization()
        environment = ChargePointEnvironment(
            Ledger(None, lambda urgent: None, NOON), lambda: authorization, Clock(), lambda urgent: None
        )
        self.point = ChargePoint("CP1", ChargePointSettings(), environment)
        self.commands = V2Commands(
            self.point,
            cast("RpcConnection", self),
            surroundings(Clock(), checker()),
            version="2.0.1",
            reports=self.reports,
        )

    def connect(self) -> None:
        """Let the charge point command it."""
        self.point.attach(self.commands, "127.0.0.1")

    def disconnect(self) -> None:
        """Be away."""
        self.point.detach(self.commands)

    async def call(self, action: str, payload: Payload) -> Any:
        """Answer a call, which is sound by its schema."""
        assert checker().check("2.0.1", action, payload) is None
        self.calls.append((action, payload))
        answer = self.answers.get(action)
        answer = answer(payload) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        known: dict[str, Callable[[Payload], Payload]] = {
            "GetBaseReport": self._report,
            "GetVariables": self._get,
            "SetVariables": self._set,
        }
        return known[action](payload)

    def told(self, action: str) -> list[Payload]:
        """Return the payloads of the calls of an action."""
        return [payload for name, payload in self.calls if name == action]

    def written(self) -> list[dict[str, str]]:
        """Return what each SetVariables wrote, by key."""
        return [
            {str(VariableAddress.from_payload(item)): item["attributeValue"] for item in payload["setVariableData"]}
            for payload in self.told("SetVariables")
        ]

    def read(self) -> list[list[str]]:
        """Return the keys that each GetVariables asked for."""
        return [
            [str(VariableAddress.from_payload(item)) for item in payload["getVariableData"]]
            for payload in self.told("GetVariables")
        ]

    def tell(self, request_id: int, keys: Iterable[str], *, last: bool = True, place: int = 0) -> None:
        """Send a part of a report."""
        data = [self._reported(key) for key in keys]
        part = {"requestId": request_id, "seqNo": place, "tbc": not last, "reportData": data}
        assert self.reports.arrived("NotifyReport", part)

    def _reported(self, key: str) -> Payload:
        attribute: Payload = {"value": self.values[key]}
        if key in self.mutability:
            attribute["mutability"] = self.mutability[key]
        return {
            **VariableAddress.parse(key).as_payload(),
            "variableAttribute": [attribute],
            "variableCharacteristics": self.characteristics.get(key, {}),
        }

    def _report(self, payload: Payload) -> Payload:
        base = payload["reportBase"]
        if base not in self.bases:
            return {"status": "NotSupported"}
        keys = [key for key in self.values if base == "FullInventory" or self.mutability.get(key) != "ReadOnly"]
        self.tell(payload["requestId"], keys, last=base not in self.breaks_off)
        return {"status": "Accepted"}

    def _get(self, payload: Payload) -> Payload:
        return {"getVariableResult": [self._read_one(item) for item in payload["getVariableData"]]}

    def _read_one(self, item: Payload) -> Payload:
        address = VariableAddress.from_payload(item)
        assert address is not None
        named = {key.casefold(): key for key in self.values}
        key = named.get(str(address).casefold())
        if key is None:
            return {**address.as_payload(), "attributeStatus": "UnknownVariable"}
        spelled = VariableAddress.parse(key).as_payload()
        if self.mutability.get(key) == "WriteOnly":
            return {**spelled, "attributeStatus": "Rejected"}
        return {**spelled, "attributeStatus": "Accepted", "attributeValue": self.values[key]}

    def _set(self, payload: Payload) -> Payload:
        return {"setVariableResult": [self._write_one(item) for item in payload["setVariableData"]]}

    def _write_one(self, item: Payload) -> Payload:
        address = VariableAddress.from_payload(item)
        value = item["attributeValue"]
        status = self.statuses.get((str(address), value), "Accepted")
        if status in {"Accepted", "RebootRequired"}:
            self.values[str(address)] = value
        return {"component": item["component"], "variable": item["variable"], "attributeStatus": status}
