"""Charging profiles of OCPP 2.x as they go over the wire, for the simulator's tests."""

from typing import Any

from tests.simulator.central import Central

ACCEPTED = {"status": "Accepted"}


def profile(
    limit: float,
    *later: tuple[int, float],
    number: int = 1,
    purpose: str = "TxDefaultProfile",
    unit: str = "A",
    period: dict[str, Any] | None = None,
    schedule: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """A relative profile with a limit from the start, and others from so many seconds on."""
    periods = [{"startPeriod": start, "limit": value, **(period or {})} for start, value in ((0, limit), *later)]
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": periods, **(schedule or {})}
        ],
        **others,
    }


async def set_profile(central: Central, wire: dict[str, Any], evse: int = 1) -> dict[str, Any]:
    """Install a profile and return the answer."""
    return await central.call("SetChargingProfile", {"evseId": evse, "chargingProfile": wire})


def rejected(reason: str) -> dict[str, Any]:
    """The answer to a profile that is not taken."""
    return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
