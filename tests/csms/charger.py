"""A charger on the far end of a `Station` that takes profiles, obeys those that a test lets it, and meters what its car draws."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError
from custom_components.ocpp_csms.csms.model import Connector
from tests.csms.dialect import Station

type Profile = dict[str, Any]

# Nothing is waited for: the charger moves the clock itself when it meters.
QUICK = Timing(
    boot_grace=60.0,
    confirm_grace=0.0,
    settle=0.0,
    transaction_settle=0.0,
    composite=0.0,
    samples=(0.0, 0.0),
    refresh=3600.0,
    phase_switch=3600.0,
    contactors=0.0,
    retry=3600.0,
)

REFUSED = {"status": "Rejected"}
ACCEPTED = {"status": "Accepted"}
UNKNOWN = CallFailedError("GetCompositeSchedule", "NotSupported")


def always(_profile: Profile) -> bool:
    """What holds for every profile."""
    return True


def never(_profile: Profile) -> bool:
    """What holds for none."""
    return False


def schedule(profile: Profile) -> dict[str, Any]:
    """Return the schedule of a profile."""
    found: dict[str, Any] = profile["chargingSchedule"]
    return found


def first_limit(profile: Profile) -> float:
    """Return the limit that holds at once, in A."""
    limit = float(schedule(profile)["chargingSchedulePeriod"][0]["limit"])
    return limit / 690 if schedule(profile)["chargingRateUnit"] == "W" else limit


@dataclass
class Charger:
    """Refuses, hangs on and obeys profiles as it is told. `said` is what it says is its limit: None is an answer without one.

    Each request for meter values takes `pace` seconds of its clock. It draws `demand` A where nothing holds it.
    """

    station: Station
    refuses: Callable[[Profile], bool] = never
    hangs: Callable[[Profile], bool] = never
    obeys: Callable[[Profile], bool] = always
    tells_composite: bool = False
    pace: float = 16.0
    demand: float = 32.0
    said: list[float] = field(default_factory=list)  # answers to GetCompositeSchedule in this order, before the truth
    meters: bool = True
    phases: int = 1
    written: list[tuple[datetime, int, Profile]] = field(default_factory=list)
    current: float = 32.0

    def __post_init__(self) -> None:
        """Answer the station's calls."""
        self.station.rpc.answers |= {
            "SetChargingProfile": self._set,
            "GetCompositeSchedule": self._composite,
            "TriggerMessage": self._trigger,
        }

    @property
    def point(self) -> ChargePoint:
        """The charge point as the central system knows it."""
        return self.station.charge_point

    @property
    def connector(self) -> Connector:
        """Its first connector, as the central system knows it."""
        return self.point.connectors[1]

    @property
    def profiles(self) -> list[Profile]:
        """The profiles that were sent for connectors, but for the fallback, in order."""
        return [profile for _, _, profile in self.written if profile["chargingProfileId"] < 6400]

    @property
    def fallbacks(self) -> list[Profile]:
        """The fallbacks that were sent."""
        return [profile for _, _, profile in self.written if profile["chargingProfileId"] >= 6400]

    @property
    def limits(self) -> list[float]:
        """The limits that were sent, in A."""
        return [first_limit(profile) for profile in self.profiles]

    def meter(self, **values: Any) -> None:
        """Send meter values of now."""
        if (running := self.connector.running_transaction) is not None:
            values["transaction"] = int(running.transaction_id)
        self.station.sample(**({"current": self.current} | values))

    async def charge(self) -> int:
        """Let a car charge; return the id of its transaction."""
        self.station.status("Preparing")
        transaction = self.station.start()
        self.station.status("Charging")
        self.meter()
        return transaction

    def _set(self, payload: dict[str, Any]) -> Any:
        profile = payload["csChargingProfiles"]
        self.written.append((self.station.clock.now, payload["connectorId"], profile))
        if self.hangs(profile):
            return CallTimeoutError("SetChargingProfile", 30)
        if self.refuses(profile):
            return REFUSED
        if profile["chargingProfileId"] < 6400:
            self.current = min(first_limit(profile), self.demand) if self.obeys(profile) else self.demand
            self.current = 0.0 if self.current < 6 else self.current
        return ACCEPTED

    def _composite(self, _payload: dict[str, Any]) -> Any:
        if not self.tells_composite:
            return UNKNOWN
        limit = self.said.pop(0) if self.said else self.current
        periods = [{"startPeriod": 0, "limit": limit}]
        return {**ACCEPTED, "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}}

    def _trigger(self, payload: dict[str, Any]) -> Any:
        if payload["requestedMessage"] != "MeterValues":
            return REFUSED
        self.station.clock.advance(seconds=self.pace)
        if not self.meters:
            return REFUSED
        self.meter()
        return ACCEPTED


def connected_charger(
    settings: ChargePointSettings | None = None,
    *,
    timing: Timing = QUICK,
    stored: dict[str, Any] | None = None,
    **is_so: Any,
) -> Charger:
    """Return a charger with one connector, connected; `is_so` are fields of `Charger`."""
    station = Station(settings, timing=timing, stored=stored)
    made = Charger(station, **is_so)
    station.connect()
    station.status("Available")
    return made


async def at_rest() -> None:
    """Let all work that waits for nothing be done."""
    for _ in range(50):
        await asyncio.sleep(0)
