"""What the controller asks of a version of OCPP, and what it gives it to work with.

`v16` and `v2` are such dialects. Which of them is spoken is decided by the controller, anew with each connection.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ocpp.v16.enums import RegistrationStatus

from .access import Access
from .answering import Answer, Cause, Machine, Work
from .connector import Connector
from .file_transfer import FileTransfer
from .journal import Journal
from .messages import Payload
from .outbox import Message, Outbox
from .physics import Car
from .security_log import SecurityLog
from .station import Station
from .transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the display showed because of one message; `cost` is in the currency of the site."""

    message: str
    text: str
    id_tag: str | None = None
    transaction_id: int | str | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a dialect works with.

    `name` is that in a certificate. `talkative` tells security events of everyday life, too. `spawn` runs work in the
    background, `time_scale` is how much faster than real time simulated time passes.
    """

    station: Station
    outbox: Outbox
    transport: Transport
    machine: Machine
    access: Access
    journal: Journal
    files: FileTransfer
    spawn: Callable[[Work], None]
    vendor: str
    model: str
    serial_number: str | None
    name: str
    autostart_tag: str | None
    talkative: bool
    time_scale: float
    configuration: Mapping[str, str]


class Settings(Protocol):
    """Configuration keys of 1.6, or variables of the device model."""

    def text(self, name: str) -> str:
        """Return the value in force. Raises KeyError."""

    def integer(self, name: str) -> int:
        """Return the value in force as a number. Raises KeyError and ValueError."""

    def set(self, name: str, value: str) -> None:
        """Set a value from within. Raises KeyError."""

    def apply_pending(self) -> None:
        """Put in force what waited for a restart."""


class Sessions(Protocol):
    """How charging begins and ends."""

    def plug_in(self, connector: Connector, car: Car | None, plug: int = 1) -> None:
        """Plug the cable in, of another car if one is given."""

    def unplug(self, connector: Connector) -> None:
        """Pull the cable."""

    def park(self, connector: Connector) -> None:
        """Have a car drive into the bay."""

    def leave(self, connector: Connector) -> None:
        """Have a car that is not plugged in drive away."""

    async def present_card(self, connector: Connector, id_tag: str) -> bool:
        """Hold a card to the reader; tell whether it was accepted."""

    def stop_all(self, cause: Cause) -> None:
        """End all transactions."""

    def obey_limits(self) -> None:
        """Apply the limits of this moment, end what they end, and report."""


class Reporter(Protocol):
    """What is said unasked."""

    def post(self, message: Any, *, durable: bool = False, transaction: str | None = None) -> Message:
        """Put a request of the `ocpp` package into the outbox."""

    def refresh(self) -> None:
        """Derive all statuses and report those that changed."""

    def post_status(self, connector_id: int) -> None:
        """Report one status, 0 being the charge point."""

    def schedule(self) -> None:
        """Set all periodic duties anew."""


class Dialect(Protocol):
    """One version of OCPP, spoken by one station."""

    version: str
    shown: deque[Shown]

    @property
    def configuration(self) -> Settings:
        """What can be configured in this version."""

    @property
    def sessions(self) -> Sessions:
        """How charging begins and ends."""

    @property
    def reporter(self) -> Reporter:
        """What is said unasked."""

    @property
    def security(self) -> SecurityLog:
        """The security log, and who is told of it."""

    @property
    def boots_after_reconnect(self) -> bool:
        """Whether each new connection begins with BootNotification, or only the first after a start."""

    def begin(self) -> None:
        """Make the station one of this version: what another one left behind is forgotten."""

    def ping_interval(self) -> float | None:
        """Return the seconds between pings of the websocket."""

    def attempts(self) -> int:
        """Return how often a message of a transaction is tried."""

    def retry_delay(self) -> float:
        """Return the seconds between the tries, per try made."""

    def reached(self) -> None:
        """Take note of a connection."""

    def failed(self) -> None:
        """Take note of a connection that did not come about."""

    def restarted(self) -> None:
        """Take note of a restart: what waited for one is in force."""

    def boot_notification(self, cause: Cause | None) -> object:
        """Return BootNotification; without cause because it was asked for."""

    def registered(self, interval: int) -> None:
        """Take note of the interval of heartbeats, in seconds."""

    def resume(self, *, booted: bool) -> None:
        """Say what is due on a new connection, after a start if not `booted`."""

    def handle(self, action: str, payload: Payload) -> Answer:
        """Do what a call asks for. Raises CallError and Hang."""

    def while_pending(self, action: str, registration: RegistrationStatus | None) -> Answer | None:
        """Return what a call is answered with that may not be obeyed before the registration is accepted.

        Raises CallError, or Hang where there is to be no answer.
        """

    def refusal(self, action: str, payload: Payload, status: str) -> Payload:
        """Return what a call is answered with that tests have refused with a status."""

    def prepare(self, message: Message) -> Payload:
        """Return the payload of a message as it leaves."""

    def settled(self, message: Message, answer: Payload | None) -> None:
        """Take note of the answer to a message that was sent, or of its failure."""

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it."""

    def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> object:
        """Return DataTransfer."""

    def displayed(self) -> list[str]:
        """Return the texts of the display messages that are shown now."""

    async def close_stream(self, stream_id: int) -> None:
        """End a periodic event stream. Raises KeyError where there is none."""

    def dump(self) -> dict[str, Any]:
        """Return what survives a loss of power, as JSON values."""

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
