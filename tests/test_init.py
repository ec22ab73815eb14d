"""An entry opens a central system, closes it and leaves nothing behind."""

from collections.abc import Awaitable, Callable
from pathlib import Path
import socket
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Subprotocol

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from tests.conftest import SimulatorFactory
from tests.scripted import ScriptedDialect, entity_id, report
from tests.tls import make_certificate, trusting
from tests.waiting import until_connected

type SetUp = Callable[[MockConfigEntry], Awaitable[None]]


def is_bound(port: int) -> bool:
    """Tell whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def entry_on(port: int, **data: Any) -> MockConfigEntry:
    """Return an entry on this port of the loopback."""
    return MockConfigEntry(domain=DOMAIN, title="OCPP CSMS", data={CONF_HOST: "127.0.0.1", CONF_PORT: port, **data})


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the entry's state as it is now."""
    return entry.state


async def test_actions_are_there_without_an_entry(hass: HomeAssistant) -> None:
    """Automations that use them are valid before anything is set up."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.has_service(DOMAIN, "start_transaction")


async def test_an_entry_listens_until_it_is_unloaded(hass: HomeAssistant, setup_entry: SetUp, free_port: int) -> None:
    """The port is free again afterwards, at once."""
    entry = entry_on(free_port)
    await setup_entry(entry)
    assert is_bound(free_port)
    await hass.config_entries.async_unload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.NOT_LOADED
    assert not is_bound(free_port)


async def test_a_reload_opens_the_same_port_again(hass: HomeAssistant, setup_entry: SetUp, free_port: int) -> None:
    """A charger dials in again by itself."""
    entry = entry_on(free_port)
    await setup_entry(entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert is_bound(free_port)


async def test_platforms_that_cannot_unload_keep_the_listener_open(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Nothing is closed half."""
    with patch.object(hass.config_entries, "async_unload_platforms", return_value=False):
        assert not await hass.config_entries.async_unload(init_integration.entry_id)
    assert is_bound(init_integration.runtime_data.central.port)
    object.__setattr__(init_integration, "state", ConfigEntryState.LOADED)


async def test_the_central_system_has_a_device(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Charge points hang below it."""
    devices = dr.async_get(hass)
    central_system = devices.async_get_device_by_identifier(
        (DOMAIN, init_integration.entry_id), init_integration.entry_id
    )
    charge_point = devices.async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert central_system is not None
    assert charge_point is not None
    assert central_system.entry_type is dr.DeviceEntryType.SERVICE
    assert charge_point.via_device_id == central_system.id


# The port is taken


async def test_an_occupied_port_is_tried_again(
    hass: HomeAssistant, setup_entry: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    """The user is told, and once the port is free the entry starts and the issue goes away."""
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", 0))
        other_program.listen()
        entry = entry_on(other_program.getsockname()[1])
        await setup_entry(entry)
        assert state_of(entry) is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "port_in_use"
        issue = issue_registry.async_get_issue(DOMAIN, f"listener_{entry.entry_id}")
        assert issue is not None
        assert issue.translation_key == "port_in_use"
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert issue_registry.async_get_issue(DOMAIN, f"listener_{entry.entry_id}") is None


async def test_a_port_that_is_taken_at_the_last_moment_leaves_no_entities_behind(
    hass: HomeAssistant, setup_entry: SetUp, config_entry: MockConfigEntry
) -> None:
    """The retry finds a clean house."""
    with patch.object(CentralSystem, "start", side_effect=OSError(98, "Address already in use")):
        await setup_entry(config_entry)
    assert state_of(config_entry) is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_reload(config_entry.entry_id)
    assert state_of(config_entry) is ConfigEntryState.LOADED


# TLS


@pytest.fixture
def tls_files(tmp_path: Path) -> dict[str, str]:
    """Files of a certificate and its key; the entry's data names them."""
    certificate, key = make_certificate()
    (tmp_path / "certificate.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    return {"certificate": str(tmp_path / "certificate.pem"), "private_key": str(tmp_path / "key.pem")}


async def test_a_listener_with_a_certificate_speaks_tls_only(
    hass: HomeAssistant, setup_entry: SetUp, tls_files: dict[str, str], free_port: int
) -> None:
    """A charger that trusts the certificate gets in; one without TLS does not."""
    await setup_entry(entry_on(free_port, tls=tls_files))
    trust = trusting(Path(tls_files["certificate"]).read_bytes())
    subprotocols = [Subprotocol("ocpp1.6")]
    async with connect(f"wss://127.0.0.1:{free_port}/CP1", ssl=trust, subprotocols=subprotocols) as websocket:
        assert websocket.subprotocol == "ocpp1.6"
    # In debug mode alone asyncio reports each failed handshake as an error.
    hass.loop.set_debug(False)
    with pytest.raises((InvalidHandshake, OSError)):
        await connect(f"ws://127.0.0.1:{free_port}/CP1", subprotocols=subprotocols, open_timeout=5)


async def test_a_bad_certificate_is_an_error_and_no_open_line(
    hass: HomeAssistant,
    setup_entry: SetUp,
    tls_files: dict[str, str],
    free_port: int,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Nothing listens; the user is told what is wrong, until it is put right."""
    key = Path(tls_files["private_key"])
    good_key = key.read_bytes()
    key.write_bytes(make_certificate()[1])
    entry = entry_on(free_port, tls=tls_files)
    await setup_entry(entry)
    assert state_of(entry) is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "key_mismatch"
    assert not is_bound(free_port)
    issue = issue_registry.async_get_issue(DOMAIN, f"listener_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == "key_mismatch"

    key.write_bytes(good_key)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert issue_registry.async_get_issue(DOMAIN, f"listener_{entry.entry_id}") is None


# The end


@pytest.mark.parametrize("ending", ["stop", "unload"])
async def test_chargers_are_told_to_dial_again(
    hass: HomeAssistant, init_integration: MockConfigEntry, ending: str
) -> None:
    """Their connection is closed with 1001, going away."""
    central = init_integration.runtime_data.central
    url = f"ws://127.0.0.1:{central.port}/CP1"
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")]) as websocket:
        await until_connected(central.charge_points["CP1"])
        if ending == "stop":
            hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
            await hass.async_block_till_done()
        else:
            await hass.config_entries.async_unload(init_integration.entry_id)
        await websocket.wait_closed()
        assert websocket.close_code == 1001


async def test_what_is_kept_is_on_disk_before_the_listener_opens(
    hass: HomeAssistant, setup_entry: SetUp, config_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """No id of a transaction that was given out can be forgotten."""
    found: list[bool] = []
    start = CentralSystem.start

    async def checked(central: CentralSystem) -> None:
        found.append(f"ocpp_csms.{config_entry.entry_id}" in hass_storage)
        await start(central)

    with patch.object(CentralSystem, "start", checked):
        await setup_entry(config_entry)
    assert found == [True]


async def test_a_transaction_survives_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The store is written at unload and read at set-up."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    await charger.plug_in(1)
    await charger.present_card(1)
    await charger.wait_status(1, "Charging")
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    before = charge_point.connectors[1].transaction
    assert before.running
    await charger.stop()
    await hass.config_entries.async_reload(init_integration.entry_id)
    again = init_integration.runtime_data.central.charge_points["CP1"]
    assert again is not charge_point
    assert again.connectors[1].transaction.transaction_id == before.transaction_id
    assert again.connectors[1].transaction.running


async def test_removing_the_entry_deletes_what_it_kept(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    hass_storage: dict[str, Any],
    issue_registry: ir.IssueRegistry,
) -> None:
    """Neither file nor issue stays."""
    for count in (1, 2, 3):
        init_integration.runtime_data.authentication_failed("CP1", "192.168.1.20", count)
    assert f"ocpp_csms.{init_integration.entry_id}" in hass_storage
    assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is not None
    await hass.config_entries.async_remove(init_integration.entry_id)
    assert f"ocpp_csms.{init_integration.entry_id}" not in hass_storage
    assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is None


async def test_only_devices_of_what_is_gone_can_be_deleted(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """A connector that its charge point no longer has can; what is there cannot."""
    assert await async_setup_component(hass, "config", {})
    runtime = init_integration.runtime_data
    charge_point = runtime.central.charge_points["CP1"]
    charge_point.attach(ScriptedDialect(), "127.0.0.1")
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    devices = dr.async_get(hass)
    present = devices.async_get_child_device_by_identifier((DOMAIN, "CP1/2"), init_integration.entry_id)
    parent = devices.async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    own = devices.async_get_device_by_identifier((DOMAIN, init_integration.entry_id), init_integration.entry_id)
    assert present is not None
    assert parent is not None
    assert own is not None
    gone = devices.async_get_or_create_child(
        config_entry_id=init_integration.entry_id,
        config_subentry_id=parent.config_subentry_id,
        identifiers={(DOMAIN, "CP1/7")},
        parent_device_id=parent.id,
        name="Connector 7",
    )
    client = await hass_ws_client(hass)
    answers = [(await client.remove_device(device.id))["success"] for device in (own, parent, present, gone)]
    assert answers == [False, False, False, True]


async def test_devices_of_an_entry_that_is_not_loaded_can_be_deleted(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """Nobody knows what is there; what is comes back."""
    assert await async_setup_component(hass, "config", {})
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    await hass.config_entries.async_unload(init_integration.entry_id)
    client = await hass_ws_client(hass)
    assert (await client.remove_device(device.id))["success"]
    await hass.config_entries.async_reload(init_integration.entry_id)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id) is not None


async def test_a_connector_that_the_charger_does_not_have_can_be_deleted(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """It is forgotten with its entities. The one that is left is the only one again, and a new one is made anew."""
    assert await async_setup_component(hass, "config", {})
    entities = er.async_get(hass)
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    charge_point.attach(ScriptedDialect(), "127.0.0.1")
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    report(charge_point, 7, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    client = await hass_ws_client(hass)

    def device_of(unique_id: str) -> str:
        found = entities.async_get(entity_id(hass, "sensor", unique_id))
        assert found is not None
        assert found.device_id is not None
        return found.device_id

    async def delete() -> bool:
        return bool((await client.remove_device(device_of("CP1_7_status")))["success"])

    assert not await delete()
    charge_point.attach(ScriptedDialect(), "127.0.0.1")
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    assert not await delete()
    charge_point.connectors_known(1)
    assert await delete()
    await hass.async_block_till_done()
    assert list(charge_point.connectors) == [0, 1]
    assert entities.async_get_entity_id("sensor", DOMAIN, "CP1_7_status") is None
    assert device_of("CP1_1_status") == device_of("CP1_0_status")
    assert hass.states.is_state("sensor.cp1_status", "available")
    assert entities.async_get_entity_id("event", DOMAIN, "CP1_1_id_tag_presented") is not None

    report(charge_point, 7, ConnectorStatus.FAULTED)
    await hass.async_block_till_done()
    assert hass.states.is_state("sensor.cp1_connector_7_status", "faulted")
