"""The documentation keeps up with the code: links resolve, and entities, actions, fields, quirks and modules are all described."""

import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.ocpp_csms.csms.quirks import TABLE, Quirks
from tests.translation_keys import descriptions, entity_keys, platform_modules

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "ocpp_csms"
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])

# Which section of the README fulfils which rule of Home Assistant's quality scale.
SECTIONS = {
    "docs-actions": "Actions",
    "docs-configuration-parameters": "Settings",
    "docs-data-update": "How data is updated",
    "docs-examples": "Automations",
    "docs-high-level-description": "OCPP CSMS for Home Assistant",
    "docs-installation-instructions": "Installation",
    "docs-installation-parameters": "Set-up",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Removal",
    "docs-supported-devices": "Supported chargers",
    "docs-supported-functions": "Entities",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "What people use it for",
}


def text_of(*parts: str) -> str:
    """Return the text of a file of the project."""
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def translations() -> dict[str, Any]:
    """Return the English texts."""
    texts: dict[str, Any] = json.loads(text_of("custom_components", "ocpp_csms", "translations", "en.json"))
    return texts


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of every row of every table, without heads and rules."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" |")] for line in text.splitlines() if line.startswith("|")
    ]
    return [row for row in rows if not set("".join(row)) <= set("-:| ")]


def without_code(text: str) -> str:
    """Return a page without its code, in which brackets are no links and # is no heading."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def headings_of(text: str) -> list[str]:
    """Return the headings of a page, code in them included."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = headings_of(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    """Relative links and images name files that exist, and anchors headings that exist."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors_of(linked), f"{target} names no heading"


def test_links_to_the_blueprints_on_github_name_blueprints_that_exist() -> None:
    """The import links carry the address of a file of the project."""
    imports = re.findall(r"blueprint_url=([^)]+)\)", text_of("README.md"))
    paths = {unquote(url).partition("/blob/main/")[2] for url in imports}
    assert paths == {path.relative_to(ROOT).as_posix() for path in (ROOT / "blueprints").rglob("*.yaml")}


def test_every_entity_is_described_as_it_is() -> None:
    """Name, platform, key, and whether it is enabled: no entity is missing, none is left over."""
    names = translations()["entity"]
    expected = set()
    for platform in platform_modules():
        rows = descriptions(platform)
        for row in rows:
            name = names[platform][row.translation_key or row.key]["name"]
            expected.add((name, platform, row.key, row.entity_registry_enabled_default))
        for key in entity_keys(platform) - {row.translation_key or row.key for row in rows}:
            expected.add((names[platform][key]["name"], platform, key, True))
    described = {
        (row[0].removesuffix(" †"), row[1].strip("`"), row[2].strip("`"), row[3] == "yes")
        for row in rows_of(text_of("docs", "entities.md"))
        if len(row) > 4 and row[1].startswith("`")
    }
    assert described == expected


def test_every_action_is_described_with_its_fields() -> None:
    """Each action has a section under its name; its table has the fields and says which are needed."""
    actions = load_yaml_dict(str(INTEGRATION / "services.yaml"))
    names = translations()["services"]
    page = text_of("docs", "actions.md")
    sections = {section.partition("\n")[0]: section for section in page.split("\n## ")[1:]}
    assert set(sections) == {names[action]["name"] for action in actions}
    for action, description in actions.items():
        section = sections[names[action]["name"]]
        assert f"`ocpp_csms.{action}`" in section
        fields = {row[0].strip("`"): row[1] == "yes" for row in rows_of(section) if row[0].startswith("`")}
        assert fields == {name: field.get("required", False) for name, field in description["fields"].items()}, action
        assert f"`ocpp_csms.{action}`" in text_of("README.md")


def labels_in(texts: Any) -> set[str]:
    """Return the labels of the fields of all forms below a part of the translations."""
    if not isinstance(texts, dict):
        return set()
    labels = {label for label in texts.get("data", {}).values() if isinstance(label, str)}
    return labels.union(*(labels_in(value) for key, value in texts.items() if key != "data"))


def test_every_field_of_a_form_is_described() -> None:
    """Under the label that the form shows; and no label is left over."""
    texts = translations()
    labels = labels_in(texts["config"]) | labels_in(texts["config_subentries"]) | labels_in(texts["options"])
    assert {row[0] for row in rows_of(text_of("docs", "configuration.md"))} - {"Field"} == labels


def test_every_quirk_of_the_table_is_described_with_its_source() -> None:
    """The page has one row for each row of the table."""
    rows = rows_of(text_of("docs", "charge-points.md"))
    described = {tuple(cell.replace("`", "") for cell in (*row[:3], row[4])) for row in rows if len(row) > 4}
    assert described - {("Maker", "Model", "Firmware", "Source")} == {
        (
            ", ".join(row.vendors),
            *("all" if pattern == "*" else pattern for pattern in (row.model, row.firmware)),
            row.source,
        )
        for row in TABLE
    }


def test_every_quirk_that_a_user_can_set_is_described() -> None:
    """By the name that is typed. Only the table can say that a charge point is accepted before anybody has added it."""
    rows = rows_of(text_of("docs", "charge-points.md").partition("## Quirks")[2])
    described = {row[0].strip("`") for row in rows} - {"Name"}
    assert described == set(Quirks.__dataclass_fields__) - {"accept_at_boot"}


def test_the_rooms_are_those_that_exist() -> None:
    """The tree of the architecture page names every module of the integration and of each of its rooms; the simulator has its own page."""
    tree = text_of("docs", "architecture.md").partition("```text")[2].partition("└── simulator/")[0]
    rooms: dict[str, set[str]] = {"": set()}
    path: list[str] = []
    for line in tree.splitlines():
        if room := re.match(r"(│   |    )*[├└]── (\w+)/", line):
            path = [*path[: line.index("──") // 4], room.group(2)]
            rooms["/".join(path)] = set()
        elif module := re.match(r"((?:│   |    )*)[├└]── \w+\.py", line):
            path = path[: len(module.group(1)) // 4]
        rooms["/".join(path)] |= set(re.findall(r"\w+\.py", line))
    existing = {
        package.parent.relative_to(INTEGRATION).as_posix().removeprefix("."): {
            path.name for path in package.parent.glob("*.py") if path.name != "__init__.py"
        }
        for package in INTEGRATION.rglob("__init__.py")
        if "simulator" not in package.parts
    }
    rooms[""].discard("__init__.py")
    assert rooms == existing


def test_every_decision_is_in_the_index() -> None:
    """And every link of the index leads to one."""
    pages = {page.name for page in (DOCS / "decisions").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\(([\w-]+\.md)\)", text_of("docs", "decisions", "README.md"))) == pages


def test_the_readme_names_the_two_commands() -> None:
    """One to see it, one to check it; both exist."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text_of("README.md"), flags=re.MULTILINE | re.DOTALL)
    commands = {line for block in blocks for line in block.splitlines()}
    assert commands >= {"scripts/demo", "scripts/test"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_scripts_that_are_named_exist(page: Path) -> None:
    """A command in the documentation can be run."""
    for name in re.findall(r"(?<![\w/])scripts/[\w.]+", page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


def test_the_readme_has_the_sections_that_the_quality_scale_asks_for() -> None:
    """Each rule about documentation that is said to be done has its section."""
    rules = load_yaml_dict(str(INTEGRATION / "quality_scale.yaml"))["rules"]
    done = {rule for rule, status in rules.items() if rule.startswith("docs-") and status == "done"}
    assert done == set(SECTIONS)
    assert set(SECTIONS.values()) <= set(headings_of(text_of("README.md")))


def test_the_note_on_the_owner_names_every_place() -> None:
    """No file but those in the table of CONTRIBUTING names the owner or the repository."""
    note = text_of("CONTRIBUTING.md").partition("## Owner and addresses")[2]
    noted = {path for row in rows_of(note) for path in ROOT.glob(row[0].strip("`")) if path.is_file()}
    published = [
        path
        for name in ("custom_components", "blueprints", "docs", "scripts", ".github")
        for path in (ROOT / name).rglob("*")
    ]
    published += [path for path in ROOT.iterdir() if path.suffix in {".md", ".json", ".toml"}]
    naming = {
        path
        for path in published
        if path.suffix in {".json", ".md", ".py", ".toml", ".yaml", ".yml"}
        and "ocpp-csms" in path.read_text(encoding="utf-8")
    }
    assert naming - {ROOT / "CONTRIBUTING.md"} == noted
