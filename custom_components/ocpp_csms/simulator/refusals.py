"""Refusals on command: what the charge point answers, or fails to answer, because a test told it to."""

import asyncio
from dataclasses import dataclass, field

from .transport import CallError


@dataclass(slots=True)
class _Refusal:
    answer: str | CallError
    times: int | None


@dataclass(slots=True)
class Refusals:
    """Orders by action."""

    ignored: set[str] = field(default_factory=set)
    delayed: dict[str, asyncio.Event] = field(default_factory=dict)
    _refused: dict[str, _Refusal] = field(default_factory=dict)

    def refuse(self, action: str, answer: str | CallError, times: int | None = None) -> None:
        """Answer `action` with a status or a CALLERROR instead of doing it, `times` times (None: until told otherwise)."""
        self._refused[action] = _Refusal(answer, times)

    def comply(self, action: str) -> None:
        """Forget all orders about `action`."""
        self._refused.pop(action, None)
        self.ignored.discard(action)
        self.delayed.pop(action, None)

    def take(self, action: str) -> str | CallError | None:
        """Return the refusal that is due for one call, and count it."""
        if (refusal := self._refused.get(action)) is None:
            return None
        if refusal.times is not None:
            refusal.times -= 1
            if refusal.times <= 0:
                del self._refused[action]
        return refusal.answer
