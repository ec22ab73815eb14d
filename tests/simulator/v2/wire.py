"""What the simulated station would send, checked against the schemas of its version."""

from typing import Any

from ocpp.messages import MessageType, get_validator

from custom_components.ocpp_csms.simulator.messages import Payload, to_payload, to_request


def called(message: object, version: str = "2.0.1") -> Payload:
    """Return the payload of a request. Raises jsonschema.ValidationError."""
    payload = to_payload(message)
    get_validator(MessageType.Call, type(message).__name__, version).validate(payload)
    return payload


def answered(result: object, version: str = "2.0.1") -> Payload:
    """Return the payload of a response. Raises jsonschema.ValidationError."""
    payload = to_payload(result)
    get_validator(MessageType.CallResult, type(result).__name__, version).validate(payload)
    return payload


def asked(request: type, payload: Payload, version: str = "2.0.1") -> Any:
    """Return a request of the central system as handlers get it, if it is what the schema allows."""
    get_validator(MessageType.Call, request.__name__, version).validate(payload)
    return to_request(request, payload)
