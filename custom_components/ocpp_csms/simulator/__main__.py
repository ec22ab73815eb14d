"""Runs the program of `command_line`: as a folder, or as a module.

    python custom_components/ocpp_csms/simulator --url ws://127.0.0.1:9000/CP1 --plug-in --start

Run as a folder it needs no Home Assistant, and no module of the integration can pass for one of the standard library:
`select.py`, next to this folder, would. Nothing else lives here.
"""

from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
import sys

_FOLDER = Path(__file__).resolve().parent


def _load() -> str:
    """Make this folder a package by itself, wherever it lies, and return its name."""
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _FOLDER]
    name = _FOLDER.name
    spec = spec_from_file_location(name, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)])
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {_FOLDER}")
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return name


if __name__ == "__main__":
    import_module(f"{__package__ or _load()}.command_line").main()
