"""The sensor of what a session costs: there while there is a tariff, and calculated only so often."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Reading
from custom_components.ocpp_csms.sensors.costs import WRITE_INTERVAL
from tests.scripted import NOON, ScriptedDialect, entity_id, report, sample, start_transaction, stop_transaction

UNIQUE_ID = "CP1_1_session_cost"


@pytest.fixture(autouse=True)
def _time(freezer: FrozenDateTimeFactory) -> None:
    """It is noon."""
    freezer.move_to(NOON)


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """A kWh costs 50 cents."""
    return {"fixed_price": 0.5}


def shown(hass: HomeAssistant) -> State:
    """Return what the sensor shows."""
    found = hass.states.get(entity_id(hass, "sensor", UNIQUE_ID))
    assert found is not None
    return found


def tell(charge_point: ChargePoint, register: float) -> None:
    """Let the charge point tell its register in kWh."""
    sample(charge_point, 1, Reading("Energy.Active.Import.Register", register, "kWh"))


async def let_pass(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()


async def test_a_session_shows_what_it_has_cost_so_far(
    hass: HomeAssistant, charge_point: ChargePoint, freezer: FrozenDateTimeFactory
) -> None:
    """In the home's currency, from its start; the last word comes with its end, at once."""
    begun = start_transaction(charge_point, at=dt_util.utcnow())
    await let_pass(hass, freezer, 600)
    tell(charge_point, 1236.5)
    await hass.async_block_till_done()
    state = shown(hass)
    assert state.state == "1.0"
    assert (
        state.attributes.items()
        >= {
            "device_class": "monetary",
            "state_class": "total",
            "unit_of_measurement": "EUR",
            "last_reset": NOON.isoformat(),
        }.items()
    )
    stop_transaction(charge_point, begun, meter_stop=1238.5, at=dt_util.utcnow())
    assert shown(hass).state == "2.0"


async def test_a_car_that_comes_has_cost_nothing(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Not what the one before has."""
    begun = start_transaction(charge_point)
    stop_transaction(charge_point, begun)
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await hass.async_block_till_done()
    assert shown(hass).state == "0.0"


async def test_a_cost_is_calculated_at_most_every_ten_seconds(
    hass: HomeAssistant, charge_point: ChargePoint, freezer: FrozenDateTimeFactory
) -> None:
    """However many messages come; what has changed meanwhile is shown then."""
    start_transaction(charge_point)
    await let_pass(hass, freezer, WRITE_INTERVAL)
    for register in (1235.5, 1236.5, 1237.5):
        await let_pass(hass, freezer, 1)
        tell(charge_point, register)
    assert shown(hass).state == "0.5"
    await let_pass(hass, freezer, WRITE_INTERVAL)
    assert shown(hass).state == "1.5"


async def test_a_charger_that_is_gone_shows_no_cost(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """At once, also shortly after the last state."""
    start_transaction(charge_point)
    tell(charge_point, 1236.5)
    charge_point.detach(far_end)
    assert shown(hass).state == "unavailable"
    charge_point.attach(far_end, "127.0.0.1")
    assert shown(hass).state == "1.0"


@pytest.mark.parametrize("entry_options", [{}])
async def test_without_a_tariff_there_is_no_sensor(
    hass: HomeAssistant, charge_point: ChargePoint, init_integration: MockConfigEntry
) -> None:
    """It comes with the tariff, follows its changes, and goes with it."""
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("sensor", "ocpp_csms", UNIQUE_ID) is None
    start_transaction(charge_point)
    tell(charge_point, 1236.5)
    for price, cost in ((0.5, "1.0"), (0.25, "0.5")):
        hass.config_entries.async_update_entry(init_integration, options={"fixed_price": price})
        await hass.async_block_till_done()
        assert shown(hass).state == cost
    hass.config_entries.async_update_entry(init_integration, options={})
    await hass.async_block_till_done()
    assert registry.async_get_entity_id("sensor", "ocpp_csms", UNIQUE_ID) is None
