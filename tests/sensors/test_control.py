"""What charging control does and why, and what the house has to give."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.charging.modes import Reason
from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.sensors.control import CONNECTOR_CONTROL
from tests.scripted import NOON, ScriptedDialect, entity_id, state, states_written
from tests.sites import CURRENTS, GRID, add_site, charger, remove_site, show_status, site, with_site

with_fuse = pytest.mark.parametrize("subentries", [[charger(), site(fuse=25.0, **CURRENTS)]], ids=["fuse"])

BUSY = ControlStatus(
    reason=Reason.TRACKING,
    target_current=9.5,
    planned_start=NOON + timedelta(hours=10),
    solar_energy=4.25,
    solar_share=81.0,
)


def report_house(hass: HomeAssistant, grid: float, current: float = 5.0) -> None:
    """Let the sensors of the house report: W at the grid, A of each phase."""
    hass.states.async_set(GRID, str(grid), {ATTR_UNIT_OF_MEASUREMENT: UnitOfPower.WATT})
    for entity in CURRENTS.values():
        hass.states.async_set(entity, str(current), {ATTR_UNIT_OF_MEASUREMENT: UnitOfElectricCurrent.AMPERE})


def site_sensor(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the id of a sensor of the house, if there is one."""
    return er.async_get(hass).async_get_entity_id("sensor", "ocpp_csms", f"{entry.entry_id}_{key}")


# Connectors


@with_site
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_sensors_of_charging_control(
    hass: HomeAssistant,
    snapshot: SnapshotAssertion,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
) -> None:
    """Each has its name, class, unit and state."""
    await hass.async_block_till_done()
    show_status(init_integration, charge_point, BUSY)
    for row in CONNECTOR_CONTROL:
        found = entity_id(hass, "sensor", f"CP1_1_{row.key}")
        assert er.async_get(hass).async_get(found) == snapshot(name=f"{found}-entry")
        assert hass.states.get(found) == snapshot(name=f"{found}-state")


@with_site
@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_is_a_state(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    reason: Reason,
) -> None:
    """By its name."""
    await hass.async_block_till_done()
    show_status(init_integration, charge_point, ControlStatus(reason=reason))
    assert state(hass, "sensor", "CP1_1_control_reason") == reason.value


@with_site
async def test_only_what_has_changed_is_written(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
) -> None:
    """One status holds the values of many entities."""
    await hass.async_block_till_done()
    take = states_written(hass)
    show_status(init_integration, charge_point, ControlStatus(reason=Reason.FAST))
    await hass.async_block_till_done()
    assert take() == [entity_id(hass, "sensor", "CP1_1_control_reason")]


@with_site
async def test_what_is_done_with_a_charge_point_that_is_offline_is_not_shown(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Nothing can be done with it."""
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_control_reason") == "manual"
    charge_point.detach(far_end)
    assert state(hass, "sensor", "CP1_1_control_reason") == STATE_UNAVAILABLE


@with_site
async def test_while_control_ends_nothing_is_claimed(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
) -> None:
    """What the charge point says before the entity is gone finds nobody who decides."""
    await hass.async_block_till_done()
    with monkeypatch.context() as ending:
        ending.setattr(init_integration.runtime_data.control, "loop", None)
        charge_point.notify(1, "control")
        assert state(hass, "sensor", "CP1_1_control_reason") == STATE_UNKNOWN


@with_site
async def test_without_a_plan_there_is_no_planned_start(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """It is unknown, like all that there is nothing of."""
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_planned_start") == STATE_UNKNOWN


# The house


@with_fuse
async def test_surplus_and_headroom_are_on_the_central_systems_device(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Beside the address, which stays what it is."""
    registry = er.async_get(hass)
    url = registry.async_get(entity_id(hass, "sensor", f"{init_integration.entry_id}_url"))
    assert url is not None
    for key in ("surplus", "headroom_l1", "headroom_l2", "headroom_l3"):
        found = registry.async_get(entity_id(hass, "sensor", f"{init_integration.entry_id}_{key}"))
        assert found is not None
        assert found.device_id == url.device_id


@with_fuse
async def test_surplus_and_headroom_follow_the_sensors_of_the_house(
    hass: HomeAssistant, init_integration: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Unavailable until there are values, and not at each of their samples."""
    surplus, headroom = (f"{init_integration.entry_id}_{key}" for key in ("surplus", "headroom_l2"))
    assert state(hass, "sensor", surplus) == STATE_UNAVAILABLE
    assert state(hass, "sensor", headroom) == STATE_UNAVAILABLE
    report_house(hass, -3000, current=4.0)
    await hass.async_block_till_done()
    assert float(state(hass, "sensor", surplus)) == 3000
    assert float(state(hass, "sensor", headroom)) == 20  # 25 A less 1 A to be safe, less what the house takes
    take = states_written(hass)
    for current in (4.5, 5.0):
        freezer.tick(5)
        report_house(hass, -3000, current=current)
        await hass.async_block_till_done()
    assert entity_id(hass, "sensor", surplus) not in (written := take())
    assert written.count(entity_id(hass, "sensor", headroom)) == 1
    assert float(state(hass, "sensor", headroom)) == 19


@with_site
async def test_without_a_fuse_there_is_no_headroom(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Nothing bounds it."""
    assert site_sensor(hass, init_integration, "surplus") is not None
    assert site_sensor(hass, init_integration, "headroom_l1") is None


async def test_the_sensors_of_the_house_come_and_go_with_charging_control(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """No reload is needed."""
    assert site_sensor(hass, init_integration, "surplus") is None
    await add_site(hass, init_integration)
    assert state(hass, "sensor", f"{init_integration.entry_id}_surplus") == STATE_UNAVAILABLE
    await remove_site(hass, init_integration)
    assert site_sensor(hass, init_integration, "surplus") is None
    await add_site(hass, init_integration)
    assert state(hass, "sensor", f"{init_integration.entry_id}_surplus") == STATE_UNAVAILABLE


async def test_the_sensors_of_the_house_follow_its_settings(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """A fuse that is added or removed brings or takes its sensors; the others follow the new settings."""
    subentry = await add_site(hass, init_integration)
    fused = {**subentry.data, "fuse": 25.0, **CURRENTS}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=fused)
    await hass.async_block_till_done()
    assert site_sensor(hass, init_integration, "headroom_l3") is not None
    report_house(hass, -2000)
    await hass.async_block_till_done()
    assert float(state(hass, "sensor", f"{init_integration.entry_id}_surplus")) == 2000
    hass.config_entries.async_update_subentry(init_integration, subentry, data={"grid_power": GRID})
    await hass.async_block_till_done()
    assert site_sensor(hass, init_integration, "headroom_l3") is None
    assert site_sensor(hass, init_integration, "surplus") is not None


@with_fuse
async def test_a_house_that_is_removed_while_nothing_is_loaded_leaves_no_sensors(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """They are gone with the next start; the address stays."""
    await hass.config_entries.async_unload(init_integration.entry_id)
    await remove_site(hass, init_integration)
    await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()
    assert site_sensor(hass, init_integration, "surplus") is None
    assert site_sensor(hass, init_integration, "headroom_l1") is None
    assert state(hass, "sensor", f"{init_integration.entry_id}_url").startswith("ws://")
