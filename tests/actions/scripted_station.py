"""A charge point of OCPP 2.x that is a script: what it hears must be sound by the schemas, and it can answer in parts."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker, rounded
from tests.csms.scripted_charge_point import ScriptedChargePoint

_CHECKER = SchemaChecker()
_CHECKER.load(("2.0.1", "2.1"))


class ScriptedStation(ScriptedChargePoint):
    """One charging station CP1."""

    def __init__(self, port: int, subprotocol: str) -> None:
        """Speak a sub-protocol; have no variables to tell of."""
        answers: dict[str, Any] = {
            "GetBaseReport": {"status": "NotSupported"},
            "GetVariables": {"getVariableResult": []},
        }
        super().__init__(port, subprotocols=(subprotocol,), answers=answers)
        self.version = subprotocol.removeprefix("ocpp")
        self._parts: set[asyncio.Task[Any]] = set()

    def answers_in_parts(self, action: str, report: str, *parts: dict[str, Any]) -> None:
        """Let calls of an action be accepted, and the rest be told by later messages."""

        def answer(payload: dict[str, Any]) -> dict[str, Any]:
            self.begin(self._tell(report, payload["requestId"], parts))
            return {"status": "Accepted"}

        self.answers[action] = answer

    def begin(self, message: Coroutine[Any, Any, Any]) -> None:
        """Send something while a call is being answered."""
        self._parts.add(asyncio.get_running_loop().create_task(message))

    async def told(self, action: str) -> dict[str, Any]:
        """Return the payload of the next call of this action, which is sound."""
        payload = await self.heard(action)
        assert _CHECKER.check(self.version, action, rounded(payload)) is None
        return payload

    def was_told(self, action: str) -> bool:
        """Whether there was such a call."""
        return action in [name for name, _payload in self.calls]

    async def _tell(self, report: str, request_id: int, parts: tuple[dict[str, Any], ...]) -> None:
        for number, part in enumerate(parts):
            more = number < len(parts) - 1
            await self.call(report, {"requestId": request_id, "seqNo": number, "tbc": more, **part})
