"""The English texts: they follow Home Assistant's schema, and name exactly what the code uses."""

from collections.abc import Iterator
import json
import re
from typing import Any

import pytest
import voluptuous as vol

from . import translation_keys
from .translation_keys import INTEGRATION, platform_modules

KEY = vol.Match(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
TEXTS = {KEY: str}

STEP = {
    vol.Optional("title"): str,
    vol.Optional("description"): str,
    vol.Optional("data"): TEXTS,
    vol.Optional("data_description"): TEXTS,
    vol.Optional("menu_options"): TEXTS,
    vol.Optional("menu_option_descriptions"): TEXTS,
    vol.Optional("submit"): str,
    vol.Optional("sections"): {
        KEY: {
            vol.Optional("name"): str,
            vol.Optional("description"): str,
            vol.Optional("data"): TEXTS,
            vol.Optional("data_description"): TEXTS,
        }
    },
}
FLOW = {
    vol.Required("step"): {KEY: STEP},
    vol.Optional("error"): TEXTS,
    vol.Optional("abort"): TEXTS,
    vol.Optional("progress"): TEXTS,
    vol.Optional("create_entry"): TEXTS,
}
SCHEMA = vol.Schema(
    {
        vol.Optional("title"): str,
        vol.Required("config"): {vol.Optional("flow_title"): str, **FLOW},
        vol.Optional("config_subentries"): {
            KEY: {
                vol.Required("entry_type"): str,
                vol.Required("initiate_flow"): {vol.Required("user"): str, KEY: str},
                **FLOW,
            }
        },
        vol.Optional("options"): FLOW,
        vol.Optional("selector"): {
            KEY: {vol.Optional("options"): TEXTS, vol.Optional("choices"): TEXTS, vol.Optional("fields"): {KEY: TEXTS}}
        },
        vol.Optional("device"): {KEY: {vol.Required("name"): str}},
        vol.Optional("entity"): {
            vol.In(platform_modules()): {
                KEY: {
                    vol.Optional("name"): str,
                    vol.Optional("state"): TEXTS,
                    vol.Optional("unit_of_measurement"): str,
                    vol.Optional("state_attributes"): {KEY: {vol.Optional("name"): str, vol.Optional("state"): TEXTS}},
                }
            }
        },
        vol.Optional("exceptions"): {KEY: {vol.Required("message"): str}},
        vol.Optional("issues"): {
            KEY: {
                vol.Required("title"): str,
                vol.Exclusive("description", "what to do"): str,
                vol.Exclusive("fix_flow", "what to do"): FLOW,
            }
        },
        vol.Optional("system_health"): {vol.Required("info"): TEXTS},
        vol.Optional("services"): {
            KEY: {
                vol.Required("name"): str,
                vol.Required("description"): str,
                vol.Optional("fields"): {KEY: {vol.Required("name"): str, vol.Required("description"): str}},
                vol.Optional("sections"): {KEY: {vol.Required("name"): str, vol.Optional("description"): str}},
            }
        },
    }
)

ONLY_IN_FLOWS = {"upload_both", "upload_failed"}  # an entry that is set up reads files, never uploads


@pytest.fixture(scope="module")
def english() -> dict[str, Any]:
    """The English texts."""
    data: dict[str, Any] = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
    return data


def texts_in(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) for each text."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts_in(value, f"{path}.{key}".lstrip("."))
    else:
        yield path, node


def flows_in(english: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the flows of the entry and its subentries."""
    return [english["config"], english.get("options", {}), *english.get("config_subentries", {}).values()]


def forms_in(english: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, texts) for each form of all flows, repairs included, and for each section of a form."""
    repairs = [issue["fix_flow"] for issue in english.get("issues", {}).values() if "fix_flow" in issue]
    for flow in [*flows_in(english), *repairs]:
        for step, texts in flow.get("step", {}).items():
            yield step, texts
            for section, inner in texts.get("sections", {}).items():
                yield f"{step}.{section}", inner


# Form


def test_the_texts_follow_the_schema(english: dict[str, Any]) -> None:
    """Home Assistant ignores what stands elsewhere."""
    SCHEMA(english)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"^\s|\s$", "space at an end"),
        (r"<[a-zA-Z/!]", "HTML"),
        (r"(?:https?|wss?)://[a-z0-9]", "an address; use a placeholder"),
        (r"['\"]\{\w+\}['\"]", "a placeholder in quotes"),
        (r"\[%key:", "a reference, which only core resolves"),
        (r"^$", "nothing"),
    ],
)
def test_no_text_contains_what_hassfest_refuses(english: dict[str, Any], pattern: str, fault: str) -> None:
    """Texts are plain, and translators find nothing to break."""
    assert [path for path, text in texts_in(english) if re.search(pattern, text)] == [], fault


def test_every_placeholder_can_be_filled(english: dict[str, Any]) -> None:
    """Braces are balanced and hold a name."""
    for path, text in texts_in(english):
        assert not re.search(r"[{}]", re.sub(r"\{[a-z0-9_]+\}", "", text)), path


def test_every_field_of_a_form_has_a_description(english: dict[str, Any]) -> None:
    """And no description is left of a field that is gone."""
    for name, texts in forms_in(english):
        assert set(texts.get("data", {})) == set(texts.get("data_description", {})), name


# Flows


def test_every_form_and_menu_has_texts(english: dict[str, Any]) -> None:
    """A step without texts shows an empty form."""
    shown = {
        step
        for call in ("async_show_form", "async_show_menu", "async_show_progress")
        for step in translation_keys.keyword_texts("config_flow.py", call, "step_id")
    }
    assert shown
    assert shown <= {step for flow in flows_in(english) for step in flow.get("step", {})}


def test_every_end_of_a_flow_has_a_text(english: dict[str, Any]) -> None:
    """A flow that stops says why."""
    aborted = translation_keys.keyword_texts("config_flow.py", "async_abort", "reason")
    assert aborted <= {reason for flow in flows_in(english) for reason in flow.get("abort", {})}


def test_every_reason_that_a_listener_cannot_open_has_a_text(english: dict[str, Any]) -> None:
    """The form shows it on the field; a running entry raises it and opens an issue."""
    reasons = translation_keys.first_arguments("ListenError", "CertificateError")
    assert "port_in_use" in reasons
    assert reasons <= set(english["config"]["error"])
    assert reasons - ONLY_IN_FLOWS <= set(english["exceptions"])
    assert reasons - ONLY_IN_FLOWS <= set(english["issues"])


# Exceptions, issues, devices


def test_every_exception_that_is_raised_has_a_text(english: dict[str, Any]) -> None:
    """What people see of an error is translated."""
    reasons = translation_keys.first_arguments("InvalidRequestError", "__init__")  # also those of its subclasses
    raised = translation_keys.keys_used("exceptions") | reasons
    assert raised
    assert raised <= set(english["exceptions"])


@pytest.mark.parametrize("section", ["issues", "device"])
def test_every_issue_and_device_name_has_a_text(english: dict[str, Any], section: str) -> None:
    """The keys that the code names exist."""
    used = translation_keys.keys_used(section)
    assert used
    assert used <= set(english[section])


# Entities


@pytest.mark.parametrize("platform", platform_modules())
def test_every_entity_of_a_platform_has_a_name(english: dict[str, Any], platform: str) -> None:
    """And no text is left of an entity that is gone."""
    keys = translation_keys.entity_keys(platform)
    assert keys
    assert set(english["entity"][platform]) == keys
    assert [key for key, texts in english["entity"][platform].items() if not texts.get("name")] == []


@pytest.mark.parametrize("platform", platform_modules())
def test_every_state_of_an_enum_has_a_text(english: dict[str, Any], platform: str) -> None:
    """The states of a list of options are translated, all of them and no others."""
    texts = english["entity"][platform]
    for row in translation_keys.descriptions(platform):
        if options := getattr(row, "options", None):
            assert set(texts[row.translation_key or row.key]["state"]) == set(options), row.key


@pytest.mark.parametrize("platform", platform_modules())
def test_every_type_of_an_event_has_a_text(english: dict[str, Any], platform: str) -> None:
    """Event types are shown as the attribute `event_type`."""
    for row in translation_keys.descriptions(platform):
        if types := getattr(row, "event_types", None):
            attributes = english["entity"][platform][row.translation_key or row.key]["state_attributes"]
            assert set(attributes["event_type"]["state"]) == set(types), row.key


def test_every_entity_icon_belongs_to_an_entity() -> None:
    """No icon is left of an entity that is gone."""
    icons = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8")).get("entity", {})
    for platform, keys in icons.items():
        assert set(keys) <= translation_keys.entity_keys(platform), platform
