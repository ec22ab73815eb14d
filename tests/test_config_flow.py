"""The flow of the entry: where to listen, TLS, options, and charge points that dialled in unknown."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
import socket
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from custom_components.ocpp_csms.const import DOMAIN
from tests.conftest import SimulatorFactory
from tests.offers import offers
from tests.tls import make_certificate, trusting
from tests.waiting import until_connected

type Upload = Callable[[bytes], Awaitable[str]]


def address(port: int, host: str = "127.0.0.1", tls: str = "off") -> dict[str, Any]:
    """Return what the user types into the first form."""
    return {"port": port, "network": {"host": host}, "security": {"tls": tls}}


async def start_user_flow(hass: HomeAssistant) -> str:
    """Start the flow and return its id; its form is shown."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    return str(result["flow_id"])


async def submit(hass: HomeAssistant, flow_id: str, user_input: dict[str, Any]) -> Any:
    """Submit a form and return what comes next."""
    return await hass.config_entries.flow.async_configure(flow_id, user_input)


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Start to change the entry and return its form."""
    return await entry.start_reconfigure_flow(hass)


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the entry's state as it is now."""
    return entry.state


async def discover(hass: HomeAssistant, **info: Any) -> Any:
    """Start the flow that offers a charge point."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": "integration_discovery"}, data=info)


@pytest.fixture
def mock_setup_entry() -> Any:
    """Keep new entries from being set up."""
    with patch("custom_components.ocpp_csms.async_setup_entry", AsyncMock(return_value=True)) as mock:
        yield mock


@pytest.fixture
async def upload(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Upload:
    """Upload a file the way the frontend does, and return its id."""
    assert await async_setup_component(hass, "file_upload", {})
    client = await hass_client()

    async def upload(content: bytes) -> str:
        response = await client.post("/api/file_upload", data={"file": BytesIO(content)})
        return str((await response.json())["file_id"])

    return upload


# Where to listen


async def test_a_port_is_all_it_takes(hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock) -> None:
    """The entry listens on all addresses without TLS, and the user is told the URL for the chargers."""
    flow_id = await start_user_flow(hass)
    result = await submit(hass, flow_id, address(free_port, "0.0.0.0"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "OCPP CSMS"
    assert result["data"] == {CONF_HOST: "0.0.0.0", CONF_PORT: free_port}
    assert result["description_placeholders"]["url"].endswith(f":{free_port}/<charge point id>")
    assert result["description_placeholders"]["url"].startswith("ws://")
    assert len(mock_setup_entry.mock_calls) == 1


async def test_the_created_entry_listens(hass: HomeAssistant, free_port: int) -> None:
    """The flow leaves the port free for the entry it creates."""
    result = await submit(hass, await start_user_flow(hass), address(free_port))
    assert result["result"].state is ConfigEntryState.LOADED
    assert result["result"].runtime_data.central.port == free_port
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_a_port_in_use_is_refused_until_it_is_free(
    hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock
) -> None:
    """The error stands at the port; the same input succeeds once the other program is gone."""
    flow_id = await start_user_flow(hass)
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", free_port))
        other_program.listen()
        result = await submit(hass, flow_id, address(free_port))
    assert result["errors"] == {"port": "port_in_use"}
    result = await submit(hass, flow_id, address(free_port))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_port_that_needs_privileges_is_refused(
    hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock
) -> None:
    """The error stands at the port; another port succeeds."""
    flow_id = await start_user_flow(hass)
    with patch.object(hass.loop, "create_server", side_effect=PermissionError):
        result = await submit(hass, flow_id, address(80))
    assert result["errors"] == {"port": "port_not_allowed"}
    result = await submit(hass, flow_id, address(free_port))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(("host", "error"), [("192.0.2.1", "host_not_available"), ("charger.local", "host_invalid")])
async def test_an_address_that_is_not_ours_is_refused(
    hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock, host: str, error: str
) -> None:
    """The host hides in a section, so the error stands above the form; another host succeeds."""
    flow_id = await start_user_flow(hass)
    result = await submit(hass, flow_id, address(free_port, host))
    assert result["errors"] == {"base": error}
    result = await submit(hass, flow_id, address(free_port))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_port_has_one_entry(hass: HomeAssistant, config_entry: MockConfigEntry, free_port: int) -> None:
    """A second central system on the same port is refused."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port})
    result = await submit(hass, await start_user_flow(hass), address(free_port))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_a_second_central_system_is_told_apart_by_its_port(
    hass: HomeAssistant, config_entry: MockConfigEntry, free_port: int, mock_setup_entry: AsyncMock
) -> None:
    """Its title names the port."""
    config_entry.add_to_hass(hass)
    result = await submit(hass, await start_user_flow(hass), address(free_port))
    assert result["title"] == f"OCPP CSMS ({free_port})"


# TLS


async def test_certificate_files_are_given_by_path(
    hass: HomeAssistant, free_port: int, tmp_path: Path, mock_setup_entry: AsyncMock
) -> None:
    """The entry keeps the paths, and the URL is one of TLS."""
    certificate, key = make_certificate()
    paths = {"certificate": str(tmp_path / "certificate.pem"), "private_key": str(tmp_path / "key.pem")}
    flow_id = await start_user_flow(hass)
    result = await submit(hass, flow_id, address(free_port, tls="path"))
    assert result["step_id"] == "tls_path"

    result = await submit(hass, flow_id, paths)
    assert result["errors"] == {"certificate": "file_not_found"}

    (tmp_path / "certificate.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    result = await submit(hass, flow_id, paths)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["tls"] == paths
    assert result["description_placeholders"]["url"] == f"wss://127.0.0.1:{free_port}/<charge point id>"


async def test_an_uploaded_certificate_is_kept_in_a_private_file(
    hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock, upload: Upload
) -> None:
    """Neither certificate nor key stands in the entry's data."""
    certificate, key = make_certificate()
    flow_id = await start_user_flow(hass)
    result = await submit(hass, flow_id, address(free_port, tls="upload"))
    assert result["step_id"] == "tls_upload"

    other_key = make_certificate()[1]
    result = await submit(
        hass, flow_id, {"certificate": await upload(certificate), "private_key": await upload(other_key)}
    )
    assert result["errors"] == {"private_key": "key_mismatch"}

    result = await submit(hass, flow_id, {"certificate": await upload(certificate), "private_key": await upload(key)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    kept = Path(hass.config.path(result["data"]["tls"]["certificate"]))
    assert kept.parent.name == "ocpp_csms.tls"
    assert kept.stat().st_mode & 0o077 == 0
    assert certificate in kept.read_bytes()
    assert key in kept.read_bytes()
    await hass.config_entries.async_remove(result["result"].entry_id)
    assert not kept.exists()


async def test_an_upload_that_got_lost_is_asked_for_again(
    hass: HomeAssistant, free_port: int, mock_setup_entry: AsyncMock, upload: Upload
) -> None:
    """Home Assistant forgets uploads when it restarts."""
    certificate, key = make_certificate()
    flow_id = await start_user_flow(hass)
    await submit(hass, flow_id, address(free_port, tls="upload"))
    lost = "0" * 32
    result = await submit(hass, flow_id, {"certificate": lost, "private_key": lost})
    assert result["errors"] == {"certificate": "upload_failed"}
    result = await submit(hass, flow_id, {"certificate": await upload(certificate), "private_key": await upload(key)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_remove(result["result"].entry_id)


# Moving a central system


async def test_the_port_can_be_changed(hass: HomeAssistant, init_integration: MockConfigEntry, free_port: int) -> None:
    """The form shows the present URL; the entry listens on the new port at once, and the new URL is shown."""
    result = await reconfigure(hass, init_integration)
    assert result["step_id"] == "reconfigure"
    assert result["description_placeholders"]["url"] == "ws://127.0.0.1:0/<charge point id>"
    result = await submit(hass, result["flow_id"], address(free_port))
    assert result["reason"] == "address_changed"
    assert result["description_placeholders"]["url"] == f"ws://127.0.0.1:{free_port}/<charge point id>"
    await hass.async_block_till_done()
    assert init_integration.runtime_data.central.port == free_port


async def test_nothing_changed_disconnects_nobody(
    hass: HomeAssistant, setup_entry: Callable[[MockConfigEntry], Awaitable[None]], free_port: int
) -> None:
    """Our own listener does not make its port occupied, and it is not opened anew."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port})
    await setup_entry(entry)
    runtime = entry.runtime_data
    result = await reconfigure(hass, entry)
    result = await submit(hass, result["flow_id"], address(free_port))
    assert result["reason"] == "address_changed"
    await hass.async_block_till_done()
    assert entry.runtime_data is runtime


async def test_an_entry_that_could_not_start_starts_after_a_change(
    hass: HomeAssistant, setup_entry: Callable[[MockConfigEntry], Awaitable[None]], free_port: int
) -> None:
    """Whoever is told that a port is occupied can choose another."""
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", 0))
        other_program.listen()
        entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: other_program.getsockname()[1]})
        await setup_entry(entry)
        assert state_of(entry) is ConfigEntryState.SETUP_RETRY
        result = await reconfigure(hass, entry)
        result = await submit(hass, result["flow_id"], address(other_program.getsockname()[1]))
        assert result["errors"] == {"port": "port_in_use"}
        await submit(hass, result["flow_id"], address(free_port))
        await hass.async_block_till_done()
    assert state_of(entry) is ConfigEntryState.LOADED


async def test_an_uploaded_certificate_may_stay_be_replaced_and_be_dropped(
    hass: HomeAssistant,
    setup_entry: Callable[[MockConfigEntry], Awaitable[None]],
    free_port: int,
    upload: Upload,
) -> None:
    """What is no longer used is deleted."""

    def kept() -> list[Path]:
        return list(Path(hass.config.path(".storage", "ocpp_csms.tls")).glob("*.pem"))

    entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port})
    await setup_entry(entry)

    async def change(tls: str, user_input: dict[str, Any] | None = None) -> Any:
        result = await reconfigure(hass, entry)
        result = await submit(hass, result["flow_id"], address(free_port, tls=tls))
        if user_input is not None:
            result = await submit(hass, result["flow_id"], user_input)
        await hass.async_block_till_done()
        return result

    first, second = make_certificate(), make_certificate()
    await change("upload", {"certificate": await upload(first[0]), "private_key": await upload(first[1])})
    assert [first[0] in path.read_bytes() for path in kept()] == [True]

    await change("upload", {})
    assert [first[0] in path.read_bytes() for path in kept()] == [True]

    result = await change("upload", {"certificate": await upload(second[0])})
    assert result["errors"] == {"private_key": "upload_both"}
    hass.config_entries.flow.async_abort(result["flow_id"])

    await change("upload", {"certificate": await upload(second[0]), "private_key": await upload(second[1])})
    assert [second[0] in path.read_bytes() for path in kept()] == [True]

    result = await reconfigure(hass, entry)
    assert result["description_placeholders"]["url"].startswith("wss://")
    hass.config_entries.flow.async_abort(result["flow_id"])
    await change("off")
    assert kept() == []
    assert "tls" not in entry.data


async def test_the_paths_of_a_certificate_are_suggested_again(
    hass: HomeAssistant, tmp_path: Path, free_port: int, mock_setup_entry: AsyncMock
) -> None:
    """Nobody types a path twice."""
    certificate, key = make_certificate()
    (tmp_path / "both.pem").write_bytes(certificate + key)
    tls = {"certificate": str(tmp_path / "both.pem"), "private_key": str(tmp_path / "both.pem")}
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port, "tls": tls})
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry)
    result = await submit(hass, result["flow_id"], address(free_port, tls="path"))
    suggested = {str(key): key.description["suggested_value"] for key in result["data_schema"].schema}
    assert suggested == tls
    result = await submit(hass, result["flow_id"], tls)
    assert result["reason"] == "address_changed"
    assert Path(tls["certificate"]).exists()
    await hass.async_block_till_done()


async def test_a_certificate_that_was_renewed_under_its_path_is_taken_into_use(
    hass: HomeAssistant,
    setup_entry: Callable[[MockConfigEntry], Awaitable[None]],
    tmp_path: Path,
    free_port: int,
) -> None:
    """Nothing in the entry changes, yet the listener is opened anew with what the files hold now."""
    pem = tmp_path / "both.pem"
    pem.write_bytes(b"".join(make_certificate()))
    tls = {"certificate": str(pem), "private_key": str(pem)}
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port, "tls": tls})
    await setup_entry(entry)
    before = entry.runtime_data
    certificate, key = make_certificate()
    pem.write_bytes(certificate + key)
    result = await reconfigure(hass, entry)
    result = await submit(hass, result["flow_id"], address(free_port, tls="path"))
    await submit(hass, result["flow_id"], tls)
    await hass.async_block_till_done()
    assert entry.runtime_data is not before
    async with connect(
        f"wss://127.0.0.1:{free_port}/CP1", ssl=trusting(certificate), subprotocols=[Subprotocol("ocpp1.6")]
    ) as websocket:
        assert websocket.subprotocol == "ocpp1.6"


# Options


async def test_options_apply_without_a_new_listener(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The central system takes them over as it runs."""
    runtime = init_integration.runtime_data
    result = await hass.config_entries.options.async_init(init_integration.entry_id)
    assert result["step_id"] == "init"
    user_input = {
        "unknown_charge_points": "reject",
        "id_tag_policy": "listed_only",
        "allowed_networks": ["192.168.1.7/24", " ", "fd00::/8"],
        "heartbeat_interval": 60,
        "call_timeout": 12.0,
    }
    result = await hass.config_entries.options.async_configure(result["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == user_input | {"allowed_networks": ["192.168.1.0/24", "fd00::/8"]}
    await hass.async_block_till_done()
    assert init_integration.runtime_data is runtime
    settings = runtime.central.settings
    assert settings.discover is False
    assert settings.allowed_networks == ("192.168.1.0/24", "fd00::/8")
    assert (settings.heartbeat_interval, settings.call_timeout) == (60, 12.0)
    assert runtime.central.authorization.policy == "listed_only"


async def test_what_is_no_network_is_refused(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The error names it; without networks all are allowed."""
    result = await hass.config_entries.options.async_init(init_integration.entry_id)
    user_input = {
        "unknown_charge_points": "discover",
        "id_tag_policy": "accept_all",
        "heartbeat_interval": 300,
        "call_timeout": 30,
    }
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], user_input | {"allowed_networks": ["10.0.0.0/8", "the garage"]}
    )
    assert result["errors"] == {"allowed_networks": "network_invalid"}
    assert result["description_placeholders"] == {"network": "the garage"}
    result = await hass.config_entries.options.async_configure(result["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["allowed_networks"] == []


# A charge point that dialled in unknown


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [({}, (32.0, 3)), ({"maximum_current": 16, "phases": "1"}, (16.0, 1))],
    ids=["as is", "less"],
)
async def test_a_charge_point_that_dials_in_is_offered_and_added_with_one_click(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    simulator: SimulatorFactory,
    answers: dict[str, Any],
    allowed: tuple[float, int],
) -> None:
    """The offer names vendor, model and id, and asks what the installation allows; it works at once, on the connection it has."""
    with offers(hass) as offered:
        charger = await simulator("CP-2", vendor="Ampere", model="One")
        [flow] = await offered.count(1)
        assert flow["context"]["title_placeholders"] == {"name": "Ampere One (CP-2)"}
        assert not charger.registered

        result = await submit(hass, flow["flow_id"], answers)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "charge_point_added"
    subentry = next(item for item in init_integration.subentries.values() if item.unique_id == "CP-2")
    assert (subentry.subentry_type, subentry.title) == ("charge_point", "Ampere One (CP-2)")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP-2"]
    assert charge_point.connected
    assert (charge_point.settings.maximum_current, charge_point.settings.phases) == allowed
    assert charger.journal.exchanged["BootNotification"] == 2
    assert hass.states.is_state("binary_sensor.ampere_one_cp_2_connected", "on")


async def test_a_charge_point_that_is_ignored_is_not_offered_until_it_is_no_longer_ignored(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """Ignoring is Home Assistant's own; taking it back offers the charge point again if it is still there."""
    with offers(hass) as offered:
        await simulator("CP2")
        [flow] = await offered.count(1)
        await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_IGNORE, "discovery_key": flow["context"]["discovery_key"]},
            data={"unique_id": flow["context"]["unique_id"], "title": "Charger"},
        )
        runtime = init_integration.runtime_data
        runtime.discovered(runtime.central.charge_points["CP2"])
        await hass.async_block_till_done()
        assert offered.current() == []

        [ignored] = [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.source == SOURCE_IGNORE]
        await hass.config_entries.async_remove(ignored.entry_id)
        assert len(await offered.count(1)) == 1


async def test_a_charge_point_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Whichever way it became known."""
    info = {"entry_id": init_integration.entry_id, "charge_point_id": "CP1", "vendor": None, "model": None}
    result = await discover(hass, **info)
    assert result["reason"] == "already_configured"

    with patch("custom_components.ocpp_csms.config_flow.identity_in_use", return_value=False):
        result = await discover(hass, **info)
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == {"charge_point_id": "CP1", "vendor": "?", "model": "?"}
    result = await submit(hass, result["flow_id"], {})
    assert result["reason"] == "already_configured"


async def test_a_charge_point_cannot_be_added_to_a_central_system_that_is_not_running(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """The user is told so."""
    config_entry.add_to_hass(hass)
    result = await discover(hass, entry_id=config_entry.entry_id, charge_point_id="CP2", vendor="Ampere", model=None)
    result = await submit(hass, result["flow_id"], {})
    assert result["reason"] == "central_system_not_loaded"


async def test_a_charge_point_that_was_added_by_hand_is_no_longer_offered(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The offer disappears, and the waiting charge point is accepted."""
    with offers(hass) as offered:
        charger = await simulator("CP2")
        await offered.count(1)
        result = await hass.config_entries.subentries.async_init(
            (init_integration.entry_id, "charge_point"), context={"source": SOURCE_USER}
        )
        await hass.config_entries.subentries.async_configure(
            result["flow_id"],
            {
                "charge_point_id": "CP2",
                "generate_password": False,
                "maximum_current": 16,
                "phases": "3",
                "advanced": {"configure": True, "meter_interval": 30, "validation": "tolerant", "id_tag": "X"},
            },
        )
        await offered.count(0)
    await until_connected(init_integration.runtime_data.central.charge_points["CP2"])
    await charger.wait_accepted()
