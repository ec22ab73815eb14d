"""A Home Assistant of the demonstration's own: installed, started, logged in to, and told what to do over its public interfaces."""

import asyncio
from collections.abc import Mapping, Sequence, Set as AbstractSet
import json
import math
from pathlib import Path
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from .dashboard import DASHBOARD_PATH, DASHBOARD_TITLE

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - opens nothing but the demonstration, and is printed
DOMAIN = "ocpp_csms"

CONFIGURATION = """\
homeassistant:
  name: Demonstration
  latitude: 52.37
  longitude: 4.9
  elevation: 2
  unit_system: metric
  time_zone: Europe/Amsterdam
  currency: EUR
  country: NL
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1, "::1"]
      allow_bypass_login: true
    - type: homeassistant
frontend:
config:
history:
logbook:
energy:
my:
system_health:
recorder:
  commit_interval: 1
logger:
  default: warning
"""


def http_server(port: int) -> dict[str, Any]:
    """Return the stored settings of the web server, as if they had been confirmed in the browser."""
    stable = {
        "server_port": port,
        "server_host": ["127.0.0.1"],
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    data = {"stable": stable, "pending": None, "yaml_migration_done": True}
    return {"version": 2, "minor_version": 2, "key": "http", "data": data}


ONBOARDED = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["user", "core_config", "analytics", "integration"]},
}


class HomeError(Exception):
    """Home Assistant could not be installed or started, or refused something. The text says what to do."""


class Home:
    """A running Home Assistant; an asynchronous context manager."""

    def __init__(self, root: Path, state: Path, *, port: int, version: str | None) -> None:
        """`root` is the project, `state` the folder to keep everything in; `version` None: the one of the project's `.venv`."""
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = state / "home-assistant.log"
        self._root = root
        self._state = state
        self._port = port
        self._version = version
        self._configuration = state / "config"
        self._process: subprocess.Popen[bytes] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._command_id = 0
        self._refresh_token = ""
        self._token_ends = 0.0  # s of the monotonic clock

    async def __aenter__(self) -> Self:
        """Install what is missing, start, and log in."""
        try:
            await asyncio.to_thread(self._prepare)
            self._start()
            self._session = aiohttp.ClientSession(self.url)
            await self._wait_until_up()
            await self._log_in()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        await self._end()

    # What a user does with it

    async def set_up_central_system(self, port: int) -> int:
        """Add the integration through its config flow, unless it is there; return the port that chargers dial. 0: any free one."""
        if (entry_id := await self._entry_id()) is not None:
            return await self._port_of(entry_id)
        port = port or _free_port()
        flow = await self._post("/api/config/config_entries/flow", {"handler": DOMAIN})
        result = await self._post(
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {"port": port, "network": {"host": "127.0.0.1"}, "security": {"tls": "off"}},
        )
        if result["type"] != "create_entry":
            raise HomeError(f"The integration could not be set up: {json.dumps(result.get('errors'))}")
        return port

    async def confirm_charge_points(self, identities: set[str]) -> None:
        """Confirm each charge point as it is discovered, until all are known."""
        while identities - await self._known_charge_points():
            for flow in await self._command("config_entries/flow/progress"):
                if flow["handler"] == DOMAIN and flow["step_id"] == "confirm":
                    await self._post(f"/api/config/config_entries/flow/{flow['flow_id']}", {})
            await asyncio.sleep(0.5)

    async def entities_of(self, identities: Sequence[str], keys: AbstractSet[str]) -> dict[str, dict[str, str]]:
        """Return entity ids by identity and by the connector and key of their unique ids (`1_power`), once all `keys` are there.

        Entities of measured values come into being with the first meter values.
        """
        while True:
            registry = await self._command("config/entity_registry/list")
            entities = {
                identity: {
                    entity["unique_id"].removeprefix(f"{identity}_"): entity["entity_id"]
                    for entity in registry
                    if entity["platform"] == DOMAIN and entity["unique_id"].startswith(f"{identity}_")
                }
                for identity in identities
            }
            if all(keys <= known.keys() for known in entities.values()):
                return entities
            await asyncio.sleep(0.5)

    async def site_entities(self, keys: AbstractSet[str]) -> dict[str, str]:
        """Return the ids of the central system's own entities by the keys of their unique ids, once all `keys` are there."""
        entry_id = await self._entry_id() or ""
        return (await self.entities_of([entry_id], keys))[entry_id]

    async def publish(self, entity: str, value: float, attributes: Mapping[str, str]) -> None:
        """Show a value of a meter."""
        await self._post(f"/api/states/{entity}", {"state": str(value), "attributes": attributes})

    async def set_up_energy(self, preferences: Mapping[str, Any]) -> None:
        """Set up the Energy dashboard."""
        await self._command("energy/save_prefs", **preferences)

    async def set_up_site(self) -> dict[str, Any] | None:
        """Submit the form for solar charging as it is filled in by itself. Return what was filled in; None: it was set up before."""
        entry_id = await self._entry_id()
        subentries = await self._command("config_entries/subentries/list", entry_id=entry_id)
        if any(item["subentry_type"] == "site" for item in subentries):
            return None
        flow = await self._post("/api/config/config_entries/subentries/flow", {"handler": [entry_id, "site"]})
        filled = _filled_in(flow["data_schema"])
        result = await self._post(f"/api/config/config_entries/subentries/flow/{flow['flow_id']}", filled)
        if result["type"] != "create_entry":
            raise HomeError(f"Solar charging could not be set up: {json.dumps(result.get('errors'))}")
        return filled

    async def set_number(self, entity: str, value: float) -> None:
        """Move a slider."""
        await self._post("/api/services/number/set_value", {"entity_id": entity, "value": value})

    async def choose(self, entity: str, option: str) -> None:
        """Choose an option of a select."""
        await self._post("/api/services/select/select_option", {"entity_id": entity, "option": option})

    async def state(self, entity: str) -> str:
        """Return what an entity shows."""
        return str((await self._get(f"/api/states/{entity}"))["state"])

    async def save_dashboard(self, configuration: Mapping[str, Any]) -> None:
        """Put up the dashboard."""
        existing = {item["url_path"] for item in await self._command("lovelace/dashboards/list")}
        if DASHBOARD_PATH not in existing:
            await self._command(
                "lovelace/dashboards/create",
                url_path=DASHBOARD_PATH,
                title=DASHBOARD_TITLE,
                icon="mdi:ev-station",
                mode="storage",
                show_in_sidebar=True,
                require_admin=False,
            )
        await self._command("lovelace/config/save", url_path=DASHBOARD_PATH, config=configuration)

    # Installing and starting

    def _prepare(self) -> None:
        python = self._python()
        storage = self._configuration / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        (self._configuration / "configuration.yaml").write_text(CONFIGURATION)
        (storage / "http").write_text(json.dumps(http_server(self._port)))
        link = self._configuration / "custom_components" / DOMAIN
        link.parent.mkdir(exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(self._root / "custom_components" / DOMAIN)
        if not (storage / "onboarding").exists():
            (storage / "onboarding").write_text(json.dumps(ONBOARDED))
            _run([python, "-m", "homeassistant", "--script", "auth", "-c", self._configuration, "add", USER, PASSWORD])

    def _python(self) -> Path:
        """Return the Python of the wanted Home Assistant with all that its frontend needs, installed if it is not."""
        uv = Path(subprocess.check_output([self._root / "scripts/uv"], text=True).strip())  # noqa: S603 - our own script
        own = self._root / ".venv/bin/python"
        if self._version is None:
            python = own
        else:
            python = self._state.parent / ".tools" / f"home-assistant-{self._version}" / "bin/python"
            if not python.exists():
                print(f"Installing Home Assistant {self._version} …", flush=True)
                _run([uv, "venv", "--quiet", "--python", own, python.parents[1]])
            requirements = json.loads((self._root / "custom_components" / DOMAIN / "manifest.json").read_text())
            _run([uv, "pip", "install", "--quiet", "--python", python, f"homeassistant=={self._version}",
                  *requirements["requirements"]])  # fmt: skip
        stamp = python.parents[1] / ".demonstration"
        if not stamp.exists():
            print("Installing the frontend …", flush=True)
            wanted = _run([python, self._root / "scripts/demonstration/requirements.py"]).split()
            _run([uv, "pip", "install", "--quiet", "--python", python, *wanted])
            stamp.touch()
        return python

    def _start(self) -> None:
        python = self._python()
        print("Starting Home Assistant …", flush=True)
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own Python
                [python, "-m", "homeassistant", "-c", self._configuration, "--skip-pip"],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def _wait_until_up(self) -> None:
        for _attempt in range(600):
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                # Answers once the components are set up, not merely the web server.
                async with self._client.get("/auth/providers") as response:
                    if response.ok:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.2)
        raise HomeError(f"Home Assistant did not start. Its log says why: {self.log_file}")

    async def _log_in(self) -> None:
        client_id = f"{self.url}/"
        flow = await self._post(
            "/auth/login_flow",
            {"client_id": client_id, "handler": ["homeassistant", None], "redirect_uri": client_id},
        )
        result = await self._post(
            f"/auth/login_flow/{flow['flow_id']}", {"client_id": client_id, "username": USER, "password": PASSWORD}
        )
        answer = await self._take_token({"grant_type": "authorization_code", "code": result["result"]})
        self._refresh_token, token = answer["refresh_token"], answer["access_token"]
        self._websocket = await self._client.ws_connect("/api/websocket", max_msg_size=0)
        await self._websocket.receive_json()
        await self._websocket.send_json({"type": "auth", "access_token": token})
        await self._websocket.receive_json()
        for _attempt in range(300):
            if (await self._get("/api/config"))["state"] == "RUNNING":
                return
            await asyncio.sleep(0.2)
        raise HomeError(f"Home Assistant is not ready. Its log may say why: {self.log_file}")

    async def _take_token(self, grant: Mapping[str, str]) -> Any:
        """Use the access token that is granted, and return all of the answer."""
        async with self._client.post("/auth/token", data={"client_id": f"{self.url}/", **grant}) as response:
            answer = await _checked(response)
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._token_ends = time.monotonic() + answer["expires_in"] / 2
        return answer

    async def _keep_token(self) -> None:
        """Renew the access token before it ends."""
        if self._refresh_token and time.monotonic() > self._token_ends:
            self._token_ends = math.inf  # once, though several may ask
            await self._take_token({"grant_type": "refresh_token", "refresh_token": self._refresh_token})

    async def _end(self) -> None:
        if self._websocket is not None:
            await self._websocket.close()
        if self._session is not None:
            await self._session.close()
        if self._process is not None and self._process.poll() is None:
            print("Stopping Home Assistant …", flush=True)
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, 60)
            except subprocess.TimeoutExpired:
                self._process.kill()

    # Its interfaces

    @property
    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise HomeError("Home Assistant is not running.")
        return self._session

    async def _entry_id(self) -> str | None:
        """Return the id of the integration's config entry, None if it is not set up."""
        entries = await self._get("/api/config/config_entries/entry")
        return next((entry["entry_id"] for entry in entries if entry["domain"] == DOMAIN), None)

    async def _port_of(self, entry_id: str) -> int:
        """Return the port of the listener, as the reconfigure form suggests it."""
        flow = await self._post("/api/config/config_entries/flow", {"handler": DOMAIN, "entry_id": entry_id})
        await self._client.delete(f"/api/config/config_entries/flow/{flow['flow_id']}")
        return int(next(field["default"] for field in flow["data_schema"] if field["name"] == "port"))

    async def _known_charge_points(self) -> set[str]:
        entries = await self._command("config_entries/get", domain=DOMAIN)
        subentries = [
            await self._command("config_entries/subentries/list", entry_id=entry["entry_id"]) for entry in entries
        ]
        return {item["unique_id"] for items in subentries for item in items}

    async def _get(self, path: str) -> Any:
        await self._keep_token()
        async with self._client.get(path) as response:
            return await _checked(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        await self._keep_token()
        async with self._client.post(path, json=body) as response:
            return await _checked(response)

    async def _command(self, type_: str, **arguments: Any) -> Any:
        """Send a command over the websocket API and return its result."""
        if self._websocket is None:
            raise HomeError("Home Assistant is not running.")
        self._command_id += 1
        await self._websocket.send_json({"id": self._command_id, "type": type_, **arguments})
        answer = await self._websocket.receive_json()
        if not answer["success"]:
            raise HomeError(f"Home Assistant refused {type_}: {answer['error']['message']}")
        return answer["result"]


async def _checked(response: aiohttp.ClientResponse) -> Any:
    if not response.ok:
        raise HomeError(f"Home Assistant refused {response.url.path}: {response.status} {await response.text()}")
    return await response.json()


def _filled_in(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a browser sends when a form is submitted as it is: suggestions, else defaults, sections by their names."""
    filled: dict[str, Any] = {}
    for field in fields:
        suggestion = (field.get("description") or {}).get("suggested_value", field.get("default"))
        if field.get("type") == "expandable":
            filled[field["name"]] = _filled_in(field["schema"])
        elif suggestion is not None:
            filled[field["name"]] = suggestion
    return filled


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: Sequence[str | Path]) -> str:
    """Run a command and return what it prints. Raises `HomeError` with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - commands of our own
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise HomeError(f"{Path(command[0]).name} failed; what it said stands above.")
    return done.stdout
