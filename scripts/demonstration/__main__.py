"""Run the demonstration until Ctrl-C."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
import shutil
import signal
import socket
import sys

from custom_components.ocpp_csms.simulator import Car, SimulatedChargePoint, combined

from .dashboard import CONTROL_KEYS, DASHBOARD_PATH, KEYS, SITE_KEYS, dashboard
from .home import PASSWORD, USER, Home, HomeError
from .house import Day, House, Kettle
from .sensors import GRID_POWER, SENSORS, SOLAR_POWER, energy_preferences

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".demo"
OCPP_PORT = 9000
START_TIMEOUT = 180.0
METER_INTERVAL = 5.0  # s
SEED = 7

# What decides on the current of each charger's connector, and the most A that it can give where that is less than 32.
MODES = {"garage": "scheduled", "carport": "solar"}
MAXIMA = {"garage": 16.0}

# For the check: who follows the sun while the other does not charge, and what the sun delivers, one after the other, in W; and how near to
# zero the grid must come and stay, for how long.
CHECKED = (("carport", 4500.0), ("carport", 7000.0), ("garage", 7000.0))
NEAR_ZERO = 700.0  # W
STEADY = 20.0  # s
FOLLOW_TIMEOUT = 180.0  # s


def charge_points(port: int) -> list[SimulatedChargePoint]:
    """Return the chargers of the house, of two versions of OCPP: they keep their meter and their transaction in the state folder."""
    folder = STATE / "chargers"
    folder.mkdir(parents=True, exist_ok=True)
    return [
        SimulatedChargePoint(
            f"ws://127.0.0.1:{port}/garage",
            vendor="Simulant",
            model="Wallbox 11",
            version="1.6",
            max_current=16.0,
            quirks=combined(["switches_phases"]),
            car=Car(soc=34.0, max_current=16.0),
            state_path=folder / "garage.json",
        ),
        SimulatedChargePoint(
            f"ws://127.0.0.1:{port}/carport",
            vendor="Simulant",
            model="Wallbox 7",
            version="2.0.1",
            phases=1,
            configuration={"SmartChargingCtrlr.Phases3to1": "false"},
            car=Car(soc=61.0, phases=1, capacity_wh=42_000.0),
            state_path=folder / "carport.json",
        ),
    ]


class CheckedSun:
    """A sun that shines as strongly as it is told; call it with any time."""

    def __init__(self) -> None:
        """Begin with the first power that is checked."""
        self.power = CHECKED[0][1]

    def __call__(self, _now: float) -> float:
        """Return the W."""
        return self.power


async def begin(charger: SimulatedChargePoint) -> None:
    """Plug a car in and hold a card to the charger, unless that was done before."""
    await charger.wait_accepted()
    connector = charger.connector(1)
    if connector.transaction_id is None:
        if not connector.plugged:
            await charger.plug_in(1)
        await charger.present_card(1, "0451A2BC")


@asynccontextmanager
async def lived_in(
    home: Home, house: House, chargers: Sequence[SimulatedChargePoint]
) -> AsyncIterator[asyncio.Task[None]]:
    """Let time pass in the house, and show what its meters say. They have been shown once when this is entered.

    Gives the task that does it; when this is left, its errors are raised.
    """

    async def show(seconds: float) -> None:
        meters = house.advance(seconds, [charger.connector(1).outlet.powers for charger in chargers])
        for sensor in SENSORS:
            await home.publish(sensor.entity_id, sensor.value(meters), sensor.attributes)

    async def live() -> None:
        while True:
            await asyncio.sleep(METER_INTERVAL)
            await show(METER_INTERVAL)

    await show(0.0)
    life = asyncio.create_task(live())
    try:
        yield life
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


async def set_up_sun(home: Home, entities: Mapping[str, Mapping[str, str]]) -> None:
    """Set up the Energy dashboard, then solar charging with what it suggests, as a user would. Raises HomeError if that is too little."""
    await home.set_up_energy(energy_preferences(entities))
    filled = await home.set_up_site()
    if filled is not None and (filled.get("grid_power"), filled.get("solar_power")) != (GRID_POWER, [SOLAR_POWER]):
        raise HomeError(f"The form for solar charging was not filled in from the Energy dashboard: {filled}")


async def demonstrate(home: Home, *, check: bool) -> None:
    """Start everything, say where to look, and wait for Ctrl-C (with `check`: end once each car has followed the sun)."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(home)
        port = await home.set_up_central_system(OCPP_PORT if _is_free(OCPP_PORT) else 0)
        chargers = [await stack.enter_async_context(charger) for charger in charge_points(port)]
        checked = CheckedSun() if check else None
        house = House(checked) if checked else House(Day(SEED), Kettle(SEED))
        print("Waiting for the chargers …", flush=True)
        async with asyncio.timeout(START_TIMEOUT):
            life = await stack.enter_async_context(lived_in(home, house, chargers))
            identities = [charger.identity for charger in chargers]
            await home.confirm_charge_points(set(identities))
            await asyncio.gather(*map(begin, chargers))
            entities = await home.entities_of(identities, KEYS)
            for identity in identities:
                await home.set_number(entities[identity]["1_current_limit"], 13.0)
            await asyncio.gather(*(charger.wait_status(1, "Charging", START_TIMEOUT) for charger in chargers))
            await set_up_sun(home, entities)
            entities = await home.entities_of(identities, KEYS | CONTROL_KEYS)
            for identity, amperes in MAXIMA.items():
                await home.set_number(entities[identity]["1_maximum_current"], amperes)
            for identity, mode in MODES.items() if checked is None else ():
                await home.choose(entities[identity]["1_charging_mode"], mode)
            await home.save_dashboard(dashboard(entities, await home.site_entities(SITE_KEYS)))
        print(
            f"\n  Home Assistant  {home.url}/{DASHBOARD_PATH}\n"
            f"  User            {USER} · password {PASSWORD} (a browser on this machine is let in without)\n"
            f"  Chargers        ws://127.0.0.1:{port}/<charge point id>\n"
            f"  Log             {home.log_file.relative_to(ROOT)}\n",
            flush=True,
        )
        if checked is None:
            print("Ctrl-C ends the demonstration.", flush=True)
            await _interrupted(life)
            return
        for follower, power in CHECKED:
            checked.power = power
            for identity in identities:
                mode = "solar" if identity == follower else "off"
                await home.choose(entities[identity]["1_charging_mode"], mode)
            await followed(home, house, follower, entities[follower]["1_control_reason"], power)


async def followed(home: Home, house: House, follower: str, reason: str, power: float) -> None:
    """Return once the car at a charger takes what the sun delivers. Raises HomeError if it does not; `reason`: the entity that says why."""
    print(f"Waiting for the car at the {follower} to follow {power:.0f} W of sun …", flush=True)
    try:
        async with asyncio.timeout(FOLLOW_TIMEOUT):
            steady = 0.0
            while steady < STEADY:
                await asyncio.sleep(METER_INTERVAL)
                near = house.meters.solar == power and abs(house.meters.grid) < NEAR_ZERO
                steady = steady + METER_INTERVAL if near else 0.0
    except TimeoutError:
        told = await home.state(reason)
        raise HomeError(
            f"The car at the {follower} does not follow the sun: {house.meters.grid:.0f} W at the grid, {told}."
        ) from None


async def _interrupted(life: asyncio.Task[None]) -> None:
    """Return at Ctrl-C, or when there is no life any more."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    life.add_done_callback(lambda _: interrupted.set())
    await interrupted.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="start afresh")
    parser.add_argument("--port", type=int, default=8123, help="port of Home Assistant (8123)")
    parser.add_argument("--ha", metavar="VERSION", help="run this version of Home Assistant instead of the tests' one")
    parser.add_argument("--check", action="store_true", help="end with success once each car has followed the sun")
    arguments = parser.parse_args()
    if arguments.reset:
        shutil.rmtree(STATE, ignore_errors=True)
    if not _is_free(arguments.port):
        sys.exit(f"Port {arguments.port} is taken. Choose another: scripts/demo --port 8124")
    home = Home(ROOT, STATE, port=arguments.port, version=arguments.ha)
    try:
        asyncio.run(demonstrate(home, check=arguments.check))
    except HomeError as error:
        sys.exit(f"{error}")
    except TimeoutError:
        sys.exit(f"The chargers did not begin to charge. The log may say why: {home.log_file}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
