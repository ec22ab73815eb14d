"""What hassfest and the HACS action check of a custom integration, without network: manifest, hacs.json, brand images, actions, icons."""

import ast
import json
from pathlib import Path
import re
import struct
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import homeassistant.components
from homeassistant.const import Platform
from homeassistant.helpers.selector import validate_selector
from homeassistant.util.yaml import load_yaml_dict
from packaging.requirements import Requirement
import pytest
import voluptuous as vol

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "ocpp_csms"

MANIFEST_KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "name",
    "quality_scale",
    "requirements",
    "version",
}
# What an integration may import of others without depending on them: platforms, and what is always set up.
ALWAYS_THERE = {platform.value for platform in Platform} | {"diagnostics", "homeassistant", "repairs", "system_health"}


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; a key that stands twice in one object is an error."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{path.name}: a key stands twice in {keys}"
        return dict(pairs)

    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    return data


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The integration's manifest."""
    return read_json(INTEGRATION / "manifest.json")


@pytest.fixture(scope="module")
def icons() -> dict[str, Any]:
    """The icons of entities and actions."""
    return read_json(INTEGRATION / "icons.json")


@pytest.fixture(scope="module")
def actions() -> dict[str, Any]:
    """The descriptions of the actions."""
    return load_yaml_dict(INTEGRATION / "services.yaml")


@pytest.fixture(scope="module")
def translations() -> dict[str, Any]:
    """The English texts."""
    return read_json(INTEGRATION / "translations" / "en.json")


# The manifest


def test_the_manifest_has_known_keys_in_order(manifest: dict[str, Any]) -> None:
    """Domain and name come first, then the alphabet; unknown keys are errors."""
    assert set(manifest) <= MANIFEST_KEYS
    assert list(manifest) == ["domain", "name", *sorted(set(manifest) - {"domain", "name"})]


def test_the_manifest_has_what_hacs_and_home_assistant_need(manifest: dict[str, Any]) -> None:
    """A custom integration must name its owner, its addresses and its version."""
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["name"] == "OCPP CSMS"
    assert manifest["codeowners"]
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["documentation"].startswith("https://")
    assert "home-assistant.io" not in manifest["documentation"]
    assert manifest["issue_tracker"].startswith("https://")
    assert manifest["integration_type"] == "hub"
    assert manifest["iot_class"] == "local_push"
    assert manifest["config_flow"] is (INTEGRATION / "config_flow.py").is_file() is True


def test_the_version_is_one_that_home_assistant_loads(manifest: dict[str, Any]) -> None:
    """Home Assistant blocks custom integrations without a proper version."""
    version = AwesomeVersion(manifest["version"])
    assert version.strategy in (AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.CALVER)


def test_the_requirements_hold_for_the_installed_packages(manifest: dict[str, Any]) -> None:
    """Each is a range with both ends, without spaces, and contains the version that the tests run on."""
    pinned = dict(
        line.split("==") for line in (ROOT / "requirements_test.txt").read_text().splitlines() if "==" in line
    )
    for text in manifest["requirements"]:
        assert " " not in text
        requirement = Requirement(text)
        assert {specifier.operator for specifier in requirement.specifier} == {">=", "<"}
        assert requirement.specifier.contains(pinned[requirement.name])


def test_the_dependencies_are_integrations_that_are_used(manifest: dict[str, Any]) -> None:
    """What the code imports of other integrations is declared, and nothing else is."""
    imported: set[str] = set()
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("homeassistant.components"):
                below = node.module.split(".")[2:3]
                imported |= set(below) or {alias.name for alias in node.names}
    declared = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    assert imported - ALWAYS_THERE == declared
    [components] = homeassistant.components.__path__
    assert all((Path(components) / name / "manifest.json").is_file() for name in declared)


# The repository


def test_hacs_json_has_what_hacs_and_the_marketplace_read() -> None:
    """Releases are downloaded as one zip; the minimum is Home Assistant 2026.10."""
    hacs = read_json(ROOT / "hacs.json")
    assert hacs == {
        "name": "OCPP CSMS",
        "filename": "ocpp_csms.zip",
        "hide_default_branch": True,
        "homeassistant": "2026.10.0",
        "zip_release": True,
    }


def test_the_repository_has_one_integration() -> None:
    """HACS installs the only folder below custom_components."""
    folders = [path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir()]
    assert [name for name in folders if name != "__pycache__"] == ["ocpp_csms"]


@pytest.mark.parametrize("name", ["LICENSE", "README.md"])
def test_the_repository_has_what_hacs_asks_for(name: str) -> None:
    """HACS shows the README and wants a licence."""
    assert (ROOT / name).stat().st_size > 500


# Brand images, served by Home Assistant since 2026.3


def png_size(path: Path) -> tuple[int, int]:
    """Return (width, height) in pixels from a PNG's header."""
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    return width, height


@pytest.mark.parametrize(
    ("name", "pixels"), [("icon", 256), ("dark_icon", 256), ("icon@2x", 512), ("dark_icon@2x", 512)]
)
def test_icons_are_squares_of_the_right_size(name: str, pixels: int) -> None:
    """The brand rules ask for 256 pixels, and 512 for dense screens."""
    assert png_size(INTEGRATION / "brand" / f"{name}.png") == (pixels, pixels)


@pytest.mark.parametrize(("name", "least", "most"), [("logo", 128, 256), ("dark_logo", 128, 256)])
def test_logos_have_the_right_height(name: str, least: int, most: int) -> None:
    """The shorter side has 128 to 256 pixels; the one for dense screens twice as many."""
    width, height = png_size(INTEGRATION / "brand" / f"{name}.png")
    assert least <= height <= most
    assert width > height
    assert png_size(INTEGRATION / "brand" / f"{name}@2x.png") == (2 * width, 2 * height)


# Actions


def fields_of(action: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of an action, those in sections included."""
    fields: dict[str, dict[str, Any]] = {}
    for name, field in ((action or {}).get("fields") or {}).items():
        fields |= field.get("fields", {name: field})
    return fields


FIELD_SCHEMA = vol.Schema(
    {
        vol.Optional("advanced"): bool,
        vol.Optional("default"): object,
        vol.Optional("example"): object,
        vol.Optional("required"): bool,
        vol.Required("selector"): validate_selector,
    }
)


def test_every_field_of_an_action_has_a_valid_selector(actions: dict[str, Any]) -> None:
    """The frontend shows a field by its selector."""
    assert actions
    for name, action in actions.items():
        assert set(action) <= {"fields", "target"}, name
        for field, description in fields_of(action).items():
            FIELD_SCHEMA(description)
            assert re.fullmatch("[a-z0-9_]+", field)


def test_every_action_and_field_has_a_name_and_a_description(
    actions: dict[str, Any], translations: dict[str, Any]
) -> None:
    """Each text belongs to an action or field that exists."""
    texts = translations["services"]
    assert set(texts) == set(actions)
    for name, action in actions.items():
        assert texts[name]["name"]
        assert texts[name]["description"]
        described = texts[name].get("fields", {})
        assert set(described) == set(fields_of(action)), name
        assert all(field["name"] and field["description"] for field in described.values()), name
        sections = {key for key, field in ((action or {}).get("fields") or {}).items() if "fields" in field}
        assert set(texts[name].get("sections", {})) == sections, name


# Icons

ICON = vol.Match(r"^mdi:[a-z0-9-]+$")
ENTITY_ICONS = vol.Schema(
    {
        vol.Optional("default"): ICON,
        vol.Optional("state"): {str: ICON},
        vol.Optional("range"): {str: ICON},
        vol.Optional("state_attributes"): {str: {vol.Optional("default"): ICON, vol.Optional("state"): {str: ICON}}},
    }
)
ICONS = vol.Schema(
    {
        vol.Optional("entity"): {vol.In([platform.value for platform in Platform]): {str: ENTITY_ICONS}},
        vol.Optional("services"): {
            str: {vol.Optional("service"): ICON, vol.Optional("sections"): {str: ICON}},
        },
    }
)


def test_the_icons_follow_the_schema(icons: dict[str, Any]) -> None:
    """Only Material Design Icons, only where Home Assistant looks for them."""
    ICONS(icons)


def test_every_action_has_an_icon(icons: dict[str, Any], actions: dict[str, Any]) -> None:
    """And no icon is left of an action that is gone."""
    assert set(icons["services"]) == set(actions)
    assert all("service" in icon for icon in icons["services"].values())
