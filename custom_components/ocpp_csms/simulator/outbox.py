"""The messages that wait to be sent, in order, one at a time.

Transaction messages are durable: they wait out a lost connection and a restart, and are tried again when the central
system fails on them (OCPP 1.6, sections 3.7 and 4.10). Security events wait, too (security whitepaper, A04). All others
are given up while the gate is closed.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .messages import Payload
from .transport import CallError, NoAnswer, Offline


def _new_future() -> asyncio.Future[Payload]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class Message:
    """One message on its way; `transaction` refers to the transaction whose id goes in when it leaves.

    `status` is what it tells of a connector, where the payload does not say it in the same words.
    """

    action: str
    payload: Payload
    durable: bool = False
    transaction: str | None = None
    attempts: int = 0
    status: tuple[int, str] | None = None
    answered: asyncio.Future[Payload] = field(default_factory=_new_future)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that there will be no answer; nobody has to wait."""
        if not self.answered.done():
            self.answered.set_exception(error)
            self.answered.exception()

    def dump(self) -> dict[str, Any]:
        """Return what is kept of a durable message over a restart."""
        return {"action": self.action, "payload": self.payload, "transaction": self.transaction}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the outbox asks its owner, all at the time of sending.

    `send`: carries a call; raises Offline, NoAnswer and CallError. `prepare`: completes a payload. `settled`: is told
    the answer, or None where the message was given up. `attempts`, `retry_delay`: of durable messages, the latter in
    seconds per attempt made.
    """

    send: Callable[[str, Payload], Any]
    prepare: Callable[[Message], Payload]
    settled: Callable[[Message, Payload | None], None]
    attempts: Callable[[], int]
    retry_delay: Callable[[], float]


class Outbox:
    """A queue that sends while its gate is open."""

    def __init__(self, policy: Policy) -> None:
        """Start empty, with the gate closed."""
        self._policy = policy
        self._queue: deque[Message] = deque()
        self._gate = False
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_open(self) -> bool:
        """Whether messages leave."""
        return self._gate

    def __len__(self) -> int:
        """Return the number of messages that wait."""
        return len(self._queue)

    def post(self, message: Message) -> Message:
        """Put a message at the end; one that is not durable fails with Offline while the gate is closed."""
        if not self._gate and not message.durable:
            message.fail(Offline())
            return message
        self._queue.append(message)
        self._look()
        return message

    def open(self) -> None:
        """Let messages leave."""
        self._gate = True
        self._look()

    def close(self) -> None:
        """Stop sending and give up all that is not durable."""
        self._gate = False
        for message in [message for message in self._queue if not message.durable]:
            self._queue.remove(message)
            message.fail(Offline())
        self._look()

    def rearrange(self, order: Callable[[list[Message]], None]) -> None:
        """Let `order` rearrange the list of waiting messages in place, as a charge point that lost count does."""
        messages = [*self._queue]
        order(messages)
        self._queue = deque(messages)
        self._look()

    def double(self) -> None:
        """Have every waiting message sent twice in a row."""
        self._queue = deque(
            copy for message in self._queue for copy in (message, replace(message, answered=_new_future()))
        )

    def clear(self) -> None:
        """Give up all that waits."""
        while self._queue:
            self._queue.popleft().fail(Offline())
        self._look()

    def refers_to(self, transaction: str) -> bool:
        """Tell whether a waiting message belongs to the transaction."""
        return any(message.transaction == transaction for message in self._queue)

    async def idle(self) -> None:
        """Return once nothing waits that could be sent."""
        await self._idle.wait()

    def dump(self) -> list[dict[str, Any]]:
        """Return the durable messages."""
        return [message.dump() for message in self._queue if message.durable]

    def restore(self, messages: list[dict[str, Any]]) -> None:
        """Put dumped messages at the end."""
        for message in messages:
            self._queue.append(Message(**message, durable=True))
        self._look()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._work.wait()
            await self._send(self._queue[0])
            self._look()

    async def _send(self, message: Message) -> None:
        try:
            answer = await self._policy.send(message.action, self._policy.prepare(message))
        except Offline:
            # The owner closes the gate when it hears of the loss, which may be a moment later.
            self.close()
        except (CallError, NoAnswer) as error:
            message.attempts += 1
            if message.transaction is not None and message.attempts < self._policy.attempts():
                await asyncio.sleep(self._policy.retry_delay() * message.attempts)
                return
            self._take(message)
            self._policy.settled(message, None)
            message.fail(error)
        else:
            self._take(message)
            self._policy.settled(message, answer)
            if not message.answered.done():
                message.answered.set_result(answer)

    def _take(self, message: Message) -> None:
        if message in self._queue:
            self._queue.remove(message)

    def _look(self) -> None:
        if self._gate and self._queue:
            self._work.set()
            self._idle.clear()
        else:
            self._work.clear()
            self._idle.set()
