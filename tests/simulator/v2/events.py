"""What a station told of its transactions, for tests."""

from typing import Any

from tests.simulator.central import Central, Payload

ACCEPTED_TOKEN = {"idTokenInfo": {"status": "Accepted"}}
TOKEN = {"idToken": "TAG", "type": "ISO14443"}


def events(central: Central, kind: str | None = None) -> list[Payload]:
    """The transaction events, all or of one kind, in order."""
    return [each for each in central.payloads("TransactionEvent") if kind in {None, each["eventType"]}]


def told(central: Central) -> list[tuple[str, str, str]]:
    """Kind, trigger and charging state of each event."""
    return [
        (each["eventType"], each["triggerReason"], each["transactionInfo"]["chargingState"]) for each in events(central)
    ]


def plugs(central: Central, evse: int = 1, connector: int = 1) -> list[str]:
    """The statuses that a connector reported, in order."""
    return [
        each["connectorStatus"]
        for each in central.payloads("StatusNotification")
        if (each["evseId"], each["connectorId"]) == (evse, connector)
    ]


def judge(status: str, **others: Any) -> dict[str, Any]:
    """An answer with a verdict on a token."""
    return {"idTokenInfo": {"status": status, **others}}


def start_request(evse: int | None = None, **others: Any) -> dict[str, Any]:
    """The payload of RequestStartTransaction."""
    place = {} if evse is None else {"evseId": evse}
    return {"idToken": TOKEN, "remoteStartId": 7, **place, **others}
