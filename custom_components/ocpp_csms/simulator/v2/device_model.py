"""The device model: the values of all variables, who may read and write them, and what reports say of them.

OCPP 2.0.1, part 2, B05 to B08. Holds values and judges changes; what a variable means is up to whoever reads it. Which
variables there are is in `variables`, how they are asked for on the wire in `inventory`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
import math
from typing import Any

from ocpp.v201.datatypes import ReportDataType, VariableAttributeType, VariableCharacteristicsType
from ocpp.v201.enums import (
    AttributeEnumType,
    ComponentCriterionEnumType,
    DataEnumType,
    GetVariableStatusEnumType,
    MutabilityEnumType,
    ReportBaseEnumType,
    SetVariableStatusEnumType,
)

from .addresses import Address, Wire
from .values import fits
from .variables import Attribute, Definition

_ACTUAL = AttributeEnumType.actual
_NUMERIC = frozenset({DataEnumType.integer, DataEnumType.decimal})
_CONDITIONS = frozenset({"Problem", "Tripped", "Overload", "Fallback"})


@dataclass(slots=True, kw_only=True)
class _Variable:
    definition: Definition
    values: dict[AttributeEnumType, str]
    source: Callable[[], str] | None = None
    permits: list[Callable[[str], bool]] = field(default_factory=list)

    @property
    def actual(self) -> str:
        return self.values.get(_ACTUAL, "") if self.source is None else self.source()


class DeviceModel:
    """All variables of one station, by `Component[instance](evse,connector).Variable[instance]`. Names ignore case."""

    def __init__(
        self,
        definitions: Iterable[Definition],
        overrides: Mapping[str, str] | None = None,
        *,
        hidden: Collection[str] = (),
    ) -> None:
        """Set the values of the table, then the overrides, which are not checked and may add read-only texts.

        `hidden` are addresses, or components, that the central system is told nothing of. Raises ValueError for what is
        no address.
        """
        self._variables: dict[str, _Variable] = {}
        self._components: dict[str, list[_Variable]] = {}
        self._pending: dict[str, str] = {}
        self.on_change: list[Callable[[str, str], None]] = []
        """Told of each change of an actual value: the address as text, and what it is now."""
        self._hidden = {name.casefold() for name in hidden}
        for definition in definitions:
            self._add(definition)
        for key, value in (overrides or {}).items():
            self._override(key, value)

    def _override(self, key: str, value: str) -> None:
        address = Address.from_text(key)
        if (variable := self._variables.get(address.folded)) is None:
            attributes = {_ACTUAL: Attribute(value=value)}
            self._add(Definition(address=address, attributes=attributes, data_type=DataEnumType.string))
        else:
            variable.values[_ACTUAL] = value

    def _add(self, definition: Definition) -> None:
        values = {kind: attribute.value for kind, attribute in definition.attributes.items()}
        variable = _Variable(definition=definition, values=values)
        self._variables[definition.address.folded] = variable
        self._components.setdefault(definition.address.folded_component, []).append(variable)

    # From within

    def __contains__(self, key: str) -> bool:
        """Tell whether there is such a variable, whatever the central system knows."""
        return key.casefold() in self._variables

    @property
    def addresses(self) -> list[Address]:
        """The addresses of all variables."""
        return [variable.definition.address for variable in self._variables.values()]

    def text(self, key: str) -> str:
        """Return the actual value in force. Raises KeyError."""
        return self._variables[key.casefold()].actual

    def integer(self, key: str) -> int:
        """Return the actual value as a number. Raises KeyError and ValueError."""
        return int(self.text(key))

    def flag(self, key: str) -> bool:
        """Return the actual value as a truth value. Raises KeyError."""
        return self.text(key).casefold() == "true"

    def items(self, key: str) -> list[str]:
        """Return the comma-separated members of the actual value. Raises KeyError."""
        return [item.strip() for item in self.text(key).split(",") if item.strip()]

    def most(self, key: str) -> float:
        """Return the upper limit of a variable, or of the length of its text. Raises KeyError."""
        high = self._variables[key.casefold()].definition.high
        return math.inf if high is None else high

    def set(self, key: str, value: str) -> None:
        """Set an actual value from within, without asking whether it may be written. Raises KeyError."""
        variable = self._variables[key.casefold()]
        before, variable.values[_ACTUAL] = variable.actual, value
        if before != value:
            for listener in self.on_change:
                listener(str(variable.definition.address), value)

    def provide(self, key: str, source: Callable[[], str]) -> None:
        """Ask for the actual value of a variable each time instead of keeping it. Raises KeyError."""
        self._variables[key.casefold()].source = source

    def guard(self, key: str, permits: Callable[[str], bool]) -> None:
        """Let someone else have a say, too, whether a variable may be set to a value. Raises KeyError."""
        self._variables[key.casefold()].permits.append(permits)

    def apply_pending(self) -> None:
        """Put in force what waited for a restart."""
        pending, self._pending = self._pending, {}
        for key, value in pending.items():
            self.set(key, value)

    def dump(self) -> dict[str, dict[str, str]]:
        """Return what survives a restart: what can be written, or was set from within, if it is not as at the start.

        What waits for a restart is among it.
        """
        changed: dict[str, dict[str, str]] = {}
        for key, variable in self._variables.items():
            values = dict(variable.values)
            if key in self._pending:
                values[_ACTUAL] = self._pending[key]
            attributes = variable.definition.attributes
            differing = {kind.value: value for kind, value in values.items() if value != attributes[kind].value}
            if differing:
                changed[str(variable.definition.address)] = differing
        return changed

    def restore(self, values: Mapping[str, Mapping[str, str]]) -> None:
        """Take over dumped values; variables and attributes that are gone are left out."""
        for key, attributes in values.items():
            if (variable := self._variables.get(key.casefold())) is not None:
                known = {AttributeEnumType(kind): value for kind, value in attributes.items()}
                variable.values |= {kind: value for kind, value in known.items() if kind in variable.values}

    # From the central system

    def definition(self, address: Address) -> Definition | None:
        """Return what the central system may know of a variable; None if it is not there."""
        variable = self._variables.get(address.folded)
        return None if variable is None or self._is_hidden(address) else variable.definition

    def knows_component(self, address: Address) -> bool:
        """Tell whether the central system may know the component of an address."""
        component = address.folded_component
        return component in self._components and component not in self._hidden

    def read(self, address: Address, kind: AttributeEnumType) -> tuple[GetVariableStatusEnumType, str | None]:
        """Return the status and value that GetVariables answers (B06)."""
        if not self.knows_component(address):
            return GetVariableStatusEnumType.unknown_component, None
        if (definition := self.definition(address)) is None:
            return GetVariableStatusEnumType.unknown_variable, None
        if (attribute := definition.attributes.get(kind)) is None:
            return GetVariableStatusEnumType.not_supported_attribute_type, None
        if attribute.mutability is MutabilityEnumType.write_only:
            return GetVariableStatusEnumType.rejected, None
        return GetVariableStatusEnumType.accepted, self._value(self._variables[address.folded], kind)

    def write(self, address: Address, kind: AttributeEnumType, value: str) -> SetVariableStatusEnumType:
        """Judge and apply a change (B05); what needs a restart waits for `apply_pending`."""
        if not self.knows_component(address):
            return SetVariableStatusEnumType.unknown_component
        if (definition := self.definition(address)) is None:
            return SetVariableStatusEnumType.unknown_variable
        if (attribute := definition.attributes.get(kind)) is None:
            return SetVariableStatusEnumType.not_supported_attribute_type
        variable = self._variables[address.folded]
        if attribute.mutability is MutabilityEnumType.read_only or not self._permits(variable, kind, value):
            return SetVariableStatusEnumType.rejected
        if kind is not _ACTUAL:
            variable.values[kind] = value
        elif definition.needs_reboot:
            self._pending[address.folded] = value
            return SetVariableStatusEnumType.reboot_required
        else:
            self.set(str(address), value)
        return SetVariableStatusEnumType.accepted

    def _permits(self, variable: _Variable, kind: AttributeEnumType, value: str) -> bool:
        if not fits(variable.definition, value) or not self._within_set(variable, kind, value):
            return False
        return kind is not _ACTUAL or all(permits(value) for permits in variable.permits)

    def _within_set(self, variable: _Variable, kind: AttributeEnumType, value: str) -> bool:
        """Tell whether a number lies within MinSet and MaxSet, where those are kept and are not what is set."""
        if kind not in {_ACTUAL, AttributeEnumType.target} or variable.definition.data_type not in _NUMERIC:
            return True
        low, high = (variable.values.get(bound) for bound in (AttributeEnumType.min_set, AttributeEnumType.max_set))
        return (not low or float(low) <= float(value)) and (not high or float(value) <= float(high))

    def _value(self, variable: _Variable, kind: AttributeEnumType) -> str:
        return variable.actual if kind is _ACTUAL else variable.values[kind]

    def _is_hidden(self, address: Address) -> bool:
        return address.folded in self._hidden or address.folded_component in self._hidden

    # Reports

    def base_report(self, base: ReportBaseEnumType) -> list[ReportDataType]:
        """Return what GetBaseReport asks for (B07.FR.07 to B07.FR.11)."""
        match base:
            case ReportBaseEnumType.full_inventory:
                chosen = list(self._told())
            case ReportBaseEnumType.configuration_inventory:
                chosen = [each for each in self._told() if _writable(each.definition)]
            case _:  # SummaryInventory
                chosen = [each for each in self._told() if _of_summary(each)]
        return [self._reported(variable) for variable in chosen]

    def report(
        self, criteria: Collection[ComponentCriterionEnumType], asked: Collection[Mapping[str, Any]]
    ) -> list[ReportDataType]:
        """Return what GetReport asks for: components that meet any criterion, and of them what is asked for (B08)."""
        return [
            self._reported(variable)
            for variable in self._told()
            if (not criteria or any(self._meets(variable.definition.address, each) for each in criteria))
            and (not asked or is_asked(variable.definition.address, asked))
        ]

    def _told(self) -> Iterator[_Variable]:
        return (each for each in self._variables.values() if not self._is_hidden(each.definition.address))

    def _meets(self, address: Address, criterion: ComponentCriterionEnumType) -> bool:
        """Tell whether a component meets a criterion; one that has no such variable does, but for Problem."""
        component = self._components[address.folded_component]
        found = [each for each in component if each.definition.address.variable == criterion.value]
        if not found:
            return criterion is not ComponentCriterionEnumType.problem
        return any(each.actual == "true" for each in found)

    def _reported(self, variable: _Variable) -> ReportDataType:
        definition = variable.definition
        attributes = [
            VariableAttributeType(
                type=kind,
                value=None if attribute.mutability is MutabilityEnumType.write_only else self._value(variable, kind),
                mutability=attribute.mutability,
                persistent=attribute.mutability is not MutabilityEnumType.read_only,
                constant=False,
            )
            for kind, attribute in definition.attributes.items()
        ]
        # A passwordString is one of the primitive types, but reports know it as a string only.
        secret = definition.data_type is DataEnumType.password_string
        characteristics = VariableCharacteristicsType(
            data_type=DataEnumType.string if secret else definition.data_type,
            supports_monitoring=definition.monitored,
            unit=definition.unit,
            min_limit=definition.low,
            max_limit=definition.high,
            values_list=",".join(definition.choices) or None,
        )
        address = definition.address
        return ReportDataType(address.component_type(), address.variable_type(), attributes, characteristics)


def is_asked(address: Address, asked: Collection[Wire]) -> bool:
    """Tell whether an address is within the component-variables of a report's filter."""
    return any(address.is_within(each["component"], each.get("variable")) for each in asked)


def _writable(definition: Definition) -> bool:
    return any(each.mutability is not MutabilityEnumType.read_only for each in definition.attributes.values())


def _of_summary(variable: _Variable) -> bool:
    name = variable.definition.address.variable
    return name == "AvailabilityState" or (name in _CONDITIONS and variable.actual == "true")
