"""Configuration keys by action."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.actions.calls import act
from tests.scripted import ScriptedDialect


async def test_unknown_configuration_keys_are_part_of_the_answer(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """A key that the charge point does not know is no error."""
    known = {"AuthorizeRemoteTxRequests": ConfigurationKey("AuthorizeRemoteTxRequests", None, readonly=True)}
    far_end.answers["get_configuration"] = (known, ["Nonsense"])
    keys = ["AuthorizeRemoteTxRequests", "Nonsense"]
    answer = await act(hass, "get_configuration", device_id=device_id, keys=keys)
    assert far_end.calls[-1] == ("get_configuration", tuple(keys))
    assert answer == {
        "configuration": {"AuthorizeRemoteTxRequests": {"value": None, "readonly": True}},
        "unknown_keys": ["Nonsense"],
    }


async def test_the_password_is_not_written_as_a_configuration_key(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """The charger would be locked out: Home Assistant knows the old one. The message says where to change both."""
    far_end.answers["set_configuration"] = InvalidRequestError("password_key", configuration_key="AuthorizationKey")
    with pytest.raises(ServiceValidationError, match="AuthorizationKey is the password of CP1.*Generate a password"):
        await act(hass, "set_configuration", device_id=device_id, key="AuthorizationKey", value="4B45594B45594B4559")
