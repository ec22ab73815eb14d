"""Fixtures that all tests share: sockets on the loopback, an entry on an ephemeral port, simulated charge points that dial in."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
import socket
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Imported here so that the test harness's own custom_components folder does not shadow ours.
import custom_components.ocpp_csms  # noqa: F401
from custom_components.ocpp_csms.const import DOMAIN, NAME, SUBENTRY_CHARGE_POINT
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.actions.calls import device_of
from tests.scripted import ScriptedDialect, report

VERSIONS = ("1.6", "2.0.1", "2.1")

type SimulatorFactory = Callable[..., Awaitable[SimulatedChargePoint]]


@pytest.fixture(autouse=True)
def _home_assistant_finds_the_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load custom integrations, in tests that have one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """The folder that Home Assistant keeps its files in: each test has its own."""
    folder = tmp_path / "config"
    (folder / ".storage").mkdir(parents=True)
    return str(folder)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let tests open sockets; the harness keeps them on 127.0.0.1."""


@pytest.fixture
def free_port(socket_enabled: None) -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def own_folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """The configuration folder of Home Assistant, the test's own."""
    hass.config.config_dir = str(tmp_path)
    return tmp_path


@pytest.fixture
def entry_data() -> dict[str, Any]:
    """The data of an entry that listens on the loopback, on a port that the system picks."""
    return {CONF_HOST: "127.0.0.1", CONF_PORT: 0}


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """The options of the entry; tests override the fixture."""
    return {}


@pytest.fixture
def charge_point_subentry() -> ConfigSubentryData:
    """The subentry of a charge point CP1 with the settings that the flow would save."""
    return ConfigSubentryData(
        data={"charge_point_id": "CP1"}, subentry_type=SUBENTRY_CHARGE_POINT, title="CP1", unique_id="CP1"
    )


@pytest.fixture
def subentries(charge_point_subentry: ConfigSubentryData) -> list[ConfigSubentryData]:
    """The subentries of the entry; tests override the fixture."""
    return [charge_point_subentry]


@pytest.fixture
def config_entry(
    entry_data: dict[str, Any], entry_options: dict[str, Any], subentries: list[ConfigSubentryData]
) -> MockConfigEntry:
    """An entry that is not set up."""
    return MockConfigEntry(
        domain=DOMAIN, title=NAME, data=entry_data, options=entry_options, subentries_data=subentries
    )


@pytest.fixture
async def setup_entry(hass: HomeAssistant) -> AsyncGenerator[Callable[[MockConfigEntry], Awaitable[None]]]:
    """Set up entries, and unload at the end what is still loaded."""
    entries: list[MockConfigEntry] = []

    async def setup(entry: MockConfigEntry) -> None:
        entries.append(entry)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    yield setup
    for entry in entries:
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
async def init_integration(
    config_entry: MockConfigEntry, setup_entry: Callable[[MockConfigEntry], Awaitable[None]]
) -> MockConfigEntry:
    """The entry, set up and listening."""
    await setup_entry(config_entry)
    assert config_entry.state is ConfigEntryState.LOADED
    return config_entry


@pytest.fixture(params=VERSIONS)
def ocpp_version(request: pytest.FixtureRequest) -> str:
    """The version that simulated charge points speak: what a user sees must be the same in each.

    Tests of what is one version's alone are parametrized with that one, and say why.
    """
    return str(request.param)


@pytest.fixture
async def simulator(init_integration: MockConfigEntry, ocpp_version: str) -> AsyncGenerator[SimulatorFactory]:
    """A function that starts a charge point which dials in to the entry; they all stop before the entry is unloaded.

    It takes an identity and the options of `SimulatedChargePoint`, and returns when the first connection attempt has been
    made. Time stands still in the charge points (`auto_tick` is off) unless the test says otherwise.
    """
    charge_points: list[SimulatedChargePoint] = []

    async def start(identity: str = "CP1", **options: Any) -> SimulatedChargePoint:
        url = f"ws://127.0.0.1:{init_integration.runtime_data.central.port}/{identity}"
        charge_point = SimulatedChargePoint(url, identity, **{"auto_tick": False, "version": ocpp_version, **options})
        charge_points.append(charge_point)
        await charge_point.start()
        return charge_point

    yield start
    for charge_point in charge_points:
        await charge_point.stop()


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", True):
        yield


@pytest.fixture
def far_end() -> ScriptedDialect:
    """The far end of the connection that `charge_point` has: it notes and answers commands."""
    return ScriptedDialect()


@pytest.fixture
async def charge_point(init_integration: MockConfigEntry, far_end: ScriptedDialect) -> AsyncGenerator[ChargePoint]:
    """CP1 of the entry, connected to `far_end`, with one connector that is available."""
    connected: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    far_end.charge_point = connected
    connected.attach(far_end, "127.0.0.1")
    connected.speaks(far_end)
    report(connected, 1, ConnectorStatus.AVAILABLE)
    yield connected
    connected.detach(far_end)


@pytest.fixture
async def device_id(hass: HomeAssistant, charge_point: ChargePoint) -> str:
    """The device of CP1, which has one connector."""
    await hass.async_block_till_done()
    return device_of(hass, "sensor", "CP1_0_status")


@pytest.fixture
async def second_connector(hass: HomeAssistant, charge_point: ChargePoint, device_id: str) -> str:
    """The device of the second connector of CP1."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    return device_of(hass, "sensor", "CP1_2_status")


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Snapshots in Home Assistant's terms: registry entries and states without what changes from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)
