"""Actions that change what charging control goes by, and how those that charge by hand take over from it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, LimitPostponedError, RefusedError
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Reading
from tests.actions.calls import act
from tests.scripted import NOON, ScriptedDialect, report, sample, start_transaction
from tests.sites import with_site

SOC = Reading("SoC", 42.0, "Percent", location="EV")


@with_site
async def test_a_mode_can_be_set_by_an_action(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """As by its entity."""
    assert await act(hass, "set_mode", device_id=device_id, mode="solar") == {"status": "Accepted"}
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).mode is ChargingMode.SOLAR


@with_site
@pytest.mark.parametrize("mode", ["off", False])
async def test_a_mode_that_yaml_takes_for_false_is_off(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str, mode: object
) -> None:
    """Nobody thinks of quotes there."""
    await act(hass, "set_mode", device_id=device_id, mode=mode)
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).mode is ChargingMode.OFF


@with_site
async def test_a_mode_that_does_not_exist_is_no_mode(hass: HomeAssistant, device_id: str) -> None:
    """The data of the action say so."""
    for mode in ("turbo", True):
        with pytest.raises(vol.Invalid):
            await act(hass, "set_mode", device_id=device_id, mode=mode)


@pytest.mark.parametrize(("action", "data"), [("set_mode", {"mode": "solar"}), ("set_plan", {"energy": 20})])
async def test_without_charging_control_there_are_no_modes(
    hass: HomeAssistant, device_id: str, action: str, data: dict[str, Any]
) -> None:
    """The message says where to set them up."""
    with pytest.raises(ServiceValidationError, match="not set up.*Add solar charging and fuse protection"):
        await act(hass, action, device_id=device_id, **data)


@with_site
async def test_the_action_that_limits_takes_over_from_a_mode(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """As the entity does."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await act(hass, "set_mode", device_id=device_id, mode="solar")
    await act(hass, "set_current_limit", device_id=device_id, limit=10.5)
    goals = init_integration.runtime_data.control.goals.of(charge_point, 1)
    assert goals.mode is ChargingMode.MANUAL
    assert goals.manual_limit == 10.5


@with_site
@pytest.mark.parametrize(
    ("action", "data", "answers"),
    [
        ("set_current_limit", {"limit": 40}, {}),
        ("set_current_limit", {"limit": 7}, {"set_limit": RefusedError("SetChargingProfile", "Rejected")}),
        ("start_transaction", {}, {"start": RefusedError("RemoteStartTransaction", "Rejected")}),
        ("stop_transaction", {}, {"stop": CallTimeoutError("RemoteStopTransaction", 30)}),
    ],
    ids=["out of range", "limit refused", "start refused", "stop timed out"],
)
async def test_an_action_that_fails_takes_nothing_over(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
    device_id: str,
    action: str,
    data: dict[str, Any],
    answers: dict[str, Exception],
) -> None:
    """The mode goes on with the limits that it had."""
    if action == "stop_transaction":
        start_transaction(charge_point)
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await act(hass, "set_current_limit", device_id=device_id, limit=10)
    await act(hass, "set_mode", device_id=device_id, mode="solar")
    runtime = init_integration.runtime_data
    before = runtime.control.goals.of(charge_point, 1)
    far_end.answers |= answers
    with pytest.raises(HomeAssistantError):
        await act(hass, action, device_id=device_id, **data)
    assert runtime.control.goals.of(charge_point, 1) == before
    assert before.mode is ChargingMode.SOLAR
    assert before.manual_limit == 10


@with_site
async def test_a_limit_that_is_only_postponed_takes_over_all_the_same(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    device_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes by itself, and a mode must not write another one then."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await act(hass, "set_mode", device_id=device_id, mode="solar")

    async def postpone(*_arguments: object) -> None:
        raise LimitPostponedError(7.0, 60)

    monkeypatch.setattr(charge_point, "request_limit", postpone)
    with pytest.raises(ServiceValidationError):
        await act(hass, "set_current_limit", device_id=device_id, limit=7)
    goals = init_integration.runtime_data.control.goals.of(charge_point, 1)
    assert (goals.mode, goals.suspended, goals.manual_limit) == (ChargingMode.MANUAL, ChargingMode.SOLAR, 7.0)


@with_site
@pytest.mark.parametrize("action", ["start_transaction", "stop_transaction"])
async def test_actions_that_start_and_stop_take_over_from_a_mode(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str, action: str
) -> None:
    """As the switch does."""
    if action == "stop_transaction":
        start_transaction(charge_point)
    report(charge_point, 1, ConnectorStatus.PREPARING)
    await act(hass, "set_mode", device_id=device_id, mode="solar")
    await act(hass, action, device_id=device_id)
    goals = init_integration.runtime_data.control.goals.of(charge_point, 1)
    assert (goals.mode, goals.suspended) == (ChargingMode.MANUAL, ChargingMode.SOLAR)


@with_site
async def test_a_plan_for_each_day_is_a_time(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """It replaces what was planned for a single day, and does not change the mode."""
    goals = init_integration.runtime_data.control.goals
    goals.update(charge_point, 1, deadline=NOON)
    answer = await act(hass, "set_plan", device_id=device_id, departure="06:30", energy=15)
    assert answer == {"status": "Accepted"}
    wanted = goals.of(charge_point, 1)
    assert (wanted.departure, wanted.deadline, wanted.departure_energy) == (time(6, 30), None, 15)
    assert wanted.mode is ChargingMode.MANUAL


@with_site
async def test_a_plan_for_a_single_day_is_a_date_with_a_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    device_id: str,
) -> None:
    """Without a zone it is local; the departure of each day stays."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    freezer.move_to(NOON)
    await act(hass, "set_plan", device_id=device_id, departure="2026-11-21 07:00:00")
    wanted = init_integration.runtime_data.control.goals.of(charge_point, 1)
    assert wanted.deadline == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert wanted.departure == time(7)


@with_site
async def test_a_departure_in_the_past_is_refused(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    device_id: str,
) -> None:
    """Nothing of the plan is taken then."""
    freezer.move_to(NOON)
    yesterday = (NOON - timedelta(days=1)).isoformat()
    with pytest.raises(ServiceValidationError, match="is in the past"):
        await act(hass, "set_plan", device_id=device_id, departure=yesterday, energy=15, activate=True)
    wanted = init_integration.runtime_data.control.goals.of(charge_point, 1)
    assert wanted.deadline is None
    assert wanted.departure_energy == 20
    assert wanted.mode is ChargingMode.MANUAL


@with_site
async def test_a_plan_can_be_activated(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """Also one that was set before."""
    await act(hass, "set_plan", device_id=device_id, activate=True)
    assert init_integration.runtime_data.control.goals.of(charge_point, 1).mode is ChargingMode.SCHEDULED


@with_site
async def test_a_plan_that_says_nothing_is_refused(hass: HomeAssistant, device_id: str) -> None:
    """It would change nothing."""
    with pytest.raises(ServiceValidationError, match="says nothing"):
        await act(hass, "set_plan", device_id=device_id)


@with_site
@pytest.mark.parametrize(
    "data",
    [
        {"energy": 15, "target_soc": 80},
        {"energy": 0},
        {"energy": -5},
        {"energy": "nan"},
        {"target_soc": 101},
        {"departure": "soon"},
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(hass: HomeAssistant, device_id: str, data: dict[str, Any]) -> None:
    """By the data of the action."""
    with pytest.raises(vol.Invalid):
        await act(hass, "set_plan", device_id=device_id, **data)


@with_site
async def test_a_plan_by_the_state_of_charge_needs_the_size_of_the_battery(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, device_id: str
) -> None:
    """And a charger that reports the state of charge; then an energy would count for nothing."""
    with pytest.raises(ServiceValidationError, match="Name an energy"):
        await act(hass, "set_plan", device_id=device_id, target_soc=90)
    sample(charge_point, 1, SOC)
    with pytest.raises(ServiceValidationError, match="size of the car's battery must be known"):
        await act(hass, "set_plan", device_id=device_id, target_soc=90)
    goals = init_integration.runtime_data.control.goals
    goals.update(charge_point, 1, battery_capacity=60.0)
    await act(hass, "set_plan", device_id=device_id, target_soc=90)
    assert goals.of(charge_point, 1).target_soc == 90
    with pytest.raises(ServiceValidationError, match="Name a target state of charge"):
        await act(hass, "set_plan", device_id=device_id, energy=15)
