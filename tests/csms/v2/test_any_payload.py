"""Whatever a charging station sends: it is answered soundly, or with an error of OCPP, and nothing is made up."""

from contextlib import suppress
from math import isfinite
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.model import ValidationMode
from custom_components.ocpp_csms.csms.v2.messages import V2Messages
from custom_components.ocpp_csms.csms.v2.messages_21 import V21Messages
from custom_components.ocpp_csms.csms.wire.frames import CallError
from tests.csms.v2.station import Station21, Station201

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        ["Started", "Ended", "Occupied", "AvailabilityState", "Problem", "true", "2026-11-20T12:00:00Z", "A"]
    ),
)
NAMES = st.sampled_from(
    [
        *("evse", "evseId", "id", "connectorId", "connectorStatus", "timestamp", "eventType", "transactionInfo"),
        *(
            "transactionId",
            "chargingState",
            "triggerReason",
            "offline",
            "idToken",
            "type",
            "meterValue",
            "sampledValue",
        ),
        *("value", "unitOfMeasure", "multiplier", "measurand", "eventData", "component", "variable", "name"),
        *("actualValue", "requestId", "seqNo", "tbc", "chargingLimit", "chargingSchedule", "chargingSchedulePeriod"),
        *("chargingNeeds", "dcChargingParameters", "stateOfCharge", "constantStreamData", "data", "t", "v", "basetime"),
        *("reservationId", "reservationUpdateStatus", "certificateStatusRequests", "vatNumber", "status", "csr"),
    ]
)
PAYLOADS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8), max_leaves=40
)
SOUND = {
    "eventType": "Updated",
    "timestamp": "2026-11-20T12:00:00Z",
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging"},
    "evse": {"id": 1, "connectorId": 1},
    "idToken": {"idToken": "CARD", "type": "ISO14443"},
    "meterValue": [{"timestamp": "2026-11-20T12:00:00Z", "sampledValue": [{"value": 1000}]}],
}


def is_sound(station: Station201) -> bool:
    """Whether all numbers that are known can be shown."""
    connectors = station.charge_point.connectors.values()
    energies = [item.transaction.energy for item in connectors if item.transaction is not None]
    readings = [value for item in connectors for value in item.readings.values()]
    return all(isfinite(value) for value in (*energies, *readings)) and all(energy >= 0 for energy in energies)


@pytest.mark.parametrize("mode", [ValidationMode.TOLERANT, ValidationMode.OFF])
@given(action=st.sampled_from(sorted(V2Messages.handlers)), payload=PAYLOADS)
@settings(max_examples=150, deadline=None)
def test_any_payload_of_2_0_1_is_answered(mode: ValidationMode, action: str, payload: Any) -> None:
    """The answer keeps the schema."""
    station = Station201(settings=ChargePointSettings(validation=mode))
    station.send(action, payload)
    assert is_sound(station)


@given(action=st.sampled_from(sorted(V21Messages.handlers)), payload=PAYLOADS)
@settings(max_examples=150, deadline=None)
def test_any_payload_of_2_1_is_answered(action: str, payload: Any) -> None:
    """The answer keeps the schema, or is an error of OCPP."""
    station = Station21()
    with suppress(CallError):
        station.send(action, payload)
    station.messages.handle_send("NotifyPeriodicEventStream", payload)
    station.messages.answered()
    assert is_sound(station)


@given(events=st.lists(st.dictionaries(st.sampled_from(sorted(SOUND)), PAYLOADS, max_size=3), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_field_of_a_transaction_event_may_be_broken(events: list[dict[str, Any]]) -> None:
    """The rest of it is taken, and the transaction can be ended."""
    station = Station201()
    station.send("TransactionEvent", SOUND | {"eventType": "Started"})
    for broken in events:
        station.send("TransactionEvent", SOUND | broken)
    station.send("TransactionEvent", SOUND | {"eventType": "Ended"})
    transaction = station.charge_point.transaction("tx-1")
    assert transaction is not None
    assert not transaction.running
    assert is_sound(station)
