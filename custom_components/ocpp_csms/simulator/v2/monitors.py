"""Monitors of variables: which there are, which may be set, and what a new value of a variable sets off.

OCPP 2.0.1, part 2, N02 to N08. Pure: no clock, no messages; `monitoring` speaks for it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

from ocpp.v201.enums import (
    ClearMonitoringStatusEnumType,
    DataEnumType,
    EventNotificationEnumType as Origin,
    EventTriggerEnumType,
    MonitorBaseEnumType,
    MonitorEnumType,
    MonitoringCriterionEnumType,
    SetMonitoringStatusEnumType,
)

from .addresses import Address, Wire
from .device_model import DeviceModel, is_asked
from .variables import Definition

PERIODIC = frozenset({MonitorEnumType.periodic, MonitorEnumType.periodic_clock_aligned})
_THRESHOLDS = frozenset({MonitorEnumType.upper_threshold, MonitorEnumType.lower_threshold})
_NUMERIC = frozenset({DataEnumType.integer, DataEnumType.decimal})
_CRITERIA: Mapping[MonitoringCriterionEnumType, frozenset[MonitorEnumType]] = {
    MonitoringCriterionEnumType.threshold_monitoring: _THRESHOLDS,
    MonitoringCriterionEnumType.delta_monitoring: frozenset({MonitorEnumType.delta}),
    MonitoringCriterionEnumType.periodic_monitoring: PERIODIC,
}
_FIRST_CUSTOM = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A monitor as the central system asks for it; `monitor_id` is that of the one it takes the place of."""

    address: Address
    kind: MonitorEnumType
    value: float
    severity: int
    transaction: bool = False
    monitor_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Monitor:
    """One monitor; `transaction` means that it watches while a transaction runs only.

    `exceeded` is the state of a threshold, `told` the value that the last event of a delta told.
    """

    monitor_id: int
    address: Address
    kind: MonitorEnumType
    value: float
    severity: int
    transaction: bool = False
    origin: Origin = Origin.custom_monitor
    exceeded: bool = False
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a monitor has to say: why, the actual value, and whether a threshold is kept again."""

    monitor: Monitor
    trigger: EventTriggerEnumType
    actual: str
    cleared: bool = False


class Monitors:
    """All monitors of a station over its device model."""

    def __init__(self, model: DeviceModel) -> None:
        """Start with those that are built in and those that the manufacturer recommends."""
        self.base = MonitorBaseEnumType.all
        self.level = 9
        self._model = model
        self._ids = count(_FIRST_CUSTOM)
        self._factory = {monitor.monitor_id: monitor for monitor in _factory_monitors(model)}
        self.installed: dict[int, Monitor] = {}
        self._install_factory()

    def set(self, wanted: Wanted) -> tuple[SetMonitoringStatusEnumType, Monitor | None]:
        """Judge and install one monitor (N04); the second is what is there now."""
        if (refusal := self._refusal(wanted)) is not None:
            return refusal, None
        replaced = None if wanted.monitor_id is None else self.installed[wanted.monitor_id]
        monitor = Monitor(
            monitor_id=next(self._ids) if replaced is None else replaced.monitor_id,
            address=wanted.address,
            kind=wanted.kind,
            value=wanted.value,
            severity=wanted.severity,
            transaction=wanted.transaction,
            exceeded=replaced is not None and replaced.kind is wanted.kind and replaced.exceeded,
            told=self._model.text(str(wanted.address)),
        )
        self.installed[monitor.monitor_id] = monitor
        return SetMonitoringStatusEnumType.accepted, monitor

    def _refusal(self, wanted: Wanted) -> SetMonitoringStatusEnumType | None:
        if not self._model.knows_component(wanted.address):
            return SetMonitoringStatusEnumType.unknown_component
        if (definition := self._model.definition(wanted.address)) is None:
            return SetMonitoringStatusEnumType.unknown_variable
        if not definition.monitored or (wanted.kind in _THRESHOLDS and definition.data_type not in _NUMERIC):
            return SetMonitoringStatusEnumType.unsupported_monitor_type
        if not _sensible(wanted, definition) or not self._replaceable(wanted):
            return SetMonitoringStatusEnumType.rejected
        if any(_same(monitor, wanted) for monitor in self.installed.values()):
            return SetMonitoringStatusEnumType.duplicate
        return None

    def _replaceable(self, wanted: Wanted) -> bool:
        """Tell whether the monitor with the given id can be replaced, if one is given (N04.FR.13, FR.16 and FR.18)."""
        if wanted.monitor_id is None:
            return True
        former = self.installed.get(wanted.monitor_id)
        return (
            former is not None
            and former.origin is not Origin.hard_wired_monitor
            and former.address.folded == wanted.address.folded
        )

    def clear(self, monitor_id: int) -> ClearMonitoringStatusEnumType:
        """Remove one monitor, unless it is built in (N06)."""
        if (monitor := self.installed.get(monitor_id)) is None:
            return ClearMonitoringStatusEnumType.not_found
        if monitor.origin is Origin.hard_wired_monitor:
            return ClearMonitoringStatusEnumType.rejected
        del self.installed[monitor_id]
        return ClearMonitoringStatusEnumType.accepted

    def set_base(self, base: MonitorBaseEnumType) -> None:
        """Bring back or remove monitors in a body (N03.FR.03 to FR.05)."""
        self.base = base
        if base is not MonitorBaseEnumType.all:
            self.installed = {}
        self._install_factory()

    def _install_factory(self) -> None:
        for monitor_id, monitor in self._factory.items():
            if self.base is MonitorBaseEnumType.hard_wired_only and monitor.origin is not Origin.hard_wired_monitor:
                continue
            self.installed.setdefault(monitor_id, replace(monitor, told=self._model.text(str(monitor.address))))

    def select(self, criteria: Collection[MonitoringCriterionEnumType], asked: Collection[Wire]) -> list[Monitor]:
        """Return the monitors of any of the kinds, on any of the variables; nothing given means all (N02)."""
        kinds = {kind for criterion in criteria for kind in _CRITERIA[criterion]}
        return [
            monitor
            for monitor in self.installed.values()
            if (not criteria or monitor.kind in kinds) and (not asked or is_asked(monitor.address, asked))
        ]

    def observe(self, key: str, actual: str) -> list[Alarm]:
        """Return what a new value of a variable sets off (N07.FR.02 and FR.16 to FR.19)."""
        folded = key.casefold()
        watching = [monitor for monitor in self.installed.values() if monitor.address.folded == folded]
        return [alarm for monitor in watching if (alarm := self.judge(monitor, actual)) is not None]

    def judge(self, monitor: Monitor, actual: str) -> Alarm | None:
        """Return what one monitor has to say of a value, and remember that it was said."""
        if monitor.kind in _THRESHOLDS:
            return _threshold(monitor, actual)
        if monitor.kind is MonitorEnumType.delta and self._has_changed(monitor, actual):
            monitor.told = actual
            return Alarm(monitor=monitor, trigger=EventTriggerEnumType.delta, actual=actual)
        return None

    def _has_changed(self, monitor: Monitor, actual: str) -> bool:
        definition = self._model.definition(monitor.address)
        if definition is None or definition.data_type not in _NUMERIC:
            return actual != monitor.told
        return abs(float(actual) - float(monitor.told)) > monitor.value

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart, as JSON values (N07.FR.13)."""
        return {
            "base": self.base.value,
            "level": self.level,
            "monitors": [asdict(each) | {"address": str(each.address)} for each in self.installed.values()],
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.base, self.level = MonitorBaseEnumType(values["base"]), values["level"]
        read = (
            Monitor(
                **{
                    **each,
                    "address": Address.from_text(each["address"]),
                    "kind": MonitorEnumType(each["kind"]),
                    "origin": Origin(each["origin"]),
                }
            )
            for each in values["monitors"]
        )
        self.installed = {monitor.monitor_id: monitor for monitor in read}
        self._ids = count(max([_FIRST_CUSTOM, *(number + 1 for number in self.installed)]))


def _factory_monitors(model: DeviceModel) -> Iterable[Monitor]:
    yield Monitor(
        monitor_id=1,
        address=Address.from_text("ChargingStation.Problem"),
        kind=MonitorEnumType.delta,
        value=1.0,
        severity=2,
        origin=Origin.hard_wired_monitor,
    )
    yield Monitor(
        monitor_id=2,
        address=Address.from_text("ChargingStation.Temperature"),
        kind=MonitorEnumType.upper_threshold,
        value=75.0,
        severity=4,
        origin=Origin.preconfigured_monitor,
    )
    locks = [
        address
        for address in model.addresses
        if (address.component, address.variable) == ("ConnectorPlugRetentionLock", "Problem")
    ]
    for number, address in enumerate(locks, start=3):
        yield Monitor(
            monitor_id=number,
            address=address,
            kind=MonitorEnumType.delta,
            value=1.0,
            severity=3,
            origin=Origin.hard_wired_monitor,
        )


def _sensible(wanted: Wanted, definition: Definition) -> bool:
    """Tell whether value and severity can be meant (N04.FR.06 and FR.14)."""
    if not 0 <= wanted.severity <= 9:
        return False
    if wanted.kind in PERIODIC:
        return wanted.value >= 1
    if wanted.kind is MonitorEnumType.delta:
        return wanted.value >= 0
    low, high = definition.low, definition.high
    return (low is None or low <= wanted.value) and (high is None or wanted.value <= high)


def _same(monitor: Monitor, wanted: Wanted) -> bool:
    """Tell whether there would be two of a kind and severity on one variable (N04.FR.10)."""
    return (
        monitor.monitor_id != wanted.monitor_id
        and monitor.address.folded == wanted.address.folded
        and (monitor.kind, monitor.severity) == (wanted.kind, wanted.severity)
    )


def _threshold(monitor: Monitor, actual: str) -> Alarm | None:
    number = float(actual)
    above = monitor.kind is MonitorEnumType.upper_threshold
    exceeds = number > monitor.value if above else number < monitor.value
    if exceeds is monitor.exceeded:
        return None
    monitor.exceeded = exceeds
    return Alarm(monitor=monitor, trigger=EventTriggerEnumType.alerting, actual=actual, cleared=not exceeds)
