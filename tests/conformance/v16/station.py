"""A charge point that goes through the steps of a test case: the messages of OCPP 1.6 by what they are for."""

from typing import Any

from tests.conformance.checked_station import CheckedStation, Payload, moment
from tests.conformance.house import CARD


class Station(CheckedStation):
    """One charge point that speaks OCPP 1.6."""

    version = "1.6"

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
