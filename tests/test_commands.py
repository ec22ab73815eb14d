"""The command gate turns each way in which a command can fail into an error that tells a person what happened."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.ocpp_csms.commands import command_errors
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    CommandError,
    InvalidRequestError,
    NotConnectedError,
    QueueFullError,
    RefusedError,
    UnclearAnswerError,
)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NotConnectedError(), "CP1 is not connected"),
        (CallTimeoutError("Reset", 30.0), "CP1 did not answer Reset within 30 seconds"),
        (QueueFullError(), "Too many commands are waiting for CP1"),
        (CallFailedError("Reset", "InternalError"), "CP1 answered Reset with the error InternalError"),
        (
            CallFailedError("Reset", "InternalError", "Out of memory"),
            "CP1 answered Reset with the error InternalError: Out of memory",
        ),
        (RefusedError("Reset", "Rejected"), "CP1 refused Reset: it answered Rejected"),
        (UnclearAnswerError("Reset"), "CP1 answered Reset without saying yes or no"),
        (CommandError("a way that is new"), "The command to CP1 failed: a way that is new"),
    ],
)
async def test_a_failed_command_says_what_the_charge_point_answered(
    hass: HomeAssistant, charge_point: ChargePoint, error: CommandError, message: str
) -> None:
    """Each way of failing has its own words."""
    with pytest.raises(HomeAssistantError) as raised, command_errors(charge_point):
        raise error
    assert not isinstance(raised.value, ServiceValidationError)
    assert message in str(raised.value)
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidRequestError("no_transaction"), "there is nothing to stop"),
        (InvalidRequestError("transaction_running"), "CP1 is already charging"),
        (
            InvalidRequestError("limit_out_of_range", limit=40, maximum=32),
            "The limit of 40 A is out of range for CP1: it must be between 0 and 32 A",
        ),
        (InvalidRequestError("unknown_connector", connector=7), "CP1 has no connector 7"),
        (InvalidRequestError("not_supported"), "CP1 does not support this"),
    ],
)
async def test_a_request_that_makes_no_sense_is_the_callers_error(
    hass: HomeAssistant, charge_point: ChargePoint, error: InvalidRequestError, message: str
) -> None:
    """Home Assistant tells it to the caller without a traceback in the log."""
    with pytest.raises(ServiceValidationError) as raised, command_errors(charge_point):
        raise error
    assert message in str(raised.value)


async def test_errors_of_the_program_pass_untouched(charge_point: ChargePoint) -> None:
    """They are no answer of a charge point."""
    with pytest.raises(ZeroDivisionError), command_errors(charge_point):
        _ = 1 / 0
