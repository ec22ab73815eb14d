"""Charging profiles as they go over the wire, for the simulator's tests."""

from typing import Any

from tests.simulator.central import Central

REJECTED = {"status": "Rejected"}
NOT_SUPPORTED = {"status": "NotSupported"}


def profile(
    limit: float,
    *later: tuple[int, float],
    purpose: str = "TxDefaultProfile",
    unit: str = "A",
    phases: int | None = None,
    schedule: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """A relative profile with a limit from the start, and others from so many seconds on."""
    periods: list[dict[str, Any]] = [
        {"startPeriod": start, "limit": value} | ({} if phases is None else {"numberPhases": phases})
        for start, value in ((0, limit), *later)
    ]
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": unit, "chargingSchedulePeriod": periods, **(schedule or {})},
        **others,
    }


async def set_profile(central: Central, wire: dict[str, Any], connector: int = 1) -> dict[str, Any]:
    """Install a profile and return the answer."""
    return await central.call("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": wire})
