"""The one gate through which entities and actions command a charge point: each error of `csms` becomes one translated error of Home Assistant.

Nothing here decides what is sent. What the charge point answered is always part of the message.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .csms.charge_point import ChargePoint
from .csms.errors import (
    CallFailedError,
    CallTimeoutError,
    CommandError,
    InvalidRequestError,
    NotConnectedError,
    QueueFullError,
    RefusedError,
    UnclearAnswerError,
)


@contextmanager
def command_errors(charge_point: ChargePoint) -> Iterator[None]:
    """Run commands of one charge point inside; what they raise leaves translated.

    Raises ServiceValidationError when the request makes no sense for the charge point (nothing was sent), and HomeAssistantError when
    it was offline, silent, answered with an error, refused, or answered without saying yes or no.
    """
    try:
        yield
    except CommandError as error:
        raise _translate(charge_point.identity, error) from error


def _translate(identity: str, error: CommandError) -> HomeAssistantError:
    """Return the error that tells a person what went wrong."""
    match error:
        case InvalidRequestError():
            return ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=error.reason,
                translation_placeholders={"charge_point": identity, **error.placeholders},
            )
        case NotConnectedError():
            return _error("not_connected", identity)
        case CallTimeoutError():
            return _error("call_timeout", identity, action=error.action, seconds=f"{error.seconds:g}")
        case QueueFullError():
            return _error("queue_full", identity)
        case CallFailedError(description=""):
            return _error("call_failed", identity, action=error.action, code=error.code)
        case CallFailedError():
            return _error(
                "call_failed_described",
                identity,
                action=error.action,
                code=error.code,
                description=error.description,
            )
        case RefusedError():
            return _error("refused", identity, action=error.action, status=error.status)
        case UnclearAnswerError():
            return _error("unclear_answer", identity, action=error.action)
        case _:
            return _error("command_failed", identity, error=str(error))


def _error(key: str, identity: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"charge_point": identity, **placeholders},
    )
