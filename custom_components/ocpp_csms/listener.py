"""The listener's address: whether it can be bound, and the URL that a person types into a charger."""

import asyncio
import errno

from homeassistant.components import network
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

# What stands for the charge point's identity in a URL that is shown to people.
IDENTITY_PLACEHOLDER = "<charge point id>"

_ANY_ADDRESS = ("0.0.0.0", "::")


class ListenError(Exception):
    """An address cannot be listened on. `field` is the form's field at fault, `reason` a stable key for translation."""

    def __init__(self, field: str, reason: str) -> None:
        """Keep the field's name and the reason's key."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


async def async_check_address(host: str, port: int) -> None:
    """Listen for a moment, the way the central system will. `port` 0 tries the host alone. Raises `ListenError`."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as err:
        raise listen_error(err) from err
    server.close()
    await server.wait_closed()


def listen_error(error: OSError) -> ListenError:
    """Return what an error of the system means for the address."""
    if isinstance(error, PermissionError):
        return ListenError(CONF_PORT, "port_not_allowed")
    if error.errno == errno.EADDRINUSE:
        return ListenError(CONF_PORT, "port_in_use")
    return ListenError(CONF_HOST, "host_not_available")


async def async_listener_url(hass: HomeAssistant, host: str, port: int, *, tls: bool) -> str:
    """Return the URL to type into a charger, with `IDENTITY_PLACEHOLDER` where the charge point's identity goes."""
    address = await network.async_get_source_ip(hass) if host in _ANY_ADDRESS else host
    if ":" in address:
        address = f"[{address}]"
    return f"{'wss' if tls else 'ws'}://{address}:{port}/{IDENTITY_PLACEHOLDER}"
