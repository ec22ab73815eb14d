"""What can go wrong with a command to a charge point: one exception for each way, raised by `csms`, translated by Home Assistant's side.

Nothing here knows how an error is shown. Errors of frames that a charge point sends live in `rpc`: they are answered, never raised.
"""

from typing import Any


class CommandError(Exception):
    """A command did not reach its goal. The subclasses say why."""


class NotConnectedError(CommandError):
    """The charge point has no open connection, or lost it while the command waited for its answer."""


class CallTimeoutError(CommandError):
    """The charge point did not answer in time. Whether it carried the command out is unknown."""

    def __init__(self, action: str, seconds: float) -> None:
        """Keep the action's name and the time-out in seconds."""
        super().__init__(f"{action} was not answered within {seconds:g} s")
        self.action = action
        self.seconds = seconds


class QueueFullError(CommandError):
    """Too many commands wait for this charge point."""


class CallFailedError(CommandError):
    """The charge point answered with a CALLERROR (OCPP-J 1.6 §4.2.3)."""

    def __init__(self, action: str, code: str, description: str = "", details: Any = None) -> None:
        """Keep what the charge point sent."""
        super().__init__(f"{action} failed: {code} {description}".rstrip())
        self.action = action
        self.code = code
        self.description = description
        self.details = details


class RefusedError(CommandError):
    """The charge point answered properly, and the answer is no."""

    def __init__(self, action: str, status: str) -> None:
        """Keep the action's name and the status as the charge point wrote it, e.g. `Rejected`."""
        super().__init__(f"{action} was answered {status}")
        self.action = action
        self.status = status


class UnclearAnswerError(CommandError):
    """The answer carries no status that could be understood: neither success nor refusal."""

    def __init__(self, action: str) -> None:
        """Keep the action's name."""
        super().__init__(f"{action} was answered without a status")
        self.action = action


class InvalidRequestError(CommandError):
    """The command makes no sense for this charge point now; nothing was sent. `reason` is a stable key for translation."""

    def __init__(self, reason: str, **placeholders: Any) -> None:
        """Keep the reason's key (snake case) and what its message needs."""
        super().__init__(reason)
        self.reason = reason
        self.placeholders = {key: str(value) for key, value in placeholders.items()}


class LimitBudgetError(InvalidRequestError):
    """Limits were written too often: this one may be written in so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        """Keep the time to wait in s."""
        super().__init__("limit_budget", seconds=seconds)
        self.seconds = seconds


class LimitPostponedError(InvalidRequestError):
    """Limits were written too often: this one is written by itself in so many `seconds`."""

    def __init__(self, limit: float, seconds: int) -> None:
        """Keep the limit in A per phase, and the time until then in s."""
        super().__init__("limit_postponed", limit=f"{limit:g}", seconds=seconds)


REFUSALS = (RefusedError, CallFailedError, UnclearAnswerError)
"""The charge point has answered, and did not do it."""


def is_not_implemented(error: CommandError) -> bool:
    """Whether the charge point does not know the message at all, whatever stands in it (OCPP-J 1.6 §4.2.3, 2.0.1 part 4 §4.3)."""
    return isinstance(error, CallFailedError) and error.code.casefold() == "notimplemented"
