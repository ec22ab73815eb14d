"""A scripted central system of OCPP 2.x that holds all it is told against the schemas. Not the real one."""

from typing import Any

from ocpp.messages import MessageType, get_validator

from tests.simulator.central import Central, Payload


class CheckingCentral(Central):
    """A central system that remembers what no schema allows."""

    def __init__(self, version: str) -> None:
        """Speak one version."""
        super().__init__((version,))
        self.version = version
        self.violations: list[str] = []

    async def call(self, action: str, payload: Payload | None = None) -> Payload:
        """Call the station with what the schema allows. Raises Fail with the code of a CALLERROR."""
        get_validator(MessageType.Call, action, self.version).validate(payload or {})
        result = await super().call(action, payload)
        self._check(MessageType.CallResult, action, result)
        return result

    def _check(self, kind: int, action: str, payload: Any) -> None:
        for error in get_validator(kind, action, self.version).iter_errors(payload):
            self.violations.append(f"{action}: {error.message}")

    async def _answer(self, connection: Any, unique_id: str, action: str, payload: Payload) -> None:
        self._check(MessageType.Call, action, payload)
        await super()._answer(connection, unique_id, action, payload)
