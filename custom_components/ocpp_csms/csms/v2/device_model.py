"""The device model of a charging station: what names a variable, how people write that name, and what a station reports of one.

Pure. A person writes `Component[instance](evse,connector).Variable[instance]`, e.g. `EVSE(1).AvailabilityState`; a message has objects for
it. The configuration of the charge point is kept under these texts. What a station leaves out or writes in another type is understood;
what is secret is never kept. Source: OCPP 2.0.1 part 2, B05…B08 and §2 (ComponentType, VariableType, ReportDataType).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import re
from typing import Any, Self

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import MAX_CONNECTORS, ConfigurationKey
from custom_components.ocpp_csms.csms.wire.fields import folded, nested, number, text

MOST_VARIABLES = 20_000  # of one station that are kept
LONGEST_VALUE = 2500  # characters of a value that are kept (§2.51: no longer one is sent)

_LONGEST_NAME = 50  # characters (§2: ComponentType, VariableType)
_LONGEST_KEY = 1000
_LONGEST_UNIT = 16
_MOST_OPTIONS = 100

# What separates the parts of a name, and therefore stands in none as it is.
_NAME_ESCAPES = {character: f"%{ord(character):02X}" for character in "%.[]()"}
_INSTANCE_ESCAPES = {character: f"%{ord(character):02X}" for character in "%]"}
_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")
_KEY = re.compile(
    r"\s*(?P<component>[^.\[\]()]+?)\s*"
    r"(?:\[(?P<component_instance>[^\]]*)\])?\s*"
    r"(?:\(\s*(?P<evse>\d{1,9})\s*(?:,\s*(?P<connector>\d{1,9})\s*)?\))?\s*"
    r"\.\s*(?P<variable>[^.\[\]()]+?)\s*"
    r"(?:\[(?P<variable_instance>[^\]]*)\])?\s*"
)

# Variables that hold a password, whatever they are said to be.
_SECRET_VARIABLES = frozenset({"basicauthpassword"})
_SECRET_TYPES = frozenset({"passwordstring"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableAddress:
    """What names a variable: a component of the station, of an EVSE or of one of its connectors, and the variable of it."""

    component: str
    variable: str
    component_instance: str | None = None
    variable_instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    def __str__(self) -> str:
        """Return the key that people use."""
        place = ""
        if self.evse is not None:
            place = f"({self.evse})" if self.connector is None else f"({self.evse},{self.connector})"
        component = f"{_name(self.component)}{_instance(self.component_instance)}{place}"
        return f"{component}.{_name(self.variable)}{_instance(self.variable_instance)}"

    @property
    def folded(self) -> Self:
        """The same for comparison: names are told apart without regard to case (identifierString)."""
        return type(self)(
            component=self.component.casefold(),
            variable=self.variable.casefold(),
            component_instance=self.component_instance and self.component_instance.casefold(),
            variable_instance=self.variable_instance and self.variable_instance.casefold(),
            evse=self.evse,
            connector=self.connector,
        )

    @classmethod
    def parse(cls, key: str) -> Self:
        """Read a key as a person writes it. Raises `InvalidRequestError("unknown_configuration_key")` for what names no variable."""
        match = _KEY.fullmatch(key) if len(key) <= _LONGEST_KEY else None
        if match is None:
            raise InvalidRequestError("unknown_configuration_key", configuration_key=key[:100])
        names = match.group("component", "variable", "component_instance", "variable_instance")
        component, variable, component_instance, variable_instance = (_unescaped(name or "") for name in names)
        evse, connector = _place(match["evse"]), _place(match["connector"])
        if (match["evse"] and evse is None) or (match["connector"] and connector is None):
            raise InvalidRequestError("unknown_configuration_key", configuration_key=key[:100])
        return cls(
            component=component,
            variable=variable,
            component_instance=component_instance or None,
            variable_instance=variable_instance or None,
            evse=evse,
            connector=connector,
        )

    @classmethod
    def from_payload(cls, item: Mapping[str, Any]) -> Self | None:
        """Read the members `component` and `variable` of an object; None if they name nothing."""
        component, variable = _named(item.get("component")), _named(item.get("variable"))
        name, variable_name = _short(component.get("name")), _short(variable.get("name"))
        if name is None or variable_name is None:
            return None
        evse = nested(component.get("evse"))
        evse_id = _place(evse.get("id"))
        return cls(
            component=name,
            variable=variable_name,
            component_instance=_short(component.get("instance")),
            variable_instance=_short(variable.get("instance")),
            evse=evse_id,
            connector=_place(evse.get("connectorId")) if evse_id is not None else None,
        )

    def as_payload(self) -> dict[str, Any]:
        """Return the members `component` and `variable` of a message."""
        component: dict[str, Any] = {"name": self.component}
        if self.component_instance is not None:
            component["instance"] = self.component_instance
        if self.evse is not None:
            component["evse"] = {"id": self.evse}
            if self.connector is not None:
                component["evse"]["connectorId"] = self.connector
        variable = {"name": self.variable}
        if self.variable_instance is not None:
            variable["instance"] = self.variable_instance
        return {"component": component, "variable": variable}

    @property
    def is_secret(self) -> bool:
        """Whether it names what must not be kept."""
        return self.variable.casefold() in _SECRET_VARIABLES


def read_variables(report: Mapping[str, Any]) -> Iterator[ConfigurationKey]:
    """Yield the variables of one NotifyReport; what names no variable is left out, and so are values that are secret."""
    items = report.get("reportData")
    for item in items[:MOST_VARIABLES] if isinstance(items, list) else ():
        if isinstance(item, dict) and (address := VariableAddress.from_payload(item)) is not None:
            yield _variable(address, item)


class Told:
    """A configuration to look variables up in without regard to case: stations spell the standard ones in several ways."""

    def __init__(self, configuration: Mapping[str, ConfigurationKey]) -> None:
        """Look at a configuration as it is now."""
        self._items = {key.casefold(): item for key, item in configuration.items()}

    def item(self, key: str) -> ConfigurationKey | None:
        """Return what is told of a variable."""
        return self._items.get(key.casefold())

    def text(self, key: str) -> str | None:
        """Return the value of a variable; None if it is not told."""
        found = self.item(key)
        return None if found is None else found.value

    def integer(self, key: str) -> int | None:
        """Return the value of a variable as an integer; None if it is none."""
        return number(self.text(key))

    def positive(self, key: str) -> int | None:
        """Return the value of a variable that is a positive number; None for any other."""
        found = self.integer(key)
        return found if found is not None and found > 0 else None

    def says(self, key: str) -> bool | None:
        """Return whether a variable is true or false; None if it is neither, or not told."""
        return {"true": True, "1": True, "false": False, "0": False}.get(folded(self.text(key)))


def value_text(value: object) -> str | None:
    """Return a value as text, of whatever type a station writes it, cut to `LONGEST_VALUE`; None for none."""
    if value is None or isinstance(value, (dict, list)):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)[:LONGEST_VALUE]


def _variable(address: VariableAddress, item: Mapping[str, Any]) -> ConfigurationKey:
    actual = _actual(item.get("variableAttribute"))
    said = nested(item.get("variableCharacteristics"))
    data_type = _short(said.get("dataType"))
    mutability = folded(actual.get("mutability"))
    secret = mutability == "writeonly" or address.is_secret or folded(data_type) in _SECRET_TYPES
    return ConfigurationKey(
        str(address),
        None if secret else value_text(actual.get("value")),
        readonly=mutability == "readonly",
        unit=_unit(said.get("unit")),
        data_type=data_type,
        minimum=_limit(said.get("minLimit")),
        maximum=_limit(said.get("maxLimit")),
        options=_options(said.get("valuesList")),
        write_only=secret,
    )


def _actual(attributes: object) -> Mapping[str, Any]:
    """Return the attribute that holds the actual value; one without a type does (VariableAttributeType)."""
    listed = map(nested, attributes if isinstance(attributes, list) else [attributes])
    return next((attribute for attribute in listed if folded(attribute.get("type")) in {"", "actual"}), {})


def _named(value: object) -> Mapping[str, Any]:
    """Return a component or variable, also where only its name stands."""
    return {"name": value} if isinstance(value, str) else nested(value)


def _short(value: object) -> str | None:
    found = text(value)
    return None if found is None else found[:_LONGEST_NAME]


def _place(value: object) -> int | None:
    """Return the number of an EVSE or connector; None where there is none. Some write 0 for the whole station."""
    found = number(value)
    return found if found is not None and 0 < found <= MAX_CONNECTORS else None


def _unit(value: object) -> str | None:
    """Return a unit; 2.1 writes an object."""
    found = text(value.get("unit") if isinstance(value, dict) else value)
    return None if found is None else found[:_LONGEST_UNIT]


def _limit(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        limit = float(value)
    except OverflowError, ValueError:
        return None
    return limit if abs(limit) < 1e15 else None


def _options(value: object) -> tuple[str, ...]:
    """Return a list of values, of which each station has its own way to write it."""
    parts = value if isinstance(value, list) else re.split(r"[,;|]", value) if isinstance(value, str) else []
    return tuple(option for part in parts[:_MOST_OPTIONS] if (option := _short(part)) is not None)


def _name(name: str) -> str:
    return "".join(_NAME_ESCAPES.get(character, character) for character in name)


def _instance(instance: str | None) -> str:
    if instance is None:
        return ""
    return f"[{''.join(_INSTANCE_ESCAPES.get(character, character) for character in instance)}]"


def _unescaped(part: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), part)
