"""One transaction of the scripted station, told event by event in the states that the test document has for all its cases."""

from typing import Any, Self
from uuid import uuid4

from tests.conformance.checked_station import Payload, moment
from tests.conformance.house import CARD

from .station import Station, token


class Transaction:
    """A transaction that has not begun: its first event starts it. What is not said yet is done on the way to a later state."""

    def __init__(self, station: Station, evse: int = 1, connector: int = 1, card: str = CARD) -> None:
        """At one EVSE of a station, for one card."""
        self.id = str(uuid4())
        self._station = station
        self._evse = {"id": evse, "connectorId": connector}
        self._card = card
        self._next = 0
        self._plugged_in = False
        self._authorized = False

    async def event(
        self,
        trigger: str,
        state: str | None = None,
        *,
        kind: str | None = None,
        card: str | None = None,
        at_evse: bool = False,
        info: Payload | None = None,
        **fields: Any,
    ) -> Payload:
        """Send a TransactionEvent and return the answer.

        `kind` is Started for the first one and Updated for others unless it is said; `card` is presented; `info` is more transactionInfo.
        """
        payload: Payload = {
            "eventType": kind or ("Updated" if self._next else "Started"),
            "timestamp": moment(),
            "triggerReason": trigger,
            "seqNo": self._next,
            "transactionInfo": {
                "transactionId": self.id,
                **({"chargingState": state} if state else {}),
                **(info or {}),
            },
            **({"idToken": token(card)} if card else {}),
            **({"evse": self._evse} if at_evse else {}),
            **fields,
        }
        self._next += 1
        answer: Payload = await self._station.call("TransactionEvent", payload)
        return answer

    def skip(self, count: int) -> range:
        """Leave out sequence numbers of events that come later; return them."""
        skipped = range(self._next, self._next + count)
        self._next += count
        return skipped

    async def present(self) -> None:
        """Let the card be authorized, before any event of the transaction."""
        assert (await self._station.present(self._card))["status"] == "Accepted"

    async def occupy(self) -> None:
        """Plug the car in: the connector is occupied."""
        await self._station.report(self._evse["id"], "Occupied", self._evse["connectorId"])
        self._plugged_in = True

    # The states of the test document

    async def plug_in(self) -> Self:
        """EVConnectedPreSession."""
        await self.occupy()
        await self.event("CablePluggedIn", "EVConnected", at_evse=True)
        return self

    async def authorize(self) -> Self:
        """Authorized."""
        await self.present()
        await self.accepted("Authorized")
        self._authorized = True
        return self

    async def accepted(self, trigger: str, state: str | None = None, card: str | None = None, **fields: Any) -> Payload:
        """Send an event with the card (or another one); return its idTokenInfo, which is Accepted."""
        answer = await self.event(trigger, state, card=card or self._card, **fields)
        info: Payload = answer["idTokenInfo"]
        assert info["status"] == "Accepted"
        return info

    def authorized(self) -> Self:
        """Note that the transaction is authorized in another way than by `authorize`."""
        self._authorized = True
        return self

    async def charge(self) -> Self:
        """EnergyTransferStarted."""
        if not self._authorized:
            await self.authorize()
        if not self._plugged_in:
            await self.plug_in()
        await self.event("ChargingStateChanged", "Charging")
        return self

    async def suspend(self) -> Self:
        """EnergyTransferSuspended."""
        await self.charge()
        await self.event("ChargingStateChanged", "SuspendedEV")
        return self

    async def authorize_stop(self, card: str | None = None) -> Payload:
        """StopAuthorized; return the idTokenInfo."""
        return await self.accepted("StopAuthorized", card=card)

    async def stay(self) -> None:
        """EVConnectedPostSession: energy flows no more."""
        await self.event("ChargingStateChanged", "EVConnected")

    async def unplug(self) -> Payload:
        """EVDisconnected: the transaction ends; return the answer."""
        await self._station.report(self._evse["id"], "Available", self._evse["connectorId"])
        self._plugged_in = False
        return await self.end("EVCommunicationLost", "EVDisconnected", "Idle")

    async def end(self, trigger: str, reason: str | None, state: str | None = None, **fields: Any) -> Payload:
        """Send the last event, with the reason why it stopped; return the answer."""
        info = {"stoppedReason": reason} if reason else {}
        return await self.event(trigger, state, kind="Ended", info=info, **fields)

    async def finish(self) -> None:
        """Stop with the card and unplug: the way that all goes well."""
        await self.authorize_stop()
        await self.stay()
        await self.unplug()
