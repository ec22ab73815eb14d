"""The controller of a charge point: registration, answering the central system, restarting, and the passing of time.

Ties station, transport, outbox and the dialect that is spoken together; dialects differ in what is said, not in this.
Registration rules: OCPP 1.6, section 4.2; OCPP 2.0.1, B01 to B03. What people do by hand lives in `charge_point`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
import json
from pathlib import Path
import ssl
from typing import Any

from ocpp.v16.enums import RegistrationStatus

from .access import Access
from .answering import Cause, Hang, Work
from .dialect import Dialect, Surroundings
from .file_transfer import FileTransfer
from .journal import Journal
from .messages import Payload, to_payload
from .outbox import Message, Outbox, Policy
from .refusals import Refusals
from .security_log import SecurityEvent
from .station import Station
from .transport import SUBPROTOCOLS, CallError, Dialling, NoAnswer, Offline, Transport
from .v16.dialect import Dialect16

_STEP = 1.0  # s of simulated time
_SHORTEST_TICK = 0.02  # s of real time
_BOOT_RETRY = 60.0  # s, where the central system names no interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the controller behaves beyond what the station is.

    `versions` are those that it speaks, the most wanted first; `configuration` replaces values of keys or variables.
    `autostart_tag` charges whoever plugs in; `security_events` tells those of everyday life, too; `state_path` is where
    memory is kept; simulated time runs `time_scale` times as fast as real time if `auto_tick`, else only through `tick`.
    """

    vendor: str
    model: str
    versions: tuple[str, ...] = ("1.6",)
    configuration: Mapping[str, str] = field(default_factory=dict)
    serial_number: str | None = None
    autostart_tag: str | None = None
    security_events: bool = False
    state_path: Path | None = None
    auto_tick: bool = True
    time_scale: float = 1.0


class Controller:
    """Runs a station over a transport."""

    def __init__(
        self, station: Station, dialling: Dialling, settings: Settings, journal: Journal, access: Access
    ) -> None:
        """Nothing happens before `start`."""
        self.registration: RegistrationStatus | None = None
        self.refusals = Refusals()
        self.journal = journal
        self._settings = settings
        self._station = station
        self._access = access
        self._saved: str | None = None
        self._powered = True
        self._booted = False
        self._cause = Cause.power_loss
        """Why it started last."""
        self._complaint: SecurityEvent | None = None
        """Why the last connection did not come about, if that is a matter of security."""
        self._announcements: list[object] = []
        """What is said as soon as the registration is accepted."""
        self._loops: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[Any]] = set()
        self._answers: set[asyncio.Task[Any]] = set()
        self._transport = Transport(
            dialling,
            journal,
            endpoint=access.endpoint,
            ping_interval=lambda: self._dialect.ping_interval(),
            on_connected=self._on_connected,
            on_failed=self._on_failed,
            on_lost=self._on_lost,
            on_call=self._on_call,
        )
        self._outbox = Outbox(
            Policy(
                send=self._transport.call,
                prepare=lambda message: self._dialect.prepare(message),
                settled=self._on_settled,
                attempts=lambda: self._dialect.attempts(),
                retry_delay=lambda: self._dialect.retry_delay(),
            )
        )
        self._surroundings = Surroundings(
            station=station,
            outbox=self._outbox,
            transport=self._transport,
            machine=self,
            access=access,
            journal=journal,
            files=FileTransfer(station.quirks.upload_style, access.tls),
            spawn=self._spawn,
            vendor=settings.vendor,
            model=settings.model,
            serial_number=settings.serial_number,
            name=settings.serial_number or dialling.user,
            autostart_tag=settings.autostart_tag,
            talkative=settings.security_events,
            time_scale=settings.time_scale,
            configuration=settings.configuration,
        )
        self._dialects: dict[str, Dialect] = {}
        self._dialect = self._dialect_of(settings.versions[0])
        self._dialect.begin()

    @property
    def registered(self) -> bool:
        """Whether the central system accepted the registration on this connection."""
        return self.registration is RegistrationStatus.accepted

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._transport.connected

    # Life

    async def start(self) -> None:
        """Switch on: connect and boot. Returns once the first attempt to connect has been made."""
        self._load()
        self._power_on()
        self._loops = [asyncio.create_task(self._outbox.run())]
        if self._settings.auto_tick:
            self._loops.append(asyncio.create_task(self._tick_for_ever()))
        await self._transport.start()

    async def stop(self) -> None:
        """Close the connection cleanly, keep the memory and leave no task behind. Transactions stay as they are."""
        tasks = [*self._loops, *self._errands, *self._answers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loops = []
        await self._transport.stop()
        self._save()

    async def settle(self) -> None:
        """Return once everything that could be sent was sent and answered."""
        while self._errands:
            await asyncio.wait(self._errands)
        await self._outbox.idle()

    def _power_on(self) -> None:
        """Wake up after a loss of power: transactions end, unless this charge point resumes them."""
        if not self._station.quirks.resumes_after_power_loss:
            self._dialect.sessions.stop_all(Cause.power_loss)
        self._powered = True
        self._dialect.security.notice(SecurityEvent.startup)
        self._restart(Cause.power_loss)

    def _restart(self, cause: Cause) -> None:
        """Forget what does not survive a restart."""
        self._cause = cause
        self._booted = False
        self.registration = None
        self._dialect.configuration.apply_pending()
        self._dialect.restarted()
        for name in ("boot", "heartbeat", "aligned", "aligned for the end"):
            self._station.agenda.cancel(name)
        for connector in self._station.connectors.values():
            connector.finishing = False
            connector.authorized = connector.when_plugged = None
            if connector.transaction is None:
                connector.grant = None
        if self._station.quirks.forgets_profiles_at_reboot:
            self._station.profiles.clear()
        self._dialect.sessions.obey_limits()

    # Connection and registration

    def _on_failed(self, error: Exception) -> None:
        self._dialect.failed()
        complaint = None
        if isinstance(error, ssl.SSLCertVerificationError):
            complaint = SecurityEvent.invalid_central_certificate
        elif self._transport.refused_status in {401, 403}:
            complaint = SecurityEvent.failed_to_authenticate
        if complaint is not None and complaint is not self._complaint:
            self._dialect.security.notice(complaint, str(error))
        self._complaint = complaint

    def _on_connected(self, version: str) -> None:
        self._speak(version)
        self._dialect.reached()
        self._complaint = None
        quirks = self._station.quirks
        if not quirks.sends_boot:
            self.registration = RegistrationStatus.accepted
            self._resume()
        elif self.registered and self._booted and not self._dialect.boots_after_reconnect:
            self._resume()
        else:
            self.registration = None
            self._spawn(self._boot(self._cause))
        self._station.offline_since = None

    def _speak(self, version: str) -> None:
        """Go over to the version that was agreed; from one to another, the charge point starts anew."""
        if version == self._dialect.version:
            return
        self.journal.note(f"OCPP {version} is spoken from now on")
        former_spoke = self._booted
        self._dialect.sessions.stop_all(Cause.update)
        self._outbox.clear()
        self._station.forget_transactions()
        self._dialect = self._dialect_of(version)
        self._dialect.begin()
        self._announcements.clear()
        self._restart(Cause.update if former_spoke else self._cause)

    def _dialect_of(self, version: str) -> Dialect:
        if version not in self._dialects:
            self._dialects[version] = _dialect_class(version)(self._surroundings)
        return self._dialects[version]

    def _on_lost(self) -> None:
        self._outbox.close()
        self._station.offline_since = self._station.clock.uptime
        self._station.agenda.cancel("boot")
        if self._station.quirks.forgets_profiles_offline:
            self._station.profiles.clear()
            if self._powered:
                self._dialect.sessions.obey_limits()

    def _resume(self) -> None:
        self._outbox.open()
        self._dialect.resume(booted=self._booted)
        self._booted = True
        while self._announcements:
            self._dialect.reporter.post(self._announcements.pop(0))

    async def boot(self) -> None:
        """Send BootNotification because it was asked for."""
        await self._boot(None)

    async def _boot(self, cause: Cause | None) -> None:
        """Send BootNotification and obey the answer; without one, try again later."""
        self._station.agenda.cancel("boot")
        message = self._dialect.boot_notification(cause)
        try:
            answer = await self._transport.call("BootNotification", to_payload(message))
        except Offline:
            return
        except CallError, NoAnswer:
            self._retry_boot(_BOOT_RETRY)
            return
        await self._register(answer)

    async def _register(self, answer: Payload) -> None:
        try:
            status = RegistrationStatus(answer.get("status", ""))
        except ValueError:
            status = RegistrationStatus.rejected
        was_registered = self.registered and self._outbox.is_open
        self.registration = status
        interval = answer.get("interval") or 0
        if status is RegistrationStatus.accepted:
            self._correct_clock()
            self._dialect.registered(interval)
            if not was_registered:
                self._booted = False
                self._resume()
        else:
            self._outbox.close()
            self._retry_boot(interval or _BOOT_RETRY)
            if status is RegistrationStatus.pending and self._station.quirks.disconnects_on_pending:
                await self._transport.hang_up(abruptly=True)
        self.journal.note(f"registration {status}")

    def _retry_boot(self, interval: float) -> None:
        self._station.agenda.after("boot", interval, lambda: self._spawn(self._boot(self._cause)))

    async def say(self, message: Any) -> None:
        """Send a request that the central system asked for; while Pending it bypasses the queue (section 4.2)."""
        if self.registered:
            self._dialect.reporter.post(message)
            return
        try:
            await self._transport.call(type(message).__name__, to_payload(message))
        except Offline, CallError, NoAnswer:
            self.journal.note(f"{type(message).__name__} was not taken")

    def _on_settled(self, message: Message, answer: Payload | None) -> None:
        self._dialect.settled(message, answer)
        if message.action == "Heartbeat" and answer is not None:
            self._correct_clock()
        self._save()
        self.journal.wake()

    # Answering

    def _on_call(self, unique_id: str, action: str, payload: Payload) -> None:
        self._run(self._answer(unique_id, action, payload), self._answers)

    async def _answer(self, unique_id: str, action: str, payload: Payload) -> None:
        if (event := self.refusals.delayed.get(action)) is not None:
            await event.wait()
        if action in self.refusals.ignored:
            return
        try:
            await self._answer_now(unique_id, action, payload)
        except Hang:
            return
        except CallError as error:
            await self._transport.answer_error(unique_id, error)
        self.journal.wake()

    async def _answer_now(self, unique_id: str, action: str, payload: Payload) -> None:
        pending = None if self.registered else self._dialect.while_pending(action, self.registration)
        match self.refusals.take(action):
            case CallError() as error:
                raise error
            case str(status):
                await self._transport.answer(unique_id, self._dialect.refusal(action, payload, status))
                return
        answer = pending or self._dialect.handle(action, payload)
        result = to_payload(answer.result)
        if self._station.quirks.lower_case_status and "status" in result:
            result["status"] = result["status"].lower()
        await self._transport.answer(unique_id, result)
        if answer.then is not None and (work := answer.then()) is not None:
            self._spawn(work)
        self._save()

    # Work that takes time

    async def reboot(self, cause: Cause, *, hard: bool) -> None:
        """Stop all transactions, drop the connection and start again; a hard reset does not wait for answers."""
        self._dialect.security.notice(SecurityEvent.reset, cause.value)
        self._dialect.sessions.stop_all(cause)
        if not hard:
            await self._outbox.idle()
        await self._transport.forbid(abruptly=hard)
        self._restart(cause)
        self._transport.allow()
        await self._transport.attempted()

    def announce(self, message: object) -> None:
        """Send a message once the registration is accepted after the next restart."""
        self._announcements.append(message)

    def later(self, name: str, seconds: float, work: Callable[[], Work]) -> None:
        """Do work in so many simulated seconds; another one of that name takes its place."""
        self._station.agenda.after(name, seconds, lambda: self._spawn(work()))

    async def change_password(self, password: str | bytes) -> None:
        """Dial again with a new password."""
        self._access.password = password
        self._dialect.security.notice(SecurityEvent.reconfiguration, "AuthorizationKey")
        await self.reconnect()

    async def change_profile(self) -> None:
        """Dial again with the security profile of the configuration (security whitepaper, A05)."""
        self._dialect.security.notice(SecurityEvent.reconfiguration, "SecurityProfile")
        await self.reconnect()

    async def reconnect(self) -> None:
        """Close the connection; it is dialled again at once."""
        await self._transport.hang_up(abruptly=False)

    def _correct_clock(self) -> None:
        """Put a wrong clock right, if this charge point listens to the central system's time."""
        if self._station.quirks.corrects_clock and self._station.clock.wrong_by:
            self._dialect.security.notice(SecurityEvent.setting_system_time, f"{-self._station.clock.wrong_by:+.0f} s")
            self._station.clock.misset(0.0)

    # Time

    async def tick(self, seconds: float, *, elapsed: float = 0.0) -> None:
        """Let `seconds` pass at once and send what falls due, each message with the time at which it does.

        `elapsed` of them have passed on the wall clock already, for instance on one that a test has moved.
        """
        self._advance(seconds, elapsed)
        await self.settle()

    def _advance(self, seconds: float, elapsed: float) -> None:
        remaining = seconds
        while remaining > 1e-9:
            step = min(_STEP, remaining)
            remaining -= step
            if self._powered:
                self._station.advance(step, elapsed * step / seconds)
                self._dialect.sessions.obey_limits()
                self._station.agenda.run()
            else:
                self._station.clock.advance(step, elapsed * step / seconds)
        self._save()
        self.journal.wake()

    async def _tick_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(max(_SHORTEST_TICK, _STEP / self._settings.time_scale))
            now = loop.time()
            self._advance((now - last) * self._settings.time_scale, now - last)
            last = now

    # Memory and tasks

    def _load(self) -> None:
        path = self._settings.state_path
        if path is None or not path.exists():
            return
        kept = json.loads(path.read_text())
        self._station.restore(kept["station"])
        # Files of earlier versions know nothing but 1.6, whose keys they keep with the station.
        former = {"1.6": {"configuration": kept["station"].get("configuration")}}
        for version, values in kept.get("dialects", former).items():
            if version in self._settings.versions:
                self._dialect_of(version).restore(values)
        version = kept.get("version", "1.6")
        if version in self._settings.versions:
            self._dialect = self._dialect_of(version)
            self._dialect.begin()
            self._outbox.restore(kept["queue"])
        else:
            self._station.forget_transactions()
        if kept["password"] is not None:
            self._access.password = bytes.fromhex(kept["password"])

    def _save(self) -> None:
        """Keep what survives a loss of power. The file is replaced as a whole: a kill never leaves half of it."""
        if (path := self._settings.state_path) is None:
            return
        password = self._access.password
        secret = password.encode() if isinstance(password, str) else password
        kept = json.dumps(
            {
                "station": self._station.dump(),
                "version": self._dialect.version,
                "dialects": {version: dialect.dump() for version, dialect in self._dialects.items()},
                "queue": self._outbox.dump(),
                "password": None if secret is None else secret.hex(),
            }
        )
        if kept != self._saved:
            written = path.with_suffix(".new")
            written.write_text(kept)
            written.replace(path)
            self._saved = kept

    def _spawn(self, work: Work) -> None:
        self._run(work, self._errands)

    def _run(self, work: Coroutine[Any, Any, object], tasks: set[asyncio.Task[Any]]) -> None:
        task = asyncio.create_task(self._guarded(work))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        # Work that is cancelled before it begins would be missed by the interpreter.
        task.add_done_callback(lambda _task: work.close())

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Offline:
            self.journal.note("the connection was lost half-way")


def _dialect_class(version: str) -> Callable[[Surroundings], Dialect]:
    """Return what makes a dialect. Raises ValueError for a version that there is not."""
    if version == "1.6":
        return Dialect16
    if version not in SUBPROTOCOLS:
        raise ValueError(f"OCPP {version} is not spoken here, only {', '.join(SUBPROTOCOLS)}")
    from .v2.dialect import Dialect2  # noqa: PLC0415 - who speaks 1.6 does not need the messages of 2.x

    return partial(Dialect2, version)
