"""A charge point that goes through the steps of a test case: the messages of OCPP 1.6 by what they are for, and the check of all it heard."""

from datetime import UTC, datetime, timedelta
from typing import Any, override

from ocpp.exceptions import OCPPError
from ocpp.messages import Call, CallResult, validate_payload

from tests.csms.scripted_charge_point import ScriptedChargePoint

from .house import CARD

type Payload = dict[str, Any]


def moment(**before: float) -> str:
    """Return the time that was some time (a time delta's arguments) before now, as OCPP writes it."""
    return (datetime.now(UTC) - timedelta(**before)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Station(ScriptedChargePoint):
    """One charge point. It agrees to everything unless `answers` say otherwise."""

    def __init__(self, port: int, identity: str = "CP1", **options: Any) -> None:
        """Options are those of ScriptedChargePoint."""
        super().__init__(port, identity, **options)
        self._answered: list[tuple[str, Payload]] = []

    @override
    async def call(self, action: str, payload: Any = None) -> Any:
        """Send a call and return the payload of its answer, which is checked at the end."""
        answer = await super().call(action, payload)
        self._answered.append((action, answer))
        return answer

    async def check(self) -> None:
        """Fail unless all calls and answers that were heard fit the schemas of OCPP 1.6, and no message id was used twice."""
        wrong: list[str] = []
        messages: list[Call | CallResult] = [
            *(Call("check", action, payload) for action, payload in self.calls),  # type: ignore[no-untyped-call]  # the library's
            *(CallResult("check", answer, action) for action, answer in self._answered),  # type: ignore[no-untyped-call]  # dto.
        ]
        for message in messages:
            try:
                await validate_payload(message, "1.6")
            except OCPPError as error:
                wrong.append(f"{message}: {error}")
        assert not wrong
        assert len(set(self.ids)) == len(self.ids)
        assert all(len(message_id) <= 36 for message_id in self.ids)

    async def cold_boot(self, connectors: int = 1) -> Payload:
        """Boot and report everything as available; return the answer to the BootNotification."""
        answer: Payload = await self.boot(chargePointSerialNumber="S-1", firmwareVersion="1.0.0")
        assert answer["status"] == "Accepted"
        for connector in range(connectors + 1):
            await self.report(connector, "Available")
        return answer

    async def power_cycle(self, connectors: int = 1) -> Payload:
        """Lose the connection, dial in again and boot."""
        await self.drop()
        await self.connect()
        return await self.cold_boot(connectors)

    async def report(self, connector: int, status: str, error: str = "NoError", **fields: Any) -> None:
        """Send a StatusNotification."""
        payload = {"connectorId": connector, "status": status, "errorCode": error, "timestamp": moment()}
        assert await self.call("StatusNotification", payload | fields) == {}

    async def present(self, id_tag: str = CARD) -> Payload:
        """Hold a card to the charge point; return the verdict."""
        verdict: Payload = (await self.call("Authorize", {"idTag": id_tag}))["idTagInfo"]
        return verdict

    async def begin(self, id_tag: str = CARD, connector: int = 1, **fields: Any) -> Payload:
        """Send a StartTransaction; return the answer, whose transaction id is checked."""
        payload = {"connectorId": connector, "idTag": id_tag, "meterStart": 1000, "timestamp": moment()}
        answer: Payload = await self.call("StartTransaction", payload | fields)
        assert answer["transactionId"] > 0
        return answer

    async def end(self, transaction_id: int, reason: str = "Local", **fields: Any) -> Payload:
        """Send a StopTransaction; return the answer."""
        payload = {"transactionId": transaction_id, "meterStop": 3500, "timestamp": moment(), "reason": reason}
        answer: Payload = await self.call("StopTransaction", payload | fields)
        return answer

    async def charge(self, id_tag: str = CARD, connector: int = 1, **fields: Any) -> int:
        """Go from plugging in to charging with a card; return the id of the transaction."""
        await self.report(connector, "Preparing")
        assert (await self.present(id_tag))["status"] == "Accepted"
        return await self.charge_unasked(id_tag, connector, **fields)

    async def charge_unasked(self, id_tag: str = CARD, connector: int = 1, **fields: Any) -> int:
        """Start a transaction that is accepted, without an Authorize; return its id."""
        answer = await self.begin(id_tag, connector, **fields)
        assert answer["idTagInfo"]["status"] == "Accepted"
        await self.report(connector, "Charging")
        transaction_id: int = answer["transactionId"]
        return transaction_id

    async def leave(self, connector: int = 1) -> None:
        """Report that the transaction is over and the car is gone."""
        await self.report(connector, "Finishing")
        await self.report(connector, "Available")
