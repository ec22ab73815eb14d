"""The simulator as a program for people."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import importlib.util
import os
from pathlib import Path
import runpy
import shutil
import ssl
import subprocess
import sys
from unittest.mock import patch

import pytest

from custom_components.ocpp_csms.simulator import Quirks, WakeUp, combined, command_line as program
from custom_components.ocpp_csms.simulator.charge_point import SimulatedChargePoint
from tests.simulator.central import Central
from tests.tls import make_certificate

PACKAGE = Path(program.__file__).parent


@pytest.fixture
async def feed(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Callable[[str], None]]:
    """Type lines on the program's standard input."""
    read, write = os.pipe()
    with os.fdopen(read) as source:
        monkeypatch.setattr(sys, "stdin", source)

        def type_line(line: str) -> None:
            os.write(write, f"{line}\n".encode())

        yield type_line
    os.close(write)


type Run = Callable[..., Awaitable[tuple[asyncio.Task[None], list[str]]]]


@pytest.fixture
async def run(central: Central) -> AsyncGenerator[Run]:
    """Run the program with arguments; returns its task and the lines it prints."""
    tasks: list[asyncio.Task[None]] = []

    async def start(*arguments: str) -> tuple[asyncio.Task[None], list[str]]:
        lines: list[str] = []
        options = program.parser().parse_args(["--url", central.url(), *arguments])
        task = asyncio.create_task(program.run(options, lines.append))
        tasks.append(task)
        await central.wait_call("BootNotification")
        return task, lines

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("feed")
async def test_it_charges_when_told_on_the_command_line(central: Central, run: Run) -> None:
    _, lines = await run(
        *("--connectors", "2", "--plug-in", "--start", "--tag", "ME", "--vendor", "ACME", "--time-scale", "100"),
        *("--set", "MeterValueSampleInterval=5", "--car-current", "16", "--quirk", "kilo_units"),
    )
    assert (await central.wait_call("BootNotification"))["chargePointVendor"] == "ACME"
    assert (await central.wait_call("StartTransaction", 2))["idTag"] == "ME"
    values = (await central.wait_call("MeterValues"))["meterValue"][0]["sampledValue"]
    assert values[0]["unit"] == "kWh"
    assert any("MeterValues" in line for line in lines)


async def test_it_obeys_standard_input(
    central: Central, run: Run, feed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    task, _ = await run()
    for line in ("", "plug", "card 1 ME", "fault 1 GroundFailure", "repair 1", "status", "unplug 1"):
        feed(line)
    await central.wait_call("StopTransaction")
    for line in ("dance", "fault 1 Tired", "plug 7", "quit"):
        feed(line)
    async with asyncio.timeout(10):
        await task
    assert central.statuses() == ["Available", "Preparing", "Charging", "Faulted", "Charging", "Available"]
    printed = capsys.readouterr().out
    assert "1: Charging" in printed
    assert "pull the cable" in printed
    assert printed.count("that does not work") == 2


@pytest.mark.parametrize(("lose", "find"), [("offline", "online"), ("cut", "power"), ("drop", "")])
async def test_it_loses_and_finds_the_network(
    central: Central, run: Run, feed: Callable[[str], None], lose: str, find: str
) -> None:
    await run()
    feed(lose)
    await central.wait(lambda: central.closed == 1)
    feed(find)
    await central.wait_call("BootNotification", 2)


async def test_rarer_things_are_done_on_standard_input(
    central: Central, run: Run, feed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    task, lines = await run("--set", "AllowOfflineTxForUnknownId=true", "--set", "CustomDisplayCostAndPrice=true")
    await central.wait(lambda: len(central.statuses()) == 1)
    feed("display")
    feed("plug")
    await central.wait(lambda: central.statuses()[-1] == "Preparing")
    data = '{"idToken":"ME","priceText":"cheap"}'
    prices = {"vendorId": "org.openchargealliance.costmsg", "messageId": "SetUserPrice", "data": data}
    assert (await central.call("DataTransfer", prices))["status"] == "Accepted"
    for line in ("display", "event MemoryExhaustion no more room", "certificate", "data ACME Ping and pong", "offline"):
        feed(line)
    await central.wait(lambda: central.closed == 1)
    for line in ("card 1 ME", "unplug", "data ACME", "clock -3600", "clock soon", "duplicate", "reorder"):
        feed(line)
    feed("online")
    await central.wait_call("StartTransaction", 2)
    feed("quit")
    async with asyncio.timeout(10):
        await task
    assert (await central.wait_call("SecurityEventNotification"))["techInfo"] == "no more room"
    assert central.payloads("DataTransfer") == [{"vendorId": "ACME", "messageId": "Ping", "data": "and pong"}]
    assert "SignCertificate" in central.actions()
    assert central.actions().index("StopTransaction") < central.actions().index("StartTransaction")
    printed = capsys.readouterr().out
    assert "nothing yet" in printed
    assert "SetUserPrice: cheap" in printed
    assert printed.count("that does not work") == 2
    assert any("display: cheap" in line for line in lines)


@pytest.mark.parametrize("together", [True, False])
def test_a_certificate_makes_it_connect_with_it(tmp_path: Path, together: bool) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text("chain")
    key.write_text("key")
    arguments = ["--url", "wss://127.0.0.1:1/CP1", "--client-certificate", str(chain)]
    options = program.parser().parse_args(arguments if together else [*arguments, "--client-key", str(key)])
    simulated = program.charge_point(options, print)
    assert simulated.configuration("SecurityProfile") == "3"
    assert (simulated.certificates.chain, simulated.certificates.key) == ("chain", "chain" if together else "key")


async def test_it_goes_on_when_standard_input_ends(
    central: Central, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with empty.open() as source:
        monkeypatch.setattr(sys, "stdin", source)
        task, _ = await run("--time-scale", "300")
        await central.wait_call("Heartbeat")
        assert not task.done()


def test_quirks_add_up() -> None:
    together = combined(["stop_twice", "pretty_json", "no_boot"])
    assert together == Quirks(repeated_stop=2, pretty_json=True, sends_boot=False)


def test_the_help_explains_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["--help"])
    assert "card [connector] [tag]" in capsys.readouterr().out


def test_an_interrupt_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "run", interrupted)
    program.main(["--url", "ws://127.0.0.1:1/CP1"])


def outcome(folder: Path, *arguments: str, poison: Path) -> subprocess.CompletedProcess[str]:
    """Run a folder as a program where `homeassistant` cannot be imported."""
    (poison / "homeassistant.py").write_text("raise RuntimeError('Home Assistant was imported')")
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, str(folder), *arguments],
        env={"PYTHONPATH": str(poison)},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_runs_as_a_folder_without_home_assistant(tmp_path: Path) -> None:
    done = outcome(PACKAGE, "--help", poison=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "card [connector] [tag]" in done.stdout


def test_it_starts_without_what_only_files_and_certificates_need(tmp_path: Path) -> None:
    for name in ("aiohttp", "aioftp", "cryptography"):
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name} was imported')")
    done = outcome(PACKAGE, "--help", poison=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_modules_beside_its_folder_pass_for_nothing_else(tmp_path: Path) -> None:
    """The integration's `select.py`, a platform, must not be taken for the standard library's."""
    integration = tmp_path / "ocpp_csms"
    shutil.copytree(PACKAGE, integration / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("select", "selectors", "socket", "ssl", "__init__"):
        (integration / f"{name}.py").write_text(f"raise RuntimeError('{name} is not the one that was meant')")
    done = outcome(integration / "simulator", "--help", poison=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_module_of_its_own_is_named_like_one_of_the_standard_library() -> None:
    """The interpreter looks for modules in the folder it runs before it looks anywhere else."""
    assert not {path.stem for path in PACKAGE.glob("*.py")} & set(sys.stdlib_module_names)


def test_it_still_runs_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["simulator", "--help"])
    with pytest.raises(SystemExit):
        runpy.run_module("custom_components.ocpp_csms.simulator", run_name="__main__")
    assert "card [connector] [tag]" in capsys.readouterr().out


def test_it_puts_no_folder_on_the_path(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = [*sys.path]
    monkeypatch.setattr(sys, "argv", ["simulator", "--help"])
    monkeypatch.setattr(sys, "path", [*before])
    with patch.dict(sys.modules):
        with pytest.raises(SystemExit):
            runpy.run_path(str(PACKAGE), run_name="__main__")
        assert sys.modules["simulator"].__file__ == str(PACKAGE / "__init__.py")
    assert capsys.readouterr().out
    assert sys.path == before


def test_a_folder_that_cannot_be_loaded_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "spec_from_file_location", lambda *_args, **_options: None)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(ImportError, match="cannot load"):
        runpy.run_path(str(PACKAGE), run_name="__main__")


@pytest.mark.usefixtures("feed")
async def test_a_quirk_says_who_it_is_unless_told_otherwise(central: Central, run: Run) -> None:
    await run("--quirk", "goe", "--model", "Wattpilot", "--firmware", "9")
    boot = await central.wait_call("BootNotification")
    assert (boot["chargePointVendor"], boot["chargePointModel"], boot["firmwareVersion"]) == ("go-e", "Wattpilot", "9")


def test_the_car_is_described_on_the_command_line() -> None:
    options = program.parser().parse_args(
        ["--url", "ws://127.0.0.1:1/CP1", "--car-offset", "0.5", "--car-delay", "30", "--car-asleep", "pulse"]
    )
    car = program.charge_point(options, print).connector(1).car
    assert (car.offset, car.start_delay, car.asleep, car.wakes_on) == (0.5, 30, True, WakeUp.pulse)


async def test_it_speaks_tls(socket_enabled: None, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for path, pem in zip((certificate, key), make_certificate(), strict=True):
        path.write_bytes(pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    central = await Central().open(context=server)
    options = program.parser().parse_args(["--url", central.url(), "--ca", str(certificate)])
    async with program.charge_point(options, lambda _line: None) as trusting:
        await trusting.wait_accepted()
    async with SimulatedChargePoint(central.url(), reconnect_delays=(60,)) as wary:
        assert not wary.connected
    await central.close()


def test_only_what_the_loop_can_wait_for_is_read(tmp_path: Path) -> None:
    """A regular file and /dev/null would fail inside the event loop; a pipe works."""
    read_end, write_end = os.pipe()
    os.close(write_end)
    (tmp_path / "file").touch()
    with os.fdopen(read_end) as pipe, (tmp_path / "file").open() as file, Path(os.devnull).open() as null:
        assert program.can_be_waited_for(pipe)
        assert not program.can_be_waited_for(file)
        assert not program.can_be_waited_for(null)


async def test_the_version_is_an_option_and_may_be_several(central: Central, run: Run) -> None:
    central.versions = ("2.0.1",)
    await run("--version", "2.1", "--version", "2.0.1", "--connectors-per-evse", "2")
    await central.wait_call("StatusNotification", 2)
    assert central.requests[0].headers["Sec-WebSocket-Protocol"] == "ocpp2.1, ocpp2.0.1"
    assert [each["connectorId"] for each in central.payloads("StatusNotification")] == [1, 2]
