"""When a charge point is asked, unbidden, for what: after it boots, after it reconnects without a boot, after the user has confirmed it.

Only timing and order live here; the messages are the dialect's. Everything is quiet: a step that is refused or times out is logged and the
rest goes on. Nothing is asked for while the charge point is pending, but its BootNotification.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
import logging

from custom_components.ocpp_csms.charging.reapplication import REFRESH_AFTER

from .dialect import Dialect
from .errors import CommandError, NotConnectedError
from .quirks import Quirks

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for a charge point before acting without it, in seconds."""

    boot_grace: float = 5.0  # after connecting: for a BootNotification of its own accord
    confirm_grace: float = 30.0  # after the user has confirmed: for the next BootNotification
    settle: float = 1.0  # after a boot, before asking: its own first messages go first
    transaction_settle: float = 0.5  # after a transaction has started, before its limit is told
    composite: float = 5.0  # after a limit, before the composite schedule is asked for
    samples: tuple[float, ...] = (11.0, 6.0)  # then before each request for meter values, which get `composite` to come
    refresh: float = REFRESH_AFTER + 1.0  # after a limit, before it is told again
    retry: float = 60.0  # after a limit could not be told
    phase_switch: float = 30.0  # for the current to stop before phases are switched, and to flow again
    contactors: float = 5.0  # from the end of the current until phases are switched


class Commissioning:
    """The unbidden requests to one charge point.

    In all methods `configure` says whether the user wants it configured; a quirk may forbid it all the same.
    """

    def __init__(self, label: str, timing: Timing) -> None:
        """`label` names the charge point in logs."""
        self._label = label
        self._timing = timing
        self._task: asyncio.Task[None] | None = None
        self._booted = asyncio.Event()
        self._configured = False
        self._afterwards: Callable[[], Awaitable[None]] | None = None  # what a boot still asks for

    def forget(self) -> None:
        """What the charge point was configured to holds no longer."""
        self._configured = False

    def connected(
        self,
        dialect: Dialect,
        quirks: Quirks,
        *,
        known: bool,
        pending: bool,
        configure: bool,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """A connection has opened. `known`: the charge point has told before who it is.

        Without a boot it is configured only if that has not been done, or was cut off. `afterwards` is done at the end, unless a boot
        still asks for something else.
        """
        self._booted.clear()
        self._afterwards = self._afterwards or afterwards
        configure = configure and not self._configured
        self._run(partial(self._after_connection, dialect, quirks, known=known, pending=pending, configure=configure))

    def booted(self) -> None:
        """A BootNotification has come: nobody has to wait for it any more."""
        self._booted.set()

    def set_up(
        self,
        dialect: Dialect,
        quirks: Quirks,
        *,
        configure: bool,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """The charge point has booted, or the user has changed its settings. Several in quick succession cause one set-up.

        `afterwards` is done at its end, or at that of a later one if this is cut off.
        """
        self._configured = False
        self._afterwards = afterwards or self._afterwards
        self._run(partial(self._set_up, dialect, quirks, configure=configure))

    def confirmed(self, dialect: Dialect, quirks: Quirks, *, configure: bool) -> None:
        """The user has confirmed a pending charge point that is connected."""
        self._booted.clear()
        self._run(partial(self._after_confirmation, dialect, quirks, configure=configure))

    def cancel(self) -> None:
        """Stop asking."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        self.cancel()
        self._task = asyncio.get_running_loop().create_task(self._guarded(work))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except NotConnectedError:
            _LOGGER.debug("%s: disconnected during set-up", self._label)
        except Exception as error:  # an answer must never leave a traceback, whatever our mistake
            _LOGGER.error("%s: its set-up failed: %r", self._label, error)
            _LOGGER.debug("%s: traceback of the failed set-up", self._label, exc_info=True)

    async def _after_connection(
        self, dialect: Dialect, quirks: Quirks, *, known: bool, pending: bool, configure: bool
    ) -> None:
        if await self._boots_within(self._timing.boot_grace):
            return
        if quirks.trigger and (pending or not known or quirks.expects_trigger_boot):
            await self._attempt("BootNotification", dialect.request_boot)
            if await self._boots_within(self._timing.boot_grace):
                return
        if not pending:
            # What goes on matters more than how often it is told.
            await self._ask_for_state(dialect, quirks)
            await self._configure(dialect, quirks, configure=configure)
            await self._finish()

    async def _set_up(self, dialect: Dialect, quirks: Quirks, *, configure: bool) -> None:
        await asyncio.sleep(self._timing.settle)
        await self._configure(dialect, quirks, configure=configure)
        await self._ask_for_state(dialect, quirks)
        await self._finish()

    async def _finish(self) -> None:
        if self._afterwards is not None:
            await self._attempt("limit", self._afterwards)
            self._afterwards = None

    async def _configure(self, dialect: Dialect, quirks: Quirks, *, configure: bool) -> None:
        if configure and quirks.configure:
            self._configured = await self._attempt("configuration", dialect.configure)

    async def _ask_for_state(self, dialect: Dialect, quirks: Quirks) -> None:
        if quirks.trigger:
            await self._attempt("status", dialect.request_state)

    async def _after_confirmation(self, dialect: Dialect, quirks: Quirks, *, configure: bool) -> None:
        if quirks.trigger:
            await self._attempt("BootNotification", dialect.request_boot)
        if not await self._boots_within(self._timing.confirm_grace):
            _LOGGER.info("%s has not booted after it was confirmed; it is set up all the same", self._label)
            await self._set_up(dialect, quirks, configure=configure)

    async def _boots_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._booted.wait()
        except TimeoutError:
            return False
        return True

    async def _attempt(self, what: str, request: Callable[[], Awaitable[None]]) -> bool:
        try:
            await request()
        except NotConnectedError:
            raise
        except CommandError as error:
            _LOGGER.info("%s: the request about its %s failed: %s", self._label, what, error)
            return False
        return True
