"""Keeps the local authorization list of one charge point in step with the ID tags: when there is something to do, asks and sends.

What to send is decided in `local_list`. Nothing is sent on a reconnect as such: only what has changed, or all of it when the charge
point turns out to hold another version. One update is under way at a time.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
import logging
from typing import Any

from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import (
    REFUSALS,
    CallTimeoutError,
    CommandError,
    InvalidRequestError,
    NotConnectedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.model import Registration
from custom_components.ocpp_csms.csms.requests import GetLocalListVersion, LocalListEntry, SendLocalList

from .authorization import Policy
from .local_list import ListSupport, LocalListState, Told, changed_entries, next_update, removal, wanted_entries

_LOGGER = logging.getLogger(__name__)

NO_LIST = -1
"""The version that a charge point without a list tells (OCPP 1.6 §6.18)."""


class LocalListSync:
    """The local list of one charge point."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        reach: Callable[[], Dialect],
        mark: Callable[[int, str], None],
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the list of a charge point. `reach` returns its dialect or raises `NotConnectedError`; `stored` is what `snapshot` returned."""
        self.state: LocalListState | None = None  # None: not known yet
        self.left_out = 0  # tags that do not fit
        self._point = point
        self._environment = environment
        self._reach = reach
        self._mark = mark
        self._support: ListSupport | None = None
        self._told = Told.from_dict(stored) if stored else None
        self._version = self._told.version if self._told else 0  # the highest that is known of
        self._given_up: tuple[LocalListEntry, ...] | None = None  # what was refused, as a whole
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._due = False
        self._verify = False  # the charge point may hold something else than it was told

    @property
    def is_supported(self) -> bool:
        """Whether the charge point says that it has a list."""
        return self._support is not None and self._support.supported

    @property
    def version(self) -> int | None:
        """The version that the charge point has confirmed; None while none is known."""
        return self._told.version if self._told else None

    @property
    def longest(self) -> int | None:
        """The most entries that the charge point keeps, as far as it tells."""
        return self._support.longest if self._support else None

    def snapshot(self) -> dict[str, Any] | None:
        """Return what must survive a restart, as JSON; nothing where it is not certain."""
        return self._told.as_dict() if self._told and not self._verify else None

    # When there is something to do

    def due(self, *, restarted: bool = False) -> None:
        """Bring the list in step in a while, if the charge point can be told: tags or settings have changed, or it is there again.

        One that has `restarted` is asked for the version that it holds.
        """
        self._verify = self._verify or restarted
        if restarted:
            self._given_up = None
        if not self._point.connected or self._point.registration is Registration.PENDING:
            return
        self._due = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._quietly())

    def disconnected(self) -> None:
        """What is under way has become pointless."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _quietly(self) -> None:
        try:
            while self._due:
                self._due = False
                async with self._lock:
                    await self._keep()
        except CommandError as error:
            _LOGGER.info("%s: its local list could not be brought in step: %s", self._point.identity, error)
        except Exception as error:  # an answer must never leave a traceback, whatever our mistake
            _LOGGER.error("%s: keeping its local list failed: %r", self._point.identity, error)
            _LOGGER.debug("%s: traceback of the local list", self._point.identity, exc_info=True)

    # By hand

    async def bring_in_step(self) -> None:
        """Bring the list in step now, switching it on in the charge point if need be; the charge point has confirmed when this returns.

        Raises `InvalidRequestError("local_list_unsupported")`, and what `ChargePoint.request` raises.
        """
        async with self._lock:
            dialect = self._reach()
            support = await dialect.read_local_list_support()
            if support.supported and not support.enabled:
                await dialect.enable_local_list()
            self._verify, self._given_up = True, None
            await self._update()
            if self.state is LocalListState.UNSUPPORTED:
                raise InvalidRequestError("local_list_unsupported")

    async def read_version(self) -> int:
        """Ask for the version: 0 for an empty list, -1 where there is none. Raises what `ChargePoint.request` raises."""
        answer = await self._reach().request(GetLocalListVersion())
        version: int | None = next(iter(answer.items), None)
        if version is None:
            raise UnclearAnswerError("GetLocalListVersion")
        if self._told is not None and version != self._told.version:
            self._told = None
            self._environment.changed(False)
        self._version = max(self._version, version)
        return version

    async def send_all(self, id_tags: Sequence[str] = ()) -> tuple[int, int]:
        """Replace the list by these tags (none: all that belong there); return its version and how many entries it got.

        Raises `InvalidRequestError("id_tag_unknown")` for a tag that the user has not entered, and what `ChargePoint.request` raises.
        """
        async with self._lock:
            entries = self._chosen(id_tags) if id_tags else self._entries()
            await self.read_version()
            self._told = None
            return await self._send_until_in_step(entries)

    async def send_changes(self, id_tags: Sequence[str] = ()) -> tuple[int, int]:
        """Send what has changed, or the verdicts on these tags; return the version and how many entries were sent, perhaps none.

        A tag that is not entered is taken off the list. Raises what `ChargePoint.request` raises; where it is not known what the charge
        point holds and no tags are named, `InvalidRequestError("local_list_unknown")`.
        """
        async with self._lock:
            await self.read_version()
            if not id_tags:
                if self._told is None:
                    raise InvalidRequestError("local_list_unknown")
                return await self._send_until_in_step(self._entries())
            authorized = self._point.authorization
            known = [id_tag for id_tag in id_tags if authorized.find(id_tag)]
            gone = [removal(id_tag) for id_tag in id_tags if not authorized.find(id_tag)]
            entries = (*gone, *(self._chosen(known) if known else ()))
            size = self._support.longest_message if self._support else None
            for start in range(0, len(entries), size or len(entries)):
                part = entries[start : start + (size or len(entries))]
                await self._send(SendLocalList(version=self._version + 1, full=False, entries=part))
            self._judge(self._entries())
            return self._version, len(entries)

    # What is done

    async def _keep(self) -> None:
        """Do what there is to do, if anything."""
        if self._is_unused():
            self._support = self._support or self._reach().local_list_support()
            self._show(LocalListState.UNUSED if self._point.settings.local_list else LocalListState.OFF)
            return
        await self._update()

    def _is_unused(self) -> bool:
        if not self._point.settings.local_list:
            return True
        authorization = self._point.authorization
        told = self._told is not None and bool(self._told.entries)
        return self._point.id_tag_policy is Policy.ACCEPT_ALL and not any(authorization.tags()) and not told

    async def _update(self) -> None:
        """Bring the list in step. A charge point that holds something else than it was told gets all of it."""
        self._support = support = await self._reach().read_local_list_support()
        if not support.supported or not support.enabled:
            self._show(LocalListState.DISABLED if support.supported else LocalListState.UNSUPPORTED)
            return
        entries = self._entries()
        if entries == self._given_up:
            return
        if self._told is None or self._verify:
            self._show(LocalListState.PENDING)
            version = await self.read_version()
            self._verify = False
            if version == NO_LIST:
                self._show(LocalListState.UNSUPPORTED)
                return
            if version == 0 and not entries:
                self._told = Told(0)
        if self._told is not None and not changed_entries(entries[: support.longest], self._told):
            self._judge(entries)
            return
        self._show(LocalListState.PENDING)
        try:
            try:
                await self._send_until_in_step(entries)
            except REFUSALS:
                if self._told is None:
                    raise
                # It did not like what has changed, perhaps for another version: all of it sets that right.
                await self.read_version()
                self._told = None
                await self._send_until_in_step(entries)
        except REFUSALS:
            self._given_up = entries
            self._show(LocalListState.FAILED)
            raise

    def _entries(self) -> tuple[LocalListEntry, ...]:
        return wanted_entries(
            self._point.authorization,
            self._point.identity,
            self._environment.clock(),
            self._point.longest_id_tag,
        )

    def _chosen(self, id_tags: Sequence[str]) -> tuple[LocalListEntry, ...]:
        """Return the entries of some tags, whether or not they may charge here. Raises `InvalidRequestError`."""
        authorization, entries = self._point.authorization, []
        now, length = self._environment.clock(), self._point.longest_id_tag
        for id_tag in id_tags:
            tag = authorization.find(id_tag)
            if tag is None:
                raise InvalidRequestError("id_tag_unknown", id_tag=id_tag[:length])
            if len(tag.id_tag) > length:
                raise InvalidRequestError("id_tag_too_long", id_tag=tag.id_tag, most=length)
            info = authorization.check(id_tag, now, charge_point=self._point.identity)
            entries.append(
                LocalListEntry(id_tag=tag.id_tag, status=info.status, expiry=info.expiry, parent=info.parent)
            )
        return tuple(entries)

    async def _send_until_in_step(self, entries: tuple[LocalListEntry, ...]) -> tuple[int, int]:
        """Send messages until the charge point holds these entries, as many as fit; return the version and how many entries were sent."""
        longest = self._support.longest if self._support else None
        size = self._support.longest_message if self._support else None
        fitting, sent = entries[:longest], 0
        while (update := next_update(fitting, self._told, self._version, size)) is not None:
            await self._send(update)
            sent += len(update.entries)
        self._judge(self._entries())
        return self._version, sent

    async def _send(self, update: SendLocalList) -> None:
        try:
            await self._reach().request(update)
        except CallTimeoutError, NotConnectedError, asyncio.CancelledError:
            self._verify = True  # it may have taken the update all the same
            self._environment.changed(False)
            raise
        if self._told is not None or update.full:  # changes of a list that is not known do not make it known
            self._told = (self._told or Told(0)).after(update)
        self._version = update.version
        self._environment.changed(False)

    def _judge(self, wanted: tuple[LocalListEntry, ...]) -> None:
        """Show whether what the charge point was told is what it ought to hold."""
        fitting = wanted[: self.longest]
        self.left_out = len(wanted) - len(fitting)
        if self._told is None or changed_entries(fitting, self._told):
            self._show(LocalListState.PENDING)
        else:
            self._show(LocalListState.INCOMPLETE if self.left_out else LocalListState.IN_STEP)

    def _show(self, state: LocalListState) -> None:
        self.state = state
        self._mark(0, "local_list")
        self._point.flush()
