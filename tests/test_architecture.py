"""The checker of the dependency rule sees what breaks it. Whether the project keeps it is checked by scripts/test."""

from pathlib import Path

import pytest

from scripts import architecture

INTEGRATION = "custom_components/ocpp_csms"


def test_the_checker_reads_the_integration() -> None:
    """An empty folder would keep every rule."""
    root = Path(__file__).parent.parent
    assert (root / INTEGRATION / "__init__.py").is_file()
    assert all((root / INTEGRATION / part / "__init__.py").is_file() for part in ("csms", "simulator"))


def check(root: Path, module: str, code: str) -> list[str]:
    """Return what the checker finds in a project with this one module."""
    path = root / INTEGRATION / module
    path.parent.mkdir(parents=True)
    path.write_text(f'"""A module."""\n{code}\n', encoding="utf-8")
    return architecture.violations(root)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("control/loop.py", "from custom_components.ocpp_csms.entity import OcppEntity"),
        ("control/loop.py", "from custom_components.ocpp_csms.flows import site"),
        ("csms/rpc.py", "import homeassistant.core"),
        ("csms/rpc.py", "from homeassistant import core"),
        ("csms/rpc.py", "def f():\n    from homeassistant.core import callback"),
        ("csms/rpc.py", "import importlib\nimportlib.import_module('homeassistant.core')"),
        ("csms/__init__.py", "import homeassistant"),
        ("csms/rpc.py", "from ..simulator import physics"),
        ("csms/rpc.py", "from .. import const"),
        ("csms/rpc.py", "from ..const import DOMAIN"),
        ("charging/law.py", "import custom_components.ocpp_csms.csms"),
        ("simulator/physics.py", "from custom_components.ocpp_csms.charging import law"),
        ("csms/v16/actions.py", "from ...simulator import physics"),
        ("charging/law.py", "import homeassistant.core"),
        ("charging/law.py", "from ..csms.model import Connector"),
        ("charging/law.py", "from ..simulator.physics import Battery"),
        ("simulator/charge_point.py", "import homeassistant.util"),
        ("simulator/charge_point.py", "from ..csms import rpc"),
        ("simulator/charge_point.py", "from custom_components.ocpp_csms.csms import rpc"),
        ("sensor.py", "from .csms import v16"),
        ("sensor.py", "from .csms.v2.messages import Dialect"),
        ("switch.py", "from .csms.v16.commands import V16Commands"),
        ("runtime.py", "import custom_components.ocpp_csms.csms.v16"),
        ("__init__.py", "from .csms.v16 import Dialect"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, module: str, code: str) -> None:
    """The checker names the module that breaks the rule."""
    found = check(tmp_path, module, code)
    assert found
    assert all(line.startswith(f"{INTEGRATION}/{module}:") and "imports" in line for line in found)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("control/loop.py", "import homeassistant.core\nfrom custom_components.ocpp_csms.csms.model import Connector"),
        ("csms/rpc.py", "from .model import Connector"),
        ("csms/server.py", "from . import v16, v2"),
        ("csms/__init__.py", "from .v16 import Dialect"),
        ("csms/rpc.py", "import homeassistant_unrelated"),
        ("simulator/charge_point.py", "from ocpp.v16 import call"),
        ("charging/law.py", "from dataclasses import dataclass"),
        ("csms/limits.py", "from custom_components.ocpp_csms.charging.profiles import Limit"),
        ("sensor.py", "from homeassistant.core import callback\nfrom .csms.model import Connector"),
        ("sensor.py", "from .csms.v20 import x"),
        ("runtime.py", "from .csms import server\nfrom .charging import law"),
    ],
)
def test_an_allowed_import_passes(tmp_path: Path, module: str, code: str) -> None:
    """The checker is silent about what the architecture allows."""
    assert check(tmp_path, module, code) == []


def test_a_module_without_a_docstring_is_found(tmp_path: Path) -> None:
    """Every module opens with a paragraph that says what lives in it."""
    path = tmp_path / INTEGRATION / "sensor.py"
    path.parent.mkdir(parents=True)
    path.write_text("VALUE = 1\n", encoding="utf-8")
    assert architecture.violations(tmp_path) == [f"{INTEGRATION}/sensor.py: does not open with a docstring"]


def test_a_file_that_is_too_long_is_found(tmp_path: Path) -> None:
    """A file is about one thing."""
    found = check(tmp_path, "sensor.py", "\n" * architecture.LONGEST_FILE)
    assert len(found) == 1
    assert f"more than {architecture.LONGEST_FILE}" in found[0]
