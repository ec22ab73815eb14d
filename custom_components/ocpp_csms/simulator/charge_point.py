"""The simulated charge point as its users see it: what people do to it by hand, faults on command, and waiting.

What it does by itself lives in `controller`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
import ssl as ssl_module
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from .access import Access
from .certificates import CertificateStore
from .connector import Connector
from .controller import Controller, Settings
from .dialect import Shown
from .journal import Direction, Frame, Journal
from .messages import Payload
from .outbox import Message
from .physics import Car
from .quirks import Quirks
from .security_log import Entry
from .station import Station
from .transport import CallError, Dialling


class SimulatedChargePoint(Controller):
    """A charge point that speaks OCPP-J over a real socket: 1.6, 2.0.1 or 2.1.

    Actions done by hand (`plug_in`, `present_card`, …) return once the central system has answered what they made the
    charge point say; while offline they return at once.
    """

    def __init__(
        self,
        url: str,
        identity: str | None = None,
        *,
        version: str = "1.6",
        versions: Sequence[str] = (),
        connectors_per_evse: int = 1,
        vendor: str | None = None,
        model: str | None = None,
        serial_number: str | None = None,
        firmware_version: str | None = None,
        connectors: int = 1,
        phases: int = 3,
        max_current: float = 32.0,
        cable_current: float = 32.0,
        car: Car | None = None,
        password: str | bytes | None = None,
        quirks: Quirks | None = None,
        configuration: Mapping[str, str] | None = None,
        autostart_tag: str | None = None,
        security_events: bool = False,
        client_certificate: tuple[str, str] | None = None,
        ssl: ssl_module.SSLContext | None = None,
        state_path: Path | None = None,
        auto_tick: bool = True,
        time_scale: float = 1.0,
        reconnect_delays: Sequence[float] = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0),
        call_timeout: float = 30.0,
        observer: Callable[[str], None] | None = None,
    ) -> None:
        """Build it; nothing happens before `start`.

        What it says of itself (`vendor`, `model`, `firmware_version`) is that of the quirks unless given here.
        It speaks `version`, or whichever of several `versions` the central system picks, the most wanted first. Since
        2.0.1 `connectors` is the number of EVSEs, each with `connectors_per_evse`, and `configuration` has variables. A
        version that there is not raises ValueError.
        `url` is complete, identity included. Currents in A per phase, delays and time-outs in real seconds.
        `configuration` replaces values of configuration keys. `autostart_tag` charges whoever plugs in. With
        `security_events` it tells of starts, resets and the like, not only of failures. `client_certificate` is the chain
        and the key, in PEM, that it shows with security profile 3. What survives a loss of power is kept at `state_path`.
        With `auto_tick`, simulated time runs `time_scale` times as fast as real time; without, it passes only through
        `tick`. `observer` is told every event in one line.
        """
        self.quirks = quirks or Quirks()
        self.identity = identity or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
        station = Station(
            connectors=connectors,
            car=car or Car(),
            phases=phases,
            max_current=max_current,
            cable_current=cable_current,
            quirks=self.quirks,
            plugs=connectors_per_evse,
            firmware_version=_first(firmware_version, self.quirks.firmware_version, "1.0.0"),
        )
        if client_certificate is not None:
            station.certificates.chain, station.certificates.key = client_certificate
        dialling = Dialling(
            user=self.identity,
            versions=tuple(versions) or (version,),
            subprotocol=self.quirks.offers_subprotocol,
            compression=self.quirks.offers_compression,
            reconnect_delays=reconnect_delays,
            call_timeout=call_timeout,
            pretty_json=self.quirks.pretty_json,
        )
        settings = Settings(
            versions=tuple(versions) or (version,),
            configuration=dict(configuration or {}),
            vendor=_first(vendor, self.quirks.vendor, "Simulant"),
            model=_first(model, self.quirks.model, "Sim 22"),
            serial_number=serial_number,
            autostart_tag=autostart_tag,
            security_events=security_events,
            state_path=state_path,
            auto_tick=auto_tick,
            time_scale=time_scale,
        )
        journal = Journal(observer)
        access = Access(station, url, password, ssl, journal.note)
        super().__init__(station, dialling, settings, journal, access)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    # What can be seen

    def connector(self, connector_id: int = 1) -> Connector:
        """Return a connector. Raises KeyError for a number that is not there."""
        return self._station.connectors[connector_id]

    @property
    def status(self) -> ChargePointStatus:
        """The status of the charge point itself (connector 0)."""
        return self._station.status

    @property
    def version(self) -> str:
        """The version of OCPP that is spoken."""
        return self._dialect.version

    @property
    def frames(self) -> Sequence[Frame]:
        """The last thousand frames, both ways, the oldest first."""
        return self.journal.frames

    @property
    def received(self) -> list[str | bytes]:
        """The texts of the last frames from the central system."""
        return [frame.text for frame in self.frames if frame.direction is Direction.received]

    @property
    def sent(self) -> list[str | bytes]:
        """The texts of the last frames to the central system."""
        return [frame.text for frame in self.frames if frame.direction is Direction.sent]

    @property
    def queued(self) -> int:
        """The number of messages that wait."""
        return len(self._outbox)

    @property
    def http_status(self) -> int | None:
        """The HTTP status with which the last handshake was refused; None if it was not."""
        return self._transport.refused_status

    @property
    def firmware_version(self) -> str:
        """The firmware version, which follows updates."""
        return self._station.firmware_version

    def configuration(self, key: str) -> str:
        """Return the value of a configuration key, or of a variable, in force. Raises KeyError."""
        return self._dialect.configuration.text(key)

    def configure(self, key: str, value: str) -> None:
        """Set a configuration key, or a variable, by hand, read-only or not. Raises KeyError."""
        self._dialect.configuration.set(key, value)
        if self.registered:
            self._dialect.reporter.schedule()

    def count(self, action: str) -> int:
        """Return how many calls of an action were answered by the central system, or came from it, so far."""
        return self.journal.exchanged[action]

    @property
    def profile_writes(self) -> int:
        """The number of SetChargingProfile calls that came in so far, whatever became of them."""
        return self.count("SetChargingProfile")

    @property
    def shown(self) -> Sequence[Shown]:
        """What the display showed of prices and costs, the oldest first."""
        return [*self._dialect.shown]

    @property
    def displayed(self) -> Sequence[str]:
        """The texts of the display messages that are shown now (OCPP 2.x)."""
        return self._dialect.displayed()

    @property
    def security_log(self) -> Sequence[Entry]:
        """The last security events, told or not, the oldest first."""
        return [*self._dialect.security.entries]

    @property
    def certificates(self) -> CertificateStore:
        """The installed roots and the own certificate."""
        return self._station.certificates

    # What people do

    async def plug_in(self, connector_id: int = 1, car: Car | None = None, *, plug: int = 1) -> None:
        """Plug in the car of this connector, or another one; `plug` is which one of the EVSE's connectors it uses."""
        self._dialect.sessions.plug_in(self.connector(connector_id), car, plug)
        await self.settle()

    async def unplug(self, connector_id: int = 1) -> None:
        """Pull the cable."""
        self._dialect.sessions.unplug(self.connector(connector_id))
        await self.settle()

    async def park(self, connector_id: int = 1) -> None:
        """Have a car stand in the bay of an EVSE, without a cable yet. Makes no difference in 1.6."""
        self._dialect.sessions.park(self.connector(connector_id))
        await self.settle()

    async def leave(self, connector_id: int = 1) -> None:
        """Have a car that is not plugged in leave the bay. Makes no difference in 1.6."""
        self._dialect.sessions.leave(self.connector(connector_id))
        await self.settle()

    async def present_card(self, connector_id: int = 1, id_tag: str = "SIMULANT") -> bool:
        """Hold a card to the reader, which starts or stops; tell whether the card was accepted."""
        accepted = await self._dialect.sessions.present_card(self.connector(connector_id), id_tag)
        await self.settle()
        return accepted

    async def security_event(self, kind: str, info: str | None = None) -> None:
        """Notice a security event of this type, and tell it."""
        self._dialect.security.tell(kind, info)
        await self.settle()

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it; it comes later, by CertificateSigned."""
        await self._dialect.request_certificate()

    async def data_transfer(self, vendor_id: str, message_id: str | None = None, data: str | None = None) -> Payload:
        """Send DataTransfer and return the answer. Raises Offline, NoAnswer and CallError."""
        return await self._dialect.reporter.post(self._dialect.data_transfer(vendor_id, message_id, data)).answered

    async def close_stream(self, stream_id: int) -> None:
        """End a periodic event stream of OCPP 2.1. Raises KeyError, Offline, NoAnswer and CallError."""
        await self._dialect.close_stream(stream_id)

    # What goes wrong

    def misset_clock(self, seconds: float) -> None:
        """Have the clock be wrong by so many seconds, ahead if positive; 0 puts it right. Raises ValueError."""
        self._station.clock.misset(seconds)

    def rearrange_queue(self, order: Callable[[list[Message]], None] = list.reverse) -> None:
        """Let the messages that wait change places: backwards, or as `order` does it to the list."""
        self._outbox.rearrange(order)

    def double_queue(self) -> None:
        """Have each message that waits be sent twice."""
        self._outbox.double()

    async def drop_connection(self) -> None:
        """Lose the connection without a closing handshake; the charge point dials again by itself."""
        await self._transport.hang_up(abruptly=True)

    async def go_offline(self, *, abruptly: bool = True) -> None:
        """Lose the connection and stay offline; charging goes on."""
        await self._transport.forbid(abruptly=abruptly)

    async def go_online(self) -> None:
        """Dial again; returns once that was tried."""
        self._transport.allow()
        await self._transport.attempted()

    async def power_cut(self) -> None:
        """Lose power: nothing flows, nothing is said, memory is kept."""
        self._powered = False
        for connector in self._station.connectors.values():
            connector.outlet.open()
        await self._transport.forbid(abruptly=True)

    async def power_up(self) -> None:
        """Get power back and boot; returns once the connection was tried."""
        self._power_on()
        await self.go_online()

    async def fault(self, connector_id: int, error_code: str = ChargePointErrorCode.internal_error) -> None:
        """Break a connector (0: the charge point); its transaction is suspended until `clear_fault`.

        Raises ValueError for an error code that OCPP does not know.
        """
        self._set_error(connector_id, ChargePointErrorCode(error_code))
        await self.settle()

    async def clear_fault(self, connector_id: int) -> None:
        """Repair what `fault` broke."""
        self._set_error(connector_id, ChargePointErrorCode.no_error)
        await self.settle()

    def _set_error(self, connector_id: int, error_code: ChargePointErrorCode) -> None:
        if connector_id == 0:
            self._station.error_code = error_code
            self._dialect.reporter.post_status(0)
        else:
            self.connector(connector_id).error_code = error_code
        self._dialect.reporter.refresh()

    def refuse(self, action: str, answer: str | CallError, times: int | None = None) -> None:
        """Answer calls of an action with this status or CALLERROR, `times` times or until `comply`."""
        self.refusals.refuse(action, answer, times)

    def ignore(self, action: str) -> None:
        """Never answer calls of an action, until `comply`."""
        self.refusals.ignored.add(action)

    def delay(self, action: str, event: asyncio.Event) -> None:
        """Answer calls of an action only once the event is set."""
        self.refusals.delayed[action] = event

    def comply(self, action: str) -> None:
        """Answer calls of an action as usual again."""
        self.refusals.comply(action)

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send any CALL at once, past the queue, and return the answer. Raises Offline, NoAnswer and CallError."""
        return await self._transport.call(action, payload)

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is. Raises Offline."""
        await self._transport.send_raw(frame)

    # Waiting

    async def wait_for(self, predicate: Callable[[], object], timeout: float | None = 10.0) -> None:
        """Return once the predicate holds; it is asked again at each event. Raises TimeoutError."""
        await self.journal.wait_for(predicate, timeout)

    async def wait_accepted(self, timeout: float = 10.0) -> None:
        """Return once the registration was accepted and the first messages were answered. Raises TimeoutError."""
        await self.wait_for(lambda: self.registered and self._outbox.is_open, timeout)
        await self.settle()

    async def wait_status(self, connector_id: int, status: str, timeout: float = 10.0) -> None:
        """Return once the connector has the status and, while connected, the central system knows. Raises TimeoutError."""
        connector = self.connector(connector_id)
        await self.wait_for(
            lambda: connector.status == status and (connector.reported == status or not self._outbox.is_open), timeout
        )

    async def wait_message(self, action: str, count: int = 1, timeout: float = 10.0) -> None:
        """Return once `count` calls of an action, since the start, were answered or came in. Raises TimeoutError."""
        await self.wait_for(lambda: self.count(action) >= count, timeout)


def _first(*choices: str | None) -> str:
    """Return the first that is not None; an empty text is one."""
    return next(choice for choice in choices if choice is not None)
