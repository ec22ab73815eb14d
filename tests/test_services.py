"""Actions reach the charge point and connector of a device, and return what the charge point answered."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    LimitPostponedError,
    NotConnectedError,
    RefusedError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus, Reading
from custom_components.ocpp_csms.services import ACTIONS
from tests.scripted import NOON, ScriptedDialect, entity_id, report, sample, start_transaction
from tests.sites import with_site

SOC = Reading("SoC", 42.0, "Percent", location="EV")


def device_of(hass: HomeAssistant, domain: str, unique_id: str) -> str:
    """Return the id of the device that an entity sits on."""
    entry = er.async_get(hass).async_get(entity_id(hass, domain, unique_id))
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id


@pytest.fixture
async def device_id(hass: HomeAssistant, charge_point: ChargePoint) -> str:
    """The device of CP1, which has one connector."""
    await hass.async_block_till_done()
    return device_of(hass, "sensor", "CP1_0_status")


@pytest.fixture
async def second_connector(hass: HomeAssistant, charge_point: ChargePoint, device_id: str) -> str:
    """The device of the second connector of CP1."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    return device_of(hass, "sensor", "CP1_2_status")


async def act(hass: HomeAssistant, action: str, /, *, answer: bool = True, **data: Any) -> ServiceResponse:
    """Call an action and wait for its answer."""
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=answer)


async def test_actions_exist_without_an_entry_and_can_answer(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Automations that use them are valid while the integration is not loaded."""
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(ACTIONS)
    for action in ACTIONS:
        assert hass.services.supports_response(DOMAIN, action) is SupportsResponse.OPTIONAL


@pytest.mark.parametrize(
    ("action", "data", "call", "answer"),
    [
        ("start_transaction", {}, ("start", 1, "HomeAssistant"), {"status": "Accepted"}),
        ("start_transaction", {"id_tag": "TAG", "connector": 1}, ("start", 1, "TAG"), {"status": "Accepted"}),
        ("stop_transaction", {"transaction_id": "42"}, ("stop", "42"), {"status": "Accepted"}),
        ("set_current_limit", {"limit": 10.5}, ("set_limit", 1, 10.5), {"status": "Accepted"}),
        ("trigger_message", {"message": "Heartbeat"}, ("trigger", "Heartbeat", None), {"status": "Accepted"}),
        (
            "trigger_message",
            {"message": "MeterValues", "connector": 1},
            ("trigger", "MeterValues", 1),
            {"status": "Accepted"},
        ),
        (
            "get_configuration",
            {},
            ("get_configuration", ()),
            {"configuration": {"HeartbeatInterval": {"value": "300", "readonly": False}}, "unknown_keys": []},
        ),
        (
            "set_configuration",
            {"key": "HeartbeatInterval", "value": 60},
            ("set_configuration", "HeartbeatInterval", "60"),
            {"status": "Accepted"},
        ),
        (
            "data_transfer",
            {"vendor_id": "com.example", "message_id": "Hello", "data": "42"},
            ("data_transfer", "com.example", "Hello", "42"),
            {"status": "Accepted", "data": None},
        ),
        ("call", {"action": "ClearCache"}, ("call", "ClearCache", {}), {}),
    ],
)
async def test_an_action_asks_the_charge_point_and_returns_its_answer(
    hass: HomeAssistant,
    far_end: ScriptedDialect,
    device_id: str,
    action: str,
    data: dict[str, Any],
    call: tuple[Any, ...],
    answer: dict[str, Any],
) -> None:
    """The only connector need not be named."""
    assert await act(hass, action, device_id=device_id, **data) == answer
    assert far_end.calls[-1] == call


async def test_nobody_is_answered_who_did_not_ask(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """The action is carried out all the same."""
    assert await act(hass, "set_current_limit", answer=False, device_id=device_id, limit=8) is None
    assert far_end.calls[-1] == ("set_limit", 1, 8.0)


async def test_stopping_takes_the_transaction_that_runs(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, far_end: ScriptedDialect
) -> None:
    """Its id need not be known."""
    transaction = start_transaction(charge_point)
    await act(hass, "stop_transaction", device_id=device_id)
    assert far_end.calls[-1] == ("stop", transaction.transaction_id)


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


async def test_the_device_of_a_connector_names_it(
    hass: HomeAssistant, second_connector: str, far_end: ScriptedDialect
) -> None:
    """As a target does, in a list of one."""
    await act(hass, "start_transaction", device_id=[second_connector])
    assert far_end.calls[-1] == ("start", 2, "HomeAssistant")


async def test_the_device_of_a_charge_point_with_several_connectors_needs_a_number(
    hass: HomeAssistant, device_id: str, second_connector: str, far_end: ScriptedDialect
) -> None:
    """Which one is meant must be said."""
    with pytest.raises(ServiceValidationError, match="CP1 has several connectors"):
        await act(hass, "start_transaction", device_id=device_id)
    await act(hass, "start_transaction", device_id=device_id, connector=2)
    assert far_end.calls[-1] == ("start", 2, "HomeAssistant")


async def test_a_charge_point_that_has_told_of_no_connector_yet_is_asked_to(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It has neither one nor several."""
    device = device_of(hass, "sensor", "CP1_0_status")
    with pytest.raises(ServiceValidationError, match="CP1 has not told of its connectors yet"):
        await act(hass, "start_transaction", device_id=device)


async def test_what_a_switch_takes_for_done_is_an_error_of_an_action(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str
) -> None:
    """An action promises to start or stop something."""
    with pytest.raises(ServiceValidationError, match="nothing to stop"):
        await act(hass, "stop_transaction", device_id=device_id)
    start_transaction(charge_point)
    with pytest.raises(ServiceValidationError, match="CP1 is already charging"):
        await act(hass, "start_transaction", device_id=device_id)


async def test_the_password_is_not_written_as_a_configuration_key(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """The charger would be locked out: Home Assistant knows the old one. The message says where to change both."""
    far_end.answers["set_configuration"] = InvalidRequestError("password_key", configuration_key="AuthorizationKey")
    with pytest.raises(ServiceValidationError, match="AuthorizationKey is the password of CP1.*Generate a password"):
        await act(hass, "set_configuration", device_id=device_id, key="AuthorizationKey", value="4B45594B45594B4559")


async def test_a_connector_that_does_not_exist_is_refused(hass: HomeAssistant, device_id: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ServiceValidationError, match="CP1 has no connector 7"):
        await act(hass, "trigger_message", device_id=device_id, message="StatusNotification", connector=7)


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("start_transaction", {}, "start"),
        ("stop_transaction", {"transaction_id": "42"}, "stop"),
        ("set_current_limit", {"limit": 8}, "set_limit"),
    ],
)
async def test_an_action_that_promises_an_effect_raises_a_refusal(
    hass: HomeAssistant,
    device_id: str,
    far_end: ScriptedDialect,
    action: str,
    data: dict[str, Any],
    command: str,
) -> None:
    """Also to a caller who wants an answer."""
    far_end.answers[command] = RefusedError("TheAction", "Rejected")
    with pytest.raises(HomeAssistantError, match="CP1 refused TheAction: it answered Rejected"):
        await act(hass, action, device_id=device_id, **data)


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("trigger_message", {"message": "Heartbeat"}, "trigger"),
        ("set_configuration", {"key": "K", "value": "V"}, "set_configuration"),
        ("get_configuration", {}, "get_configuration"),
    ],
)
async def test_an_action_that_asks_returns_a_refusal(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect, action: str, data: dict[str, Any], command: str
) -> None:
    """And raises it to a caller who would not see the answer."""
    far_end.answers[command] = RefusedError("TheAction", "NotImplemented")
    assert await act(hass, action, device_id=device_id, **data) == {"status": "NotImplemented"}
    with pytest.raises(HomeAssistantError, match="it answered NotImplemented"):
        await act(hass, action, answer=False, device_id=device_id, **data)


async def test_vendor_data_that_is_not_accepted_is_answered_or_raised(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """With the data that came with the refusal."""
    far_end.answers["data_transfer"] = ("UnknownMessageId", "try Hi")
    answer = await act(hass, "data_transfer", device_id=device_id, vendor_id="com.example", message_id="Hello")
    assert answer == {"status": "UnknownMessageId", "data": "try Hi"}
    with pytest.raises(HomeAssistantError, match="CP1 refused DataTransfer: it answered UnknownMessageId"):
        await act(hass, "data_transfer", answer=False, device_id=device_id, vendor_id="com.example")


async def test_a_raw_call_is_for_administrators(hass: HomeAssistant, device_id: str, far_end: ScriptedDialect) -> None:
    """It can do anything to a charger."""
    user = MockUser(groups=[await _group(hass)]).add_to_hass(hass)
    before = list(far_end.calls)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "call",
            {"device_id": device_id, "action": "ClearCache"},
            blocking=True,
            context=Context(user_id=user.id),
        )
    assert far_end.calls == before


async def _group(hass: HomeAssistant) -> Any:
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    return group


async def test_a_raw_call_returns_the_raw_answer(hass: HomeAssistant, device_id: str, far_end: ScriptedDialect) -> None:
    """Whatever is in it."""
    far_end.answers["call"] = {"status": "Rejected", "customData": [1, 2]}
    answer = await act(hass, "call", device_id=device_id, action="ClearCache", payload={"a": 1})
    assert answer == {"status": "Rejected", "customData": [1, 2]}
    assert far_end.calls[-1] == ("call", "ClearCache", {"a": 1})


async def test_an_error_of_the_charge_point_is_told(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """With its code and description."""
    far_end.answers["call"] = CallFailedError("ClearCache", "NotImplemented", "no cache here")
    with pytest.raises(HomeAssistantError, match="NotImplemented: no cache here"):
        await act(hass, "call", device_id=device_id, action="ClearCache")


async def test_an_offline_charge_point_is_told(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, far_end: ScriptedDialect
) -> None:
    """The message says what to check."""
    charge_point.detach(far_end)
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await act(hass, "get_configuration", device_id=device_id)


async def test_a_connection_lost_on_the_way_is_told(
    hass: HomeAssistant, device_id: str, far_end: ScriptedDialect
) -> None:
    """As one that was not there."""
    far_end.answers["trigger"] = NotConnectedError()
    with pytest.raises(HomeAssistantError, match="CP1 is not connected"):
        await act(hass, "trigger_message", device_id=device_id, message="Heartbeat")


async def test_the_central_systems_device_is_no_charge_point(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It has nothing to start."""
    device = device_of(hass, "sensor", f"{init_integration.entry_id}_url")
    with pytest.raises(ServiceValidationError, match="OCPP CSMS is not a charger"):
        await act(hass, "start_transaction", device_id=device)


async def test_the_device_of_another_integration_is_refused(
    hass: HomeAssistant, init_integration: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """By its name."""
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "lamp")}, name="Lamp"
    )
    with pytest.raises(ServiceValidationError, match="Lamp"):
        await act(hass, "start_transaction", device_id=device.id)


@pytest.mark.usefixtures("init_integration")
async def test_a_device_that_does_not_exist_is_refused(hass: HomeAssistant) -> None:
    """It may have been deleted."""
    with pytest.raises(ServiceValidationError, match="nowhere"):
        await act(hass, "start_transaction", device_id="nowhere")


async def test_an_entry_that_is_not_loaded_is_told(
    hass: HomeAssistant, init_integration: MockConfigEntry, device_id: str
) -> None:
    """The action cannot reach its charge points."""
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await act(hass, "start_transaction", device_id=device_id)


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("start_transaction", {"device_id": []}),
        ("start_transaction", {"device_id": ["one", "two"]}),
        ("start_transaction", {"connector": 0}),
        ("set_current_limit", {}),
        ("set_current_limit", {"limit": -1}),
        ("set_current_limit", {"limit": "much"}),
        ("call", {"action": "ClearCache", "payload": "[]"}),
    ],
)
async def test_bad_data_is_refused_by_the_schema(
    hass: HomeAssistant, device_id: str, action: str, data: dict[str, Any]
) -> None:
    """Before anything happens."""
    with pytest.raises(vol.Invalid):
        await act(hass, action, **{"device_id": device_id, **data})


# Charging modes


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
