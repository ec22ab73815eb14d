"""The dependency rule: which part of the integration may import which.

Reads the sources with `ast`, never imports them. A part is named by its module path inside the integration, and covers
everything below it: `csms` is `csms/__init__.py`, `csms/wire/rpc.py` and so on.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import sys

INTEGRATION = "custom_components.ocpp_csms"
LONGEST_FILE = 600

# Pure parts: no Home Assistant, and of the integration nothing but themselves and these.
PURE: dict[str, tuple[str, ...]] = {"csms": ("charging",), "charging": (), "simulator": ()}
# Charging control knows no entity and no flow: of the integration it uses itself and these.
CONTROL = ("control", "charging", "csms", "const", "settings", "issue_set")
# The dialects of OCPP (v16, v2) are known to the central system only.
DIALECT = re.compile(re.escape(f"{INTEGRATION}.csms.") + r"v(16|2)(\.|$)")


def is_within(module: str, package: str) -> bool:
    """Tell whether `module` is `package` or lies below it."""
    return module == package or module.startswith(f"{package}.")


def imported_modules(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute module) for every import, wherever it stands; `package` resolves relative ones.

    `from a import b` yields `a.b` too, since b may be a module.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield node.lineno, alias.name
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                origin = ".".join([*base, *([module] if module else [])])
                for alias in names:
                    yield node.lineno, f"{origin}.{alias.name}"
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def forbidden(part: str, target: str) -> str | None:
    """Return why the part (a module path inside the integration) must not import the target, or None if it may."""
    for pure, others in PURE.items():
        if is_within(part, pure):
            if is_within(target, "homeassistant"):
                return f"{pure} knows nothing of Home Assistant"
            allowed = any(is_within(target, f"{INTEGRATION}.{room}") for room in (pure, *others))
            if is_within(target, INTEGRATION) and not allowed:
                return f"{pure} imports nothing else of the integration"
    if is_within(part, "control") and is_within(target, INTEGRATION):
        if not any(is_within(target, f"{INTEGRATION}.{room}") for room in CONTROL):
            return "charging control knows no entity and no flow"
    if not is_within(part, "csms") and DIALECT.match(target):
        return "only the central system knows the dialects of OCPP"
    return None


def violations_in(path: Path, root: Path) -> Iterator[str]:
    """Yield one line per violation in one module; `root` is the folder above `custom_components`."""
    where = path.relative_to(root).as_posix()
    source = path.read_text(encoding="utf-8")
    if (length := len(source.splitlines())) > LONGEST_FILE:
        yield f"{where}: {length} lines, more than {LONGEST_FILE}"
    tree = ast.parse(source, filename=where)
    if ast.get_docstring(tree) is None:
        yield f"{where}: does not open with a docstring"
    module = path.relative_to(root).with_suffix("").parts
    if not is_within(".".join(module), INTEGRATION):
        return
    package = ".".join(module[:-1])
    part = ".".join(module[2:]).removesuffix("__init__").removesuffix(".")
    for line, target in imported_modules(tree, package):
        if reason := forbidden(part, target):
            yield f"{where}:{line}: imports {target}, but {reason}"


def violations(root: Path) -> list[str]:
    """Return one line per violation in the project at `root`, sorted."""
    sources = (path for folder in ("custom_components", "scripts", "tests") for path in (root / folder).rglob("*.py"))
    return sorted({line for path in sources for line in violations_in(path, root)})


def main() -> int:
    """Print the violations; return the exit code."""
    found = violations(Path(__file__).parent.parent)
    print("\n".join(found) or "Dependency rule: kept.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
