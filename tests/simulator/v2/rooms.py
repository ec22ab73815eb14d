"""Stand-ins for the station around a single room: what is said is kept, time passes on command."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp.v201 import call

from custom_components.ocpp_csms.simulator.answering import Answer, Handler
from custom_components.ocpp_csms.simulator.clock import Agenda, Clock
from custom_components.ocpp_csms.simulator.messages import Payload, timestamp
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.variables import Make, definitions
from tests.simulator.v2.wire import answered, asked, called

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class StillClock(Clock):
    """A clock that stands still until it is moved."""

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return NOON + timedelta(seconds=self.skipped)


class Surroundings:
    """The station, the machine and the one who posts, in one. What was said is checked against the schemas."""

    def __init__(self) -> None:
        """Stand still, with nothing said."""
        self.clock: Clock = StillClock()
        self.agenda = Agenda(self.clock)
        self.said: list[tuple[str, Payload]] = []
        self.durable: list[bool] = []
        self.notes: list[str] = []
        self.delayed: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {}

    def timestamp(self, moment: datetime | None = None) -> str:
        """Return a moment, or the present one, as it goes into messages."""
        return timestamp(moment or self.clock.now())

    async def say(self, message: Any) -> None:
        """Keep a message that was asked for."""
        self.said.append((type(message).__name__, called(message)))

    def post(self, message: Any, *, durable: bool = False) -> object:
        """Keep a message that nobody asked for."""
        self.said.append((type(message).__name__, called(message)))
        self.durable.append(durable)
        return message

    def later(self, name: str, _seconds: float, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Keep work for later."""
        self.delayed[name] = work

    def pass_time(self, seconds: float) -> None:
        """Let time pass and do what is due."""
        self.clock.advance(seconds)
        self.agenda.run()

    def payloads(self, action: str) -> list[Payload]:
        """The payloads of all messages of an action, in order."""
        return [payload for said, payload in self.said if said == action]


async def ask(handlers: dict[str, Handler], action: str, payload: Payload) -> Payload:
    """Call a handler as the central system would, let the work follow, and return the answer."""
    answer: Answer = handlers[action](asked(getattr(call, action), payload))
    result = answered(answer.result)
    if answer.then is not None and (work := answer.then()) is not None:
        await work
    return result


def small_model(**facts: Any) -> DeviceModel:
    """The device model of a station with two EVSEs, one connector each."""
    return DeviceModel(definitions(Make(**{"evses": 2, **facts})))
