"""What a charging station tells of its variables unasked: NotifyEvent, and the streams of 2.1.

Availability and problems become the status of EVSEs; everything else (and problems, too) is told as an event, a bounded number of each
message. Source: OCPP 2.0.1 part 2, N07, N08 (NotifyEvent), G01 (AvailabilityState); OCPP 2.1 part 2, N11…N14 (periodic event streams).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Event
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, nested, number, text
from custom_components.ocpp_csms.csms.wire.timestamps import parse_timestamp

from .statuses import AVAILABILITIES, Statuses, fault_of

EVENT = "variable_event"
ALERTING, DELTA, PERIODIC = "alerting", "delta", "periodic"
_TYPES = frozenset({ALERTING, DELTA, PERIODIC})

_MOST_READ = 1000  # entries of a message
_MOST_TOLD = 20  # of one message: each is kept in a database
_MOST_STREAMS = 50
_LONGEST_STREAM = timedelta(days=366)  # s that a value may lie behind the base of its message
_NOTIFICATIONS = {
    "customMonitor": "custom_monitor",
    "HardWiredMonitor": "hard_wired_monitor",
    "HardWiredNotification": "hard_wired_notification",
    "PreconfiguredMonitor": "preconfigured_monitor",
}
_KINDS = {name.casefold(): kind for name, kind in _NOTIFICATIONS.items()}

_AVAILABILITY = "availabilitystate"
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
# Variables of a part that is broken while they are true. Who watches a door, or the mains, does not stand for a broken charger.
_FAULTS = frozenset({"problem", "tripped"})


@dataclass(frozen=True, slots=True)
class _VariableEvent:
    """An EventDataType, as far as it can be read. Names as they came, cut."""

    component: str
    component_instance: str | None
    variable: str
    variable_instance: str | None
    evse: int
    plug: int
    value: str | None
    cleared: bool
    at: datetime | None
    said: Mapping[str, Any]

    @property
    def part(self) -> str:
        """What tells the variable apart from the others of its EVSE."""
        return f"{self.component}[{self.component_instance}]({self.plug}).{self.variable}[{self.variable_instance}]".casefold()

    def as_data(self) -> dict[str, Any]:
        """Return what people are told; what was not said is left out."""
        said = self.said
        data = {
            "component": self.component,
            "component_instance": self.component_instance,
            "plug": self.plug or None,
            "variable": self.variable,
            "variable_instance": self.variable_instance,
            "value": self.value,
            "cleared": self.cleared,
            "monitor_id": number(said.get("variableMonitoringId")),
            "kind": _KINDS.get(folded(said.get("eventNotificationType"))),
            "severity": number(said.get("severity")),
            "cause": number(said.get("cause")),
            "tech_code": text(said.get("techCode")),
            "tech_info": text(said.get("techInfo")),
            "transaction_id": text(said.get("transactionId")),
            "time": None if self.at is None else self.at.isoformat(),
        }
        return {name: value for name, value in data.items() if value is not None}


class VariableEvents:
    """What one connection tells of the variables of its charging station."""

    def __init__(self, charge_point: ChargePoint, clock: Callable[[], datetime], statuses: Statuses) -> None:
        """Tell the events of a charge point."""
        self._charge_point = charge_point
        self._clock = clock
        self._statuses = statuses
        self._streams: dict[int, int | None] = {}  # by id: the monitor whose values it carries

    def notified(self, payload: Mapping[str, Any]) -> str | None:
        """Take a NotifyEvent; return what is wrong with it, if anything."""
        entries = payload.get("eventData")
        if not isinstance(entries, list):
            return "eventData: no list"
        problem = None if len(entries) <= _MOST_READ else f"eventData: only {_MOST_READ} of {len(entries)} are read"
        told = 0
        for entry in entries[:_MOST_READ]:
            event = self._read(entry)
            if event is None:
                problem = "eventData: an entry names no variable, or no EVSE that can be"
            elif folded(event.variable) == _AVAILABILITY:
                self._availability(event)
            else:
                self._fault(event)
                if told < _MOST_TOLD:
                    told += 1
                    self._tell(entry, event)
        return problem

    def stream_opened(self, payload: Mapping[str, Any]) -> bool:
        """Take an OpenPeriodicEventStream; return whether its values will be listened to."""
        stream = nested(payload.get("constantStreamData"))
        stream_id = number(stream.get("id"))
        if stream_id is None or (stream_id not in self._streams and len(self._streams) >= _MOST_STREAMS):
            return False
        self._streams[stream_id] = number(stream.get("variableMonitoringId"))
        return True

    def stream_closed(self, payload: Mapping[str, Any]) -> None:
        """Take a ClosePeriodicEventStream."""
        self._streams.pop(number(payload.get("id")) or 0, None)

    def streamed(self, payload: Mapping[str, Any]) -> str | None:
        """Take a NotifyPeriodicEventStream; return what is wrong with it, if anything. Of very many values the last are told."""
        stream_id, values = number(payload.get("id")), payload.get("data")
        if stream_id is None or stream_id not in self._streams:
            return "no such stream"
        if not isinstance(values, list):
            return "data: no list"
        base = parse_timestamp(payload.get("basetime"), self._clock())
        for entry in values[-_MOST_TOLD:]:
            item = nested(entry)
            data: dict[str, Any] = {"stream_id": stream_id}
            if self._streams[stream_id] is not None:
                data["monitor_id"] = self._streams[stream_id]
            data["value"] = text(item.get("v"))
            if (at := _moment(base, item.get("t"))) is not None:
                data["time"] = at.isoformat()
            self._charge_point.announce(Event(EVENT, PERIODIC, 0, data))
        return None

    def _read(self, entry: Any) -> _VariableEvent | None:
        """Return an entry of eventData; None if it names no variable, or an EVSE that cannot be."""
        said = nested(entry)
        component, variable = nested(said.get("component")), nested(said.get("variable"))
        place = nested(component.get("evse"))
        evse, plug = connector_number(place.get("id")), connector_number(place.get("connectorId"))
        names = text(component.get("name")), text(variable.get("name"))
        if names[0] is None or names[1] is None or evse is None or plug is None:
            return None
        value = said.get("actualValue")
        return _VariableEvent(
            names[0],
            text(component.get("instance")),
            names[1],
            text(variable.get("instance")),
            evse,
            plug,
            text(str(value).lower() if isinstance(value, bool) else value),
            said.get("cleared") is True,
            parse_timestamp(said.get("timestamp"), self._clock()),
            said,
        )

    def _availability(self, event: _VariableEvent) -> None:
        status = AVAILABILITIES.get(folded(event.value))
        if status is not None:
            self._statuses.said(event.evse, event.plug, status, event.at)

    def _fault(self, event: _VariableEvent) -> None:
        """Take a problem of a part, or that it has none any more."""
        if folded(event.variable) not in _FAULTS:
            return
        value, evse = folded(event.value), self._statuses.of(event.evse)
        if value in _FALSE or event.cleared:
            evse.recovered(event.part)
        elif value in _TRUE:
            info, vendor = text(event.said.get("techInfo")), text(event.said.get("techCode"))
            evse.failed(event.part, fault_of(event.component, event.variable, info, vendor))
        self._statuses.show(event.evse, event.at)

    def _tell(self, entry: Mapping[str, Any], event: _VariableEvent) -> None:
        trigger = folded(entry.get("trigger"))
        self._charge_point.announce(
            Event(EVENT, trigger if trigger in _TYPES else ALERTING, event.evse, event.as_data())
        )


def _moment(base: datetime | None, seconds: Any) -> datetime | None:
    """Return the time of a streamed value: so many s after the base of its message."""
    try:
        after = timedelta(seconds=float(seconds))
    except TypeError, ValueError, OverflowError:
        return None
    return None if base is None or abs(after) > _LONGEST_STREAM else base + after
