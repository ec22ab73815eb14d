"""Switches command the charge point and show what it confirmed."""

import asyncio
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.profiles import ChargingProfile
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from tests.scripted import (
    ScriptedDialect,
    assert_platform,
    entity_id,
    report,
    start_transaction,
    state,
    stop_transaction,
)
from tests.sites import with_site


async def turn(hass: HomeAssistant, position: str, unique_id: str) -> None:
    """Turn a switch on or off and wait for the command's end."""
    target = {"entity_id": entity_id(hass, "switch", unique_id)}
    await hass.services.async_call("switch", f"turn_{position}", target, blocking=True)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_switches(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, category and state."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert_platform(hass, "switch", snapshot)


@pytest.mark.parametrize(
    ("unique_id", "position", "call"),
    [
        ("CP1_1_charge", "on", ("start", 1, "HomeAssistant")),
        ("CP1_1_pause", "on", ("set_limit", 1, 0.0)),
        ("CP1_0_availability", "on", ("set_availability", 0, True)),
        ("CP1_0_availability", "off", ("set_availability", 0, False)),
        ("CP1_2_availability", "on", ("set_availability", 2, True)),
        ("CP1_2_availability", "off", ("set_availability", 2, False)),
    ],
)
async def test_a_switch_commands_its_connector(
    hass: HomeAssistant,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
    unique_id: str,
    position: str,
    call: tuple[Any, ...],
) -> None:
    """Each position is one command."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    await turn(hass, position, unique_id)
    assert far_end.calls[-1] == call


async def test_charge_is_on_while_a_transaction_runs(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """An accepted remote start is no transaction yet."""
    await hass.async_block_till_done()
    await turn(hass, "on", "CP1_1_charge")
    assert state(hass, "switch", "CP1_1_charge") == "off"
    transaction = start_transaction(charge_point)
    assert state(hass, "switch", "CP1_1_charge") == "on"
    await turn(hass, "off", "CP1_1_charge")
    assert far_end.calls[-1] == ("stop", transaction.transaction_id)
    assert state(hass, "switch", "CP1_1_charge") == "on"
    stop_transaction(charge_point, transaction)
    assert state(hass, "switch", "CP1_1_charge") == "off"


async def test_charge_is_off_while_nobody_may_charge_in_a_transaction(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Charging was ended, and the transaction goes on until the cable is out: it can be started again."""
    transaction = start_transaction(charge_point)
    report(charge_point, 1, ConnectorStatus.PREPARING)
    charge_point.transaction_held(transaction, "Remote")
    charge_point.flush()
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_1_charge") == "off"
    await turn(hass, "on", "CP1_1_charge")
    assert far_end.calls[-1][0] == "start"
    charge_point.transaction_held(transaction, None)
    charge_point.flush()
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_1_charge") == "on"


async def test_pause_is_on_once_it_is_confirmed(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """And off again after the limit before it has been confirmed."""
    await hass.async_block_till_done()
    await turn(hass, "on", "CP1_1_pause")
    assert state(hass, "switch", "CP1_1_pause") == "on"
    await turn(hass, "off", "CP1_1_pause")
    assert far_end.calls[-1] == ("set_limit", 1, 32.0)
    assert state(hass, "switch", "CP1_1_pause") == "off"


async def test_a_refused_pause_is_no_pause(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The error names the answer, the state stays."""
    await hass.async_block_till_done()
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "NotSupported")
    with pytest.raises(HomeAssistantError, match="CP1 refused SetChargingProfile: it answered NotSupported"):
        await turn(hass, "on", "CP1_1_pause")
    assert state(hass, "switch", "CP1_1_pause") == "off"


async def test_out_of_service_is_shown_when_the_charge_point_is(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Scheduled for the end of a transaction is not yet."""
    report(charge_point, 0, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    far_end.answers["set_availability"] = "Scheduled"
    await turn(hass, "off", "CP1_0_availability")
    assert state(hass, "switch", "CP1_0_availability") == "on"
    report(charge_point, 0, ConnectorStatus.INOPERATIVE)
    assert state(hass, "switch", "CP1_0_availability") == "off"


async def test_a_connector_can_be_out_of_service_alone(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Its neighbour goes on."""
    report(charge_point, 2, ConnectorStatus.INOPERATIVE)
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_1_availability") == "on"
    assert state(hass, "switch", "CP1_2_availability") == "off"


@pytest.mark.parametrize("key", ["charge", "pause"])
async def test_a_switch_in_the_wanted_position_sends_nothing(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, key: str
) -> None:
    """Scripts and groups switch without asking first: that is no error, and nothing a charger need hear of."""
    await hass.async_block_till_done()
    before = list(far_end.calls)
    await turn(hass, "off", f"CP1_1_{key}")
    assert far_end.calls == before

    start_transaction(charge_point)
    await charge_point.pause(1)
    before = list(far_end.calls)
    await turn(hass, "on", f"CP1_1_{key}")
    assert far_end.calls == before


async def test_charging_can_be_started_where_the_last_stop_was_lost(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The connector is free, though the books still have a transaction there."""
    start_transaction(charge_point)
    report(charge_point, 1, ConnectorStatus.CHARGING)
    report(charge_point, 1, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    await turn(hass, "on", "CP1_1_charge")
    assert far_end.calls[-1] == ("start", 1, "HomeAssistant")


async def test_a_switch_that_may_be_about_to_move_can_be_taken_back(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last position that was wanted is the one that holds, also while the charge point thinks about the first."""
    await hass.async_block_till_done()
    asked, answered = asyncio.Event(), asyncio.Event()

    async def set_profile(_profile: ChargingProfile) -> None:
        asked.set()
        await answered.wait()

    monkeypatch.setattr(far_end, "set_profile", set_profile)
    async with asyncio.timeout(5), asyncio.TaskGroup() as commands:
        commands.create_task(turn(hass, "on", "CP1_1_pause"))
        await asked.wait()
        taken_back = commands.create_task(turn(hass, "off", "CP1_1_pause"))
        await asyncio.sleep(0)
        answered.set()
    assert taken_back.done()
    await hass.async_block_till_done()
    assert charge_point.connectors[1].paused is False


async def test_going_out_of_service_later_can_be_taken_back(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """The switch has not moved yet, and the charge point must hear that it shall not."""
    report(charge_point, 0, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    far_end.answers["set_availability"] = "Scheduled"
    await turn(hass, "off", "CP1_0_availability")
    far_end.answers["set_availability"] = "Accepted"
    await turn(hass, "on", "CP1_0_availability")
    assert far_end.calls[-1] == ("set_availability", 0, True)


async def test_before_the_first_report_nothing_is_known(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """A connector that has told nothing of itself is neither in service nor out, and neither charges nor rests."""
    charge_point.connectors_known(2)
    charge_point.flush()
    await hass.async_block_till_done()
    for key in ("availability", "charge", "pause"):
        assert state(hass, "switch", f"CP1_2_{key}") == STATE_UNKNOWN
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    for key, shown in (("availability", "on"), ("charge", "off"), ("pause", "off")):
        assert state(hass, "switch", f"CP1_2_{key}") == shown


async def test_what_is_remembered_of_charge_and_pause_is_shown(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """A new connection on which nothing was reported yet makes no running transaction unknown."""
    start_transaction(charge_point)
    await charge_point.set_limit(1, 10)
    charge_point.attach(far_end, "127.0.0.1")
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_1_charge") == "on"
    assert state(hass, "switch", "CP1_1_pause") == "off"


# Charging modes


@with_site
@pytest.mark.parametrize("key", ["charge", "pause"])
async def test_a_switch_takes_over_from_a_mode(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, key: str
) -> None:
    """Who presses it wants to decide; the mode comes back when the car is unplugged."""
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    runtime.control.set_mode(charge_point, 1, ChargingMode.SOLAR)
    await turn(hass, "on", f"CP1_1_{key}")
    goals = runtime.control.goals.of(charge_point, 1)
    assert (goals.mode, goals.suspended) == (ChargingMode.MANUAL, ChargingMode.SOLAR)


@with_site
async def test_a_switch_in_the_wanted_position_leaves_the_mode_alone(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """It asks for nothing else than what is."""
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    runtime.control.set_mode(charge_point, 1, ChargingMode.SOLAR)
    await turn(hass, "off", "CP1_1_pause")
    assert runtime.control.goals.of(charge_point, 1).mode is ChargingMode.SOLAR


@with_site
@pytest.mark.parametrize(("position", "key"), [("on", "charge"), ("off", "pause")])
async def test_a_switch_that_wants_current_frees_a_car_that_a_mode_holds(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
    position: str,
    key: str,
) -> None:
    """It is in that position already, and nothing but the limit is sent; not a second time when it is pressed again."""
    start_transaction(charge_point)
    report(charge_point, 1, ConnectorStatus.SUSPENDED_EVSE)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    runtime.control.set_mode(charge_point, 1, ChargingMode.OFF)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert charge_point.connectors[1].limit == 0
    before = list(far_end.calls)
    for _ in range(2):
        await turn(hass, position, f"CP1_1_{key}")
        goals = runtime.control.goals.of(charge_point, 1)
        assert (goals.mode, goals.suspended) == (ChargingMode.MANUAL, ChargingMode.OFF)
        assert goals.manual_limit == charge_point.settings.maximum_current
    assert [call for call in far_end.calls[len(before) :] if call[0] in {"start", "stop"}] == []


@with_site
@pytest.mark.parametrize("key", ["charge", "pause"])
async def test_a_switch_that_is_refused_leaves_the_mode_alone(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
    key: str,
) -> None:
    """Nothing has been taken over."""
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await hass.async_block_till_done()
    runtime = init_integration.runtime_data
    runtime.control.set_mode(charge_point, 1, ChargingMode.SOLAR)
    before = runtime.control.goals.of(charge_point, 1)
    far_end.answers["start"] = RefusedError("RemoteStartTransaction", "Rejected")
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(HomeAssistantError):
        await turn(hass, "on", f"CP1_1_{key}")
    assert runtime.control.goals.of(charge_point, 1) == before


@pytest.mark.parametrize(("position", "key"), [("on", "charge"), ("off", "pause")])
async def test_without_a_house_no_switch_frees_anything(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, position: str, key: str
) -> None:
    """A limit of nothing is the user's own then."""
    start_transaction(charge_point)
    await charge_point.set_limit(1, 0)
    await hass.async_block_till_done()
    before = list(far_end.calls)
    await turn(hass, position, f"CP1_1_{key}")
    assert far_end.calls == before


# Goals


@with_site
async def test_the_switches_of_a_house(
    hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint
) -> None:
    """Each connector has its own goals."""
    await hass.async_block_till_done()
    target = entity_id(hass, "switch", "CP1_1_in_one_go")
    assert hass.states.get(target) == snapshot
    assert er.async_get(hass).async_get(target) == snapshot


@with_site
async def test_a_goal_is_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Also while the charge point is away: nothing is sent."""
    await hass.async_block_till_done()
    goals = init_integration.runtime_data.control.goals
    charge_point.detach(far_end)
    before = list(far_end.calls)
    assert state(hass, "switch", "CP1_1_in_one_go") == "off"
    await turn(hass, "on", "CP1_1_in_one_go")
    assert state(hass, "switch", "CP1_1_in_one_go") == "on"
    assert goals.of(charge_point, 1).in_one_go is True
    await turn(hass, "off", "CP1_1_in_one_go")
    assert goals.of(charge_point, 1).in_one_go is False
    assert far_end.calls == before


@pytest.mark.usefixtures("charge_point")
async def test_without_a_house_there_are_no_goals(hass: HomeAssistant) -> None:
    """Nothing would go by them."""
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get_entity_id("switch", DOMAIN, "CP1_1_in_one_go") is None


# The way of limiting


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_way_of_limiting_can_be_kept(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """And left to the search again."""
    await charge_point.set_limit(1, 16)
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_0_limit_strategy_pinned") == "off"
    await turn(hass, "on", "CP1_0_limit_strategy_pinned")
    assert state(hass, "switch", "CP1_0_limit_strategy_pinned") == "on"
    assert charge_point.limits.search is not None
    assert charge_point.limits.search.pinned
    await turn(hass, "off", "CP1_0_limit_strategy_pinned")
    assert not charge_point.limits.search.pinned


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_before_the_first_limit_there_is_no_way_to_keep(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The message says what to do first."""
    await hass.async_block_till_done()
    assert state(hass, "switch", "CP1_0_limit_strategy_pinned") == STATE_UNKNOWN
    with pytest.raises(ServiceValidationError, match="Set a current limit first"):
        await turn(hass, "on", "CP1_0_limit_strategy_pinned")
