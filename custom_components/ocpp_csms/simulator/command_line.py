"""The simulated charge point for people: one line for each event, commands on standard input.

How it is run is said in `__main__`.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
import os
from pathlib import Path
import ssl
import stat
import sys
from typing import TextIO

from . import PRESETS, CallError, Car, NoAnswer, Offline, SimulatedChargePoint, WakeUp, combined
from .transport import SUBPROTOCOLS

COMMANDS = """\
plug [connector]           plug the car in          unplug [connector]       pull the cable
card [connector] [tag]     hold a card to it        fault connector [code]   break it; 0 is the charge point
repair connector           undo the fault           offline | online         lose and find the network
drop                       lose the connection      cut | power              lose and get back power
reorder                    turn the queue round     duplicate                send all that waits twice
clock SECONDS              be wrong by so much      event TYPE [text]        tell a security event
certificate                ask for a certificate    data VENDOR [ID [text]]  send DataTransfer
display                    show prices and costs    status                   show all connectors
quit"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    result = argparse.ArgumentParser(
        prog="simulator",
        description="A simulated charge point of OCPP 1.6, 2.0.1 or 2.1.",
        epilog=f"Commands on standard input:\n{COMMANDS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add("--url", required=True, help="the central system's URL, the identity included: ws://host:9000/CP1")
    add(
        "--version",
        action="append",
        choices=[*SUBPROTOCOLS],
        help="of OCPP, 1.6 unless given; several times: the central system picks one, the first is wanted most",
    )
    add("--identity", help="user name for the password; default: the last part of the URL")
    add("--password", help="for HTTP Basic authentication")
    add("--ca", type=Path, help="certificate that a wss server is checked against, instead of the system's")
    add("--vendor", help="default: that of the quirk, else Simulant")
    add("--model")
    add("--serial-number")
    add("--firmware")
    add("--connectors", type=int, default=1, help="since 2.0.1: EVSEs")
    add("--connectors-per-evse", type=int, default=1)
    add("--phases", type=int, choices=(1, 2, 3), default=3)
    add("--max-current", type=float, default=32.0, help="A per phase")
    add("--car-soc", type=float, default=40.0, help="state of charge in percent")
    add("--car-capacity", type=float, default=60.0, help="kWh")
    add("--car-current", type=float, default=32.0, help="A per phase")
    add("--car-phases", type=int, choices=(1, 2, 3), default=3)
    add("--car-offset", type=float, default=0.0, help="A per phase that it draws less than it is offered")
    add("--car-delay", type=float, default=0.0, help="seconds between an offer and the current")
    add("--car-asleep", choices=[*WakeUp], help="it draws nothing until this happens")
    add("--quirk", action="append", default=[], choices=sorted(PRESETS), help="may be given several times")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="configuration key, or variable (Component.Variable)",
    )
    add("--plug-in", action="store_true", help="plug a car into every connector")
    add("--start", action="store_true", help="start charging with --tag on every connector")
    add("--tag", default="SIMULANT")
    add("--time-scale", type=float, default=1.0, help="how much faster than real time passes")
    add("--security-events", action="store_true", help="tell of starts and resets, too, not only of failures")
    add("--client-certificate", type=Path, help="PEM file of the chain that it shows (security profile 3)")
    add("--client-key", type=Path, help="PEM file of the key that goes with it")
    add("--state", type=Path, help="file that keeps the register, the configuration and running transactions")
    return result


def charge_point(options: argparse.Namespace, observer: Callable[[str], None]) -> SimulatedChargePoint:
    """Return the charge point that the command line describes."""
    return SimulatedChargePoint(
        options.url,
        options.identity,
        versions=options.version or ("1.6",),
        connectors_per_evse=options.connectors_per_evse,
        vendor=options.vendor,
        model=options.model,
        serial_number=options.serial_number,
        firmware_version=options.firmware,
        connectors=options.connectors,
        phases=options.phases,
        max_current=options.max_current,
        car=Car(
            capacity_wh=options.car_capacity * 1000,
            soc=options.car_soc,
            max_current=options.car_current,
            phases=options.car_phases,
            offset=options.car_offset,
            start_delay=options.car_delay,
            asleep=options.car_asleep is not None,
            wakes_on=WakeUp(options.car_asleep or WakeUp.interruption),
        ),
        password=options.password,
        quirks=combined(options.quirk),
        configuration=_configuration(options),
        security_events=options.security_events,
        client_certificate=_client_certificate(options),
        ssl=ssl.create_default_context(cafile=options.ca) if options.ca else None,
        state_path=options.state,
        time_scale=options.time_scale,
        observer=observer,
    )


def _configuration(options: argparse.Namespace) -> dict[str, str]:
    """Return the keys that are set; whoever has a certificate connects with it."""
    profile = {"SecurityProfile": "3"} if options.client_certificate else {}
    return profile | dict(setting.split("=", 1) for setting in options.set)


def _client_certificate(options: argparse.Namespace) -> tuple[str, str] | None:
    """Return chain and key; they may be in one file."""
    if options.client_certificate is None:
        return None
    key = options.client_key or options.client_certificate
    return options.client_certificate.read_text(), key.read_text()


def show(line: str) -> None:
    """Print an event with the time."""
    print(f"{datetime.now().astimezone():%H:%M:%S} {line}", flush=True)  # noqa: T201 - the program's output


def describe(simulated: SimulatedChargePoint, connectors: int) -> str:
    """Return one line on each connector."""
    return "\n".join(
        f"{number}: {(each := simulated.connector(number)).status} {each.current:.1f} A of {each.limit:.1f} A, "
        f"{each.power / 1000:.2f} kW, {each.register_wh / 1000:.3f} kWh, car at {each.car.soc:.1f} %"
        for number in range(1, connectors + 1)
    )


async def obey(simulated: SimulatedChargePoint, line: str, options: argparse.Namespace) -> bool:
    """Do what one line asks for; return whether to go on."""
    word, *arguments = line.split() or [""]
    connector = int(arguments[0]) if arguments and arguments[0].isdigit() else 1
    detail = arguments[-1] if arguments and not arguments[-1].isdigit() else None
    actions: dict[str, Callable[[], Awaitable[object]]] = {
        "plug": lambda: simulated.plug_in(connector),
        "unplug": lambda: simulated.unplug(connector),
        "card": lambda: simulated.present_card(connector, detail or options.tag),
        "fault": lambda: simulated.fault(connector, detail or "InternalError"),
        "repair": lambda: simulated.clear_fault(connector),
        "drop": simulated.drop_connection,
        "offline": simulated.go_offline,
        "online": simulated.go_online,
        "cut": simulated.power_cut,
        "power": simulated.power_up,
    }
    if word == "quit":
        return False
    if word == "status":
        show(describe(simulated, options.connectors))
    elif word == "display":
        show("\n".join(f"{each.message}: {each.text}" for each in simulated.shown) or "nothing yet")
    elif (action := actions.get(word) or _rarer_action(simulated, line)) is not None:
        try:
            await action()
        except (KeyError, ValueError, Offline, NoAnswer, CallError) as error:
            show(f"that does not work: {error!r}")
    elif word:
        show(COMMANDS)
    return True


def _rarer_action(simulated: SimulatedChargePoint, line: str) -> Callable[[], Awaitable[object]] | None:
    """Return what a line asks for that is not about a connector."""

    async def rearrange(order: Callable[[], None]) -> None:
        order()

    match line.strip().split(maxsplit=3):
        case ["reorder"]:
            return lambda: rearrange(simulated.rearrange_queue)
        case ["duplicate"]:
            return lambda: rearrange(simulated.double_queue)
        case ["clock", seconds]:
            return lambda: rearrange(lambda: simulated.misset_clock(float(seconds)))
        case ["event", kind, *info]:
            return lambda: simulated.security_event(kind, " ".join(info) or None)
        case ["certificate"]:
            return simulated.request_certificate
        case ["data", vendor, *others]:
            return lambda: simulated.data_transfer(vendor, *others)
    return None


def can_be_waited_for(stream: TextIO) -> bool:
    """Whether the event loop can wait for a stream: terminals, pipes and sockets, but not files or /dev/null."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except ValueError, OSError:
        return False
    return stream.isatty() or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


async def listen(simulated: SimulatedChargePoint, options: argparse.Namespace) -> None:
    """Obey standard input until `quit`; when it ends, or cannot be waited for, just go on."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    if can_be_waited_for(sys.stdin):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    else:
        reader.feed_eof()
    async for line in reader:
        if not await obey(simulated, line.decode(errors="replace"), options):
            return
    await asyncio.Event().wait()


async def run(options: argparse.Namespace, observer: Callable[[str], None] = show) -> None:
    """Run the charge point until `quit` or until cancelled."""
    async with charge_point(options, observer) as simulated:
        for number in range(1, options.connectors + 1):
            if options.plug_in:
                await simulated.plug_in(number)
            if options.start:
                await simulated.wait_for(lambda: simulated.registered, timeout=None)
                await simulated.present_card(number, options.tag)
        await listen(simulated, options)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run."""
    try:
        asyncio.run(run(parser().parse_args(arguments)))
    except KeyboardInterrupt:
        return
