"""The flow of the site's subentry: what the Energy dashboard knows is filled in, and every wrong choice is explained where it was made."""

from collections.abc import Iterator, Mapping
import json
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.control.energy_preferences import Suggestion
from custom_components.ocpp_csms.control.settings import (
    FuseSettings,
    PhaseSensor,
    PowerPair,
    SignedPower,
    SiteSettings,
    site_settings,
    site_subentry,
)
from custom_components.ocpp_csms.flows import site as site_flow
from tests.translation_keys import INTEGRATION

SECTIONS: dict[str, dict[str, Any]] = {
    "fuse": {},
    "grid_pair": {},
    "battery": {},
    "prices": {},
    "operator": {},
    "by_hand": {},
}
ALL_PHASES = {"phase_l1": "sensor.l1", "phase_l2": "sensor.l2", "phase_l3": "sensor.l3"}
ALL_POWERS = {"phase_l1": "sensor.p1", "phase_l2": "sensor.p2", "phase_l3": "sensor.p3"}
ALL_VOLTAGES = {"voltage_l1": "sensor.v1", "voltage_l2": "sensor.v2", "voltage_l3": "sensor.v3"}
# What the subentry of a form keeps in which nothing was touched
UNTOUCHED = {
    "fuse_margin": 1.0,
    "strict": False,
    "grid_power_inverted": False,
    "battery_priority_soc": 50.0,
    "battery_power_inverted": False,
    "dimmed_power": 4200.0,
    "resume_after_unplug": True,
}


@pytest.fixture(autouse=True)
def _sensors(hass: HomeAssistant) -> None:
    """The sensors of a house."""
    units = {
        "W": ("grid", "in", "out", "p1"),
        "kW": ("solar", "west", "p2"),
        "MW": ("battery", "p3"),
        "A": ("l1", "l2"),
        "mA": ("l3",),
        "V": ("v1", "v2", "v3"),
    }
    for unit, names in units.items():
        for name in names:
            hass.states.async_set(f"sensor.{name}", "1", {"unit_of_measurement": unit})
    hass.states.async_set("sensor.soc", "50", {"unit_of_measurement": "%"})
    hass.states.async_set("sensor.price", "0.2")
    hass.states.async_set("binary_sensor.dimmer", "off")


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Start to add a site and return the form."""
    flows = hass.config_entries.subentries
    return dict(await flows.async_init((entry.entry_id, "site"), context={"source": SOURCE_USER}))


async def submit(hass: HomeAssistant, result: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """Fill in these fields, sections as dictionaries, and return what comes next."""
    flows = hass.config_entries.subentries
    result = dict(await flows.async_configure(result["flow_id"], {**SECTIONS, **fields}))
    await hass.async_block_till_done()
    return result


async def add(hass: HomeAssistant, entry: MockConfigEntry, **fields: Any) -> dict[str, Any]:
    """Add a site with these fields."""
    return await submit(hass, await start(hass, entry), **fields)


def site(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the entry's site."""
    subentry = site_subentry(entry)
    assert subentry is not None
    return subentry


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a submission without their sections."""
    outside = {name: value for name, value in fields.items() if name not in SECTIONS}
    return outside | {name: value for section_name in SECTIONS for name, value in fields.get(section_name, {}).items()}


def fields_of(schema: vol.Schema) -> Iterator[vol.Marker]:
    """Yield the fields of a form, those in sections included."""
    for marker, value in schema.schema.items():
        if isinstance(value, section):
            yield from fields_of(value.schema)
        else:
            yield marker


def shown_in(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form has filled in."""
    fields = fields_of(result["data_schema"])
    return {str(field): field.description["suggested_value"] for field in fields if field.description}


def open_sections(result: Mapping[str, Any]) -> set[str]:
    """Return the sections of a form that are open."""
    items = result["data_schema"].schema.items()
    return {str(name) for name, value in items if isinstance(value, section) and not value.options["collapsed"]}


# Adding a site


async def test_what_the_energy_dashboard_knows_takes_one_press_of_a_button(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """The form is filled in; it need only be submitted."""
    suggestion = Suggestion(
        grid_power="sensor.grid",
        solar_power=("sensor.solar", "sensor.west"),
        battery_power="sensor.battery",
        battery_soc="sensor.soc",
    )
    with patch("custom_components.ocpp_csms.flows.site.async_suggestion", return_value=suggestion):
        result = await start(hass, init_integration)
    shown = shown_in(result)
    assert shown == {
        "grid_power": "sensor.grid",
        "solar_power": ["sensor.solar", "sensor.west"],
        "battery_power": "sensor.battery",
        "battery_soc": "sensor.soc",
    }
    assert open_sections(result) == set()

    result = await submit(hass, result, **shown)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == hass.config.location_name
    assert result["data"] == {**shown, **UNTOUCHED}


async def test_suggestions_for_unusual_meters_open_their_section(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """What is filled in is seen."""
    suggestion = Suggestion(grid_import="sensor.in", grid_export="sensor.out", price="sensor.price")
    with patch("custom_components.ocpp_csms.flows.site.async_suggestion", return_value=suggestion):
        result = await start(hass, init_integration)
    assert shown_in(result) == {
        "grid_import": "sensor.in",
        "grid_export": "sensor.out",
        "price": "sensor.price",
    }
    assert open_sections(result) == {"grid_pair", "prices"}

    pair = {"grid_import": "sensor.in", "grid_export": "sensor.out"}
    result = await submit(hass, result, grid_pair=pair)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert site_settings(site(init_integration)).grid == PowerPair(imported="sensor.in", exported="sensor.out")


async def test_without_an_energy_dashboard_the_form_is_empty(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Everything can be chosen by hand."""
    result = await start(hass, init_integration)
    assert shown_in(result) == {}
    result = await submit(hass, result, grid_power="sensor.grid")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert site_settings(site(init_integration)) == SiteSettings(grid=SignedPower("sensor.grid"))


@pytest.mark.parametrize(
    "phases",
    [ALL_PHASES, ALL_POWERS, {**ALL_PHASES, "phase_l2": "sensor.p2"}, {"phase_l1": "sensor.l1"}],
    ids=["currents", "powers", "mixed", "one"],
)
async def test_a_fuse_can_be_watched_without_a_grid_sensor(
    hass: HomeAssistant, init_integration: MockConfigEntry, phases: dict[str, str]
) -> None:
    """In a house with three phases or with one, by currents or by powers."""
    result = await add(hass, init_integration, fuse={"fuse": 25, **phases})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    fuse = FuseSettings(rating=25, phases=tuple(map(PhaseSensor, phases.values())))
    assert site_settings(site(init_integration)) == SiteSettings(fuse=fuse)


async def test_a_phase_with_power_may_have_a_voltage(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Those that have one are not asked for the others'."""
    phases = {**ALL_PHASES, "phase_l3": "sensor.p3", "voltage_l3": "sensor.v3"}
    result = await add(hass, init_integration, fuse={"fuse": 25, **phases})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    fuse = site_settings(site(init_integration)).fuse
    assert fuse is not None
    assert [phase.voltage for phase in fuse.phases] == [None, None, "sensor.v3"]


@pytest.mark.parametrize(
    ("country", "phases", "errors"),
    [
        ("US", ALL_POWERS, {"fuse": "voltage_missing"}),
        ("US", {**ALL_POWERS, **ALL_VOLTAGES}, None),
        ("US", ALL_PHASES, None),
        ("NL", ALL_POWERS, None),
        (None, ALL_POWERS, None),
    ],
)
async def test_where_phases_have_half_the_voltage_it_must_be_measured(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    country: str | None,
    phases: dict[str, str],
    errors: dict[str, str] | None,
) -> None:
    """A fuse would bear twice as much, as it seemed."""
    hass.config.country = country
    result = await add(hass, init_integration, fuse={"fuse": 25, **phases})
    assert result.get("errors") == errors


async def test_a_meter_may_have_one_voltage_for_all_phases(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """They hardly differ."""
    voltages = dict.fromkeys(ALL_VOLTAGES, "sensor.v1")
    result = await add(hass, init_integration, fuse={"fuse": 25, **ALL_POWERS, **voltages})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    fuse = site_settings(site(init_integration)).fuse
    assert fuse is not None
    assert {phase.voltage for phase in fuse.phases} == {"sensor.v1"}


async def test_a_phase_that_has_not_reported_yet_may_have_a_voltage(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It may turn out to show power."""
    hass.states.async_set("sensor.late", "unavailable")
    fuse = {"fuse": 25, "phase_l1": "sensor.late", "voltage_l1": "sensor.v1"}
    result = await add(hass, init_integration, fuse=fuse)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_in_a_house_with_one_phase_the_power_of_the_grid_is_that_of_the_phase(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """One sensor does for both."""
    fuse = {"fuse": 25, "phase_l1": "sensor.grid", "voltage_l1": "sensor.v1"}
    result = await add(hass, init_integration, **GRID, fuse=fuse)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    settings = site_settings(site(init_integration))
    assert settings.grid == SignedPower("sensor.grid")
    assert settings.fuse == FuseSettings(rating=25, phases=(PhaseSensor("sensor.grid", "sensor.v1"),))


async def test_that_a_mode_yields_for_good_is_kept_and_shown(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Its section is open when the form is opened again."""
    await add(hass, init_integration, **GRID, by_hand={"resume_after_unplug": False})
    assert not site_settings(site(init_integration)).resume_after_unplug
    form = await init_integration.start_subentry_reconfigure_flow(hass, site(init_integration).subentry_id)
    assert open_sections(form) == {"by_hand"}


async def test_a_second_site_is_refused(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """A central system serves one house."""
    await add(hass, init_integration, grid_power="sensor.grid")
    result = await start(hass, init_integration)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_chargers_stay_connected_when_a_site_is_added(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Nothing is reloaded."""
    runtime = init_integration.runtime_data
    await add(hass, init_integration, grid_power="sensor.grid")
    assert init_integration.runtime_data is runtime


# Choices that cannot be used

GRID = {"grid_power": "sensor.grid"}
WRONG = [
    ({}, "grid_power", "nothing_to_go_by"),
    ({"solar_power": ["sensor.solar"]}, "grid_power", "nothing_to_go_by"),
    ({**GRID, "grid_pair": {"grid_import": "sensor.in", "grid_export": "sensor.out"}}, "grid_pair", "grid_twice"),
    ({**GRID, "grid_pair": {"grid_export": "sensor.out"}}, "grid_pair", "grid_twice"),
    ({"grid_pair": {"grid_import": "sensor.in"}}, "grid_pair", "grid_pair_incomplete"),
    ({"grid_pair": {"grid_export": "sensor.out"}}, "grid_pair", "grid_pair_incomplete"),
    ({**GRID, "fuse": ALL_PHASES}, "fuse", "fuse_missing"),
    ({**GRID, "fuse": {"fuse": 25}}, "fuse", "phase_sensors_missing"),
    ({**GRID, "fuse": {"fuse": 25, "phase_l2": "sensor.l2"}}, "fuse", "phase_sensors_incomplete"),
    (
        {**GRID, "fuse": {"fuse": 25, "phase_l1": "sensor.l1", "phase_l3": "sensor.l3"}},
        "fuse",
        "phase_sensors_incomplete",
    ),
    ({**GRID, "fuse": ALL_VOLTAGES}, "fuse", "voltage_without_power"),
    ({**GRID, "fuse": {"fuse": 25, **ALL_PHASES, "voltage_l2": "sensor.v2"}}, "fuse", "voltage_without_power"),
    (
        {**GRID, "fuse": {"fuse": 25, "phase_l1": "sensor.p1", **ALL_VOLTAGES}},
        "fuse",
        "voltage_without_power",
    ),
    ({**GRID, "fuse": {"fuse": 16, "fuse_margin": 11, **ALL_PHASES}}, "fuse", "fuse_margin_too_large"),
    ({"grid_power": "sensor.gone"}, "grid_power", "entity_missing"),
    ({**GRID, "solar_power": ["sensor.solar", "sensor.gone"]}, "solar_power", "entity_missing"),
    ({**GRID, "prices": {"price": "sensor.gone"}}, "prices", "entity_missing"),
    ({**GRID, "operator": {"dimmer": "binary_sensor.gone"}}, "operator", "entity_missing"),
    ({**GRID, "solar_power": ["sensor.grid"]}, "solar_power", "entity_twice"),
    ({**GRID, "solar_power": ["sensor.solar", "sensor.solar"]}, "solar_power", "entity_twice"),
    ({"grid_pair": {"grid_import": "sensor.in", "grid_export": "sensor.in"}}, "grid_pair", "entity_twice"),
    ({**GRID, "fuse": {"fuse": 25, **ALL_PHASES, "phase_l2": "sensor.l1"}}, "fuse", "entity_twice"),
    ({**GRID, "fuse": {"fuse": 25, **ALL_POWERS, "phase_l1": "sensor.grid"}}, "fuse", "entity_twice"),
    ({**GRID, "fuse": {"fuse": 25, "phase_l1": "sensor.grid", "phase_l2": "sensor.p2"}}, "fuse", "entity_twice"),
    ({**GRID, "fuse": {"fuse": 25, **ALL_POWERS, "phase_l3": "sensor.grid"}}, "fuse", "entity_twice"),
    (
        {**GRID, "solar_power": ["sensor.solar"], "fuse": {"fuse": 25, "phase_l1": "sensor.solar"}},
        "fuse",
        "entity_twice",
    ),
    (
        {
            "grid_pair": {"grid_import": "sensor.in", "grid_export": "sensor.out"},
            "fuse": {"fuse": 25, "phase_l1": "sensor.in"},
        },
        "fuse",
        "entity_twice",
    ),
    ({"grid_power": "sensor.l1"}, "grid_power", "not_power"),
    ({"grid_power": "sensor.price"}, "grid_power", "not_power"),
    ({**GRID, "solar_power": ["sensor.soc"]}, "solar_power", "not_power"),
    ({**GRID, "battery_power": "sensor.soc"}, "battery_power", "not_power"),
    ({**GRID, "battery_soc": "sensor.battery"}, "battery_soc", "not_percentage"),
    ({"grid_pair": {"grid_import": "sensor.in", "grid_export": "sensor.l1"}}, "grid_pair", "not_power"),
    ({**GRID, "fuse": {"fuse": 25, "phase_l1": "sensor.v1"}}, "fuse", "not_phase"),
    ({**GRID, "fuse": {"fuse": 25, **ALL_POWERS, "voltage_l1": "sensor.l1"}}, "fuse", "not_voltage"),
]


@pytest.mark.parametrize(("fields", "place", "reason"), WRONG)
async def test_a_wrong_choice_is_explained_until_it_is_corrected(
    hass: HomeAssistant, init_integration: MockConfigEntry, fields: dict[str, Any], place: str, reason: str
) -> None:
    """The text stands at the field, or at its section, which is open; nothing that was entered is lost."""
    result = await add(hass, init_integration, **fields)
    assert result["errors"] == {place: reason}
    assert place not in SECTIONS or place in open_sections(result)
    assert flat(fields).items() <= shown_in(result).items()

    result = await submit(hass, result, grid_power="sensor.grid")
    assert result["type"] is FlowResultType.CREATE_ENTRY


def test_every_explanation_has_a_text() -> None:
    """And no text is left of one that is gone."""
    english = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
    reasons = {reason for _, _, reason in WRONG} | {"entity_of_charger", "fuse_elsewhere", "voltage_missing"}
    assert set(english["config_subentries"]["site"]["error"]) == reasons


def test_every_field_has_a_text() -> None:
    """In both forms, in the section that it stands in."""
    english = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
    for step in english["config_subentries"]["site"]["step"].values():
        assert set(step["data"]) == set(map(str, site_flow._FIELDS))  # noqa: SLF001 the form itself has them with values
        sections = {name: set(texts["data"]) for name, texts in step["sections"].items()}
        assert sections == {name: set(map(str, fields)) for name, fields in site_flow._SECTIONS.items()}  # noqa: SLF001 likewise


async def test_an_explanation_names_the_entity(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """By the name that people know, unless there is none."""
    attributes = {"unit_of_measurement": "V", "friendly_name": "Kitchen voltage"}
    hass.states.async_set("sensor.kitchen", "230", attributes)
    result = await add(hass, init_integration, grid_power="sensor.kitchen")
    assert result["description_placeholders"] == {"entity": "Kitchen voltage"}
    result = await submit(hass, result, grid_power="sensor.gone")
    assert result["description_placeholders"] == {"entity": "sensor.gone"}


@pytest.mark.parametrize(
    ("platform", "unit", "errors"),
    [
        ("ocpp_csms", "W", {"grid_power": "entity_of_charger"}),
        ("meter", "V", {"grid_power": "not_power"}),
        ("meter", "kW", None),
        ("meter", None, None),
    ],
)
async def test_an_entity_that_has_not_reported_yet_may_be_chosen(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    platform: str,
    unit: str | None,
    errors: dict[str, str] | None,
) -> None:
    """Unless its entry tells already that it cannot be right: that it belongs to a charger, or has another unit."""
    entity = entity_registry.async_get_or_create("sensor", platform, "1", unit_of_measurement=unit)
    result = await add(hass, init_integration, grid_power=entity.entity_id)
    assert result.get("errors") == errors


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
async def test_an_entity_that_is_unavailable_need_not_tell_its_unit(
    hass: HomeAssistant, init_integration: MockConfigEntry, state: str
) -> None:
    """Some tell it with their first value only."""
    hass.states.async_set("sensor.late", state)
    result = await add(hass, init_integration, grid_power="sensor.late")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_fuse_that_another_central_system_watches_is_refused(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Two that do not know of each other would overload it."""
    elsewhere = ConfigSubentryData(data=ALL_PHASES, subentry_type="site", title="Home", unique_id="site/")
    MockConfigEntry(domain=DOMAIN, data={}, subentries_data=[elsewhere]).add_to_hass(hass)
    result = await add(hass, init_integration, **GRID, fuse={"fuse": 25, **ALL_PHASES})
    assert result["errors"] == {"fuse": "fuse_elsewhere"}


# Changing the site


async def test_a_change_starts_from_what_is_set(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The Energy dashboard has no say any more; what is emptied is forgotten."""
    fuse = {"fuse": 25, "fuse_margin": 2, "strict": True, **ALL_PHASES}
    operator = {"dimmer": "binary_sensor.dimmer", "dimmed_power": 4200}
    await add(hass, init_integration, **GRID, battery_soc="sensor.soc", fuse=fuse, operator=operator)
    suggestion = Suggestion(grid_power="sensor.in")
    with patch("custom_components.ocpp_csms.flows.site.async_suggestion", return_value=suggestion):
        form = await init_integration.start_subentry_reconfigure_flow(hass, site(init_integration).subentry_id)
    kept = {**GRID, "battery_soc": "sensor.soc", **UNTOUCHED, **fuse, **operator}
    assert shown_in(form) == kept
    assert open_sections(form) == {"fuse", "operator"}

    result = await submit(hass, form, grid_power="sensor.solar", fuse={"fuse": 25})
    assert result["errors"] == {"fuse": "phase_sensors_missing"}

    result = await submit(hass, result, grid_power="sensor.solar", grid_pair={"grid_power_inverted": True})
    assert result["reason"] == "reconfigure_successful"
    assert site_settings(site(init_integration)) == SiteSettings(grid=SignedPower("sensor.solar", inverted=True))
