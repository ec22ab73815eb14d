"""Starting and stopping by action."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.actions.calls import act
from tests.scripted import ScriptedDialect, start_transaction


async def test_stopping_takes_the_transaction_that_runs(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, far_end: ScriptedDialect
) -> None:
    """Its id need not be known."""
    transaction = start_transaction(charge_point)
    await act(hass, "stop_transaction", device_id=device_id)
    assert far_end.calls[-1] == ("stop", transaction.transaction_id)


async def test_what_a_switch_takes_for_done_is_an_error_of_an_action(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str
) -> None:
    """An action promises to start or stop something."""
    with pytest.raises(ServiceValidationError, match="nothing to stop"):
        await act(hass, "stop_transaction", device_id=device_id)
    start_transaction(charge_point)
    with pytest.raises(ServiceValidationError, match="CP1 is already charging"):
        await act(hass, "start_transaction", device_id=device_id)
