"""One connection in the version that it speaks: the two halves of its dialect, and what becomes of them when it turns out to be another.

A charge point negotiates a version, or none, and may speak another all the same: its first message that only one version can say decides,
once and for all. No message is read here, and nobody's admission is decided.
"""

from collections.abc import Callable
import logging
from typing import Any

from .charge_point import ChargePoint
from .message_handler import MessageHandler
from .surroundings import Surroundings
from .v2.commands import V2Commands
from .v2.messages import V2Messages
from .v2.messages_21 import V21Messages
from .v2.reports import Reports
from .v16.commands import V16Commands
from .v16.messages import V16Messages
from .versions import Version, are_alike, told_by
from .wire.frame_rules import RULES
from .wire.rpc import RpcConnection

_LOGGER = logging.getLogger(__name__)


def converse(
    version: Version, charge_point: ChargePoint, rpc: RpcConnection, surroundings: Surroundings
) -> tuple[V16Commands | V2Commands, MessageHandler]:
    """Make the two halves of the dialect of a connection: what its charge point can be told, and what reads its messages."""
    if version is Version.V1_6:
        commands = V16Commands(charge_point, rpc, surroundings)
        return commands, V16Messages(charge_point, surroundings, was_asked_for=commands.was_asked_for)
    reports = Reports()
    sender = V2Commands(charge_point, rpc, surroundings, version=version, reports=reports)
    messages = V21Messages if version is Version.V2_1 else V2Messages
    return sender, messages(charge_point, surroundings, reports=reports, was_asked_for=sender.was_asked_for)


class Conversation:
    """What is said on one connection. Reads its first messages itself, and leaves the rest to the version that they are in."""

    def __init__(
        self,
        version: Version,
        charge_point: ChargePoint,
        rpc: RpcConnection,
        surroundings: Surroundings,
        *,
        agreed: Version,
        changed: Callable[[Version], None],
    ) -> None:
        """Begin in `version`, which is what was `agreed` upon or what the charge point spoke the last time. `changed` is told of another one."""
        self._charge_point = charge_point
        self._rpc = rpc
        self._surroundings = surroundings
        self._agreed = agreed
        self._changed = changed
        self._version = version
        self.commands, self._messages = converse(version, charge_point, rpc, surroundings)

    async def run(self) -> None:
        """Serve the connection until it ends."""
        self._rpc.rules = RULES[self._version]
        try:
            await self._rpc.run(self)
        finally:
            self.commands.disconnected()

    # What `rpc` needs, until the version is certain

    def handle(self, action: str, payload: Any) -> dict[str, Any]:
        """Answer a call. Raises `CallError`."""
        told = told_by(action, payload)
        if told is not None:
            if not are_alike(told, self._version):
                self._change(self._agreed if are_alike(told, self._agreed) else told, action)
            self._charge_point.speaks(self.commands)
            self._rpc.handler = self._messages
        return self._messages.handle(action, payload)

    def handle_send(self, action: str, payload: Any) -> None:
        """Take a message that wants no answer."""
        self._messages.handle_send(action, payload)

    @property
    def must_be_saved(self) -> bool:
        """Whether the call that has just been handled may be answered only once it is saved."""
        return self._messages.must_be_saved

    async def saved(self) -> None:
        """Return once it is."""
        await self._messages.saved()

    def answered(self) -> None:
        """A frame has been dealt with."""
        self._messages.answered()

    def malformed(self, problem: str, frame: bytes) -> None:
        """Count a frame that could not be understood."""
        self._messages.malformed(problem, frame)

    def _change(self, version: Version, action: str) -> None:
        """Go on in another version."""
        point = self._charge_point
        _LOGGER.info(
            "%s speaks OCPP %s on a connection for OCPP %s, and is understood", point.identity, version, self._version
        )
        point.violation(action, f"OCPP {version} on a connection for OCPP {self._version}", "")
        self.commands.disconnected()
        self._version, self._rpc.rules = version, RULES[version]
        self._surroundings.checker.begin(version)
        self.commands, self._messages = converse(version, point, self._rpc, self._surroundings)
        point.change_version(self.commands)
        self._changed(version)
