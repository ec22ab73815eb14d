"""A 1.6 dialect without a socket: what a charge point sends is handed in, what it is told is noted and answered as a test says."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from custom_components.ocpp_csms.csms.booking.ledger import Ledger
from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointEnvironment, ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.csms.cost_messages import Costs, no_costs
from custom_components.ocpp_csms.csms.model import Event
from custom_components.ocpp_csms.csms.v16.commands import V16Commands
from custom_components.ocpp_csms.csms.v16.messages import V16Messages
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from tests.csms.central import NOON, PATIENT, Clock, surroundings
from tests.csms.scripted_charge_point import TIMEOUT

CHECKER = SchemaChecker()
CHECKER.load()
ANSWERS = SchemaChecker()
ANSWERS.load(responses=True)


class ScriptedRpc:
    """The far end of the calls: answers by action, Accepted when none is set; an exception is raised."""

    latency = 0.02

    def __init__(self) -> None:
        """Agree to everything."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {"GetConfiguration": {"configurationKey": [], "unknownKey": []}}
        self.news = asyncio.Event()

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Note a call and answer it."""
        self.calls.append((action, payload))
        self.news.set()
        answer = self.answers.get(action, {"status": "Accepted"})
        answer = answer(payload) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self, code: int, reason: str) -> None:
        """Close nothing."""


class Station:
    """A charge point of ours and the dialect it speaks, without a socket between."""

    def __init__(
        self,
        settings: ChargePointSettings | None = None,
        *,
        stored: dict[str, Any] | None = None,
        timing: Timing = PATIENT,
        changed: Callable[[bool], None] = lambda urgent: None,
        **options: Any,
    ) -> None:
        """Connect CP1; `options` go to `ChargePoint`."""
        stored = stored or {}

        def told(urgent: bool) -> None:
            self.rpc.news.set()
            changed(urgent)

        self.clock = Clock()
        self.authorization = Authorization()
        self.costs: Costs = no_costs
        self.rpc = ScriptedRpc()
        self.events: list[Event] = []
        self.ledger = Ledger(stored.get("ledger"), told, NOON)
        environment = ChargePointEnvironment(
            self.ledger,
            lambda: self.authorization,
            self.clock,
            told,
            timing=timing,
            costs=lambda identity, transaction: self.costs(identity, transaction),
        )
        self.charge_point = ChargePoint(
            "CP1",
            settings or ChargePointSettings(configure=False),
            environment,
            stored=stored.get("charge_point"),
            **options,
        )
        self.charge_point.listen_events(self.events.append)
        around = surroundings(self.clock, CHECKER)
        self.dialect = V16Commands(self.charge_point, cast("RpcConnection", self.rpc), around)
        self.messages = V16Messages(self.charge_point, around, was_asked_for=self.dialect.was_asked_for)

    def connect(self) -> None:
        """Open the connection. Needs a running loop."""
        self.charge_point.attach(self.dialect, "127.0.0.1")
        self.charge_point.speaks(self.dialect)

    def disconnect(self) -> None:
        """End the connection."""
        self.charge_point.detach(self.dialect)

    async def until(self, predicate: Callable[[], object]) -> None:
        """Return once the predicate holds; it is asked again at each call, and when something is to be saved."""
        async with asyncio.timeout(TIMEOUT):
            while not predicate():
                self.rpc.news.clear()
                await self.rpc.news.wait()

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive."""
        return {"ledger": self.ledger.snapshot(), "charge_point": self.charge_point.snapshot()}

    def send(self, action: str, payload: Any = None) -> dict[str, Any]:
        """Let the charge point send a call; return the answer, which is checked against its schema. Raises `CallError`."""
        answer = self.messages.handle(action, {} if payload is None else payload)
        self.messages.answered()
        assert ANSWERS.check("1.6", action, answer) is None
        return answer

    def boot(self, **fields: Any) -> dict[str, Any]:
        """Let it boot."""
        return self.send("BootNotification", {"chargePointVendor": "Simulant", "chargePointModel": "Sim 22"} | fields)

    def status(self, status: str, connector: int = 1, **fields: Any) -> None:
        """Let it report a status."""
        payload = {"connectorId": connector, "errorCode": "NoError", "status": status} | fields
        assert self.send("StatusNotification", payload) == {}

    def start(self, **fields: Any) -> int:
        """Let it start a transaction, its register at 1 kWh; return the id."""
        payload = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": self.time()} | fields
        return int(self.send("StartTransaction", payload)["transactionId"])

    def stop(self, transaction_id: int, **fields: Any) -> dict[str, Any]:
        """Let it stop a transaction, its register at 3 kWh."""
        payload = {"transactionId": transaction_id, "meterStop": 3000, "timestamp": self.time()} | fields
        return self.send("StopTransaction", payload)

    def told(self, kind: str = "transaction") -> list[Event]:
        """Return the events of a kind."""
        return [event for event in self.events if event.kind == kind]

    def sample(self, connector: int = 1, at: str | None = None, **values: Any) -> None:
        """Let it send meter values, of a `transaction` if need be: `power` in W, `energy` in Wh, `current` and `offered` in A, `power_offered` in W."""
        labels = {
            "power": ("Power.Active.Import", "W"),
            "energy": ("Energy.Active.Import.Register", "Wh"),
            "current": ("Current.Import", "A"),
            "offered": ("Current.Offered", "A"),
            "power_offered": ("Power.Offered", "W"),
        }
        sampled = [
            {"value": str(values[name]), "measurand": measurand, "unit": unit}
            for name, (measurand, unit) in labels.items()
            if name in values
        ]
        payload = {
            "connectorId": connector,
            "meterValue": [{"timestamp": at or self.time(), "sampledValue": sampled}],
        }
        if "transaction" in values:
            payload["transactionId"] = values["transaction"]
        assert self.send("MeterValues", payload) == {}

    def time(self) -> str:
        """Return the time as the charge point writes it."""
        return self.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
