"""Print what the Home Assistant that runs this needs from PyPI for the demonstration, one requirement a line.

Run by the Python of that Home Assistant. A venv with `homeassistant` alone has no frontend: it would fetch all this at its first start.
"""

from functools import cache
import json
from pathlib import Path

import homeassistant
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS
from homeassistant.const import Platform

from_configuration = {"config", "energy", "frontend", "history", "http", "logbook", "my", "recorder", "system_health"}
for_login = {"pyotp", "pyqrcode"}  # second factors, part of core's `auth`
# Speech detection: the pinned versions need a compiler and Python's headers; the newest come ready to use, and do as well here.
needs_compiler = {"pymicro-vad", "pyspeex-noise"}

components = Path(homeassistant.__file__).parent / "components"


@cache
def requirements_of(domain: str) -> frozenset[str]:
    """Return the requirements of an integration and of all it depends on."""
    try:
        manifest = json.loads((components / domain / "manifest.json").read_text())
    except FileNotFoundError:
        return frozenset()
    own = frozenset(manifest.get("requirements", ()))
    return own.union(*(requirements_of(dependency) for dependency in manifest.get("dependencies", ())))


wanted = {*from_configuration, *DEFAULT_INTEGRATIONS, *(platform.value for platform in Platform)}
for requirement in sorted({*for_login, *frozenset[str]().union(*map(requirements_of, wanted))}):
    name = requirement.partition("==")[0].lower()
    print(name if name in needs_compiler else requirement)
