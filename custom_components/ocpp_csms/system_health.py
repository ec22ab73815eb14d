"""What Settings → System → Repairs → System information shows of the integration."""

from importlib.metadata import version
from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .runtime import OcppConfigEntry

LIBRARIES = ("ocpp", "websockets", "jsonschema-rs")


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the information."""
    register.async_register_info(system_health_info, f"/config/integrations/integration/{DOMAIN}")


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the open listeners, how many charge points are connected, and the versions of the libraries."""
    entries: list[OcppConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    charge_points = [charge_point for entry in entries for charge_point in entry.runtime_data.charge_points]
    connected = sum(charge_point.connected for charge_point in charge_points)
    versions = await hass.async_add_executor_job(lambda: [version(library) for library in LIBRARIES])
    return {
        "listeners": ", ".join(str(entry.data[CONF_PORT]) for entry in entries) or "–",
        "charge_points": len(charge_points),
        "connected_charge_points": connected,
        **{library.replace("-", "_"): found for library, found in zip(LIBRARIES, versions, strict=True)},
    }
