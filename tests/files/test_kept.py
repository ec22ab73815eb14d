"""Files of chargers: where they lie, who gets at them, and when they go."""

from http import HTTPStatus
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.files.kept import async_log_link, firmware_folder, logs_folder

pytestmark = pytest.mark.usefixtures("own_folder")


def write(folder: Path, name: str = "log.zip") -> Path:
    """Put a file into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"content")
    return path


@pytest.mark.parametrize("identity", ["..", ".", "a" * 255, "Garage links äöü", "\U0001f50c" * 60, "con"])
def test_every_identity_has_a_folder_of_its_own(hass: HomeAssistant, tmp_path: Path, identity: str) -> None:
    """Just below that of the logs, under a name that any file system bears."""
    hass.config.config_dir = str(tmp_path)
    folder = logs_folder(hass, "entry", identity)
    assert folder.resolve().parent == tmp_path / "ocpp_csms" / "entry" / "logs"
    assert folder != logs_folder(hass, "entry", identity.swapcase() + "x")
    assert write(folder).exists()


async def test_a_log_is_handed_out_to_who_is_logged_in_or_has_the_link(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """To nobody else."""
    entry_id = init_integration.entry_id
    write(logs_folder(hass, entry_id, "CP1"))
    path = f"/api/ocpp_csms/logs/{entry_id}/CP1/log.zip"
    stranger = await hass_client_no_auth()
    assert (await stranger.get(path)).status == HTTPStatus.UNAUTHORIZED
    assert await (await (await hass_client()).get(path)).read() == b"content"
    assert await (await stranger.get(async_log_link(hass, entry_id, "CP1", "log.zip"))).read() == b"content"


@pytest.mark.parametrize(
    "path",
    [
        "{entry}/CP1/other.zip",
        "{entry}/CP2/log.zip",
        "{entry}/CP1/..%2F..%2Fsecrets.yaml",
        "{entry}/CP1/.hidden",
        "nobody/CP1/log.zip",
    ],
)
async def test_nothing_else_is_handed_out(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_client: ClientSessionGenerator, path: str
) -> None:
    """Whatever is asked for."""
    folder = logs_folder(hass, init_integration.entry_id, "CP1")
    write(folder)
    write(folder, ".hidden")
    write(folder.parent.parent, "secrets.yaml")
    client = await hass_client()
    response = await client.get(f"/api/ocpp_csms/logs/{path.format(entry=init_integration.entry_id)}")
    assert response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}  # Home Assistant's filter comes first


async def test_the_files_of_a_charger_go_with_it(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Those of others stay."""
    entry_id = init_integration.entry_id
    gone = [write(folder(hass, entry_id, "CP1")) for folder in (logs_folder, firmware_folder)]
    stays = write(logs_folder(hass, entry_id, "CP2"))
    subentry = next(iter(init_integration.subentries))
    hass.config_entries.async_remove_subentry(init_integration, subentry)
    await hass.async_block_till_done()
    assert [path.exists() for path in (*gone, stays)] == [False, False, True]


async def test_all_files_go_with_the_central_system(
    hass: HomeAssistant, init_integration: MockConfigEntry, tmp_path: Path
) -> None:
    """Nothing is left of them."""
    write(logs_folder(hass, init_integration.entry_id, "CP1"))
    await hass.config_entries.async_remove(init_integration.entry_id)
    assert list((tmp_path / "ocpp_csms").iterdir()) == []
