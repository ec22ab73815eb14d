"""Work that goes on beside the messages: kept from being forgotten, and ended together. What fails is logged; nothing raises."""

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any

_LOGGER = logging.getLogger(__name__)


class BackgroundTasks:
    """The tasks of one owner."""

    def __init__(self, owner: str, done: Callable[[], None] | None = None) -> None:
        """`owner` names them in the log, `done` is called after each."""
        self._owner = owner
        self._done = done
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task in the running loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Let none go on."""
        for task in list(self._tasks):
            task.cancel()

    async def wait(self) -> None:
        """Return once all have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._done is not None:
            self._done()
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("%s failed: %r", self._owner, error)
