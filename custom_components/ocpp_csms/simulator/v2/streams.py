"""Periodic event streams of OCPP 2.1 (part 2, N11 to N15): values sent on and on, in messages that nobody answers.

A stream belongs to a periodic monitor that was set with `periodicEventStream`; the values are those of its variable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocpp.v21 import call, call_result
from ocpp.v21.datatypes import ConstantStreamDataType, PeriodicEventStreamParamsType
from ocpp.v21.enums import GenericStatusEnumType

from ..answering import Answer, Handler, Work
from ..outbox import Message
from ..station import Station
from ..transport import CallError, NoAnswer, Offline, Transport
from .addresses import Address
from .device_model import DeviceModel

_INTERVAL = 60  # s, where the central system names none
_MOST = "MonitoringCtrlr.MaxPeriodicEventStreams"

type Poster = Callable[[Any], Message]


@dataclass(slots=True, kw_only=True)
class Stream:
    """One stream: a value each `period` seconds, told after `interval` seconds or as soon as there are `values`."""

    stream_id: int
    monitor_id: int
    key: str
    period: float
    interval: int
    values: int | None
    began: datetime | None = None
    collected: list[tuple[float, str]] = field(default_factory=list)


class Streams:
    """The two handlers, and the streams that are open."""

    def __init__(
        self,
        station: Station,
        model: DeviceModel,
        post: Poster,
        transport: Transport,
        spawn: Callable[[Work], None],
        note: Callable[[str], None],
    ) -> None:
        """Streams are opened by way of `post` and sent past it; `spawn` runs work in the background."""
        self._station = station
        self._model = model
        self._post = post
        self._transport = transport
        self._spawn = spawn
        self._note = note
        self._streams: dict[int, Stream] = {}
        self._last_id = 0
        self.handlers: dict[str, Handler] = {
            "AdjustPeriodicEventStream": self._adjust,
            "GetPeriodicEventStream": self._get,
        }

    def following(self, set_monitors: Handler) -> Handler:
        """Return a handler of SetVariableMonitoring that opens the streams that are asked for, too."""

        def handler(request: Any) -> Answer:
            answer = set_monitors(request)
            result: Any = answer.result
            wanted = [
                stream
                for asked, done in zip(request.set_monitoring_data, result.set_monitoring_result, strict=True)
                if (stream := self._wanted(asked, done)) is not None
            ]

            async def then() -> None:
                if answer.then is not None and (work := answer.then()) is not None:
                    await work
                for stream in wanted:
                    await self._open(stream)

            return Answer(answer.result, then)

        return handler

    def _wanted(self, asked: Mapping[str, Any], done: Any) -> Stream | None:
        params = asked.get("periodicEventStream")
        if params is None or done.status != "Accepted" or len(self._streams) >= self._model.integer(_MOST):
            return None
        self._last_id += 1
        return Stream(
            stream_id=self._last_id,
            monitor_id=done.id,
            key=str(Address.from_wire(asked["component"], asked["variable"])),
            period=max(1.0, float(asked["value"])),
            interval=params.get("interval") or _INTERVAL,
            values=params.get("values"),
        )

    async def _open(self, stream: Stream) -> None:
        try:
            answer = await self._post(call.OpenPeriodicEventStream(_constant(stream))).answered
        except (Offline, NoAnswer, CallError) as error:
            self._note(f"no stream: {error!r}")
            return
        if answer.get("status") == "Accepted":
            self._streams[stream.stream_id] = stream
            self._collect(stream)
            self._station.agenda.every(
                f"stream {stream.stream_id}", lambda: stream.period, lambda: self._collect(stream)
            )

    async def close(self, stream_id: int) -> None:
        """End a stream and tell. Raises KeyError, Offline, NoAnswer and CallError."""
        del self._streams[stream_id]
        self._station.agenda.cancel(f"stream {stream_id}")
        await self._post(call.ClosePeriodicEventStream(stream_id)).answered

    def _collect(self, stream: Stream) -> None:
        now = self._station.clock.now()
        stream.began = stream.began or now
        offset = (now - stream.began).total_seconds()
        stream.collected.append((offset, self._model.text(stream.key)))
        if offset >= stream.interval or (stream.values is not None and len(stream.collected) >= stream.values):
            self._send(stream)

    def _send(self, stream: Stream) -> None:
        began, collected = stream.began, stream.collected
        stream.began, stream.collected = None, []
        payload = {
            "id": stream.stream_id,
            "pending": 0,
            "basetime": self._station.timestamp(began),
            "data": [{"t": round(offset, 3), "v": value} for offset, value in collected],
        }
        self._spawn(self._transport.send("NotifyPeriodicEventStream", payload))

    def _adjust(self, request: call.AdjustPeriodicEventStream) -> Answer:
        params: Any = request.params
        if (stream := self._streams.get(request.id)) is None:
            return Answer(call_result.AdjustPeriodicEventStream(GenericStatusEnumType.rejected))
        stream.interval = params.get("interval") or stream.interval
        stream.values = params.get("values", stream.values)
        return Answer(call_result.AdjustPeriodicEventStream(GenericStatusEnumType.accepted))

    def _get(self, _request: call.GetPeriodicEventStream) -> Answer:
        return Answer(call_result.GetPeriodicEventStream([_constant(each) for each in self._streams.values()] or None))


def _constant(stream: Stream) -> ConstantStreamDataType:
    return ConstantStreamDataType(
        id=stream.stream_id,
        params=PeriodicEventStreamParamsType(interval=stream.interval, values=stream.values),
        variable_monitoring_id=stream.monitor_id,
    )
