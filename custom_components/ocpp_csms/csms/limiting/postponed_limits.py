"""Limits that wait for the budget: the newest of each connector, written by itself as soon as it may.

How often limits may be written is decided in `charging.budget`, how one is written is the business of `limits`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
import logging
from typing import Any

from custom_components.ocpp_csms.csms.errors import REFUSALS, CommandError, NotConnectedError

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostponedLimit:
    """A limit in A per phase that waits for the budget, and the number of phases (None: as it is)."""

    amperes: float
    phases: int | None


class PostponedLimits:
    """What waits on the connectors of one charge point."""

    def __init__(
        self,
        identity: str,
        *,
        wait: Callable[[], float],
        lock: Callable[[int], asyncio.Lock],
        write: Callable[[int, float, int | None], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`wait` returns for how many seconds, `write` writes to a connector while its `lock` is held, `spawn` runs work in the background."""
        self._identity = identity
        self._wait = wait
        self._lock = lock
        self._write = write
        self._spawn = spawn
        self._waiting: dict[int, PostponedLimit] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def postpone(self, number: int, limit: PostponedLimit) -> None:
        """Let a limit wait instead of any other on its connector."""
        self.withdraw(number)
        self._waiting[number] = limit
        self._timers[number] = asyncio.get_running_loop().call_later(self._wait(), self._due, number, limit)

    def withdraw(self, number: int) -> PostponedLimit | None:
        """Nobody wants any more what waits; return it."""
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        return self._waiting.pop(number, None)

    def stop(self) -> None:
        """Write nothing by itself any more: what waits is kept until `go_on`."""
        for timer in self._timers.values():
            timer.cancel()

    def go_on(self, number: int) -> None:
        """There is a connection: write what has waited for it, if the budget lets it."""
        if (limit := self._waiting.get(number)) is not None:
            self.postpone(number, limit)

    def _due(self, number: int, limit: PostponedLimit) -> None:
        self._spawn(self._grant(number, limit))

    async def _grant(self, number: int, limit: PostponedLimit) -> None:
        """Write what has waited. What fails for want of an answer waits on, until the next connection if there is none."""
        async with self._lock(number):
            if not self._is_newest(number, limit):
                return
            try:
                await self._write(number, limit.amperes, limit.phases)
            except NotConnectedError:
                return
            except REFUSALS as error:
                _LOGGER.info("%s: the limit that waited was refused: %s", self._identity, error)
            except CommandError as error:
                _LOGGER.debug("%s: the limit that waited was not taken: %s", self._identity, error)
                if self._is_newest(number, limit):
                    self.postpone(number, limit)
                return
            self.withdraw(number)

    def _is_newest(self, number: int, limit: PostponedLimit) -> bool:
        return self._waiting.get(number) is limit
