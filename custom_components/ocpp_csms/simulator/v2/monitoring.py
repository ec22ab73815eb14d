"""Monitoring on the wire: setting, clearing and reporting monitors, and NotifyEvent when one has something to say.

OCPP 2.0.1, part 2, N02 to N08. Which monitors there are, and what sets them off, is known to `monitors`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Protocol

from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import (
    ClearMonitoringResultType,
    EventDataType,
    MonitoringDataType,
    SetMonitoringResultType,
    VariableMonitoringType,
)
from ocpp.v201.enums import (
    EventTriggerEnumType,
    GenericDeviceModelStatusEnumType,
    GenericStatusEnumType,
    MonitorBaseEnumType,
    MonitorEnumType,
    MonitoringCriterionEnumType,
    SetMonitoringStatusEnumType,
)

from ..answering import Answer, Handler, parsed
from ..clock import Agenda
from .addresses import Address, Wire
from .device_model import DeviceModel
from .inventory import Speaker, check_size
from .monitors import PERIODIC, Alarm, Monitor, Monitors, Wanted
from .report_parts import parts

_LARGEST_PART = 40
_LOWEST_LEVEL = 9


class Station(Protocol):
    """What monitoring asks of the station."""

    agenda: Agenda

    def timestamp(self, moment: datetime | None = None) -> str:
        """Return a moment, or the present one, as it goes into messages."""


class Poster(Protocol):
    """Who sends messages that nobody asked for."""

    def post(self, message: Any, *, durable: bool = False) -> object:
        """Put a message at the end of those that wait; one that is not durable is lost without connection."""


class Monitoring:
    """The handlers over all monitors, and their voice."""

    def __init__(
        self,
        model: DeviceModel,
        station: Station,
        speaker: Speaker,
        poster: Poster,
        transaction_on: Callable[[int | None], str | None],
    ) -> None:
        """Watch the device model from now on.

        `transaction_on` is asked for the id of the transaction that runs on an EVSE, or on any (None).
        """
        self.monitors = Monitors(model)
        self._model = model
        self._station = station
        self._speaker = speaker
        self._poster = poster
        self._transaction_on = transaction_on
        self._event_ids = count(1)
        self.handlers: dict[str, Handler] = {
            "ClearVariableMonitoring": self._clear_variable_monitoring,
            "GetMonitoringReport": self._get_monitoring_report,
            "SetMonitoringBase": self._set_monitoring_base,
            "SetMonitoringLevel": self._set_monitoring_level,
            "SetVariableMonitoring": self._set_variable_monitoring,
        }
        model.provide("MonitoringCtrlr.ActiveMonitoringBase", lambda: self.monitors.base.value)
        model.provide("MonitoringCtrlr.ActiveMonitoringLevel", lambda: str(self.monitors.level))
        model.on_change.append(lambda key, value: self._notify(self.monitors.observe(key, value)))

    def resume(self) -> None:
        """Go on after a restart or a restored memory: what is due by the clock is due again."""
        for monitor in self.monitors.installed.values():
            self._schedule(monitor)

    # Setting and clearing

    def _set_variable_monitoring(self, request: call.SetVariableMonitoring) -> Answer:
        asked: list[Any] = request.set_monitoring_data
        check_size(self._model, "MonitoringCtrlr", "SetVariableMonitoring", asked)
        placed: list[Monitor] = []
        results = [self._set(each, placed) for each in asked]

        def then() -> None:
            for monitor in placed:
                self._begin(monitor)

        return Answer(call_result.SetVariableMonitoring(results), then)

    def _set(self, asked: Wire, placed: list[Monitor]) -> SetMonitoringResultType:
        wanted = Wanted(
            address=Address.from_wire(asked["component"], asked["variable"]),
            kind=parsed(MonitorEnumType, asked["type"]),
            value=asked["value"],
            severity=asked["severity"],
            transaction=bool(asked.get("transaction")),
            monitor_id=asked.get("id"),
        )
        status, monitor = self.monitors.set(wanted)
        if monitor is not None:
            placed.append(monitor)
        return SetMonitoringResultType(
            status=status,
            type=wanted.kind,
            severity=wanted.severity,
            component=asked["component"],
            variable=asked["variable"],
            id=monitor.monitor_id if status is SetMonitoringStatusEnumType.accepted and monitor else wanted.monitor_id,
        )

    def _begin(self, monitor: Monitor) -> None:
        """Let a new monitor judge what is now (N07.FR.11), and set its alarm clock."""
        self._schedule(monitor)
        if monitor.kind not in PERIODIC and self._is_installed(monitor):
            alarm = self.monitors.judge(monitor, self._model.text(str(monitor.address)))
            self._notify([] if alarm is None else [alarm])

    def _clear_variable_monitoring(self, request: call.ClearVariableMonitoring) -> Answer:
        check_size(self._model, "MonitoringCtrlr", "ClearVariableMonitoring", request.id)
        # Any: the `ocpp` package takes these for plain statuses.
        results: list[Any] = [ClearMonitoringResultType(self.monitors.clear(number), number) for number in request.id]
        return Answer(call_result.ClearVariableMonitoring(results))

    def _set_monitoring_base(self, request: call.SetMonitoringBase) -> Answer:
        self.monitors.set_base(parsed(MonitorBaseEnumType, request.monitoring_base))
        return Answer(call_result.SetMonitoringBase(GenericDeviceModelStatusEnumType.accepted), self.resume)

    def _set_monitoring_level(self, request: call.SetMonitoringLevel) -> Answer:
        if not 0 <= request.severity <= _LOWEST_LEVEL:
            return Answer(call_result.SetMonitoringLevel(GenericStatusEnumType.rejected))
        self.monitors.level = request.severity
        return Answer(call_result.SetMonitoringLevel(GenericStatusEnumType.accepted))

    # Reporting

    def _get_monitoring_report(self, request: call.GetMonitoringReport) -> Answer:
        asked: list[Any] = request.component_variable or []
        check_size(self._model, "DeviceDataCtrlr", "GetReport", asked)
        criteria = [parsed(MonitoringCriterionEnumType, each) for each in request.monitoring_criteria or []]
        found = _by_variable(self.monitors.select(criteria, asked))
        if not found:
            return Answer(call_result.GetMonitoringReport(GenericDeviceModelStatusEnumType.empty_result_set))
        return Answer(
            call_result.GetMonitoringReport(GenericDeviceModelStatusEnumType.accepted),
            lambda: self._report(request.request_id, found),
        )

    async def _report(self, request_id: int, found: Sequence[MonitoringDataType]) -> None:
        generated_at = self._station.timestamp()
        for part in parts(found, _LARGEST_PART):
            await self._speaker.say(
                call.NotifyMonitoringReport(
                    request_id=request_id,
                    seq_no=part.number,
                    generated_at=generated_at,
                    monitor=part.items,
                    tbc=part.more,
                )
            )

    # Events

    def _schedule(self, monitor: Monitor) -> None:
        """Have a periodic monitor speak when it is due (N08.FR.06 and FR.07)."""
        if monitor.kind not in PERIODIC:
            return

        def duty() -> None:
            if self._is_installed(monitor):
                actual = self._model.text(str(monitor.address))
                self._notify([Alarm(monitor=monitor, trigger=EventTriggerEnumType.periodic, actual=actual)])

        agenda = self._station.agenda
        repeat = agenda.every_aligned if monitor.kind is MonitorEnumType.periodic_clock_aligned else agenda.every
        repeat(f"monitor {monitor.monitor_id}", lambda: monitor.value if self._is_installed(monitor) else 0.0, duty)

    def _is_installed(self, monitor: Monitor) -> bool:
        return self.monitors.installed.get(monitor.monitor_id) is monitor

    def _notify(self, alarms: Iterable[Alarm]) -> None:
        """Tell of alarms, each in a message of its own, as far as the monitoring level goes (N05.FR.03)."""
        if not self._model.flag("MonitoringCtrlr.Enabled"):
            return
        for alarm in alarms:
            monitor = alarm.monitor
            running = self._transaction_on(monitor.address.evse) if monitor.transaction else None
            if monitor.severity > self.monitors.level or (monitor.transaction and running is None):
                continue
            durable = monitor.severity <= self._model.integer("MonitoringCtrlr.OfflineQueuingSeverity")
            self._poster.post(self._event(alarm, running), durable=durable)

    def _event(self, alarm: Alarm, transaction_id: str | None) -> call.NotifyEvent:
        now, monitor = self._station.timestamp(), alarm.monitor
        event = EventDataType(
            event_id=next(self._event_ids),
            timestamp=now,
            trigger=alarm.trigger,
            actual_value=alarm.actual,
            cleared=True if alarm.cleared else None,
            transaction_id=transaction_id,
            event_notification_type=monitor.origin,
            component=monitor.address.component_type(),
            variable=monitor.address.variable_type(),
            variable_monitoring_id=monitor.monitor_id,
        )
        return call.NotifyEvent(generated_at=now, seq_no=0, event_data=[event], tbc=False)


def _by_variable(monitors: Iterable[Monitor]) -> list[MonitoringDataType]:
    """Return the monitors as they are reported: together what is of one variable."""
    found: dict[str, MonitoringDataType] = {}
    for monitor in monitors:
        address = monitor.address
        data = found.setdefault(
            address.folded, MonitoringDataType(address.component_type(), address.variable_type(), [])
        )
        data.variable_monitoring.append(
            VariableMonitoringType(
                id=monitor.monitor_id,
                transaction=monitor.transaction,
                value=monitor.value,
                type=monitor.kind,
                severity=monitor.severity,
            )
        )
    return [*found.values()]
