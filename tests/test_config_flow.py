"""The flow of the entry: where to listen, TLS, options, and charge points that dialled in unknown."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
import socket
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
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
from tests.tls import make_certificate, trusting

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


@pytest.fixture
def mock_setup_entry() -> Any:
    """Keep new entries from being set up."""
    with patch("custom_components.ocpp_csms.async_setup_entry", AsyncMock(return_value=True)) as mock:
        yield mock


@pytest.fixture
async def upload(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Upload:
    """Upload a file the way the frontend does, and return its id."""
    # Uploads lie in a folder of the test's own: that of the system is shared with tests that run at the same time.
    monkeypatch.setattr("homeassistant.components.file_upload.TEMP_DIR_NAME", str(tmp_path / "uploads"))
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


async def test_an_authority_of_client_certificates_may_be_given_by_path(
    hass: HomeAssistant, free_port: int, tmp_path: Path, mock_setup_entry: AsyncMock
) -> None:
    """It is checked like the certificate; a blank path is none."""
    pem = tmp_path / "both.pem"
    pem.write_bytes(b"".join(make_certificate()))
    paths = {"certificate": str(pem), "private_key": str(pem)}
    flow_id = await start_user_flow(hass)
    await submit(hass, flow_id, address(free_port, tls="path"))
    result = await submit(hass, flow_id, {**paths, "client_authority": str(tmp_path / "gone.pem")})
    assert result["errors"] == {"client_authority": "file_not_found"}
    (tmp_path / "key.pem").write_bytes(make_certificate()[1])
    result = await submit(hass, flow_id, {**paths, "client_authority": str(tmp_path / "key.pem")})
    assert result["errors"] == {"client_authority": "client_authority_invalid"}
    result = await submit(hass, flow_id, {**paths, "client_authority": " "})
    assert result["data"]["tls"] == paths


async def test_an_uploaded_authority_of_client_certificates_stays_until_it_is_removed(
    hass: HomeAssistant,
    setup_entry: Callable[[MockConfigEntry], Awaitable[None]],
    free_port: int,
    upload: Upload,
) -> None:
    """It has a file of its own, and can come and go without the certificate of the listener."""

    def kept() -> set[Path]:
        return set(Path(hass.config.path(".storage", "ocpp_csms.tls")).glob("*.pem"))

    entry = MockConfigEntry(domain=DOMAIN, data={CONF_HOST: "127.0.0.1", CONF_PORT: free_port})
    await setup_entry(entry)

    async def change(**user_input: Any) -> Any:
        result = await reconfigure(hass, entry)
        result = await submit(hass, result["flow_id"], address(free_port, tls="upload"))
        result = await submit(hass, result["flow_id"], user_input)
        await hass.async_block_till_done()
        return result

    certificate, key = make_certificate()
    authority = make_certificate()[0]
    await change(certificate=await upload(certificate), private_key=await upload(key))
    [pair] = kept()
    result = await change(client_authority=await upload(key))
    assert result["errors"] == {"client_authority": "client_authority_invalid"}
    hass.config_entries.flow.async_abort(result["flow_id"])

    await change(client_authority=await upload(authority))
    [own] = kept() - {pair}
    assert own.read_bytes() == authority
    assert own.stat().st_mode & 0o077 == 0

    certificate, key = make_certificate()
    await change(certificate=await upload(certificate), private_key=await upload(key), remove_client_authority=False)
    assert own in kept()
    assert pair not in kept()

    await change(remove_client_authority=True)
    assert own not in kept()
    assert set(entry.data["tls"]) == {"certificate", "private_key"}


async def test_the_paths_of_a_certificate_are_suggested_again(
    hass: HomeAssistant, tmp_path: Path, free_port: int, mock_setup_entry: AsyncMock
) -> None:
    """Nobody types a path twice."""
    certificate, key = make_certificate()
    (tmp_path / "both.pem").write_bytes(certificate + key)
    pem = str(tmp_path / "both.pem")
    tls = {"certificate": pem, "private_key": pem, "client_authority": pem}
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
