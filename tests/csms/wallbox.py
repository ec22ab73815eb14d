"""A central system and a simulated charge point over a real socket, whose time passes together and only when a test says so."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from custom_components.ocpp_csms.csms.central_system import CentralSystem, CentralSystemSettings
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.simulator import Quirks, SimulatedChargePoint
from tests.csms.central import central_system
from tests.csms.scripted_charge_point import TIMEOUT
from tests.words import words

# Waits are in the time of the loop, which does not pass faster: nothing is waited for but what really comes.
TIMING = Timing(
    boot_grace=0.05,
    confirm_grace=0.05,
    settle=0.0,
    transaction_settle=0.0,
    composite=0.0,
    samples=(),
    refresh=3600.0,
    retry=3600.0,
    contactors=0.0,
)
FALLBACKS = 6400  # profiles from this number on are fallbacks


class SharedClock:
    """The time of both: real, plus what was skipped."""

    def __init__(self) -> None:
        """Skip nothing yet."""
        self.skipped = 0.0

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + timedelta(seconds=self.skipped)


@dataclass
class Wallbox:
    """Both ends of the connection, and the car."""

    central: CentralSystem
    point: ChargePoint
    simulated: SimulatedChargePoint
    clock: SharedClock

    @property
    def current(self) -> float:
        """What the car really draws, in A."""
        return self.simulated.connector(1).outlet.current

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The limits that came in, fallbacks left out."""
        frames = [json.loads(text) for text in self.simulated.received]
        came = [frame[3] for frame in frames if frame[0] == 2 and frame[2] == "SetChargingProfile"]
        profiles = [payload.get("csChargingProfiles") or payload["chargingProfile"] for payload in came]
        return [profile for profile in profiles if profile.get("chargingProfileId", profile.get("id")) < FALLBACKS]

    async def passes(self, seconds: float) -> None:
        """Let time pass, in steps short enough for both ends to react to each other."""
        while seconds > 0:
            step = min(seconds, 5.0)
            seconds -= step
            self.clock.skipped += step
            await self.simulated.tick(step)
            await background_work()

    async def charge(self) -> None:
        """Let a car charge as fast as it can."""
        await self.simulated.plug_in(1)
        await self.simulated.present_card(1, "CARD")
        await self.passes(20)

    async def set_limit(self, amperes: float) -> None:
        """Set a limit and let all that follows at once be done."""
        await self.point.set_limit(1, amperes)
        await background_work()


async def background_work() -> None:
    """Return when the central system does nothing of its own accord any more."""
    async with asyncio.timeout(TIMEOUT):
        while working := [task for task in asyncio.all_tasks() if is_our_own(task)]:
            await asyncio.wait(working)


def is_our_own(task: asyncio.Task[Any]) -> bool:
    """Whether a task tells a charge point something that nobody has asked for."""
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.startswith(("Limits.", "LimitWatch.", "LimitWriter.", "Commissioning."))


@asynccontextmanager
async def wallbox(
    version: str, quirks: Quirks | None = None, *, settings: ChargePointSettings | None = None, **options: Any
) -> AsyncGenerator[Wallbox]:
    """Run both; the charge point is known, connected in a version of OCPP, and set up."""
    clock = SharedClock()
    server = CentralSystemSettings(host="127.0.0.1", port=0, timing=TIMING, call_timeout=0.2)
    async with central_system(clock=clock, settings=server) as central:
        point = central.add("CP1", settings or ChargePointSettings(meter_interval=10))
        url = f"ws://127.0.0.1:{central.port}/CP1"
        async with SimulatedChargePoint(
            url, version=version, auto_tick=False, quirks=quirks, reconnect_delays=(0.01,), **options
        ) as simulated:
            await simulated.wait_accepted()
            made = Wallbox(central, point, simulated, clock)
            await set_up(made)
            yield made


async def set_up(box: Wallbox) -> None:
    """Return when the connector is known and meter values come as often as is wanted."""
    wanted = str(box.point.settings.meter_interval)
    await box.simulated.wait_for(
        lambda: 1 in box.point.connectors and box.simulated.configuration(words(box.simulated).interval) == wanted
    )
    await background_work()
