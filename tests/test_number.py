"""Limits: what the charge point confirmed, within what the user allows. Goals: what the user wants of the modes."""

from dataclasses import replace

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Reading
from custom_components.ocpp_csms.number import CONNECTOR_GOALS
from tests.scripted import ScriptedDialect, assert_platform, entity_id, report, sample, state
from tests.sites import PRICE, add_site, charger, remove_site, site, with_site, with_switching

with_prices = pytest.mark.parametrize("subentries", [[charger(), site(price=PRICE)]], ids=["prices"])

SOC = Reading("SoC", 42.0, "Percent", location="EV")


async def set_value(hass: HomeAssistant, unique_id: str, value: float) -> None:
    """Set a number and wait for the command's end."""
    data = {"entity_id": entity_id(hass, "number", unique_id), "value": value}
    await hass.services.async_call("number", "set_value", data, blocking=True)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_numbers(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, unit, range and state."""
    await charge_point.set_limit(1, 16)
    await hass.async_block_till_done()
    assert_platform(hass, "number", snapshot)


async def test_the_current_limit_is_what_was_confirmed(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Unknown before, the new one after the charge point has accepted it."""
    await hass.async_block_till_done()
    assert state(hass, "number", "CP1_1_current_limit") == STATE_UNKNOWN
    await set_value(hass, "CP1_1_current_limit", 13)
    assert far_end.calls[-1] == ("set_limit", 1, 13.0)
    assert float(state(hass, "number", "CP1_1_current_limit")) == 13


async def test_a_refused_limit_changes_nothing(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The error names the answer."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_current_limit", 13)
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(HomeAssistantError, match="it answered Rejected"):
        await set_value(hass, "CP1_1_current_limit", 10)
    assert float(state(hass, "number", "CP1_1_current_limit")) == 13


async def test_the_maximum_is_the_users(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """A new maximum is offered at once, and nothing beyond it is sent."""
    await hass.async_block_till_done()
    charge_point.update_settings(replace(charge_point.settings, maximum_current=20.0))
    found = hass.states.get(entity_id(hass, "number", "CP1_1_current_limit"))
    assert found is not None
    assert found.attributes["max"] == 20
    before = list(far_end.calls)
    with pytest.raises(ServiceValidationError):
        await set_value(hass, "CP1_1_current_limit", 21)
    assert far_end.calls == before


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_power_limit_is_a_current_limit_in_watts(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """6.9 kW over three phases of 230 V are 10 A."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_power_limit", 6900)
    assert far_end.calls[-1] == ("set_limit", 1, 10.0)
    assert float(state(hass, "number", "CP1_1_power_limit")) == 6900
    assert float(state(hass, "number", "CP1_1_current_limit")) == 10


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(("voltage", "amperes"), [(231.0, 7.6), (127.0, 10.1), (240.0, 32.0)])
async def test_a_power_limit_may_be_set_to_what_it_shows(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, voltage: float, amperes: float
) -> None:
    """Also if that is its highest, and no whole number: the limit is the same."""
    settings = replace(charge_point.settings, phases=1, voltage=voltage, maximum_current=amperes)
    charge_point.update_settings(settings)
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_current_limit", amperes)
    shown = float(state(hass, "number", "CP1_1_power_limit"))
    await set_value(hass, "CP1_1_power_limit", shown)
    assert float(state(hass, "number", "CP1_1_current_limit")) == amperes
    assert shown == pytest.approx(amperes * voltage, abs=1)


async def test_the_power_limit_is_disabled_by_default(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Most people think in amperes."""
    await hass.async_block_till_done()
    assert hass.states.get(entity_id(hass, "number", "CP1_1_power_limit")) is None


# The whole charge point


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_limit_of_the_whole_charge_point_is_written_for_good(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """It is addressed to connector 0."""
    await hass.async_block_till_done()
    assert state(hass, "number", "CP1_0_station_limit") == STATE_UNKNOWN
    await set_value(hass, "CP1_0_station_limit", 20)
    assert far_end.calls[-1] == ("set_limit", 0, 20.0)
    assert float(state(hass, "number", "CP1_0_station_limit")) == 20


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_whole_charge_point_may_give_each_connector_its_maximum(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """The limit is for all connectors together."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert attribute(hass, "CP1_0_station_limit", "max") == 64


# By hand


@with_site
@pytest.mark.parametrize(("key", "value"), [("current_limit", 10), ("power_limit", 6900)])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_limit_set_by_hand_takes_over_from_a_mode(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, key: str, value: float
) -> None:
    """The mode comes back when the car is unplugged; until then this limit is kept."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    runtime.control.set_mode(charge_point, 1, ChargingMode.SOLAR)
    await set_value(hass, f"CP1_1_{key}", value)
    goals = runtime.control.goals.of(charge_point, 1)
    assert (goals.mode, goals.suspended) == (ChargingMode.MANUAL, ChargingMode.SOLAR)
    assert goals.manual_limit == 10
    assert charge_point.connectors[1].limit == 10


async def test_a_refused_limit_is_not_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """What the charge point does not take is not what the user has."""
    await hass.async_block_till_done()
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(HomeAssistantError):
        await set_value(hass, "CP1_1_current_limit", 10)
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).manual_limit is None


# Goals


def attribute(hass: HomeAssistant, unique_id: str, name: str) -> object:
    """Return an attribute of a number."""
    found = hass.states.get(entity_id(hass, "number", unique_id))
    assert found is not None
    return found.attributes[name]


def number_exists(hass: HomeAssistant, key: str) -> bool:
    """Tell whether connector 1 has a number."""
    return er.async_get(hass).async_get_entity_id("number", "ocpp_csms", f"CP1_1_{key}") is not None


@with_prices
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_numbers_of_charging_control(
    hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint
) -> None:
    """Each has its name, unit, range and state."""
    sample(charge_point, 1, SOC)
    await hass.async_block_till_done()
    assert_platform(hass, "number", snapshot)


@with_site
@pytest.mark.parametrize("key", [row.key for row in CONNECTOR_GOALS])
async def test_a_goal_is_kept_whether_or_not_the_charge_point_is_connected(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
    key: str,
) -> None:
    """It is the user's, and no command."""
    sample(charge_point, 1, SOC)
    await hass.async_block_till_done()
    charge_point.detach(far_end)
    value = attribute(hass, f"CP1_1_{key}", "max")
    assert isinstance(value, float | int)
    await set_value(hass, f"CP1_1_{key}", value)
    assert float(state(hass, "number", f"CP1_1_{key}")) == value
    assert getattr(init_integration.runtime_data.control.goals.of(charge_point, 1), key) == value


@with_site
async def test_a_priority_is_a_whole_number(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """There are ten classes."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_priority", 7)
    assert isinstance(init_integration.runtime_data.control.goals.of(charge_point, 1).priority, int)
    assert state(hass, "number", "CP1_1_priority") == "7"


@with_site
async def test_minimum_and_maximum_never_cross(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Each ends where the other begins."""
    await hass.async_block_till_done()
    assert attribute(hass, "CP1_1_minimum_current", "max") == 32
    await set_value(hass, "CP1_1_maximum_current", 10)
    assert attribute(hass, "CP1_1_minimum_current", "max") == 10
    with pytest.raises(ServiceValidationError):
        await set_value(hass, "CP1_1_minimum_current", 11)
    await set_value(hass, "CP1_1_minimum_current", 8)
    with pytest.raises(ServiceValidationError):
        await set_value(hass, "CP1_1_maximum_current", 7)


@with_site
async def test_a_lower_maximum_of_the_charge_point_bounds_the_modes(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """Its settings have the last word, but never below what a car needs."""
    await hass.async_block_till_done()
    await set_value(hass, "CP1_1_maximum_current", 20)
    await set_value(hass, "CP1_1_minimum_current", 16)
    charge_point.update_settings(replace(charge_point.settings, maximum_current=13.0))
    assert float(state(hass, "number", "CP1_1_maximum_current")) == 13
    assert float(state(hass, "number", "CP1_1_minimum_current")) == 13
    charge_point.update_settings(replace(charge_point.settings, maximum_current=5.0))
    assert attribute(hass, "CP1_1_maximum_current", "max") == 6


@with_site
async def test_the_least_share_of_sun_is_higher_with_fixed_phases(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """Until the user sets it."""
    await hass.async_block_till_done()
    assert float(state(hass, "number", "CP1_1_solar_share")) == 75


@with_switching
async def test_the_least_share_of_sun_is_lower_where_phases_switch(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """One phase begins with little sun."""
    await hass.async_block_till_done()
    assert float(state(hass, "number", "CP1_1_solar_share")) == 60


@with_site
async def test_goals_by_the_state_of_charge_exist_once_it_is_reported(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """Most chargers never know it."""
    await hass.async_block_till_done()
    assert not number_exists(hass, "target_soc")
    assert not number_exists(hass, "battery_capacity")
    sample(charge_point, 1, SOC)
    await hass.async_block_till_done()
    assert float(state(hass, "number", "CP1_1_target_soc")) == 80
    assert float(state(hass, "number", "CP1_1_battery_capacity")) == 0


async def test_a_price_limit_exists_while_there_are_prices(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Without charging control, and without a price, nothing can be compared."""
    await hass.async_block_till_done()
    assert not number_exists(hass, "price_limit")
    await add_site(hass, init_integration)
    assert number_exists(hass, "priority")
    assert not number_exists(hass, "price_limit")
    await remove_site(hass, init_integration)
    await add_site(hass, init_integration, price=PRICE)
    assert number_exists(hass, "price_limit")
    await remove_site(hass, init_integration)
    assert not number_exists(hass, "price_limit")


@with_prices
async def test_a_price_limit_has_the_unit_of_the_prices(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Nothing is converted; before there is a price it is the currency of Home Assistant."""
    await hass.async_block_till_done()
    assert state(hass, "number", "CP1_1_price_limit") == STATE_UNKNOWN
    assert attribute(hass, "CP1_1_price_limit", ATTR_UNIT_OF_MEASUREMENT) == f"{hass.config.currency}/kWh"
    hass.states.async_set(PRICE, "12.5", {ATTR_UNIT_OF_MEASUREMENT: "öre/kWh"})
    await set_value(hass, "CP1_1_price_limit", 10.5)
    assert float(state(hass, "number", "CP1_1_price_limit")) == 10.5
    assert attribute(hass, "CP1_1_price_limit", ATTR_UNIT_OF_MEASUREMENT) == "öre/kWh"
