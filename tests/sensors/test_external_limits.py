"""Limits that somebody else has set are shown where they were told of."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ExternalLimit
from tests.scripted import state


@pytest.mark.parametrize(
    ("limit", "amperes"),
    [
        (ExternalLimit(source="SO", limit=6.0, unit="A"), "6.0"),
        (ExternalLimit(source="SO", limit=4140.0, unit="W"), "6.0"),
        (ExternalLimit(source="EMS"), STATE_UNKNOWN),
    ],
    ids=["current", "power", "not said"],
)
@pytest.mark.parametrize("number", [0, 1])
async def test_a_limit_of_somebody_else_is_shown(
    hass: HomeAssistant, charge_point: ChargePoint, limit: ExternalLimit, amperes: str, number: int
) -> None:
    """In A per phase, of a connector or of the whole charger; and when it is gone, that there is none."""
    charge_point.externally_limited(number, limit)
    charge_point.flush()
    await hass.async_block_till_done()
    assert state(hass, "sensor", f"CP1_{number}_external_limit") == amperes
    assert state(hass, "binary_sensor", f"CP1_{number}_externally_limited") == "on"
    charge_point.externally_limited(number, None)
    charge_point.flush()
    await hass.async_block_till_done()
    assert state(hass, "sensor", f"CP1_{number}_external_limit") == STATE_UNKNOWN
    assert state(hass, "binary_sensor", f"CP1_{number}_externally_limited") == "off"


async def test_without_such_a_limit_there_are_no_entities_of_it(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, charge_point: ChargePoint
) -> None:
    """Most homes never hear of one."""
    await hass.async_block_till_done()
    for number in (0, 1):
        assert entity_registry.async_get_entity_id("sensor", "ocpp_csms", f"CP1_{number}_external_limit") is None
