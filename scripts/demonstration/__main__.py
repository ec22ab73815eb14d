"""Run the demonstration until Ctrl-C."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import shutil
import signal
import socket
import sys

from custom_components.ocpp_csms.simulator import Car, SimulatedChargePoint

from .dashboard import DASHBOARD_PATH, KEYS, dashboard
from .home import PASSWORD, USER, Home, HomeError

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".demo"
OCPP_PORT = 9000
START_TIMEOUT = 180.0


def charge_points(port: int) -> list[SimulatedChargePoint]:
    """Return the chargers of the house: they keep their meter and their transaction in the state folder."""
    folder = STATE / "chargers"
    folder.mkdir(parents=True, exist_ok=True)
    return [
        SimulatedChargePoint(
            f"ws://127.0.0.1:{port}/garage",
            vendor="Simulant",
            model="Wallbox 11",
            max_current=16.0,
            car=Car(soc=34.0, max_current=16.0),
            state_path=folder / "garage.json",
        ),
        SimulatedChargePoint(
            f"ws://127.0.0.1:{port}/carport",
            vendor="Simulant",
            model="Wallbox 7",
            phases=1,
            car=Car(soc=61.0, phases=1, capacity_wh=42_000.0),
            state_path=folder / "carport.json",
        ),
    ]


async def charge(charger: SimulatedChargePoint) -> None:
    """Make a charger charge, unless it does already."""
    await charger.wait_accepted()
    connector = charger.connector(1)
    if connector.transaction_id is None:
        if not connector.plugged:
            await charger.plug_in(1)
        await charger.present_card(1, "0451A2BC")
    await charger.wait_status(1, "Charging")


async def demonstrate(home: Home, *, check: bool) -> None:
    """Start everything, say where to look, and wait for Ctrl-C (with `check`: end once all is charging)."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(home)
        port = await home.set_up_central_system(OCPP_PORT if _is_free(OCPP_PORT) else 0)
        chargers = [await stack.enter_async_context(charger) for charger in charge_points(port)]
        print("Waiting for the chargers …", flush=True)
        async with asyncio.timeout(START_TIMEOUT):
            await home.confirm_charge_points({charger.identity for charger in chargers})
            await asyncio.gather(*map(charge, chargers))
            entities = await home.entities_of([charger.identity for charger in chargers], KEYS)
            for charger in chargers:
                await home.set_number(entities[charger.identity]["1_current_limit"], 13.0)
            await home.save_dashboard(dashboard(entities))
        print(
            f"\n  Home Assistant  {home.url}/{DASHBOARD_PATH}\n"
            f"  User            {USER} · password {PASSWORD} (a browser on this machine is let in without)\n"
            f"  Chargers        ws://127.0.0.1:{port}/<charge point id>\n"
            f"  Log             {home.log_file.relative_to(ROOT)}\n",
            flush=True,
        )
        if not check:
            print("Ctrl-C ends the demonstration.", flush=True)
            await _interrupted()


async def _interrupted() -> None:
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
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
    parser.add_argument("--check", action="store_true", help="end with success once both chargers charge")
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
