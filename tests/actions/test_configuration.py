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


async def test_the_answer_tells_what_a_variable_can_be(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """As far as the charger tells it: only OCPP 2.x does."""
    interval = ConfigurationKey(
        "SampledDataCtrlr.TxUpdatedInterval",
        "30",
        readonly=False,
        unit="s",
        data_type="integer",
        minimum=0.0,
        maximum=3600.0,
    )
    units = ConfigurationKey("SmartChargingCtrlr.RateUnit", "A", readonly=True, options=("A", "W"))
    secret = ConfigurationKey("Vendor.Code", None, readonly=False, write_only=True)
    far_end.answers["get_configuration"] = ({item.key: item for item in (interval, units, secret)}, [])
    answer = await act(hass, "get_configuration", device_id=device_id)
    assert answer == {
        "configuration": {
            "SampledDataCtrlr.TxUpdatedInterval": {
                "value": "30",
                "readonly": False,
                "unit": "s",
                "data_type": "integer",
                "minimum": 0.0,
                "maximum": 3600.0,
            },
            "SmartChargingCtrlr.RateUnit": {"value": "A", "readonly": True, "options": ["A", "W"]},
            "Vendor.Code": {"value": None, "readonly": False, "write_only": True},
        },
        "unknown_keys": [],
    }


async def test_what_names_no_variable_is_said_with_an_example(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """A person has to know how they are written."""
    far_end.answers["set_configuration"] = InvalidRequestError(
        "unknown_configuration_key", configuration_key="Nonsense"
    )
    with pytest.raises(ServiceValidationError, match=r"Nonsense names no variable of CP1.*Component\.Variable"):
        await act(hass, "set_configuration", device_id=device_id, key="Nonsense", value="1")


async def test_the_password_is_not_written_as_a_configuration_key(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """The charger would be locked out: Home Assistant knows the old one. The message says where to change both."""
    far_end.answers["set_configuration"] = InvalidRequestError("password_key", configuration_key="AuthorizationKey")
    with pytest.raises(ServiceValidationError, match="AuthorizationKey is the password of CP1.*Generate a password"):
        await act(hass, "set_configuration", device_id=device_id, key="AuthorizationKey", value="4B45594B45594B4559")
