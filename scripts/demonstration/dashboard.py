"""The dashboard of the demonstration: what a user would put together for two chargers and a house with solar panels."""

from collections.abc import Mapping
from typing import Any

from .house import DAY
from .sensors import GRID_POWER, SOLAR_POWER

DASHBOARD_PATH = "ev-charging"
DASHBOARD_TITLE = "EV charging"

# The entities that the dashboard shows, by connector and key of their unique ids.
_VERSION = "0_ocpp_version"
_OF_CONNECTOR = ("status", "power", "charge", "current_limit", "session_energy", "energy", "current", "pause")
KEYS = frozenset({_VERSION, *(f"1_{key}" for key in _OF_CONNECTOR)})
# Those that are there once solar charging is set up, of a charger and of the house.
CONTROL_KEYS = frozenset(
    f"1_{key}" for key in ("charging_mode", "control_reason", "maximum_current", "next_decision", "session_solar_share")
)
SITE_KEYS = frozenset({"surplus"})

_SUN, _GRID = "#ff9800", "#607d8b"
_CARS = ("#4caf50", "#2196f3")

type Entities = Mapping[str, str]


def dashboard(chargers: Mapping[str, Entities], site: Entities) -> dict[str, Any]:
    """Return the configuration; entity ids of chargers by identity and by connector and key of their unique ids, of the site by key."""
    return {"views": [_charging_view(chargers), _sun_view(chargers, site)]}


def _charging_view(chargers: Mapping[str, Entities]) -> dict[str, Any]:
    history = {
        "type": "grid",
        "column_span": 2,
        "cards": [
            {"type": "heading", "heading": "History", "icon": "mdi:chart-line"},
            _graph("Power", [{"entity": entities["1_power"]} for entities in chargers.values()]),
            _graph("Current", [{"entity": entities["1_current"]} for entities in chargers.values()]),
        ],
    }
    sections = [_charger(identity, entities) for identity, entities in chargers.items()]
    return {
        "type": "sections",
        "title": DASHBOARD_TITLE,
        "path": "chargers",
        "max_columns": 2,
        "sections": [*sections, history],
    }


def _sun_view(chargers: Mapping[str, Entities], site: Entities) -> dict[str, Any]:
    house = {
        "type": "grid",
        "cards": [
            {"type": "heading", "heading": "House", "icon": "mdi:home-lightning-bolt"},
            _tile("Solar power", SOLAR_POWER, color="orange"),
            _tile("Grid power", GRID_POWER, color="blue-grey"),
            _tile("Surplus for the cars", site["surplus"], color="green"),
        ],
    }
    lines = [
        {"entity": SOLAR_POWER, "name": "Sun", "color": _SUN},
        {"entity": GRID_POWER, "name": "Grid", "color": _GRID},
        *(
            {"entity": entities["1_power"], "name": identity.capitalize(), "color": color}
            for (identity, entities), color in zip(chargers.items(), _CARS, strict=True)
        ),
    ]
    reasons = [
        {"entity": entities["1_control_reason"], "name": identity.capitalize()}
        for identity, entities in chargers.items()
    ]
    history = {
        "type": "grid",
        "column_span": 3,
        "cards": [
            {
                "type": "heading",
                "heading": "The last day, which took forty minutes",
                "icon": "mdi:chart-line",
            },
            _graph("Power", lines, hours=DAY / 3600, rows=8),
            _graph("Why", reasons, hours=DAY / 3600, rows=3),
        ],
    }
    return {
        "type": "sections",
        "title": "Sun",
        "path": "sun",
        "icon": "mdi:weather-partly-cloudy",
        "max_columns": 3,
        "sections": [house, *(_sunny_charger(*item) for item in chargers.items()), history],
    }


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
    return _section(identity, entities, tiles)


def _sunny_charger(identity: str, entities: Entities) -> dict[str, Any]:
    tiles = [
        _tile("Mode", entities["1_charging_mode"], features=[{"type": "select-options"}]),
        _tile("Doing", entities["1_control_reason"], columns=6),
        _tile("Next decision", entities["1_next_decision"], columns=6),
        _tile("Power", entities["1_power"], columns=6),
        _tile("Current limit", entities["1_current_limit"], columns=6),
        _tile("This session", entities["1_session_energy"], columns=6),
        _tile("Of it sun", entities["1_session_solar_share"], columns=6),
    ]
    return _section(identity, entities, tiles)


def _section(identity: str, entities: Entities, tiles: list[dict[str, Any]]) -> dict[str, Any]:
    heading = {
        "type": "heading",
        "heading": identity.capitalize(),
        "icon": "mdi:ev-station",
        "badges": [{"type": "entity", "entity": entities[_VERSION], "show_state": True, "show_icon": False}],
    }
    return {"type": "grid", "cards": [heading, *tiles]}


def _tile(
    name: str,
    entity: str,
    *,
    columns: int = 12,
    color: str | None = None,
    features: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return a tile; without a color it has that of its state."""
    return {
        "type": "tile",
        "entity": entity,
        "name": name,
        **({"color": color} if color else {}),
        "features": features or [],
        "features_position": "bottom",
        "grid_options": {"columns": columns},
    }


def _graph(title: str, entities: list[dict[str, Any]], *, hours: float = 1, rows: int | None = None) -> dict[str, Any]:
    card = {"type": "history-graph", "title": title, "hours_to_show": hours, "entities": entities}
    return card if rows is None else {**card, "grid_options": {"columns": "full", "rows": rows}}
