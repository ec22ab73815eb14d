"""The automation blueprints: each is valid for Home Assistant, and does what its name says."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.automation.const import DOMAIN
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "blueprints" / "automation" / "ocpp_csms"
BLUEPRINTS = sorted(path.name for path in FOLDER.glob("*.yaml"))

type Automate = Callable[[str, dict[str, Any]], Awaitable[None]]


@pytest.fixture
async def automate(hass: HomeAssistant, tmp_path: Path) -> AsyncGenerator[Automate]:
    """Make automations of our blueprints: call it with a blueprint's file name and the inputs."""
    shutil.copytree(FOLDER, tmp_path / "blueprints" / "automation" / "ocpp_csms")
    hass.config.config_dir = str(tmp_path)

    async def make(blueprint: str, inputs: dict[str, Any]) -> None:
        configuration = {"use_blueprint": {"path": f"ocpp_csms/{blueprint}", "input": inputs}}
        assert await async_setup_component(hass, DOMAIN, {DOMAIN: configuration})
        await hass.async_block_till_done()
        assert [state.state for state in hass.states.async_all(DOMAIN)] == ["on"]

    yield make
    await hass.services.async_call(DOMAIN, "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.fixture
def messages(hass: HomeAssistant) -> list[ServiceCall]:
    """The messages that were sent."""
    return async_mock_service(hass, "notify", "send_message")


@pytest.fixture
def switched(hass: HomeAssistant) -> list[ServiceCall]:
    """What was switched, on or off, in order."""
    calls = async_mock_service(hass, "switch", "turn_on")
    hass.services.async_register("switch", "turn_off", calls.append)
    return calls


async def tell(hass: HomeAssistant, entity: str, state: str, **attributes: Any) -> None:
    """Set a state and let the automation run."""
    hass.states.async_set(entity, state, attributes)
    await hass.async_block_till_done()


def test_there_are_blueprints() -> None:
    """The tests below have something to test."""
    assert len(BLUEPRINTS) == 3


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_home_assistant_accepts_the_blueprint(name: str) -> None:
    """It is an automation blueprint for Home Assistant 2026.10 whose inputs are all used, named and selectable."""
    data = yaml_util.load_yaml_dict(FOLDER / name)
    blueprint = Blueprint(data, path=name, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() is None
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.10.0"}
    assert blueprint.metadata["source_url"].endswith(f"/blueprints/automation/ocpp_csms/{name}")
    body = {section: value for section, value in data.items() if section != "blueprint"}
    assert yaml_util.extract_inputs(body) == set(blueprint.inputs)
    assert all(field["name"] and field["selector"] for field in blueprint.inputs.values())


FINISHED = {"transaction": "event.transaction", "notifier": "notify.phone"}


async def test_the_end_of_a_session_is_told_with_its_energy(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall]
) -> None:
    """A stopped transaction sends one message."""
    await tell(hass, "event.transaction", "2026-10-01T10:00:00+00:00", event_type="started", energy=0.0)
    await automate("charging_finished.yaml", FINISHED)
    await tell(hass, "event.transaction", "2026-10-01T11:00:00+00:00", event_type="updated", energy=4.0)
    await tell(hass, "event.transaction", "2026-10-01T12:00:00+00:00", event_type="stopped", energy=12.34)
    assert [call.data["message"].partition(" charged ")[2] for call in messages] == ["12.3 kWh."]


async def test_a_session_without_energy_is_not_told(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall]
) -> None:
    """A cable plugged in and out again is no news."""
    await tell(hass, "event.transaction", "2026-10-01T10:00:00+00:00", event_type="started", energy=0.0)
    await automate("charging_finished.yaml", FINISHED)
    await tell(hass, "event.transaction", "2026-10-01T12:00:00+00:00", event_type="stopped", energy=0.05)
    assert messages == []


async def test_a_charger_that_comes_back_does_not_repeat_its_last_session(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall]
) -> None:
    """The event entity shows its last event again after it was unavailable."""
    await tell(hass, "event.transaction", "unavailable")
    await automate("charging_finished.yaml", FINISHED)
    await tell(hass, "event.transaction", "2026-10-01T12:00:00+00:00", event_type="stopped", energy=12.34)
    assert messages == []


PROBLEM = {
    "problem": "binary_sensor.problem",
    "connected": "binary_sensor.connected",
    "error_code": "sensor.error_code",
    "notifier": "notify.phone",
}


async def test_a_fault_is_told_with_its_error_code(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall]
) -> None:
    """The message says what the charger reports."""
    await tell(hass, "binary_sensor.problem", "off")
    await tell(hass, "sensor.error_code", "ground_failure")
    await automate("charger_problem.yaml", PROBLEM)
    await tell(hass, "binary_sensor.problem", "on")
    assert [call.data["message"] for call in messages] == ["The charger reports a fault: ground_failure."]


@pytest.mark.parametrize(("minutes", "told"), [(9, []), (11, ["The charger is out of reach."])])
async def test_a_lost_connection_is_told_when_it_lasts(
    hass: HomeAssistant,
    automate: Automate,
    messages: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    minutes: int,
    told: list[str],
) -> None:
    """A short interruption is no news."""
    await tell(hass, "binary_sensor.connected", "on")
    await automate("charger_problem.yaml", PROBLEM)
    await tell(hass, "binary_sensor.connected", "off")
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert [call.data["message"] for call in messages] == told


NIGHT = {
    "charge": "switch.charge",
    "plugged_in": "binary_sensor.plugged_in",
    "start": "22:00:00",
    "end": "06:00:00",
}


@pytest.mark.parametrize(
    ("clock", "before", "change", "service"),
    [
        ("21:59:59", {"plugged_in": "on", "charge": "off"}, None, "turn_on"),
        ("21:59:59", {"plugged_in": "off", "charge": "off"}, None, None),
        ("05:59:59", {"plugged_in": "on", "charge": "on"}, None, "turn_off"),
        ("05:59:59", {"plugged_in": "on", "charge": "off"}, None, None),
        ("23:30:00", {"plugged_in": "off", "charge": "off"}, ("binary_sensor.plugged_in", "on"), "turn_on"),
        ("12:00:00", {"plugged_in": "off", "charge": "off"}, ("binary_sensor.plugged_in", "on"), None),
        ("12:00:00", {"plugged_in": "on", "charge": "off"}, ("switch.charge", "on"), "turn_off"),
        ("23:30:00", {"plugged_in": "on", "charge": "off"}, ("switch.charge", "on"), None),
    ],
    ids=[
        "night falls and a car waits",
        "night falls and no car is there",
        "morning comes and the car charges",
        "morning comes and nothing charges",
        "a car comes at night",
        "a car comes by day",
        "charging starts by day",
        "charging starts at night",
    ],
)
async def test_the_car_charges_at_night_only(
    hass: HomeAssistant,
    automate: Automate,
    switched: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    clock: str,
    before: dict[str, str],
    change: tuple[str, str] | None,
    service: str | None,
) -> None:
    """The clock, the cable and the switch decide together."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(f"2026-10-01 {clock}+00:00")
    await tell(hass, "binary_sensor.plugged_in", before["plugged_in"])
    await tell(hass, "switch.charge", before["charge"])
    await automate("charge_at_night.yaml", NIGHT)
    if change is None:
        freezer.tick(timedelta(seconds=2))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    else:
        await tell(hass, *change)
    assert [call.service for call in switched] == ([service] if service else [])
