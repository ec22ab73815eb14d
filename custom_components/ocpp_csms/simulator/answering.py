"""What every version of OCPP has in common in answering the central system: handlers, answers, and what they ask for.

A handler decides and answers at once; what takes time, or has to come after the answer, is returned as `then`. No
messages here.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Protocol

from .messages import read_timestamp
from .transport import CallError

type Work = Coroutine[Any, Any, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a call, and the work that follows once it was sent."""

    result: object
    then: Callable[[], Work | None] | None = None


class Hang(Exception):
    """The charge point never answers this call."""


class Cause(StrEnum):
    """Why a charge point starts again, or why all its transactions end."""

    power_loss = "PowerLoss"
    hard_reset = "HardReset"
    soft_reset = "SoftReset"
    update = "Reboot"


class Machine(Protocol):
    """What handlers ask of the charge point as a whole."""

    @property
    def registered(self) -> bool:
        """Whether the central system accepted the registration."""

    async def boot(self) -> None:
        """Send BootNotification."""

    async def say(self, message: Any) -> None:
        """Send a request that the central system asked for, even before it accepted the registration."""

    async def reboot(self, cause: Cause, *, hard: bool) -> None:
        """Stop all transactions, drop the connection and start again."""

    def announce(self, message: object) -> None:
        """Send a message once the registration is accepted after the next restart."""

    def later(self, name: str, seconds: float, work: Callable[[], Work]) -> None:
        """Do work in so many simulated seconds; another one of that name takes its place."""

    async def reconnect(self) -> None:
        """Dial again."""

    async def change_password(self, password: str | bytes) -> None:
        """Dial again with a new password."""

    async def change_profile(self) -> None:
        """Dial again with the security profile of the configuration."""


type Handler = Callable[[Any], Answer]


def parsed[E: Enum](kind: type[E], value: object) -> E:
    """Read an enumeration value. Raises CallError (PropertyConstraintViolation) for one that is not in it."""
    try:
        return kind(value)
    except ValueError as error:
        raise CallError("PropertyConstraintViolation", f"{value!r} is not a {kind.__name__}") from error


def moment(text: str) -> datetime:
    """Read a dateTime; without a zone it is UTC. Raises CallError (PropertyConstraintViolation)."""
    try:
        return read_timestamp(text)
    except (TypeError, ValueError) as error:
        raise CallError("PropertyConstraintViolation", f"{text!r} is not a time") from error
