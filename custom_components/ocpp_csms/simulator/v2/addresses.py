"""Where a variable stands in the device model: component, EVSE, connector, variable and instances, as text and on the wire.

OCPP 2.0.1, part 1, section 4.1. No values here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Any, Self

from ocpp.v201.datatypes import ComponentType, EVSEType, VariableType

type Wire = Mapping[str, Any]

_KEY = re.compile(
    r"(?P<component>[^\[\](),.]+)(\[(?P<component_instance>[^\]]+)\])?(\((?P<evse>\d+)(,(?P<connector>\d+))?\))?"
    r"\.(?P<variable>[^\[\]]+)(\[(?P<variable_instance>[^\]]+)\])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One variable of one component. The text of it is `Component[instance](evse,connector).Variable[instance]`."""

    component: str
    variable: str
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of an address. Raises ValueError."""
        if (found := _KEY.fullmatch(text)) is None:
            raise ValueError(f"{text!r} is not Component(evse,connector).Variable")
        evse, connector = found["evse"], found["connector"]
        return cls(
            component=found["component"],
            variable=found["variable"],
            component_instance=found["component_instance"],
            evse=None if evse is None else int(evse),
            connector=None if connector is None else int(connector),
            variable_instance=found["variable_instance"],
        )

    @classmethod
    def from_wire(cls, component: Wire, variable: Wire) -> Self:
        """Read the two objects of a message; an empty instance is none (B06.FR.15). Raises KeyError and TypeError."""
        evse = component.get("evse") or {}
        return cls(
            component=component["name"],
            variable=variable["name"],
            component_instance=component.get("instance") or None,
            evse=evse.get("id"),
            connector=evse.get("connectorId"),
            variable_instance=variable.get("instance") or None,
        )

    def __str__(self) -> str:
        """Return the text that people use."""
        place = "" if self.evse is None else f"({self.evse})"
        if self.connector is not None:
            place = f"({self.evse},{self.connector})"
        return (
            f"{self.component}{_bracketed(self.component_instance)}{place}"
            f".{self.variable}{_bracketed(self.variable_instance)}"
        )

    @property
    def folded(self) -> str:
        """The text without regard to case, as names are compared (part 2, section 2.1: identifiers ignore case)."""
        return str(self).casefold()

    @property
    def folded_component(self) -> str:
        """The component's part of `folded`."""
        return self.folded.partition(".")[0]

    def is_within(self, component: Wire, variable: Wire | None) -> bool:
        """Tell whether the address is meant by an entry of a report's filter (B08.FR.20 to B08.FR.25).

        What the entry leaves open may be anything.
        """
        evse = component.get("evse") or {}
        asked: list[tuple[Any, Any]] = [
            (component["name"], self.component),
            (component.get("instance") or None, self.component_instance),
            (evse.get("id"), self.evse),
            (evse.get("connectorId"), self.connector),
        ]
        if variable is not None:
            asked += [(variable["name"], self.variable), (variable.get("instance") or None, self.variable_instance)]
        return all(wanted is None or _folded(wanted) == _folded(own) for wanted, own in asked)

    def component_type(self) -> ComponentType:
        """Return the component as it goes into messages."""
        place = None if self.evse is None else EVSEType(self.evse, self.connector)
        return ComponentType(self.component, self.component_instance, place)

    def variable_type(self) -> VariableType:
        """Return the variable as it goes into messages."""
        return VariableType(self.variable, self.variable_instance)


def _bracketed(instance: str | None) -> str:
    return "" if instance is None else f"[{instance}]"


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value
