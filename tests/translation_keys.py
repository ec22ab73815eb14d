"""Finds the keys of translated texts that the integration's sources use, by `ast` and by the platforms' tables of descriptions.

A key is used where it is written as `translation_key=`, where it is handed to a function that passes it on as such, and where an
exception is raised whose first argument is a reason that becomes a key.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

INTEGRATION = Path(__file__).parent.parent / "custom_components" / "ocpp_csms"


def parse_sources() -> Iterator[ast.Module]:
    """Yield the syntax tree of every module of the integration, those of the pure parts included."""
    for path in INTEGRATION.rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def section_of(call: ast.Call) -> str:
    """Return the section of the texts in which Home Assistant looks up the `translation_key` of this call."""
    name = name_of(call)
    if "issue" in name:
        return "issues"
    if "child" in name or name.endswith("DeviceInfo"):
        return "device"
    if any(keyword.arg == "translation_domain" for keyword in call.keywords):
        return "exceptions"
    return "entity"


def keyword_value(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a keyword argument."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls below a node."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def keys_written_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (section, key) for each key that a module names, directly or through one of its own functions."""
    passed_on: dict[str, tuple[str, int, str]] = {}  # function → (section, place of the parameter, its name)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        parameters = [argument.arg for argument in function.args.args]
        for call in calls_in(function):
            match keyword_value(call, "translation_key"):
                case ast.Name(id=parameter) if parameter in parameters:
                    passed_on[function.name] = (section_of(call), parameters.index(parameter), parameter)
    for call in calls_in(tree):
        match keyword_value(call, "translation_key"):
            case ast.Constant(value=str(key)):
                yield section_of(call), key
        if name_of(call) in passed_on:
            section, place, parameter = passed_on[name_of(call)]
            match call.args[place] if place < len(call.args) else keyword_value(call, parameter):
                case ast.Constant(value=str(key)):
                    yield section, key


def keys_used(section: str) -> set[str]:
    """Return the keys of a section (`exceptions`, `issues`, `device`) that the sources name."""
    return {key for tree in parse_sources() for found, key in keys_written_in(tree) if found == section}


def first_arguments(*callees: str) -> set[str]:
    """Return the texts written as an argument of calls of these names, such as the reason of an exception."""
    return {
        argument.value
        for tree in parse_sources()
        for call in calls_in(tree)
        if name_of(call) in callees
        for argument in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "reason")]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def keyword_texts(module: str, callee: str, keyword: str) -> set[str]:
    """Return the texts that a module hands to a function by keyword, such as the `step_id` of a form."""
    tree = ast.parse((INTEGRATION / module).read_text(encoding="utf-8"))
    values = (keyword_value(call, keyword) for call in calls_in(tree) if name_of(call) == callee)
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def platform_modules() -> list[str]:
    """Return the platforms that the integration has."""
    return sorted(platform.value for platform in Platform if (INTEGRATION / f"{platform.value}.py").is_file())


def descriptions(platform: str) -> list[EntityDescription]:
    """Return every row of a platform's tables: module-level sequences of descriptions, and single ones."""
    module = import_module(f"custom_components.ocpp_csms.{platform}")
    rows: list[EntityDescription] = []
    for value in vars(module).values():
        match value:
            case EntityDescription():
                rows.append(value)
            case tuple() | list():
                rows.extend(row for row in value if isinstance(row, EntityDescription))
    return rows


def entity_keys(platform: str) -> set[str]:
    """Return the translation keys of a platform's entities: those of its tables, and those that a class has for itself."""
    tree = ast.parse((INTEGRATION / f"{platform}.py").read_text(encoding="utf-8"))
    keys = {row.translation_key or row.key for row in descriptions(platform)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="_attr_translation_key")], value=ast.Constant(value=str(key))):
                keys.add(key)
    return keys
