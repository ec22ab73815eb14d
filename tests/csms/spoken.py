"""What a charge point says, in the words of each version of OCPP, over a socket. The register in Wh, times as they are written."""

from typing import Any

from tests.csms.scripted_charge_point import ScriptedChargePoint

NOON = "2026-11-20T12:00:00Z"


def subprotocols(version: str) -> tuple[str, ...]:
    """Return the offer of a charge point that speaks one version."""
    return (f"ocpp{version}",)


async def boot(far_end: ScriptedChargePoint, version: str) -> Any:
    """Send a BootNotification and return the answer."""
    if version == "1.6":
        return await far_end.boot()
    station = {"vendorName": "Simulant", "model": "Sim 22"}
    return await far_end.call("BootNotification", {"reason": "PowerUp", "chargingStation": station})


async def report(far_end: ScriptedChargePoint, version: str, *, plugged_in: bool) -> Any:
    """Tell whether a car is at connector 1, and return the answer."""
    if version == "1.6":
        status = "Charging" if plugged_in else "Available"
        return await far_end.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})
    status = "Occupied" if plugged_in else "Available"
    payload = {"evseId": 1, "connectorId": 1, "connectorStatus": status, "timestamp": NOON}
    return await far_end.call("StatusNotification", payload)


async def transaction_event(
    far_end: ScriptedChargePoint, kind: str, transaction_id: str, register: int, at: str = NOON, **fields: Any
) -> Any:
    """Send a TransactionEvent of 2.x about connector 1, with the register, and return the answer."""
    payload = {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "MeterValuePeriodic" if kind == "Updated" else "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": transaction_id, "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [
            {"timestamp": at, "sampledValue": [{"value": register, "measurand": "Energy.Active.Import.Register"}]}
        ],
    }
    return await far_end.call("TransactionEvent", payload | fields)


async def sample(far_end: ScriptedChargePoint, transaction_id: int, register: int, at: str = NOON) -> Any:
    """Send MeterValues of 1.6 about connector 1, with the register, and return the answer."""
    values = [{"value": str(register), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
    meter_value = [{"timestamp": at, "sampledValue": values}]
    payload = {"connectorId": 1, "transactionId": transaction_id, "meterValue": meter_value}
    return await far_end.call("MeterValues", payload)
