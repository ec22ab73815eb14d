"""A charging station of OCPP 2.x without a socket: what it sends is handed to its reader, and the answer is checked against its schema."""

from functools import cache
from typing import Any

from custom_components.ocpp_csms.csms.booking.ledger import Ledger
from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointEnvironment, ChargePointSettings
from custom_components.ocpp_csms.csms.cost_messages import Costs, no_costs
from custom_components.ocpp_csms.csms.model import Connector, Event, Registration
from custom_components.ocpp_csms.csms.v2.messages import V2Messages
from custom_components.ocpp_csms.csms.v2.messages_21 import V21Messages
from custom_components.ocpp_csms.csms.v2.reports import Reports
from custom_components.ocpp_csms.csms.wire.frames import CallError
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker, decode
from tests.csms.central import Clock, surroundings

CARD = {"idToken": "CARD", "type": "ISO14443"}
OTHER_CARD = {"idToken": "OTHER", "type": "ISO14443"}


@cache
def checker(*, responses: bool = False) -> SchemaChecker:
    """The schemas of OCPP 2.0.1 and 2.1, of requests or of answers, read once."""
    checker = SchemaChecker()
    checker.load(("2.0.1", "2.1"), responses=responses)
    return checker


class Station201:
    """One charging station, CP1, and what is known of it. `asked_for` are the messages that it was asked for."""

    dialect: type[V2Messages] = V2Messages

    def __init__(
        self,
        clock: Clock | None = None,
        settings: ChargePointSettings | None = None,
        registration: Registration = Registration.ACCEPTED,
        costs: Costs = no_costs,
    ) -> None:
        """Start with nothing known."""
        self.clock = clock or Clock()
        self.authorization = Authorization()
        self.events: list[Event] = []
        self.asked_for: set[str] = set()
        self.reports = Reports()
        self.ledger = Ledger(None, lambda urgent: None, self.clock())
        self.charge_point = ChargePoint(
            "CP1",
            settings or ChargePointSettings(),
            ChargePointEnvironment(
                self.ledger, lambda: self.authorization, self.clock, lambda urgent: None, costs=costs
            ),
            registration=registration,
        )
        self.charge_point.listen_events(self.events.append)
        self.reconnect()

    def reconnect(self) -> None:
        """Go on with a reader that has heard nothing yet."""
        self.messages = self.dialect(
            self.charge_point,
            surroundings(self.clock, checker()),
            reports=self.reports,
            was_asked_for=lambda action: action in self.asked_for,
        )

    def send(self, action: str, payload: Any = None) -> dict[str, Any]:
        """Send a call and return the answer. Raises `CallError`."""
        answer = self.messages.handle(action, {} if payload is None else payload)
        self.messages.answered()
        assert checker(responses=True).check(self.messages.version, action, answer) is None
        return answer

    async def exchange(self, text: str) -> list[Any]:
        """Send a frame and return the frame of the answer."""
        _kind, message_id, action, payload = decode(text)
        try:
            return [3, message_id, self.send(action, payload)]
        except CallError as error:
            return [4, message_id, error.code]

    def time(self, **ahead: float) -> str:
        """Return the time as a station writes it, `ahead` of now by a time delta."""
        return Clock(self.clock()).advance(**ahead).strftime("%Y-%m-%dT%H:%M:%SZ")

    def status(self, status: str, evse: int = 1, *, plug: int = 1, **ahead: float) -> None:
        """Report the status of a plug of an EVSE."""
        payload = {"timestamp": self.time(**ahead), "connectorStatus": status, "evseId": evse, "connectorId": plug}
        assert self.send("StatusNotification", payload) == {}

    def event(  # the fields of a TransactionEvent, as far as tests vary them
        self,
        kind: str,
        transaction_id: Any = "tx-1",
        *,
        evse: int | None = None,
        state: str | None = None,
        wh: float | None = None,
        token: dict[str, Any] | None = None,
        info: dict[str, Any] | None = None,
        ahead: dict[str, float] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Send a TransactionEvent; `wh` is the import register."""
        at = self.time(**(ahead or {}))
        payload: dict[str, Any] = {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": "Trigger",
            "seqNo": 0,
            "transactionInfo": {"transactionId": transaction_id, **(info or {})},
            **fields,
        }
        if state is not None:
            payload["transactionInfo"]["chargingState"] = state
        if evse is not None:
            payload["evse"] = {"id": evse}
        if token is not None:
            payload["idToken"] = token
        if wh is not None:
            payload["meterValue"] = [{"timestamp": at, "sampledValue": [{"value": wh}]}]
        return self.send("TransactionEvent", payload)

    def kinds(self, kind: str) -> list[str]:
        """Return the types of the events of a kind."""
        return [event.type for event in self.events if event.kind == kind]

    def evse(self, number: int = 1) -> Connector:
        """Return what is known of an EVSE."""
        return self.charge_point.connectors[number]


class Station21(Station201):
    """One that speaks OCPP 2.1."""

    dialect = V21Messages
