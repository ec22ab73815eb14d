"""A scripted charge point that checks all it hears: what the versions have in common."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, override

from ocpp.exceptions import OCPPError
from ocpp.messages import Call, CallResult, validate_payload
import pytest
from websockets.exceptions import InvalidStatus

from tests.csms.scripted_charge_point import ScriptedChargePoint

type Payload = dict[str, Any]


def moment(**before: float) -> str:
    """Return the time that was some time (a time delta's arguments) before now, as OCPP writes it."""
    return (datetime.now(UTC) - timedelta(**before)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def is_refused(station: CheckedStation) -> bool:
    """Let a station dial in; tell whether it is told to prove itself. Fails if it is let in."""
    with pytest.raises(InvalidStatus) as refusal:
        await station.connect()
    return refusal.value.response.status_code == HTTPStatus.UNAUTHORIZED


class CheckedStation(ScriptedChargePoint):
    """One charge point. It agrees to everything unless `answers` say otherwise."""

    version: ClassVar[str]

    def __init__(self, port: int, identity: str = "CP1", **options: Any) -> None:
        """Options are those of ScriptedChargePoint."""
        super().__init__(port, identity, **options)
        self._said: list[tuple[str, Payload]] = []
        self._answered: list[tuple[str, Payload]] = []

    @override
    async def call(self, action: str, payload: Any = None) -> Any:
        """Send a call and return the payload of its answer, which is checked at the end."""
        self._said.append((action, payload or {}))
        answer = await super().call(action, payload)
        self._answered.append((action, answer))
        return answer

    async def check(self) -> None:
        """Fail unless all that was heard fits the schemas, and no message id was used twice; nor may the station itself have erred."""
        wrong: list[str] = []
        messages: list[Call | CallResult] = [
            *(Call("check", action, payload) for action, payload in [*self.calls, *self._said]),  # type: ignore[no-untyped-call]  # the library's
            *(CallResult("check", answer, action) for action, answer in self._answered),  # type: ignore[no-untyped-call]  # dto.
        ]
        for message in messages:
            try:
                await validate_payload(message, self.version)
            except OCPPError as error:
                wrong.append(f"{message}: {error}")
        assert not wrong
        assert len(set(self.ids)) == len(self.ids)
        assert all(len(message_id) <= 36 for message_id in self.ids)
