"""The dashboard of the demonstration: what a user would put together for two chargers."""

from collections.abc import Mapping
from typing import Any

DASHBOARD_PATH = "ev-charging"
DASHBOARD_TITLE = "EV charging"

# The entities that the dashboard shows, by connector and key of their unique ids.
KEYS = frozenset(
    f"1_{key}" for key in ("status", "power", "charge", "current_limit", "session_energy", "energy", "current", "pause")
)

type Entities = Mapping[str, str]


def dashboard(chargers: Mapping[str, Entities]) -> dict[str, Any]:
    """Return the configuration for chargers by identity; entity ids by connector and key of their unique ids."""
    sections = [_charger(identity, entities) for identity, entities in chargers.items()]
    power = [entities["1_power"] for entities in chargers.values()]
    currents = [entities["1_current"] for entities in chargers.values()]
    history = {
        "type": "grid",
        "column_span": 2,
        "cards": [
            {"type": "heading", "heading": "History", "icon": "mdi:chart-line"},
            _graph("Power", power),
            _graph("Current", currents),
        ],
    }
    view = {"type": "sections", "title": DASHBOARD_TITLE, "max_columns": 2, "sections": [*sections, history]}
    return {"views": [view]}


def _charger(identity: str, entities: Entities) -> dict[str, Any]:
    tiles = [
        _tile("Status", entities["1_status"], columns=6),
        _tile("Power", entities["1_power"], columns=6),
        _tile("Charge", entities["1_charge"], features=[{"type": "toggle"}]),
        _tile("Current limit", entities["1_current_limit"], features=[{"type": "numeric-input", "style": "slider"}]),
        _tile("This session", entities["1_session_energy"], columns=6),
        _tile("Meter", entities["1_energy"], columns=6),
        _tile("Current", entities["1_current"], columns=6),
        _tile("Pause", entities["1_pause"], columns=6),
    ]
    heading = {"type": "heading", "heading": identity.capitalize(), "icon": "mdi:ev-station"}
    return {"type": "grid", "cards": [heading, *tiles]}


def _tile(name: str, entity: str, *, columns: int = 12, features: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "type": "tile",
        "entity": entity,
        "name": name,
        "features": features or [],
        "features_position": "bottom",
        "grid_options": {"columns": columns},
    }


def _graph(title: str, entities: list[str]) -> dict[str, Any]:
    return {"type": "history-graph", "title": title, "hours_to_show": 1, "entities": entities}
