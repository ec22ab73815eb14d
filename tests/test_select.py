"""Selects keep what the user chose, and the mode or the charge point follows."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.control.goals import CarPhases, PhaseChoice
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus
from tests.scripted import ScriptedDialect, assert_platform, entity_id, report, state
from tests.sites import add_site, charger, remove_site, site, with_site, with_switching

with_phases = pytest.mark.parametrize("subentries", [[charger(quirks={"phase_switching": True})]], ids=["phases"])


async def choose(hass: HomeAssistant, unique_id: str, option: str) -> None:
    """Choose an option and wait for the command's end."""
    data = {"entity_id": entity_id(hass, "select", unique_id), "option": option}
    await hass.services.async_call("select", "select_option", data, blocking=True)


def mode_entity(hass: HomeAssistant) -> str | None:
    """Return the id of the select of the charging mode, if there is one."""
    return er.async_get(hass).async_get_entity_id("select", "ocpp_csms", "CP1_1_charging_mode")


@with_switching
async def test_all_selects(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, options and state."""
    await hass.async_block_till_done()
    assert_platform(hass, "select", snapshot)


# Charging mode


@with_site
async def test_a_mode_decides_from_when_it_is_chosen(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Before, everything is manual."""
    await hass.async_block_till_done()
    assert state(hass, "select", "CP1_1_charging_mode") == "manual"
    await choose(hass, "CP1_1_charging_mode", "min_solar")
    assert state(hass, "select", "CP1_1_charging_mode") == "min_solar"
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).mode is ChargingMode.MIN_SOLAR


@with_site
async def test_a_mode_can_be_chosen_while_the_charge_point_is_offline(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """It decides when the charge point is back."""
    await hass.async_block_till_done()
    charge_point.detach(far_end)
    await choose(hass, "CP1_1_charging_mode", "fast")
    assert state(hass, "select", "CP1_1_charging_mode") == "fast"


@with_site
async def test_a_mode_that_does_not_exist_is_refused(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The present one stays."""
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError):
        await choose(hass, "CP1_1_charging_mode", "turbo")
    assert state(hass, "select", "CP1_1_charging_mode") == "manual"


@with_site
async def test_each_connector_has_a_mode_of_its_own(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """One can charge fast beside one that waits for the sun."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    await choose(hass, "CP1_2_charging_mode", "solar")
    assert state(hass, "select", "CP1_1_charging_mode") == "manual"
    assert state(hass, "select", "CP1_2_charging_mode") == "solar"


async def test_modes_come_and_go_with_charging_control(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """No reload is needed."""
    await hass.async_block_till_done()
    assert mode_entity(hass) is None
    await add_site(hass, init_integration)
    assert state(hass, "select", "CP1_1_charging_mode") == "manual"
    await remove_site(hass, init_integration)
    assert mode_entity(hass) is None
    await add_site(hass, init_integration)
    assert state(hass, "select", "CP1_1_charging_mode") == "manual"


@with_site
async def test_what_the_user_made_of_an_entity_of_control_survives_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Its id and its name are in automations and dashboards."""
    await hass.async_block_till_done()
    before = entity_id(hass, "select", "CP1_1_charging_mode")
    er.async_get(hass).async_update_entity(before, new_entity_id="select.how_to_charge", name="How to charge")
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    report(init_integration.runtime_data.central.charge_points["CP1"], 1, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert entity_id(hass, "select", "CP1_1_charging_mode") == "select.how_to_charge"


# Phases


async def test_who_cannot_switch_phases_has_no_choice(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Most charge points cannot."""
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get_entity_id("select", "ocpp_csms", "CP1_1_phases") is None


async def test_the_choice_appears_when_the_charge_point_says_that_it_can_switch(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """Its configuration is read after it has connected."""
    await hass.async_block_till_done()
    key = "ConnectorSwitch3to1PhaseSupported"
    charge_point.configuration_read({key: ConfigurationKey(key, "true", readonly=True)})
    charge_point.flush()
    await hass.async_block_till_done()
    assert state(hass, "select", "CP1_1_phases") == "auto"


@with_phases
async def test_without_a_mode_the_limit_is_told_for_the_phases(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The current of each stays as it was; automatic means all of them again."""
    await hass.async_block_till_done()
    await charge_point.set_limit(1, 13.0)
    await choose(hass, "CP1_1_phases", "1")
    assert far_end.calls[-1] == ("set_limit", 1, 13.0)
    assert charge_point.connectors[1].phases == 1
    assert state(hass, "select", "CP1_1_phases") == "1"
    await choose(hass, "CP1_1_phases", "auto")
    assert charge_point.connectors[1].phases == 3


@with_phases
async def test_without_a_limit_the_highest_is_told(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Phases are part of a limit."""
    await hass.async_block_till_done()
    await choose(hass, "CP1_1_phases", "1")
    assert ("set_limit", 1, 32.0) in far_end.calls


@with_phases
async def test_what_is_in_force_already_is_not_told(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Three phases are what every such charge point begins with."""
    await hass.async_block_till_done()
    before = list(far_end.calls)
    await choose(hass, "CP1_1_phases", "3")
    assert far_end.calls == before
    assert state(hass, "select", "CP1_1_phases") == "3"


@with_phases
async def test_a_refused_choice_changes_nothing(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The error names the answer."""
    await hass.async_block_till_done()
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(HomeAssistantError, match="it answered Rejected"):
        await choose(hass, "CP1_1_phases", "1")
    assert state(hass, "select", "CP1_1_phases") == "auto"


@with_site
async def test_the_user_may_know_how_many_phases_the_car_has(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The charge point need not hear of it."""
    await hass.async_block_till_done()
    assert state(hass, "select", "CP1_1_car_phases") == "auto"
    before = list(far_end.calls)
    await choose(hass, "CP1_1_car_phases", "2")
    assert state(hass, "select", "CP1_1_car_phases") == "2"
    assert far_end.calls == before
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).car_phases is CarPhases.TWO


@pytest.mark.parametrize("subentries", [[charger(phases=1), site()]], ids=["one phase"])
@pytest.mark.usefixtures("charge_point")
async def test_a_charge_point_with_one_phase_asks_nobody(hass: HomeAssistant) -> None:
    """A car can use one phase of it at most."""
    await hass.async_block_till_done()
    assert mode_entity(hass) is not None
    assert er.async_get(hass).async_get_entity_id("select", "ocpp_csms", "CP1_1_car_phases") is None


@with_switching
async def test_a_mode_follows_the_choice_itself(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """It knows the current that goes with it."""
    await hass.async_block_till_done()
    await choose(hass, "CP1_1_charging_mode", "solar")
    before = list(far_end.calls)
    await choose(hass, "CP1_1_phases", "1")
    assert far_end.calls == before
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).phases is PhaseChoice.ONE
