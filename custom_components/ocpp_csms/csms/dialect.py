"""What every dialect (a version of OCPP on a connection) can do for the charge point above it.

The charge point speaks in model terms; a dialect turns them into messages and answers into results or the exceptions of `errors`.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from custom_components.ocpp_csms.charging.profiles import ChargingProfile
from custom_components.ocpp_csms.charging.strategies import Capabilities

from .cards.local_list import ListSupport
from .cards.remote_starts import RemoteStart
from .features import Features
from .model import ConfigurationKey
from .requests import Answer, Request


class Dialect(Protocol):
    """One version of OCPP on one open connection. All methods raise the exceptions of `errors`."""

    version: str

    @property
    def latency(self) -> float | None:
        """Round trip of the last ping in seconds."""

    @property
    def features(self) -> Features:
        """What the charge point says that it can do, as far as its configuration is known."""

    async def close(self, reason: str) -> None:
        """Close the connection."""

    async def start(self, start: RemoteStart, profile: ChargingProfile | None = None) -> None:
        """Ask for a transaction to be started, with a charging profile of its own if one is given."""

    async def stop(self, transaction_id: str) -> None:
        """Ask for a transaction to be stopped."""

    async def limit_capabilities(self) -> Capabilities:
        """Return what the charge point says about the limits it takes."""

    async def set_profile(self, profile: ChargingProfile) -> None:
        """Install a charging profile. Returns once the charge point has accepted."""

    async def clear_profile(self, profile_id: int) -> None:
        """Remove a charging profile, if it is there."""

    async def set_availability(self, connector: int, *, operative: bool) -> str:
        """Take a connector (0: the charge point) in or out of service; returns `Accepted` or `Scheduled`."""

    async def unlock(self, connector: int) -> None:
        """Release the plug."""

    async def reset(self, *, hard: bool, connector: int = 0) -> str:
        """Restart the charge point, or one connector of it; returns `Accepted` or `Scheduled`."""

    async def trigger(self, message: str, connector: int | None) -> None:
        """Ask for a message to be sent."""

    async def get_configuration(self, keys: Sequence[str]) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Read configuration keys (none: all); returns the known ones, without the values of secret ones, and the names of the unknown."""

    async def set_configuration(self, key: str, value: str) -> str:
        """Write a configuration key that holds no password; returns `Accepted` or `RebootRequired`."""

    def spelled(self, key: str) -> str:
        """Return the name of a configuration key as the charge point writes it, if that is known."""

    async def set_password(self, password: str) -> str:
        """Give the charge point the password of its next connections; returns `Accepted` or `RebootRequired`."""

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> tuple[str, str | None]:
        """Send vendor data; returns the status and the data of the answer."""

    def local_list_support(self) -> ListSupport | None:
        """Return what is known of the charge point's local authorization list; None while it has not told."""

    async def read_local_list_support(self) -> ListSupport:
        """Return what the charge point says about its local authorization list."""

    async def enable_local_list(self) -> None:
        """Make the charge point use its local authorization list."""

    async def request(self, request: Request) -> Answer:
        """Ask for what `requests` lists. Raises `InvalidRequestError("not_in_version")` for what this version cannot say."""

    def checked(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a raw payload as it can be sent. Raises `InvalidRequestError` for an action that cannot be sent, or whose payload breaks its schema."""

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send any action with a raw payload and return the answer's payload."""

    async def request_boot(self) -> None:
        """Ask for a BootNotification."""

    async def request_state(self) -> None:
        """Ask for status and meter values of all connectors. What the charge point refuses is left out."""

    async def configure(self) -> None:
        """Bring the configuration to what the user and we want of it (measurands, intervals): read it, write what differs."""
