"""The automation blueprints: each is valid for Home Assistant, and does what its name says."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.automation.const import DOMAIN
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, yaml as yaml_util
from homeassistant.util.json import JsonValueType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "blueprints" / "automation" / "ocpp_csms"
BLUEPRINTS = sorted(path.name for path in FOLDER.glob("*.yaml"))

ANSWERS = SupportsResponse.OPTIONAL

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
    assert len(BLUEPRINTS) == 5


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


@pytest.fixture
def asked(hass: HomeAssistant, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """The inputs of an automation that asks about unknown cards, on a phone and at a charger that exist."""
    devices = {}
    for domain, name in (("mobile_app", "My Phone"), ("ocpp_csms", "Garage")):
        entry = MockConfigEntry(domain=domain)
        entry.add_to_hass(hass)
        device = device_registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(domain, name)}, name=name
        )
        devices[domain] = device.id
    registry = er.async_get(hass)
    for domain, object_id in (("event", "presented"), ("binary_sensor", "plugged_in")):
        registry.async_get_or_create(
            domain, "ocpp_csms", object_id, suggested_object_id=object_id, device_id=devices["ocpp_csms"]
        )
    return {
        "presented": "event.presented",
        "plugged_in": "binary_sensor.plugged_in",
        "phone": devices["mobile_app"],
        "charger": devices["ocpp_csms"],
    }


def present(hass: HomeAssistant, id_tag: str, **attributes: Any) -> None:
    """Let a card be held to the charger."""
    attributes = {"event_type": "rejected", "known": False, "id_tag": id_tag} | attributes
    hass.states.async_set("event.presented", "2026-10-01T10:00:00.000+00:00", attributes)


async def until_it_waits(hass: HomeAssistant) -> None:
    """Return once the automation waits for one of the three answers; it is not done before."""
    async with asyncio.timeout(10):
        while hass.bus.async_listeners().get("mobile_app_notification_action", 0) < 3:
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("button", "plugged_in", "expected"),
    [
        (0, "off", [("allow_id_tag_once", {"id_tag": "04A2B3"})]),
        (0, "on", [("allow_id_tag_once", {"id_tag": "04A2B3"}), ("start_transaction", {"id_tag": "04A2B3"})]),
        (
            1,
            "on",
            [
                ("add_id_tag", {"id_tag": "04A2B3", "allowed": True}),
                ("start_transaction", {"id_tag": "04A2B3"}),
            ],
        ),
        (2, "on", [("add_id_tag", {"id_tag": "04A2B3", "allowed": False})]),
    ],
    ids=["once without a car", "once with a car", "always", "never"],
)
async def test_an_unknown_card_is_asked_about(
    hass: HomeAssistant,
    automate: Automate,
    asked: dict[str, str],
    button: int,
    plugged_in: str,
    expected: list[tuple[str, dict[str, Any]]],
) -> None:
    """The answer on the phone decides; a car that is plugged in starts to charge."""
    charger = asked.pop("charger")
    questions = async_mock_service(hass, "notify", "mobile_app_my_phone")
    done = async_mock_service(hass, "ocpp_csms", "allow_id_tag_once")
    for action in ("add_id_tag", "start_transaction"):
        hass.services.async_register("ocpp_csms", action, done.append)
    await tell(hass, "binary_sensor.plugged_in", plugged_in)
    await tell(hass, "event.presented", "unknown")
    await automate("unknown_card.yaml", asked)
    present(hass, "04A2B3")
    await until_it_waits(hass)
    [question] = questions
    assert question.data["message"] == "The card 04A2B3 is not known. May it charge?"
    assert [item["title"] for item in question.data["data"]["actions"]] == ["Allow once", "Always", "Block"]
    answer = question.data["data"]["actions"][button]["action"]
    hass.bus.async_fire("mobile_app_notification_action", {"action": answer})
    await hass.async_block_till_done()
    assert [(call.service, call.data) for call in done] == [
        (service, {"device_id": charger, **data}) for service, data in expected
    ]


async def test_a_card_that_is_allowed_starts_nothing_where_somebody_charges(
    hass: HomeAssistant, automate: Automate, asked: dict[str, str]
) -> None:
    """The charger would refuse, and the log would tell of an error."""
    charger = asked.pop("charger")
    questions = async_mock_service(hass, "notify", "mobile_app_my_phone")
    allowed = async_mock_service(hass, "ocpp_csms", "allow_id_tag_once")
    started = async_mock_service(hass, "ocpp_csms", "start_transaction")
    er.async_get(hass).async_get_or_create(
        "binary_sensor", "ocpp_csms", "charging", suggested_object_id="charging", device_id=charger
    )
    hass.states.async_set("binary_sensor.charging", "on", {"device_class": "battery_charging"})
    await tell(hass, "binary_sensor.plugged_in", "on")
    await tell(hass, "event.presented", "unknown")
    await automate("unknown_card.yaml", asked)
    present(hass, "04A2B3")
    await until_it_waits(hass)
    hass.bus.async_fire("mobile_app_notification_action", {"action": questions[0].data["data"]["actions"][0]["action"]})
    await hass.async_block_till_done()
    assert (len(allowed), started) == (1, [])


@pytest.mark.parametrize("attributes", [{"event_type": "accepted"}, {"known": True}], ids=["accepted", "known"])
async def test_a_card_that_is_known_or_accepted_is_not_asked_about(
    hass: HomeAssistant, automate: Automate, asked: dict[str, str], attributes: dict[str, Any]
) -> None:
    """There is nothing to decide."""
    del asked["charger"]
    questions = async_mock_service(hass, "notify", "mobile_app_my_phone")
    await tell(hass, "event.presented", "unknown")
    await automate("unknown_card.yaml", asked)
    present(hass, "04A2B3", **attributes)
    await hass.async_block_till_done()
    assert questions == []


@pytest.mark.parametrize(
    ("day", "id_tag", "path", "which"),
    [
        ("2026-12-01", "", "/media/charging-2026-11.csv", {}),
        ("2027-01-01", "04A2 B3", "/media/charging-2026-12-04a2_b3.csv", {"id_tag": "04A2 B3"}),
        ("2026-11-01", "12E4", "/media/charging-2026-10-12e4.csv", {"id_tag": "12E4"}),
    ],
)
async def test_the_month_before_is_reported_on_the_first(
    hass: HomeAssistant,
    automate: Automate,
    messages: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    day: str,
    id_tag: str,
    path: str,
    which: dict[str, str],
) -> None:
    """From its first midnight to its last, also where the clocks have changed; the message has the totals."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(f"{day}T06:59:50Z")
    totals: list[JsonValueType] = [
        {"energy_kwh": 30.04, "cost": 9.0, "currency": "EUR"},
        {"energy_kwh": 10.0, "cost": None, "currency": None},
    ]
    exports = async_mock_service(
        hass, "ocpp_csms", "export_transactions", response={"count": 3, "path": path}, supports_response=ANSWERS
    )
    sums = async_mock_service(hass, "ocpp_csms", "get_totals", response={"totals": totals}, supports_response=ANSWERS)
    await automate("monthly_report.yaml", {"id_tag": id_tag, "notifier": "notify.phone"})
    freezer.tick(timedelta(seconds=20))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    [export], [summed] = exports, sums
    assert export.data == {**summed.data, "path": path}
    last = dt_util.parse_datetime(f"{day}T00:00:00+01:00")
    assert last is not None
    first = dt_util.start_of_local_day((last - timedelta(days=1)).date().replace(day=1))
    assert summed.data == {"start": first.isoformat(), "end": last.isoformat(), **which}
    [message] = messages
    assert message.data["message"] == f"3 charges, 40.0 kWh, 9.00 EUR. The file is {path}."


async def test_run_by_hand_it_reports_the_month_that_is_over(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    """So it can be tried at once, and the file of a month is never one of half a month."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-20T16:40:00Z")
    exports = async_mock_service(
        hass, "ocpp_csms", "export_transactions", response={"count": 0, "path": "x"}, supports_response=ANSWERS
    )
    async_mock_service(hass, "ocpp_csms", "get_totals", response={"totals": []}, supports_response=ANSWERS)
    await automate("monthly_report.yaml", {"notifier": "notify.phone"})
    await hass.services.async_call("automation", "trigger", {"entity_id": "all", "skip_condition": True}, blocking=True)
    await hass.async_block_till_done()
    [export] = exports
    assert export.data == {
        "start": "2026-10-01T00:00:00+02:00",
        "end": "2026-11-01T00:00:00+01:00",
        "path": "/media/charging-2026-10.csv",
    }
    assert len(messages) == 1


async def test_no_other_day_is_a_day_of_reports(
    hass: HomeAssistant, automate: Automate, messages: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    """Nothing is written."""
    exports = async_mock_service(hass, "ocpp_csms", "export_transactions", supports_response=ANSWERS)
    freezer.move_to("2026-12-02T15:59:50Z")  # eight o'clock in San Diego, where the tests live
    await automate("monthly_report.yaml", {"notifier": "notify.phone"})
    freezer.tick(timedelta(seconds=20))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert (exports, messages) == ([], [])
