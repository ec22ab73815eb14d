"""Files of charge points on disk, below the configuration folder: where they lie, how many are kept, and how a person gets at a log.

Nothing here talks to a charge point. What touches the disk runs in the executor.
"""

from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
import re
import shutil
import time
from urllib.parse import quote

from aiohttp import web
from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.files.file_transfer import safe_name
from custom_components.ocpp_csms.settings import charge_point_subentries

KEPT_LOGS = 5  # of each charge point
LARGEST_FIRMWARE = 512 * 2**20  # bytes

_LINK_LASTS = timedelta(days=7)
_UPLOAD_LASTS = timedelta(hours=2)  # at the most, with plenty to spare


def logs_folder(hass: HomeAssistant, entry_id: str, identity: str) -> Path:
    """Return where the logs of a charge point are."""
    return _folder(hass, entry_id, "logs") / _folder_name(identity)


def firmware_folder(hass: HomeAssistant, entry_id: str, identity: str) -> Path:
    """Return where firmware is that was uploaded for a charge point: one file."""
    return _folder(hass, entry_id, "firmware") / _folder_name(identity)


async def async_make_folder(hass: HomeAssistant, folder: Path) -> None:
    """Make a folder with those above it. Raises `OSError`."""

    def make() -> None:
        folder.mkdir(parents=True, exist_ok=True)

    await hass.async_add_executor_job(make)


async def async_trim_logs(hass: HomeAssistant, folder: Path) -> None:
    """Delete all but the newest logs of a charge point, and what is left of uploads that broke off."""

    def trim() -> None:
        files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        files.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-KEPT_LOGS]:
            path.unlink(missing_ok=True)
        latest = time.time() - _UPLOAD_LASTS.total_seconds()
        for path in folder.glob(".*"):
            if path.stat().st_mtime < latest:
                path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)

    await hass.async_add_executor_job(trim)


async def async_keep_firmware(hass: HomeAssistant, entry_id: str, identity: str, file_id: str) -> str:
    """Keep an uploaded file as the firmware for a charge point, instead of an earlier one. Returns its name. Raises `OSError`, `ValueError`."""
    folder = firmware_folder(hass, entry_id, identity)

    def keep() -> str:
        with process_uploaded_file(hass, file_id) as upload:
            if not 0 < upload.stat().st_size <= LARGEST_FIRMWARE:
                raise ValueError("no firmware has this size")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            return Path(shutil.copyfile(upload, folder / safe_name(upload.name))).name

    return await hass.async_add_executor_job(keep)


async def async_forget_firmware(hass: HomeAssistant, entry_id: str, identity: str) -> None:
    """Delete the firmware that was uploaded for a charge point."""
    await hass.async_add_executor_job(_remove, firmware_folder(hass, entry_id, identity))


async def async_forget_charge_point(hass: HomeAssistant, entry_id: str, identity: str) -> None:
    """Delete all files of a charge point."""
    for folder in (logs_folder, firmware_folder):
        await hass.async_add_executor_job(_remove, folder(hass, entry_id, identity))


async def async_forget_entry(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all files of a central system's charge points."""
    await hass.async_add_executor_job(_remove, _folder(hass, entry_id))


@callback
def async_log_link(hass: HomeAssistant, entry_id: str, identity: str, name: str) -> str:
    """Return a path from which a log can be downloaded for a week without logging in."""
    path = LogView.url.format(entry_id=entry_id, identity=quote(identity, safe=""), name=quote(name))
    return async_sign_path(hass, path, _LINK_LASTS, use_content_user=True)


class LogView(HomeAssistantView):
    """Hands out logs that charge points have sent."""

    url = f"/api/{DOMAIN}/logs/{{entry_id}}/{{identity}}/{{name}}"
    name = f"api:{DOMAIN}:logs"

    async def get(self, request: web.Request, entry_id: str, identity: str, name: str) -> web.StreamResponse:
        """Return one log, to be saved as a file."""
        hass = request.app[KEY_HASS]
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN or not _is_kept(entry, identity, name):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        path = logs_folder(hass, entry_id, identity) / name
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(path, headers=headers)


def _is_kept(entry: ConfigEntry, identity: str, name: str) -> bool:
    """Tell whether a log can have this name: no other name ever reaches the file system."""
    return identity in charge_point_subentries(entry) and name == safe_name(name)


def _folder(hass: HomeAssistant, entry_id: str, *below: str) -> Path:
    return Path(hass.config.path(DOMAIN, entry_id, *below))


def _folder_name(identity: str) -> str:
    """Return a name that no other identity has, and any file system bears."""
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", identity)[:40]
    return f"{readable}.{sha256(identity.encode()).hexdigest()[:12]}"


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
